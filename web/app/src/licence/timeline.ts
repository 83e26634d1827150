import type { Deadline } from '@/api/licence';

/** What a due date asks for, by when. */
export interface TimelineGroup {
  /** `overdue`, `open` (can be done now), or the year and month of the due dates. */
  key: 'overdue' | 'open' | string;
  items: Deadline[];
}

/** Overdue first, then what can be done now, then month by month; inside a group by date. */
export function groupDeadlines(items: readonly Deadline[]): TimelineGroup[] {
  const groups = new Map<string, Deadline[]>();
  for (const item of [...items].sort(byDate)) {
    const key = item.state === 'upcoming' ? item.due_on.slice(0, 7) : item.state;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups]
    .sort(([a], [b]) => order(a).localeCompare(order(b)))
    .map(([key, list]) => ({ key, items: list }));
}

/** The date that matters next: the most overdue one, or the nearest. */
export function nextDeadline(items: readonly Deadline[]): Deadline | null {
  return groupDeadlines(items)[0]?.items[0] ?? null;
}

function byDate(a: Deadline, b: Deadline): number {
  return a.due_on.localeCompare(b.due_on) || a.id.localeCompare(b.id);
}

function order(key: string): string {
  if (key === 'overdue') return '0';
  return key === 'open' ? '1' : key;
}
