/** What the page of the bench runs: the app's own checks, as a browser gets them. Bundled by esbuild, never imported here. */
import { look } from '../../app/src/photo/studio.ts';

/** Rules that a picture breaks, taken as it is; the picture as base64. */
async function broken(picture: string): Promise<string[]> {
  const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
  const { findings } = await look(new Blob([bytes]), true);
  return findings.filter(({ ok }) => !ok).map(({ rule }) => rule);
}

Object.assign(globalThis, { broken });
