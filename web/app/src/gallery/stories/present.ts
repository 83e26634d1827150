import ClockNote from '@/components/ClockNote.vue';
import InstallCard from '@/components/InstallCard.vue';
import KeptAge from '@/components/KeptAge.vue';
import NoPrint from '@/components/NoPrint.vue';
import PrintSheet from '@/components/PrintSheet.vue';
import PublicPage from '@/components/PublicPage.vue';
import ShowFrame from '@/components/ShowFrame.vue';
import SizeChoice from '@/components/SizeChoice.vue';
import TakeAway from '@/components/TakeAway.vue';
import UpdateBar from '@/components/UpdateBar.vue';
import VersionCard from '@/components/VersionCard.vue';
import { hearServerTime } from '@/composables/clock';
import { putUpdateOff, reportBroken } from '@/update/worker';
import { markOf } from '../data';
import type { Story } from '../story';

const HOUR = 3_600_000;
const frame = { title: '动态码', exit: '结束出示', parent: '/', checker: '请对方用手机相机扫码' };
/** A clock that is off by some hours, as far as this page knows. */
const clockOff = (hours: number) => () =>
  hearServerTime(new Date(Date.now() - hours * HOUR).toISOString(), Date.now(), Date.now());
const marks = async (): Promise<Record<string, unknown>> => ({ mark: await markOf('v-fine'), demo: true });

export const stories: readonly Story[] = [
  {
    name: 'ShowFrame',
    component: ShowFrame,
    states: [
      { name: 'something to show', props: { ...frame, name: 'live' } },
      { name: 'red', props: { ...frame, name: 'show', red: true } },
      { name: 'refused', props: { ...frame, name: 'live', refused: true } },
    ],
  },
  {
    name: 'PublicPage',
    component: PublicPage,
    states: [{ name: 'as it is', props: { heading: 'verify.title' }, slot: '…' }],
  },
  {
    name: 'ClockNote',
    component: ClockNote,
    states: [
      { name: 'a day ahead', before: clockOff(24) },
      { name: 'a day behind', before: clockOff(-24) },
      { name: 'right', before: clockOff(0) },
    ],
  },
  {
    name: 'KeptAge',
    component: KeptAge,
    states: [
      { name: 'just now', props: () => ({ savedAt: Date.now() }) },
      { name: 'three hours', props: () => ({ savedAt: Date.now() - 3 * HOUR }) },
      { name: 'nothing kept', props: { savedAt: null } },
    ],
  },
  {
    name: 'TakeAway',
    component: TakeAway,
    states: [{ name: 'mark in use', person: 'p-fine', props: marks }],
  },
  {
    name: 'SizeChoice',
    component: SizeChoice,
    states: [
      { name: 'open', props: { question: '打印成哪一种', busy: false } },
      { name: 'busy', props: { question: '打印成哪一种', busy: true } },
    ],
  },
  {
    name: 'PrintSheet',
    component: PrintSheet,
    states: [{ name: 'on paper only', props: { picture: '/icon-512.png', size: 'card', alt: '二维码' } }],
  },
  { name: 'NoPrint', component: NoPrint, states: [{ name: 'as it is' }] },
  {
    name: 'UpdateBar',
    component: UpdateBar,
    states: [
      { name: 'nothing to say', before: putUpdateOff },
      { name: 'a part is missing', before: reportBroken },
    ],
  },
  { name: 'InstallCard', component: InstallCard, states: [{ name: 'as this browser has it' }] },
  { name: 'VersionCard', component: VersionCard, states: [{ name: 'newest' }] },
];
