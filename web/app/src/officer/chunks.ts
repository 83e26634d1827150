/**
 * Large files in the vault: cut into pieces, each sealed to its place, so that none can be moved, left out or
 * exchanged, and read piece by piece, so that a look-up opens no more than it needs.
 */
import { database } from '@/storage/database';
import { seal, sealedName, unseal, type Box } from '@/storage/seal';
import { findVault, openKeys, vaultState } from '@/storage/vault';

const SHELF = 'shard';
/** Bytes of a piece: a block of plates and its neighbour fit. */
export const PIECE = 128 * 1024;
/** Pieces that are kept opened. */
const OPENED = 8;

/** While there is no vault: gone with the page, like everything personal then. */
const memory = new Map<string, Uint8Array<ArrayBuffer>>();
const place = (name: string, at: number): string => `${name}/${at}`;

async function putPiece(name: string, at: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  await findVault();
  const keys = openKeys();
  const key = place(name, at);
  if (keys === null) {
    if (vaultState.value !== 'none') throw new Error('the vault is locked');
    memory.set(key, bytes);
    return;
  }
  const box = await seal(keys.content, bytes, [SHELF, key]);
  if (openKeys() !== keys) throw new Error('locked meanwhile');
  await (await database()).put('sealed', box, await sealedName(keys, SHELF, key));
}

async function getPiece(name: string, at: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const keys = openKeys();
  const key = place(name, at);
  if (keys === null) return memory.get(key) ?? null;
  const box = (await (await database()).get('sealed', await sealedName(keys, SHELF, key))) as Box | undefined;
  return box ? unseal(keys.content, box, [SHELF, key]) : null;
}

/** Takes bytes as they come and keeps them in pieces. */
export class SealedWriter {
  private rest = new Uint8Array(PIECE);
  private filled = 0;
  private pieces = 0;
  constructor(readonly name: string) {}

  /** Bytes that were taken so far. */
  get size(): number {
    return this.pieces * PIECE + this.filled;
  }

  /** Throws when the disk is full or the vault was locked. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length;) {
      const take = Math.min(PIECE - this.filled, bytes.length - from);
      this.rest.set(bytes.subarray(from, from + take), this.filled);
      this.filled += take;
      from += take;
      if (this.filled === PIECE) await this.flush();
    }
  }

  /** Keeps what is left. */
  async close(): Promise<SealedFile> {
    const { size } = this;
    if (this.filled > 0) await this.flush();
    return new SealedFile(this.name, size);
  }

  private async flush(): Promise<void> {
    await putPiece(this.name, this.pieces, this.rest.slice(0, this.filled));
    this.pieces += 1;
    this.filled = 0;
  }
}

/** A kept file, read like a `Blob`; a read fails when a piece is missing or changed, or the vault is locked. */
export class SealedFile {
  private readonly opened = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();
  constructor(
    readonly name: string,
    readonly size: number,
  ) {}

  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> } {
    return { arrayBuffer: () => this.read(Math.max(0, start), Math.min(end, this.size)) };
  }

  private async read(start: number, end: number): Promise<ArrayBuffer> {
    const whole = new Uint8Array(Math.max(0, end - start));
    for (let from = start; from < end;) {
      const at = Math.floor(from / PIECE);
      const piece = await this.piece(at);
      const till = Math.min(end, at * PIECE + piece.length);
      whole.set(piece.subarray(from - at * PIECE, till - at * PIECE), from - start);
      from = till;
    }
    return whole.buffer;
  }

  private piece(at: number): Promise<Uint8Array<ArrayBuffer>> {
    const known = this.opened.get(at) ?? this.open(at);
    this.opened.delete(at);
    this.opened.set(at, known);
    const oldest = this.opened.keys().next();
    if (this.opened.size > OPENED && !oldest.done) this.opened.delete(oldest.value);
    return known;
  }

  private async open(at: number): Promise<Uint8Array<ArrayBuffer>> {
    const piece = await getPiece(this.name, at);
    if (piece === null || piece.length !== Math.min(PIECE, this.size - at * PIECE))
      throw new Error('a piece is missing or changed');
    return piece;
  }
}

/** Forgets a file. */
export async function forgetFile(name: string, size: number): Promise<void> {
  const keys = openKeys();
  try {
    const db = keys && (await database());
    for (let at = 0; at < Math.ceil(size / PIECE); at++) {
      memory.delete(place(name, at));
      if (keys && db) await db.delete('sealed', await sealedName(keys, SHELF, place(name, at)));
    }
  } catch {
    // nothing was kept, so there is nothing to forget
  }
}
