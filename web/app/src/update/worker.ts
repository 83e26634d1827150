import { computed, readonly, ref, shallowRef } from 'vue';
import { TAKE_OVER } from './message';
import { hasUnsaved, isUsed } from './unsaved';

/** A page that stays open asks for a new version this often, and no more often than `LEAST_MS`. */
const ASK_EVERY_MS = 60 * 60_000;
const ASK_LEAST_MS = 10 * 60_000;
/**
 * Chromium can leave a worker that was told to take over `installed` until the older one has been idle for half a minute. After
 * this long the page stops saying that it updates; the newer version is taken when it comes, unless something was typed meanwhile.
 */
const PATIENCE_MS = 5_000;
/** A worker that is serving a page as it loads gives way late: at a start the newer version waits until the page is quiet. */
const QUIET_MS = 1_000;

/** The parts of the browser that an update needs; tests put their own in. */
export interface Surroundings {
  register(): Promise<ServiceWorkerRegistration>;
  container: Pick<ServiceWorkerContainer, 'controller'> & EventTarget;
  document: Pick<Document, 'hidden'> & EventTarget;
  window: EventTarget;
  /** Milliseconds since the page was opened. */
  sinceOpened(): number;
  reload(): void;
  unsaved(): boolean;
  /** Whether anybody has done anything on this page. */
  used(): boolean;
  /** Calls back when everything the page begins with has been fetched. */
  whenLoaded(then: () => void): void;
}

const waiting = shallowRef<ServiceWorker | null>(null);
/** Another tab let the new version take over: this page still runs the old one. */
const stale = ref(false);
const putOff = ref(false);
const updating = ref(false);
/** A part of the app could not be fetched, most likely because it is of an older version. */
const broken = ref(false);
/** The newer version was asked to take over, by the person or by ourselves. */
let wanted = false;
let around: Surroundings | null = null;
let registration: ServiceWorkerRegistration | null = null;

/** There is a newer version than the one this page runs. */
export const updateReady = computed(() => waiting.value !== null || stale.value);
/** Whether the bar that says so is to be seen. */
export const updateOffered = computed(() => broken.value || (updateReady.value && !putOff.value));
export const updateBroken = readonly(broken);
export const updateRunning = readonly(updating);

/** Not now: at the next start, or when the app is in the background. */
export function putUpdateOff(): void {
  putOff.value = true;
  broken.value = false;
}

/** Something of the app is missing; the bar says that only an update helps. */
export function reportBroken(): void {
  broken.value = true;
}

/** Lets the new version take over, and reloads the page on it. */
export function applyUpdate(): void {
  if (updating.value || around === null) return;
  updating.value = true;
  wanted = true;
  if (waiting.value) takeOver(waiting.value);
  else around.reload();
}

function takeOver(worker: ServiceWorker): void {
  worker.postMessage({ type: TAKE_OVER });
  setTimeout(() => {
    if (waiting.value === worker && worker.state === 'installed') updating.value = false;
  }, PATIENCE_MS);
}

/** Asks the server for a newer version; resolves when that is known. Quiet without a network. */
export async function askForUpdate(): Promise<void> {
  await registration?.update().catch(() => undefined);
}

/** Registers the service worker and keeps the app at its newest version, at moments when nothing is lost by it. */
export async function keepUpToDate(surroundings: Surroundings): Promise<void> {
  around = surroundings;
  const { container, document, window } = surroundings;
  let controlled = container.controller !== null;
  let askedAt = 0;

  const applyIfSafe = (): void => {
    if (updateReady.value && !surroundings.unsaved()) applyUpdate();
  };
  const offer = (worker: ServiceWorker): void => {
    waiting.value = worker;
    putOff.value = false;
    if (document.hidden) applyIfSafe();
  };
  container.addEventListener('controllerchange', () => {
    // the first worker of a first visit has replaced nothing
    if (!controlled) {
      controlled = true;
      return;
    }
    waiting.value = null;
    stale.value = true;
    if (updating.value) surroundings.reload();
    else if (document.hidden || wanted) applyIfSafe();
  });

  registration = await surroundings.register();
  const follow = (worker: ServiceWorker | null): void => {
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed' && container.controller) offer(worker);
    });
  };
  registration.addEventListener('updatefound', () => follow(registration?.installing ?? null));
  follow(registration.installing);
  if (registration.waiting && container.controller) {
    offer(registration.waiting);
    // it waited for this start, and a page that nobody has touched loses nothing by a reload
    surroundings.whenLoaded(() =>
      setTimeout(() => {
        if (!surroundings.used()) applyIfSafe();
      }, QUIET_MS),
    );
  }

  const ask = (): void => {
    if (surroundings.sinceOpened() - askedAt < ASK_LEAST_MS) return;
    askedAt = surroundings.sinceOpened();
    void askForUpdate();
  };
  document.addEventListener('visibilitychange', () => (document.hidden ? applyIfSafe() : ask()));
  window.addEventListener('online', ask);
  setInterval(ask, ASK_EVERY_MS);
}

/** This browser's own parts. */
export function thisBrowser(): Surroundings {
  return {
    register: () => navigator.serviceWorker.register('/sw.js', { scope: '/', updateViaCache: 'none' }),
    container: navigator.serviceWorker,
    document,
    window,
    sinceOpened: () => performance.now(),
    reload: () => location.reload(),
    unsaved: hasUnsaved,
    used: isUsed,
    whenLoaded: (then) => {
      if (document.readyState === 'complete') then();
      else addEventListener('load', () => then(), { once: true });
    },
  };
}

/** The build that this page runs, by the name of its main file, which changes with its content. */
export function buildOf(page: Pick<Document, 'querySelector'> = document): string | null {
  const address = page.querySelector('script[type=module][src]')?.getAttribute('src') ?? '';
  return /-([\w-]{6,12})\.js$/.exec(address)?.[1] ?? null;
}
