/** Somebody with a phone and no account: opens a code's address, scans, chooses a picture; with and without a network. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { cameraFlags, launch, settled, visit } from '../src/browser.ts';
import { writeClip } from '../src/camera.ts';
import { addressOf, digitsOf, flipped } from '../src/codes.ts';
import { startDemo } from '../src/demo.ts';
import { type Mark, findVehicle, isCurrent, mark, people, signIn, vehicles } from '../src/people.ts';

const demo = { origin: inject('origin') };
let browser: Browser;
let scratch: string;
/** Two marks of different owners, so that the second was never seen by the browser before. */
let marks: readonly [Mark, Mark];

beforeAll(async () => {
  scratch = mkdtempSync(path.join(tmpdir(), 'luzheng-checker-'));
  browser = await launch();
  const { context } = await visit(browser, demo.origin);
  marks = await twoMarks(context);
  await context.close();
});
afterAll(async () => {
  await browser?.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function verdictOf(page: Page): Promise<{ verdict: string | null; reason: string | null }> {
  const panel = page.getByTestId('verdict');
  await panel.waitFor();
  return {
    verdict: await panel.getAttribute('data-verdict'),
    reason: await panel.getAttribute('data-reason'),
  };
}

async function plateOf(page: Page): Promise<string | null> {
  return page.getByTestId('subject').getByTestId('plate').getAttribute('data-plate');
}

/** Where the verdict's head lies between the four colours. */
async function colourOf(page: Page): Promise<'red' | 'green' | 'amber' | 'grey'> {
  const rgb = await page
    .locator('[data-testid=verdict] .head')
    .evaluate((head) => getComputedStyle(head).backgroundColor);
  const [r = 0, g = 0, b = 0] = (rgb.match(/[\d.]+/g) ?? []).map(Number);
  if (Math.max(r, g, b) - Math.min(r, g, b) < 40) return 'grey';
  if (g > r) return 'green';
  return g > 0.5 * r ? 'amber' : 'red';
}

describe('the page behind a code', () => {
  test('verifies in the browser, and what stands behind # goes to no server', async () => {
    const [shown] = marks;
    const { context, page, errors } = await visit(browser, demo.origin);
    const sent: Request[] = [];
    context.on('request', (request) => sent.push(request));
    await page.goto(addressOf(demo.origin, shown.code));
    expect(await verdictOf(page)).toEqual({ verdict: 'valid', reason: '' });
    expect(await colourOf(page)).toBe('green');
    expect(await plateOf(page)).toBe(shown.plate_number);
    await page.getByTestId('details').click();
    expect(await page.getByTestId('checks').locator('li').count()).toBe(14);
    expect(sent.map((request) => new URL(request.url()).pathname)).toContain('/.well-known/luzheng/trust');
    for (const request of sent) {
      const address = new URL(request.url());
      // the fragment of the navigation itself stays in the browser
      address.hash = '';
      const said = `${address} ${JSON.stringify(await request.allHeaders())} ${request.postData() ?? ''}`;
      expect(said).not.toContain(digitsOf(shown.code).slice(0, 17));
    }
    expect(errors).toEqual([]);
    await context.close();
  });

  test('in English', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await page.goto(addressOf(demo.origin, marks[0].code));
    await verdictOf(page);
    expect(await page.getByTestId('verdict-title').textContent()).toBe('有效');
    await page.getByTestId('language-switch').click();
    expect(await page.getByTestId('verdict-title').textContent()).toBe('Valid');
    expect(await page.getByTestId('verdict-sentence').textContent()).toMatch(/genuine/);
    await context.close();
  });

  test('shows a changed code red', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await page.goto(addressOf(demo.origin, flipped(marks[0].code)));
    expect(await verdictOf(page)).toEqual({ verdict: 'not_valid', reason: 'bad_signature' });
    expect(await colourOf(page)).toBe('red');
    // nothing of an unsigned claim is shown
    expect(await page.getByTestId('subject').count()).toBe(0);
    await context.close();
  });

  test('shows a cut code and another text grey', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await page.goto(addressOf(demo.origin, marks[0].code.slice(0, -20)));
    expect(await verdictOf(page)).toEqual({ verdict: 'unreadable', reason: 'truncated' });
    expect(await colourOf(page)).toBe('grey');
    await page.goto(`${demo.origin}/V#99999999999999999`);
    await expect.poll(async () => (await verdictOf(page)).reason).toBe('not_a_credential');
    await context.close();
  });

  test('reads the query form that people paste', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await page.goto(`${demo.origin}/V?d=${digitsOf(marks[0].code)}`);
    expect((await verdictOf(page)).verdict).toBe('valid');
    await context.close();
  });

  test('asks to compare the plate, and another plate is wrong', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await page.goto(addressOf(demo.origin, marks[0].code));
    await page.getByTestId('compare').waitFor();
    await page.getByTestId('other-plate').click();
    await expect.poll(async () => (await verdictOf(page)).reason).toBe('wrong_subject');
    expect(await colourOf(page)).toBe('red');
    await context.close();
  });
});

describe('the scanner', () => {
  test('reads a code with the camera', async () => {
    const clip = path.join(scratch, 'camera.y4m');
    await writeClip(clip, marks[0].code);
    const withCamera = await launch(...cameraFlags(clip));
    try {
      const { page } = await visit(withCamera, demo.origin, { permissions: ['camera'] });
      await page.goto('/scan');
      expect((await verdictOf(page)).verdict).toBe('valid');
      expect(await plateOf(page)).toBe(marks[0].plate_number);
    } finally {
      await withCamera.close();
    }
  });

  test('without a camera says so and takes a picture instead', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await page.goto('/scan');
    const owner = await visit(browser, demo.origin);
    await findVehicle(owner.context, 'this mark', (vehicle) => vehicle.mark?.id === marks[0].id);
    await owner.page.goto(`/marks/${marks[0].id}`);
    const symbol = owner.page.getByTestId('mark-face').getByTestId('qr');
    await symbol.waitFor();
    const picture = await owner.page.getByTestId('mark-face').screenshot();
    const blank = await owner.page.screenshot({ clip: { x: 0, y: 0, width: 40, height: 40 } });
    await owner.context.close();

    await page.locator('[data-testid=finder]:not([data-state=starting]):not([data-state=on])').waitFor();
    const input = page.getByTestId('picture-input');
    await input.setInputFiles({ name: 'blank.png', mimeType: 'image/png', buffer: blank });
    await page.getByTestId('nothing-found').waitFor();
    await input.setInputFiles({
      name: 'no-picture.png',
      mimeType: 'image/png',
      buffer: Buffer.from('no picture'),
    });
    await page.getByTestId('nothing-found').waitFor();
    await input.setInputFiles({ name: 'mark.png', mimeType: 'image/png', buffer: picture });
    expect((await verdictOf(page)).verdict).toBe('valid');
    await context.close();
  });

  test('takes a pasted text', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await page.goto('/scan');
    for (const [text, reason] of [
      [marks[0].compact, ''],
      [flipped(marks[0].code), 'bad_signature'],
    ] as const) {
      await page.getByTestId('paste').click();
      await page.getByTestId('paste-text').fill(text);
      await page.getByTestId('paste-go').click();
      expect((await verdictOf(page)).reason).toBe(reason);
      await page.getByTestId('scan-again').click();
    }
    await context.close();
  });
});

describe('with the network off', () => {
  test('after one visit every code is still judged, and the answer states its age', async () => {
    const own = await startDemo();
    const { context, page, errors } = await visit(browser, own.origin);
    try {
      const found = await visit(browser, own.origin);
      const [seen, other] = await twoMarks(found.context);
      await found.context.close();
      await page.goto(addressOf(own.origin, seen.code));
      expect((await verdictOf(page)).verdict).toBe('valid');
      expect(await page.getByTestId('checked-offline').count()).toBe(0);
      await settled(page);
      // somebody else opened only the front page, and looked at no code
      const idle = await visit(browser, own.origin);
      const prepared = idle.page.waitForResponse((response) => /\/status\/\d+$/.test(response.url()));
      await idle.page.goto('/');
      await (await prepared).finished();
      await settled(idle.page);
      await idle.page.goto('/settings');
      await expect
        .poll(() => idle.page.getByTestId('offline-data').locator('dt').count())
        .toBeGreaterThanOrEqual(2);
      // what was on its way in the background arrives before the network goes
      await page.waitForLoadState('networkidle');

      await context.setOffline(true);
      await idle.context.setOffline(true);
      await own.stop();
      await page.reload();
      expect((await verdictOf(page)).verdict).toBe('valid');
      await page.getByTestId('checked-offline').waitFor();
      expect(await page.getByTestId('data-age').textContent()).toMatch(/撤销名单更新于.+前/);

      // a code that this browser has never seen, opened as a camera opens it
      const fresh = await context.newPage();
      await fresh.goto(addressOf(own.origin, other.code));
      expect((await verdictOf(fresh)).verdict).toBe('valid');
      expect(await plateOf(fresh)).toBe(other.plate_number);
      await fresh.goto(addressOf(own.origin, flipped(other.code)));
      await fresh.reload();
      expect(await verdictOf(fresh)).toEqual({ verdict: 'not_valid', reason: 'bad_signature' });

      await idle.page.goto(addressOf(own.origin, other.code));
      expect((await verdictOf(idle.page)).verdict).toBe('valid');
      await idle.page.getByTestId('checked-offline').waitFor();
      await idle.context.close();

      // the scanner works too
      await fresh.goto(`${own.origin}/scan`);
      await fresh.getByTestId('paste').click();
      await fresh.getByTestId('paste-text').fill(other.compact);
      await fresh.getByTestId('paste-go').click();
      expect((await verdictOf(fresh)).verdict).toBe('valid');
      // as the days go by without a network, the answer says so, and at last says that it cannot tell
      // (the clock is the whole context's, so this comes last)
      for (const [hours, verdict, reason, age] of [
        [25, 'attention', 'status_stale', '1 天'],
        [24 * 8, 'cannot_tell', 'status_unavailable', '8 天'],
        [-2, 'cannot_tell', 'clock_wrong', '不到 1 分钟'],
      ] as const) {
        const later = await context.newPage();
        await later.clock.install({ time: Date.now() + hours * 3_600_000 });
        await later.goto(addressOf(own.origin, seen.code));
        expect(await verdictOf(later)).toEqual({ verdict, reason });
        expect(await later.getByTestId('data-age').textContent()).toContain(age);
        await later.close();
      }
      expect(errors.filter((error) => error.startsWith('uncaught'))).toEqual([]);
    } finally {
      await context.close();
      await own.close();
    }
  });

  test('without any visit before, the page cannot be had and nothing claims validity', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await context.setOffline(true);
    await expect(page.goto(addressOf(demo.origin, marks[0].code))).rejects.toThrow(
      /ERR_INTERNET_DISCONNECTED/,
    );
    await context.close();
  });
});

async function twoMarks(context: Parameters<typeof people>[0]): Promise<[Mark, Mark]> {
  const found: Mark[] = [];
  for (const person of await people(context)) {
    if (person.role !== 'citizen') continue;
    await signIn(context, person);
    const vehicle = (await vehicles(context)).find((v) => isCurrent(v) && v.inspection?.state !== 'overdue');
    if (vehicle !== undefined) found.push(await mark(context, vehicle));
    if (found.length === 2) return found as [Mark, Mark];
  }
  throw new Error('the demo has too few owners with a current mark');
}
