/**
 * The three apps of this code: the citizens', the officers' and the partners'. Which one a page is, is settled when
 * it is loaded, and going from one to another loads it anew: each keeps its things in a database and a vault of its
 * own, so that a citizen who signs out does not take the key of a duty device with them, and nothing of the one lies
 * in the memory of the other.
 */
export type Surface = 'citizen' | 'officer' | 'partner';

/** The app to which an address belongs. */
export function surfaceOf(path: string): Surface {
  const first = /^\/(officer|partner)(?=[/?#]|$)/.exec(path)?.[1];
  return first === 'officer' || first === 'partner' ? first : 'citizen';
}

/** The app that this page is. A worker is the citizens'. */
export const surface: Surface = surfaceOf(globalThis.location?.pathname ?? '/');

/** A name for what this surface keeps: the citizens' is the plain one. */
export const ofSurface = (name: string, which: Surface = surface): string =>
  which === 'citizen' ? name : `${name}-${which}`;
