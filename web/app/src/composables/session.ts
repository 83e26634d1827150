import { computed, ref, watch } from 'vue';
import { getMe, getMeta, postDemoSignIn, postSignOut } from '@/api/calls';
import { RequestFailed } from '@/api/client';
import type { Me, Meta } from '@/api/types';
import { forgetAll, keep, recall } from '@/storage/db';
import { destroy, findVault, vaultState } from '@/storage/vault';
import { hearServerTime, nowMs } from './clock';

const person = ref<Me | null>(null);
const description = ref<Meta | null>(null);
let restored: Promise<void> | null = null;
let hearing: Promise<void> | null = null;

/** Who is signed in, or null. */
export const me = computed(() => person.value);
/** What the server says about itself, or null before it was reached. */
export const meta = computed(() => description.value);

/** Asks the server what it is and what time it has; one asking at a time. Quiet off-line. */
export function hearFromServer(): Promise<void> {
  hearing ??= (async () => {
    const sentAt = Date.now();
    try {
      description.value = await getMeta();
      hearServerTime(description.value.server_time, sentAt, Date.now());
    } catch {
      // the clock stays unconfirmed, and the screens that need the server say so themselves
    } finally {
      hearing = null;
    }
  })();
  return hearing;
}

// while the vault is locked nobody is there: what the page knew about them goes
watch(
  vaultState,
  (state) => {
    if (state !== 'locked') return;
    person.value = null;
    restored = null;
  },
  { flush: 'sync' },
);

/** Finds out once per opening who is signed in; off-line, whoever the vault knows. Nobody while it is locked. */
export function restoreSession(): Promise<void> {
  restored ??= (async () => {
    if ((await findVault()) === 'locked') {
      restored = null;
      return;
    }
    try {
      person.value = await getMe();
      await keep('answers', 'me', person.value, nowMs());
    } catch (failure) {
      if (failure instanceof RequestFailed && failure.kind === 'offline') {
        person.value = (await recall<Me>('answers', 'me'))?.value ?? null;
      } else if (failure instanceof RequestFailed && failure.kind === 'signed_out') {
        await forgetPerson();
      }
    }
  })();
  return restored;
}

/** Signs in as one of the demonstration's people. */
export async function signIn(id: string): Promise<void> {
  await enter(await postDemoSignIn(id));
}

/** Somebody has just signed in here: what was kept of anybody before goes. */
export async function enter(signedIn: Me): Promise<void> {
  await forgetPerson();
  restored = Promise.resolve();
  await knowAs(signedIn);
}

/** The server says something new about the one who is signed in: another level, another phone. */
export async function knowAs(now: Me): Promise<void> {
  person.value = now;
  await keep('answers', 'me', now, nowMs());
}

/** Signs out and forgets everything this phone kept about the person. */
export async function signOut(): Promise<void> {
  try {
    await leaveDevice();
    await postSignOut();
  } finally {
    await forgetPerson();
    person.value = null;
  }
}

/** Ends the binding of the licence to this browser, whose key is about to be deleted. */
async function leaveDevice(): Promise<void> {
  const { endDevice } = await import('./device');
  await endDevice().catch(() => {
    // off-line: without its key the binding is of no use to anybody
  });
}

/** The server said that the session is over. */
export async function sessionEnded(): Promise<void> {
  await forgetPerson();
  person.value = null;
}

/** Moves the badge when notices were read here; a negative count brings them back. */
export function noticesRead(count: number): void {
  if (person.value) person.value.unread_notices = Math.max(0, person.value.unread_notices - count);
}

/** Nothing of a person stays on the phone without their session: answers, and the key of the off-line code. */
async function forgetPerson(): Promise<void> {
  await destroy();
  await Promise.all([forgetAll('answers'), forgetAll('device')]);
}
