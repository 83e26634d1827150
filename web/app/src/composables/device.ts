import { computed, readonly, shallowRef, watch } from 'vue';
import { RequestFailed } from '@/api/client';
import type { Held, Holding } from '@/api/licence';
import { getDevice, postDevice, postDeviceChallenge, postDeviceEnd } from '@/api/licence-calls';
import { fromBase64Url, toBase64Url } from '@/licence/base64url';
import { makeDeviceKey, openDeviceKey, pointsOf, signerOf } from '@/licence/held';
import { forget, keep, recall } from '@/storage/db';
import { nowMs } from './clock';
import { me, meta } from './session';

/** The licence as this browser keeps it for the day there is no network. */
export interface KeptLicence {
  pair: CryptoKeyPair;
  /** The compressed point in base64url, by which the server knows this device. */
  key: string;
  /** The issuer's message; null while it is being signed. */
  message: Uint8Array<ArrayBuffer> | null;
  state: Held['state'];
  valid_until: string | null;
  classes: string;
  name_masked: string;
  /** Host in the code's text. */
  host: string;
  /** When the register was last asked (ms since 1970). */
  synced_at: number;
}

/** The private key (PKCS #8) and the public point (uncompressed), in base64url. */
interface StoredKey {
  pkcs8: string;
  point: string;
}
/** What is written beside the key, which is written once. */
type StoredLicence = Omit<KeptLicence, 'pair' | 'message'> & { message: string | null };

const SHELF = 'device';
const NAME = 'licence';
const KEY = 'key';
const kept = shallowRef<KeptLicence | null>(null);
let loading: Promise<void> | null = null;

// the shelf is emptied with the session; memory follows it
watch(
  me,
  () => {
    kept.value = null;
    loading = null;
  },
  { flush: 'sync' },
);

/** What this browser keeps, or null; filled by {@link openDevice}. */
export const device = readonly(kept);
/** A code can be made without a network. */
export const deviceReady = computed(() => kept.value !== null && kept.value.message !== null);

/** Reads what this browser keeps. */
export async function openDevice(): Promise<KeptLicence | null> {
  loading ??= readKept().then((found) => {
    kept.value = found;
  });
  await loading;
  return kept.value;
}

async function readKept(): Promise<KeptLicence | null> {
  const [licence, key] = await Promise.all([
    recall<StoredLicence>(SHELF, NAME),
    recall<StoredKey>(SHELF, KEY),
  ]);
  const pkcs8 = key && fromBase64Url(key.value.pkcs8);
  const point = key && fromBase64Url(key.value.point);
  if (!licence || !pkcs8 || !point) return null;
  try {
    const { message, ...rest } = licence.value;
    const pair = await openDeviceKey(pkcs8, point);
    return { ...rest, pair, message: message === null ? null : fromBase64Url(message) };
  } catch {
    return null;
  }
}

async function hold(licence: KeptLicence): Promise<void> {
  kept.value = licence;
  // a browser that keeps nothing has it for this visit
  loading = Promise.resolve();
  const { key, state, valid_until, classes, name_masked, host, synced_at } = licence;
  const message = licence.message === null ? null : toBase64Url(licence.message);
  const stored: StoredLicence = { key, message, state, valid_until, classes, name_masked, host, synced_at };
  await keep(SHELF, NAME, stored, licence.synced_at);
}

async function drop(): Promise<void> {
  kept.value = null;
  loading = Promise.resolve();
  await Promise.all([forget(SHELF, NAME), forget(SHELF, KEY)]);
}

function take(pair: CryptoKeyPair, key: string, held: Held): KeptLicence {
  return {
    pair,
    key,
    message: held.message === null ? null : fromBase64Url(held.message),
    state: held.state,
    valid_until: held.valid_until,
    classes: held.classes,
    name_masked: held.name_masked,
    host: meta.value?.code_host ?? location.host,
    synced_at: nowMs(),
  };
}

/** Binds the licence to a new key of this browser; a device that had it loses it. */
export async function bindDevice(name: string): Promise<void> {
  const { pair, pkcs8 } = await makeDeviceKey();
  const { uncompressed, compressed } = await pointsOf(pair);
  const { challenge } = await postDeviceChallenge();
  const bytes = fromBase64Url(challenge);
  if (bytes === null) throw new RequestFailed('server', null, 'the challenge is not base64url');
  const held = await postDevice({
    public_key: toBase64Url(uncompressed),
    name,
    challenge,
    signature: toBase64Url(await signerOf(pair)(bytes)),
  });
  const stored: StoredKey = { pkcs8: toBase64Url(pkcs8), point: toBase64Url(uncompressed) };
  pkcs8.fill(0);
  await keep(SHELF, KEY, stored, nowMs());
  await hold(take(pair, toBase64Url(compressed), held));
}

/**
 * Asks for the newest message under this browser's key, as after a re-issue. False when the licence is
 * bound to this browser no longer: then the key is of no use, and goes.
 */
export async function syncDevice(): Promise<boolean> {
  const mine = await openDevice();
  if (mine === null) return false;
  try {
    await hold(take(mine.pair, mine.key, await getDevice(mine.key)));
    return true;
  } catch (failure) {
    if (failure instanceof RequestFailed && failure.kind === 'not_found') {
      await drop();
      return false;
    }
    // off-line: what is kept stays good, and says how old it is
    return true;
  }
}

/** Ends the binding to this browser and deletes its key; another device's binding is left alone. */
export async function endDevice(): Promise<void> {
  const mine = await openDevice();
  if (mine === null) return;
  try {
    await getDevice(mine.key);
    await postDeviceEnd();
  } catch (failure) {
    if (!(failure instanceof RequestFailed && failure.kind === 'not_found')) throw failure;
  } finally {
    await drop();
  }
}

/** Ends the binding to whatever device has it. */
export async function endElsewhere(): Promise<void> {
  await postDeviceEnd();
  await drop();
}

/** Where the licence is kept, as seen from this browser. */
export function placeOf(
  holding: Holding | null,
  mine: { key: string } | null,
): 'nowhere' | 'here' | 'elsewhere' {
  if (holding === null) return 'nowhere';
  return mine?.key === holding.device_key ? 'here' : 'elsewhere';
}

/** `Android · Chrome`: what a person recognises one of their devices by. */
export function deviceName(agent: string, words: { phone: string; computer: string }): string {
  const system = /iPhone/.test(agent)
    ? 'iPhone'
    : /iPad/.test(agent)
      ? 'iPad'
      : /HarmonyOS|OpenHarmony/.test(agent)
        ? 'HarmonyOS'
        : /Android/.test(agent)
          ? 'Android'
          : /Windows/.test(agent)
            ? 'Windows'
            : /Mac OS X/.test(agent)
              ? 'Mac'
              : /Mobile/.test(agent)
                ? words.phone
                : words.computer;
  const browser = /MicroMessenger/.test(agent)
    ? 'WeChat'
    : /Edg/.test(agent)
      ? 'Edge'
      : /Firefox|FxiOS/.test(agent)
        ? 'Firefox'
        : /Chrome|CriOS/.test(agent)
          ? 'Chrome'
          : /Safari/.test(agent)
            ? 'Safari'
            : null;
  return browser === null ? system : `${system} · ${browser}`;
}
