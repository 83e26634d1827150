/** Sections of a pack: what is written is read, and nothing else is. */
import { describe, expect, test } from 'vitest';
import { readSection, valueAt, writeSection } from '../src/section.js';
import { LIST_ENTRIES } from '../src/status.js';
import { mutate } from './mutate.js';
import { sectionOf } from './packer.js';
import { type Random, seeded } from './random.js';

function randomEntries(random: Random, count: number, top: number): Record<number, number> {
  const entries: Record<number, number> = {};
  for (let i = 0; i < count; i++) entries[random.below(LIST_ENTRIES)] = 1 + random.below(top);
  return entries;
}

describe('a section', () => {
  test('is what the Rust writer writes, by hand', () => {
    expect([...sectionOf({ 5: 3 }, 2)]).toEqual([2, 1, 0x30, 0, 0, 1, 0b0101_0000]);
    expect([...sectionOf({ 0: 3, 1: 1, 2: 2 }, 2)]).toEqual([0, 3, 0x12, 0x30, 0, 0, 3, 0b1001_1101]);
  });

  test.each([
    ['dense', 40_000, 3, 2],
    ['one in a hundred', 10_000, 3, 2],
    ['sparse', 12, 15, 4],
  ] as const)('%s: what is written is read and found', (_, count, top, bits) => {
    const random = seeded(count);
    const entries = randomEntries(random, count, top);
    const section = sectionOf(entries, bits);
    const read = readSection(section, { bits, zero: false });
    if (read === null) throw new Error('not read');
    expect(Object.fromEntries([...read.places].map((place, at) => [place, read.values[at]]))).toEqual(
      entries,
    );
    for (let i = 0; i < 2000; i++) {
      const place = random.below(LIST_ENTRIES);
      expect(valueAt(read, place)).toBe(entries[place] ?? 0);
    }
    expect(writeSection(read, { bits, zero: false })).toEqual(section);
    for (let cut = 1; cut < 30 && cut < section.length; cut++)
      expect(readSection(section.subarray(0, section.length - cut), { bits, zero: false })).toBeNull();
  });

  test.each([
    [[2]],
    [[2, 1, 0x30, 0, 0]],
    [[20, 1, 0x30, 0, 0, 1, 0b0101_0000]],
    [[2, 0, 0, 0, 1, 0b0101_0000]],
    [[2, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0b0101_0000]],
    [[2, 1, 0x31, 0, 0, 1, 0b0101_0000]],
    [[2, 1, 0x40, 0, 0, 1, 0b0101_0000]],
    [[2, 1, 0x00, 0, 0, 1, 0b0101_0000]],
    [[2, 2, 0x33, 0, 0, 1, 0b0101_0000]],
    [[2, 1, 0x30, 0, 0, 0, 0b0101_0000]],
    [[2, 1, 0x30, 0, 0, 1, 0b0101_0001]],
    [[2, 1, 0x30, 0, 0, 1, 0b0101_0000, 0]],
    [[2, 1, 0x30, 0, 0, 2, 0b0101_0000]],
    [[19, 1, 0x30, 0, 0, 1, 0b0010_0000, 0, 0]],
    [[2, 1, 0x30, 0x10, 0, 1, ...Array<number>(200).fill(0xff)]],
  ])('%j is none', (bytes) => {
    expect(readSection(Uint8Array.from(bytes), { bits: 2, zero: false })).toBeNull();
  });

  test('any bytes are read without harm, and what is accepted can be written again', () => {
    const random = seeded(11);
    const good = sectionOf(randomEntries(random, 60, 3), 2);
    let read = 0;
    for (let round = 0; round < 20_000; round++) {
      const entries = readSection(mutate(random, good), { bits: 2, zero: false });
      if (entries === null) continue;
      read++;
      const again = writeSection(entries, { bits: 2, zero: false });
      expect(again === null ? null : readSection(again, { bits: 2, zero: false })).toEqual(entries);
    }
    expect(read).toBeGreaterThan(1000);
  });

  test('what is out of range is not written', () => {
    const entries = (places: number[], values: number[]) => ({
      places: Uint32Array.from(places),
      values: Uint8Array.from(values),
    });
    for (const bad of [
      entries([1], [0]),
      entries([1], [4]),
      entries([2, 1], [1, 1]),
      entries([1, 1], [1, 1]),
      entries([LIST_ENTRIES], [1]),
    ])
      expect(writeSection(bad, { bits: 2, zero: false })).toBeNull();
  });
});
