/** What the server tells an officer. Generated types, narrowed as in `api/types.ts`. */
import type { components } from '@luzheng/api';
import type { Reason, Report, Verdict } from '@luzheng/verify';
import type { Clause, Narrow, PlateColour, Present, Text } from '@/api/types';

type Schemas = components['schemas'];

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
/** What applies, in words, with the row it is and its clause. */
export type Advice = Narrow<Schemas['AdviceView'], { state: AdviceState; clause: Clause | null }>;

/** A vehicle as an officer sees it. */
export type OfficerVehicle = Narrow<
  Schemas['OfficerVehicle'],
  { plate_colour: PlateColour; mark: Present<Schemas['OfficerMark']> | null; colour: Text | null }
>;
/** A driver as an officer sees them: with the full name; long-term without a last day. */
export type OfficerDriver = Present<Schemas['OfficerDriver']>;
/** What was sealed for officers inside a live code. */
export type Opened = Present<Schemas['OpenedPart']>;
/** The answer to a scanned code. */
export type Verified = Narrow<
  Schemas['OfficerVerdict'],
  {
    report: Report;
    opened: Opened | null;
    vehicle: OfficerVehicle | null;
    driver: OfficerDriver | null;
    advice: Advice;
  }
>;
/** The answer to a look-up; a person's own vehicles in brief. */
export type LookedUp = Narrow<
  Schemas['OfficerLookedUp'],
  { vehicle: OfficerVehicle | null; driver: OfficerDriver | null; vehicles: OfficerVehicle[]; advice: Advice }
>;

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
export type Procedure = Narrow<Schemas['ProcedureView'], { code: ProcedureCode; clause: Clause | null }>;

/** A key of the readers, wrapped for this device. */
export type SealedReaderKey = Present<Schemas['WrappedReaderKey']>;

/** A look made without a network, to be handed in. */
export type OfflineLook = Narrow<
  Schemas['OfflineLook'],
  {
    verdict: Verdict;
    reason: Reason | null;
    by: 'shard' | 'sealed';
    purpose: Purpose;
    status: Present<Schemas['OfflineStatus']> | null;
  }
>;
/** What became of looks that were handed in. Those that were refused need not be handed in again. */
export type HandedIn = Present<Schemas['HandedIn']>;

/** A province whose plates can be carried along; its number as it stands in plates' codes. */
export type ShardItem = Narrow<Schemas['ShardView'], { province: string }>;
