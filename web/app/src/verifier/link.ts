/**
 * The code in the address of the verifier page: the digits after `#`, which a browser never sends
 * to a server, or `?d=` as people paste it.
 */
export function codeOfLocation(location: Pick<Location, 'hash' | 'search' | 'origin'>): string | null {
  const fragment = location.hash.slice(1);
  if (fragment) return `${location.origin}/V#${safeDecode(fragment)}`;
  const pasted = new URLSearchParams(location.search).get('d');
  return pasted ? `${location.origin}/V#${pasted}` : null;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
