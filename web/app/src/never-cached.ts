/**
 * Never cached and never answered by the service worker: a session's data, sign-in, live codes,
 * the holder's photo, proofs, and the verifier's data, whose age the page itself keeps account of.
 * Whatever is not part of the app's own build goes to the network untouched.
 */
export const NEVER_CACHED = [
  // among them /api/v1/citizen/licence/photo, …/live, …/device, /api/v1/citizen/proofs, /api/v1/proofs/open
  /^\/api(\/|$)/,
  /^\/status(\/|$)/,
  /^\/\.well-known(\/|$)/,
  /^\/openapi\.json$/,
  /^\/docs(\/|$)/,
  // the desk is another app
  /^\/desk(\/|$)/,
  /^\/(healthz|readyz|metrics)$/,
];
