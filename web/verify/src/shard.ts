/**
 * What is known of the plates of one province, for officers without a network who are shown no code (`docs/pack-format.md`, Shard).
 * Plates stand in it as they are, so that a look-up is exact. A block of plates is checked when one of them is looked up.
 */
import { type Bytes, equal, utf8 } from './bytes.js';
import { type FileBytes, numberAt, readRange, sha256, sizeOf } from './files.js';
import { inflateExactly } from './inflate.js';
import {
  type Head,
  MAX_HEAD,
  PackError,
  broken,
  checkInTime,
  checkMagic,
  frameLength,
  openHead,
} from './pack-head.js';
import { part } from './pack.js';
import { canonicalPlate } from './plates.js';
import type { TrustList } from './trust.js';

/** Largest shard, in bytes. */
export const MAX_SHARD = 512 * 1024 * 1024;
/** Most plates of a block. */
export const MAX_BLOCK_PLATES = 4096;
const MAX_BLOCK = 256 * 1024;
const MAX_INDEX = 8 * 1024 * 1024;
const MAX_PLATE = 32;
const MAX_TYPE = 99;
const MAGIC = 'LZSHRD1\n';
const FRAME = 16;
const RECORD = 42;
/** Columns of a byte for each plate after its bytes: type, month (2), mark, letters (4). */
const COLUMNS = 8;
/** The bits that letters may have: B is 1, Z is 25. */
const LETTERS = 0x03ff_fffe;
/** Inflated blocks that are kept. */
const KEPT_BLOCKS = 16;

/** Whether a vehicle has an inspection mark, and what has become of it. */
export type MarkState = 'none' | 'current' | 'suspended' | 'revoked';
const MARKS: readonly MarkState[] = ['none', 'current', 'suspended', 'revoked'];

/** What a shard says of a plate. */
export interface PlateFacts {
  /** The type of the plate, two digits: `02`. */
  readonly type: string;
  /** The last month of the inspection's validity, `YYYY-MM`; `null` when the register has none. */
  readonly validUntil: string | null;
  readonly mark: MarkState;
  /** The letters of the register's state, in the order of the alphabet; `A` alone is normal. */
  readonly letters: readonly string[];
}

interface Block {
  readonly digest: Bytes;
  readonly start: number;
  readonly length: number;
  readonly inflated: number;
  readonly count: number;
  readonly first: Bytes;
  readonly firstType: number;
}

/** A shard whose head and index were found good. */
export class Shard {
  private readonly inflated = new Map<number, Promise<Bytes | null>>();

  /** Made by {@link openShard}. */
  constructor(
    /** The whole file. */
    readonly file: FileBytes,
    readonly head: Head,
    private readonly blocks: readonly Block[],
  ) {}

  /** The first two digits of its province's division code. */
  get province(): number {
    return this.head.scope;
  }
  /** Its number. */
  get seq(): number {
    return this.head.seq;
  }
  /** As of when, and from when on it must not be relied on; seconds since 1970. */
  get iat(): number {
    return this.head.iat;
  }
  get exp(): number {
    return this.head.exp;
  }

  /**
   * What is known of a plate, in any spelling: one answer for each of its types, or for the one that is asked for (`02`). Nothing:
   * the shard has no such plate.
   * @throws {PackError} `broken_pack` when its block is: that is no answer about the vehicle
   */
  async find(plate: string, type?: string): Promise<PlateFacts[]> {
    const wanted = utf8(canonicalPlate(plate));
    const found: PlateFacts[] = [];
    // the block before the first that begins with this plate or a greater one, and those that begin with it
    let at = firstNotBelow(this.blocks, wanted);
    let end = at;
    while (end < this.blocks.length && compare(this.blocks[end]?.first ?? wanted, wanted) === 0) end++;
    for (at = Math.max(0, at - 1); at < end; at++) {
      const block = this.blocks[at];
      if (block !== undefined) findIn(await this.open(at, block), block.count, wanted, found);
    }
    return type === undefined ? found : found.filter((facts) => facts.type === type);
  }

  private async open(at: number, block: Block): Promise<Bytes> {
    const known = this.inflated.get(at) ?? this.inflate(block);
    this.inflated.delete(at);
    this.inflated.set(at, known);
    const oldest = this.inflated.keys().next();
    if (this.inflated.size > KEPT_BLOCKS && !oldest.done) this.inflated.delete(oldest.value);
    const bytes = await known;
    if (bytes === null) throw broken('a block is not the one of the index');
    return bytes;
  }

  private async inflate(block: Block): Promise<Bytes | null> {
    const stream = await readRange(this.file, block.start, block.start + block.length);
    if (stream === null || !equal(await sha256(stream), block.digest)) return null;
    return inflateExactly(stream, block.inflated);
  }
}

/** What is asked when a shard is opened. */
export interface ShardQuestion {
  /** The instant to judge at, in seconds since 1970. */
  readonly now: number;
  /** The number of the newest shard of this province held or seen; 0 for none. */
  readonly heldSeq: number;
}

/**
 * Opens a shard.
 * @throws {PackError} with a stable `code`; what was held before stays in force then
 */
export async function openShard(file: FileBytes, trust: TrustList, question: ShardQuestion): Promise<Shard> {
  if (sizeOf(file) > MAX_SHARD) throw new PackError('too_large', 'larger than any shard');
  const frame = await part(file, 0, FRAME);
  checkMagic(frame, MAGIC);
  const headEnd = FRAME + frameLength(frame, 8, MAX_HEAD);
  const end = headEnd + frameLength(frame, 12, MAX_INDEX);
  if (end > sizeOf(file)) throw broken('it ends too early');
  const head = await openHead((await part(file, FRAME, headEnd)).slice(), 'shard', trust);
  const index = await part(file, headEnd, end);
  if (!equal(head.digest, await sha256(index))) throw broken('another index than its head names');
  const blocks = readIndex(index, end);
  if (blocks === null) throw broken('a record of its index is wrong');
  const last = blocks.at(-1);
  if ((last === undefined ? end : last.start + last.length) !== sizeOf(file))
    throw broken('its blocks do not end with it');
  const plates = blocks.reduce((sum, block) => sum + block.count, 0);
  if (plates !== head.count || head.trustDigest.some((byte) => byte !== 0))
    throw broken('another number of plates than its head names');
  checkInTime(head, question.heldSeq, question.now);
  return new Shard(file, head, blocks);
}

function readIndex(index: Bytes, from: number): Block[] | null {
  const blocks: Block[] = [];
  let start = from;
  for (let at = 0; at < index.length;) {
    const size = numberAt(index, at + 41, 1);
    if (index.length - at < RECORD + size || size < 1 || size > MAX_PLATE) return null;
    const block = {
      digest: index.slice(at, at + 32),
      start,
      length: numberAt(index, at + 32, 3),
      inflated: numberAt(index, at + 35, 3),
      count: numberAt(index, at + 38, 2),
      first: index.slice(at + RECORD, at + RECORD + size),
      firstType: numberAt(index, at + 40, 1),
    };
    const before = blocks.at(-1);
    const rising =
      before === undefined || comparePlates(before.first, before.firstType, block.first, block.firstType) < 0;
    const fits = block.length > 0 && block.inflated <= MAX_BLOCK && block.firstType <= MAX_TYPE;
    if (!rising || !fits || block.count < 1 || block.count > MAX_BLOCK_PLATES) return null;
    blocks.push(block);
    start += block.length;
    at += RECORD + size;
  }
  return blocks;
}

function firstNotBelow(blocks: readonly Block[], plate: Bytes): number {
  let [low, high] = [0, blocks.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(blocks[middle]?.first ?? plate, plate) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

// goes through a block up to the plate and takes what is known of it; what stands behind it is not looked at
function findIn(block: Bytes, count: number, wanted: Bytes, found: PlateFacts[]): void {
  let letters = 0;
  for (let at = 0; at < count; at++) letters += block[count + at] ?? 0;
  const values = 2 * count + letters;
  if (values + COLUMNS * count !== block.length) throw broken('the columns of a block are wrong');
  const plate = new Uint8Array(MAX_PLATE);
  let [length, type, next] = [0, -1, 2 * count];
  for (let at = 0; at < count; at++) {
    const [shared, following] = [block[at] ?? 0, block[count + at] ?? 0];
    const whole = shared + following;
    if (shared > length || whole > MAX_PLATE || whole === 0) throw broken('a plate of a block is wrong');
    const before = plate.slice(0, length);
    plate.set(block.subarray(next, next + following), shared);
    next += following;
    const column = (which: number) => block[values + which * count + at] ?? 0;
    const current = plate.subarray(0, whole);
    const facts = readFacts(column);
    if (facts === null || (at > 0 && comparePlates(before, type, current, column(0)) >= 0))
      throw broken('a plate of a block is wrong');
    [length, type] = [whole, column(0)];
    const order = compare(current, wanted);
    if (order === 0) found.push(facts);
    if (order > 0) return;
  }
}

function readFacts(column: (which: number) => number): PlateFacts | null {
  const [type, months, mark] = [column(0), column(1) * 256 + column(2), MARKS[column(3)]];
  const bits = ((column(4) << 24) | (column(5) << 16) | (column(6) << 8) | column(7)) >>> 0;
  if (type > MAX_TYPE || mark === undefined || (bits & ~LETTERS) !== 0) return null;
  const year = 1970 + Math.floor((months - 1) / 12);
  const month = ((months - 1) % 12) + 1;
  const letters = Array.from({ length: 25 }, (_, at) => at + 1).filter((at) => (bits >>> at) & 1);
  return {
    type: type.toString().padStart(2, '0'),
    validUntil: months === 0 ? null : `${year}-${month.toString().padStart(2, '0')}`,
    mark,
    letters: letters.length === 0 ? ['A'] : letters.map((at) => String.fromCharCode(0x41 + at)),
  };
}

function comparePlates(a: Uint8Array, aType: number, b: Uint8Array, bType: number): number {
  return compare(a, b) || aType - bType;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
