/**
 * What applies at the roadside, by the rows that the server uses (`domain::roadside`): the first whose conditions all hold,
 * and whose clause is in force, is the answer. A condition about something that is not known does not hold, so that not
 * knowing never turns into an offence.
 */
import { shallowRef } from 'vue';
import { advice as embedded } from 'virtual:roadside';
import type { Clause, Text } from '@/api/types';
import type { Advice, AdviceState } from './types';

/** What is known when the question is asked. */
export interface Circumstances {
  about: 'mark' | 'licence';
  /** `nothing`, `valid`, or the reason of a verdict. */
  shown: string;
  /** State letters, `A` when normal; null when they are not known. */
  letters: string | null;
  /** Whether the vehicle is past its validity; null when that is not known. */
  overdue: boolean | null;
  mark: 'none' | 'current' | 'suspended' | 'revoked' | null;
}

/** A row: conditions, and what is said when they hold. */
export interface AdviceRow {
  code: string;
  state: AdviceState;
  about: Circumstances['about'];
  shown?: readonly string[] | null;
  letters?: string | null;
  overdue?: boolean | null;
  mark?: readonly string[] | null;
  title: Text;
  text: Text;
  clause: (Clause & { in_force_to?: string }) | null;
  steps: Text[];
}

/** The rows of the app leave a condition out, those of the server say `null`. */
const unsaid = (condition: unknown): condition is null | undefined =>
  condition === null || condition === undefined;
/** A row without conditions. */
const isLast = (row: AdviceRow | undefined): boolean =>
  row !== undefined && [row.shown, row.letters, row.overdue, row.mark, row.clause].every(unsaid);
/** Those that came with the app, until the office has sent its own. */
const rows = shallowRef<readonly AdviceRow[]>(embedded);
export function adviseBy(newer: readonly AdviceRow[]): void {
  // without rows that always hold there would be no answer
  const ends = (['mark', 'licence'] as const).every((about) =>
    isLast(newer.filter((row) => row.about === about).at(-1)),
  );
  if (ends) rows.value = newer;
}

function holds(row: AdviceRow, seen: Circumstances, day: string): boolean {
  const { letters } = seen;
  return (
    row.about === seen.about &&
    (unsaid(row.shown) || row.shown.includes(seen.shown)) &&
    (unsaid(row.letters) ||
      (letters !== null && [...letters].some((letter) => row.letters?.includes(letter)))) &&
    (unsaid(row.overdue) || row.overdue === seen.overdue) &&
    (unsaid(row.mark) || (seen.mark !== null && row.mark.includes(seen.mark))) &&
    (row.clause === null || (row.clause.in_force_from <= day && (row.clause.in_force_to ?? day) >= day))
  );
}

/** What applies on a day (`YYYY-MM-DD`). */
export function adviceOn(day: string, seen: Circumstances): AdviceRow {
  const found = rows.value.find((row) => holds(row, seen, day));
  // the last row of each subject has no conditions, and a test makes sure of it
  if (found === undefined) throw new Error('no row of advice holds');
  return found;
}

/** As the server gives it. */
export function asAdvice({ code, state, title, text, clause, steps }: AdviceRow): Advice {
  return { code, state, title, text, clause, steps };
}
