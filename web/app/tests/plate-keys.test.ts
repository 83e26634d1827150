import { describe, expect, it } from 'vitest';
import { fits, isWhole, keysAt, plateTyped, PROVINCES, typeOfLength } from '@/plate/keys';

describe('the plate keys', () => {
  it('offer provinces, then a letter, then both', () => {
    expect(PROVINCES).toHaveLength(31);
    expect([0, 1, 2, 6].map(keysAt)).toEqual(['provinces', 'letters', 'both', 'both']);
  });

  it.each([
    ['苏', 0, true],
    ['B', 0, false],
    ['苏', 1, false],
    ['B', 1, true],
    ['7', 1, false],
    ['7', 2, true],
    ['I', 2, false],
    ['O', 2, false],
    ['警', 6, false],
  ])('let %s stand at %i: %s', (character, place, may) => {
    expect(fits(character, place)).toBe(may);
  });

  it.each([
    ['苏B·12345', '苏B12345'],
    ['苏b 7k219', '苏B7K219'],
    ['苏Ｂ１２３４５', '苏B12345'],
    // the letter that nobody puts on a plate is the digit
    ['苏B1O2I5', '苏B10215'],
    ['粤BD12345', '粤BD12345'],
    ['粤BD123456789', '粤BD12345'],
    ['x苏1B', '苏B'],
    ['', ''],
  ])('read what is typed: %s', (typed, plate) => {
    expect(plateTyped(typed)).toBe(plate);
  });

  it('tell the kind by the length, and whether it is whole', () => {
    expect([6, 7, 8, 9].map(typeOfLength)).toEqual([null, '02', '52', null]);
    expect(isWhole('苏B12345', '02')).toBe(true);
    expect(isWhole('苏B12345', '52')).toBe(false);
    expect(isWhole('粤BD12345', '52')).toBe(true);
    expect(isWhole('苏B1234', '02')).toBe(false);
  });
});
