// Measures what each entry of the package costs a page, and the part that is loaded when an SM2 key is met.
// Fails over its budget, in bytes of gzip.
import { gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The entries; what one shares with the verifier is counted with each, since a page may have one alone. */
const BUDGET = {
  index: 16 * 1024,
  packs: 12 * 1024,
  officer: 24 * 1024,
  accident: 16 * 1024,
  sm2: 24 * 1024,
};

const sizes = { sm2: 0 };
for (const entry of ['index', 'packs', 'officer', 'accident']) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`../src/${entry}.ts`, import.meta.url))],
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    outdir: 'out',
    write: false,
    logLevel: 'error',
    // Node's own WebCrypto, asked for where there is none of the engine's: no browser loads it
    external: ['crypto'],
  });
  let own = 0;
  for (const file of outputFiles) {
    const size = gzipSync(file.contents).length;
    if (/sm2/.test(file.path)) sizes.sm2 = size;
    else own += size;
  }
  sizes[entry] = own;
}
for (const [part, budget] of Object.entries(BUDGET)) {
  console.log(`${part}: ${(sizes[part] / 1024).toFixed(1)} KB gzip of ${budget / 1024} KB`);
  if (!(sizes[part] <= budget)) process.exitCode = 1;
}
