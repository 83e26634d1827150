import { describe, expect, it } from 'vitest';
import { pathOf, readPush } from '@/push/message';

const ORIGIN = 'https://demo.example';
const push = {
  id: 'n1',
  kind: 'renewal',
  title: { zh: '该换证了', en: 'Time to renew' },
  body: { zh: '请在五月底前换证。', en: 'Renew by the end of May.' },
  url: '/notices',
};

describe('a push', () => {
  it('is shown in the language of the person', () => {
    expect(readPush(JSON.stringify(push), false, ORIGIN)).toEqual({
      title: '该换证了',
      body: '请在五月底前换证。',
      tag: 'n1',
      path: '/notices/n1',
    });
    expect(readPush(JSON.stringify(push), true, ORIGIN)?.title).toBe('Time to renew');
  });

  it('opens its notice, and shows the code by which anybody can check it', () => {
    const coded = readPush(JSON.stringify({ ...push, code: 'K7M2-9QXT-4FDA' }), false, ORIGIN);
    expect(coded).toMatchObject({ path: '/notices/n1', body: '请在五月底前换证。\n通知编号 K7M2-9QXT-4FDA' });
    expect(readPush(JSON.stringify({ ...push, url: '/timeline' }), false, ORIGIN)?.path).toBe('/timeline');
    for (const id of ['../settings', 'a b', 'x'.repeat(65), 7, null]) {
      expect(readPush(JSON.stringify({ ...push, id }), false, ORIGIN)?.path).toBe('/notices');
    }
    for (const code of ['', 'x'.repeat(41), 7]) {
      expect(readPush(JSON.stringify({ ...push, code }), false, ORIGIN)?.body).toBe('请在五月底前换证。');
    }
  });

  it('that is not one of ours has nothing to show', () => {
    for (const text of [
      '',
      'null',
      '[]',
      '"x"',
      '{',
      '{}',
      JSON.stringify({ title: 7 }),
      'x'.repeat(9_000),
    ]) {
      expect(readPush(text, false, ORIGIN), text.slice(0, 20)).toBeNull();
    }
  });

  it('never leads away from the app', () => {
    expect(pathOf('/timeline', ORIGIN)).toBe('/timeline');
    expect(pathOf(`${ORIGIN}/licence`, ORIGIN)).toBe('/licence');
    for (const url of [
      'https://evil.example/x',
      '//evil.example/x',
      'javascript:alert(1)',
      7,
      undefined,
      'http://[',
    ]) {
      expect(pathOf(url, ORIGIN), String(url)).toBe('/notices');
    }
  });
});
