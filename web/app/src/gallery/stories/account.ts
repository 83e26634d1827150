import { getAccount, getPasskeys, getSessions } from '@/api/account';
import CodeForm from '@/account/CodeForm.vue';
import DemoPhones from '@/account/DemoPhones.vue';
import KeepInvite from '@/account/KeepInvite.vue';
import LevelList from '@/account/LevelList.vue';
import LockScreen from '@/account/LockScreen.vue';
import PasskeyList from '@/account/PasskeyList.vue';
import PhoneChange from '@/account/PhoneChange.vue';
import PinField from '@/account/PinField.vue';
import SessionList from '@/account/SessionList.vue';
import SignInPanel from '@/account/SignInPanel.vue';
import VaultSettings from '@/account/VaultSettings.vue';
import VaultSetup from '@/account/VaultSetup.vue';
import type { Story } from '../story';

/* SheetDialog and ReauthSheet keep everything else from being used, the gallery too: they are seen in the journeys. */

const code = {
  label: '验证码',
  text: '6 位验证码已发往 138****1234。',
  action: '登录',
  working: '正在核对',
  busy: false,
  problem: null,
};
const PERSON = 'p-apply';

export const stories: readonly Story[] = [
  {
    name: 'CodeForm',
    component: CodeForm,
    states: [
      { name: 'waiting to be sent again', props: () => ({ ...code, resendAt: Date.now() + 60_000 }) },
      { name: 'can be sent again', props: { ...code, resendAt: 0, resent: true } },
      { name: 'wrong', props: { ...code, problem: '验证码不对，还可以再试 4 次。', resendAt: 0 } },
      { name: 'checking', props: { ...code, busy: true } },
      { name: 'eight digits from a counter', props: { ...code, text: '', digits: 8 } },
    ],
  },
  {
    name: 'DemoPhones',
    component: DemoPhones,
    states: [{ name: 'as they are' }],
  },
  {
    name: 'SignInPanel',
    component: SignInPanel,
    states: [
      { name: 'every way', props: { back: '/vehicles' } },
      {
        name: 'back from the platform without',
        props: { back: '/vehicles', platformProblem: 'denied' },
      },
    ],
  },
  {
    name: 'LevelList',
    component: LevelList,
    states: [
      { name: 'real person', person: PERSON, props: async () => ({ levels: (await getAccount()).levels }) },
      {
        name: 'a phone only',
        person: PERSON,
        props: async () => ({
          levels: (await getAccount()).levels.map((step) => ({ ...step, reached: step.level === 'L1' })),
        }),
      },
    ],
  },
  {
    name: 'SessionList',
    component: SessionList,
    states: [
      {
        name: 'here and elsewhere',
        person: PERSON,
        props: async () => ({ sessions: await getSessions(), busy: false }),
      },
      {
        name: 'one is being ended',
        person: PERSON,
        props: async () => ({ sessions: await getSessions(), busy: true }),
      },
    ],
  },
  {
    name: 'PasskeyList',
    component: PasskeyList,
    states: [
      { name: 'none', props: { passkeys: [], busy: false } },
      {
        name: 'one',
        person: PERSON,
        props: async () => ({ passkeys: await getPasskeys(), busy: false }),
      },
    ],
  },
  { name: 'PhoneChange', component: PhoneChange, states: [{ name: 'the new number' }] },
  {
    name: 'PinField',
    component: PinField,
    states: [
      { name: 'empty', props: { modelValue: '', label: '密码', name: 'story-pin', digits: true } },
      {
        name: 'wrong',
        props: { modelValue: '111111', label: '密码', name: 'story-wrong', wrong: '太容易猜，请换一个。' },
      },
      {
        name: 'being checked',
        props: { modelValue: '482913', label: '密码', name: 'story-off', disabled: true },
      },
    ],
  },
  { name: 'KeepInvite', component: KeepInvite, states: [{ name: 'nothing is kept' }] },
  { name: 'VaultSetup', component: VaultSetup, states: [{ name: 'which way' }] },
  { name: 'VaultSettings', component: VaultSettings, states: [{ name: 'nothing is kept' }] },
  { name: 'LockScreen', component: LockScreen, states: [{ name: 'cannot be read any more' }] },
];
