/** A language that nobody speaks: letters with accents, a third longer, read from the right. It shows what was made for two languages only. */
import { addLanguage } from '@/i18n';
import en from '@/i18n/en';

const ACCENTS: Readonly<Record<string, string>> = {
  a: 'å',
  e: 'é',
  i: 'ï',
  o: 'ø',
  u: 'ü',
  y: 'ý',
  A: 'Å',
  E: 'É',
  O: 'Ø',
};
export const PSEUDO = 'x-rtl';

function spoken(text: string): string {
  // places and plural bars stay; what is linked stays too
  const accented = text.replace(/\{[^}]*\}|[aeiouyAEO]/g, (part) => ACCENTS[part] ?? part);
  const longer = ' ~'.repeat(Math.ceil(text.replace(/\{[^}]*\}/g, '').length / 6));
  return accented
    .split(' | ')
    .map((form) => `${form}${longer}`)
    .join(' | ');
}

function translated<T>(tree: T): T {
  if (typeof tree === 'string') return spoken(tree) as T;
  return Object.fromEntries(
    Object.entries(tree as object).map(([key, value]) => [key, translated(value)]),
  ) as T;
}

/** Makes it one of the languages. */
export function addPseudo(): void {
  addLanguage(PSEUDO, { name: 'ﬀ RTL', direction: 'rtl', dates: 'en-GB', texts: 'en' }, translated(en));
}
