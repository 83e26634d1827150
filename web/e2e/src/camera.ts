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

/** How the camera sees it; the default is a steady hand in daylight. */
export interface Look {
  /** Radius of the lens's blur, in camera pixels. */
  blur?: number;
  /** How far the paper leans away: 0 is straight on, 1 is nearly flat. */
  tilt?: number;
  /** Turned by this, in radians. */
  turn?: number;
  /** What is left of the light, and with it of the contrast. */
  light?: number;
  /** Grain of the sensor, in steps of brightness. */
  grain?: number;
}
type Seen = Required<Look>;
const DAYLIGHT: Seen = { blur: 0, tilt: 0, turn: 0.06, light: 1, grain: 11 };

/** Writes the clip; without a text the paper is empty. */
export async function writeClip(file: string, text: string | null, look: Look = {}): Promise<void> {
  const modules = text === null ? Array.from({ length: 40 }, () => []) : await modulesOf(text);
  const seen: Seen = { ...DAYLIGHT, ...look };
  const frames = Array.from({ length: FRAMES }, (_, index) => frame(modules, index, seen));
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F15:1 Ip A1:1 C420jpeg\n`);
  const chroma = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  const parts = frames.flatMap((luma) => [Buffer.from('FRAME\n'), luma, chroma]);
  writeFileSync(file, Buffer.concat([head, ...parts]));
}

function frame(modules: readonly (readonly boolean[])[], index: number, seen: Seen): Buffer {
  const side = modules.length + 2 * QUIET;
  // the hand shakes: each frame is turned and moved a little differently
  const angle = seen.turn + 0.01 * Math.sin(index);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [centreX, centreY] = [WIDTH / 2 + 8 * Math.sin(index * 1.7), HEIGHT / 2 + 8 * Math.cos(index * 1.3)];
  const light = Float32Array.from({ length: WIDTH * HEIGHT }, (_, at) => {
    const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
    let sum = 0;
    for (let s = 0; s < SAMPLES * SAMPLES; s++) {
      const dx = x + (s % SAMPLES) / SAMPLES - centreX;
      const dy = y + Math.floor(s / SAMPLES) / SAMPLES - centreY;
      // what leans away is smaller the higher it stands
      const away = 1 / (1 + (seen.tilt * dy) / HEIGHT);
      const [px, py] = [dx * away, dy * away * (1 + seen.tilt / 2)];
      const u = ((px * cos + py * sin) / SIZE + 0.5) * side - QUIET;
      const v = ((py * cos - px * sin) / SIZE + 0.5) * side - QUIET;
      sum += shade(modules, Math.floor(u), Math.floor(v));
    }
    return (sum / (SAMPLES * SAMPLES)) * (0.8 + (0.2 * x) / WIDTH) * seen.light;
  });
  const sharp = seen.blur > 0 ? blurred(blurred(light, seen.blur), seen.blur) : light;
  const luma = Buffer.alloc(WIDTH * HEIGHT);
  sharp.forEach((value, at) => {
    const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
    luma[at] = Math.min(255, Math.round(value + ((x * 7 + y * 13 + index * 29) % seen.grain)));
  });
  return luma;
}

/** Each pixel the mean of those around it: first along the lines, then across them. */
function blurred(light: Float32Array, radius: number): Float32Array {
  const along = mean(light, radius, 1, WIDTH);
  return mean(along, radius, WIDTH, HEIGHT);
}

/** The running mean over `count` pixels that lie `step` apart. */
function mean(light: Float32Array, radius: number, step: number, count: number): Float32Array {
  const out = new Float32Array(light.length);
  const lines = light.length / count;
  for (let line = 0; line < lines; line++) {
    const first = step === 1 ? line * WIDTH : line;
    const at = (i: number): number => light[first + Math.min(count - 1, Math.max(0, i)) * step] ?? 0;
    let sum = 0;
    for (let i = -radius; i <= radius; i++) sum += at(i);
    for (let i = 0; i < count; i++) {
      out[first + i * step] = sum / (2 * radius + 1);
      sum += at(i + radius + 1) - at(i - radius);
    }
  }
  return out;
}

// ink, paper, or the table that the paper lies on
function shade(modules: readonly (readonly boolean[])[], x: number, y: number): number {
  const last = modules.length + QUIET;
  if (x < -QUIET || y < -QUIET || x >= last || y >= last) return 120;
  return modules[y]?.[x] ? 35 : 215;
}
