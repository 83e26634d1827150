/** What the mock back end tells an officer: the mock country's vehicles and drivers, by the rows of the real one. */
import { advice, procedures } from 'virtual:roadside';
import { adviceOn, asAdvice, type Circumstances } from '@/officer/advise';
import type { LookedUp, OfficerDriver, OfficerVehicle, Verified } from '@/officer/types';
import { chinaDay, lastDayOf } from '@/i18n/format';
import { check } from '@/verifier/service';
import { proved, sessionOf, setDuty } from './bound';
import { CASES, type Case } from './cases';
import { vehicleOf } from './country';
import { DRIVERS, LETTERS, STATE, type DriverCase } from './licence-cases';
import { mockPack, mockShard, PACK_SEQ, packAsOf } from './packs';
import { portrait } from './portrait';
import { json, problem, type MockCall, type MockRoutes } from './registry';

const DAY_MS = 86_400_000;
const today = (): string => chinaDay(Date.now());
const as_of = (): string => new Date().toISOString();
let looks = 0;
const nextLook = (): string => `look-${(looks += 1)}`;

/** A vehicle of the mock country as an officer sees it. */
export function officerVehicle(it: Case): OfficerVehicle {
  const vehicle = vehicleOf(it, today());
  const until = vehicle.inspection?.valid_until ?? null;
  const overdue = vehicle.inspection?.state === 'overdue';
  return {
    plate_number: vehicle.plate_number,
    plate_type: vehicle.plate_type,
    plate_type_name: vehicle.plate_type_name,
    plate_colour: vehicle.plate_colour,
    vin_masked: 'LSV***********761',
    vehicle_type: vehicle.vehicle_type_name,
    use_nature: vehicle.use_nature_name,
    colour: { zh: '白', en: 'white' },
    status: vehicle.status,
    red: vehicle.status.some(({ letter }) => letter !== 'A'),
    valid_until: until,
    overdue,
    overdue_since: overdue && until ? chinaDay(Date.parse(`${lastDayOf(until)}T00:00:00Z`) + DAY_MS) : null,
    mark: vehicle.mark ? { state: vehicle.mark.state, valid_until: vehicle.mark.valid_until } : null,
    insurance_until: vehicle.insurance_until,
    open_violations: vehicle.status.some(({ letter }) => letter === 'G') ? 2 : 0,
    owner_masked: '张*国',
  };
}

/** A driver of the mock country. */
export function officerDriver(it: DriverCase): OfficerDriver {
  const state = STATE[it.letters[0] ?? 'A'];
  return {
    name: it.nameZh,
    licence_number_masked: '3****************X',
    classes: it.classes,
    status: [...it.letters].map((letter) => ({
      letter,
      name: LETTERS[letter]?.name ?? { zh: letter, en: letter },
    })),
    red: state !== undefined && state.state !== 'normal',
    points: it.entries.reduce((sum, entry) => sum + entry.points, 0),
    valid_until: it.validDays === null ? null : chinaDay(Date.now() + it.validDays * DAY_MS),
    photo: it.photo !== false,
  };
}

function circumstances(
  vehicle: OfficerVehicle | null,
  driver: OfficerDriver | null,
  shown: string,
): Circumstances {
  const letters = (vehicle ?? driver)?.status.map(({ letter }) => letter).join('') ?? null;
  const mark = vehicle?.mark?.state;
  return {
    about: driver && !vehicle ? 'licence' : 'mark',
    shown,
    letters: letters === '' ? 'A' : letters,
    overdue: vehicle?.overdue ?? null,
    mark: mark === 'current' || mark === 'suspended' ? mark : null,
  };
}
const advise = (vehicle: OfficerVehicle | null, driver: OfficerDriver | null, shown: string) =>
  asAdvice(adviceOn(today(), circumstances(vehicle, driver, shown)));

/** What the register answers of a vehicle or a driver. */
export function lookedUp(vehicle: OfficerVehicle | null, driver: OfficerDriver | null): LookedUp {
  return {
    vehicle,
    driver,
    vehicles: driver && !vehicle ? CASES.slice(0, 2).map(officerVehicle) : [],
    advice: advise(vehicle, driver, 'nothing'),
    as_of: as_of(),
    look_id: nextLook(),
  };
}

async function verified(call: MockCall): Promise<Verified> {
  const { code, expected_plate } = await call.body<{ code: string; expected_plate?: string }>();
  const { report } = await check(code, expected_plate);
  const subject = report.credential?.subject;
  const found = CASES.find(({ plate }) => plate === subject);
  const vehicle = found ? officerVehicle(found) : null;
  const surname = report.credential?.kind === 'driving_licence' ? subject?.[0] : undefined;
  const holder = DRIVERS.find(({ nameZh }) => surname !== undefined && nameZh.startsWith(surname));
  const driver = holder ? officerDriver(holder) : null;
  return {
    report,
    opened:
      report.credential?.mode === 'live' && vehicle
        ? { vin: 'LSVHJ133022221761', licence_number: null, name: null }
        : null,
    vehicle,
    driver,
    advice: advise(vehicle, driver, report.reason ?? 'valid'),
    look_id: nextLook(),
    as_of: as_of(),
  };
}

async function lookUp(call: MockCall): Promise<object> {
  const asked = await call.body<{
    by: string;
    plate_number?: string;
    plate_type?: string;
    id_number?: string;
  }>();
  if (asked.by === 'plate') {
    const found = CASES.find((it) => it.plate === asked.plate_number && it.plateType === asked.plate_type);
    return lookedUp(found ? officerVehicle(found) : null, null);
  }
  if (asked.by === 'vin') return lookedUp(CASES[0] ? officerVehicle(CASES[0]) : null, null);
  const at = Number(asked.id_number?.slice(-1)) || 0;
  const driver = DRIVERS[at % DRIVERS.length];
  return lookedUp(null, driver ? officerDriver(driver) : null);
}

/** Nobody without a proof. */
const asOfficer =
  (answer: (call: MockCall) => object | null | Promise<object | null>) =>
  (call: MockCall): object | null | Promise<object | null> =>
    proved(call) ? answer(call) : problem(401, 'device_proof');

const file = (bytes: Uint8Array<ArrayBuffer>): Response =>
  new Response(bytes, { headers: { 'content-type': 'application/octet-stream' } });

export const routes: MockRoutes = {
  'PUT /api/v1/officer/duty': asOfficer(async (call) => {
    const { division } = await call.body<{ division: string }>();
    const by = proved(call);
    if (!setDuty(division)) return problem(403, 'outside_duty');
    return by && sessionOf(by.person, by.device, by.name);
  }),
  'POST /api/v1/officer/verify': asOfficer(verified),
  'POST /api/v1/officer/look-ups': asOfficer(lookUp),
  'GET /api/v1/officer/look-ups/{id}/photo': asOfficer(async () => {
    const picture = portrait(1);
    return new Response(picture, { headers: { 'content-type': 'image/svg+xml' } });
  }),
  'GET /api/v1/officer/procedures': asOfficer(() => ({ items: procedures, version: 'mock' })),
  'GET /api/v1/officer/advice': asOfficer(() => ({ rows: advice, version: 'mock' })),
  'GET /api/v1/officer/reader-keys': asOfficer(() => ({ keys: [] })),
  'POST /api/v1/officer/looks': asOfficer(async (call) => {
    const { items } = await call.body<{ items: unknown[] }>();
    return { taken: items.length, known: 0, refused: [] };
  }),
  'GET /api/v1/officer/shards': asOfficer(async () => ({
    items: [
      {
        province: 32,
        name: { zh: '江苏省', en: 'Jiangsu' },
        seq: PACK_SEQ,
        as_of: new Date(packAsOf() * 1000).toISOString(),
        size: (await mockShard('32', '苏')).length,
        url: '/api/v1/officer/shards/32',
      },
    ],
  })),
  'GET /api/v1/officer/shards/{province}': asOfficer(async ({ params }) =>
    params['province'] === '32' ? file(await mockShard('32', '苏')) : problem(403, 'outside_duty'),
  ),
  'GET /pack': async () =>
    json({
      seq: PACK_SEQ,
      as_of: new Date(packAsOf() * 1000).toISOString(),
      expires_at: new Date(packAsOf() * 1000 + 7 * DAY_MS).toISOString(),
      size: (await mockPack()).length,
      url: '/pack/mock.lzpack',
      deltas: [],
      shards_as_of: new Date(packAsOf() * 1000).toISOString(),
    }),
  'GET /pack/mock.lzpack': async () => file(await mockPack()),
};
