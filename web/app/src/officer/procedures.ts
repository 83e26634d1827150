/** The written procedures and the rows of advice: those that came with the app, and newer ones of the office once they were fetched. */
import { readonly, shallowRef } from 'vue';
import { procedures as embedded } from 'virtual:roadside';
import { nowMs } from '@/composables/clock';
import { keep, recall } from '@/storage/db';
import { adviseBy, type AdviceRow } from './advise';
import { getAdvice, getProcedures } from './calls';
import type { Procedure, ProcedureCode } from './types';

const SHELF = 'answers';
const KEY = 'officer/procedures';
const ADVICE = 'officer/advice';

const items = shallowRef<readonly Procedure[]>(embedded);
let opened: Promise<void> | null = null;
export const procedures = readonly(items);

/** The one for a situation. */
export const procedureOf = (code: string): Procedure | undefined =>
  items.value.find((it) => it.code === (code as ProcedureCode));

/** Reads what is kept, then asks for newer; quiet without a network. */
export async function openProcedures(): Promise<void> {
  opened ??= (async () => {
    const [kept, rows] = await Promise.all([
      recall<Procedure[]>(SHELF, KEY),
      recall<AdviceRow[]>(SHELF, ADVICE),
    ]);
    if (kept) items.value = kept.value;
    if (rows) adviseBy(rows.value);
  })();
  await opened;
  try {
    const [{ items: fresh }, { rows }] = await Promise.all([getProcedures(), getAdvice()]);
    items.value = fresh;
    adviseBy(rows);
    await keep(SHELF, KEY, fresh, nowMs());
    await keep(SHELF, ADVICE, rows, nowMs());
  } catch {
    // those at hand are good until there are newer ones
  }
}
