import { ref, shallowRef } from 'vue';
import { CallFailed } from './api';

/** Codes of refusals that have words of their own under `counter.failed`. */
const CODES = new Set([
  'identity_mismatch',
  'unit_not_known',
  'bad_credit_code',
  'bad_id_number',
  'reason_needed',
  'same_person',
  'too_many_units',
  'unit_full',
]);

/** What went wrong: the key of its words, and the server's own sentence. */
export interface CounterFault {
  key: string;
  detail: string;
}

/** The words of a failure. */
export function counterFault(error: unknown): CounterFault {
  if (!(error instanceof CallFailed)) return { key: 'other', detail: String(error) };
  if (error.status === 0 || error.status >= 502) return { key: 'lost', detail: '' };
  if (error.code !== null && CODES.has(error.code)) return { key: error.code, detail: '' };
  return error.status === 404 ? { key: 'not_found', detail: '' } : { key: 'other', detail: error.message };
}

/** A number as people type it: half width, without blanks, in capitals. */
export const plainNumber = (typed: string): string =>
  typed.normalize('NFKC').replace(/\s/g, '').toUpperCase();

/** One act at the counter: sent once, and what came of it. */
export function useAct<T>() {
  const busy = ref(false);
  const fault = ref<CounterFault | null>(null);
  const made = shallowRef<T | null>(null);

  /** Whether it was done. */
  async function run(call: () => Promise<T>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    fault.value = null;
    made.value = null;
    try {
      made.value = await call();
      return true;
    } catch (error) {
      fault.value = counterFault(error);
      return false;
    } finally {
      busy.value = false;
    }
  }
  return { busy, fault, made, run };
}
