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
  // some engines pass over bytes after the stream's end: what stands there must be its checksum
  return at === length && compressed.length >= 6 && checksumAtEnd(compressed) === adler32(out) ? out : null;
}

function checksumAtEnd(bytes: Bytes): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4);
}

/** Adler-32 (RFC 1950 section 8.2). */
function adler32(bytes: Bytes): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length;) {
    // so many additions stay below 2^53 and far below what a remainder costs
    const end = Math.min(at + 5552, bytes.length);
    for (; at < end; at++) {
      a += bytes[at] ?? 0;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}
