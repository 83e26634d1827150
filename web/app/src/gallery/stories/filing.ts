import type { Filing } from '@/api/filing';
import { getFilings, getUnits } from '@/api/filing';
import { getVehicle } from '@/api/calls';
import AskForm from '@/filing/AskForm.vue';
import OwnerCodeForm from '@/filing/OwnerCodeForm.vue';
import FilingRow from '@/filing/FilingRow.vue';
import ManagerForm from '@/filing/ManagerForm.vue';
import PersonForm from '@/filing/PersonForm.vue';
import PlateInput from '@/filing/PlateInput.vue';
import RelationBadge from '@/filing/RelationBadge.vue';
import RelationChoice from '@/filing/RelationChoice.vue';
import RelationNote from '@/filing/RelationNote.vue';
import RequestsBand from '@/filing/RequestsBand.vue';
import ScannedConsent from '@/filing/ScannedConsent.vue';
import MemberRow from '@/unit/MemberRow.vue';
import VehicleRow from '@/unit/VehicleRow.vue';
import type { State, Story } from '../story';

/** One of the mock's filings, as one of its sides sees it. */
const filing = (name: string, person: string, which: (one: Filing) => boolean, more = {}): State => ({
  name,
  person,
  props: async () => {
    const { mine, of_mine } = await getFilings();
    return { filing: [...mine, ...of_mine].find(which), ...more };
  },
});
const FAR = '2099-01-01T00:00:00Z';
const PAST = '2026-01-01T00:00:00Z';
const words = { lead: '…', button: 'OK', busyText: '…', busy: false, problem: null };

export const stories: readonly Story[] = [
  { name: 'AskForm', component: AskForm, states: [{ name: 'empty' }] },
  {
    name: 'OwnerCodeForm',
    component: OwnerCodeForm,
    states: [
      { name: 'waiting', props: { id: 'f', expiresAt: FAR, text: null } },
      { name: 'run out', props: { id: 'f', expiresAt: PAST, text: null } },
    ],
  },
  {
    name: 'FilingRow',
    component: FilingRow,
    states: [
      filing('the owner decides', 'p-apply', ({ can_agree }) => can_agree, { plate: true }),
      filing('the owner may end it', 'p-apply', ({ state }) => state === 'active'),
      filing('the filer gives the code', 'p-family', ({ can_confirm }) => can_confirm, { plate: true }),
      filing('filed', 'p-family', ({ kind, state }) => kind === 'filing' && state === 'active', {
        plate: true,
      }),
      filing('managed', 'p-family', ({ kind }) => kind === 'management', { plate: true }),
      filing('over', 'p-family', ({ state }) => state === 'ended', { plate: true }),
    ],
  },
  { name: 'ManagerForm', component: ManagerForm, states: [{ name: 'empty', props: { vehicle: 'v-apply' } }] },
  {
    name: 'PersonForm',
    component: PersonForm,
    states: [
      { name: 'empty', props: words },
      { name: 'busy', props: { ...words, busy: true } },
      { name: 'refused', props: { ...words, problem: '姓名和手机号对不上。' } },
    ],
  },
  {
    name: 'PlateInput',
    component: PlateInput,
    states: [
      { name: 'empty', props: { modelValue: '', type: '02' } },
      { name: 'half', props: { modelValue: '苏B7K', type: '02' } },
      { name: 'green, whole', props: { modelValue: '粤BD12345', type: '52' } },
      { name: 'wrong', props: { modelValue: '苏', type: '02', wrong: '号牌还没填完整。' } },
    ],
  },
  {
    name: 'RelationBadge',
    component: RelationBadge,
    states: [
      { name: 'filed', props: { relation: 'filed', owner: '张*丰', unit: null } },
      { name: 'managed', props: { relation: 'managed', owner: '张*丰', unit: null } },
      { name: 'of a unit', props: { relation: 'unit', owner: null, unit: '燕北物流有限公司' } },
      { name: 'own: it is not there', props: { relation: 'own' } },
    ],
  },
  {
    name: 'RelationChoice',
    component: RelationChoice,
    states: [{ name: 'family', props: { modelValue: 'family' } }],
  },
  {
    name: 'RelationNote',
    component: RelationNote,
    states: [
      {
        name: 'filed, can be ended',
        person: 'p-family',
        props: async () => ({
          vehicle: await getVehicle('v-fine'),
          filing: (await getFilings()).mine.find(({ vehicle }) => vehicle.id === 'v-fine'),
        }),
      },
      {
        name: 'managed',
        person: 'p-family',
        props: async () => ({ vehicle: await getVehicle('v-inspect'), filing: null }),
      },
      {
        name: 'of a unit',
        person: 'p-family',
        props: async () => ({ vehicle: await getVehicle('v-unit-1'), filing: null }),
      },
    ],
  },
  {
    name: 'RequestsBand',
    component: RequestsBand,
    states: [
      { name: 'two', props: { count: 2, to: '/filings' } },
      { name: 'none: it is not there', props: { count: 0, to: '/filings' } },
    ],
  },
  { name: 'ScannedConsent', component: ScannedConsent, states: [{ name: 'read', props: { token: 'abc' } }] },
  {
    name: 'MemberRow',
    component: MemberRow,
    states: [
      {
        name: 'administrator',
        person: 'p-family',
        props: async () => ({ member: (await getUnits())[0]?.members[0], busy: false }),
      },
      {
        name: 'operator, can be removed',
        person: 'p-family',
        props: async () => ({ member: (await getUnits())[0]?.members[1], busy: false }),
      },
    ],
  },
  {
    name: 'VehicleRow',
    component: VehicleRow,
    states: [
      { name: 'of many', person: 'p-family', props: async () => ({ vehicle: await getVehicle('v-unit-3') }) },
    ],
  },
];
