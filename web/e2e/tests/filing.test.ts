/** Vehicles of others: filed by scanning the owner's screen and by asking the owner, ended by either side; managers and units. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Visit, launch, visit } from '../src/browser.ts';
import { type Person, type Vehicle, people, signIn, vehicles } from '../src/people.ts';

const demo = { origin: inject('origin') };
let browser: Browser;
let everybody: readonly Person[];

beforeAll(async () => {
  browser = await launch();
  const { context } = await visit(browser, demo.origin);
  everybody = await people(context);
  await context.close();
});
afterAll(async () => browser?.close());

async function signedIn(name: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Visit> {
  const person = everybody.find((one) => one.name.zh === name);
  if (person === undefined) throw new Error(`no ${name} in the demo`);
  const opened = await visit(browser, demo.origin, { colorScheme });
  await signIn(opened.context, person);
  return opened;
}

/** What the owner's own screen says of a vehicle. */
type Own = Vehicle & { readonly vin: string };
async function ownVehicle({ context }: Visit): Promise<Own> {
  const own = (await vehicles(context))[0] as Own | undefined;
  if (own === undefined) throw new Error('no vehicle of their own');
  return own;
}

interface Filings {
  readonly mine: { id: string; state: string; vehicle: { plate_number: string } }[];
}
async function filingsOf({ context }: Visit): Promise<Filings> {
  return (await (await context.request.get('/api/v1/citizen/filings')).json()) as Filings;
}

describe('a vehicle is filed', () => {
  test('by scanning the owner’s screen, and the owner ends it', async () => {
    const owner = await signedIn('周无事');
    const { id, plate_number: plate } = await ownVehicle(owner);
    await owner.page.goto(`/vehicles/${id}/holders`);
    await owner.page.getByTestId('to-consent').click();
    const link = await owner.page.getByTestId('consent-qr').getByTestId('qr').getAttribute('data-code');
    expect(link).toContain('/file#');

    const filer = await signedIn('林月到', 'dark');
    await filer.page.goto(new URL(link ?? '').pathname + new URL(link ?? '').hash);
    await filer.page.getByTestId('relation-friend').check({ force: true });
    await filer.page.getByTestId('scan-send').click();
    await filer.page.getByTestId('filed').waitFor();
    // what works once does not stay in the address
    expect(new URL(filer.page.url()).hash).toBe('');
    await owner.page.getByTestId('consent-done').waitFor();

    await filer.page.getByTestId('open-filed').click();
    await filer.page.getByTestId('relation-note').waitFor();
    // whoever filed it sees neither the VIN nor a way to apply
    expect(await filer.page.getByTestId('facts').innerText()).not.toContain('车辆识别代号');
    expect(await filer.page.getByTestId('apply-mark-link').count()).toBe(0);
    await filer.page.getByTestId('open-mark').waitFor();

    await owner.page.goto(`/vehicles/${id}/holders`);
    const rows = owner.page.locator('[data-testid=filing][data-state=active]');
    const mine = rows.filter({ hasText: '林*到' });
    await mine.getByTestId('end').click();
    await owner.page.getByTestId('confirm-yes').click();
    await mine.waitFor({ state: 'detached' });
    await filer.page.goto('/vehicles');
    await filer.page.getByTestId('vehicle-card').first().waitFor();
    expect(await filer.page.locator(`[data-plate="${plate}"]`).count()).toBe(0);
    expect([...owner.errors, ...filer.errors]).toEqual([]);
    await owner.context.close();
    await filer.context.close();
  });

  test('a link that was used tells the next one so', async () => {
    const { context, page } = await signedIn('林月到');
    await page.goto('/file#not-a-token-of-anybody');
    await page.getByTestId('scan-send').click();
    expect(await page.getByTestId('filing-problem').innerText()).toContain('请车主换一个新码再扫');
    await page.getByTestId('scan-again').waitFor();
    await context.close();
  });

  test('by asking the owner, with the network gone in the middle: asked once, agreed, ended by the filer', async () => {
    const owner = await signedIn('陈免检');
    const { id, plate_number: plate, vin } = await ownVehicle(owner);
    const filer = await signedIn('孙失窃');
    const { page } = filer;
    await page.goto('/file');
    await page.getByTestId('way-ask').click();
    // nothing is sent that is not filled in
    await page.getByTestId('ask-send').click();
    await page.getByText('号牌还没填完整。').waitFor();
    await page.getByTestId('plate-field').click();
    for (const key of plate) await page.getByTestId(`key-${key}`).click();
    await page.getByTestId('key-done').click();
    await page.getByTestId('vin').fill(vin.slice(-6));
    await filer.context.setOffline(true);
    await page.getByTestId('offline-note').waitFor();
    await page.getByTestId('ask-send').click();
    expect(await page.getByTestId('filing-problem').innerText()).toContain('填好的内容还在');
    await filer.context.setOffline(false);
    await page.getByTestId('ask-send').click();
    await page.getByTestId('code-form').waitFor();
    const asked = (await filingsOf(filer)).mine.filter(({ vehicle }) => vehicle.plate_number === plate);
    expect(asked.map(({ state }) => state)).toEqual(['waiting_code']);
    // a wrong code opens nothing
    await page.getByTestId('code').fill('000000');
    await page.getByTestId('code-send').click();
    await page.getByTestId('filing-problem').waitFor();

    await owner.page.goto(`/vehicles/${id}`);
    await owner.page.getByTestId('requests-look').click();
    await owner.page.getByTestId('requests').getByTestId('agree').click();
    await owner.page.getByTestId('confirm-yes').click();
    await owner.page
      .locator('[data-testid=filing][data-state=active]')
      .filter({ hasText: '孙*窃' })
      .waitFor();

    await page.goto('/vehicles');
    await page.locator(`[data-testid=vehicle-card][data-plate="${plate}"] [data-relation=filed]`).waitFor();
    await page.goto(`/vehicles/${id}`);
    await page.getByTestId('end-filing').click();
    await page.getByTestId('confirm-no').click();
    await page.getByTestId('end-filing').click();
    await page.getByTestId('confirm-yes').click();
    await page.waitForURL('**/vehicles');
    await page.getByTestId('vehicle-card').first().waitFor();
    expect(await page.locator(`[data-plate="${plate}"]`).count()).toBe(0);
    await owner.context.close();
    await filer.context.close();
  });

  test('who has filed some sees how many are left, and where the third one stands', async () => {
    const { context, page, errors } = await signedIn('谢备案', 'dark');
    await page.goto('/filings');
    await page.getByTestId('filing').first().waitFor();
    expect(await page.getByTestId('room').innerText()).toContain('最多 3 辆');
    expect(await page.locator('[data-testid=filing][data-state=active]').count()).toBe(2);
    expect(errors).toEqual([]);
    await context.close();
  });
});

describe('managers and units', () => {
  test('a manager applies for the owner, and lets nobody else show it', async () => {
    const { context, page, errors } = await signedIn('管家安');
    await page.goto('/vehicles');
    const card = page.locator('[data-testid=group][data-group=managed] [data-testid=vehicle-card]').first();
    await card.getByTestId('open-vehicle').click();
    await page.getByTestId('relation-note').waitFor();
    expect(await page.locator('a[href$="/holders"]').count()).toBe(0);
    expect(await page.locator('a[href$="/paper"]').count()).toBe(1);
    expect(errors).toEqual([]);
    await context.close();
  });

  test('an administrator finds a vehicle by its plate and sees who acts for the unit', async () => {
    const { context, page, errors } = await signedIn('石管理');
    await page.goto('/units');
    await page.locator('a[href^="/units/"]').first().click();
    await page.getByTestId('unit-vehicle').first().waitFor();
    const plate = (await page.getByTestId('unit-vehicle').first().getAttribute('data-plate')) ?? '';
    await page.getByTestId('plate-search').fill(plate.slice(2));
    await page.getByTestId('plate-search').press('Enter');
    await page.locator(`[data-testid=unit-vehicle][data-plate="${plate}"]`).waitFor();
    await page.getByTestId('plate-search').fill('没有');
    await page.getByTestId('plate-search').press('Enter');
    await page.getByTestId('no-plate').waitFor();
    expect(await page.locator('[data-testid=member][data-role=administrator]').count()).toBe(1);
    expect(await page.getByTestId('member-end').count()).toBeGreaterThan(0);
    expect(errors).toEqual([]);
    await context.close();
  });

  test('an operator sees the vehicles and can remove nobody but themselves', async () => {
    const { context, page } = await signedIn('姚经办');
    await page.goto('/units');
    await page.locator('a[href^="/units/"]').first().click();
    await page.getByTestId('member').first().waitFor();
    expect(await page.getByTestId('member-end').count()).toBe(1);
    expect(await page.getByTestId('person-form').count()).toBe(0);
    await context.close();
  });
});
