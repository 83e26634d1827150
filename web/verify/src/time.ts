/** Instants as whole seconds since 1970, and the calendar of +08:00, in which the law counts. */

/** China's offset from UTC in seconds; there is no daylight saving. */
const OFFSET = 8 * 3600;

/** An instant as RFC 3339 in UTC with whole seconds. */
export function rfc3339(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** The first second (+08:00) after the month `yyyymm`; `null` for what is no month. */
export function endOfMonth(yyyymm: number): number | null {
  const year = Math.floor(yyyymm / 100);
  const month = yyyymm % 100;
  if (year < 1900 || year > 9999 || month < 1 || month > 12) return null;
  return Date.UTC(year, month, 1) / 1000 - OFFSET;
}

/** The first second (+08:00) after the day `yyyymmdd`; `null` for what is no day. */
export function endOfDay(yyyymmdd: number): number | null {
  const year = Math.floor(yyyymmdd / 10000);
  const month = Math.floor(yyyymmdd / 100) % 100;
  const day = yyyymmdd % 100;
  const date = new Date(Date.UTC(year, month - 1, day));
  if (year < 1900 || year > 9999 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return Date.UTC(year, month - 1, day + 1) / 1000 - OFFSET;
}
