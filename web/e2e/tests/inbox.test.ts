/** Being told: the inbox, a push that opens its notice, a code by which anybody checks a notice, who looked at one's record. */
import { createECDH } from 'node:crypto';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Visit, launch, settled, visit } from '../src/browser.ts';
import { type Found, findDriver, findVehicle, isCurrent, signIn } from '../src/people.ts';
import { opened, startPushService } from '../src/push-service.ts';
import { FEED_TOKEN } from '../src/shared.ts';

/** How long the jobs that follow an event may take on a busy machine. */
const SOON = { timeout: 30_000, interval: 250 };
const demo = { origin: inject('origin') };
let browser: Browser;
let owner: Found;
let events = 0;

interface Notice {
  id: string;
  title: { zh: string };
  code: string;
  read_at: string | null;
}

beforeAll(async () => {
  browser = await launch();
  const { context } = await visit(browser, demo.origin);
  owner = await findVehicle(context, 'a current mark that is not due', (vehicle) => {
    return isCurrent(vehicle) && vehicle.inspection?.state === 'not_due';
  });
  await context.close();
});
afterAll(async () => {
  await browser?.close();
});

async function signedIn(): Promise<Visit> {
  const there = await visit(browser, demo.origin);
  await signIn(there.context, owner.person);
  return there;
}

async function notices(context: BrowserContext): Promise<Notice[]> {
  const answer = await context.request.get('/api/v1/citizen/notices');
  return ((await answer.json()) as { items: Notice[] }).items;
}

/** The register reports that the vehicle was stolen and found again: two notices. */
async function stolenAndFound(context: BrowserContext): Promise<void> {
  const before = (await notices(context)).length;
  for (const status of ['C', 'A']) {
    const { plate_number, plate_type } = owner.vehicle;
    events += 1;
    const answer = await context.request.post('/api/v1/events', {
      data: {
        source: 'e2e-inbox',
        id: String(events),
        type: 'vehicle.status_changed',
        occurred_at: new Date().toISOString(),
        subject: { plate_number, plate_type },
        data: { status },
      },
      headers: { authorization: `Bearer ${FEED_TOKEN}` },
    });
    expect(answer.status()).toBe(201);
  }
  await expect.poll(async () => (await notices(context)).length, SOON).toBeGreaterThanOrEqual(before + 2);
}

const badge = async (page: Page): Promise<number> => {
  const sign = page.getByTestId('unread');
  return (await sign.count()) === 0 ? 0 : Number.parseInt((await sign.textContent()) ?? '', 10);
};

describe.sequential('the inbox', () => {
  test('opens a notice on its own screen, and counts it as read', async () => {
    const { context, page, errors } = await signedIn();
    await stolenAndFound(context);
    const unread = (await notices(context)).filter(({ read_at }) => read_at === null);
    await page.goto('/notices');
    const rows = page.getByTestId('notice');
    await rows.first().waitFor();
    expect(await page.getByRole('heading', { name: '今天' }).count()).toBe(1);
    expect(await badge(page)).toBe(unread.length);
    await page.locator('[data-testid=notice][data-read=false]').first().click();
    await page.getByTestId('notice-view').waitFor();
    const newest = unread[0] as Notice;
    expect(await page.getByTestId('notice-view').textContent()).toContain(newest.title.zh);
    expect(await page.getByTestId('notice-code').textContent()).toBe(newest.code);
    await expect
      .poll(async () => (await notices(context)).find(({ id }) => id === newest.id)?.read_at ?? null, SOON)
      .not.toBeNull();
    await expect.poll(() => badge(page)).toBe(unread.length - 1);
    // and it leads to where one sees to it
    await page.getByTestId('act').click();
    await page.waitForURL(/\/(vehicles|marks)\//);
    await page.goto(`/notices/${newest.id}`);
    await page.getByTestId('keep-unread').click();
    await page.waitForURL('**/notices');
    await expect.poll(() => badge(page)).toBe(unread.length);
    expect(errors).toEqual([]);
    await context.close();
  });

  test('is marked as read in one go, and that is undone in one go', async () => {
    const { context, page } = await signedIn();
    await stolenAndFound(context);
    const unread = (await notices(context)).filter(({ read_at }) => read_at === null).length;
    expect(unread).toBeGreaterThanOrEqual(2);
    await page.goto('/notices');
    await page.getByTestId('notice').first().waitFor();
    await page.getByTestId('read-all').click();
    await page.getByTestId('all-read').waitFor();
    expect((await notices(context)).filter(({ read_at }) => read_at === null)).toEqual([]);
    expect(await badge(page)).toBe(0);
    await page.getByTestId('undo').click();
    await page.getByTestId('all-read').waitFor({ state: 'detached' });
    expect((await notices(context)).filter(({ read_at }) => read_at === null)).toHaveLength(unread);
    expect(await badge(page)).toBe(unread);
    await page.getByTestId('only-unread').click();
    await expect.poll(() => page.getByTestId('notice').count()).toBe(unread);
    expect(await page.locator('[data-testid=notice][data-read=true]').count()).toBe(0);
    await context.close();
  });
});

describe('a notice code', () => {
  test('is checked by a stranger, and stands in no address that is sent', async () => {
    const { context } = await signedIn();
    await stolenAndFound(context);
    const [notice] = await notices(context);
    if (notice === undefined) throw new Error('no notice');
    await context.close();
    const stranger = await visit(browser, demo.origin);
    const sent: string[] = [];
    stranger.context.on('request', (request) => {
      const address = new URL(request.url());
      address.hash = '';
      sent.push(address.href);
    });
    const { page } = stranger;
    await page.goto(`/notice#${notice.code}`);
    const answer = page.getByTestId('notice-answer');
    await answer.waitFor();
    expect(await answer.getAttribute('data-genuine')).toBe('true');
    expect(await answer.textContent()).toContain(notice.title.zh);
    expect(sent.filter((address) => address.includes(notice.code.slice(0, 4)))).toEqual([]);

    // as people type it
    await page.getByTestId('check-again').click();
    await page.getByTestId('notice-input').fill(notice.code.toLowerCase().replaceAll('-', ' '));
    await page.getByTestId('notice-go').click();
    await page.locator('[data-testid=notice-answer][data-genuine=true]').waitFor();

    // one character off is not ours, and the page says what to do
    const last = notice.code.endsWith('0') ? '1' : '0';
    await page.getByTestId('check-again').click();
    await page.getByTestId('notice-input').fill(notice.code.slice(0, -1) + last);
    await page.getByTestId('notice-go').click();
    await page.locator('[data-testid=notice-answer][data-genuine=false]').waitFor();
    expect(await page.getByTestId('notice-answer').textContent()).toMatch(/不要转账.*12123.*110/s);

    await page.getByTestId('check-again').click();
    await page.getByTestId('notice-input').fill('hello');
    await page.getByTestId('notice-go').click();
    await page.locator('[data-problem=format]').waitFor();
    await stranger.context.close();
  });
});

describe('who looked at one’s record', () => {
  test('lists a proof that was opened, with who, why and what', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await findDriver(context, 'a licence in order', ({ credential, state }) => {
      return credential.state === 'current' && state === 'normal';
    });
    const made = await context.request.post('/api/v1/citizen/proofs', {
      data: { purpose: 'rental', recipient: '城南租车', note: null, hours: 24 },
    });
    const { link } = (await made.json()) as { link: string };
    const stranger = await visit(browser, demo.origin);
    await stranger.page.goto(`${demo.origin}/proof#${link.split('#')[1]}`);
    await stranger.page.getByTestId('proof-view').waitFor();
    await stranger.context.close();
    await page.goto('/looks');
    const look = page.locator('[data-testid=look][data-role=anyone_with_link]').first();
    await look.waitFor();
    expect(await look.textContent()).toContain('租车');
    await context.close();
  });

  test('says to whom nobody looked that checks off-line leave no trace', async () => {
    const { context, page } = await signedIn();
    await page.goto('/looks');
    await page.getByTestId('looks-page').waitFor();
    await expect.poll(() => page.getByTestId('looks-page').textContent()).toMatch(/断网核验.*不会留下记录/);
    await context.close();
  });
});

describe('a push', () => {
  test('reaches a push service encrypted for the browser alone, and carries the notice with its code', async () => {
    const service = await startPushService();
    const { context } = await signedIn();
    const registered = await context.request.post('/api/v1/citizen/push/subscriptions', {
      data: service.subscription,
    });
    expect(registered.ok()).toBe(true);
    await stolenAndFound(context);
    const { headers, payload } = await service.next();
    expect(headers['content-encoding']).toBe('aes128gcm');
    expect(headers.authorization).toMatch(/^vapid t=.+, ?k=.+/);
    const notice = (await notices(context)).find(({ id }) => id === payload['id']);
    expect(notice).toBeDefined();
    expect(payload).toMatchObject({ code: notice?.code, title: { zh: notice?.title.zh } });
    await context.request.post('/api/v1/citizen/push/subscriptions/end', {
      data: { endpoint: service.subscription.endpoint },
    });
    await context.close();
    await service.close();
  });

  test('is opened as RFC 8291 says: its own example', () => {
    const bytes = (text: string): Buffer => Buffer.from(text, 'base64url');
    const receiver = createECDH('prime256v1');
    receiver.setPrivateKey(bytes('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94'));
    const message = bytes(
      'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
    );
    const auth = bytes('BTBZMqHH6r4Tts7J_aSIgg');
    expect(opened(message, receiver, auth).toString()).toBe('When I grow up, I want to be a watermelon');
    expect(() => opened(message, receiver, Buffer.alloc(16))).toThrow();
  });

  test('that is delivered shows the notice with its code, and a tap opens that notice', async () => {
    const { context, page } = await signedIn();
    await context.grantPermissions(['notifications'], { origin: demo.origin });
    await stolenAndFound(context);
    const [notice] = await notices(context);
    if (notice === undefined) throw new Error('no notice');
    await page.goto('/vehicles');
    await settled(page);
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    const session = await context.newCDPSession(page);
    const registration = new Promise<string>((resolve) => {
      session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const mine = registrations.find(({ scopeURL }) => scopeURL.startsWith(demo.origin));
        if (mine) resolve(mine.registrationId);
      });
    });
    await session.send('ServiceWorker.enable');
    const data = JSON.stringify({
      id: notice.id,
      kind: 'mark_suspended',
      title: notice.title,
      body: { zh: '请查看。', en: 'Please look.' },
      url: '/notices',
      code: notice.code,
    });
    const registrationId = await registration;
    await session.send('ServiceWorker.deliverPushMessage', { origin: demo.origin, registrationId, data });
    const shown = () =>
      page.evaluate(async () => {
        const all = await (await navigator.serviceWorker.ready).getNotifications();
        return all.map(({ title, body, data: path }) => ({ title, body, path: path as unknown }));
      });
    await expect
      .poll(shown, SOON)
      .toEqual([
        { title: notice.title.zh, body: `请查看。\n通知编号 ${notice.code}`, path: `/notices/${notice.id}` },
      ]);
    // the tap itself is the system's; what it sends to the service worker is not
    await worker.evaluate(async () => {
      const scope = globalThis as unknown as EventTarget & {
        registration: ServiceWorkerRegistration;
        NotificationEvent: new (type: string, init: { notification: Notification }) => Event;
      };
      const [notification] = await scope.registration.getNotifications();
      if (!notification) throw new Error('no notification');
      scope.dispatchEvent(new scope.NotificationEvent('notificationclick', { notification }));
    });
    await page.waitForURL(`**/notices/${notice.id}`);
    await page.getByTestId('notice-view').waitFor();
    expect(await page.getByTestId('notice-code').textContent()).toBe(notice.code);
    await context.close();
  });
});
