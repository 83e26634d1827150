/**
 * A cursor over CBOR (RFC 8949) for the shapes of an envelope: heads in their one shortest form, and the
 * difference between "the bytes stop here" and "this is something else".
 */
import type { Bytes } from './bytes.js';

/** Major types, RFC 8949 section 3.1. */
export const MAJOR = {
  unsigned: 0,
  negative: 1,
  bytes: 2,
  text: 3,
  array: 4,
  map: 5,
  tag: 6,
  simple: 7,
} as const;

/** Why bytes were refused: they stop in the middle, or they say something else than what belongs there. */
export type ReadFault = 'end' | 'shape';

/** Thrown by the readers and caught at their callers; never leaves `verify`. */
export class ReadError extends Error {
  constructor(readonly fault: ReadFault) {
    super(`CBOR ${fault}`);
  }
}

const I64_MAX = (1n << 63n) - 1n;

/** A cursor that reads only definite lengths in their shortest form. */
export class Reader {
  private at = 0;
  constructor(private readonly all: Uint8Array) {}

  /** How many bytes were read. */
  get position(): number {
    return this.at;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.all.length - this.at;
  }

  /** A view of the bytes between two positions. */
  between(from: number, to: number): Uint8Array {
    return this.all.subarray(from, to);
  }

  /** Takes the next `count` bytes as a copy. */
  take(count: bigint): Bytes {
    if (count > BigInt(this.left)) throw new ReadError('end');
    const taken = new Uint8Array(this.all.subarray(this.at, this.at + Number(count)));
    this.at += Number(count);
    return taken;
  }

  /** Reads a head. Longer forms than needed, indefinite lengths and reserved values are refused. */
  head(): { readonly major: number; readonly argument: bigint } {
    const first = this.take(1n)[0] ?? 0;
    const major = first >> 5;
    const info = first & 31;
    if (info < 24) return { major, argument: BigInt(info) };
    if (info > 27) throw new ReadError('shape');
    const width = 1 << (info - 24);
    let argument = 0n;
    for (const byte of this.take(BigInt(width))) argument = (argument << 8n) | BigInt(byte);
    const least = width === 1 ? 24n : 1n << BigInt(4 * width);
    if (argument < least) throw new ReadError('shape');
    return { major, argument };
  }

  /** Reads a head that must be of this major type; returns its argument. */
  expect(major: number): bigint {
    const head = this.head();
    if (head.major !== major) throw new ReadError('shape');
    return head.argument;
  }

  /** Reads a head that must be exactly this one. */
  exactly(major: number, argument: bigint): void {
    if (this.expect(major) !== argument) throw new ReadError('shape');
  }

  /** Reads a byte string of at most `ceiling` bytes. */
  bytes(ceiling: number): Bytes {
    const length = this.expect(MAJOR.bytes);
    if (length > BigInt(ceiling)) throw new ReadError('shape');
    return this.take(length);
  }

  /** Reads a whole number of 64 bits, negative ones included. */
  integer(): bigint {
    const { major, argument } = this.head();
    if (argument > I64_MAX) throw new ReadError('shape');
    if (major === MAJOR.unsigned) return argument;
    if (major === MAJOR.negative) return -1n - argument;
    throw new ReadError('shape');
  }

  /** Nothing may follow. */
  end(): void {
    if (this.left !== 0) throw new ReadError('shape');
  }
}

/** Runs a reading; a refusal becomes its fault instead of an exception. */
export function attempt<T>(reading: () => T): T | { readonly fault: ReadFault } {
  try {
    return reading();
  } catch (error) {
    if (error instanceof ReadError) return { fault: error.fault };
    throw error;
  }
}
