/**
 * The two verifiers, Rust and TypeScript, on inputs that no vector foresaw: seeded mutations of codes, of claims under a good
 * signature, of what a reader holds and of the circumstances. Whatever the one says, the other says, to the last member of the
 * answer. `LUZHENG_COUNT=1000000 LUZHENG_SEED=…` for a long look, or `npm run differential -w @luzheng/e2e`.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VERDICT_OF_REASON, verify } from '../../verify/src/index.ts';
import * as issuer from '../../verify/test/issuer.ts';
import { BINARY } from '../src/demo.ts';
import { makeCase } from '../src/differential/cases.ts';
import { LICENCES, MARKS, licenceEntries, markEntries, prepareWorlds } from '../src/differential/evidence.ts';
import { compare, run } from '../src/differential/run.ts';

const COUNT = Number(process.env.LUZHENG_COUNT ?? 20_000);
const SEED = Number(process.env.LUZHENG_SEED ?? 1);
/** Of the command line, which is a process for each. */
const BY_COMMAND = 120;
const AT_ONCE = 4;
const NOW = new Date(issuer.NOW * 1000).toISOString();

test('a difference is noticed, an order of members is none', () => {
  const here = { verdict: 'valid', checks: [{ name: 'size', ok: true }] };
  expect(compare(here, '{"checks":[{"ok":true,"name":"size"}],"verdict":"valid"}')).toBeNull();
  expect(compare(here, '{"verdict":"valid","checks":[{"name":"size","ok":false}]}')).not.toBeNull();
  expect(
    compare(here, '{"verdict":"valid","checks":[{"name":"size","ok":true,"detail":"x"}]}'),
  ).not.toBeNull();
  expect(compare('opened', '"malformed"')).not.toBeNull();
});

test('no disagreement, and every reason is reached', async () => {
  const { disagreements, tallies } = await run({ count: COUNT, seed: SEED });
  expect(disagreements).toEqual([]);
  for (const reason of ['valid', ...Object.keys(VERDICT_OF_REASON)])
    expect(tallies.reason[reason] ?? 0, reason).toBeGreaterThan(COUNT / 2000);
  for (const hint of ['foreign_host', 'clock_unconfirmed', 'compare_plate'])
    expect(tallies.hint[hint] ?? 0, hint).toBeGreaterThan(COUNT / 1000);
  const opened = Object.keys(tallies.list).filter((word) => word.endsWith(': opened'));
  expect(opened.map((word) => word.split(':')[0])).toEqual(
    expect.arrayContaining([
      'trust-payload',
      'jwt-claims',
      'cwt-claims',
      'pack-signed',
      'shard-signed',
      'sealed',
    ]),
  );
}, 600_000);

test('the same seed and number give the same question', async () => {
  const about = ({ kind, now, plate, world }: Awaited<ReturnType<typeof makeCase>>) => [
    kind,
    now,
    plate,
    world,
  ];
  expect(about(await makeCase(SEED, 77))).toEqual(about(await makeCase(SEED, 77)));
  expect((await makeCase(SEED, 3)).text).not.toBe((await makeCase(SEED + 1, 3)).text);
});

let folder: string;
let files: string[];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'luzheng-differential-'));
  mkdirSync(path.join(folder, 'status'));
  writeFileSync(path.join(folder, 'root.json'), issuer.rootFile(issuer.ROOT));
  writeFileSync(path.join(folder, 'trust.json'), await issuer.trustJson(issuer.trustPayload(), issuer.ROOT));
  const lists = [await issuer.statusCwt(issuer.statusClaims(MARKS), markEntries)];
  lists.push(await issuer.statusCwt(issuer.statusClaims(LICENCES), licenceEntries));
  for (const [at, list] of lists.entries()) writeFileSync(path.join(folder, 'status', `${at}.cwt`), list);
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

function byCommand(text: string): Promise<unknown> {
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

test('the command line says the same', async () => {
  const [usual] = await prepareWorlds();
  if (usual === undefined) throw new Error('no world');
  const question = { now: issuer.NOW, clockConfirmed: true, ourHosts: [issuer.HOST] };
  const cases = await Promise.all(Array.from({ length: BY_COMMAND }, (_, at) => makeCase(SEED + 1, at)));
  for (let at = 0; at < cases.length; at += AT_ONCE) {
    const texts = cases.slice(at, at + AT_ONCE).map(({ text }) => text);
    const there = await Promise.all(texts.map(byCommand));
    for (const [index, text] of texts.entries()) {
      const here = await verify(text, { trust: usual.trust, status: usual.status, question });
      expect(here, JSON.stringify(text)).toEqual(there[index]);
    }
  }
});
