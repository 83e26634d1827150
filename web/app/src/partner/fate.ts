/** What came of a code, in one word: a verdict, or none. */
import type { Verdict } from '@luzheng/verify';
import type { IconName } from '@/components/AppIcon.vue';
import type { CheckedCode } from './types';

export type Fate = Verdict | 'refused';

/** In the order in which people want to see them: what needs somebody first. */
export const FATES: readonly Fate[] = [
  'not_valid',
  'attention',
  'unreadable',
  'cannot_tell',
  'refused',
  'valid',
];
export const TONES: Readonly<Record<Fate, 'ok' | 'warn' | 'bad' | 'idle'>> = {
  valid: 'ok',
  attention: 'warn',
  not_valid: 'bad',
  unreadable: 'idle',
  cannot_tell: 'idle',
  refused: 'idle',
};
export const SIGNS: Readonly<Record<Fate, IconName>> = {
  valid: 'tick',
  attention: 'alert',
  not_valid: 'cross',
  unreadable: 'question',
  cannot_tell: 'question',
  refused: 'dash',
};

export const fateOf = (checked: CheckedCode): Fate => checked.report?.verdict ?? 'refused';
