/**
 * The fault matrix: every fault in every channel. A cell is wrong when verdict or reason is not the one written down for the fault, or when the hint
 * that belongs to it is missing.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch, settled, visit } from '../src/browser.ts';
import { type Published, publishedFiles } from '../src/codes.ts';
import { type Demo, startDemo } from '../src/demo.ts';
import { type Channel, api, app, commandLine, officerOffline } from '../src/matrix/channels.ts';
import { FAULTS } from '../src/matrix/faults.ts';
import { type Forge, openForge } from '../src/matrix/forge.ts';
import { partnerBatch } from '../src/matrix/partner.ts';

let demo: Demo;
let browser: Browser;
let forge: Forge;
let published: Published;
const channels: Channel[] = [];

beforeAll(async () => {
  browser = await launch();
  demo = await startDemo();
  forge = await openForge(demo.origin, demo.dataFolder);
  const { context } = await visit(browser, demo.origin);
  const ofEveryList = [await forge.mark(), await forge.liveLicence()];
  for (const value of ['revoked', 'suspended', 'superseded'] as const) {
    ofEveryList.push(await forge.mark({ body: { 6: forge.status('mark', value) } }));
  }
  ofEveryList.push(await forge.liveLicence({ body: { 6: forge.status('licence', 'revoked') } }));
  published = await publishedFiles(context.request, ofEveryList);
  await context.close();
  channels.push(
    commandLine(published, forge.host),
    api(demo.origin),
    await partnerBatch(demo.origin, demo.dataFolder, await forge.mark()),
    await app(browser, demo.origin, { code: await forge.mark(), plate: forge.plate }),
    await officerOffline(browser, demo.origin, forge.plate),
  );
});
afterAll(async () => {
  for (const channel of channels) await channel.close();
  published?.close();
  await browser?.close();
  await demo?.close();
});

describe('the fault', () => {
  test.each(FAULTS.map((fault) => [fault.name, fault] as const))('%s', async (_, fault) => {
    const wrong: unknown[] = [];
    for (const channel of channels) {
      // made for each channel: what lives for a minute must not age in the others
      const code = await fault.make(forge);
      const { verdict, reason, hints } = await channel.ask({
        code,
        plate: fault.plate,
        later: fault.later ?? 0,
      });
      const right = verdict === fault.verdict && reason === fault.reason;
      const hinted = fault.hint === undefined || hints.includes(fault.hint);
      if (!right || !hinted) wrong.push({ channel: channel.name, verdict, reason, hints });
    }
    expect(wrong).toEqual([]);
  });
});

/** What the network can put in place of an answer of ours. */
const FAILURES = {
  'the server is overloaded': { status: 503, body: '{"code":"overloaded"}' },
  'somebody answers in its place': { status: 200, body: '<html>Welcome to this hotel</html>' },
  'an empty answer': { status: 200, body: '' },
} as const;

describe('a failure of ours is no fault of the holder', () => {
  test.each(Object.entries(FAILURES))('%s', async (_, answer) => {
    const { context, page } = await visit(browser, demo.origin);
    await page.goto('/scan');
    await settled(page);
    const path = async () => `/V#${(await forge.mark()).split('#')[1]}`;
    await page.goto(await path());
    await page.locator('[data-testid=verdict][data-verdict=valid]').waitFor();
    // this phone has what it needs; from now on nothing of ours answers as it should
    await context.route(/\/(status|\.well-known|api)(\/|$)/, (route) => route.fulfill(answer));
    await page.goto(await path());
    await page.reload();
    await page.locator('[data-testid=verdict][data-verdict=valid]').waitFor();
    await context.close();
  });

  test.each(Object.entries(FAILURES))('%s, at the first visit', async (_, answer) => {
    const { context, page } = await visit(browser, demo.origin);
    await context.route(/\/(status|\.well-known|api)(\/|$)/, (route) => route.fulfill(answer));
    await page.goto(`/V#${(await forge.mark()).split('#')[1]}`);
    await page.getByTestId('no-trust').waitFor();
    expect(await page.getByTestId('verdict').count()).toBe(0);
    await context.close();
  });
});
