/** What was looked up does not stay on a screen that nobody looks at. */
import { onScopeDispose } from 'vue';

/** A result goes after this long without a touch: long enough to write a ticket, short enough for a phone left on a bonnet. */
export const CLEAR_AFTER_MS = 5 * 60_000;

/** Calls `clear` when the app goes to the background, and when nobody has touched it for a while. */
export function useClearing(clear: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = (): void => {
    clearTimeout(timer);
    timer = setTimeout(clear, CLEAR_AFTER_MS);
  };
  const hidden = (): void => {
    if (document.hidden) clear();
  };
  const signs = ['pointerdown', 'keydown', 'scroll'] as const;
  for (const sign of signs) addEventListener(sign, again, { passive: true, capture: true });
  document.addEventListener('visibilitychange', hidden);
  again();
  onScopeDispose(() => {
    clearTimeout(timer);
    for (const sign of signs) removeEventListener(sign, again, { capture: true });
    document.removeEventListener('visibilitychange', hidden);
  });
}
