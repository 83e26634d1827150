/** A small firm on the hosted page: enrols a device, checks one code and many, asks for a state, and sees its own log; the owner sees it too. */
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DESKTOP, launch, visit } from '../src/browser.ts';
import { flipped } from '../src/codes.ts';
import { type Demo, startDemo } from '../src/demo.ts';
import { type Mark, type Person, type Vehicle, findVehicle, isCurrent, mark, people } from '../src/people.ts';

let demo: Demo;
let browser: Browser;
let insurer: Person;
/** Whoever has a vehicle with a current mark, signed in on a phone of their own. */
let owner: { context: BrowserContext; vehicle: Vehicle; mark: Mark };

beforeAll(async () => {
  demo = await startDemo();
  browser = await launch();
  const { context } = await visit(browser, demo.origin);
  const found = (await people(context)).find(({ role }) => role === 'insurer');
  if (!found) throw new Error('the demonstration has no insurer');
  insurer = found;
  const { vehicle } = await findVehicle(
    context,
    'a current mark that is not overdue',
    (it) => isCurrent(it) && it.inspection?.state !== 'overdue',
  );
  owner = { context, vehicle, mark: await mark(context, vehicle) };
});
afterAll(async () => {
  await browser?.close();
  await demo?.close();
});

interface Look {
  by_role: string;
  by: { zh: string };
  purpose: string;
  how: { zh: string };
}
async function looks(): Promise<readonly Look[]> {
  const answer = await owner.context.request.get('/api/v1/citizen/looks');
  return ((await answer.json()) as { items: Look[] }).items.filter(({ by_role }) => by_role === 'partner');
}

/** Today in China. */
const chinaDay = (): string => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);

/** A device that was enrolled with one tap. */
async function inside(
  options: object = {},
): Promise<{ page: Page; context: BrowserContext; errors: readonly string[] }> {
  const opened = await visit(browser, demo.origin, options);
  await opened.page.goto('/partner');
  await opened.page.getByTestId(`enrol-as-${insurer.id}`).click();
  await opened.page.getByTestId('partner-nav').waitFor();
  return opened;
}
async function chooseClaim(page: Page): Promise<void> {
  await page.getByTestId('purpose').selectOption('claim');
}

describe('a small firm', () => {
  test('checks one code; its owner is told by whom and what for', async () => {
    const { context, page, errors } = await inside();
    await page.getByTestId('code').fill(owner.mark.code);
    await page.getByTestId('check-pasted').click();
    expect(await page.locator('.purpose [role=alert]').textContent()).toContain('用途');
    await chooseClaim(page);
    await page.getByTestId('check-pasted').click();
    const verdict = page.getByTestId('verdict');
    await verdict.waitFor();
    expect(await verdict.getAttribute('data-verdict')).toBe('valid');
    expect(await page.getByText('签发机关不知道').count()).toBe(0);
    await page.getByTestId('check-next').click();
    await page.getByTestId('code').fill(flipped(owner.mark.code));
    await page.getByTestId('check-pasted').click();
    await verdict.waitFor();
    expect(await verdict.getAttribute('data-verdict')).toBe('not_valid');
    await expect
      .poll(
        async () => {
          await page.getByTestId('tab-one').click();
          await page.getByTestId('tab-log').click();
          await page.locator('[data-testid=log], [data-testid=status-panel]').first().waitFor();
          return page.getByTestId('log').locator('li article').count();
        },
        { timeout: 30_000 },
      )
      .toBe(2);
    await expect.poll(async () => (await looks()).length, { timeout: 30_000 }).toBeGreaterThan(0);
    const [look] = await looks();
    expect([look?.by.zh, look?.purpose, look?.how.zh]).toEqual([
      '核验单位：虚构财产保险股份有限公司',
      'claim',
      '核验单位联网核验',
    ]);
    expect(errors).toEqual([]);
    await context.close();
  });

  test('checks many from a table, and takes the verdicts away as one', async () => {
    const { context, page, errors } = await inside(DESKTOP);
    await page.getByTestId('tab-many').click();
    await chooseClaim(page);
    const rows = Array.from(
      { length: 250 },
      (_, i) => `A-${i},${i % 10 ? owner.mark.code : flipped(owner.mark.code)}`,
    );
    await page.getByTestId('file').setInputFiles({
      name: 'codes.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(
        `编号,码,号牌\n${rows.join('\n')}\nA-250,${owner.mark.code},苏Z99999\nA-251,hello\n`,
      ),
    });
    await page.getByTestId('batch-start').click();
    await page.getByTestId('batch-keep').waitFor();
    const count = async (fate: string): Promise<string> =>
      (await page.getByTestId(`count-${fate}`).locator('strong').textContent()) ?? '';
    expect([await count('valid'), await count('not_valid'), await count('unreadable')]).toEqual([
      '225',
      '26',
      '1',
    ]);
    await page.getByTestId('count-unreadable').click();
    expect(await page.locator('tbody tr').count()).toBe(1);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByTestId('batch-keep').click(),
    ]);
    const table = readFileSync(await download.path(), 'utf8');
    const lines = table.trimEnd().split('\r\n');
    expect(lines).toHaveLength(253);
    expect(lines[251]).toContain('A-250,无效,wrong_subject');
    expect(errors).toEqual([]);
    await context.close();
  });

  test('asks how a vehicle stood at a moment', async () => {
    const { context, page, errors } = await inside(DESKTOP);
    await page.getByTestId('tab-state').click();
    await chooseClaim(page);
    await page.getByTestId('state-plate').fill(owner.mark.plate_number);
    await page.getByTestId('state-type').selectOption(owner.mark.plate_type);
    await page.getByTestId('state-at').fill(`${chinaDay()}T00:00`);
    await page.getByTestId('state-ask').click();
    await page.getByTestId('state-answer').waitFor();
    // the demonstration learnt of its vehicles when it was settled, later than this morning
    expect(await page.getByTestId('known-then').textContent()).toContain('登记中没有这辆车');
    expect(await page.getByTestId('state-changed').count()).toBe(1);
    expect(await page.getByTestId('known-now').getByTestId('inValidity').textContent()).toBe('是');
    expect(await page.getByTestId('known-now').getByTestId('sameVehicle').textContent()).toBe('是同一辆车');
    expect(errors).toEqual([]);
    await context.close();
  });

  test('is told plainly that nothing was checked without a network', async () => {
    const { context, page } = await inside();
    await chooseClaim(page);
    await context.setOffline(true);
    await page.getByTestId('bar-offline').waitFor();
    await page.getByTestId('code').fill(owner.mark.code);
    await page.getByTestId('check-pasted').click();
    expect(await page.getByTestId('problem').textContent()).toContain('没有网络');
    expect(await page.getByTestId('verdict').count()).toBe(0);
    await context.setOffline(false);
    await page.getByTestId('check-pasted').click();
    await page.getByTestId('verdict').waitFor();
    await context.close();
  });
});
