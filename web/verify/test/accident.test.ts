/** The accident record: the same answers as the Rust library on the same vectors, and decoders that take one spelling only. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  ACCIDENT_FORMS,
  ACCIDENT_PATHS,
  type AccidentExamination,
  type AccidentParty,
  CIRCUMSTANCES,
  IMPACTS,
  MAX_ACCIDENT_CODE,
  type Offer,
  RESPONSIBILITIES,
  type Statement,
  WEATHERS,
  accidentCodeOfText,
  accidentCodeText,
  accidentDigest,
  accidentRecordOfText,
  accidentRecordText,
  circumstanceOf,
  decodeAccidentCode,
  decodeAccidentRecord,
  encodeAccidentCode,
  encodeAccidentRecord,
  examineAccident,
  mayAgree,
  mayRecord,
  otherShare,
  pathOf,
  readOffer,
  readStatement,
  signEndorsement,
  writeOffer,
  writeStatement,
} from '../src/accident.js';
import { REASON_SENTENCES } from '../src/index.js';
import type { Bytes } from '../src/bytes.js';
import { mutate } from './mutate.js';
import { type Random, seeded } from './random.js';
import { FOLDER } from './vectors.js';

interface Case {
  readonly name: string;
  readonly record: string;
  readonly now: number;
  readonly expect: AccidentExamination;
}

const cases = readdirSync(`${FOLDER}accident`)
  .sort()
  .map((file) => JSON.parse(readFileSync(`${FOLDER}accident/${file}`, 'utf8')) as Case);
const bytesOf = ({ name, record }: Case): Bytes => {
  const bytes = accidentRecordOfText(record);
  if (bytes === null) throw new Error(`${name} is no text of a record`);
  return bytes;
};

describe('vectors', () => {
  test.each(cases.map((it) => [it.name, it] as const))('%s', async (_, it) => {
    expect(await examineAccident(bytesOf(it), it.now)).toEqual(it.expect);
  });

  test('there are some of every verdict', () => {
    expect(new Set(cases.map((it) => it.expect.verdict)).size).toBe(4);
  });
});

describe('the table of the law', () => {
  interface Table {
    paths: { code: string }[];
    circumstances: { code: string; path: string }[];
    reasons: Record<string, string>;
    findings: { kind: string; seen: string; circumstance: string | null }[];
    words: Record<'responsibility' | 'form' | 'weather' | 'impact', { code: string }[]>;
  }
  const table = JSON.parse(readFileSync(`${FOLDER}../../domain/data/accident/gates.json`, 'utf8')) as Table;
  const codes = (list: readonly { code: string }[]): string[] => list.map(({ code }) => code);

  test('is the one of the Rust library', () => {
    expect(codes(table.paths)).toEqual([...ACCIDENT_PATHS]);
    expect(table.circumstances.map(({ code, path }) => [code, path])).toEqual(
      CIRCUMSTANCES.map((it) => [...it]),
    );
    expect(codes(table.words.responsibility)).toEqual([...RESPONSIBILITIES]);
    expect(codes(table.words.form)).toEqual([...ACCIDENT_FORMS]);
    expect(codes(table.words.weather)).toEqual([...WEATHERS]);
    expect(codes(table.words.impact)).toEqual([...IMPACTS]);
  });

  test('every reason makes the circumstance that the table says', () => {
    const reasons = Object.keys(REASON_SENTENCES) as (keyof typeof REASON_SENTENCES)[];
    expect(Object.keys(table.reasons).sort()).toEqual([...reasons].sort());
    for (const kind of ['inspection_mark', 'driving_licence'] as const) {
      for (const reason of [null, ...reasons]) {
        const seen = reason === null ? 'in_order' : table.reasons[reason];
        const finding = table.findings.find((it) => it.kind === kind && it.seen === seen);
        expect(circumstanceOf(kind, reason), `${kind} ${reason}`).toBe(finding?.circumstance);
      }
    }
  });

  test('the gravest way counts, and shares mirror each other', () => {
    expect(pathOf([])).toBe('settle');
    expect(pathOf(['no_mark', 'no_vehicle'])).toBe('move_then_call');
    expect(pathOf(['no_mark', 'injured'])).toBe('call_and_stay');
    for (const share of RESPONSIBILITIES) expect(otherShare(otherShare(share))).toBe(share);
    expect(otherShare('full')).toBe('none');
    expect(ACCIDENT_PATHS.filter(mayAgree)).toEqual(['settle']);
    expect(ACCIDENT_PATHS.filter(mayRecord)).toEqual(['settle', 'move_then_call']);
  });
});

function randomParty(random: Random): AccidentParty {
  const maybe = <T>(value: T): T | null => (random.below(2) === 0 ? null : value);
  return {
    plate: `苏E${(10_000 + random.below(90_000)).toString()}`,
    plateType: '52',
    impact: IMPACTS[random.below(IMPACTS.length)] ?? 'front',
    mark: maybe(random.bytes(1 + random.below(200))),
    licence: maybe(random.bytes(1 + random.below(320))),
    insurer: maybe('某某财险'),
    policy: maybe('P-1'),
    contact: maybe('138'),
  };
}

function randomOffer(random: Random): Offer {
  return {
    record: random.bytes(16),
    key: random.bytes(33),
    madeAt: random.below(2 ** 31),
    clockConfirmed: random.below(2) === 0,
    happenedAt: random.below(2 ** 31),
    place: {
      latE5: random.below(18_000_000) - 9_000_000,
      lonE5: random.below(36_000_000) - 18_000_000,
      accuracyM: random.below(100_000),
    },
    placeText: random.below(2) === 0 ? null : '人民路',
    form: ACCIDENT_FORMS[random.below(9)] ?? 'other',
    weather: WEATHERS[random.below(6)] ?? 'other',
    responsibility: RESPONSIBILITIES[random.below(6)] ?? 'undecided',
    circumstances: CIRCUMSTANCES.filter(() => random.below(4) === 0).map(([code]) => code),
    party: randomParty(random),
  };
}

describe('decoders', () => {
  test('what is written is read', () => {
    const random = seeded(5);
    for (let round = 0; round < 300; round++) {
      const offer = randomOffer(random);
      expect(readOffer(writeOffer(offer))).toEqual(offer);
      const statement: Statement = {
        record: offer.record,
        key: offer.key,
        madeAt: offer.madeAt,
        clockConfirmed: offer.clockConfirmed,
        circumstances: offer.circumstances,
        party: offer.party,
      };
      expect(readStatement(writeStatement(statement))).toEqual(statement);
    }
  });

  test('what is read is the one spelling, and nothing changed is complete', async () => {
    const random = seeded(9);
    for (const it of cases) {
      const bytes = bytesOf(it);
      for (let round = 0; round < 60; round++) {
        const changed = mutate(random, bytes);
        const record = decodeAccidentRecord(changed);
        if (typeof record !== 'string') expect(encodeAccidentRecord(record)).toEqual(changed);
        const { verdict } = await examineAccident(changed, it.now);
        const same = changed.length === bytes.length && changed.every((byte, i) => byte === bytes[i]);
        if (!same && verdict === 'complete') throw new Error(`${it.name} was changed and is complete`);
        const code = decodeAccidentCode(changed);
        if (typeof code !== 'string') expect(encodeAccidentCode(code)).toEqual(changed);
      }
    }
  });

  test('texts of codes and records', () => {
    const code = Uint8Array.of(0x82, 0x01, 0x40);
    const text = accidentCodeText('luzheng.example', code);
    expect(text).toMatch(/^HTTPS:\/\/LUZHENG\.EXAMPLE\/A#\d+$/);
    expect(accidentCodeOfText(` ${text.toLowerCase()}\n`)).toEqual(code);
    for (const other of [text.replace('/A#', '/V#'), 'LZ1:BB8', '', `${text}1`, text.replace('S:', ':')])
      expect(accidentCodeOfText(other)).toBeNull();
    const record = accidentRecordText(code);
    expect(accidentRecordOfText(`${record.slice(0, 6)}\r\n ${record.slice(6)}`)).toEqual(code);
    for (const other of ['', 'LZA2:AAAA', 'LZA1:A', 'LZA1:AB=='])
      expect(accidentRecordOfText(other)).toBeNull();
    expect(accidentRecordOfText(`LZA1:${'A'.repeat(9_000)}`)).toBeNull();
  });
});

describe('two phones', () => {
  const P256 = { name: 'ECDSA', namedCurve: 'P-256' };
  async function phone() {
    const pair = await crypto.subtle.generateKey(P256, true, ['sign', 'verify']);
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    const key = Uint8Array.of((raw[64] ?? 0) & 1 ? 3 : 2, ...raw.subarray(1, 33));
    const sign = async (bytes: Bytes) =>
      new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, bytes));
    return { key, sign };
  }

  test('three scans make a record that both signed, and the largest code fits', async () => {
    const [a, b] = [await phone(), await phone()];
    const party = (plate: string): AccidentParty => ({
      plate,
      plateType: '02',
      impact: 'front',
      mark: new Uint8Array(200).fill(1),
      licence: new Uint8Array(320).fill(1),
      insurer: '险'.repeat(12),
      policy: '9'.repeat(26),
      contact: '1'.repeat(20),
    });
    const offer: Offer = {
      ...randomOffer(seeded(1)),
      key: a.key,
      circumstances: [],
      placeText: '地'.repeat(32),
      party: party('粤Z123456789港'),
    };
    const first = encodeAccidentCode({ kind: 'offer', offer: writeOffer(offer) });
    expect(first?.length).toBeLessThanOrEqual(MAX_ACCIDENT_CODE);
    const scanned = decodeAccidentCode(first ?? new Uint8Array());
    if (typeof scanned === 'string' || scanned.kind !== 'offer') throw new Error('no offer');
    const statement = writeStatement({
      record: offer.record,
      key: b.key,
      madeAt: offer.madeAt + 60,
      clockConfirmed: false,
      circumstances: [],
      party: party('苏B67890'),
    });
    const digest = await accidentDigest(scanned.offer, statement);
    const seen = { reason: null, ageS: 4_000_000_000 };
    const rest = { digest, signedAt: offer.madeAt + 90, plate: 'same', mark: seen, licence: seen } as const;
    const second = await signEndorsement({ role: 'second', ...rest }, b.sign);
    const answer = encodeAccidentCode({ kind: 'answer', statement, signed: second });
    expect(answer?.length).toBeLessThanOrEqual(MAX_ACCIDENT_CODE);
    const close = await signEndorsement({ role: 'first', ...rest }, a.sign);
    const record = encodeAccidentRecord({ offer: scanned.offer, statement, first: close, second });
    const { verdict, steps } = await examineAccident(record, offer.madeAt + 600);
    expect(verdict).toBe('complete');
    expect(steps.every(({ ok }) => ok)).toBe(true);
    const mixed = encodeAccidentRecord({ offer: scanned.offer, statement, first: second, second });
    expect((await examineAccident(mixed, offer.madeAt + 600)).verdict).toBe('not_genuine');
  });

  test('a code over its ceiling is refused both ways', () => {
    expect(encodeAccidentCode({ kind: 'close', signed: new Uint8Array(931) })).toBeNull();
    expect(decodeAccidentCode(new Uint8Array(931))).toBe('too_large');
  });
});
