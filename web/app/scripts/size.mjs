// Reports what a first visit loads, gzipped, and fails above the limit. Reads the built index.html and
// follows static imports, as the browser does; the route chunk and the decoder come later.
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 300;
const dist = new URL('../dist/', import.meta.url);
const html = await readFile(new URL('index.html', dist), 'utf8');
const seen = new Map();

async function add(path) {
  if (seen.has(path)) return;
  const text = await readFile(new URL(path, dist));
  seen.set(path, gzipSync(text, { level: 9 }).length);
  if (!path.endsWith('.js')) return;
  for (const [, name] of text.toString().matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) {
    await add(`${path.slice(0, path.lastIndexOf('/') + 1)}${name}`);
  }
}

for (const [, path] of html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)) await add(path);
// the first screen of each way in: the start page and the verifier page
const { readdir } = await import('node:fs/promises');
for (const name of await readdir(new URL('assets/', dist))) {
  if (/^(WelcomeView|VerifyView|ProofView|CheckResult)-.*\.(js|css)$/.test(name)) await add(`assets/${name}`);
}
const total = [...seen.values()].reduce((sum, bytes) => sum + bytes, 0) / 1024;
process.stdout.write(`first load: ${total.toFixed(1)} KB gzip in ${seen.size} files (limit ${LIMIT_KB})\n`);
if (total > LIMIT_KB) process.exitCode = 1;
