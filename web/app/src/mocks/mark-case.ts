/** Applying for marks in the mock: what stands in the way, paper, and the applications. They last for the browser. */
import type {
  CaseDelivery,
  CaseStep,
  CaseView,
  Delivery,
  Eligibility,
  EligibilityCheck,
  PaperReason,
} from '@/api/mark-case';
import type { Text, Vehicle } from '@/api/types';
import { chinaDay } from '@/i18n/format';
import { places } from 'virtual:divisions';
import { casesOf, withdraw } from './apply';
import { PEOPLE } from './country';
import { grantMark, relatedVehicles } from './filing';
import { CLAUSES } from './law';
import { driverOf } from './licence';
import { json, problem, type MockCall, type MockRoutes } from './registry';

const SIGNED_IN = 'luzheng.mock.signed-in';
const who = (): string => localStorage.getItem(SIGNED_IN) ?? '';
const shelf = (): string => `luzheng.mock.mark-cases.${who()}`;
const now = (): string => new Date().toISOString();
const ago = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();
const text = (zh: string, en: string): Text => ({ zh, en });

function vehicle(id: string | undefined): Vehicle | null {
  const own = PEOPLE.find((one) => one.id === who())?.own ?? [];
  const found = relatedVehicles(who(), own).find((one) => one.id === id);
  return found?.powers.includes('apply') ? found : null;
}

const LAW = {
  ...CLAUSES.exempt.clause,
  id: 'L3-54',
  title: text('机动车登记规定 第五十四条', 'Vehicle Registration Rules, art. 54'),
  text: text(
    '申请前应当将涉及该车的道路交通安全违法行为和交通事故处理完毕，并具有有效的交强险凭证。',
    'Before applying, violations and accidents of the vehicle are settled, and compulsory insurance is valid.',
  ),
};
const check = (
  code: EligibilityCheck['code'],
  ok: boolean,
  title: Text,
  words: Text,
  more: Partial<EligibilityCheck> = {},
): EligibilityCheck => ({
  code,
  ok,
  title,
  text: words,
  what_to_do: null,
  clause: ok ? null : LAW,
  violations: [],
  insurance: null,
  ...more,
});

function checksOf(it: Vehicle): EligibilityCheck[] {
  const bad = it.status.some(({ letter }) => letter === 'G');
  return [
    bad
      ? check(
          'violations',
          false,
          text('有违法没有处理', 'Violations are open'),
          text('这辆车有 2 起交通违法没有处理。', 'Two violations of this vehicle have not been settled.'),
          {
            what_to_do: text(
              '在“交管12123”或到任何一个交警大队处理、缴款，办好后一般几分钟内更新。',
              'Settle and pay them at any traffic police station or on line; it shows here within minutes.',
            ),
            violations: [
              {
                id: 'x-1',
                at: ago(21),
                place: '湖南省株洲市天元区长江北路与泰山路交叉口',
                act: text('驾驶机动车违反道路交通信号灯通行', 'Passing a red light'),
                law: '《道路交通安全法》第三十八条、第九十条',
                fine_cny: 200,
                points: 6,
              },
              {
                id: 'x-2',
                at: ago(9),
                place: 'G4 京港澳高速 1486 公里',
                act: text('超过规定时速 10% 以上未达 20%', 'Speeding by 10 to 20 %'),
                law: '《道路交通安全法》第四十二条第一款',
                fine_cny: null,
                points: null,
              },
            ],
          },
        )
      : check(
          'violations',
          true,
          text('违法都处理了', 'Violations'),
          text('没有未处理的交通违法。', 'None are open.'),
        ),
    check(
      'accidents',
      true,
      text('事故都处理了', 'Accidents'),
      text('没有未处理的交通事故。', 'None are open.'),
    ),
    bad
      ? check(
          'insurance',
          false,
          text('交强险过期了', 'The insurance has run out'),
          text('没有查到现在有效的交强险。', 'No valid compulsory insurance is known.'),
          {
            what_to_do: text('向保险公司续保，保险公司当天上传。', 'Renew it; insurers report the same day.'),
            insurance: { insurer: '湘江财产保险', until: chinaDay(Date.now() - 6 * 86_400_000) },
          },
        )
      : check(
          'insurance',
          true,
          text('交强险有效', 'Insurance'),
          text('保到明年。', 'Valid until next year.'),
          {
            insurance: { insurer: '太湖财产保险', until: chinaDay(Date.now() + 200 * 86_400_000) },
          },
        ),
    check('tax', true, text('车船税已缴', 'Tax'), text('本年度的已缴。', 'Paid for this year.')),
    check(
      'state',
      true,
      text('车辆状态正常', 'State'),
      text('没有查封、盗抢等情况。', 'Nothing stands against it.'),
    ),
    check('region', true, text('所在地已开通', 'Region'), text('登记地可以在网上办理。', 'On-line here.')),
  ];
}

const STATE_TEXTS: Readonly<Record<Eligibility['state'], Text>> = {
  ready: text('可以申领', 'Ready'),
  missing: text('还差条件', 'Something is missing'),
  not_yet: text('未到时间', 'Too early'),
  done: text('已办理', 'Done'),
  not_for_this_vehicle: text('不适用', 'Not for this vehicle'),
};

function eligibility(it: Vehicle): Eligibility {
  const checks = it.inspection?.action === 'apply_mark' ? checksOf(it) : [];
  const complete = checks.every(({ ok }) => ok);
  const open = cases().find(
    (one) => one.vehicle?.id === it.id && one.kind === 'exempt_mark' && one.can_withdraw,
  );
  const done = cases().some((one) => one.vehicle?.id === it.id && one.kind === 'exempt_mark');
  const exempt = it.inspection?.action === 'apply_mark';
  const state = !exempt
    ? 'not_for_this_vehicle'
    : done
      ? 'done'
      : it.inspection?.state === 'not_due'
        ? 'not_yet'
        : complete
          ? 'ready'
          : 'missing';
  return {
    vehicle_id: it.id,
    plate_number: it.plate_number,
    service: exempt ? 'exempt_mark' : it.inspection ? 'inspection' : 'none',
    may_apply: state === 'ready',
    state,
    state_text: STATE_TEXTS[state],
    opens_on: it.inspection?.window_opens ?? null,
    due: it.inspection?.due ?? null,
    last_day: it.inspection?.last_day ?? null,
    next_valid_until: it.inspection?.next_valid_until ?? null,
    explanation: it.inspection?.explanation ?? text('没有检验周期。', 'It has no inspection cycle.'),
    clause: it.inspection?.clause ?? null,
    checks: state === 'ready' || state === 'missing' ? checks : [],
    open_case: state === 'done' ? null : (open?.id ?? null),
    as_of: now(),
  };
}

const STATE: Readonly<Record<string, Text>> = {
  granted: text('已核发检验标志', 'Mark granted'),
  ordered: text('纸质标志待制作', 'Paper ordered'),
  dispatched: text('已寄出', 'Sent'),
  ready: text('待领取', 'Ready to be picked up'),
  withdrawn: text('已撤回', 'Withdrawn'),
};
const ACTS: Readonly<Record<string, Text>> = {
  submitted: text('提交申请', 'Application submitted'),
  accepted: text('受理申请', 'Application accepted'),
  granted: text('核发检验标志', 'Mark granted'),
  ordered: text('登记纸质标志制作', 'Paper ordered'),
  withdrawn: text('撤回', 'Withdrawn'),
};
const STEPS: Readonly<Record<string, Text>> = {
  ...ACTS,
  produced: text('制作纸质标志', 'Paper is made'),
  dispatched: text('交付邮寄', 'Handed to the carrier'),
  delivered: text('送达', 'Delivered'),
  ready: text('到达领取网点', 'Ready at the office'),
  collected: text('领取', 'Picked up'),
};

const act = (what: string, by: 'you' | 'system', at = now()) => ({
  at,
  what,
  what_text: ACTS[what] ?? text(what, what),
  by,
  reason: null,
  reason_text: null,
  fix: null,
});

/** The road with everything up to `reached` behind it. */
function road(codes: readonly string[], reached: number, at: string): CaseStep[] {
  return codes.map((code, i) => ({
    code,
    text: STEPS[code] ?? text(code, code),
    state: i < reached ? 'done' : i === reached ? 'now' : 'later',
    at: i < reached ? at : null,
  }));
}

function deliveryOf(wish: Delivery, state: CaseDelivery['state']): CaseDelivery {
  const post = wish.way === 'post';
  const sent = state === 'dispatched';
  return {
    way: wish.way,
    office: post ? null : text('株洲市车辆管理所天元服务站', 'Vehicle office, Tianyuan'),
    to_masked: post ? `${wish.recipient.slice(0, 1)}**，138****${(wish.phone ?? '1234').slice(-4)}` : null,
    address_masked: post ? '江苏省无锡市滨湖区****' : null,
    carrier: sent ? '中国邮政 EMS' : null,
    tracking_number: sent ? 'EA 123 456 789 CN' : null,
    state,
    state_text: STATE[state] ?? text(state, state),
    collect_by: state === 'ready' ? chinaDay(Date.now() + 30 * 86_400_000) : null,
  };
}

function make(
  it: Vehicle,
  kind: 'exempt_mark' | 'paper',
  wish: Delivery | null,
  state = 'ordered',
  at = now(),
): CaseView {
  const head = kind === 'exempt_mark' ? ['submitted', 'accepted', 'granted'] : ['submitted', 'accepted'];
  const tail =
    wish === null
      ? []
      : wish.way === 'post'
        ? ['ordered', 'produced', 'dispatched', 'delivered']
        : ['ordered', 'produced', 'ready', 'collected'];
  const codes = [...head, ...tail];
  const reached = wish === null ? codes.length : codes.indexOf(state) + (state === 'ordered' ? 0 : 1);
  const status = wish === null ? 'granted' : state;
  return {
    id: `mc-${Date.now().toString(36)}`,
    kind,
    kind_text:
      kind === 'paper'
        ? text('领取纸质检验标志', 'Inspection mark on paper')
        : text('申领免检标志', 'Inspection mark without inspection'),
    status,
    status_text: STATE[status] ?? text(status, status),
    opened_at: at,
    expected_by: null,
    urgent: false,
    actions: [...head, ...(wish ? ['ordered'] : [])].map((what) =>
      act(what, what === 'submitted' ? 'you' : 'system', at),
    ),
    can_withdraw: status === 'ordered',
    can_resubmit: false,
    vehicle: {
      id: it.id,
      plate_number: it.plate_number,
      plate_type: it.plate_type,
      plate_colour: it.plate_colour,
    },
    delivery: wish ? deliveryOf(wish, status as CaseDelivery['state']) : null,
    steps: road(codes, reached, at),
  };
}

/** Somebody with a history: papers on their way and lying ready. */
function seeds(): CaseView[] {
  if (who() !== 'p-family') return [];
  const own = relatedVehicles(who(), ['v-family-1', 'v-family-2']);
  const [first, second] = own;
  if (!first || !second) return [];
  const post: Delivery = {
    way: 'post',
    recipient: '杨敏',
    phone: '13800001234',
    division: '430211',
    address: '',
  };
  return [
    { ...make(second, 'paper', post, 'dispatched', ago(3)), id: 'mc-sent' },
    { ...make(first, 'paper', { way: 'pickup', office: 'o-1' }, 'ready', ago(9)), id: 'mc-ready' },
  ];
}
function cases(): CaseView[] {
  const kept = localStorage.getItem(shelf());
  return kept === null ? seeds() : (JSON.parse(kept) as CaseView[]);
}
const write = (all: CaseView[]): void => localStorage.setItem(shelf(), JSON.stringify(all));

/** Applications for the licence, in the shape of all kinds. */
function licenceCases(): CaseView[] {
  const driver = driverOf(who());
  return driver ? casesOf(driver).map((one) => ({ ...one })) : [];
}

/** Idempotent, as the server is: the same key gives the same application. */
async function once(call: MockCall, make: () => CaseView): Promise<Response> {
  const key = `luzheng.mock.key.${call.request.headers.get('idempotency-key') ?? ''}`;
  const before = cases().find(({ id }) => id === localStorage.getItem(key));
  if (before) return json(before, 201);
  const made = make();
  localStorage.setItem(key, made.id);
  write([made, ...cases()]);
  return json(made, 201);
}

const OFFICES = [
  {
    id: 'o-1',
    name: text('车辆管理所中心服务站', 'Vehicle office, main station'),
    address: text('人民路 100 号', '100 Renmin Road'),
    hours: text('周一至周五 9:00–17:00', 'Mon to Fri, 9:00–17:00'),
  },
  {
    id: 'o-2',
    name: text('城东邮政网点', 'East post outlet'),
    address: text('东环路 8 号', '8 East Ring Road'),
    hours: text('每天 8:30–18:00', 'daily, 8:30–18:00'),
  },
];
const DISTRICTS = [
  text('城中区', 'Central District'),
  text('城东区', 'East District'),
  text('高新区', 'High-tech Zone'),
];

function divisions(under: string | null) {
  const all = Object.entries(places).map(([code, [zh, en]]) => ({ code, name: text(zh, en) }));
  if (under === null) return all.filter(({ code }) => code.endsWith('0000'));
  if (under.endsWith('0000')) {
    return all.filter(({ code }) => code.startsWith(under.slice(0, 2)) && !code.endsWith('0000'));
  }
  return DISTRICTS.map((name, i) => ({ code: `${under.slice(0, 4)}0${i + 2}`, name }));
}

export const routes: MockRoutes = {
  'GET /api/v1/citizen/vehicles/{id}/eligibility': ({ params }) => {
    const it = vehicle(params['id']);
    return it && eligibility(it);
  },
  'POST /api/v1/citizen/vehicles/{id}/applications': async (call) => {
    const it = vehicle(call.params['id']);
    if (!it) return null;
    const { paper } = await call.body<{ paper: Delivery | null }>();
    const repeated = localStorage.getItem(
      `luzheng.mock.key.${call.request.headers.get('idempotency-key') ?? ''}`,
    );
    if (!repeated && !eligibility(it).may_apply) return problem(409, 'not_eligible');
    return once(call, () => {
      grantMark(it.id);
      return make(it, 'exempt_mark', paper);
    });
  },
  'POST /api/v1/citizen/vehicles/{id}/papers': async (call) => {
    const it = vehicle(call.params['id']);
    if (!it) return null;
    const { delivery } = await call.body<{ reason: PaperReason; delivery: Delivery }>();
    return once(call, () => make(it, 'paper', delivery));
  },
  'GET /api/v1/citizen/pickup-offices': ({ query }) => ({
    items: /00$/.test(query.get('division') ?? '00') ? [] : OFFICES,
  }),
  'GET /api/v1/citizen/vehicles/{id}/delivery-defaults': ({ params }) => {
    const it = vehicle(params['id']);
    return (
      it && {
        recipient: PEOPLE.find(({ id }) => id === who())?.name.zh ?? '',
        phone_masked: '138****1234',
        division: `${it.division.slice(0, 4)}02`,
        fee_text: text('标志免费，邮费到付。', 'The mark is free; postage is paid on delivery.'),
      }
    );
  },
  'GET /api/v1/divisions': ({ query }) => ({ items: divisions(query.get('under')) }),
  'GET /api/v1/citizen/cases': () => ({ items: [...cases(), ...licenceCases()] }),
  'GET /api/v1/citizen/cases/{id}': ({ params }) =>
    [...cases(), ...licenceCases()].find(({ id }) => id === params['id']) ?? null,
  'POST /api/v1/citizen/cases/{id}/withdraw': async (call) => {
    const all = cases();
    const found = all.find(({ id }) => id === call.params['id']);
    const driver = driverOf(who());
    if (!found) return driver && withdraw(driver, call.params['id'] ?? '');
    found.status = 'withdrawn';
    found.status_text = STATE['withdrawn'] ?? found.status_text;
    found.can_withdraw = false;
    found.actions.push(act('withdrawn', 'you'));
    if (found.delivery) {
      found.delivery.state = 'cancelled';
      found.delivery.state_text = text('已取消', 'Cancelled');
    }
    found.steps = found.steps.filter(({ state }) => state === 'done');
    write(all);
    return found;
  },
};
