/**
 * Deterministic CBOR (RFC 8949 section 4.2.1), the subset that credentials use: integers, byte and text
 * strings, arrays, maps, tags, booleans and null. The reader accepts exactly one encoding of each value,
 * so "decode, encode again, compare" is one pass: a longer head than needed, an indefinite length, keys
 * out of order or twice, and bytes left over are all refused.
 */
import { type Bytes, fromUtf8 } from './bytes.js';
import { MAJOR, ReadError, Reader } from './reader.js';

/** A decoded value. Integers within ±2^53 are numbers, beyond that `bigint`. */
export type Cbor = number | bigint | Bytes | string | boolean | null | CborArray | CborMap | CborTag;
/** An array. */
export type CborArray = readonly Cbor[];
/** A map as the list of its entries, in their encoded order. */
export class CborMap {
  constructor(readonly entries: readonly (readonly [Cbor, Cbor])[]) {}
  /** The value under an integer or text key, or `undefined`. */
  get(key: number | string): Cbor | undefined {
    return this.entries.find(([k]) => k === key)?.[1];
  }
  /** Whether the map has exactly these keys. */
  hasOnly(...keys: readonly (number | string)[]): boolean {
    return this.entries.length === keys.length && keys.every((key) => this.get(key) !== undefined);
  }
}
/** A tagged value. */
export class CborTag {
  constructor(
    readonly tag: bigint,
    readonly value: Cbor,
  ) {}
}

/** Deepest nesting the reader follows. */
export const MAX_DEPTH = 16;

/** Reads bytes that hold one deterministically encoded value and nothing after it; else `undefined`. */
export function decodeCbor(bytes: Uint8Array): Cbor | undefined {
  try {
    const reader = new Reader(bytes);
    const value = readValue(reader, 0);
    reader.end();
    return value;
  } catch (error) {
    if (error instanceof ReadError) return undefined;
    throw error;
  }
}

/** Reads bytes that hold one deterministic map; else `null`. */
export function decodeMap(bytes: Uint8Array): CborMap | null {
  const value = decodeCbor(bytes);
  return value instanceof CborMap ? value : null;
}

function readValue(reader: Reader, depth: number): Cbor {
  if (depth > MAX_DEPTH) throw new ReadError('shape');
  const { major, argument } = reader.head();
  switch (major) {
    case MAJOR.unsigned:
      return narrow(argument);
    case MAJOR.negative:
      return narrow(-1n - argument);
    case MAJOR.bytes:
      return reader.take(argument);
    case MAJOR.text: {
      const text = fromUtf8(reader.take(argument));
      if (text === null) throw new ReadError('shape');
      return text;
    }
    case MAJOR.array:
      return readArray(reader, argument, depth);
    case MAJOR.map:
      return readMap(reader, argument, depth);
    case MAJOR.tag:
      return new CborTag(argument, readValue(reader, depth + 1));
    default:
      return readSimple(argument);
  }
}

function readArray(reader: Reader, count: bigint, depth: number): CborArray {
  checkCount(reader, count);
  const items: Cbor[] = [];
  for (let i = 0; i < Number(count); i++) items.push(readValue(reader, depth + 1));
  return items;
}

function readMap(reader: Reader, count: bigint, depth: number): CborMap {
  checkCount(reader, count);
  const entries: [Cbor, Cbor][] = [];
  let last: Uint8Array | null = null;
  for (let i = 0; i < Number(count); i++) {
    const start = reader.position;
    const key = readValue(reader, depth + 1);
    const encoded = reader.between(start, reader.position);
    // strictly rising bytewise order leaves no room for a key twice
    if (last !== null && compare(last, encoded) >= 0) throw new ReadError('shape');
    last = encoded;
    entries.push([key, readValue(reader, depth + 1)]);
  }
  return new CborMap(entries);
}

// every element takes a byte at least, so a count beyond the rest cannot be honest
function checkCount(reader: Reader, count: bigint): void {
  if (count > BigInt(reader.left)) throw new ReadError('end');
}

// floats and other simple values are no part of the subset; their arguments are never 20 to 22 in short form
function readSimple(argument: bigint): boolean | null {
  if (argument === 20n) return false;
  if (argument === 21n) return true;
  if (argument === 22n) return null;
  throw new ReadError('shape');
}

function narrow(value: bigint): number | bigint {
  const small = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER);
  return small ? Number(value) : value;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Writes the head of a value whose argument is below 2^32, in its shortest form. */
export function encodeHead(major: number, argument: number): Bytes {
  const top = major << 5;
  if (argument < 24) return Uint8Array.of(top | argument);
  if (argument < 0x100) return Uint8Array.of(top | 24, argument);
  if (argument < 0x10000) return Uint8Array.of(top | 25, argument >> 8, argument & 0xff);
  return Uint8Array.of(
    top | 26,
    argument >>> 24,
    (argument >> 16) & 0xff,
    (argument >> 8) & 0xff,
    argument & 0xff,
  );
}
