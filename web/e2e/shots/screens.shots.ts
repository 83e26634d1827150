/** Every screen at phone and desktop width, in Chinese and in English, as PNG files for people to look at. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { DESKTOP, PHONE, cameraFlags, launch, visit } from '../src/browser.ts';
import { writeClip } from '../src/camera.ts';
import { addressOf, flipped } from '../src/codes.ts';
import {
  type Found,
  type Licence,
  type Mark,
  type Person,
  type Vehicle,
  findDriver,
  findVehicle,
  isCurrent,
  mark,
  signIn,
} from '../src/people.ts';

const FOLDER = path.resolve(process.env.LUZHENG_SHOTS ?? '../../target/shots');
const SIZES = { phone: PHONE, desktop: DESKTOP } as const;
const LANGUAGES = ['zh-CN', 'en'] as const;

/** Vehicles worth a picture, by what is interesting about them. */
const INTERESTING: Record<string, (vehicle: Vehicle) => boolean> = {
  current: (v) => isCurrent(v) && v.inspection?.state === 'not_due',
  'mark-due': (v) => v.inspection?.state === 'window_open' && v.inspection.action === 'apply_mark',
  'inspection-due': (v) => v.inspection?.state === 'window_open' && v.inspection.action === 'inspect',
  overdue: (v) => v.inspection?.state === 'overdue',
  suspended: (v) => v.mark?.state === 'suspended',
  'without-mark': (v) => v.mark === null,
};

/** Drivers worth a picture. */
const DRIVERS: Record<string, (licence: Licence) => boolean> = {
  normal: ({ state, credential }) => state === 'normal' && credential.state === 'current',
  points: ({ state, credential, points }) =>
    state === 'normal' && credential.state === 'current' && points.sum > 0,
  red: ({ state, credential }) => state === 'red' && credential.state === 'current',
  invalid: ({ state }) => state === 'invalid',
  withdrawn: ({ state }) => state === 'withdrawn',
  'not-applied': ({ credential }) => credential.state === 'none',
};

const demo = { origin: inject('origin') };
const scratch = mkdtempSync(path.join(tmpdir(), 'luzheng-shots-'));
let browser: Browser;
let shown: Mark;
const found = new Map<string, Found>();
const drivers = new Map<string, Person>();

beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true });
  const looking = await launch();
  const { context } = await visit(looking, demo.origin);
  for (const [name, wanted] of Object.entries(INTERESTING)) {
    const one = await findVehicle(context, name, wanted).catch(() => null);
    if (one !== null) found.set(name, one);
    else console.warn(`nobody in the demo has a vehicle that is ${name}`);
    if (name === 'current' && one !== null) shown = await mark(context, one.vehicle);
  }
  for (const [name, wanted] of Object.entries(DRIVERS)) {
    const one = await findDriver(context, name, wanted).catch(() => null);
    if (one !== null) drivers.set(name, one.person);
    else console.warn(`nobody in the demo has a licence that is ${name}`);
  }
  await looking.close();
  const clip = path.join(scratch, 'camera.y4m');
  // an empty paper, so that the scanner stays on
  await writeClip(clip, null);
  browser = await launch(...cameraFlags(clip));
});
afterAll(async () => {
  await browser?.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe.each(Object.keys(SIZES) as (keyof typeof SIZES)[])('%s', (size) => {
  describe.each(LANGUAGES)('%s', (language) => {
    async function open(person?: Person): Promise<Page> {
      const { context, page } = await visit(browser, demo.origin, {
        ...SIZES[size],
        permissions: ['camera'],
      });
      await context.addInitScript((locale) => localStorage.setItem('luzheng.locale', locale), language);
      if (person !== undefined) await signIn(context, person);
      return page;
    }
    async function shoot(page: Page, name: string, ready: string): Promise<void> {
      await page.getByTestId(ready).first().waitFor();
      await page.evaluate(() => document.fonts.ready.then(() => true));
      await page.screenshot({
        path: path.join(FOLDER, `${name}.${size}.${language}.png`),
        fullPage: true,
        animations: 'disabled',
      });
    }

    test('strangers', async () => {
      const page = await open();
      await page.goto('/');
      await shoot(page, 'welcome', 'scan-entry');
      const verdicts = {
        valid: shown.code,
        'bad-signature': flipped(shown.code),
        truncated: shown.code.slice(0, -20),
      };
      for (const [name, code] of Object.entries(verdicts)) {
        await page.goto('about:blank');
        await page.goto(addressOf(demo.origin, code));
        await shoot(page, `verdict-${name}`, 'verdict');
      }
      await page.getByTestId('details').click();
      await shoot(page, 'verdict-details', 'checks');
      await page.goto(`${demo.origin}/V`);
      await shoot(page, 'verify-no-code', 'verify-page');
      await page.goto('/scan');
      await page.locator('[data-testid=finder]:not([data-state=starting])').waitFor();
      await shoot(page, 'scan', 'finder');
      await page.goto('/no-such-page');
      await page.waitForLoadState('networkidle');
      await page.screenshot({ path: path.join(FOLDER, `not-found.${size}.${language}.png`) });
      await page.context().close();
    });

    test('owners', async () => {
      for (const [name, { person, vehicle }] of found) {
        const page = await open(person);
        await page.goto('/vehicles');
        await shoot(page, `vehicles-${name}`, 'vehicle-card');
        await page.goto(`/vehicles/${vehicle.id}`);
        await shoot(page, `vehicle-${name}`, 'facts');
        if (vehicle.mark !== null) {
          await page.goto(`/marks/${vehicle.mark.id}`);
          await shoot(page, `mark-${name}`, 'mark-face');
        }
        if (name === 'current') {
          await page.goto(`/marks/${vehicle.mark?.id}/live`);
          await shoot(page, 'live', 'live-qr');
          await page.goto('/notices');
          await page.waitForLoadState('networkidle');
          await shoot(page, 'notices', 'nav');
          await page.goto('/settings');
          await shoot(page, 'settings', 'offline-data');
        }
        await page.context().close();
      }
    });

    test('drivers', async () => {
      for (const [name, person] of drivers) {
        const page = await open(person);
        await page.goto('/licence');
        await page.locator('[data-standing]').waitFor();
        await page.waitForLoadState('networkidle');
        await shoot(page, `licence-${name}`, 'licence-page');
        if (name === 'normal' || name === 'red') {
          await page.goto('/licence/show');
          await shoot(page, `licence-show-${name}`, 'live-qr');
          await page.goto('/licence/code');
          await shoot(page, `licence-code-${name}`, 'live-qr');
        }
        if (name === 'points' || name === 'red') {
          await page.goto('/licence/points');
          await shoot(page, `points-${name}`, 'points-plot');
        }
        if (name === 'normal' || name === 'points') {
          await page.goto('/timeline');
          await shoot(page, `timeline-${name}`, 'deadline');
        }
        if (name === 'normal') {
          await page.goto('/licence/proofs');
          await shoot(page, 'proofs', 'proof-form');
        }
        await page.context().close();
      }
    });

    test('a mark that is too old, at the roadside', async () => {
      const overdue = found.get('overdue');
      if (!overdue || !isCurrent(overdue.vehicle)) return;
      const { context } = await visit(browser, demo.origin);
      await signIn(context, overdue.person);
      const { code } = await mark(context, overdue.vehicle);
      await context.close();
      const page = await open();
      await page.goto(addressOf(demo.origin, code));
      await shoot(page, 'verdict-expired', 'verdict');
      await page.context().close();
    });
  });
});
