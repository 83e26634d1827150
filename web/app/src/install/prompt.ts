import { computed, readonly, ref, shallowRef, watch } from 'vue';
import { vaultState } from '@/storage/vault';

/** Chromium's offer to install the app; not in TypeScript's library. */
interface InstallEvent extends Event {
  prompt(): Promise<void>;
  readonly userChoice: Promise<{ outcome: 'accepted' | 'dismissed' }>;
}

/** How this browser puts the app on the home screen: by asking, by Safari's share button, or by its menu. */
export type InstallWay = 'ask' | 'share' | 'menu' | 'done';

const offer = shallowRef<InstallEvent | null>(null);
const installed = ref(false);

/** Begins to listen; early, for the browser makes its offer once. */
export function listenForInstall(): void {
  addEventListener('beforeinstallprompt', (event) => {
    // asked from our own place, not over the page
    event.preventDefault();
    offer.value = event as InstallEvent;
  });
  addEventListener('appinstalled', () => {
    installed.value = true;
    offer.value = null;
  });
  installed.value =
    matchMedia('(display-mode: standalone)').matches ||
    (navigator as Navigator & { standalone?: boolean }).standalone === true;
}

/** Safari on a phone or tablet, where only the share button does it. */
export function isSafariPhone(agent: string, touch: boolean): boolean {
  return /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && touch);
}

export const installWay = computed<InstallWay>(() => {
  if (installed.value) return 'done';
  if (offer.value) return 'ask';
  return isSafariPhone(navigator.userAgent, navigator.maxTouchPoints > 1) ? 'share' : 'menu';
});

/** Asks; the browser shows its own dialogue. */
export async function askToInstall(): Promise<void> {
  const event = offer.value;
  if (event === null) return;
  await event.prompt();
  if ((await event.userChoice).outcome === 'accepted') installed.value = true;
  // an offer serves once
  offer.value = null;
}

const lasting = ref<boolean | null>(null);
/** Whether the browser has promised not to clear what this app keeps; null where it cannot be asked. */
export const storageLasts = readonly(lasting);

/** Finds out; with `ask`, asks for the promise: when there is something of value to keep. */
export async function checkStorage(ask: boolean): Promise<void> {
  if (!navigator.storage?.persisted) return;
  try {
    lasting.value = (await navigator.storage.persisted()) || (ask && (await navigator.storage.persist()));
  } catch {
    lasting.value = null;
  }
}

/** Asks for the promise as soon as there is a vault: without one nothing of value is kept. */
export function askToKeepVault(): void {
  watch(
    vaultState,
    (state) => {
      if (state !== 'none') void checkStorage(true);
    },
    { immediate: true },
  );
}
