/**
 * Letters and digits of a plate as single strokes in a box of 45 × 90 (millimetres on a car's
 * plate), drawn 10 wide. Our own drawing: system fonts differ from phone to phone, and these
 * also go onto the canvas of the downloaded picture. I and O do not occur in serials, but stand
 * here because old police plates use O and a misread code may hold either.
 */
export const GLYPH_WIDTH = 45;
export const GLYPH_HEIGHT = 90;
export const GLYPH_STROKE = 10;

const RING = 'M6 22.5a16.5 16.5 0 0 1 33 0v45a16.5 16.5 0 0 1-33 0z';

const GLYPHS: Readonly<Record<string, string>> = {
  '0': RING,
  '1': 'M10 22L25 7V85',
  '2': 'M6 25v-2.5a16.5 16.5 0 0 1 33 0c0 9-4 16-10 24.5L7 84H40',
  '3': 'M6 22.5a16.5 16.5 0 0 1 33 0v3c0 10-6 17-14 17h-6h6c9 0 14 7 14 17v8a16.5 16.5 0 0 1-33 0',
  '4': 'M25 5L7 63H42M32 38V85',
  '5': 'M38 6H10L8 42c4-6 9-8 14.5-8a16.5 17 0 0 1 16.5 17v16.5a16.5 16.5 0 0 1-33 0',
  '6': 'M29 5L10 46C7 52 6 58 6 65a16.5 19 0 0 0 33 0a16.5 19 0 0 0-33 0',
  '7': 'M5 6H38L18 85',
  '8': 'M22.5 6a15 18.5 0 0 1 0 37a15 18.5 0 0 1 0-37zM22.5 43a16.5 20.5 0 0 1 0 41a16.5 20.5 0 0 1 0-41z',
  '9': 'M16 85L35 44C38 38 39 32 39 25a16.5 19 0 0 0-33 0a16.5 19 0 0 0 33 0',
  A: 'M5 85L22.5 8L40 85M11 61H34',
  B: 'M8 6V84H22a17 20.5 0 0 0 0-41H8M8 6H21a15 18.5 0 0 1 0 37',
  C: 'M39 26v-3.5a16.5 16.5 0 0 0-33 0v45a16.5 16.5 0 0 0 33 0V64',
  D: 'M8 6H20a19 19 0 0 1 19 19v40a19 19 0 0 1-19 19H8z',
  E: 'M40 6H8V84H40M8 44H35',
  F: 'M40 6H8V85M8 45H35',
  G: 'M39 26v-3.5a16.5 16.5 0 0 0-33 0v45a16.5 16.5 0 0 0 33 0V50H24',
  H: 'M7 5V85M38 5V85M7 45H38',
  I: 'M22.5 5V85',
  J: 'M37 5V67a15.5 17 0 0 1-31 0V60',
  K: 'M8 5V85M39 5L10 53M19 40L40 85',
  L: 'M9 5V84H40',
  M: 'M6 85V8L22.5 58L39 8V85',
  N: 'M7 85V9L38 81V5',
  O: RING,
  P: 'M8 85V6H22a17 22 0 0 1 0 44H8',
  Q: `${RING}M25 64L41 87`,
  R: 'M8 85V6H22a17 21 0 0 1 0 42H8M21 48L39 85',
  S: 'M38 24v-2a15.5 16 0 0 0-31 1c0 22 32 20 32 43a16.5 18 0 0 1-33 1v-3',
  T: 'M3 6H42M22.5 6V85',
  U: 'M6 5V67.5a16.5 16.5 0 0 0 33 0V5',
  V: 'M5 5L22.5 82L40 5',
  W: 'M4 5L12.5 82L22.5 32L32.5 82L41 5',
  X: 'M6 5L39 85M39 5L6 85',
  Y: 'M5 5L22.5 47L40 5M22.5 47V85',
  Z: 'M5 6H38L7 84H41',
};

/** The stroke of a letter or digit, or null for anything that is drawn as text (汉字). */
export function glyph(character: string): string | null {
  return GLYPHS[character] ?? null;
}
