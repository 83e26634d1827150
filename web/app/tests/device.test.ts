import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, ref } from 'vue';
import { answerWith } from '@/api/client';
import { bindDevice, device, deviceReady, endDevice, endElsewhere, syncDevice } from '@/composables/device';
import { useHeldCode } from '@/composables/heldCode';
import { fromBase64Url, toBase64Url } from '@/licence/base64url';

/** A server that binds, signs at the second asking, and can lose the binding or the network. */
let network: 'up' | 'down';
let bound: string | null;
let signed: boolean;
let calls: string[];

const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const held = (message: string | null): Response =>
  json({
    id: 'h',
    message,
    issued_at: '2026-11-22T00:00:00Z',
    valid_until: '2030-05-31',
    state: 'current',
    classes: 'C1',
    name_masked: '张*丰',
  });
const CHALLENGE = toBase64Url(new Uint8Array(32).fill(7));

async function answer(request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  calls.push(`${request.method} ${pathname.replace('/api/v1/citizen/licence/', '')}`);
  if (network === 'down') throw new TypeError('no network');
  switch (calls.at(-1)) {
    case 'POST device/challenge':
      return json({ challenge: CHALLENGE, expires_at: '2026-11-22T01:02:00Z' });
    case 'POST device': {
      const body = (await request.json()) as Record<string, string>;
      const point = fromBase64Url(body['public_key'] ?? '') ?? new Uint8Array();
      const key = await crypto.subtle.importKey('raw', point, { name: 'ECDSA', namedCurve: 'P-256' }, true, [
        'verify',
      ]);
      const holds = await crypto.subtle.verify(
        { name: 'ECDSA', hash: 'SHA-256' },
        key,
        fromBase64Url(body['signature'] ?? '') ?? new Uint8Array(),
        fromBase64Url(body['challenge'] ?? '') ?? new Uint8Array(),
      );
      if (!holds) return json({ code: 'bad_proof_of_key' }, 422);
      bound = toBase64Url(Uint8Array.of(((point[64] ?? 0) & 1) + 2, ...point.subarray(1, 33)));
      return held(null);
    }
    case 'GET device':
      if (searchParams.get('key') !== bound) return json({ code: 'not_this_device' }, 404);
      return held(signed ? toBase64Url(Uint8Array.of(0xd2, 1, 2, 3)) : null);
    default:
      return new Response(null, { status: 204 });
  }
}

beforeEach(() => {
  [network, bound, signed, calls] = ['up', null, true, []];
  answerWith(answer);
});
afterEach(async () => {
  network = 'up';
  await endElsewhere();
  vi.useRealTimers();
});

describe('a licence kept on this phone', () => {
  it('is bound by a signature over the challenge, and ready once the issuer signed', async () => {
    signed = false;
    await bindDevice('Phone');
    expect(device.value?.key).toBe(bound);
    expect(deviceReady.value).toBe(false);
    signed = true;
    expect(await syncDevice()).toBe(true);
    expect(deviceReady.value).toBe(true);
  });

  it('stays while the network is gone', async () => {
    await bindDevice('Phone');
    await syncDevice();
    network = 'down';
    expect(await syncDevice()).toBe(true);
    expect(deviceReady.value).toBe(true);
  });

  it('goes when another phone has it, and leaves that one its binding', async () => {
    await bindDevice('Phone');
    bound = 'another';
    expect(await syncDevice()).toBe(false);
    expect(device.value).toBeNull();
    await bindDevice('Phone');
    bound = 'another';
    await endDevice();
    expect(device.value).toBeNull();
    expect(calls).not.toContain('POST device/end');
  });

  it('is ended at the server too, and goes even when that cannot be told', async () => {
    await bindDevice('Phone');
    await endDevice();
    expect(calls.at(-1)).toBe('POST device/end');
    await bindDevice('Phone');
    network = 'down';
    await expect(endDevice()).rejects.toThrow();
    expect(device.value).toBeNull();
  });
});

describe('its code', () => {
  /** Lets the signatures, which are made off this thread, arrive; the test's own limit ends the waiting. */
  const arrive = async (done: () => boolean): Promise<void> => {
    while (!done()) await new Promise((next) => setImmediate(next));
  };

  it('is made anew every 30 s while it is wanted, and never shown past its 60', async () => {
    await bindDevice('Phone');
    await syncDevice();
    const start = Date.parse('2026-11-22T01:00:00Z');
    vi.useFakeTimers({ now: start, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const wanted = ref(false);
    const now = ref(start);
    const scope = effectScope();
    const session = scope.run(() => useHeldCode(() => wanted.value, now));
    if (!session) throw new Error('the scope did not run');
    await arrive(() => session.kept.value !== null);
    expect(session.code.value).toBeNull();
    wanted.value = true;
    await arrive(() => session.code.value !== null);
    const first = session.code.value;
    expect(first).toMatch(/^HTTPS:\/\//i);
    now.value = start + 30_000;
    vi.advanceTimersByTime(30_000);
    await arrive(() => session.code.value !== first && session.code.value !== null);
    expect(session.code.value).not.toBe(first);
    expect(session.code.value).not.toBeNull();
    // the screen was off: what is old is not the first thing seen
    now.value = start + 90_000;
    expect(session.code.value).toBeNull();
    scope.stop();
  });
});
