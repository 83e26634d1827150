/// <reference lib="webworker" />
import { clientsClaim } from 'workbox-core';
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: { url: string; revision: string | null }[] };

/**
 * Never cached and never answered by this worker: a session's data, sign-in, live codes, and the
 * verifier's data, whose age the page itself keeps account of. Whatever is not part of the app's
 * own build goes to the network untouched.
 */
export const NEVER_CACHED = [
  /^\/api(\/|$)/,
  /^\/status(\/|$)/,
  /^\/\.well-known(\/|$)/,
  /^\/openapi\.json$/,
  /^\/docs(\/|$)/,
  /^\/(healthz|readyz|metrics)$/,
];

void self.skipWaiting();
clientsClaim();
cleanupOutdatedCaches();
precacheAndRoute(self.__WB_MANIFEST, {
  // the code in `/V?d=…` must not be compared with, or stored as, an address
  ignoreURLParametersMatching: [/.*/],
});
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: NEVER_CACHED }));
