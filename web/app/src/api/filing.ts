/** Vehicles of others: filings, managers, units. */
import { send } from './send';
import type { PlateColour, Text, Vehicle } from './types';

/** How the person who files stands to the owner. */
export type FilingRelation = 'family' | 'friend' | 'employer' | 'lease' | 'other';
export const FILING_RELATIONS: readonly FilingRelation[] = ['family', 'friend', 'employer', 'lease', 'other'];
export type FilingState =
  'waiting_code' | 'waiting_owner' | 'waiting_manager' | 'active' | 'ended' | 'refused' | 'lapsed';

/** Somebody's part in somebody else's vehicle, as one of the two sides sees it. */
export interface Filing {
  id: string;
  kind: 'filing' | 'management';
  side: 'filer' | 'owner';
  vehicle: {
    id: string | null;
    plate_number: string;
    plate_type: string;
    plate_type_name: Text;
    plate_colour: PlateColour;
  };
  /** Masked name of the other side. */
  other: string;
  relation: string;
  relation_text: Text;
  state: FilingState;
  state_text: Text;
  created_at: string;
  /** Until when it waits. */
  expires_at: string | null;
  active_from: string | null;
  ended_at: string | null;
  end_reason: string | null;
  end_reason_text: Text | null;
  can_agree: boolean;
  can_refuse: boolean;
  can_end: boolean;
  can_confirm: boolean;
}
/** Filings on both sides, and how many more there may be. */
export interface Filings {
  mine: Filing[];
  of_mine: Filing[];
  left: { vehicles: number };
  limits: { vehicles: number; filers: number; managers: number; plate_types: string[] };
}
export interface FilingWish {
  plate_number: string;
  plate_type: string;
  vin_last6: string;
  relation: FilingRelation;
}
/** A request on its way: the same answer whether or not there is such a vehicle. */
export interface FilingAsked {
  id: string;
  expires_at: string;
  text: Text;
}
/** What the owner's screen shows for somebody to scan. */
export interface Consent {
  link: string;
  token: string;
  expires_at: string;
}

export interface UnitMember {
  id: string;
  name_masked: string;
  role: UnitRole;
  role_text: Text;
  since: string;
  can_end: boolean;
}
export type UnitRole = 'legal_person' | 'administrator' | 'operator';
/** A unit that the person acts for. */
export interface Unit {
  id: string;
  name: string;
  number_masked: string;
  role: UnitRole;
  role_text: Text;
  members: UnitMember[];
  vehicles: number;
  limits: { members: number; units_per_person: number };
}
export interface UnitVehicles {
  items: Vehicle[];
  next: string | null;
}

const filings = '/api/v1/citizen/filings';
const one = (id: string, verb: string): string => `${filings}/${encodeURIComponent(id)}/${verb}`;
const unit = (id: string): string => `/api/v1/citizen/units/${encodeURIComponent(id)}`;

/** Filings on both sides. */
export const getFilings = (): Promise<Filings> => send('GET', filings);
/** Asks for the owner's code. `key` repeats a request without doing it twice. */
export const postFiling = (wish: FilingWish, key: string): Promise<FilingAsked> =>
  send('POST', filings, wish, key);
/** Gives the owner's code. */
export const postFilingCode = (id: string, code: string): Promise<Filing> =>
  send('POST', one(id, 'confirm'), { code });
/** The owner, or the one who was asked to manage, agrees. */
export const postFilingAgree = (id: string): Promise<Filing> => send('POST', one(id, 'agree'));
export const postFilingRefuse = (id: string): Promise<Filing> => send('POST', one(id, 'refuse'));
/** Either side ends it. */
export const postFilingEnd = (id: string): Promise<Filing> => send('POST', one(id, 'end'));
/** A code for somebody to scan from the owner's screen. */
export const postConsent = (vehicle: string): Promise<Consent> =>
  send('POST', `/api/v1/citizen/vehicles/${encodeURIComponent(vehicle)}/consent`);
/** Files the vehicle whose consent was scanned. */
export const postFilingScan = (
  token: string,
  relation: FilingRelation,
  key: string | null = null,
): Promise<Filing> => send('POST', `${filings}/scan`, { token, relation }, key);
/** Asks somebody to manage one's vehicle. */
export const postManager = (vehicle: string, body: { phone: string; name: string }): Promise<Filing> =>
  send('POST', `/api/v1/citizen/vehicles/${encodeURIComponent(vehicle)}/managers`, body);

export const getUnits = (): Promise<{ items: Unit[] }> => send('GET', '/api/v1/citizen/units');
export const postMember = (id: string, body: { phone: string; name: string }): Promise<Unit> =>
  send('POST', `${unit(id)}/members`, body);
export const postMemberEnd = (id: string, member: string): Promise<Unit> =>
  send('POST', `${unit(id)}/members/${encodeURIComponent(member)}/end`);
/** A page of a unit's vehicles. */
export const getUnitVehicles = (id: string, after: string | null): Promise<UnitVehicles> =>
  send('GET', `${unit(id)}/vehicles${after === null ? '' : `?after=${encodeURIComponent(after)}`}`);
