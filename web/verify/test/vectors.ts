/** The vectors that the Rust verifier and this one share, as files in `crates/credential/vectors`. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One vector: a code, what is known when it is judged, and the answer that must come. */
export interface Vector {
  readonly name: string;
  readonly about: string;
  readonly text: string;
  /** RFC 3339. */
  readonly now: string;
  readonly clock_confirmed: boolean;
  readonly expected_plate: string | null;
  readonly our_hosts: readonly string[];
  /** Files, relative to the folder of the vectors. */
  readonly roots: string;
  readonly trust: string | null;
  readonly known_seq: number;
  readonly status: readonly string[];
  readonly expect: {
    readonly verdict: string;
    readonly reason: string | null;
    readonly hints: readonly string[];
    readonly checks: Readonly<Record<string, boolean | null>>;
  };
}

/** The folder of the vectors. */
export const FOLDER = fileURLToPath(new URL('../../../crates/credential/vectors/', import.meta.url));

/** Every vector. */
export function readVectors(): Vector[] {
  return readdirSync(`${FOLDER}cases`)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(`${FOLDER}cases/${file}`, 'utf8')) as Vector);
}
