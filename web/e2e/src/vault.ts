/** Keeping things on the device: the vault with a PIN, and what of it lies in a browser's profile. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';

/** The PIN of these tests; neither simple nor anybody's. */
export const PIN = '482913';

/** Fills in the sheet that asks how what is kept shall open. */
export async function chooseWay(page: Page, pin = PIN): Promise<void> {
  await page.getByTestId('vault-setup').waitFor();
  const byPin = page.getByTestId('vault-pin');
  if (await byPin.isVisible()) await byPin.click();
  await page.getByTestId('pin-new').fill(pin);
  await page.getByTestId('pin-again').fill(pin);
  await page.getByTestId('vault-save').click();
}

/** Makes the vault of whoever is signed in, on the screen of account and security. */
export async function keepOnDevice(page: Page, pin = PIN): Promise<void> {
  await page.goto('/settings/security');
  await page.getByTestId('keep-set-up').click();
  await chooseWay(page, pin);
  await page.getByTestId('vault-on').waitFor();
}

/** Opens the lock screen that stands before the page. */
export async function unlock(page: Page, pin = PIN): Promise<void> {
  await page.getByTestId('pin').fill(pin);
  await page.getByTestId('open-pin').click();
  await page.getByTestId('lock-screen').waitFor({ state: 'detached' });
}

/** Goes to an address of the app and opens what is kept there. */
export async function openAt(page: Page, address: string, pin = PIN): Promise<void> {
  await page.goto(address);
  await page.getByTestId('lock-screen').waitFor();
  await unlock(page, pin);
}

/** How many sealed things and how many vaults the browser has. */
export function sealed(page: Page): Promise<Record<'sealed' | 'vault', number>> {
  return page.evaluate(async () => {
    const db = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open('luzheng');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const count = (store: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const request = db.transaction(store).objectStore(store).count();
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const found = { sealed: await count('sealed'), vault: await count('vault') };
    db.close();
    return found;
  });
}

/** A word as it may stand in a file: UTF-8, UTF-16 in both orders, hexadecimal, and base64 at each of its three offsets. */
function forms(word: string): Buffer[] {
  const utf8 = Buffer.from(word);
  const little = Buffer.from(word, 'utf16le');
  const big = Buffer.from(little).swap16();
  const base64 = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), utf8]).toString('base64');
    // what the neighbours of the word would change is cut off
    const inner = text.slice(offset === 0 ? 0 : 4, text.length - 4);
    return inner.length < 8 ? [] : [inner, inner.replace(/\+/g, '-').replace(/\//g, '_')];
  });
  const escaped = JSON.stringify(word)
    .slice(1, -1)
    .replace(/[\u0080-\uffff]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [utf8, little, big, ...[utf8.toString('hex'), ...base64, escaped].map((text) => Buffer.from(text))];
}

/** In which files of a folder these words stand, in any of the forms in which a browser writes text. */
export function filesWith(folder: string, words: readonly string[]): string[] {
  const wanted = words.flatMap((word) => forms(word).map((form) => ({ word, form })));
  const found: string[] = [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const name of files) {
    const file = path.join(folder, name);
    if (!statSync(file, { throwIfNoEntry: false })?.isFile()) continue;
    const bytes = readFileSync(file);
    for (const { word, form } of wanted) if (bytes.includes(form)) found.push(`${word} in ${name}`);
  }
  return [...new Set(found)];
}
