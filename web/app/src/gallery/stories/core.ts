import LogoMark from '@/components/LogoMark.vue';
import type { Story } from '../story';

export const stories: readonly Story[] = [
  { name: 'LogoMark', component: LogoMark, states: [{ name: 'as it is' }] },
];
