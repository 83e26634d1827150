import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifest } from '../manifest';
import { isSafariPhone } from '@/install/prompt';
import { router } from '@/router';

const PUBLIC = path.resolve(import.meta.dirname, '../public');
/** Width and height of a PNG, from its first chunk. */
function sizeOf(path: string): string {
  const file = readFileSync(`${PUBLIC}${path}`);
  return `${file.readUInt32BE(16)}x${file.readUInt32BE(20)}`;
}

describe('the manifest', () => {
  it('names the app in both languages, and says what it is for', () => {
    expect(manifest).toMatchObject({ id: '/', lang: 'zh-CN', short_name: '路证', display: 'standalone' });
    expect(manifest['name_localized']).toMatchObject({ en: expect.stringContaining('Luzheng') });
    expect(manifest.categories).toContain('government');
  });

  it('has icons that are there in the sizes it says, one of them maskable', () => {
    const icons = manifest.icons ?? [];
    for (const { src, sizes, type } of icons) {
      if (type === 'image/png') expect(sizeOf(src), src).toBe(sizes);
      else expect(readFileSync(`${PUBLIC}${src}`, 'utf8')).toContain('<svg');
    }
    expect(icons.some(({ purpose }) => purpose === 'maskable')).toBe(true);
  });

  it('has pictures of phone and desktop that are there in the sizes it says', () => {
    const screens = (manifest.screenshots ?? []) as { src: string; sizes: string; form_factor: string }[];
    for (const { src, sizes } of screens) expect(sizeOf(src), src).toBe(sizes);
    expect(new Set(screens.map(({ form_factor }) => form_factor))).toEqual(new Set(['narrow', 'wide']));
  });

  it('has shortcuts to mark, licence and scanner, with a name in both languages', () => {
    const shortcuts = (manifest.shortcuts ?? []) as { url: string; name: string; name_localized: object }[];
    expect(shortcuts.map(({ url }) => router.resolve(url).name)).toEqual(['show', 'licence-show', 'scan']);
    for (const { name, name_localized } of shortcuts) {
      expect(name).toMatch(/\p{Script=Han}/u);
      expect(name_localized).toMatchObject({ en: expect.stringMatching(/^[A-Z]/) });
    }
  });
});

describe('installing', () => {
  it.each([
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1', true, true],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1', true, true],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1', false, false],
    ['Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36', true, false],
  ])('%s (touch: %s) is done by the share button: %s', (agent, touch, share) => {
    expect(isSafariPhone(agent, touch)).toBe(share);
  });
});
