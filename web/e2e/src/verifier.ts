/** `web/verify` in a page of Chromium. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import type { Asked } from './page-verifier.ts';
import { serveFiles } from './static.ts';

/** A page that judges codes. */
export interface BrowserVerifier {
  judge(asked: Asked): Promise<unknown>;
  close(): Promise<void>;
}

/** Bundles the verifier from its source, with SM2 in a file of its own, and loads it into a page. */
export async function browserVerifier(browser: Browser): Promise<BrowserVerifier> {
  const { outputFiles } = await build({
    entryPoints: { page: fileURLToPath(new URL('page-verifier.ts', import.meta.url)) },
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['source'],
    outdir: '/',
    write: false,
    logLevel: 'error',
  });
  const script = (body: string) => ({ type: 'text/javascript', body });
  const files = new Map(outputFiles.map((file) => [`/${path.basename(file.path)}`, script(file.text)]));
  files.set('/', {
    type: 'text/html',
    body: '<!doctype html><script type="module" src="/page.js"></script>',
  });
  const server = await serveFiles(files);
  const page = await browser.newPage();
  await page.goto(server.origin);
  await page.waitForFunction(() => 'judge' in globalThis);
  return {
    judge: (asked) =>
      page.evaluate(
        (question) => (globalThis as unknown as { judge(a: Asked): Promise<unknown> }).judge(question),
        asked,
      ),
    close: async () => {
      await page.close();
      await server.close();
    },
  };
}
