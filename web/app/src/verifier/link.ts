/**
 * The code in the address of the verifier page: the digits after `#`, which a browser never sends
 * to a server, or `?d=` as people paste it.
 */
export function codeOfLocation(location: Pick<Location, 'hash' | 'search' | 'host'>): string | null {
  const fragment = location.hash.slice(1);
  // the form of a code is https, also where a developer serves the page without it
  if (fragment) return `https://${location.host}/V#${safeDecode(fragment)}`;
  const pasted = new URLSearchParams(location.search).get('d');
  return pasted ? `https://${location.host}/V#${pasted}` : null;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
