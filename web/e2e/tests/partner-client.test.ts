/** A partner's own program, built on the two published packages, against the real server: tokens, batches, states, and packs without a network. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ClientKey,
  type LuzhengClient,
  createClient,
  fetchWebhookKeys,
  reportOf,
} from '../../client/src/index.ts';
import {
  MemoryStorage,
  Roots,
  type StatusSource,
  StatusBook,
  TrustList,
  openToken,
  verify,
} from '../../verify/src/index.ts';
import { type Pack, PackStore } from '../../verify/src/packs.ts';
import { launch, visit } from '../src/browser.ts';
import { flipped } from '../src/codes.ts';
import { type Demo, startDemo } from '../src/demo.ts';
import { type Mark, findVehicle, isCurrent, mark } from '../src/people.ts';

/** The demonstration's insurer, the same on every machine (`usecase/demo/partner.rs`). */
const CLIENT = '019a0000-0000-7000-8000-0000000005a1';

let demo: Demo;
let browser: Browser;
let luzheng: LuzhengClient;
let current: Mark;
let roots: Roots;

beforeAll(async () => {
  demo = await startDemo();
  browser = await launch();
  const { context } = await visit(browser, demo.origin);
  const { vehicle } = await findVehicle(
    context,
    'a mark in force',
    (it) => isCurrent(it) && it.inspection?.state !== 'overdue',
  );
  current = await mark(context, vehicle);
  luzheng = createClient({
    baseUrl: demo.origin,
    clientId: CLIENT,
    key: await ClientKey.fromPem(readFileSync(keyFile(), 'utf8')),
  });
  roots = await Roots.parse(await published('/.well-known/luzheng/root'));
});
afterAll(async () => {
  await browser?.close();
  await demo?.close();
});

function keyFile(): string {
  const folders = [demo.dataFolder, path.join(demo.dataFolder, 'secrets-of-the-demo')];
  const file = folders
    .map((folder) => path.join(folder, 'partner-demo.pem'))
    .find((name) => existsSync(name));
  if (file === undefined) throw new Error('the demonstration has left no key of its partner');
  return file;
}

async function published(address: string): Promise<string> {
  const answer = await fetch(new URL(address, demo.origin));
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.text();
}

test('the client proves who it is with its key', async () => {
  const { data, error } = await luzheng.GET('/api/v1/partner/me');
  expect(error).toBeUndefined();
  expect(data?.id).toBe(CLIENT);
});

test('a batch gives the verdicts that the package gives off-line', async () => {
  const forged = flipped(current.code);
  const codes = [current.code, current.compact, forged, 'no code at all'];
  const { data, error } = await luzheng.POST('/api/v1/partner/verify', {
    body: { items: codes.map((code, at) => ({ id: String(at), code })), purpose: 'claim' },
  });
  expect(error).toBeUndefined();
  expect(data?.counts).toMatchObject({ valid: 2, not_valid: 1, unreadable: 1 });
  const trust = await TrustList.open(await published('/.well-known/luzheng/trust'), roots);
  const pack = await newestPack();
  for (const [at, code] of codes.entries()) {
    const theirs = reportOf(data?.items[at] ?? {});
    const checkedAt = Date.parse(theirs?.checked_at ?? '') / 1000;
    const question = { now: checkedAt, clockConfirmed: true, ourHosts: [new URL(demo.origin).host] };
    expect(await verify(code, { trust, status: await bookFor(code, trust), question }), code).toEqual(theirs);
    // of a pack only the age differs
    const byPack = await verify(code, { trust: pack.trust, status: pack, question });
    expect({ ...byPack, status: null }, code).toEqual({ ...theirs, status: null });
  }
});

// the status list that a code asks for, as anybody fetches it
async function bookFor(code: string, trust: TrustList): Promise<StatusBook> {
  const wanted = new Set<number>();
  const asking: StatusSource = { lookUp: (list) => void wanted.add(list) };
  await verify(code, {
    trust,
    status: asking,
    question: { now: Date.now() / 1000, clockConfirmed: true, ourHosts: [] },
  });
  const book = new StatusBook();
  for (const list of wanted) book.take(await openToken(await published(`/status/${list}`), trust));
  return book;
}

async function newestPack(): Promise<Pack> {
  const { url } = JSON.parse(await published('/pack')) as { url: string };
  const file = new Uint8Array(await (await fetch(new URL(url, demo.origin))).arrayBuffer());
  const store = await PackStore.open(new MemoryStorage(), roots, 0);
  await store.take(file, { now: Date.now() / 1000, heldTrustSeq: 0 });
  const usable = store.usable(Date.now() / 1000);
  if (usable === null) throw new Error('the pack of the demonstration must not be relied on');
  return usable;
}

test('the state of a vehicle now is known, and of none that there is not', async () => {
  const now = new Date(Date.now() - 60_000).toISOString();
  const { plate_number, plate_type } = current;
  const { data, error } = await luzheng.POST('/api/v1/partner/states', {
    body: {
      items: [
        { id: 'a', plate_number, plate_type, at: now },
        { id: 'b', plate_number: '苏A00000', plate_type: '02', at: now },
      ],
      purpose: 'claim',
    },
  });
  expect(error).toBeUndefined();
  expect(data?.items.map(({ id, as_known_now: state }) => [id, state?.known])).toEqual([
    ['a', true],
    ['b', false],
  ]);
});

test('a refusal is a problem with a code', async () => {
  const { error, response } = await luzheng.POST('/api/v1/partner/verify', {
    body: { items: [{ code: 'x' }], purpose: 'curiosity' },
  });
  expect([response.status, error?.code]).toEqual([400, 'unknown_purpose']);
});

test('the keys of webhooks are published as their verifier reads them', async () => {
  const keys = await fetchWebhookKeys(demo.origin);
  expect(keys.length).toBeGreaterThan(0);
  for (const key of keys) expect(key).toMatch(/^whpk_[A-Za-z0-9+/]{43}=$/);
});
