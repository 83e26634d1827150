import { describe, expect, it } from 'vitest';
import type { Deadline, Licence, Points, PointsEntry } from '@/api/licence';
import { deviceName, placeOf } from '@/composables/device';
import { fromBase64Url, toBase64Url } from '@/licence/base64url';
import { classesOf, classesText } from '@/licence/classes';
import { pointsPlot } from '@/licence/plot';
import { maskedName, maskedNumber, pointsTone, ranOut, standingOf, stateName } from '@/licence/state';
import { groupDeadlines, nextDeadline } from '@/licence/timeline';
import { licenceWords } from '@/licence/verdict';

const entry = (
  id: string,
  points: number,
  decided: string,
  more: Partial<PointsEntry> = {},
): PointsEntry => ({
  id,
  item: null,
  offence: { zh: '违法', en: 'offence' },
  points,
  offence_on: null,
  decided_on: decided,
  carried: false,
  counts: true,
  clears: { zh: '清除', en: 'clears' },
  clause: null,
  ...more,
});
const points = (entries: PointsEntry[], sum?: number): Points => ({
  sum: sum ?? entries.filter((e) => e.counts).reduce((total, e) => total + e.points, 0),
  limit: 12,
  full: false,
  cycle_start: '2026-04-01',
  cycle_end: '2027-03-31',
  clears_on: null,
  entries,
  past_cycles: [],
  full12: null,
  reduction: { used: 0, max: 6, possible: false, reasons: [], ways: [] },
});

describe('the plot of points', () => {
  it('stacks what was carried first, then by decision', () => {
    const plot = pointsPlot(
      points([
        entry('b', 6, '2026-10-20'),
        entry('a', 3, '2026-05-01'),
        entry('c', 1, '2026-02-01', { carried: true }),
      ]),
      '2026-11-22',
    );
    expect(plot.blocks).toEqual([
      { id: 'c', from: 0, to: 1, carried: true },
      { id: 'a', from: 1, to: 4, carried: false },
      { id: 'b', from: 4, to: 10, carried: false },
    ]);
    expect(plot.left).toBe(2);
    expect(plot.marks).toEqual([0, 3, 6, 9, 12]);
    expect(plot.decisions.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('leaves out what no longer counts', () => {
    expect(pointsPlot(points([entry('a', 3, '2026-05-01', { counts: false })]), '2026-11-22').blocks).toEqual(
      [],
    );
  });

  it('grows its scale beyond the limit', () => {
    const plot = pointsPlot(
      points([entry('a', 12, '2026-05-01'), entry('b', 3, '2026-06-01')]),
      '2026-11-22',
    );
    expect(plot.top).toBe(15);
    expect(plot.marks).toEqual([0, 3, 6, 9, 12, 15]);
    expect(plot.left).toBe(0);
  });

  it('takes a reduction off the top, and shows a sum that came without entries', () => {
    expect(
      pointsPlot(points([entry('a', 3, '2026-05-01'), entry('b', 3, '2026-06-01')], 2), '2026-11-22').blocks,
    ).toEqual([{ id: 'a', from: 0, to: 2, carried: false }]);
    expect(pointsPlot(points([], 4), '2026-11-22').blocks).toEqual([
      { id: 'opening', from: 0, to: 4, carried: false },
    ]);
  });

  it('puts today on the cycle, from its first day to its last', () => {
    expect(pointsPlot(points([]), '2026-04-01')).toMatchObject({ today: 0, daysLeft: 364 });
    expect(pointsPlot(points([]), '2027-03-31')).toMatchObject({ today: 1, daysLeft: 0 });
    expect(pointsPlot(points([]), '2027-04-02')).toMatchObject({ today: 1, daysLeft: 0 });
  });

  it('has a tone by how close the limit is', () => {
    expect([0, 8, 9, 11, 12, 15].map((sum) => pointsTone(sum, 12))).toEqual([
      'ok',
      'ok',
      'warn',
      'warn',
      'bad',
      'bad',
    ]);
  });
});

const due = (id: string, due_on: string, state: Deadline['state'] = 'upcoming'): Deadline => ({
  id,
  about: { kind: 'licence', id: '1', label: 'C1' },
  kind: 'renewal',
  title: { zh: '换证', en: 'renewal' },
  why: { zh: '因为', en: 'because' },
  opens_on: null,
  due_on,
  days_left: 1,
  state,
  action: null,
  consequence: null,
  clause: {
    id: 'x',
    title: { zh: '', en: '' },
    text: { zh: '', en: '' },
    source: '',
    in_force_from: '2022-04-01',
  },
  notices: [],
});

describe('the timeline', () => {
  it('has what is overdue first, then what can be done, then the months', () => {
    const groups = groupDeadlines([
      due('a', '2027-03-31'),
      due('b', '2026-12-01', 'open'),
      due('c', '2027-03-02'),
      due('d', '2026-10-01', 'overdue'),
      due('e', '2027-01-15'),
    ]);
    expect(groups.map(({ key, items }) => [key, items.map(({ id }) => id)])).toEqual([
      ['overdue', ['d']],
      ['open', ['b']],
      ['2027-01', ['e']],
      ['2027-03', ['c', 'a']],
    ]);
  });

  it('names the date that matters next', () => {
    expect(nextDeadline([])).toBeNull();
    expect(nextDeadline([due('a', '2027-03-31'), due('b', '2027-12-01', 'open')])?.id).toBe('b');
  });
});

describe('a licence', () => {
  const licence = (state: Licence['state'], credential: Licence['credential']['state']): Licence =>
    ({ state, credential: { state: credential } }) as Licence;

  it.each([
    ['normal', 'current', 'shown'],
    ['red', 'current', 'shown'],
    ['invalid', 'current', 'invalid'],
    ['withdrawn', 'current', 'withdrawn'],
    ['withdrawn', 'none', 'withdrawn'],
    ['normal', 'withdrawn', 'withdrawn'],
    ['normal', 'none', 'none'],
    ['red', 'none', 'none'],
  ] as const)('whose state is %s with a credential %s is %s', (state, credential, standing) => {
    expect(standingOf(licence(state, credential))).toBe(standing);
  });

  it('masks numbers and names', () => {
    expect(maskedNumber('320202198506152813')).toBe('320***********2813');
    expect(maskedNumber('E123456')).toBe('*******');
    expect(maskedName('张三丰')).toBe('张*丰');
    expect(maskedName('张三')).toBe('张*');
    expect(maskedName('𬭎')).toBe('𬭎');
    expect(maskedName('欧阳·买买提江')).toBe('欧*江');
  });

  it('is named by its letters, and runs out after its last day', () => {
    const letters = [{ name: { zh: '超分', en: 'over points' } }, { name: { zh: '扣留', en: 'held' } }];
    expect(stateName(letters)).toEqual({ zh: '超分、扣留', en: 'over points, held' });
    expect(ranOut({ valid_until: '2026-11-22' }, '2026-11-22')).toBe(false);
    expect(ranOut({ valid_until: '2026-11-22' }, '2026-11-23')).toBe(true);
    expect(ranOut({ valid_until: null }, '2099-01-01')).toBe(false);
  });

  it('names its classes', () => {
    expect(classesOf('A1A2DM')).toEqual(['A1', 'A2', 'D', 'M']);
    expect(classesText('C1D').zh).toBe('C1 小型汽车、D 普通三轮摩托车');
    expect(classesText('X').en).toBe('X X');
  });

  it('is kept here, elsewhere or nowhere', () => {
    const holding = { id: 'h', name: 'Phone', device_key: 'abc', bound_at: '' };
    expect(placeOf(null, { key: 'abc' })).toBe('nowhere');
    expect(placeOf(holding, { key: 'abc' })).toBe('here');
    expect(placeOf(holding, { key: 'def' })).toBe('elsewhere');
    expect(placeOf(holding, null)).toBe('elsewhere');
  });

  it.each([
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1',
      'iPhone · Safari',
    ],
    [
      'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36',
      'Android · Chrome',
    ],
    [
      'Mozilla/5.0 (Linux; Android 12; HarmonyOS) AppleWebKit/537.36 Chrome/114.0.0.0 Mobile Safari/537.36',
      'HarmonyOS · Chrome',
    ],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0', 'Windows · Firefox'],
    ['something', '电脑'],
  ])('calls a device by its kind', (agent, name) => {
    expect(deviceName(agent, { phone: '手机', computer: '电脑' })).toBe(name);
  });

  it('has base64url both ways, and refuses what is none', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    expect(toBase64Url(bytes)).toMatch(/^[\w-]+$/);
    expect(fromBase64Url('***')).toBeNull();
  });
});

describe('a verdict', () => {
  const mark = { kind: 'inspection_mark', mode: 'live' };
  const held = { kind: 'driving_licence', mode: 'held' };
  const words = (reason: string | null, credential: unknown): unknown =>
    licenceWords({ reason, credential } as Parameters<typeof licenceWords>[0]);

  it('about a licence has its own words', () => {
    expect(words(null, held)).toBe('valid');
    expect(words('state_red', held)).toBe('state_red');
    expect(words('replayed', held)).toBe('replayedHeld');
    expect(words('replayed', { ...held, mode: 'live' })).toBe('replayed');
  });

  it('about a mark, or about nothing that could be read, has the common ones', () => {
    expect(words('expired', mark)).toBeNull();
    expect(words('bad_signature', held)).toBeNull();
    expect(words('truncated', null)).toBeNull();
  });
});
