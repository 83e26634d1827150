import AdviceCard from '@/officer/AdviceCard.vue';
import { adviceOn } from '@/officer/advise';
import DataAge from '@/officer/DataAge.vue';
import DriverRegister from '@/officer/DriverRegister.vue';
import type { Glance, Tone, Word } from '@/officer/glance';
import { WORDS } from '@/officer/glance';
import GlancePanel from '@/officer/GlancePanel.vue';
import OfficerBar from '@/officer/OfficerBar.vue';
import OfficerNav from '@/officer/OfficerNav.vue';
import OwnVehicles from '@/officer/OwnVehicles.vue';
import PackCard from '@/officer/PackCard.vue';
import PlateAsk from '@/officer/PlateAsk.vue';
import PlatePad from '@/officer/PlatePad.vue';
import PlateResult from '@/officer/PlateResult.vue';
import ProcedureLinks from '@/officer/ProcedureLinks.vue';
import { choosePurpose } from '@/officer/purpose';
import PurposeChips from '@/officer/PurposeChips.vue';
import RegisterResult from '@/officer/RegisterResult.vue';
import ScanResult from '@/officer/ScanResult.vue';
import SealedPart from '@/officer/SealedPart.vue';
import ShardRow from '@/officer/ShardRow.vue';
import { PROCEDURES } from '@/officer/types';
import VehicleRegister from '@/officer/VehicleRegister.vue';
import { sessionOf } from '@/mocks/bound';
import { CASES } from '@/mocks/cases';
import { DRIVERS } from '@/mocks/licence-cases';
import { lookedUp, officerDriver, officerVehicle } from '@/mocks/officer';
import { markOf } from '../data';
import type { State, Story } from '../story';

const HOUR = 3_600_000;
const ago = (hours: number): number => Date.now() - hours * HOUR;
const ICON = { ok: 'tick', warn: 'alert', bad: 'cross', idle: 'question' } as const;
const TONES: Readonly<Partial<Record<Word, Tone>>> = {
  in_order: 'ok',
  no_offence: 'ok',
  not_carried: 'ok',
  maybe_overdue: 'warn',
  maybe_withdrawn: 'warn',
  check_state: 'warn',
  stale: 'warn',
  unreadable: 'idle',
  cannot_tell: 'idle',
  not_found: 'idle',
};
const glanceOf = (word: Word): Glance => {
  const tone = TONES[word] ?? 'bad';
  return { tone, icon: ICON[tone], word };
};
const PLATE = { number: '苏B7K219', type: '02', colour: 'blue' } as const;
const AGES: readonly (readonly [string, number])[] = [
  ['just now', 0],
  ['three hours', 3],
  ['one day and an hour', 25],
  ['eight days', 192],
];
const me = sessionOf('officer-suzhou', 'd1', '三中队 5 号机');
const vehicles: State[] = CASES.slice(0, 6).map((it) => ({
  name: it.id,
  props: { vehicle: officerVehicle(it) },
}));
const CIRCUMSTANCES = { about: 'mark', letters: null, overdue: null, mark: null } as const;
const rows = ['valid', 'expired', 'revoked', 'bad_signature', 'wrong_subject'].map((shown) =>
  adviceOn('2026-11-22', { ...CIRCUMSTANCES, shown }),
);
const item = {
  province: '32',
  name: { zh: '江苏省', en: 'Jiangsu' },
  seq: 41,
  as_of: new Date(ago(3)).toISOString(),
  size: 84_000_000,
  url: '',
};
const held = { province: '32', seq: 41, iat: ago(3) / 1000, exp: ago(-165) / 1000, size: 84_000_000 };
const pack = {
  title: '全国状态包',
  text: '所有检验标志和驾驶证的状态，已签名。',
  held: null,
  available: null,
  progress: null,
};
const packHeld = { asOf: ago(3), size: 9_100_000, until: ago(-165) };

export const stories: readonly Story[] = [
  {
    name: 'AdviceCard',
    component: AdviceCard,
    states: rows.map(({ code, title, text, steps, clause }) => ({
      name: code,
      props: { tone: 'warn', title: title.zh, text: text.zh, steps: steps.map(({ zh }) => zh), clause },
    })),
  },
  {
    name: 'DataAge',
    component: DataAge,
    states: [
      ...AGES.map(([name, hours]) => ({ name, props: { asOf: ago(hours), what: '数据' } })),
      { name: 'none', props: { asOf: null, what: '随身数据' } },
    ],
  },
  {
    name: 'DriverRegister',
    component: DriverRegister,
    states: DRIVERS.slice(0, 5).map((it) => ({
      name: it.person,
      props: { driver: officerDriver(it), look: 'look-1' },
    })),
  },
  {
    name: 'GlancePanel',
    component: GlancePanel,
    states: [
      ...WORDS.map((word) => ({
        name: word,
        props: {
          glance: glanceOf(word),
          plate: PLATE,
          until: '2027年5月31日',
          asOf: ago(3),
          source: '登记系统，刚刚查询',
        },
      })),
      {
        name: 'a licence',
        props: {
          glance: glanceOf('in_order'),
          person: { name: '林致远', classes: 'C1 D' },
          until: '2030年6月1日',
          asOf: ago(0),
          source: '登记系统，刚刚查询',
        },
      },
      {
        name: 'not to be believed',
        props: {
          glance: glanceOf('not_genuine'),
          plate: PLATE,
          doubtful: true,
          asOf: null,
          source: '离线核验',
        },
      },
    ],
  },
  {
    name: 'OfficerBar',
    component: OfficerBar,
    states: [
      { name: 'before signing in', props: { me: null, offline: false, dataAsOf: null, waiting: 0 } },
      { name: 'on duty', props: { me, offline: false, dataAsOf: ago(3), waiting: 0 } },
      {
        name: 'off-line, old data, looks waiting',
        props: { me, offline: true, dataAsOf: ago(30), waiting: 4 },
      },
      {
        name: 'off duty',
        props: { me: me && { ...me, duty: null }, offline: false, dataAsOf: ago(200), waiting: 0 },
      },
    ],
  },
  { name: 'OfficerNav', component: OfficerNav, states: [{ name: 'as it is' }] },
  {
    name: 'OwnVehicles',
    component: OwnVehicles,
    states: [
      { name: 'several', props: { vehicles: CASES.slice(0, 5).map(officerVehicle) } },
      { name: 'one', props: { vehicles: CASES.slice(0, 1).map(officerVehicle) } },
    ],
  },
  {
    name: 'PackCard',
    component: PackCard,
    states: [
      { name: 'never fetched', props: { ...pack, available: 9_100_000 } },
      {
        name: 'on its way',
        props: { ...pack, available: 9_100_000, progress: { done: 3_400_000, of: 9_100_000 } },
      },
      { name: 'the newest', props: { ...pack, held: packHeld } },
      { name: 'a delta', props: { ...pack, held: packHeld, available: 148_000 } },
      {
        name: 'old',
        props: { ...pack, held: { ...packHeld, asOf: ago(30) }, available: 148_000, disabled: true },
      },
      { name: 'refused', props: { ...pack, held: packHeld, problem: '签名不对：可能是伪造的，没有收。' } },
    ],
  },
  {
    name: 'PlateAsk',
    component: PlateAsk,
    states: [
      { name: 'a car', props: { plate: '苏B7K219', type: '02' } },
      { name: 'an electric car', props: { plate: '粤BD12345', type: '52' } },
    ],
  },
  {
    name: 'PlatePad',
    component: PlatePad,
    states: [
      { name: 'empty', props: { modelValue: '', type: '02', action: '查询，并记录' } },
      { name: 'begun', props: { modelValue: '苏B7K', type: '02', action: '查询，并记录' } },
      { name: 'whole', props: { modelValue: '苏BD12345', type: '52', action: '查询，并记录' } },
      { name: 'a learner’s', props: { modelValue: '苏B1234', type: '16', action: '查询，并记录' } },
    ],
  },
  {
    name: 'PlateResult',
    component: PlateResult,
    states: [
      ...AGES.map(([name, hours]) => ({
        name: `in validity, ${name}`,
        props: {
          plate: '苏B7K219',
          type: '02',
          entry: { plate: '苏B7K219', type: '02', validUntil: '2099-05', mark: 'current', letters: [] },
          asOf: ago(hours),
        },
      })),
      ...AGES.map(([name, hours]) => ({
        name: `overdue, ${name}`,
        props: {
          plate: '苏B7K219',
          type: '02',
          entry: {
            plate: '苏B7K219',
            type: '02',
            validUntil: '2020-05',
            mark: 'current',
            letters: ['G', 'Q'],
          },
          asOf: ago(hours),
        },
      })),
      { name: 'not among them', props: { plate: '苏B00000', type: '02', entry: null, asOf: ago(1) } },
    ],
  },
  {
    name: 'ProcedureLinks',
    component: ProcedureLinks,
    states: [{ name: 'all', props: { codes: PROCEDURES } }],
  },
  {
    name: 'PurposeChips',
    component: PurposeChips,
    states: [
      { name: 'to be chosen', before: () => choosePurpose(null) },
      { name: 'as it is', props: {} },
    ],
  },
  {
    name: 'RegisterResult',
    component: RegisterResult,
    states: [
      ...CASES.slice(0, 6).map((it) => ({
        name: it.id,
        props: { answer: lookedUp(officerVehicle(it), null) },
      })),
      ...DRIVERS.slice(0, 3).map((it) => ({
        name: it.person,
        props: { answer: lookedUp(null, officerDriver(it)) },
      })),
      { name: 'nobody', props: { answer: lookedUp(null, null) } },
    ],
  },
  {
    name: 'ScanResult',
    component: ScanResult,
    states: [
      {
        name: 'a downloaded mark',
        person: 'p-fine',
        props: async () => ({ code: (await markOf('v-fine')).code ?? '', purpose: 'roadside_check' }),
      },
      { name: 'nonsense', props: { code: 'hello', purpose: 'accident' } },
    ],
  },
  {
    name: 'SealedPart',
    component: SealedPart,
    states: [
      { name: 'to be opened', props: { opened: null, can: true } },
      {
        name: 'of a mark',
        props: { opened: { vin: 'LSVHJ133022221761', licence_number: null, name: null }, can: false },
      },
      {
        name: 'of a licence',
        props: { opened: { vin: null, licence_number: '320000199001011234', name: '林致远' }, can: false },
      },
      { name: 'no key', props: { opened: null, can: true, problem: '这台设备没有能打开它的钥匙。' } },
    ],
  },
  {
    name: 'ShardRow',
    component: ShardRow,
    states: [
      { name: 'not held', props: { item, held: null, progress: null } },
      { name: 'on its way', props: { item, held: null, progress: { done: 21_000_000, of: 84_000_000 } } },
      { name: 'held', props: { item, held, progress: null } },
      { name: 'no room', props: { item, held: null, progress: null, problem: '设备空间不够。' } },
    ],
  },
  { name: 'VehicleRegister', component: VehicleRegister, states: vehicles },
];
