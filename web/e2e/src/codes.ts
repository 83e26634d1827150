/** Codes, changed in one place, and what the command line says about them. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { APIRequestContext } from 'playwright-core';
import { Roots, TrustList, verify } from '../../verify/src/index.ts';
import { BINARY } from './demo.ts';

/** The digits of a primary text. */
export function digitsOf(code: string): string {
  const [, digits] = code.split('#');
  if (digits === undefined) throw new Error(`no address with digits: ${code}`);
  return digits;
}

/** The address that a camera opens for a code, at the server under test. */
export function addressOf(origin: string, code: string): string {
  return `${origin}/V#${digitsOf(code)}`;
}

/** The same code with one bit of its last whole group changed, which lies in the signature. */
export function flipped(code: string): string {
  const digits = digitsOf(code);
  const at = 17 * (Math.floor(digits.length / 17) - 1);
  const group = (BigInt(digits.slice(at, at + 17)) ^ 1n).toString().padStart(17, '0');
  return `${code.split('#')[0]}#${digits.slice(0, at)}${group}${digits.slice(at + 17)}`;
}

/** What a server publishes for everybody, as files for the command line. */
export interface Published {
  /** Runs `luzheng verify --json` on them. */
  verify(...args: string[]): Promise<{ code: number; report: Record<string, unknown> }>;
  readonly folder: string;
  close(): void;
}

/** Fetches trust list, root, and the status lists that these codes point to. */
export async function publishedFiles(
  request: APIRequestContext,
  codes: readonly string[],
): Promise<Published> {
  const folder = mkdtempSync(path.join(tmpdir(), 'luzheng-published-'));
  const status = path.join(folder, 'status');
  mkdirSync(status);
  const save = async (from: string, to: string, accept = '*/*') => {
    const answer = await request.get(from, { headers: { accept } });
    if (!answer.ok()) throw new Error(`${from}: ${answer.status()}`);
    const body = await answer.body();
    writeFileSync(path.join(folder, to), body);
    return body.toString();
  };
  const trust = await save('/.well-known/luzheng/trust', 'trust.json');
  const roots = await save('/.well-known/luzheng/root', 'root.json');
  const list = await TrustList.open(trust, await Roots.parse(roots));
  for (const number of await listsOf(codes, list)) {
    await save(`/status/${number}`, `status/${number}.cwt`, 'application/statuslist+cwt');
  }
  const files = ['--trust', `${folder}/trust.json`, '--root', `${folder}/root.json`, '--status', status];
  return {
    folder,
    verify: (...args) => run(['verify', '--json', ...files, ...args], folder),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The numbers of the lists in which the verifier would look these codes up. */
async function listsOf(codes: readonly string[], trust: TrustList): Promise<ReadonlySet<number>> {
  const lists = new Set<number>();
  const status = { lookUp: (list: number) => void lists.add(list) };
  const question = { now: Date.now() / 1000, clockConfirmed: true, ourHosts: [] };
  for (const code of codes) await verify(code, { trust, status, question });
  return lists;
}

async function run(args: string[], cwd: string): Promise<{ code: number; report: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    execFile(BINARY, args, { cwd }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number')
        return reject(new Error(`${error.message}\n${stderr}`));
      try {
        resolve({ code: Number(error?.code ?? 0), report: JSON.parse(stdout) as Record<string, unknown> });
      } catch {
        reject(new Error(`luzheng ${args.join(' ')} ended with ${error?.code} and said ${stdout}${stderr}`));
      }
    });
  });
}
