import { computed, ref, type ComputedRef, type Ref } from 'vue';
import { RequestFailed, type FailureKind } from '@/api/client';
import { keep, recall } from '@/storage/db';
import { nowMs } from './clock';
import { me, sessionEnded } from './session';

/** Data of a screen: from the server, or from this phone while the server cannot be reached. */
export interface Resource<T> {
  data: Ref<T | null>;
  /** A first load is under way and nothing is kept. */
  loading: ComputedRef<boolean>;
  /** Why there is nothing newer; null when the data are from the server in this visit. */
  failure: Readonly<Ref<FailureKind | null>>;
  /** When the shown data were fetched (ms since 1970). */
  savedAt: Readonly<Ref<number | null>>;
  reload(): Promise<void>;
}

/**
 * Loads one thing: first what this phone kept under `key`, then what the server says. A failure
 * keeps the old data on the screen and says how old they are.
 */
export function useResource<T>(key: () => string, fetch: () => Promise<T>): Resource<T> {
  const data = ref<T | null>(null) as Ref<T | null>;
  const failure = ref<FailureKind | null>(null);
  const savedAt = ref<number | null>(null);
  const busy = ref(true);

  async function reload(): Promise<void> {
    busy.value = true;
    const shelf = key();
    if (data.value === null) {
      const kept = await recall<T>('answers', shelf);
      if (kept && data.value === null) {
        data.value = kept.value;
        savedAt.value = kept.saved_at;
      }
    }
    const whose = me.value?.id;
    try {
      const fresh = await fetch();
      // they signed out meanwhile, or somebody else is there: what was theirs is kept no more
      if (whose !== undefined && me.value?.id !== whose) return;
      data.value = fresh;
      savedAt.value = nowMs();
      failure.value = null;
      await keep('answers', shelf, fresh, savedAt.value);
    } catch (reason) {
      failure.value = reason instanceof RequestFailed ? reason.kind : 'server';
      if (failure.value === 'signed_out') await sessionEnded();
      // what is over, or no longer the person's, must not stay on the screen
      if (failure.value === 'signed_out' || failure.value === 'not_found') data.value = null;
    } finally {
      busy.value = false;
    }
  }

  void reload();
  return { data, failure, savedAt, reload, loading: computed(() => busy.value && data.value === null) };
}
