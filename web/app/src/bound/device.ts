/** The device that this browser is to the office: its key and what it was enrolled as, sealed in the vault. */
import { forget, keep, recall } from '@/storage/db';
import { nowMs } from '@/composables/clock';
import { openKey, type BoundKey, type StoredKey } from './proof';
import type { BoundKind, BoundMe, Enrolled } from './types';

const SHELF = 'device';
const KEY = 'bound/key';
const DEVICE = 'bound/device';
const SESSION = 'bound/session';

/** What the device is, without its key. */
export type Device = Enrolled & { device_name: string };

/** The device with its key. */
export interface HeldDevice extends Device {
  key: BoundKey;
}

/** The session as it was last heard of; `ended` when the person signed out and is not to be signed in by itself. */
export interface KeptSession {
  me: BoundMe | null;
  ended: boolean;
}

/** What this browser is enrolled as; null when it is not, and while the vault is locked. */
export async function readDevice(kind: BoundKind): Promise<HeldDevice | null> {
  const [device, stored] = await Promise.all([recall<Device>(SHELF, DEVICE), recall<StoredKey>(SHELF, KEY)]);
  if (!device || !stored || device.value.kind !== kind) return null;
  try {
    return { ...device.value, key: await openKey(stored.value) };
  } catch {
    return null;
  }
}

/** Keeps a device that was just enrolled. */
export async function holdDevice(device: Device, stored: StoredKey): Promise<void> {
  // the key first: a device without one is none
  await keep(SHELF, KEY, stored, nowMs());
  await keep(SHELF, DEVICE, device, nowMs());
  await forget(SHELF, SESSION);
}

const goesToo: (() => Promise<void>)[] = [];
/** Says what else goes with the device: what the office gave it to carry. */
export function whenDropped(work: () => Promise<void>): void {
  goesToo.push(work);
}

/** Forgets the device: the office ended it, or it is enrolled anew. Looks that wait to be handed in stay, sealed. */
export async function dropDevice(): Promise<void> {
  for (const work of goesToo) await work();
  await Promise.all([forget(SHELF, DEVICE), forget(SHELF, KEY), forget(SHELF, SESSION)]);
}

export async function readSession(): Promise<KeptSession> {
  return (await recall<KeptSession>(SHELF, SESSION))?.value ?? { me: null, ended: false };
}
export async function holdSession(session: KeptSession): Promise<void> {
  await keep(SHELF, SESSION, session, nowMs());
}
