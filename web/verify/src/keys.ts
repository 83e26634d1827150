/** Public keys: parsed once, checked for use with their algorithm, and asked whether a signature is theirs. */
import { type Bytes, concat, fromHex, toHex } from './bytes.js';
import { decompressP256 } from './p256.js';
import { type Algorithm, parseSpki } from './spki.js';

/** The length of every signature: r‖s, or Ed25519's. */
export const SIGNATURE_BYTES = 64;
/** The length of a key's name: the head of SHA-256 over its SubjectPublicKeyInfo. */
export const KID_BYTES = 8;

// up to the 04 of an uncompressed point
const P256_SPKI_HEAD = '3059301306072a8648ce3d020106082a8648ce3d030107034200';
const ED25519_P = (1n << 255n) - 19n;
// y of the four points of order 8; order 1, 2 and 4 have y = 1, -1 and 0
const ED25519_ORDER_8 = [
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd83d3d706a17c7n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
];

/** A public key of one algorithm, ready to verify with. */
export interface PublicKey {
  readonly algorithm: Algorithm;
  /** The key's name, sixteen hexadecimal digits. */
  readonly kid: string;
  /** Whether the signature is this key's over the message. Never throws. */
  verify(message: Bytes, signature: Bytes): Promise<boolean>;
}

/** Makes a key from its SubjectPublicKeyInfo (DER). Unknown algorithms and impossible points are `null`. */
export async function importKey(spki: Bytes): Promise<PublicKey | null> {
  const parsed = parseSpki(spki);
  if (parsed === null) return null;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', spki));
  const kid = toHex(digest.subarray(0, KID_BYTES));
  if (parsed.algorithm === 'SM2') {
    const { prepareSm2, verifySm2 } = await import('./sm2.js');
    const key = prepareSm2(parsed.raw);
    if (key === null) return null;
    return { algorithm: 'SM2', kid, verify: async (m, s) => s.length === SIGNATURE_BYTES && verifySm2(key, m, s) };
  }
  if (parsed.algorithm === 'EdDSA' && !isSoundEd25519(parsed.raw)) return null;
  return importWebKey(parsed.algorithm, spki, kid);
}

/** Makes the ES256 key of a holder's device from its compressed point (33 bytes); off the curve is `null`. */
export async function importDeviceKey(compressed: Bytes): Promise<PublicKey | null> {
  const point = decompressP256(compressed);
  const head = fromHex(P256_SPKI_HEAD);
  return point === null || head === null ? null : importKey(concat(head, point));
}

// for points of small order a signature can be made without a key, and libraries accept them
function isSoundEd25519(raw: Bytes): boolean {
  let y = 0n;
  for (let i = 31; i >= 0; i--) y = (y << 8n) | BigInt(raw[i] ?? 0);
  y &= (1n << 255n) - 1n;
  return y < ED25519_P && y > 1n && y !== ED25519_P - 1n && !ED25519_ORDER_8.includes(y);
}

async function importWebKey(algorithm: 'ES256' | 'EdDSA', spki: Bytes, kid: string): Promise<PublicKey | null> {
  const importing =
    algorithm === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' };
  const verifying = algorithm === 'ES256' ? { name: 'ECDSA', hash: 'SHA-256' } : { name: 'Ed25519' };
  try {
    const key = await crypto.subtle.importKey('spki', spki, importing, false, ['verify']);
    return {
      algorithm,
      kid,
      verify: async (message, signature) => {
        if (signature.length !== SIGNATURE_BYTES) return false;
        return crypto.subtle.verify(verifying, key, signature, message).catch(() => false);
      },
    };
  } catch {
    return null;
  }
}
