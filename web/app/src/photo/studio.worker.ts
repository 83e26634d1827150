/// <reference lib="webworker" />
import { look, PictureRefused, type Looked, type Unreadable } from './studio';

declare const self: DedicatedWorkerGlobalScope;

/** What the page asks. */
export interface Asked {
  readonly id: number;
  readonly file: Blob;
  readonly whole: boolean;
}
/** What it hears. */
export type Answered =
  | { readonly id: number; readonly looked: Looked }
  | { readonly id: number; readonly refused: Unreadable }
  | { readonly id: number; readonly failed: string };

self.addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  const { id, file, whole } = data;
  look(file, whole)
    .then((looked): Answered => ({ id, looked }))
    .catch((cause: unknown): Answered =>
      cause instanceof PictureRefused ? { id, refused: cause.why } : { id, failed: String(cause) },
    )
    .then((answer) => self.postMessage(answer));
});
