/** The people of the demo, found by what is interesting about their vehicles and not by name. */
import type { BrowserContext, Page } from 'playwright-core';

/** The parts of the answers that these tests read; the app itself uses the generated types. */
export interface Person {
  readonly id: string;
  readonly role: string;
  readonly name: { zh: string; en: string };
  readonly vehicles: readonly string[];
}
export interface Vehicle {
  readonly id: string;
  readonly plate_number: string;
  readonly plate_type: string;
  readonly inspection: {
    state: string;
    action: string;
    valid_until: string | null;
    clause: { id: string };
  } | null;
  readonly mark: { id: string; state: string } | null;
}
export interface Mark {
  readonly id: string;
  readonly code: string;
  readonly compact: string;
  readonly plate_number: string;
  readonly plate_type: string;
}

/** A vehicle together with its owner. */
export interface Found {
  readonly person: Person;
  readonly vehicle: Vehicle;
}

async function getJson<T>(context: BrowserContext, path: string): Promise<T> {
  const answer = await context.request.get(path);
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Everybody in the sign-in list. */
export async function people(context: BrowserContext): Promise<readonly Person[]> {
  return (await getJson<{ items: Person[] }>(context, '/api/v1/demo/sign-ins')).items;
}

/** Signs somebody in without the page: the cookie is the context's afterwards. */
export async function signIn(context: BrowserContext, person: Person): Promise<void> {
  const answer = await context.request.post('/api/v1/demo/sign-in', { data: { id: person.id } });
  if (!answer.ok())
    throw new Error(`sign-in of ${person.name.zh}: ${answer.status()} ${await answer.text()}`);
}

/** The vehicles of whoever is signed in. */
export async function vehicles(context: BrowserContext): Promise<readonly Vehicle[]> {
  return (await getJson<{ items: Vehicle[] }>(context, '/api/v1/citizen/vehicles')).items;
}

/** The mark of a vehicle of whoever is signed in. */
export async function mark(context: BrowserContext, vehicle: Vehicle): Promise<Mark> {
  if (vehicle.mark === null) throw new Error(`${vehicle.plate_number} has no mark`);
  const { code, compact, ...rest } = await getJson<Mark | Record<'code' | 'compact', null>>(
    context,
    `/api/v1/citizen/marks/${vehicle.mark.id}`,
  );
  if (code === null || compact === null) throw new Error(`the mark of ${vehicle.plate_number} is not in use`);
  return { ...(rest as Omit<Mark, 'code' | 'compact'>), code, compact };
}

/** Signs citizens in one after the other until one of their vehicles is as wanted; the last one stays signed in. */
export async function findVehicle(
  context: BrowserContext,
  what: string,
  wanted: (vehicle: Vehicle) => boolean,
): Promise<Found> {
  for (const person of await people(context)) {
    if (person.role !== 'citizen' || person.vehicles.length === 0) continue;
    await signIn(context, person);
    const vehicle = (await vehicles(context)).find(wanted);
    if (vehicle !== undefined) return { person, vehicle };
  }
  throw new Error(`nobody in the demo has ${what}`);
}

/** A vehicle whose mark can be shown. */
export const isCurrent = (vehicle: Vehicle): boolean => vehicle.mark?.state === 'current';

/** Signs in by tapping a name in the list, as people do. */
export async function tapName(page: Page, person: Person): Promise<void> {
  await page.goto('/');
  const search = page.getByTestId('search');
  await page.locator('[data-person]').first().waitFor();
  if (await search.isVisible()) await search.fill(person.vehicles[0] ?? person.name.zh);
  await page.getByTestId(`person-${person.id}`).click();
  await page.waitForURL('**/vehicles');
}

/** The parts of a licence that these tests read. */
export interface Licence {
  readonly number: string;
  readonly name: string;
  readonly classes: string;
  readonly state: string;
  readonly colour: string | null;
  readonly points: { sum: number; limit: number };
  readonly valid_until: string | null;
  readonly credential: { id: string | null; state: string };
  readonly holding: { device_key: string } | null;
}

/** The licence of whoever is signed in, or null when they are no driver. */
export async function licence(context: BrowserContext): Promise<Licence | null> {
  const answer = await context.request.get('/api/v1/citizen/licence');
  if (answer.status() === 404) return null;
  if (!answer.ok()) throw new Error(`licence: ${answer.status()} ${await answer.text()}`);
  return (await answer.json()) as Licence;
}

/** Signs citizens in one after the other until one's licence is as wanted; the last one stays signed in. */
export async function findDriver(
  context: BrowserContext,
  what: string,
  wanted: (licence: Licence) => boolean,
): Promise<{ person: Person; licence: Licence }> {
  for (const person of await people(context)) {
    if (person.role !== 'citizen') continue;
    await signIn(context, person);
    const found = await licence(context);
    if (found !== null && wanted(found)) return { person, licence: found };
  }
  throw new Error(`nobody in the demo has ${what}`);
}
