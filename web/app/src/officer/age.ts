const HOUR_MS = 3_600_000;
/** Data older than this ask for attention (`status_stale`). */
export const STALE_AFTER_MS = 24 * HOUR_MS;
/** Data of this age say nothing any more (`status_unavailable`). */
export const USELESS_AFTER_MS = 7 * 24 * HOUR_MS;

/** The colour of an age. */
export type AgeTone = 'ok' | 'warn' | 'idle';

/** Green up to a day, amber beyond it, grey from seven days on: where the verifier draws the same lines. */
export function ageTone(ageMs: number): AgeTone {
  if (ageMs >= USELESS_AFTER_MS) return 'idle';
  return ageMs > STALE_AFTER_MS ? 'warn' : 'ok';
}
