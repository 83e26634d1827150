/** Writes packs, deltas and shards for tests, so that tests can write them wrongly too. */
import { deflateSync } from 'node:zlib';
import { type Bytes, concat, utf8 } from '../src/bytes.js';
import { numberAt, sha256 } from '../src/files.js';
import { PackError, openPack } from '../src/packs.js';
import { writeRow } from '../src/pack.js';
import { u32s } from '../src/pack-head.js';
import { writeSection } from '../src/section.js';
import type { EntryBits } from '../src/status.js';
import * as issuer from './issuer.js';
import { DAY, NOW, ROOT, ROOTS, STATUS, type Signer, type Value } from './issuer.js';

/** `opened`, or the word for why not; anything but our own refusal goes on. */
export async function word(opening: Promise<unknown>): Promise<string> {
  try {
    await opening;
    return 'opened';
  } catch (error) {
    if (error instanceof PackError) return error.code;
    throw error;
  }
}

/** A list of a pack. */
export interface PackedList {
  readonly list: number;
  readonly bits: EntryBits;
  readonly iat: number;
  readonly exp: number;
  readonly section: Bytes;
}

/** A list with these entries, made an hour ago. */
export function packedList(list: number, entries: Record<number, number>, bits: EntryBits = 2): PackedList {
  const section = sectionOf(entries, bits);
  return { list, bits, iat: NOW - 3600, exp: NOW + 7 * DAY - 3600, section };
}

/** The section of these entries. */
export function sectionOf(entries: Record<number, number>, bits: EntryBits, zero = false): Bytes {
  const sorted = Object.entries(entries).map(([place, value]) => [Number(place), value] as const);
  sorted.sort(([a], [b]) => a - b);
  const places = Uint32Array.from(sorted, ([place]) => place);
  const values = Uint8Array.from(sorted, ([, value]) => value);
  const section = writeSection({ places, values }, { bits, zero });
  if (section === null) throw new Error('entries of a test are out of range');
  return section;
}

/** What a head says, where it is not the usual. */
export interface HeadChanges {
  readonly kind?: 'pack' | 'shard';
  readonly typ?: string;
  readonly signer?: Signer;
  readonly body?: Record<number, Value>;
  readonly exp?: Value;
  readonly iat?: Value;
}

/** A signed head. */
export async function packHead(digest: Bytes, count: number, changes: HeadChanges = {}): Promise<Bytes> {
  const signer = changes.signer ?? STATUS;
  const kid = new Uint8Array(Buffer.from(signer.key.kid, 'hex'));
  const typ = changes.typ ?? `application/luzheng-${changes.kind ?? 'pack'}+cose`;
  const alg = { ES256: -7, EdDSA: -8, SM2: -65600 }[signer.key.algorithm];
  const header = issuer.encode(
    new Map<Value, Value>([
      [1, alg],
      [4, kid],
      [16, typ],
    ]),
  );
  const body: Record<number, Value> = {
    1: 12,
    2: 0,
    3: count,
    4: digest,
    5: 7,
    6: new Uint8Array(32),
    ...changes.body,
  };
  const payload = new Map<Value, Value>([
    [4, changes.exp ?? NOW - 60 + 7 * DAY],
    [6, changes.iat ?? NOW - 60],
    [-70001, new Map(Object.entries(body).map(([key, value]) => [Number(key), value] as const))],
  ]);
  return issuer.sign1(header, issuer.encode(payload), signer);
}

const TRUST = await issuer.trustJson(issuer.trustPayload(), ROOT);

/** A pack of these lists, as of a minute ago. */
export async function packFile(
  lists: readonly PackedList[],
  changes: HeadChanges & { readonly trust?: string; readonly seq?: number } = {},
): Promise<Bytes> {
  const trust = utf8(changes.trust ?? TRUST);
  const rows = await Promise.all(
    lists.map(async ({ list, bits, iat, exp, section }) => {
      const [back, life] = [NOW - 60 - iat, exp - iat];
      return writeRow({ list, back, life, bits, length: section.length, digest: await sha256(section) });
    }),
  );
  const table = concat(...rows);
  const body = { 1: changes.seq ?? 12, 6: await sha256(trust), ...changes.body };
  const head = await packHead(await sha256(table), lists.length, { ...changes, body });
  const frame = concat(utf8('LZPACK1\n'), u32s(head.length, trust.length, table.length));
  return concat(frame, head, trust, table, ...lists.map(({ section }) => section));
}

/** Opens a pack of the tests. */
export async function packOf(file: Bytes, heldSeq = 0) {
  return openPack(file, ROOTS, { now: NOW, heldSeq, heldTrustSeq: 0 });
}

/** The signed head, the trust list and the table of a pack. */
export function partsOf(pack: Bytes): { head: Bytes; trust: Bytes; table: Bytes } {
  const [head, trust, table] = [numberAt(pack, 8, 4), numberAt(pack, 12, 4), numberAt(pack, 16, 4)];
  const at = (from: number, length: number) => pack.slice(20 + from, 20 + from + length);
  return { head: at(0, head), trust: at(head, trust), table: at(head + trust, table) };
}

/** One record of a delta. */
export interface DeltaRecord {
  readonly list: number;
  readonly iat: number;
  readonly exp: number;
  /** 2 or 4, plus 16 for a new list. */
  readonly kind: number;
  readonly changes: Bytes;
}

/** A delta from one pack to the head of another, with its trust list or (when it is the same) without. */
export async function deltaFile(
  from: Bytes,
  to: Bytes,
  records: readonly DeltaRecord[],
  withTrust = true,
): Promise<Bytes> {
  const { head, trust: whole } = partsOf(to);
  const trust = withTrust ? whole : new Uint8Array();
  const written = records.map(({ list, iat, exp, kind, changes }, at) => {
    const before = records[at - 1];
    const gap = before === undefined ? list : list - before.list - 1;
    return concat(...[gap, NOW - 60 - iat, exp - iat, kind, changes.length].map(varint));
  });
  const all = concat(...written);
  const frame = concat(
    utf8('LZDELT1\n'),
    await sha256(partsOf(from).table),
    u32s(head.length, trust.length, all.length),
  );
  return concat(frame, head, trust, all, ...records.map(({ changes }) => changes));
}

function varint(number: number): Bytes {
  const out: number[] = [];
  let rest = number;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) out.push((rest % 128) | 0x80);
  out.push(rest);
  return Uint8Array.from(out);
}

/** One plate of a shard. */
export interface ShardPlate {
  readonly plate: string;
  readonly type: number;
  readonly months?: number;
  readonly mark?: number;
  readonly letters?: number;
}

/** A block of plates as it stands in a shard before it is deflated; nothing is checked. */
export function blockOf(plates: readonly ShardPlate[]): Bytes {
  const texts = plates.map(({ plate }) => utf8(plate));
  const shared = texts.map((text, at) => {
    const before = texts[at - 1] ?? new Uint8Array();
    let same = 0;
    while (same < text.length && same < before.length && text[same] === before[same]) same++;
    return same;
  });
  const column = (value: (plate: ShardPlate) => number) => Uint8Array.from(plates, value);
  return concat(
    Uint8Array.from(shared),
    Uint8Array.from(texts, (text, at) => text.length - (shared[at] ?? 0)),
    ...texts.map((text, at) => text.subarray(shared[at])),
    column(({ type }) => type),
    column(({ months = 689 }) => months >> 8),
    column(({ months = 689 }) => months & 255),
    column(({ mark = 1 }) => mark),
    ...[24, 16, 8, 0].map((shift) => column(({ letters = 0 }) => (letters >>> shift) & 255)),
  );
}

/** A shard of these blocks. */
export async function shardFile(
  blocks: readonly (readonly ShardPlate[])[],
  changes: HeadChanges = {},
): Promise<Bytes> {
  const written = await Promise.all(
    blocks.map(async (plates) => {
      const plain = blockOf(plates);
      const stream = new Uint8Array(deflateSync(plain));
      const first = utf8(plates[0]?.plate ?? '');
      const sizes = concat(
        u32s(stream.length).slice(1),
        u32s(plain.length).slice(1),
        u32s(plates.length).slice(2),
      );
      const record = concat(
        await sha256(stream),
        sizes,
        Uint8Array.of(plates[0]?.type ?? 0, first.length),
        first,
      );
      return { stream, record };
    }),
  );
  const index = concat(...written.map(({ record }) => record));
  const count = blocks.reduce((sum, plates) => sum + plates.length, 0);
  const body = { 2: 32, ...changes.body };
  const head = await packHead(await sha256(index), count, { kind: 'shard', ...changes, body });
  return concat(
    utf8('LZSHRD1\n'),
    u32s(head.length, index.length),
    head,
    index,
    ...written.map(({ stream }) => stream),
  );
}
