/** The session of a bound device: enrolled once, opened by the PIN, signed in by the key. */
import { computed, readonly, ref, shallowRef, watch } from 'vue';
import { idempotencyKey, RequestFailed } from '@/api/client';
import { hearFromServer } from '@/composables/session';
import { destroy, findVault, vaultState } from '@/storage/vault';
import { askBound, askPlain, proveWith } from './client';
import {
  dropDevice,
  holdDevice,
  holdSession,
  readDevice,
  readSession,
  type Device,
  type HeldDevice,
} from './device';
import { makeKey, signInSignature, type BoundKey } from './proof';
import type { BoundKind, BoundMe, Challenge, Enrolled } from './types';

/**
 * `opening`: not known yet. `none`: this browser was never enrolled. `locked`: the PIN is needed. `out`: enrolled,
 * and nobody is signed in. `in`: signed in, perhaps as the phone remembers it while there is no network.
 */
export type BoundState = 'opening' | 'none' | 'locked' | 'out' | 'in';
/** Why nobody is signed in, or why the last try failed. */
export type BoundProblem =
  | 'offline'
  | 'clock'
  | 'device_ended'
  | 'device_proof'
  | 'wrong_code'
  | 'too_many_devices'
  | 'too_often'
  | 'off_duty'
  | 'not_allowed'
  | 'server';

const state = ref<BoundState>('opening');
const held = shallowRef<HeldDevice | null>(null);
const me = shallowRef<BoundMe | null>(null);
const trouble = ref<BoundProblem | null>(null);
const heard = ref(false);
let kind: BoundKind = 'officer';
let opening: Promise<void> | null = null;
let signing: Promise<boolean> | null = null;

/** How the device stands. */
export const boundState = readonly(state);
/** Who is signed in on it. */
export const boundMe = computed(() => me.value);
/** What this browser is enrolled as. */
export const boundDevice = computed<Device | null>(() => held.value);
/** Why there is no session, in a code for the screens' words. */
export const boundProblem = readonly(trouble);
/** Whether the server has confirmed the session since the page was opened. */
export const boundHeard = readonly(heard);
/** The key that opens what the office sealed to this device; null unless signed in. */
export const agreementKey = (): Pick<BoundKey, 'agree' | 'point'> | null => held.value?.key ?? null;

proveWith({
  standing: () => (held.value && me.value ? { key: held.value.key, session: me.value.session_id } : null),
  renew: () => (held.value ? signInAgain() : Promise.resolve(false)),
});

watch(
  vaultState,
  (now, before) => {
    if (now === 'open' || before === 'none') return;
    // while the vault is locked nobody is there, and once it is deleted there is no device
    held.value = null;
    me.value = null;
    heard.value = false;
    opening = null;
    state.value = now;
  },
  { flush: 'sync' },
);

/** Finds out how this browser stands, and signs in by itself where the key is at hand. */
export function openBound(wanted: BoundKind): Promise<void> {
  kind = wanted;
  opening ??= find().finally(() => {
    if (state.value === 'locked') opening = null;
  });
  return opening;
}

async function find(): Promise<void> {
  if ((await findVault()) === 'locked') {
    state.value = 'locked';
    return;
  }
  held.value = await readDevice(kind);
  if (held.value === null) {
    state.value = 'none';
    return;
  }
  const kept = await readSession();
  me.value = kept.me;
  if (kept.ended) {
    state.value = 'out';
    return;
  }
  if (kept.me !== null && kept.me.kind === kind) {
    // what can be done without a network begins at once; the server is heard in the meantime
    state.value = 'in';
    void confirm();
  } else {
    await signInAgain();
  }
}

/** Asks the server whether the session still stands; a network that is not there changes nothing. */
export async function confirm(): Promise<void> {
  if (held.value === null || me.value === null) return;
  try {
    await know(await askBound<BoundMe>('GET', '/api/v1/bound/me'));
  } catch (failure) {
    await suffer(failure);
  }
}

async function know(now: BoundMe): Promise<void> {
  me.value = now;
  heard.value = true;
  trouble.value = null;
  state.value = 'in';
  await holdSession({ me: now, ended: false });
}

/** The server said something newer about the session: another duty region. */
export const knowSession = know;

async function suffer(failure: unknown): Promise<void> {
  const problem = problemOf(failure);
  trouble.value = problem;
  if (problem === 'offline' || problem === 'server' || problem === 'too_often') {
    if (me.value === null) state.value = 'out';
    return;
  }
  if (problem === 'device_ended') {
    // the office ended this device: nothing that it sealed to it is of use any more
    await dropDevice();
    held.value = null;
    me.value = null;
    state.value = 'none';
    return;
  }
  me.value = null;
  state.value = 'out';
}

/** The screens' word for what went wrong. */
export function problemOf(failure: unknown): BoundProblem {
  if (!(failure instanceof RequestFailed)) return 'server';
  switch (failure.code) {
    case 'device_clock':
      return 'clock';
    case 'device_ended':
    case 'wrong_code':
    case 'too_many_devices':
    case 'off_duty':
      return failure.code;
    case 'device_proof':
    case 'device_refused':
      return 'device_proof';
    case 'too_often':
    case 'locked':
      return 'too_often';
    default:
      break;
  }
  if (failure.kind === 'offline') return 'offline';
  return failure.kind === 'server' ? 'server' : 'not_allowed';
}

/** Signs in with the key; several calls whose session is over wait for one signing-in. */
export function signInAgain(): Promise<boolean> {
  signing ??= signIn().finally(() => (signing = null));
  return signing;
}

async function signIn(): Promise<boolean> {
  const device = held.value;
  if (device === null) return false;
  try {
    const { challenge } = await askPlain<Challenge>('POST', '/api/v1/bound/challenge', {
      body: { device_id: device.device_id },
    });
    const signature = await signInSignature(device.key, location.host, challenge);
    await know(
      await askPlain<BoundMe>('POST', '/api/v1/bound/sign-in', {
        body: { device_id: device.device_id, challenge, signature },
      }),
    );
    return true;
  } catch (failure) {
    await suffer(failure);
    return false;
  }
}

/** Enrols this browser with the one-time code that the office gave, and signs in. Throws when the code is not taken. */
export async function enrol(code: string, name: string, wanted: BoundKind): Promise<void> {
  kind = wanted;
  trouble.value = null;
  const { key, stored } = await makeKey();
  const enrolled = await askPlain<Enrolled>('POST', '/api/v1/bound/enrol', {
    body: { code, public_key: key.jwk, device_name: name },
    headers: idempotencyKey(),
  });
  if (enrolled.kind !== wanted)
    throw new RequestFailed('refused', 'wrong_kind', 'enrolled as something else');
  const device: Device = { ...enrolled, device_name: name };
  await holdDevice(device, stored);
  held.value = { ...device, key };
  opening = Promise.resolve();
  if (!(await signInAgain())) state.value = 'out';
}

/** Signs out: the session ends, the device stays enrolled. Off-line the session ends here, and at the server by its time. */
export async function signOutBound(): Promise<void> {
  try {
    await askBound('POST', '/api/v1/bound/sign-out');
  } catch (failure) {
    if (!(failure instanceof RequestFailed)) throw failure;
  } finally {
    await holdSession({ me: null, ended: true });
    me.value = null;
    trouble.value = null;
    state.value = 'out';
  }
}

/** Deletes everything that this browser keeps as a device: the vault with its key too. */
export async function forgetDevice(): Promise<void> {
  await askBound('POST', '/api/v1/bound/sign-out').catch(() => undefined);
  await dropDevice();
  await destroy();
  held.value = null;
  me.value = null;
  trouble.value = null;
  opening = null;
  state.value = 'none';
}

/** A code for one of the demonstration's people, so that one tap enrols. */
export async function demoCode(person: string): Promise<string> {
  await hearFromServer();
  return (await askPlain<{ code: string }>('POST', '/api/v1/demo/enrolments', { body: { person } })).code;
}
