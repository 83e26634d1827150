/**
 * Never cached and never answered by the service worker: whatever is about a person, and whatever has an age that the
 * page itself keeps account of. Among it, below `/api`: sessions, one-time codes, passkeys, the identity platform's way
 * there and back, live codes, printed marks (`…/print.pdf`), the holder's photo, the device's binding, proofs, filings
 * and consents, units, applications, notices and whether one is genuine, who looked at one's record, push subscriptions,
 * enrolled devices and their sessions, officers' look-ups, shards and reader keys, partners' checks.
 * Whatever is not part of the app's own build goes to the network untouched. Compared with path and query together.
 */
export const NEVER_CACHED = [
  /^\/api([/?]|$)/,
  // status lists and trust: the verifier keeps them with their age
  /^\/status([/?]|$)/,
  /^\/\.well-known([/?]|$)/,
  /^\/openapi\.json([/?]|$)/,
  /^\/docs([/?]|$)/,
  // the national pack: the officers' app keeps it with its age
  /^\/pack([/?]|$)/,
  // tokens of partners
  /^\/oauth([/?]|$)/,
  // the desk is another app
  /^\/desk([/?]|$)/,
  /^\/(healthz|readyz|metrics)([/?]|$)/,
];
