/**
 * The codes and rules of accidents, as far as a record needs them: the same table as
 * `crates/domain/data/accident/gates.json`, whose words for people are not in here. A test holds the two together.
 */
import type { Reason } from './report.js';

/** What has to be done after an accident, the gravest last. */
export const ACCIDENT_PATHS = ['settle', 'other_way', 'move_then_call', 'call_and_stay'] as const;
export type AccidentPath = (typeof ACCIDENT_PATHS)[number];

/** Each circumstance with where it leads, in the order of its bit. */
export const CIRCUMSTANCES = [
  ['injured', 'call_and_stay'],
  ['no_licence', 'call_and_stay'],
  ['drink_or_drugs', 'call_and_stay'],
  ['overloaded', 'call_and_stay'],
  ['no_plate', 'call_and_stay'],
  ['cannot_move', 'call_and_stay'],
  ['party_left', 'call_and_stay'],
  ['deliberate', 'call_and_stay'],
  ['dangerous_goods', 'call_and_stay'],
  ['no_mark', 'move_then_call'],
  ['no_insurance', 'move_then_call'],
  ['hit_facility', 'move_then_call'],
  ['no_vehicle', 'other_way'],
] as const satisfies readonly (readonly [string, AccidentPath])[];
export type Circumstance = (typeof CIRCUMSTANCES)[number][0];

/** The first party's share of the responsibility, by its number; the place of the other's share in the same list. */
export const RESPONSIBILITIES = ['undecided', 'full', 'main', 'equal', 'minor', 'none'] as const;
export type Responsibility = (typeof RESPONSIBILITIES)[number];
/** Forms of accidents; their numbers begin at 1. */
export const ACCIDENT_FORMS = [
  'rear_end',
  'lane_change',
  'turning',
  'give_way',
  'wrong_way',
  'reversing',
  'door',
  'parked',
  'other',
] as const;
export type AccidentForm = (typeof ACCIDENT_FORMS)[number];
/** Weather; numbers begin at 1. */
export const WEATHERS = ['clear', 'overcast', 'rain', 'snow', 'fog', 'other'] as const;
export type Weather = (typeof WEATHERS)[number];
/** Points of impact, clockwise from the front; numbers begin at 1. */
export const IMPACTS = [
  'front',
  'front_right',
  'right',
  'rear_right',
  'rear',
  'rear_left',
  'left',
  'front_left',
] as const;
export type Impact = (typeof IMPACTS)[number];

/** What one party is responsible for, seen from the other. */
export function otherShare(share: Responsibility): Responsibility {
  const place = RESPONSIBILITIES.indexOf(share);
  return place === 0 ? 'undecided' : (RESPONSIBILITIES[6 - place] ?? 'undecided');
}

const WITHOUT_MARK: ReadonlySet<string> = new Set([
  'expired',
  'revoked',
  'suspended',
  'wrong_subject',
  'unknown_issuer',
  'bad_signature',
  'malformed',
]);
const WITHOUT_LICENCE: ReadonlySet<string> = new Set([
  'expired',
  'revoked',
  'suspended',
  'state_red',
  'unknown_issuer',
  'bad_signature',
  'malformed',
]);

/** The circumstance that a checked code makes; `null` for what is in order, and for what cannot be told. */
export function circumstanceOf(
  kind: 'inspection_mark' | 'driving_licence',
  reason: Reason | null,
): Circumstance | null {
  if (reason === null) return null;
  if (kind === 'inspection_mark') return WITHOUT_MARK.has(reason) ? 'no_mark' : null;
  return WITHOUT_LICENCE.has(reason) ? 'no_licence' : null;
}

/** Where circumstances lead: the gravest counts. */
export function pathOf(present: Iterable<Circumstance>): AccidentPath {
  const set = new Set(present);
  const ranks = CIRCUMSTANCES.filter(([code]) => set.has(code)).map(([, path]) =>
    ACCIDENT_PATHS.indexOf(path),
  );
  return ACCIDENT_PATHS[Math.max(0, ...ranks)] ?? 'settle';
}

/** Whether a record may name who is responsible. */
export const mayAgree = (path: AccidentPath): boolean => path === 'settle';
/** Whether a record of the facts may be signed at all. */
export const mayRecord = (path: AccidentPath): boolean => path === 'settle' || path === 'move_then_call';
