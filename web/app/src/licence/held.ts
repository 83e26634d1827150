/**
 * The code that this device makes by itself (mode 2): the issuer's whole message, signed once more by
 * the key that was bound to it, `18([ <<{1: -7}>>, {}, <<{6: iat, -70001: inner}>>, signature ])`.
 */
import { primaryText } from '@luzheng/verify';

const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const;
const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
/** `{1: -7}`: the key is inside what it signs, so it has no name. */
const PROTECTED = Uint8Array.of(0xa1, 0x01, 0x26);
/** -70001 as a head of CBOR's major type 1. */
const CLAIM_BODY = Uint8Array.of(0x3a, 0x00, 0x01, 0x11, 0x70);
/** An issuer's message is never longer; nothing longer is signed either. */
export const MAX_INNER = 1_024;

/** Signs bytes, as r and s one after the other. */
export type Sign = (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;

/** A device's key as it is used, and as the vault keeps it. */
export interface DeviceKey {
  /** Signs, and cannot be read back out of the browser. */
  pair: CryptoKeyPair;
  /** The private key in PKCS #8: for the vault, which seals it, and for nothing else. */
  pkcs8: Uint8Array<ArrayBuffer>;
}

/**
 * Makes a device's key. A key that the browser keeps by itself lies readable in its profile, whatever
 * "non-extractable" promises to scripts; so the key is kept sealed, and works as one that scripts cannot read.
 */
export async function makeDeviceKey(): Promise<DeviceKey> {
  const made = await crypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', made.privateKey));
  const { uncompressed } = await pointsOf(made);
  return { pair: await openDeviceKey(pkcs8, uncompressed), pkcs8 };
}

/** The key as it is used, from what the vault kept; throws when that is no key. */
export async function openDeviceKey(
  pkcs8: Uint8Array<ArrayBuffer>,
  point: Uint8Array<ArrayBuffer>,
): Promise<CryptoKeyPair> {
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey('pkcs8', pkcs8, P256, false, ['sign']),
    crypto.subtle.importKey('raw', point, P256, true, ['verify']),
  ]);
  return { privateKey, publicKey };
}

/** A key's way of signing. */
export function signerOf(pair: CryptoKeyPair): Sign {
  return async (bytes) => new Uint8Array(await crypto.subtle.sign(ES256, pair.privateKey, bytes));
}

/** The public point, uncompressed (65 bytes) and compressed (33 bytes). */
export async function pointsOf(
  pair: CryptoKeyPair,
): Promise<{ uncompressed: Uint8Array<ArrayBuffer>; compressed: Uint8Array<ArrayBuffer> }> {
  const uncompressed = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
  const compressed = new Uint8Array(33);
  compressed[0] = (uncompressed[64] ?? 0) & 1 ? 3 : 2;
  compressed.set(uncompressed.subarray(1, 33), 1);
  return { uncompressed, compressed };
}

/** Wraps the issuer's message as of `iat` (seconds since 1970). */
export async function wrap(inner: Uint8Array, iat: number, sign: Sign): Promise<Uint8Array<ArrayBuffer>> {
  if (inner.length === 0 || inner.length > MAX_INNER) throw new RangeError('no issuer message');
  if (!Number.isSafeInteger(iat) || iat < 0) throw new RangeError('no instant');
  const payload = concat(
    head(5, 2),
    Uint8Array.of(0x06),
    head(0, iat),
    CLAIM_BODY,
    head(2, inner.length),
    inner,
  );
  const context = new TextEncoder().encode('Signature1');
  const signature = await sign(
    concat(
      head(4, 4),
      head(3, context.length),
      context,
      byteString(PROTECTED),
      byteString(new Uint8Array()),
      byteString(payload),
    ),
  );
  return concat(
    Uint8Array.of(0xd2),
    head(4, 4),
    byteString(PROTECTED),
    head(5, 0),
    byteString(payload),
    byteString(signature),
  );
}

/** The code's text as of `iat`. */
export async function heldCode(inner: Uint8Array, iat: number, sign: Sign, host: string): Promise<string> {
  return primaryText(host, await wrap(inner, iat, sign));
}

const byteString = (bytes: Uint8Array): Uint8Array => concat(head(2, bytes.length), bytes);

/** A head of deterministic CBOR: the shortest form of its argument. */
function head(major: number, argument: number): Uint8Array {
  const top = major << 5;
  if (argument < 24) return Uint8Array.of(top | argument);
  if (argument < 0x100) return Uint8Array.of(top | 24, argument);
  if (argument < 0x1_0000) return Uint8Array.of(top | 25, argument >> 8, argument & 0xff);
  const bytes = new Uint8Array(argument < 0x1_0000_0000 ? 5 : 9);
  const view = new DataView(bytes.buffer);
  bytes[0] = top | (bytes.length === 5 ? 26 : 27);
  if (bytes.length === 5) view.setUint32(1, argument);
  else view.setBigUint64(1, BigInt(argument));
  return bytes;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
