import type { PlateColour } from '@/api/types';

/** One character's box on the plate, in the plate's own millimetres. */
export interface PlateCell {
  character: string;
  x: number;
  y: number;
  width: number;
  height: number;
  colour: string;
}

/** A plate ready to draw as SVG or on a canvas. */
export interface PlateLayout {
  width: number;
  height: number;
  cells: PlateCell[];
  dot: { x: number; y: number; r: number } | null;
  palette: Palette;
  /** Where the left field of a two-coloured plate ends. */
  split: number;
}

export interface Palette {
  /** Top and bottom of the (main) ground. */
  ground: [string, string];
  /** Ground of the field left of the split, when there is one. */
  left: string | null;
  ink: string;
  frame: string;
}

const PALETTES: Readonly<Record<PlateColour, Palette>> = {
  blue: { ground: ['#1456b8', '#0b429b'], left: null, ink: '#ffffff', frame: '#ffffff' },
  yellow: { ground: ['#f9c31c', '#efb000'], left: null, ink: '#111111', frame: '#111111' },
  black: { ground: ['#25282c', '#121417'], left: null, ink: '#ffffff', frame: '#ffffff' },
  white: { ground: ['#ffffff', '#f1f3f4'], left: null, ink: '#111111', frame: '#111111' },
  green_gradient: { ground: ['#f3fbf5', '#43b97a'], left: null, ink: '#111111', frame: '#111111' },
  yellow_green: { ground: ['#4cbf82', '#35a86b'], left: '#f4b90f', ink: '#111111', frame: '#111111' },
};

const RED_INK = '#c01818';

/** Plate types whose plate has two rows on 220 × 140 (motorcycles). */
const MOTORCYCLES = new Set(['07', '08', '09', '10', '11', '12', '17', '19', '21', '24']);
/** Plate types whose only plate has two rows on 440 × 220. */
const TALL = new Set(['15']);

interface Rows {
  width: number;
  height: number;
  top: { y: number; height: number; cell: number; gap: number };
  bottom: { y: number; height: number; cell: number; gap: number };
  dot: number;
}
const SMALL_ROWS: Rows = {
  width: 220,
  height: 140,
  top: { y: 14, height: 44, cell: 34, gap: 40 },
  bottom: { y: 66, height: 60, cell: 31, gap: 8 },
  dot: 4,
};
const TALL_ROWS: Rows = {
  width: 440,
  height: 220,
  top: { y: 18, height: 62, cell: 62, gap: 70 },
  bottom: { y: 94, height: 108, cell: 62, gap: 16 },
  dot: 6,
};

/** Splits a plate number into the characters drawn; accepts dots and spaces as people write them. */
export function plateCharacters(number: string): string[] {
  return [...number.replace(/[\s·•.・-]/gu, '').toUpperCase()];
}

/** The plate number as people read it: 苏B·12345. */
export function plateText(number: string): string {
  const characters = plateCharacters(number);
  if (!startsWithAuthority(characters)) return characters.join('');
  return `${characters.slice(0, 2).join('')}·${characters.slice(2).join('')}`;
}

function startsWithAuthority([first, second]: string[]): boolean {
  return first !== undefined && /\p{Script=Han}/u.test(first) && second !== undefined && /[A-Z]/.test(second);
}

/** Lays out a plate: proportions, rows, dot and colours by its number, type and colour. */
export function layoutPlate(number: string, plateType: string, colour: PlateColour): PlateLayout {
  const characters = plateCharacters(number);
  const palette = PALETTES[colour];
  if (MOTORCYCLES.has(plateType)) return twoRows(characters, SMALL_ROWS, palette);
  if (TALL.has(plateType)) return twoRows(characters, TALL_ROWS, palette);
  return oneRow(characters, palette);
}

function oneRow(characters: string[], palette: Palette): PlateLayout {
  const long = characters.length >= 8;
  const width = long ? 480 : 440;
  const gap = long ? 9 : 12;
  const wide = 45;
  const narrow = long ? 43 : 45;
  const dotted = startsWithAuthority(characters);
  const separation = dotted ? (long ? 49 : 34) : gap;
  const cells: PlateCell[] = [];
  const used =
    characters.reduce((sum, _, i) => sum + (i === 0 ? wide : narrow), 0) +
    gap * Math.max(0, characters.length - 1) +
    (dotted ? separation - gap : 0);
  let x = (width - used) / 2;
  let dot: PlateLayout['dot'] = null;
  let split = 0;
  characters.forEach((character, i) => {
    const cell = i === 0 ? wide : narrow;
    cells.push({
      character,
      x,
      y: 25,
      width: cell,
      height: 90,
      colour: inkOf(character, i, characters, palette),
    });
    x += cell;
    if (i === 1 && dotted) {
      dot = { x: x + separation / 2, y: 70, r: 5 };
      split = x + separation / 2;
      x += separation;
    } else {
      x += gap;
    }
  });
  // on the two-coloured plate the edge of the fields stands where the dot would be
  return { width, height: 140, cells, dot: palette.left ? null : dot, palette, split };
}

function twoRows(characters: string[], rows: Rows, palette: Palette): PlateLayout {
  const dotted = startsWithAuthority(characters);
  const head = dotted ? characters.slice(0, 2) : [];
  const tail = dotted ? characters.slice(2) : characters;
  const cells: PlateCell[] = [];
  const place = (row: Rows['top'], part: string[], offset: number): void => {
    const used = part.length * row.cell + (part.length - 1) * row.gap;
    part.forEach((character, i) => {
      const x = (rows.width - used) / 2 + i * (row.cell + row.gap);
      const colour = inkOf(character, offset + i, characters, palette);
      cells.push({ character, x, y: row.y, width: row.cell, height: row.height, colour });
    });
  };
  place(rows.top, head, 0);
  place(rows.bottom, tail, head.length);
  const dot = dotted ? { x: rows.width / 2, y: rows.top.y + rows.top.height / 2, r: rows.dot } : null;
  return { width: rows.width, height: rows.height, cells, dot, palette, split: 0 };
}

/** 警 stands red on a police plate, and 使 and 领 on the foreign missions'. */
function inkOf(character: string, index: number, all: string[], palette: Palette): string {
  const last = index === all.length - 1;
  return last && (character === '警' || character === '使' || character === '领') ? RED_INK : palette.ink;
}
