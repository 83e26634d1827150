/** The part behind `#` of where somebody was: it may be a token, so it stands in no address and on no disk. */
let behind: { path: string; hash: string } | null = null;

/** Where somebody is taken away from, as it may stand in an address. */
export function leaving(from: { fullPath: string; hash: string }): string {
  const path = from.fullPath.split('#')[0] ?? '/';
  behind = from.hash ? { path, hash: from.hash } : null;
  return path;
}

/** Where to go on after signing in: a path of this app and nothing else, whatever an address asks for. */
export function wayBack(asked: unknown, otherwise = '/vehicles'): string {
  if (typeof asked !== 'string' || asked.length > 512 || !/^\/(?![/\\])[^\s\\]*$/.test(asked))
    return otherwise;
  // back to where one signs in is no way on
  if (asked === '/' || /^\/(sign-in|identity)(\/|\?|#|$)/.test(asked)) return otherwise;
  return behind?.path === asked ? asked + behind.hash : asked;
}
