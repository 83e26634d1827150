import type { PinCost } from './ways';

/**
 * Argon2id of a PIN or password. Runs in a worker, so that the screen stays alive during the second that a
 * phone needs; where there is no worker (tests, very old browsers) on the page's own thread.
 */
export async function stretch(
  secret: string,
  salt: Uint8Array<ArrayBuffer>,
  cost: PinCost,
): Promise<Uint8Array<ArrayBuffer>> {
  const order: ArgonOrder = { secret: normalised(secret), salt, cost };
  if (typeof Worker === 'undefined') return runArgon(order);
  const worker = new Worker(new URL('./argon.worker.ts', import.meta.url), { type: 'module' });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Uint8Array<ArrayBuffer> | null>) =>
        data === null ? reject(new Error('no memory for Argon2id')) : resolve(data);
      worker.onerror = () => reject(new Error('the worker of Argon2id did not start'));
      worker.postMessage(order);
    });
  } finally {
    // its memory, with the PIN in it, goes with it
    worker.terminate();
  }
}

export interface ArgonOrder {
  secret: string;
  salt: Uint8Array<ArrayBuffer>;
  cost: PinCost;
}

/** The same characters however they were typed: Chinese keyboards write full-width digits too. */
export function normalised(secret: string): string {
  return secret.normalize('NFKC');
}

/** The derivation itself; its library is loaded only now. */
export async function runArgon({ secret, salt, cost }: ArgonOrder): Promise<Uint8Array<ArrayBuffer>> {
  const { argon2id } = await import('hash-wasm');
  const made = await argon2id({
    password: secret,
    salt,
    parallelism: 1,
    iterations: cost.passes,
    memorySize: cost.memory_kib,
    hashLength: 32,
    outputType: 'binary',
  });
  return Uint8Array.from(made);
}
