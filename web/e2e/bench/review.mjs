/**
 * Photos reviewed at the desk by keyboard alone, in Chromium, against a running demo: the median of the seconds from one
 * photo to the next. The hands are a machine's: it looks at nothing, so this is what the desk takes, not what people need.
 *
 *     node web/e2e/bench/review.mjs http://127.0.0.1:PORT [PHOTOS]
 *
 * When fewer photos wait, people of the demo without a photo cannot be had at will: every decision but the last pass is
 * then taken back within its time and made again, which is work at the same desk; the figure names how many were.
 */
import { load } from './load.mjs';

/** Every so many photos one is rejected. */
const REJECT_EVERY = 5;
const [origin, wanted = '100'] = process.argv.slice(2);
if (origin === undefined) {
  process.stderr.write('where is the demo? http://127.0.0.1:PORT\n');
  process.exit(2);
}
const photos = Number(wanted);
const { launch } = await load('browser');
const { median, openDesk, photoShown } = await load('reviewer');
const browser = await launch();
const { page } = await openDesk(browser, origin, '审小甲');
const waiting = Number(await page.locator('[data-testid=queue-waiting] dd').innerText());
const seconds = [];
let again = 0;
/** How many of those to come have to be decided twice, so that the number is reached. */
const spare = () => photos - seconds.length - (waiting - (seconds.length - again));

await page.keyboard.press('n');
let photo = await photoShown(page, null);
while (photo !== null && seconds.length < photos) {
  const since = performance.now();
  await page.keyboard.press(seconds.length % REJECT_EVERY === REJECT_EVERY - 1 ? '5' : 'a');
  const next = await photoShown(page, photo);
  seconds.push((performance.now() - since) / 1000);
  if (next !== null && spare() > 0) {
    await page.keyboard.press('u');
    photo = await photoShown(page, next);
    again += 1;
  } else photo = next;
}
await browser.close();
const [low, high] = [Math.min(...seconds), Math.max(...seconds)].map((value) => value.toFixed(2));
process.stdout.write(
  `${seconds.length} decisions by keyboard alone on ${seconds.length - again} photos (${again} taken back and made again): ` +
    `median ${median(seconds).toFixed(2)} s a photo, ${low} to ${high} s; a machine's hands, which look at nothing\n`,
);
