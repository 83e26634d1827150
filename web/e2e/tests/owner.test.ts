/** A vehicle's owner: sign in, see what is due and why, open the mark, show it live, take it along as a picture. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { DESKTOP, PHONE, type Visit, launch, visit } from '../src/browser.ts';
import { publishedFiles } from '../src/codes.ts';
import {
  type Found,
  findVehicle,
  isCurrent,
  mark,
  people,
  signIn,
  tapName,
  vehicles,
} from '../src/people.ts';
import { readQr } from '../src/qr.ts';

const demo = { origin: inject('origin') };
let browser: Browser;
let owner: Found;

beforeAll(async () => {
  browser = await launch();
  const looking = await visit(browser, demo.origin);
  owner = await findVehicle(looking.context, 'a current mark that is not due', (vehicle) => {
    return isCurrent(vehicle) && vehicle.inspection?.state === 'not_due';
  });
  await looking.context.close();
});
afterAll(async () => {
  await browser?.close();
});

async function signedIn(found: Found, options = {}): Promise<Visit> {
  const opened = await visit(browser, demo.origin, options);
  await signIn(opened.context, found.person);
  return opened;
}

describe('signing in', () => {
  test('everybody in the list has a name and a case in both languages, and plates', async () => {
    const { context } = await visit(browser, demo.origin);
    const list = await people(context);
    expect(new Set(list.map(({ role }) => role))).toEqual(
      new Set(['citizen', 'officer', 'insurer', 'staff']),
    );
    for (const person of list) {
      expect(person.name.zh).not.toBe('');
      expect(person.name.en).toMatch(/^[\p{Script=Latin}\x20-\x7e’]+$/u);
    }
    await context.close();
  });

  test('one tap on a name leads to one’s vehicles, and out again', async () => {
    const { context, page, errors } = await visit(browser, demo.origin);
    await tapName(page, owner.person);
    const cards = page.getByTestId('vehicle-card');
    await cards.first().waitFor();
    expect(await cards.count()).toBe((await vehicles(context)).length);
    await page.goto('/settings');
    await page.getByTestId('sign-out').click();
    await page.waitForURL((url) => url.pathname === '/');
    await page.goto('/vehicles');
    await page.waitForURL((url) => url.pathname === '/');
    expect(errors).toEqual([]);
    await context.close();
  });
});

describe('the vehicles', () => {
  test.each([
    ['on a phone in Chinese', PHONE, 'zh'],
    ['on a desktop in English', DESKTOP, 'en'],
  ] as const)('with due dates and why, %s', async (_, options, language) => {
    const { context, page, errors } = await signedIn(owner, options);
    await page.goto('/vehicles');
    if (language === 'en') await inEnglish(page);
    for (const vehicle of await vehicles(context)) {
      const card = page.locator(`[data-testid=vehicle-card][data-plate="${vehicle.plate_number}"]`);
      await card.waitFor();
      if (!vehicle.inspection?.valid_until) continue;
      const until = (await card.getByTestId('valid-until').textContent()) ?? '';
      expect(until).toContain(vehicle.inspection.valid_until.slice(0, 4));
      await card.getByTestId('why').click();
      const full = await context.request.get(`/api/v1/citizen/vehicles/${vehicle.id}`);
      const { inspection } = (await full.json()) as { inspection: { explanation: Record<string, string> } };
      expect(await card.getByTestId('reason').textContent()).toContain(inspection.explanation[language]);
    }
    expect(await page.locator('html').getAttribute('lang')).toBe(language === 'en' ? 'en' : 'zh-CN');
    expect(errors).toEqual([]);
    await context.close();
  });

  test('one vehicle, with the clause that decides', async () => {
    const { context, page } = await signedIn(owner);
    await page.goto(`/vehicles/${owner.vehicle.id}`);
    const rule = page.getByTestId('rule');
    await rule.waitFor();
    const answer = await context.request.get(`/api/v1/citizen/vehicles/${owner.vehicle.id}`);
    const { inspection } = (await answer.json()) as { inspection: { clause: { text: { zh: string } } } };
    expect(await rule.textContent()).toContain(inspection.clause.text.zh);
    await context.close();
  });
});

describe('the mark', () => {
  test('shows a code that an independent reader reads', async () => {
    const { context, page } = await signedIn(owner);
    const { code } = await mark(context, owner.vehicle);
    await page.goto(`/marks/${owner.vehicle.mark?.id}`);
    const symbol = page.getByTestId('mark-face').getByTestId('qr');
    await symbol.waitFor();
    expect(await readQr(await symbol.screenshot())).toEqual([code]);
    expect(Number(await symbol.getAttribute('data-version'))).toBeLessThanOrEqual(11);
    await context.close();
  });

  test('is downloaded as a picture that a reader and the command line read', async () => {
    const { context, page, errors } = await signedIn(owner, { acceptDownloads: true });
    const { code, plate_number } = await mark(context, owner.vehicle);
    await page.goto(`/marks/${owner.vehicle.mark?.id}`);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByTestId('download').click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/\.png$/);
    const published = await publishedFiles(context.request, [code]);
    const file = path.join(published.folder, 'mark.png');
    await download.saveAs(file);
    expect(await readQr(readFileSync(file))).toEqual([code]);
    const { code: exit, report } = await published.verify('--plate', plate_number, '--image', file);
    expect(report).toMatchObject({ verdict: 'valid', credential: { mode: 'static', subject: plate_number } });
    expect(exit).toBe(0);
    published.close();
    expect(errors).toEqual([]);
    await context.close();
  });

  test('that is suspended is not shown', async () => {
    const looking = await visit(browser, demo.origin);
    const found = await findVehicle(
      looking.context,
      'a suspended mark',
      ({ mark }) => mark?.state === 'suspended',
    );
    await looking.context.close();
    const { context, page } = await signedIn(found);
    await page.goto(`/marks/${found.vehicle.mark?.id}`);
    await page.getByTestId('suspended').waitFor();
    expect(await page.getByTestId('show-live').count()).toBe(0);
    expect(await page.getByTestId('download').count()).toBe(0);
    const refused = await context.request.post(`/api/v1/citizen/marks/${found.vehicle.mark?.id}/live`, {
      data: {},
    });
    expect(refused.ok()).toBe(false);
    expect(refused.headers()['content-type']).toContain('application/problem+json');
    await context.close();
  });
});

describe('the live code', () => {
  const verdictAt = async (context: Visit['context'], code: string, at: number) => {
    const data = { code, at: new Date(at).toISOString() };
    return (await (await context.request.post('/api/v1/verify', { data })).json()) as {
      verdict: string;
      reason: string;
    };
  };

  test('is renewed after 30 s, and the old one dies after 60', async () => {
    const { context, page, errors } = await signedIn(owner);
    await page.clock.install();
    await page.goto(`/marks/${owner.vehicle.mark?.id}/live`);
    const symbol = page.getByTestId('live-qr');
    await symbol.waitFor();
    const first = (await symbol.getAttribute('data-code')) ?? '';
    expect(await readQr(await symbol.screenshot())).toEqual([first]);
    const shownAt = Date.now();
    expect(await verdictAt(context, first, shownAt)).toMatchObject({ verdict: 'valid' });
    expect(await verdictAt(context, first, shownAt + 61_000)).toMatchObject({ reason: 'replayed' });
    await page.clock.fastForward(31_000);
    await expect.poll(() => symbol.getAttribute('data-code'), { timeout: 20_000 }).not.toBe(first);
    const second = (await symbol.getAttribute('data-code')) ?? '';
    expect(await verdictAt(context, second, Date.now())).toMatchObject({
      verdict: 'valid',
      credential: { mode: 'live' },
    });
    expect(errors).toEqual([]);
    await context.close();
  });

  test('with the network gone gives way to the downloaded one', async () => {
    const { context, page } = await signedIn(owner);
    const { code } = await mark(context, owner.vehicle);
    await page.clock.install();
    await page.goto(`/marks/${owner.vehicle.mark?.id}/live`);
    await page.getByTestId('live-qr').waitFor();
    await context.setOffline(true);
    await page.clock.fastForward(31_000);
    await page.clock.fastForward(31_000);
    await page.getByTestId('live-lost').waitFor();
    expect(await page.getByTestId('static-qr').getAttribute('data-code')).toBe(code);
    await context.close();
  });
});

async function inEnglish(page: Visit['page']): Promise<void> {
  const address = page.url();
  await page.goto('/settings');
  await page.locator('label', { has: page.getByTestId('language-en') }).click();
  await page.goto(address);
}
