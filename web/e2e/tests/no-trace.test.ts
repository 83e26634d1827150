/**
 * A check in the browser leaves no trace at the issuer: the server is asked for no verdict, is sent nothing of the code, and nothing is handed in
 * when the network is back. (That all of it works with the server stopped is in checker.test.ts; Chromium's switch does not reach service workers.)
 */
import type { Browser, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { launch, settled, visit } from '../src/browser.ts';
import { addressOf, digitsOf } from '../src/codes.ts';
import { findVehicle, isCurrent, mark } from '../src/people.ts';

const demo = { origin: inject('origin') };
let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => browser?.close());

/** How often the server itself was asked for a verdict. */
async function asked(): Promise<number> {
  const text = await (await fetch(`${demo.origin}/metrics`)).text();
  const counts = [...text.matchAll(/^luzheng_(?:partner_)?verdicts_total\{[^}]*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

test('an off-line check is told to nobody, not even later', async () => {
  const owner = await visit(browser, demo.origin);
  const { vehicle } = await findVehicle(owner.context, 'a current mark', isCurrent);
  const { code } = await mark(owner.context, vehicle);
  await owner.context.close();
  const { context, page } = await visit(browser, demo.origin);
  // one visit before, so that page and lists are on the phone
  await page.goto('/V');
  await settled(page);
  await page.waitForLoadState('networkidle');
  const before = await asked();

  await context.setOffline(true);
  const sent: Request[] = [];
  context.on('request', (request) => sent.push(request));
  await page.goto(addressOf(demo.origin, code));
  await page.getByTestId('verdict').waitFor();
  expect(await page.getByTestId('verdict').getAttribute('data-verdict')).toBe('valid');

  await context.setOffline(false);
  await page.goto('/');
  await page.waitForLoadState('networkidle');
  expect(await asked()).toBe(before);
  const digits = digitsOf(code).slice(0, 17);
  for (const request of sent) {
    const address = new URL(request.url());
    // the fragment of the navigation itself stays in the browser
    address.hash = '';
    expect(`${address} ${request.postData() ?? ''}`).not.toContain(digits);
    expect(['GET', 'HEAD', 'OPTIONS']).toContain(request.method());
  }
  await context.close();
});
