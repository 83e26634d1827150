/** The desk's flags by keyboard alone: a code seen at distant places is raised, settled, taken back and settled again; its verdict stays. */
import { request as httpRequest } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { DESKTOP, type Visit, launch, visit } from '../src/browser.ts';
import { findVehicle, isCurrent, mark, people, signIn } from '../src/people.ts';

const demo = { origin: inject('origin') };
/** Suzhou, Guangzhou, Urumqi: nobody is at all three within a minute. */
const PLACES = [
  { lat: 31.29871, lon: 120.58531 },
  { lat: 23.12911, lon: 113.26438 },
  { lat: 43.82663, lon: 87.61688 },
];
let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => browser?.close());

/** A verdict asked for from an address of this machine. */
async function verdict(from: string, question: object): Promise<string> {
  const { port } = new URL(demo.origin);
  const body = JSON.stringify(question);
  const text = await new Promise<string>((resolve, reject) => {
    const asked = httpRequest(
      { host: '127.0.0.1', port, localAddress: from, path: '/api/v1/verify', method: 'POST' },
      (answer) => {
        let all = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => (all += part));
        answer.on('end', () => resolve(all));
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
  return (JSON.parse(text) as { verdict: string }).verdict;
}

/** A mark whose code was seen where nobody can have brought it; its plate. */
async function copied(): Promise<string> {
  const { context } = await visit(browser, demo.origin);
  const { vehicle } = await findVehicle(context, 'a current mark', isCurrent);
  const { code } = await mark(context, vehicle);
  for (const [i, place] of PLACES.entries())
    expect(await verdict(`127.0.0.${i + 11}`, { code, place })).toBe('valid');
  await context.close();
  return vehicle.plate_number;
}

async function atTheDesk(options = {}): Promise<Visit> {
  const opened = await visit(browser, demo.origin, { ...DESKTOP, ...options });
  const person = (await people(opened.context)).find((one) => one.name.zh === '车小管');
  if (person === undefined) throw new Error('no 车小管 in the demo');
  await signIn(opened.context, person);
  return opened;
}

describe('the flags', () => {
  test('are looked into, settled, taken back and settled by keyboard alone', async () => {
    const plate = await copied();
    const { context, page, errors } = await atTheDesk();
    await page.goto('/desk/#flags');
    // written within a second, looked for every ten
    await page.getByTestId('flag-plate').waitFor();
    const card = page.getByTestId('flag');
    expect(await page.getByTestId('flag-plate').innerText()).toBe(plate);
    const places = await page.getByTestId('flag-places').innerText();
    expect(places).toContain('31.3°');
    expect(places).not.toContain('31.29');
    expect(places).not.toContain('127.0.0');
    await page.getByTestId('flag-look').click();
    expect(await page.getByTestId('flag-credential').innerText()).toContain(plate);
    await page.getByTestId('flag-note').fill('车主称照片发过网上');
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    await card.waitFor({ state: 'detached' });
    expect(await page.getByTestId('flags-count').innerText()).toBe('0');
    await page.keyboard.press('u');
    await card.waitFor();
    expect(await page.getByTestId('flag-plate').innerText()).toBe(plate);
    await page.keyboard.press('h');
    await card.waitFor({ state: 'detached' });
    await page.keyboard.press('2');
    await page.getByTestId('flag-settled').waitFor();
    expect(await page.getByTestId('flag-settled').innerText()).toContain('已移交处理');
    expect(errors).toEqual([]);
    await context.close();
  });

  test('are in English too', async () => {
    const { context, page } = await atTheDesk();
    await context.addInitScript(() => localStorage.setItem('luzheng.locale', 'en'));
    await page.goto('/desk/#flags');
    await page.getByTestId('flags-settled').click();
    await page.getByTestId('flag-settled').waitFor();
    const words = await page.getByTestId('flag').innerText();
    expect(words).toMatch(/handed on/i);
    // a plate begins with the character of its province
    expect(words.replace(/\p{Script=Han}[A-Z][A-Z0-9]{5,6}/gu, '')).not.toMatch(/\p{Script=Han}/u);
    await context.close();
  });
});
