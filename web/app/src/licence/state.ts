import type { Licence, LicenceState } from '@/api/licence';
import type { Text } from '@/api/types';
import type { Tone } from '@/vehicle/advice';

/** How a state looks. */
export const STATE_TONE: Readonly<Record<LicenceState, Tone>> = {
  normal: 'ok',
  red: 'bad',
  invalid: 'bad',
  withdrawn: 'idle',
};

/** What the licence screen is about. */
export type Standing =
  /** The electronic licence is there and can be held out. */
  | 'shown'
  /** There is one, but it must not be relied on now (out of use, locked). */
  | 'invalid'
  /** There was one; it is no longer displayed. */
  | 'withdrawn'
  /** None was applied for yet. */
  | 'none';

/** Reads a licence; the register's state speaks before the credential's. */
export function standingOf(licence: Licence): Standing {
  if (licence.state === 'withdrawn' || licence.credential.state === 'withdrawn') return 'withdrawn';
  if (licence.credential.state === 'none') return 'none';
  return licence.state === 'invalid' ? 'invalid' : 'shown';
}

/** The state in as few words as it has: its letters' names, the most severe first. */
export function stateName(letters: readonly { name: Text }[]): Text {
  return {
    zh: letters.map(({ name }) => name.zh).join('、'),
    en: letters.map(({ name }) => name.en).join(', '),
  };
}

/** Whether the validity ended before this Chinese day. */
export function ranOut(licence: Pick<Licence, 'valid_until'>, today: string): boolean {
  return licence.valid_until !== null && licence.valid_until < today;
}

/** `320***********1234`: enough to recognise one's own number, too little for others. */
export function maskedNumber(number: string): string {
  if (number.length < 8) return '*'.repeat(number.length);
  return `${number.slice(0, 3)}${'*'.repeat(number.length - 7)}${number.slice(-4)}`;
}

/** `张*丰`, `张*`: as product and codes mask names. */
export function maskedName(name: string): string {
  const letters = [...name];
  if (letters.length <= 1) return name;
  if (letters.length === 2) return `${letters[0]}*`;
  return `${letters[0]}*${letters[letters.length - 1]}`;
}

/** Points as a share of the limit decide the tone: calm, close, full. */
export function pointsTone(sum: number, limit: number): Tone {
  if (sum >= limit) return 'bad';
  return sum >= limit * 0.75 ? 'warn' : 'ok';
}
