/**
 * A picture of every screen and of its other forms: phone and desktop, Chinese and English, full and simple, light and dark, with an index
 * to look through. All on the mock back end, so that one command needs no server and every state is there.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { DESKTOP, PHONE, launch } from '../src/browser.ts';
import { addressOf, flipped } from '../src/codes.ts';
import { readQr } from '../src/qr.ts';
import { SCREENS, type Form, type Look, type Screen, openScreen, phone } from '../src/screens.ts';

const FOLDER = path.resolve(process.env.LUZHENG_SHOTS ?? '../../target/shots');
const SIZES = { phone: PHONE, desktop: DESKTOP } as const;
type Size = keyof typeof SIZES;
const LOOKS: readonly Look[] = [
  { locale: 'zh-CN', simple: false, dark: false },
  { locale: 'en', simple: false, dark: false },
  { locale: 'zh-CN', simple: true, dark: false },
  { locale: 'en', simple: true, dark: false },
  { locale: 'zh-CN', simple: false, dark: true },
];
/** Columns of the index, in the order in which the pictures are made. */
const columns: string[] = [];
const rows = new Map<string, Map<string, string>>();
let browser: Browser;

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  browser = await launch('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream');
});
afterAll(async () => {
  await browser?.close();
  writeFileSync(path.join(FOLDER, 'index.html'), index());
});

const nameOf = ({ locale, simple, dark }: Look, size: Size): string =>
  [size, locale, simple ? 'simple' : null, dark ? 'dark' : null].filter((part) => part !== null).join('.');

async function shoot(page: Page, screen: string, column: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready.then(() => true));
  const file = `${screen}.${column}.png`;
  await page.screenshot({ path: path.join(FOLDER, file), fullPage: true, animations: 'disabled' });
  if (!columns.includes(column)) columns.push(column);
  rows.set(screen, (rows.get(screen) ?? new Map()).set(column, file));
}

/** The code of a mark, read from its picture as anybody would. */
async function codeOf(page: Page, screen: Screen): Promise<string> {
  await openScreen(page, screen);
  const symbol = page.locator('main [data-testid=qr]').first();
  await symbol.waitFor();
  const [code] = await readQr(await page.screenshot({ fullPage: true }));
  if (code === undefined) throw new Error('no code is to be seen on the mark');
  return code;
}

async function verdicts(page: Page, column: string): Promise<void> {
  const screen = SCREENS.find(({ name }) => name === 'mark');
  if (screen === undefined) throw new Error('no screen with a mark');
  const code = await codeOf(page, screen);
  const codes = { valid: code, 'bad-signature': flipped(code), truncated: code.slice(0, -20) };
  for (const [name, one] of Object.entries(codes)) {
    await page.goto('about:blank');
    await page.goto(addressOf(inject('mock'), one));
    await page.getByTestId('verdict').waitFor();
    await shoot(page, `verdict-${name}`, column);
  }
}

describe.each(Object.keys(SIZES) as Size[])('%s', (size) => {
  test.each(LOOKS.map((look) => [nameOf(look, size), look] as const))('%s', async (column, look) => {
    const context: BrowserContext = await phone(browser, inject('mock'), look, SIZES[size]);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    for (const screen of SCREENS) {
      if (screen.simple && !look.simple) continue;
      await openScreen(page, screen);
      await shoot(page, screen.name, column);
      // the other forms once each: they differ by words only
      if (size === 'desktop' || look.simple || look.dark) continue;
      for (const form of screen.forms satisfies readonly Form[]) {
        await openScreen(page, screen, form);
        await page.waitForLoadState('networkidle');
        await shoot(page, `${screen.name}-${form}`, column);
      }
    }
    await verdicts(page, column);
    await context.close();
  });
});

/** One page with all pictures side by side. */
function index(): string {
  const cell = (file: string | undefined): string =>
    file === undefined
      ? '<td></td>'
      : `<td><a href="${file}"><img loading="lazy" src="${file}" alt="${file}"></a></td>`;
  const body = [...rows]
    .map(
      ([screen, files]) =>
        `<tr><th>${screen}</th>${columns.map((column) => cell(files.get(column))).join('')}</tr>`,
    )
    .join('\n');
  return `<!doctype html><meta charset="utf-8"><title>Luzheng: every screen</title>
<style>body{font:14px system-ui}img{width:200px}th{position:sticky;top:0;left:0;background:#fff;text-align:left;vertical-align:top}td{vertical-align:top;padding:4px}</style>
<table><thead><tr><th></th>${columns.map((column) => `<th>${column}</th>`).join('')}</tr></thead><tbody>
${body}</tbody></table>
`;
}
