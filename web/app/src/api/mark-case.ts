/** Applying for marks: what stands in the way, paper, and the cases of every kind. Generated types, narrowed as in `types.ts`. */
import type { components } from '@luzheng/api';
import { api, ask, idempotencyKey } from './client';
import type { Clause, Narrow, PlateColour, Present } from './types';

type Schemas = components['schemas'];
/** A violation that has not been handled. */
export type OpenViolation = Present<Schemas['ViolationView']>;
export type CheckCode =
  'violations' | 'accidents' | 'insurance' | 'tax' | 'state' | 'identity' | 'window' | 'region';
/** One condition of a mark: fulfilled, or what is missing and what to do. */
export type EligibilityCheck = Narrow<
  Schemas['ConditionView'],
  {
    code: CheckCode;
    clause: Clause | null;
    violations: OpenViolation[];
    insurance: Present<Schemas['InsuranceView']> | null;
  }
>;
/** Everything that is known before anything is typed. */
export type Eligibility = Narrow<
  Schemas['EligibilityView'],
  {
    service: 'exempt_mark' | 'inspection' | 'none';
    state: 'ready' | 'missing' | 'not_yet' | 'done' | 'not_for_this_vehicle';
    clause: Clause | null;
    checks: EligibilityCheck[];
  }
>;
/** How a paper mark reaches its owner. */
export type Delivery = Schemas['Delivery'];
export type PaperReason = 'wanted' | 'lost' | 'damaged';
export type PickupOffice = Present<Schemas['OfficeView']>;
export type DeliveryDefaults = Present<Schemas['DeliveryDefaults']>;
export type DivisionItem = Present<Schemas['DivisionChoice']>;
export type DeliveryState =
  'ordered' | 'produced' | 'dispatched' | 'delivered' | 'ready' | 'collected' | 'returned' | 'cancelled';
/** A step of the road ahead. */
export type CaseStep = Narrow<Schemas['RoadStep'], { state: 'done' | 'now' | 'later' }>;
export type CaseDelivery = Narrow<Schemas['DeliveryView'], { way: 'post' | 'pickup'; state: DeliveryState }>;
export type CaseAct = Narrow<Schemas['CaseActionView'], { by: 'you' | 'office' | 'system' }>;
/** An application of any kind, on its way or over. */
export type CaseView = Narrow<
  Schemas['CaseView'],
  {
    actions: CaseAct[];
    vehicle: Narrow<Schemas['CaseVehicle'], { plate_colour: PlateColour }> | null;
    delivery: CaseDelivery | null;
    steps: CaseStep[];
  }
>;

/** What is fulfilled and what is missing for a new mark. */
export async function getEligibility(id: string): Promise<Eligibility> {
  return (await ask(
    api.GET('/api/v1/citizen/vehicles/{id}/eligibility', { params: { path: { id } } }),
  )) as Eligibility;
}

/** Applies for the mark; `key` makes a repetition harmless. */
export async function postMarkApplication(
  id: string,
  paper: Delivery | null,
  key: string,
): Promise<CaseView> {
  return (await ask(
    api.POST('/api/v1/citizen/vehicles/{id}/applications', {
      params: { path: { id } },
      body: { paper },
      headers: { 'Idempotency-Key': key },
    }),
  )) as CaseView;
}

/** Orders a paper mark; `key` makes a repetition harmless. */
export async function postPaper(
  id: string,
  body: { reason: PaperReason; delivery: Delivery },
  key: string,
): Promise<CaseView> {
  return (await ask(
    api.POST('/api/v1/citizen/vehicles/{id}/papers', {
      params: { path: { id } },
      body,
      headers: { 'Idempotency-Key': key },
    }),
  )) as CaseView;
}

/** Where papers can be collected, the nearest first. */
export async function getPickupOffices(division: string): Promise<PickupOffice[]> {
  const answer = await ask(api.GET('/api/v1/citizen/pickup-offices', { params: { query: { division } } }));
  return answer.items as PickupOffice[];
}

/** What the form begins with. */
export async function getDeliveryDefaults(id: string): Promise<DeliveryDefaults> {
  return (await ask(
    api.GET('/api/v1/citizen/vehicles/{id}/delivery-defaults', { params: { path: { id } } }),
  )) as DeliveryDefaults;
}

/** Divisions directly under another; provinces without one. */
export async function getDivisions(under: string | null): Promise<DivisionItem[]> {
  const query = under === null ? {} : { under };
  return (await ask(api.GET('/api/v1/divisions', { params: { query } }))).items as DivisionItem[];
}

/** One's own applications of every kind. */
export async function getCases(): Promise<CaseView[]> {
  return (await ask(api.GET('/api/v1/citizen/cases'))).items as CaseView[];
}

/** One's own application. */
export async function getCase(id: string): Promise<CaseView> {
  return (await ask(api.GET('/api/v1/citizen/cases/{id}', { params: { path: { id } } }))) as CaseView;
}

/** Gives an application up. */
export async function postWithdraw(id: string): Promise<CaseView> {
  return (await ask(
    api.POST('/api/v1/citizen/cases/{id}/withdraw', { params: { path: { id } }, headers: idempotencyKey() }),
  )) as CaseView;
}
