/** Large files that are read in parts: bytes in memory, or a `Blob` as browsers keep it on disk. */
import type { Bytes } from './bytes.js';

/** What of a `Blob` is needed; browsers and Node have it. */
export interface BlobLike {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}
/** A file: in memory, or on disk. */
export type FileBytes = Bytes | BlobLike;

/** Its size in bytes. */
export function sizeOf(file: FileBytes): number {
  return file instanceof Uint8Array ? file.length : file.size;
}

/** The bytes from one place to another, at most to its end; `null` when the file cannot be read any more. */
export async function readRange(file: FileBytes, from: number, to: number): Promise<Bytes | null> {
  if (file instanceof Uint8Array) return file.subarray(from, to);
  try {
    return new Uint8Array(await file.slice(from, to).arrayBuffer());
  } catch {
    // a blob whose file was removed under it
    return null;
  }
}

/** SHA-256. */
export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** An unsigned number of `width` bytes (1 to 4), the highest first; beyond the end count zeros. */
export function numberAt(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let i = 0; i < width; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
