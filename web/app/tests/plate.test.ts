import { describe, expect, it } from 'vitest';
import { createApp } from 'vue';
import PlateView from '@/components/PlateView.vue';
import { glyph } from '@/plate/glyphs';
import { layoutPlate, plateText } from '@/plate/layout';

describe('a plate', () => {
  it.each([
    ['苏B12345', '02', 'blue', 440, 140, 7],
    ['粤BD12345', '52', 'green_gradient', 480, 140, 8],
    ['冀AF203挂', '15', 'yellow', 440, 220, 7],
    ['湘BA318K', '07', 'yellow', 220, 140, 7],
    ['粤Z7C15港', '26', 'black', 440, 140, 7],
  ] as const)(
    '%s of type %s stands on its ground with every character inside',
    (number, type, colour, w, h, n) => {
      const plate = layoutPlate(number, type, colour);
      expect([plate.width, plate.height]).toEqual([w, h]);
      expect(plate.cells).toHaveLength(n);
      for (const cell of plate.cells) {
        expect(cell.x).toBeGreaterThanOrEqual(8);
        expect(cell.x + cell.width).toBeLessThanOrEqual(w - 8);
        expect(cell.y + cell.height).toBeLessThanOrEqual(h - 8);
      }
    },
  );

  it('does not let characters overlap', () => {
    for (const [number, type] of [
      ['苏B12345', '02'],
      ['沪A01234D', '51'],
      ['湘BA318K', '07'],
    ] as const) {
      const { cells } = layoutPlate(number, type, 'blue');
      cells.slice(1).forEach((cell, i) => {
        const before = cells[i];
        if (before && before.y === cell.y) expect(cell.x).toBeGreaterThanOrEqual(before.x + before.width);
      });
    }
  });

  it('has its dot between the authority and the serial, and none on two colours', () => {
    const blue = layoutPlate('苏B12345', '02', 'blue');
    const [, letter, first] = blue.cells;
    expect(blue.dot?.x).toBeGreaterThan((letter?.x ?? 0) + (letter?.width ?? 0));
    expect(blue.dot?.x).toBeLessThan(first?.x ?? 0);
    const bus = layoutPlate('沪A01234D', '51', 'yellow_green');
    expect(bus.dot).toBeNull();
    expect(bus.split).toBeGreaterThan(0);
  });

  it('draws 警 in red and the rest in ink', () => {
    const { cells } = layoutPlate('渝A2608警', '23', 'white');
    expect(cells.at(-1)?.colour).toBe('#c01818');
    expect(cells[0]?.colour).toBe('#111111');
  });

  it('is read with its dot, however it was typed', () => {
    expect(plateText('苏b·12345')).toBe('苏B·12345');
    expect(plateText('苏B 12345')).toBe('苏B·12345');
    expect(plateText('使123456')).toBe('使123456');
  });

  it('has a stroke for every letter and digit', () => {
    for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789') expect(glyph(character)).toMatch(/^M/);
    expect(glyph('苏')).toBeNull();
  });

  it('is announced by its number', () => {
    const root = document.createElement('div');
    const app = createApp(PlateView, { number: '京N5F863', plateType: '02', colour: 'blue' });
    app.mount(root);
    expect(root.querySelector('[role=img]')?.getAttribute('aria-label')).toBe('京N·5F863');
    expect(root.querySelectorAll('text')).toHaveLength(1);
    app.unmount();
  });
});
