/**
 * What an officer sees first: one colour, one sign, two words. The colour of a scanned code is its verdict's, and what
 * the register has can only make it worse, never better: a forged code of a sound vehicle is red, and so is a sound code
 * of a stolen one. What the phone carries is said with its age: from a day on nothing is held against anybody by it.
 */
import type { Reason, Report, Verdict } from '@luzheng/verify';
import type { IconName } from '@/components/AppIcon.vue';
import type { AdviceRow, Circumstances } from './advise';
import { ageTone } from './age';
import type { AdviceState, LookedUp, Verified } from './types';

export type Tone = 'ok' | 'warn' | 'bad' | 'idle';

/** The two words; a key of `officer.words`. */
export const WORDS = [
  'in_order',
  'no_offence',
  'not_carried',
  'overdue',
  'maybe_overdue',
  'withdrawn',
  'maybe_withdrawn',
  'suspended',
  'not_usable',
  'replaced',
  'expired',
  'stolen',
  'wrong_plate',
  'wrong_person',
  'no_driving',
  'check_state',
  'stale',
  'replayed',
  'not_yet',
  'not_genuine',
  'unknown_issuer',
  'unreadable',
  'cannot_tell',
  'not_found',
] as const;
export type Word = (typeof WORDS)[number];

export interface Glance {
  tone: Tone;
  icon: IconName;
  word: Word;
}

const ICONS: Readonly<Record<Tone, IconName>> = { ok: 'tick', warn: 'alert', bad: 'cross', idle: 'question' };
const glance = (tone: Tone, word: Word): Glance => ({ tone, icon: ICONS[tone], word });

const TONE_OF_VERDICT: Readonly<Record<Verdict, Tone>> = {
  valid: 'ok',
  attention: 'warn',
  not_valid: 'bad',
  unreadable: 'idle',
  cannot_tell: 'idle',
};
/** What the register says of a subject that makes every look at it red. */
const WORD_OF_STATE: Readonly<Partial<Record<AdviceState, Word>>> = {
  overdue: 'overdue',
  withdrawn: 'withdrawn',
  stolen: 'stolen',
  wrong_vehicle: 'wrong_plate',
  licence_not_usable: 'no_driving',
};
/** What a reason says of a code. */
const WORD_OF_REASON: Readonly<Record<Reason, Word>> = {
  too_large: 'unreadable',
  truncated: 'unreadable',
  not_a_credential: 'unreadable',
  unsupported_version: 'unreadable',
  trust_list_expired: 'cannot_tell',
  clock_wrong: 'cannot_tell',
  status_unavailable: 'cannot_tell',
  unknown_issuer: 'unknown_issuer',
  bad_signature: 'not_genuine',
  malformed: 'not_genuine',
  not_yet_valid: 'not_yet',
  replayed: 'replayed',
  expired: 'expired',
  revoked: 'withdrawn',
  suspended: 'suspended',
  superseded: 'replaced',
  wrong_subject: 'wrong_plate',
  state_red: 'check_state',
  status_stale: 'stale',
};
/** Of a licence's code, where it is another word: the holder may only have a new phone. */
const OF_LICENCES: Readonly<Partial<Record<Reason, Word>>> = {
  revoked: 'not_usable',
  suspended: 'not_usable',
  wrong_subject: 'wrong_person',
};
/** Before these no word of the register comes: nothing ties the code to a vehicle or a person. */
const OF_THE_CODE: ReadonlySet<Word> = new Set([
  'not_genuine',
  'unknown_issuer',
  'wrong_plate',
  'wrong_person',
  'unreadable',
]);

/** At a scanned code; `state` is what applies by the register, null when that was not asked or had nothing. */
export function glanceOfCode({ verdict, reason, credential }: Report, state: AdviceState | null): Glance {
  const own = reason !== null && credential?.kind === 'driving_licence' ? OF_LICENCES[reason] : undefined;
  const word = reason === null ? 'in_order' : (own ?? WORD_OF_REASON[reason]);
  if (OF_THE_CODE.has(word)) return glance(TONE_OF_VERDICT[verdict], word);
  const worse = state === null ? undefined : WORD_OF_STATE[state];
  if (worse === undefined) return glance(TONE_OF_VERDICT[verdict], word);
  // a suspension is nothing final, and is not called by the name of what is
  return glance('bad', worse === 'withdrawn' && word === 'suspended' ? word : worse);
}

/** The same for what the server answered to a code. */
export const glanceOfVerified = ({ report, advice, vehicle, driver }: Verified): Glance =>
  glanceOfCode(report, vehicle === null && driver === null ? null : advice.state);

/** At what the register answered. */
export function glanceOfLookUp({ vehicle, driver, vehicles, advice }: LookedUp): Glance {
  if (vehicle === null && driver === null && vehicles.length === 0) return glance('idle', 'not_found');
  const bad = WORD_OF_STATE[advice.state];
  if (bad !== undefined)
    return glance('bad', bad === 'withdrawn' && vehicle?.mark?.state === 'suspended' ? 'suspended' : bad);
  if (vehicle?.red === true || driver?.red === true) return glance('warn', 'check_state');
  switch (advice.state) {
    case 'in_order':
      return glance('ok', 'in_order');
    case 'not_shown_no_offence':
      return glance('ok', 'no_offence');
    case 'not_carried':
      return glance('ok', 'not_carried');
    default:
      return glance('idle', 'cannot_tell');
  }
}

/** What a shard says of a plate. */
export interface PlateEntry {
  plate: string;
  type: string;
  /** `YYYY-MM`; null when the register has none. */
  validUntil: string | null;
  mark: 'none' | 'current' | 'suspended' | 'revoked';
  /** State letters of the register; empty is normal. */
  letters: readonly string[];
}

/** What is known by a shard, for the rows of advice; `month` is this one (`YYYY-MM`). */
export function circumstancesOf({ validUntil, mark, letters }: PlateEntry, month: string): Circumstances {
  return {
    about: 'mark',
    shown: 'nothing',
    letters: letters.length === 0 ? 'A' : letters.join(''),
    // its last day still counts
    overdue: validUntil === null ? (letters.includes('Q') ? true : null) : validUntil < month,
    mark,
  };
}

/** At what the carried data say of a plate; null: no such plate among them. */
export function glanceOfPlate(row: AdviceRow | null, ageMs: number): Glance {
  const age = ageTone(ageMs);
  if (age === 'idle') return glance('idle', 'cannot_tell');
  if (row === null) return glance('idle', 'not_found');
  const old = age === 'warn';
  switch (row.state) {
    case 'stolen':
      // what was reported stolen is stopped, however old the report
      return glance('bad', 'stolen');
    case 'overdue':
      // inspected since: the data cannot know
      return old ? glance('warn', 'maybe_overdue') : glance('bad', 'overdue');
    case 'withdrawn': {
      const word = row.mark?.includes('suspended') || row.letters === 'KL' ? 'suspended' : 'withdrawn';
      return old
        ? glance('warn', 'maybe_withdrawn')
        : glance('bad', row.code === 'mark_revoked' ? 'withdrawn' : word);
    }
    case 'in_order':
    case 'not_shown_no_offence':
      return old ? glance('warn', 'stale') : glance('ok', 'no_offence');
    default:
      return glance('idle', 'cannot_tell');
  }
}
