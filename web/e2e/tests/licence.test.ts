/** A driver: the face, the code shown live, the code of the device without a network, points, due dates, proofs. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Visit, launch, settled, visit } from '../src/browser.ts';
import { addressOf } from '../src/codes.ts';
import { type Licence, type Person, findDriver, licence, signIn } from '../src/people.ts';
import { readQr } from '../src/qr.ts';
import { chooseWay, openAt, sealed } from '../src/vault.ts';

interface Driver {
  person: Person;
  licence: Licence;
}
interface Verdict {
  verdict: string;
  reason: string | null;
  credential?: { kind: string; mode: string; subject: string; class: string };
}

const demo = { origin: inject('origin') };
const inUse = ({ credential }: Licence): boolean => credential.state === 'current';
let browser: Browser;
let normal: Driver;
let red: Driver;
let withdrawn: Driver;

beforeAll(async () => {
  browser = await launch();
  const { context } = await visit(browser, demo.origin);
  normal = await findDriver(context, 'a licence in order', (it) => inUse(it) && it.state === 'normal');
  red = await findDriver(context, 'a red licence', (it) => inUse(it) && it.state === 'red');
  withdrawn = await findDriver(context, 'a withdrawn licence', (it) => it.state === 'withdrawn');
  await context.close();
});
afterAll(async () => {
  await browser?.close();
});

async function signedIn(driver: Driver): Promise<Visit> {
  const opened = await visit(browser, demo.origin);
  await signIn(opened.context, driver.person);
  return opened;
}

async function judged({ context }: Visit, code: string, at = Date.now()): Promise<Verdict> {
  const data = { code, at: new Date(at).toISOString() };
  return (await (await context.request.post('/api/v1/verify', { data })).json()) as Verdict;
}

const codeOn = async (page: Page, symbol: string): Promise<string> =>
  (await page.getByTestId(symbol).getAttribute('data-code')) ?? '';

/** Binds the licence to this profile's browser, from the licence page; how it opens is asked first. */
async function keepHere(page: Page): Promise<void> {
  await page.goto('/licence');
  await page.getByTestId('keep-bind').click();
  await chooseWay(page);
  await page.getByTestId('keep-on').waitFor();
}

/** What a stranger's browser says about a code. */
async function shownTo(
  code: string,
): Promise<{ verdict: string | null; reason: string | null; text: string }> {
  const { context, page } = await visit(browser, demo.origin);
  await page.goto(addressOf(demo.origin, code));
  const panel = page.getByTestId('verdict');
  await panel.waitFor();
  const said = {
    verdict: await panel.getAttribute('data-verdict'),
    reason: await panel.getAttribute('data-reason'),
    text: await panel.innerText(),
  };
  await context.close();
  return said;
}

describe('the face', () => {
  test('shows the licence, its number only when tapped, and a time that moves', async () => {
    const { context, page, errors } = await signedIn(normal);
    await page.goto('/licence');
    const face = page.getByTestId('licence-face');
    await face.waitFor();
    expect(await face.innerText()).toContain(normal.licence.name);
    expect(await page.getByTestId('classes').innerText()).toBe(normal.licence.classes);
    const number = page.getByTestId('licence-number');
    expect(await number.innerText()).not.toContain(normal.licence.number);
    await number.click();
    expect(await number.innerText()).toContain(normal.licence.number);
    const time = page.getByTestId('moving-time');
    const before = await time.innerText();
    await expect.poll(() => time.innerText(), { timeout: 10_000 }).not.toBe(before);
    await page.locator('label', { has: page.getByTestId('page-back') }).click();
    await page.getByTestId('licence-back').waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });

  test('of a withdrawn licence is not displayed, and says what to do', async () => {
    const { context, page } = await signedIn(withdrawn);
    await page.goto('/licence');
    await page.getByTestId('withdrawn').waitFor();
    expect(await page.getByTestId('licence-face').count()).toBe(0);
    expect(await page.getByTestId('show-face').count()).toBe(0);
    const refused = await context.request.post('/api/v1/citizen/licence/live', { data: {} });
    expect(refused.ok()).toBe(false);
    await context.close();
  });
});

describe('the live code', () => {
  test.each(['show-face', 'show-code'])('by %s is read by a camera and valid for anybody', async (act) => {
    const opened = await signedIn(normal);
    const { context, page, errors } = opened;
    await page.goto('/licence');
    await page.getByTestId(act).click();
    const symbol = page.getByTestId('live-qr');
    await symbol.waitFor();
    const code = await codeOn(page, 'live-qr');
    expect(await readQr(await symbol.screenshot())).toContain(code);
    expect(await symbol.getAttribute('data-colour')).toBe('black');
    expect(await judged(opened, code)).toMatchObject({
      verdict: 'valid',
      credential: { kind: 'driving_licence', mode: 'live', class: normal.licence.classes },
    });
    expect(await judged(opened, code, Date.now() + 61_000)).toMatchObject({ reason: 'replayed' });
    const text = await page.getByTestId('show-screen').innerText();
    expect(text.includes(normal.licence.name)).toBe(act === 'show-face');
    expect(text).not.toContain(normal.licence.number);
    const said = await shownTo(code);
    expect(said).toMatchObject({ verdict: 'valid', reason: '' });
    expect(said.text).not.toContain(normal.licence.name);
    expect(said.text).not.toContain(normal.licence.number);
    expect(errors).toEqual([]);
    await context.close();
  });

  test('is renewed after 30 s', async () => {
    const { context, page } = await signedIn(normal);
    await page.clock.install();
    await page.goto('/licence/code');
    await page.getByTestId('live-qr').waitFor();
    const first = await codeOn(page, 'live-qr');
    await page.clock.fastForward(31_000);
    await expect.poll(() => codeOn(page, 'live-qr'), { timeout: 20_000 }).not.toBe(first);
    await context.close();
  });

  test('of a red licence is red, with the state in words, and asks a checker for a look', async () => {
    const opened = await signedIn(red);
    const { context, page } = opened;
    await page.goto('/licence/code');
    const symbol = page.getByTestId('live-qr');
    await symbol.waitFor();
    expect(await symbol.getAttribute('data-colour')).toBe('red');
    expect(await page.getByTestId('code-word').innerText()).toContain('红码');
    const code = await codeOn(page, 'live-qr');
    expect(await readQr(await symbol.screenshot())).toContain(code);
    expect(await judged(opened, code)).toMatchObject({ verdict: 'attention', reason: 'state_red' });
    expect(await shownTo(code)).toMatchObject({ verdict: 'attention', reason: 'state_red' });
    await context.close();
  });
});

describe('the code of the device', () => {
  test('is shown with the network off, and is a copy after 60 s', async () => {
    const opened = await signedIn(normal);
    const { context, page } = opened;
    await page.goto('/licence');
    await settled(page);
    await keepHere(page);
    await context.setOffline(true);
    await page.getByTestId('show-face').click();
    await page.getByTestId('held-qr').waitFor();
    await page.getByTestId('show-offline').waitFor();
    const code = await codeOn(page, 'held-qr');
    expect(await readQr(await page.getByTestId('held-qr').screenshot())).toContain(code);
    await context.setOffline(false);
    expect(await judged(opened, code)).toMatchObject({
      verdict: 'valid',
      credential: { kind: 'driving_licence', mode: 'held' },
    });
    expect(await judged(opened, code, Date.now() + 61_000)).toMatchObject({ reason: 'replayed' });
    expect(await shownTo(code)).toMatchObject({ verdict: 'valid' });
    await context.close();
  });

  test('without having been kept says so honestly', async () => {
    const { context, page } = await signedIn(red);
    await page.goto('/licence');
    await settled(page);
    await context.setOffline(true);
    await page.getByTestId('show-code').click();
    await page.getByTestId('show-lost').waitFor();
    expect(await page.getByTestId('held-qr').count()).toBe(0);
    await context.close();
  });

  test('ends on the old phone when the licence moves to a new one', async () => {
    const old = await signedIn(normal);
    await keepOrMove(old.page);
    // from here on the old phone hears of nothing
    await old.context.setOffline(true);
    const fresh = await signedIn(normal);
    await fresh.page.goto('/licence');
    await fresh.page.getByTestId('keep-elsewhere').waitFor();
    await fresh.page.getByTestId('keep-bind').click();
    await chooseWay(fresh.page);
    await fresh.page.getByTestId('keep-on').waitFor();
    // what the old phone still makes by itself is no longer accepted
    await old.page.getByTestId('show-code').click();
    await old.page.getByTestId('held-qr').waitFor();
    const stale = await codeOn(old.page, 'held-qr');
    await expect
      .poll(async () => (await judged(fresh, stale)).verdict, { timeout: 20_000 })
      .toBe('not_valid');
    await old.context.setOffline(false);
    await openAt(old.page, '/licence');
    await old.page.getByTestId('keep-elsewhere').waitFor();
    expect((await licence(fresh.context))?.holding).not.toBeNull();
    await old.context.close();
    await fresh.context.close();
  });

  test('goes with the sign-out', async () => {
    const { context, page } = await signedIn(normal);
    await keepOrMove(page);
    await openAt(page, '/settings');
    await page.getByTestId('sign-out').click();
    await page.waitForURL((url) => url.pathname === '/');
    expect(await sealed(page)).toEqual({ sealed: 0, vault: 0 });
    await signIn(context, normal.person);
    expect((await licence(context))?.holding).toBeNull();
    await context.close();
  });

  /** Binds to this browser, whether or not another one has it. */
  async function keepOrMove(page: Page): Promise<void> {
    await page.goto('/licence');
    await settled(page);
    await page.getByTestId('keep-bind').click();
    await chooseWay(page);
    await page.getByTestId('keep-on').waitFor();
  }
});

describe('points and due dates', () => {
  test('the points are the register’s, each with its entry', async () => {
    const { context, page } = await signedIn(red);
    const points = (await (await context.request.get('/api/v1/citizen/licence/points')).json()) as {
      sum: number;
      entries: unknown[];
    };
    await page.goto('/licence/points');
    await page.getByTestId('points-plot').waitFor();
    expect(await page.getByTestId('points-plot').getAttribute('data-sum')).toBe(String(points.sum));
    expect(await page.getByTestId('entry').count()).toBe(points.entries.length);
    await context.close();
  });

  test('the timeline has every due date with its reason, and a calendar file', async () => {
    const { context, page, errors } = await signedIn(normal);
    const { items } = (await (await context.request.get('/api/v1/citizen/deadlines')).json()) as {
      items: { due_on: string }[];
    };
    expect(items.length).toBeGreaterThan(0);
    await page.goto('/timeline');
    await page.getByTestId('deadline').first().waitFor();
    expect(await page.getByTestId('deadline').count()).toBe(items.length);
    await page.getByTestId('deadline').first().getByTestId('why').click();
    await page.getByTestId('clause').waitFor();
    const coming = page.waitForEvent('download');
    await page.getByTestId('calendar').click();
    const file = await coming;
    expect(file.suggestedFilename()).toMatch(/\.ics$/);
    expect(errors).toEqual([]);
    await context.close();
  });
});

describe('reminders', () => {
  test('a push is shown in the language of the person, and leads into the app', async () => {
    const { context, page } = await visit(browser, demo.origin, { permissions: ['notifications'] });
    const worker = await context.newCDPSession(page);
    const registered = new Promise<string>((resolve) =>
      worker.on('ServiceWorker.workerRegistrationUpdated', ({ registrations: [first] }) => {
        if (first) resolve(first.registrationId);
      }),
    );
    await worker.send('ServiceWorker.enable');
    await page.goto('/');
    await settled(page);
    const push = {
      id: 'n1',
      kind: 'renewal',
      title: { zh: '该换证了', en: 'Time to renew' },
      body: { zh: '驾驶证快到期了', en: 'The licence runs out soon' },
      url: '/notices',
    };
    await worker.send('ServiceWorker.deliverPushMessage', {
      origin: demo.origin,
      registrationId: await registered,
      data: JSON.stringify(push),
    });
    const shown = (): Promise<unknown> =>
      page.evaluate(async () => {
        const notifications = await (await navigator.serviceWorker.ready).getNotifications();
        return notifications.map(({ title, body, data }) => ({ title, body, data: data as unknown }));
      });
    await expect
      .poll(shown, { timeout: 10_000 })
      .toEqual([{ title: '该换证了', body: '驾驶证快到期了', data: '/notices/n1' }]);
    await context.close();
  });

  test('go where the person says, and stay so', async () => {
    const { context, page } = await signedIn(red);
    await page.goto('/settings');
    await page.getByTestId('email').fill('fictional@mail.example');
    await page.getByTestId('save-email').click();
    await page.getByTestId('channels-saved').waitFor();
    await page.reload();
    await expect
      .poll(() => page.getByTestId('email').inputValue(), { timeout: 10_000 })
      .toBe('fictional@mail.example');
    await page.getByTestId('email').fill('no address');
    await page.getByTestId('save-email').click();
    await page.getByRole('alert').waitFor();
    await context.close();
  });
});

describe('a proof', () => {
  test('is opened by a stranger, seen by its holder, and taken back', async () => {
    const { context, page, errors } = await signedIn(normal);
    await page.goto('/licence/proofs');
    await page.getByTestId('recipient').fill('虚构租车有限公司');
    await page.getByTestId('make-proof').click();
    const link = await page.getByTestId('proof-link').inputValue();
    expect(new URL(link).origin).toBe(demo.origin);

    const stranger = await visit(browser, demo.origin);
    const sent: string[] = [];
    stranger.page.on('request', (request) => sent.push(request.url()));
    await stranger.page.goto(link);
    await stranger.page.getByTestId('verdict').waitFor();
    expect(await stranger.page.getByTestId('verdict').getAttribute('data-verdict')).toBe('valid');
    const seen = await stranger.page.getByTestId('proof-page').innerText();
    expect(seen).toContain('虚构租车有限公司');
    expect(seen).not.toContain(normal.licence.name);
    expect(seen).not.toContain(normal.licence.number);
    const token = new URL(link).hash.slice(1);
    expect(sent.some((url) => url.includes(token))).toBe(false);

    await page.reload();
    const made = page.getByTestId('proof').first();
    await made.getByTestId('openings').click();
    await made.getByTestId('revoke').click();
    await page.locator('[data-testid=proof][data-state=revoked]').first().waitFor();
    await stranger.page.getByTestId('proof-refresh').click();
    await stranger.page.getByTestId('proof-ended').waitFor();
    expect(await stranger.page.getByTestId('proof-view').count()).toBe(0);
    expect(errors).toEqual([]);
    await stranger.context.close();
    await context.close();
  });

  test('that was never made is nobody’s', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await page.goto(`/proof#${'0'.repeat(64)}`);
    await page.getByTestId('status-panel').waitFor();
    await page.goto('about:blank');
    await page.goto('/proof');
    await page.getByTestId('status-panel').waitFor();
    await context.close();
  });
});
