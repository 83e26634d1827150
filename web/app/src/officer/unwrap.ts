/** Opens a reader's key that the server wrapped for this device (`docs/officer-keys.md`). */
import { fromBase64Url } from '@/licence/base64url';
import type { SealedReaderKey } from './types';

const FORMAT = 1;
const POINT_BYTES = 65;
const BOX_BYTES = 48;
const AES_KEY_BYTES = 32;
const OUT_BITS = 44 * 8;
const P256 = { name: 'ECDH', namedCurve: 'P-256' } as const;

/** This device's key: the private part agrees, the point is part of what is derived. */
export interface AgreementKey {
  agree: CryptoKey;
  point: Uint8Array<ArrayBuffer>;
}

/** The 32 bytes of the key; null when it was not wrapped for this device and this number, or was altered. */
export async function unwrapReaderKey(
  { number, sealed }: Pick<SealedReaderKey, 'number' | 'sealed'>,
  { agree, point }: AgreementKey,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = fromBase64Url(sealed);
  if (bytes?.length !== 1 + POINT_BYTES + BOX_BYTES || bytes[0] !== FORMAT) return null;
  const theirs = bytes.slice(1, 1 + POINT_BYTES);
  try {
    const sender = await crypto.subtle.importKey('raw', theirs, P256, false, []);
    const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: sender }, agree, 256);
    const base = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveBits']);
    const salt = new Uint8Array([...theirs, ...point]);
    const info = infoOf(number);
    const made = await crypto.subtle.deriveBits(
      { name: 'HKDF', hash: 'SHA-256', salt, info },
      base,
      OUT_BITS,
    );
    const key = await crypto.subtle.importKey('raw', made.slice(0, AES_KEY_BYTES), 'AES-GCM', false, [
      'decrypt',
    ]);
    const iv = made.slice(AES_KEY_BYTES);
    return new Uint8Array(
      await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, bytes.slice(1 + POINT_BYTES)),
    );
  } catch {
    return null;
  }
}

function infoOf(number: number): Uint8Array<ArrayBuffer> {
  const words = new TextEncoder().encode('luzheng/reader-key/v1');
  const info = new Uint8Array(words.length + 4);
  info.set(words);
  new DataView(info.buffer).setUint32(words.length, number);
  return info;
}
