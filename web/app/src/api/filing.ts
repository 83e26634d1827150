/** Vehicles of others: filings, managers, units. Generated types, narrowed as in `types.ts`. */
import type { components } from '@luzheng/api';
import { api, ask, idempotencyKey } from './client';
import type { Narrow, PlateColour, Present, Vehicle } from './types';

type Schemas = components['schemas'];
/** How the person who files stands to the owner. */
export type FilingRelation = 'family' | 'friend' | 'employer' | 'lease' | 'other';
export const FILING_RELATIONS: readonly FilingRelation[] = ['family', 'friend', 'employer', 'lease', 'other'];
export type FilingState =
  'waiting_code' | 'waiting_owner' | 'waiting_manager' | 'active' | 'ended' | 'refused' | 'lapsed';

/** Somebody's part in somebody else's vehicle, as one of the two sides sees it. */
export type Filing = Narrow<
  Schemas['Filing'],
  {
    kind: 'filing' | 'management';
    side: 'filer' | 'owner';
    vehicle: Narrow<Schemas['FilingVehicle'], { plate_colour: PlateColour }>;
    state: FilingState;
  }
>;
/** Filings on both sides, and how many more there may be. */
export type Filings = Narrow<Schemas['FilingList'], { mine: Filing[]; of_mine: Filing[] }>;
export type FilingWish = Narrow<Schemas['Ask'], { relation: FilingRelation }>;
/** A request on its way: the same answer whether or not there is such a vehicle. */
export type FilingAsked = Present<Schemas['Asked']>;
/** What the owner's screen shows for somebody to scan. */
export type Consent = Present<Schemas['Consent']>;
export type UnitRole = 'legal_person' | 'administrator' | 'operator';
export type UnitMember = Narrow<Schemas['UnitMember'], { role: UnitRole }>;
/** A unit that the person acts for. */
export type Unit = Narrow<Schemas['Unit'], { role: UnitRole; members: UnitMember[] }>;
export type UnitVehicles = Narrow<Schemas['UnitVehicles'], { items: Vehicle[] }>;

const once = (key: string | null): { 'Idempotency-Key': string } =>
  key === null ? idempotencyKey() : { 'Idempotency-Key': key };

/** Filings on both sides. */
export async function getFilings(): Promise<Filings> {
  return (await ask(api.GET('/api/v1/citizen/filings'))) as Filings;
}

/** Asks for the owner's code. `key` repeats a request without doing it twice. */
export async function postFiling(body: FilingWish, key: string): Promise<FilingAsked> {
  return ask<FilingAsked>(api.POST('/api/v1/citizen/filings', { body, headers: once(key) }));
}

/** Gives the owner's code. */
export async function postFilingCode(id: string, code: string): Promise<Filing> {
  return (await ask(
    api.POST('/api/v1/citizen/filings/{id}/confirm', {
      params: { path: { id } },
      body: { code },
      headers: idempotencyKey(),
    }),
  )) as Filing;
}

/** The owner, or the one who was asked to manage, agrees. */
export async function postFilingAgree(id: string): Promise<Filing> {
  return (await ask(
    api.POST('/api/v1/citizen/filings/{id}/agree', { params: { path: { id } }, headers: idempotencyKey() }),
  )) as Filing;
}

/** The owner, or the one who was asked to manage, refuses. */
export async function postFilingRefuse(id: string): Promise<Filing> {
  return (await ask(
    api.POST('/api/v1/citizen/filings/{id}/refuse', { params: { path: { id } }, headers: idempotencyKey() }),
  )) as Filing;
}

/** Either side ends it. */
export async function postFilingEnd(id: string): Promise<Filing> {
  return (await ask(
    api.POST('/api/v1/citizen/filings/{id}/end', { params: { path: { id } }, headers: idempotencyKey() }),
  )) as Filing;
}

/** A code for somebody to scan from the owner's screen. */
export async function postConsent(id: string): Promise<Consent> {
  return ask<Consent>(
    api.POST('/api/v1/citizen/vehicles/{id}/consent', {
      params: { path: { id } },
      headers: idempotencyKey(),
    }),
  );
}

/** Files the vehicle whose consent was scanned. */
export async function postFilingScan(token: string, relation: FilingRelation, key: string): Promise<Filing> {
  return (await ask(
    api.POST('/api/v1/citizen/filings/scan', { body: { token, relation }, headers: once(key) }),
  )) as Filing;
}

/** Asks somebody to manage one's vehicle. */
export async function postManager(id: string, body: { phone: string; name: string }): Promise<Filing> {
  return (await ask(
    api.POST('/api/v1/citizen/vehicles/{id}/managers', {
      params: { path: { id } },
      body,
      headers: idempotencyKey(),
    }),
  )) as Filing;
}

/** The units that the person acts for. */
export async function getUnits(): Promise<Unit[]> {
  return (await ask(api.GET('/api/v1/citizen/units'))).items as Unit[];
}

/** Adds an operator to a unit. */
export async function postMember(id: string, body: { phone: string; name: string }): Promise<Unit> {
  return (await ask(
    api.POST('/api/v1/citizen/units/{id}/members', {
      params: { path: { id } },
      body,
      headers: idempotencyKey(),
    }),
  )) as Unit;
}

/** Ends somebody's acting for a unit. */
export async function postMemberEnd(id: string, member: string): Promise<Unit> {
  return (await ask(
    api.POST('/api/v1/citizen/units/{id}/members/{member}/end', {
      params: { path: { id, member } },
      headers: idempotencyKey(),
    }),
  )) as Unit;
}

/** A page of a unit's vehicles. */
export async function getUnitVehicles(id: string, after: string | null): Promise<UnitVehicles> {
  const query = after === null ? {} : { after };
  return (await ask(
    api.GET('/api/v1/citizen/units/{id}/vehicles', { params: { path: { id }, query } }),
  )) as UnitVehicles;
}
