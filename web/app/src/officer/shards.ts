/** Plates of the provinces of duty, carried along: sealed piece by piece, verified when they come and at every look. */
import { readonly, ref, shallowRef } from 'vue';
import { MAX_SHARD, openShard, type Shard } from '@luzheng/verify/officer';
import { RequestFailed } from '@/api/client';
import { fetchBound } from '@/bound/client';
import { whenDropped } from '@/bound/device';
import { nowMs } from '@/composables/clock';
import { PROVINCES } from '@/plate/keys';
import { plateCharacters } from '@/plate/layout';
import { keep, recall } from '@/storage/db';
import { hasRoom, readAll } from '@/verifier/download';
import { faultOf } from '@/verifier/pack';
import { openTrust } from '@/verifier/service';
import { getShards } from './calls';
import { forgetFile, SealedFile, SealedWriter } from './chunks';
import type { PlateEntry } from './glance';
import type { HeldShard, ShardProgress } from './shard-types';
import type { ShardItem } from './types';

const SHELF = 'device';
const KEY = 'officer/shards';
/** First two digits of the divisions, in the order of {@link PROVINCES}. */
const CODES =
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65'.split(' ');

type Kept = Record<string, HeldShard & { name: string }>;

const held = shallowRef<Kept>({});
const offers = shallowRef<readonly ShardItem[]>([]);
const moving = ref<Record<string, ShardProgress>>({});
const faults = ref<Record<string, string | null>>({});
const stopping = new Map<string, AbortController>();
const opened = new Map<string, Promise<Shard>>();
let reading: Promise<void> | null = null;

export const shardsHeld = readonly(held);
export const shardsOffered = readonly(offers);
export const shardProgress = readonly(moving);
/** Why the last file of a province was not taken; codes of the format, `no_room`, `outside_duty`, `failed`. */
export const shardFaults = readonly(faults);

/** The province that a plate is of; null when its first character is none. */
export function provinceOf(plate: string): string | null {
  const at = PROVINCES.indexOf(plateCharacters(plate)[0] ?? '');
  return at < 0 ? null : (CODES[at] ?? null);
}

/** Reads what is held; once while the vault is open. */
export function openShards(): Promise<void> {
  reading ??= recall<Kept>(SHELF, KEY).then((kept) => {
    held.value = kept?.value ?? {};
  });
  return reading;
}
/** The vault was locked: nothing of a shard stays in memory. */
export function closeShards(): void {
  held.value = {};
  opened.clear();
  reading = null;
}

/** Asks what there is for the region of duty. Quiet without a network. */
export async function hearOfShards(): Promise<void> {
  await openShards();
  try {
    offers.value = await getShards();
  } catch {
    // what is held says its age
  }
}

async function verified(file: SealedFile, heldSeq: number, now: number): Promise<Shard> {
  const trust = (await openTrust())?.current;
  if (!trust) throw new Error('there is no trust list to verify with');
  return openShard(file, trust, { now, heldSeq });
}

/** Fetches a province's plates. */
export async function fetchShard(item: ShardItem): Promise<void> {
  const { province } = item;
  if (moving.value[province]) return;
  faults.value = { ...faults.value, [province]: null };
  if (!(await hasRoom(item.size))) return fail(province, 'no_room');
  const stop = new AbortController();
  stopping.set(province, stop);
  const progress = (now: ShardProgress): void => {
    moving.value = { ...moving.value, [province]: now };
  };
  try {
    const answer = await fetchBound(`/api/v1/officer/shards/${province}`, stop.signal);
    if (answer.status === 403)
      throw new RequestFailed('refused', 'outside_duty', 'not of the region of duty');
    await takeShard(province, async (writer) =>
      readAll(answer, {
        expected: item.size,
        ceiling: MAX_SHARD,
        progress,
        take: (piece) => writer.write(piece),
      }),
    );
  } catch (failure) {
    if (!stop.signal.aborted) fail(province, codeOf(failure));
  } finally {
    stopping.delete(province);
    moving.value = Object.fromEntries(Object.entries(moving.value).filter(([of]) => of !== province));
  }
}

const codeOf = (failure: unknown): string =>
  failure instanceof RequestFailed ? (failure.code ?? failure.kind) : faultOf(failure);
function fail(province: string, code: string): void {
  faults.value = { ...faults.value, [province]: code };
}

/** Writes a file piece by piece, verifies it, and only then lets go of the one before. */
async function takeShard(province: string, fill: (writer: SealedWriter) => Promise<void>): Promise<void> {
  await openShards();
  const before = held.value[province];
  const writer = new SealedWriter(`${province}/${nowMs()}`);
  let file: SealedFile | null = null;
  try {
    await fill(writer);
    file = await writer.close();
    const shard = await verified(file, before?.seq ?? 0, nowMs() / 1000);
    if (String(shard.province) !== province)
      throw new RequestFailed('refused', 'broken_pack', 'another province');
    const { seq, iat, exp } = shard;
    const entry = { province, seq, iat, exp, size: file.size, name: file.name };
    held.value = { ...held.value, [province]: entry };
    await keep(SHELF, KEY, held.value, nowMs());
    opened.set(province, Promise.resolve(shard));
    if (before) await forgetFile(before.name, before.size);
  } catch (failure) {
    if (held.value[province]?.name !== (file?.name ?? ''))
      await forgetFile(writer.name, file?.size ?? writer.size);
    throw failure;
  }
}

/** Takes a file that came by another way than the network. False when it was refused; the reason is in {@link shardFaults}. */
export async function importShard(file: Blob): Promise<boolean> {
  // which province it is of stands in its head; until that is read, its place is by the fault of none
  try {
    const trust = (await openTrust())?.current;
    if (!trust) throw new Error('there is no trust list to verify with');
    const shard = await openShard(file, trust, { now: nowMs() / 1000, heldSeq: 0 });
    const bytes = new Uint8Array(await file.arrayBuffer());
    await takeShard(String(shard.province), (writer) => writer.write(bytes));
    return true;
  } catch (failure) {
    fail('file', codeOf(failure));
    return false;
  }
}

export function stopShard(province: string): void {
  stopping.get(province)?.abort();
}

/** Deletes a province's plates from this device. */
export async function forgetShard(province: string): Promise<void> {
  await openShards();
  const { [province]: gone, ...others } = held.value;
  if (!gone) return;
  held.value = others;
  opened.delete(province);
  await keep(SHELF, KEY, others, nowMs());
  await forgetFile(gone.name, gone.size);
}

/** What the carried data say of a plate. */
export type ShardAnswer =
  | { known: true; entry: PlateEntry | null; asOf: number }
  /** No data of its province, or what is there cannot be read: no answer about the vehicle. */
  | { known: false; why: 'no_shard' | 'broken' | 'no_province' };

/** Looks a plate up in what is carried. The data's age is the caller's to say. */
export async function findInShard(plate: string, type: string): Promise<ShardAnswer> {
  const province = provinceOf(plate);
  if (province === null) return { known: false, why: 'no_province' };
  await openShards();
  const kept = held.value[province];
  if (!kept) return { known: false, why: 'no_shard' };
  try {
    // past its end or not is said by its age: a look-up without any data would be no better
    const open = opened.get(province) ?? verified(new SealedFile(kept.name, kept.size), 0, kept.iat);
    opened.set(province, open);
    const shard = await open;
    const [found] = await shard.find(plate, type);
    const letters = (found?.letters ?? []).filter((letter) => letter !== 'A');
    const entry = found ? { plate, type, validUntil: found.validUntil, mark: found.mark, letters } : null;
    return { known: true, entry, asOf: shard.iat * 1000 };
  } catch {
    opened.delete(province);
    return { known: false, why: 'broken' };
  }
}

whenDropped(async () => {
  await openShards();
  for (const province of Object.keys(held.value)) await forgetShard(province);
});
