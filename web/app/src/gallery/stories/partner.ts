import type { Report, Verdict } from '@luzheng/verify';
import { CHANGED, handOver, LOG, partnerMe, PROOF } from '@/mocks/partner';
import type { Line, Run } from '@/partner/batch';
import BatchForm from '@/partner/BatchForm.vue';
import BatchResults from '@/partner/BatchResults.vue';
import CodeAsk from '@/partner/CodeAsk.vue';
import { fateOf } from '@/partner/fate';
import LogRow from '@/partner/LogRow.vue';
import OneResult from '@/partner/OneResult.vue';
import PartnerBar from '@/partner/PartnerBar.vue';
import PartnerNav from '@/partner/PartnerNav.vue';
import PartnerPage from '@/partner/PartnerPage.vue';
import PurposeSelect from '@/partner/PurposeSelect.vue';
import QuotaCard from '@/partner/QuotaCard.vue';
import ReceivedRow from '@/partner/ReceivedRow.vue';
import ReceiveForm from '@/partner/ReceiveForm.vue';
import StateAnswer from '@/partner/StateAnswer.vue';
import StateForm from '@/partner/StateForm.vue';
import type { CheckedCode } from '@/partner/types';
import type { Story } from '../story';

const me = partnerMe();
const report = (verdict: Verdict, reason: string | null, kind = 'inspection_mark'): Report =>
  ({
    verdict,
    reason,
    checks: [
      { name: 'signature', ok: true },
      { name: 'status', ok: reason === null, ...(reason ? { detail: reason } : {}) },
    ],
    credential: {
      kind,
      mode: 'static',
      subject: kind === 'inspection_mark' ? '苏B12345' : '张*',
      class: kind === 'inspection_mark' ? '02' : 'C1',
      valid_until: kind === 'inspection_mark' ? '2027-05' : '2030-06-01',
      authority: '320200',
    },
    hints: [],
    status: { as_of: '2026-11-20T04:00:00Z', age_s: 40 },
    checked_at: '2026-11-20T04:00:40Z',
  }) as unknown as Report;
const CHECKED: readonly CheckedCode[] = [
  { id: 'A-1', report: report('valid', null) },
  { id: 'A-2', report: report('not_valid', 'revoked') },
  { id: null, report: report('attention', 'state_red', 'driving_licence') },
  { id: 'A-4', error: { code: 'scope', detail: 'verify.licences' } },
  { id: 'A-5', report: { ...report('valid', null), credential: null }, outside_region: true },
];
const lines: Line[] = CHECKED.map((one, i) => ({
  ...one,
  row: i + 1,
  asked: { code: 'HTTPS://EXAMPLE.CN/V#12345' },
  fate: fateOf(one),
}));
const run = (more: Partial<Run> = {}): Run => ({ total: lines.length, lines, failure: null, ...more });
const [short] = LOG;
const licence = handOver(report('valid', null, 'driving_licence'));

export const stories: readonly Story[] = [
  {
    name: 'PartnerBar',
    component: PartnerBar,
    states: [
      { name: 'signed in', props: { firm: me.name, member: '保小安', offline: false } },
      { name: 'off-line', props: { firm: me.name, member: null, offline: true } },
      { name: 'nobody', props: { firm: null, member: null, offline: false } },
    ],
  },
  {
    name: 'PartnerNav',
    component: PartnerNav,
    states: [
      { name: 'all', props: { scopes: me.scopes.map((one) => one.code) } },
      { name: 'marks only', props: { scopes: ['verify.marks'] } },
    ],
  },
  {
    name: 'PartnerPage',
    component: PartnerPage,
    states: [{ name: 'before the firm is known', props: { title: '批量核验', lead: '一次最多一万个码。' } }],
  },
  {
    name: 'PurposeSelect',
    component: PurposeSelect,
    states: [
      { name: 'not chosen', props: { purposes: me.purposes, modelValue: null } },
      { name: 'missing', props: { purposes: me.purposes, modelValue: null, wrong: true } },
      { name: 'chosen', props: { purposes: me.purposes, modelValue: 'claim' } },
    ],
  },
  {
    name: 'QuotaCard',
    component: QuotaCard,
    states: [
      { name: 'some', props: { quota: me.quota } },
      {
        name: 'used up',
        props: {
          quota: {
            day: { limit: 100, used: 100, resets_in_s: 3_600 },
            minute: { limit: 20, used: 17, resets_in_s: 9 },
          },
        },
      },
    ],
  },
  { name: 'CodeAsk', component: CodeAsk, states: [{ name: 'choosing' }] },
  {
    name: 'OneResult',
    component: OneResult,
    states: [
      { name: 'valid mark', props: { text: 'x', checked: CHECKED[0] } },
      { name: 'not allowed', props: { text: 'x', checked: CHECKED[3] } },
      { name: 'outside the regions', props: { text: 'x', checked: CHECKED[4] } },
      {
        name: 'licence at the counter',
        props: { text: 'x', checked: { id: null, report: licence.report }, licence },
      },
      {
        name: 'in the practice period',
        props: {
          text: 'x',
          checked: { id: null, report: licence.report },
          licence: {
            ...licence,
            hand_over: 'ask',
            practice: { running: true, until: '2027-05-05', classes: ['C1'] },
          },
        },
      },
      {
        name: 'register away',
        props: {
          text: 'x',
          checked: { id: null, report: licence.report },
          licence: { ...licence, hand_over: 'ask', practice: null, practice_unknown: true },
        },
      },
    ],
  },
  { name: 'BatchForm', component: BatchForm, states: [{ name: 'empty' }] },
  {
    name: 'BatchResults',
    component: BatchResults,
    states: [
      { name: 'running', props: { run: run({ total: 24 }), running: true } },
      { name: 'done', props: { run: run(), running: false } },
      {
        name: 'stopped by the quota',
        props: { run: run({ total: 24, failure: new Error('x') }), running: false },
      },
    ],
  },
  {
    name: 'StateForm',
    component: StateForm,
    states: [
      { name: 'empty', props: { busy: false } },
      { name: 'asking', props: { busy: true } },
    ],
  },
  {
    name: 'StateAnswer',
    component: StateAnswer,
    states: [
      {
        name: 'changed later',
        props: { answer: CHANGED, at: '2026-09-14T08:00:00+08:00', plate: '苏E·12345' },
      },
      {
        name: 'the same',
        props: {
          answer: { ...CHANGED, as_known_then: CHANGED.as_known_now, changed: false, changes: [] },
          at: '2026-09-14T08:00:00+08:00',
          plate: '苏E·12345',
        },
      },
      {
        name: 'outside the regions',
        props: {
          answer: {
            ...CHANGED,
            as_known_then: null,
            as_known_now: null,
            error: { code: 'outside_region', detail: '' },
          },
          at: '2026-09-14T08:00:00+08:00',
          plate: '浙A·12345',
        },
      },
    ],
  },
  {
    name: 'ReceiveForm',
    component: ReceiveForm,
    states: [
      { name: 'empty', props: { busy: false } },
      { name: 'busy', props: { busy: true } },
    ],
  },
  {
    name: 'ReceivedRow',
    component: ReceivedRow,
    states: [{ name: 'usual', props: { proof: PROOF, purpose: '保险理赔' } }],
  },
  {
    name: 'LogRow',
    component: LogRow,
    states: [
      { name: 'one', props: { line: short } },
      { name: 'many', props: { line: LOG[2] } },
    ],
  },
];
