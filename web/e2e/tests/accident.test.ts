/** Two drivers at the roadside: their phones scan each other with the network off, and an insurer verifies what both signed. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { accidentCodeText } from '../../verify/src/accident.ts';
import { type Visit, cameraFlags, launch, settled, visit } from '../src/browser.ts';
import { writeClip } from '../src/camera.ts';
import { addressOf, digitsOf, flipped } from '../src/codes.ts';
import { BINARY } from '../src/demo.ts';
import { type Found, findVehicle, isCurrent, mark, signIn } from '../src/people.ts';
import { readQr } from '../src/qr.ts';
import { keepOnDevice, unlock } from '../src/vault.ts';

const origin = inject('origin');
let browser: Browser;
let owner: Found;
let scratch: string;

beforeAll(async () => {
  browser = await launch();
  scratch = mkdtempSync(path.join(tmpdir(), 'luzheng-accident-'));
  const { context } = await visit(browser, origin);
  owner = await findVehicle(
    context,
    'a small car with a mark that is good',
    (vehicle) => isCurrent(vehicle) && vehicle.inspection?.state !== 'overdue' && vehicle.plate_type === '02',
  );
  await context.close();
});
afterAll(async () => {
  await browser?.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** The largest symbol that one phone reads off another's screen. */
const LARGEST = 25;
/** The plate of a driver who has no account. */
const PLATE = '苏A6B7C8';

async function tap(page: Page, ...names: readonly string[]): Promise<void> {
  for (const name of names) await page.getByTestId(name).click();
}
const choose = (page: Page, name: string): Promise<void> =>
  page.locator(`label:has([data-testid=${name}])`).click();
const step = (page: Page, name: string): Promise<void> =>
  page.locator(`[data-testid=accident][data-step=${name}]`).waitFor();

/** A phone whose browser has been here before, so that everything is there without a network. */
async function stranger(): Promise<Visit> {
  const opened = await visit(browser, origin);
  const prepared = opened.page.waitForResponse((response) => /\/status\/\d+$/.test(response.url()));
  await opened.page.goto('/');
  await (await prepared).finished();
  await settled(opened.page);
  await opened.page.waitForLoadState('networkidle');
  return opened;
}

/** The owner's phone: the vehicle and its mark are kept on it, behind a PIN. */
async function ownersPhone(): Promise<Visit> {
  const opened = await visit(browser, origin);
  await signIn(opened.context, owner.person);
  await keepOnDevice(opened.page);
  // one visit to each is enough; going there inside the app leaves the vault open
  await opened.page.evaluate(() => history.pushState({}, '', '/vehicles'));
  await opened.page.goto('/vehicles');
  await unlock(opened.page);
  await opened.page.getByTestId('vehicle-card').first().waitFor();
  await opened.page.goto(`/marks/${owner.vehicle.mark?.id}`);
  await unlock(opened.page);
  await opened.page.getByTestId('mark-face').getByTestId('qr').waitFor();
  await settled(opened.page);
  await opened.page.waitForLoadState('networkidle');
  return opened;
}

/** What a phone shows, photographed: the picture goes to the other one, and no bytes by any other way. */
async function showTo(from: Page, to: Page): Promise<void> {
  const symbol = from.getByTestId('accident-qr');
  await symbol.waitFor();
  expect(Number(await symbol.getAttribute('data-version'))).toBeLessThanOrEqual(LARGEST);
  const picture = await from.screenshot({ fullPage: true });
  await to
    .getByTestId('picture-input')
    .setInputFiles({ name: 'screen.png', mimeType: 'image/png', buffer: picture });
}

/** The first party fills everything in, as far as its first code. */
async function fillIn(page: Page, share = 'share-full', plate?: string): Promise<void> {
  await tap(page, 'not-hurt', 'gates-next', 'photos-next');
  if (plate !== undefined) await page.getByTestId('plate-field').fill(plate);
  await choose(page, 'impact-front');
  await tap(page, 'vehicle-next');
  await page.getByTestId('place').fill('人民路与干将路口');
  await tap(page, 'where-next', 'how-next');
  await choose(page, share);
  await tap(page, 'share-next');
  await step(page, 'show-offer');
}

/** The second party looks at the first code and at the other vehicle. */
async function lookAt(first: Page, second: Page): Promise<void> {
  await tap(second, 'answer', 'gates-next');
  await showTo(first, second);
  await second.getByTestId('review').waitFor();
  await tap(second, 'plate-same');
}

async function answer(second: Page, plate = PLATE): Promise<void> {
  await tap(second, 'agree');
  await second.getByTestId('plate-field').fill(plate);
  await choose(second, 'impact-rear');
  await tap(second, 'vehicle-next');
  await step(second, 'show-answer');
}

/** The record's text, as the person saves it. */
async function saved(page: Page): Promise<string> {
  const download = page.waitForEvent('download');
  await tap(page, 'save-record');
  const file = path.join(scratch, `${Math.random().toString(36).slice(2)}.lzaccident`);
  await (await download).saveAs(file);
  return file;
}

interface Examined {
  verdict: string;
  reason: string | null;
  contradictions: { code: string }[];
  record: {
    parties: { plate_number: string; mark: { genuine: boolean; in_validity: boolean } | null }[];
  } | null;
}
async function examined(file: string): Promise<Examined> {
  const folder = mkdtempSync(path.join(scratch, 'insurer-'));
  for (const [from, to] of [
    ['/.well-known/luzheng/trust', 'trust.json'],
    ['/.well-known/luzheng/root', 'root.json'],
  ] as const)
    writeFileSync(path.join(folder, to), await (await fetch(origin + from)).text());
  const args = ['accident', 'verify', '--json', '--trust', 'trust.json', '--root', 'root.json', file];
  return new Promise((resolve, reject) => {
    execFile(BINARY, args, { cwd: folder }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(`${error?.message}\n${stderr}`));
      else resolve(JSON.parse(stdout) as Examined);
    });
  });
}

describe('two phones without a network', () => {
  test('scan each other three times, both have the same record, and an insurer verifies it', async () => {
    const [first, second] = [await ownersPhone(), await stranger()];
    for (const { page } of [first, second]) await page.goto('/accident');
    await first.page.getByTestId('not-hurt').waitFor();
    await second.page.getByTestId('not-hurt').waitFor();
    for (const { context } of [first, second]) await context.setOffline(true);

    await tap(first.page, 'not-hurt', 'gates-next', 'photos-next', 'unlock');
    await unlock(first.page);
    await first.page.locator(`label:has([data-testid=own-vehicle-${owner.vehicle.id}])`).click();
    await first.page.getByTestId('own-mark').getByText('会放进记录').waitFor();
    await choose(first.page, 'impact-front');
    await tap(first.page, 'vehicle-next');
    await first.page.getByTestId('place').fill('人民路与干将路口');
    await tap(first.page, 'where-next', 'how-next');
    await choose(first.page, 'share-full');
    await tap(first.page, 'share-next');

    await lookAt(first.page, second.page);
    // the mark was judged by the second phone, off-line
    await second.page.locator('[data-testid=seen-inspection_mark][data-reason=""]').waitFor();
    expect(await second.page.getByTestId('your-share').textContent()).toContain('无责任');
    await answer(second.page);
    await tap(first.page, 'show-next');
    await showTo(second.page, first.page);
    await first.page.getByTestId('review').waitFor();
    // nothing was shown of the second vehicle's mark: eyes decide
    await tap(first.page, 'plate-same', 'mark-yes', 'agree');
    await tap(second.page, 'show-next');
    await showTo(first.page, second.page);
    await second.page.locator('[data-testid=accident-done][data-verdict=complete]').waitFor();
    await tap(first.page, 'show-next');
    await first.page.locator('[data-testid=accident-done][data-verdict=complete]').waitFor();
    expect(await first.page.getByTestId('where-kept').getAttribute('data-vault')).toBe('open');

    const files = [await saved(first.page), await saved(second.page)];
    const answers = await Promise.all(files.map(examined));
    for (const it of answers) {
      expect(it.verdict).toBe('complete');
      expect(it.contradictions).toEqual([]);
      const [a, b] = it.record?.parties ?? [];
      expect([a?.plate_number, b?.plate_number]).toEqual([owner.vehicle.plate_number, PLATE]);
      expect(a?.mark).toMatchObject({ genuine: true, in_validity: true });
    }
    expect(answers[0]?.record).toEqual(answers[1]?.record);

    // it is there again after the PIN, still without a network
    await tap(first.page, 'finish');
    await first.page.getByTestId('kept-accidents').getByText('双方已签名').waitFor();
    for (const { context } of [first, second]) await context.close();
  });

  test('a wrong clock on one phone is named on both, and to the insurer', async () => {
    const [first, second] = [await stranger(), await stranger()];
    for (const { context } of [first, second]) await context.setOffline(true);
    await second.page.clock.install({ time: Date.now() + 2 * 3_600_000 });
    for (const { page } of [first, second]) await page.goto(`${origin}/accident`);
    await fillIn(first.page, 'share-equal', '苏A11111');
    await lookAt(first.page, second.page);
    await second.page.getByTestId('clocks-apart').waitFor();
    await tap(second.page, 'mark-yes');
    await answer(second.page);
    await tap(first.page, 'show-next');
    await showTo(second.page, first.page);
    await first.page.getByTestId('clocks-apart').waitFor();
    await tap(first.page, 'plate-same', 'mark-yes', 'agree');
    await first.page.getByTestId('accident-qr').waitFor();
    await tap(first.page, 'show-next');
    await first.page.locator('[data-testid=contradictions] [data-code=clocks_apart]').waitFor();
    const { verdict, contradictions } = await examined(await saved(first.page));
    expect(verdict).toBe('complete');
    expect(contradictions.map(({ code }) => code)).toContain('clocks_apart');
    for (const { context } of [first, second]) await context.close();
  });
});

describe('what does not become a record', () => {
  test('one refuses: nothing is signed, and alone it is one-sided', async () => {
    const [first, second] = [await stranger(), await stranger()];
    for (const { page } of [first, second]) await page.goto('/accident');
    await fillIn(first.page, 'share-none', '苏A11111');
    await lookAt(first.page, second.page);
    await tap(second.page, 'mark-unseen', 'refuse');
    await second.page.getByTestId('refused').waitFor();
    await tap(first.page, 'alone', 'confirm-yes');
    await first.page.locator('[data-testid=accident-done][data-verdict=one_sided]').waitFor();
    expect(await examined(await saved(first.page))).toMatchObject({
      verdict: 'one_sided',
      reason: 'first_only',
    });
    for (const { context } of [first, second]) await context.close();
  });

  test('a changed byte, a code of another record and one’s own code are refused', async () => {
    const [first, second] = [await stranger(), await stranger()];
    for (const { page } of [first, second]) await page.goto('/accident');
    await fillIn(first.page, 'share-full', '苏A11111');
    await lookAt(first.page, second.page);
    await tap(second.page, 'mark-yes');
    await answer(second.page);
    const [answered = ''] = await readQr(await second.page.screenshot({ fullPage: true }));
    expect(answered).toBe(await second.page.getByTestId('accident-qr').getAttribute('data-code'));
    const [own = ''] = await readQr(await first.page.screenshot({ fullPage: true }));
    await tap(first.page, 'show-next', 'paste');
    for (const [text, fault] of [
      [flipped(answered), 'changed'],
      [own, 'other_step'],
      [answered.slice(0, -4), 'not_ours'],
      [(await ownersMark()).code, 'not_ours'],
    ] as const) {
      await first.page.getByTestId('paste-text').fill(text);
      await tap(first.page, 'paste-go');
      await first.page.locator(`[data-testid=scan-fault][data-fault=${fault}]`).waitFor();
    }
    // an answer to another offer
    const third = await stranger();
    await third.page.goto('/accident');
    await fillIn(third.page, 'share-full', '苏A22222');
    await tap(third.page, 'show-next', 'paste');
    await third.page.getByTestId('paste-text').fill(answered);
    await tap(third.page, 'paste-go');
    await third.page.locator('[data-testid=scan-fault][data-fault=other_record]').waitFor();
    for (const { context } of [first, second, third]) await context.close();
  });

  test('somebody is hurt: police and ambulance, and no record', async () => {
    const { context, page } = await visit(browser, origin);
    await page.goto('/accident');
    await tap(page, 'hurt');
    await page.locator('[data-testid=guide][data-path=call_and_stay]').waitFor();
    expect(await page.getByTestId('call-122').getAttribute('href')).toBe('tel:122');
    expect(await page.getByTestId('call-120').getAttribute('href')).toBe('tel:120');
    expect(await page.getByTestId('show-next').count()).toBe(0);
    await context.close();
  });

  test('without a valid mark the responsibility is left to the police, and facts only are signed', async () => {
    const [first, second] = [await stranger(), await stranger()];
    for (const { page } of [first, second]) await page.goto('/accident');
    await fillIn(first.page, 'share-full', '苏A11111');
    await lookAt(first.page, second.page);
    await tap(second.page, 'mark-no');
    await second.page.locator('[data-testid=guide][data-path=move_then_call]').waitFor();
    await second.page.getByTestId('ask-other').waitFor();
    expect(await second.page.getByTestId('agree').count()).toBe(0);
    // the first party shows it anew
    await tap(first.page, 'back');
    await choose(first.page, 'share-undecided');
    await tap(first.page, 'share-next');
    await tap(second.page, 'rescan');
    await showTo(first.page, second.page);
    await tap(second.page, 'plate-same', 'mark-no');
    await answer(second.page);
    await tap(first.page, 'show-next');
    await showTo(second.page, first.page);
    await first.page.locator('[data-testid=guide][data-path=move_then_call]').waitFor();
    await tap(first.page, 'plate-same', 'mark-yes', 'agree');
    await first.page.getByTestId('accident-qr').waitFor();
    await tap(first.page, 'show-next');
    const { verdict, contradictions } = await examined(await saved(first.page));
    expect([verdict, contradictions]).toEqual(['complete', []]);
    for (const { context } of [first, second]) await context.close();
  });
});

describe('a camera that reads the first code', () => {
  test('opens the page that answers, and nothing of the code goes to the server', async () => {
    const [first, second] = [await stranger(), await visit(browser, origin)];
    await first.page.goto('/accident');
    await fillIn(first.page, 'share-full', '苏A11111');
    const [text = ''] = await readQr(await first.page.screenshot({ fullPage: true }));
    const digits = digitsOf(text);
    const sent: string[] = [];
    second.context.on('request', (request) => {
      const address = new URL(request.url());
      address.hash = '';
      sent.push(`${address} ${request.postData() ?? ''}`);
    });
    await second.page.goto(`${origin}/A#${digits}`);
    await step(second.page, 'gates');
    expect(new URL(second.page.url()).pathname).toBe('/accident');
    await tap(second.page, 'gates-next');
    await second.page.getByTestId('review').waitFor();
    for (const one of sent) expect(one).not.toContain(digits.slice(0, 17));
    for (const { context } of [first, second]) await context.close();
  });
});

describe('the camera', () => {
  // facts alone; with a mark; with mark and licence: the larger, the closer it is held
  test.each([250, 420, 700])('reads a code of %i bytes off another screen', async (bytes) => {
    const clip = path.join(scratch, `code-${bytes}.y4m`);
    // bytes as a code has them: digits of every kind, and nothing that this phone would take
    const code = accidentCodeText(
      'luzheng.example',
      Uint8Array.from({ length: bytes }, (_, i) => (i * 73 + 11) % 256),
    );
    await writeClip(clip, code, { turn: 0.02, grain: 5 });
    const withCamera = await launch(...cameraFlags(clip));
    try {
      const { page } = await visit(withCamera, origin, { permissions: ['camera'] });
      await page.goto('/accident');
      await tap(page, 'answer', 'gates-next');
      // it was read, and is no code of ours
      await page.locator('[data-testid=scan-fault][data-fault=not_ours]').waitFor();
    } finally {
      await withCamera.close();
    }
  });
});

async function ownersMark(): Promise<{ code: string }> {
  const { context } = await visit(browser, origin);
  await signIn(context, owner.person);
  const found = await mark(context, owner.vehicle);
  await context.close();
  return found;
}

/** What the owner knows of themselves and the vehicle, and nobody else learns from a scan. */
async function personalOf(): Promise<string[]> {
  const { context } = await visit(browser, origin);
  await signIn(context, owner.person);
  const me = (await (await context.request.get('/api/v1/citizen/me')).json()) as Record<string, unknown>;
  const vehicle = (await (
    await context.request.get(`/api/v1/citizen/vehicles/${owner.vehicle.id}`)
  ).json()) as Record<string, unknown>;
  await context.close();
  return [
    owner.person.name.zh,
    owner.person.name.en,
    me['phone_masked'],
    me['id_number_masked'],
    vehicle['vin'],
    owner.vehicle.id,
  ].filter((it): it is string => typeof it === 'string' && it !== '');
}

describe('a stranger’s scan', () => {
  test('shows plate, validity and verdict, nothing more of the owner, and what it does not say', async () => {
    const { code } = await ownersMark();
    const { context, page } = await visit(browser, origin);
    await page.goto(addressOf(origin, code));
    await page.locator('[data-testid=verdict][data-verdict=valid]').waitFor();
    const text = (await page.locator('html').innerHTML()).normalize('NFKC');
    const personal = await personalOf();
    expect(personal.length).toBeGreaterThanOrEqual(4);
    for (const word of personal) expect(text).not.toContain(word);
    // a mark says nothing about insurance, and there is a way on when there was an accident
    expect(await page.getByTestId('accident-offer').textContent()).toMatch(/交强险/);
    // the code of another car: what it means and what to do
    await tap(page, 'other-plate');
    await page.locator('[data-testid=verdict][data-reason=wrong_subject]').waitFor();
    expect(await page.getByTestId('advice').textContent()).toMatch(/另一辆车/);
    await page.locator('[data-testid=if-accident] [data-path=move_then_call]').waitFor();
    await context.close();
  });

  test('what cannot be told accuses nobody', async () => {
    const { code } = await ownersMark();
    const opened = await stranger();
    await opened.context.setOffline(true);
    await opened.page.clock.install({ time: Date.now() + 3 * 366 * 86_400_000 });
    await opened.page.goto(addressOf(origin, code));
    await opened.page.getByTestId('verdict').waitFor();
    // with data this old nothing can be told, and nobody is accused
    expect(await opened.page.getByTestId('verdict').getAttribute('data-verdict')).toBe('cannot_tell');
    expect(await opened.page.getByTestId('if-accident').count()).toBe(0);
    await opened.context.close();
  });
});
