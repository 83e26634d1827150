/// <reference lib="webworker" />
import { clientsClaim } from 'workbox-core';
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { NEVER_CACHED } from './never-cached';

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: { url: string; revision: string | null }[] };

void self.skipWaiting();
clientsClaim();
cleanupOutdatedCaches();
precacheAndRoute(self.__WB_MANIFEST, {
  // the code in `/V?d=…` must not be compared with, or stored as, an address
  ignoreURLParametersMatching: [/.*/],
});
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: NEVER_CACHED }));
