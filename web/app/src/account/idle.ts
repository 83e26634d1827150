/** Locks the vault when nobody has touched the screen for a while. */
import { ref, watch } from 'vue';
import { lock, vaultState } from '@/storage/vault';
import { ofSurface, surface } from '@/surface';

const KEY = ofSurface('luzheng.lock-after');
/** Minutes that can be chosen; 0 is never. */
export const LOCK_AFTER = [1, 5, 15, 60, 0] as const;
export type LockAfter = (typeof LOCK_AFTER)[number];

/**
 * A quarter of an hour. Somebody of seventy who reads a clause slowly, or looks for their glasses, must not be
 * thrown out while reading; a phone left on a counter must not stay open until the evening. The phone's own
 * lock guards the minutes in between. On a device for other people's data it is five.
 */
const DEFAULT: LockAfter = surface === 'citizen' ? 15 : 5;
const CHECK_EVERY_MS = 5_000;

function read(): LockAfter {
  try {
    const kept = localStorage.getItem(KEY);
    return LOCK_AFTER.find((minutes) => String(minutes) === kept) ?? DEFAULT;
  } catch {
    return DEFAULT;
  }
}

/** After how many minutes without a touch the vault is locked; 0: never. */
export const lockAfter = ref<LockAfter>(read());
watch(lockAfter, (minutes) => {
  try {
    localStorage.setItem(KEY, String(minutes));
  } catch {
    // a browser that keeps nothing locks after the usual time
  }
});

/** Whether it is time: `touched` and `now` in ms of the same clock. A clock that was set back counts from then on. */
export function isIdle(minutes: LockAfter, touched: number, now: number): boolean {
  return minutes !== 0 && now - touched >= minutes * 60_000;
}

/** Watches for touches; `showing` is true while a code is held out, when nothing locks. */
export function lockWhenIdle(showing: () => boolean): void {
  let touched = Date.now();
  const touch = (): void => {
    touched = Date.now();
  };
  const look = (): void => {
    const now = Date.now();
    if (now < touched || showing()) touched = now;
    if (vaultState.value === 'open' && isIdle(lockAfter.value, touched, now)) lock();
  };
  for (const sign of ['pointerdown', 'keydown', 'scroll', 'input'] as const) {
    addEventListener(sign, touch, { passive: true, capture: true });
  }
  // a phone that was put away wakes the page without having run its timers: look before it is seen
  document.addEventListener('visibilitychange', look);
  watch(vaultState, touch);
  setInterval(look, CHECK_EVERY_MS);
}
