/** Bound devices of the mock back end: any code enrols, and what a real server checks of a proof is looked at. */
import { holdDevice, holdSession } from '@/bound/device';
import { makeKey } from '@/bound/proof';
import type { BoundKind, BoundMe, Challenge, Enrolled } from '@/bound/types';
import { toBase64Url } from '@/licence/base64url';
import type { DemoPerson, Role, Text } from '@/api/types';
import { surface } from '@/surface';
import { empty, problem, type MockCall, type MockRoutes } from './registry';

const DEVICES = 'luzheng.mock.devices';
const SIGNED_IN = 'luzheng.mock.signed-in';
const DAY_MS = 86_400_000;

interface Bound {
  person: string;
  name: string;
}
interface Member {
  kind: BoundKind;
  role: Role;
  name: Text;
  words: Text;
  number: string | null;
}

const MEMBERS: Readonly<Record<string, Member>> = {
  'officer-suzhou': {
    kind: 'officer',
    role: 'officer',
    name: { zh: '苏警官', en: 'Officer Su' },
    words: { zh: '路面执勤民警：扫码核验', en: 'Officer on patrol: scans codes' },
    number: '320500017',
  },
  'officer-shenzhen': {
    kind: 'officer',
    role: 'officer',
    name: { zh: '粤警官', en: 'Officer Yue' },
    words: { zh: '事故处理民警', en: 'Officer who handles accidents' },
    number: '440300021',
  },
  insurer: {
    kind: 'partner_member',
    role: 'insurer',
    name: { zh: '保小安', en: 'Bao Xiaoan' },
    words: { zh: '虚构保险公司理赔员：核验标志', en: 'Claims adjuster of a fictional insurer' },
    number: null,
  },
};
export const OFFICER_PLACES: readonly { code: string; name: Text }[] = [
  { code: '320500', name: { zh: '江苏省苏州市', en: 'Suzhou, Jiangsu' } },
  { code: '320200', name: { zh: '江苏省无锡市', en: 'Wuxi, Jiangsu' } },
];

/** The people of the demonstration who have a bound device. */
export const BOUND_PEOPLE: DemoPerson[] = Object.entries(MEMBERS).map(([id, it]) => ({
  id,
  role: it.role,
  name: it.name,
  case: it.words,
  vehicles: [],
}));

function devices(): Record<string, Bound> {
  return JSON.parse(localStorage.getItem(DEVICES) ?? '{}') as Record<string, Bound>;
}
function putDevice(id: string, device: Bound): void {
  localStorage.setItem(DEVICES, JSON.stringify({ ...devices(), [id]: device }));
}
const random = (bytes: number): string => toBase64Url(crypto.getRandomValues(new Uint8Array(bytes)));

let place = OFFICER_PLACES[0];
/** The duty region in force, and how it is changed. */
export const dutyPlace = (): { code: string; name: Text } | undefined => place;
export function setDuty(code: string): boolean {
  const found = OFFICER_PLACES.find((it) => it.code === code);
  if (found) place = found;
  return found !== undefined;
}

/** The session of a person on a device. */
export function sessionOf(person: string, device_id: string, device_name: string): BoundMe | null {
  const it = MEMBERS[person];
  if (!it) return null;
  return {
    session_id: `mock-${person}`,
    kind: it.kind,
    name: it.name,
    number: it.number,
    device_id,
    device_name,
    duty:
      it.kind === 'officer' && place ? { divisions: [...OFFICER_PLACES], current: place, until: null } : null,
    partner:
      it.kind === 'partner_member'
        ? {
            id: 'partner-1',
            name: { zh: '虚构财产保险股份有限公司', en: 'Fictional Property Insurance Ltd' },
            scopes: ['verify.marks', 'verify.licences', 'state', 'proofs', 'accidents'],
            regions: ['all'],
          }
        : null,
    expires_at: new Date(Date.now() + DAY_MS / 2).toISOString(),
  };
}

/** What the proof of a call says, without looking at the signature; null when there is none. */
export function proved({ request }: MockCall): { person: string; device: string; name: string } | null {
  const body = request.headers.get('dpop')?.split('.')[1];
  if (!body) return null;
  const { sid } = JSON.parse(atob(body.replace(/-/g, '+').replace(/_/g, '/'))) as { sid: string };
  const person = sid.replace('mock-', '');
  const found = Object.entries(devices()).find(([, device]) => device.person === person);
  return found ? { person, device: found[0], name: found[1].name } : null;
}

/** Somebody's device, enrolled before the app starts: for looking at screens. */
export async function enrolMocked(): Promise<void> {
  const person = localStorage.getItem(SIGNED_IN) ?? '';
  const it = MEMBERS[person];
  if (!it || surface === 'citizen') return;
  const device_id = `device-${person}`;
  const device_name = 'A3-05';
  putDevice(device_id, { person, name: device_name });
  const { stored } = await makeKey();
  const { kind, name, number } = it;
  await holdDevice({ device_id, kind, name, number, device_name }, stored);
  await holdSession({ me: sessionOf(person, device_id, device_name), ended: false });
}

export const routes: MockRoutes = {
  'POST /api/v1/demo/enrolments': async (call) => {
    const { person } = await call.body<{ person: string }>();
    const at = Object.keys(MEMBERS).indexOf(person);
    return at < 0 ? null : { code: `DEM0-C0DE-000${at}` };
  },
  'POST /api/v1/bound/enrol': async (call) => {
    const { code, device_name } = await call.body<{ code: string; device_name: string }>();
    if (code.startsWith('XXXX')) return problem(403, 'wrong_code', { tries_left: 4 });
    const members = Object.entries(MEMBERS);
    // a code of the demonstration names its person; any other is of whoever this surface is for
    const chosen = code.startsWith('DEM0')
      ? members[Number(code.at(-1))]
      : members.find(([, it]) => (surface === 'partner') === (it.kind === 'partner_member'));
    if (!chosen) return problem(403, 'wrong_code', { tries_left: 4 });
    const device_id = `device-${random(6)}`;
    putDevice(device_id, { person: chosen[0], name: device_name });
    const { kind, name, number } = chosen[1];
    return { device_id, kind, name, number } satisfies Enrolled;
  },
  'POST /api/v1/bound/challenge': () =>
    ({
      challenge: random(32),
      expires_at: new Date(Date.now() + 60_000).toISOString(),
    }) satisfies Challenge,
  'POST /api/v1/bound/sign-in': async (call) => {
    const { device_id } = await call.body<{ device_id: string }>();
    const device = devices()[device_id];
    return device ? sessionOf(device.person, device_id, device.name) : problem(401, 'device_ended');
  },
  'GET /api/v1/bound/me': (call) => {
    const by = proved(call);
    return by ? sessionOf(by.person, by.device, by.name) : problem(401, 'device_proof');
  },
  'POST /api/v1/bound/sign-out': () => empty(),
};
