import { describe, expect, it } from 'vitest';

const files = import.meta.glob<string>(['../src/**/*.vue', '../src/**/*.css'], {
  query: '?raw',
  import: 'default',
  eager: true,
});
const styles = Object.entries(files).map(([path, text]): [string, string] => [
  path,
  path.endsWith('.css')
    ? text
    : text.slice(text.indexOf('<style') < 0 ? text.length : text.indexOf('<style')),
]);

/** What would stand on the wrong side in a language that is read from the right. */
const PHYSICAL =
  /(?:margin|padding|border)-(?:left|right)\b|^\s*(?:left|right)\s*:|text-align:\s*(?:left|right)\b|float:|border-(?:top|bottom)-(?:left|right)-radius/m;

describe('the styles', () => {
  it('are many enough that the look at them is one', () => {
    expect(styles.filter(([, css]) => css.includes('{')).length).toBeGreaterThan(50);
  });

  it('name sides by the direction of reading', () => {
    for (const [path, css] of styles) expect(PHYSICAL.exec(css)?.[0] ?? null, path).toBeNull();
  });
});
