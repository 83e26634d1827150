/** The desk's papers by keyboard alone: made, taken back, made, sent, delivered; and the counter's code. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { DESKTOP, type Visit, launch, visit } from '../src/browser.ts';
import { people, signIn, vehicles } from '../src/people.ts';

const demo = { origin: inject('origin') };
let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => browser?.close());

async function signedIn(name: string, options = {}): Promise<Visit> {
  const opened = await visit(browser, demo.origin, options);
  const person = (await people(opened.context)).find((one) => one.name.zh === name);
  if (person === undefined) throw new Error(`no ${name} in the demo`);
  await signIn(opened.context, person);
  return opened;
}

/** Somebody orders a paper by post; their plate. */
async function ordered(): Promise<string> {
  const { context } = await signedIn('黄新标');
  const [own] = await vehicles(context);
  if (own === undefined) throw new Error('no vehicle');
  const delivery = {
    way: 'post',
    recipient: '黄新标',
    phone: '13800001234',
    division: '440106',
    address: '示范大道 8 号',
  };
  const answer = await context.request.post(`/api/v1/citizen/vehicles/${own.id}/papers`, {
    data: { reason: 'wanted', delivery },
  });
  if (!answer.ok()) throw new Error(`${answer.status()} ${await answer.text()}`);
  await context.close();
  return own.plate_number;
}

/** The check digit of an identity number (GB 11643). */
function identity(first17: string): string {
  const sum = [...first17].reduce((all, digit, i) => all + Number(digit) * (2 ** (17 - i) % 11), 0);
  return `${first17}${'10X98765432'[sum % 11]}`;
}

describe.each(['light', 'dark'] as const)('the papers (%s)', (colorScheme) => {
  test('go from made to delivered by keyboard alone, and one step is taken back', async () => {
    const plate = await ordered();
    const { context, page, errors } = await signedIn('车小管', { ...DESKTOP, colorScheme });
    await page.goto('/desk/#papers');
    const row = page.getByTestId(`paper-${plate}`);
    const inHand = async (): Promise<void> => {
      await row.waitFor();
      for (let moves = 0; (await row.getAttribute('data-chosen')) !== 'true' && moves < 100; moves++)
        await page.keyboard.press('j');
      expect(await page.getByTestId('order').innerText()).toContain(plate);
    };
    await inHand();
    expect(await page.getByTestId('recipient').innerText()).toBe('黄新标');
    await page.keyboard.press('p');
    await row.waitFor({ state: 'detached' });
    await page.keyboard.press('u');
    await inHand();
    const sheet = await context.request.get((await page.getByTestId('sheet').getAttribute('href')) ?? '');
    expect((await sheet.body()).subarray(0, 5).toString()).toBe('%PDF-');
    await page.keyboard.press('p');
    await row.waitFor({ state: 'detached' });
    await page.keyboard.press('2');
    await inHand();
    await page.keyboard.press('d');
    await page.keyboard.type('EA123456789CN');
    await page.keyboard.press('Enter');
    await row.waitFor({ state: 'detached' });
    await page.keyboard.press('3');
    await inHand();
    expect(await page.getByTestId('order-tracking').innerText()).toBe('EA123456789CN');
    await page.keyboard.press('v');
    await row.waitFor({ state: 'detached' });
    expect(errors).toEqual([]);
    await context.close();
  });
});

describe('the counter', () => {
  test('gives a code once, and none when name and number do not agree', async () => {
    const { context, page } = await signedIn('车小管', DESKTOP);
    await page.goto('/desk/#counter');
    await page.getByTestId('make-code').click();
    await page.getByText('请把内容填完整。').waitFor();
    await page.getByTestId('code-name').fill('别人');
    await page.getByTestId('code-number').fill(identity('31000019980520751'));
    await page.getByTestId('make-code').click();
    await page.getByTestId('code-fault').waitFor();
    await page.getByTestId('code-name').fill('谢备案');
    await page.getByTestId('make-code').click();
    const code = page.getByTestId('counter-code');
    await code.waitFor();
    expect((await code.locator('.digits').innerText()).replace(/\s/g, '')).toMatch(/^\d{8}$/);
    // what was typed does not stay beside it
    expect(await page.getByTestId('code-number').inputValue()).toBe('');
    await page.getByTestId('hide-code').click();
    await code.waitFor({ state: 'detached' });
    await context.close();
  });

  test('is in English too', async () => {
    const { context, page } = await signedIn('车小管', DESKTOP);
    await context.addInitScript(() => localStorage.setItem('luzheng.locale', 'en'));
    await page.goto('/desk/#counter');
    await page.getByTestId('counter').waitFor();
    const words = await page.getByTestId('counter').innerText();
    expect(words).toContain('File the unit');
    expect(words).not.toMatch(/\p{Script=Han}/u);
    await context.close();
  });
});
