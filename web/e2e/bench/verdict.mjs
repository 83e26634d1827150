/**
 * How long does a verdict take in a browser without a network, the signature included? A pack of 515 full lists is kept in IndexedDB;
 * each round is a fresh page that opens it and judges codes. Prints Markdown for bench/RESULTS.md.
 * Usage: node web/e2e/bench/verdict.mjs [ROUNDS] [LISTS]
 */
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { load } from './load.mjs';

const [rounds = '12', lists = '515'] = process.argv.slice(2);
/** Of a hundred entries one is flagged, as the pack's aim says. */
const FLAGGED_ONE_IN = 100;
/** Codes of lists that were not looked at yet, and codes judged again. */
const CODES = 40;
const SLOWER = [1, 4];
const ALGORITHMS = ['ES256', 'SM2'];
const LIMIT_MS = 50;
const PARTS = ['opening', 'preparing', 'first', 'unseen', 'again'];

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('page-verdict.ts', import.meta.url))],
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  outdir: '/',
  write: false,
  logLevel: 'error',
});
process.stderr.write(`making a pack of ${lists} lists\n`);
const { makeNation } = await load('../bench/nation');
const nation = await makeNation(Number(lists), FLAGGED_ONE_IN);
const { launch } = await load('browser');

const files = new Map(outputFiles.map(({ path, contents }) => [path, ['text/javascript', contents]]));
files.set('/', ['text/html', '<!doctype html><script type="module" src="/page-verdict.js"></script>']);
files.set('/pack', ['application/octet-stream', nation.pack]);
// isolated, so that the page's clock is fine enough
const isolated = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const server = http.createServer((request, response) => {
  const [type, body] = files.get(request.url) ?? ['text/plain', ''];
  response.writeHead(files.has(request.url) ? 200 : 404, { 'content-type': type, ...isolated });
  response.end(body);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = `http://localhost:${server.address().port}/`;
const setting = { roots: nation.roots, now: nation.now, host: nation.host };

const browser = await launch();
const context = await browser.newContext();
async function visit(slower) {
  const page = await context.newPage();
  await page.goto(address);
  await page.waitForFunction(() => globalThis.ready === true);
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
  return page;
}

async function round(slower, algorithm, number) {
  const page = await visit(slower);
  const own = nation.codes[algorithm];
  // another stretch of lists each round, so that no round profits from the one before
  const codes = Array.from({ length: CODES + 1 }, (_, at) => own[(number * (CODES + 1) + at) % own.length]);
  const { opening, preparing } = await page.evaluate((given) => globalThis.open(given), setting);
  const first = await page.evaluate((some) => globalThis.judge(some), codes.slice(0, 1));
  const unseen = await page.evaluate((some) => globalThis.judge(some), codes.slice(1));
  const again = await page.evaluate((some) => globalThis.judge(some), codes.slice(1));
  await page.close();
  for (const { verdicts } of [first, unseen, again])
    for (const word of Object.keys(verdicts))
      if (!['valid', 'revoked', 'suspended', 'superseded'].includes(word))
        throw new Error(`a verdict was ${word}`);
  const [firstTime] = first.times;
  return { opening, preparing, first: firstTime, unseen: unseen.times, again: again.times };
}

const keeper = await visit(1);
await keeper.evaluate((given) => globalThis.keep(given), setting);
await keeper.close();
const version = browser.version();
const rows = [];
for (const slower of SLOWER) {
  for (const algorithm of ALGORITHMS) {
    process.stderr.write(`${algorithm}, processor ${slower} times slower\n`);
    const found = [];
    for (let number = 0; number < Number(rounds); number++)
      found.push(await round(slower, algorithm, number));
    const part = (name) => figures(found.flatMap((one) => one[name]));
    rows.push([algorithm, slower, ...PARTS.map(part)]);
  }
}
await browser.close();
server.close();

function figures(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { median: at(0.5), p99: at(0.99) };
}
const shown = ({ median, p99 }) => `${median.toFixed(1)} / ${p99.toFixed(1)}`;
const megabytes = (nation.pack.length / 1e6).toFixed(2);
// of verdicts, without the brake
const worst = Math.max(
  ...rows.filter(([, slower]) => slower === 1).flatMap((row) => row.slice(4).map(({ p99 }) => p99)),
);
console.log(`## Off-line verdict in the browser

Chromium ${version}, a pack of ${lists} lists of 2^20 entries with 1 % flagged (${megabytes} MB) in IndexedDB, no network involved; milliseconds, median / 99th percentile of ${rounds} fresh pages, ${CODES} codes each.
"Opening" is database, roots, trust list, signed head and table; "preparing" loads the program for SM2 and makes its tables, which an app does while the camera starts. "First" is the first code, from its text to the verdict: the list's section read,
compared with its digest and unpacked, the signature verified. "Another list" reads a section too; "a list seen before" does not. Limit: ${LIMIT_MS} ms for a verdict; the slowest 99th percentile without the brake: **${worst.toFixed(1)} ms**.

| signature | processor | opening | preparing | first | another list | a list seen before |
|---|---|---|---|---|---|---|
${rows.map(([algorithm, slower, ...parts]) => `| ${algorithm} | ${slower === 1 ? 'this one' : `${slower} × slower`} | ${parts.map(shown).join(' | ')} |`).join('\n')}`);
