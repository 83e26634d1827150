// Bundles the run (Node 20 reads no TypeScript) and starts it with the arguments that came.
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
// beside the packages that stay outside the bundle, so that they are found
const folder = mkdtempSync(path.join(here, '../../node_modules/.differential-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const outfile = path.join(folder, 'main.mjs');
await build({
  entryPoints: [path.join(here, 'main.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  external: ['sm-crypto-v2'],
  define: { 'import.meta.url': JSON.stringify(pathToFileURL(path.join(here, 'rust.ts')).href) },
  outfile,
  logLevel: 'error',
});
await import(pathToFileURL(outfile).href);
