/// <reference lib="webworker" />
import { clientsClaim } from 'workbox-core';
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { NEVER_CACHED } from './never-cached';
import { readPush } from './push/message';
import { GO_TO, TAKE_OVER } from './update/message';
import { recallPublic } from './storage/database';

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: { url: string; revision: string | null }[] };

// a new version waits until a page says that nothing is lost by it
self.addEventListener('message', (event) => {
  if ((event.data as { type?: unknown } | null)?.type === TAKE_OVER) event.waitUntil(self.skipWaiting());
});
clientsClaim();
cleanupOutdatedCaches();
precacheAndRoute(self.__WB_MANIFEST, {
  // the code in `/V?d=…` must not be compared with, or stored as, an address
  ignoreURLParametersMatching: [/.*/],
});
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: NEVER_CACHED }));

self.addEventListener('push', (event) => event.waitUntil(show(event.data?.text() ?? '')));
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(String((event.notification.data as unknown) ?? '/notices')));
});

/** Every push is shown: browsers end subscriptions that stay silent. */
async function show(text: string): Promise<void> {
  const english = (await recallPublic<string>('settings/locale'))?.value === 'en';
  const message = readPush(text, english, self.location.origin);
  const title = message?.title ?? (english ? 'Luzheng: a new notice' : '路证：有新的通知');
  await self.registration.showNotification(title, {
    body: message?.body ?? '',
    tag: message?.tag ?? 'luzheng',
    data: message?.path ?? '/notices',
    icon: '/icon-192.png',
    badge: '/icon-192.png',
    lang: english ? 'en' : 'zh-CN',
  });
}

/** How long a page may take to say whether it goes where a notice leads. */
const PATIENCE_MS = 1_000;

/** Opens the app where the notice leads: in the window that is there already, unless something is unsaved in it. */
async function open(path: string): Promise<void> {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  for (const client of windows) {
    // the browser lets a worker bring a window to the front only while it handles a tap
    await client.focus().catch(() => undefined);
    if (await goes(client, path)) return;
  }
  await self.clients.openWindow(path);
}

/** Asks a page to go somewhere; false when it would lose something by it, or does not answer. */
function goes(client: WindowClient, path: string): Promise<boolean> {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    const given = setTimeout(() => done(false), PATIENCE_MS);
    port1.onmessage = (event) => {
      clearTimeout(given);
      done(event.data === true);
    };
    client.postMessage({ type: GO_TO, path }, [port2]);
  });
}
