/** A licence's own codes, live and held, fresh and misused: the server, the command line and the browser say the same. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BrowserContext, Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { toBase64Url, fromBase64Url } from '../../app/src/licence/base64url.ts';
import { heldCode, makeDeviceKey, pointsOf, signerOf } from '../../app/src/licence/held.ts';
import { primaryText } from '@luzheng/verify';
import { launch, visit } from '../src/browser.ts';
import { BINARY } from '../src/demo.ts';
import { findDriver, signIn } from '../src/people.ts';
import { type BrowserVerifier, browserVerifier } from '../src/verifier.ts';

interface Report {
  readonly verdict: string;
  readonly reason: string | null;
  readonly checks: readonly { name: string; ok: boolean | null }[];
}

const origin = inject('origin');
const host = new URL(origin).host;
const second = (): number => Math.floor(Date.now() / 1000);
let browser: Browser;
let verifier: BrowserVerifier;
let context: BrowserContext;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(path.join(tmpdir(), 'luzheng-licence-parity-'));
  browser = await launch();
  verifier = await browserVerifier(browser);
  context = (await visit(browser, origin)).context;
  // somebody else than the licence tests bind to their browsers
  const { person } = await findDriver(
    context,
    'a long-term licence in order',
    (it) => it.credential.state === 'current' && it.state === 'normal' && it.valid_until === null,
  );
  await signIn(context, person);
});
afterAll(async () => {
  await verifier?.close();
  await browser?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const text = async (address: string, accept = '*/*'): Promise<string> =>
  (await context.request.get(address, { headers: { accept } })).text();

async function post<T>(address: string, data: unknown): Promise<T> {
  const answer = await context.request.post(address, { data });
  if (!answer.ok()) throw new Error(`${address}: ${answer.status()} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** What everybody can fetch now. */
async function published(): Promise<{ trust: string; root: string; lists: string }> {
  const folder = mkdtempSync(path.join(scratch, 'published-'));
  const lists = path.join(folder, 'lists');
  mkdirSync(lists);
  writeFileSync(path.join(folder, 'trust.json'), await text('/.well-known/luzheng/trust'));
  writeFileSync(path.join(folder, 'root.json'), await text('/.well-known/luzheng/root'));
  for (const list of [1, 2, 3, 4]) {
    const answer = await context.request.get(`/status/${list}`, {
      headers: { accept: 'application/statuslist+jwt' },
    });
    if (answer.ok()) writeFileSync(path.join(lists, `${list}.jwt`), await answer.text());
  }
  return { trust: path.join(folder, 'trust.json'), root: path.join(folder, 'root.json'), lists };
}

function onCommandLine(
  code: string,
  at: string,
  files: Awaited<ReturnType<typeof published>>,
): Promise<Report> {
  const { trust, root, lists } = files;
  const args = [
    'verify',
    '--json',
    '--at',
    at,
    '--trust',
    trust,
    '--root',
    root,
    '--status',
    lists,
    '--host',
    host,
    '-',
  ];
  return new Promise((resolve, reject) => {
    const child = execFile(BINARY, args, { cwd: scratch }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(`${error?.message}\n${stderr}`));
      else resolve(JSON.parse(stdout) as Report);
    });
    child.stdin?.on('error', () => undefined).end(code);
  });
}

/** Asks all three; they must agree on verdict, reason and every check. */
async function everywhere(code: string, now: number): Promise<[string, string | null]> {
  const files = await published();
  const at = new Date(now * 1000).toISOString();
  const status = readdirSync(files.lists).map((name) => readFileSync(path.join(files.lists, name), 'utf8'));
  const answers = [
    await post<Report>('/api/v1/verify', { code, at }),
    await onCommandLine(code, at, files),
    (await verifier.judge({
      text: code,
      now,
      clockConfirmed: true,
      expectedPlate: null,
      ourHosts: [host],
      roots: readFileSync(files.root, 'utf8'),
      trust: readFileSync(files.trust, 'utf8'),
      knownSeq: 0,
      status,
    })) as Report,
  ].map(({ verdict, reason, checks }) => ({
    verdict,
    reason,
    checks: checks.map(({ name, ok }) => [name, ok] as const),
  }));
  const [first, ...others] = answers;
  for (const other of others) expect(other).toEqual(first);
  return [first?.verdict ?? '', first?.reason ?? null];
}

/** Binds the licence to a new key, and waits for the issuer's signature. */
async function bind(name: string) {
  const { pair } = await makeDeviceKey();
  const sign = signerOf(pair);
  const { uncompressed, compressed } = await pointsOf(pair);
  const { challenge } = await post<{ challenge: string }>('/api/v1/citizen/licence/device/challenge', {});
  const asked = fromBase64Url(challenge);
  if (asked === null) throw new Error('the challenge is not base64url');
  await post('/api/v1/citizen/licence/device', {
    public_key: toBase64Url(uncompressed),
    name,
    challenge,
    signature: toBase64Url(await sign(asked)),
  });
  const key = toBase64Url(compressed);
  const message = await expect
    .poll(
      async () => {
        const answer = await context.request.get(`/api/v1/citizen/licence/device?key=${key}`);
        return ((await answer.json()) as { message: string | null }).message;
      },
      { timeout: 30_000 },
    )
    .toEqual(expect.any(String))
    .then(async () => {
      const answer = await context.request.get(`/api/v1/citizen/licence/device?key=${key}`);
      return ((await answer.json()) as { message: string }).message;
    });
  const inner = fromBase64Url(message);
  if (inner === null) throw new Error('the message is not base64url');
  return { inner, shown: (at: number) => heldCode(inner, at, sign, host) };
}

describe('the same answer at the server, on the command line and in the browser', () => {
  test('a live code: fresh, 61 seconds old, and by clocks wrong by a day', async () => {
    const { code, issued_at } = await post<{ code: string; issued_at: string }>(
      '/api/v1/citizen/licence/live',
      {},
    );
    const made = Date.parse(issued_at) / 1000;
    expect(await everywhere(code, made)).toEqual(['valid', null]);
    expect(await everywhere(code, made + 59)).toEqual(['valid', null]);
    expect(await everywhere(code, made + 61)).toEqual(['not_valid', 'replayed']);
    expect(await everywhere(code, made + 86_400)).toEqual(['not_valid', 'replayed']);
    expect(await everywhere(code, made - 86_400)).toEqual(['cannot_tell', 'clock_wrong']);
  });

  test('a code of the device: fresh, a screenshot of it, what the device keeps, and a device given up', async () => {
    const old = await bind('the first phone');
    const now = second();
    const code = await old.shown(now);
    expect(await everywhere(code, now)).toEqual(['valid', null]);
    expect(await everywhere(code, now + 61)).toEqual(['not_valid', 'replayed']);
    expect(await everywhere(code, now - 86_400)).toEqual(['cannot_tell', 'clock_wrong']);
    expect(await everywhere(primaryText(host, old.inner), now)).toEqual(['not_valid', 'malformed']);
    const fresh = await bind('the second phone');
    await expect
      .poll(async () => everywhere(await old.shown(second()), second()), { timeout: 30_000 })
      .toEqual(['not_valid', 'revoked']);
    expect(await everywhere(await fresh.shown(second()), second())).toEqual(['valid', null]);
    await post('/api/v1/citizen/licence/device/end', {}).catch(() => undefined);
  });
});
