/** What a plate of a small car can be made of, for our own keys and for what people type. */
import { plateCharacters } from './layout';

/** 省、自治区、直辖市简称 (GA 36-2018, table 2), in the order of the divisions' codes. */
export const PROVINCES = [...'京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新'];
/** Letters without I and O, which look like digits. */
export const LETTERS = [...'ABCDEFGHJKLMNPQRSTUVWXYZ'];
export const DIGITS = [...'1234567890'];

/** Plate types that can be filed, with how many characters such a plate has. */
export const FILEABLE = { '02': 7, '52': 8 } as const;
export type FileableType = keyof typeof FILEABLE;

/** Which keys fit at a place of the number. */
export function keysAt(place: number): 'provinces' | 'letters' | 'both' {
  return place === 0 ? 'provinces' : place === 1 ? 'letters' : 'both';
}

/** Whether a character may stand at a place. */
export function fits(character: string, place: number): boolean {
  if (place === 0) return PROVINCES.includes(character);
  return LETTERS.includes(character) || (place > 1 && DIGITS.includes(character));
}

/** What somebody typed or pasted, as far as it can be a plate; the rest is left out. */
export function plateTyped(text: string): string {
  let plate = '';
  let place = 0;
  for (const character of plateCharacters(text.normalize('NFKC'))) {
    if (place >= FILEABLE['52']) break;
    // nobody means a letter that does not exist
    const meant = place > 1 ? character.replace('O', '0').replace('I', '1') : character;
    if (!fits(meant, place)) continue;
    plate += meant;
    place += 1;
  }
  return plate;
}

/** The kind of plate with so many characters; null when there is none. */
export function typeOfLength(length: number): FileableType | null {
  return length === FILEABLE['02'] ? '02' : length === FILEABLE['52'] ? '52' : null;
}

/** Whether it is a whole plate of this kind. */
export function isWhole(plate: string, type: FileableType): boolean {
  const characters = plateCharacters(plate);
  return characters.length === FILEABLE[type] && characters.every((character, i) => fits(character, i));
}
