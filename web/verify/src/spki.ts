/**
 * SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), read by exact comparison: each algorithm has one
 * possible head, so anything else (other parameters, compressed points, longer lengths) is refused.
 */
import { type Bytes, equal, fromHex } from './bytes.js';

/** A signature algorithm as the trust list names it. */
export type Algorithm = 'ES256' | 'EdDSA' | 'SM2';

// SEQUENCE { SEQUENCE { OID, OID? }, BIT STRING { 0 unused bits, … } } up to the key itself
const HEADS: readonly { algorithm: Algorithm; head: string; keyLength: number }[] = [
  // id-ecPublicKey, secp256r1, an uncompressed point
  { algorithm: 'ES256', head: '3059301306072a8648ce3d020106082a8648ce3d03010703420004', keyLength: 64 },
  // id-ecPublicKey, sm2p256v1 (1.2.156.10197.1.301), an uncompressed point
  { algorithm: 'SM2', head: '3059301306072a8648ce3d020106082a811ccf5501822d03420004', keyLength: 64 },
  // id-Ed25519 (RFC 8410)
  { algorithm: 'EdDSA', head: '302a300506032b6570032100', keyLength: 32 },
];

/** What a key is: its algorithm, and the key alone (x‖y, or Ed25519's 32 bytes). */
export interface ParsedSpki {
  readonly algorithm: Algorithm;
  readonly raw: Bytes;
}

/** Reads the DER of a public key of one of the three algorithms; anything else is `null`. */
export function parseSpki(der: Uint8Array): ParsedSpki | null {
  for (const { algorithm, head, keyLength } of HEADS) {
    const expected = fromHex(head);
    if (expected === null || der.length !== expected.length + keyLength) continue;
    if (equal(der.subarray(0, expected.length), expected)) {
      return { algorithm, raw: der.slice(expected.length) };
    }
  }
  return null;
}
