// Takes the pictures of the installation dialogue (public/screens) from the mock back end. Run by hand after the
// screens changed, with `npm run dev -w @luzheng/app` running:
//   node scripts/screens.mjs http://localhost:5173   (needs Chromium, named by CHROMIUM or at /usr/bin/chromium)
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const [, , origin = 'http://localhost:5173'] = process.argv;
const folder = fileURLToPath(new URL('../public/screens/', import.meta.url));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--force-color-profile=srgb'],
});
for (const [file, path, ready, wide] of [
  ['vehicles.png', '/vehicles', 'vehicle-card', false],
  ['mark.png', '/marks/m-fine', 'mark-face', false],
  ['live.png', '/marks/m-fine/live', 'live-qr', false],
  ['vehicles-wide.png', '/vehicles', 'vehicle-card', true],
]) {
  const context = await browser.newContext({
    baseURL: origin,
    viewport: wide ? { width: 1280, height: 800 } : { width: 390, height: 844 },
    deviceScaleFactor: wide ? 1 : 2,
    isMobile: !wide,
    hasTouch: !wide,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  });
  await context.addInitScript(() => localStorage.setItem('luzheng.mock.signed-in', 'p-fine'));
  const page = await context.newPage();
  await page.goto(path);
  await page.getByTestId(ready).first().waitFor();
  await page.evaluate(() => document.fonts.ready.then(() => true));
  await page.screenshot({ path: `${folder}${file}`, animations: 'disabled' });
  await context.close();
}
await browser.close();
