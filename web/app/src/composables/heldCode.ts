import { computed, onScopeDispose, ref, watch, type ComputedRef, type Ref } from 'vue';
import { chinaDay } from '@/i18n/format';
import { heldCode, signerOf } from '@/licence/held';
import { LIVE_SECONDS, livePhase, type LivePhase } from '@/mark/live';
import { nowMs } from './clock';
import { openDevice, type KeptLicence } from './device';

/** A code signed on this device is made anew this often, as a live one is. */
const RENEW_S = 30;

/** Why there is no code of this device to show. */
export type NoHeld = 'none' | 'over' | 'stopped';

/** What can be shown without a network. */
export interface HeldSession {
  code: ComputedRef<string | null>;
  phase: ComputedRef<LivePhase | null>;
  kept: Readonly<Ref<KeptLicence | null>>;
  /** Why there is no code; null when there is one. */
  lacking: ComputedRef<NoHeld | null>;
}

/** Whether what is kept may be shown on this Chinese day. */
export function lackOf(
  kept: Pick<KeptLicence, 'message' | 'state' | 'valid_until'> | null,
  today: string,
): NoHeld | null {
  if (kept === null || kept.message === null) return 'none';
  if (kept.state === 'stopped') return 'stopped';
  return kept.valid_until !== null && kept.valid_until < today ? 'over' : null;
}

/** Makes codes on this device while `wanted`; `now` is the corrected clock that moves the screen. */
export function useHeldCode(wanted: () => boolean, now: Readonly<Ref<number>>): HeldSession {
  const kept = ref(null) as Ref<KeptLicence | null>;
  const made = ref<{ code: string; iat: number } | null>(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  void openDevice().then((found) => (kept.value = found));

  const lacking = computed(() => lackOf(kept.value, chinaDay(now.value)));
  const phase = computed(() => {
    if (made.value === null) return null;
    const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
    const { code, iat } = made.value;
    return livePhase(
      { code, issued_at: at(iat), expires_at: at(iat + LIVE_SECONDS), renew_after_s: RENEW_S },
      now.value,
    );
  });

  async function make(): Promise<void> {
    clearTimeout(timer);
    const licence = kept.value;
    if (closed || !wanted() || !licence?.message || lacking.value !== null) return;
    const iat = Math.floor(nowMs() / 1000);
    made.value = { code: await heldCode(licence.message, iat, signerOf(licence.pair), licence.host), iat };
    if (!closed) timer = setTimeout(() => void make(), RENEW_S * 1000);
  }
  // a code that aged while the screen was off must not be the first thing seen
  const onVisible = (): void => {
    if (document.hidden) clearTimeout(timer);
    else void make();
  };
  document.addEventListener('visibilitychange', onVisible);
  watch([wanted, kept], () => void make(), { immediate: true });
  onScopeDispose(() => {
    closed = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisible);
  });
  return {
    code: computed(() => (lacking.value === null && phase.value?.alive ? (made.value?.code ?? null) : null)),
    phase,
    kept,
    lacking,
  };
}
