/** In the page: keeps a pack in IndexedDB, opens it, and judges codes by it; every step with its time in milliseconds. */
import { Roots, verify } from '../../verify/src/index.ts';
import { type FileBytes, PackStore, type PackStorage } from '../../verify/src/packs.ts';

/** What codes are judged with. */
export interface Setting {
  readonly roots: string;
  readonly now: number;
  readonly host: string;
}

class Database implements PackStorage {
  private constructor(private readonly database: IDBDatabase) {}

  static open(): Promise<Database> {
    const asked = indexedDB.open('bench', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('files');
    return answerOf(asked).then((database) => new Database(database));
  }
  get(name: string): Promise<string | FileBytes | undefined> {
    return answerOf(this.database.transaction('files').objectStore('files').get(name));
  }
  async set(name: string, value: string | FileBytes): Promise<void> {
    await answerOf(this.database.transaction('files', 'readwrite').objectStore('files').put(value, name));
  }
}

function answerOf<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error('the database failed'));
  });
}

let store: PackStore | null = null;
let setting: Setting | null = null;

/** Fetches the pack and keeps it, as a visit with a network does. */
async function keep(given: Setting): Promise<void> {
  const packs = await PackStore.open(await Database.open(), await Roots.parse(given.roots), 0);
  await packs.take(await (await fetch('/pack')).blob(), { now: given.now, heldTrustSeq: 0 });
}

/** Opens what is kept: database, roots, trust list, head, table. Then has the program for SM2 ready, as an app does while the camera starts. */
async function open(given: Setting): Promise<{ opening: number; preparing: number }> {
  const began = performance.now();
  store = await PackStore.open(await Database.open(), await Roots.parse(given.roots), 0);
  const opened = performance.now();
  if (store.held === null) throw new Error('the kept pack did not open');
  setting = given;
  await store.held.trust.warm();
  return { opening: opened - began, preparing: performance.now() - opened };
}

/** From the text to the verdict, each code by itself. */
async function judge(
  codes: readonly string[],
): Promise<{ times: number[]; verdicts: Record<string, number> }> {
  const pack = setting === null ? null : store?.usable(setting.now);
  if (setting === null || pack === null || pack === undefined) throw new Error('no pack is open');
  const question = { now: setting.now, clockConfirmed: true, ourHosts: [setting.host] };
  const times: number[] = [];
  const verdicts: Record<string, number> = {};
  for (const code of codes) {
    const began = performance.now();
    const report = await verify(code, { trust: pack.trust, status: pack, question });
    times.push(performance.now() - began);
    const word = report.reason ?? report.verdict;
    verdicts[word] = (verdicts[word] ?? 0) + 1;
  }
  return { times, verdicts };
}

Object.assign(globalThis, { keep, open, judge, ready: true });
