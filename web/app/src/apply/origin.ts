/** Where a chosen file comes from, and how old it may be. */
import { chinaDay } from '@/i18n/format';

/** A file that a camera button gave, but older than this, was chosen from an album all the same (computers do that). */
const FRESH_MS = 10 * 60_000;
/** A photo has been taken within so many months. */
const MONTHS = 6;

/** Whether the picture was taken just now. */
export function takenJustNow(viaCamera: boolean, modifiedMs: number, nowMs: number): boolean {
  return viaCamera && nowMs - modifiedMs < FRESH_MS;
}

/** The day to propose: what the picture says, or when the file was last written, never later than today. */
export function proposedDay(exif: string | null, modifiedMs: number, nowMs: number): string {
  const today = chinaDay(nowMs);
  const day = exif ?? chinaDay(modifiedMs);
  return day > today ? today : day;
}

/** The earliest day on which a photo may have been taken, as the server counts: six calendar months back, or the month's last day. */
export function earliestDay(nowMs: number): string {
  const today = chinaDay(nowMs);
  const [year = 0, month = 1, day = 1] = today.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 - MONTHS, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(day, last));
  return first.toISOString().slice(0, 10);
}

/** Whether a photo from an album is recent enough. */
export const isRecent = (day: string, nowMs: number): boolean =>
  day >= earliestDay(nowMs) && day <= chinaDay(nowMs);
