import { effectScope, getCurrentScope, onScopeDispose, reactive, readonly, ref, watch, type Ref } from 'vue';
import { forget, keep, recall } from '@/storage/db';
import { nowMs } from './clock';

/** What is kept of a form: its values, and the key of the last attempt to send them. */
interface Stored<T> {
  value: T;
  attempt: { key: string; of: string } | null;
}

/** A form that outlives the page: it is kept in the vault, or in memory where there is none. */
export interface Draft<T extends object> {
  value: T;
  /** Whether what was kept has been looked for. */
  ready: Readonly<Ref<boolean>>;
  /** Whether something of before was found. */
  restored: Readonly<Ref<boolean>>;
  /**
   * The key with which `body` is sent. The same for the same body, also after a reload, so that sending again what may
   * have arrived does nothing twice; kept before it is handed out.
   */
  keyFor(body: unknown): Promise<string>;
  /** Forgets it: what it was for is done. */
  drop(): Promise<void>;
}

/** A random key. Not `randomUUID`: a demonstration on plain http in the LAN has no such function. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A form kept under `draft/NAME`; `blank` is what it holds at first, of plain JSON values. */
export function useDraft<T extends object>(name: string, blank: () => T): Draft<T> {
  const shelf = `draft/${name}`;
  const value = reactive(blank()) as T;
  const ready = ref(false);
  const restored = ref(false);
  let attempt: Stored<T>['attempt'] = null;
  let dropped = false;
  // one write after the other, so that an older state never overwrites a newer one
  let writing: Promise<unknown> = Promise.resolve();

  function write(): Promise<unknown> {
    const now = JSON.parse(JSON.stringify({ value, attempt })) as Stored<T>;
    writing = writing.then(() => (dropped ? undefined : keep('answers', shelf, now, nowMs())));
    return writing;
  }

  const scope = effectScope(true);
  async function start(): Promise<void> {
    const kept = await recall<Stored<T>>('answers', shelf);
    if (kept && !dropped) {
      Object.assign(value, kept.value.value);
      attempt = kept.value.attempt;
      restored.value = true;
    }
    ready.value = true;
    scope.run(() => watch(value, () => void write(), { deep: true }));
  }
  if (getCurrentScope()) onScopeDispose(() => scope.stop());
  void start();

  return {
    value,
    ready: readonly(ready),
    restored: readonly(restored),
    async keyFor(body) {
      const of = JSON.stringify(body);
      if (attempt?.of !== of) attempt = { key: newKey(), of };
      await write();
      return attempt.key;
    },
    async drop() {
      dropped = true;
      await writing;
      await forget('answers', shelf);
    },
  };
}
