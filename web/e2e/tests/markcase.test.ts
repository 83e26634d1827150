/** Applying for a mark: what is missing is said first; one button, or paper with it; with the network gone in the middle; paper again. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Visit, launch, settled, visit } from '../src/browser.ts';
import { type Person, people, signIn, vehicles } from '../src/people.ts';
import { keepOnDevice, openAt, unlock } from '../src/vault.ts';

const demo = { origin: inject('origin') };
let browser: Browser;
let everybody: readonly Person[];

beforeAll(async () => {
  browser = await launch();
  const { context } = await visit(browser, demo.origin);
  everybody = await people(context);
  await context.close();
});
afterAll(async () => browser?.close());

async function signedIn(name: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Visit> {
  const person = everybody.find((one) => one.name.zh === name);
  if (person === undefined) throw new Error(`no ${name} in the demo`);
  const opened = await visit(browser, demo.origin, { colorScheme });
  await signIn(opened.context, person);
  return opened;
}

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
}
async function casesOf({ context }: Visit): Promise<Case[]> {
  const answer = await context.request.get('/api/v1/citizen/cases');
  return ((await answer.json()) as { items: Case[] }).items;
}
async function firstVehicle({ context }: Visit): Promise<string> {
  const [own] = await vehicles(context);
  if (own === undefined) throw new Error('no vehicle');
  return own.id;
}

describe('before anything is typed', () => {
  test.each(['light', 'dark'] as const)('every violation is named with what to do (%s)', async (theme) => {
    const opened = await signedIn('何违章', theme);
    const { page, errors } = opened;
    await page.goto('/vehicles');
    await page.getByTestId('apply-mark-link').first().click();
    await page.getByTestId('missing').waitFor();
    const check = page.locator('[data-testid=check][data-code=violations]');
    expect(await check.getByTestId('violation').count()).toBe(2);
    const words = await check.innerText();
    for (const said of ['青岛市示范大道与模型路口', '200 元', '6 分', '第三十八条', '50 元', '怎么办'])
      expect(words).toContain(said);
    expect(await page.getByTestId('apply-mark').count()).toBe(0);
    await page.getByTestId('look-again').click();
    await page.getByTestId('missing').waitFor();
    expect(errors).toEqual([]);
    await opened.context.close();
  });

  test('insurance that has run out is named with its company', async () => {
    const opened = await signedIn('罗断保');
    const { page } = opened;
    await page.goto(`/vehicles/${await firstVehicle(opened)}/apply-mark`);
    const check = page.locator('[data-testid=check][data-code=insurance]');
    await check.waitFor();
    expect(await check.innerText()).toContain('怎么办');
    await opened.context.close();
  });

  test('a vehicle that has to be inspected, and one that is too early, are told so', async () => {
    const early = await signedIn('周无事');
    await early.page.goto(`/vehicles/${await firstVehicle(early)}/apply-mark`);
    await early.page.locator('[data-testid=eligibility-page][data-state=not_yet]').waitFor();
    await early.context.close();
    const inspect = await signedIn('林月到', 'dark');
    await inspect.page.goto(`/vehicles/${await firstVehicle(inspect)}/apply-mark`);
    await inspect.page.locator('[data-testid=eligibility-page][data-state=not_for_this_vehicle]').waitFor();
    expect(await inspect.page.getByTestId('apply-mark').count()).toBe(0);
    await inspect.context.close();
  });
});

describe('when nothing is missing', () => {
  test('with paper by post and the network gone in the middle: applied for once, and the new mark is there', async () => {
    const opened = await signedIn('陈免检');
    const { context, page } = opened;
    const id = await firstVehicle(opened);
    const before = (await casesOf(opened)).length;
    await keepOnDevice(page);
    await settled(page);
    await openAt(page, `/vehicles/${id}/apply-mark`);
    await page.getByTestId('paper-post').check();
    await page.getByTestId('fee').waitFor();
    await page.getByTestId('apply-mark').click();
    await page.getByText('请填详细地址。').waitFor();
    await page.getByTestId('address').fill('示范大道 1 号 2 单元');
    const district = page.getByTestId('area-district');
    if ((await district.locator('option').count()) > 1 && (await district.inputValue()) === '')
      await district.selectOption({ index: 1 });
    await page.getByTestId('apply-mark').click();
    await page.getByTestId('confirm-box').waitFor();
    expect(await page.getByTestId('confirm-lines').innerText()).toContain('示范大道 1 号 2 单元');

    await context.setOffline(true);
    await page.getByTestId('confirm-yes').click();
    await page.getByTestId('offline-note').waitFor();
    // what was typed is still there, also when the page was loaded anew with no network
    await page.reload();
    await unlock(page);
    await page.getByTestId('restored').waitFor();
    expect(await page.getByTestId('address').inputValue()).toBe('示范大道 1 号 2 单元');
    await context.setOffline(false);
    await page.getByTestId('apply-mark').click();
    await page.getByTestId('confirm-yes').click();

    await page.getByTestId('mark-issued').waitFor();
    expect((await casesOf(opened)).length).toBe(before + 1);
    const road = page.getByTestId('road').locator('[data-state=done]');
    expect(await road.count()).toBeGreaterThan(1);
    expect(await page.getByTestId('delivery').getAttribute('data-state')).toBe('ordered');
    await page.getByTestId('show-new-mark').click();
    await page.getByTestId('mark-face').waitFor();

    // the paper is given up, the mark stays
    await openAt(page, '/cases');
    await page.getByTestId('case-row').first().click();
    await page.getByTestId('withdraw').click();
    await page.getByTestId('withdraw-yes').click();
    await page.locator('[data-testid=delivery][data-state=cancelled]').waitFor();
    await openAt(page, `/vehicles/${id}/apply-mark`);
    await page.getByTestId('eligibility').waitFor();
    expect(await page.getByTestId('apply-mark').count()).toBe(0);
    await context.close();
  });
});

describe('paper', () => {
  test.each(['light', 'dark'] as const)('in the post has a number to copy (%s)', async (theme) => {
    const { context, page, errors } = await signedIn('邮小在', theme);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto('/cases');
    await page.getByTestId('case-row').first().click();
    const number = await page.getByTestId('tracking').innerText();
    await page.getByTestId('copy-tracking').click();
    await page.getByTestId('copy-tracking').getByText('已复制').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(number);
    expect(errors).toEqual([]);
    await context.close();
  });

  test('at the office says until when it waits', async () => {
    const { context, page, errors } = await signedIn('领小取');
    await page.goto('/cases');
    await page.getByTestId('case-row').first().click();
    expect(await page.getByTestId('delivery').innerText()).toContain('前去取');
    expect(await page.locator('[data-testid=road] [aria-current=step]').count()).toBe(1);
    expect(errors).toEqual([]);
    await context.close();
  });

  test('that was lost needs no procedure; who wants one all the same orders it, and gives it up again', async () => {
    const opened = await signedIn('何违章');
    const { context, page } = opened;
    const id = await firstVehicle(opened);
    await page.goto(`/vehicles/${id}/paper`);
    await page.getByTestId('paper-first').waitFor();
    expect(await page.getByTestId('delivery-form').count()).toBe(0);
    await page.getByTestId('still').click();
    await page.getByTestId('reason-lost').check();
    await page.getByTestId('way-pickup').check();
    await page.locator('[data-testid=offices] input[type=radio]').first().check();
    await page.getByTestId('order-paper').click();
    await page.getByTestId('confirm-yes').click();
    await page.getByTestId('delivery').waitFor();
    await page.getByTestId('withdraw').click();
    await page.getByTestId('withdraw-yes').click();
    await page.getByTestId('case-withdrawn').waitFor();
    expect(
      (await casesOf(opened)).filter(({ kind }) => kind === 'paper').map(({ status }) => status),
    ).toEqual(['withdrawn']);
    await context.close();
  });
});
