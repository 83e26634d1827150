/** TypeScript of the tests for scripts that plain Node runs: bundled next to the packages that it imports. */
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/luzheng-bench/', import.meta.url));

/** The module `src/NAME.ts`. */
export async function load(name) {
  const outfile = path.join(CACHE, `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return import(pathToFileURL(outfile).href);
}
