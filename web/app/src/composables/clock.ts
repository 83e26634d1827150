import { computed, onScopeDispose, readonly, ref, type Ref } from 'vue';

/**
 * The phone's clock, corrected by the server's once one has been heard in this visit. Live codes
 * are dead after 60 s, so a phone that is two minutes off would otherwise judge them wrongly.
 */
let offsetMs = 0;
const offset = ref(0);
const confirmed = ref(false);

/** A clock that is off by more than this is worth a word. */
const TOLERATED_MS = 2 * 60_000;
/** The server's time when it was last heard, in this visit or before: no clock may be behind it. */
const HEARD = 'luzheng.heard';
const behindMs = ref(0);
try {
  behindMs.value = Math.min(0, Date.now() - Number(localStorage.getItem(HEARD) ?? 0));
} catch {
  // a browser that keeps nothing cannot tell
}

/** Whether the clock was compared with the server's since the page was opened. */
export const clockConfirmed = readonly(confirmed);

/**
 * How far the phone's clock is off, in ms: positive when ahead, 0 when right as far as is known. Without a network only
 * that it is behind can be known, by at least this much.
 */
export const clockOff = computed(() => {
  const off = confirmed.value ? -offset.value : behindMs.value;
  return Math.abs(off) > TOLERATED_MS ? off : 0;
});

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
  offset.value = offsetMs;
  confirmed.value = true;
  try {
    localStorage.setItem(HEARD, String(server));
  } catch {
    // a browser that keeps nothing has it for this visit
  }
}

/** The corrected time as a ref that moves every `everyMs`, until the scope ends. */
export function useNow(everyMs: number): Readonly<Ref<number>> {
  const now = ref(nowMs());
  const timer = setInterval(() => (now.value = nowMs()), everyMs);
  onScopeDispose(() => clearInterval(timer));
  return readonly(now);
}
