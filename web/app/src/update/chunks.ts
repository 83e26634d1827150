import type { Router } from 'vue-router';
import { hasUnsaved } from './unsaved';
import { reportBroken } from './worker';

/**
 * Parts of the app are fetched when they are needed. After a deployment the parts of the version that a page runs may be
 * gone; the page is then loaded anew where it was going, unless that would lose what somebody typed.
 */
const REMEMBERED = 'luzheng.reloaded';
/** A second failure this soon after a reload is no matter of versions, and another reload would not help. */
const AGAIN_MS = 10_000;

/** Whether an error says that a part of the app could not be fetched. */
export function isMissingPart(error: unknown): boolean {
  return (
    error instanceof Error &&
    /dynamically imported module|importing a module script|preload css|module script failed/i.test(
      error.message,
    )
  );
}

/** What to do about a missing part. */
export function remedyFor(state: {
  online: boolean;
  unsaved: boolean;
  /** When the page was last reloaded for this reason, ms since 1970. */
  reloadedAt: number;
  now: number;
}): 'reload' | 'tell' | 'nothing' {
  // without a network a reload would find as little
  if (!state.online) return 'nothing';
  if (state.unsaved || state.now - state.reloadedAt < AGAIN_MS) return 'tell';
  return 'reload';
}

function mend(go: () => void): void {
  const now = Date.now();
  const remedy = remedyFor({
    online: navigator.onLine,
    unsaved: hasUnsaved(),
    reloadedAt: lastReload(),
    now,
  });
  if (remedy === 'tell') reportBroken();
  if (remedy !== 'reload') return;
  try {
    sessionStorage.setItem(REMEMBERED, String(now));
  } catch {
    // without a memory a loop could not be told from a first time
    reportBroken();
    return;
  }
  go();
}

function lastReload(): number {
  try {
    return Number(sessionStorage.getItem(REMEMBERED) ?? 0);
  } catch {
    return 0;
  }
}

/** Mends what is missing, wherever it is noticed. */
export function mendMissingParts(router: Router): void {
  let going = false;
  router.beforeEach(() => {
    going = true;
  });
  router.afterEach(() => {
    going = false;
  });
  router.onError((error, to) => {
    going = false;
    // a whole page of the newest version, at the address that was wanted
    if (isMissingPart(error)) mend(() => location.assign(to.fullPath));
  });
  addEventListener('vite:preloadError', () => {
    // while a screen is being opened the router hears of it too, and knows where to
    if (!going) mend(() => location.reload());
  });
}
