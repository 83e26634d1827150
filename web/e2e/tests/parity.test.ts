/** The command line and the browser give the same JSON for every vector, and both the one that is written down. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FOLDER, type Vector, readVectors } from '../../verify/test/vectors.ts';
import { launch } from '../src/browser.ts';
import { BINARY } from '../src/demo.ts';
import { type BrowserVerifier, browserVerifier } from '../src/verifier.ts';

const vectors = readVectors();
let browser: Browser;
let verifier: BrowserVerifier;
let scratch: string;

beforeAll(async () => {
  scratch = mkdtempSync(path.join(tmpdir(), 'luzheng-parity-'));
  browser = await launch();
  verifier = await browserVerifier(browser);
});
afterAll(async () => {
  await verifier?.close();
  await browser?.close();
  rmSync(scratch, { recursive: true, force: true });
});

interface Report {
  readonly verdict: string;
  readonly reason: string | null;
  readonly hints: readonly string[];
  readonly checks: readonly { name: string; ok: boolean | null; detail?: string }[];
  readonly checked_at: string;
}

async function inBrowser(vector: Vector): Promise<Report> {
  const text = (file: string) => readFileSync(FOLDER + file, 'utf8');
  const token = (file: string) => (file.endsWith('.cwt') ? [...readFileSync(FOLDER + file)] : text(file));
  return (await verifier.judge({
    text: vector.text,
    now: Date.parse(vector.now) / 1000,
    clockConfirmed: vector.clock_confirmed,
    expectedPlate: vector.expected_plate,
    ourHosts: vector.our_hosts,
    roots: text(vector.roots),
    trust: vector.trust === null ? null : text(vector.trust),
    knownSeq: vector.known_seq,
    status: vector.status.map(token),
  })) as Report;
}

/** What the command line needs to be asked the same question. */
async function onCommandLine(vector: Vector): Promise<{ code: number; said: string }> {
  const folder = path.join(scratch, vector.name);
  for (const file of vector.status)
    cpSync(FOLDER + file, path.join(folder, path.basename(file)), { recursive: true });
  const args = ['verify', '--json', '--at', vector.now, '--root', FOLDER + vector.roots];
  if (vector.trust !== null) args.push('--trust', FOLDER + vector.trust);
  args.push('--status', vector.status.length > 0 ? folder : 'none');
  if (vector.expected_plate !== null) args.push('--plate', vector.expected_plate);
  for (const host of vector.our_hosts) args.push('--host', host);
  if (!vector.clock_confirmed) args.push('--clock-unconfirmed');
  args.push('-');
  return new Promise((resolve, reject) => {
    const child = execFile(BINARY, args, { cwd: scratch }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(new Error(`${error.message}\n${stderr}`));
      else resolve({ code: Number(error?.code ?? 0), said: stdout });
    });
    // it may end without reading, and says so by its exit code
    child.stdin?.on('error', () => undefined).end(vector.text);
  });
}

const EXIT: Record<string, number> = { valid: 0, attention: 1, not_valid: 1, cannot_tell: 1, unreadable: 2 };

describe('every vector', () => {
  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (_, vector) => {
    const here = await inBrowser(vector);
    const { verdict, reason, hints } = here;
    const checks = Object.fromEntries(here.checks.map(({ name, ok }) => [name, ok]));
    expect({ verdict, reason, hints, checks }, vector.about).toEqual(vector.expect);
    // a number seen before is what a device remembers; the command line remembers nothing
    if (vector.trust === null || vector.known_seq > 0) return;
    const there = await onCommandLine(vector);
    if (here.checks.some(({ detail }) => detail === 'no_trust_list')) {
      // a file that is no trust list is wrong use of the command line, not a question about a code
      expect(there.code).toBe(2);
      return;
    }
    expect(JSON.parse(there.said), vector.about).toEqual(here);
    expect(there.code).toBe(EXIT[verdict]);
  });
});
