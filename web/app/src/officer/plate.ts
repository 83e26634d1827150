/** Plates of every kind that an officer meets: their types, their length, and the character that some end with. */
import { DIGITS, LETTERS, PROVINCES } from '@/plate/keys';
import { plateCharacters } from '@/plate/layout';

interface Kind {
  /** How many characters such a plate has, the last one included. */
  length: number;
  /** The character that every such plate ends with (GA 36-2018). */
  last: string | null;
}

/** The types that are chosen by a tap, the commonest first (号牌种类, GA/T 16.7). */
export const KINDS: Readonly<Record<string, Kind>> = {
  '02': { length: 7, last: null },
  '52': { length: 8, last: null },
  '01': { length: 7, last: null },
  '51': { length: 8, last: null },
  '07': { length: 7, last: null },
  '08': { length: 7, last: null },
  '15': { length: 7, last: '挂' },
  '16': { length: 7, last: '学' },
  '23': { length: 7, last: '警' },
  '26': { length: 7, last: '港' },
  '27': { length: 7, last: '澳' },
};
export const KIND_CODES = ['02', '52', '01', '51', '07', '08', '15', '16', '23', '26', '27'] as const;

const kindOf = (type: string): Kind => KINDS[type] ?? { length: 7, last: null };
/** How many characters are typed; the last one of a learner's or trailer's plate comes by itself. */
export function typedLength(type: string): number {
  const { length, last } = kindOf(type);
  return last === null ? length : length - 1;
}

/** Whether a character may stand at a place. */
export function fitsAt(character: string, place: number): boolean {
  if (place === 0) return PROVINCES.includes(character);
  return LETTERS.includes(character) || (place > 1 && DIGITS.includes(character));
}

/** What was typed, pasted or scanned, as far as it can be a plate of this type. */
export function typedPlate(text: string, type: string): string {
  let plate = '';
  let place = 0;
  for (const character of plateCharacters(text.normalize('NFKC').toUpperCase())) {
    if (place >= typedLength(type)) break;
    // nobody means a letter that does not exist
    const meant = place > 1 ? character.replace('O', '0').replace('I', '1') : character;
    if (!fitsAt(meant, place)) continue;
    plate += meant;
    place += 1;
  }
  return plate;
}

/** The whole plate; null while characters are missing. */
export function wholePlate(typed: string, type: string): string | null {
  const characters = plateCharacters(typed);
  if (characters.length !== typedLength(type)) return null;
  return characters.every(fitsAt) ? typed + (kindOf(type).last ?? '') : null;
}

/** 苏B·12345, as it stands on the plate. */
export function plateShown(typed: string, type: string): string {
  const characters = plateCharacters(typed);
  const last = characters.length === typedLength(type) ? (kindOf(type).last ?? '') : '';
  const head = characters.slice(0, 2).join('');
  return characters.length > 2 ? `${head}·${characters.slice(2).join('')}${last}` : head;
}

/** Whether two spellings name one plate. */
export function samePlate(a: string, b: string): boolean {
  const plain = (text: string): string => plateCharacters(text.normalize('NFKC').toUpperCase()).join('');
  return plain(a) === plain(b);
}

/** The type with so many characters, when what was typed is longer than this type's plates. */
export function longerType(type: string): string | null {
  return type === '02' ? '52' : type === '01' ? '51' : null;
}
