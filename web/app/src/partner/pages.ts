/** Lists that go on: the first page, then more of it. */
import { ref, shallowRef, type Ref } from 'vue';
import { RequestFailed, type FailureKind } from '@/api/client';

export interface Pages<T> {
  items: Readonly<Ref<T[] | null>>;
  next: Readonly<Ref<string | null>>;
  failure: Readonly<Ref<FailureKind | null>>;
  busy: Readonly<Ref<boolean>>;
  reload(): Promise<void>;
  more(): Promise<void>;
}

/** Begins with the first page at once. */
export function usePages<T>(
  fetch: (after: string | null) => Promise<{ items: T[]; next: string | null }>,
): Pages<T> {
  const items = shallowRef<T[] | null>(null);
  const next = ref<string | null>(null);
  const failure = ref<FailureKind | null>(null);
  const busy = ref(false);
  async function load(after: string | null): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    try {
      const page = await fetch(after);
      items.value = after === null ? page.items : [...(items.value ?? []), ...page.items];
      next.value = page.next;
      failure.value = null;
    } catch (reason) {
      failure.value = reason instanceof RequestFailed ? reason.kind : 'server';
    } finally {
      busy.value = false;
    }
  }
  void load(null);
  return {
    items,
    next,
    failure,
    busy,
    reload: () => load(null),
    more: () => (next.value === null ? Promise.resolve() : load(next.value)),
  };
}
