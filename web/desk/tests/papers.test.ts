import { describe, expect, test, vi } from 'vitest';
import { CallFailed } from '@/api';
import { counterFault, plainNumber, useAct } from '@/counter';
import { enOffice, zhOffice } from '@/words-office';
import { openPapers, paperCommandOf, type PaperCalls, STATES, STEP_KEYS } from '@/papers';
import type { PaperOrder, PaperPage, PaperState } from '@/types';

const order = (id: string, state: PaperState = 'ordered'): PaperOrder => ({
  id,
  case_id: `case-${id}`,
  plate_number: `苏B0000${id}`,
  plate_type: '02',
  way: 'post',
  division: '320211',
  office: null,
  recipient: '张三',
  phone: '13800001234',
  address: '江苏省无锡市滨湖区湖滨路 1 号',
  state,
  state_text: { zh: state, en: state },
  ordered_at: '2026-11-22T00:00:00Z',
  carrier: null,
  tracking_number: null,
  collect_by: null,
  undo_until: '2026-11-22T00:01:00Z',
  next: ['produced'],
});
const page = (items: PaperOrder[], next: string | null = null): PaperPage => ({
  items,
  counts: { ordered: items.length },
  next,
});

/** A queue whose orders leave the list when a step is taken. */
function office(first: PaperOrder[], changes: Partial<PaperCalls> = {}): PaperCalls {
  let all = [...first];
  const move = (id: string, state: PaperState): PaperOrder => {
    all = all.map((one) => (one.id === id ? { ...one, state } : one));
    return { ...order(id, state) };
  };
  return {
    getPapers: vi.fn(async (state: PaperState) => page(all.filter((one) => one.state === state))),
    stepPaper: vi.fn(async (id: string, step: PaperState) => move(id, step)) as PaperCalls['stepPaper'],
    undoPaper: vi.fn(async (id: string) => move(id, 'ordered')),
    ...changes,
  };
}

describe('the papers', () => {
  test('go to the next order when one has left the list', async () => {
    const { papers, chosen, look, step, move } = openPapers(office([order('1'), order('2'), order('3')]));
    await look();
    expect(chosen.value?.id).toBe('1');
    move(1);
    expect(chosen.value?.id).toBe('2');
    expect(await step(order('2'), 'produced')).toBe(true);
    expect(papers.items.map(({ id }) => id)).toEqual(['1', '3']);
    expect(chosen.value?.id).toBe('3');
    await step(order('3'), 'produced');
    expect(chosen.value?.id).toBe('1');
    await step(order('1'), 'produced');
    expect(chosen.value).toBeNull();
  });

  test('take the last step back, and have it in hand again where it is', async () => {
    const calls = office([order('1'), order('2')]);
    const { papers, chosen, look, step, tab, undo } = openPapers(calls);
    await look();
    await step(order('1'), 'produced');
    expect(papers.last?.id).toBe('1');
    await tab('produced');
    expect(papers.items.map(({ id }) => id)).toEqual(['1']);
    await undo();
    expect(calls.undoPaper).toHaveBeenCalledWith('1');
    expect([papers.state, chosen.value?.id, papers.last]).toEqual(['ordered', '1', null]);
    await undo();
    expect(calls.undoPaper).toHaveBeenCalledTimes(1);
  });

  test('say what is lost, what is gone, and what went wrong, and keep the order in hand', async () => {
    for (const [status, kind] of [
      [0, 'lost'],
      [503, 'lost'],
      [422, 'gone'],
      [404, 'gone'],
      [500, 'problem'],
    ] as const) {
      const calls = office([order('1')], {
        stepPaper: vi.fn(async () => {
          throw new CallFailed(status, null, 'why');
        }),
      });
      const { papers, chosen, look, step } = openPapers(calls);
      await look();
      expect(await step(order('1'), 'produced')).toBe(false);
      expect(papers.trouble?.kind, String(status)).toBe(kind);
      expect(papers.busy).toBe(false);
      expect(chosen.value?.id).toBe('1');
    }
  });

  test('add the next page to the list, and drop an answer of another tab', async () => {
    let late: (page: PaperPage) => void = () => undefined;
    const getPapers = vi
      .fn<PaperCalls['getPapers']>()
      .mockResolvedValueOnce(page([order('1')], 'x'))
      .mockResolvedValueOnce(page([order('2')]))
      .mockReturnValueOnce(new Promise((resolve) => (late = resolve)))
      .mockResolvedValueOnce(page([order('3', 'ready')]));
    const { papers, look, more, tab } = openPapers(office([], { getPapers }));
    await look();
    await more();
    expect(papers.items.map(({ id }) => id)).toEqual(['1', '2']);
    await more();
    expect(getPapers).toHaveBeenCalledTimes(2);
    const slow = look();
    await tab('ready');
    late(page([order('1')]));
    await slow;
    expect(papers.items.map(({ id }) => id)).toEqual(['3']);
  });
});

describe('a key at the papers', () => {
  const press = (key: string, more = {}) =>
    paperCommandOf({
      key,
      ctrlKey: false,
      metaKey: false,
      altKey: false,
      repeat: false,
      typing: false,
      ...more,
    });

  test('means a step, a move, a tab', () => {
    expect(press('j')).toEqual({ do: 'move', by: 1 });
    expect(press('ArrowUp')).toEqual({ do: 'move', by: -1 });
    expect(press('P')).toEqual({ do: 'step', step: 'produced' });
    expect(press('1')).toEqual({ do: 'tab', state: 'ordered' });
    expect(press('8')).toEqual({ do: 'tab', state: 'cancelled' });
    expect(press('9')).toBeNull();
    expect(new Set(Object.values(STEP_KEYS)).size).toBe(6);
    expect(STATES).toHaveLength(8);
  });

  test('means nothing with a modifier, while somebody writes, or when a step is held down', () => {
    expect(press('p', { ctrlKey: true })).toBeNull();
    expect(press('p', { typing: true })).toBeNull();
    expect(press('Escape', { typing: true })).toEqual({ do: 'close' });
    expect(press('p', { repeat: true })).toBeNull();
    expect(press('j', { repeat: true })).toEqual({ do: 'move', by: 1 });
  });
});

describe('the counter', () => {
  test('does an act once, and says why not', async () => {
    const { busy, fault, made, run } = useAct<string>();
    let finish: (value: string) => void = () => undefined;
    const first = run(() => new Promise<string>((resolve) => (finish = resolve)));
    expect(busy.value).toBe(true);
    expect(await run(async () => 'twice')).toBe(false);
    finish('once');
    expect([await first, made.value, busy.value]).toEqual([true, 'once', false]);
    await run(async () => {
      throw new CallFailed(403, 'identity_mismatch', '');
    });
    expect([made.value, fault.value?.key]).toEqual([null, 'identity_mismatch']);
  });

  test('has words for every code in both languages', () => {
    const others = new Set(['not_found', 'lost', 'other']);
    for (const words of [zhOffice, enOffice]) {
      const codes = Object.keys(words.counter.failed).filter((code) => !others.has(code));
      expect(codes.map((code) => counterFault(new CallFailed(422, code, '')).key)).toEqual(codes);
    }
    expect(counterFault(new CallFailed(0, null, '')).key).toBe('lost');
    expect(counterFault(new CallFailed(404, 'not_found', '')).key).toBe('not_found');
    expect(counterFault(new CallFailed(422, 'new_one', 'why'))).toEqual({ key: 'other', detail: 'why' });
  });

  test('reads numbers as people type them', () => {
    expect(plainNumber(' ３２０２００ 19900101 123x ')).toBe('32020019900101123X');
  });
});
