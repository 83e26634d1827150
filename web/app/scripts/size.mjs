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
  if (/^(WelcomeView|SignInView|VerifyView|ProofView|CheckResult)-.*\.(js|css)$/.test(name))
    await add(`assets/${name}`);
}
const total = [...seen.values()].reduce((sum, bytes) => sum + bytes, 0) / 1024;
process.stdout.write(`first load: ${total.toFixed(1)} KB gzip in ${seen.size} files (limit ${LIMIT_KB})\n`);
if (total > LIMIT_KB) process.exitCode = 1;

// what comes later: no screen may cost more than this by itself, whatever it shares
const CHUNK_KB = 40;
// they are what they are: words of all screens in two languages, the runtime, the decoder's glue, SM2
const SHARED = /^(i18n|vue\.runtime|decode\.worker|sm2|index|vue-i18n)[.-]/;
let precached = 0;
const large = [];
for (const name of await readdir(new URL('assets/', dist))) {
  const bytes = await readFile(new URL(`assets/${name}`, dist));
  precached += bytes.length;
  const kb = gzipSync(bytes, { level: 9 }).length / 1024;
  if (/\.(js|css)$/.test(name) && !SHARED.test(name) && kb > CHUNK_KB)
    large.push(`${name} ${kb.toFixed(1)} KB`);
}
process.stdout.write(`kept for use without a network: ${(precached / 1048576).toFixed(1)} MB unpacked\n`);
if (large.length > 0) {
  process.stdout.write(`above ${CHUNK_KB} KB gzip: ${large.join(', ')}\n`);
  process.exitCode = 1;
}
