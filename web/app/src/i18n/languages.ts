/** What a language needs to be told apart and set: one `language.ts` per folder beside its `index.ts`. */
export interface Language {
  /** Its name in itself. */
  name: string;
  /** The direction it is read in. */
  direction: 'ltr' | 'rtl';
  /** BCP 47 tag for dates and numbers. */
  dates: string;
  /** Which of the server's two texts its readers get. */
  texts: 'zh' | 'en';
}

/** A folder's name: a BCP 47 tag. */
export type Locale = 'zh-CN' | 'en' | (string & {});

const found = import.meta.glob<Language>('./*/language.ts', { eager: true, import: 'default' });

/** Every language there is, Chinese first: a folder with `language.ts` and `index.ts` is all it takes. */
export const languages: ReadonlyMap<Locale, Language> = new Map(
  Object.entries(found)
    .map(([path, language]): [Locale, Language] => [path.split('/')[1] ?? '', language])
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b)),
);

function rank(locale: Locale): number {
  return locale === 'zh-CN' ? 0 : locale === 'en' ? 1 : 2;
}

/** The facts of a language; of Chinese when there is none such. */
export function languageOf(locale: Locale): Language {
  return languages.get(locale) ?? (languages.get('zh-CN') as Language);
}
