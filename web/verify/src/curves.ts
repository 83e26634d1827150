/** The two Weierstrass curves (y² = x³ − 3x + b, both primes 3 mod 4): is a point on it, and expanding compressed ones. */
import type { Bytes } from './bytes.js';

/** A curve's prime and its constant b. */
export interface Curve {
  readonly p: bigint;
  readonly b: bigint;
}
/** NIST P-256 (SEC 2 section 2.4.2). */
export const P256: Curve = {
  p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
};
/** sm2p256v1 (GB/T 32918.5). */
export const SM2P256: Curve = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
};

/** Big-endian bytes as a number. */
export function toNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((n, byte) => (n << 8n) | BigInt(byte), 0n);
}

/** Whether x‖y is a point of the curve. */
export function isOnCurve(curve: Curve, point: Uint8Array): boolean {
  const x = toNumber(point.subarray(0, 32));
  const y = toNumber(point.subarray(32));
  return x < curve.p && y < curve.p && (y * y - ySquared(curve, x)) % curve.p === 0n;
}

/** Expands `02 ‖ x` or `03 ‖ x` to x‖y; what is no point of the curve is `null`. */
export function decompress(curve: Curve, compressed: Uint8Array): Bytes | null {
  const sign = compressed[0];
  if (compressed.length !== 33 || (sign !== 2 && sign !== 3)) return null;
  const x = toNumber(compressed.subarray(1));
  if (x >= curve.p) return null;
  const square = ySquared(curve, x);
  // p = 3 mod 4, so a root is a power (SEC 1 section 2.3.4)
  const root = power(square, (curve.p + 1n) / 4n, curve.p);
  if ((root * root) % curve.p !== square) return null;
  const y = (root & 1n) === BigInt(sign & 1) ? root : curve.p - root;
  const out = new Uint8Array(64);
  out.set(compressed.subarray(1));
  for (let i = 0, rest = y; i < 32; i++, rest >>= 8n) out[63 - i] = Number(rest & 0xffn);
  return out;
}

function ySquared({ p, b }: Curve, x: bigint): bigint {
  const value = (x * x * x - 3n * x + b) % p;
  return value < 0n ? value + p : value;
}

function power(base: bigint, exponent: bigint, p: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % p;
    square = (square * square) % p;
  }
  return result;
}

const ED25519_P = (1n << 255n) - 19n;
// y of the points of order 8; order 1, 2 and 4 have y = 1, −1 and 0
const ED25519_ORDER_8: readonly bigint[] = [
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
];

/**
 * Whether 32 bytes may be an Ed25519 key: for points of small order a signature can be made without a key,
 * and libraries accept them.
 */
export function isSoundEd25519(raw: Uint8Array): boolean {
  const y = toNumber(raw.slice().reverse()) & ((1n << 255n) - 1n);
  return y < ED25519_P && y > 1n && y !== ED25519_P - 1n && !ED25519_ORDER_8.includes(y);
}
