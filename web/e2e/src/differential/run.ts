/** Asks both verifiers the same and compares every answer whole: verdict, reason, each check with its detail, hints, credential, status, time. */
import { isDeepStrictEqual } from 'node:util';
import { type TrustList, verify } from '../../../verify/src/index.ts';
import { type AccidentCase, makeAccidentCase } from './accidents.ts';
import { type Case, makeCase, randomOf } from './cases.ts';
import {
  type World,
  describeStatus,
  describeTrust,
  openStatus,
  openTrust,
  prepareWorlds,
} from './evidence.ts';
import { type ListCase, makeListCase } from './lists.ts';
import { type PackCase, makePackCase } from './packs.ts';
import { RustVerifier } from './rust.ts';

/** Cases at once: enough for both processes to be at work. */
const BATCH = 256;
/** One in so many is a list to be opened, and not a code. */
const LISTS_EVERY = 40;
/** And one in so many a pack, a delta, a shard or a sealed part. */
const PACKS_EVERY = 40;
/** And one in so many an accident record. */
const ACCIDENTS_EVERY = 50;
/** More disagreements than this are one. */
const MOST_SHOWN = 20;

/** What to run. */
export interface Plan {
  readonly count: number;
  readonly seed: number;
  /** The number of the first case; a disagreement is seen again with its number and a count of 1. */
  readonly from?: number;
  /** Told after each batch. */
  readonly onProgress?: (done: number, disagreements: number) => void;
}

/** Two answers that differ. */
export interface Disagreement {
  readonly index: number;
  readonly asked: unknown;
  readonly typescript: unknown;
  readonly rust: unknown;
}

/** What came of a run. */
export interface Outcome {
  readonly count: number;
  readonly disagreements: readonly Disagreement[];
  /** How often each was the answer: verdicts, reasons (`valid` for none), details of checks, hints, kinds of mutation, lists. */
  readonly tallies: Record<
    'verdict' | 'reason' | 'detail' | 'hint' | 'mutation' | 'list',
    Record<string, number>
  >;
}

interface Asked {
  readonly index: number;
  readonly request: unknown;
  /** This side's answer. */
  readonly answer: () => Promise<unknown>;
  /** Notes what was answered. */
  readonly note: (answer: unknown) => void;
}

/** Runs the cases `from … from + count` of a seed. */
export async function run({ count, seed, from = 0, onProgress }: Plan): Promise<Outcome> {
  const rust = RustVerifier.start();
  const tallies: Outcome['tallies'] = {
    verdict: {},
    reason: {},
    detail: {},
    hint: {},
    mutation: {},
    list: {},
  };
  const disagreements: Disagreement[] = [];
  try {
    const worlds = await prepareWorlds();
    disagreements.push(...(await compareWorlds(rust, worlds)));
    for (let done = 0; done < count && disagreements.length < MOST_SHOWN; done += BATCH) {
      const size = Math.min(BATCH, count - done);
      const asked = await Promise.all(
        Array.from({ length: size }, (_, at) => ask(seed, from + done + at, worlds, tallies)),
      );
      const answers = rust.ask(asked.map(({ request }) => request));
      // the Rust side must not be left waiting when this side throws
      answers.catch(() => undefined);
      const here = await Promise.all(asked.map(({ answer }) => answer()));
      const there = await answers;
      for (const [at, { index, request, note }] of asked.entries()) {
        note(here[at]);
        const differs = compare(here[at], there[at] ?? '');
        if (differs !== null) disagreements.push({ index, asked: request, ...differs });
      }
      onProgress?.(done + size, disagreements.length);
    }
  } finally {
    await rust.close();
  }
  return { count, disagreements, tallies };
}

async function compareWorlds(rust: RustVerifier, worlds: readonly World[]): Promise<Disagreement[]> {
  const there = await rust.ask(worlds.map(({ prepared }) => prepared));
  return worlds.flatMap(({ prepared, received }, at) => {
    const differs = compare(received, there[at] ?? '');
    return differs === null ? [] : [{ index: -1 - at, asked: prepared, ...differs }];
  });
}

/** Compares an answer of this side with what the Rust side wrote; `null`: they say the same. */
export function compare(here: unknown, there: string): Pick<Disagreement, 'typescript' | 'rust'> | null {
  if (JSON.stringify(here) === there) return null;
  const rust: unknown = JSON.parse(there);
  const typescript: unknown = JSON.parse(JSON.stringify(here));
  return isDeepStrictEqual(typescript, rust) ? null : { typescript, rust };
}

async function ask(
  seed: number,
  index: number,
  worlds: readonly World[],
  tallies: Outcome['tallies'],
): Promise<Asked> {
  const random = randomOf(seed ^ 0x5eed, index);
  if (random.below(LISTS_EVERY) === 0) return askList(index, await makeListCase(random), worlds, tallies);
  if (random.below(ACCIDENTS_EVERY) === 0)
    return askPack(index, await makeAccidentCase(random), worlds, tallies);
  if (random.below(PACKS_EVERY) === 0) return askPack(index, await makePackCase(random), worlds, tallies);
  return askCode(index, await makeCase(seed, index), worlds, tallies);
}

function askCode(index: number, one: Case, worlds: readonly World[], tallies: Outcome['tallies']): Asked {
  const { kind, world, text, now, confirmed, plate, hosts } = one;
  const held = worlds[world];
  if (held === undefined) throw new Error(`no world ${world}`);
  const question = { now, clockConfirmed: confirmed, expectedPlate: plate ?? undefined, ourHosts: hosts };
  return {
    index,
    request: { world, text, now, confirmed, plate, hosts },
    answer: () => verify(text, { trust: held.trust, status: held.status, question }),
    note: (answer) => {
      const report = answer as Awaited<ReturnType<typeof verify>>;
      count(tallies.mutation, kind);
      count(tallies.verdict, report.verdict);
      count(tallies.reason, report.reason ?? 'valid');
      for (const check of report.checks)
        if (check.ok === false) count(tallies.detail, `${check.name}: ${check.detail}`);
      for (const hint of report.hints) count(tallies.hint, hint);
    },
  };
}

function askList(index: number, one: ListCase, worlds: readonly World[], tallies: Outcome['tallies']): Asked {
  // lists are opened with what the usual reader holds; roots of both algorithms are pinned in the second world
  const held = 'trust' in one && one.kind === 'trust-signatures' ? worlds[index % 2] : worlds[0];
  if (held === undefined || held.trust === null) throw new Error('the usual reader has no trust list');
  const { trust, roots } = held;
  return {
    index,
    request: {
      world: held.prepared.world,
      open: 'trust' in one ? { trust: one.trust, known_seq: one.knownSeq } : one.token,
    },
    answer: async () =>
      'trust' in one
        ? describeTrust(await openTrust(one.trust, roots, one.knownSeq))
        : describeStatus(await openStatus(one.token, trust)),
    note: (answer) => count(tallies.list, `${one.kind}: ${typeof answer === 'string' ? answer : 'opened'}`),
  };
}

function askPack(
  index: number,
  one: PackCase | AccidentCase,
  worlds: readonly World[],
  tallies: Outcome['tallies'],
): Asked {
  const { roots, trust } = usual(worlds);
  return {
    index,
    request: { world: 0, open: one.open },
    answer: () => one.answer(roots, trust),
    note: (answer) => {
      count(tallies.list, `${one.kind}: ${wordOf(one, answer)}`);
    },
  };
}

// the word for a refusal, the verdict on an accident record, or whether it opened
function wordOf({ kind }: PackCase | AccidentCase, answer: unknown): string {
  if (kind === 'accident-bytes' || kind === 'accident-signed')
    return (answer as { readonly verdict: string }).verdict;
  if (typeof answer === 'string' && kind !== 'sealed') return answer;
  return answer === null ? 'closed' : 'opened';
}

function usual(worlds: readonly World[]): World & { readonly trust: TrustList } {
  const [world] = worlds;
  if (world === undefined || world.trust === null) throw new Error('the usual reader has no trust list');
  return { ...world, trust: world.trust };
}

function count(tally: Record<string, number>, name: string): void {
  tally[name] = (tally[name] ?? 0) + 1;
}
