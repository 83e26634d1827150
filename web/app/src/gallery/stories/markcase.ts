import { type CaseView, getCase, getEligibility } from '@/api/mark-case';
import { getCases } from '@/api/mark-case';
import LicenceCase from '@/apply/LicenceCase.vue';
import ActionFoot from '@/components/ActionFoot.vue';
import ChoiceList from '@/components/ChoiceList.vue';
import ConfirmBox from '@/components/ConfirmBox.vue';
import TextField from '@/components/TextField.vue';
import AreaPicker from '@/delivery/AreaPicker.vue';
import DeliveryForm from '@/delivery/DeliveryForm.vue';
import { blankDelivery } from '@/delivery/draft';
import OfficeChoice from '@/delivery/OfficeChoice.vue';
import CaseRow from '@/markcase/CaseRow.vue';
import CheckItem from '@/markcase/CheckItem.vue';
import CheckList from '@/markcase/CheckList.vue';
import ConfirmApply from '@/markcase/ConfirmApply.vue';
import DeliveryCard from '@/markcase/DeliveryCard.vue';
import MarkCase from '@/markcase/MarkCase.vue';
import RoadSteps from '@/markcase/RoadSteps.vue';
import type { State, Story } from '../story';

const sent = (): Promise<CaseView> => getCase('mc-sent');
const ready = (): Promise<CaseView> => getCase('mc-ready');
const missing = async (code: string) =>
  (await getEligibility('v-missing')).checks.find((check) => check.code === code);
const delivery = (name: string, state: string, more = {}): State => ({
  name,
  person: 'p-family',
  props: async () => ({
    delivery: { ...(await sent()).delivery, state, state_text: { zh: name, en: name }, ...more },
  }),
});
const area = { zh: '江苏省无锡市滨湖区', en: 'Binhu District, Wuxi, Jiangsu' };
const filled = {
  ...blankDelivery('post'),
  recipient: '张建国',
  phone: '13800001234',
  address: '湖滨路 1 号',
};

export const stories: readonly Story[] = [
  { name: 'ActionFoot', component: ActionFoot, states: [{ name: 'with words', slot: '…' }] },
  {
    name: 'ChoiceList',
    component: ChoiceList,
    states: [
      {
        name: 'three',
        props: {
          label: 'Aa',
          hint: 'aa',
          name: 'story-list',
          modelValue: 'b',
          options: ['a', 'b', 'c'].map((value) => ({ value, label: value })),
        },
      },
    ],
  },
  {
    name: 'ConfirmBox',
    component: ConfirmBox,
    states: [
      { name: 'a question', props: { title: '要办理吗？', text: '办理后……', yes: '办理', no: '不办' } },
      { name: 'grave', props: { title: '要解除吗？', text: '解除后……', yes: '解除', no: '不', grave: true } },
      { name: 'busy', props: { title: '…', text: '…', yes: '…', no: '…', busy: true } },
    ],
  },
  {
    name: 'TextField',
    component: TextField,
    states: [
      { name: 'empty', props: { label: '收件人', name: 's1', modelValue: '', hint: '…' } },
      { name: 'wrong', props: { label: '收件人', name: 's2', modelValue: '', wrong: '请填收件人姓名。' } },
    ],
  },
  {
    name: 'AreaPicker',
    component: AreaPicker,
    states: [
      { name: 'nothing chosen', props: { modelValue: '' } },
      { name: 'a district', props: { modelValue: '320202' } },
      { name: 'wrong', props: { modelValue: '320000', wrong: '请选到区或县。' } },
    ],
  },
  {
    name: 'OfficeChoice',
    component: OfficeChoice,
    states: [
      { name: 'two', person: 'p-apply', props: { modelValue: 'o-1', division: '320202' } },
      { name: 'none', person: 'p-apply', props: { modelValue: '', division: '320200' } },
    ],
  },
  {
    name: 'DeliveryForm',
    component: DeliveryForm,
    states: [
      {
        name: 'post, with what is wrong',
        person: 'p-apply',
        props: { vehicle: 'v-apply', draft: blankDelivery('post'), tried: true },
      },
      {
        name: 'pick-up',
        person: 'p-apply',
        props: {
          vehicle: 'v-apply',
          draft: { ...blankDelivery('pickup'), division: '320202' },
          tried: false,
        },
      },
    ],
  },
  {
    name: 'CheckItem',
    component: CheckItem,
    states: [
      {
        name: 'two violations',
        person: 'p-missing',
        props: async () => ({ check: await missing('violations') }),
      },
      { name: 'insurance', person: 'p-missing', props: async () => ({ check: await missing('insurance') }) },
    ],
  },
  {
    name: 'CheckList',
    component: CheckList,
    states: [
      {
        name: 'nothing missing',
        person: 'p-apply',
        props: async () => ({ checks: (await getEligibility('v-apply')).checks, open: true }),
      },
    ],
  },
  {
    name: 'ConfirmApply',
    component: ConfirmApply,
    states: [
      {
        name: 'by post',
        props: {
          plate: '苏B7K219',
          until: '2028-11',
          draft: { ...filled, area_name: area },
          yes: '确定申领',
          busy: false,
        },
      },
      {
        name: 'paper alone, picked up',
        props: {
          plate: '苏B7K219',
          until: null,
          draft: { ...blankDelivery('pickup'), office_name: { zh: '中心服务站', en: 'Main station' } },
          yes: '确定申请',
          busy: true,
        },
      },
    ],
  },
  {
    name: 'DeliveryCard',
    component: DeliveryCard,
    states: [
      delivery('已寄出', 'dispatched'),
      delivery('待领取', 'ready', { collect_by: '2026-12-22', tracking_number: null }),
      delivery('已退回', 'returned'),
      delivery('已取消', 'cancelled', { tracking_number: null, carrier: null }),
    ],
  },
  {
    name: 'RoadSteps',
    component: RoadSteps,
    states: [
      { name: 'half way', person: 'p-family', props: async () => ({ steps: (await ready()).steps }) },
      { name: 'sent', person: 'p-family', props: async () => ({ steps: (await sent()).steps }) },
    ],
  },
  {
    name: 'CaseRow',
    component: CaseRow,
    states: [
      { name: 'a paper', person: 'p-family', props: async () => ({ one: await sent() }) },
      {
        name: 'a licence',
        person: 'd-waiting',
        props: async () => ({ one: (await getCases())[0] ?? (await sent()) }),
      },
    ],
  },
  {
    name: 'MarkCase',
    component: MarkCase,
    states: [
      { name: 'in the post', person: 'p-family', props: async () => ({ one: await sent() }) },
      { name: 'to be collected', person: 'p-family', props: async () => ({ one: await ready() }) },
    ],
  },
  {
    name: 'LicenceCase',
    component: LicenceCase,
    states: [
      {
        name: 'waiting',
        person: 'd-waiting',
        props: async () => ({ one: (await getCases())[0], waits: true }),
      },
    ],
  },
];
