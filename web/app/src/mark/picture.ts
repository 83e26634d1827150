import type { Mark } from '@/api/types';
import { chinaDayOf } from '@/i18n/format';
import { drawPlate } from '@/plate/canvas';
import { layoutPlate, plateText } from '@/plate/layout';
import { QUIET_ZONE, symbolOf } from '@/qr/symbol';
import { withResolution } from './png';
import {
  fillIn,
  PICTURES,
  type Piece,
  type PictureSize,
  type PictureTemplate,
  type Values,
} from './template';

const FONT =
  '"PingFang SC","HarmonyOS Sans SC","MiSans","Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei",system-ui,sans-serif';

type Ctx = CanvasRenderingContext2D;
type Text = Extract<Piece, { draw: 'text' }>;
type Code = Extract<Piece, { draw: 'code' }>;

/** What a picture says beside what the mark says. */
export interface PictureWish {
  size: PictureSize;
  /** Of a demonstration, whose credentials have no legal force. */
  demo: boolean;
  /** When it is made (ms since 1970). */
  now: number;
}

/** What the template's fields say for a mark. */
export function valuesOf(mark: Mark, now: number): Values {
  const [year, month, day] = mark.last_day.split('-').map(Number);
  return {
    plate: plateText(mark.plate_number),
    until: `${year} 年 ${month} 月 ${day} 日`,
    type: mark.plate_type_name.zh,
    typeEn: mark.plate_type_name.en,
    vehicle: mark.vehicle_type_name.zh,
    vehicleEn: mark.vehicle_type_name.en,
    authority: mark.authority_name.zh,
    authorityEn: mark.authority_name.en,
    issued: mark.issued_at ? chinaDayOf(mark.issued_at) : '—',
    made: new Date(now + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' '),
  };
}

/** Draws the mark's static code with what it says, and returns it as a PNG that prints in its true size. */
export async function markPicture(mark: Mark, wish: PictureWish): Promise<Blob> {
  const template = PICTURES.inspection_mark?.[wish.size];
  if (mark.code === null || !template) throw new Error('this mark has no code to draw');
  const canvas = document.createElement('canvas');
  canvas.width = template.width;
  canvas.height = template.height;
  const ctx = canvas.getContext('2d');
  if (!ctx) throw new Error('this browser has no canvas');
  const values = valuesOf(mark, wish.now);
  for (const piece of template.pieces)
    draw(ctx, piece, template, { mark, code: mark.code, values, demo: wish.demo });
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (!blob) throw new Error('the canvas gave no picture');
  const bytes = withResolution(new Uint8Array(await blob.arrayBuffer()), template.dpi);
  return new Blob([bytes], { type: 'image/png' });
}

interface Shown {
  mark: Mark;
  code: string;
  values: Values;
  demo: boolean;
}

function draw(ctx: Ctx, piece: Piece, { width }: PictureTemplate, shown: Shown): void {
  switch (piece.draw) {
    case 'box':
      ctx.fillStyle = piece.fill;
      ctx.fillRect(piece.x, piece.y, piece.width, piece.height);
      return;
    case 'road':
      ctx.fillStyle = '#f4b90f';
      for (let x = 0; x < width; x += piece.dash + piece.gap)
        ctx.fillRect(x, piece.y, piece.dash, piece.height);
      return;
    case 'logo':
      drawLogo(ctx, piece.x, piece.y, piece.size);
      return;
    case 'plate': {
      const { plate_number, plate_type, plate_colour } = shown.mark;
      const plate = layoutPlate(plate_number, plate_type, plate_colour);
      const scale = Math.min(piece.width / plate.width, piece.height / plate.height);
      const left = piece.x + (piece.width - plate.width * scale) / 2;
      drawPlate(ctx, plate, left, piece.y + (piece.height - plate.height * scale) / 2, scale);
      return;
    }
    case 'code':
      drawCode(ctx, piece, shown.code);
      return;
    case 'text':
      if (!piece.demoOnly || shown.demo) write(ctx, piece, fillIn(piece.text, shown.values));
  }
}

/** Writes a line, smaller when there is no room for it. */
function write(ctx: Ctx, piece: Text, words: string): void {
  const font = (size: number): string => `${piece.weight ?? 400} ${size}px ${FONT}`;
  ctx.font = font(piece.size);
  const wide = ctx.measureText(words).width;
  if (piece.room !== undefined && wide > piece.room)
    ctx.font = font(Math.floor((piece.size * piece.room) / wide));
  ctx.fillStyle = piece.colour ?? '#11212a';
  ctx.textAlign = piece.align === 'middle' ? 'center' : piece.align === 'end' ? 'right' : 'left';
  ctx.fillText(words, piece.x, piece.y);
  ctx.textAlign = 'left';
}

function drawLogo(ctx: Ctx, x: number, y: number, size: number): void {
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(size / 48, size / 48);
  ctx.fillStyle = '#ffffff';
  ctx.beginPath();
  ctx.roundRect(0, 0, 48, 48, 12);
  ctx.fill();
  const tick = new Path2D('M9 25.5L19.5 36L39 12');
  ctx.lineCap = 'round';
  ctx.lineJoin = 'round';
  ctx.strokeStyle = '#0d4453';
  ctx.lineWidth = 9;
  ctx.stroke(tick);
  ctx.lineCap = 'butt';
  ctx.strokeStyle = '#f4b90f';
  ctx.lineWidth = 1.8;
  ctx.setLineDash([4.2, 3.6]);
  ctx.stroke(tick);
  ctx.restore();
}

/** Whole pixels a module: a module that is cut in half is what readers fail on. */
function drawCode(ctx: Ctx, piece: Code, text: string): void {
  const symbol = symbolOf(text);
  const modules = symbol.size + 2 * QUIET_ZONE;
  const module = Math.max(piece.module, Math.floor(piece.side / modules));
  const side = modules * module;
  const left = Math.round(piece.x - side / 2);
  ctx.fillStyle = '#ffffff';
  ctx.fillRect(left, piece.y, side, side);
  ctx.fillStyle = '#000000';
  for (let y = 0; y < symbol.size; y++) {
    for (let x = 0; x < symbol.size; x++) {
      if (!symbol.dark(x, y)) continue;
      ctx.fillRect(left + (x + QUIET_ZONE) * module, piece.y + (y + QUIET_ZONE) * module, module, module);
    }
  }
}
