/** Vehicles of others in the mock: filings, managers, units. What is changed lasts for the browser. */
import type { Filing, Filings, FilingState, FilingWish, Unit, UnitMember } from '@/api/filing';
import type { Text, Vehicle, VehicleRelation } from '@/api/types';
import { chinaDay } from '@/i18n/format';
import { CASES, type Case } from './cases';
import { PEOPLE, POWERS, vehicleOf } from './country';
import { json, problem, type MockRoutes } from './registry';

const SIGNED_IN = 'luzheng.mock.signed-in';
const KEY = 'luzheng.mock.filings';
/** The only code that the mock's owners get. */
const CODE = '246810';
const CODE_MS = 5 * 60_000;
const CONSENT_MS = 120_000;
const WAIT_MS = 3 * 86_400_000;
const LIMITS = { vehicles: 3, filers: 3, managers: 1, plate_types: ['02', '52'] };
const UNIT = { id: 'u-yanbei', name: '燕北物流有限公司', vehicles: 57 };
const PAGE = 20;

interface Stored {
  id: string;
  kind: Filing['kind'];
  vehicle: string;
  filer: string;
  relation: string;
  state: FilingState;
  created_at: string;
  active_from: string | null;
  ended_at: string | null;
  end_reason: string | null;
}

const STATES: Readonly<Record<FilingState, Text>> = {
  waiting_code: { zh: '等待验证码', en: 'waiting for the code' },
  waiting_owner: { zh: '等待车主同意', en: 'waiting for the owner' },
  waiting_manager: { zh: '等待对方接受', en: 'waiting for acceptance' },
  active: { zh: '已生效', en: 'in force' },
  ended: { zh: '已解除', en: 'ended' },
  refused: { zh: '未同意', en: 'refused' },
  lapsed: { zh: '已失效', en: 'lapsed' },
};
const RELATIONS: Readonly<Record<string, Text>> = {
  family: { zh: '家人', en: 'family' },
  friend: { zh: '朋友', en: 'friend' },
  employer: { zh: '单位', en: 'work' },
  lease: { zh: '租赁', en: 'lease' },
  other: { zh: '其他', en: 'other' },
  manager: { zh: '管理人', en: 'manager' },
};
const REASONS: Readonly<Record<string, Text>> = {
  filer: { zh: '备案人解除', en: 'ended by whoever filed' },
  owner: { zh: '车主解除', en: 'ended by the owner' },
  transferred: { zh: '车辆已过户', en: 'the vehicle was transferred' },
};

const now = (): string => new Date().toISOString();
const ago = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
const who = (): string => localStorage.getItem(SIGNED_IN) ?? '';
const ownerOf = (vehicle: string): string => PEOPLE.find(({ own }) => own.includes(vehicle))?.id ?? '';
const nameOf = (person: string): string => PEOPLE.find(({ id }) => id === person)?.name.zh ?? '';
const masked = (name: string): string =>
  name.length < 3 ? `${name[0] ?? ''}*` : `${name[0]}${'*'.repeat(name.length - 2)}${name.at(-1) ?? ''}`;

const seed = (
  id: string,
  vehicle: string,
  filer: string,
  state: FilingState,
  more: Partial<Stored> = {},
): Stored => ({
  id,
  kind: 'filing',
  vehicle,
  filer,
  relation: 'family',
  state,
  created_at: ago(40),
  active_from: state === 'active' || state === 'ended' ? ago(40) : null,
  ended_at: state === 'ended' ? ago(5) : null,
  end_reason: state === 'ended' ? 'owner' : null,
  ...more,
});
const SEEDS: readonly Stored[] = [
  seed('f-1', 'v-fine', 'p-family', 'active'),
  seed('f-2', 'v-apply', 'p-inspect', 'active', { relation: 'friend' }),
  seed('f-3', 'v-apply', 'p-fine', 'waiting_owner', { created_at: ago(0.02) }),
  seed('f-4', 'v-inspect', 'p-family', 'active', { kind: 'management', relation: 'manager' }),
  seed('f-5', 'v-stolen', 'p-family', 'ended', { relation: 'employer', end_reason: 'transferred' }),
  seed('f-6', 'v-overdue', 'p-family', 'waiting_code', { created_at: ago(0.002) }),
];

function read(): Stored[] {
  const text = localStorage.getItem(KEY);
  return text === null ? [...SEEDS] : (JSON.parse(text) as Stored[]);
}
function change(id: string, to: Partial<Stored>): Filing | null {
  const all = read();
  const found = all.find((one) => one.id === id);
  if (!found) return null;
  Object.assign(found, to);
  localStorage.setItem(KEY, JSON.stringify(all));
  return view(found);
}
function add(one: Stored): Filing {
  localStorage.setItem(KEY, JSON.stringify([one, ...read()]));
  return view(one);
}

function view(one: Stored): Filing {
  const owns = ownerOf(one.vehicle) === who();
  const it = plain(one.vehicle);
  const open = one.state === 'active' || one.state.startsWith('waiting');
  const manages = one.kind === 'management';
  return {
    id: one.id,
    kind: one.kind,
    side: owns ? 'owner' : 'filer',
    vehicle: {
      id: owns || one.state === 'active' ? one.vehicle : null,
      plate_number: it?.plate_number ?? '',
      plate_type: it?.plate_type ?? '02',
      plate_type_name: it?.plate_type_name ?? { zh: '小型汽车', en: 'Small vehicle' },
      plate_colour: it?.plate_colour ?? 'blue',
    },
    other: masked(nameOf(owns ? one.filer : ownerOf(one.vehicle))),
    relation: one.relation,
    relation_text: RELATIONS[one.relation] ?? { zh: '其他', en: 'other' },
    state: one.state,
    state_text: STATES[one.state],
    created_at: one.created_at,
    expires_at: one.state.startsWith('waiting')
      ? new Date(Date.parse(one.created_at) + WAIT_MS).toISOString()
      : null,
    active_from: one.active_from,
    ended_at: one.ended_at,
    end_reason: one.end_reason,
    end_reason_text: one.end_reason === null ? null : (REASONS[one.end_reason] ?? null),
    can_agree: manages ? !owns && one.state === 'waiting_manager' : owns && one.state.startsWith('waiting'),
    can_refuse: manages ? !owns && one.state === 'waiting_manager' : owns && one.state.startsWith('waiting'),
    can_end: open && (one.state === 'active' || !(manages ? !owns : owns)),
    can_confirm: !owns && !manages && one.state === 'waiting_code',
  };
}

const GRANTED = 'luzheng.mock.granted';
/** Vehicles whose new mark was applied for in this browser. */
const grantedMarks = (): string[] => JSON.parse(localStorage.getItem(GRANTED) ?? '[]') as string[];
/** A vehicle has its new mark from now on. */
export const grantMark = (id: string): void =>
  localStorage.setItem(GRANTED, JSON.stringify([...grantedMarks(), id]));

const caseOf = (id: string): Case | undefined => CASES.find((one) => one.id === id) ?? unitCase(id);
const plain = (id: string): Vehicle | null => {
  const found = caseOf(id);
  if (!found) return null;
  const more = grantedMarks().includes(id) ? 24 : 0;
  return vehicleOf({ ...found, dueIn: found.dueIn + more, age: found.age + more / 12 }, chinaDay(Date.now()));
};
function related(id: string, relation: VehicleRelation, since: string | null): Vehicle | null {
  const it = plain(id);
  if (!it || relation === 'own') return it;
  return {
    ...it,
    relation,
    powers: POWERS[relation],
    vin: relation === 'filed' ? null : it.vin,
    owner_masked: relation === 'unit' ? null : masked(nameOf(ownerOf(id))),
    unit: relation === 'unit' ? { id: UNIT.id, name: UNIT.name } : null,
    since,
    past_marks: relation === 'filed' ? [] : it.past_marks,
  };
}

/** What somebody may see: own vehicles, those filed and managed, their unit's. */
export function relatedVehicles(person: string | null, own: readonly string[]): Vehicle[] {
  const parts = read().filter((one) => one.filer === person && one.state === 'active');
  return [
    ...own.map((id) => related(id, 'own', null)),
    ...parts.map((one) =>
      related(one.vehicle, one.kind === 'management' ? 'managed' : 'filed', one.active_from),
    ),
  ].filter((one) => one !== null);
}

function filings(): Filings {
  const me = who();
  const all = read();
  const mine = all.filter(({ filer }) => filer === me);
  const used = mine.filter(({ kind, state }) => kind === 'filing' && state === 'active').length;
  return {
    mine: mine.map(view),
    of_mine: all.filter(({ vehicle }) => ownerOf(vehicle) === me).map(view),
    left: { vehicles: Math.max(0, LIMITS.vehicles - used) },
    limits: LIMITS,
  };
}
const full = (vehicle: string): boolean =>
  read().filter((one) => one.vehicle === vehicle && one.kind === 'filing' && one.state === 'active').length >=
  LIMITS.filers;
const active = { state: 'active', active_from: now() } as const;
const fresh = (vehicle: string, relation: string, state: FilingState): Stored =>
  seed(`f-${Date.now().toString(36)}`, vehicle, who(), state, {
    relation,
    created_at: now(),
    active_from: state === 'active' ? now() : null,
  });
let issued = 0;

function unitCase(id: string): Case | undefined {
  const n = /^v-unit-(\d+)$/.exec(id)?.[1];
  const like = CASES.find((one) => one.id === 'v-truck');
  if (n === undefined || !like) return undefined;
  return { ...like, id, plate: `冀A${10_000 + Number(n) * 137}`, dueIn: Number(n) % 12 };
}

const MEMBERS_KEY = 'luzheng.mock.members';
const ROLES: Readonly<Record<UnitMember['role'], Text>> = {
  legal_person: { zh: '法定代表人', en: 'legal person' },
  administrator: { zh: '管理员', en: 'administrator' },
  operator: { zh: '经办人', en: 'operator' },
};
const member = (id: string, name: string, role: UnitMember['role'], days: number): UnitMember => ({
  id,
  name_masked: masked(name),
  role,
  role_text: ROLES[role],
  since: ago(days),
  can_end: role === 'operator',
});
function members(): UnitMember[] {
  const text = localStorage.getItem(MEMBERS_KEY);
  if (text !== null) return JSON.parse(text) as UnitMember[];
  return [member('m-1', '杨敏', 'administrator', 400), member('m-2', '何小明', 'operator', 90)];
}
function unit(next?: UnitMember[]): Unit {
  if (next) localStorage.setItem(MEMBERS_KEY, JSON.stringify(next));
  return {
    ...UNIT,
    number_masked: '9113************7X',
    role: 'administrator',
    role_text: ROLES.administrator,
    members: members(),
    limits: { members: 10, units_per_person: 3 },
  };
}
const mayUnit = (): boolean => who() === 'p-family';

export const routes: MockRoutes = {
  'GET /api/v1/citizen/filings': () => filings(),
  'POST /api/v1/citizen/filings': async ({ body }) => {
    const wish = await body<FilingWish>();
    const found = CASES.find((one) => one.plate === wish.plate_number);
    if (found && ownerOf(found.id) === who()) return problem(409, 'own_vehicle');
    if (filings().left.vehicles === 0) return problem(409, 'filed_vehicles_full');
    const made = fresh(found?.id ?? 'v-nobody', wish.relation, 'waiting_code');
    if (found) add(made);
    return json(
      {
        id: made.id,
        expires_at: new Date(Date.now() + CODE_MS).toISOString(),
        text: {
          zh: '如果号牌和车辆识别代号与登记的一致，车主已收到验证码。演示验证码是 246810。',
          en: 'If plate and VIN agree with the register, the owner has the code. In this mock it is 246810.',
        },
      },
      202,
    );
  },
  'POST /api/v1/citizen/filings/scan': async ({ body }) => {
    const { token, relation } = await body<{ token: string; relation: string }>();
    const vehicle = /^c-(.+)-[0-9a-z]+$/.exec(token)?.[1];
    if (!vehicle || !plain(vehicle)) return problem(404, 'no_consent');
    if (ownerOf(vehicle) === who()) return problem(409, 'own_vehicle');
    if (filings().left.vehicles === 0) return problem(409, 'filed_vehicles_full');
    if (full(vehicle)) return problem(409, 'filers_full');
    return add(fresh(vehicle, relation, 'active'));
  },
  'POST /api/v1/citizen/filings/{id}/confirm': async ({ params, body }) => {
    const { code } = await body<{ code: string }>();
    if (code !== CODE) return problem(403, 'wrong_code', { tries_left: 4 });
    return change(params['id'] ?? '', active);
  },
  'POST /api/v1/citizen/filings/{id}/agree': ({ params }) => change(params['id'] ?? '', active),
  'POST /api/v1/citizen/filings/{id}/refuse': ({ params }) =>
    change(params['id'] ?? '', { state: 'refused', ended_at: now() }),
  'POST /api/v1/citizen/filings/{id}/end': ({ params }) => {
    const owner = read().some((one) => one.id === params['id'] && ownerOf(one.vehicle) === who());
    return change(params['id'] ?? '', {
      state: 'ended',
      ended_at: now(),
      end_reason: owner ? 'owner' : 'filer',
    });
  },
  'POST /api/v1/citizen/vehicles/{id}/consent': ({ params }) => {
    const vehicle = params['id'] ?? '';
    if (ownerOf(vehicle) !== who()) return null;
    if (full(vehicle)) return problem(409, 'filers_full');
    const token = `c-${vehicle}-${(Date.now() + issued++).toString(36)}`;
    return {
      token,
      link: `${location.origin}/file#${token}`,
      expires_at: new Date(Date.now() + CONSENT_MS).toISOString(),
    };
  },
  'POST /api/v1/citizen/vehicles/{id}/managers': async ({ params, body }) => {
    const { name } = await body<{ name: string }>();
    const found = PEOPLE.find((one) => one.name.zh === name);
    if (!found) return problem(404, 'person_not_found');
    if (found.id === who()) return problem(422, 'own_vehicle');
    const made = fresh(params['id'] ?? '', 'manager', 'waiting_manager');
    return json(add({ ...made, kind: 'management', filer: found.id }), 202);
  },
  'GET /api/v1/citizen/units': () => ({ items: mayUnit() ? [unit()] : [] }),
  'POST /api/v1/citizen/units/{id}/members': async ({ params, body }) => {
    if (params['id'] !== UNIT.id || !mayUnit()) return null;
    const { name } = await body<{ name: string }>();
    return unit([...members(), member(`m-${Date.now()}`, name, 'operator', 0)]);
  },
  'POST /api/v1/citizen/units/{id}/members/{member}/end': ({ params }) =>
    params['id'] === UNIT.id && mayUnit()
      ? unit(members().filter(({ id }) => id !== params['member']))
      : null,
  'GET /api/v1/citizen/units/{id}/vehicles': ({ params, query }) => {
    if (params['id'] !== UNIT.id || !mayUnit()) return null;
    const from = Number(query.get('after') ?? 0);
    const to = Math.min(UNIT.vehicles, from + PAGE);
    const ids = Array.from({ length: to - from }, (_, i) => `v-unit-${from + i}`);
    return {
      items: ids.map((id) => related(id, 'unit', null)),
      next: to < UNIT.vehicles ? String(to) : null,
    };
  },
  'GET /api/v1/citizen/vehicles/{id}': ({ params }) => {
    const id = params['id'] ?? '';
    if (id.startsWith('v-unit-')) return mayUnit() ? related(id, 'unit', null) : null;
    const own = PEOPLE.find((one) => one.id === who())?.own ?? [];
    return relatedVehicles(who(), own).find((one) => one.id === id) ?? null;
  },
};
