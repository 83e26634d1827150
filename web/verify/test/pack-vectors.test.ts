/** The packs, deltas and shards that the Rust reader and this one share. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openShard } from '../src/officer.js';
import { Pack, PackError, applyDelta, openPack } from '../src/packs.js';
import { Roots, TrustList } from '../src/index.js';
import { NOW } from './issuer.js';
import { FOLDER } from './vectors.js';

interface Case {
  readonly file: string;
  readonly about: string;
  readonly given: {
    readonly held_pack_seq?: number;
    readonly held_trust_seq?: number;
    readonly now?: number;
    readonly pack?: string;
    readonly result?: string;
  };
  readonly refusal: string | null;
  readonly asked: readonly Asked[];
}
interface Asked {
  readonly list: number;
  readonly index: number;
  readonly value: string | null;
  readonly iat?: number;
  readonly exp?: number;
  readonly plate: string;
  readonly found: readonly { readonly type: number }[] | null;
}

const file = (name: string) => new Uint8Array(readFileSync(`${FOLDER}pack/${name}`));
const text = (name: string) => readFileSync(`${FOLDER}${name}`, 'utf8');
const { cases } = JSON.parse(text('pack/cases.json')) as { readonly cases: readonly Case[] };
const roots = await Roots.parse(text('root.json'));
const trust = await TrustList.open(text('trust/trust.json'), roots);

const question = ({ given }: Case) => ({
  now: given.now ?? NOW,
  heldSeq: given.held_pack_seq ?? 0,
  heldTrustSeq: given.held_trust_seq ?? 0,
});

/** What was opened, or the word for why not. */
async function outcome<T>(opening: Promise<T>): Promise<T | string> {
  try {
    return await opening;
  } catch (error) {
    if (error instanceof PackError) return error.code;
    throw error;
  }
}

async function answersOf(pack: Pack, one: Case): Promise<void> {
  for (const { list, index, value, iat, exp } of one.asked) {
    const answer = await pack.lookUp(list, index);
    const word = value === 'invalid' ? 'revoked' : value;
    expect(answer, `${list}/${index}`).toEqual(word === null ? undefined : { value: word, iat, exp });
  }
}

const ending = (name: string) =>
  cases.filter((one) => one.file.endsWith(name)).map((one) => [one.file, one] as const);

describe('packs', () => {
  test.each(ending('.lzpack'))('%s', async (_, one) => {
    const bytes = file(one.file);
    for (const held of [bytes, new Blob([bytes])]) {
      const pack = await outcome(openPack(held, roots, question(one)));
      expect(typeof pack === 'string' ? pack : null, one.about).toBe(one.refusal);
      if (pack instanceof Pack) await answersOf(pack, one);
    }
  });
});

describe('deltas', () => {
  test.each(ending('.lzdelta'))('%s', async (_, one) => {
    const base = await openPack(file(one.given.pack ?? ''), roots, { now: NOW, heldSeq: 0, heldTrustSeq: 0 });
    const pack = await outcome(applyDelta(base, file(one.file), roots, question(one)));
    expect(typeof pack === 'string' ? pack : null, one.about).toBe(one.refusal);
    if (!(pack instanceof Pack)) return;
    expect(Buffer.from(pack.file as Uint8Array).equals(file(one.given.result ?? ''))).toBe(true);
    await answersOf(pack, one);
  });
});

describe('shards', () => {
  test.each(ending('.lzshard'))('%s', async (_, one) => {
    const shard = await outcome(openShard(file(one.file), trust, question(one)));
    expect(typeof shard === 'string' ? shard : null, one.about).toBe(one.refusal);
    if (typeof shard === 'string') return;
    for (const { plate, found } of one.asked) {
      const facts = await outcome(shard.find(plate));
      const known = Array.isArray(facts)
        ? facts.map(({ type, validUntil, mark, letters }) => ({
            type: Number(type),
            valid_until: validUntil,
            mark,
            status: letters.join(''),
          }))
        : null;
      expect(known, plate).toEqual(found);
      for (const { type } of found ?? []) {
        expect(await shard.find(plate.toLowerCase(), type.toString().padStart(2, '0'))).toHaveLength(1);
      }
    }
  });
});

test('the vectors have every refusal', () => {
  const seen = new Set(cases.map(({ refusal }) => refusal).filter((refusal) => refusal !== null));
  // too large is 256 MiB: no file of the repository
  expect([...seen].sort()).toEqual(
    [
      ...['broken_pack', 'unsupported_version', 'bad_trust_list', 'older_trust_list', 'unknown_issuer'],
      ...['bad_signature', 'older_pack', 'pack_expired', 'wrong_base'],
    ].sort(),
  );
});
