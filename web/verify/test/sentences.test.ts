import { expect, test } from 'vitest';
import {
  HINT_SENTENCES,
  REASON_SENTENCES,
  VERDICT_OF_REASON,
  VERDICT_TITLES,
  ageSentence,
  sentenceOf,
} from '../src/index.js';

test('every reason has a sentence in both languages that ends as one', () => {
  const sentences = { ...REASON_SENTENCES, ...HINT_SENTENCES };
  expect(Object.keys(REASON_SENTENCES).sort()).toEqual(Object.keys(VERDICT_OF_REASON).sort());
  for (const [code, { zh, en }] of Object.entries(sentences)) {
    expect(zh, code).toMatch(/^\p{Script=Han}.*。$/u);
    expect(en, code).toMatch(/^[A-Z].*\.$/);
  }
  expect(new Set(Object.values(REASON_SENTENCES).map(({ zh }) => zh)).size).toBe(
    Object.keys(REASON_SENTENCES).length,
  );
  expect(Object.keys(VERDICT_TITLES)).toHaveLength(5);
  expect(sentenceOf({ reason: null }).en).toContain('genuine');
  expect(sentenceOf({ reason: 'revoked' })).toBe(REASON_SENTENCES.revoked);
});

test.each([
  [0, '不到 1 分钟', 'less than a minute'],
  [59, '不到 1 分钟', 'less than a minute'],
  [60, '1 分钟', '1 minute'],
  [7200, '2 小时', '2 hours'],
  [86399, '23 小时', '23 hours'],
  [86400 * 3, '3 天', '3 days'],
])('an age of %i s', (age_s, zh, en) => {
  const sentence = ageSentence({ as_of: '2026-11-21T08:00:00Z', age_s });
  expect(sentence.zh).toContain(zh);
  expect(sentence.en).toContain(en);
});

test('no age without a list', () => {
  expect(ageSentence(null).en).toBe('No withdrawal list at hand');
});
