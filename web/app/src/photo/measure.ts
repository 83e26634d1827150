/** Numbers taken from the pixels, at the same width and in the same places as the server's (`crates/server/src/photo/measure.rs`). */
import type { FaceBox, Pixels } from './face';

/** Width to which a picture is brought before it is measured, so that numbers can be compared. */
const WIDTH = 520;
/** The side bands, in parts of the picture: below them are the shoulders. */
const BAND_WIDTH = 0.05;
const BAND_HEIGHT = 0.5;
/** From this brightness on a pixel has lost what was there. */
const BLOWN = 250;

/** Mean brightness of the darker side band, deviation of the less even one, and how far apart its colours lie. */
export interface Background {
  readonly mean: number;
  readonly deviation: number;
  readonly tint: number;
}

/** Mean brightness of the face, distance from its darkest to its brightest twentieth, and the share blown out. */
export interface Light {
  readonly mean: number;
  readonly contrast: number;
  readonly blown: number;
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value));

/** Along one side: which pixels make each new one, and with what weight (a triangle, as the server scales). */
function weights(from: number, to: number): { start: number; values: Float32Array }[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const start = clamp(Math.floor(centre - reach), 0, from - 1);
    const end = clamp(Math.ceil(centre + reach), start + 1, from);
    const values = new Float32Array(end - start);
    let sum = 0;
    for (let j = start; j < end; j++) {
      const weight = Math.max(0, 1 - Math.abs((j + 0.5 - centre) / reach));
      values[j - start] = weight;
      sum += weight;
    }
    for (let j = 0; j < values.length; j++) values[j] = (values[j] as number) / sum;
    return { start, values };
  });
}

function scaled(picture: Pixels): { width: number; height: number; rgb: Float32Array } {
  const width = WIDTH;
  const height = clamp(Math.floor((picture.height * WIDTH) / picture.width), 1, 4 * WIDTH);
  const rows = weights(picture.height, height);
  const columns = weights(picture.width, width);
  const tall = new Float32Array(picture.width * 3);
  const rgb = new Float32Array(width * height * 3);
  rows.forEach((row, y) => {
    tall.fill(0);
    row.values.forEach((weight, j) => {
      const from = (row.start + j) * picture.width * 4;
      for (let x = 0; x < picture.width; x++) {
        for (let c = 0; c < 3; c++) {
          tall[x * 3 + c] = (tall[x * 3 + c] as number) + weight * (picture.data[from + x * 4 + c] as number);
        }
      }
    });
    columns.forEach((column, x) => {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        column.values.forEach((weight, j) => (sum += weight * (tall[(column.start + j) * 3 + c] as number)));
        rgb[(y * width + x) * 3 + c] = Math.round(sum);
      }
    });
  });
  return { width, height, rgb };
}

/** A picture at the measuring width. */
export class Measured {
  private readonly width: number;
  private readonly height: number;
  private readonly rgb: Float32Array;
  private readonly grey: Float32Array;

  constructor(picture: Pixels) {
    ({ width: this.width, height: this.height, rgb: this.rgb } = scaled(picture));
    this.grey = new Float32Array(this.width * this.height);
    for (let i = 0; i < this.grey.length; i++) {
      const [r, g, b] = this.rgb.subarray(i * 3, i * 3 + 3) as unknown as [number, number, number];
      // the weights of sRGB, as the server's library has them
      this.grey[i] = Math.floor((2126 * r + 7152 * g + 722 * b) / 10000);
    }
  }

  private area(left: number, top: number, width: number, height: number): Area {
    const l = Math.floor(Math.min(clamp(left, 0, 1) * this.width, this.width - 1));
    const t = Math.floor(Math.min(clamp(top, 0, 1) * this.height, this.height - 1));
    const r = Math.floor(clamp(left + width, 0, 1) * this.width);
    const b = Math.floor(clamp(top + height, 0, 1) * this.height);
    return { left: l, top: t, right: Math.max(r, l + 1), bottom: Math.max(b, t + 1) };
  }

  private at(x: number, y: number): number {
    return this.grey[y * this.width + x] as number;
  }

  private band(left: number): Background {
    const area = this.area(left, 0, BAND_WIDTH, BAND_HEIGHT);
    let [count, sum, squares] = [0, 0, 0];
    const channels: [number, number, number] = [0, 0, 0];
    for (let y = area.top; y < area.bottom; y++) {
      for (let x = area.left; x < area.right; x++) {
        const value = this.at(x, y);
        count += 1;
        sum += value;
        squares += value * value;
        for (let c = 0; c < 3; c++) {
          channels[c] = (channels[c] as number) + (this.rgb[(y * this.width + x) * 3 + c] as number);
        }
      }
    }
    const mean = sum / count;
    const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
    return { mean, deviation, tint: (Math.max(...channels) - Math.min(...channels)) / count };
  }

  background(): Background {
    const [left, right] = [this.band(0), this.band(1 - BAND_WIDTH)];
    return {
      mean: Math.min(left.mean, right.mean),
      deviation: Math.max(left.deviation, right.deviation),
      tint: Math.max(left.tint, right.tint),
    };
  }

  /** Variance of the Laplacian over the face. */
  sharpness(face: FaceBox): number {
    const area = this.area(face.left, face.top, face.width, face.height);
    let [count, sum, squares] = [0, 0, 0];
    for (let y = Math.max(1, area.top); y < Math.min(area.bottom, this.height - 1); y++) {
      for (let x = Math.max(1, area.left); x < Math.min(area.right, this.width - 1); x++) {
        const value =
          this.at(x - 1, y) + this.at(x + 1, y) + this.at(x, y - 1) + this.at(x, y + 1) - 4 * this.at(x, y);
        count += 1;
        sum += value;
        squares += value * value;
      }
    }
    return count === 0 ? 0 : squares / count - (sum / count) ** 2;
  }

  /** The light on the inner part of the face: hair and background at the box's corners say nothing about it. */
  light(face: FaceBox): Light {
    const { left, top, width, height } = face;
    const area = this.area(left + width * 0.15, top + height * 0.15, width * 0.7, height * 0.7);
    const values: number[] = [];
    for (let y = area.top; y < area.bottom; y++) {
      for (let x = area.left; x < area.right; x++) values.push(this.at(x, y));
    }
    values.sort((a, b) => a - b);
    const part = (share: number): number => values[Math.floor((values.length * share) / 100)] ?? 0;
    return {
      mean: values.reduce((a, b) => a + b, 0) / values.length,
      contrast: part(95) - part(5),
      blown: values.filter((value) => value >= BLOWN).length / values.length,
    };
  }
}
