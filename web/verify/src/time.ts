/** Instants as whole seconds since 1970, and the calendar of +08:00, in which the law counts. */

/** China's offset from UTC in seconds; there has been no daylight saving since 1991. */
const OFFSET = 8 * 3600;
const FIRST_YEAR = 1900;
const LAST_YEAR = 9998;

/** An instant as RFC 3339 in UTC with whole seconds. */
export function rfc3339(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** The first second (+08:00) after the month `yyyymm`; `null` for what is no month. */
export function endOfMonth(yyyymm: number): number | null {
  const year = Math.floor(yyyymm / 100);
  const month = yyyymm % 100;
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12) return null;
  return Date.UTC(year, month, 1) / 1000 - OFFSET;
}

/** The first second (+08:00) after the day `yyyymmdd`; `null` for what is no day. */
export function endOfDay(yyyymmdd: number): number | null {
  const year = Math.floor(yyyymmdd / 10000);
  const month = Math.floor(yyyymmdd / 100) % 100;
  const day = yyyymmdd % 100;
  if (year < FIRST_YEAR || year > LAST_YEAR) return null;
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return Date.UTC(year, month - 1, day + 1) / 1000 - OFFSET;
}

/** The same time of day ten years later by the calendar at +08:00; 29 February becomes the 28th. */
export function tenYearsAfter(seconds: number): number | null {
  const local = new Date((seconds + OFFSET) * 1000);
  const [year, month, day] = [local.getUTCFullYear() + 10, local.getUTCMonth(), local.getUTCDate()];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const midnight = Date.UTC(year, month, Math.min(day, lastDay)) / 1000;
  const secondOfDay = (((seconds + OFFSET) % 86400) + 86400) % 86400;
  return Number.isNaN(midnight) ? null : midnight + secondOfDay - OFFSET;
}
