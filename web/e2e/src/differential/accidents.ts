/** Seeded mutations of accident records: of whole records, and of what is then signed by both sides. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  ACCIDENT_FORMS,
  type AccidentParty,
  CIRCUMSTANCES,
  type Offer,
  accidentDigest,
  accidentRecordOfText,
  encodeAccidentRecord,
  examineAccident,
  signEndorsement,
  writeOffer,
  writeStatement,
} from '../../../verify/src/accident.ts';
import { type Bytes, concat } from '../../../verify/src/bytes.ts';
import { DAY, DEVICE, LICENCE, NOW, type Signer } from '../../../verify/test/issuer.ts';
import { mutate } from '../../../verify/test/mutate.ts';
import type { Random } from '../../../verify/test/random.ts';

/** One record to be examined by both. */
export interface AccidentCase {
  readonly kind: 'accident-bytes' | 'accident-signed';
  readonly open: unknown;
  readonly answer: () => Promise<unknown>;
}

/** Makes a record to be examined. */
export async function makeAccidentCase(random: Random): Promise<AccidentCase> {
  const kind = random.below(2) === 0 ? 'accident-bytes' : 'accident-signed';
  const record = kind === 'accident-bytes' ? mutate(random, vector(random)) : await signedRecord(random);
  const now = NOW + ([0, 0, 0, -DAY, 900, 901, 3600][random.below(7)] ?? 0);
  return {
    kind,
    open: { accident: Buffer.from(record).toString('base64'), now },
    answer: () => examineAccident(record, now),
  };
}

const VECTORS = fileURLToPath(new URL('../../../../crates/credential/vectors/accident/', import.meta.url));

let records: readonly Bytes[] | undefined;
function vector(random: Random): Bytes {
  records ??= readdirSync(VECTORS)
    .sort()
    .map((file) => JSON.parse(readFileSync(`${VECTORS}${file}`, 'utf8')) as { readonly record: string })
    .flatMap(({ record }) => accidentRecordOfText(record) ?? []);
  return records[random.below(records.length)] ?? new Uint8Array();
}

function pointOf(signer: Signer): Bytes {
  const point = signer.key.spki.subarray(-64);
  return concat(Uint8Array.of(2 + ((point[63] ?? 0) & 1)), point.subarray(0, 32));
}

const party = (random: Random, plate: string): AccidentParty => ({
  plate: random.below(40) === 0 ? (['', 'x'.repeat(17), '苏B 1', '苏\u0001'][random.below(4)] ?? '') : plate,
  plateType: ['02', '52', '2', '100', 'ab'][random.below(90)] ?? '02',
  impact: 'front',
  mark: random.below(3) === 0 ? random.bytes(random.below(20) === 0 ? random.below(220) : 150) : null,
  licence: random.below(3) === 0 ? random.bytes(random.below(20) === 0 ? random.below(340) : 300) : null,
  insurer: random.below(3) === 0 ? '某某财险' : null,
  policy: random.below(3) === 0 ? 'P-1' : null,
  contact: random.below(3) === 0 ? '138' : null,
});

// what both sides say, somewhat or not at all as it must be, and good signatures over it
async function signedRecord(random: Random): Promise<Bytes> {
  const times = () => NOW + ([0, 60, -60, 900, 901, -901, DAY, -DAY][random.below(8)] ?? 0);
  const circumstances = CIRCUMSTANCES.filter(() => random.below(8) === 0).map(([code]) => code);
  const offer: Offer = {
    record: new Uint8Array(16).fill(random.below(3)),
    key: pointOf(random.below(12) === 0 ? LICENCE : DEVICE),
    madeAt: times(),
    clockConfirmed: random.below(2) === 0,
    happenedAt: times(),
    place:
      random.below(3) === 0
        ? null
        : {
            latE5: random.below(18_010_000) - 9_005_000,
            lonE5: random.below(36_010_000) - 18_005_000,
            accuracyM: random.below(20) === 0 ? random.below(200_000) : 12,
          },
    placeText: random.below(3) === 0 ? '人民路' : null,
    form: ACCIDENT_FORMS[random.below(ACCIDENT_FORMS.length)] ?? 'other',
    weather: 'rain',
    responsibility: (['undecided', 'full', 'equal', 'none'] as const)[random.below(4)] ?? 'full',
    circumstances,
    party: party(random, '苏B12345'),
  };
  const written = writeOffer(offer);
  const said = writeStatement({
    record: random.below(12) === 0 ? new Uint8Array(16) : offer.record,
    key: pointOf(random.below(12) === 0 ? DEVICE : LICENCE),
    madeAt: times(),
    clockConfirmed: random.below(2) === 0,
    circumstances: random.below(4) === 0 ? [] : circumstances,
    party: party(random, random.below(8) === 0 ? '苏B12345' : '苏B67890'),
  });
  const offered = random.below(8) === 0 ? mutate(random, written) : written;
  const statement = random.below(8) === 0 ? mutate(random, said) : said;
  const digest = random.below(16) === 0 ? random.bytes(32) : await accidentDigest(offered, statement);
  const endorse = async (role: 'first' | 'second', signer: Signer): Promise<Bytes> => {
    const seen = () => (random.below(2) === 0 ? null : { reason: null, ageS: random.below(2 ** 31) });
    const plate = (['same', 'differs', 'not_compared'] as const)[random.below(3)] ?? 'same';
    const it = { role, digest, signedAt: times(), plate, mark: seen(), licence: seen() };
    return signEndorsement(it, (bytes) => signer.sign(bytes));
  };
  const first = random.below(10) === 0 ? new Uint8Array() : await endorse('first', DEVICE);
  const second = random.below(10) === 0 ? new Uint8Array() : await endorse('second', LICENCE);
  const swapped = random.below(16) === 0;
  return encodeAccidentRecord({
    offer: offered,
    statement,
    first: swapped ? second : first,
    second: swapped ? first : second,
  });
}
