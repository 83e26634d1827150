import type { Vehicle } from '@/api/types';

/** How a state looks: the four tones of the product. */
export type Tone = 'ok' | 'warn' | 'bad' | 'idle';

/** What a vehicle's state means for its owner: one sentence and what to do. */
export interface Advice {
  tone: Tone;
  /** Key below `advice` in the language tables. */
  key:
    | 'suspended'
    | 'ended'
    | 'noInspection'
    | 'overdueInspect'
    | 'overdueApply'
    | 'openInspect'
    | 'openApply'
    | 'issuing'
    | 'noMark'
    | 'fine';
  /** Whether something has to be done by the owner now. */
  urgent: boolean;
}

/** Letters (号牌状态, GA/T 16.17) after which no mark is issued any more: moved out, cancelled, scrapped. */
const ENDED = new Set(['B', 'E', 'M', 'P']);

/** Reads a vehicle's state; the most serious finding speaks. */
export function adviceFor(vehicle: Vehicle): Advice {
  const { mark, inspection, status } = vehicle;
  if (mark?.state === 'suspended') return { tone: 'bad', key: 'suspended', urgent: true };
  if (status.some((s) => ENDED.has(s.letter))) return { tone: 'idle', key: 'ended', urgent: false };
  if (inspection === null) return { tone: 'idle', key: 'noInspection', urgent: false };
  const apply = inspection.action === 'apply_mark';
  if (inspection.state === 'overdue') {
    return { tone: 'bad', key: apply ? 'overdueApply' : 'overdueInspect', urgent: true };
  }
  if (inspection.state === 'window_open') {
    return { tone: 'warn', key: apply ? 'openApply' : 'openInspect', urgent: true };
  }
  if (mark?.state === 'issuing') return { tone: 'idle', key: 'issuing', urgent: false };
  if (mark === null) return { tone: 'idle', key: 'noMark', urgent: false };
  return { tone: 'ok', key: 'fine', urgent: false };
}

/** What stands in the way of a new mark (law: violations and accidents settled, insurance valid). */
export type Blocker = 'violations' | 'accident' | 'insurance';

/** The blockers of a vehicle that is in use; `today` is the Chinese day. */
export function blockersOf(vehicle: Vehicle, today: string): Blocker[] {
  if (vehicle.inspection === null) return [];
  const letters = vehicle.status.map((s) => s.letter);
  const found: Blocker[] = [];
  if (letters.includes('G')) found.push('violations');
  if (letters.includes('I')) found.push('accident');
  if (vehicle.insurance_until !== null && vehicle.insurance_until < today) found.push('insurance');
  return found;
}

const TONE_ORDER: Readonly<Record<Tone, number>> = { bad: 0, warn: 1, ok: 2, idle: 3 };

/** Vehicles with what is urgent first, then by due date. */
export function byUrgency(vehicles: readonly Vehicle[]): Vehicle[] {
  return [...vehicles].sort((a, b) => {
    const tones = TONE_ORDER[adviceFor(a).tone] - TONE_ORDER[adviceFor(b).tone];
    return tones !== 0 ? tones : (a.inspection?.last_day ?? '9').localeCompare(b.inspection?.last_day ?? '9');
  });
}

/** Whether the mark is good to be held out: in use and within its validity. */
export function isPresentable(vehicle: Vehicle): boolean {
  return vehicle.mark?.state === 'current' && vehicle.inspection?.state !== 'overdue';
}

/** Whether the mark can be opened: it exists and was not ended. */
export function canShowMark(vehicle: Vehicle): boolean {
  return vehicle.mark !== null && (vehicle.mark.state === 'current' || vehicle.mark.state === 'suspended');
}
