import { getDeadlines, getLicence, getPoints } from '@/api/licence-calls';
import CaseSteps from '@/apply/CaseSteps.vue';
import FindingList from '@/apply/FindingList.vue';
import PhotoForm from '@/apply/PhotoForm.vue';
import PhotoPreview from '@/apply/PhotoPreview.vue';
import PhotoSource from '@/apply/PhotoSource.vue';
import StoredPhoto from '@/apply/StoredPhoto.vue';
import DeadlineCard from '@/components/DeadlineCard.vue';
import KeepOnPhone from '@/components/KeepOnPhone.vue';
import LicenceBack from '@/components/LicenceBack.vue';
import LicenceFront from '@/components/LicenceFront.vue';
import LicenceLetters from '@/components/LicenceLetters.vue';
import LicenceNone from '@/components/LicenceNone.vue';
import LicencePhoto from '@/components/LicencePhoto.vue';
import PointsEntries from '@/components/PointsEntries.vue';
import PointsPlot from '@/components/PointsPlot.vue';
import ProofForm from '@/components/ProofForm.vue';
import ProofLink from '@/components/ProofLink.vue';
import ProofRow from '@/components/ProofRow.vue';
import StateStrip from '@/components/StateStrip.vue';
import { portrait } from '@/mocks/portrait';
import { forDrivers } from '../data';
import type { Story } from '../story';

const face = async (): Promise<Record<string, unknown>> => ({ licence: await getLicence(), demo: true });
const own = async (): Promise<Record<string, unknown>> => ({ licence: await getLicence() });
const PROOF = {
  id: 'proof-1',
  purpose: 'rental',
  purpose_text: { zh: '租车', en: 'Rental' },
  recipient: '远方租车',
  note: null,
  created_at: '2026-11-20T08:00:00Z',
  expires_at: '2026-11-27T08:00:00Z',
  revoked_at: null,
  openings: [{ at: '2026-11-20T09:30:00Z' }],
  received: [],
};
const RECEIPT = {
  by: { zh: '远方租车', en: 'Far Away Rental' },
  purpose: { zh: '租车取车核验', en: 'handing over a rented vehicle' },
  at: '2026-11-20T09:30:00Z',
  kept_until: '2029-11-20T09:30:00Z',
};
const findings = [
  { rule: 'background', ok: false, refuses: false, title: '背景不够白', fix: '请在白墙前拍摄。' },
  { rule: 'one_face', ok: false, refuses: true, title: '没有找到人脸', fix: '请正对镜头。' },
  { rule: 'sharpness', ok: true, refuses: false, title: '清晰', fix: '' },
];
const act = (what: string, zh: string, by: string): object => ({
  at: '2026-11-20T08:00:00Z',
  what,
  what_text: { zh, en: what },
  by,
  reason: null,
  reason_text: null,
  fix: null,
});

export const stories: readonly Story[] = [
  {
    name: 'CaseSteps',
    component: CaseSteps,
    states: [
      {
        name: 'waits',
        props: {
          actions: [act('submitted', '提交申请', 'you'), act('accepted', '受理申请', 'system')],
          waits: true,
        },
      },
      {
        name: 'refused with the reason',
        props: {
          actions: [
            act('submitted', '提交申请', 'you'),
            {
              ...act('photo_rejected', '照片未通过审核', 'office'),
              reason: 'background',
              reason_text: { zh: '背景不是白色。', en: 'The background is not white.' },
              fix: { zh: '请在白墙前拍摄。', en: 'Stand before a white wall.' },
            },
          ],
          waits: false,
        },
      },
    ],
  },
  {
    name: 'DeadlineCard',
    component: DeadlineCard,
    states: [0, 1, 2].map((nth) => ({
      name: `number ${nth + 1}`,
      person: 'd-nine',
      props: async () => ({ deadline: (await getDeadlines()).at(nth) ?? (await getDeadlines())[0] }),
    })),
  },
  {
    name: 'FindingList',
    component: FindingList,
    states: [
      { name: 'two faults', props: { findings } },
      { name: 'all well', props: { findings: findings.filter(({ ok }) => ok) } },
    ],
  },
  {
    name: 'KeepOnPhone',
    component: KeepOnPhone,
    states: [{ name: 'not kept', person: 'd-normal', props: own }],
  },
  { name: 'LicenceBack', component: LicenceBack, states: forDrivers(face) },
  { name: 'LicenceFront', component: LicenceFront, states: forDrivers(face) },
  {
    name: 'LicenceLetters',
    component: LicenceLetters,
    states: [
      {
        name: 'twelve points',
        person: 'd-full',
        props: async () => ({ title: '状态', letters: (await getLicence()).status, tone: 'bad' }),
      },
    ],
  },
  {
    name: 'LicenceNone',
    component: LicenceNone,
    states: [
      { name: 'may apply', person: 'd-none', props: own },
      { name: 'needs a photo', person: 'd-take', props: own },
    ],
  },
  {
    name: 'LicencePhoto',
    component: LicencePhoto,
    states: [
      { name: 'there', person: 'd-normal', props: { name: '林致远', has: true } },
      { name: 'none', props: { name: '林致远', has: false } },
    ],
  },
  {
    name: 'PhotoForm',
    component: PhotoForm,
    states: [{ name: 'empty', person: 'd-take', props: { aim: { do: 'first' } } }],
  },
  {
    name: 'PhotoPreview',
    component: PhotoPreview,
    states: [
      {
        name: 'with a face',
        props: {
          url: `data:image/svg+xml;utf8,${encodeURIComponent(portrait(3))}`,
          looked: {
            photo: new Blob(),
            width: 260,
            height: 378,
            cut: 'none',
            face: { left: 0.3, top: 0.2, width: 0.4, height: 0.4 },
            findings: [],
          },
        },
      },
    ],
  },
  {
    name: 'PhotoSource',
    component: PhotoSource,
    states: [
      { name: 'choose', props: { problem: null } },
      { name: 'could not be read', props: { problem: 'unreadable' } },
    ],
  },
  {
    name: 'PointsEntries',
    component: PointsEntries,
    states: [
      { name: 'some', person: 'd-nine', props: async () => ({ entries: (await getPoints()).entries }) },
      { name: 'none', props: { entries: [] } },
    ],
  },
  {
    name: 'PointsPlot',
    component: PointsPlot,
    states: ['d-normal', 'd-nine', 'd-full'].map((person) => ({
      name: person,
      person,
      props: async () => ({ points: await getPoints() }),
    })),
  },
  { name: 'ProofForm', component: ProofForm, states: [{ name: 'empty', person: 'd-normal' }] },
  {
    name: 'ProofLink',
    component: ProofLink,
    states: [
      {
        name: 'just made',
        props: { proof: { ...PROOF, state: 'open', link: 'https://example.cn/proof#TOKEN' } },
      },
    ],
  },
  {
    name: 'ProofRow',
    component: ProofRow,
    states: [
      { name: 'open', props: { proof: { ...PROOF, state: 'open' }, busy: false } },
      { name: 'received', props: { proof: { ...PROOF, state: 'open', received: [RECEIPT] }, busy: false } },
      { name: 'expired', props: { proof: { ...PROOF, state: 'expired', openings: [] }, busy: false } },
      {
        name: 'revoked',
        props: { proof: { ...PROOF, state: 'revoked', revoked_at: '2026-11-21T00:00:00Z' }, busy: false },
      },
    ],
  },
  {
    name: 'StateStrip',
    component: StateStrip,
    states: forDrivers(async () => {
      const { state, state_text, points } = await getLicence();
      return { state, text: state_text, points: points.sum };
    }),
  },
  {
    name: 'StoredPhoto',
    component: StoredPhoto,
    states: [{ name: 'on file', person: 'd-none', props: own }],
  },
];
