import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import type { Text } from '@/api/types';
import { inLocale, languageOf, type Locale } from '.';

/** All dates of the trade are Chinese days, wherever the phone is. */
const ZONE = 'Asia/Shanghai';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface Formats {
  /** A server text in the current language. */
  tx(text: Text): string;
  /** `2027-05-31` as a day. */
  day(date: string): string;
  /** `2027-05` as a month. */
  month(month: string): string;
  /** An instant (RFC 3339 or ms) to the minute. */
  instant(when: string | number): string;
  /** The time of day of an instant, to the minute. */
  time(when: string | number): string;
  /** An instant to the second, for checks. */
  second(when: string | number): string;
  /** An age such as "12 minutes". */
  age(ms: number): string;
  locale: ComputedRef<Locale>;
}

/** Dates, ages and texts in the current language. */
export function useFormats(): Formats {
  const { t, locale } = useI18n();
  const current = computed(() => locale.value as Locale);
  const at = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(languageOf(current.value).dates, { timeZone: ZONE, ...options });
  // Chinese months are numbers anyway; in other scripts the short name keeps a line short
  const month = computed(() => (languageOf(current.value).texts === 'zh' ? 'long' : 'short'));
  return {
    locale: current,
    tx: (text) => inLocale(text, current.value),
    day: (date) =>
      at({ year: 'numeric', month: month.value, day: 'numeric' }).format(
        // noon, so that no zone can move the day
        new Date(`${date}T12:00:00+08:00`),
      ),
    month: (month) => at({ year: 'numeric', month: 'long' }).format(new Date(`${month}-15T12:00:00+08:00`)),
    instant: (when) =>
      at({
        year: 'numeric',
        month: month.value,
        day: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      }).format(new Date(when)),
    time: (when) => at({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(when)),
    second: (when) =>
      at({
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        hourCycle: 'h23',
      }).format(new Date(when)),
    age: (ms) => {
      if (ms < MINUTE) return t('age.now');
      if (ms < HOUR) return t('age.minutes', { n: Math.floor(ms / MINUTE) }, Math.floor(ms / MINUTE));
      if (ms < 2 * DAY) return t('age.hours', { n: Math.floor(ms / HOUR) }, Math.floor(ms / HOUR));
      return t('age.days', { n: Math.floor(ms / DAY) }, Math.floor(ms / DAY));
    },
  };
}

/** Today in China as `YYYY-MM-DD`. */
export function chinaDay(ms: number): string {
  return new Date(ms + 8 * HOUR).toISOString().slice(0, 10);
}

/** The Chinese day of an instant (RFC 3339); a plain day stays as it is. */
export function chinaDayOf(instant: string): string {
  return instant.length <= 10 ? instant : chinaDay(Date.parse(instant));
}

/** Whole days from one `YYYY-MM-DD` to another; negative when `to` is earlier. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY);
}

/** Last day of a `YYYY-MM`. */
export function lastDayOf(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}
