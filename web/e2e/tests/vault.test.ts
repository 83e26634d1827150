/** What the phone keeps: sealed, readable by nobody who copies the browser's profile, open without a network to whoever has the PIN or the passkey. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { authenticator } from '../src/account.ts';
import { type Visit, launch, launchProfile, settled, visit } from '../src/browser.ts';
import { type Licence, type Person, type Vehicle, findDriver, signIn, vehicles } from '../src/people.ts';
import { PIN, chooseWay, filesWith, keepOnDevice, openAt, sealed, unlock } from '../src/vault.ts';

const origin = inject('origin');
let browser: Browser;
let owner: { person: Person; licence: Licence; vehicles: readonly Vehicle[] };
const folders: string[] = [];

beforeAll(async () => {
  browser = await launch();
  const { context } = await visit(browser, origin);
  const found = await findDriver(
    context,
    'a licence and a vehicle',
    ({ state, credential }) => state === 'normal' && credential.state === 'current',
  );
  owner = { ...found, vehicles: await vehicles(context) };
  await context.close();
});
afterAll(async () => {
  await browser?.close();
});
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function signedIn(): Promise<Visit> {
  const opened = await visit(browser, origin);
  await signIn(opened.context, owner.person);
  return opened;
}
function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'luzheng-profile-'));
  folders.push(made);
  return made;
}

describe('a copied browser profile', () => {
  /** Words of which none may stand in any file of the profile. */
  async function wordsOf(page: Page): Promise<string[]> {
    const detail = await Promise.all(
      owner.vehicles.map(
        async ({ id }) =>
          (await (await page.request.get(`/api/v1/citizen/vehicles/${id}`)).json()) as { vin: string },
      ),
    );
    return [
      owner.licence.name,
      owner.licence.number,
      ...owner.vehicles.map(({ plate_number }) => plate_number),
      ...detail.map(({ vin }) => vin),
    ];
  }
  /** Looks at everything there is to see. */
  async function lookAround(page: Page): Promise<void> {
    await page.goto('/vehicles');
    await page.getByTestId('home-links').waitFor();
    const first = owner.vehicles[0];
    if (first) {
      await page.goto(`/vehicles/${first.id}`);
      await page.getByTestId('rule').waitFor();
    }
    await page.goto('/licence');
    await page.getByTestId('licence-number').click();
    await page.goto('/notices');
    await page.locator('h1').first().waitFor();
  }

  test('of whoever keeps nothing holds nothing', async () => {
    const at = folder();
    const { context, page } = await launchProfile(at, origin);
    await signIn(context, owner.person);
    await lookAround(page);
    const words = await wordsOf(page);
    expect(words.length).toBeGreaterThan(2);
    expect(await sealed(page)).toEqual({ sealed: 0, vault: 0 });
    await context.close();
    expect(filesWith(at, words)).toEqual([]);
  });

  test('of whoever keeps something holds nothing readable, and is locked', async () => {
    const at = folder();
    const kept = await launchProfile(at, origin);
    await signIn(kept.context, owner.person);
    await keepOnDevice(kept.page);
    await kept.page.getByTestId('back').click();
    await kept.page.locator('a[href="/vehicles"]').first().click();
    await kept.page.getByTestId('vehicle-card').first().waitFor();
    await kept.page.locator('a[href="/licence"]').first().click();
    await kept.page.getByTestId('keep-bind').click();
    await kept.page.getByTestId('keep-on').waitFor();
    const words = await wordsOf(kept.page);
    expect((await sealed(kept.page)).sealed).toBeGreaterThan(2);
    await kept.context.close();
    const copy = folder();
    cpSync(at, copy, { recursive: true });
    expect(filesWith(copy, [...words, PIN])).toEqual([]);

    const { context, page } = await launchProfile(copy, origin);
    await page.goto('/licence');
    await page.getByTestId('lock-screen').waitFor();
    expect(await page.getByTestId('licence-face').count()).toBe(0);
    await page.getByTestId('pin').fill('739104');
    await page.getByTestId('open-pin').click();
    await page.getByTestId('pin-problem').waitFor();
    // the PIN, and nothing else, opens it
    await context.setOffline(true);
    await unlock(page);
    await page.getByTestId('licence-face').waitFor();
    await context.close();
  });

  test('what the search finds, it finds', async () => {
    const at = folder();
    const { context, page } = await launchProfile(at, origin);
    await page.goto('/');
    // somebody who writes to the disk as versions before did is caught
    await page.evaluate(() => {
      localStorage.setItem('careless', JSON.stringify({ plate: '苏B·C0RE1' }));
    });
    await context.close();
    expect(filesWith(at, ['苏B·C0RE1'])).not.toEqual([]);
  });
});

describe('without a network', () => {
  test('the PIN opens the vehicles and makes the licence’s code; a wrong one does not', async () => {
    const { context, page } = await signedIn();
    await page.goto('/licence');
    await settled(page);
    await page.getByTestId('keep-bind').click();
    await chooseWay(page);
    await page.getByTestId('keep-on').waitFor();
    await page.locator('a[href="/vehicles"]').first().click();
    await page.getByTestId('vehicle-card').first().waitFor();
    await context.setOffline(true);
    await page.goto('/vehicles');
    await page.getByTestId('lock-screen').waitFor();
    await page.getByTestId('pin').fill('739104');
    await page.getByTestId('open-pin').click();
    await page.getByTestId('pin-problem').waitFor();
    await unlock(page);
    await page.getByTestId('vehicle-card').first().waitFor();
    await page.getByTestId('kept-note').first().waitFor();
    await openAt(page, '/licence/code');
    await page.getByTestId('held-qr').waitFor();
    await context.close();
  });

  test('nothing kept is nothing shown, and that is said', async () => {
    const { context, page } = await signedIn();
    await page.goto('/vehicles');
    await settled(page);
    await page.getByTestId('vehicle-card').first().waitFor();
    await context.setOffline(true);
    await page.goto('/vehicles');
    await page.getByTestId('status-panel').waitFor();
    expect(await page.getByTestId('vehicle-card').count()).toBe(0);
    await context.close();
  });
});

describe('a passkey', () => {
  test('opens what is kept, also without a network; a PIN is added to it', async () => {
    const { context, page } = await signedIn();
    await authenticator(page);
    await page.goto('/settings/security');
    await settled(page);
    await page.getByTestId('keep-set-up').click();
    await page.getByTestId('vault-passkey').click();
    await page.getByTestId('vault-on').waitFor();
    await page.getByTestId('change-pin').click();
    await page.getByTestId('pin-new').fill(PIN);
    await page.getByTestId('pin-again').fill(PIN);
    await page.getByTestId('sheet-save').click();
    await page.getByTestId('vault-said').waitFor();
    await page.getByTestId('lock-now').click();
    await page.getByTestId('lock-screen').waitFor();
    await context.setOffline(true);
    await page.getByTestId('open-passkey').click();
    await page.getByTestId('lock-screen').waitFor({ state: 'detached' });
    await page.getByTestId('vault-on').waitFor();
    await page.getByTestId('lock-now').click();
    await unlock(page);
    await page.getByTestId('vault-on').waitFor();
    await context.close();
  });

  test('that is on another device is made here', async () => {
    const { context, page } = await signedIn();
    await authenticator(page);
    await page.goto('/settings/security');
    await page.getByTestId('passkey').first().waitFor();
    await page.getByTestId('keep-set-up').click();
    await page.getByTestId('vault-passkey').click();
    await page.getByTestId('vault-passkey-new').click();
    await page.getByTestId('vault-on').waitFor();
    await context.close();
  });
});

describe('the lock', () => {
  test('closes after a quarter of an hour without a touch, in every tab, and not while a code is held out', async () => {
    const { context, page } = await signedIn();
    await page.clock.install();
    await keepOnDevice(page);
    const other = await context.newPage();
    await openAt(other, '/settings/security');
    await page.clock.fastForward(14 * 60_000);
    await page.getByTestId('vault-on').waitFor();
    await page.clock.fastForward(61_000);
    await page.getByTestId('lock-screen').waitFor();
    await other.getByTestId('lock-screen').waitFor();
    // the licence's code stays for as long as it is looked at
    await page.goto('/licence/code');
    await unlock(page);
    await page.getByTestId('live-qr').waitFor();
    await page.clock.fastForward(20 * 60_000);
    expect(await page.getByTestId('lock-screen').count()).toBe(0);
    await context.close();
  });

  test('leaves a stranger’s scan open', async () => {
    const { context, page } = await signedIn();
    await keepOnDevice(page);
    await page.goto('/V');
    await page.locator('h1').first().waitFor();
    expect(await page.getByTestId('lock-screen').count()).toBe(0);
    await page.goto('/settings');
    await page.getByTestId('lock-screen').waitFor();
    await context.close();
  });

  test('warns before the tenth wrong PIN, which deletes everything', async () => {
    const { context, page } = await signedIn();
    await keepOnDevice(page);
    await page.clock.install();
    await page.goto('/vehicles');
    for (let wrong = 1; wrong <= 10; wrong++) {
      await page.getByTestId('pin').fill('739104');
      await page.getByTestId('open-pin').click();
      if (wrong === 10) break;
      await page.getByTestId(wrong < 3 ? 'pin-problem' : 'pin-wait').waitFor();
      expect(await page.getByTestId('pin-warning').count()).toBe(wrong > 4 ? 1 : 0);
      await page.clock.fastForward(3_601_000);
      await page.getByTestId('pin-wait').waitFor({ state: 'detached' });
    }
    await page.getByTestId('wiped').waitFor();
    expect(await sealed(page)).toEqual({ sealed: 0, vault: 0 });
    expect((await context.request.get('/api/v1/citizen/me')).status()).toBe(401);
    await context.close();
  });

  test('with the PIN forgotten is left by signing in anew', async () => {
    const { context, page } = await signedIn();
    await keepOnDevice(page);
    await page.goto('/vehicles');
    await page.getByTestId('forgot').click();
    await page.getByTestId('confirm-yes').click();
    await page.waitForURL('**/sign-in');
    expect(await sealed(page)).toEqual({ sealed: 0, vault: 0 });
    expect((await context.request.get('/api/v1/citizen/me')).status()).toBe(401);
    await context.close();
  });
});

describe('the end', () => {
  test('signing out deletes everything', async () => {
    const { context, page } = await signedIn();
    await keepOnDevice(page);
    expect((await sealed(page)).vault).toBe(1);
    await openAt(page, '/settings');
    await page.getByTestId('sign-out').click();
    await page.waitForURL((url) => url.pathname === '/');
    expect(await sealed(page)).toEqual({ sealed: 0, vault: 0 });
    await context.close();
  });

  test('signing out everywhere deletes it on the other device too, as soon as it hears of it', async () => {
    const [here, there] = [await signedIn(), await signedIn()];
    await keepOnDevice(there.page);
    expect((await here.context.request.post('/api/v1/citizen/sessions/end-all')).ok()).toBe(true);
    await there.page.goto('/vehicles');
    await there.page.getByTestId('pin').fill(PIN);
    await there.page.getByTestId('open-pin').click();
    await there.page.waitForURL((url) => url.pathname === '/');
    await expect.poll(() => sealed(there.page), { timeout: 10_000 }).toEqual({ sealed: 0, vault: 0 });
    for (const { context } of [here, there]) await context.close();
  });

  test('keeping can be ended without signing out', async () => {
    const { context, page } = await signedIn();
    await keepOnDevice(page);
    await page.getByTestId('vault-remove').click();
    await page.getByTestId('confirm-yes').click();
    await page.getByTestId('keep-invite').waitFor();
    expect(await sealed(page)).toEqual({ sealed: 0, vault: 0 });
    expect((await context.request.get('/api/v1/citizen/me')).status()).toBe(200);
    await context.close();
  });
});
