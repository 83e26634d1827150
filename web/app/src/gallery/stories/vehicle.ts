import { getVehicle } from '@/api/calls';
import BlockerList from '@/components/BlockerList.vue';
import CredentialFace from '@/components/CredentialFace.vue';
import HomeLinks from '@/components/HomeLinks.vue';
import InspectionPlot from '@/components/InspectionPlot.vue';
import LiveFrame from '@/components/LiveFrame.vue';
import MarkFace from '@/components/MarkFace.vue';
import VehicleCard from '@/components/VehicleCard.vue';
import VehicleFacts from '@/components/VehicleFacts.vue';
import VehicleMarks from '@/components/VehicleMarks.vue';
import { forVehicles, markOf } from '../data';
import type { Story } from '../story';

export const stories: readonly Story[] = [
  {
    name: 'BlockerList',
    component: BlockerList,
    states: [
      { name: 'two', props: { blockers: ['有违法未处理', '交强险已过期'] } },
      { name: 'none: it is not there', props: { blockers: [] } },
    ],
  },
  {
    name: 'CredentialFace',
    component: CredentialFace,
    states: [
      { name: 'demonstration', props: { title: 'mark.face', kind: 'mark.faceKind', demo: true } },
      {
        name: 'dim: it does not count',
        props: { title: 'mark.face', kind: 'mark.faceKind', demo: false, dim: true },
      },
    ],
  },
  {
    name: 'HomeLinks',
    component: HomeLinks,
    states: [{ name: 'driver with something due', person: 'd-nine' }],
  },
  { name: 'InspectionPlot', component: InspectionPlot, states: forVehicles() },
  {
    name: 'LiveFrame',
    component: LiveFrame,
    states: [
      { name: 'half of its time', props: { share: 0.5, running: false } },
      { name: 'red', props: { share: 0.9, running: false, red: true } },
    ],
  },
  {
    name: 'MarkFace',
    component: MarkFace,
    states: [
      {
        name: 'current',
        person: 'p-apply',
        props: async () => ({ mark: await markOf('v-apply'), demo: true }),
      },
      {
        name: 'suspended',
        person: 'p-stolen',
        props: async () => ({ mark: await markOf('v-stolen'), demo: true }),
      },
    ],
  },
  { name: 'VehicleCard', component: VehicleCard, states: forVehicles() },
  {
    name: 'VehicleFacts',
    component: VehicleFacts,
    states: [
      { name: 'all there', person: 'p-apply', props: async () => ({ vehicle: await getVehicle('v-apply') }) },
    ],
  },
  { name: 'VehicleMarks', component: VehicleMarks, states: forVehicles() },
];
