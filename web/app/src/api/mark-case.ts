/** Applying for marks: what stands in the way, paper, and the cases of every kind. */
import type { CaseAct } from './licence';
import { send } from './send';
import type { Clause, PlateColour, Text } from './types';

/** A violation that has not been handled. */
export interface OpenViolation {
  id: string;
  at: string;
  place: string;
  act: Text;
  law: string;
  fine_cny: number | null;
  points: number | null;
}
export type CheckCode =
  'violations' | 'accidents' | 'insurance' | 'tax' | 'state' | 'identity' | 'window' | 'region';
/** One condition of a mark: fulfilled, or what is missing and what to do. */
export interface EligibilityCheck {
  code: CheckCode;
  ok: boolean;
  title: Text;
  text: Text;
  what_to_do: Text | null;
  clause: Clause | null;
  violations: OpenViolation[];
  insurance: { insurer: string | null; until: string | null } | null;
}
/** Everything that is known before anything is typed. */
export interface Eligibility {
  vehicle_id: string;
  plate_number: string;
  service: 'exempt_mark' | 'inspection' | 'none';
  may_apply: boolean;
  state: 'ready' | 'missing' | 'not_yet' | 'done' | 'not_for_this_vehicle';
  opens_on: string | null;
  due: string | null;
  last_day: string | null;
  next_valid_until: string | null;
  explanation: Text;
  clause: Clause | null;
  checks: EligibilityCheck[];
  open_case: string | null;
  as_of: string;
}
/** How a paper mark reaches its owner. */
export type Delivery =
  | { way: 'post'; recipient: string; phone: string | null; division: string; address: string }
  | { way: 'pickup'; office: string };
export type PaperReason = 'wanted' | 'lost' | 'damaged';
export interface PickupOffice {
  id: string;
  name: Text;
  address: Text;
  hours: Text;
}
export interface DeliveryDefaults {
  recipient: string;
  phone_masked: string | null;
  division: string;
  fee_text: Text;
}
export interface DivisionItem {
  code: string;
  name: Text;
}
export type DeliveryState =
  'ordered' | 'produced' | 'dispatched' | 'delivered' | 'ready' | 'collected' | 'returned' | 'cancelled';
/** A step of the road ahead. */
export interface CaseStep {
  code: string;
  text: Text;
  state: 'done' | 'now' | 'later';
  at: string | null;
}
export interface CaseDelivery {
  way: 'post' | 'pickup';
  office: Text | null;
  to_masked: string | null;
  address_masked: string | null;
  carrier: string | null;
  tracking_number: string | null;
  state: DeliveryState;
  state_text: Text;
  collect_by: string | null;
}
/** An application of any kind, on its way or over. */
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
  vehicle: { id: string; plate_number: string; plate_type: string; plate_colour: PlateColour } | null;
  delivery: CaseDelivery | null;
  steps: CaseStep[];
  missing: EligibilityCheck[];
}

const vehicle = (id: string): string => `/api/v1/citizen/vehicles/${encodeURIComponent(id)}`;
const ofCase = (id: string): string => `/api/v1/citizen/cases/${encodeURIComponent(id)}`;

/** What is fulfilled and what is missing for a new mark. */
export const getEligibility = (id: string): Promise<Eligibility> => send('GET', `${vehicle(id)}/eligibility`);
/** Applies for the mark; `key` makes a repetition harmless. */
export const postMarkApplication = (id: string, paper: Delivery | null, key: string): Promise<CaseView> =>
  send('POST', `${vehicle(id)}/applications`, { paper }, key);
/** Orders a paper mark. */
export const postPaper = (
  id: string,
  body: { reason: PaperReason; delivery: Delivery },
  key: string,
): Promise<CaseView> => send('POST', `${vehicle(id)}/papers`, body, key);
export const getPickupOffices = (division: string): Promise<{ items: PickupOffice[] }> =>
  send('GET', `/api/v1/citizen/pickup-offices?division=${division}`);
export const getDeliveryDefaults = (id: string): Promise<DeliveryDefaults> =>
  send('GET', `${vehicle(id)}/delivery-defaults`);
/** Divisions directly under another; provinces without one. */
export const getDivisions = (under: string | null): Promise<{ items: DivisionItem[] }> =>
  send('GET', `/api/v1/divisions${under === null ? '' : `?under=${under}`}`);

/** One's own applications of every kind, newest first. */
export const getCases = (): Promise<{ items: CaseView[] }> => send('GET', '/api/v1/citizen/cases');
export const getCase = (id: string): Promise<CaseView> => send('GET', ofCase(id));
export const postWithdraw = (id: string): Promise<CaseView> => send('POST', `${ofCase(id)}/withdraw`);
