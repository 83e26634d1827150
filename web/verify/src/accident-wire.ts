/**
 * What is said in an accident record, in deterministic CBOR (`docs/accident-record.md`). Reading accepts exactly
 * the bytes that writing gives. The Rust twin is `crates/credential/src/accident/wire.rs`.
 */
import {
  ACCIDENT_FORMS,
  type AccidentForm,
  CIRCUMSTANCES,
  type Circumstance,
  IMPACTS,
  type Impact,
  RESPONSIBILITIES,
  type Responsibility,
  WEATHERS,
  type Weather,
} from './accident-words.js';
import { type Bytes, concat, equal, fromUtf8, utf8 } from './bytes.js';
import { encodeHead } from './cbor.js';
import { readSign1, type Sign1 } from './cose.js';
import { MAJOR, ReadError, Reader } from './reader.js';
import { type Reason, VERDICT_OF_REASON } from './report.js';

/** The version of the format that is written and read here. */
export const ACCIDENT_VERSION = 1;
/** Largest code of the exchange, in bytes: what a symbol of version 25 at level M still holds. */
export const MAX_ACCIDENT_CODE = 930;
/** Largest texts and credentials, in bytes. */
export const ACCIDENT_LIMITS = {
  mark: 200,
  licence: 320,
  place: 96,
  insurer: 36,
  policy: 26,
  contact: 20,
  plate: 16,
} as const;
const MAX_PAYLOAD = 96;
const KEY_BYTES = 33;
/** `{1: -7}`: the key is in what is signed. */
export const RECORD_HEADER = Uint8Array.of(0xa1, 0x01, 0x26);
const U32_MAX = 0xffff_ffffn;

/** The reasons of verdicts in the order of their numbers, which begin at 1. */
export const SEEN_REASONS = Object.keys(VERDICT_OF_REASON) as readonly Reason[];

/** Where it happened: hundred-thousandths of a degree, and how sure, in metres. */
export interface AccidentPlace {
  readonly latE5: number;
  readonly lonE5: number;
  readonly accuracyM: number;
}

/** One party as it describes itself, with the codes that it showed. */
export interface AccidentParty {
  readonly plate: string;
  /** Two digits. */
  readonly plateType: string;
  readonly impact: Impact;
  /** The issuer's whole message. */
  readonly mark: Bytes | null;
  /** The whole message, with the wrapper of the holder's device. */
  readonly licence: Bytes | null;
  readonly insurer: string | null;
  readonly policy: string | null;
  readonly contact: string | null;
}

/** The facts as the first party puts them, and its party. */
export interface Offer {
  /** Sixteen random bytes. */
  readonly record: Bytes;
  /** The compressed point of a key made for this record. */
  readonly key: Bytes;
  /** The phone's time, in seconds since 1970. */
  readonly madeAt: number;
  readonly clockConfirmed: boolean;
  readonly happenedAt: number;
  readonly place: AccidentPlace | null;
  readonly placeText: string | null;
  readonly form: AccidentForm;
  readonly weather: Weather;
  /** The first party's share. */
  readonly responsibility: Responsibility;
  readonly circumstances: readonly Circumstance[];
  readonly party: AccidentParty;
}

/** What the second party adds. */
export type Statement = Pick<
  Offer,
  'record' | 'key' | 'madeAt' | 'clockConfirmed' | 'circumstances' | 'party'
>;

/** Who signs. */
export type AccidentRole = 'first' | 'second';
/** Whether the plate on the other vehicle was looked at. */
export const PLATE_SEEN = ['not_compared', 'same', 'differs'] as const;
export type PlateSeen = (typeof PLATE_SEEN)[number];

/** A code of the other party as this phone judged it. */
export interface SeenCode {
  readonly reason: Reason | null;
  /** Age of the status behind it in seconds; `null` when there was none. */
  readonly ageS: number | null;
}

/** What one party signs. */
export interface Endorsement {
  readonly role: AccidentRole;
  /** SHA-256 over what was said. */
  readonly digest: Bytes;
  readonly signedAt: number;
  readonly plate: PlateSeen;
  readonly mark: SeenCode | null;
  readonly licence: SeenCode | null;
}

/** A version that is not known here. */
export class UnknownVersion extends Error {}

const shape = (): ReadError => new ReadError('shape');

/** The keys of a map in rising order: what is asked for is taken when it comes next. */
class Keys {
  private readonly reader: Reader;
  private left: bigint;
  private next: bigint | null = null;

  constructor(bytes: Uint8Array) {
    this.reader = new Reader(bytes);
    this.left = this.reader.expect(MAJOR.map);
    this.advance();
  }

  private advance(): void {
    this.next = null;
    if (this.left === 0n) return;
    this.left -= 1n;
    this.next = this.reader.expect(MAJOR.unsigned);
  }

  maybe<T>(key: bigint, read: (reader: Reader) => T): T | null {
    if (this.next !== key) return null;
    const value = read(this.reader);
    this.advance();
    return value;
  }

  need<T>(key: bigint, read: (reader: Reader) => T): T {
    if (this.next !== key) throw shape();
    const value = read(this.reader);
    this.advance();
    return value;
  }

  end(): void {
    if (this.next !== null) throw shape();
    this.reader.end();
  }
}

function number(reader: Reader): number {
  const value = reader.expect(MAJOR.unsigned);
  if (value > U32_MAX) throw shape();
  return Number(value);
}

function flag(reader: Reader): boolean {
  const value = number(reader);
  if (value > 1) throw shape();
  return value === 1;
}

const fixed =
  (length: number) =>
  (reader: Reader): Bytes => {
    const bytes = reader.bytes(length);
    if (bytes.length !== length) throw shape();
    return bytes;
  };

const text =
  (ceiling: number) =>
  (reader: Reader): string => {
    const length = reader.expect(MAJOR.text);
    if (length === 0n || length > BigInt(ceiling)) throw shape();
    const read = fromUtf8(reader.take(length));
    if (read === null || /\p{Cc}/u.test(read)) throw shape();
    return read;
  };

const word =
  <T extends string>(list: readonly T[], from: 0 | 1) =>
  (reader: Reader): T => {
    const found = list[number(reader) - from];
    if (found === undefined) throw shape();
    return found;
  };

const credential =
  (ceiling: number) =>
  (reader: Reader): Bytes => {
    const bytes = reader.bytes(ceiling);
    if (bytes.length === 0) throw shape();
    return bytes;
  };

function circumstances(reader: Reader): Circumstance[] {
  const bits = number(reader);
  if (bits >= 1 << CIRCUMSTANCES.length) throw shape();
  return CIRCUMSTANCES.filter((_, bit) => ((bits >> bit) & 1) === 1).map(([code]) => code);
}

function place(reader: Reader): AccidentPlace {
  reader.exactly(MAJOR.array, 3n);
  const degree = (most: bigint): number => {
    const value = reader.integer();
    if (value > most || value < -most) throw shape();
    return Number(value);
  };
  const latE5 = degree(9_000_000n);
  const lonE5 = degree(18_000_000n);
  const accuracyM = number(reader);
  if (accuracyM > 100_000) throw shape();
  return { latE5, lonE5, accuracyM };
}

function party(reader: Reader): AccidentParty {
  const keys = new Keys(reader.bytes(MAX_ACCIDENT_CODE));
  const read: AccidentParty = {
    plate: keys.need(1n, text(ACCIDENT_LIMITS.plate)),
    plateType: keys.need(2n, text(2)),
    impact: keys.need(3n, word(IMPACTS, 1)),
    mark: keys.maybe(4n, credential(ACCIDENT_LIMITS.mark)),
    licence: keys.maybe(5n, credential(ACCIDENT_LIMITS.licence)),
    insurer: keys.maybe(6n, text(ACCIDENT_LIMITS.insurer)),
    policy: keys.maybe(7n, text(ACCIDENT_LIMITS.policy)),
    contact: keys.maybe(8n, text(ACCIDENT_LIMITS.contact)),
  };
  keys.end();
  if (!/^[0-9]{2}$/.test(read.plateType)) throw shape();
  return read;
}

function checkVersion(keys: Keys): void {
  const version = keys.need(1n, (reader) => reader.expect(MAJOR.unsigned));
  if (version !== BigInt(ACCIDENT_VERSION)) throw new UnknownVersion();
}

/** Reads an offer; throws `ReadError` or {@link UnknownVersion}. */
export function readOffer(bytes: Uint8Array): Offer {
  if (bytes.length > MAX_ACCIDENT_CODE) throw shape();
  const keys = new Keys(bytes);
  checkVersion(keys);
  const offer: Offer = {
    record: keys.need(2n, fixed(16)),
    key: keys.need(3n, fixed(KEY_BYTES)),
    madeAt: keys.need(4n, number),
    clockConfirmed: keys.need(5n, flag),
    happenedAt: keys.need(6n, number),
    place: keys.maybe(7n, place),
    placeText: keys.maybe(8n, text(ACCIDENT_LIMITS.place)),
    form: keys.need(9n, word(ACCIDENT_FORMS, 1)),
    weather: keys.need(10n, word(WEATHERS, 1)),
    responsibility: keys.need(11n, word(RESPONSIBILITIES, 0)),
    circumstances: keys.need(12n, circumstances),
    party: keys.need(13n, party),
  };
  keys.end();
  if (offer.place === null && offer.placeText === null) throw shape();
  return offer;
}

/** Reads a statement; throws `ReadError` or {@link UnknownVersion}. */
export function readStatement(bytes: Uint8Array): Statement {
  if (bytes.length > MAX_ACCIDENT_CODE) throw shape();
  const keys = new Keys(bytes);
  checkVersion(keys);
  const statement: Statement = {
    record: keys.need(2n, fixed(16)),
    key: keys.need(3n, fixed(KEY_BYTES)),
    madeAt: keys.need(4n, number),
    clockConfirmed: keys.need(5n, flag),
    circumstances: keys.need(12n, circumstances),
    party: keys.need(13n, party),
  };
  keys.end();
  return statement;
}

function seen(reader: Reader): SeenCode {
  const parts = reader.expect(MAJOR.array);
  const place = number(reader);
  const reason = place === 0 ? null : SEEN_REASONS[place - 1];
  if (reason === undefined || (parts !== 1n && parts !== 2n)) throw shape();
  return { reason, ageS: parts === 2n ? number(reader) : null };
}

function readEndorsement(payload: Uint8Array): Endorsement {
  const keys = new Keys(payload);
  const endorsement: Endorsement = {
    role: keys.need(1n, word(['first', 'second'] as const, 1)),
    digest: keys.need(2n, fixed(32)),
    signedAt: keys.need(3n, number),
    plate: keys.need(4n, word(PLATE_SEEN, 0)),
    mark: keys.maybe(5n, seen),
    licence: keys.maybe(6n, seen),
  };
  keys.end();
  return endorsement;
}

/** A signed endorsement, taken apart. */
export interface Signed {
  readonly parts: Sign1;
  readonly endorsement: Endorsement;
}

/** Reads a signed endorsement; throws `ReadError`. Says nothing about the signature. */
export function readSigned(bytes: Uint8Array): Signed {
  const parts = readSign1(bytes, MAX_PAYLOAD);
  if (!equal(parts.protectedHeader, RECORD_HEADER) || parts.signature.length !== 64) throw shape();
  return { parts, endorsement: readEndorsement(parts.payload) };
}

const head = encodeHead;
export const byteString = (bytes: Uint8Array): Bytes => concat(head(MAJOR.bytes, bytes.length), bytes);
export function textString(value: string): Bytes {
  const bytes = utf8(value);
  return concat(head(MAJOR.text, bytes.length), bytes);
}
const uint = (value: number): Bytes => head(MAJOR.unsigned, value);
const int = (value: number): Bytes => (value < 0 ? head(MAJOR.negative, -1 - value) : uint(value));

function map(entries: readonly (readonly [number, Bytes | null])[]): Bytes {
  const there = entries.filter((entry): entry is readonly [number, Bytes] => entry[1] !== null);
  return concat(head(MAJOR.map, there.length), ...there.flatMap(([key, value]) => [uint(key), value]));
}

function bitsOf(present: readonly Circumstance[]): number {
  return CIRCUMSTANCES.reduce((bits, [code], bit) => (present.includes(code) ? bits | (1 << bit) : bits), 0);
}

function writeParty(it: AccidentParty): Bytes {
  const maybeText = (value: string | null): Bytes | null => (value === null ? null : textString(value));
  const maybeBytes = (value: Bytes | null): Bytes | null => (value === null ? null : byteString(value));
  return byteString(
    map([
      [1, textString(it.plate)],
      [2, textString(it.plateType)],
      [3, uint(IMPACTS.indexOf(it.impact) + 1)],
      [4, maybeBytes(it.mark)],
      [5, maybeBytes(it.licence)],
      [6, maybeText(it.insurer)],
      [7, maybeText(it.policy)],
      [8, maybeText(it.contact)],
    ]),
  );
}

/** Writes an offer. What is over its limit is refused when it is read: check with {@link readOffer}. */
export function writeOffer(it: Offer): Bytes {
  const where = it.place;
  return map([
    [1, uint(ACCIDENT_VERSION)],
    [2, byteString(it.record)],
    [3, byteString(it.key)],
    [4, uint(it.madeAt)],
    [5, uint(it.clockConfirmed ? 1 : 0)],
    [6, uint(it.happenedAt)],
    [7, where && concat(head(MAJOR.array, 3), int(where.latE5), int(where.lonE5), uint(where.accuracyM))],
    [8, it.placeText === null ? null : textString(it.placeText)],
    [9, uint(ACCIDENT_FORMS.indexOf(it.form) + 1)],
    [10, uint(WEATHERS.indexOf(it.weather) + 1)],
    [11, uint(RESPONSIBILITIES.indexOf(it.responsibility))],
    [12, uint(bitsOf(it.circumstances))],
    [13, writeParty(it.party)],
  ]);
}

/** Writes a statement. */
export function writeStatement(it: Statement): Bytes {
  return map([
    [1, uint(ACCIDENT_VERSION)],
    [2, byteString(it.record)],
    [3, byteString(it.key)],
    [4, uint(it.madeAt)],
    [5, uint(it.clockConfirmed ? 1 : 0)],
    [12, uint(bitsOf(it.circumstances))],
    [13, writeParty(it.party)],
  ]);
}

function writeSeen(it: SeenCode | null): Bytes | null {
  if (it === null) return null;
  const reason = uint(it.reason === null ? 0 : SEEN_REASONS.indexOf(it.reason) + 1);
  return it.ageS === null
    ? concat(head(MAJOR.array, 1), reason)
    : concat(head(MAJOR.array, 2), reason, uint(it.ageS));
}

/** Writes what is signed. */
export function writeEndorsement(it: Endorsement): Bytes {
  return map([
    [1, uint(it.role === 'first' ? 1 : 2)],
    [2, byteString(it.digest)],
    [3, uint(it.signedAt)],
    [4, uint(PLATE_SEEN.indexOf(it.plate))],
    [5, writeSeen(it.mark)],
    [6, writeSeen(it.licence)],
  ]);
}

/** Puts a COSE_Sign1 with the header `{1: -7}` together. */
export function joinSigned(payload: Bytes, signature: Bytes): Bytes {
  return concat(
    Uint8Array.of(0xd2),
    head(MAJOR.array, 4),
    byteString(RECORD_HEADER),
    head(MAJOR.map, 0),
    byteString(payload),
    byteString(signature),
  );
}
