/** The tests' own tools: a clip of the fake camera is one that an independent reader can read. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeClip } from '../src/camera.ts';
import { readLuma } from '../src/qr.ts';

test('a clip shows the code that was put into it, in every frame', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'luzheng-clip-'));
  try {
    const text = `HTTPS://LUZHENG.EXAMPLE/V#${'01234567890123456'.repeat(22)}`;
    const file = path.join(folder, 'clip.y4m');
    await writeClip(file, text);
    const clip = readFileSync(file);
    const frameBytes = (1280 * 720 * 3) / 2 + 'FRAME\n'.length;
    const head = clip.indexOf('\n') + 1;
    expect((clip.length - head) % frameBytes).toBe(0);
    for (let at = head; at < clip.length; at += frameBytes) {
      expect(clip.toString('latin1', at, at + 6)).toBe('FRAME\n');
      expect(await readLuma(clip.subarray(at + 6, at + 6 + 1280 * 720), 1280, 720)).toEqual([text]);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
