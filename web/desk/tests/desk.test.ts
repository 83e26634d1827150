import { describe, expect, test, vi } from 'vitest';
import { CallFailed } from '@/api';
import { openDesk, type Calls } from '@/desk';
import { commandOf, type Pressed } from '@/keys';
import { median, span } from '@/median';
import type { Queue, Reason, Review } from '@/types';

const review = (id: string): Review => ({
  id,
  case_id: `case-${id}`,
  look: 'first',
  urgent: false,
  submitted_at: '2026-11-22T00:00:00Z',
  waiting_s: 60,
  lease_until: '2026-11-22T00:05:00Z',
  applicant: { name_masked: '张*丰', sex: { zh: '男', en: 'male' }, age: 30, classes: 'C1' },
  checks: [],
  has_stored_photo: false,
  decided: null,
  decided_at: null,
  undo_until: null,
});
const blurred: Reason = {
  code: 'not_sharp',
  text: { zh: '照片模糊', en: 'Not sharp' },
  fix: { zh: '', en: '' },
  key: '3',
};
const queue = (mine: Review[] = []): Queue => ({
  waiting: 2,
  urgent: 0,
  second_look: 0,
  oldest_waiting_s: 60,
  decided_today: 0,
  median_decide_s: null,
  median_waited_s: null,
  mine,
});

function calls(waiting: Review[], changes: Partial<Calls> = {}): Calls {
  const decided = (id: string): Review => ({ ...review(id), decided: 'approved' });
  return {
    getQueue: vi.fn(async () => queue()),
    getReasons: vi.fn(async () => ({ items: [blurred] })),
    claimNext: vi.fn(async () => waiting.shift() ?? null),
    approve: vi.fn(async (id: string) => decided(id)),
    reject: vi.fn(async (id: string) => ({ ...decided(id), decided: 'rejected' as const })),
    release: vi.fn(async () => null),
    undo: vi.fn(async (id: string) => review(id)),
    ...changes,
  };
}

describe('the desk', () => {
  test('goes from photo to photo, and measures from picture to decision', async () => {
    let clock = 0;
    const api = calls([review('1'), review('2')]);
    const { desk, next, seen, approve, reject, medianSeconds } = openDesk(api, () => clock);
    await next();
    expect(desk.current?.id).toBe('1');
    await approve();
    expect(api.approve, 'the picture was not on the screen yet').not.toHaveBeenCalled();
    seen();
    clock = 4_000;
    await approve();
    expect(desk.current?.id).toBe('2');
    expect(desk.last?.review.id).toBe('1');
    seen();
    clock = 6_000;
    await reject(blurred, '  ');
    expect(api.reject).toHaveBeenCalledWith('2', 'not_sharp', null);
    expect(desk.state).toBe('empty');
    expect(medianSeconds.value).toBe(3);
  });

  test('undo brings the photo back and puts the one in hand back', async () => {
    const api = calls([review('1'), review('2')]);
    const { desk, next, seen, approve, undo } = openDesk(api);
    await next();
    seen();
    await approve();
    await undo();
    expect(api.undo).toHaveBeenCalledWith('1');
    expect(api.release).toHaveBeenCalledWith('2');
    expect(desk.current?.id).toBe('1');
    expect(desk.seconds).toEqual([]);
    expect(desk.last).toBeNull();
  });

  test('a photo that is no longer ours leaves the desk; no connection keeps it', async () => {
    const lost = calls([review('1')], { approve: () => Promise.reject(new CallFailed(0, null, 'x')) });
    const first = openDesk(lost);
    await first.next();
    first.seen();
    await first.approve();
    expect(first.desk.trouble?.kind).toBe('lost');
    expect(first.desk.current?.id).toBe('1');
    const gone = calls([review('1')], {
      approve: () => Promise.reject(new CallFailed(409, 'lease_over', 'over')),
    });
    const second = openDesk(gone);
    await second.next();
    second.seen();
    await second.approve();
    expect(second.desk.trouble?.kind).toBe('gone');
    expect(second.desk.current).toBeNull();
    expect(second.desk.seconds).toEqual([]);
  });

  test('a page that was loaded again goes on with the photo in hand', async () => {
    const { desk, look } = openDesk(calls([], { getQueue: async () => queue([review('7')]) }));
    await look();
    expect(desk.current?.id).toBe('7');
  });
});

describe('keys', () => {
  const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    repeat: false,
    typing: false,
    ...more,
  });
  test.each([
    ['n', 'next'],
    ['A', 'approve'],
    ['r', 'choose'],
    ['u', 'undo'],
    ['s', 'release'],
    ['?', 'help'],
    ['Escape', 'close'],
  ])('%s means %s', (key, expected) => {
    expect(commandOf(press(key))?.do).toBe(expected);
  });
  test('digits reject; held keys, modifiers and typing decide nothing', () => {
    expect(commandOf(press('3'))).toEqual({ do: 'reject', key: '3' });
    expect(commandOf(press('0'))).toBeNull();
    expect(commandOf(press('a', { repeat: true }))).toBeNull();
    expect(commandOf(press('a', { ctrlKey: true }))).toBeNull();
    expect(commandOf(press('a', { typing: true }))).toBeNull();
    expect(commandOf(press('Escape', { typing: true }))?.do).toBe('close');
  });
});

test('medians and spans', () => {
  expect(median([])).toBeNull();
  expect(median([5])).toBe(5);
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(span(59.4, false)).toBe('59 秒');
  expect(span(60, true)).toBe('1 min');
  expect(span(7_500, true)).toBe('2 h 5 min');
  expect(span(7_200, false)).toBe('2 小时');
});
