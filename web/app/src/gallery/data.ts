/** Data of the stories: asked of the mock back end as the app asks, in the name of one of its people. */
import { getMark, getVehicle } from '@/api/calls';
import type { Mark, Vehicle } from '@/api/types';
import type { State } from './story';

const SIGNED_IN = 'luzheng.mock.signed-in';
let turn: Promise<unknown> = Promise.resolve();

/** Runs something as a person; one after the other, since there is one session. */
export function drawnAs<T>(person: string | null, work: () => Promise<T>): Promise<T> {
  const next = turn.then(async () => {
    const before = localStorage.getItem(SIGNED_IN);
    if (person !== null) localStorage.setItem(SIGNED_IN, person);
    try {
      return await work();
    } finally {
      if (before === null) localStorage.removeItem(SIGNED_IN);
      else localStorage.setItem(SIGNED_IN, before);
    }
  });
  turn = next.catch(() => undefined);
  return next;
}

/** Vehicles worth looking at: who has them, and what is interesting about them. */
const VEHICLES: readonly (readonly [string, string, string])[] = [
  ['mark to be applied for', 'p-apply', 'v-apply'],
  ['inspection due', 'p-inspect', 'v-inspect'],
  ['nothing to do', 'p-fine', 'v-fine'],
  ['overdue', 'p-overdue', 'v-overdue'],
  ['stolen, suspended', 'p-stolen', 'v-stolen'],
  ['just bought, no mark', 'p-transferred', 'v-transferred'],
];

/** The same component for each of them. */
export function forVehicles(more: Record<string, unknown> = {}): State[] {
  return VEHICLES.map(([name, person, id]) => ({
    name,
    person,
    props: async () => ({ vehicle: await getVehicle(id), ...more }),
  }));
}

/** A mark of the mock country. */
export async function markOf(vehicle: string): Promise<Mark> {
  const found: Vehicle = await getVehicle(vehicle);
  return getMark(found.mark?.id ?? 'none');
}

/** Drivers worth looking at. */
export const DRIVERS: readonly (readonly [string, string])[] = [
  ['normal', 'd-normal'],
  ['nine points', 'd-nine'],
  ['twelve points', 'd-full'],
  ['suspended', 'd-suspended'],
  ['out of use', 'd-stopped'],
  ['withdrawn', 'd-withdrawn'],
  ['not applied for', 'd-none'],
];

/** The same component for each of them. */
export function forDrivers(props: () => Promise<Record<string, unknown>>): State[] {
  return DRIVERS.map(([name, person]) => ({ name, person, props }));
}
