/**
 * Where the faces are on a picture, found on the device: nothing leaves it, nothing is kept, and nothing says whose
 * face it is. A small YOLO network of separable convolutions; the model and its licence stand in `model/`.
 */
import modelUrl from './model/tiny-face-detector.bin?url';

/** A face, in parts of the picture's width and height. */
export interface FaceBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** 0 to 1; higher is surer. */
  readonly score: number;
}

/** RGBA pixels, as a canvas gives them. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** The side of the square that the network looks at. */
export const INPUT = 224;
/** From this score on a window counts as a face. */
const SCORE_MIN = 0.4;
/** Boxes that overlap more than this are one face. */
const OVERLAP_MAX = 0.4;
/** A picture whose middle is darker than this is brightened for the search, at most so many times. */
const GAIN_TO = 80;
const GAIN_MAX = 4;
const MEAN = [117.001, 114.697, 97.404] as const;
const ANCHORS = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const;

/** Channels in front of and behind each separable convolution. */
const LAYERS = [
  [16, 32],
  [32, 64],
  [64, 128],
  [128, 256],
  [256, 512],
] as const;
/** Boxes a cell of the last layer proposes: five numbers each. */
const OUTPUTS = 25;
/** Scale and least value of each quantised block, in the order in which they stand in the file. */
const QUANTA = [
  [0.009007044399485869, -1.2069439495311063],
  [0.005263455241334205, -0.9211046672334858],
  [0.004001977630690033, -0.5042491814469441],
  [0.013836609615999109, -1.411334180831909],
  [0.0015159862590771096, -0.30926119685173037],
  [0.002666276225856706, -0.317286870876948],
  [0.015265831292844286, -1.6792414422128714],
  [0.0020280554598453, -0.37113414915168985],
  [0.006100742489683862, -0.8907084034938438],
  [0.016276211832083907, -2.0508026908425725],
  [0.003394414279975143, -0.7637432129944072],
  [0.006716050119961009, -0.8059260143953211],
  [0.021875603993733724, -2.8875797271728514],
  [0.0041141652009066415, -0.8187188749804216],
  [0.008423839597141042, -0.9013508368940915],
  [0.030007277283014035, -3.8709387695088107],
  [0.008402082966823203, -1.4871686851277068],
  [0.028336129469030042, -4.675461362389957],
  [0.002268134028303857, -0.41053225912299807],
] as const;

interface Separable {
  readonly depthwise: Float32Array;
  readonly pointwise: Float32Array;
  readonly bias: Float32Array;
}
/** The network's weights. */
export interface Model {
  readonly first: { readonly filters: Float32Array; readonly bias: Float32Array };
  readonly layers: readonly Separable[];
  readonly last: { readonly filters: Float32Array; readonly bias: Float32Array };
}

/** Reads the weights; throws when the file has another length than it must have. */
export function readModel(file: Uint8Array): Model {
  let at = 0;
  let block = 0;
  const take = (count: number): Float32Array => {
    const [scale, least] = QUANTA[block++] as readonly [number, number];
    const weights = new Float32Array(count);
    for (let i = 0; i < count; i++) weights[i] = (file[at + i] as number) * scale + least;
    at += count;
    return weights;
  };
  const expected =
    27 * 16 +
    16 +
    LAYERS.reduce((n, [from, to]) => n + 9 * from + from * to + to, 0) +
    512 * OUTPUTS +
    OUTPUTS;
  if (file.length !== expected) throw new Error(`the face model has ${file.length} bytes, not ${expected}`);
  const first = { filters: take(27 * 16), bias: take(16) };
  const layers = LAYERS.map(([from, to]) => ({
    depthwise: take(9 * from),
    pointwise: take(from * to),
    bias: take(to),
  }));
  return { first, layers, last: { filters: take(512 * OUTPUTS), bias: take(OUTPUTS) } };
}

let model: Promise<Model> | null = null;

/** Fetches the model, once; off-line it comes from the app's own cache. */
export function loadModel(): Promise<Model> {
  model ??= (async () => {
    const answer = await fetch(modelUrl);
    if (!answer.ok) throw new Error(`the face model: HTTP ${answer.status}`);
    return readModel(new Uint8Array(await answer.arrayBuffer()));
  })();
  model.catch(() => (model = null));
  return model;
}

/** Values in rows, columns, channels. */
interface Grid {
  readonly side: number;
  readonly channels: number;
  readonly values: Float32Array;
}

const leaky = (x: number): number => (x > 0 ? x : 0.1 * x);

/** The picture scaled into the upper left of a black square, as the network was trained. */
function input(picture: Pixels): Float32Array {
  const values = new Float32Array(INPUT * INPUT * 3);
  const scale = INPUT / Math.max(picture.width, picture.height);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  let [sum, count] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) {
        const value = mean(picture, x, y, width, height, c);
        values[(y * INPUT + x) * 3 + c] = value;
        if (Math.abs(2 * x - width) < width / 2 && Math.abs(2 * y - height) < height / 2) {
          sum += value;
          count += 1;
        }
      }
    }
  }
  // a dark face is still a face: whether there is enough light is another rule's matter
  const gain = Math.min(GAIN_MAX, Math.max(1, GAIN_TO / (sum / count)));
  for (let i = 0; i < values.length; i++) {
    values[i] = (Math.min(255, (values[i] as number) * gain) - (MEAN[i % 3] as number)) / 255;
  }
  return values;
}

/** The mean of the pixels of a picture that fall on one of its small copy. */
function mean(picture: Pixels, x: number, y: number, width: number, height: number, c: number): number {
  const left = Math.floor((x * picture.width) / width);
  const right = Math.max(left + 1, Math.floor(((x + 1) * picture.width) / width));
  const top = Math.floor((y * picture.height) / height);
  const bottom = Math.max(top + 1, Math.floor(((y + 1) * picture.height) / height));
  let sum = 0;
  for (let v = top; v < bottom; v++) {
    for (let u = left; u < right; u++) sum += picture.data[(v * picture.width + u) * 4 + c] as number;
  }
  return sum / ((right - left) * (bottom - top));
}

/** 3 × 3 over three channels, no margin. */
function firstLayer(values: Float32Array, { filters, bias }: Model['first']): Grid {
  const side = INPUT - 2;
  const out = new Float32Array(side * side * 16);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const to = (y * side + x) * 16;
      for (let o = 0; o < 16; o++) out[to + o] = bias[o] as number;
      for (let dy = 0; dy < 3; dy++) {
        // three pixels of three channels stand side by side
        const from = ((y + dy) * INPUT + x) * 3;
        for (let i = 0; i < 9; i++) {
          const value = values[from + i] as number;
          const weights = (dy * 9 + i) * 16;
          for (let o = 0; o < 16; o++)
            out[to + o] = (out[to + o] as number) + value * (filters[weights + o] as number);
        }
      }
      for (let o = 0; o < 16; o++) out[to + o] = leaky(out[to + o] as number);
    }
  }
  return { side, channels: 16, values: out };
}

/** The largest of 2 × 2; what lies beyond the edge does not count. */
function pool({ side, channels, values }: Grid, step: 1 | 2): Grid {
  const half = step === 2 ? Math.ceil(side / 2) : side;
  const out = new Float32Array(half * half * channels);
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const right = Math.min(x * step + 1, side - 1);
      const below = Math.min(y * step + 1, side - 1);
      const rows = [y * step, below];
      for (let c = 0; c < channels; c++) {
        let most = -Infinity;
        for (const v of rows) {
          most = Math.max(
            most,
            values[(v * side + x * step) * channels + c] as number,
            values[(v * side + right) * channels + c] as number,
          );
        }
        out[(y * half + x) * channels + c] = most;
      }
    }
  }
  return { side: half, channels, values: out };
}

/** 3 × 3 in each channel with a margin of zeros, then 1 × 1 over all channels. */
function separable(grid: Grid, { depthwise, pointwise, bias }: Separable): Grid {
  const { side, channels, values } = grid;
  const to = bias.length;
  const out = new Float32Array(side * side * to);
  const deep = new Float32Array(channels);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      deep.fill(0);
      for (let dy = -1; dy <= 1; dy++) {
        const v = y + dy;
        if (v < 0 || v >= side) continue;
        for (let dx = -1; dx <= 1; dx++) {
          const u = x + dx;
          if (u < 0 || u >= side) continue;
          const from = (v * side + u) * channels;
          const weights = ((dy + 1) * 3 + dx + 1) * channels;
          for (let c = 0; c < channels; c++) {
            deep[c] = (deep[c] as number) + (values[from + c] as number) * (depthwise[weights + c] as number);
          }
        }
      }
      mix(deep, pointwise, bias, out, (y * side + x) * to, true);
    }
  }
  return { side, channels: to, values: out };
}

function mix(
  from: Float32Array,
  weights: Float32Array,
  bias: Float32Array,
  out: Float32Array,
  at: number,
  bend: boolean,
): void {
  const to = bias.length;
  for (let o = 0; o < to; o++) out[at + o] = bias[o] as number;
  for (let c = 0; c < from.length; c++) {
    const value = from[c] as number;
    for (let o = 0; o < to; o++)
      out[at + o] = (out[at + o] as number) + value * (weights[c * to + o] as number);
  }
  if (bend) for (let o = 0; o < to; o++) out[at + o] = leaky(out[at + o] as number);
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The faces of a picture, surest first. */
export function facesWith(model: Model, picture: Pixels): FaceBox[] {
  let grid = pool(firstLayer(input(picture), model.first), 2);
  model.layers.forEach((layer, number) => {
    grid = pool(separable(grid, layer), number === model.layers.length - 1 ? 1 : 2);
  });
  const { side, channels, values } = grid;
  // the picture fills only a part of the square
  const longest = Math.max(picture.width, picture.height);
  const [right, below] = [longest / picture.width, longest / picture.height];
  const found: FaceBox[] = [];
  const cell = new Float32Array(OUTPUTS);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = (y * side + x) * channels;
      mix(values.subarray(at, at + channels), model.last.filters, model.last.bias, cell, 0, false);
      ANCHORS.forEach(([wide, high], anchor) => {
        const [cx, cy, w, h, s] = cell.subarray(anchor * 5, anchor * 5 + 5) as unknown as number[];
        const score = sigmoid(s as number);
        if (score <= SCORE_MIN) return;
        const width = ((Math.exp(w as number) * wide) / side) * right;
        const height = ((Math.exp(h as number) * high) / side) * below;
        const left = ((x + sigmoid(cx as number)) / side) * right - width / 2;
        const top = ((y + sigmoid(cy as number)) / side) * below - height / 2;
        found.push({ left, top, width, height, score });
      });
    }
  }
  return keepBest(found.sort((a, b) => b.score - a.score));
}

/** One box for each face: a box that overlaps a surer one is that face again. */
function keepBest(boxes: readonly FaceBox[]): FaceBox[] {
  const kept: FaceBox[] = [];
  for (const box of boxes) if (kept.every((other) => overlap(box, other) <= OVERLAP_MAX)) kept.push(box);
  return kept;
}

function overlap(a: FaceBox, b: FaceBox): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const common = width * height;
  return common / (a.width * a.height + b.width * b.height - common);
}
