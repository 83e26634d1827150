import { createI18n } from 'vue-i18n';
import type { Text } from '@/api/types';
import en from './en';
import { languageOf, languages, type Language, type Locale } from './languages';
import zh, { type Messages } from './zh-CN';

export { languageOf, languages, type Locale } from './languages';

/** Chinese first, English beside it on every heading: both are there from the start, others are loaded when chosen. */
export const i18n = createI18n<[Messages], string, false>({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'en',
  messages: { 'zh-CN': zh, en },
});

const loaders = import.meta.glob<Messages>(['./*/index.ts', '!./zh-CN/*', '!./en/*'], { import: 'default' });

/** Has a language's words ready; false when there is no such language or it cannot be fetched now. */
export async function loadLanguage(locale: Locale): Promise<boolean> {
  if (!languages.has(locale)) return false;
  const load = loaders[`./${locale}/index.ts`];
  if (load === undefined) return true;
  try {
    i18n.global.setLocaleMessage(locale, await load());
    return true;
  } catch {
    return false;
  }
}

/** Adds a language that has no folder: for tests. */
export function addLanguage(locale: Locale, language: Language, messages: Messages): void {
  (languages as Map<Locale, Language>).set(locale, language);
  i18n.global.setLocaleMessage(locale, messages);
}

/** The other language, for the small second line beside a heading. */
export function otherLocale(locale: Locale): Locale {
  return languageOf(locale).texts === 'en' ? 'zh-CN' : 'en';
}

/** A server text in the person's language, or in the one of the two that is nearer to it. */
export function inLocale(text: Text, locale: Locale): string {
  return text[languageOf(locale).texts];
}
