import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, nextTick } from 'vue';
import { postLiveCode } from '@/api/calls';
import { answerWith } from '@/api/client';
import { useLiveCode } from '@/composables/liveCode';

const START = Date.parse('2026-11-22T01:00:00Z');

/** Lets the request's promises settle without moving the clock. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe('renewing a live code', () => {
  let asked: string[];
  let network: 'up' | 'down' | 'refusing';

  beforeEach(() => {
    vi.useFakeTimers({ now: START });
    asked = [];
    network = 'up';
    answerWith(async (request) => {
      asked.push(new URL(request.url).pathname);
      if (network === 'down') throw new TypeError('no network');
      if (network === 'refusing') {
        return new Response(JSON.stringify({ code: 'mark_suspended' }), {
          status: 409,
          headers: { 'content-type': 'application/problem+json' },
        });
      }
      const issued = Date.now();
      return new Response(
        JSON.stringify({
          code: `CODE${asked.length}`,
          issued_at: new Date(issued).toISOString(),
          expires_at: new Date(issued + 60_000).toISOString(),
          renew_after_s: 30,
        }),
        { headers: { 'content-type': 'application/json' } },
      );
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function open() {
    const scope = effectScope();
    const live = scope.run(() => useLiveCode(() => postLiveCode('m1')));
    if (!live) throw new Error('the scope did not run');
    return { live, close: () => scope.stop() };
  }

  it('asks again every 30 s and shows the newest', async () => {
    const { live, close } = open();
    await settle();
    expect(live.code.value).toBe('CODE1');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(live.code.value).toBe('CODE2');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(live.code.value).toBe('CODE3');
    expect(asked).toEqual(Array(3).fill('/api/v1/citizen/marks/m1/live'));
    close();
  });

  it('keeps a code that is still good when the network goes, hides it when it is dead, and recovers', async () => {
    const { live, close } = open();
    await settle();
    network = 'down';
    await vi.advanceTimersByTimeAsync(31_000);
    expect(live.state.value).toBe('lost');
    expect(live.code.value).toBe('CODE1');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(live.code.value).toBeNull();
    network = 'up';
    await vi.advanceTimersByTimeAsync(3_000);
    expect(live.state.value).toBe('live');
    expect(live.code.value).toMatch(/^CODE/);
    close();
  });

  it('stops when the server refuses, and shows nothing', async () => {
    network = 'refusing';
    const { live, close } = open();
    await settle();
    expect(live.state.value).toBe('refused');
    expect(live.code.value).toBeNull();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(asked).toHaveLength(1);
    close();
  });

  it('asks no more once the screen is closed', async () => {
    const { close } = open();
    await settle();
    close();
    await nextTick();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(asked).toHaveLength(1);
  });
});
