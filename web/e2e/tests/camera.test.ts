/** The scanner before a code as phones really see it: out of focus, leaning away, in a dark garage. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { cameraFlags, launch, visit } from '../src/browser.ts';
import { type Look, writeClip } from '../src/camera.ts';
import { flipped } from '../src/codes.ts';
import { type Mark, findVehicle, isCurrent, mark } from '../src/people.ts';

const demo = { origin: inject('origin') };
let scratch: string;
let shown: Mark;

beforeAll(async () => {
  scratch = mkdtempSync(path.join(tmpdir(), 'luzheng-camera-'));
  const browser = await launch();
  const { context } = await visit(browser, demo.origin);
  const found = await findVehicle(context, 'a current mark', (vehicle) => {
    return isCurrent(vehicle) && vehicle.inspection?.state === 'not_due';
  });
  shown = await mark(context, found.vehicle);
  await browser.close();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What the scanner says about a clip. */
async function scanned(name: string, code: string, look: Look): Promise<Record<string, string | null>> {
  const clip = path.join(scratch, `${name}.y4m`);
  await writeClip(clip, code, look);
  const browser = await launch(...cameraFlags(clip));
  try {
    const { page, errors } = await visit(browser, demo.origin, { permissions: ['camera'] });
    await page.goto('/scan');
    const panel = page.getByTestId('verdict');
    await panel.waitFor();
    const plate = page.getByTestId('subject').getByTestId('plate');
    expect(errors).toEqual([]);
    return {
      verdict: await panel.getAttribute('data-verdict'),
      reason: await panel.getAttribute('data-reason'),
      plate: (await plate.count()) > 0 ? await plate.getAttribute('data-plate') : null,
    };
  } finally {
    await browser.close();
  }
}

describe('the scanner reads a code to its verdict', () => {
  test.each<[string, Look]>([
    ['blurred', { blur: 2 }],
    ['tilted', { tilt: 0.55, turn: 0.45 }],
    ['dim', { light: 0.22, grain: 17 }],
    ['blurred, tilted and dim', { blur: 1, tilt: 0.3, turn: -0.3, light: 0.4, grain: 15 }],
  ])('%s', async (name, look) => {
    expect(await scanned(name, shown.code, look)).toEqual({
      verdict: 'valid',
      reason: '',
      plate: shown.plate_number,
    });
  });

  test('a changed one too, and says nothing of what it claims', async () => {
    expect(await scanned('changed', flipped(shown.code), { blur: 1, light: 0.4 })).toEqual({
      verdict: 'not_valid',
      reason: 'bad_signature',
      plate: null,
    });
  });
});
