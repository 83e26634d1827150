/**
 * Seeded cases for both verifiers. A case is made from a genuine code by one mutation: of its text, its digits, its bytes, its
 * header, its claims (signed again, so that everything behind the signature is reached), of the device's wrapper, or only of the
 * circumstances: the time, the plate, our hosts, what the reader holds. The same seed and number give the same case.
 */
import type { Bytes } from '../../../verify/src/bytes.ts';
import * as issuer from '../../../verify/test/issuer.ts';
import {
  DAY,
  DEVICE,
  LICENCE,
  LIVE,
  MARK,
  MARK_ED,
  MARK_SM2,
  NOW,
  STATUS,
  STRANGER,
} from '../../../verify/test/issuer.ts';
import { mutate } from '../../../verify/test/mutate.ts';
import { type Random, seeded } from '../../../verify/test/random.ts';
import { LICENCES, MARKS, WORLDS } from './evidence.ts';
import { mutateDigits, mutateText } from './texts.ts';

/** One question to both verifiers. */
export interface Case {
  readonly kind: Kind;
  readonly world: number;
  readonly text: string;
  readonly now: number;
  readonly confirmed: boolean;
  readonly plate: string | null;
  readonly hosts: readonly string[];
}

/** How often each mutation is made, in a hundred. */
const SHARES = {
  text: 11,
  digits: 8,
  bytes: 12,
  cut: 4,
  header: 8,
  claims: 12,
  values: 15,
  wrapper: 7,
  circumstances: 23,
} as const;
/** What was mutated. */
export type Kind = keyof typeof SHARES;

type Value = issuer.Value;

/** A genuine code before it is signed. */
interface Draft {
  claims: Map<Value, Value>;
  signer: issuer.Signer;
  /** When its device wraps it, if it is held. */
  wrapped: number | null;
  /** The seconds at which something about it changes. */
  readonly edges: readonly number[];
}

/** Random numbers of one case. */
export function randomOf(seed: number, index: number): Random {
  return seeded((Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0);
}

/** The case of that number. */
export async function makeCase(seed: number, index: number): Promise<Case> {
  const random = randomOf(seed, index);
  const kind = pickKind(random);
  const draft = makeDraft(random, kind);
  const circumstances = kind === 'circumstances' || random.below(8) === 0 ? unusual(random, draft) : USUAL;
  return { kind, ...circumstances, text: await write(random, kind, draft) };
}

function pickKind(random: Random): Kind {
  let left = random.below(100);
  for (const [kind, share] of Object.entries(SHARES)) {
    if (left < share) return kind as Kind;
    left -= share;
  }
  return 'circumstances';
}

const pick = <T>(random: Random, from: readonly [T, ...T[]]): T => from[random.below(from.length)] ?? from[0];

/** SM2 costs a hundred times an ECDSA in JavaScript; Ed25519 some. */
function markSigner(random: Random): issuer.Signer {
  const at = random.below(64);
  return at === 0 ? MARK_SM2 : at < 8 ? MARK_ED : MARK;
}

function makeDraft(random: Random, kind: Kind): Draft {
  const scene = kind === 'wrapper' ? 4 : random.below(6);
  const index = random.below(3) > 0 ? 0 : pick(random, [1, 2, 3, 9, 12, 1 << 20]);
  const list = random.below(40) === 0 ? 5 : scene < 3 ? MARKS : LICENCES;
  const status = { 6: [list, index] };
  const over = random.below(16) === 0;
  if (scene < 3) return scene < 2 ? staticMark(random, status, over) : liveMark(random, status, over);
  return scene === 3 ? liveLicence(random, status, over) : heldLicence(random, status, over);
}

type Body = Record<number, Value>;
/** A mark's last month and a licence's last day that are over, and the first second after each. */
const PAST_MONTH = 202610;
const AFTER_PAST_MONTH = Date.UTC(2026, 10, 1) / 1000 - 8 * 3600;
const PAST_DAY = 20261120;
const AFTER_PAST_DAY = Date.UTC(2026, 10, 21) / 1000 - 8 * 3600;
// from 2026-11-20 to 2036-11-20
const TEN_YEARS = 3653 * DAY;

const sealed = (random: Random): Body =>
  random.below(2) === 0 ? {} : { 12: [random.below(5), random.bytes(random.below(161))] };

function staticMark(random: Random, status: Body, over: boolean): Draft {
  const iat = NOW - 30 * DAY;
  const exp = over ? AFTER_PAST_MONTH : issuer.END_OF_MAY_2027;
  const claims = issuer.markClaims({ ...status, ...(over ? { 5: PAST_MONTH } : {}) }, { iat, exp });
  return { claims, signer: markSigner(random), wrapped: null, edges: [iat, exp] };
}

function liveMark(random: Random, status: Body, over: boolean): Draft {
  const claims = issuer.liveClaims(NOW, { ...status, ...sealed(random), ...(over ? { 5: PAST_MONTH } : {}) });
  return { claims, signer: LIVE, wrapped: null, edges: [NOW, NOW + 60, NOW + 90, issuer.END_OF_MAY_2027] };
}

function liveLicence(random: Random, status: Body, over: boolean): Draft {
  const red: Body = random.below(3) === 0 ? { 10: true } : {};
  const body = { ...status, 8: random.bytes(8), ...red, ...sealed(random), ...(over ? { 5: PAST_DAY } : {}) };
  const claims = issuer.licenceClaims(body, { iat: NOW, exp: NOW + 60 });
  return { claims, signer: LIVE, wrapped: null, edges: [NOW, NOW + 60, NOW + 90] };
}

function heldLicence(random: Random, status: Body, over: boolean): Draft {
  const iat = NOW - DAY;
  const held = { ...status, 2: 2, 11: issuer.devicePoint() };
  const longTerm = !over && random.below(4) === 0;
  const validity: Body = over ? { 5: PAST_DAY } : longTerm ? { 5: 0 } : {};
  const exp = over ? { exp: AFTER_PAST_DAY } : longTerm ? { exp: iat + TEN_YEARS } : {};
  const claims = issuer.licenceClaims({ ...held, ...validity }, { iat, ...exp });
  return { claims, signer: LICENCE, wrapped: NOW, edges: [iat, NOW, NOW + 60, NOW + 90] };
}

type Circumstances = Pick<Case, 'world' | 'now' | 'confirmed' | 'plate' | 'hosts'>;
const USUAL: Circumstances = { world: 0, now: NOW, confirmed: true, plate: null, hosts: [issuer.HOST] };

const PLATES: readonly [string, ...string[]] = [
  '苏B12345',
  '苏b12345',
  '苏B·12345',
  ' 苏Ｂ１２３４５\u3000',
  '苏-B.1-2.3•4・5･\u2027\u22c5\u00a0',
  '苏B12346',
  '沪B12345',
  '',
  ' ',
  '张*丰',
  '苏B12345\u0000',
  '苏B12345\u000b',
  '苏B12345\u2003',
  '苏\u0412 12345',
  '苏ß12345',
  '苏\u017f12345',
  '\u{1f697}苏B12345',
  '苏B1234５\u0301',
];
const HOSTS: readonly [readonly string[], ...(readonly string[])[]] = [
  [issuer.HOST],
  [issuer.HOST.toUpperCase()],
  [],
  ['other.example', issuer.HOST],
  [`${issuer.HOST}:443`],
  ['\u212auzheng.example', ''],
];

function unusual(random: Random, draft: Draft): Circumstances {
  const near = pick(random, [-91, -90, -89, -6, -5, -4, -1, 0, 1, 59, 60, 61, 89, 90, 91]);
  const edge = draft.edges[random.below(draft.edges.length)] ?? NOW;
  const now = random.below(3) === 0 ? NOW : edge + near;
  return {
    world: random.below(2) === 0 ? 0 : random.below(WORLDS),
    now: random.below(400) === 0 ? pick(random, [0, -1, 253_402_207_200, 1, NOW * 2]) : now,
    confirmed: random.below(2) === 0,
    plate: random.below(2) === 0 ? null : pick(random, PLATES),
    hosts: pick(random, HOSTS),
  };
}

async function write(random: Random, kind: Kind, draft: Draft): Promise<string> {
  switch (kind) {
    case 'text':
      return mutateText(random, spell(random, await sign(draft)));
    case 'digits':
      return mutateDigits(random, issuer.primary(await sign(draft)));
    case 'bytes':
      return spell(random, mutate(random, await sign(draft)));
    case 'cut': {
      const whole = await sign(draft);
      const bytes = whole.slice(0, random.below(whole.length));
      return random.below(2) ? spell(random, bytes) : cutText(random, spell(random, whole));
    }
    case 'header':
      return spell(random, await withAnotherHeader(random, draft));
    case 'claims':
      return spell(random, await sign(draft, mutate(random, issuer.encode(draft.claims))));
    case 'values':
      return spell(random, await sign(draft, issuer.encode(withAnotherValue(random, draft.claims))));
    case 'wrapper':
      return spell(random, await withAnotherWrapper(random, draft));
    case 'circumstances':
      return spell(random, await sign(draft));
  }
}

const cutText = (random: Random, text: string): string => text.slice(0, random.below(text.length));

function spell(random: Random, bytes: Bytes): string {
  return random.below(3) === 0 ? issuer.compact(bytes) : issuer.primary(bytes);
}

async function sign(draft: Draft, claims: Bytes = issuer.encode(draft.claims)): Promise<Bytes> {
  const inner = await issuer.message(claims, draft.signer);
  return draft.wrapped === null ? inner : issuer.held(draft.wrapped, inner);
}

const ALGORITHMS: readonly [Value, ...Value[]] = [-7, -8, -65600, -9, -35, 7, 0, -65601, 1n << 63n, 'ES256'];

async function withAnotherHeader(random: Random, draft: Draft): Promise<Bytes> {
  const signers = [MARK, MARK_ED, LICENCE, LIVE, STATUS, STRANGER, DEVICE] as const;
  const signer = random.below(2) ? draft.signer : pick(random, signers);
  const alg = random.below(2) ? pick(random, ALGORITHMS) : -7;
  const kid =
    random.below(4) === 0 ? random.bytes(7 + random.below(3)) : kidOf(pick(random, [signer, draft.signer]));
  const map = new Map<Value, Value>([[1, alg]]);
  map.set(random.below(30) === 0 ? 5 : 4, kid);
  if (random.below(12) === 0) map.set(16, 'x');
  const encoded = issuer.encode(map);
  const header = random.below(6) === 0 ? mutate(random, encoded) : encoded;
  const claims = issuer.encode(draft.claims);
  const message = await issuer.sign1(header, claims, signer);
  if (random.below(8) > 0) return draft.wrapped === null ? message : issuer.held(draft.wrapped, message);
  const length = pick(random, [0, 63, 65, 72, 96]);
  return issuer.assemble(header, claims, random.bytes(length));
}

const kidOf = (signer: issuer.Signer): Bytes => new Uint8Array(Buffer.from(signer.key.kid, 'hex'));

/** Values at and beyond the limits of what stands in claims. */
const VALUES: readonly [Value, ...Value[]] = [
  ...([0, 1, 2, 3, 12, 23, 24, 255, 256, 65535, 65536] as const),
  ...([2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, 2 ** 53, -1, -24, -70001, -70002] as const),
  ...([NOW, NOW - 1, NOW + 60, NOW + 59, 253_402_300_799, 253_402_300_800] as const),
  ...([190001, 189912, 202611, 202705, 202706, 202700, 202713, 999812, 999901] as const),
  ...([20270229, 20280229, 20310131, 20310132, 20261120, 19000101, 99981231, 99990101] as const),
  ...([320200, 320000, 110101, 999999, 1000000, 440100] as const),
  ...([(1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 1n, -(1n << 63n), -(1n << 64n)] as const),
  ...([
    '',
    '苏B12345',
    '张*丰',
    '张三丰四',
    '欧阳*某某',
    'é\u0301',
    '\u{20000}\u{20001}\u{20002}\u{20003}',
  ] as const),
  ...([
    'x'.repeat(32),
    'x'.repeat(33),
    '苏'.repeat(10),
    '苏'.repeat(11),
    '02',
    'C1D',
    '\u0000',
    '\ufeff',
  ] as const),
  ...([true, false, null, [], [3], [3, 0], [3, 1], [4, 0], [4, 2], [4, 12], [4, 15], [3, 1 << 20]] as const),
  ...([[3, 0, 0], ['3', 0], [3, -1], [2 ** 32, 0], [4, 2 ** 32 - 1], [[3, 0]]] as const),
  ...[0, 7, 8, 9, 32, 33, 34, 160, 161].map((length) => new Uint8Array(length)),
  new Uint8Array(33).fill(2),
  issuer.devicePoint(),
  [1, new Uint8Array(48)],
  [1, new Uint8Array(161)],
  [-1, new Uint8Array(60)],
  [1, new Uint8Array(60), 1],
  new Map<Value, Value>(),
  new Map<Value, Value>([[1, 1]]),
];

// one or two members of the claims changed, added, removed or moved
function withAnotherValue(random: Random, claims: Map<Value, Value>): Map<Value, Value> {
  const changed = new Map(claims);
  const body = new Map(claims.get(-70001) as Map<Value, Value>);
  changed.set(-70001, body);
  for (let change = random.below(2); change >= 0; change--) {
    const target = random.below(5) === 0 ? changed : body;
    const keys =
      target === body ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, -1] : [4, 6, 5, -70001, -70002];
    const key = keys[random.below(keys.length)] ?? 1;
    const how = random.below(12);
    if (how === 0) target.delete(key);
    else if (how === 1) moveToEnd(target, key);
    else target.set(key, pick(random, VALUES));
    if (how !== 1 && random.below(4) > 0) sortKeys(target);
  }
  if (random.below(3) === 0) agree(changed, body);
  return changed;
}

function moveToEnd(map: Map<Value, Value>, key: Value): void {
  const value = map.get(key);
  if (value === undefined) return;
  map.delete(key);
  map.set(key, value);
}

// deterministic order for the small keys that are used here: 0 to 23, then negative ones
function sortKeys(map: Map<Value, Value>): void {
  const rank = ([key]: readonly [Value, Value]) =>
    typeof key === 'number' && key < 0 ? 1000 - key : Number(key);
  const sorted = [...map].sort((a, b) => rank(a) - rank(b));
  map.clear();
  for (const [key, value] of sorted) map.set(key, value);
}

// makes a live code's end follow from its beginning, so that what was changed is the only thing that is
function agree(changed: Map<Value, Value>, body: Map<Value, Value>): void {
  const iat = changed.get(6);
  if (body.get(2) === 1 && typeof iat === 'number') changed.set(4, iat + 60);
}

async function withAnotherWrapper(random: Random, draft: Draft): Promise<Bytes> {
  const body = new Map(draft.claims.get(-70001) as Map<Value, Value>);
  const how = random.below(6);
  if (how === 0) body.set(11, withByte(random, issuer.devicePoint()));
  if (how === 1)
    body.set(11, pick(random, [new Uint8Array(33).fill(2), new Uint8Array(33), random.bytes(33)]));
  const claims = new Map(draft.claims).set(-70001, body);
  const inner = await issuer.message(how === 2 ? issuer.markClaims() : claims, how === 2 ? MARK : LICENCE);
  const wrapped = NOW + pick(random, [0, 0, -59, -60, -89, -90, 5, 6, 90, 91, -DAY - 1]);
  if (how === 3) return inner;
  if (how === 4) return issuer.held(wrapped, inner, pick(random, [STRANGER, LICENCE]));
  if (how === 5) return oddWrapper(random, inner);
  return issuer.held(wrapped, inner);
}

function withByte(random: Random, bytes: Bytes): Bytes {
  const out = bytes.slice();
  out[random.below(out.length)] = random.below(256);
  return out;
}

// a wrapper whose payload or header is not as it must be, signed by the device all the same
async function oddWrapper(random: Random, inner: Bytes): Promise<Bytes> {
  const iat: Value = pick(random, [NOW, -1, 2 ** 32, (1n << 63n) - 1n, 1n << 63n, 'x', 2 ** 53]);
  const nested = random.below(4) === 0 ? await issuer.held(NOW, inner) : inner;
  const entries: [Value, Value][] = [
    [6, iat],
    [
      pick(random, [-70001, -70001, -70001, -70002, 4]),
      random.below(4) === 0 ? mutate(random, nested) : nested,
    ],
  ];
  if (random.below(8) === 0) entries.reverse();
  if (random.below(8) === 0) entries.push([7, 1]);
  const payload = issuer.encode(new Map(entries));
  const usual = Uint8Array.of(0xa1, 0x01, 0x26);
  const header =
    random.below(4) === 0 ? pick(random, [Uint8Array.of(0xa1, 0x01, 0x27), issuer.header(DEVICE)]) : usual;
  return issuer.sign1(header, random.below(6) === 0 ? mutate(random, payload) : payload, DEVICE);
}
