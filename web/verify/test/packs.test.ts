/** Packs and deltas beyond the vectors: every length, single bits, mutations under a good signature, and what is kept between visits. */
import { describe, expect, test } from 'vitest';
import { type Bytes, concat } from '../src/bytes.js';
import { MemoryStorage, type StatusSource, freshest, openToken, StatusBook, verify } from '../src/index.js';
import { MAX_DELTA, MAX_PACK, Pack, PackStore, applyDelta, openPack } from '../src/packs.js';
import { LIST_ENTRIES } from '../src/status.js';
import * as issuer from './issuer.js';
import { DAY, MARK, MARK_SM2, NOW, ROOTS, STRANGER } from './issuer.js';
import { mutate } from './mutate.js';
import {
  type PackedList,
  deltaFile,
  packFile,
  packOf,
  packedList,
  partsOf,
  sectionOf,
  word,
} from './packer.js';
import { seeded } from './random.js';

const question = { now: NOW, heldSeq: 0, heldTrustSeq: 0 };
const trust = await issuer.trustList();

const LISTS: readonly PackedList[] = [
  packedList(3, { 1: 1, 2: 2, 3: 3, 700: 1, 1_048_575: 3 }),
  packedList(4, { 1: 1, 2: 2, 12: 12, 9: 9 }, 4),
  packedList(9, {}),
];
const pack = await packFile(LISTS);

describe('a pack', () => {
  test('answers as the lists do, with the same verdict', async () => {
    const opened = await packOf(pack);
    const book = await issuer.statusBook({ iat: NOW - 3600, exp: NOW + 7 * DAY - 3600 });
    const ask = async (text: string, status: StatusSource) =>
      verify(text, { trust, status, question: { now: NOW, clockConfirmed: true, ourHosts: [issuer.HOST] } });
    for (const [list, index] of [
      [3, 0],
      [3, 1],
      [3, 2],
      [3, 3],
      [3, LIST_ENTRIES],
      [8, 0],
    ]) {
      const text = issuer.primary(
        await issuer.message(issuer.markClaims({ 6: [list ?? 0, index ?? 0] }), MARK),
      );
      expect(await ask(text, opened)).toEqual(await ask(text, book));
    }
    expect(await opened.lookUp(4, 12)).toMatchObject({ value: 'stopped' });
    expect(await opened.lookUp(4, 9)).toBeUndefined();
    expect(await opened.lookUp(9, 5)).toMatchObject({ value: 'valid' });
    expect(opened.lists.map(({ list }) => list)).toEqual([3, 4, 9]);
  });

  test('cut anywhere or with a byte more it is broken', async () => {
    for (let length = 0; length < pack.length; length++)
      expect(await word(packOf(pack.slice(0, length))), `${length}`).toBe('broken_pack');
    expect(await word(packOf(concat(pack, Uint8Array.of(0))))).toBe('broken_pack');
  });

  test('with any bit changed nothing opens that answers otherwise', async () => {
    const { head, trust: list, table } = partsOf(pack);
    const sections = 20 + head.length + list.length + table.length;
    const reference = await packOf(pack);
    let silent = 0;
    for (let byte = 0; byte < pack.length; byte++) {
      const altered = pack.slice();
      altered[byte] = (altered[byte] ?? 0) ^ (1 << (byte % 8));
      const code = await word(packOf(altered));
      if (byte < sections) {
        expect(code, `byte ${byte}`).not.toBe('opened');
        continue;
      }
      const opened = await packOf(altered);
      const broken = [3, 4, 9].map(async (number) => {
        const [here, there] = [await opened.lookUp(number, 1), await reference.lookUp(number, 1)];
        if (here !== undefined) expect(here).toEqual(there);
        return here === undefined;
      });
      silent += (await Promise.all(broken)).filter(Boolean).length;
    }
    expect(silent).toBe(pack.length - sections);
  });

  test.each<[string, Parameters<typeof packFile>[1], string]>([
    ['as it must be', {}, 'opened'],
    ['by an SM2 key that is for marks', { signer: MARK_SM2 }, 'unknown_issuer'],
    ['by a stranger', { signer: STRANGER }, 'unknown_issuer'],
    ['of another type', { typ: 'application/statuslist+cwt' }, 'broken_pack'],
    ['a shard', { typ: 'application/luzheng-shard+cose', body: { 2: 32 } }, 'broken_pack'],
    ['of a province', { body: { 2: 32 } }, 'broken_pack'],
    ['number 0', { body: { 1: 0 } }, 'broken_pack'],
    ['number 2^32', { body: { 1: 2 ** 32 } }, 'broken_pack'],
    ['one member more', { body: { 7: 1 } }, 'broken_pack'],
    ['another number of lists', { body: { 3: 2 } }, 'broken_pack'],
    ['another trust list', { body: { 5: 8 } }, 'broken_pack'],
    ['a short digest', { body: { 4: new Uint8Array(31) } }, 'broken_pack'],
    ['before its lists', { iat: 0, exp: DAY }, 'unknown_issuer'],
    ['an end before its beginning', { exp: NOW - 60 }, 'broken_pack'],
    ['an end of text', { exp: 'x' }, 'broken_pack'],
    ['over', { exp: NOW }, 'pack_expired'],
    ['the last second', { exp: NOW + 1 }, 'opened'],
  ])('%s', async (_, changes, expected) => {
    expect(await word(packOf(await packFile(LISTS, changes)))).toBe(expected);
  });

  test('rows that are not as they must be', async () => {
    const [first, second] = LISTS as [PackedList, PackedList];
    for (const lists of [
      [second, first],
      [first, first],
      [{ ...first, exp: first.iat }],
      [{ ...first, bits: 3 as 2 }],
    ])
      expect(await word(packOf(await packFile(lists)))).toBe('broken_pack');
  });

  test('sizes have ceilings, and what cannot be read is broken', async () => {
    const blob = (size: number) => ({
      size,
      slice: () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }),
    });
    expect(await word(openPack(blob(MAX_PACK + 1), ROOTS, question))).toBe('too_large');
    expect(await word(openPack(blob(100), ROOTS, question))).toBe('broken_pack');
    expect(await word(applyDelta(await packOf(pack), new Uint8Array(MAX_DELTA + 1), ROOTS, question))).toBe(
      'too_large',
    );
  });

  test('a file that vanishes later gives no answer', async () => {
    let gone = false;
    const vanishing = {
      size: pack.length,
      slice: (from: number, to: number) => ({
        arrayBuffer: async () => {
          if (gone) throw new Error('gone');
          return pack.slice(from, to).buffer;
        },
      }),
    };
    const opened = await openPack(vanishing, ROOTS, question);
    expect(await opened.lookUp(3, 1)).toMatchObject({ value: 'revoked' });
    gone = true;
    expect(await opened.lookUp(4, 1)).toBeUndefined();
    expect(await opened.lookUp(3, 1), 'kept in memory').toMatchObject({ value: 'revoked' });
  });

  test('mutations: a refusal of our own, or the same answers', async () => {
    const random = seeded(12);
    const entries = await Promise.all(
      [0, 1, 2, 3].map(async (index) => (await packOf(pack)).lookUp(3, index)),
    );
    for (let round = 0; round < 2000; round++) {
      const mutated = mutate(random, pack);
      if ((await word(packOf(mutated))) !== 'opened') continue;
      const opened = await packOf(mutated);
      for (const [index, expected] of entries.entries()) {
        const answer = await opened.lookUp(3, index);
        if (answer !== undefined) expect(answer).toEqual(expected);
      }
    }
  });

  test('mutated tables, heads and sections under a good signature are refused by name, or open', async () => {
    const random = seeded(13);
    const words = new Set<string>();
    for (let round = 0; round < 1500; round++) {
      const [first, ...rest] = LISTS as [PackedList, ...PackedList[]];
      const section = mutate(random, first.section);
      const lists = round % 3 === 0 ? [{ ...first, section }, ...rest] : LISTS;
      const body =
        round % 3 === 1
          ? { [1 + random.below(7)]: [0, 1, 3, -1, 2 ** 32, 'x', null][random.below(7)] ?? 0 }
          : {};
      const file = await packFile(lists, { body });
      words.add(await word(packOf(file)));
      if (round % 3 === 0) await (await packOf(file)).lookUp(3, random.below(1000));
    }
    expect([...words].sort()).toEqual(['broken_pack', 'opened']);
  });
});

describe('a delta', async () => {
  const newerLists = [
    packedList(3, { 2: 1, 3: 3, 50: 2, 700: 1, 1_048_575: 3 }),
    packedList(4, { 1: 1, 2: 2, 12: 12, 9: 9 }, 4),
    packedList(10, { 8: 1 }),
  ] as const;
  const at = { iat: NOW - 3600, exp: NOW + 7 * DAY - 3600 };
  const records = [
    { list: 3, ...at, kind: 2, changes: sectionOf({ 1: 0, 2: 1, 50: 2 }, 2, true) },
    { list: 4, ...at, kind: 4, changes: new Uint8Array() },
    { list: 10, ...at, kind: 18, changes: sectionOf({ 8: 1 }, 2, true) },
  ];
  const newer = await packFile(newerLists, { seq: 13 });
  const delta = await deltaFile(pack, newer, records);
  const base = await packOf(pack);
  const apply = async (bytes: Bytes, changes = {}) =>
    applyDelta(base, bytes, ROOTS, { ...question, ...changes });

  test('gives the newer pack, byte for byte; the one it started from stays', async () => {
    const older = await packOf(pack);
    const applied = await applyDelta(older, delta, ROOTS, question, (bytes) => new Blob([bytes]));
    expect(new Uint8Array(await (applied.file as Blob).arrayBuffer())).toEqual(newer);
    expect(await applied.lookUp(3, 1)).toMatchObject({ value: 'valid' });
    expect(await older.lookUp(3, 1)).toMatchObject({ value: 'revoked' });
    expect(await word(applyDelta(applied, delta, ROOTS, question))).toBe('wrong_base');
  });

  test('cut anywhere or with a byte more it is broken, and with any bit changed it leads nowhere', async () => {
    const short = await deltaFile(pack, newer, records, false);
    expect(await word(apply(short))).toBe('opened');
    for (let length = 0; length < short.length; length++)
      expect(await word(apply(short.slice(0, length))), `${length}`).toBe('broken_pack');
    expect(await word(apply(concat(short, Uint8Array.of(0))))).toBe('broken_pack');
    for (let bit = 0; bit < short.length * 8; bit++) {
      const altered = short.slice();
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await word(apply(altered)), `bit ${bit}`).not.toBe('opened');
    }
  });

  test('records that do not fit are broken', async () => {
    const [first, second, third] = records as [(typeof records)[0], (typeof records)[0], (typeof records)[0]];
    for (const wrong of [
      [first, second],
      [first, second, { ...third, kind: 2 }],
      [{ ...first, kind: 18 }, second, third],
      [{ ...first, kind: 4 }, second, third],
      [{ ...first, kind: 3 }, second, third],
      [first, second, { ...third, changes: new Uint8Array() }],
      [{ ...first, changes: sectionOf({ 1: 0 }, 2, true) }, second, third],
    ])
      expect(await word(apply(await deltaFile(pack, newer, wrong)))).toBe('broken_pack');
  });

  test('older, replayed and late ones are refused', async () => {
    const older = await packFile(newerLists, { seq: 12 });
    expect(await word(apply(await deltaFile(pack, older, records)))).toBe('older_pack');
    expect(await word(apply(delta, { heldSeq: 14 }))).toBe('older_pack');
    expect(await word(apply(delta, { now: NOW + 7 * DAY }))).toBe('pack_expired');
    expect(await word(apply(delta, { heldTrustSeq: 8 }))).toBe('older_trust_list');
  });

  test('mutations: never anything but a refusal of our own', async () => {
    const random = seeded(14);
    for (let round = 0; round < 1500; round++) await word(apply(mutate(random, delta)));
  });
});

describe('the store', () => {
  const seq = async (number: number) => packFile(LISTS, { seq: number });
  const time = { now: NOW, heldTrustSeq: 0 };

  test('keeps the newest, over visits, and never goes back', async () => {
    const storage = new MemoryStorage();
    const store = await PackStore.open(storage, ROOTS, 0);
    expect(store.held).toBeNull();
    expect(await word(store.apply(new Uint8Array(), time))).toBe('wrong_base');
    await store.take(await seq(20), time);
    expect(await word(store.take(await seq(19), time))).toBe('older_pack');
    const again = await PackStore.open(storage, ROOTS, 0);
    expect(again.held?.seq).toBe(20);
    expect(again.usable(NOW)?.seq).toBe(20);
    expect(again.usable(NOW + 7 * DAY)).toBeNull();
    expect(again.held, 'a delta may start from it').not.toBeNull();
    expect(await word(again.take(await seq(19), time))).toBe('older_pack');
  });

  test('where there is no room for a newer one, the one before stays, over visits too', async () => {
    const storage = new MemoryStorage();
    const store = await PackStore.open(storage, ROOTS, 0);
    await store.take(await seq(20), time);
    const full = storage.set.bind(storage);
    storage.set = async (name, value) => {
      if (name === 'pack/file') throw new Error('no room');
      return full(name, value);
    };
    await expect(store.take(await seq(21), time)).rejects.toThrow('no room');
    expect(store.held?.seq).toBe(20);
    expect((await PackStore.open(storage, ROOTS, 0)).held?.seq).toBe(20);
  });

  test('after a crash between file and number an older one is refused all the same', async () => {
    const storage = new MemoryStorage();
    await storage.set('pack/file', await seq(20));
    const store = await PackStore.open(storage, ROOTS, 0);
    expect(store.held?.seq).toBe(20);
    expect(await word(store.take(await seq(19), time))).toBe('older_pack');
  });

  test('an older pack put under it is not opened', async () => {
    const storage = new MemoryStorage();
    await (await PackStore.open(storage, ROOTS, 0)).take(await seq(20), time);
    await storage.set('pack/file', await seq(19));
    const store = await PackStore.open(storage, ROOTS, 0);
    expect(store.held).toBeNull();
    expect(await word(store.take(await seq(19), time))).toBe('older_pack');
    expect((await store.take(await seq(20), time)).seq).toBe(20);
  });

  test('a kept pack whose trust list was overtaken is not opened', async () => {
    const storage = new MemoryStorage();
    await (await PackStore.open(storage, ROOTS, 0)).take(await seq(20), time);
    expect((await PackStore.open(storage, ROOTS, 8)).held).toBeNull();
    expect((await PackStore.open(storage, ROOTS, 7)).held?.trust.seq).toBe(7);
  });
});

test('of several sources the freshest answers', async () => {
  const opened = await packOf(pack);
  const book = new StatusBook();
  const token = (iat: number, entries: Record<number, number>) =>
    issuer
      .statusJwt(issuer.statusClaims(3, { iat }), issuer.statusBytes(entries))
      .then((jwt) => openToken(jwt, trust));
  expect(await freshest(book, opened).lookUp(3, 1)).toMatchObject({ value: 'revoked' });
  expect(await freshest(book, opened).lookUp(8, 1)).toBeUndefined();
  book.take(await token(NOW - 7200, { 1: 0 }));
  expect(await freshest(book, opened).lookUp(3, 1)).toMatchObject({ value: 'revoked' });
  book.take(await token(NOW - 60, { 1: 2 }));
  expect(await freshest(book, opened).lookUp(3, 1)).toMatchObject({ value: 'suspended', iat: NOW - 60 });
});

test('many lists: those that were not asked for lately are read again', async () => {
  const lists = Array.from({ length: 200 }, (_, list) => packedList(list, { [list]: 1 }));
  const opened = await packOf(await packFile(lists));
  for (let round = 0; round < 2; round++)
    for (let list = 0; list < 200; list++)
      expect(await opened.lookUp(list, list)).toMatchObject({ value: 'revoked' });
  expect(opened).toBeInstanceOf(Pack);
});
