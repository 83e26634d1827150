import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import {
  MemoryStorage,
  Roots,
  StatusError,
  StatusStore,
  TrustError,
  TrustList,
  TrustStore,
} from '../src/index.js';
import { toBase64Url, utf8 } from '../src/bytes.js';
import { MAX_STATUS_TOKEN, listBytes, openStatusCwt, openStatusJwt } from '../src/status.js';
import * as issuer from './issuer.js';
import { DAY, MARK, NOW, ROOT, ROOTS, SM2_ROOT, STATUS, STRANGER } from './issuer.js';

const refusal = async (opening: Promise<unknown>): Promise<string> => {
  try {
    await opening;
    return 'opened';
  } catch (error) {
    if (error instanceof TrustError || error instanceof StatusError) return error.code;
    throw error;
  }
};

describe('the root file', () => {
  test.each<[string, string, string]>([
    ['as it must be', issuer.rootFile(ROOT, SM2_ROOT), 'opened'],
    ['empty', '{"keys":[]}', 'malformed'],
    ['no JSON', 'keys', 'malformed'],
    ['another name', issuer.rootFile(ROOT).replace(/"kid":"./, '"kid":"g'), 'malformed'],
    ['another algorithm', issuer.rootFile(ROOT).replace('ES256', 'SM2'), 'malformed'],
    ['too large', ' '.repeat(64 * 1024 + 1), 'too_large'],
  ])('%s', async (_, text, expected) => {
    expect(await refusal(Roots.parse(text))).toBe(expected);
  });
});

describe('the trust list', () => {
  test('is warmed without harm, and its keys verify from the first signature to those after their tables were made', async () => {
    const trust = await issuer.trustList();
    await trust.warm();
    const message = Uint8Array.of(1, 2, 3);
    const key = trust.find(issuer.MARK_SM2.key.kid)?.publicKey;
    const signature = await issuer.MARK_SM2.sign(message);
    const other = await issuer.MARK_SM2.sign(Uint8Array.of(1, 2, 4));
    for (let round = 0; round < 14; round++) {
      expect(await key?.verify(message, signature), `${round}`).toBe(true);
      expect(await key?.verify(message, other), `${round}`).toBe(false);
    }
  });

  const open = async (changes: Record<string, unknown>, minSeq = 0) =>
    TrustList.open(await issuer.trustJson(issuer.trustPayload(changes), ROOT), ROOTS, minSeq);
  const withKey = (changes: Record<string, unknown>) => ({
    keys: [issuer.trustEntry(MARK, 'mark', changes)],
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['as it must be', {}, 'opened'],
    ['members of tomorrow', { extra: [1] }, 'opened'],
    ['no end', { exp: undefined }, 'malformed'],
    ['an end before its beginning', { exp: NOW - DAY }, 'malformed'],
    ['a fraction of a second', { iat: 1.5 }, 'malformed'],
    ['a negative number', { seq: -1 }, 'malformed'],
    ['no place for the list', { status_uri: 'https://a/status' }, 'malformed'],
    ['two places for the list', { status_uri: 'https://a/{list}/{list}' }, 'malformed'],
    ['a key twice', { keys: [...issuer.ENTRIES, issuer.ENTRIES[0]] }, 'malformed'],
    ['too many keys', { keys: Array(8193).fill({}) }, 'too_large'],
    ['a key that is a number', { keys: [1] }, 'malformed'],
    ['a use of tomorrow', withKey({ use: 'mobile' }), 'opened'],
    ['an algorithm of tomorrow', withKey({ alg: 'ML-DSA-44', public_key: 'AAAA' }), 'opened'],
    ['a key under another name', withKey({ kid: STATUS.key.kid }), 'malformed'],
    ['a key with another algorithm', withKey({ alg: 'EdDSA' }), 'malformed'],
    ['a region of five digits', withKey({ regions: ['32050'] }), 'malformed'],
    ['too many regions', withKey({ regions: Array(1025).fill('320000') }), 'malformed'],
    ['dates that are texts', withKey({ not_before: '2026-01-01' }), 'malformed'],
    ['a certificate of another key', withKey({ certificate: certificate(STATUS) }), 'malformed'],
    ['a certificate that is none', withKey({ certificate: 'MAA=' }), 'malformed'],
    ['a certificate of the key', withKey({ certificate: certificate(MARK) }), 'opened'],
  ])('%s', async (_, changes, expected) => {
    expect(await refusal(open(changes))).toBe(expected);
  });

  test('never goes back', async () => {
    expect(await refusal(open({ seq: 7 }, 7))).toBe('opened');
    expect(await refusal(open({ seq: 6 }, 7))).toBe('seq_went_back');
  });

  test('every pinned algorithm must have signed, and no pinned root wrongly', async () => {
    const payload = issuer.trustPayload();
    const both = await Roots.parse(issuer.rootFile(ROOT, SM2_ROOT));
    const one = await issuer.trustJson(payload, ROOT);
    const two = await issuer.trustJson(payload, ROOT, SM2_ROOT);
    expect(await refusal(TrustList.open(two, both))).toBe('opened');
    expect(await refusal(TrustList.open(two, ROOTS)), 'a signature by somebody unknown').toBe('opened');
    expect(await refusal(TrustList.open(one, both))).toBe('root_missing');
    expect(await refusal(TrustList.open(await issuer.trustJson(payload, STRANGER), ROOTS))).toBe(
      'unknown_root',
    );
    const jws = JSON.parse(two) as {
      payload: string;
      signatures: { protected: string; signature: string }[];
    };
    const [first, second] = jws.signatures;
    const wrong = { ...jws, signatures: [first, { ...second, signature: first?.signature }] };
    expect(await refusal(TrustList.open(JSON.stringify(wrong), both))).toBe('bad_signature');
    expect(await refusal(TrustList.open(JSON.stringify({ ...jws, signatures: [] }), both))).toBe(
      'unknown_root',
    );
    const altered = { ...jws, payload: toBase64Url(utf8(JSON.stringify({ ...payload, seq: 8 }))) };
    expect(await refusal(TrustList.open(JSON.stringify(altered), both))).toBe('bad_signature');
    const short = { ...jws, signatures: [{ ...first, signature: first?.signature.slice(0, 84) }, second] };
    expect(await refusal(TrustList.open(JSON.stringify(short), both))).toBe('bad_signature');
  });

  test('a header with critical extensions counts for nothing', async () => {
    const jws = JSON.parse(await issuer.trustJson(issuer.trustPayload(), ROOT)) as { payload: string };
    const header = toBase64Url(utf8(JSON.stringify({ alg: 'ES256', kid: ROOT.key.kid, crit: ['x'] })));
    const signature = toBase64Url(await ROOT.sign(utf8(`${header}.${jws.payload}`)));
    const list = JSON.stringify({ payload: jws.payload, signatures: [{ protected: header, signature }] });
    expect(await refusal(TrustList.open(list, ROOTS))).toBe('unknown_root');
  });

  test.each(['', '[]', '{}', '{"payload":"e30","signatures":[1]}', '{"payload":"===","signatures":[]}'])(
    '%j',
    async (text) => {
      expect(['malformed', 'unknown_root']).toContain(await refusal(TrustList.open(text, ROOTS)));
    },
  );

  test('knows the address of a status list and the way back', async () => {
    const trust = await issuer.trustList();
    expect(trust.statusAddress(3)).toBe('https://luzheng.example/status/3');
    expect(trust.listAt('https://luzheng.example/status/3')).toBe(3);
    for (const other of [
      'https://luzheng.example/status/03',
      'https://luzheng.example/status/',
      'http://luzheng.example/status/3',
    ]) {
      expect(trust.listAt(other), other).toBeNull();
    }
    expect(trust.listAt('https://luzheng.example/status/4294967296')).toBeNull();
  });
});

describe('a status list', () => {
  const entries = issuer.statusBytes({ 0: 1, 5: 2, 1048575: 3 });

  test('says the same as JWT and as CWT', async () => {
    const trust = await issuer.trustList();
    for (const list of [
      await openStatusJwt(`${await issuer.statusJwt(issuer.statusClaims(9), entries)}\n`, trust),
      await openStatusCwt(await issuer.statusCwt(issuer.statusClaims(9), entries), trust),
    ]) {
      expect(list).toMatchObject({ list: 9, iat: NOW - 3600, exp: NOW + 7 * DAY - 3600, ttl: 3600 });
      const values = [0, 1, 4, 5, 1048575, 1048576].map((index) => list.at(index));
      expect(values).toEqual(['revoked', 'valid', 'valid', 'suspended', 'superseded', undefined]);
    }
  });

  test.each<[string, Record<string, unknown>, number, issuer.Signer, string]>([
    ['too short', {}, listBytes(2) - 1, STATUS, 'malformed'],
    ['too long', {}, listBytes(2) + 1, STATUS, 'malformed'],
    ['signed by a stranger', {}, listBytes(2), STRANGER, 'unknown_issuer'],
    ['signed by a key for marks', {}, listBytes(2), MARK, 'unknown_issuer'],
    ['from before its key was in use', { iat: NOW - 1001 * DAY }, listBytes(2), STATUS, 'unknown_issuer'],
    ['ending before it begins', { exp: NOW - 3600 }, listBytes(2), STATUS, 'malformed'],
    ['at another address', { sub: 'https://other.example/status/9' }, listBytes(2), STATUS, 'malformed'],
    ['with a negative ttl', { ttl: -1 }, listBytes(2), STATUS, 'malformed'],
  ])('%s', async (_, changes, length, signer, expected) => {
    const trust = await issuer.trustList();
    const claims = issuer.statusClaims(9, changes);
    const bytes = issuer.statusBytes({}, length);
    expect(await refusal(openStatusJwt(await issuer.statusJwt(claims, bytes, signer), trust))).toBe(expected);
    expect(await refusal(openStatusCwt(await issuer.statusCwt(claims, bytes, signer), trust))).toBe(expected);
  });

  test('of licences has four bits an entry, and a value without a meaning is no answer', async () => {
    const trust = await issuer.trustList();
    const wide = issuer.statusBytes({ 0: 1, 1: 2, 2: 3, 3: 12, 4: 9, 1048575: 12 }, listBytes(4), 4);
    for (const list of [
      await openStatusJwt(await issuer.statusJwt(issuer.statusClaims(9), wide), trust),
      await openStatusCwt(await issuer.statusCwt(issuer.statusClaims(9), wide), trust),
    ]) {
      const values = [0, 1, 2, 3, 4, 5, 1048575, 1048576].map((index) => list.at(index));
      const end = ['stopped', undefined];
      expect(values).toEqual(['revoked', 'suspended', 'superseded', 'stopped', undefined, 'valid', ...end]);
    }
    const lst = Buffer.from(deflateSync(entries)).toString('base64url');
    for (const bits of [1, 3, 4, 8, '2', null]) {
      const token = await issuer.statusJwt(
        { ...issuer.statusClaims(9), status_list: { bits, lst } },
        entries,
      );
      expect(await refusal(openStatusJwt(token, trust)), String(bits)).toBe('malformed');
    }
  });

  test('of another type, with other bits, altered, too large', async () => {
    const trust = await issuer.trustList();
    const claims = issuer.statusClaims(9);
    const jwt = (header: Record<string, unknown>, more = {}) =>
      issuer.statusJwt({ ...claims, ...more }, entries, STATUS, header);
    expect(await refusal(openStatusJwt(await jwt({ typ: 'JWT' }), trust))).toBe('malformed');
    expect(await refusal(openStatusJwt(await jwt({ crit: ['b64'] }), trust))).toBe('malformed');
    expect(await refusal(openStatusJwt(await jwt({ alg: 'EdDSA' }), trust))).toBe('bad_signature');
    expect(await refusal(openStatusJwt(await jwt({ alg: 'none' }), trust))).toBe('malformed');
    expect(await refusal(openStatusJwt(await jwt({}, { status_list: { bits: 1, lst: '' } }), trust))).toBe(
      'malformed',
    );
    const [head, , tail] = (await jwt({})).split('.');
    const other = toBase64Url(utf8(JSON.stringify({ ...claims, status_list: { bits: 2, lst: '' } })));
    expect(await refusal(openStatusJwt(`${head}.${other}.${tail}`, trust))).toBe('bad_signature');
    expect(await refusal(openStatusJwt('a.b', trust))).toBe('malformed');
    expect(await refusal(openStatusJwt('a.b.c.d', trust))).toBe('malformed');
    expect(await refusal(openStatusJwt('x'.repeat(MAX_STATUS_TOKEN + 1), trust))).toBe('too_large');
    const cwt = await issuer.statusCwt(claims, entries);
    expect(await refusal(openStatusCwt(await issuer.statusCwt(claims, entries, STATUS, 'cwt'), trust))).toBe(
      'malformed',
    );
    const altered = cwt.slice();
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    expect(await refusal(openStatusCwt(altered, trust))).toBe('bad_signature');
    expect(await refusal(openStatusCwt(cwt.slice(0, -1), trust))).toBe('malformed');
    expect(await refusal(openStatusCwt(new Uint8Array(MAX_STATUS_TOKEN + 1), trust))).toBe('too_large');
  });
});

describe('the stores', () => {
  test('pin roots once, never go back, and open again what was kept', async () => {
    const storage = new MemoryStorage();
    const store = await TrustStore.open(storage, issuer.rootFile(ROOT));
    expect(store.current).toBeNull();
    await store.update(await issuer.trustJson(issuer.trustPayload({ seq: 8 }), ROOT));
    expect(await refusal(store.update(await issuer.trustJson(issuer.trustPayload({ seq: 7 }), ROOT)))).toBe(
      'seq_went_back',
    );
    expect(store.current?.seq).toBe(8);
    const again = await TrustStore.open(storage, issuer.rootFile(STRANGER));
    expect(again.current?.seq, 'the pinned roots win').toBe(8);
    expect(
      await refusal(again.update(await issuer.trustJson(issuer.trustPayload({ seq: 9 }), STRANGER))),
    ).toBe('unknown_root');
    await storage.set('trust/list', await issuer.trustJson(issuer.trustPayload({ seq: 7 }), ROOT));
    expect(
      (await TrustStore.open(storage, issuer.rootFile(ROOT))).current,
      'an old list put back',
    ).toBeNull();
  });

  test('keep the newest status list and leave aside what no longer verifies', async () => {
    const storage = new MemoryStorage();
    const trust = await issuer.trustList();
    const store = await StatusStore.open(storage, trust);
    const token = (iat: number, entries = {}) =>
      issuer.statusJwt(issuer.statusClaims(3, { iat }), issuer.statusBytes(entries));
    await store.update(await token(NOW - 10, { 1: 1 }), trust);
    await store.update(await token(NOW - 20), trust);
    expect(store.book.lookUp(3, 1)).toEqual({ value: 'revoked', iat: NOW - 10, exp: NOW + 7 * DAY - 3600 });
    await store.update(await issuer.statusCwt(issuer.statusClaims(4), issuer.statusBytes({ 2: 2 })), trust);
    await storage.set('status/5', 'no.status.list');
    const again = await StatusStore.open(storage, trust);
    expect(again.book.all.map(({ list }) => list)).toEqual([3, 4]);
    expect(again.book.lookUp(3, 1)?.value).toBe('revoked');
    const without = await issuer.trustList({ keys: [], seq: 8 });
    expect((await StatusStore.open(storage, without)).book.all, 'its key was taken off the list').toEqual([]);
  });
});

// the outline of a certificate around a key: version, five fields that are passed over, the key
function certificate(signer: issuer.Signer): string {
  const der = (tag: number, ...parts: Uint8Array[]) => {
    const body = Buffer.concat(parts);
    const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
    return Buffer.concat([Uint8Array.of(tag, ...length), body]);
  };
  const number = der(2, Uint8Array.of(2));
  const empty = der(0x30);
  const tbs = der(0x30, der(0xa0, number), number, empty, empty, empty, empty, signer.key.spki);
  return der(0x30, tbs, empty, der(3, new Uint8Array(65))).toString('base64');
}
