/** The main journey: the register reports something about a vehicle, and whoever looks at its mark sees what became of it. */
import type { APIResponse, Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Visit, launch, visit } from '../src/browser.ts';
import { addressOf } from '../src/codes.ts';
import { type Found, type Mark, findVehicle, isCurrent, mark, signIn, vehicles } from '../src/people.ts';
import { FEED_TOKEN } from '../src/shared.ts';

/** How long the jobs that follow an event may take on a busy machine. */
const SOON = { timeout: 30_000, interval: 250 };

const demo = { origin: inject('origin') };
let browser: Browser;
let owner: Visit;
let found: Found;
let before: Mark;

beforeAll(async () => {
  browser = await launch();
  owner = await visit(browser, demo.origin);
  found = await findVehicle(owner.context, 'a current mark', (vehicle) => {
    return isCurrent(vehicle) && vehicle.inspection?.state === 'not_due';
  });
  before = await mark(owner.context, found.vehicle);
});
afterAll(async () => {
  await browser?.close();
});

/** Sends one event about the vehicle, as its register would. */
async function report(id: string, type: string, data: unknown, token = FEED_TOKEN): Promise<APIResponse> {
  const { plate_number, plate_type } = found.vehicle;
  const event = {
    source: 'e2e',
    id,
    type,
    occurred_at: new Date().toISOString(),
    subject: { plate_number, plate_type },
    data,
  };
  return owner.context.request.post('/api/v1/events', {
    data: event,
    headers: { authorization: `Bearer ${token}` },
  });
}

async function now(): Promise<Found['vehicle']> {
  const vehicle = (await vehicles(owner.context)).find(({ id }) => id === found.vehicle.id);
  if (vehicle === undefined) throw new Error('the vehicle is gone');
  return vehicle;
}

/** What a stranger's browser says about a code: opened anew each time, so that nothing is remembered. */
async function seen(code: string): Promise<string> {
  const { context, page } = await visit(browser, demo.origin);
  await page.goto(addressOf(demo.origin, code));
  const panel = page.getByTestId('verdict');
  await panel.waitFor();
  const words = `${await panel.getAttribute('data-verdict')} ${await panel.getAttribute('data-reason')}`;
  await context.close();
  return words.trim();
}

// in this order: each step begins where the one before ended
describe.sequential('a vehicle', () => {
  test('has a valid mark', async () => {
    expect(await seen(before.code)).toBe('valid');
  });

  test('is reported by the register only, and each report counts once', async () => {
    expect((await report('1', 'vehicle.status_changed', { status: 'C' }, 'wrong')).status()).toBe(401);
    expect((await report('1', 'vehicle.status_changed', { status: 'C' })).status()).toBe(201);
    const again = await report('1', 'vehicle.status_changed', { status: 'A' });
    expect(again.status()).toBe(409);
    expect(((await again.json()) as { code: string }).code).toMatch(/^[a-z_]+$/);
  });

  test('reported stolen, its mark is suspended for its owner and for strangers', async () => {
    await expect.poll(async () => (await now()).mark?.state, SOON).toBe('suspended');
    await expect.poll(() => seen(before.code), SOON).toBe('not_valid suspended');
    await owner.page.goto(`/marks/${before.id}`);
    await owner.page.getByTestId('suspended').waitFor();
  });

  test('found again, its mark is valid as before', async () => {
    expect((await report('2', 'vehicle.status_changed', { status: 'A' })).status()).toBe(201);
    await expect.poll(async () => (await now()).mark?.state, SOON).toBe('current');
    await expect.poll(() => seen(before.code), SOON).toBe('valid');
  });

  test('scrapped, its mark is revoked, and its owner is told', async () => {
    expect((await report('3', 'vehicle.deregistered', { cause: 'scrapped' })).status()).toBe(201);
    await expect.poll(() => seen(before.code), SOON).toBe('not_valid revoked');
    await signIn(owner.context, found.person);
    await owner.page.goto('/notices');
    await owner.page.getByTestId('notice').first().waitFor();
    expect(await owner.page.getByTestId('notice').count()).toBeGreaterThanOrEqual(2);
  });
});
