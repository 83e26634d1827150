// Compiles the package, into `dist` or a folder that is given. The interface's types are generated from the server's description
// (`web/api/openapi.json`), of which only what partners may call goes into the package, so that it depends on nothing of the repository.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import openapiTypescript, { astToString } from 'openapi-typescript';

/** As `PartnerPath` in `src/index.ts`. */
const PARTNERS = /^\/(api\/v1\/partner\/|\.well-known\/luzheng\/|pack|api\/v1\/verify$)/;

const root = fileURLToPath(new URL('..', import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(root, 'dist'));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

function partnersOnly(description) {
  const paths = Object.fromEntries(Object.entries(description.paths).filter(([name]) => PARTNERS.test(name)));
  const all = description.components.schemas;
  const schemas = {};
  const keep = (value) => {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (name in schemas) continue;
      schemas[name] = all[name];
      keep(all[name]);
    }
  };
  keep(paths);
  return { ...description, paths, components: { schemas } };
}

rmSync(out, { recursive: true, force: true });
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', out], {
  cwd: root,
  stdio: 'inherit',
});
const description = JSON.parse(readFileSync(path.join(root, '../api/openapi.json'), 'utf8'));
const types = await openapiTypescript(partnersOnly(description), { alphabetize: true });
writeFileSync(path.join(out, 'schema.d.ts'), astToString(types));
for (const file of readdirSync(out).filter((name) => name.endsWith('.d.ts'))) {
  const place = path.join(out, file);
  writeFileSync(place, readFileSync(place, 'utf8').replaceAll(`'@luzheng/api'`, `'./schema.js'`));
}
