import { describe, expect, test } from 'vitest';
import type { TrustList } from '../src/index.js';
import { NO_STATUS, type Report, type Reason, type StatusSource, verify } from '../src/index.js';
import { type Bytes, concat, fromBase64Url } from '../src/bytes.js';
import { STALE_AFTER } from '../src/verify.js';
import { StatusBook, listBytes, openStatusJwt } from '../src/status.js';
import * as issuer from './issuer.js';
import { DAY, LICENCE, LIVE, MARK, MARK_ED, MARK_SM2, NOW, STATUS, STRANGER } from './issuer.js';

const trust = await issuer.trustList();
const status = await issuer.statusBook();
const mark = await issuer.message(issuer.markClaims(), MARK);

interface Ask {
  now?: number;
  clockConfirmed?: boolean;
  expectedPlate?: string;
  trust?: TrustList | null;
  status?: StatusSource;
}

async function ask(code: string | Bytes, changes: Ask = {}): Promise<Report> {
  const text = typeof code === 'string' ? code : issuer.primary(code);
  const { now = NOW, clockConfirmed = true, expectedPlate } = changes;
  const question = { now, clockConfirmed, expectedPlate, ourHosts: [issuer.HOST] };
  return verify(text, {
    trust: changes.trust === undefined ? trust : changes.trust,
    status: changes.status ?? status,
    question,
  });
}

function failed(report: Report): string {
  const check = report.checks.find(({ ok }) => ok === false);
  return `${report.reason} at ${check?.name}${check?.detail === report.reason ? '' : ` (${check?.detail})`}`;
}

describe('a genuine mark', () => {
  test('is valid, and the whole answer is this', async () => {
    expect(await ask(mark)).toEqual({
      verdict: 'valid',
      reason: null,
      checks: [
        ...['size', 'envelope', 'trust_list', 'key', 'signature', 'version', 'permission', 'claims'],
        ...['clock', 'dates', 'status', 'subject', 'state', 'freshness'],
      ].map((name) => ({ name, ok: name === 'subject' ? null : true })),
      credential: {
        kind: 'inspection_mark',
        mode: 'static',
        subject: '苏B12345',
        class: '02',
        valid_until: '2027-05',
        authority: '320200',
      },
      hints: ['compare_plate'],
      status: { as_of: '2026-11-21T07:00:00Z', age_s: 3600 },
      checked_at: '2026-11-21T08:00:00Z',
    });
  });

  test.each([
    ['SM2', MARK_SM2],
    ['EdDSA', MARK_ED],
  ])('may be signed with %s', async (_, signer) => {
    const code = await issuer.message(issuer.markClaims(), signer);
    expect(await ask(code)).toMatchObject({ verdict: 'valid' });
    const altered = code.slice();
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    expect(failed(await ask(altered))).toBe('bad_signature at signature');
  });

  test('is the same in every text form', async () => {
    const digits = issuer.primary(mark).split('#')[1];
    const texts = [
      issuer.compact(mark),
      `https://${issuer.HOST}/v#${digits}`,
      ` https://LUZHENG.example/V?d=${digits}\n`,
    ];
    for (const text of texts) expect(await ask(text), text).toEqual(await ask(mark));
  });

  test('with a plate to compare needs no look, and another plate is wrong', async () => {
    expect(await ask(mark, { expectedPlate: '苏Ｂ·12345' })).toMatchObject({ verdict: 'valid', hints: [] });
    expect(failed(await ask(mark, { expectedPlate: '苏B12346' }))).toBe('wrong_subject at subject');
    expect(failed(await ask(mark, { expectedPlate: '' }))).toBe('wrong_subject at subject');
  });

  test('at a foreign host is judged all the same', async () => {
    const text = issuer.primary(mark).replace('LUZHENG', 'LUZHENG-GOV');
    expect(await ask(text)).toMatchObject({ verdict: 'valid', hints: ['foreign_host', 'compare_plate'] });
    const cut = await ask(text.slice(0, -1));
    expect(cut).toMatchObject({ reason: 'truncated', hints: ['foreign_host'] });
  });
});

describe('every reason', () => {
  const last = issuer.END_OF_MAY_2027 - 1;
  const fresh: StatusSource = { lookUp: (list, index) => shifted(list, index) };
  const shifted = (list: number, index: number) => {
    const answer = status.lookUp(list, index);
    return answer && { ...answer, iat: last - 60, exp: last + DAY };
  };
  const late = { status: fresh };
  const longTrust = issuer.trustList({ exp: NOW + 900 * DAY });

  test('dates: the last second of the month, and the first after it', async () => {
    const trust = await longTrust;
    expect(await ask(mark, { ...late, trust, now: last })).toMatchObject({ verdict: 'valid' });
    expect(failed(await ask(mark, { ...late, trust, now: last + 1 }))).toBe('expired at dates');
  });

  test('dates: a static mark from the future', async () => {
    const code = await issuer.message(issuer.markClaims({}, { iat: NOW + 90 }), MARK);
    expect(failed(await ask(code))).toBe('not_yet_valid at dates');
    expect(failed(await ask(code, { now: NOW - 1 }))).toBe('clock_wrong at clock');
    expect(await ask(code, { now: NOW + 90 })).toMatchObject({ verdict: 'valid' });
  });

  test.each([
    [-96, true, 'clock_wrong at clock'],
    [-6, true, 'not_yet_valid at dates'],
    [-5, true, 'valid'],
    [59, true, 'valid'],
    [60, true, 'replayed at dates'],
    [59, false, 'valid'],
    [60, false, 'valid, clock_unconfirmed'],
    [89, false, 'valid, clock_unconfirmed'],
    [90, false, 'replayed at dates'],
  ])('a live code at %i s (clock confirmed: %s)', async (age, clockConfirmed, expected) => {
    const code = await issuer.message(issuer.liveClaims(NOW - age), LIVE);
    const report = await ask(code, { clockConfirmed });
    expect(report.reason === null ? ['valid', ...report.hints].join(', ') : failed(report)).toBe(expected);
  });

  test.each([
    [1, 'revoked at status'],
    [2, 'suspended at status'],
    [3, 'superseded at status'],
    [1 << 20, 'status_unavailable at status'],
  ])('status entry %i', async (index, expected) => {
    const report = await ask(await issuer.message(issuer.markClaims({ 6: [3, index] }), MARK));
    expect(failed(report)).toBe(expected);
    expect(report.credential?.subject).toBe('苏B12345');
  });

  test('status: no list, a list past its end, an old list, a list from the future', async () => {
    expect(failed(await ask(mark, { status: NO_STATUS }))).toBe('status_unavailable at status');
    expect(failed(await ask(mark, { now: NOW + 7 * DAY - 3600 }))).toBe('status_unavailable at status');
    const iat = NOW - 3600;
    expect(await ask(mark, { now: iat + STALE_AFTER })).toMatchObject({ verdict: 'valid' });
    const stale = await ask(mark, { now: iat + STALE_AFTER + 1 });
    expect(stale).toMatchObject({ verdict: 'attention', reason: 'status_stale', hints: ['compare_plate'] });
    expect(failed(stale)).toBe('status_stale at freshness');
    expect(failed(await ask(mark, { now: iat - 91 }))).toBe('clock_wrong at clock');
    expect(await ask(mark, { now: iat - 90 })).toMatchObject({ verdict: 'valid', status: { age_s: 0 } });
  });

  test('trust list: none, past its end, from the future', async () => {
    expect(failed(await ask(mark, { trust: null }))).toBe('trust_list_expired at trust_list (no_trust_list)');
    expect(failed(await ask(mark, { now: trust.exp }))).toBe('trust_list_expired at trust_list');
    expect(await ask(mark, { now: trust.exp - 1, status: NO_STATUS })).toMatchObject({
      reason: 'status_unavailable',
    });
    const young = await issuer.trustList({ iat: NOW + 91 });
    expect(failed(await ask(mark, { trust: young }))).toBe('clock_wrong at clock');
  });

  test.each<[string, Bytes | Map<issuer.Value, issuer.Value>, issuer.Signer, string]>([
    ['a key that is not listed', issuer.markClaims(), STRANGER, 'unknown_issuer at key'],
    ['a status key', issuer.markClaims(), STATUS, 'unknown_issuer at key (use)'],
    ['a licence key for a mark', issuer.markClaims(), LICENCE, 'unknown_issuer at permission (use)'],
    ['a live key for a static mark', issuer.markClaims(), LIVE, 'unknown_issuer at permission (use)'],
    ['a mark key for a live code', issuer.liveClaims(NOW), MARK, 'unknown_issuer at permission (use)'],
    ['another province', issuer.markClaims({ 7: 440100 }), MARK, 'unknown_issuer at permission (region)'],
    ['another district', issuer.markClaims({ 7: 110102 }), MARK, 'unknown_issuer at permission (region)'],
    [
      'an authority of seven digits',
      issuer.markClaims({ 7: 3202000 }),
      MARK,
      'unknown_issuer at permission (region)',
    ],
    [
      'before the key was in use',
      issuer.markClaims({}, { iat: NOW - 1001 * DAY }),
      MARK,
      'unknown_issuer at permission (key_dates)',
    ],
    ['a kind of tomorrow', issuer.markClaims({ 1: 3 }), MARK, 'unsupported_version at version (kind)'],
    ['a mode of tomorrow', issuer.markClaims({ 2: 3 }), MARK, 'unsupported_version at version (mode)'],
    ['a held mark', issuer.markClaims({ 2: 2 }), MARK, 'unsupported_version at version (mode)'],
    [
      'a kind of tomorrow with keys of tomorrow',
      issuer.markClaims({ 1: 9, 99: 'x' }),
      MARK,
      'unsupported_version at version (kind)',
    ],
    ['no kind', issuer.markClaims({ 1: undefined }), MARK, 'malformed at claims'],
    ['a kind that is text', issuer.markClaims({ 1: '1' }), MARK, 'malformed at claims'],
    ['a negative kind', issuer.markClaims({ 1: -1 }), MARK, 'malformed at claims'],
    ['no subject', issuer.markClaims({ 3: undefined }), MARK, 'malformed at claims'],
    ['an empty subject', issuer.markClaims({ 3: '' }), MARK, 'malformed at claims'],
    ['a long subject', issuer.markClaims({ 3: 'x'.repeat(33) }), MARK, 'malformed at claims'],
    ['a number for a class', issuer.markClaims({ 4: 2 }), MARK, 'malformed at claims'],
    ['month 13', issuer.markClaims({ 5: 202713 }), MARK, 'malformed at claims'],
    ['an end that disagrees with the month', issuer.markClaims({ 5: 202706 }), MARK, 'malformed at claims'],
    ['three numbers for a status', issuer.markClaims({ 6: [3, 0, 0] }), MARK, 'malformed at claims'],
    ['a short digest', issuer.markClaims({ 9: new Uint8Array(7) }), MARK, 'malformed at claims'],
    ['a nonce in a static mark', issuer.markClaims({ 8: new Uint8Array(8) }), MARK, 'malformed at claims'],
    ['a red mark', issuer.markClaims({ 10: true }), MARK, 'malformed at claims'],
    [
      'a mark with a device key',
      issuer.markClaims({ 11: issuer.devicePoint() }),
      MARK,
      'malformed at claims',
    ],
    ['an unknown key', issuer.markClaims({ 13: 1 }), MARK, 'malformed at claims'],
    ['a live code without a nonce', issuer.liveClaims(NOW, { 8: undefined }), LIVE, 'malformed at claims'],
    [
      'a live code of 61 s',
      issuer.markClaims({ 2: 1, 8: new Uint8Array(8) }, { iat: NOW, exp: NOW + 61 }),
      LIVE,
      'malformed at claims',
    ],
    [
      'a sealed part that is too long',
      issuer.liveClaims(NOW, { 12: [1, new Uint8Array(161)] }),
      LIVE,
      'malformed at claims',
    ],
    ['an empty map', new Map(), MARK, 'malformed at claims'],
    ['claims that are no map', issuer.encode([1]), MARK, 'malformed at claims'],
    [
      'claims and a byte',
      concat(issuer.encode(issuer.markClaims()), Uint8Array.of(0)),
      MARK,
      'malformed at claims',
    ],
  ])('%s', async (_, claims, signer, expected) => {
    expect(failed(await ask(await issuer.message(claims, signer)))).toBe(expected);
  });

  test('malformed: keys out of order, twice, and longer than needed', async () => {
    const right = issuer.markClaims();
    const body = right.get(-70001) as Map<issuer.Value, issuer.Value>;
    const reversed = new Map([...right].reverse());
    const disordered = new Map(right).set(-70001, new Map([...body].reverse()));
    const bytes = issuer.encode(right);
    // {4: …} with the key 4 as 18 04
    const longer = concat(bytes.subarray(0, 1), Uint8Array.of(0x18, 0x04), bytes.subarray(2));
    const twice = concat(Uint8Array.of(0xa4), issuer.encode(4), issuer.encode(0), bytes.subarray(1));
    for (const claims of [issuer.encode(reversed), issuer.encode(disordered), longer, twice]) {
      expect(failed(await ask(await issuer.message(claims, MARK)))).toBe('malformed at claims');
    }
  });

  test('bad_signature: another algorithm than the trust list says', async () => {
    const kid = fromHexKid(MARK);
    const edHeader = issuer.encode(
      new Map<issuer.Value, issuer.Value>([
        [1, -8],
        [4, kid],
      ]),
    );
    const code = await issuer.sign1(edHeader, issuer.encode(issuer.markClaims()), MARK);
    expect(failed(await ask(code))).toBe('bad_signature at signature (algorithm)');
  });

  test.each<[string, number, string]>([
    ['ML-DSA', -48, 'unsupported_version at envelope (algorithm)'],
    ['ES384', -35, 'unsupported_version at envelope (algorithm)'],
  ])('unsupported_version: %s', async (_, alg, expected) => {
    const header = issuer.encode(
      new Map<issuer.Value, issuer.Value>([
        [1, alg],
        [4, fromHexKid(MARK)],
      ]),
    );
    expect(failed(await ask(issuer.assemble(header, mark.slice(0, 9), mark.slice(0, 64))))).toBe(expected);
  });

  test('unreadable: size and shape', async () => {
    expect(failed(await ask('x'.repeat(4297)))).toBe('too_large at size');
    expect(failed(await ask('苏'.repeat(4296)))).toBe('not_a_credential at envelope');
    expect(failed(await ask(new Uint8Array(1025)))).toBe('too_large at size');
    expect(failed(await ask(new Uint8Array(1024)))).toBe('not_a_credential at envelope');
    for (const text of ['', '苏B12345', 'https://example.org/', 'LZ1', 'lz1:BB8']) {
      expect(failed(await ask(text)), text).toBe('not_a_credential at envelope');
    }
    for (const length of [0, 1, 2, 20, mark.length - 1]) {
      expect(failed(await ask(mark.slice(0, length))), String(length)).toBe('truncated at envelope');
    }
    expect(failed(await ask(concat(mark, Uint8Array.of(0))))).toBe('not_a_credential at envelope');
  });

  test('unreadable: header bytes', async () => {
    const payload = issuer.encode(issuer.markClaims());
    const kid = fromHexKid(MARK);
    const headers = [
      new Map<issuer.Value, issuer.Value>([[1, -7]]).set(4, kid.slice(1)),
      new Map<issuer.Value, issuer.Value>([
        [4, kid],
        [1, -7],
      ]),
      new Map<issuer.Value, issuer.Value>([
        [1, -7],
        [4, kid],
        [33, kid],
      ]),
      new Map<issuer.Value, issuer.Value>(),
    ];
    for (const header of headers) {
      expect(failed(await ask(await issuer.sign1(issuer.encode(header), payload, MARK)))).toBe(
        'not_a_credential at envelope',
      );
    }
    const unprotected = concat(
      mark.subarray(0, mark.indexOf(0xa0)),
      Uint8Array.of(0xa1, 1, 1),
      mark.subarray(mark.indexOf(0xa0) + 1),
    );
    expect(failed(await ask(unprotected))).toBe('not_a_credential at envelope');
  });

  test('every flipped bit of a code is found', async () => {
    const allowed: readonly (Reason | null)[] = [
      'bad_signature',
      'unknown_issuer',
      'not_a_credential',
      'truncated',
      'unsupported_version',
    ];
    for (let bit = 0; bit < mark.length * 8; bit++) {
      const flipped = mark.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(allowed, `bit ${bit}`).toContain((await ask(flipped)).reason);
    }
  });
});

describe('a licence', () => {
  const code = (body = {}, outer = {}) =>
    issuer.message(
      issuer.licenceClaims({ 8: new Uint8Array(8), ...body }, { iat: NOW, exp: NOW + 60, ...outer }),
      LIVE,
    );
  const inner = (body = {}, outer = {}, signer = LICENCE) =>
    issuer.message(issuer.licenceClaims({ 2: 2, 11: issuer.devicePoint(), ...body }, outer), signer);

  test.each([
    [0, 'valid'],
    [1, 'revoked at status'],
    [2, 'state_red at state'],
    [3, 'superseded at status'],
    [12, 'suspended at status'],
    [9, 'status_unavailable at status'],
  ])('a licence whose entry of four bits says %i', async (value, expected) => {
    const book = new StatusBook();
    const token = await issuer.statusJwt(
      issuer.statusClaims(3),
      issuer.statusBytes({ 7: value }, listBytes(4), 4),
    );
    book.take(await openStatusJwt(token, await issuer.trustList()));
    const report = await ask(await code({ 6: [3, 7] }), { status: book });
    expect(report.reason === null ? report.verdict : failed(report)).toBe(expected);
  });

  test('live, and red by itself or by its status', async () => {
    expect(await ask(await code())).toMatchObject({
      verdict: 'valid',
      credential: { kind: 'driving_licence', mode: 'live', subject: '张*丰', valid_until: '2031-01-31' },
      hints: [],
    });
    expect(await ask(await code({ 10: false }))).toMatchObject({ verdict: 'valid' });
    expect(failed(await ask(await code({ 10: true })))).toBe('state_red at state');
    expect(failed(await ask(await code({ 6: [3, 2] })))).toBe('state_red at state');
    expect(failed(await ask(await code({ 6: [3, 1] })))).toBe('revoked at status');
    expect(await ask(await code({ 5: 0 }))).toMatchObject({ credential: { valid_until: 'long-term' } });
    expect(failed(await ask(await code({ 3: '张三丰李四' })))).toBe('malformed at claims');
    expect(failed(await ask(await code({ 5: 20260230 })))).toBe('malformed at claims');
    expect(failed(await ask(await code({ 5: 20261120 })))).toBe('expired at dates');
    expect(await ask(await code({ 5: 20261121 }))).toMatchObject({ verdict: 'valid' });
  });

  test('held: the device signs around it', async () => {
    const shown = await issuer.held(NOW - 59, await inner());
    expect(await ask(shown)).toMatchObject({ verdict: 'valid', credential: { mode: 'held' }, hints: [] });
    expect(failed(await ask(shown, { now: NOW + 1 }))).toBe('replayed at dates');
    expect(failed(await ask(await issuer.held(NOW, await inner(), STRANGER)))).toBe(
      'bad_signature at signature (device)',
    );
    expect(failed(await ask(await inner()))).toBe('malformed at claims (wrapper)');
    expect(failed(await ask(await issuer.held(NOW, mark)))).toBe('malformed at claims (wrapper)');
    const offCurve = issuer.devicePoint();
    offCurve.fill(0xff, 1);
    expect(failed(await ask(await issuer.held(NOW, await inner({ 11: offCurve }))))).toBe(
      'malformed at claims',
    );
    expect(failed(await ask(await issuer.held(NOW, (await inner()).slice(0, -1))))).toBe(
      'not_a_credential at envelope',
    );
  });

  test('held and long-term: ten years from its date', async () => {
    const iat = Date.UTC(2024, 1, 29, 4) / 1000;
    const exp = Date.UTC(2034, 1, 28, 4) / 1000;
    expect(await ask(await issuer.held(NOW, await inner({ 5: 0 }, { iat, exp })))).toMatchObject({
      verdict: 'valid',
    });
    expect(failed(await ask(await issuer.held(NOW, await inner({ 5: 0 }, { iat, exp: exp + DAY }))))).toBe(
      'malformed at claims',
    );
  });
});

function fromHexKid(signer: issuer.Signer): Bytes {
  return fromBase64Url(Buffer.from(signer.key.kid, 'hex').toString('base64url')) ?? new Uint8Array();
}
