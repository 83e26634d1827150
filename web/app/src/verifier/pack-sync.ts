/** Keeps the national pack up to date: small deltas by itself, a whole pack by itself only where that costs nobody anything. */
import { computed, readonly, ref, shallowRef } from 'vue';
import type { components } from '@luzheng/api';
import { MAX_PACK } from '@luzheng/verify/packs';
import type { Present } from '@/api/types';
import { fetchRaw } from '@/api/client';
import { faultOf, heldPack, openPacks, takePackFile } from './pack';
import { hasRoom, mayFetchQuietly, readAll, type Progress } from './download';

/** Files up to this size are fetched unasked on a connection that is not metered; deltas up to the other on any. */
const QUIET_PACK = 16_000_000;
const QUIET_DELTA = 2_000_000;

/** What the server has. */
export type PackOffer = Present<components['schemas']['PackCatalogue']>;

const offer = shallowRef<PackOffer | null>(null);
const moving = ref<Progress | null>(null);
const fault = ref<string | null>(null);
let stopping: AbortController | null = null;

export const packProgress = readonly(moving);
/** Why the last file was not taken: a code of the format, `no_room`, `offline`, or `failed`. */
export const packFault = readonly(fault);

/** What would be fetched now: the delta from what is held, or the whole. */
const next = computed(() => {
  const it = offer.value;
  const pack = heldPack.value;
  if (it === null || (pack !== null && pack.seq >= it.seq)) return null;
  const delta = it.deltas.find(({ from }) => from === pack?.seq);
  return delta
    ? ({ kind: 'delta', ...delta } as const)
    : ({ kind: 'pack', size: it.size, url: it.url } as const);
});
/** Bytes that would be fetched; null when what is held is the newest, as far as is known. */
export const packAvailable = computed(() => next.value?.size ?? null);

/** Asks what there is. Quiet without a network. */
export async function hearOfPack(): Promise<void> {
  await openPacks();
  try {
    const answer = await fetchRaw('/pack', { cache: 'no-cache' });
    if (answer.ok) offer.value = (await answer.json()) as PackOffer;
  } catch {
    // what is held says its age
  }
}

/** Asks, and fetches what may be fetched unasked. */
export async function syncPack(): Promise<void> {
  await hearOfPack();
  const it = next.value;
  if (it === null || moving.value !== null) return;
  const quiet = it.kind === 'delta' ? it.size <= QUIET_DELTA : it.size <= QUIET_PACK && mayFetchQuietly();
  if (quiet) await fetchPack();
}

/** Fetches what is newer. */
export async function fetchPack(): Promise<void> {
  const it = next.value;
  if (it === null || moving.value !== null) return;
  fault.value = null;
  if (!(await hasRoom(it.size))) {
    fault.value = 'no_room';
    return;
  }
  stopping = new AbortController();
  try {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    await readAll(await fetchRaw(it.url, { signal: stopping.signal, cache: 'no-store' }), {
      expected: it.size,
      ceiling: MAX_PACK,
      progress: (now) => (moving.value = now),
      take: (piece) => void pieces.push(piece),
    });
    await takePackFile(new Blob(pieces), it.kind);
  } catch (failure) {
    fault.value = stopping.signal.aborted ? null : faultOf(failure);
    // a delta that does not fit: the whole pack is what helps
    if (it.kind === 'delta' && offer.value && fault.value !== null)
      offer.value = { ...offer.value, deltas: [] };
  } finally {
    moving.value = null;
    stopping = null;
  }
}

export function stopPack(): void {
  stopping?.abort();
}

/** Takes a file that came by another way than the network: a colleague's, the station's. */
export async function importPack(file: Blob, kind: 'pack' | 'delta'): Promise<boolean> {
  fault.value = null;
  try {
    await takePackFile(file, kind);
    return true;
  } catch (failure) {
    fault.value = faultOf(failure);
    return false;
  }
}
