import type { Vehicle } from '@/api/types';
import { chinaDayOf, daysBetween } from '@/i18n/format';

/** The inspection's dates on a line from 0 to 1. */
export interface Plot {
  start: string;
  /** What happened at the start: this term's mark was issued, or the vehicle was registered. */
  startKind: 'issued' | 'registered';
  opens: string;
  due: string;
  today: string;
  at: { opens: number; due: number; today: number };
  /** Years that begin on the line, with their place. */
  years: { year: number; at: number }[];
}

/** Puts start, window, due date and today to scale; null when no cycle applies. */
export function plotOf(vehicle: Vehicle, today: string): Plot | null {
  const inspection = vehicle.inspection;
  if (inspection === null) return null;
  const issued = vehicle.mark?.issued_at ? chinaDayOf(vehicle.mark.issued_at) : undefined;
  const startKind = issued !== undefined && issued < inspection.window_opens ? 'issued' : 'registered';
  const start = startKind === 'issued' && issued !== undefined ? issued : vehicle.registered_on;
  const due = inspection.last_day;
  const end = today > due ? today : due;
  // a little road beyond the last date, so that its sign does not stand on the edge
  const length = Math.max(1, daysBetween(start, end)) * 1.06;
  const place = (day: string): number => Math.min(1, Math.max(0, daysBetween(start, day) / length));
  const years: Plot['years'] = [];
  for (let year = Number(start.slice(0, 4)) + 1; year <= Number(end.slice(0, 4)); year++) {
    years.push({ year, at: place(`${year}-01-01`) });
  }
  return {
    start,
    startKind,
    opens: inspection.window_opens,
    due,
    today,
    at: { opens: place(inspection.window_opens), due: place(due), today: place(today) },
    // on a long line only some years have room for their number
    years: years.filter((_, i) => years.length <= 6 || i % Math.ceil(years.length / 6) === 0),
  };
}
