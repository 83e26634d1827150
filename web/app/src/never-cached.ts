/**
 * Never cached and never answered by the service worker: a session's data, sign-in, live codes,
 * and the verifier's data, whose age the page itself keeps account of. Whatever is not part of
 * the app's own build goes to the network untouched.
 */
export const NEVER_CACHED = [
  /^\/api(\/|$)/,
  /^\/status(\/|$)/,
  /^\/\.well-known(\/|$)/,
  /^\/openapi\.json$/,
  /^\/docs(\/|$)/,
  /^\/(healthz|readyz|metrics)$/,
];
