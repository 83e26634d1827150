/** Looks made without a network: sealed on the device until they are handed in, each once. */
import { computed, readonly, ref } from 'vue';
import { toBase64Url } from '@/licence/base64url';
import { boundMe } from '@/bound/session';
import { nowMs } from '@/composables/clock';
import { keep, recall } from '@/storage/db';
import { postLooks } from './calls';
import { purpose } from './purpose';
import type { OfflineLook } from './types';

const SHELF = 'device';
const KEY = 'officer/looks';
/** So many are handed in at once. */
const BATCH = 100;
/** A device that was away for longer than this many looks has to be brought in. */
export const MAX_WAITING = 5_000;

const waiting = ref<OfflineLook[]>([]);
let loaded: Promise<void> | null = null;
let handing: Promise<boolean> | null = null;

/** How many looks wait to be handed in. */
export const looksWaiting = computed(() => waiting.value.length);
/** No more off-line looks are possible before some are handed in. */
export const queueFull = computed(() => waiting.value.length >= MAX_WAITING);
const failed = ref(false);
/** The server did not take them when they were last sent. */
export const handInFailed = readonly(failed);

/** Reads what waits; once while the vault is open. */
export function openQueue(): Promise<void> {
  loaded ??= recall<OfflineLook[]>(SHELF, KEY).then((kept) => {
    waiting.value = kept?.value ?? [];
  });
  return loaded;
}
/** The vault was locked: what waits is on the disk, sealed, and nowhere else. */
export function closeQueue(): void {
  waiting.value = [];
  loaded = null;
}

const store = (): Promise<boolean> => keep(SHELF, KEY, waiting.value, nowMs());

/** The digest by which a code is named, so that the code itself is kept nowhere. */
export async function digestOf(code: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code));
  return toBase64Url(new Uint8Array(bytes));
}

/** What a look is about. */
export type Look = Pick<
  OfflineLook,
  'by' | 'code_digest' | 'status' | 'subject' | 'plate_type' | 'verdict' | 'reason'
>;

/**
 * Writes a look down, before what it shows is shown. False when it cannot be kept: then nothing is shown either,
 * for a look that leaves no trace is not allowed.
 */
export async function noteLook(look: Look): Promise<boolean> {
  await openQueue();
  if (purpose.value === null || queueFull.value) return false;
  const id = toBase64Url(crypto.getRandomValues(new Uint8Array(16)));
  const duty = boundMe.value?.duty?.current.code ?? null;
  waiting.value = [
    ...waiting.value,
    { id, at: new Date(nowMs()).toISOString(), purpose: purpose.value, duty, ...look },
  ];
  if (await store()) return true;
  waiting.value = waiting.value.filter((it) => it.id !== id);
  return false;
}

/** Hands in what waits. False when some still does. */
export function handIn(): Promise<boolean> {
  handing ??= send().finally(() => (handing = null));
  return handing;
}

async function send(): Promise<boolean> {
  await openQueue();
  try {
    while (waiting.value.length > 0) {
      const batch = waiting.value.slice(0, BATCH);
      await postLooks(batch);
      const sent = new Set(batch.map(({ id }) => id));
      // what was noted meanwhile stays
      waiting.value = waiting.value.filter(({ id }) => !sent.has(id));
      await store();
    }
    failed.value = false;
    return true;
  } catch {
    failed.value = true;
    return false;
  }
}
