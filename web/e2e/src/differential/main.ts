/** The command line of a long run: `npm run differential -w @luzheng/e2e -- --count 1000000 --seed 1`. */
import { parseArgs } from 'node:util';
import { run } from './run.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
  },
});
const number = (text: string): number => {
  if (!/^\d{1,12}$/.test(text)) throw new Error(`not a number: ${text}`);
  return Number(text);
};
const plan = { count: number(values.count), seed: number(values.seed), from: number(values.from) };
const began = performance.now();
const { disagreements, tallies } = await run({
  ...plan,
  onProgress: (done, found) => {
    if (done % 25_600 === 0) process.stderr.write(`${done} cases, ${found} disagreements\n`);
  },
});
const seconds = Math.round((performance.now() - began) / 1000);
process.stdout.write(`${JSON.stringify({ ...plan, seconds, disagreements, tallies }, null, 1)}\n`);
process.exitCode = disagreements.length === 0 ? 0 : 1;
