/**
 * SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), read by exact comparison: each algorithm has one
 * possible head, so anything else (other parameters, compressed points, longer lengths) is refused.
 */
import { type Bytes, concat, equal, fromHex } from './bytes.js';
import { P256, SM2P256, isOnCurve, isSoundEd25519 } from './curves.js';

/** A signature algorithm as the trust list names it. */
export type Algorithm = 'ES256' | 'EdDSA' | 'SM2';
/** The algorithms that are known. */
export const ALGORITHMS: readonly Algorithm[] = ['ES256', 'EdDSA', 'SM2'];

// SEQUENCE { SEQUENCE { OID, OID? }, BIT STRING { 0 unused bits, … } } up to the bare key
const HEADS: Record<Algorithm, string> = {
  // id-ecPublicKey, secp256r1, an uncompressed point
  ES256: '3059301306072a8648ce3d020106082a8648ce3d03010703420004',
  // id-ecPublicKey, sm2p256v1 (1.2.156.10197.1.301), an uncompressed point
  SM2: '3059301306072a8648ce3d020106082a811ccf5501822d03420004',
  // id-Ed25519 (RFC 8410)
  EdDSA: '302a300506032b6570032100',
};
const KEY_BYTES: Record<Algorithm, number> = { ES256: 64, SM2: 64, EdDSA: 32 };

/** What a key is: its algorithm, and the key alone (x‖y, or Ed25519's 32 bytes). */
export interface ParsedSpki {
  readonly algorithm: Algorithm;
  readonly raw: Bytes;
}

/** Reads the DER of a public key of one of the algorithms; another one, or no point of its curve, is `null`. */
export function parseSpki(der: Uint8Array): ParsedSpki | null {
  for (const algorithm of ALGORITHMS) {
    const head = headOf(algorithm);
    if (der.length !== head.length + KEY_BYTES[algorithm] || !equal(der.subarray(0, head.length), head))
      continue;
    const raw = new Uint8Array(der.subarray(head.length));
    return isSound(algorithm, raw) ? { algorithm, raw } : null;
  }
  return null;
}

/** Puts a bare key into its SubjectPublicKeyInfo. */
export function joinSpki(algorithm: Algorithm, raw: Uint8Array): Bytes {
  return concat(headOf(algorithm), raw);
}

function headOf(algorithm: Algorithm): Bytes {
  return fromHex(HEADS[algorithm]) ?? new Uint8Array();
}

function isSound(algorithm: Algorithm, raw: Uint8Array): boolean {
  if (algorithm === 'EdDSA') return isSoundEd25519(raw);
  return isOnCurve(algorithm === 'SM2' ? SM2P256 : P256, raw);
}
