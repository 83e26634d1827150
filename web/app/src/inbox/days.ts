import { chinaDay, chinaDayOf } from '@/i18n/format';

/** What happened on one Chinese day. */
export interface Day<T> {
  /** `2026-11-22` */
  day: string;
  /** How people call it, as far as it has a name. */
  called: 'today' | 'yesterday' | null;
  items: T[];
}

const DAY_MS = 86_400_000;

/** Groups by day what is sorted by time, keeping its order. `now` in ms since 1970. */
export function byDay<T>(items: readonly T[], at: (item: T) => string, now: number): Day<T>[] {
  const [today, yesterday] = [chinaDay(now), chinaDay(now - DAY_MS)];
  const days: Day<T>[] = [];
  for (const item of items) {
    const day = chinaDayOf(at(item));
    const last = days.at(-1);
    if (last?.day === day) last.items.push(item);
    else {
      days.push({
        day,
        called: day === today ? 'today' : day === yesterday ? 'yesterday' : null,
        items: [item],
      });
    }
  }
  return days;
}
