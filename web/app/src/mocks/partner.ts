/** What the mock back end tells a partner: verdicts by the page's own verifier, and a fictional firm. */
import type { Report } from '@luzheng/verify';
import type {
  CheckedCode,
  CheckedLicence,
  CodeToCheck,
  LogLine,
  PartnerMe,
  ReceivedProof,
  StateAnswer,
  StateThen,
} from '@/partner/types';
import { fateOf } from '@/partner/fate';
import { check } from '@/verifier/service';
import { examinedBy } from './accident';
import { proved } from './bound';
import { problem, type MockCall, type MockRoutes } from './registry';

const ago = (hours: number): string => new Date(Date.now() - hours * 3_600_000).toISOString();
const DAY_LIMIT = 20_000;
const MINUTE_LIMIT = 2_000;
let used = 1_286;

const PURPOSES = [
  { code: 'claim', text: { zh: '保险理赔', en: 'an insurance claim' } },
  { code: 'underwriting', text: { zh: '保险承保', en: 'writing an insurance policy' } },
  { code: 'rental_pickup', text: { zh: '租车取车核验', en: 'handing over a rented vehicle' } },
  { code: 'vehicle_sale', text: { zh: '二手车交易', en: 'the sale of a used vehicle' } },
];
const purposeOf = (code: string): (typeof PURPOSES)[number] | undefined =>
  PURPOSES.find((one) => one.code === code);

/** The fictional insurer. */
export function partnerMe(): PartnerMe {
  return {
    id: '019a0000-0000-7000-8000-0000000005a1',
    name: { zh: '虚构财产保险股份有限公司', en: 'Fictional Property Insurance Co.' },
    kind: 'insurer',
    kind_text: { zh: '保险机构', en: 'insurer' },
    member: '保小安',
    scopes: [
      { code: 'verify.marks', text: { zh: '核验检验标志', en: 'verify inspection marks' } },
      { code: 'verify.licences', text: { zh: '核验驾驶证', en: 'verify driving licences' } },
      { code: 'state', text: { zh: '查询某一时刻的状态', en: 'ask for the state at a moment' } },
      { code: 'proofs', text: { zh: '接收持证人发来的证明', en: 'receive proofs that holders send' } },
      {
        code: 'accidents',
        text: { zh: '核验双方签字的事故记录', en: 'verify accident records signed by both sides' },
      },
    ],
    regions: [
      { code: '320000', name: { zh: '江苏省', en: 'Jiangsu' } },
      { code: '310000', name: { zh: '上海市', en: 'Shanghai' } },
    ],
    purposes: PURPOSES,
    quota: {
      day: { limit: DAY_LIMIT, used, resets_in_s: 31_200 },
      minute: { limit: MINUTE_LIMIT, used: Math.min(used, 12), resets_in_s: 41 },
    },
    as_of: ago(0),
  };
}

const line = (hours: number, purpose: string, counts: Partial<LogLine>): LogLine => ({
  id: `check-${hours}`,
  at: ago(hours),
  purpose,
  purpose_text: purposeOf(purpose)?.text ?? { zh: purpose, en: purpose },
  how: 'interface',
  member: null,
  asked: 0,
  valid: 0,
  attention: 0,
  not_valid: 0,
  unreadable: 0,
  cannot_tell: 0,
  refused: 0,
  ...counts,
});
/** What the firm has checked. */
export const LOG: LogLine[] = [
  line(0.4, 'rental_pickup', { how: 'pick_up', member: '保小安', asked: 1, valid: 1 }),
  line(3, 'claim', { how: 'page', member: '保小安', asked: 24, valid: 21, not_valid: 2, unreadable: 1 }),
  line(26, 'underwriting', { asked: 1_260, valid: 1_198, attention: 14, not_valid: 41, unreadable: 7 }),
];

const then: StateThen = {
  known: true,
  in_validity: false,
  valid_until: '2026-08',
  status: [{ letter: 'Q', name: { zh: '逾期未检验', en: 'inspection overdue' } }],
  mark: null,
  insurance: { until: '2027-03-09', ran: true },
  same_vehicle: true,
};
/** A vehicle whose inspection became known late. */
export const CHANGED: StateAnswer = {
  id: null,
  as_known_then: then,
  as_known_now: {
    ...then,
    in_validity: true,
    valid_until: '2028-08',
    status: [{ letter: 'A', name: { zh: '正常', en: 'normal' } }],
    mark: { state: 'current', reason: null, valid_until: '2028-08' },
  },
  changed: true,
  changes: [
    {
      known_at: ago(20),
      what: {
        zh: '8 月 28 日已检验合格，检验机构 10 月补报',
        en: 'Inspected on 28 August; reported by the station in October',
      },
    },
  ],
  error: null,
};
/** A proof that a driver sent. */
export const PROOF: ReceivedProof = {
  id: 'proof-1',
  received_at: ago(49),
  kept_until: new Date(Date.now() + 1_096 * 86_400_000).toISOString(),
  purpose: 'claim',
  purpose_text: { zh: '保险理赔', en: 'an insurance claim' },
  case_reference: 'LP-2026-004417',
  snapshot: {},
  live: 'open',
  evidence: { payload: 'bW9jaw', signatures: [] },
};
let proofs: ReceivedProof[] = [PROOF];

async function judged(item: CodeToCheck): Promise<CheckedCode> {
  used += 1;
  const id = item.id ?? null;
  const { report } = await check(item.code, item.expected_plate);
  return { id, report };
}
/** The counter's answer to a report. */
export function handOver(report: Report): CheckedLicence {
  const good = report.verdict === 'valid';
  return {
    report,
    outside_region: false,
    hand_over: good ? 'yes' : report.verdict === 'not_valid' ? 'no' : 'ask',
    advice: good
      ? {
          zh: '驾驶证有效，请核对准驾车型。',
          en: 'The licence is valid; compare the class with the vehicle.',
        }
      : { zh: '驾驶证需要注意，请看原因。', en: 'The licence asks for attention: read the reason.' },
    classes: (report.credential?.class.match(/[A-Z]\d?/g) ?? []).map((code) => ({
      code,
      name: { zh: '小型汽车', en: 'Small car' },
      may_drive: {
        zh: '小型、微型载客汽车以及轻型、微型载货汽车',
        en: 'Small passenger cars and light goods vehicles',
      },
    })),
    practice: { running: false, until: null, classes: [] },
    practice_unknown: false,
  };
}

/** Only a member's device gets in. */
const inside =
  (answer: MockRoutes[string]): MockRoutes[string] =>
  (call: MockCall) =>
    proved(call) ? answer(call) : problem(401, 'sign_in_required');

export const routes: MockRoutes = {
  'GET /api/v1/partner/me': inside(() => partnerMe()),
  'POST /api/v1/partner/verify': inside(async (call) => {
    const { items, purpose } = await call.body<{ items: CodeToCheck[]; purpose: string }>();
    if (used + items.length > DAY_LIMIT) return problem(429, 'quota_day');
    const checked: CheckedCode[] = [];
    for (const item of items) checked.push(await judged(item));
    const counts: Partial<LogLine> = { how: 'page', member: '保小安', asked: items.length };
    for (const one of checked) counts[fateOf(one)] = (counts[fateOf(one)] ?? 0) + 1;
    LOG.unshift({ ...line(0, purpose, counts), id: `check-${used}` });
    return { items: checked, counts: {}, status: { as_of: ago(0), age_s: 12 }, check: `check-${used}` };
  }),
  'POST /api/v1/partner/licences/check': inside(async (call) => {
    const { code } = await call.body<{ code: string }>();
    const { report } = await check(code);
    if (report.credential && report.credential.kind !== 'driving_licence')
      return problem(422, 'not_a_licence');
    used += 1;
    return handOver(report);
  }),
  'GET /api/v1/partner/checks': inside(() => ({ items: LOG, next: null, explanation: { zh: '', en: '' } })),
  'POST /api/v1/partner/accidents/verify': inside(async (call) => {
    const { record } = await call.body<{ record: string }>();
    return (await examinedBy(record)) ?? problem(400, 'not_a_record');
  }),
  'POST /api/v1/partner/states': inside(() => {
    used += 1;
    return { items: [CHANGED], as_of: ago(0) };
  }),
  'GET /api/v1/partner/proofs': inside(() => ({ items: proofs, next: null })),
  'GET /api/v1/partner/proofs/{id}': inside(
    (call) => proofs.find((one) => one.id === call.params['id']) ?? null,
  ),
  'POST /api/v1/partner/proofs': inside(async (call) => {
    const { purpose, case_reference } = await call.body<{ purpose: string; case_reference: string }>();
    const made = { ...PROOF, id: `proof-${proofs.length + 1}`, received_at: ago(0), purpose, case_reference };
    proofs = [made, ...proofs];
    return new Response(JSON.stringify(made), {
      status: 201,
      headers: { 'content-type': 'application/json' },
    });
  }),
};
