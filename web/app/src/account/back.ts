/** Where to go on after signing in: a path of this app and nothing else, whatever an address asks for. */
export function wayBack(asked: unknown, otherwise = '/vehicles'): string {
  if (typeof asked !== 'string' || asked.length > 512 || !/^\/(?![/\\])[^\s\\]*$/.test(asked))
    return otherwise;
  // back to where one signs in is no way on
  return asked === '/' || /^\/(sign-in|identity)(\/|\?|#|$)/.test(asked) ? otherwise : asked;
}
