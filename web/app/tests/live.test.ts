import { describe, expect, it } from 'vitest';
import { livePhase } from '@/mark/live';

const issued = Date.parse('2026-11-22T01:00:00Z');
const code = {
  code: 'HTTPS://X/V#123',
  issued_at: '2026-11-22T01:00:00Z',
  expires_at: '2026-11-22T01:01:00Z',
  renew_after_s: 30,
};

describe('a live code', () => {
  it('counts down to its renewal', () => {
    expect(livePhase(code, issued)).toEqual({ renewIn: 30, share: 1, alive: true });
    expect(livePhase(code, issued + 15_000)).toEqual({ renewIn: 15, share: 0.5, alive: true });
    expect(livePhase(code, issued + 29_100).renewIn).toBe(1);
  });

  it('stays alive after the renewal is due, until its 60 s are over', () => {
    expect(livePhase(code, issued + 30_000)).toEqual({ renewIn: 0, share: 0, alive: true });
    expect(livePhase(code, issued + 59_999).alive).toBe(true);
    expect(livePhase(code, issued + 60_000).alive).toBe(false);
  });

  it('is never shown longer than 60 s, whatever the server says', () => {
    const generous = { ...code, expires_at: '2026-11-22T02:00:00Z' };
    expect(livePhase(generous, issued + 60_000).alive).toBe(false);
  });

  it('does not run past its start on a phone whose clock lags', () => {
    expect(livePhase(code, issued - 5_000).share).toBe(1);
  });
});
