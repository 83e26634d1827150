import { describe, expect, it } from 'vitest';
import { daysBetween, lastDayOf } from '@/i18n/format';
import { CASES } from '@/mocks/cases';
import { vehicleOf } from '@/mocks/country';
import { adviceFor, blockersOf, byUrgency, canShowMark, isPresentable } from '@/vehicle/advice';
import { plotOf } from '@/vehicle/plot';

const TODAY = '2026-11-22';
const vehicle = (id: string) => {
  const found = CASES.find((it) => it.id === id);
  if (!found) throw new Error(`no case ${id}`);
  return vehicleOf(found, TODAY);
};

describe('what a vehicle’s state means', () => {
  it.each([
    ['v-apply', 'openApply', 'warn'],
    ['v-inspect', 'openInspect', 'warn'],
    ['v-fine', 'fine', 'ok'],
    ['v-overdue', 'overdueInspect', 'bad'],
    ['v-stolen', 'suspended', 'bad'],
    ['v-ended', 'ended', 'idle'],
    ['v-family-3', 'issuing', 'idle'],
  ])('%s: %s', (id, key, tone) => {
    expect(adviceFor(vehicle(id))).toMatchObject({ key, tone });
  });

  it('names what has to be done first', () => {
    expect(blockersOf(vehicle('v-family-1'), TODAY)).toEqual(['violations']);
    expect(blockersOf(vehicle('v-overdue'), TODAY)).toEqual(['insurance']);
    expect(blockersOf(vehicle('v-fine'), TODAY)).toEqual([]);
    // insurance is good on its last day
    const last = vehicle('v-fine').insurance_until ?? '';
    expect(blockersOf(vehicle('v-fine'), last)).toEqual([]);
  });

  it('puts what is urgent first', () => {
    const order = byUrgency(['v-fine', 'v-apply', 'v-overdue', 'v-ended'].map(vehicle)).map((v) => v.id);
    expect(order).toEqual(['v-overdue', 'v-apply', 'v-fine', 'v-ended']);
  });

  it('holds out only a mark that is in use and not overdue', () => {
    expect(isPresentable(vehicle('v-fine'))).toBe(true);
    expect(isPresentable(vehicle('v-overdue'))).toBe(false);
    expect(isPresentable(vehicle('v-stolen'))).toBe(false);
    expect(canShowMark(vehicle('v-stolen'))).toBe(true);
    expect(canShowMark(vehicle('v-ended'))).toBe(false);
  });
});

describe('the road of dates', () => {
  it('runs from issue over the window to the due date, with today between', () => {
    const plot = plotOf(vehicle('v-fine'), TODAY);
    expect(plot?.startKind).toBe('issued');
    expect(plot?.at.today).toBeLessThan(plot?.at.opens ?? 0);
    expect(plot?.at.opens).toBeLessThan(plot?.at.due ?? 0);
    expect(plot?.at.due).toBeLessThan(1);
  });

  it('shows today beyond the due date when overdue', () => {
    const plot = plotOf(vehicle('v-overdue'), TODAY);
    expect(plot?.at.today).toBeGreaterThan(plot?.at.due ?? 1);
  });

  it('is absent when no cycle applies', () => {
    expect(plotOf(vehicle('v-ended'), TODAY)).toBeNull();
  });
});

describe('days', () => {
  it('end with their month', () => {
    expect(lastDayOf('2027-02')).toBe('2027-02-28');
    expect(lastDayOf('2028-02')).toBe('2028-02-29');
    expect(lastDayOf('2026-12')).toBe('2026-12-31');
  });
  it('are counted whole', () => {
    expect(daysBetween('2026-11-22', '2026-11-30')).toBe(8);
    expect(daysBetween('2026-11-22', '2026-11-22')).toBe(0);
    expect(daysBetween('2026-11-22', '2026-10-31')).toBe(-22);
  });
});
