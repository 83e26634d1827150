/** The review desk by keyboard alone, on a demo of its own: every waiting photo, one taken back, a second look that knows nothing of the first. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch } from '../src/browser.ts';
import { type Demo, startDemo } from '../src/demo.ts';
import { median, openDesk, photoShown } from '../src/reviewer.ts';

let demo: Demo;
let browser: Browser;

beforeAll(async () => {
  // every first decision is looked at by somebody else
  demo = await startDemo({ LUZHENG_REVIEW_SECOND_LOOK_PERMILLE: '1000' });
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await demo?.close();
});

describe('the desk', () => {
  test('reviews all waiting photos by keyboard alone, and takes one decision back', async () => {
    const { context, page, errors } = await openDesk(browser, demo.origin, '审小甲');
    const figure = async (id: string): Promise<number> =>
      Number(await page.locator(`[data-testid=queue-${id}] dd`).innerText());
    // what the demo's own reviewer decided may wait for a second look already
    const waiting = (await figure('waiting')) - (await figure('second'));
    expect(waiting).toBeGreaterThanOrEqual(20);
    const seconds: number[] = [];
    await page.keyboard.press('n');
    let photo = await photoShown(page, null);
    for (let n = 0; photo !== null; n++) {
      const since = Date.now();
      const name = await page.getByTestId('applicant').innerText();
      await page.keyboard.press(n % 5 === 4 ? '5' : 'a');
      const next = await photoShown(page, photo);
      seconds.push((Date.now() - since) / 1000);
      if (n === 2) {
        await page.keyboard.press('u');
        await photoShown(page, next);
        expect(await page.getByTestId('applicant').innerText()).toBe(name);
        expect(await page.getByTestId('undo').count()).toBe(0);
        seconds.pop();
        photo = await page.getByTestId('photo').getAttribute('src');
        continue;
      }
      photo = next;
    }
    expect(await page.getByTestId('empty').isVisible()).toBe(true);
    expect(seconds.length).toBeGreaterThanOrEqual(waiting);
    expect(errors).toEqual([]);
    process.stdout.write(
      `${seconds.length} photos by keyboard: median ${median(seconds).toFixed(2)} s a photo (a machine's hands)\n`,
    );
    await context.close();
  }, 180_000);

  test('hides the first decision from the second look, and from whoever made it', async () => {
    const first = await openDesk(browser, demo.origin, '审小甲');
    const second = await openDesk(browser, demo.origin, '审小乙');
    // decisions take effect when they cannot be taken back any more
    await expect
      .poll(
        async () => {
          await second.page.reload();
          await second.page.getByTestId('start').waitFor();
          return Number(await second.page.locator('[data-testid=queue-second] dd').innerText());
        },
        { timeout: 60_000, interval: 1_000 },
      )
      .toBeGreaterThan(0);
    await second.page.keyboard.press('n');
    await photoShown(second.page, null);
    expect(await second.page.locator('.tag').allInnerTexts()).toEqual(['复看（看不到首次结论）']);
    const mine = await second.context.request.get('/api/v1/staff/reviews');
    const held = ((await mine.json()) as { mine: { decided: string | null; look: string }[] }).mine;
    expect(held.map(({ decided, look }) => [decided, look])).toEqual([[null, 'second']]);
    await first.page.keyboard.press('n');
    await first.page.getByTestId('empty').waitFor();
    await first.context.close();
    await second.context.close();
  }, 120_000);
});
