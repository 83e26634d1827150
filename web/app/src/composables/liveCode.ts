import { computed, onScopeDispose, ref, type ComputedRef, type Ref } from 'vue';
import { RequestFailed } from '@/api/client';
import type { LiveCode } from '@/api/types';
import { livePhase, type LivePhase } from '@/mark/live';
import { hearServerTime, useNow } from './clock';

/** How soon a failed renewal is tried again. */
const RETRY_MS = 3_000;

/** What the live screen shows. */
export interface LiveSession<T extends LiveCode> {
  /** The server's last answer, with whatever it says beside the code. */
  answer: Readonly<Ref<T | null>>;
  /** The code, while a verifier would accept it. */
  code: ComputedRef<string | null>;
  phase: ComputedRef<LivePhase | null>;
  /** `lost`: no connection; `refused`: the server says no (suspended, signed out …). */
  state: Readonly<Ref<'starting' | 'live' | 'lost' | 'refused'>>;
  /** Corrected time for the moving clock. */
  now: Readonly<Ref<number>>;
  renew(): Promise<void>;
}

/** Fetches a live code and renews it on schedule for as long as the screen is open and visible. */
export function useLiveCode<T extends LiveCode>(fetch: () => Promise<T>): LiveSession<T> {
  const held = ref(null) as Ref<T | null>;
  const state = ref<'starting' | 'live' | 'lost' | 'refused'>('starting');
  const now = useNow(100);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let busy = false;
  let closed = false;

  const phase = computed(() => (held.value ? livePhase(held.value, now.value) : null));
  const code = computed(() => (held.value && phase.value?.alive ? held.value.code : null));

  function plan(ms: number): void {
    clearTimeout(timer);
    if (!closed && !document.hidden) timer = setTimeout(() => void renew(), ms);
  }

  async function renew(): Promise<void> {
    if (busy || closed) return;
    busy = true;
    const sentAt = Date.now();
    try {
      const fresh = await fetch();
      // whole seconds: good enough to see that a phone is minutes off
      hearServerTime(fresh.issued_at, sentAt, Date.now());
      held.value = fresh;
      state.value = 'live';
      plan(fresh.renew_after_s * 1000);
    } catch (reason) {
      const kind = reason instanceof RequestFailed ? reason.kind : 'server';
      if (kind === 'offline' || kind === 'server') {
        state.value = 'lost';
        plan(RETRY_MS);
      } else {
        held.value = null;
        state.value = 'refused';
      }
    } finally {
      busy = false;
    }
  }

  // a code that aged while the screen was off must not be the first thing seen
  const onVisible = (): void => {
    if (document.hidden) clearTimeout(timer);
    else if (state.value !== 'refused') void renew();
  };
  const onOnline = (): void => {
    if (state.value === 'lost') void renew();
  };
  document.addEventListener('visibilitychange', onVisible);
  addEventListener('online', onOnline);
  onScopeDispose(() => {
    closed = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisible);
    removeEventListener('online', onOnline);
  });
  void renew();
  return { answer: held, code, phase, state, now, renew };
}
