import type { DecodeAnswer, DecodeRequest } from './decode.worker';

/** Reads QR symbols off the main thread; one picture at a time. */
export class Decoder {
  private readonly worker = new Worker(new URL('./decode.worker.ts', import.meta.url), { type: 'module' });
  private readonly waiting = new Map<number, (answer: DecodeAnswer) => void>();
  private next = 0;

  constructor() {
    this.worker.onmessage = ({ data }: MessageEvent<DecodeAnswer>) => {
      this.waiting.get(data.id)?.(data);
      this.waiting.delete(data.id);
    };
    this.worker.onerror = () => {
      for (const [id, done] of this.waiting) done({ id, text: null, broken: true });
      this.waiting.clear();
    };
  }

  /** The text of the symbol in the picture, or null. */
  read(image: ImageData, still: boolean): Promise<DecodeAnswer> {
    const id = this.next++;
    return new Promise((done) => {
      this.waiting.set(id, done);
      this.worker.postMessage({ id, image, still } satisfies DecodeRequest, [image.data.buffer]);
    });
  }

  close(): void {
    this.worker.terminate();
    this.waiting.clear();
  }
}

/** The longest side that is still read from a chosen picture; more only costs time. */
const MAX_SIDE = 2400;

/** A chosen picture's pixels, scaled down when it is very large. Throws when it is no picture. */
export async function pixelsOf(file: Blob): Promise<ImageData> {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const ctx = canvas.getContext('2d', { willReadFrequently: true });
  if (!ctx) throw new Error('this browser has no canvas');
  ctx.fillStyle = '#ffffff';
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  ctx.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return ctx.getImageData(0, 0, canvas.width, canvas.height);
}
