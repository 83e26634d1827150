import { describe, expect, test, vi } from 'vitest';
import { CallFailed } from '@/api';
import { FLAG_STATES, flagCommandOf, openFlags, OUTCOME_KEYS, type FlagCalls } from '@/flags';
import type { Flag, FlagPage, FlagState, Outcome } from '@/types';
import { enFlags, zhFlags } from '@/words-flags';

const flag = (id: string, outcome: Outcome | null = null): Flag => ({
  id,
  kind: 'copied_code',
  title: { zh: id, en: id },
  rule: 'distant_places',
  why: { zh: '', en: '' },
  raised_at: '2026-11-22T00:00:00Z',
  last_at: '2026-11-22T00:00:00Z',
  times: 1,
  credential: null,
  sightings: [],
  checkers: 3,
  caller: null,
  look_ups: null,
  steps: [],
  settled: outcome && {
    outcome,
    text: { zh: outcome, en: outcome },
    note: null,
    at: '2026-11-22T00:01:00Z',
    by_me: true,
  },
});

/** A desk whose flags move between the lists. */
function desk(first: Flag[], changes: Partial<FlagCalls> = {}): FlagCalls {
  let all = [...first];
  const put = (id: string, outcome: Outcome | null): Flag => {
    const made = flag(id, outcome);
    all = all.map((one) => (one.id === id ? made : one));
    return made;
  };
  return {
    getFlags: vi.fn(async (state: FlagState): Promise<FlagPage> => {
      const items = all.filter((one) => (one.settled === null) === (state === 'open'));
      return { items, open: all.filter((one) => one.settled === null).length, next: null };
    }),
    settleFlag: vi.fn(async (id: string, outcome: Outcome) => put(id, outcome)),
    reopenFlag: vi.fn(async (id: string) => put(id, null)),
    ...changes,
  };
}

describe('the flags', () => {
  test('go to the next one when one was settled, and the last is opened again', async () => {
    const calls = desk([flag('1'), flag('2'), flag('3')]);
    const { flags, chosen, look, move, settle, reopen, tab } = openFlags(calls);
    await look();
    expect([chosen.value?.id, flags.open]).toEqual(['1', 3]);
    move(1);
    expect(await settle(flag('2'), 'nothing', '  ')).toBe(true);
    expect(calls.settleFlag).toHaveBeenCalledWith('2', 'nothing', null);
    expect([flags.items.map(({ id }) => id), chosen.value?.id, flags.open]).toEqual([['1', '3'], '3', 2]);
    await tab('settled');
    expect(flags.items.map(({ id }) => id)).toEqual(['2']);
    await reopen(flags.last);
    expect([flags.state, chosen.value?.id, flags.last, flags.open]).toEqual(['open', '2', null, 3]);
    await reopen(flags.last);
    expect(calls.reopenFlag).toHaveBeenCalledTimes(1);
  });

  test('say what is lost, what has changed, and what went wrong, and keep the flag in hand', async () => {
    const failures = [
      [new CallFailed(0, null, 'off'), 'lost'],
      [new CallFailed(503, 'store_unavailable', 'away'), 'lost'],
      [new CallFailed(409, 'settled_before', 'settled'), 'gone'],
      [new CallFailed(400, 'note_too_long', 'long'), 'problem'],
    ] as const;
    for (const [failure, kind] of failures) {
      const calls = desk([flag('1')], { settleFlag: vi.fn(() => Promise.reject(failure)) });
      const { flags, chosen, look, settle } = openFlags(calls);
      await look();
      expect(await settle(flag('1'), 'copied', 'seen')).toBe(false);
      expect([flags.trouble?.kind, chosen.value?.id, flags.busy]).toEqual([kind, '1', false]);
    }
  });

  test('an answer that comes too late does not replace a newer one', async () => {
    let answer: (page: FlagPage) => void = () => undefined;
    const slow = new Promise<FlagPage>((resolve) => (answer = resolve));
    const getFlags = vi.fn(async (state: FlagState) =>
      state === 'open' ? slow : { items: [flag('2', 'nothing')], open: 0, next: null },
    );
    const { flags, look, tab } = openFlags(desk([], { getFlags }));
    const first = look();
    await tab('settled');
    answer({ items: [flag('1')], open: 1, next: null });
    await first;
    expect(flags.items.map(({ id }) => id)).toEqual(['2']);
  });
});

describe('the keys of the flags', () => {
  const press = (key: string, more = {}): unknown =>
    flagCommandOf({
      key,
      ctrlKey: false,
      metaKey: false,
      altKey: false,
      repeat: false,
      typing: false,
      ...more,
    });

  test('do everything, and nothing while somebody writes', () => {
    for (const [outcome, key] of Object.entries(OUTCOME_KEYS)) {
      expect(press(key)).toEqual({ do: 'settle', outcome });
      expect(press(key.toLowerCase(), { repeat: true })).toBeNull();
      expect(press(key, { typing: true })).toBeNull();
      expect(press(key, { ctrlKey: true })).toBeNull();
    }
    expect(press('j', { repeat: true })).toEqual({ do: 'move', by: 1 });
    expect([press('1'), press('2')]).toEqual(FLAG_STATES.map((state) => ({ do: 'tab', state })));
    expect(press('Escape', { typing: true })).toEqual({ do: 'close' });
    expect(press('x')).toBeNull();
  });

  test('have words in both languages', () => {
    const names = (words: object): string[] =>
      Object.entries(words).flatMap(([name, word]) =>
        typeof word === 'string' ? [name] : names(word as object).map((one) => `${name}.${one}`),
      );
    expect(names(enFlags)).toEqual(names(zhFlags));
    expect(Object.keys(zhFlags.outcomes)).toEqual(Object.keys(OUTCOME_KEYS));
  });
});
