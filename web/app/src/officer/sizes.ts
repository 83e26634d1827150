/** A number of bytes as people read it: whole kilobytes, megabytes with one decimal. */
export function bytesText(bytes: number, locale: string): string {
  const [value, unit, digits] =
    bytes < 1_000_000 ? [Math.max(1, Math.ceil(bytes / 1_000)), 'KB', 0] : [bytes / 1_000_000, 'MB', 1];
  const number = new Intl.NumberFormat(locale.startsWith('x-') ? 'en' : locale, {
    maximumFractionDigits: digits,
  }).format(value);
  return `${number} ${unit}`;
}
