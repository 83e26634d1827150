/** The verdict on a code, as the server gives it: the same JSON as that of `@luzheng/verify`. */

const VERDICTS = ['valid', 'attention', 'not_valid', 'unreadable', 'cannot_tell'] as const;

/** The five verdicts. */
export type Verdict = (typeof VERDICTS)[number];

/** The whole answer. */
export interface Report {
  readonly verdict: Verdict;
  /** A stable code; `null` exactly when the verdict is `valid`. */
  readonly reason: string | null;
  /** Every check in its order: passed, failed, or (`null`) not reached. */
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean | null;
    readonly detail?: string;
  }[];
  /** What the code says, once its signature held. */
  readonly credential: {
    readonly kind: 'inspection_mark' | 'driving_licence';
    readonly mode: 'static' | 'live' | 'held';
    /** The plate, or the holder's masked name. */
    readonly subject: string;
    /** The plate type, or the classes. */
    readonly class: string;
    readonly valid_until: string;
    readonly authority: string;
  } | null;
  readonly hints: readonly string[];
  /** How old the revocation data behind the answer are. */
  readonly status: { readonly as_of: string; readonly age_s: number } | null;
  /** The instant the answer is about. */
  readonly checked_at: string;
}

/** The report of an item of an answer; `null` when there is none, or none that this version understands: nothing can be told then. */
export function reportOf(item: { readonly report?: unknown }): Report | null {
  const report = item.report as Partial<Report> | null | undefined;
  const known = VERDICTS.some((verdict) => verdict === report?.verdict);
  return known ? (report as Report) : null;
}
