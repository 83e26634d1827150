/** A page of paper: a PDF at 150 dots an inch, as an office scanner gives it back. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Grey values, one byte a pixel. */
export interface Scan {
  readonly width: number;
  readonly height: number;
  readonly luma: Uint8Array;
}

/** Rasterises the first page with poppler. */
export function rasterised(pdf: string, dpi = 150): Scan {
  const folder = mkdtempSync(path.join(tmpdir(), 'luzheng-paper-'));
  try {
    const stem = path.join(folder, 'page');
    execFileSync('pdftoppm', ['-r', String(dpi), '-gray', '-f', '1', '-l', '1', '-singlefile', pdf, stem], {
      stdio: 'ignore',
    });
    return readPgm(readFileSync(`${stem}.pgm`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readPgm(file: Buffer): Scan {
  const head = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(file.subarray(0, 64).toString('latin1'));
  if (head === null) throw new Error('not a grey picture of poppler');
  const [whole, width, height] = [head[0], Number(head[1]), Number(head[2])];
  return { width, height, luma: new Uint8Array(file.subarray(whole.length, whole.length + width * height)) };
}

/** The same page after a worn drum and a cheap scanner: faded ink, grey paper, grain. The seed makes it repeatable. */
export function worn({ width, height, luma }: Scan, seed: number, grain: number): Scan {
  let state = seed >>> 0;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const out = luma.map((value) => {
    const faded = 40 + (value / 255) * 185;
    // two of them: nearer to a bell than to a box
    const noise = (random() + random() - 1) * grain;
    return Math.min(255, Math.max(0, Math.round(faded + noise)));
  });
  return { width, height, luma: out };
}
