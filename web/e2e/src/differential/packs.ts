/** Seeded mutations of packs, deltas, shards and sealed parts: of what was signed, and of what is then signed. */
import { type Bytes, concat } from '../../../verify/src/bytes.ts';
import { ReaderKey, openShard } from '../../../verify/src/officer.ts';
import { type Pack, PackError, applyDelta, openPack } from '../../../verify/src/packs.ts';
import type { Roots, TrustList } from '../../../verify/src/index.ts';
import { DAY, MARK, NOW, STATUS, STRANGER } from '../../../verify/test/issuer.ts';
import { mutate } from '../../../verify/test/mutate.ts';
import {
  type HeadChanges,
  type PackedList,
  type ShardPlate,
  deltaFile,
  packFile,
  packedList,
  sectionOf,
  shardFile,
} from '../../../verify/test/packer.ts';
import type { Random } from '../../../verify/test/random.ts';
import { STATUS_BITS } from './evidence.ts';

const KINDS = [
  'pack-bytes',
  'pack-signed',
  'delta-bytes',
  'delta-signed',
  'shard-bytes',
  'shard-signed',
  'sealed',
] as const;
/** What was mutated. */
export type PackKind = (typeof KINDS)[number];

/** One file to be opened by both: what the Rust side is asked, and this side's answer. */
export interface PackCase {
  readonly kind: PackKind;
  readonly open: unknown;
  readonly answer: (roots: Roots, trust: TrustList) => Promise<unknown>;
}

/** Makes a file to be opened. */
export async function makePackCase(random: Random): Promise<PackCase> {
  const kind = KINDS[random.below(KINDS.length)] ?? 'pack-bytes';
  const good = await files();
  switch (kind) {
    case 'pack-bytes':
      return packCase(random, kind, mutateBesideTrust(random, good.pack), null);
    case 'pack-signed':
      return packCase(random, kind, await oddPack(random), null);
    case 'delta-bytes':
      return packCase(random, kind, good.pack, mutateBesideTrust(random, good.delta));
    case 'delta-signed':
      return packCase(random, kind, good.pack, await oddDelta(random, good.pack));
    case 'shard-bytes':
      return shardCase(random, kind, mutate(random, good.shard));
    case 'shard-signed':
      return shardCase(random, kind, await oddShard(random));
    case 'sealed':
      return sealedCase(random);
  }
}

// a trust list is most of a small pack, and any change of it is refused: three of four mutations spare it
function mutateBesideTrust(random: Random, file: Bytes): Bytes {
  if (random.below(4) === 0) return mutate(random, file);
  const text = Buffer.from(file);
  const [from, to] = [text.indexOf('{"payload"'), text.indexOf('}]}') + 3];
  const [before, after] = [file.slice(0, from), file.slice(to)];
  return random.below(2) === 0
    ? concat(mutate(random, before), file.subarray(from))
    : concat(file.subarray(0, to), mutate(random, after));
}

const LISTS: readonly [PackedList, PackedList, PackedList] = [
  packedList(3, { 1: 1, 2: 2, 3: 3, 700: 1, 1_048_575: 3 }),
  packedList(4, { 1: 1, 2: 2, 12: 12, 9: 9 }, 4),
  packedList(9, {}),
];
const NEWER: readonly PackedList[] = [packedList(3, { 2: 1, 3: 3, 50: 2, 700: 1, 1_048_575: 3 }), LISTS[1]];
const AT = { iat: NOW - 3600, exp: NOW + 7 * DAY - 3600 };
const CHANGES = sectionOf({ 1: 0, 2: 1, 50: 2 }, 2, true);
const RECORDS = [
  { list: 3, ...AT, kind: 2, changes: CHANGES },
  { list: 4, ...AT, kind: 4, changes: new Uint8Array() },
] as const;
const PLATES: readonly ShardPlate[] = [
  { plate: '苏A00001', type: 2 },
  { plate: '苏A00001', type: 7, mark: 3, letters: 1 << 4 },
  { plate: '苏B12345', type: 1, months: 0, mark: 0 },
  { plate: '苏B12345', type: 2, months: 1 },
  { plate: '苏B12346', type: 2, mark: 2, letters: (1 << 2) | (1 << 6) },
];

let made: Promise<{ pack: Bytes; delta: Bytes; shard: Bytes }> | undefined;
const files = () => (made ??= makeFiles());

async function makeFiles(): Promise<{ pack: Bytes; delta: Bytes; shard: Bytes }> {
  const pack = await packFile(LISTS);
  const delta = await deltaFile(pack, await packFile(NEWER, { seq: 13 }), RECORDS);
  return { pack, delta, shard: await shardFile([PLATES.slice(0, 3), PLATES.slice(3)]) };
}

const ODD = [
  0,
  1,
  3,
  7,
  12,
  99,
  2 ** 32 - 1,
  2 ** 32,
  -1,
  'x',
  null,
  new Uint8Array(31),
  new Uint8Array(32),
] as const;

function oddHead(random: Random): HeadChanges {
  const odd = () => ODD[random.below(ODD.length)] ?? 0;
  switch (random.below(8)) {
    case 0:
      return { body: { [1 + random.below(7)]: odd() } };
    case 1:
      return { exp: [NOW, NOW + 1, NOW - 60, 2 ** 53 - 1, 2 ** 53, 'x'][random.below(6)] ?? 0 };
    case 2:
      return { iat: [0, -1, NOW - 1001 * DAY, NOW + 7 * DAY, 'x'][random.below(5)] ?? 0 };
    case 3:
      return { signer: [MARK, STRANGER, STATUS][random.below(3)] ?? STATUS };
    case 4:
      return {
        typ: ['application/luzheng-shard+cose', 'application/luzheng-pack+cose', 'x'][random.below(3)] ?? 'x',
      };
    default:
      return {};
  }
}

async function oddPack(random: Random): Promise<Bytes> {
  const lists = LISTS.map((list) => {
    if (random.below(3) > 0) return list;
    const change = random.below(5);
    if (change === 0) return { ...list, list: random.below(12) };
    if (change === 1) return { ...list, bits: [2, 4, 3, 0][random.below(4)] as 2 };
    if (change === 2) return { ...list, exp: list.iat + random.below(2) };
    return { ...list, section: mutate(random, list.section) };
  });
  return packFile(lists, { ...oddHead(random), seq: 10 + random.below(4) });
}

async function oddDelta(random: Random, from: Bytes): Promise<Bytes> {
  const records = RECORDS.map((record) => {
    if (random.below(3) > 0) return record;
    const change = random.below(5);
    if (change === 0) return { ...record, list: random.below(12) };
    if (change === 1) return { ...record, kind: [2, 4, 18, 20, 3, 16, 34][random.below(7)] ?? 2 };
    if (change === 2) return { ...record, exp: record.iat + random.below(2) };
    return { ...record, changes: mutate(random, CHANGES) };
  });
  const to = await packFile(NEWER, { ...oddHead(random), seq: 11 + random.below(4) });
  return deltaFile(from, to, records, random.below(2) === 0);
}

async function oddShard(random: Random): Promise<Bytes> {
  const plates = PLATES.map((plate) => {
    if (random.below(4) > 0) return plate;
    const change = random.below(6);
    if (change === 0)
      return { ...plate, plate: ['苏', 'x'.repeat(33), '', '苏B12345', 'A', '浙'][random.below(6)] ?? '' };
    if (change === 1) return { ...plate, type: [0, 2, 99, 100, 255][random.below(5)] ?? 2 };
    if (change === 2) return { ...plate, mark: random.below(6) };
    if (change === 3) return { ...plate, letters: 2 ** random.below(32) };
    return { ...plate, months: random.below(65536) };
  });
  const cut = 1 + random.below(plates.length - 1);
  return shardFile([plates.slice(0, cut), plates.slice(cut)], oddHead(random));
}

const base64 = (bytes: Bytes): string => Buffer.from(bytes).toString('base64');

async function orWord(opening: Promise<unknown>): Promise<unknown> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof PackError) return error.code;
    throw error;
  }
}

function packCase(random: Random, kind: PackKind, pack: Bytes, delta: Bytes | null): PackCase {
  const held = [[0, 11, 12, 12, 13][random.below(5)] ?? 0, [0, 6, 7, 7, 7, 8][random.below(6)] ?? 0] as const;
  const now = NOW + (random.below(8) === 0 ? 7 * DAY : 0);
  const asked = Array.from({ length: 6 }, () => [
    [3, 3, 3, 4, 9, 5][random.below(6)] ?? 3,
    [0, 1, 2, 3, 9, 12, 50, 700, 1_048_575, 1_048_576][random.below(10)] ?? 0,
  ]) as [number, number][];
  const open = { pack: base64(pack), delta: delta === null ? null : base64(delta), held, now, asked };
  const question = { now, heldSeq: held[0], heldTrustSeq: held[1] };
  const opening = async (roots: Roots): Promise<unknown> => {
    const opened = await openPack(pack, roots, question);
    return describePack(delta === null ? opened : await applyDelta(opened, delta, roots, question), asked);
  };
  return { kind, open, answer: (roots) => orWord(opening(roots)) };
}

async function describePack(pack: Pack, asked: readonly [number, number][]): Promise<unknown> {
  const answers = await Promise.all(
    asked.map(async ([list, index]) => {
      const answer = await pack.lookUp(list, index);
      return answer === undefined ? null : [STATUS_BITS[answer.value], answer.iat, answer.exp];
    }),
  );
  const { seq, iat, exp } = pack;
  const lists = pack.lists.map((row) => [
    row.list,
    row.bits,
    iat - row.back,
    iat - row.back + row.life,
    row.length,
  ]);
  return { seq, iat, exp, size: (pack.file as Bytes).length, lists, answers };
}

function shardCase(random: Random, kind: PackKind, shard: Bytes): PackCase {
  const heldSeq = [0, 11, 12, 12, 13][random.below(5)] ?? 0;
  const now = NOW + (random.below(8) === 0 ? 7 * DAY : 0);
  const plates = ['苏A00001', '苏B12345', '苏B12346', '苏', '苏C99999', 'A'];
  const opening = async (trust: TrustList): Promise<unknown> => {
    const opened = await openShard(shard, trust, { now, heldSeq });
    const found = plates.map(async (plate) => {
      const facts = await orWord(opened.find(plate));
      if (!Array.isArray(facts)) return null;
      return facts.map((one: { type: string; validUntil: string | null; mark: string }) => [
        Number(one.type),
        one.validUntil,
        one.mark,
      ]);
    });
    return { seq: opened.seq, province: opened.province, found: await Promise.all(found) };
  };
  return {
    kind,
    open: { shard: base64(shard), held_seq: heldSeq, now, plates },
    answer: (_, trust) => orWord(opening(trust)),
  };
}

// sealed by Rust for the key 0x42…: `vectors/sealed.json`
const SEALED = Buffer.from(
  '5bd597dc887fd5609cdfc33b90d74ba0634a889be1e3b5350add8cca6dbaae7efd9a73aeb4e7842a82ca52429bb2b47627ea8262e7c6f39e58bcc243cc16656aff',
  'hex',
);

function sealedCase(random: Random): PackCase {
  const sealed = random.below(3) === 0 ? new Uint8Array(SEALED) : mutate(random, new Uint8Array(SEALED));
  const key = new Uint8Array(32).fill(random.below(4) === 0 ? 0x43 : 0x42);
  // clamping (RFC 7748) makes these bits count for nothing
  if (random.below(4) === 0) key[0] = 0x42 ^ random.below(8);
  const kind = random.below(4) === 0 ? 'driving_licence' : 'inspection_mark';
  return {
    kind: 'sealed',
    open: { sealed: base64(sealed), reader_key: base64(key), kind },
    answer: async () => {
      const plain = (await (await ReaderKey.fromBytes(key))?.open(kind, sealed)) ?? null;
      return plain === null ? null : base64(plain);
    },
  };
}
