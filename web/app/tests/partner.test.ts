import { afterEach, describe, expect, it, vi } from 'vitest';
import { AT_ONCE, runBatch, tableOf, type Run } from '@/partner/batch';
import * as calls from '@/partner/calls';
import { cells, MAX_CODES, readCodes, writeTable } from '@/partner/csv';
import { momentOf } from '@/partner/moment';
import type { CodeToCheck } from '@/partner/types';

const CODE = 'HTTPS://LZ.EXAMPLE.CN/V#1234567890123456789012345678901234567890';

describe('tables of codes', () => {
  it('reads lines, and tables with named columns in either language', () => {
    expect(readCodes(`${CODE}\n\n  ${CODE}  \r\n`).items).toEqual([{ code: CODE }, { code: CODE }]);
    expect(readCodes(`\uFEFF编号,码,号牌\r\nA-1,${CODE},苏E·00001\r\n,${CODE},\r\n`).items).toEqual([
      { code: CODE, id: 'A-1', expected_plate: '苏E·00001' },
      { code: CODE },
    ]);
    expect(readCodes(`Case;Code\n7;${CODE}`).items).toEqual([{ code: CODE, id: '7' }]);
    expect(readCodes(`Plate\tQR\n苏E00001\t${CODE}`).items).toEqual([
      { code: CODE, expected_plate: '苏E00001' },
    ]);
  });
  it('finds the codes of a table without names', () => {
    expect(readCodes(`1,${CODE}\n2,${CODE}`).items).toEqual([{ code: CODE }, { code: CODE }]);
  });
  it('says what is wrong', () => {
    expect(readCodes('').problem).toBe('empty');
    expect(readCodes('码\n\n').problem).toBe('empty');
    expect(readCodes('a,b\nc,d').problem).toBe('no_code_column');
    expect(readCodes(`x\n`.repeat(MAX_CODES)).items).toHaveLength(MAX_CODES);
    expect(readCodes(`x\n`.repeat(MAX_CODES + 1)).problem).toBe('too_many');
    expect(readCodes(`x\n`.repeat(MAX_CODES * 50)).problem).toBe('too_many');
  });
  it('keeps quoted cells whole', () => {
    expect(cells('a,"b ""c"", d\ne",f\ng')).toEqual([['a', 'b "c", d\ne', 'f'], ['g']]);
  });
  it('cuts what the server would refuse', () => {
    const [item] = readCodes(`id,code,plate\n${'i'.repeat(80)},${CODE},${'p'.repeat(80)}`).items ?? [];
    expect([item?.id?.length, item?.expected_plate?.length]).toEqual([64, 32]);
  });
  it('writes what is read back, and no formulas', () => {
    const rows = [
      ['=1+1', '-2', '@x', '+y'],
      ['a,b', 'c"d', 'e\nf', '苏E00001'],
    ];
    const text = writeTable(rows);
    expect(text.startsWith('\uFEFF')).toBe(true);
    expect(cells(text)).toEqual([["'=1+1", "'-2", "'@x", "'+y"], rows[1]]);
  });
});

describe('moments', () => {
  it('are read as people type them, in China', () => {
    for (const text of [
      '2026-11-20 08:30',
      '2026-11-20T08:30',
      '2026/11/20 8:30',
      '２０２６年１１月２０日 8时30分',
      '20261120 0830',
      ' 2026.11.20 08：30 ',
    ])
      expect(momentOf(text), text).toBe('2026-11-20T08:30:00+08:00');
    expect(momentOf('2024-2-29')).toBe('2024-02-29T00:00:00+08:00');
  });
  it('that no calendar or clock has are none', () => {
    for (const text of [
      '',
      'x',
      '2026-02-29 08:00',
      '2026-13-01',
      '2026-11-20 24:00',
      '2026-11-20 08:60',
      '11-20 08:30',
    ])
      expect(momentOf(text), text).toBeNull();
  });
});

describe('many codes', () => {
  afterEach(() => vi.restoreAllMocks());
  const items: CodeToCheck[] = Array.from({ length: AT_ONCE + 5 }, (_, i) => ({ code: `c${i}`, id: `${i}` }));
  const answer = (asked: readonly CodeToCheck[]): Awaited<ReturnType<typeof calls.postVerify>> => ({
    items: asked.map(({ id }) => ({ id: id ?? null, error: { code: 'scope', detail: 'verify.licences' } })),
    status: null,
    check: 'x',
  });

  it('are asked in pieces, in their order', async () => {
    const post = vi.spyOn(calls, 'postVerify').mockImplementation(async (asked) => answer(asked));
    const told: number[] = [];
    const run = await runBatch(
      items,
      'claim',
      (now) => told.push(now.lines.length),
      new AbortController().signal,
    );
    expect(post.mock.calls.map(([asked]) => asked.length)).toEqual([AT_ONCE, 5]);
    expect(told).toEqual([0, AT_ONCE, AT_ONCE + 5]);
    expect(run.lines.map((line) => line.row)).toEqual(items.map((_, i) => i + 1));
    expect(run.lines.every((line, i) => line.asked === items[i] && line.fate === 'refused')).toBe(true);
  });
  it('keep what was checked when it fails, and go on from there', async () => {
    const post = vi
      .spyOn(calls, 'postVerify')
      .mockImplementationOnce(async (asked) => answer(asked))
      .mockRejectedValueOnce(new Error('away'))
      .mockImplementation(async (asked) => answer(asked));
    let at: Run = { total: 0, lines: [], failure: null };
    const tell = (now: Run): void => void (at = now);
    await runBatch(items, 'claim', tell, new AbortController().signal);
    expect([at.lines.length, String(at.failure)]).toEqual([AT_ONCE, 'Error: away']);
    const done = await runBatch(items, 'claim', tell, new AbortController().signal, at.lines);
    expect([done.lines.length, done.failure]).toEqual([items.length, null]);
    expect(post).toHaveBeenCalledTimes(3);
  });
  it('an answer to another number of codes is none', async () => {
    vi.spyOn(calls, 'postVerify').mockImplementation(async (asked) => answer(asked.slice(1)));
    const run = await runBatch(items, 'claim', () => undefined, new AbortController().signal);
    expect([run.lines.length, run.failure !== null]).toEqual([0, true]);
  });
  it('become a table', async () => {
    vi.spyOn(calls, 'postVerify').mockImplementation(async (asked) => answer(asked));
    const run = await runBatch(items.slice(0, 1), 'claim', () => undefined, new AbortController().signal);
    const words = { fate: () => '未核验', why: () => '没有权限', text: () => '' };
    expect(cells(tableOf(run.lines, ['no', 'id', 'verdict', 'code', 'why'], words))[1]).toEqual([
      '1',
      '0',
      '未核验',
      'scope',
      '没有权限',
      '',
      '',
      '',
      '',
      '',
    ]);
  });
});
