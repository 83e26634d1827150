import { beforeEach, describe, expect, test } from 'vitest';
import {
  ClientKey,
  type ClientOptions,
  KeyError,
  TokenError,
  createClient,
  fetchWebhookKeys,
  reportOf,
} from '../src/index.js';
import { CLIENT, ISSUER, NOW, ORIGIN, PartnerServer, json, makePair } from './server.js';

const pair = await makePair();
const ME = '/api/v1/partner/me' as never;
const VERIFY = '/api/v1/partner/verify' as never;
let server: PartnerServer;
let waits: number[];
beforeEach(() => {
  server = new PartnerServer(pair);
  waits = [];
});

/** The paths of the partner interface are checked where its types are (`package.test.ts`); here it is about what is sent. */
interface Loose {
  GET(path: string, init?: object): Promise<{ data?: unknown; error?: unknown; response: Response }>;
  POST(path: string, init?: object): Promise<{ data?: unknown; error?: unknown; response: Response }>;
}
const client = (options: Partial<ClientOptions> = {}): Loose =>
  createClient({
    baseUrl: ORIGIN,
    clientId: CLIENT,
    key: pair.key,
    fetch: server.fetch,
    now: () => server.now,
    wait: async (milliseconds) => void waits.push(milliseconds),
    ...options,
  }) as unknown as Loose;
const paths = () => server.calls.map(({ path }) => path);

describe('tokens', () => {
  test('one is asked for, with an assertion in the issuer’s name, and used until it ends', async () => {
    const luzheng = client({ scopes: ['verify.marks', 'state'] });
    await luzheng.GET(ME);
    await luzheng.GET(ME);
    expect(paths()).toEqual(['/.well-known/oauth-authorization-server', '/oauth/token', ME, ME]);
    expect(new URLSearchParams(server.calls[1]?.body).get('scope')).toBe('verify.marks state');
    expect(server.claims[0]).toMatchObject({ iss: CLIENT, sub: CLIENT, aud: ISSUER, exp: NOW / 1000 + 120 });
    expect(server.calls[3]?.headers.get('authorization')).toBe('Bearer token-1');
    server.now += 869_000;
    await luzheng.GET(ME);
    expect(server.tokens, 'thirty seconds before its end').toBe(1);
    server.now += 2_000;
    await luzheng.GET(ME);
    expect(server.calls.at(-1)?.headers.get('authorization')).toBe('Bearer token-2');
    expect(new Set(server.claims.map(({ jti }) => jti)).size).toBe(2);
  });

  test('calls at the same time share one', async () => {
    const luzheng = client();
    await Promise.all(Array.from({ length: 8 }, () => luzheng.GET(ME)));
    expect(server.tokens).toBe(1);
  });

  test('one that the server does not take any more is exchanged once', async () => {
    const luzheng = client();
    server.answers.push(json({ code: 'invalid_token' }, 401), json({ name: 'x' }));
    expect((await luzheng.GET(ME)).data).toEqual({ name: 'x' });
    expect(server.tokens).toBe(2);
    server.answers.push(json({ code: 'invalid_token' }, 401), json({ code: 'invalid_token' }, 401));
    expect(await luzheng.GET(ME)).toMatchObject({ error: { code: 'invalid_token' } });
    expect(server.tokens).toBe(3);
  });

  test('a wrong clock is put right by the server’s', async () => {
    const luzheng = client({ now: () => server.now - 3_600_000 });
    expect((await luzheng.GET(ME)).response.status).toBe(200);
    expect(server.claims.map(({ iat }) => iat)).toEqual([NOW / 1000 - 3600, NOW / 1000]);
  });

  test('a refusal says why, and is no loop', async () => {
    const stranger = await makePair();
    await expect(client({ key: stranger.key }).GET(ME)).rejects.toMatchObject({
      code: 'invalid_client',
      status: 401,
    });
    expect(server.claims).toHaveLength(1);
    server.metadata = { issuer: 1 };
    await expect(client().GET(ME)).rejects.toThrow(TokenError);
  });

  test('a token without a type or an end is none that is kept', async () => {
    server.tokenAnswers.push(json({ access_token: 'x' }), json({ access_token: 'y', token_type: 'bearer' }));
    await expect(client().GET(ME)).rejects.toMatchObject({ code: 'server_error' });
    const luzheng = client();
    await luzheng.GET(ME);
    expect(server.calls.at(-1)?.headers.get('authorization')).toBe('Bearer y');
    await luzheng.GET(ME);
    expect(server.calls.at(-1)?.headers.get('authorization')).toBe('Bearer token-1');
  });

  test('each try has an assertion of its own, since one counts once', async () => {
    server.tokenAnswers.push(
      json({ error: 'temporarily_unavailable' }, 503, { 'retry-after': '5' }),
      new TypeError('reset'),
    );
    expect((await client().GET(ME)).response.status).toBe(200);
    const assertions = server.calls.filter(({ path }) => path === '/oauth/token').map(({ body }) => body);
    expect(new Set(assertions).size).toBe(3);
    expect(waits).toEqual([5000, 1000]);
  });

  test('Ed25519 signs too, and a key from PEM', async () => {
    const other = await makePair('EdDSA');
    server = new PartnerServer(other);
    expect((await client({ key: other.key }).GET(ME)).response.status).toBe(200);
    server = new PartnerServer(pair);
    const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', pair.privateKey)).toString('base64');
    const pem = `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})/g, '$1\n')}\n-----END PRIVATE KEY-----\n`;
    expect((await client({ key: await ClientKey.fromPem(pem, 'k1') }).GET(ME)).response.status).toBe(200);
    const [head = ''] = (new URLSearchParams(server.calls[1]?.body).get('client_assertion') ?? '').split('.');
    expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({
      alg: 'ES256',
      typ: 'JWT',
      kid: 'k1',
    });
  });

  test.each(['', 'x', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', ' '.repeat(20_000)])(
    '%# no key',
    async (pem) => {
      await expect(ClientKey.fromPem(pem)).rejects.toThrow(KeyError);
    },
  );

  test('a key of another kind is none', async () => {
    const hmac = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    expect(() => ClientKey.fromCryptoKey(hmac)).toThrow(KeyError);
  });
});

describe('patience', () => {
  const body = { body: { items: [{ code: 'x' }], purpose: 'claim' } };

  test('a server that asks to wait is waited for, and the repetition is known as one', async () => {
    server.answers.push(
      json({ code: 'quota_minute' }, 429, { 'retry-after': '7' }),
      () => json({}, 503, { 'retry-after': new Date(server.now + 2000).toUTCString() }),
      json({ items: [] }),
    );
    expect((await client().POST(VERIFY, body)).data).toEqual({ items: [] });
    expect(waits).toEqual([7000, 2000]);
    const calls = server.calls.slice(2);
    expect(new Set(calls.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1);
    expect(new Set(calls.map((call) => call.body)).size).toBe(1);
    expect(calls[0]?.headers.get('idempotency-key')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('two calls are two, and a key of the caller’s stays', async () => {
    const luzheng = client();
    await luzheng.POST(VERIFY, body);
    await luzheng.POST(VERIFY, body);
    await luzheng.POST(VERIFY, { ...body, headers: { 'idempotency-key': 'mine' } });
    const keys = server.calls.slice(2).map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).not.toBe(keys[1]);
    expect(keys[2]).toBe('mine');
  });

  test('no longer than one has patience for, and not for ever', async () => {
    server.answers.push(json({ code: 'quota_day' }, 429, { 'retry-after': '3600' }));
    expect(await client().POST(VERIFY, body)).toMatchObject({ error: { code: 'quota_day' } });
    expect(waits).toEqual([]);
    server.answers.push(...Array.from({ length: 9 }, () => json({}, 503, { 'retry-after': '1' })));
    expect((await client({ retries: 2 }).POST(VERIFY, body)).response.status).toBe(503);
    expect(waits).toEqual([1000, 1000]);
  });

  test('what the server does not ask for is not repeated', async () => {
    server.answers.push(json({ code: 'bad_request' }, 400), json({}, 503), json({ code: 'x' }, 500));
    for (const status of [400, 503, 500])
      expect((await client().POST(VERIFY, body)).response.status).toBe(status);
    expect(waits).toEqual([]);
  });

  test('a failed connection is tried again, longer each time, then said', async () => {
    server.answers.push(...Array.from({ length: 4 }, () => new TypeError('reset')));
    await expect(client().POST(VERIFY, body)).rejects.toThrow('reset');
    expect(waits).toEqual([500, 1000, 2000]);
  });

  test('who aborts does not wait', async () => {
    const stop = new AbortController();
    server.answers.push(json({}, 503, { 'retry-after': '30' }));
    const call = client({
      wait: undefined,
      fetch: async (request) => {
        const answer = await server.fetch(request);
        if (answer.status === 503) stop.abort(new Error('enough'));
        return answer;
      },
    }).POST(VERIFY, { ...body, signal: stop.signal });
    await expect(call).rejects.toThrow('enough');
  });
});

test('a token never leaves for another server', async () => {
  const luzheng = client();
  await expect(luzheng.GET(ME, { baseUrl: 'https://evil.example' })).rejects.toThrow('another server');
  expect(server.calls).toEqual([]);
  server.metadata = { issuer: ISSUER, token_endpoint: 'https://evil.example/oauth/token' };
  await luzheng.GET(ME);
  expect(server.calls.every(({ path }) => path.startsWith('/'))).toBe(true);
  expect(server.tokens).toBe(1);
});

test('keys of webhooks are fetched', async () => {
  server.answers.push(json({ keys: [{ public_key: 'whpk_a' }, { public_key: 1 }, {}] }), json({}, 503));
  expect(await fetchWebhookKeys(ORIGIN, server.fetch)).toEqual(['whpk_a']);
  expect(await fetchWebhookKeys(ORIGIN, server.fetch)).toEqual([]);
});

test('a report is one that is understood', () => {
  expect(reportOf({ report: { verdict: 'not_valid', reason: 'revoked' } })?.reason).toBe('revoked');
  for (const report of [undefined, null, {}, { verdict: 'fine' }, 'valid'])
    expect(reportOf({ report })).toBeNull();
});
