/** The entries of one list that are not 0: Rice-coded gaps and ranked values (`docs/pack-format.md`, Section). */
import type { Bytes } from './bytes.js';
import { numberAt } from './files.js';
import { type EntryBits, LIST_ENTRIES } from './status.js';

/** Largest section, in bytes. */
export const MAX_SECTION = 2 * 1024 * 1024;
const MAX_K = 19;
const MAX_VALUES = 16;

/** Entries by rising place, and the value of each. */
export interface Entries {
  readonly places: Uint32Array;
  readonly values: Uint8Array;
}
const NONE: Entries = { places: new Uint32Array(), values: new Uint8Array() };

/** Which values a section may have: those of a list; or those of a change, where 0 says that an entry returned to 0. */
export interface Allowed {
  readonly bits: EntryBits;
  readonly zero: boolean;
}

/** The value at a place; 0 for what is not written. */
export function valueAt({ places, values }: Entries, place: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle] ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return places[low] === place ? (values[low] ?? 0) : 0;
}

/** Reads a whole section; what is not exactly one is `null`. */
export function readSection(bytes: Uint8Array, allowed: Allowed): Entries | null {
  if (bytes.length === 0) return NONE;
  const [k, count] = [bytes[0] ?? 0, bytes[1] ?? 0];
  const start = 2 + Math.ceil(count / 2) + 3;
  if (bytes.length > MAX_SECTION || bytes.length < start || k > MAX_K) return null;
  const ranked = readValues(bytes, count, allowed);
  const n = numberAt(bytes, start - 3, 3);
  const stream = new BitReader(bytes.subarray(start));
  // every entry has a bit at least, so a number beyond that cannot be honest
  if (ranked === null || n < 1 || n > LIST_ENTRIES || n > stream.left) return null;
  const places = new Uint32Array(n);
  const values = new Uint8Array(n);
  let least = 0;
  for (let at = 0; at < n; at++) {
    const quotient = stream.zeros(LIST_ENTRIES);
    const low = quotient < 0 ? -1 : stream.number(k);
    const place = least + quotient * 2 ** k + low;
    const rank = low < 0 || place >= LIST_ENTRIES ? -1 : stream.zeros(count - 1);
    if (rank < 0) return null;
    places[at] = place;
    values[at] = ranked[rank] ?? 0;
    least = place + 1;
  }
  return stream.atEnd ? { places, values } : null;
}

function readValues(bytes: Uint8Array, count: number, { bits, zero }: Allowed): readonly number[] | null {
  if (count < 1 || count > MAX_VALUES) return null;
  const halves = Array.from({ length: count + (count % 2) }, (_, at) => {
    const byte = bytes[2 + (at >> 1)] ?? 0;
    return at % 2 === 0 ? byte >> 4 : byte & 15;
  });
  const values = halves.slice(0, count);
  const fits = (value: number) => value < 1 << bits && (zero || value !== 0);
  if (!values.every(fits) || new Set(values).size !== count || (halves[count] ?? 0) !== 0) return null;
  return values;
}

/** Writes a section in its one form; `null` when an entry is out of order or of range. */
export function writeSection({ places, values }: Entries, { bits, zero }: Allowed): Bytes | null {
  const n = places.length;
  if (n === 0) return new Uint8Array();
  const counts = new Uint32Array(MAX_VALUES);
  for (let at = 0; at < n; at++) {
    const [place, value] = [places[at] ?? 0, values[at] ?? 0];
    const rising = at === 0 || (places[at - 1] ?? 0) < place;
    if (!rising || place >= LIST_ENTRIES || value >= 1 << bits || (value === 0 && !zero)) return null;
    counts[value] = (counts[value] ?? 0) + 1;
  }
  const ranked = [...counts.keys()].filter((value) => (counts[value] ?? 0) > 0);
  // the sort is stable, so that of equals the smaller stays first
  ranked.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
  const last = places[n - 1] ?? 0;
  const k = parameter(n, last);
  const out = new BitWriter();
  out.number(k, 8);
  out.number(ranked.length, 8);
  for (const value of ranked) out.number(value, 4);
  if (ranked.length % 2 === 1) out.number(0, 4);
  out.number(n, 24);
  let least = 0;
  for (let at = 0; at < n; at++) {
    const gap = (places[at] ?? 0) - least;
    const rank = ranked.indexOf(values[at] ?? 0);
    out.zeros(gap >>> k);
    out.number(1, 1);
    out.number(gap & ((1 << k) - 1), k);
    out.zeros(rank);
    if (rank < ranked.length - 1) out.number(1, 1);
    least = (places[at] ?? 0) + 1;
  }
  const section = out.finish();
  return section.length <= MAX_SECTION ? section : null;
}

// the smallest k with n * 2^k * 320 >= 77 * (2 * S + n), S the sum of all gaps; all of it below 2^53
function parameter(n: number, last: number): number {
  const sum = last + 1 - n;
  for (let k = 0; k < MAX_K; k++) if (n * 2 ** k * 320 >= 77 * (2 * sum + n)) return k;
  return MAX_K;
}

/** A stream of bits, the highest of a byte first. Nothing is read beyond its end: -1. */
class BitReader {
  private at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  get left(): number {
    return this.bytes.length * 8 - this.at;
  }

  /** Counts zeros up to a one, or up to `most` of them, which need no one. */
  zeros(most: number): number {
    let total = 0;
    for (;;) {
      const have = Math.min(8 - (this.at & 7), this.left);
      if (have === 0) return total === most ? total : -1;
      const rest = (this.bytes[this.at >> 3] ?? 0) << (24 + (this.at & 7));
      const zeros = Math.min(Math.clz32(rest), have);
      if (total + zeros >= most) {
        this.at += most - total;
        return most;
      }
      total += zeros;
      this.at += zeros < have ? zeros + 1 : zeros;
      if (zeros < have) return total;
    }
  }

  /** Reads a number of at most 19 bits, the highest first. */
  number(bits: number): number {
    if (bits === 0) return 0;
    if (this.left < bits) return -1;
    const byte = this.at >> 3;
    const window = numberAt(this.bytes, byte, 4) << (this.at & 7);
    this.at += bits;
    return window >>> (32 - bits);
  }

  /** Whether nothing is left but the zeros that fill up the last byte. */
  get atEnd(): boolean {
    return (
      this.left < 8 && (this.left === 0 || ((this.bytes[this.at >> 3] ?? 0) << (this.at & 7)) % 256 === 0)
    );
  }
}

/** Writes bits. */
class BitWriter {
  private out = new Uint8Array(256);
  private bit = 0;

  /** Writes the lowest bits of a number, the highest of them first. */
  number(value: number, bits: number): void {
    for (let left = bits; left > 0;) {
      const free = 8 - (this.bit & 7);
      const now = Math.min(free, left);
      const part = (value >>> (left - now)) & ((1 << now) - 1);
      this.room();
      const at = this.bit >> 3;
      this.out[at] = (this.out[at] ?? 0) | (part << (free - now));
      this.bit += now;
      left -= now;
    }
  }

  zeros(count: number): void {
    this.bit += count;
    this.room();
  }

  /** The bytes; the last is filled up with zeros. */
  finish(): Bytes {
    this.room();
    return this.out.slice(0, Math.ceil(this.bit / 8));
  }

  private room(): void {
    const needed = (this.bit >> 3) + 1;
    if (needed <= this.out.length) return;
    const larger = new Uint8Array(Math.max(needed, this.out.length * 2));
    larger.set(this.out);
    this.out = larger;
  }
}
