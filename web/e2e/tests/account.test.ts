/** Signing in by phone and by passkey, levels, where one is signed in, and what a stolen cookie is worth. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { authenticator, codeFor, signInByPhone, unknownPhone, walkIns } from '../src/account.ts';
import { type Visit, launch, visit } from '../src/browser.ts';
import { type Person, findDriver, people, signIn } from '../src/people.ts';

// passkeys want a name of a host, not an address
const origin = inject('origin');
let browser: Browser;
let driver: Person;
/** Somebody whose account no other test changes. */
let another: Person;

beforeAll(async () => {
  browser = await launch();
  const { context } = await visit(browser, origin);
  ({ person: driver } = await findDriver(context, 'a licence', ({ state }) => state === 'normal'));
  const [first] = (await people(context)).filter(({ id, role }) => role === 'citizen' && id !== driver.id);
  if (first === undefined) throw new Error('the demo has one citizen');
  another = first;
  await context.close();
});
afterAll(async () => {
  await browser?.close();
});

async function signedIn(person = driver): Promise<Visit> {
  const opened = await visit(browser, origin);
  await signIn(opened.context, person);
  return opened;
}
const me = async ({ context }: Visit): Promise<{ status: number; level?: string; code?: string }> => {
  const answer = await context.request.get('/api/v1/citizen/me');
  return { status: answer.status(), ...((await answer.json()) as object) };
};

describe('outside a demonstration', () => {
  test('the first page is where one signs in, and names nobody', async () => {
    const { context, page } = await visit(browser, origin);
    await page.route('**/api/v1/meta', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ json: { ...((await answer.json()) as object), demo: false } });
    });
    await page.route('**/api/v1/demo/sign-ins', (route) => route.fulfill({ status: 404, json: {} }));
    await page.goto('/');
    await page.getByTestId('phone').waitFor();
    expect(await page.locator('[data-person]').count()).toBe(0);
    expect(await page.getByTestId('demo-notice').count()).toBe(0);
    // what needs somebody leads to the page of its own, and back from there
    await page.goto('/licence');
    await page.waitForURL(
      (url) => url.pathname === '/sign-in' && url.searchParams.get('return') === '/licence',
    );
    await page.getByTestId('phone').waitFor();
    await context.close();
  });
});

describe('by phone', () => {
  test('a code leads in, name and number to one’s own data, and the reason is said before', async () => {
    const opened = await visit(browser, origin);
    const { context, page } = opened;
    const [newcomer] = await walkIns(context.request);
    if (!newcomer) throw new Error('nobody in the demo signs in by phone');
    // where they wanted to go is where they come out at the end
    await page.goto('/licence');
    await page.waitForURL((url) => url.searchParams.get('return') === '/licence');
    await page.getByTestId('to-sign-in').click();
    await page.getByTestId('phone').fill(newcomer.phone);
    await page.getByTestId('send-code').click();
    await page.getByTestId('code').waitFor();
    expect(await page.getByTestId('resend').isDisabled()).toBe(true);
    // pasted as the message has it
    await page.getByTestId('code').fill(` ${await codeFor(context.request, newcomer.phone)} `);
    await page.waitForURL('**/identity**');
    expect(await me(opened)).toMatchObject({ level: 'L1' });

    await page.getByTestId('identity-name').fill(newcomer.name.zh);
    await page.getByTestId('identity-number').fill(`${newcomer.id_number.slice(0, -1)}0`);
    await page.getByTestId('identity-submit').click();
    await page.getByTestId('identity-number').and(page.locator('[aria-invalid]')).waitFor();
    await page.getByTestId('identity-name').fill('查无此人');
    await page.getByTestId('identity-number').fill(newcomer.id_number);
    await page.getByTestId('identity-submit').click();
    await page.getByTestId('identity-problem').waitFor();
    await page.getByTestId('identity-name').fill(newcomer.name.zh);
    await page.getByTestId('identity-submit').click();
    await page.getByTestId('level-on').click();
    await page.waitForURL((url) => url.pathname === '/licence');
    expect(await me(opened)).toMatchObject({ level: 'L2' });
    await context.close();
  });

  test('a wrong code says how many tries are left, and none is the end of it', async () => {
    const { context, page } = await visit(browser, origin);
    const phone = unknownPhone(1);
    await page.goto('/sign-in');
    await page.getByTestId('phone').fill('12');
    await page.getByTestId('send-code').click();
    await page.getByTestId('phone').and(page.locator('[aria-invalid]')).waitFor();
    await page.getByTestId('phone').fill(phone);
    await page.getByTestId('send-code').click();
    await page.getByTestId('code').waitFor();
    const right = await codeFor(context.request, phone);
    const wrong = right === '135790' ? '097531' : '135790';
    const problem = page.getByTestId('code-problem');
    const said: string[] = [];
    for (const left of ['4', '3', '2', '1']) {
      await page.getByTestId('code').fill(wrong);
      await problem.filter({ hasText: left }).waitFor();
      said.push((await problem.textContent()) ?? '');
    }
    expect(new Set(said).size).toBe(4);
    await page.getByTestId('code').fill(wrong);
    await expect.poll(() => problem.textContent(), { timeout: 10_000 }).not.toBe(said.at(-1));
    // the right one is worth nothing any more
    await page.getByTestId('code').fill(right);
    await problem.waitFor();
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    await context.close();
  });

  test('an address that leads elsewhere is not followed', async () => {
    const { context, page } = await visit(browser, origin);
    await page.goto('/sign-in?return=https://evil.example/');
    await page.getByTestId('phone').fill(unknownPhone(2));
    await page.getByTestId('send-code').click();
    await page.getByTestId('code').waitFor();
    await page.getByTestId('code').fill(await codeFor(context.request, unknownPhone(2)));
    await page.waitForURL('**/identity**');
    expect(page.url()).not.toContain('evil');
    await context.close();
  });

  test('what a phone number alone may not see leads to the levels with the reason', async () => {
    const { context, page } = await visit(browser, origin);
    await signInByPhone(page, unknownPhone(3));
    await page.goto('/vehicles');
    await page.waitForURL('**/identity**');
    await page.getByTestId('level-needed').waitFor();
    await context.close();
  });
});

describe('by passkey', () => {
  test('one is made after it was proved who asks, and signs in from then on', async () => {
    const opened = await signedIn(another);
    const { context, page } = opened;
    await authenticator(page);
    // this authenticator takes whatever the phone's field suggests: where the button is meant, nothing is suggested
    await page.addInitScript(() => {
      if (sessionStorage.getItem('no-suggestions') === null) return;
      PublicKeyCredential.isConditionalMediationAvailable = async () => false;
    });
    await page.goto('/settings/security');
    await page.getByTestId('no-passkeys').waitFor();
    await page.getByTestId('add-passkey').click();
    await page.getByTestId('passkey-name').fill('我的手机');
    // as it answers a quarter of an hour after the sign-in
    const tooLongAgo = { status: 403, json: { status: 403, code: 'reauthenticate', title: 'again' } };
    await page.route('**/api/v1/citizen/passkeys/begin', (route) => route.fulfill(tooLongAgo), { times: 1 });
    await page.getByTestId('make-passkey').click();
    await page.getByTestId('again-demo').click();
    await page.getByTestId('passkey').filter({ hasText: '我的手机' }).waitFor();

    await page.goto('/settings');
    await page.getByTestId('sign-out').click();
    await page.waitForURL((url) => url.pathname === '/');
    expect((await me(opened)).status).toBe(401);
    await page.evaluate(() => sessionStorage.setItem('no-suggestions', 'yes'));
    await page.goto('/sign-in?return=/notices');
    await page.getByTestId('by-passkey').click();
    await page.waitForURL((url) => url.pathname === '/notices');
    expect(await me(opened)).toMatchObject({ how: 'passkey' });

    // and without a tap, from the suggestions of the field
    await page.goto('/settings');
    await page.getByTestId('sign-out').click();
    await page.waitForURL((url) => url.pathname === '/');
    await page.evaluate(() => sessionStorage.removeItem('no-suggestions'));
    await page.goto('/sign-in?return=/looks');
    await page.waitForURL((url) => url.pathname === '/looks');

    await page.goto('/settings/security');
    await page.getByTestId('remove-passkey').click();
    await page.getByTestId('confirm-yes').click();
    await page.getByTestId('no-passkeys').waitFor();
    await context.close();
  });
});

describe('where one is signed in', () => {
  test('is listed, and ended one by one, elsewhere, and everywhere', async () => {
    const [here, there, third] = [await signedIn(another), await signedIn(another), await signedIn(another)];
    const { page } = here;
    await page.goto('/settings/security');
    await page.getByTestId('session').nth(2).waitFor();
    expect(await page.locator('[data-testid=session][data-current=true]').count()).toBe(1);
    const before = await page.getByTestId('session').count();
    await page.getByTestId('end-session').first().click();
    await expect.poll(() => page.getByTestId('session').count(), { timeout: 10_000 }).toBe(before - 1);
    await page.getByTestId('end-others').click();
    await expect.poll(() => page.getByTestId('session').count(), { timeout: 10_000 }).toBe(1);
    expect([(await me(here)).status, (await me(there)).status, (await me(third)).status]).toEqual([
      200, 401, 401,
    ]);

    // on the other device the screen leads to the sign-in, and back from there
    await there.page.goto('/notices');
    await there.page.waitForURL((url) => url.searchParams.get('return') === '/notices');

    await page.getByTestId('end-all').click();
    await page.getByTestId('confirm-yes').click();
    await page.waitForURL((url) => url.pathname === '/');
    expect((await me(here)).status).toBe(401);
    for (const { context } of [here, there, third]) await context.close();
  });

  test('a session that ends in the middle leads to the sign-in and back', async () => {
    const [here, there] = [await signedIn(), await signedIn()];
    await here.page.goto('/licence');
    await here.page.getByTestId('licence-face').waitFor();
    expect((await there.context.request.post('/api/v1/citizen/sessions/end-others')).ok()).toBe(true);
    await here.page.locator('a[href="/licence/points"]').first().click();
    await here.page.waitForURL(
      (url) => url.pathname === '/' && url.searchParams.get('return') === '/licence/points',
    );
    for (const { context } of [here, there]) await context.close();
  });
});

describe('a stolen cookie', () => {
  test('in another browser has to prove who it is, and is dead once its owner has', async () => {
    const owner = await signedIn();
    const cookies = await owner.context.cookies();
    const thief = await visit(browser, origin, {
      userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
    });
    await thief.context.addCookies(cookies);
    expect(await me(thief)).toMatchObject({ status: 401, code: 'reauthenticate' });
    // the app asks who is there, and without an answer shows nothing
    await thief.page.goto('/vehicles');
    await thief.page.getByTestId('sheet').waitFor();
    await thief.page.getByTestId('again-cancel').click();
    await thief.page.waitForURL((url) => url.pathname === '/');
    expect(await thief.page.getByTestId('vehicle-card').count()).toBe(0);

    // the same browser family: until its owner proves again who they are
    const twin = await visit(browser, origin);
    await twin.context.addCookies(cookies);
    expect((await me(twin)).status).toBe(200);
    const again = await owner.context.request.post('/api/v1/session/reauthenticate', {
      data: { code: null, demo: true },
    });
    expect(again.ok()).toBe(true);
    expect((await me(twin)).status).toBe(401);
    expect((await me(owner)).status).toBe(200);
    for (const { context } of [owner, thief, twin]) await context.close();
  });
});
