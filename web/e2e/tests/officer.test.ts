/** An officer at the roadside: enrols a device, scans, looks up when nothing is shown; with the network, and with the radio off. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cameraFlags, launch, settled, visit } from '../src/browser.ts';
import { writeClip } from '../src/camera.ts';
import { flipped } from '../src/codes.ts';
import { type Demo, startDemo } from '../src/demo.ts';
import {
  choosePurpose,
  enrol,
  glance,
  lookUpPlate,
  makePack,
  officer,
  onDuty,
  packs,
  scan,
} from '../src/officer.ts';
import {
  type Mark,
  type Person,
  type Vehicle,
  findDriver,
  findVehicle,
  isCurrent,
  mark,
  people,
  signIn,
  vehicles,
} from '../src/people.ts';
import { sealed } from '../src/vault.ts';

let demo: Demo;
let browser: Browser;
let scratch: string;
let su: Person;
/** Whoever has a vehicle with a current mark in the officer's province, signed in on a phone of their own. */
let owner: { context: BrowserContext; vehicle: Vehicle; mark: Mark };

beforeAll(async () => {
  scratch = mkdtempSync(path.join(tmpdir(), 'luzheng-officer-'));
  demo = await startDemo();
  browser = await launch();
  const { context } = await visit(browser, demo.origin);
  su = await officer(context);
  const { vehicle } = await findVehicle(
    context,
    'a current mark in Jiangsu',
    (it) => isCurrent(it) && it.plate_number.startsWith('苏') && it.inspection?.state !== 'overdue',
  );
  owner = { context, vehicle, mark: await mark(context, vehicle) };
});
afterAll(async () => {
  await browser?.close();
  await demo?.close();
  rmSync(scratch, { recursive: true, force: true });
});

async function liveCode(): Promise<string> {
  const answer = await owner.context.request.post(`/api/v1/citizen/marks/${owner.mark.id}/live`);
  if (!answer.ok()) throw new Error(`live: ${answer.status()}`);
  return ((await answer.json()) as { code: string }).code;
}
interface Look {
  by_role: string;
  purpose: string;
  about: { label: string };
  how: { zh: string };
}
async function looks(context: BrowserContext): Promise<readonly Look[]> {
  const answer = await context.request.get('/api/v1/citizen/looks');
  return ((await answer.json()) as { items: Look[] }).items.filter(({ by_role }) => by_role === 'officer');
}
async function device(): Promise<{ page: Page; context: BrowserContext; errors: readonly string[] }> {
  const opened = await visit(browser, demo.origin);
  await enrol(opened.page, su);
  await choosePurpose(opened.page);
  return opened;
}

describe('the device', () => {
  test('is enrolled with one tap in a demonstration, and keeps nothing then', async () => {
    const { context, page, errors } = await visit(browser, demo.origin);
    await page.goto('/officer');
    await page.getByTestId(`enrol-as-${su.id}`).click();
    await page.getByTestId('purpose').waitFor();
    expect(await page.getByTestId('duty').textContent()).toBeTruthy();
    expect(errors).toEqual([]);
    await page.goto('/officer');
    await page.getByTestId('enrol').waitFor();
    await context.close();
  });

  test('is enrolled with the office’s code once, opens with its PIN, and signs in by its key', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await enrol(page, su);
    await onDuty(page);
    await page.getByTestId('to-device').click();
    await page.getByTestId('officer-sign-out').click();
    await page.getByTestId('confirm-yes').click();
    await page.getByTestId('bound-out').waitFor();
    expect((await context.request.get('/api/v1/officer/me')).status()).toBe(401);
    await page.getByTestId('bound-sign-in').click();
    await page.getByTestId('duty-choice').waitFor();
    await context.close();
  });

  test('says what is wrong with a code that is', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await page.goto('/officer');
    await page.getByTestId('enrol-code').fill('K7M2-9QXT');
    await page.getByTestId('enrol-next').click();
    await page.getByTestId('enrol').locator('[role=alert]').first().waitFor();
    await page.getByTestId('enrol-code').fill('K7M2-9QXT-4FDA');
    await page.getByTestId('enrol-next').click();
    await page.getByTestId('protect-pin').click();
    await page.getByTestId('pin-new').fill('482913');
    await page.getByTestId('pin-again').fill('482913');
    await page.getByTestId('protect-save').click();
    await page.locator('[data-testid=enrol-problem][data-problem=wrong_code]').waitFor();
    await context.close();
  });

  test('is not replaced by its cookie: without its key, or with another, nothing is answered', async () => {
    const { context, page } = await visit(browser, demo.origin);
    const { session_id } = await enrol(page, su);
    const without = await context.request.get('/api/v1/officer/me');
    expect([without.status(), ((await without.json()) as { code: string }).code]).toEqual([
      401,
      'device_proof',
    ]);
    const other = await page.evaluate(async (sid) => {
      const key = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
      const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', key.publicKey);
      const base64url = (bytes: Uint8Array): string =>
        btoa(String.fromCharCode(...bytes))
          .replace(/\+/g, '-')
          .replace(/\//g, '_')
          .replace(/=+$/, '');
      const part = (value: unknown): string => base64url(new TextEncoder().encode(JSON.stringify(value)));
      const head = part({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } });
      const body = part({
        jti: 'one',
        htm: 'GET',
        htu: `${location.origin}/api/v1/officer/me`,
        iat: Math.floor(Date.now() / 1000),
        sid,
      });
      const signed = await crypto.subtle.sign(
        { name: 'ECDSA', hash: 'SHA-256' },
        key.privateKey,
        new TextEncoder().encode(`${head}.${body}`),
      );
      const answer = await fetch('/api/v1/officer/me', {
        headers: { DPoP: `${head}.${body}.${base64url(new Uint8Array(signed))}` },
      });
      return [answer.status, ((await answer.json()) as { code: string }).code];
    }, session_id);
    expect(other).toEqual([401, 'device_proof']);
    await context.close();
  });

  test('and the citizens’ app in the same browser know nothing of each other', async () => {
    const { context, page } = await visit(browser, demo.origin);
    await enrol(page, su);
    const [person] = (await people(context)).filter(
      ({ role, vehicles: own }) => role === 'citizen' && own.length > 0,
    );
    if (person === undefined) throw new Error('nobody has a vehicle');
    await signIn(context, person);
    await page.goto('/vehicles');
    await page.getByTestId('vehicle-card').first().waitFor();
    expect(await sealed(page)).toEqual({ sealed: 0, vault: 0 });
    // the device signs in anew by its key: its cookie was replaced
    await onDuty(page);
    await page.getByTestId('duty').waitFor();
    await lookUpPlate(page, owner.vehicle.plate_number, owner.vehicle.plate_type);
    await page.getByTestId('register-result').waitFor();
    await context.close();
  });
});

describe('with the network', () => {
  test('a live mark is one glance, with the register and the sealed part, and its owner sees the look', async () => {
    const { context, page, errors } = await device();
    const before = (await looks(owner.context)).length;
    await scan(page, await liveCode());
    await page.getByTestId('vehicle-register').waitFor();
    expect((await glance(page)).tone).toBe('ok');
    expect(await page.getByTestId('glance').getByTestId('plate').getAttribute('data-plate')).toBe(
      owner.vehicle.plate_number,
    );
    expect(await page.getByTestId('sealed-opened').textContent()).toMatch(/[A-HJ-NPR-Z0-9]{17}/);
    expect(await page.getByTestId('advice').getByTestId('clause').count()).toBe(1);
    expect(errors).toEqual([]);
    const after = await looks(owner.context);
    expect(after.length).toBeGreaterThan(before);
    expect(after[0]).toMatchObject({ by_role: 'officer', purpose: 'roadside_check' });
    const phone = await owner.context.newPage();
    await phone.goto('/looks');
    await phone.locator('[data-testid=look][data-role=officer]').first().waitFor();
    await phone.close();
    await context.close();
  });

  test('the camera reads it', async () => {
    const clip = path.join(scratch, 'mark.y4m');
    await writeClip(clip, owner.mark.code, {});
    const other = await launch(...cameraFlags(clip));
    const { page } = await visit(other, demo.origin, { permissions: ['camera'] });
    await enrol(page, su);
    await choosePurpose(page);
    expect((await glance(page)).tone).toBe('ok');
    await page.getByTestId('plate-ask').waitFor();
    await other.close();
  });

  test('a downloaded code counts only with its plate', async () => {
    const { context, page } = await device();
    await scan(page, owner.mark.code);
    await page.getByTestId('plate-same').click();
    await page.getByTestId('plate-ask').waitFor({ state: 'detached' });
    expect((await glance(page)).tone).toBe('ok');
    await page.getByTestId('scan-next').click();
    await scan(page, owner.mark.code);
    await page.getByTestId('plate-other').click();
    await page.locator('[data-testid=glance][data-word=wrong_plate]').waitFor();
    expect((await glance(page)).tone).toBe('bad');
    await page.getByTestId('procedure-suspected_copy').click();
    await page.getByTestId('procedure-steps').waitFor();
    await context.close();
  });

  test('a scanner that types is heard', async () => {
    const { context, page } = await device();
    // as such devices type: a burst of keys and Enter
    for (const key of owner.mark.compact) {
      await page.evaluate((it) => {
        document.body.dispatchEvent(
          new KeyboardEvent('keydown', { key: it, bubbles: true, cancelable: true }),
        );
      }, key);
    }
    await page.evaluate(() => {
      document.body.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }),
      );
    });
    expect((await glance(page)).tone).toBe('ok');
    await context.close();
  });

  test('a changed code is not genuine, and nothing of it is shown', async () => {
    const { context, page } = await device();
    await scan(page, flipped(owner.mark.code));
    expect(await glance(page)).toEqual({ tone: 'bad', word: 'not_genuine' });
    expect(await page.getByTestId('glance').getByTestId('plate').count()).toBe(0);
    await context.close();
  });

  test('nothing shown and overdue: the plate says so, with the clause, and the owner sees the look', async () => {
    const { context, page } = await device();
    const theirs = await visit(browser, demo.origin);
    const { vehicle } = await findVehicle(
      theirs.context,
      'an overdue vehicle',
      ({ inspection, plate_type }) => inspection?.state === 'overdue' && ['02', '52'].includes(plate_type),
    );
    const before = (await looks(theirs.context)).length;
    await lookUpPlate(page, vehicle.plate_number, vehicle.plate_type);
    await page.getByTestId('register-result').waitFor();
    expect(await glance(page)).toEqual({ tone: 'bad', word: 'overdue' });
    expect(await page.getByTestId('advice').getByTestId('clause').count()).toBe(1);
    await page.getByTestId('procedure-overdue').waitFor();
    expect((await looks(theirs.context)).length).toBeGreaterThan(before);
    for (const opened of [theirs.context, context]) await opened.close();
  });
});

describe('a driver', () => {
  test('by the number: the whole name, and the photo only when it is asked for; the number is not kept', async () => {
    const { context, page } = await device();
    const theirs = await visit(browser, demo.origin);
    const { licence } = await findDriver(theirs.context, 'a licence in order', ({ state, credential }) => {
      return state === 'normal' && credential.state === 'current';
    });
    const before = (await looks(theirs.context)).length;
    await page.getByTestId('tab-search').click();
    await page.getByTestId('by-licence').click();
    await page.getByTestId('number').fill(licence.number);
    await page.getByTestId('number-go').click();
    await page.getByTestId('driver-register').waitFor();
    expect((await glance(page)).tone).toBe('ok');
    expect(await page.getByTestId('glance').textContent()).toContain(licence.name);
    expect(await page.locator('main').textContent()).not.toContain(licence.number);
    await page.getByTestId('photo-show').click();
    await page.locator('[data-testid=driver-register] img').waitFor();
    expect((await looks(theirs.context)).length).toBeGreaterThan(before);
    await page.getByTestId('look-up-next').click();
    expect(await page.getByTestId('number').inputValue()).toBe('');
    for (const opened of [theirs.context, context]) await opened.close();
  });

  test('without a network: the sealed part of the live code has number and name, and the look reaches the holder', async () => {
    const { context, page } = await device();
    await settled(page);
    // what is carried has come before the network goes
    await page.locator('[data-testid=data-age][data-tone=ok]').first().waitFor();
    const theirs = await visit(browser, demo.origin);
    const { licence } = await findDriver(theirs.context, 'a licence in order', ({ state, credential }) => {
      return state === 'normal' && credential.state === 'current';
    });
    const before = (await looks(theirs.context)).length;
    const live = await theirs.context.request.post('/api/v1/citizen/licence/live');
    const { code } = (await live.json()) as { code: string };
    await context.setOffline(true);
    await scan(page, code);
    expect((await glance(page)).tone).toBe('ok');
    await page.getByTestId('sealed-open').click();
    const opened = await page.getByTestId('sealed-opened').textContent();
    expect(opened).toContain(licence.number);
    expect(opened).toContain(licence.name);
    await context.setOffline(false);
    await page.getByTestId('waiting').waitFor({ state: 'detached' });
    expect((await looks(theirs.context)).length).toBeGreaterThan(before);
    for (const it of [theirs.context, context]) await it.close();
  });
});

test('the carried status is brought up to date by the delta alone', async () => {
  const { context, page } = await device();
  await page.locator('[data-testid=data-age][data-tone=ok]').first().waitFor();
  const folder = mkdtempSync(path.join(scratch, 'delta-'));
  const held = path.join(folder, 'held.lzpack');
  const { url } = (await (await context.request.get('/pack')).json()) as { url: string };
  writeFileSync(held, await (await context.request.get(url)).body());
  makePack(demo, folder, held);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.getByTestId('tab-sync').click();
  await page.getByTestId('pack-card').first().getByTestId('pack-fetch').click();
  await page.getByTestId('pack-card').first().getByTestId('pack-fetch').waitFor({ state: 'detached' });
  expect(await page.getByTestId('pack-problem').count()).toBe(0);
  expect(asked.filter((it) => it.endsWith('.lzdelta'))).toHaveLength(1);
  expect(asked.filter((it) => it.endsWith('.lzpack'))).toEqual([]);
  await page.getByTestId('tab-scan').click();
  await scan(page, owner.mark.code);
  expect((await glance(page)).tone).toBe('ok');
  await context.close();
});

describe('with the radio off', () => {
  async function carried(): Promise<{ context: BrowserContext; page: Page }> {
    const { context, page } = await device();
    await settled(page);
    await page.getByTestId('tab-sync').click();
    await page.locator('[data-province="32"] [data-testid=pack-fetch]').click();
    await page.getByTestId('shard-forget').waitFor();
    return { context, page };
  }

  test('a code is judged, its sealed part opened, a plate looked up; the looks are handed in when the network is back', async () => {
    const { context, page } = await carried();
    const before = (await looks(owner.context)).length;
    await context.setOffline(true);
    await onDuty(page);
    await page.getByTestId('bar-offline').waitFor();
    await scan(page, await liveCode());
    expect((await glance(page)).tone).toBe('ok');
    await page.getByTestId('register-problem').waitFor();
    // a scan alone leaves no trace
    expect(await page.getByTestId('waiting').count()).toBe(0);
    await page.getByTestId('sealed-open').click();
    expect(await page.getByTestId('sealed-opened').textContent()).toMatch(/[A-HJ-NPR-Z0-9]{17}/);
    await lookUpPlate(page, owner.vehicle.plate_number, owner.vehicle.plate_type);
    await page.getByTestId('plate-result').waitFor();
    expect((await glance(page)).tone).toBe('ok');
    expect(await page.getByTestId('waiting').textContent()).toMatch(/2/);
    expect((await looks(owner.context)).length).toBe(before);
    await context.setOffline(false);
    await page.getByTestId('waiting').waitFor({ state: 'detached' });
    expect((await looks(owner.context)).length).toBeGreaterThanOrEqual(before + 2);
    await context.close();
  });

  test('what waits survives the app, sealed', async () => {
    const { context, page } = await carried();
    await context.setOffline(true);
    await onDuty(page);
    await lookUpPlate(page, owner.vehicle.plate_number, owner.vehicle.plate_type);
    await page.getByTestId('plate-result').waitFor();
    await onDuty(page);
    await page.getByTestId('waiting').waitFor();
    const open = await page.evaluate(async () => {
      const db = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open('luzheng-officer');
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      const all = await new Promise<unknown[]>((resolve, reject) => {
        const request = db.transaction('sealed').objectStore('sealed').getAll();
        request.onsuccess = () => resolve(request.result as unknown[]);
        request.onerror = () => reject(request.error);
      });
      db.close();
      const texts = (all as { data: Uint8Array }[]).map(({ data }) => new TextDecoder().decode(data));
      return { count: texts.length, readable: texts.filter((text) => /苏|LZSHRD/.test(text)).length };
    });
    expect(open.count).toBeGreaterThan(4);
    expect(open.readable).toBe(0);
    await context.close();
  });

  test('a plate of a province that is not carried is no answer about the vehicle', async () => {
    const { context, page } = await carried();
    await context.setOffline(true);
    await onDuty(page);
    await lookUpPlate(page, '京A12345', '02');
    await page.getByTestId('look-up-problem').waitFor();
    expect(await page.getByTestId('glance').count()).toBe(0);
    expect(await page.getByTestId('waiting').count()).toBe(0);
    await context.close();
  });

  test('a pack from a file is taken when it is newer and genuine, and otherwise refused for what it is', async () => {
    const { context, page } = await carried();
    const { first, second, third } = packs(demo, mkdtempSync(path.join(scratch, 'packs-')));
    await context.setOffline(true);
    await onDuty(page, '/officer');
    await page.getByTestId('tab-sync').click();
    const give = async (buffer: Buffer): Promise<string> => {
      await page.getByTestId('data-file').setInputFiles({
        name: 'x.lzpack',
        mimeType: 'application/octet-stream',
        buffer,
      });
      const said = page.locator('[data-testid=data-refused], [data-testid=data-taken]');
      await said.first().waitFor();
      return (await said.first().getAttribute('data-code')) ?? 'taken';
    };
    // the last byte of the head, which begins at 20, is the signature's
    const forged = Buffer.from(third);
    const end = 19 + forged.readUInt32BE(8);
    forged[end] = (forged[end] ?? 0) ^ 1;
    expect(await give(forged)).toBe('bad_signature');
    expect(await give(third.subarray(0, -9))).toBe('broken_pack');
    expect(await give(Buffer.from('LZPACK1\nnothing'))).toBe('broken_pack');
    expect(await give(third)).toBe('taken');
    expect(await give(second)).toBe('older_pack');
    // the trust list was renewed since, so that the first is refused for that already
    expect(['older_pack', 'older_trust_list']).toContain(await give(first));
    // what is held goes on judging
    await page.getByTestId('tab-scan').click();
    await scan(page, owner.mark.code);
    expect((await glance(page)).tone).toBe('ok');
    await context.close();
  });
});

test('a mark that was withdrawn is withdrawn, and nothing else is', async () => {
  const { context, page } = await device();
  const theirs = await visit(browser, demo.origin);
  const own = await findVehicle(
    theirs.context,
    'a suspended mark',
    ({ mark: it }) => it?.state === 'suspended',
  );
  const [listed] = (await vehicles(theirs.context)).filter(({ id }) => id === own.vehicle.id);
  expect(listed?.mark?.state).toBe('suspended');
  await lookUpPlate(page, own.vehicle.plate_number, own.vehicle.plate_type);
  await page.getByTestId('register-result').waitFor();
  const { word } = await glance(page);
  expect(['suspended', 'stolen', 'overdue']).toContain(word);
  for (const opened of [theirs.context, context]) await opened.close();
});
