import { answerWith } from '@/api/client';
import { carryWith } from '@/apply/calls';
import type { Deadline } from '@/api/licence';
import type { LiveCode, Mark, Me, Meta, Vehicle } from '@/api/types';
import { locale } from '@/composables/settings';
import { chinaDay } from '@/i18n/format';
import { PHONES, routes as accountRoutes, standing } from './account';
import { BOUND_PEOPLE, enrolMocked, routes as boundRoutes } from './bound';
import { takePhoto } from './apply';
import { CASES } from './cases';
import { PEOPLE, vehicleOf } from './country';
import { relatedVehicles, routes as filingRoutes } from './filing';
import { inbox, routes as inboxRoutes } from './inbox';
import {
  LICENCE_LIST,
  liveCode,
  MOCK_LIST,
  rootFile,
  staticCode,
  statusList,
  trustList,
  type MarkClaims,
} from './issuer';

import {
  answerLicence,
  deadlinesOf,
  DRIVER_PEOPLE,
  driverOf,
  licenceStatuses,
  openProof,
  type Answered,
} from './licence';
import { emptied, fault } from './faults';
import { routes as markCaseRoutes } from './mark-case';
import { routes as officerRoutes } from './officer';
import { routes as partnerRoutes } from './partner';
import { routes as presentRoutes } from './present';
import { addPseudo, PSEUDO } from './pseudo';
import { compile, json, problem, type MockRoutes } from './registry';

const EVERYBODY = [...PEOPLE, ...DRIVER_PEOPLE];

/** A back end in the page, typed like the real one: `npm run dev` needs nothing else. */
export async function startMocks(): Promise<void> {
  carryWith(takePhoto);
  if (localStorage.getItem('luzheng.locale') === PSEUDO) {
    addPseudo();
    locale.value = PSEUDO;
  }
  const routed = compile(...AREAS);
  answerWith(async (request) => {
    const wrong = fault();
    if (!navigator.onLine) throw new TypeError('no network');
    // who is signed in stays answered: a fault is of the screen's own data
    const ofScreen = !/\/(meta|citizen\/me|session\/ways|bound\/me)$/.test(new URL(request.url).pathname);
    if (ofScreen && wrong === 'offline') throw new TypeError('no network');
    if (ofScreen && wrong === 'slow') await new Promise(() => undefined);
    if (ofScreen && wrong === 'server') return problem(500, 'internal');
    const given = (await routed(request)) ?? (await answer(request)) ?? problem(404, 'not_found');
    return ofScreen &&
      wrong === 'empty' &&
      given.ok &&
      given.headers.get('content-type') === 'application/json'
      ? json(emptied(await given.json()))
      : given;
  });
  await enrolMocked();
}

/** What each area answers; one file each. */
const AREAS: readonly MockRoutes[] = [
  accountRoutes,
  inboxRoutes,
  presentRoutes,
  filingRoutes,
  markCaseRoutes,
  boundRoutes,
  officerRoutes,
  partnerRoutes,
];

const SIGNED_IN = 'luzheng.mock.signed-in';
const now = (): number => Date.now();
const seconds = (): number => Math.floor(now() / 1000);

async function answer(request: Request): Promise<Response | null> {
  const { pathname } = new URL(request.url);
  switch (`${request.method} ${pathname}`) {
    case 'GET /api/v1/meta':
      return json({
        name: { zh: '路证演示', en: 'Luzheng demonstration' },
        version: '0.1.0',
        demo: true,
        code_host: location.host,
        server_time: new Date(now()).toISOString(),
      } satisfies Meta);
    case 'GET /api/v1/demo/sign-ins':
      return json({
        items: [...EVERYBODY, ...BOUND_PEOPLE].map(({ id, role, name, case: words, vehicles }) => ({
          id,
          role,
          name,
          case: words,
          vehicles,
        })),
        by_phone: PHONES,
      });
    case 'POST /api/v1/demo/sign-in': {
      const { id } = (await request.json()) as { id: string };
      if (!EVERYBODY.some((person) => person.id === id)) return problem(404, 'unknown_person');
      localStorage.setItem(SIGNED_IN, id);
      return json(me());
    }
    case 'POST /api/v1/session/sign-out':
      localStorage.removeItem(SIGNED_IN);
      return new Response(null, { status: 204 });
    case 'GET /.well-known/luzheng/root':
      return new Response(await rootFile());
    case 'GET /.well-known/luzheng/trust':
      return new Response(await trustList(seconds()));
    case 'GET /status':
      return json({
        status_lists: [MOCK_LIST, LICENCE_LIST].map((list) => `${location.origin}/status/${list}`),
      });
    case `GET /status/${MOCK_LIST}`:
      return new Response(await statusList(MOCK_LIST, 2, statusValues(), seconds()));
    case `GET /status/${LICENCE_LIST}`:
      return new Response(await statusList(LICENCE_LIST, 4, licenceStatuses(), seconds()));
    case 'POST /api/v1/proofs/open':
      return unwrap(await openProof(((await request.json()) as { token: string }).token));
    default:
      return pathname.startsWith('/api/v1/citizen/') ? answerCitizen(request, pathname) : null;
  }
}

function unwrap(answered: Answered): Response {
  if ('response' in answered) return answered.response;
  if ('problem' in answered) return problem(answered.status, answered.problem);
  return json(answered.json, answered.status);
}

function deadlines(): Deadline[] {
  const own = ownVehicles().flatMap((it): Deadline[] =>
    it.inspection === null
      ? []
      : [
          {
            id: `${it.id}-inspection`,
            about: { kind: 'vehicle', id: it.id, label: it.plate_number },
            kind: 'inspection',
            title:
              it.inspection.action === 'inspect'
                ? { zh: '上线检验', en: 'Inspection' }
                : { zh: '申领检验标志', en: 'Apply for the mark' },
            why: it.inspection.explanation,
            opens_on: it.inspection.window_opens,
            due_on: it.inspection.last_day,
            days_left: it.inspection.days_left,
            state: { overdue: 'overdue', window_open: 'open', not_due: 'upcoming' }[
              it.inspection.state
            ] as Deadline['state'],
            action: {
              zh: '处理完违法、交强险有效后办理。',
              en: 'Settle violations and have the insurance valid first.',
            },
            consequence: { zh: '逾期不能上路，记 1 分。', en: 'Not to be driven once overdue; one point.' },
            clause: it.inspection.clause,
            notices: [
              {
                step: 'open',
                on: it.inspection.window_opens,
                sent_at: `${it.inspection.window_opens}T01:00:00Z`,
              },
            ],
          },
        ],
  );
  return [...own, ...deadlinesOf(driverOf(localStorage.getItem(SIGNED_IN)))];
}

function me(): Me | null {
  const person = EVERYBODY.find(({ id }) => id === localStorage.getItem(SIGNED_IN));
  return person
    ? {
        id: person.id,
        role: 'citizen',
        name: person.name,
        id_number_masked: '3****************X',
        phone_masked: '138****1234',
        ...standing(),
        unread_notices: inbox().filter((notice) => notice.read_at === null).length,
      }
    : null;
}

function ownVehicles(): Vehicle[] {
  const person = EVERYBODY.find(({ id }) => id === localStorage.getItem(SIGNED_IN));
  return person ? relatedVehicles(person.id, person.own) : [];
}

async function answerCitizen(request: Request, pathname: string): Promise<Response | null> {
  if (!me()) return problem(401, 'signed_out');
  const driver = driverOf(localStorage.getItem(SIGNED_IN));
  if (pathname === '/api/v1/citizen/deadlines') return json({ items: deadlines() });
  if (pathname === '/api/v1/citizen/deadlines.ics') {
    return new Response('BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n', {
      headers: { 'content-type': 'text/calendar' },
    });
  }
  const answered = await answerLicence(
    driver,
    request.method,
    pathname.slice('/api/v1/citizen/'.length),
    request,
  );
  if (answered) return unwrap(answered);
  const [, , , , noun = '', id = '', verb = ''] = pathname.split('/');
  switch (`${request.method} ${noun}${id ? '/id' : ''}${verb ? `/${verb}` : ''}`) {
    case 'GET me':
      return json(me());
    case 'GET vehicles':
      return json({ items: ownVehicles() });
    case 'GET vehicles/id': {
      const vehicle = ownVehicles().find((it) => it.id === id);
      return vehicle ? json(vehicle) : null;
    }
    case 'GET marks/id':
      return markAnswer(id);
    case 'POST marks/id/live':
      return liveAnswer(id);
    default:
      return null;
  }
}

function claimsOf(vehicle: Vehicle): MarkClaims {
  return {
    plate: vehicle.plate_number,
    plateType: vehicle.plate_type,
    validUntil: vehicle.mark?.valid_until ?? '',
    authority: vehicle.division,
    index: CASES.findIndex(({ id }) => id === vehicle.id) * 97 + 11,
  };
}

function statusValues(): Map<number, number> {
  const values = new Map<number, number>();
  for (const it of CASES) {
    const vehicle = vehicleOf(it, chinaDay(now()));
    if (vehicle.mark?.state === 'suspended') values.set(claimsOf(vehicle).index, 2);
  }
  return values;
}

const made = new Map<string, { code: string; compact: string }>();

async function markAnswer(id: string): Promise<Response | null> {
  const vehicle = ownVehicles().find((it) => it.mark?.id === id);
  if (!vehicle?.mark || !vehicle.inspection) return null;
  const issued = Math.floor(Date.parse(vehicle.mark.issued_at ?? '') / 1000);
  const code =
    vehicle.mark.state === 'current' ? (made.get(id) ?? (await staticCode(claimsOf(vehicle), issued))) : null;
  if (code) made.set(id, code);
  return json({
    code: code?.code ?? null,
    compact: code?.compact ?? null,
    id,
    vehicle_id: vehicle.id,
    plate_number: vehicle.plate_number,
    plate_type: vehicle.plate_type,
    plate_type_name: vehicle.plate_type_name,
    plate_colour: vehicle.plate_colour,
    vehicle_type_name: vehicle.vehicle_type_name,
    valid_until: vehicle.mark.valid_until,
    last_day: vehicle.inspection.last_day,
    authority: vehicle.division,
    authority_name: {
      zh: `${vehicle.division_name.zh}公安局交通警察支队`,
      en: `Traffic police of ${vehicle.division_name.en}`,
    },
    issued_at: vehicle.mark.issued_at,
    state: vehicle.mark.state,
    reason: vehicle.mark.reason,
    reason_text: vehicle.mark.reason_text,
  } satisfies Mark);
}

async function liveAnswer(id: string): Promise<Response | null> {
  const vehicle = ownVehicles().find((it) => it.mark?.id === id);
  if (!vehicle) return null;
  if (vehicle.mark?.state !== 'current') return problem(409, 'mark_suspended');
  const iat = seconds();
  return json({
    code: await liveCode(claimsOf(vehicle), iat),
    issued_at: new Date(iat * 1000).toISOString(),
    expires_at: new Date((iat + 60) * 1000).toISOString(),
    renew_after_s: 30,
  } satisfies LiveCode);
}

/** Who is signed in, for the routes of accounts. */
export const signedInPerson = (): Me | null => me();
/** Who a phone signs in that nobody chose. */
export const firstPerson = (): string => EVERYBODY[0]?.id ?? '';
