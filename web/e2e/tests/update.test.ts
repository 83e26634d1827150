/** A newer build is deployed while people use the older one: nothing typed is lost, and no page breaks. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { launch, settled, visit } from '../src/browser.ts';
import { type Front, startFront } from '../src/front.ts';
import { findVehicle, isCurrent, signIn } from '../src/people.ts';

const demo = { origin: inject('origin') };
let browser: Browser;
let front: Front;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
});
beforeEach(async () => {
  front = await startFront(demo.origin);
});
afterEach(() => front.close());

/** Whether a page runs the newer build. */
const isNewer = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.querySelector('script[type=module][src*="assets-newer/"]') !== null);

/** The page asks for a newer version, as it does by itself when it is looked at again. */
async function lookAgain(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await (await navigator.serviceWorker.getRegistration())?.update();
  });
}

/** What a page is told when it goes into the background, and when it comes back. */
async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

/** Chromium may let a newer worker take over only when the older one has been idle for half a minute. */
const LATE = { timeout: 60_000 };

describe('a newer version of the app', { timeout: 120_000 }, () => {
  test('waits while somebody types, and warns before it takes what was typed', async () => {
    const { context, page, errors } = await visit(browser, front.origin);
    await page.goto('/notice');
    await settled(page);
    await page.getByTestId('notice-input').fill('K7M2-9QXT');
    front.deploy();
    await lookAgain(page);
    await page.getByTestId('update-bar').waitFor();
    // the app goes into the background, which is when updates come otherwise
    await setHidden(page, true);
    await setHidden(page, false);
    expect(await page.getByTestId('notice-input').inputValue()).toBe('K7M2-9QXT');
    await page.getByTestId('update-now').click();
    await page.locator('[data-testid=update-bar][data-warned=true]').waitFor();
    expect(await page.getByTestId('notice-input').inputValue()).toBe('K7M2-9QXT');
    await page.getByTestId('update-later').click();
    await page.getByTestId('update-bar').waitFor({ state: 'detached' });
    expect(await isNewer(page)).toBe(false);

    // emptied, there is nothing to lose: the background is a good moment
    await page.getByTestId('notice-input').fill('');
    const reloaded = page.waitForEvent('load', LATE);
    await setHidden(page, true);
    await reloaded;
    await page.getByTestId('notice-input').waitFor();
    expect(await isNewer(page)).toBe(true);
    expect(errors).toEqual([]);
    await context.close();
  });

  test('is taken with a tap, and what this phone keeps stays', async () => {
    const { context, page, errors } = await visit(browser, front.origin);
    await page.goto('/settings');
    await settled(page);
    await page.locator('label', { has: page.getByTestId('language-en') }).click();
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('en');
    await page.getByTestId('build').waitFor();
    front.deploy();
    await page.getByTestId('ask-update').click();
    await page.getByTestId('update-bar').waitFor();
    const reloaded = page.waitForEvent('load', LATE);
    await page.getByTestId('update-now').click();
    await reloaded;
    await page.getByTestId('about').waitFor();
    expect(await isNewer(page)).toBe(true);
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await expect.poll(() => page.getByTestId('offline-data').locator('dt').count()).toBeGreaterThanOrEqual(2);
    expect(errors).toEqual([]);
    await context.close();
  });

  test('that waited comes with the next start', async () => {
    const { context, page } = await visit(browser, front.origin);
    await page.goto('/notice');
    await settled(page);
    await page.getByTestId('notice-input').fill('K7M2');
    front.deploy();
    await lookAgain(page);
    await page.getByTestId('update-later').click();
    expect(await isNewer(page)).toBe(false);
    await page.reload();
    await expect.poll(() => isNewer(page).catch(() => false), LATE).toBe(true);
    await page.getByTestId('notice-input').waitFor();
    await context.close();
  });

  test('taken in one tab leaves the other one whole: a screen whose older part is gone opens in the newer version', async () => {
    const { context, page } = await visit(browser, front.origin);
    await page.goto('/notice');
    await settled(page);
    const other = await context.newPage();
    await other.goto('/notice');
    await other.getByTestId('notice-input').fill('K7M2');
    front.deploy();
    await lookAgain(page);
    const reloaded = page.waitForEvent('load', LATE);
    await page.getByTestId('update-now').click();
    await reloaded;
    expect(await isNewer(page)).toBe(true);

    // the other tab has lost nothing, and says that there is something newer
    await other.getByTestId('update-bar').waitFor();
    expect(await other.getByTestId('notice-input').inputValue()).toBe('K7M2');
    expect(await isNewer(other)).toBe(false);
    await other.getByTestId('notice-input').fill('');
    // the start page's part was never fetched by this tab, and the older build has left server and cache
    await other.locator('a[href="/"]').first().click();
    await other.getByTestId('scan-entry').waitFor();
    expect(await isNewer(other)).toBe(true);
    expect(new URL(other.url()).pathname).toBe('/');
    await context.close();
  });
});

describe('the caches', () => {
  test('hold the app and nothing about a person', async () => {
    const { context, page } = await visit(browser, front.origin);
    await page.goto('/');
    await settled(page);
    const looking = await visit(browser, demo.origin);
    const found = await findVehicle(looking.context, 'a current mark', isCurrent);
    await looking.context.close();
    await signIn(context, found.person);
    for (const [path, ready] of [
      ['/vehicles', 'vehicle-card'],
      [`/vehicles/${found.vehicle.id}`, 'facts'],
      [`/marks/${found.vehicle.mark?.id}`, 'take-away'],
      [`/marks/${found.vehicle.mark?.id}/live`, 'live-qr'],
      ['/notices', 'notices-page'],
      ['/looks', 'looks-page'],
      ['/settings', 'about'],
    ] as const) {
      await page.goto(path);
      await page.getByTestId(ready).first().waitFor();
    }
    const [download] = await Promise.all([
      page.goto(`/marks/${found.vehicle.mark?.id}`).then(async () => {
        await page.getByTestId('pdf').click();
        return page.waitForEvent('download');
      }),
      page.getByTestId('size-a4').click(),
    ]);
    await download.delete();
    const kept = await page.evaluate(async () => {
      const names = await caches.keys();
      const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return requests.flat().map(({ url }) => new URL(url).pathname);
    });
    expect(kept.length).toBeGreaterThan(20);
    expect(kept).toContain('/index.html');
    const foreign = kept.filter(
      (path) =>
        !/^\/(assets\/|index\.html$|icon|manifest\.webmanifest$|[\w-]+\.(svg|png|js|css)$)/.test(path),
    );
    expect(foreign).toEqual([]);
    await context.close();
  });
});
