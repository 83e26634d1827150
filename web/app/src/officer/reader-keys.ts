/** Keys with which the sealed part of a code is opened: kept as the server sealed them to this device, inside the vault. */
import { type ReaderKey, unwrapReaderKey } from '@luzheng/verify/officer';
import { whenDropped } from '@/bound/device';
import { agreementKey } from '@/bound/session';
import { nowMs } from '@/composables/clock';
import { forget, keep, recall } from '@/storage/db';
import { getReaderKeys } from './calls';
import type { SealedReaderKey } from './types';

const SHELF = 'device';
const KEY = 'officer/reader-keys';

whenDropped(() => forget(SHELF, KEY));

/** Fetches the newest; what is kept stays when there is no network. */
export async function refreshReaderKeys(): Promise<void> {
  try {
    await keep(SHELF, KEY, await getReaderKeys(), nowMs());
  } catch {
    // the kept ones serve until their time is over
  }
}

/** The keys that may be used now, by number. */
export async function readerKeys(): Promise<ReadonlyMap<number, ReaderKey>> {
  const device = agreementKey();
  const kept = await recall<SealedReaderKey[]>(SHELF, KEY);
  const found = new Map<number, ReaderKey>();
  if (device === null || kept === null) return found;
  for (const it of kept.value) {
    // a device that the office cannot reach any more must not read for ever
    if (Date.parse(it.not_after) <= nowMs()) continue;
    const key = await unwrapReaderKey(it, device.agree, device.point);
    if (key) found.set(it.number, key);
  }
  return found;
}
