/**
 * What a verifier keeps between visits: the pinned roots, the newest trust list, and status lists. Where the
 * bytes live is the caller's matter; whatever comes back from there is verified again before it counts.
 */
import type { Bytes } from './bytes.js';
import type { StatusList } from './status.js';
import { MAX_STATUS_TOKEN, StatusBook, StatusError, openStatusCwt, openStatusJwt } from './status.js';
import { Roots, TrustError, TrustList } from './trust.js';

/** Any storage of texts and bytes by name: IndexedDB, files, memory. */
export interface Storage {
  get(name: string): Promise<string | Bytes | undefined>;
  set(name: string, value: string | Bytes): Promise<void>;
  /** The names that begin with a prefix. */
  names(prefix: string): Promise<readonly string[]>;
}

/** Storage that forgets. */
export class MemoryStorage implements Storage {
  private readonly held = new Map<string, string | Bytes>();
  async get(name: string): Promise<string | Bytes | undefined> {
    return this.held.get(name);
  }
  async set(name: string, value: string | Bytes): Promise<void> {
    this.held.set(name, value);
  }
  async names(prefix: string): Promise<readonly string[]> {
    return [...this.held.keys()].filter((name) => name.startsWith(prefix));
  }
}

const ROOTS = 'trust/roots';
const LIST = 'trust/list';
const SEQ = 'trust/seq';
const STATUS = 'status/';

/** Keeps roots and trust list: roots are pinned once, and the list's sequence number never goes back. */
export class TrustStore {
  private constructor(
    private readonly storage: Storage,
    readonly roots: Roots,
    private list: TrustList | null,
    private seq: number,
  ) {}

  /**
   * Opens the store. Roots that were pinned earlier win over `rootFile`, which is pinned on first use.
   * A kept list that no longer verifies is left aside, and its sequence number still counts.
   */
  static async open(storage: Storage, rootFile: string): Promise<TrustStore> {
    const pinned = await storage.get(ROOTS);
    const text = typeof pinned === 'string' ? pinned : rootFile;
    const roots = await Roots.parse(text);
    if (pinned === undefined) await storage.set(ROOTS, text);
    const seq = Number(await storage.get(SEQ)) || 0;
    const kept = await storage.get(LIST);
    const list = typeof kept === 'string' ? await opened(kept, roots, seq) : null;
    return new TrustStore(storage, roots, list, seq);
  }

  /** The newest list, whether or not it has expired: `verify` says so. */
  get current(): TrustList | null {
    return this.list;
  }

  /** Takes a newer list in. @throws {TrustError} when it is refused; the kept one then stays. */
  async update(json: string): Promise<TrustList> {
    const list = await TrustList.open(json, this.roots, this.seq);
    // the number first: after a crash between the two an old list cannot come back
    await this.storage.set(SEQ, String(list.seq));
    await this.storage.set(LIST, json);
    this.seq = list.seq;
    this.list = list;
    return list;
  }
}

async function opened(json: string, roots: Roots, seq: number): Promise<TrustList | null> {
  try {
    return await TrustList.open(json, roots, seq);
  } catch (error) {
    if (error instanceof TrustError) return null;
    throw error;
  }
}

/** Keeps status lists, and opens what was kept with the trust list of today. */
export class StatusStore {
  readonly book = new StatusBook();
  private constructor(private readonly storage: Storage) {}

  /** Opens the store; tokens that no longer verify are left aside. */
  static async open(storage: Storage, trust: TrustList): Promise<StatusStore> {
    const store = new StatusStore(storage);
    for (const name of await storage.names(STATUS)) {
      const token = await storage.get(name);
      if (token === undefined) continue;
      try {
        store.book.take(await openToken(token, trust));
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
      }
    }
    return store;
  }

  /** Takes a token in: JWT text or CWT bytes. @throws {StatusError} when it is refused. */
  async update(token: string | Bytes, trust: TrustList): Promise<StatusList> {
    const list = await openToken(token, trust);
    const held = this.book.find(list.list);
    if (held === undefined || held.iat <= list.iat) {
      await this.storage.set(`${STATUS}${list.list}`, token);
      this.book.take(list);
    }
    return list;
  }
}

/** Opens a status token of either form. */
export async function openToken(token: string | Bytes, trust: TrustList): Promise<StatusList> {
  if (token.length > MAX_STATUS_TOKEN) throw new StatusError('too_large', 'the status list is too large');
  return typeof token === 'string' ? openStatusJwt(token, trust) : openStatusCwt(token, trust);
}
