// Compiles the package, into `dist` or a folder that is given. The types of the interface are generated elsewhere in this repository
// (`web/api`) and become a file of the package, so that it depends on nothing of the repository.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(root, 'dist'));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
rmSync(out, { recursive: true, force: true });
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', out], {
  cwd: root,
  stdio: 'inherit',
});
copyFileSync(path.join(root, '../api/schema.ts'), path.join(out, 'schema.d.ts'));
for (const file of readdirSync(out).filter((name) => name.endsWith('.d.ts'))) {
  const place = path.join(out, file);
  writeFileSync(place, readFileSync(place, 'utf8').replaceAll(`'@luzheng/api'`, `'./schema.js'`));
}
