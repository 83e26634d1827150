/** A private PostgreSQL for a run of these tests: the same script as the Rust tests', in a folder of its own. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../crates/store/src/testing/postgres.sh', import.meta.url));

export interface Postgres {
  /** Makes an empty database and answers with its address. */
  database(name: string): string;
  stop(): void;
}

/** Starts the server. It ends with {@link Postgres.stop}, or by itself soon after this process does. */
export function startPostgres(): Postgres {
  const folder = mkdtempSync(path.join(tmpdir(), 'luzheng-pg-'));
  const home = path.join(folder, 'server');
  // the shared lock that tells the script's watch that somebody is there; the kernel lets go of it with this process
  const user = spawn('flock', ['-s', `${home}.users`, 'cat'], { stdio: ['pipe', 'ignore', 'ignore'] });
  execFileSync('chmod', ['755', folder]);
  execFileSync('bash', [SCRIPT, 'ensure', home], { stdio: ['ignore', 'ignore', 'inherit'] });
  const watch = spawn('bash', [SCRIPT, 'watch', home], { stdio: 'ignore', detached: true });
  watch.unref();
  return {
    database: (name) => {
      execFileSync('psql', ['-h', home, '-U', 'postgres', '-qc', `CREATE DATABASE ${name}`], {
        stdio: 'inherit',
      });
      return `postgres://postgres@localhost/${name}?host=${encodeURIComponent(home)}`;
    },
    stop: () => {
      user.stdin.end();
      execFileSync('bash', [SCRIPT, 'stop', home], { stdio: ['ignore', 'ignore', 'inherit'] });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
