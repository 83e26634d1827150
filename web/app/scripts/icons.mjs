// Renders public/icon.svg to the sizes phones ask for. Run by hand after changing the drawing:
//   node scripts/icons.mjs   (needs Chromium, named by CHROMIUM or at /usr/bin/chromium)
import { readFile, writeFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const folder = new URL('../public/', import.meta.url);
const svg = await readFile(new URL('icon.svg', folder), 'utf8');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
for (const [name, size, maskable] of [
  ['icon-180.png', 180, true],
  ['icon-192.png', 192, false],
  ['icon-512.png', 512, false],
  ['icon-512-maskable.png', 512, true],
]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  // a maskable icon fills its square, with the sign inside the safe circle
  const drawn = maskable
    ? svg.replace('rx="12"', '').replace('viewBox="0 0 48 48"', 'viewBox="-7 -7 62 62"')
    : svg;
  const ground = maskable ? '#0d4453' : 'transparent';
  await page.setContent(
    `<style>*{margin:0}body{background:${ground}}svg{display:block;width:${size}px}</style>${drawn}`,
  );
  await writeFile(new URL(name, folder), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
