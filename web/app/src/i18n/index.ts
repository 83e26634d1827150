import { createI18n } from 'vue-i18n';
import type { Text } from '@/api/types';
import en from './en';
import zh, { type Messages } from './zh-CN';

export type Locale = 'zh-CN' | 'en';

/** Chinese first; English complete (the type of the Chinese table is the contract for both). */
export const i18n = createI18n<[Messages], Locale, false>({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh, en },
});

/** The other language, for the small second line beside a heading. */
export function otherLocale(locale: Locale): Locale {
  return locale === 'en' ? 'zh-CN' : 'en';
}

/** A server text in the person's language. */
export function inLocale(text: Text, locale: Locale): string {
  return locale === 'en' ? text.en : text.zh;
}
