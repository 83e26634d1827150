import { CHECKS } from '@luzheng/verify';
import { describe, expect, it } from 'vitest';
import en from '@/i18n/en';
import zh from '@/i18n/zh-CN';

type Tree = { [key: string]: string | Tree };

function leaves(tree: Tree, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') found.set(prefix + key, value);
    else for (const [inner, text] of leaves(value, `${prefix}${key}.`)) found.set(inner, text);
  }
  return found;
}
const chinese = leaves(zh);
const english = leaves(en);
const places = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

describe('the two languages', () => {
  it('have the same keys', () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
  });

  it('say something everywhere', () => {
    for (const [key, text] of [...chinese, ...english]) expect(text.trim(), key).not.toBe('');
  });

  it('fill in the same places', () => {
    for (const [key, text] of chinese) expect(places(english.get(key) ?? ''), key).toEqual(places(text));
  });

  it('keep Chinese out of the English, except where a language is named in itself', () => {
    const named = new Set(['common.switchLanguage', 'settings.language']);
    for (const [key, text] of english) {
      if (!named.has(key)) expect(text, key).not.toMatch(/\p{Script=Han}/u);
    }
  });

  const sources = Object.values(
    import.meta.glob<string>(
      ['../src/**/*.vue', '../src/**/*.ts', '!../src/i18n/**', '!../src/mocks/**', '!../src/gallery/**'],
      {
        query: '?raw',
        import: 'default',
        eager: true,
      },
    ),
  ).join('\n');

  it('have every key that a screen names', () => {
    const named = [
      ...sources.matchAll(/(?:\bt\(|keypath=|\bk=|key: |Key\()\s*['"]([a-z]\w*(?:\.\w+)+)['"]/g),
    ].map((m) => m[1] ?? '');
    expect(named.length).toBeGreaterThan(100);
    for (const key of named) expect(chinese.has(key), key).toBe(true);
  });

  it('hold nothing that no screen shows', () => {
    const built =
      /^(accident\.(scan|record)|age|bound\.problem|partner\.(nav|quota|pickUp|many\.(problem|column)|state\.(row|types|markState|then|now|yes|no|same|another)|log\.how|refused)|officer\.(words|by|purposes|refused|mark|fault|shards)|account\.security\.way|account\.vault\.fault|advice|status|verify\.check|verify\.(mode|kind)|welcome\.groups|scan|detail\.(current|suspended|issuing|expired|none)|mark\.(saved|failedPicture)|verify\.licence|device\.(failed|refused)|proofs\.(purposes|failed|tooMany|needsRecipient|open|expired|revoked)|proof\.(expired|revoked)|apply\.(failed|tips)|case\.by|photo\.|channels\.(failed|pushFailed|emailWrong)|relation\.(filed|managed|unit|may)|filing\.(failed|relations)|markApply\.(failed|when|where|act|clause|fine|points)$|markApply\.failed\.|delivery\.(post|pickup|province|city|district|wrong)|mcase\.(done|now|later)|inbox\.(today|yesterday)|noticeCheck\.(format|scanned|tooOften|offline)|looks\.roles|present\.(linkCopied|linkShown|savedPdf|failedPdf|offlinePdf|shared))/;
    const unused = [...chinese.keys()].filter(
      (key) => !built.test(key) && !sources.includes(`${key}'`) && !sources.includes(`${key}"`),
    );
    expect(unused).toEqual([]);
  });

  it('name every check of the verifier', () => {
    for (const check of CHECKS) {
      expect(chinese.has(`verify.check.${check}`), check).toBe(true);
    }
  });
});
