/**
 * The server's answers as the screens use them: generated from its OpenAPI description, with two
 * things added that the description does not carry. Optional fields are always there (the server
 * writes `null`), and codes are the closed sets that its documentation names.
 */
import type { components, paths } from '@luzheng/api';

export type { paths };

type Schemas = components['schemas'];
/** Fields that the description calls optional, as they arrive: present, perhaps `null`. */
export type Present<T> = { [K in keyof T]-?: Exclude<T[K], undefined> };
/** `T` with some fields of a narrower type. */
export type Narrow<T, N> = Omit<Present<T>, keyof N> & N;

/** One text in the two languages of the product. */
export type Text = Schemas['Text'];
export type Meta = Present<Schemas['Meta']>;
export type Role = 'citizen' | 'officer' | 'insurer' | 'staff';
/** Somebody who can be signed in with a tap; `case` says what their vehicles show. */
export type DemoPerson = Narrow<Schemas['SignIn'], { role: Role }>;
/** How sure the system is who somebody is. */
export type Level = 'L0' | 'L1' | 'L2' | 'L3' | 'L4';
export type SignInWay = 'code' | 'passkey' | 'identity_platform' | 'counter' | 'demo';
export type Me = Narrow<
  Schemas['Me'],
  { role: Role; level: Level; level_text: Text; how: SignInWay; has_owner: boolean }
>;

/** Which palette a plate is drawn in; derived by the server from the plate type. */
export type PlateColour = 'blue' | 'yellow' | 'black' | 'white' | 'green_gradient' | 'yellow_green';
export type Clause = Present<Schemas['ClauseView']>;
export type InspectionState = 'not_due' | 'window_open' | 'overdue';
export type InspectionAction = 'apply_mark' | 'inspect';
/** What is due, until when, and the clause that says so. */
export type Inspection = Narrow<
  Schemas['InspectionView'],
  { state: InspectionState; action: InspectionAction; clause: Clause }
>;
export type MarkState = 'current' | 'suspended' | 'issuing';
export type MarkSummary = Narrow<Schemas['MarkSummary'], { state: MarkState }>;
export type PastMark = Present<Schemas['PastMark']>;
export type StatusLetter = Present<Schemas['StatusLetter']>;
/** What a person is to a vehicle. */
export type VehicleRelation = 'own' | 'filed' | 'managed' | 'unit';
/** What they may do with it. */
export type Power =
  'look' | 'see_vin' | 'show' | 'download' | 'print' | 'apply' | 'paper' | 'notices' | 'share';
/** A vehicle on the screen of somebody who may see it; without a VIN when it is only filed. */
export type Vehicle = Narrow<
  Schemas['VehicleView'],
  {
    plate_colour: PlateColour;
    relation: VehicleRelation;
    powers: Power[];
    owner_masked: string | null;
    unit: { id: string; name: string } | null;
    since: string | null;
    vin: string | null;
    inspection: Inspection | null;
    mark: MarkSummary | null;
    past_marks: PastMark[];
    status: StatusLetter[];
  }
>;
/** A mark opened by its owner; `code` is null unless it is in use. */
export type Mark = Narrow<Schemas['MarkView'], { plate_colour: PlateColour; state: MarkState | 'ended' }>;
export type LiveCode = Present<Schemas['LiveCode']>;
/** RFC 9457 with our stable `code`. */
export type Problem = Partial<Schemas['Problem']>;
