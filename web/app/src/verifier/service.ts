import {
  type Evidence,
  freshest,
  NO_STATUS,
  type Question,
  type Report,
  type StatusSource,
  StatusStore,
  TrustStore,
  type TrustList,
  verify,
} from '@luzheng/verify';
import { fetchRaw } from '@/api/client';
import { clockConfirmed, nowMs } from '@/composables/clock';
import { hearFromServer, meta } from '@/composables/session';
import { BrowserStorage } from './storage';

/** A slow network must not keep a checker waiting when kept data would do. */
const PATIENCE_MS = 4_000;
/** Status younger than this is not fetched again. */
const FRESH_STATUS_S = 120;
/** The trust list is asked for again after this long in one visit. */
const TRUST_AGAIN_MS = 15 * 60_000;

/** A whole country is a matter of the national pack; what a phone fetches by itself stays this small. */
const MAX_PREPARED = 16;

/** A verdict with what the page says around it. */
export interface Checked {
  text: string;
  report: Report;
  /** The server was not reached: everything came from this phone. */
  offline: boolean;
  clockConfirmed: boolean;
  /** False before the first visit with a network: there is nothing to judge by. */
  hasTrust: boolean;
}

const storage = new BrowserStorage();
let trustStore: TrustStore | null = null;
let statusStore: StatusStore | null = null;
let trustFetchedAt = Number.NEGATIVE_INFINITY;

async function fetchFile(path: string): Promise<string | null> {
  try {
    const answer = await fetchRaw(path, { signal: AbortSignal.timeout(PATIENCE_MS), cache: 'no-cache' });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}

let opening: Promise<TrustStore | null> | null = null;

/** What else a status may be known from, beside the lists that were fetched one by one: the national pack. */
let alsoBy: StatusSource = NO_STATUS;
export function judgeAlsoBy(source: StatusSource): void {
  alsoBy = source;
}

/** Opens what is kept, once. Null while there is nothing to open. */
export async function openTrust(): Promise<TrustStore | null> {
  if (trustStore) return trustStore;
  opening ??= openPinned().finally(() => (opening = null));
  trustStore = await opening;
  return trustStore;
}

/** The root is fetched once and pinned from then on. */
async function openPinned(): Promise<TrustStore | null> {
  const pinned = (await storage.get('trust/roots')) !== undefined;
  const root = pinned ? '' : await fetchFile('/.well-known/luzheng/root');
  if (root === null) return null;
  try {
    return await TrustStore.open(storage, root);
  } catch {
    return null;
  }
}

/** Fetches a newer trust list when it is time; whether the server answered. */
async function refreshTrust(store: TrustStore, force: boolean): Promise<boolean> {
  if (!force && performance.now() - trustFetchedAt < TRUST_AGAIN_MS && store.current) return true;
  const json = await fetchFile('/.well-known/luzheng/trust');
  if (json === null) return false;
  trustFetchedAt = performance.now();
  try {
    const before = store.current;
    const list = await store.update(json);
    // kept status lists are opened anew when the keys changed
    if (before?.seq !== list.seq) statusStore = null;
  } catch {
    // a list that is refused leaves the kept one in force; its age then speaks for itself
  }
  return true;
}

async function openStatus(trust: TrustList): Promise<StatusStore> {
  statusStore ??= await StatusStore.open(storage, trust);
  return statusStore;
}

async function refreshStatus(
  store: StatusStore,
  trust: TrustList,
  list: number,
  force: boolean,
): Promise<boolean> {
  const held = store.book.find(list);
  if (!force && held && nowMs() / 1000 - held.iat < FRESH_STATUS_S) return true;
  const token = await fetchFile(`/status/${list}`);
  if (token === null) return false;
  try {
    await store.update(token, trust);
  } catch {
    // refused: the older one, or none, decides
  }
  return true;
}

/** The addresses of all status lists, as far as the server tells. */
async function publishedLists(trust: TrustList): Promise<number[]> {
  const json = await fetchFile('/status');
  try {
    const { status_lists: addresses } = JSON.parse(json ?? '{}') as { status_lists?: unknown };
    if (!Array.isArray(addresses)) return [];
    return addresses
      .map((address) => (typeof address === 'string' ? trust.listAt(address) : null))
      .filter((list) => list !== null)
      .slice(0, MAX_PREPARED);
  } catch {
    return [];
  }
}

/**
 * Fetches trust list and status lists while there is a network, so that one visit to any page is enough
 * to judge every code without one. Quiet when that fails: the next visit tries again.
 */
export async function prepare(): Promise<void> {
  const store = await openTrust();
  if (!store) return;
  await refreshTrust(store, false);
  const trust = store.current;
  if (!trust) return;
  void trust.warm();
  const statuses = await openStatus(trust);
  for (const list of await publishedLists(trust)) await refreshStatus(statuses, trust, list, false);
}

/** Takes in a trust list that came by another way than the network's. One that is refused leaves the kept one in force. */
export async function takeTrust(json: string): Promise<void> {
  try {
    const store = await openTrust();
    const before = store?.current?.seq;
    if (store && (await store.update(json)).seq !== before) statusStore = null;
  } catch {
    // refused: it is older, or not ours
  }
}

/** What a code is asked about here and now. */
const questionOf = (expectedPlate: string | undefined): Question => ({
  now: nowMs() / 1000,
  clockConfirmed: clockConfirmed.value,
  expectedPlate,
  ourHosts: ourHosts(),
});

/** What this phone can judge by at once, without asking anybody. */
export async function atHand(expectedPlate?: string): Promise<Evidence> {
  const trust = (await openTrust())?.current ?? null;
  const status = trust ? freshest((await openStatus(trust)).book, alsoBy) : NO_STATUS;
  return { trust, status, question: questionOf(expectedPlate) };
}

/** Judges a code with the newest data that can be had within a few seconds. */
export async function check(text: string, expectedPlate?: string): Promise<Checked> {
  const heard = clockConfirmed.value ? Promise.resolve() : withPatience(hearFromServer());
  const store = await openTrust();
  const reachable = store ? await refreshTrust(store, false) : false;
  await heard;
  const trust = store?.current ?? null;
  const statuses = trust ? await openStatus(trust) : null;
  const question = questionOf(expectedPlate);
  let needed: number | null = null;
  // the verifier itself says which list a code names: it asks for it
  const asking: StatusSource = {
    lookUp: (list, index) => {
      needed = list;
      return statuses?.book.lookUp(list, index);
    },
  };
  let report = await verify(text, { trust, status: asking, question });
  let statusReached = true;
  if (trust && statuses && needed !== null) {
    statusReached = await refreshStatus(statuses, trust, needed, false);
    report = await verify(text, {
      trust,
      status: statuses.book,
      question: { ...question, now: nowMs() / 1000 },
    });
  }
  return {
    text,
    report,
    offline: !reachable || !statusReached,
    clockConfirmed: clockConfirmed.value,
    hasTrust: trust !== null,
  };
}

/** Fetches everything anew that this phone keeps, for *Update now* in the settings. */
export async function refreshAll(): Promise<boolean> {
  const store = await openTrust();
  if (!store || !(await refreshTrust(store, true)) || !store.current) return false;
  const trust = store.current;
  const statuses = await openStatus(trust);
  const kept = (await storage.names('status/')).map((name) => Number(name.slice('status/'.length)));
  const lists = new Set([...kept, ...(await publishedLists(trust))]);
  const reached = await Promise.all([...lists].map((list) => refreshStatus(statuses, trust, list, true)));
  return reached.every(Boolean);
}

function ourHosts(): string[] {
  return [...new Set([location.host, meta.value?.code_host].filter((host): host is string => Boolean(host)))];
}

function withPatience(work: Promise<void>): Promise<void> {
  return Promise.race([work, new Promise<void>((done) => setTimeout(done, PATIENCE_MS))]);
}
