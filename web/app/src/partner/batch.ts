/** Many codes, a few at a time, so that progress is seen and the wish to stop is heard. */
import { RequestFailed } from '@/api/client';
import type { Text } from '@/api/types';
import { postVerify } from './calls';
import { writeTable } from './csv';
import { fateOf, type Fate } from './fate';
import type { CheckedCode, CodeToCheck } from './types';

/** Codes in one request. */
export const AT_ONCE = 200;

/** One line of the results. */
export interface Line extends CheckedCode {
  /** From 1, as in the table that was given. */
  row: number;
  asked: CodeToCheck;
  fate: Fate;
}
/** Where a run stands. */
export interface Run {
  total: number;
  lines: Line[];
  /** Why it ended before all were checked; null while it runs or when it is done. */
  failure: unknown;
}

/** Checks the codes one after another and tells where it stands; what was checked before a failure stays. */
export async function runBatch(
  items: readonly CodeToCheck[],
  purpose: string,
  tell: (run: Run) => void,
  signal: AbortSignal,
  from: readonly Line[] = [],
): Promise<Run> {
  const run: Run = { total: items.length, lines: [...from], failure: null };
  tell(run);
  try {
    while (run.lines.length < items.length) {
      const begin = run.lines.length;
      const asked = items.slice(begin, begin + AT_ONCE);
      const { items: checked } = await postVerify(asked, purpose, signal);
      if (checked.length !== asked.length)
        throw new RequestFailed('server', null, `${checked.length} answers to ${asked.length} codes`);
      run.lines = run.lines.concat(
        checked.map((one, i) => ({
          ...one,
          row: begin + i + 1,
          asked: asked[i] as CodeToCheck,
          fate: fateOf(one),
        })),
      );
      tell({ ...run });
    }
  } catch (failure) {
    run.failure = failure;
    tell({ ...run });
  }
  return run;
}

/** The results as a table. `words` gives what people read. */
export function tableOf(
  lines: readonly Line[],
  head: readonly string[],
  words: { fate(line: Line): string; why(line: Line): string; text(text: Text): string },
): string {
  return writeTable([
    head,
    ...lines.map((line) => {
      const credential = line.report?.credential ?? null;
      return [
        String(line.row),
        line.id ?? '',
        words.fate(line),
        line.report?.reason ?? line.error?.code ?? '',
        words.why(line),
        credential?.subject ?? '',
        credential?.class ?? '',
        credential?.valid_until ?? '',
        line.report?.status?.as_of ?? '',
        line.report?.checked_at ?? '',
      ];
    }),
  ]);
}
