import { PEOPLE } from '@/mocks/country';
import { CLAUSES } from '@/mocks/law';
import AppIcon from '@/components/AppIcon.vue';
import BiText from '@/components/BiText.vue';
import ChannelSettings from '@/components/ChannelSettings.vue';
import ChoiceRow from '@/components/ChoiceRow.vue';
import ClauseQuote from '@/components/ClauseQuote.vue';
import FailurePanel from '@/components/FailurePanel.vue';
import KeptNote from '@/components/KeptNote.vue';
import LanguageSwitch from '@/components/LanguageSwitch.vue';
import LogoMark from '@/components/LogoMark.vue';
import MainNav from '@/components/MainNav.vue';
import MovingTime from '@/components/MovingTime.vue';
import NumberReveal from '@/components/NumberReveal.vue';
import PageBar from '@/components/PageBar.vue';
import PersonRow from '@/components/PersonRow.vue';
import PlateView from '@/components/PlateView.vue';
import QrCode from '@/components/QrCode.vue';
import RoadLine from '@/components/RoadLine.vue';
import StateBand from '@/components/StateBand.vue';
import StatusPanel from '@/components/StatusPanel.vue';
import WhyMore from '@/components/WhyMore.vue';
import type { Story } from '../story';

const CODE = 'HTTPS://EXAMPLE.CN/V#12345678901234567890123456789012345678901234567890123456789012345678';
const TONES = ['ok', 'warn', 'bad', 'idle'] as const;
const HOUR = 3_600_000;

export const stories: readonly Story[] = [
  {
    name: 'AppIcon',
    component: AppIcon,
    states: (['car', 'scan', 'card', 'bell', 'tick', 'cross', 'alert', 'question'] as const).map((name) => ({
      name,
      props: { name },
    })),
  },
  {
    name: 'BiText',
    component: BiText,
    states: [
      { name: 'beside', props: { k: 'vehicles.title' } },
      { name: 'stacked', props: { k: 'licence.classes', stacked: true } },
    ],
  },
  {
    name: 'ChannelSettings',
    component: ChannelSettings,
    states: [{ name: 'as they are', person: 'd-normal' }],
  },
  {
    name: 'ChoiceRow',
    component: ChoiceRow,
    states: [
      {
        name: 'two choices',
        props: {
          label: 'Aa',
          name: 'story-two',
          modelValue: 'a',
          options: [
            { value: 'a', label: 'A' },
            { value: 'b', label: 'B' },
          ],
        },
      },
      {
        name: 'long words wrap',
        props: {
          label: 'Aa',
          name: 'story-long',
          modelValue: 'b',
          options: ['a', 'b', 'c'].map((value) => ({ value, label: `${value} ${'long '.repeat(6)}` })),
        },
      },
    ],
  },
  {
    name: 'ClauseQuote',
    component: ClauseQuote,
    states: Object.entries(CLAUSES).map(([name, { clause }]) => ({ name, props: { clause } })),
  },
  {
    name: 'FailurePanel',
    component: FailurePanel,
    states: (['offline', 'server', 'not_found', 'refused', 'signed_out'] as const).map((failure) => ({
      name: failure,
      props: { failure },
    })),
  },
  {
    name: 'KeptNote',
    component: KeptNote,
    states: [
      { name: 'off-line, an hour old', props: () => ({ failure: 'offline', savedAt: Date.now() - HOUR }) },
      {
        name: 'server fails, three days old',
        props: () => ({ failure: 'server', savedAt: Date.now() - 72 * HOUR }),
      },
      { name: 'nothing to say', props: { failure: null, savedAt: 1 } },
    ],
  },
  { name: 'LanguageSwitch', component: LanguageSwitch, states: [{ name: 'as it is' }] },
  { name: 'LogoMark', component: LogoMark, states: [{ name: 'as it is' }] },
  { name: 'MainNav', component: MainNav, states: [{ name: 'at the foot', person: 'p-apply' }] },
  { name: 'MovingTime', component: MovingTime, states: [{ name: 'running' }] },
  {
    name: 'NumberReveal',
    component: NumberReveal,
    states: [{ name: 'hidden', props: { number: '110101199003071234' } }],
  },
  {
    name: 'PageBar',
    component: PageBar,
    states: [
      { name: 'short', props: { title: '通知', parent: '/' } },
      {
        name: 'long title',
        props: { title: 'A title that takes more than one line on a phone', parent: '/' },
      },
    ],
  },
  {
    name: 'PersonRow',
    component: PersonRow,
    states: [
      { name: 'usual', props: { person: PEOPLE[0], busy: false } },
      { name: 'signing in', props: { person: PEOPLE[0], busy: true } },
    ],
  },
  {
    name: 'PlateView',
    component: PlateView,
    states: (
      [
        ['苏B12345', '02', 'blue'],
        ['苏BD12345', '52', 'green_gradient'],
        ['苏B12345', '01', 'yellow'],
        ['苏B1234学', '16', 'yellow'],
        ['粤Z1234港', '26', 'black'],
        ['苏A1234警', '23', 'white'],
      ] as const
    ).map(([number, plateType, colour]) => ({
      name: `${colour} ${plateType}`,
      props: { number, plateType, colour },
    })),
  },
  {
    name: 'QrCode',
    component: QrCode,
    states: [
      { name: 'black', props: { text: CODE, label: 'code' } },
      { name: 'red', props: { text: CODE, label: 'code', red: true } },
    ],
  },
  { name: 'RoadLine', component: RoadLine, states: [{ name: 'as it is' }] },
  {
    name: 'StateBand',
    component: StateBand,
    states: TONES.map((tone) => ({
      name: tone,
      props: { tone, title: tone, text: 'What is so, and what to do.' },
    })),
  },
  {
    name: 'StatusPanel',
    component: StatusPanel,
    states: [
      { name: 'nothing here', props: { icon: 'bell', title: '没有通知' } },
      { name: 'try again', props: { icon: 'offline', title: '没有网络', text: '请检查网络。', retry: true } },
    ],
  },
  {
    name: 'WhyMore',
    component: WhyMore,
    states: [{ name: 'closed', props: { open: '为什么？', close: '收起' }, slot: '因为…' }],
  },
];
