import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

/** An answer of the server as it was when last seen. */
export interface Kept<T = unknown> {
  value: T;
  /** Milliseconds since 1970, by the corrected clock. */
  saved_at: number;
}

interface Schema extends DBSchema {
  /** The signed-in person's own data; emptied at sign-out. */
  answers: { key: string; value: Kept };
  /** Trust list, root and status lists; public, kept across sign-outs. */
  verifier: { key: string; value: Kept };
  /** The key that a licence is bound to, with the issuer's message; removed at sign-out. */
  device: { key: string; value: Kept };
}

let opening: Promise<IDBPDatabase<Schema>> | null = null;

function database(): Promise<IDBPDatabase<Schema>> {
  opening ??= openDB<Schema>('luzheng', 2, {
    upgrade(db, before) {
      if (before < 1) {
        db.createObjectStore('answers');
        db.createObjectStore('verifier');
      }
      db.createObjectStore('device');
    },
    // a newer page in another tab must not wait for this one
    blocking(_current, _wanted, event) {
      (event.target as IDBDatabase | null)?.close();
      opening = null;
    },
  });
  // a failed opening (private window, full disk) must not stick: the next call tries again
  opening.catch(() => (opening = null));
  return opening;
}

export type Shelf = 'answers' | 'verifier' | 'device';

/** What is kept under a key, or null; also null when the browser keeps nothing at all. */
export async function recall<T>(shelf: Shelf, key: string): Promise<Kept<T> | null> {
  try {
    return ((await (await database()).get(shelf, key)) as Kept<T> | undefined) ?? null;
  } catch {
    return null;
  }
}

/** Keeps a value; false when the browser refused, which costs off-line use and nothing else. */
export async function keep<T>(shelf: Shelf, key: string, value: T, savedAt: number): Promise<boolean> {
  try {
    await (await database()).put(shelf, { value: structuredClone(value), saved_at: savedAt }, key);
    return true;
  } catch {
    return false;
  }
}

/** Forgets one key. */
export async function forget(shelf: Shelf, key: string): Promise<void> {
  try {
    await (await database()).delete(shelf, key);
  } catch {
    // nothing was kept, so there is nothing to forget
  }
}

/** Forgets everything on a shelf. */
export async function forgetAll(shelf: Shelf): Promise<void> {
  try {
    await (await database()).clear(shelf);
  } catch {
    // nothing was kept, so there is nothing to forget
  }
}

/** The keys on a shelf with the time each was saved. */
export async function listKept(shelf: Shelf): Promise<{ key: string; saved_at: number }[]> {
  try {
    const db = await database();
    const [keys, values] = await Promise.all([db.getAllKeys(shelf), db.getAll(shelf)]);
    return keys.map((key, i) => ({ key, saved_at: values[i]?.saved_at ?? 0 }));
  } catch {
    return [];
  }
}
