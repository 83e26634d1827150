/** Compressed points of P-256: WebCrypto does not read them everywhere, so they are expanded here. */
import { type Bytes } from './bytes.js';

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** Expands `02 ‖ x` or `03 ‖ x` to `04 ‖ x ‖ y`; what is no point of the curve is `null`. */
export function decompressP256(compressed: Uint8Array): Bytes | null {
  const sign = compressed[0];
  if (compressed.length !== 33 || (sign !== 2 && sign !== 3)) return null;
  const x = compressed.subarray(1).reduce((n, byte) => (n << 8n) | BigInt(byte), 0n);
  if (x >= P) return null;
  const square = (((x * x) % P) * x - 3n * x + B) % P;
  // p = 3 mod 4, so a root is a power (SEC 1 section 2.3.4)
  const root = power(((square % P) + P) % P, (P + 1n) / 4n);
  if ((root * root - square) % P !== 0n) return null;
  const y = (root & 1n) === BigInt(sign & 1) ? root : P - root;
  const out = new Uint8Array(65);
  out[0] = 4;
  out.set(compressed.subarray(1), 1);
  for (let i = 0, rest = y; i < 32; i++, rest >>= 8n) out[64 - i] = Number(rest & 0xffn);
  return out;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}
