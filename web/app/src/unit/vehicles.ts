import { computed, ref } from 'vue';
import { RequestFailed, type FailureKind } from '@/api/client';
import { getUnitVehicles } from '@/api/filing';
import type { Vehicle } from '@/api/types';
import { plateCharacters } from '@/plate/layout';

/** Pages that a search goes through by itself; a firm with more is told to narrow it down by scrolling on. */
const MOST_PAGES = 40;

/** A unit's vehicles, page by page, and looked through by plate. */
export function useUnitVehicles(unit: () => string) {
  const items = ref<Vehicle[]>([]);
  const next = ref<string | null>(null);
  const started = ref(false);
  const busy = ref(false);
  const failure = ref<FailureKind | null>(null);
  const search = ref('');
  const wanted = computed(() => plateCharacters(search.value.normalize('NFKC')).join(''));
  const found = computed(() =>
    wanted.value === ''
      ? items.value
      : items.value.filter((one) => plateCharacters(one.plate_number).join('').includes(wanted.value)),
  );
  const more = computed(() => !started.value || next.value !== null);

  async function page(): Promise<boolean> {
    if (busy.value || !more.value) return false;
    busy.value = true;
    failure.value = null;
    try {
      const answer = await getUnitVehicles(unit(), next.value);
      items.value = [...items.value, ...answer.items];
      next.value = answer.next;
      started.value = true;
      return true;
    } catch (reason) {
      failure.value = reason instanceof RequestFailed ? reason.kind : 'server';
      return false;
    } finally {
      busy.value = false;
    }
  }

  /** Loads on until something fits, or there is no more. */
  async function look(): Promise<void> {
    for (let pages = 0; pages < MOST_PAGES && wanted.value !== '' && found.value.length === 0; pages++) {
      if (!(await page())) return;
    }
  }

  return { items, found, search, wanted, more, busy, failure, page, look };
}
