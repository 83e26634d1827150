import { api, ask, idempotencyKey } from './client';
import type { DemoPerson, LiveCode, Mark, Me, Meta, Vehicle } from './types';

/** What the server says about itself, and what time it has. */
export const getMeta = (): Promise<Meta> => ask<Meta>(api.GET('/api/v1/meta'));

/** The demonstration's people; not found outside a demonstration. */
export async function getDemoPeople(): Promise<DemoPerson[]> {
  return (await ask(api.GET('/api/v1/demo/sign-ins'))).items as DemoPerson[];
}

/** Signs one of the demonstration's people in. */
export async function postDemoSignIn(id: string): Promise<Me> {
  return (await ask(api.POST('/api/v1/demo/sign-in', { body: { id }, headers: idempotencyKey() }))) as Me;
}

/** Ends the session at the server. */
export async function postSignOut(): Promise<void> {
  await ask(api.POST('/api/v1/session/sign-out', { headers: idempotencyKey() }));
}

/** Who is signed in. */
export async function getMe(): Promise<Me> {
  return (await ask(api.GET('/api/v1/citizen/me'))) as Me;
}

/** Own vehicles. */
export async function getVehicles(): Promise<Vehicle[]> {
  return (await ask(api.GET('/api/v1/citizen/vehicles'))).items as Vehicle[];
}

/** One own vehicle. */
export async function getVehicle(id: string): Promise<Vehicle> {
  return (await ask(api.GET('/api/v1/citizen/vehicles/{id}', { params: { path: { id } } }))) as Vehicle;
}

/** One own mark with its static code. */
export async function getMark(id: string): Promise<Mark> {
  return (await ask(api.GET('/api/v1/citizen/marks/{id}', { params: { path: { id } } }))) as Mark;
}

/** A new live code of an own mark. */
export function postLiveCode(id: string): Promise<LiveCode> {
  return ask<LiveCode>(
    api.POST('/api/v1/citizen/marks/{id}/live', { params: { path: { id } }, headers: idempotencyKey() }),
  );
}
