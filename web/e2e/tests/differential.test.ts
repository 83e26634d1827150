/**
 * The two verifiers, Rust and TypeScript, on codes that no vector foresaw: seeded mutations of messages, of claims under a
 * good signature, and of texts. Whatever the one says, the other says, to the last member of the answer.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verify } from '../../verify/src/index.ts';
import * as issuer from '../../verify/test/issuer.ts';
import { mutate } from '../../verify/test/mutate.ts';
import { seeded } from '../../verify/test/random.ts';
import { BINARY } from '../src/demo.ts';

/** How many of each kind; `LUZHENG_ROUNDS=2000` for a long look. */
const ROUNDS = Number(process.env.LUZHENG_ROUNDS ?? 60);
const AT_ONCE = 4;
const NOW = new Date(issuer.NOW * 1000).toISOString();

let folder: string;
let files: string[];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'luzheng-differential-'));
  mkdirSync(path.join(folder, 'status'));
  writeFileSync(path.join(folder, 'root.json'), issuer.rootFile(issuer.ROOT));
  writeFileSync(path.join(folder, 'trust.json'), await issuer.trustJson(issuer.trustPayload(), issuer.ROOT));
  const status = await issuer.statusCwt(issuer.statusClaims(3), issuer.statusBytes({ 1: 1, 2: 2, 3: 3 }));
  writeFileSync(path.join(folder, 'status', '3.cwt'), status);
  files = [
    '--trust',
    `${folder}/trust.json`,
    '--root',
    `${folder}/root.json`,
    '--status',
    `${folder}/status`,
  ];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function inRust(text: string): Promise<unknown> {
  const args = ['verify', '--json', ...files, '--at', NOW, '--host', issuer.HOST, '-'];
  return new Promise((resolve, reject) => {
    const child = execFile(BINARY, args, { cwd: folder }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        reject(new Error(`ended with ${error?.code} and said ${stdout}${stderr} to ${JSON.stringify(text)}`));
      }
    });
    child.stdin?.on('error', () => undefined).end(text);
  });
}

async function compare(texts: readonly string[]): Promise<void> {
  const trust = await issuer.trustList();
  const status = await issuer.statusBook();
  const question = { now: issuer.NOW, clockConfirmed: true, ourHosts: [issuer.HOST] };
  for (let at = 0; at < texts.length; at += AT_ONCE) {
    const some = texts.slice(at, at + AT_ONCE);
    const there = await Promise.all(some.map(inRust));
    for (const [index, text] of some.entries()) {
      const here = await verify(text, { trust, status, question });
      expect(here, JSON.stringify(text)).toEqual(there[index]);
    }
  }
}

test('mutated messages', async () => {
  const random = seeded(101);
  const inner = issuer.licenceClaims({ 2: 2, 11: issuer.devicePoint() });
  const codes = [
    await issuer.message(issuer.markClaims(), issuer.MARK),
    await issuer.message(issuer.liveClaims(issuer.NOW), issuer.LIVE),
    await issuer.held(issuer.NOW, await issuer.message(inner, issuer.LICENCE)),
  ];
  const write = [issuer.primary, issuer.compact];
  const texts = Array.from({ length: ROUNDS }, (_, round) => {
    const code = mutate(random, codes[round % codes.length] ?? new Uint8Array());
    return (write[round % 2] ?? issuer.primary)(code);
  });
  await compare([...codes.map(issuer.primary), ...texts]);
});

test('mutated claims under a good signature', async () => {
  const random = seeded(102);
  const kinds = [
    [issuer.encode(issuer.markClaims()), issuer.MARK],
    [issuer.encode(issuer.markClaims()), issuer.MARK_SM2],
    [issuer.encode(issuer.markClaims()), issuer.MARK_ED],
    [issuer.encode(issuer.liveClaims(issuer.NOW, { 12: [1, new Uint8Array(60)] })), issuer.LIVE],
    [
      issuer.encode(
        issuer.licenceClaims({ 8: new Uint8Array(8), 10: true }, { iat: issuer.NOW, exp: issuer.NOW + 60 }),
      ),
      issuer.LIVE,
    ],
  ] as const;
  const texts: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [claims, signer] = kinds[round % kinds.length] ?? kinds[0];
    texts.push(issuer.primary(await issuer.message(mutate(random, claims), signer)));
  }
  await compare(texts);
});

test('single values of the claims, at and beyond their limits', async () => {
  const random = seeded(103);
  const values: readonly issuer.Value[] = [
    ...[
      0,
      1,
      2,
      3,
      255,
      256,
      65536,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 53,
      -1,
      -70001,
      202705,
      202706,
      20310131,
      320200,
      440100,
    ],
    ...[(1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n, -(1n << 63n), -(1n << 64n)],
    ...['', '苏B12345', '张*丰', 'x'.repeat(32), 'x'.repeat(33), '02', true, false, null],
    ...[[], [3, 0], [3, 1], [3, 2], [3, 3], [4, 0], [3, 1 << 20], [3], [3, 0, 0], ['3', 0]],
    ...[new Uint8Array(0), new Uint8Array(8), new Uint8Array(9), new Uint8Array(33), issuer.devicePoint()],
    new Map<issuer.Value, issuer.Value>(),
    new Map<issuer.Value, issuer.Value>([
      [1, 1],
      [2, 0],
    ]),
  ];
  const value = () => values[random.below(values.length)] ?? 0;
  const texts: string[] = [];
  for (let round = 0; round < 2 * ROUNDS; round++) {
    const body = { [random.below(15)]: value() };
    const outer = round % 4 === 0 ? { [round % 8 === 0 ? 'iat' : 'exp']: value() } : {};
    const live = round % 3 === 0;
    const claims = live ? issuer.liveClaims(issuer.NOW, body) : issuer.markClaims(body, outer);
    texts.push(issuer.primary(await issuer.message(claims, live ? issuer.LIVE : issuer.MARK)));
  }
  await compare(texts);
});

test('mutated texts', async () => {
  const random = seeded(104);
  const code = await issuer.message(issuer.markClaims(), issuer.MARK);
  const texts = [
    issuer.primary(code),
    issuer.compact(code),
    issuer.primary(code).replace('/V#', '/v?d=').toLowerCase(),
  ];
  const pieces = [
    '0',
    '9',
    '#',
    '/',
    'V',
    '?d=',
    'LZ1:',
    ' ',
    '\n',
    '\v',
    '\u0085',
    '\u00a0',
    '\ufeff',
    '苏',
    '𬭎',
    '\0',
    ':',
  ];
  await compare(
    Array.from({ length: ROUNDS }, (_, round) => {
      const text = texts[round % texts.length] ?? '';
      const at = round % 2 ? random.below(text.length) : random.below(30);
      return (
        text.slice(0, at) + (pieces[random.below(pieces.length)] ?? '') + text.slice(at + random.below(3))
      );
    }),
  );
});
