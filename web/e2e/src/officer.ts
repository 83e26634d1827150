/** An officer's device in the demo: enrolled with the code that the office gives, opened with its PIN. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { BINARY, type Demo } from './demo.ts';
import { people, type Person } from './people.ts';
import { PIN, unlock } from './vault.ts';

/** The first officer of the demo. */
export async function officer(context: BrowserContext): Promise<Person> {
  const found = (await people(context)).find(({ role }) => role === 'officer');
  if (found === undefined) throw new Error('the demo has no officer');
  return found;
}

/** A code with which a device of theirs is enrolled. */
export async function enrolmentCode(context: BrowserContext, person: Person): Promise<string> {
  const answer = await context.request.post('/api/v1/demo/enrolments', { data: { person: person.id } });
  if (!answer.ok()) throw new Error(`enrolment: ${answer.status()} ${await answer.text()}`);
  return ((await answer.json()) as { code: string }).code;
}

/** Enrols the page's browser as a device of the officer, with a PIN. Returns the session that was begun. */
export async function enrol(
  page: Page,
  person: Person,
  name = '三中队 5 号机',
): Promise<{ session_id: string }> {
  const code = await enrolmentCode(page.context(), person);
  await page.goto('/officer');
  await page.getByTestId('enrol-code').fill(code.toLowerCase().replaceAll('-', ' '));
  await page.getByTestId('enrol-name').fill(name);
  await page.getByTestId('enrol-next').click();
  await page.getByTestId('protect').waitFor();
  const byPin = page.getByTestId('protect-pin');
  if (await byPin.isVisible()) await byPin.click();
  await page.getByTestId('pin-new').fill(PIN);
  await page.getByTestId('pin-again').fill(PIN);
  const signedIn = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/bound/sign-in'));
  await page.getByTestId('protect-save').click();
  const session = (await (await signedIn).json()) as { session_id: string };
  await page.getByTestId('purpose').waitFor();
  return session;
}

/** Opens a screen on duty with the PIN, and says what for. */
export async function onDuty(page: Page, address = '/officer'): Promise<void> {
  await page.goto(address);
  await page.getByTestId('lock-screen').waitFor();
  await unlock(page);
  await choosePurpose(page);
}

/** Says what the looks are for, where that is still asked. */
export async function choosePurpose(page: Page): Promise<void> {
  await page.getByTestId('purpose').waitFor();
  await page.getByTestId('purpose-roadside_check').click();
}

/** Hands a code to the scanner as text. */
export async function scan(page: Page, code: string): Promise<void> {
  await page.getByTestId('paste').click();
  await page.getByTestId('paste-text').fill(code);
  await page.getByTestId('paste-go').click();
  await page.getByTestId('glance').waitFor();
}

/** Presses a plate on the pad and asks. */
export async function lookUpPlate(page: Page, plate: string, type: string): Promise<void> {
  await page.getByTestId('tab-search').click();
  await page.getByTestId('plate-pad').waitFor();
  const kind = page.getByTestId(`kind-${type}`);
  if (!(await kind.isVisible())) await page.getByTestId('kind-more').click();
  await kind.click();
  for (const character of plate) {
    const key = page.getByTestId(`key-${character}`);
    // the last character of some kinds comes by itself
    if ((await key.count()) > 0) await key.click();
  }
  await page.getByTestId('plate-go').click();
}

/** What the glance says: its colour and its word. */
export async function glance(page: Page): Promise<{ tone: string | null; word: string | null }> {
  const panel = page.getByTestId('glance');
  await panel.waitFor();
  return { tone: await panel.getAttribute('data-tone'), word: await panel.getAttribute('data-word') };
}

/** The pack that the demo made when it started, and two made after it, one after the other. */
export function packs(demo: Demo, folder: string): { first: Buffer; second: Buffer; third: Buffer } {
  const data = path.join(demo.dataFolder, 'secrets-of-the-demo');
  const first = onlyPack(path.join(data, 'packs'));
  const made = ['second', 'third'].map((name) => {
    const out = path.join(folder, name);
    mkdirSync(out);
    makePack(demo, out);
    return onlyPack(out);
  });
  const [second, third] = made;
  if (second === undefined || third === undefined) throw new Error('no pack was made');
  return { first, second, third };
}

/** Makes a pack as the operator does, with the delta from another one; the server offers both from then on. */
export function makePack(demo: Demo, out: string, from?: string): void {
  execFileSync(BINARY, ['status', 'pack', '--out', out, ...(from === undefined ? [] : ['--from', from])], {
    env: {
      ...process.env,
      LUZHENG_DATABASE: `sqlite:${path.join(demo.dataFolder, 'demo.db')}`,
      LUZHENG_DATA_DIR: path.join(demo.dataFolder, 'secrets-of-the-demo'),
    },
    cwd: out,
  });
}

function onlyPack(folder: string): Buffer {
  const [name] = readdirSync(folder)
    .filter((it) => it.endsWith('.lzpack'))
    // their numbers stand in their names
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  if (name === undefined) throw new Error(`no pack in ${folder}`);
  return readFileSync(path.join(folder, name));
}
