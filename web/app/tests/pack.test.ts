import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Sync from '@/verifier/pack-sync';
import type * as Pack from '@/verifier/pack';
import type * as Shards from '@/officer/shards';
import type * as Packs from '@/mocks/packs';

let sync: typeof Sync;
let pack: typeof Pack;
let shards: typeof Shards;
let packs: typeof Packs;
let asked: string[];
let size: number | null;
let connection: { type?: string; saveData?: boolean } | undefined;
let file: () => Promise<Uint8Array<ArrayBuffer>>;
let estimate: { quota?: number; usage?: number };

const body = (bytes: Uint8Array<ArrayBuffer> | string): Response => new Response(bytes);

/** The app as when it is opened, with the mock country's issuer behind it. */
beforeEach(async () => {
  vi.resetModules();
  globalThis.indexedDB = new IDBFactory();
  const [api, issuer] = await Promise.all([import('@/api/client'), import('@/mocks/issuer')]);
  packs = await import('@/mocks/packs');
  [size, connection, estimate, asked] = [null, undefined, {}, []];
  file = packs.mockPack;
  api.answerWith(async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    switch (pathname) {
      case '/.well-known/luzheng/root':
        return body(await issuer.rootFile());
      case '/.well-known/luzheng/trust':
        return body(await issuer.trustList(Math.floor(Date.now() / 1000) - 4 * 3600));
      case '/pack':
        return new Response(
          JSON.stringify({
            seq: packs.PACK_SEQ,
            as_of: '',
            expires_at: '',
            size: size ?? (await packs.mockPack()).length,
            url: '/pack/mock.lzpack',
            deltas: [],
          }),
        );
      case '/pack/mock.lzpack':
        return body(await file());
      default:
        return new Response(null, { status: 404 });
    }
  });
  vi.stubGlobal('navigator', {
    ...navigator,
    get connection() {
      return connection;
    },
    storage: { estimate: async () => estimate },
  });
  pack = await import('@/verifier/pack');
  sync = await import('@/verifier/pack-sync');
  shards = await import('@/officer/shards');
});
afterEach(() => vi.unstubAllGlobals());

const fetched = (): boolean => asked.includes('/pack/mock.lzpack');
const changed = (bytes: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> => {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};
/** The last byte of the head, which begins at 20, is the signature's. */
const signatureAt = (bytes: Uint8Array<ArrayBuffer>): number => 19 + new DataView(bytes.buffer).getUint32(8);

describe('the national pack', () => {
  it('that is small comes by itself, and is the newest then', async () => {
    await sync.syncPack();
    expect(fetched()).toBe(true);
    expect(pack.heldPack.value?.seq).toBe(packs.PACK_SEQ);
    expect([sync.packAvailable.value, sync.packFault.value, sync.packProgress.value]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it.each([
    ['on a connection that is paid for by the megabyte', { type: 'cellular' }, null],
    ['when data are to be saved', { saveData: true }, null],
    ['when it is large', undefined, 40_000_000],
  ])('does not come unasked %s, and does when asked', async (_when, how, bytes) => {
    connection = how;
    size = bytes;
    await sync.syncPack();
    expect(fetched()).toBe(false);
    expect(sync.packAvailable.value).toBeGreaterThan(0);
    await sync.fetchPack();
    expect(pack.heldPack.value?.seq).toBe(packs.PACK_SEQ);
  });

  it('is not begun where there is no room for it', async () => {
    estimate = { quota: 1_000_000, usage: 999_999 };
    await sync.syncPack();
    expect(fetched()).toBe(false);
    expect(sync.packFault.value).toBe('no_room');
  });

  it('that is forged or cut is refused, and what was held stays', async () => {
    await sync.syncPack();
    const held = pack.heldPack.value;
    const good = await packs.mockPack();
    expect(await sync.importPack(new Blob([changed(good, signatureAt(good))]), 'pack')).toBe(false);
    expect(sync.packFault.value).toBe('bad_signature');
    expect(await sync.importPack(new Blob([good.slice(0, -5)]), 'pack')).toBe(false);
    expect(sync.packFault.value).toBe('broken_pack');
    expect(await sync.importPack(new Blob(['nothing']), 'delta')).toBe(false);
    expect(sync.packFault.value).toBe('broken_pack');
    expect(pack.heldPack.value).toBe(held);
  });

  it('that was cut on its way is said to be, and can be asked for again', async () => {
    const good = await packs.mockPack();
    file = async () => good.slice(0, 40);
    await sync.syncPack();
    expect([sync.packFault.value, pack.heldPack.value]).toEqual(['broken_pack', null]);
    file = packs.mockPack;
    await sync.fetchPack();
    expect([sync.packFault.value, pack.heldPack.value?.seq]).toEqual([null, packs.PACK_SEQ]);
  });
});

describe('plates from a file', () => {
  // the trust list with which they are verified comes with the pack
  beforeEach(() => sync.syncPack());

  it('are found with what is known of them, and others are not', async () => {
    expect(await shards.importShard(new Blob([await packs.mockShard('32', '苏')]))).toBe(true);
    const found = await shards.findInShard('苏B7K219', '02');
    expect(found).toMatchObject({ known: true, entry: { mark: 'current', letters: [] } });
    expect(await shards.findInShard('苏B00000', '02')).toMatchObject({ known: true, entry: null });
    expect(await shards.findInShard('苏B7K219', '52')).toMatchObject({ known: true, entry: null });
    expect(await shards.findInShard('京A12345', '02')).toEqual({ known: false, why: 'no_shard' });
  });

  it('that are forged are not taken', async () => {
    const good = await packs.mockShard('32', '苏');
    const at = 15 + new DataView(good.buffer).getUint32(8);
    expect(await shards.importShard(new Blob([changed(good, at)]))).toBe(false);
    expect(shards.shardFaults.value['file']).toBe('bad_signature');
    expect(await shards.findInShard('苏B7K219', '02')).toEqual({ known: false, why: 'no_shard' });
  });

  it('are gone when they were deleted', async () => {
    expect(await shards.importShard(new Blob([await packs.mockShard('32', '苏')]))).toBe(true);
    await shards.forgetShard('32');
    expect(await shards.findInShard('苏B7K219', '02')).toEqual({ known: false, why: 'no_shard' });
  });
});
