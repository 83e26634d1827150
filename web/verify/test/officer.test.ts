/** The sealed part: what the Rust side and this one seal, and that nothing else opens. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromHex } from '../src/bytes.js';
import type { Kind } from '../src/claims.js';
import { ReaderKey, verifyAsOfficer } from '../src/officer.js';
import * as issuer from './issuer.js';
import { LIVE, NOW } from './issuer.js';
import { mutate } from './mutate.js';
import { seeded } from './random.js';
import { FOLDER } from './vectors.js';

interface Vector {
  readonly by: string;
  readonly kind: Kind;
  readonly plain: string;
  readonly reader_key: string;
  readonly sealed: string;
}

const vectors = JSON.parse(readFileSync(`${FOLDER}sealed.json`, 'utf8')) as readonly Vector[];
const bytes = (hex: string) => fromHex(hex) ?? new Uint8Array();
const text = (plain: Uint8Array | null) => (plain === null ? null : new TextDecoder().decode(plain));
const readerKey = async (hex: string): Promise<ReaderKey> => {
  const key = await ReaderKey.fromBytes(bytes(hex));
  if (key === null) throw new Error('a key of the vectors was refused');
  return key;
};

describe.each(vectors.map((vector) => [vector.by, vector.kind, vector] as const))(
  'sealed by %s, %s',
  (_, kind, vector) => {
    const sealed = bytes(vector.sealed);
    test('opens with its key, for its use, and not otherwise', async () => {
      const key = await readerKey(vector.reader_key);
      const other = await readerKey('43'.repeat(32));
      expect(text(await key.open(kind, sealed))).toBe(vector.plain);
      expect(
        await key.open(kind === 'inspection_mark' ? 'driving_licence' : 'inspection_mark', sealed),
      ).toBeNull();
      expect(await other.open(kind, sealed)).toBeNull();
    });

    test('with any bit changed or cut it does not open', async () => {
      const key = await readerKey(vector.reader_key);
      for (let bit = 0; bit < sealed.length * 8; bit += 5) {
        const altered = sealed.slice();
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await key.open(kind, altered), `bit ${bit}`).toBeNull();
      }
      for (let length = 0; length < sealed.length; length++)
        expect(await key.open(kind, sealed.slice(0, length))).toBeNull();
    });
  },
);

test('keys of another length are none, and points of small order give nothing', async () => {
  for (const length of [0, 31, 33]) expect(await ReaderKey.fromBytes(new Uint8Array(length))).toBeNull();
  const key = await readerKey('42'.repeat(32));
  expect(await key.open('inspection_mark', new Uint8Array(60))).toBeNull();
});

describe('a code judged by an officer', async () => {
  const evidence = {
    trust: await issuer.trustList(),
    status: await issuer.statusBook(),
    question: { now: NOW, clockConfirmed: true, ourHosts: [issuer.HOST] },
  };
  const [mark, licence] = [vectors[0], vectors[1]];
  const keys = new Map([[7, await readerKey('42'.repeat(32))]]);
  const live = async (body: Record<number, issuer.Value>, at = NOW) =>
    issuer.primary(await issuer.message(issuer.liveClaims(at, body), LIVE));
  const judge = (code: string, held: ReadonlyMap<number, ReaderKey> = keys) =>
    verifyAsOfficer(code, evidence, held);

  test('gives the VIN of a mark, whatever the verdict', async () => {
    const sealed = [7, bytes(mark?.sealed ?? '')] as const;
    for (const at of [NOW, NOW - 3600]) {
      const { report, sealed: state, opened } = await judge(await live({ 12: sealed }, at));
      expect(report.verdict).toBe(at === NOW ? 'valid' : 'not_valid');
      expect(state).toBe('opened');
      expect(opened).toEqual({ vin: 'LSVAA4182E2184847', licence_number: null, name: null });
    }
  });

  test('gives number and name of a licence', async () => {
    const claims = issuer.licenceClaims(
      { 6: [3, 0], 8: new Uint8Array(8), 12: [7, bytes(licence?.sealed ?? '')] },
      { iat: NOW, exp: NOW + 60 },
    );
    const { opened } = await judge(issuer.primary(await issuer.message(claims, LIVE)));
    expect(opened).toEqual({ vin: null, licence_number: '320511199001011234', name: '张三丰' });
  });

  test('says why there is nothing', async () => {
    const code = await live({ 12: [7, bytes(mark?.sealed ?? '')] });
    expect(await judge(code, new Map())).toMatchObject({ sealed: 'no_key', opened: null });
    expect(await judge(await live({}))).toMatchObject({ sealed: 'none', opened: null });
    expect(await judge(await live({ 12: [7, bytes(licence?.sealed ?? '')] }))).toMatchObject({
      sealed: 'cannot_open',
      opened: null,
    });
    const forged = issuer.primary(
      await issuer.message(issuer.liveClaims(NOW, { 12: [7, bytes(mark?.sealed ?? '')] }), issuer.STRANGER),
    );
    const { report, ...rest } = await judge(forged);
    expect(report.reason).toBe('unknown_issuer');
    expect(rest, 'nothing unsigned is opened').toEqual({ sealed: 'none', opened: null });
  });

  test('mutations never throw', async () => {
    const random = seeded(21);
    const sealed = bytes(mark?.sealed ?? '');
    for (let round = 0; round < 200; round++) {
      const part = mutate(random, sealed).slice(0, 160);
      const { opened } = await judge(await live({ 12: [7, part] }));
      if (opened !== null) expect(part).toEqual(sealed);
    }
  });
});
