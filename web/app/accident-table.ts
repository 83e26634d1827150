/** What two drivers may settle between themselves, from the server's own table (`crates/domain/data/accident`), as a module. */
import { readFileSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';
import type { Plugin } from 'vite';

const TABLE = fileURLToPath(new URL('../../crates/domain/data/accident/gates.json', import.meta.url));

/** The module `virtual:accident`. */
export function accidentTable(): Plugin {
  const id = 'virtual:accident';
  return {
    name: 'luzheng-accident',
    resolveId: (source) => (source === id ? `\0${id}` : null),
    load(resolved) {
      if (resolved !== `\0${id}`) return null;
      this.addWatchFile(TABLE);
      return `export const table = ${JSON.stringify(JSON.parse(readFileSync(TABLE, 'utf8')))};`;
    },
  };
}
