import type { LiveCode } from '@/api/types';

/** A live code is dead this long after it was made, whatever the server's schedule says. */
export const LIVE_SECONDS = 60;

/** Where a live code stands at an instant. */
export interface LivePhase {
  /** Seconds until it is renewed; 0 when that is due. */
  renewIn: number;
  /** What is left of the time to renewal, 1 to 0, for the frame that drains. */
  share: number;
  /** Whether a verifier would still accept it. */
  alive: boolean;
}

/** Reads a live code's schedule at `now` (ms since 1970, by the server's clock). */
export function livePhase(code: LiveCode, now: number): LivePhase {
  const issued = Date.parse(code.issued_at);
  const renewAt = issued + code.renew_after_s * 1000;
  const deadAt = Math.min(Date.parse(code.expires_at), issued + LIVE_SECONDS * 1000);
  const left = Math.max(0, renewAt - now);
  return {
    renewIn: Math.ceil(left / 1000),
    share: Math.min(1, left / (code.renew_after_s * 1000)),
    alive: now < deadAt,
  };
}
