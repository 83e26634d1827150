/** The command line, the API and the browser give the same answer about codes of this very server. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { splitMessage } from '../../verify/src/cose.ts';
import { decodeText } from '../../verify/src/text.ts';
import { launch, visit, type Visit } from '../src/browser.ts';
import { type Published, flipped, publishedFiles } from '../src/codes.ts';
import { findVehicle, isCurrent, mark, people, signIn, vehicles } from '../src/people.ts';
import { type BrowserVerifier, browserVerifier } from '../src/verifier.ts';

const demo = { origin: inject('origin') };
let browser: Browser;
let stranger: Visit;
let verifier: BrowserVerifier;
let published: Published;
let codes: Record<string, string>;
let texts: { trust: string; roots: string; status: string };

beforeAll(async () => {
  browser = await launch();
  stranger = await visit(browser, demo.origin);
  verifier = await browserVerifier(browser);
  const { context } = stranger;
  const { vehicle } = await findVehicle(context, 'a current mark', isCurrent);
  const { code, compact } = await mark(context, vehicle);
  const live = await context.request.post(`/api/v1/citizen/marks/${vehicle.mark?.id}/live`, { data: {} });
  codes = {
    ...(await byAlgorithm(context)),
    static: code,
    compact,
    live: ((await live.json()) as { code: string }).code,
    'at another host': code.replace(/\/\/[^/]+/, '//LUZHENG.EXAMPLE'),
    'of lower case': code.toLowerCase(),
    flipped: flipped(code),
    cut: code.slice(0, -10),
    'something else': 'https://example.org/',
    nothing: '',
    long: '9'.repeat(5000),
  };
  const file = async (path: string) => (await context.request.get(path)).text();
  const statusPath = await pathOfStatus(context, code);
  texts = {
    trust: await file('/.well-known/luzheng/trust'),
    roots: await file('/.well-known/luzheng/root'),
    status: await file(statusPath),
  };
  published = await publishedFiles(context.request, [code]);
});
afterAll(async () => {
  published?.close();
  await verifier?.close();
  await browser?.close();
});

/** A code of each algorithm that the demo's provinces sign with. */
async function byAlgorithm(context: Visit['context']): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const person of await people(context)) {
    if (person.role !== 'citizen') continue;
    await signIn(context, person);
    for (const vehicle of (await vehicles(context)).filter(isCurrent)) {
      const { code } = await mark(context, vehicle);
      const { payload } = decodeText(code);
      const message = 'message' in payload ? splitMessage(payload.message) : { fault: 'not_a_credential' };
      if ('issued' in message) found[`signed with ${message.issued.algorithm}`] ??= code;
    }
  }
  expect(Object.keys(found)).toEqual(expect.arrayContaining(['signed with ES256', 'signed with SM2']));
  return found;
}

/** The page itself finds out which list a code needs: the one that it fetches. */
async function pathOfStatus(context: Visit['context'], code: string): Promise<string> {
  const page = await context.newPage();
  const [request] = await Promise.all([
    page.waitForRequest((candidate) => new URL(candidate.url()).pathname.startsWith('/status/')),
    page.goto(`/V#${code.split('#')[1]}`),
  ]);
  await page.close();
  return new URL(request.url()).pathname;
}

const instants: readonly (readonly [string, number])[] = [
  ['now', 0],
  ['in 50 s', 50],
  ['in 61 s', 61],
  ['in two days', 2 * 86400],
  ['in eight days', 8 * 86400],
  ['in forty years', 40 * 365 * 86400],
  ['two hours ago', -7200],
];

describe.each(instants)('judged %s', (_, offset) => {
  test.each([undefined, '京A·00000'])('expecting the plate %s', async (expectedPlate) => {
    const at = Math.floor(Date.now() / 1000) + offset;
    const meta = (await (await stranger.context.request.get('/api/v1/meta')).json()) as { code_host: string };
    for (const [name, code] of Object.entries(codes)) {
      const asked = {
        code,
        at: new Date(at * 1000).toISOString(),
        ...(expectedPlate && { expected_plate: expectedPlate }),
      };
      const answer = await stranger.context.request.post('/api/v1/verify', { data: asked });
      expect(answer.status(), name).toBe(200);
      const online: unknown = await answer.json();
      const here = await verifier.judge({
        text: code,
        now: at,
        clockConfirmed: true,
        expectedPlate: expectedPlate ?? null,
        ourHosts: [meta.code_host],
        roots: texts.roots,
        trust: texts.trust,
        knownSeq: 0,
        status: [texts.status],
      });
      const plate = expectedPlate ? ['--plate', expectedPlate] : [];
      const args = ['--at', asked.at, '--host', meta.code_host, ...plate, '--', code];
      const { report } = await published.verify(...args);
      expect(here, `browser and API, ${name}`).toEqual(online);
      expect(report, `command line and API, ${name}`).toEqual(online);
    }
  });
});

test('what is no question is refused with a problem, and nothing else is', async () => {
  for (const data of ['{}', '[]', 'no JSON', '{"code":1}', '{"code":"x","at":"yesterday"}']) {
    const answer = await stranger.context.request.post('/api/v1/verify', {
      data: Buffer.from(data),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status(), data).toBe(400);
    expect(answer.headers()['content-type']).toContain('application/problem+json');
  }
});
