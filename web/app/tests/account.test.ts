import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { answerWith, ask, api, RequestFailed, whenDoubted } from '@/api/client';
import { postPasskeyBegin, postReauthenticate, postSessionsEndOthers, type Ceremony } from '@/api/account';
import { leaving, wayBack } from '@/account/back';
import { levelIn } from '@/account/doubt';
import { isIdle } from '@/account/idle';
import { asIdNumber, asPhone, isIdNumber } from '@/account/phone';
import { makePasskey, NoPasskey, secretOfPasskey, usePasskey } from '@/account/webauthn';

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

describe('a call that the server doubts', () => {
  let bodies: string[];
  let answers: Response[];
  beforeEach(() => {
    bodies = [];
    answers = [];
    answerWith(async (request) => {
      bodies.push(`${new URL(request.url).pathname} ${await request.text()}`);
      return answers.shift() ?? json({ code: 'none_left' }, 500);
    });
  });
  afterEach(() => whenDoubted(async () => false));

  it('is repeated, with the same body, once the person has proved who they are', async () => {
    const heard: string[] = [];
    whenDoubted(async (doubt, problem) => {
      heard.push(`${doubt} ${problem.status}`);
      return true;
    });
    answers = [json({ status: 403, code: 'reauthenticate' }, 403), json({ ended: 2 })];
    expect(await postSessionsEndOthers()).toEqual({ ended: 2 });
    expect(heard).toEqual(['reauthenticate 403']);
    expect(bodies).toHaveLength(2);
    expect(bodies[1]).toBe(bodies[0]);
  });

  it('is not repeated when they would not, and fails as refused', async () => {
    answers = [json({ code: 'reauthenticate' }, 403)];
    await expect(postPasskeyBegin()).rejects.toMatchObject({
      kind: 'refused',
      code: 'reauthenticate',
    });
    expect(bodies).toHaveLength(1);
  });

  it('is not taken for an ended session when the browser changed, so that nothing kept is deleted', async () => {
    answers = [json({ code: 'reauthenticate' }, 401), json({ code: 'signed_out' }, 401)];
    const call = (): Promise<unknown> => ask(api.GET('/api/v1/citizen/me'));
    await expect(call()).rejects.toMatchObject({ kind: 'refused' });
    await expect(call()).rejects.toMatchObject({ kind: 'signed_out' });
  });

  it('is let be when it is itself how one proves who one is', async () => {
    const asked = vi.fn(async () => true);
    whenDoubted(asked);
    answers = [json({ code: 'reauthenticate' }, 401)];
    await expect(postReauthenticate({ code: '1' })).rejects.toThrow(RequestFailed);
    expect(asked).not.toHaveBeenCalled();
  });

  it('says how long to wait and how many tries are left', async () => {
    answers = [
      json({ code: 'wrong_code', tries_left: 3 }, 403),
      json({ code: 'locked' }, 429, { 'retry-after': '900' }),
    ];
    await expect(postReauthenticate({ demo: true })).rejects.toMatchObject({ more: { tries_left: 3 } });
    await expect(postReauthenticate({ demo: true })).rejects.toMatchObject({
      code: 'locked',
      more: { retry_after_s: 900, tries_left: null },
    });
  });

  it('names the level that it needs', () => {
    expect(levelIn('this needs level L3')).toBe('L3');
    expect(levelIn('who are you')).toBe('L2');
  });
});

describe('the way back after signing in', () => {
  it.each([
    ['/licence/points', '/licence/points'],
    ['/vehicles/0198-x?after=2', '/vehicles/0198-x?after=2'],
    ['//evil.example/', '/home'],
    ['/\\evil.example', '/home'],
    ['https://evil.example/', '/home'],
    ['javascript:alert(1)', '/home'],
    ['/sign-in?return=/x', '/home'],
    ['/identity', '/home'],
    ['/', '/home'],
    [undefined, '/home'],
    [['/a', '/b'], '/home'],
    [`/${'a'.repeat(600)}`, '/home'],
  ])('%s leads to %s', (asked, to) => {
    expect(wayBack(asked, '/home')).toBe(to);
  });

  it('keeps what stands behind # out of the address, and puts it back', () => {
    expect(leaving({ fullPath: '/file#TOKEN', hash: '#TOKEN' })).toBe('/file');
    expect(wayBack('/file')).toBe('/file#TOKEN');
    expect(leaving({ fullPath: '/notices', hash: '' })).toBe('/notices');
    expect(wayBack('/file')).toBe('/file');
  });
});

describe('what people type', () => {
  it.each([
    ['13800001234', '13800001234'],
    [' 138 0000 1234', '13800001234'],
    ['+86 138-0000-1234', '13800001234'],
    ['１３８００００１２３４', '13800001234'],
    ['+49 (170) 1234567', '+491701234567'],
    ['1380000123', null],
    ['0512-65221234', null],
    ['', null],
    ['+86 1', null],
  ])('phone %s: %s', (typed, phone) => {
    expect(asPhone(typed)).toBe(phone);
  });

  it.each([
    ['11010519491231002X', true],
    ['11010519491231002x', true],
    [' 110105 19491231 002Ｘ', true],
    ['110105194912310021', false],
    ['1101051949123100', true],
    ['1234', false],
    ['', false],
    ['H1234567', true],
  ])('identity number %s: %s', (typed, good) => {
    expect(isIdNumber(typed)).toBe(good);
  });

  it('is sent as it stands on the document', () => {
    expect(asIdNumber(' 11010519491231002ｘ')).toBe('11010519491231002X');
  });
});

describe('locking', () => {
  const MINUTE = 60_000;
  it('comes when the time is over, and never when never', () => {
    expect(isIdle(15, 0, 15 * MINUTE - 1)).toBe(false);
    expect(isIdle(15, 0, 15 * MINUTE)).toBe(true);
    expect(isIdle(0, 0, 1e12)).toBe(false);
  });
});

describe('a passkey', () => {
  const SECRET = new Uint8Array(32).fill(9);
  let asked: CredentialRequestOptions & CredentialCreationOptions;
  let results: object;
  const buffer = (...bytes: number[]): ArrayBuffer => Uint8Array.of(...bytes).buffer;
  const credential = (): object => ({
    id: 'AQID',
    rawId: buffer(1, 2, 3),
    type: 'public-key',
    authenticatorAttachment: 'platform',
    response: {
      clientDataJSON: buffer(4),
      attestationObject: buffer(5),
      authenticatorData: buffer(6),
      signature: buffer(7),
      userHandle: null,
      getTransports: () => ['internal'],
    },
    getClientExtensionResults: () => results,
  });
  const answer = async (options: object): Promise<object> => {
    asked = options;
    return credential();
  };
  const ceremony: Ceremony = {
    challenge_id: 'c',
    options: {
      publicKey: {
        challenge: 'AAEC',
        rp: { name: 'x' },
        user: { id: 'BQY', name: 'n', displayName: 'd' },
        pubKeyCredParams: [],
        excludeCredentials: [{ type: 'public-key', id: 'AQID' }],
        allowCredentials: [{ type: 'public-key', id: 'AQID', transports: ['internal'] }],
      },
    },
  };

  beforeEach(() => {
    results = { prf: { enabled: true, results: { first: SECRET.buffer } } };
    vi.stubGlobal('PublicKeyCredential', class {});
    Object.defineProperty(navigator, 'credentials', {
      configurable: true,
      value: { create: answer, get: answer },
    });
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    Reflect.deleteProperty(navigator, 'credentials');
  });

  it('is made from the server’s JSON, asked for its secret, and the secret is not sent', async () => {
    const { credential: sent, prf } = await makePasskey(ceremony);
    expect([...new Uint8Array(asked.publicKey?.challenge as ArrayBuffer)]).toEqual([0, 1, 2]);
    expect(asked.publicKey?.extensions).toHaveProperty('prf.eval.first');
    expect(prf).toEqual({ credential: Uint8Array.of(1, 2, 3), secret: SECRET });
    expect(sent).toMatchObject({ id: 'AQID', response: { attestationObject: 'BQ' } });
    expect(JSON.stringify(sent)).not.toContain('CQkJ');
    expect(sent).toHaveProperty('clientExtensionResults', {});
  });

  it('signs in without its secret being asked for', async () => {
    const { credential: sent } = await usePasskey(ceremony);
    expect(asked.publicKey).not.toHaveProperty('extensions');
    expect(sent).toMatchObject({ response: { signature: 'Bw', userHandle: null } });
  });

  it('without the extension has no secret, and one of another length is none', async () => {
    results = {};
    expect(await secretOfPasskey([])).toBeNull();
    results = { prf: { results: { first: new Uint8Array(16).buffer } } };
    expect(await secretOfPasskey([])).toBeNull();
  });

  it('that was not given says why', async () => {
    const fails = (name: string): unknown =>
      Object.defineProperty(navigator, 'credentials', {
        configurable: true,
        value: { get: async () => Promise.reject(new DOMException('no', name)) },
      });
    fails('NotAllowedError');
    await expect(secretOfPasskey([])).rejects.toMatchObject({ why: 'cancelled' });
    fails('SecurityError');
    await expect(secretOfPasskey([])).rejects.toMatchObject({ why: 'impossible' });
    vi.unstubAllGlobals();
    await expect(secretOfPasskey([])).rejects.toBeInstanceOf(NoPasskey);
  });
});
