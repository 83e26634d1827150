import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { ofSurface } from '@/surface';
import type { Box } from './seal';
import type { VaultHeader } from './ways';

/** An answer of the server as it was when last seen. */
export interface Kept<T = unknown> {
  value: T;
  /** Milliseconds since 1970, by the corrected clock. */
  saved_at: number;
}

export interface Schema extends DBSchema {
  /** Trust list, root and status lists, and the language for pushes: public, readable without opening anything. */
  verifier: { key: string; value: Kept };
  /** Everything personal, sealed; the keys are keyed digests, so that they name nothing either. */
  sealed: { key: string; value: Box };
  /** How the vault is opened: wrapped keys, salts, wrong tries. No names, nothing of the person. */
  vault: { key: 'header'; value: VaultHeader };
}

/** The shelves of versions 1 and 2, where personal things lay open. */
const OPEN_SHELVES = ['answers', 'device'];

let opening: Promise<IDBPDatabase<Schema>> | null = null;

/** The app's database; a failed opening is tried again by the next caller. */
export function database(): Promise<IDBPDatabase<Schema>> {
  opening ??= openDB<Schema>(ofSurface('luzheng'), 3, {
    upgrade(db, before) {
      if (before < 1) db.createObjectStore('verifier');
      if (before < 3) {
        // what lay open is not moved but deleted: the server has it, and the licence is kept anew in a vault
        for (const shelf of OPEN_SHELVES) {
          if ((db.objectStoreNames as DOMStringList).contains(shelf))
            db.deleteObjectStore(shelf as 'verifier');
        }
        db.createObjectStore('sealed');
        db.createObjectStore('vault');
      }
    },
    // a newer page in another tab must not wait for this one
    blocking(_current, _wanted, event) {
      (event.target as IDBDatabase | null)?.close();
      opening = null;
    },
    terminated() {
      opening = null;
    },
  });
  // a failed opening (private window, full disk) must not stick: the next call tries again
  opening.catch(() => (opening = null));
  return opening;
}

/** What is kept on the public shelf, or null; also null when the browser keeps nothing at all. */
export async function recallPublic<T>(key: string): Promise<Kept<T> | null> {
  try {
    return ((await (await database()).get('verifier', key)) as Kept<T> | undefined) ?? null;
  } catch {
    return null;
  }
}
