/** In a file of its own: the program for SM2 is loaded once in a process. */
import { expect, test } from 'vitest';
import { fromHex } from '../src/bytes.js';
import { SM2P256, isOnCurve } from '../src/curves.js';
import { Sm2Key, warmSm2 } from '../src/sm2.js';

test('what warms is a point of the curve, and what it verifies is no signature', () => {
  warmSm2();
  const base = fromHex(
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
      'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
  );
  expect(isOnCurve(SM2P256, base ?? new Uint8Array())).toBe(true);
  const key = new Sm2Key(base ?? new Uint8Array());
  expect(key.verify(new Uint8Array(), new Uint8Array(64).fill(1))).toBe(false);
});
