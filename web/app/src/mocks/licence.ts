import type {
  Channels,
  Deadline,
  Held,
  Licence,
  LicenceLetter,
  LicenceLiveCode,
  OpenedProof,
  Points,
  PointsEntry,
  Proof,
} from '@/api/licence';
import type { Clause, DemoPerson } from '@/api/types';
import { chinaDay, daysBetween } from '@/i18n/format';
import { fromBase64Url, toBase64Url } from '@/licence/base64url';
import { className, classesOf } from '@/licence/classes';
import { maskedName } from '@/licence/state';
import * as applications from './apply';
import { heldMessage, licenceLiveCode, type LicenceClaims } from './issuer';
import { DRIVERS, LETTERS, OFFENCES, STATE, type DriverCase } from './licence-cases';
import { portrait } from './portrait';

const DAY_MS = 86_400_000;
const dayAfter = (days: number): string => chinaDay(Date.now() + days * DAY_MS);
const R163: Clause = {
  id: 'R163-15',
  title: { zh: '道路交通安全违法行为记分管理办法 第十五条', en: 'Points regulation, art. 15' },
  text: {
    zh: '周期届满未满 12 分的，记分予以清除；罚款逾期未缴的，该条记分转入下一周期。',
    en: 'At the end of a cycle below 12 the points are cleared; an entry whose fine is overdue moves into the next.',
  },
  source: '公安部令第 163 号',
  in_force_from: '2022-04-01',
};
const R162: Clause = {
  id: 'R162-63',
  title: { zh: '机动车驾驶证申领和使用规定 第六十三条', en: 'Licence regulation, art. 63' },
  text: {
    zh: '应当于有效期满前九十日内申请换证。',
    en: 'Renewal is applied for within 90 days before the validity ends.',
  },
  source: '公安部令第 162 号',
  in_force_from: '2022-04-01',
};
const INCLUDES: Readonly<Record<string, string>> = {
  A1: 'A3 B1 B2 C1 C2 C3 C4 M',
  A2: 'B1 B2 C1 C2 C3 C4 C6 M',
  C1: 'C2 C3 C4',
  D: 'E F',
};

/** The drivers as people who can sign in. */
export const DRIVER_PEOPLE: (DemoPerson & { own: string[] })[] = DRIVERS.map((it) => ({
  id: it.person,
  role: 'citizen',
  name: { zh: it.nameZh, en: it.nameEn },
  case: it.words,
  own: it.person === 'd-normal' ? ['v-apply'] : [],
  vehicles: it.person === 'd-normal' ? ['苏B7K219'] : [],
}));

interface Bound {
  key: string;
  name: string;
  at: string;
}
/** What the mock remembers of a person across reloads. */
interface Memory {
  bound: Bound | null | undefined;
  proofs: (Proof & { token: string })[];
  channels: Channels;
}
const memory = {
  read(person: string): Memory {
    const text = localStorage.getItem(`luzheng.mock.${person}`);
    const fresh: Memory = {
      bound: undefined,
      proofs: [],
      channels: { in_app: true, sms: true, email: null, push_devices: 0 },
    };
    return text === null ? fresh : { ...fresh, ...(JSON.parse(text) as Partial<Memory>) };
  },
  write(person: string, value: Memory): void {
    localStorage.setItem(`luzheng.mock.${person}`, JSON.stringify(value));
  },
};

export const driverOf = (person: string | null): DriverCase | undefined =>
  DRIVERS.find((it) => it.person === person);

function boundOf(it: DriverCase): Bound | null {
  const { bound } = memory.read(it.person);
  if (bound !== undefined) return bound;
  return it.boundElsewhere
    ? { key: 'AnotherPhone', name: 'iPhone · Safari', at: '2026-10-02T03:00:00Z' }
    : null;
}

function lettersOf(it: DriverCase): LicenceLetter[] {
  return [...it.letters].map((letter) => ({
    letter,
    ...(LETTERS[letter] ?? {
      name: { zh: letter, en: letter },
      meaning: { zh: '', en: '' },
      cleared_by: { zh: '', en: '' },
    }),
  }));
}
const stateOf = (it: DriverCase): (typeof STATE)[string] =>
  STATE[it.letters[0] ?? 'A'] ?? { state: 'normal', text: { zh: '正常', en: 'In order' } };
const sumOf = (it: DriverCase): number => it.entries.reduce((sum, entry) => sum + entry.points, 0);
const cycle = (it: DriverCase): { cycle_start: string; cycle_end: string } => ({
  cycle_start: dayAfter(-it.cycleDay),
  cycle_end: dayAfter(364 - it.cycleDay),
});
const until = (it: DriverCase): string | null => (it.validDays === null ? null : dayAfter(it.validDays));

function claims(it: DriverCase): LicenceClaims {
  return {
    maskedName: maskedName(it.nameZh),
    classes: it.classes,
    validUntil: until(it),
    authority: '320200',
    index: DRIVERS.indexOf(it) * 211 + 5,
  };
}

/** The licences' entries of the status list. */
export function licenceStatuses(): Map<number, number> {
  const values = new Map<number, number>();
  for (const it of DRIVERS) {
    const { state } = stateOf(it);
    if (state !== 'normal') values.set(claims(it).index, state === 'red' ? 2 : state === 'invalid' ? 12 : 1);
  }
  return values;
}

function licenceOf(it: DriverCase): Licence {
  const { state, text } = stateOf(it);
  const open = applications.openCaseOf(it);
  const credential = applications.wasIssued(it) ? 'current' : (it.credential ?? 'current');
  const bound = boundOf(it);
  const validUntil = until(it);
  return {
    id: it.person,
    name: it.nameZh,
    sex: it.female ? { zh: '女', en: 'Female' } : { zh: '男', en: 'Male' },
    nationality: { zh: '中国', en: 'China' },
    birth_date: it.birth,
    number: `320202${it.birth.replaceAll('-', '')}${it.female ? '2821' : '2813'}`,
    file_number: '320200158471',
    classes: it.classes,
    class_list: classesOf(it.classes).map((code, i) => ({
      code,
      name: className(code),
      may_drive: {
        zh: `${className(code).zh}及规定的同类车辆`,
        en: `${className(code).en} and vehicles of its kind`,
      },
      includes: INCLUDES[code]?.split(' ') ?? [],
      since: dayAfter(-365 * it.years - it.cycleDay + i * 200),
    })),
    first_issued_on: dayAfter(-365 * it.years - it.cycleDay),
    valid_from: dayAfter((it.validDays ?? 0) - 365 * 6),
    valid_until: validUntil,
    authority: '320200',
    authority_name: { zh: '江苏省无锡市公安局交通警察支队', en: 'Traffic police of Wuxi, Jiangsu' },
    practice_until: it.practiceDays ? dayAfter(it.practiceDays) : null,
    status: lettersOf(it),
    state,
    state_text: text,
    colour: state === 'normal' ? 'black' : state === 'red' ? 'red' : null,
    points: { sum: sumOf(it), limit: 12, ...cycle(it) },
    has_photo: it.photo ?? true,
    credential: {
      id: credential === 'none' ? null : `l-${it.person}`,
      state: credential,
      issued_at: credential === 'none' ? null : '2026-05-11T02:20:00Z',
      reason: credential === 'withdrawn' ? 'licence_revoked' : null,
      reason_text: credential === 'withdrawn' ? { zh: '驾驶证被吊销', en: 'The licence was revoked' } : null,
    },
    application: {
      may_apply: credential === 'none' && open === null,
      reason: null,
      reason_text: null,
      opens_on: null,
      needs_photo: it.photo === false,
      may_replace_photo: credential === 'current' && state === 'normal' && open === null,
      photo_replace_from: null,
      open_case: open,
    },
    holding: bound
      ? { id: `h-${it.person}`, name: bound.name, device_key: bound.key, bound_at: bound.at }
      : null,
    as_of: new Date().toISOString(),
  };
}

function pointsOf(it: DriverCase): Points {
  const { cycle_start, cycle_end } = cycle(it);
  const full = sumOf(it) >= 12;
  const entries: PointsEntry[] = it.entries.map((entry, i) => ({
    id: `e${i}`,
    item: null,
    offence: OFFENCES[entry.item],
    points: entry.points,
    offence_on: dayAfter(-entry.daysAgo - 9),
    decided_on: dayAfter(-entry.daysAgo),
    carried: entry.carried ?? false,
    counts: true,
    clears: entry.carried
      ? { zh: '缴清罚款后，在本周期结束时清除', en: 'Cleared at the end of this cycle once the fine is paid' }
      : full
        ? { zh: '完成满分教育后清除', en: 'Cleared after the full-points course' }
        : { zh: '本周期结束时清除', en: 'Cleared at the end of this cycle' },
    clause: R163,
  }));
  return {
    sum: sumOf(it),
    limit: 12,
    full,
    cycle_start,
    cycle_end,
    clears_on: full ? null : dayAfter(365 - it.cycleDay),
    entries,
    past_cycles: (it.past ?? []).map((sum, i) => ({
      start: dayAfter(-it.cycleDay - 365 * (i + 1)),
      end: dayAfter(-it.cycleDay - 365 * i - 1),
      sum,
      full: sum >= 12,
    })),
    full12: full
      ? {
          study_days: 7,
          onsite_min_days: 2,
          tests: [{ zh: '科目一', en: 'Subject 1 (theory)' }],
          steps: [
            {
              zh: '到公安机关交通管理部门领取满分教育通知书',
              en: 'Collect the notice of the course from the traffic police',
            },
            { zh: '学习满 7 天，其中现场学习至少 2 天', en: 'Study for 7 days, at least 2 of them on site' },
            {
              zh: '考试合格并缴清罚款，记分清除，驾驶证发还',
              en: 'Pass the test and pay the fines: points are cleared and the licence returned',
            },
          ],
          clause: R163,
        }
      : null,
    reduction: {
      used: 0,
      max: 6,
      possible: !full && sumOf(it) > 0 && !it.letters.includes('H'),
      reasons: full
        ? [{ zh: '累积记分已满 12 分', en: 'The limit of 12 is reached' }]
        : it.letters.includes('H')
          ? [{ zh: '有违法没有处理', en: 'An offence is not dealt with' }]
          : [],
      ways: [
        {
          name: { zh: '网上学习', en: 'Study on-line' },
          condition: { zh: '3 天内累计学习 30 分钟并考试合格', en: '30 minutes within 3 days, and the test' },
          points: 1,
        },
        {
          name: { zh: '现场学习', en: 'Study on site' },
          condition: { zh: '学习 1 小时并考试合格', en: 'One hour, and the test' },
          points: 2,
        },
        {
          name: { zh: '公益活动', en: 'Volunteer work' },
          condition: { zh: '参加 1 小时交通安全公益活动', en: 'One hour for traffic safety' },
          points: 1,
        },
      ],
    },
  };
}

function heldOf(it: DriverCase, message: Uint8Array | null): Held {
  const { state } = stateOf(it);
  return {
    id: `h-${it.person}`,
    message: message === null ? null : toBase64Url(message),
    issued_at: new Date().toISOString(),
    valid_until: until(it),
    state: state === 'normal' ? 'current' : state === 'red' ? 'red' : 'stopped',
    classes: it.classes,
    name_masked: maskedName(it.nameZh),
  };
}

const seconds = (): number => Math.floor(Date.now() / 1000);

/** The due dates of a driver; vehicles' come from the caller. */
export function deadlinesOf(it: DriverCase | undefined): Deadline[] {
  if (!it || it.credential === 'withdrawn') return [];
  const about = { kind: 'licence', id: it.person, label: it.classes } as const;
  const { cycle_end } = cycle(it);
  const list: Deadline[] = [
    {
      id: `${it.person}-cycle`,
      about,
      kind: 'points_cycle_end',
      title: { zh: '记分周期结束', en: 'End of the points cycle' },
      why: {
        zh: '从初次领证日起每 12 个月为一个记分周期。',
        en: 'A points cycle is 12 months from the first issue.',
      },
      opens_on: null,
      due_on: cycle_end,
      days_left: daysBetween(dayAfter(0), cycle_end),
      state: 'upcoming',
      action: {
        zh: '在这之前缴清罚款，记分就会清除。',
        en: 'Pay fines before that and the points are cleared.',
      },
      consequence: {
        zh: '没有缴罚款的记分转入下一周期。',
        en: 'Points whose fines are unpaid are carried over.',
      },
      clause: R163,
      notices: [{ step: 'd30', on: dayAfter(300 - it.cycleDay), sent_at: null }],
    },
  ];
  const due = until(it);
  if (due !== null) {
    const left = daysBetween(dayAfter(0), due);
    list.push({
      id: `${it.person}-renewal`,
      about,
      kind: 'renewal',
      title: { zh: '期满换证', en: 'Renewal of the licence' },
      why: {
        zh: '驾驶证有效期六年，满期前 90 天内换证。',
        en: 'Valid for six years; renewed within 90 days before the end.',
      },
      opens_on: chinaDay(Date.parse(`${due}T00:00:00Z`) - 90 * DAY_MS),
      due_on: due,
      days_left: left,
      state: left < 0 ? 'overdue' : left <= 90 ? 'open' : 'upcoming',
      action: {
        zh: '网上或到任一车管所申请换证，带体检证明。',
        en: 'Apply on-line or at any office, with a medical certificate.',
      },
      consequence: {
        zh: '逾期不能驾驶；超过一年将被注销。',
        en: 'No driving once run out; cancelled after a year.',
      },
      clause: R162,
      notices: [
        {
          step: 'd90',
          on: chinaDay(Date.parse(`${due}T00:00:00Z`) - 90 * DAY_MS),
          sent_at: left < 90 ? '2026-09-01T01:00:00Z' : null,
        },
      ],
    });
  }
  return list;
}

function proofView(it: DriverCase, proof: Proof, code: string): OpenedProof {
  const { state, text } = stateOf(it);
  return {
    purpose: proof.purpose,
    purpose_text: proof.purpose_text,
    recipient: proof.recipient,
    holder: maskedName(it.nameZh),
    classes: it.classes,
    valid_until: until(it),
    state,
    state_text: text,
    colour: state === 'normal' ? 'black' : 'red',
    points: sumOf(it),
    code,
    as_of: new Date().toISOString(),
    expires_at: proof.expires_at,
  };
}

const PURPOSES: Readonly<Record<string, { zh: string; en: string }>> = {
  employment: { zh: '求职、入职', en: 'Employment' },
  rental: { zh: '租车', en: 'Renting a car' },
  insurance: { zh: '投保、理赔', en: 'Insurance' },
  traffic_accident: { zh: '处理交通事故', en: 'An accident' },
};

/** An answer of the mock: a body as JSON, a whole response, or a problem. */
export type Answered =
  { json: unknown; status?: number } | { response: Response } | { problem: string; status: number };

function stateNow(proof: Proof): Proof['state'] {
  if (proof.revoked_at !== null) return 'revoked';
  return Date.parse(proof.expires_at) < Date.now() ? 'expired' : 'open';
}

/** Opens a proof by its token; nobody has to be signed in. */
export async function openProof(token: string): Promise<Answered> {
  for (const it of DRIVERS) {
    const kept = memory.read(it.person);
    const proof = kept.proofs.find((one) => one.token === token);
    if (!proof) continue;
    const state = stateNow(proof);
    if (state !== 'open') return { problem: `proof_${state}`, status: 410 };
    proof.openings.push({ at: new Date().toISOString() });
    memory.write(it.person, kept);
    const code = await licenceLiveCode(claims(it), seconds(), stateOf(it).state !== 'normal');
    return { json: proofView(it, proof, code) };
  }
  return { problem: 'no_proof', status: 404 };
}

/** Answers what concerns a licence; null for what it does not know. */
export async function answerLicence(
  it: DriverCase | undefined,
  method: string,
  path: string,
  request: Request,
): Promise<Answered | null> {
  if (!it) return path.startsWith('licence') ? { problem: 'no_licence', status: 404 } : null;
  const kept = memory.read(it.person);
  const body = async (): Promise<Record<string, string>> => (await request.json()) as Record<string, string>;
  switch (`${method} ${path}`) {
    case 'GET licence':
      return { json: licenceOf(it) };
    case 'GET licence/photo':
      return it.photo === false
        ? { problem: 'no_photo', status: 404 }
        : {
            response: new Response(portrait(DRIVERS.indexOf(it)), {
              headers: { 'content-type': 'image/svg+xml' },
            }),
          };
    case 'GET licence/points':
      return { json: pointsOf(it) };
    case 'POST licence/live': {
      const { state } = stateOf(it);
      if (state === 'invalid' || state === 'withdrawn') return { problem: 'not_presentable', status: 409 };
      const iat = seconds();
      return {
        json: {
          code: await licenceLiveCode(claims(it), iat, state === 'red'),
          issued_at: new Date(iat * 1000).toISOString(),
          expires_at: new Date((iat + 60) * 1000).toISOString(),
          renew_after_s: 30,
          state,
          colour: state === 'red' ? 'red' : 'black',
          points: sumOf(it),
          status: lettersOf(it),
        } satisfies LicenceLiveCode,
      };
    }
    case 'POST licence/device/challenge':
      return {
        json: {
          challenge: toBase64Url(crypto.getRandomValues(new Uint8Array(32))),
          expires_at: new Date(Date.now() + 300_000).toISOString(),
        },
      };
    case 'POST licence/device': {
      const { public_key, name } = await body();
      const point = fromBase64Url(public_key ?? '') ?? new Uint8Array(65);
      const compressed = new Uint8Array([(point[64] ?? 0) & 1 ? 3 : 2, ...point.subarray(1, 33)]);
      memory.write(it.person, {
        ...kept,
        bound: { key: toBase64Url(compressed), name: name ?? '', at: new Date().toISOString() },
      });
      return { json: heldOf(it, null) };
    }
    case 'GET licence/device': {
      const key = new URL(request.url).searchParams.get('key') ?? '';
      const bytes = fromBase64Url(key);
      if (boundOf(it)?.key !== key || bytes === null) return { problem: 'not_this_device', status: 404 };
      return { json: heldOf(it, await heldMessage(claims(it), seconds() - 60, bytes)) };
    }
    case 'POST licence/device/end':
      memory.write(it.person, { ...kept, bound: null });
      return { response: new Response(null, { status: 204 }) };
    case 'GET proofs':
      return { json: { items: kept.proofs.map((proof) => ({ ...proof, state: stateNow(proof) })) } };
    case 'POST proofs': {
      const { purpose = 'other', recipient = '', note = null, hours = '24' } = await body();
      const token = toBase64Url(crypto.getRandomValues(new Uint8Array(24)));
      const proof: Proof & { token: string } = {
        id: token.slice(0, 8),
        purpose,
        purpose_text: PURPOSES[purpose] ?? { zh: '其他', en: 'Other' },
        recipient,
        note,
        created_at: new Date().toISOString(),
        expires_at: new Date(Date.now() + Number(hours) * 3_600_000).toISOString(),
        revoked_at: null,
        state: 'open',
        openings: [],
        received: [],
        token,
      };
      memory.write(it.person, { ...kept, proofs: [proof, ...kept.proofs] });
      return { json: { ...proof, link: `/proof#${token}` }, status: 201 };
    }
    case 'GET cases':
      return { json: { items: applications.casesOf(it) } };
    case 'POST licence/applications': {
      const { kind = 'first', photo = 'stored', ...rest } = await body();
      const urgent = Boolean((rest as Record<string, unknown>).urgent);
      return { json: applications.apply(it, { kind, photo, urgent }), status: 201 };
    }
    case 'GET channels':
      return { json: kept.channels };
    case 'PUT channels': {
      const change = (await request.json()) as { sms: boolean; email: string | null };
      const channels = { ...kept.channels, ...change };
      memory.write(it.person, { ...kept, channels });
      return { json: channels };
    }
    default:
      return answerCase(it, method, path) ?? revokeProof(it, `${method} ${path}`, kept);
  }
}

function answerCase(it: DriverCase, method: string, path: string): Answered | null {
  const [, id = '', verb = ''] = /^cases\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
  const answers: Readonly<Record<string, () => unknown>> = {
    'GET ': () => applications.casesOf(it).find((one) => one.id === id) ?? null,
    'POST withdraw': () => applications.withdraw(it, id),
    'POST resubmit': () => applications.resubmit(it, id),
  };
  const found = answers[`${method} ${verb}`]?.();
  return found ? { json: found } : null;
}

function revokeProof(it: DriverCase, call: string, kept: Memory): Answered | null {
  const id = /^POST proofs\/([^/]+)\/revoke$/.exec(call)?.[1];
  const proof = kept.proofs.find((one) => one.id === id);
  if (!proof) return null;
  proof.revoked_at = new Date().toISOString();
  memory.write(it.person, kept);
  return { json: { ...proof, state: 'revoked' } };
}
