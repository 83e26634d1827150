/**
 * How well the browser's checks of a photo name the rule that a picture breaks, rule by rule.
 *
 *     node web/e2e/bench/photo-checks.mjs FOLDER
 *
 * FOLDER holds pictures and `labels.csv` (file, broken_rule, how, real_face), as `luzheng synth --portraits` writes it.
 * Prints a table in Markdown. A picture breaks one rule at most; a rule that fails for a picture which was made to break
 * another one counts as a false alarm. Real faces are counted apart: below 30 of them nothing is said about those.
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { load } from './load.mjs';

const RULES = ['size', 'ratio', 'one_face', 'centred', 'face_size', 'background', 'sharpness', 'light'];
/** Fewer real faces say nothing about real faces. */
const REAL_MIN = 30;
const MODEL = fileURLToPath(new URL('../../app/src/photo/model/tiny-face-detector.bin', import.meta.url));

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('which folder? one with pictures and labels.csv\n');
  process.exit(2);
}
const [, ...rows] = readFileSync(path.join(folder, 'labels.csv'), 'utf8').trim().split('\n');
const pictures = rows
  .map((row) => row.split(','))
  .map(([file, rule, how, real]) => ({ file, rule, how, real }));

/** The page's script; `…?url` becomes the address below which the model is served. */
async function script() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('page-photo.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'urls',
        setup(on) {
          on.onResolve({ filter: /\?url$/ }, () => ({ path: 'model', namespace: 'url' }));
          on.onLoad({ filter: /.*/, namespace: 'url' }, () => ({ contents: 'export default "/model.bin"' }));
        },
      },
    ],
  });
  return outputFiles[0].text;
}

const files = new Map([
  ['/', ['text/html', '<!doctype html><script type="module" src="/page.js"></script>']],
  ['/page.js', ['text/javascript', await script()]],
  ['/model.bin', ['application/octet-stream', readFileSync(MODEL)]],
]);
const server = http.createServer((request, response) => {
  const [type, body] = files.get(request.url) ?? ['text/plain', ''];
  response.writeHead(files.has(request.url) ? 200 : 404, { 'content-type': type });
  response.end(body);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const { launch } = await load('browser');
const browser = await launch();
const page = await browser.newPage();
await page.goto(`http://localhost:${server.address().port}/`);
await page.waitForFunction(() => 'broken' in globalThis);

const counts = new Map(RULES.map((rule) => [rule, { hit: 0, false: 0, missed: 0, real: 0, why: new Map() }]));
const millis = [];
for (const { file, rule, how, real } of pictures) {
  const picture = readFileSync(path.join(folder, file)).toString('base64');
  const since = performance.now();
  const broken = await page.evaluate((data) => globalThis.broken(data), picture);
  millis.push(performance.now() - since);
  for (const one of RULES) {
    const count = counts.get(one);
    if (rule === one && real === 'yes') count.real += 1;
    const [was, said] = [rule === one, broken.includes(one)];
    if (was && said) count.hit += 1;
    if (was === said) continue;
    count[was ? 'missed' : 'false'] += 1;
    const word = `${was ? 'missed' : 'false'}: ${how}`;
    count.why.set(word, (count.why.get(word) ?? 0) + 1);
  }
}
const version = browser.version();
await browser.close();
server.close();

const share = (part, whole) => (whole === 0 ? '–' : (part / whole).toFixed(3));
const lines = [
  `Browser's checks, Chromium ${version}, ${pictures.length} pictures (${pictures.filter(({ rule }) => rule === '').length} faultless), ` +
    `median ${millis.sort((a, b) => a - b)[millis.length >> 1].toFixed(0)} ms a picture.`,
  '',
  '| rule | n broken | precision | recall | wrong | real faces |',
  '| --- | ---: | ---: | ---: | --- | --- |',
];
for (const [rule, { hit, false: alarms, missed, real, why }] of counts) {
  const wrong = [...why].map(([word, times]) => `${times} × ${word}`).join('; ');
  const faces = real < REAL_MIN ? `${real}: not measured` : `${real}`;
  lines.push(
    `| ${rule} | ${hit + missed} | ${share(hit, hit + alarms)} | ${share(hit, hit + missed)} | ${wrong || 'none'} | ${faces} |`,
  );
}
process.stdout.write(`${lines.join('\n')}\n`);
