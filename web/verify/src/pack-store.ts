/**
 * Keeping a pack between visits. What comes back from storage is verified again (head and table at once, a section when its list is
 * looked at), and numbers never go back: an older pack brings no revoked credential to life.
 */
import type { Bytes } from './bytes.js';
import { applyDelta } from './delta.js';
import type { FileBytes } from './files.js';
import { type Pack, openPack } from './pack.js';
import { PackError } from './pack-head.js';
import type { Roots } from './trust.js';

/** A storage of texts and files by name; a {@link Storage} is one. */
export interface PackStorage {
  get(name: string): Promise<string | FileBytes | undefined>;
  set(name: string, value: string | FileBytes): Promise<void>;
}

/** When something is opened: the time, and the number of the newest trust list seen. */
export interface PackTime {
  /** In seconds since 1970. */
  readonly now: number;
  readonly heldTrustSeq: number;
}

const FILE = 'pack/file';
const SEQ = 'pack/seq';

/** Keeps the newest pack. */
export class PackStore {
  private constructor(
    private readonly storage: PackStorage,
    private readonly roots: Roots,
    private readonly asFile: (bytes: Bytes) => FileBytes,
    private pack: Pack | null,
    private seq: number,
  ) {}

  /**
   * Opens the store. A kept pack that no longer verifies is left aside, and its number still counts. `asFile` says how bytes are
   * kept: browsers keep a `Blob` on disk and read of it what is looked at.
   */
  static async open(
    storage: PackStorage,
    roots: Roots,
    heldTrustSeq: number,
    asFile: (bytes: Bytes) => FileBytes = (bytes) => bytes,
  ): Promise<PackStore> {
    const stored = await storage.get(SEQ);
    const seq = typeof stored === 'string' ? Number(stored) || 0 : 0;
    const kept = await storage.get(FILE);
    const pack =
      kept === undefined || typeof kept === 'string' ? null : await opened(kept, roots, seq, heldTrustSeq);
    // after a crash between file and number the file says it
    return new PackStore(storage, roots, asFile, pack, Math.max(seq, pack?.seq ?? 0));
  }

  /** The pack that is held, whether or not it is past its end: a delta may start from it. */
  get held(): Pack | null {
    return this.pack;
  }

  /** The pack that may be relied on now. */
  usable(now: number): Pack | null {
    return this.pack !== null && now < this.pack.exp ? this.pack : null;
  }

  /** Takes a whole pack in. @throws {PackError} when it is refused; the one held then stays. */
  async take(file: FileBytes, time: PackTime): Promise<Pack> {
    return this.keep(await openPack(file, this.roots, { ...time, heldSeq: this.seq }));
  }

  /** Takes a delta in. @throws {PackError} when it is refused (`wrong_base` too when no pack is held); the pack held then stays. */
  async apply(delta: Bytes, time: PackTime): Promise<Pack> {
    if (this.pack === null) throw new PackError('wrong_base', 'no pack is held');
    return this.keep(
      await applyDelta(this.pack, delta, this.roots, { ...time, heldSeq: this.seq }, this.asFile),
    );
  }

  private async keep(pack: Pack): Promise<Pack> {
    // the file first: where there is no room for it, the one before stays, and stays usable
    await this.storage.set(FILE, pack.file);
    this.pack = pack;
    this.seq = pack.seq;
    await this.storage.set(SEQ, String(pack.seq));
    return pack;
  }
}

// past its end or not: that is asked when it is to be relied on
async function opened(
  file: FileBytes,
  roots: Roots,
  heldSeq: number,
  heldTrustSeq: number,
): Promise<Pack | null> {
  try {
    return await openPack(file, roots, { now: 0, heldSeq, heldTrustSeq });
  } catch (error) {
    if (error instanceof PackError) return null;
    throw error;
  }
}
