/** A clip for Chromium's fake camera: a code on paper, held a little askew in uneven light. Raw YUV4MPEG2, no tools needed. */
import { writeFileSync } from 'node:fs';
import { modulesOf } from './qr.ts';

const WIDTH = 1280;
const HEIGHT = 720;
const FRAMES = 12;
/** Width of the printed code with its quiet zone, in camera pixels. */
const SIZE = 460;
const QUIET = 4;
/** Samples in each direction for one pixel, which blurs edges as a lens does. */
const SAMPLES = 3;

/** Writes the clip; without a text the paper is empty. */
export async function writeClip(file: string, text: string | null): Promise<void> {
  const modules = text === null ? Array.from({ length: 40 }, () => []) : await modulesOf(text);
  const frames = Array.from({ length: FRAMES }, (_, index) => frame(modules, index));
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F15:1 Ip A1:1 C420jpeg\n`);
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const parts = frames.flatMap((luma) => [Buffer.from('FRAME\n'), luma, chroma]);
  writeFileSync(file, Buffer.concat([head, ...parts]));
}

function frame(modules: readonly (readonly boolean[])[], index: number): Buffer {
  const side = modules.length + 2 * QUIET;
  // the hand shakes: each frame is turned and moved a little differently
  const angle = 0.06 + 0.01 * Math.sin(index);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [centreX, centreY] = [WIDTH / 2 + 8 * Math.sin(index * 1.7), HEIGHT / 2 + 8 * Math.cos(index * 1.3)];
  const luma = Buffer.alloc(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      let sum = 0;
      for (let s = 0; s < SAMPLES * SAMPLES; s++) {
        const dx = x + (s % SAMPLES) / SAMPLES - centreX;
        const dy = y + Math.floor(s / SAMPLES) / SAMPLES - centreY;
        const u = ((dx * cos + dy * sin) / SIZE + 0.5) * side - QUIET;
        const v = ((dy * cos - dx * sin) / SIZE + 0.5) * side - QUIET;
        sum += shade(modules, Math.floor(u), Math.floor(v));
      }
      const light = 0.8 + (0.2 * x) / WIDTH;
      luma[y * WIDTH + x] = Math.round(
        (sum / (SAMPLES * SAMPLES)) * light + ((x * 7 + y * 13 + index * 29) % 11),
      );
    }
  }
  return luma;
}

// ink, paper, or the table that the paper lies on
function shade(modules: readonly (readonly boolean[])[], x: number, y: number): number {
  const last = modules.length + QUIET;
  if (x < -QUIET || y < -QUIET || x >= last || y >= last) return 120;
  return modules[y]?.[x] ? 35 : 215;
}
