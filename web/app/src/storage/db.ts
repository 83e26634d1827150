import { database, recallPublic, type Kept } from './database';
import { seal, sealedName, unseal, type Box, type VaultKeys } from './seal';
import { findVault, onMovingIn, openKeys, vaultState } from './vault';

export type { Kept } from './database';

/** Shelves of personal things: only ever in the vault, or in memory. Their values are JSON. */
type Personal = 'answers' | 'device';
export type Shelf = Personal | 'verifier';

/** Personal things while there is no vault: as text, by shelf and key; gone with the page. */
const memory = new Map<string, { shelf: Personal; key: string; text: string }>();
const inMemory = (shelf: Personal, key: string): string => JSON.stringify([shelf, key]);
const utf8 = { write: new TextEncoder(), read: new TextDecoder() };

onMovingIn(async (keys) => {
  for (const { shelf, key, text } of memory.values()) await putSealed(keys, shelf, key, text, () => true);
  memory.clear();
});

/** What is kept under a key, or null; also null while the vault is locked. */
export async function recall<T>(shelf: Shelf, key: string): Promise<Kept<T> | null> {
  if (shelf === 'verifier') return recallPublic<T>(key);
  await findVault();
  const keys = openKeys();
  // a vault made in another tab: what this one had in memory is of the time before it
  if (vaultState.value === 'locked') memory.clear();
  try {
    const text = keys ? await getSealed(keys, shelf, key) : (memory.get(inMemory(shelf, key))?.text ?? null);
    return text === null ? null : (JSON.parse(text) as Kept<T>);
  } catch {
    return null;
  }
}

/**
 * Keeps a value: public things on the disk, personal ones sealed in the vault, or in memory while there is
 * none. False when it was not kept, which costs off-line use and nothing else.
 */
export async function keep<T>(shelf: Shelf, key: string, value: T, savedAt: number): Promise<boolean> {
  try {
    if (shelf === 'verifier') {
      await (await database()).put(shelf, { value: structuredClone(value), saved_at: savedAt }, key);
      return true;
    }
    await findVault();
    const text = JSON.stringify({ value, saved_at: savedAt });
    const keys = openKeys();
    // locked or deleted while it was being sealed: nothing more goes in under its keys
    if (keys) return await putSealed(keys, shelf, key, text, () => openKeys() === keys);
    if (vaultState.value !== 'none') return false;
    memory.set(inMemory(shelf, key), { shelf, key, text });
    return true;
  } catch {
    return false;
  }
}

/** Forgets one key. */
export async function forget(shelf: Shelf, key: string): Promise<void> {
  try {
    if (shelf === 'verifier') return await (await database()).delete(shelf, key);
    memory.delete(inMemory(shelf, key));
    const keys = openKeys();
    if (keys) await (await database()).delete('sealed', await sealedName(keys, shelf, key));
  } catch {
    // nothing was kept, so there is nothing to forget
  }
}

/** Forgets everything on a shelf; that of a vault goes even while it is locked. */
export async function forgetAll(shelf: Shelf): Promise<void> {
  try {
    if (shelf === 'verifier') return await (await database()).clear(shelf);
    for (const [at, held] of memory) if (held.shelf === shelf) memory.delete(at);
    await (await database()).delete('sealed', IDBKeyRange.bound(`${shelf}/`, `${shelf}0`, false, true));
  } catch {
    // nothing was kept, so there is nothing to forget
  }
}

/** The keys on the public shelf with the time each was saved. */
export async function listKept(shelf: 'verifier'): Promise<{ key: string; saved_at: number }[]> {
  try {
    const db = await database();
    const [keys, values] = await Promise.all([db.getAllKeys(shelf), db.getAll(shelf)]);
    return keys.map((key, i) => ({ key, saved_at: values[i]?.saved_at ?? 0 }));
  } catch {
    return [];
  }
}

async function getSealed(keys: VaultKeys, shelf: Personal, key: string): Promise<string | null> {
  const box = (await (await database()).get('sealed', await sealedName(keys, shelf, key))) as Box | undefined;
  const bytes = box && (await unseal(keys.content, box, [shelf, key]));
  return bytes ? utf8.read.decode(bytes) : null;
}

async function putSealed(
  keys: VaultKeys,
  shelf: Personal,
  key: string,
  text: string,
  still: () => boolean,
): Promise<boolean> {
  const name = await sealedName(keys, shelf, key);
  const box = await seal(keys.content, utf8.write.encode(text), [shelf, key]);
  const db = await database();
  if (!still()) return false;
  await db.put('sealed', box, name);
  return true;
}
