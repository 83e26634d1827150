import { describe, expect, it } from 'vitest';
import { withResolution } from '@/mark/png';

// the smallest PNG: signature, IHDR of 1 × 1, and the end
const head = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10];
const ihdr = [
  0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55,
];
const iend = [0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82];

describe('a picture’s resolution', () => {
  it('stands after the header, with its check sum', () => {
    const out = withResolution(Uint8Array.from([...head, ...ihdr, ...iend]), 300);
    expect(out.length).toBe(head.length + ihdr.length + 21 + iend.length);
    const chunk = out.slice(33, 54);
    expect(new TextDecoder().decode(chunk.slice(4, 8))).toBe('pHYs');
    expect(new DataView(chunk.buffer).getUint32(8)).toBe(11811);
    // the well-known check sum of 300 dpi in metres
    expect([...chunk.slice(17)]).toEqual([0x78, 0xa5, 0x3f, 0x76]);
    expect([...out.slice(54)]).toEqual(iend);
  });
});
