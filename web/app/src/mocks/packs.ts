/** A small national pack and a shard of the mock country, signed by the mock's status key (`docs/pack-format.md`). */
import { CASES } from './cases';
import { LICENCE_LIST, MOCK_LIST, statusHead, trustList } from './issuer';

const DAY = 86_400;
const HEAD_AGE = 3 * 3600;
export const PACK_SEQ = 41;
const MARKS = { none: 0, current: 1, suspended: 2, issuing: 0 } as const;

const utf8 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text));
const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
function number(value: number, width: number): Uint8Array {
  return Uint8Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** (width - 1 - i)) & 255);
}

interface HeadOf {
  type: 'pack' | 'shard';
  scope: number;
  count: number;
  digest: Uint8Array;
  trust: Uint8Array;
}
function headOf(
  { type, scope, count, digest, trust }: HeadOf,
  iat: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const body = new Map<number, number | Uint8Array>([
    [1, PACK_SEQ],
    [2, scope],
    [3, count],
    [4, digest],
    [5, 1],
    [6, trust],
  ]);
  return statusHead(
    `application/luzheng-${type}+cose`,
    new Map<number, number | Map<number, number | Uint8Array>>([
      [4, iat + 7 * DAY],
      [6, iat],
      [-70001, body],
    ]),
  );
}

/** As of when both are (seconds). */
export const packAsOf = (): number => Math.floor(Date.now() / 1000) - HEAD_AGE;

/** The pack: both lists, with nothing flagged. */
export async function mockPack(): Promise<Uint8Array<ArrayBuffer>> {
  const iat = packAsOf();
  const trust = utf8(await trustList(iat));
  const empty = await sha256(new Uint8Array());
  const row = (list: number, bits: number): Uint8Array =>
    join(number(list, 4), number(0, 4), number(7 * DAY, 4), number(bits, 1), number(0, 3), empty);
  const table = join(row(MOCK_LIST, 2), row(LICENCE_LIST, 4));
  const head = await headOf(
    { type: 'pack', scope: 0, count: 2, digest: await sha256(table), trust: await sha256(trust) },
    iat,
  );
  return join(
    utf8('LZPACK1\n'),
    number(head.length, 4),
    number(trust.length, 4),
    number(table.length, 4),
    head,
    trust,
    table,
  );
}

function monthsOf(month: string): number {
  const [year = 1970, of = 1] = month.split('-').map(Number);
  return (year - 1970) * 12 + of;
}
/** The month a case is valid until, so many months from this one. */
function monthFromNow(months: number): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1)).toISOString().slice(0, 7);
}

interface Plate {
  bytes: Uint8Array;
  type: number;
  months: number;
  mark: number;
  letters: number;
}
function platesOf(character: string): Plate[] {
  return CASES.filter(({ plate }) => plate.startsWith(character))
    .map((it) => ({
      bytes: utf8(it.plate),
      type: Number(it.plateType),
      months: monthsOf(monthFromNow(it.dueIn)),
      mark: MARKS[it.mark ?? 'current'],
      letters:
        [...(it.status ?? '')].reduce((bits, letter) => bits | (1 << (letter.charCodeAt(0) - 65)), 0) & ~1,
    }))
    .sort((a, b) => (new TextDecoder().decode(a.bytes) < new TextDecoder().decode(b.bytes) ? -1 : 1));
}

/** The shard of a province, by the character of its plates. */
export async function mockShard(province: string, character: string): Promise<Uint8Array<ArrayBuffer>> {
  const iat = packAsOf();
  const plates = platesOf(character);
  const column = (value: (plate: Plate) => number): Uint8Array => Uint8Array.from(plates, value);
  const block = join(
    column(() => 0),
    column(({ bytes }) => bytes.length),
    ...plates.map(({ bytes }) => bytes),
    column(({ type }) => type),
    column(({ months }) => months >> 8),
    column(({ months }) => months & 255),
    column(({ mark }) => mark),
    ...[24, 16, 8, 0].map((shift) => column(({ letters }) => (letters >>> shift) & 255)),
  );
  const packed = new Blob([block]).stream().pipeThrough(new CompressionStream('deflate'));
  const stream = new Uint8Array(await new Response(packed).arrayBuffer());
  const first = plates[0];
  const index = first
    ? join(
        await sha256(stream),
        number(stream.length, 3),
        number(block.length, 3),
        number(plates.length, 2),
        number(first.type, 1),
        number(first.bytes.length, 1),
        first.bytes,
      )
    : new Uint8Array();
  const head = await headOf(
    {
      type: 'shard',
      scope: Number(province),
      count: plates.length,
      digest: await sha256(Uint8Array.from(index)),
      trust: new Uint8Array(32),
    },
    iat,
  );
  return join(
    utf8('LZSHRD1\n'),
    number(head.length, 4),
    number(index.length, 4),
    head,
    index,
    ...(first ? [stream] : []),
  );
}
