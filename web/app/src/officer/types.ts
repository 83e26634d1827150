/** What the server tells an officer. */
import type { Reason, Report, Verdict } from '@luzheng/verify';
import type { Clause, PlateColour, StatusLetter, Text } from '@/api/types';

/** Why an officer looks: chosen once, kept in sight, and part of every look. */
export const PURPOSES = ['roadside_check', 'accident', 'stolen_vehicle', 'violation', 'inquiry'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** What applies, as the law and the register have it (`domain::roadside`). */
export type AdviceState =
  | 'in_order'
  | 'not_shown_no_offence'
  | 'overdue'
  | 'withdrawn'
  | 'stolen'
  | 'wrong_vehicle'
  | 'licence_not_usable'
  | 'not_carried'
  | 'cannot_tell';
export interface Advice {
  /** Which row it is. */
  code: string;
  state: AdviceState;
  title: Text;
  text: Text;
  clause: Clause | null;
  steps: Text[];
}

/** A vehicle as an officer sees it. */
export interface OfficerVehicle {
  plate_number: string;
  plate_type: string;
  plate_type_name: Text;
  plate_colour: PlateColour;
  vin_masked: string;
  vehicle_type: Text;
  use_nature: Text;
  colour: Text | null;
  status: StatusLetter[];
  red: boolean;
  /** `YYYY-MM` */
  valid_until: string | null;
  overdue: boolean;
  overdue_since: string | null;
  mark: { state: string; valid_until: string | null } | null;
  insurance_until: string | null;
  open_violations: number;
  owner_masked: string;
}

/** A driver as an officer sees them: with the full name. */
export interface OfficerDriver {
  name: string;
  licence_number_masked: string;
  classes: string;
  status: StatusLetter[];
  red: boolean;
  points: number;
  /** Null for long-term. */
  valid_until: string | null;
  /** Whether a photo can be asked for under the look. */
  photo: boolean;
}

/** What was sealed for officers inside a live code. */
export interface Opened {
  vin: string | null;
  licence_number: string | null;
  name: string | null;
}

/** The answer to a scanned code. */
export interface Verified {
  report: Report;
  opened: Opened | null;
  vehicle: OfficerVehicle | null;
  driver: OfficerDriver | null;
  advice: Advice;
  look_id: string;
  as_of: string;
}

/** The answer to a look-up. */
export interface LookedUp {
  vehicle: OfficerVehicle | null;
  driver: OfficerDriver | null;
  /** A person's own vehicles, in brief. */
  vehicles: OfficerVehicle[];
  advice: Advice;
  as_of: string;
  look_id: string;
}

export const WAYS = ['plate', 'vin', 'identity', 'licence'] as const;
export type Way = (typeof WAYS)[number];
/** What is asked; nothing of it is kept on the device. */
export interface Asked {
  by: Way;
  plate_number?: string;
  plate_type?: string;
  vin?: string;
  id_number?: string;
}

export const PROCEDURES = [
  'flat_battery',
  'seized_licence',
  'never_take_phone',
  'no_network',
  'code_unreadable',
  'overdue',
  'suspected_copy',
  'paper_only',
] as const;
export type ProcedureCode = (typeof PROCEDURES)[number];
export interface Procedure {
  code: ProcedureCode;
  title: Text;
  steps: Text[];
  clause: Clause | null;
}

/** A key of the readers, sealed to this device. */
export interface SealedReaderKey {
  number: number;
  kind: 'x25519';
  /** Base64url. */
  sealed: string;
  not_after: string;
}

/** A look made without a network, to be handed in. */
export interface OfflineLook {
  id: string;
  /** RFC 3339 */
  at: string;
  /** SHA-256 of the code that was opened, in base64url. */
  code_digest: string | null;
  /** Where the status of that code stands: how its subject is found. */
  status: { list: number; index: number } | null;
  /** The plate that was looked up, and its type. */
  subject: string | null;
  plate_type: string | null;
  /** Of a code its verdict; of a plate `valid` when it was found. */
  verdict: Verdict;
  reason: Reason | null;
  by: 'shard' | 'sealed';
  purpose: Purpose;
  duty: string | null;
}

/** A province whose plates can be carried along. */
export interface ShardItem {
  province: string;
  name: Text;
  seq: number;
  as_of: string;
  size: number;
  url: string;
}

/** What became of looks that were handed in. Those that were refused need not be handed in again. */
export interface HandedIn {
  taken: number;
  known: number;
  refused: { id: string; code: string }[];
}
