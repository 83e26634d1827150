/** Decompression with a ceiling: never one byte more than asked for is kept. */
import { type Bytes } from './bytes.js';

/**
 * Inflates a zlib stream that must hold exactly `length` bytes. More, fewer, damage, or data after the
 * stream's end is `null`; reading stops as soon as the ceiling is passed.
 */
export async function inflateExactly(compressed: Bytes, length: number): Promise<Bytes | null> {
  const out = new Uint8Array(length);
  const stream = new DecompressionStream('deflate');
  const writer = stream.writable.getWriter();
  // errors of the writing side come out of the reading side too
  const written = writer
    .write(compressed)
    .then(() => writer.close())
    .catch(() => undefined);
  const reader = (stream.readable as ReadableStream<Uint8Array>).getReader();
  let at = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (value.length > length - at) {
        await reader.cancel();
        return null;
      }
      out.set(value, at);
      at += value.length;
    }
  } catch {
    return null;
  }
  await written;
  return at === length ? out : null;
}
