/** The package as a stranger gets it: packed, unpacked in a fresh folder, its README's examples compiled by the stranger's `tsc` and run. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { type IncomingMessage, type Server, createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makePair } from './server.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MODULES = path.join(ROOT, '../node_modules');
const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const run = promisify(execFile);

let folder: string;
let packed: readonly string[];
let server: Server;
let address: string;
const asked: { path: string; body: string; authorization: string | undefined }[] = [];
const consumer = () => path.join(folder, 'consumer');
const node = (args: readonly string[], cwd: string) =>
  execFileSync(process.execPath, args, { cwd, encoding: 'utf8' });

function examples(): Map<string, string> {
  const found = readFileSync(path.join(ROOT, 'README.md'), 'utf8').matchAll(
    /<!-- example: (\S+) -->\s+```ts\n(.*?)```/gs,
  );
  return new Map([...found].map(([, name = '', code = '']) => [name, code]));
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'luzheng-client-'));
  const stage = path.join(folder, 'stage');
  mkdirSync(stage);
  node([path.join(ROOT, 'scripts/build.mjs'), path.join(stage, 'dist')], ROOT);
  for (const file of ['package.json', 'README.md', 'LICENSE'])
    copyFileSync(path.join(ROOT, file), path.join(stage, file));
  const said = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: stage,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [pack] = JSON.parse(said) as readonly {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  }[];
  packed = (pack?.files ?? []).map((file) => file.path).sort();
  await install(pack?.filename ?? '');
  await serve();
}, 120_000);
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

// what `npm install FILE` does, without asking a registry
async function install(tarball: string): Promise<void> {
  const home = path.join(consumer(), 'node_modules/@luzheng');
  mkdirSync(home, { recursive: true });
  execFileSync('tar', ['xzf', path.join(folder, tarball), '-C', home]);
  execFileSync('mv', [path.join(home, 'package'), path.join(home, 'client')]);
  for (const name of ['openapi-fetch', 'openapi-typescript-helpers', '@types/node', 'undici-types']) {
    const place = path.join(consumer(), 'node_modules', name);
    mkdirSync(path.dirname(place), { recursive: true });
    symlinkSync(path.join(MODULES, name), place);
  }
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    skipLibCheck: false,
    types: ['node'],
  };
  writeFileSync(path.join(consumer(), 'package.json'), '{"type":"module"}');
  writeFileSync(
    path.join(consumer(), 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.ts'] }),
  );
  for (const [name, code] of examples()) writeFileSync(path.join(consumer(), name), code);
  const { privateKey } = await makePair();
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', privateKey)).toString('base64');
  writeFileSync(
    path.join(consumer(), 'partner.pem'),
    `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`,
  );
}

const webhookKeys = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, [
  'sign',
  'verify',
])) as CryptoKeyPair;
const rawKey = Buffer.from(await crypto.subtle.exportKey('raw', webhookKeys.publicKey)).toString('base64');

/** Answers as the server does, once a token was asked for. */
async function serve(): Promise<void> {
  const answers: Record<string, unknown> = {
    '/oauth/token': { access_token: 'token-1', token_type: 'Bearer', expires_in: 900, scope: 'all' },
    '/api/v1/partner/verify': {
      items: [{ id: 'claim-1', report: { verdict: 'valid', reason: null } }],
      counts: { valid: 1 },
      check: 'c',
    },
    '/api/v1/partner/states': { items: [{ id: 'claim-1', changed: false, changes: [] }] },
    '/.well-known/luzheng/webhook-keys': { keys: [{ public_key: `whpk_${rawKey}` }] },
  };
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { url = '', headers } = request;
      asked.push({ path: url, body, authorization: headers.authorization });
      const metadata = { issuer: address, token_endpoint: `${address}/oauth/token` };
      const answer = url.includes('oauth-authorization-server') ? metadata : answers[url];
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}

const environment = (more: Record<string, string> = {}) => ({
  ...process.env,
  LUZHENG_URL: address,
  ...more,
});
const example = async (name: string): Promise<string> =>
  (await run(process.execPath, [name], { cwd: consumer(), env: environment() })).stdout;

test('has what it needs, and nothing of the repository', () => {
  expect(packed.filter((file) => !file.startsWith('dist/'))).toEqual([
    'LICENSE',
    'README.md',
    'package.json',
  ]);
  expect(packed).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'dist/schema.d.ts']));
  for (const file of packed) {
    const text = readFileSync(path.join(consumer(), 'node_modules/@luzheng/client', file), 'utf8');
    expect(text.includes('@luzheng/api') && file !== 'package.json', file).toBe(false);
  }
  const types = readFileSync(path.join(consumer(), 'node_modules/@luzheng/client/dist/schema.d.ts'), 'utf8');
  expect(types).toContain('"/api/v1/partner/verify"');
  expect(types, 'of other people’s interface nothing').not.toMatch(
    /"\/api\/v1\/(staff|citizen|officer|demo)\//,
  );
  const manifest = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    license: string;
    dependencies: object;
  };
  expect([manifest.license, Object.keys(manifest.dependencies)]).toEqual(['Apache-2.0', ['openapi-fetch']]);
});

test('its examples compile under a strict compiler, and a wrong call does not', () => {
  expect([...examples().keys()]).toEqual(['verify.ts', 'state.ts', 'webhook.ts']);
  node([TSC, '-p', 'tsconfig.json'], consumer());
  const wrong = (examples().get('verify.ts') ?? '').replace("purpose: 'claim'", 'purpose: 7');
  mkdirSync(path.join(consumer(), 'wrong'));
  writeFileSync(path.join(consumer(), 'wrong/verify.ts'), wrong);
  const options = ['--target', 'es2022', '--module', 'nodenext', '--strict', '--noEmit', '--types', 'node'];
  expect(() =>
    execFileSync(process.execPath, [TSC, ...options, 'wrong/verify.ts'], { cwd: consumer(), stdio: 'pipe' }),
  ).toThrow();
}, 120_000);

test('its examples run', async () => {
  expect(await example('verify.js')).toBe('claim-1 valid undefined\n{ valid: 1 }\n');
  expect(await example('state.js')).toBe('claim-1 undefined undefined false\n');
  const tokens = asked.filter(({ path: place }) => place === '/oauth/token');
  expect(new URLSearchParams(tokens[1]?.body).get('scope')).toBe('state');
  expect(asked.find(({ path: place }) => place === '/api/v1/partner/verify')?.authorization).toBe(
    'Bearer token-1',
  );
}, 60_000);

test('its webhook example takes what is signed, once, and nothing else', async () => {
  const child = spawn(process.execPath, ['webhook.js'], { cwd: consumer(), env: environment({ PORT: '0' }) });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  try {
    const [, port = ''] = /port: (\d+)/.exec(await line()) ?? [];
    const data = { subscription: 's', seq: 1, plate_number: '苏B12345' };
    const body = JSON.stringify({ type: 'test', timestamp: 'x', data });
    const send = async (text: string) => {
      const at = Math.floor(Date.now() / 1000);
      const message = Buffer.from(`msg_1.${at}.${body}`);
      const signed = await crypto.subtle.sign({ name: 'Ed25519' }, webhookKeys.privateKey, message);
      const headers = {
        'webhook-id': 'msg_1',
        'webhook-timestamp': String(at),
        'webhook-signature': `v1a,${Buffer.from(signed).toString('base64')}`,
      };
      return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: text, headers })).status;
    };
    expect([await send(body), await send(body), await send(`${body} `)]).toEqual([204, 204, 400]);
    expect(await line()).toBe('test 苏B12345 1');
    child.kill();
    expect(await line(), 'said once').toBe('undefined');
  } finally {
    child.kill();
  }
}, 60_000);
