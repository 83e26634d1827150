/** The national pack as this phone holds it: public, verified when it is taken and again when it is opened. */
import { PackError, PackStore, type FileBytes, type Pack, type PackStorage } from '@luzheng/verify/packs';
import { computed, shallowRef } from 'vue';
import { nowMs } from '@/composables/clock';
import { keep, recall } from '@/storage/db';
import { judgeAlsoBy, openTrust, takeTrust } from './service';

/** Browsers keep a `Blob` on disk and read of it what is looked at. */
class PackFiles implements PackStorage {
  async get(name: string): Promise<string | FileBytes | undefined> {
    return (await recall<string | FileBytes>('verifier', name))?.value;
  }
  async set(name: string, value: string | FileBytes): Promise<void> {
    if (!(await keep('verifier', name, value, nowMs()))) throw new NoRoom();
  }
}

/** The browser keeps nothing, or no more. */
export class NoRoom extends Error {
  constructor() {
    super('the browser has no room');
    this.name = 'NoRoom';
  }
}

const held = shallowRef<Pack | null>(null);
let store: PackStore | null = null;
let opening: Promise<PackStore | null> | null = null;

/** The pack that is held, whether or not it is past its end. */
export const heldPack = computed(() => held.value);

const seconds = (): number => nowMs() / 1000;
const asFile = (bytes: Uint8Array<ArrayBuffer>): FileBytes => new Blob([bytes]);
const time = async (): Promise<{ now: number; heldTrustSeq: number }> => ({
  now: seconds(),
  heldTrustSeq: (await openTrust())?.current?.seq ?? 0,
});

judgeAlsoBy({
  lookUp: (list, index) => store?.usable(seconds())?.lookUp(list, index),
});

/** Opens what is kept, once. Null while there is no root to verify with: before the first visit with a network. */
export function openPacks(): Promise<PackStore | null> {
  opening ??= (async () => {
    const trust = await openTrust();
    if (trust === null) return null;
    store = await PackStore.open(new PackFiles(), trust.roots, trust.current?.seq ?? 0, asFile);
    held.value = store.held;
    return store;
  })().finally(() => {
    if (store === null) opening = null;
  });
  return opening;
}

/**
 * Takes a file in, a whole pack or a delta.
 * @throws {PackError} when it is refused, {@link NoRoom} when it cannot be kept; what was held stays
 */
export async function takePackFile(file: Blob, kind: 'pack' | 'delta'): Promise<Pack> {
  const packs = await openPacks();
  if (packs === null) throw new PackError('bad_trust_list', 'there is no root to verify with');
  const pack =
    kind === 'pack'
      ? await packs.take(file, await time())
      : await packs.apply(new Uint8Array(await file.arrayBuffer()), await time());
  held.value = pack;
  await takeTrust(pack.trustJson);
  return pack;
}

/** Why a file was not taken: a stable code. */
export function faultOf(failure: unknown): string {
  if (failure instanceof PackError) return failure.code;
  if (failure instanceof NoRoom) return 'no_room';
  return 'failed';
}
