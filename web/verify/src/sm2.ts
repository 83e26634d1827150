/** SM2 with SM3 (GB/T 32918.2, user id `1234567812345678`). Loaded only when a key of this kind is met. */
import { sm2 } from 'sm-crypto-v2';
import { fromHex, toHex } from './bytes.js';
import { toNumber } from './curves.js';

/** The default user id of GM/T 0009. */
const USER_ID = '1234567812345678';
/** The order of the curve's base point. */
const ORDER = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
/** A key's multiples are prepared once it was used so often: preparing costs as much as ten verifications without them. */
const PREPARE_AFTER = 10;

type Prepared = ReturnType<typeof sm2.precomputePublicKey>;

/** A key, from x‖y, which must be on the curve. */
export class Sm2Key {
  private readonly point: string;
  private prepared: Prepared | null = null;
  private uses = 0;

  constructor(raw: Uint8Array) {
    this.point = `04${toHex(raw)}`;
  }

  /** Whether `signature` (r‖s) is the key's over `message`. */
  verify(message: Uint8Array, signature: Uint8Array): boolean {
    for (const half of [signature.subarray(0, 32), signature.subarray(32)]) {
      const value = toNumber(half);
      if (value === 0n || value >= ORDER) return false;
    }
    if (++this.uses > PREPARE_AFTER) this.prepared ??= sm2.precomputePublicKey(this.point);
    return sm2.doVerifySignature(message, toHex(signature), this.prepared ?? this.point, {
      hash: true,
      userId: USER_ID,
    });
  }
}

/** The curve's base point x‖y (GB/T 32918.5). */
const BASE =
  '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7' +
  'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0';

/** Makes the tables that the first verification by any key needs, some tens of milliseconds: it is judged as any other, and wrong. */
export function warmSm2(): void {
  new Sm2Key(fromHex(BASE) ?? new Uint8Array()).verify(new Uint8Array(), new Uint8Array(64).fill(1));
}
