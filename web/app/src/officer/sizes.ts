const UNITS = [
  { from: 1_000_000_000, name: 'GB', digits: 1 },
  { from: 1_000_000, name: 'MB', digits: 1 },
  { from: 0, name: 'KB', digits: 0 },
] as const;

/** A number of bytes as people read it: whole kilobytes, more with one decimal. */
export function bytesText(bytes: number, locale: string): string {
  const { from, name, digits } = UNITS.find((unit) => bytes >= unit.from) ?? UNITS[2];
  const value = from === 0 ? Math.max(1, Math.ceil(bytes / 1_000)) : bytes / from;
  const language = locale.startsWith('x-') ? 'en' : locale;
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value)} ${name}`;
}
