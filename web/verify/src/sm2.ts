/** SM2 with SM3 (GB/T 32918.2, user id `1234567812345678`). Loaded only when a key of this kind is met. */
import { sm2 } from 'sm-crypto-v2';
import { toHex } from './bytes.js';

/** The default user id of GM/T 0009. */
const USER_ID = '1234567812345678';
/** The order of the curve's base point. */
const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;

/** A point with its multiples prepared: a check then costs about a third. */
export type Sm2Key = ReturnType<typeof sm2.precomputePublicKey>;

/** Prepares a key from x‖y; a point off the curve is `null`. */
export function prepareSm2(raw: Uint8Array): Sm2Key | null {
  try {
    const point = `04${toHex(raw)}`;
    return sm2.verifyPublicKey(point) ? sm2.precomputePublicKey(point) : null;
  } catch {
    return null;
  }
}

/** Whether `signature` (r‖s) is the key's over `message`. */
export function verifySm2(key: Sm2Key, message: Uint8Array, signature: Uint8Array): boolean {
  const hex = toHex(signature);
  for (const half of [hex.slice(0, 64), hex.slice(64)]) {
    const value = BigInt(`0x${half}`);
    if (value === 0n || value >= ORDER) return false;
  }
  try {
    return sm2.doVerifySignature(message, hex, key, { hash: true, userId: USER_ID });
  } catch {
    return false;
  }
}
