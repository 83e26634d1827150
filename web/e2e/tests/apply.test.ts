/** Applying for the electronic licence: with the photo on file, and with a new one that staff look at. */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Visit, launch, visit } from '../src/browser.ts';
import { type Person, licence, people, signIn } from '../src/people.ts';
import { type Portraits, drawPortraits } from '../src/portraits.ts';
import { openDesk, photoShown } from '../src/reviewer.ts';

/** The bytes that the page sent. */
interface Sent {
  sent: number[];
}
/** Another seed than any that thresholds were chosen with. */
const SEED = 20261122;
const demo = { origin: inject('origin') };
let browser: Browser;
let portraits: Portraits;
let staff: Visit;
let everybody: readonly Person[];

beforeAll(async () => {
  portraits = drawPortraits(48, SEED);
  browser = await launch();
  staff = await openDesk(browser, demo.origin, '审小甲');
  everybody = await people(staff.context);
});
afterAll(async () => {
  await browser?.close();
  portraits?.close();
});

async function signedIn(name: string): Promise<Visit> {
  const person = everybody.find((one) => one.name.zh === name);
  if (person === undefined) throw new Error(`no ${name} in the demo`);
  const opened = await visit(browser, demo.origin);
  await signIn(opened.context, person);
  return opened;
}

function portrait(how: string, number = 0): string {
  const file = portraits.of(how)[number];
  if (file === undefined) throw new Error(`the set has no ${how}`);
  return file;
}

/** The picture with a segment of metadata, as a phone writes one. */
function withExif(file: string): Buffer {
  const picture = readFileSync(file);
  const said = Buffer.from('Exif\0\0WHERE-I-LIVE', 'latin1');
  const head = Buffer.from([0xff, 0xe1, 0, said.length + 2]);
  return Buffer.concat([picture.subarray(0, 2), head, said, picture.subarray(2)]);
}

/** Chooses a picture and waits until the device has looked at it; what it names as failed. */
async function choose(
  page: Page,
  file: Parameters<ReturnType<Page['locator']>['setInputFiles']>[0],
): Promise<string[]> {
  const again = page.getByTestId('another-photo');
  if (await again.isVisible()) await again.click();
  await page.getByTestId('photo-album').setInputFiles(file);
  await page.getByTestId('photo-form').waitFor();
  return page
    .locator('[data-testid=failed-rules] > li')
    .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-rule') ?? ''));
}

/** The reviewer takes the next photo, which is the urgent one, and decides it with one key. */
async function decide(key: string): Promise<void> {
  const { page } = staff;
  await page.reload();
  await page.getByTestId('start').waitFor();
  await page.keyboard.press('n');
  await photoShown(page, null);
  expect(await page.locator('.tag').first().innerText()).toBe('路面加急');
  await page.keyboard.press(key);
  await page.getByTestId('last').waitFor();
  // what was taken from the queue meanwhile goes back
  await photoShown(page, null);
  await page.keyboard.press('s');
  await page.getByTestId('start').waitFor();
}

describe('with a stored photo', () => {
  test('one button, and the licence is there', async () => {
    const { context, page, errors } = await signedIn('邹可领');
    await page.goto('/licence');
    await page.getByTestId('apply').click();
    await page.getByTestId('apply-stored').click();
    await page.getByTestId('case-issued').waitFor();
    expect((await licence(context))?.credential.state).toBe('current');
    await page.getByTestId('open-licence').click();
    await page.getByTestId('show-face').waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });
});

describe('with a new photo', () => {
  test('bad ones are named before anything is sent; staff reject one and approve the next', async () => {
    const { context, page, errors } = await signedIn('吕拍照');
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().includes('/citizen/')) sent.push(request.url());
    });
    await page.goto('/licence/apply');

    expect(await choose(page, portrait('not_plain'))).toEqual(['background']);
    expect(await page.getByTestId('judgement').getAttribute('data-tone')).toBe('warn');
    expect(await choose(page, portrait('blurred'))).toEqual(['sharpness']);
    expect(await choose(page, portrait('too_few_pixels'))).toContain('size');
    expect(await page.getByTestId('judgement').getAttribute('data-tone')).toBe('bad');
    expect(await page.getByTestId('send-photo').count()).toBe(0);
    expect(await choose(page, portrait('nobody'))).toContain('one_face');

    // too wide, but cut around the face it is a licence photo; the whole picture is not
    expect(await choose(page, portrait('too_wide'))).toEqual([]);
    expect(await page.getByTestId('photo-preview').getAttribute('data-cut')).toBe('face');
    await page.getByTestId('toggle-cut').click();
    await page.locator('[data-testid=failed-rules] [data-rule=ratio][data-refuses=true]').waitFor();
    expect(sent).toEqual([]);

    expect(await choose(page, portrait('good'))).toEqual([]);
    await page.getByTestId('face-box').waitFor();
    await page.getByTestId('urgent').check();
    await page.getByTestId('send-photo').click();
    await page.getByTestId('case-waiting').waitFor();
    expect(await page.getByTestId('expected').innerText()).toMatch(/预计.+前有结果/);

    await decide('5');
    await page.getByTestId('case-rejected').waitFor({ timeout: 40_000 });
    expect(await page.getByTestId('reason').innerText()).toContain('背景');
    expect(await page.getByTestId('fix').innerText()).toContain('白色墙面');
    await page.getByTestId('resubmit').click();
    expect(await page.getByTestId('before').innerText()).toContain('背景');
    expect(await choose(page, portrait('good', 1))).toEqual([]);
    await page.getByTestId('send-photo').click();
    await page.getByTestId('case-waiting').waitFor();

    await decide('a');
    await page.getByTestId('case-issued').waitFor({ timeout: 40_000 });
    const steps = await page
      .locator('[data-testid=case-steps] > li[data-what]')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-what')));
    expect(steps).toEqual([
      'submitted',
      'accepted',
      'photo_rejected',
      'resubmitted',
      'accepted',
      'photo_approved',
      'issued',
    ]);
    await page.getByTestId('open-licence').click();
    await page.getByTestId('show-face').waitFor();
    expect(errors).toEqual([]);
    await context.close();
  }, 180_000);

  test('no metadata leave the phone', async () => {
    const { context, page } = await signedIn('邹可领');
    // the browser's protocol does not tell what an upload of a blob holds, so the page itself is asked
    await page.addInitScript(() => {
      const { send } = XMLHttpRequest.prototype;
      XMLHttpRequest.prototype.send = function (body) {
        void (body as Blob).arrayBuffer().then((bytes) => {
          (globalThis as unknown as Sent).sent = [...new Uint8Array(bytes)];
        });
        send.call(this, body);
      };
    });
    await page.goto('/licence/apply');
    await page.getByTestId('photo-source').waitFor();
    const picture = { name: 'IMG_1.jpg', mimeType: 'image/jpeg', buffer: withExif(portrait('good', 2)) };
    expect(await choose(page, picture)).toEqual([]);
    await page.getByTestId('send-photo').click();
    await page.getByTestId('case-waiting').waitFor();
    const body = Buffer.from(await page.evaluate(() => (globalThis as unknown as Sent).sent));
    expect(body.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(body.includes('Exif')).toBe(false);
    expect(body.includes('WHERE-I-LIVE')).toBe(false);
    await context.close();
  });
});

describe('an application', () => {
  test('is withdrawn only when that is confirmed', async () => {
    const { context, page, errors } = await signedIn('施待审');
    await page.goto('/licence');
    await page.getByTestId('open-case').click();
    await page.getByTestId('case-waiting').waitFor();
    await page.getByTestId('withdraw').click();
    expect(await page.getByTestId('case-page').getAttribute('data-status')).toBe('under_review');
    await page.getByTestId('withdraw-yes').click();
    await page.getByTestId('case-withdrawn').waitFor();
    await page.goto('/licence');
    await page.getByTestId('apply').waitFor();
    expect(errors).toEqual([]);
    await context.close();
  });
});
