/**
 * When can the app be used on a throttled mid-range phone? First visit, a later one, and one without a network; to the signed-in person's
 * vehicles and to a stranger's verdict. Prints JSON. Usage: node first-screen.mjs URL [ROUNDS]
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const [origin = 'http://localhost:8080', rounds = '5'] = process.argv.slice(2);
/** Slow 4G as the tools of browsers have it, and a processor four times slower than this one. */
const PROFILE = { cpu: 4, latency_ms: 150, down_bps: 1_600_000, up_bps: 750_000 };
/** Longer than this without a task above 50 ms, and the page is taken to be idle. */
const QUIET_MS = 500;

function executable() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .find((file) => existsSync(file));
}

const browser = await chromium.launch({
  executablePath: executable(),
  args: [
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
  ],
});

async function open(context, address, ready, offline = false) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', {
    offline,
    latency: PROFILE.latency_ms,
    downloadThroughput: PROFILE.down_bps / 8,
    uploadThroughput: PROFILE.up_bps / 8,
  });
  await session.send('Emulation.setCPUThrottlingRate', { rate: PROFILE.cpu });
  await page.addInitScript(() => {
    globalThis.__long = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) globalThis.__long.push(entry.startTime + entry.duration);
    }).observe({ type: 'longtask', buffered: true });
  });
  await page.goto(address, { waitUntil: 'commit' });
  await page.locator(ready).first().waitFor({ timeout: 60_000 });
  const shown = await page.evaluate(() => performance.now());
  // interactive: what was waited for is there and the last long task is over
  const interactive = await page.evaluate(
    async ([from, quiet]) => {
      let last = from;
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        const ends = globalThis.__long.filter((end) => end > last);
        if (ends.length > 0) last = Math.max(...ends);
        if (performance.now() - last > quiet) return last;
      }
    },
    [shown, QUIET_MS],
  );
  await page.close();
  return { shown, interactive };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const visits = {
  'first visit: start page': [],
  'first visit: verifier page': [],
  'later visit: own vehicles': [],
  'no network: own vehicles': [],
};

for (let round = 0; round < Number(rounds); round++) {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    isMobile: true,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  });
  visits['first visit: start page'].push(await open(context, `${origin}/`, '[data-testid=scan-entry]'));
  // the service worker settles without the throttle
  const page = await context.newPage();
  await page.goto(`${origin}/`);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  const people = (await (await context.request.get(`${origin}/api/v1/demo/sign-ins`)).json()).items;
  const person = people.find(({ role, vehicles }) => role === 'citizen' && vehicles.length === 1);
  await context.request.post(`${origin}/api/v1/demo/sign-in`, { data: { id: person.id } });
  await page.goto(`${origin}/vehicles`);
  await page.locator('[data-testid=vehicle-card]').first().waitFor();
  await page.close();
  visits['later visit: own vehicles'].push(
    await open(context, `${origin}/vehicles`, '[data-testid=vehicle-card]'),
  );
  visits['no network: own vehicles'].push(await open(context, `${origin}/vehicles`, 'main h1', true));
  await context.close();
  const stranger = await browser.newContext({
    viewport: { width: 390, height: 844 },
    isMobile: true,
    locale: 'zh-CN',
  });
  visits['first visit: verifier page'].push(await open(stranger, `${origin}/V`, '[data-testid=verify-page]'));
  await stranger.close();
}
await browser.close();
const result = Object.fromEntries(
  Object.entries(visits).map(([name, all]) => [
    name,
    {
      shown_ms: Math.round(median(all.map(({ shown }) => shown))),
      interactive_ms: Math.round(median(all.map(({ interactive }) => interactive))),
    },
  ]),
);
process.stdout.write(`${JSON.stringify({ profile: PROFILE, rounds: Number(rounds), visits: result })}\n`);
