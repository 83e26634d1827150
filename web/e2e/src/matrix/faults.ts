/**
 * The faults of the matrix: what is wrong, a code that has it, and the one verdict it deserves in every channel. Nothing here asks a
 * verifier; what is deserved is written down.
 */
import { encode, type Value } from '../../../verify/test/issuer.ts';
import { flipped } from '../codes.ts';
import { type Forge, monthFrom } from './forge.ts';

const DAY = 86_400;

/** One fault. */
export interface Fault {
  readonly name: string;
  readonly make: (forge: Forge) => Promise<string>;
  /** The plate in front of the checker, where that is the point. */
  readonly plate?: string;
  /** The check is made so many seconds later than now, with data of now. */
  readonly later?: number;
  readonly verdict: string;
  readonly reason: string | null;
  readonly hint?: string;
}

const bad = (reason: string) => ({ verdict: 'not_valid', reason });
const grey = (reason: string) => ({ verdict: 'cannot_tell', reason });
const odd = (reason: string) => ({ verdict: 'unreadable', reason });
const good = { verdict: 'valid', reason: null };

/** Claims that say the same in other bytes: the first key once more, or something behind the end. */
const trailing = (whole: Uint8Array<ArrayBuffer>) => new Uint8Array([...whole, 0]);

export const FAULTS: readonly Fault[] = [
  { name: 'none: a downloaded mark', make: (f) => f.mark(), ...good, hint: 'compare_plate' },
  { name: 'none: a downloaded mark on its own car', make: (f) => f.mark(), plate: '苏e·5z7k9', ...good },
  { name: 'none: a live mark', make: (f) => f.liveMark(), ...good },
  { name: 'none: a live licence', make: (f) => f.liveLicence(), ...good },
  {
    name: 'a look-alike host',
    make: async (f) => (await f.mark()).replace(/\/\/[^/]+/, '//LUZHENG-MARKS.EXAMPLE'),
    ...good,
    hint: 'foreign_host',
  },
  { name: 'another car', make: (f) => f.mark(), plate: '苏E5Z7K8', ...bad('wrong_subject') },
  { name: 'a live mark shown again', make: (f) => f.liveMark({ iat: now() - 120 }), ...bad('replayed') },
  {
    name: 'a live licence shown again',
    make: (f) => f.liveLicence({ iat: now() - 120 }),
    ...bad('replayed'),
  },
  {
    name: 'a live mark of the next minute',
    make: (f) => f.liveMark({ iat: now() + 45 }),
    ...bad('not_yet_valid'),
  },
  { name: 'a live mark of tomorrow', make: (f) => f.liveMark({ iat: now() + DAY }), ...grey('clock_wrong') },
  {
    name: 'run out last month',
    make: (f) => f.mark({ body: { 5: monthFrom(f.now, -1) } }),
    ...bad('expired'),
  },
  { name: 'revoked', make: (f) => f.mark({ body: { 6: f.status('mark', 'revoked') } }), ...bad('revoked') },
  {
    name: 'suspended',
    make: (f) => f.mark({ body: { 6: f.status('mark', 'suspended') } }),
    ...bad('suspended'),
  },
  {
    name: 'superseded',
    make: (f) => f.mark({ body: { 6: f.status('mark', 'superseded') } }),
    ...bad('superseded'),
  },
  {
    name: 'revoked, shown live',
    make: (f) => f.liveMark({ body: { 6: f.status('mark', 'revoked') } }),
    ...bad('revoked'),
  },
  {
    name: 'a licence in a red state',
    make: (f) => f.liveLicence({ body: { 10: true } }),
    verdict: 'attention',
    reason: 'state_red',
  },
  {
    name: 'a revoked licence',
    make: (f) => f.liveLicence({ body: { 6: f.status('licence', 'revoked') } }),
    ...bad('revoked'),
  },
  {
    name: 'a status list that nobody has',
    make: (f) => f.mark({ body: { 6: [9_999, 1] } }),
    ...grey('status_unavailable'),
  },
  { name: 'one bit of the signature', make: async (f) => flipped(await f.mark()), ...bad('bad_signature') },
  {
    name: 'a key that nobody knows',
    make: (f) => f.mark({ signer: f.signers.stranger }),
    ...bad('unknown_issuer'),
  },
  {
    name: 'the key of another province',
    make: (f) => f.mark({ signer: f.signers.regional, body: { 7: 990_000 } }),
    ...bad('unknown_issuer'),
  },
  {
    name: 'a key for licences',
    make: (f) => f.mark({ signer: f.signers.licence }),
    ...bad('unknown_issuer'),
  },
  {
    name: 'a key for status lists',
    make: (f) => f.mark({ signer: f.signers.status }),
    ...bad('unknown_issuer'),
  },
  {
    name: 'the key of downloaded marks under a live one',
    make: (f) => f.liveMark({ signer: f.signers.mark }),
    ...bad('unknown_issuer'),
  },
  { name: 'a byte behind the claims', make: (f) => f.mark({ claims: trailing }), ...bad('malformed') },
  {
    name: 'a live mark that lives for a day',
    make: (f) => f.liveMark({ iat: now(), exp: now() + DAY }),
    ...bad('malformed'),
  },
  {
    name: 'a month that is none',
    make: (f) => f.mark({ body: { 5: 202_713 }, exp: f.now + DAY }),
    ...bad('malformed'),
  },
  { name: 'a held licence without its device', make: heldAlone, ...bad('malformed') },
  { name: 'a kind of the future', make: (f) => f.mark({ body: { 1: 9 } }), ...odd('unsupported_version') },
  {
    name: 'a way of showing of the future',
    make: (f) => f.mark({ body: { 2: 7 } }),
    ...odd('unsupported_version'),
  },
  {
    name: 'an algorithm of the future',
    make: (f) => f.mark({ header: futureAlgorithm(f) }),
    ...odd('unsupported_version'),
  },
  { name: 'cut in the middle', make: async (f) => cut(await f.mark()), ...odd('truncated') },
  {
    name: 'our address and nothing behind it',
    make: async (f) => `HTTPS://${f.host}/V#`,
    ...odd('truncated'),
  },
  {
    name: 'an address of somebody else',
    make: async () => 'https://example.org/pay?to=me',
    ...odd('not_a_credential'),
  },
  {
    name: 'digits that are too large for bytes',
    make: async (f) => `HTTPS://${f.host}/V#${'9'.repeat(170)}`,
    ...odd('not_a_credential'),
  },
  { name: 'too long', make: async (f) => `HTTPS://${f.host}/V#${'0'.repeat(5_000)}`, ...odd('too_large') },
  {
    name: 'data of yesterday',
    make: (f) => f.mark(),
    later: 25 * 3600,
    verdict: 'attention',
    reason: 'status_stale',
  },
  { name: 'data of last week', make: (f) => f.mark(), later: 8 * DAY, ...grey('status_unavailable') },
  {
    name: 'a trust list past its end',
    make: (f) => f.mark(),
    later: 40 * DAY,
    ...grey('trust_list_expired'),
  },
  { name: 'a clock that stands in the past', make: (f) => f.mark(), later: -2 * DAY, ...grey('clock_wrong') },
];

function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** Whole groups of digits, and fewer of them. */
function cut(code: string): string {
  const [head = '', digits = ''] = code.split('#');
  return `${head}#${digits.slice(0, 17 * Math.floor(digits.length / 34))}`;
}

function futureAlgorithm(forge: Forge): Uint8Array<ArrayBuffer> {
  const kid = Uint8Array.from(Buffer.from(forge.signers.mark.key.kid, 'hex'));
  return encode(
    new Map<Value, Value>([
      [1, -48],
      [4, kid],
    ]),
  );
}

/** What the issuer made for a device, without the wrapper that only the device can sign. */
function heldAlone(forge: Forge): Promise<string> {
  const point = new Uint8Array(33).fill(7);
  point[0] = 2;
  return forge.liveLicence({
    signer: forge.signers.licence,
    body: { 2: 2, 8: undefined, 11: point },
    exp: licenceEnd(forge.now),
  });
}

/** The first second after the day to which the forged licence is valid. */
function licenceEnd(at: number): number {
  const month = monthFrom(at, 6);
  return Date.UTC(Math.floor(month / 100), (month % 100) - 1, 2) / 1000 - 8 * 3600;
}
