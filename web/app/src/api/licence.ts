/** Answers about a driving licence, its points, deadlines and proofs, as the screens use them. */
import type { Clause, LiveCode, Text } from './types';

/** How a licence stands towards being shown: `red` is shown in red, `invalid` is shown as not valid, `withdrawn` is not shown. */
export type LicenceState = 'normal' | 'red' | 'invalid' | 'withdrawn';
export type CodeColour = 'black' | 'red';
/** One letter of the register's state with what it means and how it ends. */
export interface LicenceLetter {
  letter: string;
  name: Text;
  meaning: Text;
  cleared_by: Text;
}
/** A class (准驾车型) as held. */
export interface LicenceClass {
  code: string;
  name: Text;
  may_drive: Text;
  includes: string[];
  since: string | null;
}
export type CaseAct = {
  at: string;
  what: string;
  what_text: Text;
  by: 'you' | 'office' | 'system';
  reason: string | null;
  reason_text: Text | null;
  fix: Text | null;
};
/** An application on its way. */
export interface CaseView {
  id: string;
  kind: string;
  status: string;
  status_text: Text;
  opened_at: string;
  expected_by: string | null;
  urgent: boolean;
  actions: CaseAct[];
  can_withdraw: boolean;
  can_resubmit: boolean;
}
export interface LicenceCredential {
  id: string | null;
  state: 'none' | 'current' | 'withdrawn';
  issued_at: string | null;
  reason: string | null;
  reason_text: Text | null;
}
/** Whether the electronic licence can be applied for, and what stands in the way. */
export interface LicenceApplication {
  may_apply: boolean;
  reason: string | null;
  reason_text: Text | null;
  opens_on: string | null;
  needs_photo: boolean;
  may_replace_photo: boolean;
  photo_replace_from: string | null;
  open_case: CaseView | null;
}
/** The device that a licence is bound to; `device_key` is the compressed point in base64url. */
export interface Holding {
  id: string;
  name: string;
  device_key: string;
  bound_at: string;
}
/** A driving licence on its holder's own screen. */
export interface Licence {
  id: string;
  name: string;
  sex: Text;
  nationality: Text;
  birth_date: string;
  number: string;
  file_number: string | null;
  classes: string;
  class_list: LicenceClass[];
  first_issued_on: string;
  valid_from: string;
  /** Null: long-term. */
  valid_until: string | null;
  authority: string;
  authority_name: Text;
  practice_until: string | null;
  status: LicenceLetter[];
  state: LicenceState;
  state_text: Text;
  colour: CodeColour | null;
  points: { sum: number; limit: number; cycle_start: string; cycle_end: string };
  has_photo: boolean;
  credential: LicenceCredential;
  application: LicenceApplication;
  holding: Holding | null;
  as_of: string;
}

/** One decision that entered points. */
export interface PointsEntry {
  id: string;
  item: string | null;
  offence: Text;
  points: number;
  offence_on: string | null;
  decided_on: string | null;
  carried: boolean;
  counts: boolean;
  clears: Text;
  clause: Clause | null;
}
export interface PastCycle {
  start: string;
  end: string;
  sum: number;
  full: boolean;
}
export interface Points {
  sum: number;
  limit: number;
  full: boolean;
  cycle_start: string;
  cycle_end: string;
  clears_on: string | null;
  entries: PointsEntry[];
  past_cycles: PastCycle[];
  full12: {
    study_days: number;
    onsite_min_days: number;
    tests: Text[];
    steps: Text[];
    clause: Clause;
  } | null;
  reduction: {
    used: number;
    max: number;
    possible: boolean;
    reasons: Text[];
    ways: { name: Text; condition: Text; points: number }[];
  };
}

/** A live code of a licence, with the state as of now. */
export interface LicenceLiveCode extends LiveCode {
  state: LicenceState;
  colour: CodeColour;
  points: number;
  status: { letter: string; name: Text }[];
}

/** What a licence's device has to sign to be bound. */
export interface DeviceChallenge {
  challenge: string;
  expires_at: string;
}
/** A licence bound to this device; `message` is null while it is being signed. */
export interface Held {
  id: string;
  message: string | null;
  issued_at: string | null;
  valid_until: string | null;
  state: 'current' | 'red' | 'stopped';
  classes: string;
  name_masked: string;
}

export interface Proof {
  id: string;
  purpose: string;
  purpose_text: Text;
  recipient: string;
  note: string | null;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
  state: 'open' | 'expired' | 'revoked';
  openings: { at: string }[];
}
/** A proof with its link, which is told once. */
export interface NewProof extends Proof {
  link: string;
}
/** What the one for whom a proof was made sees. */
export interface OpenedProof {
  purpose_text: Text;
  recipient: string;
  holder: string;
  classes: string;
  valid_until: string | null;
  state: LicenceState;
  state_text: Text;
  colour: CodeColour | null;
  points: number | null;
  code: string | null;
  as_of: string;
  expires_at: string;
}

/** One date by which something is due. */
export interface Deadline {
  id: string;
  about: { kind: 'vehicle' | 'licence'; id: string; label: string };
  kind: string;
  title: Text;
  why: Text;
  opens_on: string | null;
  due_on: string;
  days_left: number;
  state: 'upcoming' | 'open' | 'overdue';
  action: Text | null;
  consequence: Text | null;
  clause: Clause;
  notices: { step: string; on: string; sent_at: string | null }[];
}

/** Where notices go beyond the app. */
export interface Channels {
  in_app: boolean;
  sms: boolean;
  email: string | null;
  push_devices: number;
}
