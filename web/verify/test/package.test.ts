/** The package as a stranger gets it: packed, unpacked in a fresh folder, its README's examples compiled by the stranger's `tsc` and run. */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VALID_SENTENCE } from '../src/index.js';
import { FOLDER, readVectors } from './vectors.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MODULES = path.join(ROOT, '../node_modules');
const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  readonly dependencies: Record<string, string>;
  readonly exports: Record<string, unknown>;
  readonly license: string;
};

let folder: string;
let packed: readonly string[];
const consumer = () => path.join(folder, 'consumer');
const node = (args: readonly string[], cwd: string): string =>
  execFileSync(process.execPath, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** The examples of the README by the name in the comment before them. */
function examples(): Map<string, string> {
  const found = readFileSync(path.join(ROOT, 'README.md'), 'utf8').matchAll(
    /<!-- example: (\S+) -->\s+```ts\n(.*?)```/gs,
  );
  return new Map([...found].map(([, name = '', code = '']) => [name, code]));
}

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'luzheng-verify-'));
  const stage = path.join(folder, 'stage');
  mkdirSync(stage);
  node([TSC, '-p', path.join(ROOT, 'tsconfig.build.json'), '--outDir', path.join(stage, 'dist')], ROOT);
  for (const file of ['package.json', 'README.md', 'LICENSE'])
    copyFileSync(path.join(ROOT, file), path.join(stage, file));
  cpSync(path.join(ROOT, 'src'), path.join(stage, 'src'), { recursive: true });
  const [pack] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: stage,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as readonly { readonly filename: string; readonly files: readonly { readonly path: string }[] }[];
  packed = (pack?.files ?? []).map((file) => file.path);
  install(pack?.filename ?? '');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

// what `npm install FILE` does, without asking a registry: the dependencies are those of this repository
function install(tarball: string): void {
  const home = path.join(consumer(), 'node_modules/@luzheng');
  mkdirSync(home, { recursive: true });
  execFileSync('tar', ['xzf', path.join(folder, tarball), '-C', home]);
  execFileSync('mv', [path.join(home, 'package'), path.join(home, 'verify')]);
  for (const name of [...Object.keys(manifest.dependencies), '@types/node', 'undici-types']) {
    const place = path.join(consumer(), 'node_modules', name);
    mkdirSync(path.dirname(place), { recursive: true });
    symlinkSync(path.join(MODULES, name), place);
  }
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    lib: ['es2022'],
    strict: true,
    skipLibCheck: false,
  };
  writeFileSync(path.join(consumer(), 'package.json'), '{"type":"module"}');
  writeFileSync(
    path.join(consumer(), 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, types: ['node'] }, include: ['*.ts'] }),
  );
}

test('has what it needs, and nothing of the repository', () => {
  for (const entry of Object.values(manifest.exports)) {
    const files = typeof entry === 'string' ? [entry] : Object.values(entry as Record<string, string>);
    for (const file of files) expect(packed).toContain(file.replace('./', ''));
  }
  expect(packed).toEqual(expect.arrayContaining(['LICENSE', 'README.md']));
  expect(
    packed.filter((file) => !/^(dist|src)\/[\w-]+\.(js|d\.ts|ts|js\.map|d\.ts\.map)$/.test(file)).sort(),
  ).toEqual(['LICENSE', 'README.md', 'package.json']);
  expect(manifest.license).toBe('Apache-2.0');
  for (const [name, version] of Object.entries(manifest.dependencies)) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    expect(name).not.toMatch(/^@luzheng\//);
  }
});

test('its examples compile under a strict compiler, and say what the README says', () => {
  const found = examples();
  expect([...found.keys()]).toEqual(['verify.ts', 'pack.ts']);
  for (const [name, code] of found) writeFileSync(path.join(consumer(), name), code);
  node([TSC, '-p', 'tsconfig.json'], consumer());
  evidence();
  const [verdict, subject, sentence] = runExample('verify.js').split('\n');
  expect([verdict, subject]).toEqual(['valid', '苏B12345']);
  expect(sentence).toBe(VALID_SENTENCE.zh);
  expect(runExample('pack.js')).toMatch(/^valid 2026-11-21T/);
}, 60_000);

/** The vectors under the names that the examples use. */
function evidence(): void {
  const good = readVectors().find(({ name }) => name.startsWith('valid--static-es256'));
  if (good === undefined) throw new Error('no such vector');
  const put = (from: string, to: string) => copyFileSync(`${FOLDER}${from}`, path.join(consumer(), to));
  put('root.json', 'root.json');
  put('trust/trust.json', 'trust.json');
  put('status/1.jwt', 'status-1.jwt');
  put('pack/good--newer.lzpack', 'today.lzpack');
  writeFileSync(path.join(consumer(), 'code.txt'), good.text);
  const now = Date.parse(good.now);
  writeFileSync(path.join(consumer(), 'clock.mjs'), `Date.now = () => ${now};\n`);
}

// at the time of the vectors
const runExample = (file: string): string => node(['--import', './clock.mjs', file], consumer());

test('each entry loads by itself', () => {
  for (const entry of Object.keys(manifest.exports).filter((name) => name !== './package.json')) {
    const name = `@luzheng/verify${entry.slice(1)}`;
    const said = node(
      ['--input-type=module', '-e', `console.log(Object.keys(await import('${name}')).length > 2)`],
      consumer(),
    );
    expect(said, name).toBe('true\n');
  }
});

test('its size is within its budgets', () => {
  const said = execFileSync(process.execPath, [path.join(ROOT, 'scripts/size.mjs')], { encoding: 'utf8' });
  expect(said).toMatch(/index: .* KB gzip of 16 KB/);
}, 30_000);
