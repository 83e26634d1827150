import type { Check, Verdict } from '@luzheng/verify';
import CheckResult from '@/components/CheckResult.vue';
import CodeFinder from '@/components/CodeFinder.vue';
import ComparePlate from '@/components/ComparePlate.vue';
import VerdictChecks from '@/components/VerdictChecks.vue';
import VerdictPanel from '@/components/VerdictPanel.vue';
import VerdictSubject from '@/components/VerdictSubject.vue';
import { markOf } from '../data';
import type { State, Story } from '../story';

const MARK = {
  kind: 'inspection_mark',
  mode: 'static',
  subject: '苏B12345',
  class: '02',
  valid_until: '2027-05',
  authority: '320200',
};
const LICENCE = {
  ...MARK,
  kind: 'driving_licence',
  mode: 'live',
  subject: '张*',
  class: 'C1',
  valid_until: '2030-06-01',
};
const REASONS: readonly (readonly [Verdict, string | null, string])[] = [
  ['valid', null, 'status'],
  ['attention', 'status_stale', 'status'],
  ['attention', 'state_red', 'state'],
  ['not_valid', 'bad_signature', 'signature'],
  ['not_valid', 'unknown_issuer', 'key'],
  ['not_valid', 'expired', 'dates'],
  ['not_valid', 'revoked', 'status'],
  ['not_valid', 'suspended', 'status'],
  ['not_valid', 'superseded', 'status'],
  ['not_valid', 'replayed', 'freshness'],
  ['unreadable', 'not_a_credential', 'envelope'],
  ['cannot_tell', 'status_unavailable', 'status'],
  ['cannot_tell', 'clock_wrong', 'clock'],
];
const CHECKS: Check[] = [
  { name: 'size', ok: true },
  { name: 'envelope', ok: true },
  { name: 'signature', ok: true },
  { name: 'status', ok: false, detail: 'revoked' },
];

function verdicts(credential: object): State[] {
  return REASONS.map(([verdict, reason, failed]) => ({
    name: `${verdict} ${reason ?? ''}`,
    props: {
      checked: {
        text: 'HTTPS://EXAMPLE.CN/V#1',
        offline: reason === 'status_stale',
        clockConfirmed: true,
        hasTrust: true,
        report: {
          verdict,
          reason,
          checks: [
            { name: 'size', ok: true },
            { name: failed, ok: reason === null, ...(reason ? { detail: reason } : {}) },
          ],
          credential: verdict === 'unreadable' ? null : credential,
          hints: verdict === 'valid' ? ['compare_plate'] : [],
          status: verdict === 'unreadable' ? null : { as_of: '2026-11-21T08:00:00Z', age_s: 412 },
          checked_at: '2026-11-21T08:06:52Z',
        },
      },
    },
  }));
}

export const stories: readonly Story[] = [
  {
    name: 'CheckResult',
    component: CheckResult,
    states: [
      {
        name: 'a good mark',
        person: 'p-fine',
        props: async () => ({ text: (await markOf('v-fine')).code ?? '' }),
      },
      { name: 'nonsense', props: { text: 'hello' } },
    ],
  },
  { name: 'CodeFinder', component: CodeFinder, states: [{ name: 'camera' }] },
  { name: 'ComparePlate', component: ComparePlate, states: [{ name: 'asks', props: { plate: '苏B12345' } }] },
  {
    name: 'VerdictChecks',
    component: VerdictChecks,
    states: [{ name: 'one failed', props: { checks: CHECKS } }],
  },
  {
    name: 'VerdictPanel',
    component: VerdictPanel,
    states: [
      ...verdicts(MARK),
      ...verdicts(LICENCE).map((state) => ({ ...state, name: `licence: ${state.name}` })),
    ],
  },
  {
    name: 'VerdictSubject',
    component: VerdictSubject,
    states: [
      { name: 'mark', props: { credential: MARK, relied: true } },
      { name: 'licence', props: { credential: LICENCE, relied: true } },
      { name: 'not to be believed', props: { credential: MARK, relied: false } },
    ],
  },
];
