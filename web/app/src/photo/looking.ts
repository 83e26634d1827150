/** Has pictures looked at beside the page, so that it stays alive; where that is not possible, in the page. */
import { type Looked, PictureRefused } from './studio';
import type { Answered, Asked } from './studio.worker';

let worker: Worker | null = null;
let last = 0;

/** Whether a worker can draw; older browsers have workers without a canvas. */
const workerDraws = (): boolean => typeof Worker !== 'undefined' && typeof OffscreenCanvas !== 'undefined';

/** Looks at a picture, see {@link look}. Throws {@link PictureRefused}, or what the network threw when the model is missing. */
export async function lookAtPicture(file: Blob, whole: boolean): Promise<Looked> {
  const { look } = await import('./studio');
  if (!workerDraws()) return look(file, whole);
  try {
    worker ??= new Worker(new URL('./studio.worker.ts', import.meta.url), { type: 'module' });
  } catch {
    return look(file, whole);
  }
  return new Promise((resolve, reject) => {
    const at = worker as Worker;
    const id = ++last;
    const done = (): void => {
      at.removeEventListener('message', hear);
      at.removeEventListener('error', broken);
    };
    const hear = ({ data }: MessageEvent<Answered>): void => {
      if (data.id !== id) return;
      done();
      if ('looked' in data) resolve(data.looked);
      else reject('refused' in data ? new PictureRefused(data.refused) : new Error(data.failed));
    };
    // a browser that cannot load the worker can still do the work, only less smoothly
    const broken = (): void => {
      done();
      worker = null;
      look(file, whole).then(resolve, reject);
    };
    at.addEventListener('message', hear);
    at.addEventListener('error', broken);
    at.postMessage({ id, file, whole } satisfies Asked);
  });
}

/** Ends the worker, and with it the memory that pictures took. */
export function stopLooking(): void {
  worker?.terminate();
  worker = null;
}
