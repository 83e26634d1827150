import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Client from '@/api/client';
import type * as BoundClient from '@/bound/client';
import type * as Session from '@/bound/session';
import type { BoundMe } from '@/bound/types';
import { makeKey, openKey, proofOf, signInSignature, type PublicJwk } from '@/bound/proof';
import { fromBase64Url } from '@/licence/base64url';
import { ofSurface, surfaceOf } from '@/surface';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const utf8 = new TextEncoder();

function parts(token: string): {
  head: Record<string, unknown>;
  body: Record<string, unknown>;
  signature: Uint8Array<ArrayBuffer>;
  text: string;
} {
  const [head = '', body = '', signature = ''] = token.split('.');
  const read = (part: string): Record<string, unknown> =>
    JSON.parse(new TextDecoder().decode(fromBase64Url(part) ?? new Uint8Array())) as Record<string, unknown>;
  return {
    head: read(head),
    body: read(body),
    signature: fromBase64Url(signature) ?? new Uint8Array(),
    text: `${head}.${body}`,
  };
}
async function holds(jwk: PublicJwk, signature: Uint8Array<ArrayBuffer>, text: string): Promise<boolean> {
  const key = await crypto.subtle.importKey('jwk', { ...jwk }, P256, true, ['verify']);
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, utf8.encode(text));
}

describe('a proof', () => {
  it('is of this call, this session, this second, and its key', async () => {
    const { key } = await makeKey();
    const call = {
      method: 'POST',
      url: 'https://lz.example/api/v1/officer/verify?x=1#y',
      session: 's1',
      now: 1_700_000_000.9,
    };
    const { head, body, signature, text } = parts(await proofOf(key, call));
    expect(head).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk });
    expect(body).toEqual({
      jti: expect.stringMatching(/^[\w-]{22}$/),
      htm: 'POST',
      htu: 'https://lz.example/api/v1/officer/verify',
      iat: 1_700_000_000,
      sid: 's1',
    });
    expect(await holds(key.jwk, signature, text)).toBe(true);
    const other = await makeKey();
    expect(await holds(other.key.jwk, signature, text)).toBe(false);
  });

  it('has a number of its own each time', async () => {
    const { key } = await makeKey();
    const call = { method: 'GET', url: 'https://lz.example/a', session: 's', now: 1 };
    expect(parts(await proofOf(key, call)).body['jti']).not.toBe(parts(await proofOf(key, call)).body['jti']);
  });

  it('is made by the key that the vault kept, which scripts cannot read', async () => {
    const { key, stored } = await makeKey();
    const again = await openKey(stored);
    expect(again.jwk).toEqual(key.jwk);
    expect([again.sign.extractable, again.agree.extractable]).toEqual([false, false]);
    const signature = fromBase64Url(await signInSignature(again, 'lz.example', 'AAEC')) ?? new Uint8Array();
    expect(await holds(key.jwk, signature, 'luzheng/bound/v1\nlz.example\nAAEC')).toBe(true);
    expect(await holds(key.jwk, signature, 'luzheng/bound/v1\nother.example\nAAEC')).toBe(false);
  });

  it('is not made with what is no key', async () => {
    const { stored } = await makeKey();
    await expect(openKey({ ...stored, point: 'AAAA' })).rejects.toThrow('no key');
    await expect(openKey({ ...stored, pkcs8: 'AAAA' })).rejects.toThrow();
  });
});

describe('the surfaces', () => {
  it.each([
    ['/', 'citizen'],
    ['/officers', 'citizen'],
    ['/vehicles/officer', 'citizen'],
    ['/officer', 'officer'],
    ['/officer/look-up?x', 'officer'],
    ['/partner', 'partner'],
    ['/partner/log', 'partner'],
  ] as const)('%s is of the %s', (path, which) => expect(surfaceOf(path)).toBe(which));

  it('keep their things apart', () => {
    expect(
      new Set(['citizen', 'officer', 'partner'].map((it) => ofSurface('luzheng', it as 'officer'))).size,
    ).toBe(3);
    expect(ofSurface('luzheng', 'citizen')).toBe('luzheng');
  });
});

describe('the session of a bound device', () => {
  let session: typeof Session;
  let client: typeof BoundClient;
  let answer: Parameters<typeof Client.answerWith>[0];
  let asked: { path: string; proof: ReturnType<typeof parts>['body'] | null; body: unknown }[];
  const ME: BoundMe = {
    session_id: 'sid-1',
    kind: 'officer',
    name: { zh: '苏警官', en: 'Officer Su' },
    number: '320500017',
    device_id: 'd1',
    device_name: '5 号机',
    duty: null,
    partner: null,
    expires_at: '2026-11-22T20:00:00Z',
  };
  const json = (status: number, body: unknown, headers = {}): Response =>
    new Response(JSON.stringify(body), {
      status,
      headers: { 'content-type': 'application/json', ...headers },
    });
  const usual = (path: string): Response => {
    switch (path) {
      case '/api/v1/bound/enrol':
        return json(201, { device_id: 'd1', kind: 'officer', name: ME.name, number: ME.number });
      case '/api/v1/bound/challenge':
        return json(200, { challenge: 'AAEC', expires_at: ME.expires_at });
      case '/api/v1/bound/sign-in':
      case '/api/v1/bound/me':
        return json(200, ME);
      default:
        return json(200, {});
    }
  };

  async function reload(): Promise<void> {
    vi.resetModules();
    const api = await import('@/api/client');
    asked = [];
    api.answerWith(async (request) => {
      const proof = request.headers.get('dpop');
      const text = await request.clone().text();
      asked.push({
        path: new URL(request.url).pathname,
        proof: proof === null ? null : parts(proof).body,
        body: text === '' ? null : (JSON.parse(text) as unknown),
      });
      return answer(request);
    });
    client = await import('@/bound/client');
    session = await import('@/bound/session');
  }
  beforeEach(async () => {
    answer = async (request) => usual(new URL(request.url).pathname);
    await reload();
  });
  afterEach(() => {
    globalThis.indexedDB = new IDBFactory();
  });
  const paths = (): string[] => asked.map(({ path }) => path.replace('/api/v1', ''));

  it('begins with the code, and every later call has a proof of it', async () => {
    await session.openBound('officer');
    expect(session.boundState.value).toBe('none');
    await session.enrol('K7M2-9QXT-4FDA', '5 号机', 'officer');
    expect(session.boundState.value).toBe('in');
    expect(paths()).toEqual(['/bound/enrol', '/bound/challenge', '/bound/sign-in']);
    expect(asked.every(({ proof }) => proof === null)).toBe(true);
    await client.askBound('GET', '/api/v1/officer/me?x=1');
    expect(asked.at(-1)?.proof).toMatchObject({ htm: 'GET', sid: 'sid-1' });
    expect(String(asked.at(-1)?.proof?.['htu'])).toMatch(/\/api\/v1\/officer\/me$/);
  });

  it('is not begun by a code of another kind of device', async () => {
    await expect(session.enrol('K7M2-9QXT-4FDA', 'x', 'partner_member')).rejects.toMatchObject({
      code: 'wrong_kind',
    });
    expect(session.boundState.value).not.toBe('in');
  });

  it('that is over is begun anew, and the call repeated with its body', async () => {
    await session.enrol('K7M2-9QXT-4FDA', '5 号机', 'officer');
    let refused = false;
    answer = async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname !== '/api/v1/officer/look-ups' || refused) return usual(pathname);
      refused = true;
      return json(401, { code: 'sign_in_required' });
    };
    asked.length = 0;
    await client.askBound('POST', '/api/v1/officer/look-ups', { body: { by: 'vin' } });
    expect(paths()).toEqual(['/officer/look-ups', '/bound/challenge', '/bound/sign-in', '/officer/look-ups']);
    expect(asked.at(-1)?.body).toEqual({ by: 'vin' });
    expect(asked.at(-1)?.proof?.['jti']).not.toBe(asked[0]?.proof?.['jti']);
  });

  it('takes the server’s time when its clock is off, and repeats once', async () => {
    await session.enrol('K7M2-9QXT-4FDA', '5 号机', 'officer');
    const date = new Date(Date.now() + 3_600_000).toUTCString();
    let refused = 0;
    answer = async (request) =>
      new URL(request.url).pathname === '/api/v1/officer/me' && ++refused === 1
        ? json(401, { code: 'device_clock' }, { date })
        : usual(new URL(request.url).pathname);
    asked.length = 0;
    await client.askBound('GET', '/api/v1/officer/me');
    expect(asked.length).toBe(2);
    expect(Number(asked[1]?.proof?.['iat']) - Number(asked[0]?.proof?.['iat'])).toBeGreaterThan(3_500);
  });

  it('goes on off-line as it was last known, and says why the server did not answer', async () => {
    await session.enrol('K7M2-9QXT-4FDA', '5 号机', 'officer');
    answer = async () => {
      throw new TypeError('no network');
    };
    await session.confirm();
    expect([session.boundState.value, session.boundProblem.value]).toEqual(['in', 'offline']);
    expect(session.boundMe.value?.number).toBe('320500017');
  });

  it.each([
    ['device_ended', 401, 'none'],
    ['device_proof', 401, 'out'],
    ['off_duty', 403, 'out'],
  ])('that the server answers with %s ends', async (code, status, left) => {
    await session.enrol('K7M2-9QXT-4FDA', '5 号机', 'officer');
    answer = async () => json(status, { code });
    await session.confirm();
    expect(session.boundState.value).toBe(left);
    expect(session.boundMe.value).toBeNull();
    await expect(client.askBound('GET', '/api/v1/officer/me')).rejects.toMatchObject({ kind: 'signed_out' });
  });

  it('that was signed out is not begun by itself', async () => {
    await session.enrol('K7M2-9QXT-4FDA', '5 号机', 'officer');
    await session.signOutBound();
    expect(session.boundState.value).toBe('out');
    asked.length = 0;
    expect(await session.signInAgain()).toBe(true);
    expect(session.boundState.value).toBe('in');
  });
});
