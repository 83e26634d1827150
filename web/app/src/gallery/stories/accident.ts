import { accidentRecordOfText, examineAccident } from '@luzheng/verify/accident';
import ExaminedRecord from '@/accident/ExaminedRecord.vue';
import ImpactPicker from '@/accident/ImpactPicker.vue';
import RecordCard from '@/accident/RecordCard.vue';
import SeenChip from '@/accident/SeenChip.vue';
import { guidanceFor } from '@/accident/table';
import RoadsideGuide from '@/components/RoadsideGuide.vue';
import { examinedBy } from '@/mocks/accident';
import { BOTH, CHANGED, CLOCKS, SECOND } from '@/mocks/accident-records';
import '@/accident/steps.css';
import type { Story } from '../story';

const NOW = 1_795_252_000;
const kept = (text: string) => async () => {
  const { record, contradictions } = await examineAccident(
    accidentRecordOfText(text) ?? new Uint8Array(),
    NOW,
  );
  return { record, contradictions };
};
const examined = (text: string) => async () => ({ examined: await examinedBy(text) });

export const stories: readonly Story[] = [
  {
    name: 'RoadsideGuide',
    component: RoadsideGuide,
    states: [
      { name: 'nothing stands in the way', props: { guidance: guidanceFor([]) } },
      { name: 'somebody is hurt', props: { guidance: guidanceFor(['injured']) } },
      { name: 'no valid mark', props: { guidance: guidanceFor(['no_mark']), level: 3 } },
      { name: 'two reasons', props: { guidance: guidanceFor(['no_insurance', 'hit_facility']) } },
      { name: 'a bicycle', props: { guidance: guidanceFor(['no_vehicle']) } },
    ],
  },
  {
    name: 'SeenChip',
    component: SeenChip,
    states: (
      [
        ['inspection_mark', null],
        ['inspection_mark', 'expired'],
        ['inspection_mark', 'status_unavailable'],
        ['inspection_mark', 'superseded'],
        ['driving_licence', 'state_red'],
        ['driving_licence', 'status_stale'],
      ] as const
    ).map(([kind, reason]) => ({
      name: `${kind} ${reason ?? 'valid'}`,
      props: {
        kind,
        label: kind === 'inspection_mark' ? '检验标志' : '驾驶证',
        seen: { reason, ageS: 60 },
      },
    })),
  },
  {
    name: 'ImpactPicker',
    component: ImpactPicker,
    states: [{ name: 'the rear', props: { modelValue: 'rear' } }],
  },
  {
    name: 'RecordCard',
    component: RecordCard,
    states: [
      { name: 'signed by both', props: kept(BOTH) },
      { name: 'clocks apart', props: kept(CLOCKS) },
      { name: 'one side alone', props: kept(SECOND) },
    ],
  },
  {
    name: 'ExaminedRecord',
    component: ExaminedRecord,
    states: [
      { name: 'complete', props: examined(BOTH) },
      { name: 'clocks apart', props: examined(CLOCKS) },
      { name: 'one-sided', props: examined(SECOND) },
      { name: 'changed', props: examined(CHANGED) },
    ],
  },
];
