/**
 * What an accident record proves by itself: who signed it, that nothing was changed, and what in it does not fit
 * together. The same answer as `crates/credential/src/accident/examine.rs`, on the same vectors.
 */
import {
  type AccidentFault,
  type OpenRecord,
  accidentDigest,
  decodeAccidentRecord,
  openRecord,
} from './accident-code.js';
import type { AccidentParty, Endorsement, SeenCode, Signed } from './accident-wire.js';
import {
  type AccidentPath,
  type Circumstance,
  circumstanceOf,
  mayAgree,
  mayRecord,
  otherShare,
  pathOf,
  type Responsibility,
} from './accident-words.js';
import { type Bytes, equal, toHex } from './bytes.js';
import { toBeSigned } from './cose.js';
import { PublicKey } from './keys.js';
import { type Reason, VERDICT_OF_REASON, type Verdict } from './report.js';

/** How far two phones' clocks may lie apart, in seconds, before it is named. */
export const CLOCKS_APART = 900;
const TOLERANCE = 90;

/** What a record is. */
export type AccidentVerdict = 'complete' | 'one_sided' | 'not_genuine' | 'unreadable';
/** The steps, in order. */
export const ACCIDENT_STEPS = [
  'size',
  'form',
  'keys',
  'record',
  'first_signature',
  'first_content',
  'second_signature',
  'second_content',
] as const;
export type AccidentStep = (typeof ACCIDENT_STEPS)[number];
/** Why a record is not complete. */
export type AccidentReason =
  | AccidentFault
  | 'bad_key'
  | 'same_key'
  | 'other_record'
  | 'bad_signature'
  | 'wrong_role'
  | 'other_content'
  | 'first_only'
  | 'second_only';
/** What does not fit together in a record by itself. */
export type AccidentContradiction =
  | 'same_vehicle'
  | 'clocks_apart'
  | 'signed_before_made'
  | 'happened_later'
  | 'in_future'
  | 'police_required'
  | 'plate_differs'
  | 'not_looked_at';

/** A code as the other phone judged it. */
export interface SeenView {
  readonly verdict: Verdict;
  readonly reason: Reason | null;
  readonly status_age_s: number | null;
}

/** One party in a record. */
export interface AccidentPartyView {
  readonly role: 'first' | 'second';
  readonly plate_number: string;
  readonly plate_type: string;
  readonly impact: string;
  readonly responsibility: Responsibility;
  readonly circumstances: readonly Circumstance[];
  readonly insurer: string | null;
  readonly policy: string | null;
  readonly contact: string | null;
  readonly made_at: number;
  readonly clock_confirmed: boolean;
  readonly signed_at: number | null;
  readonly mark_shown: boolean;
  readonly licence_shown: boolean;
  readonly mark_seen: SeenView | null;
  readonly licence_seen: SeenView | null;
  readonly plate_seen: 'not_compared' | 'same' | 'differs' | null;
}

/** What a record says. */
export interface AccidentView {
  readonly id: string;
  readonly happened_at: number;
  readonly place: readonly [number, number, number] | null;
  readonly place_text: string | null;
  readonly form: string;
  readonly weather: string;
  readonly path: AccidentPath;
  readonly parties: readonly AccidentPartyView[];
}

/** The examination of a record. */
export interface AccidentExamination {
  readonly verdict: AccidentVerdict;
  readonly reason: AccidentReason | null;
  readonly steps: readonly {
    readonly name: AccidentStep;
    readonly ok: boolean | null;
    readonly detail?: string;
  }[];
  readonly contradictions: readonly AccidentContradiction[];
  readonly record: AccidentView | null;
}

class Failed extends Error {
  constructor(
    readonly step: AccidentStep,
    readonly reason: AccidentReason,
    readonly verdict: AccidentVerdict = 'not_genuine',
  ) {
    super(reason);
  }
}

/** Examines a record; `now` in seconds since 1970 is the examiner's. Never throws. */
export async function examineAccident(bytes: Uint8Array, now: number): Promise<AccidentExamination> {
  const passed = new Set<AccidentStep>();
  const steps = (failed?: Failed): AccidentExamination['steps'] =>
    ACCIDENT_STEPS.map((name) =>
      name === failed?.step
        ? { name, ok: false, detail: failed.reason }
        : { name, ok: passed.has(name) ? true : null },
    );
  try {
    const open = await prove(bytes, passed);
    const reason = open.first === null ? 'second_only' : open.second === null ? 'first_only' : null;
    return {
      verdict: reason === null ? 'complete' : 'one_sided',
      reason,
      steps: steps(),
      contradictions: contradictions(open, now),
      record: view(open),
    };
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    const { verdict, reason } = error;
    return { verdict, reason, steps: steps(error), contradictions: [], record: null };
  }
}

async function prove(bytes: Uint8Array, passed: Set<AccidentStep>): Promise<OpenRecord> {
  const record = decodeAccidentRecord(bytes);
  if (record === 'too_large') throw new Failed('size', record, 'unreadable');
  passed.add('size');
  if (typeof record === 'string') throw new Failed('form', record, 'unreadable');
  const open = openRecord(record);
  passed.add('form');
  const { offer, statement } = open;
  const firstKey = await keyOf(offer.key);
  if (statement !== null && equal(statement.key, offer.key)) throw new Failed('keys', 'same_key');
  const secondKey = statement === null ? null : await keyOf(statement.key);
  passed.add('keys');
  if (statement !== null && !equal(statement.record, offer.record))
    throw new Failed('record', 'other_record');
  passed.add('record');
  const digest = await accidentDigest(record.offer, record.statement);
  if (open.first !== null) await proveSigned(open.first, firstKey, 'first', digest, passed);
  if (open.second !== null && secondKey !== null)
    await proveSigned(open.second, secondKey, 'second', digest, passed);
  return open;
}

async function keyOf(point: Bytes): Promise<PublicKey> {
  const key = await PublicKey.fromDevicePoint(point);
  if (key === null) throw new Failed('keys', 'bad_key');
  return key;
}

async function proveSigned(
  { parts, endorsement }: Signed,
  key: PublicKey,
  role: 'first' | 'second',
  digest: Bytes,
  passed: Set<AccidentStep>,
): Promise<void> {
  if (!(await key.verify(toBeSigned(parts), parts.signature)))
    throw new Failed(`${role}_signature`, 'bad_signature');
  passed.add(`${role}_signature`);
  if (endorsement.role !== role) throw new Failed(`${role}_content`, 'wrong_role');
  if (!equal(endorsement.digest, digest)) throw new Failed(`${role}_content`, 'other_content');
  passed.add(`${role}_content`);
}

function pathOfRecord({ offer, statement, first, second }: OpenRecord): AccidentPath {
  const seen = (it: Endorsement | undefined): (Circumstance | null)[] => [
    it?.mark ? circumstanceOf('inspection_mark', it.mark.reason) : null,
    it?.licence ? circumstanceOf('driving_licence', it.licence.reason) : null,
  ];
  const all = [
    ...offer.circumstances,
    ...(statement?.circumstances ?? []),
    ...seen(first?.endorsement),
    ...seen(second?.endorsement),
  ];
  return pathOf(all.filter((it) => it !== null));
}

function contradictions(open: OpenRecord, now: number): AccidentContradiction[] {
  const { offer, statement, first, second } = open;
  const made = statement === null ? [offer.madeAt] : [offer.madeAt, statement.madeAt];
  const signed = [
    [first?.endorsement, offer.madeAt],
    [second?.endorsement, statement?.madeAt ?? 0],
  ] as const;
  const path = pathOfRecord(open);
  const agreed = offer.responsibility !== 'undecided';
  const named: readonly (readonly [AccidentContradiction, boolean])[] = [
    [
      'same_vehicle',
      statement?.party.plate === offer.party.plate && statement.party.plateType === offer.party.plateType,
    ],
    ['clocks_apart', statement !== null && Math.abs(statement.madeAt - offer.madeAt) > CLOCKS_APART],
    ['signed_before_made', signed.some(([it, at]) => it !== undefined && later(it.signedAt) < at)],
    ['happened_later', made.every((at) => later(at) < offer.happenedAt)],
    ['in_future', made.some((at) => at > now + TOLERANCE)],
    ['police_required', (agreed && !mayAgree(path)) || !mayRecord(path)],
    ['plate_differs', signed.some(([it]) => it?.plate === 'differs')],
    [
      'not_looked_at',
      differs(first?.endorsement, statement?.party) || differs(second?.endorsement, offer.party),
    ],
  ];
  return named.filter(([, is]) => is).map(([name]) => name);
}

/** A time with the tolerance added, which ends where the numbers of a record end. */
const later = (at: number): number => Math.min(at + TOLERANCE, 0xffff_ffff);

/** Whether what a phone says it judged is not what the other party showed. */
function differs(it: Endorsement | undefined, party: AccidentParty | undefined): boolean {
  if (it === undefined) return false;
  return (it.mark !== null) !== Boolean(party?.mark) || (it.licence !== null) !== Boolean(party?.licence);
}

function view(open: OpenRecord): AccidentView {
  const { offer, statement, first, second } = open;
  const where = offer.place;
  const parties = [partyView('first', offer, offer.responsibility, first?.endorsement, second?.endorsement)];
  if (statement !== null) {
    const share = otherShare(offer.responsibility);
    parties.push(partyView('second', statement, share, second?.endorsement, first?.endorsement));
  }
  return {
    id: toHex(offer.record),
    happened_at: offer.happenedAt,
    place: where && [where.latE5, where.lonE5, where.accuracyM],
    place_text: offer.placeText,
    form: offer.form,
    weather: offer.weather,
    path: pathOfRecord(open),
    parties,
  };
}

function partyView(
  role: 'first' | 'second',
  said: Pick<OpenRecord['offer'], 'party' | 'circumstances' | 'madeAt' | 'clockConfirmed'>,
  responsibility: Responsibility,
  own: Endorsement | undefined,
  other: Endorsement | undefined,
): AccidentPartyView {
  const { party } = said;
  return {
    role,
    plate_number: party.plate,
    plate_type: party.plateType,
    impact: party.impact,
    responsibility,
    circumstances: said.circumstances,
    insurer: party.insurer,
    policy: party.policy,
    contact: party.contact,
    made_at: said.madeAt,
    clock_confirmed: said.clockConfirmed,
    signed_at: own?.signedAt ?? null,
    mark_shown: party.mark !== null,
    licence_shown: party.licence !== null,
    mark_seen: seenView(other?.mark ?? null),
    licence_seen: seenView(other?.licence ?? null),
    plate_seen: other?.plate ?? null,
  };
}

function seenView(seen: SeenCode | null): SeenView | null {
  if (seen === null) return null;
  const verdict = seen.reason === null ? 'valid' : VERDICT_OF_REASON[seen.reason];
  return { verdict, reason: seen.reason, status_age_s: seen.ageS };
}
