import { describe, expect, it } from 'vitest';
import { QUIET_ZONE, segmentsOf, symbolOf, symbolPath } from '@/qr/symbol';

// a static mark is at most 165 bytes: 23 groups of seven and a rest of four
const DIGITS = '1'.repeat(23 * 17 + 10);
const TEXT = `HTTPS://DEMO.LUZHENG.EXAMPLE/V#${DIGITS}`;

describe('a code as a symbol', () => {
  it('puts the head in alphanumeric and byte, the digits in numeric', () => {
    expect(segmentsOf(TEXT)).toEqual([
      { mode: 'alphanumeric', text: 'HTTPS://DEMO.LUZHENG.EXAMPLE/V' },
      { mode: 'byte', text: '#' },
      { mode: 'numeric', text: DIGITS },
    ]);
  });

  it('loses nothing of any text', () => {
    for (const text of [TEXT, 'https://demo/V#12', 'LZ1:ABC 123', '12345', 'x']) {
      expect(
        segmentsOf(text)
          .map((s) => s.text)
          .join(''),
      ).toBe(text);
    }
  });

  it('is smaller than the same text in one mode', () => {
    const mixed = symbolOf(TEXT);
    // the longest static mark has to print on 30 mm: version 11 at most
    expect(mixed.version).toBeLessThanOrEqual(11);
    const short = `HTTPS://DEMO/V#${'7'.repeat(200)}`;
    const inBytes = short.toLowerCase().replace(/7/g, 'q');
    expect(symbolOf(inBytes).version).toBeGreaterThan(symbolOf(short).version);
  });

  it('keeps four modules of quiet around it', () => {
    const symbol = symbolOf(TEXT);
    const starts = [...symbolPath(symbol).matchAll(/M(\d+) (\d+)h(\d+)/g)].map((m) => m.slice(1).map(Number));
    for (const [x = 0, y = 0, w = 0] of starts) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(QUIET_ZONE);
      expect(x + w).toBeLessThanOrEqual(symbol.size + QUIET_ZONE);
    }
  });

  it('refuses a text that would not be legible on a screen', () => {
    expect(() => symbolOf('#'.repeat(2000))).toThrow();
  });
});
