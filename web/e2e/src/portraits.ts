/** Drawn portraits, nobody's: each faultless or altered to break one rule for photos. Made by the binary under test. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BINARY } from './demo.ts';

/** A set of portraits on the disk. */
export interface Portraits {
  /** The files drawn in this manner (`good`, `grey_wall`, …), in the order of the set. */
  of(how: string): readonly string[];
  close(): void;
}

/** Draws a set; the same seed gives the same pictures. */
export function drawPortraits(count: number, seed: number): Portraits {
  const folder = mkdtempSync(path.join(tmpdir(), 'luzheng-portraits-'));
  execFileSync(BINARY, ['synth', '--portraits', `${count}`, '--seed', `${seed}`, '--out', folder]);
  const [, ...rows] = readFileSync(path.join(folder, 'labels.csv'), 'utf8').trim().split('\n');
  const labelled = rows.map((row) => row.split(','));
  return {
    of: (how) =>
      labelled.filter(([, , manner]) => manner === how).map(([file]) => path.join(folder, file ?? '')),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
