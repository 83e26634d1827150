/** Showing, taking along, printing and forwarding a mark: with the network gone, on a wrong clock, on worn paper. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Visit, launch, settled, visit } from '../src/browser.ts';
import { type Published, addressOf, publishedFiles } from '../src/codes.ts';
import { rasterised, worn } from '../src/paper.ts';
import {
  type Found,
  type Mark,
  findDriver,
  findVehicle,
  isCurrent,
  mark,
  people,
  signIn,
} from '../src/people.ts';
import { readLuma, readQr } from '../src/qr.ts';
import { keepOnDevice, openAt } from '../src/vault.ts';

const demo = { origin: inject('origin') };
const DAY_MS = 86_400_000;
let browser: Browser;
let owner: Found;
let shown: Mark;
let published: Published;

beforeAll(async () => {
  browser = await launch();
  const { context } = await visit(browser, demo.origin);
  owner = await findVehicle(context, 'a current mark that is not due', (vehicle) => {
    return isCurrent(vehicle) && vehicle.inspection?.state === 'not_due';
  });
  shown = await mark(context, owner.vehicle);
  published = await publishedFiles(context.request, [shown.code]);
  await context.close();
});
afterAll(async () => {
  published?.close();
  await browser?.close();
});

async function signedIn(
  options: BrowserContextOptions = {},
  found: Pick<Found, 'person'> = owner,
): Promise<Visit> {
  const opened = await visit(browser, demo.origin, options);
  await signIn(opened.context, found.person);
  return opened;
}
const markPage = (): string => `/marks/${shown.id}`;

/** What the command line says about a text that a reader got from somewhere. */
async function judged(text: string | undefined): Promise<Record<string, unknown>> {
  expect(text).toBe(shown.code);
  const { code, report } = await published.verify('--plate', shown.plate_number, text ?? '');
  expect(code).toBe(0);
  return report;
}
const VALID = { verdict: 'valid', credential: { mode: 'static' } };

describe('the live code with the network gone in the middle', () => {
  test('ends honestly after its time, gives way to the kept one with its age, and comes back', async () => {
    const { context, page } = await signedIn();
    await page.clock.install();
    await page.goto(markPage());
    await settled(page);
    await page.getByTestId('show-live').click();
    const live = page.getByTestId('live-qr');
    await live.waitFor();
    const code = await live.getAttribute('data-code');
    await context.setOffline(true);
    // the renewal fails, and the code is still good: it stays, and the screen says what is going on
    await page.clock.fastForward(31_000);
    await page.locator('[data-testid=live-screen][data-state=lost]').waitFor();
    expect(await live.getAttribute('data-code')).toBe(code);
    // a minute after it was made nobody takes it any more
    await page.clock.fastForward(31_000);
    await page.getByTestId('live-lost').waitFor();
    expect(await live.count()).toBe(0);
    expect(await page.getByTestId('static-qr').getAttribute('data-code')).toBe(shown.code);
    await page.clock.fastForward(3 * 3_600_000);
    await page.getByTestId('exit').click();
    await page.getByTestId('show-kept').click();
    await page.getByTestId('static-qr').waitFor();
    expect(await page.getByTestId('kept-age').textContent()).toContain('3 小时');
    await context.setOffline(false);
    await page.goto(`${markPage()}/live`);
    await live.waitFor();
    expect(await live.getAttribute('data-code')).not.toBe(code);
    await context.close();
  });

  test('has its kept form after a restart without a network too, behind the PIN', async () => {
    const { context, page } = await signedIn();
    await keepOnDevice(page);
    await openAt(page, markPage());
    await page.getByTestId('take-away').waitFor();
    await settled(page);
    await context.setOffline(true);
    await openAt(page, `${markPage()}/kept`);
    const symbol = page.getByTestId('static-qr');
    await symbol.waitFor();
    await page.getByTestId('kept-age').waitFor();
    expect(await judged((await readQr(await symbol.screenshot()))[0])).toMatchObject(VALID);
    await context.close();
  });
});

describe('forwarding', () => {
  /** What was handed to the share sheet. */
  interface Sent {
    title: string;
    text: string;
    names: string[];
    png: number[];
  }
  async function withSheet(page: Page, files: boolean): Promise<void> {
    await page.addInitScript((takesFiles) => {
      const sent = globalThis as unknown as { sent?: unknown };
      navigator.canShare = (data) => takesFiles || !data?.files;
      navigator.share = async (data) => {
        const [file] = data?.files ?? [];
        sent.sent = {
          title: data?.title,
          text: data?.text,
          names: (data?.files ?? []).map(({ name, type }) => `${type} ${name}`),
          png: file ? [...new Uint8Array(await file.arrayBuffer())] : [],
        };
      };
    }, files);
  }
  async function sentBy(page: Page): Promise<Sent> {
    await page.getByTestId('share').click();
    await page.locator('[data-testid=outcome][data-outcome=shared]').waitFor();
    return page.evaluate(() => (globalThis as unknown as { sent: Sent }).sent);
  }

  test('gives the sheet a picture that says what it is, and that readers and the command line take', async () => {
    const { context, page, errors } = await signedIn();
    await withSheet(page, true);
    await page.goto(markPage());
    const sent = await sentBy(page);
    expect(sent.names).toEqual([expect.stringMatching(/^image\/png luzheng-.*\.png$/)]);
    for (const said of [
      '电子凭证（下载件）',
      shown.plate_number.slice(2),
      '有效期至',
      '生成时间',
      '核验',
      '没有法律效力',
    ]) {
      expect(sent.text).toContain(said);
    }
    const file = path.join(published.folder, 'shared.png');
    writeFileSync(file, Uint8Array.from(sent.png));
    expect(await judged((await readQr(Uint8Array.from(sent.png)))[0])).toMatchObject(VALID);
    const { report } = await published.verify('--plate', shown.plate_number, '--image', file);
    expect(report).toMatchObject(VALID);
    // the link in the words judges the same code in a stranger's browser
    const link = /http\S+#\d+/.exec(sent.text)?.[0] ?? '';
    const stranger = await visit(browser, demo.origin);
    await stranger.page.goto(link);
    await stranger.page.locator('[data-testid=verdict][data-verdict=valid]').waitFor();
    expect(errors).toEqual([]);
    await stranger.context.close();
    await context.close();
  });

  test('sends words and link where pictures cannot be shared', async () => {
    const { context, page } = await signedIn();
    await withSheet(page, false);
    await page.goto(markPage());
    const sent = await sentBy(page);
    expect(sent.names).toEqual([]);
    expect(sent.text).toContain(addressOf(demo.origin, shown.code));
    await context.close();
  });

  test('puts them on the clipboard where nothing can be shared', async () => {
    const { context, page } = await signedIn({ permissions: ['clipboard-read', 'clipboard-write'] });
    await page.addInitScript(() => {
      Object.assign(Navigator.prototype, { share: undefined, canShare: undefined });
    });
    await page.goto(markPage());
    await page.getByTestId('share').click();
    await page.locator('[data-testid=outcome][data-outcome=linkCopied]').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(
      addressOf(demo.origin, shown.code),
    );
    await context.close();
  });

  test('a mark of somebody else’s vehicle that was filed works the same', async () => {
    const { context } = await signedIn();
    const consent = await context.request.post(`/api/v1/citizen/vehicles/${owner.vehicle.id}/consent`, {
      data: {},
    });
    const { token } = (await consent.json()) as { token: string };
    const filer = (await people(context)).find((one) => one.role === 'citizen' && one.id !== owner.person.id);
    if (filer === undefined) throw new Error('the demo has one citizen only');
    await context.close();
    const { context: other, page } = await signedIn({}, { person: filer });
    const filing = await other.request.post('/api/v1/citizen/filings/scan', {
      data: { token, relation: 'family' },
    });
    expect(filing.status()).toBe(200);
    await page.goto(markPage());
    await page.getByTestId('take-away').waitFor();
    await page.getByTestId('show-kept').click();
    expect(await page.getByTestId('static-qr').getAttribute('data-code')).toBe(shown.code);
    const { id } = (await filing.json()) as { id: string };
    await other.request.post(`/api/v1/citizen/filings/${id}/end`, { data: {} });
    await other.close();
  });
});

describe('on paper', () => {
  const GRAIN = 70;
  /** Saves the PDF of a size through the app. */
  async function pdfOf(size: 'a4' | 'card'): Promise<string> {
    const { context, page, errors } = await signedIn({ acceptDownloads: true });
    await page.goto(markPage());
    await page.getByTestId('pdf').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByTestId(`size-${size}`).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^luzheng-.*\.pdf$/);
    await page.locator('[data-testid=outcome][data-outcome=savedPdf]').waitFor();
    const file = path.join(published.folder, `${size}.pdf`);
    await download.saveAs(file);
    expect(errors).toEqual([]);
    await context.close();
    return file;
  }

  test.each(['a4', 'card'] as const)('the PDF (%s) is read at 150 dpi, clean and worn', async (size) => {
    const scan = rasterised(await pdfOf(size));
    for (const seen of [scan, worn(scan, 1, GRAIN), worn(scan, 2, GRAIN)]) {
      expect(await judged((await readLuma(seen.luma, seen.width, seen.height))[0])).toMatchObject(VALID);
    }
  });

  test.each([
    ['a4', 105],
    ['card', 85.6],
  ] as const)(
    'what is printed directly (%s) is the picture in its true size and nothing else',
    async (size, mm) => {
      const { context, page } = await signedIn();
      await page.addInitScript(() => {
        const printed = globalThis as unknown as { printed?: number };
        window.print = () => {
          printed.printed = (printed.printed ?? 0) + 1;
        };
      });
      await page.goto(markPage());
      await page.getByTestId('print').click();
      await page.getByTestId(`size-${size}`).click();
      await page.waitForFunction(() => (globalThis as unknown as { printed?: number }).printed === 1);
      const file = path.join(published.folder, `printed-${size}.pdf`);
      await page.pdf({ path: file, preferCSSPageSize: true });
      await page.emulateMedia({ media: 'print' });
      const box = await page.locator('[data-testid=paper] img').boundingBox();
      expect(((box?.width ?? 0) * 25.4) / 96).toBeCloseTo(mm, 0);
      const scan = rasterised(file);
      // A4 at 150 dpi
      expect([scan.width, scan.height]).toEqual([1241, 1755].map((side) => expect.closeTo(side, -1)));
      const seen = worn(scan, 3, GRAIN);
      expect(await judged((await readLuma(seen.luma, seen.width, seen.height))[0])).toMatchObject(VALID);
      await context.close();
    },
  );

  test('a licence does not go, and the screen says why and what serves instead', async () => {
    const looking = await visit(browser, demo.origin);
    const driver = await findDriver(looking.context, 'a licence in order', ({ credential, state }) => {
      return credential.state === 'current' && state === 'normal';
    });
    await looking.context.close();
    const { context, page } = await signedIn({}, driver);
    await page.goto('/licence');
    await page.getByTestId('no-print').waitFor();
    expect(await page.getByTestId('download').count()).toBe(0);
    await page.getByTestId('to-proof').click();
    await page.waitForURL('**/licence/proofs');
    await context.close();
  });
});

describe('a clock that is wrong', () => {
  test.each([
    ['ahead', DAY_MS, '快了24小时'],
    ['behind', -DAY_MS, '慢了24小时'],
  ] as const)('by a day %s is said, and codes are good all the same', async (_, off, said) => {
    const { context, page } = await signedIn();
    await page.clock.install({ time: Date.now() + off });
    await page.goto(`${markPage()}/live`);
    const live = page.getByTestId('live-qr');
    await live.waitFor();
    const note = page.getByTestId('clock-note');
    await note.waitFor();
    expect((await note.textContent())?.replace(/\s/g, '')).toContain(said);
    const code = (await live.getAttribute('data-code')) ?? '';
    const now = Date.now();
    const answer = await context.request.post('/api/v1/verify', {
      data: { code, at: new Date(now).toISOString() },
    });
    expect(await answer.json()).toMatchObject({ verdict: 'valid', credential: { mode: 'live' } });

    // and a checker whose phone is as wrong judges rightly, as long as the server can be heard
    const checker = await context.newPage();
    await checker.goto(addressOf(demo.origin, code));
    await checker.locator('[data-testid=verdict][data-verdict=valid]').waitFor();
    await checker.locator('[data-testid=clock-note][data-corrected=true]').waitFor();
    await context.close();
  });

  test('behind without a network is noticed from what was heard before', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await page.goto(addressOf(demo.origin, shown.code));
    await page.locator('[data-testid=verdict][data-verdict=valid]').waitFor();
    await settled(page);
    await page.waitForLoadState('networkidle');
    await context.setOffline(true);
    await page.clock.install({ time: Date.now() - DAY_MS });
    await page.reload();
    await page.locator('[data-testid=clock-note][data-corrected=false]').waitFor();
    await page.locator('[data-testid=verdict][data-reason=clock_wrong]').waitFor();
    await context.close();
  });
});
