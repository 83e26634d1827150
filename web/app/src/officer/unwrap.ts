/** Opens a reader's key that the server sealed to this device. */
import { fromBase64Url } from '@/licence/base64url';
import type { SealedReaderKey } from './types';

const INFO = new TextEncoder().encode('luzheng/reader-key/v1');
const POINT_BYTES = 65;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const P256 = { name: 'ECDH', namedCurve: 'P-256' } as const;

/** The 32 bytes of the key; null when it was not sealed to this device, or was altered. */
export async function unwrapReaderKey(
  { sealed }: Pick<SealedReaderKey, 'sealed'>,
  agree: CryptoKey,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = fromBase64Url(sealed);
  if (bytes?.length !== POINT_BYTES + IV_BYTES + KEY_BYTES + TAG_BYTES) return null;
  try {
    const theirs = await crypto.subtle.importKey('raw', bytes.slice(0, POINT_BYTES), P256, false, []);
    const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, agree, 256);
    const base = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey']);
    const key = await crypto.subtle.deriveKey(
      { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: INFO },
      base,
      { name: 'AES-GCM', length: 256 },
      false,
      ['decrypt'],
    );
    const iv = bytes.slice(POINT_BYTES, POINT_BYTES + IV_BYTES);
    const opened = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv },
      key,
      bytes.slice(POINT_BYTES + IV_BYTES),
    );
    return new Uint8Array(opened);
  } catch {
    return null;
  }
}
