/**
 * The signed message inside a code: a tagged COSE_Sign1 (RFC 9052) of one exact shape,
 * `18([ <<{1: alg, 4: kid}>>, {}, <<claims>>, signature ])`; or, for a licence shown from its holder's
 * device, that whole message signed once more: `18([ <<{1: -7}>>, {}, <<{6: iat, -70001: inner}>>, signature ])`.
 * Claims stay bytes here: they are read after the signature over them held.
 */
import { type Bytes, concat, equal, toHex, utf8 } from './bytes.js';
import { encodeHead } from './cbor.js';
import { KID_BYTES, SIGNATURE_BYTES } from './keys.js';
import { MAJOR, ReadError, Reader, attempt } from './reader.js';
import type { Algorithm } from './spki.js';
import { MAX_MESSAGE } from './text.js';

/** COSE algorithm numbers; SM2 with SM3 has none registered, so a private one. */
export const COSE_ALGORITHMS: ReadonlyMap<bigint, Algorithm> = new Map([
  [-7n, 'ES256'],
  [-8n, 'EdDSA'],
  [-65600n, 'SM2'],
]);
/** The claim that holds the body of a credential, and the inner message of a wrapper. */
export const CLAIM_BODY = -70001;
const CLAIM_IAT = 6n;
const TAG_SIGN1 = 18n;
/** `{1: -7}`: a device's key is inside what it signed, so it has no name. */
const WRAPPER_HEADER = Uint8Array.of(0xa1, 0x01, 0x26);

/** The parts of a COSE_Sign1 before its header is read. */
export interface Sign1 {
  readonly protectedHeader: Bytes;
  readonly payload: Bytes;
  readonly signature: Bytes;
}

/** What an issuer signed. */
export interface Envelope extends Sign1 {
  readonly algorithm: Algorithm;
  readonly kid: string;
}

/** The outer layer by a holder's device. */
export interface Wrapper extends Sign1 {
  /** When the device signed, in seconds since 1970. */
  readonly iat: number;
}

/** A message taken apart. */
export interface Message {
  readonly wrapper: Wrapper | null;
  readonly issued: Envelope;
}

/** Why bytes are not a message. */
export type EnvelopeFault = 'truncated' | 'not_a_credential' | 'unsupported_version' | 'too_large';

class UnknownAlgorithm extends Error {}

/** Takes a message apart, without looking into the claims of the issuer. */
export function splitMessage(message: Bytes): Message | { readonly fault: EnvelopeFault } {
  if (message.length > MAX_MESSAGE) return { fault: 'too_large' };
  try {
    const split = attempt(() => readMessage(message));
    if (!('fault' in split)) return split;
    return { fault: split.fault === 'end' ? 'truncated' : 'not_a_credential' };
  } catch (error) {
    if (error instanceof UnknownAlgorithm) return { fault: 'unsupported_version' };
    throw error;
  }
}

/** The bytes that are signed: `["Signature1", protected, h'', payload]` (RFC 9052 section 4.4). */
export function toBeSigned(parts: Sign1): Bytes {
  const context = utf8('Signature1');
  return concat(
    encodeHead(MAJOR.array, 4),
    encodeHead(MAJOR.text, context.length),
    context,
    encodeHead(MAJOR.bytes, parts.protectedHeader.length),
    parts.protectedHeader,
    encodeHead(MAJOR.bytes, 0),
    encodeHead(MAJOR.bytes, parts.payload.length),
    parts.payload,
  );
}

/** Reads `18([ protected, {}, payload, signature ])`, each part at most `ceiling` bytes; throws `ReadError`. */
export function readSign1(bytes: Uint8Array, ceiling: number): Sign1 {
  const reader = new Reader(bytes);
  reader.exactly(MAJOR.tag, TAG_SIGN1);
  reader.exactly(MAJOR.array, 4n);
  const protectedHeader = reader.bytes(ceiling);
  reader.exactly(MAJOR.map, 0n);
  const payload = reader.bytes(ceiling);
  const signature = reader.bytes(ceiling);
  reader.end();
  return { protectedHeader, payload, signature };
}

function readMessage(message: Bytes): Message {
  const outer = readSign1(message, MAX_MESSAGE);
  if (!equal(outer.protectedHeader, WRAPPER_HEADER)) return { wrapper: null, issued: readIssued(outer) };
  const { iat, inner } = whole(() => readWrapperPayload(outer.payload));
  checkSignatureLength(outer);
  return { wrapper: { ...outer, iat }, issued: readIssued(whole(() => readSign1(inner, MAX_MESSAGE))) };
}

// inside a byte string whose length was right, an early end is a wrong shape: nothing is missing
function whole<T>(reading: () => T): T {
  const read = attempt(reading);
  if (typeof read === 'object' && read !== null && 'fault' in read) throw new ReadError('shape');
  return read as T;
}

function checkSignatureLength(parts: Sign1): void {
  if (parts.signature.length !== SIGNATURE_BYTES) throw new ReadError('shape');
}

function readIssued(parts: Sign1): Envelope {
  const header = whole(() => readHeader(parts.protectedHeader));
  checkSignatureLength(parts);
  return { ...parts, ...header };
}

function readHeader(bytes: Bytes): { algorithm: Algorithm; kid: string } {
  const reader = new Reader(bytes);
  const entries = reader.expect(MAJOR.map);
  reader.exactly(MAJOR.unsigned, 1n);
  const algorithm = COSE_ALGORITHMS.get(reader.integer());
  // named as such even when the rest is of another shape: "newer than I am" is not "damaged"
  if (algorithm === undefined) throw new UnknownAlgorithm();
  reader.exactly(MAJOR.unsigned, 4n);
  const kid = reader.bytes(KID_BYTES);
  reader.end();
  if (entries !== 2n || kid.length !== KID_BYTES) throw new ReadError('shape');
  return { algorithm, kid: toHex(kid) };
}

function readWrapperPayload(payload: Bytes): { iat: number; inner: Bytes } {
  const reader = new Reader(payload);
  reader.exactly(MAJOR.map, 2n);
  reader.exactly(MAJOR.unsigned, CLAIM_IAT);
  const iat = reader.expect(MAJOR.unsigned);
  if (reader.integer() !== BigInt(CLAIM_BODY)) throw new ReadError('shape');
  const inner = reader.bytes(MAX_MESSAGE);
  reader.end();
  if (iat >> 63n !== 0n) throw new ReadError('shape');
  return { iat: Number(iat), inner };
}
