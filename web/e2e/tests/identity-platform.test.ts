/** Signing in through a government identity platform: a real provider, a real browser, two sites. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Visit, launch, visit } from '../src/browser.ts';
import { type Demo, startDemo } from '../src/demo.ts';
import { type IdentityPlatform, startIdentityPlatform } from '../src/identity-platform.ts';
import { vehicles } from '../src/people.ts';
import { FEED_TOKEN } from '../src/shared.ts';

/** Whom the platform knows: the owner of a car that the register reports below, and somebody without one. */
const LU = { name: '陆知远', id_number: '110105194912310046' };
const SUN = { name: '孙七', id_number: '110105194912310054' };
const PLATE = '苏E80P01';

let browser: Browser;
let platform: IdentityPlatform;
let demo: Demo;

beforeAll(async () => {
  platform = await startIdentityPlatform(
    new Map([
      ['lu', LU],
      ['sun', SUN],
    ]),
  );
  demo = await startDemo({ ...platform.environment, LUZHENG_FEED_TOKEN: FEED_TOKEN });
  platform.openFor(demo.origin);
  const reported = await fetch(`${demo.origin}/api/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${FEED_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      source: 'e2e',
      id: 'platform-car',
      type: 'vehicle.registered',
      occurred_at: '2025-03-10T09:30:00+08:00',
      subject: { vin: 'WVWZZZ1KZ80000001' },
      data: {
        plate_number: PLATE,
        plate_type: '02',
        vehicle_type: 'K33',
        use_nature: 'A',
        seats: 5,
        registered_on: '2025-03-10',
        manufactured_on: '2025-02-01',
        energy: 'A',
        division: '320500',
        insurance_until: '2027-03-09',
        owner_kind: 'individual',
        owner_id: LU.id_number,
        owner_name: LU.name,
        phone: '13900008888',
      },
    }),
  });
  expect(reported.status, await reported.text()).toBe(201);
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  await demo?.close();
  await platform?.close();
});

/** Signs in on the platform's own page. */
async function signInThere(page: Page, who: string, face = true): Promise<void> {
  await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/interaction\//);
  await page.getByLabel('who').selectOption(who);
  if (face) await page.getByLabel('实人核验').check();
  await page.getByRole('button', { name: '登录' }).click();
}

async function signIn(who: string, face = true): Promise<Visit> {
  const opened = await visit(browser, demo.origin);
  await opened.page.goto('/sign-in?return=/vehicles');
  await opened.page.getByTestId('by-platform').click();
  await signInThere(opened.page, who, face);
  return opened;
}

interface Me {
  name: { zh: string };
  level: string;
  how: string;
  has_owner: boolean;
}
const me = async ({ page }: Visit): Promise<Me> =>
  (await (await page.request.get('/api/v1/citizen/me')).json()) as Me;
const token = async ({ context }: Visit) =>
  (await context.cookies()).find(({ name }) => name === 'lz_session')?.value;
const start = (purpose: string) =>
  `/api/v1/session/identity-platform/start?purpose=${purpose}&return=/settings`;

describe('through the platform', () => {
  test('an owner signs in and finds their car, and the platform keeps no cookie of ours', async () => {
    const opened = await signIn('lu');
    await opened.page.waitForURL('**/vehicles');
    await opened.page.getByTestId('vehicle-card').waitFor();
    expect((await vehicles(opened.context)).map(({ plate_number }) => plate_number)).toEqual([PLATE]);
    expect(await me(opened)).toMatchObject({
      name: { zh: LU.name },
      level: 'L3',
      how: 'identity_platform',
      has_owner: true,
    });
    const cookies = await opened.context.cookies();
    expect(cookies.filter(({ name }) => name === 'lz_identity')).toEqual([]);
    expect(cookies.find(({ name }) => name === 'lz_session')).toMatchObject({
      domain: 'localhost',
      httpOnly: true,
      sameSite: 'Strict',
    });
    expect(opened.page.url()).not.toContain('code=');
    expect(opened.errors).toEqual([]);
    await opened.context.close();
  });

  test('facts alone give the second level, and take no higher one away; raising it kills the old cookie', async () => {
    const opened = await signIn('lu', false);
    await opened.page.waitForURL('**/vehicles');
    expect((await me(opened)).level).toBe('L3');
    await opened.context.close();

    const sun = await signIn('sun', false);
    await sun.page.waitForURL((url) => url.origin === demo.origin && url.pathname !== '/sign-in');
    expect(await me(sun)).toMatchObject({ level: 'L2', has_owner: false });
    const before = await token(sun);
    await sun.page.goto(start('raise'));
    await signInThere(sun.page, 'sun');
    await sun.page.waitForURL('**/settings');
    expect((await me(sun)).level).toBe('L3');
    expect(await token(sun)).not.toBe(before);
    const stolen = await fetch(`${demo.origin}/api/v1/citizen/me`, {
      headers: {
        cookie: `lz_session=${before}`,
        'user-agent': await sun.page.evaluate(() => navigator.userAgent),
      },
    });
    expect(stolen.status).toBe(401);
    await sun.context.close();
  });

  test('proving again asks anew although the platform remembers, and takes nobody else', async () => {
    const opened = await signIn('lu');
    await opened.page.waitForURL('**/vehicles');
    const before = await token(opened);
    await opened.page.goto(start('reauthenticate'));
    await signInThere(opened.page, 'sun');
    await opened.page.waitForURL('**/sign-in?problem=platform_other_person');
    expect(await token(opened)).toBe(before);
    await opened.page.goto(start('reauthenticate'));
    await signInThere(opened.page, 'lu');
    await opened.page.waitForURL('**/settings');
    expect(await token(opened)).not.toBe(before);
    await opened.context.close();
  });

  test('whoever cancels is back at the sign-in page, told so, and not signed in', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await page.goto('/sign-in');
    await page.getByTestId('by-platform').click();
    await page.waitForURL(/\/interaction\//);
    await page.getByRole('button', { name: '取消' }).click();
    await page.waitForURL('**/sign-in?problem=platform_declined');
    await page.getByTestId('platform-problem').waitFor();
    expect((await page.request.get('/api/v1/citizen/me')).status()).toBe(401);
    await context.close();
  });

  test('an answer that was used, or belongs to another browser, opens nothing', async () => {
    const first = await visit(browser, demo.origin);
    const seen: string[] = [];
    first.page.on('request', (request) => {
      if (request.url().includes('/callback?')) seen.push(request.url());
    });
    await first.page.goto('/sign-in');
    await first.page.getByTestId('by-platform').click();
    await signInThere(first.page, 'lu');
    await first.page.waitForURL((url) => url.origin === demo.origin && url.pathname !== '/sign-in');
    const answer = seen[0] ?? '';
    expect(answer).toContain('code=');
    for (const page of [first.page, (await visit(browser, demo.origin)).page]) {
      await page.goto(answer);
      await page.waitForURL('**/sign-in?problem=platform_state');
    }
    await first.context.close();
  });

  test('a platform that answers no more is said to be down, and the code is still a way in', async () => {
    platform.hangUp();
    const { context, page } = await visit(browser, demo.origin);
    await page.goto('/sign-in');
    await page.getByTestId('by-platform').click();
    await signInThere(page, 'lu');
    await page.waitForURL('**/sign-in?problem=platform_down');
    await page.getByTestId('platform-problem').waitFor();
    expect((await page.request.get('/api/v1/citizen/me')).status()).toBe(401);
    await context.close();
  });
});
