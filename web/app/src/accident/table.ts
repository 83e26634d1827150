/** The law of accidents in words: the server's own table, so that it is here without a network. */
import {
  type AccidentForm,
  type AccidentPath,
  type Circumstance,
  type Impact,
  type Responsibility,
  type Weather,
  circumstanceOf,
  pathOf,
} from '@luzheng/verify/accident';
import type { CredentialSummary, Reason } from '@luzheng/verify';
import { table } from 'virtual:accident';
import type { Clause, Text } from '@/api/types';

interface Way {
  code: string;
  clause: string;
  title: Text;
  steps: readonly Text[];
}
interface Word extends Text {
  code: string;
}
/** The table as it is written. */
export interface AccidentTable {
  clauses: readonly Clause[];
  paths: readonly Way[];
  circumstances: readonly { code: string; path: string; clause: string; text: Text }[];
  reasons: Readonly<Record<string, string>>;
  findings: readonly { kind: string; seen: string; circumstance: string | null; text: Text }[];
  words: Readonly<Record<'responsibility' | 'form' | 'weather' | 'impact', readonly Word[]>>;
}

/** What is to be done, in words. */
export interface Guidance {
  path: AccidentPath;
  title: Text;
  steps: readonly Text[];
  clause: Clause;
  /** Why: what leads there. */
  why: readonly Text[];
}

const NOTHING: Text = { zh: '', en: '' };

function clauseOf(id: string): Clause {
  const found = table.clauses.find((clause) => clause.id === id);
  if (found === undefined) throw new Error(`there is no clause ${id}`);
  return found;
}

/** What circumstances lead to, with the clause of the gravest. */
export function guidanceFor(present: Iterable<Circumstance>): Guidance {
  const set = new Set<string>(present);
  const path = pathOf(set as Set<Circumstance>);
  const gates = table.circumstances.filter((gate) => set.has(gate.code) && gate.path === path);
  const way = table.paths.find(({ code }) => code === path);
  if (way === undefined) throw new Error(`there is no path ${path}`);
  const clause = clauseOf(gates[0]?.clause ?? way.clause);
  return { path, title: way.title, steps: way.steps, clause, why: gates.map(({ text }) => text) };
}

/** What a checked code means for an accident. */
export interface Finding {
  text: Text;
  circumstance: Circumstance | null;
}

/** What a verdict's reason means at the roadside. */
export function findingFor(kind: CredentialSummary['kind'], reason: Reason | null): Finding {
  const seen = reason === null ? 'in_order' : table.reasons[reason];
  const found = table.findings.find((it) => it.kind === kind && it.seen === seen);
  return { text: found?.text ?? NOTHING, circumstance: circumstanceOf(kind, reason) };
}

/** How a person is asked about a circumstance. */
export function questionOf(code: Circumstance): Text {
  return table.circumstances.find((gate) => gate.code === code)?.text ?? NOTHING;
}

/** A coded word of a record. */
export function wordOf(
  list: 'responsibility' | 'form' | 'weather' | 'impact',
  code: Responsibility | AccidentForm | Weather | Impact,
): Text {
  return table.words[list].find((word) => word.code === code) ?? { zh: code, en: code };
}
