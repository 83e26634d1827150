/**
 * What applies at the roadside, from the same rows as the server's (`crates/domain/data/roadside`), as a module: so that an
 * officer reads the same words without a network. Each row gets its clause; the rows of advice keep their order, which decides.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';
import { parse } from 'smol-toml';
import type { Plugin } from 'vite';

type Row = Record<string, unknown>;
const FOLDER = '../../crates/domain/data/roadside/';

function rows(file: string, table: string): { path: string; rows: Row[] } {
  const path = fileURLToPath(new URL(`${FOLDER}${file}`, import.meta.url));
  return { path, rows: parse(readFileSync(path, 'utf8'))[table] as Row[] };
}

/** `title_zh` and `title_en` become `title`, steps become texts, `clause` the clause itself. */
function told(row: Row, clauses: ReadonlyMap<unknown, Row>): Row {
  const { title_zh, title_en, text_zh, text_en, steps, clause, ...rest } = row;
  const cited = clause === undefined ? null : clauses.get(clause);
  if (cited === undefined) throw new Error(`there is no clause ${String(clause)}`);
  return {
    ...rest,
    title: { zh: title_zh, en: title_en },
    ...(text_zh === undefined ? {} : { text: { zh: text_zh, en: text_en } }),
    ...(steps === undefined ? {} : { steps: (steps as [string, string][]).map(([zh, en]) => ({ zh, en })) }),
    ...('source' in row ? {} : { clause: cited }),
  };
}

/** The module `virtual:roadside`. */
export function roadside(): Plugin {
  const id = 'virtual:roadside';
  return {
    name: 'luzheng-roadside',
    resolveId: (source) => (source === id ? `\0${id}` : null),
    load(resolved) {
      if (resolved !== `\0${id}`) return null;
      const [law, advice, procedures] = [
        rows('clauses.toml', 'clause'),
        rows('advice.toml', 'advice'),
        rows('procedures.toml', 'procedure'),
      ];
      for (const { path } of [law, advice, procedures]) this.addWatchFile(path);
      const clauses = new Map(law.rows.map((row) => [row['id'], told(row, new Map())] as const));
      const all = {
        advice: advice.rows.map((row) => told(row, clauses)),
        procedures: procedures.rows.map((row) => told(row, clauses)),
      };
      return `export const { advice, procedures } = JSON.parse(${JSON.stringify(JSON.stringify(all))});`;
    },
  };
}
