import { onScopeDispose, readonly, ref, type Ref } from 'vue';

/** Keeps the screen on while the scope lives, where the browser can; says whether it does. */
export function useWakeLock(): Readonly<Ref<boolean>> {
  const held = ref(false);
  let lock: WakeLockSentinel | null = null;
  let closed = false;

  async function take(): Promise<void> {
    if (closed || document.hidden || !('wakeLock' in navigator)) return;
    try {
      lock = await navigator.wakeLock.request('screen');
      held.value = true;
      lock.addEventListener('release', () => (held.value = false));
      if (closed) await lock.release();
    } catch {
      // a low battery refuses it; the code works without
      held.value = false;
    }
  }
  const again = (): void => void take();
  document.addEventListener('visibilitychange', again);
  onScopeDispose(() => {
    closed = true;
    document.removeEventListener('visibilitychange', again);
    void lock?.release();
  });
  void take();
  return readonly(held);
}
