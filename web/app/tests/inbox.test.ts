import { describe, expect, it } from 'vitest';
import { noticeCodeOf, ownPageOf } from '@/inbox/code';
import { byDay } from '@/inbox/days';

describe('a notice code', () => {
  it.each([
    ['as it is printed', 'K7M2-9QXT-4FDA-0R8S'],
    ['without groups', 'K7M29QXT4FDA0R8S'],
    ['in lower case with blanks', ' k7m2 9qxt 4fda 0r8s '],
    ['in full width, as Chinese keyboards write', 'Ｋ７Ｍ２－９ＱＸＴ－４ＦＤＡ－０Ｒ８Ｓ'],
    ['with the letter O for the digit', 'K7M2-9QXT-4FDA-OR8S'],
    ['as the link of a message', 'https://demo.example/notice#K7M2-9QXT-4FDA-0R8S'],
    ['as the link, encoded', 'https://demo.example/notice#K7M2%2D9QXT%2D4FDA%2D0R8S'],
    ['as what stands behind #', '#K7M2-9QXT-4FDA-0R8S'],
  ])('is read %s', (_, text) => {
    expect(noticeCodeOf(text)).toBe('K7M2-9QXT-4FDA-0R8S');
  });

  it('takes I and L for the digit one', () => {
    expect(noticeCodeOf('I7M2-9QXT-4FDL')).toBe('17M2-9QXT-4FD1');
  });

  it.each([
    ['nothing', ''],
    ['too few characters', 'K7M2-9QXT-4FD'],
    ['too many', 'K7M2-9QXT-4FDA-0R8S-1'],
    ['a letter that is not used', 'U7M2-9QXT-4FDA'],
    ['another link', 'https://demo.example/notice'],
    ['a text beyond all measure', 'K7M29QXT4FDA'.repeat(40)],
    ['a broken encoding', '#%E0%A4%A'],
  ])('is not found in %s', (_, text) => {
    expect(noticeCodeOf(text)).toBeNull();
  });
});

describe('a scanned link', () => {
  const hosts = ['luzheng.example', 'codes.example'];
  it.each([
    ['https://luzheng.example/notice#K7M2', '/notice#K7M2'],
    ['https://codes.example/file#TOKEN', '/file#TOKEN'],
    ['https://luzheng.example/proof#abc', '/proof#abc'],
  ])('%s leads to %s', (link, page) => {
    expect(ownPageOf(link, hosts)).toBe(page);
  });
  it.each([
    'https://evil.example/notice#K7M2',
    'https://luzheng.example/V#123',
    'https://luzheng.example/settings#x',
    'https://luzheng.example/notice',
    'javascript:alert(1)//luzheng.example/notice#x',
    'LZ1:ABC',
    '',
  ])('%s leads nowhere', (link) => {
    expect(ownPageOf(link, hosts)).toBeNull();
  });
});

describe('days', () => {
  const now = Date.parse('2026-11-22T01:00:00+08:00');
  it('are Chinese days, in the order that was given, the last two by name', () => {
    const at = [
      '2026-11-21T17:00:00Z', // one o'clock of the 22nd in China
      '2026-11-21T15:59:00Z', // a minute before midnight of the 21st
      '2026-11-21T00:00:00Z',
      '2026-10-01T00:00:00Z',
    ];
    const days = byDay(at, (one) => one, now);
    expect(days.map(({ day, called }) => [day, called])).toEqual([
      ['2026-11-22', 'today'],
      ['2026-11-21', 'yesterday'],
      ['2026-10-01', null],
    ]);
    expect(days[1]?.items).toEqual([at[1], at[2]]);
  });
  it('of nothing are none', () => {
    expect(byDay([], () => '', now)).toEqual([]);
  });
});
