/** The answer of `verify`: the same JSON as the command line's and `POST /api/v1/verify`'s. */

/** The five verdicts. */
export type Verdict = 'valid' | 'attention' | 'not_valid' | 'unreadable' | 'cannot_tell';

/** The verdict that each reason leads to. */
export const VERDICT_OF_REASON = {
  too_large: 'unreadable',
  truncated: 'unreadable',
  not_a_credential: 'unreadable',
  unsupported_version: 'unreadable',
  trust_list_expired: 'cannot_tell',
  unknown_issuer: 'not_valid',
  bad_signature: 'not_valid',
  malformed: 'not_valid',
  clock_wrong: 'cannot_tell',
  not_yet_valid: 'not_valid',
  replayed: 'not_valid',
  expired: 'not_valid',
  status_unavailable: 'cannot_tell',
  revoked: 'not_valid',
  suspended: 'not_valid',
  superseded: 'not_valid',
  wrong_subject: 'not_valid',
  state_red: 'attention',
  status_stale: 'attention',
} as const satisfies Record<string, Exclude<Verdict, 'valid'>>;

/** Why the verdict is not `valid`: a stable code. */
export type Reason = keyof typeof VERDICT_OF_REASON;

/** What goes with any verdict and asks for a look. */
export type Hint = 'compare_plate' | 'foreign_host' | 'clock_unconfirmed';

/** One named check: passed, failed, or (`null`) not reached. */
export interface Check {
  readonly name: CheckName;
  readonly ok: boolean | null;
  /** For a failed check the reason, or a closer word for it. */
  readonly detail?: string;
}

/** The checks, in the order in which they are made and listed. */
export const CHECKS = [
  'size',
  'envelope',
  'trust_list',
  'key',
  'signature',
  'version',
  'permission',
  'claims',
  'clock',
  'dates',
  'status',
  'subject',
  'state',
  'freshness',
] as const;
/** The name of a check. */
export type CheckName = (typeof CHECKS)[number];

/** What the code says, once its signature held. Nothing of an unsigned claim is ever shown. */
export interface CredentialSummary {
  readonly kind: 'inspection_mark' | 'driving_licence';
  readonly mode: 'static' | 'live' | 'held';
  /** The plate number, or the holder's masked name. */
  readonly subject: string;
  /** The plate type code, or the licence classes. */
  readonly class: string;
  /** `YYYY-MM` for a mark, `YYYY-MM-DD` for a licence, `long-term` when it does not end. */
  readonly valid_until: string;
  /** The division code of the issuing authority. */
  readonly authority: string;
}

/** How old the revocation data behind the answer is. */
export interface StatusAge {
  /** When the status list was signed (RFC 3339). */
  readonly as_of: string;
  /** Its age in whole seconds at `checked_at`. */
  readonly age_s: number;
}

/** The whole answer. */
export interface Report {
  readonly verdict: Verdict;
  /** `null` exactly when the verdict is `valid`. */
  readonly reason: Reason | null;
  readonly checks: readonly Check[];
  readonly credential: CredentialSummary | null;
  readonly hints: readonly Hint[];
  readonly status: StatusAge | null;
  /** The instant the answer is about (RFC 3339). */
  readonly checked_at: string;
}
