/** The app on its mock back end, built once and served from a loopback port: every screen in every form without a server. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the app with the mock back end is. */
    mock: string;
  }
}

const WEB = fileURLToPath(new URL('../..', import.meta.url));
const DIST = path.join(WEB, 'app', 'dev-dist');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/** Builds and serves it. `LUZHENG_MOCK=built` takes what is there. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env.LUZHENG_MOCK !== 'built' || !existsSync(DIST)) {
    execFileSync('npm', ['run', '--silent', 'build:mock', '-w', '@luzheng/app'], {
      cwd: WEB,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const server = http.createServer((request, response) => {
    const asked = path.normalize(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = path.join(DIST, asked);
    const there = file.startsWith(DIST) && existsSync(file) && statSync(file).isFile();
    // every other path is a screen of the app
    const served = there ? file : path.join(DIST, 'index.html');
    response.writeHead(200, { 'content-type': TYPES[path.extname(served)] ?? 'application/octet-stream' });
    response.end(readFileSync(served));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  project.provide('mock', `http://localhost:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
}
