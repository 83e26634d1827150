import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  Roots,
  StatusBook,
  StatusError,
  type StatusList,
  TrustError,
  TrustList,
  VERDICT_OF_REASON,
  openToken,
  verify,
} from '../src/index.js';
import { FOLDER, type Vector, readVectors } from './vectors.js';

const vectors = readVectors();
const read = (file: string) => readFileSync(FOLDER + file);

// a list that is refused is no list; what one file gives is the same for every case that names it
const trusts = new Map<string, Promise<TrustList | null>>();
const statuses = new Map<string, Promise<StatusList | null>>();

function once<T>(kept: Map<string, Promise<T>>, name: string, open: () => Promise<T>): Promise<T> {
  const opening = kept.get(name) ?? open();
  kept.set(name, opening);
  return opening;
}

async function openTrust({ roots, trust, known_seq }: Vector): Promise<TrustList | null> {
  if (trust === null) return null;
  return once(trusts, `${roots} ${trust} ${known_seq}`, async () => {
    const pinned = await Roots.parse(read(roots).toString());
    return TrustList.open(read(trust).toString(), pinned, known_seq).catch((error: unknown) => {
      if (error instanceof TrustError) return null;
      throw error;
    });
  });
}

async function openStatus(vector: Vector, trust: TrustList | null): Promise<StatusBook> {
  const book = new StatusBook();
  if (trust === null) return book;
  for (const file of vector.status) {
    const list = await once(statuses, `${vector.trust} ${file}`, () => {
      const token = file.endsWith('.cwt') ? new Uint8Array(read(file)) : read(file).toString();
      return openToken(token, trust).catch((error: unknown) => {
        if (error instanceof StatusError) return null;
        throw error;
      });
    });
    if (list !== null) book.take(list);
  }
  return book;
}

describe('the vectors of the Rust verifier', () => {
  test.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (_, vector) => {
    const trust = await openTrust(vector);
    const question = {
      now: Date.parse(vector.now) / 1000,
      clockConfirmed: vector.clock_confirmed,
      expectedPlate: vector.expected_plate ?? undefined,
      ourHosts: vector.our_hosts,
    };
    const report = await verify(vector.text, { trust, status: await openStatus(vector, trust), question });
    const { verdict, reason, hints } = report;
    const checks = Object.fromEntries(report.checks.map(({ name, ok }) => [name, ok]));
    expect({ verdict, reason, hints, checks }, vector.about).toEqual(vector.expect);
    expect(Date.parse(report.checked_at)).toBe(Date.parse(vector.now));
  });

  test('they show every reason', () => {
    const shown = new Set(vectors.map(({ expect }) => expect.reason));
    expect([...shown].filter((reason) => reason !== null).sort()).toEqual(
      Object.keys(VERDICT_OF_REASON).sort(),
    );
  });
});
