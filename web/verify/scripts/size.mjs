// Measures what the package costs a page: everything but SM2, and the part that is loaded when an SM2 key is met.
// Fails over its budget, in bytes of gzip.
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const BUDGET = { verifier: 16 * 1024, sm2: 24 * 1024 };

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  outdir: 'out',
  write: false,
  logLevel: 'error',
});
const sizes = { verifier: 0, sm2: 0 };
for (const file of outputFiles)
  sizes[/sm2/.test(file.path) ? 'sm2' : 'verifier'] += gzipSync(file.contents).length;
for (const [part, size] of Object.entries(sizes)) {
  console.log(`${part}: ${(size / 1024).toFixed(1)} KB gzip of ${BUDGET[part] / 1024} KB`);
  if (size > BUDGET[part]) process.exitCode = 1;
}
