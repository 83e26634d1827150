/**
 * The vault: everything personal that this browser keeps is sealed under a random data key, and that key opens
 * with a PIN, a password, or a passkey. Without a vault personal things live in the page's memory and are gone
 * with it: nothing of them touches the disk.
 */
import { computed, readonly, ref, shallowRef } from 'vue';
import { ofSurface } from '@/surface';
import { database } from './database';
import { KEY_BYTES, keysOf, randomBytes, type VaultKeys } from './seal';
import {
  checkedHeader,
  MAX_PASSKEYS,
  MAX_TRIES,
  pinFault,
  same,
  unwrapWithPasskey,
  unwrapWithPin,
  waitMs,
  wrapForPasskey,
  wrapForPin,
  type PinFault,
  type PrfSecret,
  type VaultHeader,
} from './ways';

/** `none`: nothing is kept on this device. `locked`: it is, and cannot be read. `open`: it is, and can. */
export type VaultState = 'none' | 'locked' | 'open';

/** What came of an attempt to open. */
export type Opening =
  | { opened: true }
  /** `tries_left` wrong ones more delete the vault; nothing is tried before `wait_ms` are over. */
  | { opened: false; why: 'wrong' | 'wait'; tries_left: number; wait_ms: number }
  /** The last wrong try: everything kept was deleted. */
  | { opened: false; why: 'wiped' }
  /** No vault, no such way in, or the browser refused. */
  | { opened: false; why: 'impossible' };

/** Proof that whoever changes the ways in may: the present PIN, or the present passkey. */
export type Proof = { pin: string } | { passkey: PrfSecret };

/** What changing the ways came to. */
export type Changed = { done: true } | { done: false; why: PinFault | 'full' | 'unkept' | Opening };

const current = ref<VaultState>('none');
const header = shallowRef<VaultHeader | null>(null);
const ended = ref(false);
let keys: VaultKeys | null = null;
let finding: Promise<void> | null = null;
/** Called with the keys of a vault just made, before it counts as open: what memory held moves in. */
let movesIn: (keys: VaultKeys) => Promise<void> = async () => {};

/** Whether there is a vault and whether it is open; known after {@link findVault}. */
export const vaultState = readonly(current);
/** Whether wrong PINs have just deleted it, here. */
export const wasWiped = readonly(ended);
/** How the vault opens. */
export const vaultWays = computed(() => ({
  pin: Boolean(header.value?.pin),
  digits: header.value?.pin?.digits ?? true,
  passkeys: (header.value?.passkeys ?? []).map((way) => way.credential),
}));
/** Wrong PINs that are left before everything is deleted. */
export const triesLeft = computed(() => MAX_TRIES - (header.value?.failed ?? 0));

/** The keys while the vault is open. */
export const openKeys = (): VaultKeys | null => keys;
export function onMovingIn(move: (keys: VaultKeys) => Promise<void>): void {
  movesIn = move;
}

// other tabs lock with this one, and notice that a vault was made or deleted
const neighbours =
  typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(ofSurface('luzheng.vault'));
neighbours?.addEventListener('message', () => {
  shut();
  finding = null;
  void findVault();
});

/** Looks once whether this browser has a vault, and says how it stands now. */
export async function findVault(): Promise<VaultState> {
  finding ??= lookForVault();
  await finding;
  return current.value;
}

async function lookForVault(): Promise<void> {
  try {
    const found = await (await database()).get('vault', 'header');
    header.value = checkedHeader(found);
    // one that cannot be read cannot be opened either, only deleted
    if (keys === null) current.value = found === undefined ? 'none' : 'locked';
  } catch {
    if (keys === null) current.value = 'none';
  }
}

/** How long until a PIN may be tried (ms). */
export function pinWait(now = Date.now()): number {
  return header.value === null ? 0 : waitMs(header.value, now);
}

/** Opens with the PIN or password. */
export async function openWithPin(typed: string): Promise<Opening> {
  const { opening, master } = await tryPin(typed);
  if (master) await begin(master);
  return opening;
}

/** Opens with a passkey's secret. A passkey that is not of this vault costs no try. */
export async function openWithPasskey(secret: PrfSecret): Promise<Opening> {
  await findVault();
  const master = header.value && (await unwrapWithPasskey(header.value, secret));
  if (!master) return { opened: false, why: 'impossible' };
  await forgive();
  await begin(master);
  return { opened: true };
}

/** Makes the vault with its first way in; an existing one is changed by {@link setPin} and {@link addPasskey}. */
export async function createVault(first: Proof): Promise<Changed> {
  if ('pin' in first) {
    const fault = pinFault(first.pin);
    if (fault) return { done: false, why: fault };
  }
  if ((await findVault()) !== 'none') return { done: false, why: 'full' };
  ended.value = false;
  const master = randomBytes(KEY_BYTES);
  const id = randomBytes(16);
  const fresh: VaultHeader = { version: 1, id, pin: null, passkeys: [], failed: 0, failed_at: 0 };
  if ('pin' in first) fresh.pin = await wrapForPin(master, id, first.pin);
  else fresh.passkeys = [await wrapForPasskey(master, id, first.passkey)];
  if (!(await store(fresh))) return { done: false, why: 'unkept' };
  await movesIn(await keysOf(master, id));
  await begin(master);
  neighbours?.postMessage('made');
  return { done: true };
}

/** Sets another PIN or password, or the first one beside a passkey. */
export async function setPin(typed: string, proof: Proof): Promise<Changed> {
  const fault = pinFault(typed);
  if (fault) return { done: false, why: fault };
  return change(proof, async (now, master) => ({ ...now, pin: await wrapForPin(master, now.id, typed) }));
}

/** Adds a passkey as a way in. */
export async function addPasskey(secret: PrfSecret, proof: Proof): Promise<Changed> {
  return change(proof, async (now, master) => {
    const others = now.passkeys.filter((way) => !same(way.credential, secret.credential));
    if (others.length >= MAX_PASSKEYS) return null;
    return { ...now, passkeys: [...others, await wrapForPasskey(master, now.id, secret)] };
  });
}

/** Takes a way in away; the last one stays, for a vault without a way in is lost. */
export async function removeWay(way: 'pin' | 'passkeys', proof: Proof): Promise<Changed> {
  return change(proof, async (now) => {
    const rest = way === 'pin' ? { ...now, pin: null } : { ...now, passkeys: [] };
    return rest.pin === null && rest.passkeys.length === 0 ? null : rest;
  });
}

/** Locks: the keys leave memory, here and in other tabs. */
export function lock(): void {
  if (current.value !== 'open') return;
  shut();
  neighbours?.postMessage('locked');
}

/** Deletes the vault and everything in it. */
export async function destroy(): Promise<void> {
  keys = null;
  header.value = null;
  try {
    const db = await database();
    // the header first: without it the rest is noise
    const tx = db.transaction(['vault', 'sealed'], 'readwrite', { durability: 'strict' });
    await Promise.all([tx.objectStore('vault').clear(), tx.objectStore('sealed').clear(), tx.done]);
  } catch {
    // a browser that keeps nothing has nothing to delete
  }
  finding = Promise.resolve();
  if (current.value !== 'none') neighbours?.postMessage('destroyed');
  current.value = 'none';
}

function shut(): void {
  keys = null;
  if (current.value === 'open') current.value = 'locked';
}

async function begin(master: Uint8Array<ArrayBuffer>): Promise<void> {
  if (header.value === null) return;
  keys = await keysOf(master, header.value.id);
  master.fill(0);
  current.value = 'open';
}

/** Tries a PIN. The try is counted before it is made, so that ending the app does not give it back. */
async function tryPin(typed: string): Promise<{ opening: Opening; master: Uint8Array<ArrayBuffer> | null }> {
  const no = (opening: Opening) => ({ opening, master: null });
  const wait_ms = await takeTry();
  const now = header.value;
  if (wait_ms === null || now === null) return no({ opened: false, why: 'impossible' });
  if (wait_ms > 0) return no({ opened: false, why: 'wait', tries_left: MAX_TRIES - now.failed, wait_ms });
  const master = await unwrapWithPin(now, typed).catch(() => 'broken' as const);
  // no memory for the derivation says nothing about the PIN
  if (master === 'broken') {
    await changeHeader((it) => ({ ...it, failed: Math.max(0, it.failed - 1) }));
    return no({ opened: false, why: 'impossible' });
  }
  if (master) {
    await forgive();
    return { opening: { opened: true }, master };
  }
  if (now.failed >= MAX_TRIES) {
    ended.value = true;
    await destroy();
    return no({ opened: false, why: 'wiped' });
  }
  return no({ opened: false, why: 'wrong', tries_left: MAX_TRIES - now.failed, wait_ms: pinWait() });
}

/** Counts a try, in one transaction so that two tabs count two; the wait when it is too early, null without a PIN. */
async function takeTry(): Promise<number | null> {
  let wait = 0;
  const at = Date.now();
  const counted = await changeHeader((now) => {
    if (now.pin === null) return null;
    // a clock that was ahead when a try failed must not lock for as long as it was ahead
    const last = { ...now, failed_at: Math.min(now.failed_at, at) };
    wait = waitMs(last, at);
    return wait > 0 ? last : { ...last, failed: now.failed + 1, failed_at: at };
  });
  return counted ? wait : null;
}

const forgive = (): Promise<boolean> => changeHeader((now) => ({ ...now, failed: 0, failed_at: 0 }));

/** Changes the ways in, for whoever proves that they have one. */
async function change(
  proof: Proof,
  make: (now: VaultHeader, master: Uint8Array<ArrayBuffer>) => Promise<VaultHeader | null>,
): Promise<Changed> {
  await findVault();
  let master: Uint8Array<ArrayBuffer> | null = null;
  if ('pin' in proof) {
    const tried = await tryPin(proof.pin);
    if (!tried.opening.opened) return { done: false, why: tried.opening };
    master = tried.master;
  } else if (header.value) {
    master = await unwrapWithPasskey(header.value, proof.passkey);
  }
  if (master === null || header.value === null)
    return { done: false, why: { opened: false, why: 'impossible' } };
  const next = await make(header.value, master);
  master.fill(0);
  if (next === null) return { done: false, why: 'full' };
  const { pin, passkeys } = next;
  return (await changeHeader((now) => ({ ...now, pin, passkeys })))
    ? { done: true }
    : { done: false, why: 'unkept' };
}

async function store(next: VaultHeader): Promise<boolean> {
  try {
    const tx = (await database()).transaction('vault', 'readwrite', { durability: 'strict' });
    await Promise.all([tx.store.put(next, 'header'), tx.done]);
    header.value = next;
    return true;
  } catch {
    return false;
  }
}

/** Reads, changes and writes the header in one transaction; false when there is none, or `make` wants no change. */
async function changeHeader(make: (now: VaultHeader) => VaultHeader | null): Promise<boolean> {
  try {
    const tx = (await database()).transaction('vault', 'readwrite', { durability: 'strict' });
    const now = checkedHeader(await tx.store.get('header'));
    const next = now && make(now);
    if (next) {
      await tx.store.put(next, 'header');
      header.value = next;
    }
    await tx.done;
    return next !== null;
  } catch {
    return false;
  }
}
