import { onScopeDispose, readonly, ref, type Ref } from 'vue';

/**
 * The phone's clock, corrected by the server's once one has been heard in this visit. Live codes
 * are dead after 60 s, so a phone that is two minutes off would otherwise judge them wrongly.
 */
let offsetMs = 0;
const confirmed = ref(false);

/** Whether the clock was compared with the server's since the page was opened. */
export const clockConfirmed = readonly(confirmed);

/** Corrected time in milliseconds since 1970. */
export function nowMs(): number {
  return Date.now() + offsetMs;
}

/**
 * Takes over the server's time (RFC 3339). `sentAt` and `receivedAt` are the phone's own clock
 * around the request; half the round trip is taken as the way back.
 */
export function hearServerTime(serverTime: string, sentAt: number, receivedAt: number): void {
  const server = Date.parse(serverTime);
  if (Number.isNaN(server)) return;
  const roundTrip = Math.max(0, receivedAt - sentAt);
  // after a slow answer the comparison says too little to overrule the phone
  if (roundTrip > 10_000) return;
  offsetMs = server + roundTrip / 2 - receivedAt;
  confirmed.value = true;
}

/** The corrected time as a ref that moves every `everyMs`, until the scope ends. */
export function useNow(everyMs: number): Readonly<Ref<number>> {
  const now = ref(nowMs());
  const timer = setInterval(() => (now.value = nowMs()), everyMs);
  onScopeDispose(() => clearInterval(timer));
  return readonly(now);
}
