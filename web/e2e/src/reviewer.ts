/** A member of staff at the review desk, with hands on the keyboard only. */
import type { Browser, Page } from 'playwright-core';
import { DESKTOP, type Visit, visit } from './browser.ts';
import { people, signIn } from './people.ts';

/** Opens the desk for the reviewer of this name. */
export async function openDesk(browser: Browser, origin: string, name: string): Promise<Visit> {
  const opened = await visit(browser, origin, DESKTOP);
  const reviewer = (await people(opened.context)).find((person) => person.name.zh === name);
  if (reviewer === undefined) throw new Error(`no ${name} in the demo`);
  await signIn(opened.context, reviewer);
  await opened.page.goto('/desk/');
  await opened.page.getByTestId('start').waitFor();
  return opened;
}

/** Waits until a photo is on the screen that is not the one of before; null when the queue is empty instead. */
export async function photoShown(page: Page, before: string | null): Promise<string | null> {
  await page.waitForFunction((last) => {
    const photo = document.querySelector('[data-testid=photo][data-state=shown]');
    if (photo !== null) return photo.getAttribute('src') !== last;
    return document.querySelector('[data-testid=empty]') !== null;
  }, before);
  const photo = page.getByTestId('photo');
  return (await photo.count()) === 0 ? null : photo.getAttribute('src');
}

/** The middle of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  return ((sorted[(sorted.length - 1) >> 1] ?? NaN) + (sorted[sorted.length >> 1] ?? NaN)) / 2;
}
