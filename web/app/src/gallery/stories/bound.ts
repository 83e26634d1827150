import BoundGate from '@/bound/BoundGate.vue';
import EnrolForm from '@/bound/EnrolForm.vue';
import ProtectDevice from '@/bound/ProtectDevice.vue';
import SignedOut from '@/bound/SignedOut.vue';
import type { Story } from '../story';

const words = { action: '登记', working: '正在登记', name: '三中队 5 号机' };

export const stories: readonly Story[] = [
  {
    name: 'BoundGate',
    component: BoundGate,
    states: [{ name: 'before a device is enrolled', props: { kind: 'officer' } }],
  },
  {
    name: 'EnrolForm',
    component: EnrolForm,
    states: [
      { name: 'an officer’s', props: { kind: 'officer' } },
      { name: 'a partner’s', props: { kind: 'partner_member' } },
    ],
  },
  {
    name: 'ProtectDevice',
    component: ProtectDevice,
    states: [
      { name: 'to be chosen', props: words },
      { name: 'under way', props: { ...words, busy: true } },
    ],
  },
  { name: 'SignedOut', component: SignedOut, states: [{ name: 'enrolled, nobody there' }] },
];
