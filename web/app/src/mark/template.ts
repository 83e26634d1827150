/**
 * The pictures that are downloaded, forwarded and printed, as data: what stands where, for each kind of credential. The
 * product's own sign and colours; nothing imitates official artwork or seals. Lengths are in pixels at `dpi`.
 */

/** What a text may name in braces. */
export type Field =
  | 'until'
  | 'type'
  | 'typeEn'
  | 'authority'
  | 'authorityEn'
  | 'issued'
  | 'made'
  | 'plate'
  | 'vehicle'
  | 'vehicleEn';
export type Values = Readonly<Record<Field, string>>;

interface Words {
  draw: 'text';
  x: number;
  /** Base line. */
  y: number;
  size: number;
  text: string;
  weight?: 400 | 600 | 700;
  colour?: string;
  align?: 'start' | 'middle' | 'end';
  /** Written smaller when it would be wider than this. */
  room?: number;
  /** Only in a demonstration. */
  demoOnly?: boolean;
}
/** One thing on the picture. */
export type Piece =
  | { draw: 'box'; x: number; y: number; width: number; height: number; fill: string; radius?: number }
  /** The broken line of a road. */
  | { draw: 'road'; y: number; height: number; dash: number; gap: number }
  | { draw: 'logo'; x: number; y: number; size: number }
  /** The plate, as large as the box allows, in its middle. */
  | { draw: 'plate'; x: number; y: number; width: number; height: number }
  /** The code with its quiet zone, at least `module` pixels a module, its middle at `x`. */
  | { draw: 'code'; x: number; y: number; side: number; module: number }
  | Words;
export interface PictureTemplate {
  width: number;
  height: number;
  dpi: number;
  pieces: readonly Piece[];
}

/** A sheet of A6 to forward and to print, and a card for the wallet. */
export type PictureSize = 'sheet' | 'card';
export type CredentialKind = 'inspection_mark' | 'driving_licence';

const DPI = 300;
/** 0.51 mm at 300 dpi; the least that print needs is 0.49 mm. */
const MODULE = 6;
const INK_2 = '#3f505a';
const BRAND = '#0d4453';
const LINE = '#d0d9de';
const ALARM = '#8a1717';

const text = (x: number, y: number, size: number, words: string, more: Partial<Words> = {}): Words => ({
  draw: 'text',
  x,
  y,
  size,
  text: words,
  ...more,
});
const rule = (y: number, x: number, width: number): Piece => ({
  draw: 'box',
  x,
  y,
  width,
  height: 2,
  fill: LINE,
});
/** One fact, Chinese above English. */
const row = (y: number, zh: string, en: string, value: string, valueEn: string): readonly Piece[] => [
  rule(y - 50, 84, 1072),
  text(84, y, 34, zh, { colour: INK_2 }),
  text(84, y + 36, 26, en, { colour: INK_2 }),
  text(324, y, 38, value, { weight: 600, room: 832 }),
  text(324, y + 36, 28, valueEn, { room: 832 }),
];

/** 105 × 148 mm; the code takes up to 50 mm with its quiet zone. */
const MARK_SHEET: PictureTemplate = {
  width: 1240,
  height: 1748,
  dpi: DPI,
  pieces: [
    { draw: 'box', x: 0, y: 0, width: 1240, height: 1748, fill: '#ffffff' },
    { draw: 'box', x: 0, y: 0, width: 1240, height: 214, fill: BRAND },
    { draw: 'road', y: 214, height: 8, dash: 52, gap: 36 },
    { draw: 'logo', x: 84, y: 54, size: 106 },
    text(224, 106, 58, '机动车检验标志  电子凭证下载件', { weight: 700, colour: '#ffffff', room: 932 }),
    text(224, 158, 36, 'Electronic vehicle inspection mark, downloaded copy', {
      colour: '#dcebef',
      room: 932,
    }),
    text(1156, 268, 30, '演示 · 无法律效力   DEMONSTRATION · NO LEGAL FORCE', {
      weight: 600,
      colour: ALARM,
      align: 'end',
      demoOnly: true,
    }),
    { draw: 'plate', x: 234, y: 304, width: 772, height: 190 },
    text(620, 562, 36, '检验有效期至  Valid until', { colour: INK_2, align: 'middle' }),
    text(620, 650, 84, '{until}', { weight: 700, align: 'middle' }),
    { draw: 'code', x: 620, y: 684, side: 600, module: MODULE },
    text(620, 1336, 38, '手机相机扫码核验，断网也能验 · 请核对号牌与车辆一致', {
      weight: 600,
      align: 'middle',
      room: 1072,
    }),
    text(620, 1384, 30, 'Scan with a phone camera; works off-line. Compare the plate with the car.', {
      colour: INK_2,
      align: 'middle',
      room: 1072,
    }),
    ...row(1474, '号牌种类', 'Plate type', '{type}', '{typeEn}'),
    ...row(1580, '签发机关', 'Issued by', '{authority}', '{authorityEn}'),
    rule(1636, 84, 1072),
    text(84, 1684, 30, '签发日期 Issued on  {issued}', { colour: INK_2 }),
    text(
      84,
      1724,
      30,
      '本下载件生成于 This copy made on  {made}  · 打印件效力相同 A print has the same force',
      {
        colour: INK_2,
        room: 1072,
      },
    ),
  ],
};

/** 85.6 × 54 mm; the code takes 31 mm without its quiet zone at version 11. */
const MARK_CARD: PictureTemplate = {
  width: 1011,
  height: 638,
  dpi: DPI,
  pieces: [
    { draw: 'box', x: 0, y: 0, width: 1011, height: 638, fill: '#ffffff' },
    { draw: 'box', x: 0, y: 0, width: 1011, height: 104, fill: BRAND },
    { draw: 'road', y: 104, height: 6, dash: 36, gap: 26 },
    { draw: 'logo', x: 32, y: 20, size: 64 },
    text(116, 52, 34, '机动车检验标志  电子凭证下载件', { weight: 700, colour: '#ffffff', room: 863 }),
    text(116, 84, 21, 'Electronic vehicle inspection mark, downloaded copy', { colour: '#dcebef' }),
    { draw: 'plate', x: 32, y: 142, width: 500, height: 132 },
    text(32, 322, 24, '检验有效期至 Valid until', { colour: INK_2 }),
    text(32, 380, 52, '{until}', { weight: 700, room: 520 }),
    rule(408, 32, 520),
    text(32, 446, 24, '{type}', { weight: 600, room: 520 }),
    text(32, 476, 20, '{typeEn}', { colour: INK_2, room: 520 }),
    text(32, 516, 20, '签发 Issued {issued}  生成 Made {made}', { colour: INK_2, room: 520 }),
    text(32, 552, 22, '手机相机扫码核验；请核对号牌与车辆一致', { weight: 600, room: 520 }),
    text(32, 582, 19, 'Scan to check; compare the plate with the car', { colour: INK_2, room: 520 }),
    text(32, 616, 20, '演示 · 无法律效力  DEMONSTRATION · NO LEGAL FORCE', {
      weight: 600,
      colour: ALARM,
      room: 520,
      demoOnly: true,
    }),
    { draw: 'code', x: 780, y: 142, side: 432, module: MODULE },
  ],
};

/** The template of each kind; a driving licence has none: a picture or a print of it is not valid. */
export const PICTURES: Readonly<
  Record<CredentialKind, Readonly<Record<PictureSize, PictureTemplate>> | null>
> = {
  inspection_mark: { sheet: MARK_SHEET, card: MARK_CARD },
  driving_licence: null,
};

/** A text with its fields filled in. */
export function fillIn(words: string, values: Values): string {
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => values[name as Field] ?? whole);
}
