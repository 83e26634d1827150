/** The three codes of the exchange, the record that both keep, their texts, and signing. */
import {
  type Endorsement,
  MAX_ACCIDENT_CODE,
  type Offer,
  RECORD_HEADER,
  type Signed,
  type Statement,
  UnknownVersion,
  byteString,
  joinSigned,
  readOffer,
  readSigned,
  readStatement,
  textString,
  writeEndorsement,
} from './accident-wire.js';
import { type Bytes, concat, fromBase64Url, toBase64Url } from './bytes.js';
import { encodeHead } from './cbor.js';
import { toBeSigned } from './cose.js';
import { MAJOR, ReadError, Reader } from './reader.js';
import { decodeText, primaryText } from './text.js';

/** Largest record, in bytes. */
export const MAX_ACCIDENT_RECORD = 2_400;
/** What a record as text begins with; base64url follows. */
export const ACCIDENT_TEXT_HEAD = 'LZA1:';
const DIGEST_CONTEXT = 'luzheng/accident/v1';

/** One code of the exchange. Its parts stay bytes: what is signed is what was received. */
export type AccidentCode =
  | { readonly kind: 'offer'; readonly offer: Bytes }
  | { readonly kind: 'answer'; readonly statement: Bytes; readonly signed: Bytes }
  | { readonly kind: 'close'; readonly signed: Bytes };

/** A record: what was said and who signed it. Parts that are missing are empty. */
export interface AccidentRecord {
  readonly offer: Bytes;
  readonly statement: Bytes;
  readonly first: Bytes;
  readonly second: Bytes;
}

/** A record with its parts read; nothing is said about signatures. */
export interface OpenRecord {
  readonly offer: Offer;
  readonly statement: Statement | null;
  readonly first: Signed | null;
  readonly second: Signed | null;
}

/** Why bytes are no record. */
export type AccidentFault = 'too_large' | 'malformed' | 'unsupported_version';

function guarded<T>(read: () => T): T | AccidentFault {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownVersion) return 'unsupported_version';
    if (error instanceof ReadError) return 'malformed';
    throw error;
  }
}

function readParts(bytes: Uint8Array): { kind: number; parts: Bytes[] } {
  const reader = new Reader(bytes);
  const count = reader.expect(MAJOR.array);
  const kind = reader.expect(MAJOR.unsigned);
  const expected = new Map<bigint, bigint>([
    [1n, 2n],
    [2n, 3n],
    [3n, 2n],
    [4n, 5n],
  ]).get(kind);
  if (expected !== count) throw new ReadError('shape');
  const parts = Array.from({ length: Number(count) - 1 }, () => reader.bytes(MAX_ACCIDENT_CODE));
  reader.end();
  return { kind: Number(kind), parts };
}

function writeParts(kind: number, ...parts: readonly Bytes[]): Bytes {
  return concat(
    encodeHead(MAJOR.array, parts.length + 1),
    encodeHead(MAJOR.unsigned, kind),
    ...parts.map(byteString),
  );
}

const NOTHING: Bytes = new Uint8Array();

/** Reads a code, its parts included. */
export function decodeAccidentCode(bytes: Uint8Array): AccidentCode | AccidentFault {
  if (bytes.length > MAX_ACCIDENT_CODE) return 'too_large';
  return guarded((): AccidentCode => {
    const {
      kind,
      parts: [one = NOTHING, two = NOTHING],
    } = readParts(bytes);
    switch (kind) {
      case 1:
        readOffer(one);
        return { kind: 'offer', offer: one };
      case 2:
        readStatement(one);
        readSigned(two);
        return { kind: 'answer', statement: one, signed: two };
      case 3:
        readSigned(one);
        return { kind: 'close', signed: one };
      default:
        throw new ReadError('shape');
    }
  });
}

/** Writes a code; `null` when it would not fit its symbol. */
export function encodeAccidentCode(code: AccidentCode): Bytes | null {
  const bytes =
    code.kind === 'offer'
      ? writeParts(1, code.offer)
      : code.kind === 'answer'
        ? writeParts(2, code.statement, code.signed)
        : writeParts(3, code.signed);
  return bytes.length > MAX_ACCIDENT_CODE ? null : bytes;
}

/** Reads a record into its parts. */
export function decodeAccidentRecord(bytes: Uint8Array): AccidentRecord | AccidentFault {
  if (bytes.length > MAX_ACCIDENT_RECORD) return 'too_large';
  return guarded((): AccidentRecord => {
    const { kind, parts } = readParts(bytes);
    if (kind !== 4) throw new ReadError('shape');
    const [offer = NOTHING, statement = NOTHING, first = NOTHING, second = NOTHING] = parts;
    const record = { offer, statement, first, second };
    openRecord(record);
    return record;
  });
}

/** Reads the parts of a record; throws `ReadError` or `UnknownVersion`. */
export function openRecord(record: AccidentRecord): OpenRecord {
  const offer = readOffer(record.offer);
  if ((record.statement.length === 0) !== (record.second.length === 0)) throw new ReadError('shape');
  const statement = record.statement.length === 0 ? null : readStatement(record.statement);
  const second = record.second.length === 0 ? null : readSigned(record.second);
  const first = record.first.length === 0 ? null : readSigned(record.first);
  if (first === null && second === null) throw new ReadError('shape');
  return { offer, statement, first, second };
}

/** Writes a record. */
export function encodeAccidentRecord(record: AccidentRecord): Bytes {
  return writeParts(4, record.offer, record.statement, record.first, record.second);
}

/** The digest that both sign: SHA-256 over `["luzheng/accident/v1", offer, statement]`. */
export async function accidentDigest(offer: Uint8Array, statement: Uint8Array): Promise<Bytes> {
  const all = concat(
    encodeHead(MAJOR.array, 3),
    textString(DIGEST_CONTEXT),
    byteString(offer),
    byteString(statement),
  );
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all));
}

/** Signs an endorsement with ES256; `sign` gives r‖s over the bytes it is given. */
export async function signEndorsement(
  it: Endorsement,
  sign: (bytes: Bytes) => Promise<Uint8Array>,
): Promise<Bytes> {
  const payload = writeEndorsement(it);
  const protectedHeader = new Uint8Array(RECORD_HEADER);
  const signature = new Uint8Array(
    await sign(toBeSigned({ protectedHeader, payload, signature: new Uint8Array() })),
  );
  return joinSigned(payload, signature);
}

/** The text of a code: an address of the page at `/A` on `host`, which any camera opens. */
export function accidentCodeText(host: string, code: Bytes): string {
  return primaryText(host, code).replace('/V#', '/A#');
}

/** The bytes of a code's text, whatever host it names; `null` when it is none of ours. */
export function accidentCodeOfText(text: string): Bytes | null {
  const match = /^(https:\/\/[^/#]+)\/a#(\d+)$/i.exec(text.trim());
  if (match === null) return null;
  const { payload } = decodeText(`${match[1]}/V#${match[2]}`);
  return 'message' in payload ? payload.message : null;
}

/** A record as text, for pasting and for files. */
export function accidentRecordText(record: Uint8Array): string {
  return ACCIDENT_TEXT_HEAD + toBase64Url(record);
}

/** The bytes of a record's text; white space in it is ignored. `null` when it is none. */
export function accidentRecordOfText(text: string): Bytes | null {
  if (text.length > MAX_ACCIDENT_RECORD * 3) return null;
  const joined = text.replace(/[ \t\n\f\r]/g, '');
  return joined.startsWith(ACCIDENT_TEXT_HEAD)
    ? fromBase64Url(joined.slice(ACCIDENT_TEXT_HEAD.length))
    : null;
}
