/**
 * What can be made out of signed claims that were refused: whether a newer version wrote them, and whether
 * the key may sign them. Only ever used to choose the reason of a refusal, so this reader is generous where
 * the others are strict: any well-formed CBOR may stand around the four values.
 */
import { fromUtf8 } from './bytes.js';
import { CLAIM_BODY } from './cose.js';
import { MAJOR } from './reader.js';

/** The four values; each is `undefined` when it could not be made out. */
export interface Glimpse {
  kind?: bigint;
  mode?: bigint;
  authority?: bigint;
  iat?: bigint;
}

/** Looks through claims; stops at the first thing that is not CBOR and keeps what was found before. */
export function glimpse(bytes: Uint8Array): Glimpse {
  const found: Glimpse = {};
  try {
    look(new Scanner(bytes), found);
  } catch (error) {
    if (!(error instanceof NotCbor)) throw error;
  }
  return found;
}

class NotCbor extends Error {}

function look(scanner: Scanner, found: Glimpse): void {
  for (let left = scanner.mapLength(); left > 0n; left--) {
    const key = scanner.integer();
    if (key === 6n) set(found, 'iat', natural(scanner.integer()));
    else if (key === BigInt(CLAIM_BODY)) lookAtBody(scanner, found);
    else scanner.skip();
  }
}

const BODY_KEYS = new Map<bigint | undefined, 'kind' | 'mode' | 'authority'>([
  [1n, 'kind'],
  [2n, 'mode'],
  [7n, 'authority'],
]);

function lookAtBody(scanner: Scanner, found: Glimpse): void {
  for (let left = scanner.mapLength(); left > 0n; left--) {
    const name = BODY_KEYS.get(scanner.integer());
    if (name === undefined) {
      scanner.skip();
      continue;
    }
    set(found, name, natural(scanner.integer()));
  }
}

function natural(value: bigint | undefined): bigint | undefined {
  return value !== undefined && value >= 0n ? value : undefined;
}

// a key that comes twice counts as it was found last, also when that was nothing
function set(found: Glimpse, name: keyof Glimpse, value: bigint | undefined): void {
  if (value === undefined) delete found[name];
  else found[name] = value;
}

const BREAK = 0xff;
const INDEFINITE = 31;

const U64_MAX = (1n << 64n) - 1n;

/** What `skip` has still to pass over: items counted, items of indefinite length, and those set aside at outer depths. */
class Account {
  private items = 1n;
  private indefinite = 0;
  private readonly outer: (bigint | null)[] = [];

  get open(): boolean {
    return !this.idle || this.outer.length > 0;
  }

  private get idle(): boolean {
    return this.items === 0n && this.indefinite === 0;
  }

  /** An array or map of so many items begins; `null` is of indefinite length. */
  enter(count: bigint | null): void {
    if (count === 0n) return;
    if (this.idle) this.outer.push(count);
    else if (count !== null) this.items = least(this.items + count, U64_MAX);
    else if (this.items < 2n) this.indefinite++;
    else {
      for (; this.indefinite > 0; this.indefinite--) this.outer.push(null);
      this.outer.push(this.items - 1n, null);
      this.items = 0n;
    }
  }

  /** A break was met. */
  close(): void {
    if (!this.idle) this.indefinite = Math.max(0, this.indefinite - 1);
    else if (this.outer.at(-1) === null) this.outer.pop();
  }

  /** An item has ended; false when it was the last. */
  next(): boolean {
    if (!this.idle) {
      if (this.items > 0n) this.items--;
      return true;
    }
    while (this.outer.at(-1) === 0n) this.outer.pop();
    const last = this.outer.at(-1);
    if (last === undefined) return false;
    if (last !== null) this.outer[this.outer.length - 1] = last - 1n;
    return true;
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

class Scanner {
  private at = 0;
  constructor(private readonly all: Uint8Array) {}

  /** The entries of a map; none when its length is indefinite. */
  mapLength(): bigint {
    const first = this.read();
    if (first >> 5 !== 5) throw new NotCbor();
    return (first & 31) === INDEFINITE ? 0n : this.argument(first & 31);
  }

  /** The next item when it is a whole number of 64 bits; any other item is passed over. */
  integer(): bigint | undefined {
    const start = this.at;
    const first = this.read();
    if (first >> 5 > 1 || (first & 31) > 27) {
      this.at = start;
      this.skip();
      return undefined;
    }
    const argument = this.argument(first & 31);
    if (argument >> 63n !== 0n) return undefined;
    return first >> 5 === 0 ? argument : -1n - argument;
  }

  /**
   * Passes over one item with everything in it. The account of what is still to come is kept in the same way
   * as by the Rust verifier's CBOR library, so that ill-formed items, too, end for both at the same byte.
   */
  skip(): void {
    const account = new Account();
    while (account.open) {
      const first = this.read();
      const [major, info] = [first >> 5, first & 31];
      if (major === MAJOR.tag) {
        this.argument(info);
        // what is tagged still belongs to the item
        continue;
      }
      if (first === BREAK) account.close();
      else if (major === MAJOR.array || major === MAJOR.map) {
        account.enter(info === INDEFINITE ? null : this.argument(info) * BigInt(major - 3));
      } else if (major === MAJOR.bytes || major === MAJOR.text) this.string(major, info);
      else this.argument(info);
      if (!account.next()) return;
    }
  }

  private string(major: number, info: number): void {
    if (info !== INDEFINITE) return this.chunk(major, info);
    while (this.peek() !== BREAK) {
      const head = this.read();
      if (head >> 5 !== major) throw new NotCbor();
      this.chunk(major, head & 31);
    }
    this.read();
  }

  private chunk(major: number, info: number): void {
    const length = this.argument(info);
    if (length > BigInt(this.all.length - this.at)) throw new NotCbor();
    const bytes = this.all.subarray(this.at, this.at + Number(length));
    if (major === 3 && fromUtf8(bytes) === null) throw new NotCbor();
    this.at += bytes.length;
  }

  private peek(): number {
    const byte = this.all[this.at];
    if (byte === undefined) throw new NotCbor();
    return byte;
  }

  private read(): number {
    const byte = this.peek();
    this.at++;
    return byte;
  }

  private argument(info: number): bigint {
    if (info < 24) return BigInt(info);
    if (info > 27) throw new NotCbor();
    let value = 0n;
    for (let left = 1 << (info - 24); left > 0; left--) value = (value << 8n) | BigInt(this.read());
    return value;
  }
}
