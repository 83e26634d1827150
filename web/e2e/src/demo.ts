/** The real thing: `luzheng demo` on a free port with a fresh data folder, as a child process of the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startPostgres } from './postgres.ts';

/** The binary under test: `LUZHENG_BIN`, or what `cargo build` leaves. */
export const BINARY =
  process.env.LUZHENG_BIN ?? fileURLToPath(new URL('../../../target/debug/luzheng', import.meta.url));
/** How long a populated country may take to come up on a busy machine. */
const READY_MS = 170_000;

/** A running demo. */
export interface Demo {
  /** `http://localhost:PORT`, a secure context to browsers and a name that passkeys can belong to; codes name the same host. */
  readonly origin: string;
  readonly dataFolder: string;
  /** Ends the process, not the data. */
  stop(): Promise<void>;
  /** Ends the process and removes the data. */
  close(): Promise<void>;
}

/** Starts the demo, with these variables in its environment, and waits for its `ready` line. */
export async function startDemo(environment: Record<string, string> = {}): Promise<Demo> {
  if (!existsSync(BINARY))
    throw new Error(`no binary at ${BINARY}: run "cargo build -p luzheng", or set LUZHENG_BIN`);
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'luzheng-e2e-'));
  const postgres = process.env.LUZHENG_E2E_ENGINE === 'postgres' ? startPostgres() : null;
  const args = ['demo', '--listen', '127.0.0.1:0', '--data-dir', dataFolder];
  if (postgres !== null) args.push('--database', postgres.database('demo'));
  const child = spawn(BINARY, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: tmpdir(),
    env: { ...process.env, ...environment },
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  };
  try {
    return {
      origin: new URL(await readyLine(child)).origin,
      dataFolder,
      stop,
      close: async () => {
        await stop();
        postgres?.stop();
        rmSync(dataFolder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    postgres?.stop();
    throw error;
  }
}

async function readyLine(child: ChildProcess): Promise<string> {
  const heard: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${why}; it said:\n${heard.slice(-40).join('\n')}`));
    const timer = setTimeout(() => fail(`the demo was not ready after ${READY_MS / 1000} s`), READY_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code, signal) => fail(`the demo ended with ${code ?? signal} before it was ready`));
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        heard.push(line);
        const ready = /\bready (https?:\/\/\S+)/.exec(line);
        if (ready?.[1] === undefined) return;
        clearTimeout(timer);
        resolve(ready[1]);
      });
    }
  });
}
