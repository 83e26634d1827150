/**
 * Opening a reader's key that the server wrapped to this device (`docs/officer-keys.md`): ECDH on P-256 with the sender's fresh key,
 * HKDF-SHA256 (RFC 5869), AES-256-GCM. All of it is the engine's own.
 */
import { type Bytes, concat, fromBase64Url, utf8 } from './bytes.js';
import { u32s } from './pack-head.js';
import { READER_KEY_BYTES, ReaderKey } from './sealed.js';

const FORMAT = 1;
const POINT_BYTES = 65;
const TAG_BYTES = 16;
const WRAPPED_BYTES = 1 + POINT_BYTES + READER_KEY_BYTES + TAG_BYTES;
const INFO = 'luzheng/reader-key/v1';
const P256 = { name: 'ECDH', namedCurve: 'P-256' };

/** A private P-256 key of WebCrypto for ECDH, usable for `deriveBits`. */
export type AgreementKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** A reader's key as `GET /api/v1/officer/reader-keys` gives it. */
export interface WrappedReaderKey {
  readonly number: number;
  /** 114 bytes in base64url. */
  readonly sealed: string;
}

/**
 * The reader's key, ready to open with; `null` when it was not wrapped to this device under this number, or was altered. `device` is
 * the device's private key, `point` its public one, uncompressed (65 bytes).
 */
export async function unwrapReaderKey(
  wrapped: WrappedReaderKey,
  device: AgreementKey,
  point: Uint8Array,
): Promise<ReaderKey | null> {
  const opened = await unwrap(wrapped, device, point);
  if (opened === null) return null;
  const key = await ReaderKey.fromBytes(opened);
  opened.fill(0);
  return key;
}

/** As {@link unwrapReaderKey}: the 32 bytes themselves. */
export async function unwrap(
  { number, sealed }: WrappedReaderKey,
  device: AgreementKey,
  point: Uint8Array,
): Promise<Bytes | null> {
  const bytes = sealed.length > 2 * WRAPPED_BYTES ? null : fromBase64Url(sealed);
  if (bytes?.length !== WRAPPED_BYTES || bytes[0] !== FORMAT || point.length !== POINT_BYTES) return null;
  const sender = bytes.slice(1, 1 + POINT_BYTES);
  try {
    const theirs = await crypto.subtle.importKey('raw', sender, P256, false, []);
    const agreed = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, device, 256);
    const base = await crypto.subtle.importKey('raw', agreed, 'HKDF', false, ['deriveBits']);
    const info = concat(utf8(INFO), u32s(number));
    const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: concat(sender, point), info };
    const derived = new Uint8Array(await crypto.subtle.deriveBits(hkdf, base, 44 * 8));
    const key = await crypto.subtle.importKey('raw', derived.slice(0, 32), 'AES-GCM', false, ['decrypt']);
    const ciphertext = bytes.slice(1 + POINT_BYTES);
    return new Uint8Array(
      await crypto.subtle.decrypt({ name: 'AES-GCM', iv: derived.slice(32) }, key, ciphertext),
    );
  } catch {
    // no point of the curve, or sealed to another: the engine says no more than that either
    return null;
  }
}
