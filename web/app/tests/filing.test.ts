import { describe, expect, it } from 'vitest';
import { RequestFailed } from '@/api/client';
import { filingFault, tokenOf } from '@/filing/words';
import en from '@/i18n/en';
import zh from '@/i18n/zh-CN';
import { applyFault } from '@/markcase/words';
import { chinaDay } from '@/i18n/format';
import { CASES } from '@/mocks/cases';
import { POWERS, vehicleOf } from '@/mocks/country';
import type { Vehicle, VehicleRelation } from '@/api/types';
import { groupsOf, needsMark } from '@/vehicle/groups';

const today = chinaDay(Date.now());
function vehicle(id: string, relation: VehicleRelation, unit: Vehicle['unit'] = null): Vehicle {
  const found = CASES.find((one) => one.id === id);
  if (!found) throw new Error(`no ${id}`);
  return { ...vehicleOf(found, today), relation, powers: POWERS[relation], unit };
}

describe('vehicles in groups', () => {
  it('stand own, managed, of units, filed; and the urgent first in each', () => {
    const a = { id: 'u-a', name: '甲公司' };
    const b = { id: 'u-b', name: '乙公司' };
    const groups = groupsOf([
      vehicle('v-fine', 'filed'),
      vehicle('v-truck', 'unit', a),
      vehicle('v-bus', 'unit', b),
      vehicle('v-family-1', 'own'),
      vehicle('v-overdue', 'own'),
      vehicle('v-inspect', 'managed'),
    ]);
    expect(groups.map(({ relation }) => relation)).toEqual(['own', 'managed', 'unit', 'unit', 'filed']);
    expect(new Set(groups.slice(2, 4).map(({ unit }) => unit))).toEqual(new Set(['甲公司', '乙公司']));
    expect(groups[0]?.vehicles.map(({ id }) => id)).toEqual(['v-overdue', 'v-family-1']);
  });

  it('offer the application to those who may apply, when it is time, and where no inspection is needed', () => {
    expect(needsMark(vehicle('v-apply', 'own'))).toBe(true);
    expect(needsMark(vehicle('v-apply', 'managed'))).toBe(true);
    expect(needsMark(vehicle('v-apply', 'filed'))).toBe(false);
    expect(needsMark(vehicle('v-fine', 'own'))).toBe(false);
    expect(needsMark(vehicle('v-truck', 'own'))).toBe(false);
  });
});

describe('the token of a filing link', () => {
  it.each([
    ['https://example.cn/file#abc_DEF-123', 'abc_DEF-123'],
    ['#abc', 'abc'],
    ['abc', null],
    ['https://example.cn/file#', null],
    ['HTTPS://EXAMPLE.CN/V#12 34', null],
    [`#${'a'.repeat(129)}`, null],
    ['#<script>', null],
  ])('%s', (text, token) => {
    expect(tokenOf(text)).toBe(token);
  });
});

describe('the words of a refusal', () => {
  const failed = (code: string | null, kind: RequestFailed['kind'] = 'refused') =>
    new RequestFailed(kind, code, '');

  it('are by the code, and otherwise by what happened', () => {
    expect(filingFault(failed('filers_full'))).toBe('filers_full');
    expect(filingFault(failed('not_possible_now'))).toBe('gone');
    expect(filingFault(failed('not_found', 'not_found'))).toBe('gone');
    expect(filingFault(failed('no_consent', 'not_found'))).toBe('no_consent');
    expect(filingFault(failed('something_new'))).toBe('refused');
    expect(filingFault(failed(null, 'offline'))).toBe('offline');
    expect(filingFault(new Error('x'))).toBe('server');
    expect(applyFault(failed('paper_under_way'))).toBe('paper_under_way');
    expect(applyFault(failed('something_new'))).toBe('refused');
    expect(applyFault(failed(null, 'server'))).toBe('server');
  });

  it('are there in both languages for every code', () => {
    // these are said for reasons that are no code
    const others = new Set(['gone', 'offline', 'server', 'refused']);
    for (const words of [zh, en]) {
      const filing = Object.keys(words.filing.failed).filter((code) => !others.has(code));
      expect(filing.map((code) => filingFault(failed(code)))).toEqual(filing);
      const apply = Object.keys(words.markApply.failed).filter((code) => !others.has(code));
      expect(apply.map((code) => applyFault(failed(code)))).toEqual(apply);
    }
  });
});
