/** Debian's Chromium, driven by playwright-core; nothing is downloaded. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
  chromium,
} from 'playwright-core';

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--force-color-profile=srgb',
];

/** How long a step may take on a busy machine before the test says which one it was. */
const PATIENCE_MS = 20_000;

/** The browser: `CHROMIUM`, or what the distribution calls it. */
function executable(): string {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const found = names
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .find((file) => existsSync(file));
  if (found === undefined) throw new Error('no Chromium on this machine: install it, or set CHROMIUM');
  return found;
}

/** Starts the browser. */
export async function launch(...more: string[]): Promise<Browser> {
  // Chromium's own sandbox does not work as root; the pages are ours
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: executable(), args: [...sandbox, ...FLAGS, ...more] });
}

/** Launch flags that give pages a camera which shows a clip, and let them have it unasked. */
export function cameraFlags(clip: string): string[] {
  return [
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${clip}`,
    '--use-fake-ui-for-media-stream',
  ];
}

/** A phone in China. */
export const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
  locale: 'zh-CN',
  timezoneId: 'Asia/Shanghai',
  serviceWorkers: 'allow',
} satisfies BrowserContextOptions;

/** A desktop browser in China. */
export const DESKTOP = {
  viewport: { width: 1280, height: 800 },
  deviceScaleFactor: 1,
  locale: 'zh-CN',
  timezoneId: 'Asia/Shanghai',
  serviceWorkers: 'allow',
} satisfies BrowserContextOptions;

/** A context with one page, and what went wrong in it: uncaught errors and error messages of the console. */
export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly errors: readonly string[];
}

/** Opens a fresh profile with one page. */
export async function visit(
  browser: Browser,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ baseURL: origin, ...PHONE, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    const { url } = message.location();
    // the app asks who is signed in, and "nobody" is an answer; Chromium logs every 401 all the same
    const nobody = url.endsWith('/api/v1/citizen/me') && message.text().includes('401');
    // so is "no driver" to the home page's question about a licence
    const noDriver = url.endsWith('/api/v1/citizen/licence') && message.text().includes('404');
    if (message.type() === 'error' && !nobody && !noDriver) errors.push(`${message.text()} (${url})`);
  });
  return { context, page, errors };
}

/** A browser with a profile of its own in a folder, as on a phone: what it keeps is there to be looked at when it is closed. */
export async function launchProfile(
  folder: string,
  origin: string,
): Promise<{ context: BrowserContext; page: Page }> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: executable(),
    args: [...sandbox, ...FLAGS],
    baseURL: origin,
    ...PHONE,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(PATIENCE_MS);
  return { context, page };
}

/** Waits until the service worker answers for the page, as after a first visit that was not cut short. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise<void>((resolve) =>
      navigator.serviceWorker.addEventListener('controllerchange', () => resolve(), { once: true }),
    );
  });
}
