/** Every screen, in both languages, in simple mode, light and dark: what a person with other eyes, hands or ears meets. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launch } from '../src/browser.ts';
import { SCREENS, type Form, type Look, type Screen, openScreen, phone } from '../src/screens.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ROUTER = readFileSync(new URL('../../app/src/router.ts', import.meta.url), 'utf8');

let browser: Browser;
beforeAll(async () => {
  browser = await launch('--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream');
});
afterAll(() => browser?.close());

test('the table has every route of the router', () => {
  const named = [...ROUTER.matchAll(/name: '([\w-]+)',\s*component/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(15);
  const known = new Set([...SCREENS.map(({ route }) => route), 'gallery']);
  expect(named.filter((name) => !known.has(name ?? ''))).toEqual([]);
});

/** What is wrong by the rules of WCAG 2.2 AA as far as a program can tell. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    interface Axe {
      run(options: object): Promise<{
        violations: { id: string; help: string; nodes: { target: unknown; failureSummary?: string }[] }[];
      }>;
    }
    const axe = (globalThis as unknown as { axe: Axe }).axe;
    const { violations: found } = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      rules: {
        'heading-order': { enabled: true },
        'page-has-heading-one': { enabled: true },
        region: { enabled: true },
      },
      resultTypes: ['violations'],
    });
    return found.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ target, failureSummary }) =>
          `${id} at ${String(target)}: ${failureSummary?.split('\n')[1]?.trim() ?? ''}`,
      ),
    );
  });
}

/** Text that is cut off, and a page that is wider than the phone. */
async function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wrong: string[] = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width + 1) {
      const wide = [...document.querySelectorAll('main *')].filter(
        (element) => element.getBoundingClientRect().right > width + 1,
      );
      wrong.push(
        `the page is ${document.documentElement.scrollWidth} wide: ${wide
          .slice(0, 3)
          .map((e) => `${e.tagName}.${e.className}`)
          .join(', ')}`,
      );
    }
    for (const element of document.querySelectorAll<HTMLElement>('main *, nav *')) {
      const style = getComputedStyle(element);
      // ornament may run off its edge
      if (element.closest('[aria-hidden=true]')) continue;
      if (style.clipPath !== 'none' || style.visibility === 'hidden' || !element.innerText?.trim()) continue;
      const hidesX = style.overflowX === 'hidden' || style.overflowX === 'clip';
      if (hidesX && element.scrollWidth > element.clientWidth + 2 && element.clientWidth > 0)
        wrong.push(`cut off: ${element.tagName}.${element.className} "${element.innerText.slice(0, 30)}"`);
    }
    return wrong;
  });
}

/** Chinese words in the English: plates, names and what is marked as Chinese are no mistake. */
async function foreignWords(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wrong: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent ?? '';
      const parent = node.parentElement;
      if (!parent || !/\p{Script=Han}/u.test(text)) continue;
      if (
        parent.closest('[lang]')?.getAttribute('lang')?.startsWith('zh') ||
        parent.closest('script, style, svg, noscript')
      )
        continue;
      // plates, masked names and what somebody wrote are as they are in every language
      const rest = text
        .replace(/[\p{Script=Han}][A-Z][A-Z0-9·]{4,6}[\p{Script=Han}]?/gu, '')
        .replace(/\p{Script=Han}\*+\p{Script=Han}?/gu, '')
        .replace(/“[^”]*”/g, '');
      if (/\p{Script=Han}/u.test(rest))
        wrong.push(`"${text.trim().slice(0, 60)}" in ${parent.tagName}.${parent.className}`);
    }
    return wrong;
  });
}

/** Everything that can be pressed is big enough to be hit (2.5.8) and is reached by the keyboard, with a sign of where one is. */
async function byKeyboard(page: Page): Promise<string[]> {
  const wanted = await page.evaluate(() => {
    const able = [
      ...document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, [tabindex="0"]'),
    ].filter(
      (element) =>
        !(element as HTMLButtonElement).disabled &&
        element.tabIndex >= 0 &&
        element.getClientRects().length > 0 &&
        getComputedStyle(element).visibility !== 'hidden' &&
        !element.closest('[inert], dialog:not([open])'),
    );
    able.forEach((element, i) => element.setAttribute('data-nth', String(i)));
    const small = able
      .filter((element) => {
        const input = element instanceof HTMLInputElement && /radio|checkbox|file/.test(element.type);
        const box = (input ? (element.closest('label') ?? element) : element).getBoundingClientRect();
        const inline = getComputedStyle(element).display === 'inline' && element.closest('p, li, dd');
        const hidden = getComputedStyle(element).clipPath !== 'none' || box.width < 2;
        return !inline && !hidden && (box.width < 24 || box.height < 24);
      })
      .map((element) => `small: ${element.tagName}.${element.className}`);
    // of a group of radios the keyboard stops at one
    const groups = new Set<string>();
    const stops = able.filter((element) => {
      if (!(element instanceof HTMLInputElement) || element.type !== 'radio') return true;
      if (groups.has(element.name)) return false;
      groups.add(element.name);
      return true;
    });
    return { stops: stops.length, small };
  });
  const wrong = [...wanted.small];
  const seen = new Set<string>();
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  for (let i = 0; i < wanted.stops + 3; i++) {
    await page.keyboard.press('Tab');
    const here = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      if (!element || element === document.body) return null;
      const style = getComputedStyle(element);
      const near = [element, element.parentElement, element.closest('label')].filter((e) => e !== null);
      const shown = near.some((e) => {
        const s = getComputedStyle(e);
        return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
      });
      const sibling = element.nextElementSibling ? getComputedStyle(element.nextElementSibling) : null;
      const box = element.getBoundingClientRect();
      return {
        nth: element.dataset['nth'] ?? element.tagName,
        shown: shown || (sibling !== null && sibling.outlineStyle !== 'none') || style.clipPath !== 'none',
        inView: box.bottom > 0 && box.top < innerHeight,
        what: `${element.tagName}.${element.className} "${(element.innerText ?? '').slice(0, 20)}"`,
      };
    });
    if (here === null) break;
    if (seen.has(here.nth)) break;
    seen.add(here.nth);
    if (!here.shown) wrong.push(`no sign of focus: ${here.what}`);
    if (!here.inView) wrong.push(`focus out of sight: ${here.what}`);
  }
  if (seen.size < wanted.stops) {
    const missed = await page.evaluate(
      (reached) =>
        [...document.querySelectorAll<HTMLElement>('[data-nth]')]
          .filter((element) => !reached.includes(element.dataset['nth'] ?? ''))
          .map((element) => `${element.tagName}.${element.className} "${element.innerText.slice(0, 20)}"`),
      [...seen],
    );
    wrong.push(`${seen.size} of ${wanted.stops} reached by Tab, not ${missed.join(', ')}`);
  }
  return wrong;
}

test('the looks find what is wrong', async () => {
  const page = await browser.newPage();
  await page.setContent(
    '<html lang=en><main><h1>x</h1><button></button><img src=x><p style="color:#ccc">faint</p><p style="width:9999px">wide</p><p>车辆</p></main>',
  );
  const found = (await violations(page)).join('\n');
  for (const rule of ['button-name', 'image-alt', 'color-contrast']) expect(found).toContain(rule);
  expect((await cutOff(page)).length).toBe(1);
  expect((await foreignWords(page)).length).toBe(1);
  expect(await byKeyboard(page)).toContainEqual(expect.stringContaining('small'));
  await page.close();
});

const COMBINATIONS: readonly Look[] = [
  { locale: 'zh-CN', simple: false, dark: false },
  { locale: 'en', simple: false, dark: true },
  { locale: 'zh-CN', simple: true, dark: true },
  { locale: 'en', simple: true, dark: false },
];
const nameOf = ({ locale, simple, dark }: Look): string =>
  `${locale}, ${simple ? 'simple' : 'full'}, ${dark ? 'dark' : 'light'}`;

async function each(
  look: Look,
  options: Parameters<typeof phone>[3],
  check: (page: Page, screen: Screen) => Promise<string[]>,
): Promise<Record<string, string[]>> {
  const context: BrowserContext = await phone(browser, inject('mock'), look, options);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const wrong: Record<string, string[]> = {};
  for (const screen of SCREENS) {
    if (screen.simple && !look.simple) continue;
    try {
      await openScreen(page, screen);
      const found = await check(page, screen);
      if (found.length > 0) wrong[screen.name] = found;
    } catch (failure) {
      wrong[screen.name] = [`did not open: ${String(failure).split('\n')[0]}`];
    }
  }
  await context.close();
  return wrong;
}

describe.each(COMBINATIONS.map((look) => [nameOf(look), look] as const))('%s', (_name, look) => {
  test('no screen breaks a rule of WCAG 2.2 AA, is cut off, or speaks the other language', async () => {
    const wrong = await each(look, {}, async (page) => [
      ...(await violations(page)),
      ...(await cutOff(page)),
      ...(look.locale === 'en' ? await foreignWords(page) : []),
    ]);
    expect(wrong).toEqual({});
  });
});

test('every screen can be used by the keyboard alone', async () => {
  expect(await each({ locale: 'zh-CN', simple: false, dark: false }, {}, byKeyboard)).toEqual({});
});

test('every screen fits 320 pixels, with wide spacing of text too', async () => {
  const narrow = { viewport: { width: 320, height: 640 } };
  const wrong = await each({ locale: 'en', simple: false, dark: false }, narrow, async (page) => {
    const found = await cutOff(page);
    // WCAG 1.4.12
    await page.addStyleTag({
      content:
        'main * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }',
    });
    return [...found, ...(await cutOff(page))];
  });
  expect(wrong).toEqual({});
});

test('every screen holds a language that is a third longer and read from the right', async () => {
  const wrong = await each({ locale: 'x-rtl', simple: false, dark: false }, {}, async (page) => {
    const direction = await page.evaluate(() => document.documentElement.dir);
    return [...(direction === 'rtl' ? [] : [`read as ${direction}`]), ...(await cutOff(page))];
  });
  expect(wrong).toEqual({});
});

describe('when the data are not there', () => {
  const SIGNS: Readonly<Record<Form, (page: Page) => Promise<boolean>>> = {
    // something says that it is on its way, and nothing pretends to be an answer
    loading: (page) => page.locator('main [role=status], main [aria-busy=true]').first().isVisible(),
    server: (page) => page.locator('main [data-testid=retry]').first().isVisible(),
    offline: (page) => page.locator('main [data-testid=retry]').first().isVisible(),
    // an empty list says in words that it is empty
    empty: async (page) =>
      (await page.locator('main [data-testid$=empty], main [data-testid=status-panel]').count()) > 0,
  };
  test.each(['loading', 'server', 'offline', 'empty'] as const)(
    'every screen has its form: %s',
    async (form) => {
      const context = await phone(browser, inject('mock'), { locale: 'zh-CN', simple: false, dark: false });
      const page = await context.newPage();
      page.setDefaultTimeout(5_000);
      const wrong: string[] = [];
      for (const screen of SCREENS.filter(({ forms, simple }) => forms.includes(form) && !simple)) {
        try {
          await openScreen(page, screen, form);
          const shown = await expectSoon(() => SIGNS[form](page));
          if (!shown) wrong.push(`${screen.name}: no such form`);
          const found = await violations(page);
          if (found.length > 0) wrong.push(`${screen.name}: ${found.join('; ')}`);
        } catch (failure) {
          wrong.push(`${screen.name}: ${String(failure).split('\n')[0]}`);
        }
      }
      await context.close();
      expect(wrong).toEqual([]);
    },
  );
});

/** Whether something comes true within the patience of the page. */
async function expectSoon(check: () => Promise<boolean>): Promise<boolean> {
  return expect
    .poll(check, { timeout: 4_000, interval: 50 })
    .toBe(true)
    .then(
      () => true,
      () => false,
    );
}

test('every state of every component can be drawn', async () => {
  const context = await phone(browser, inject('mock'), { locale: 'zh-CN', simple: false, dark: false });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto('/gallery');
  await page.locator('[data-state]').first().waitFor();
  await page.waitForFunction(() => document.querySelector('[data-ready=false]') === null);
  const states = await page.locator('figure[data-state]').count();
  const broken = await page.locator('[data-story-broken]').allTextContents();
  await context.close();
  expect({ broken, errors }).toEqual({ broken: [], errors: [] });
  expect(states).toBeGreaterThan(150);
});
