import type { Mark } from '@/api/types';
import { chinaDayOf } from '@/i18n/format';
import { drawPlate } from '@/plate/canvas';
import { layoutPlate } from '@/plate/layout';
import { QUIET_ZONE, symbolOf } from '@/qr/symbol';
import { withResolution } from './png';

/** The picture prints at 105 × 148 mm (A6). */
export const PICTURE_DPI = 300;
const WIDTH = 1240;
const HEIGHT = 1748;
const MARGIN = 84;
/** The code with its quiet zone takes up to 50 mm, and 30 mm without it at the very least. */
const CODE_SIDE = 600;
/** 0.51 mm a module; the least for print is 0.49 mm. */
const MIN_MODULE = 6;
/** Where the values begin beside their labels. */
const VALUE_INDENT = 240;
const FONT =
  '"PingFang SC","HarmonyOS Sans SC","MiSans","Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei",system-ui,sans-serif';

/** The picture speaks both languages whatever the screen's: it is forwarded to strangers. */
const WORDS = {
  title: '机动车检验标志',
  kind: '电子凭证',
  titleEn: 'Electronic vehicle inspection mark',
  validUntil: '检验有效期至  Valid until',
  type: '号牌种类',
  typeEn: 'Plate type',
  authority: '签发机关',
  authorityEn: 'Issued by',
  issued: '签发日期',
  issuedEn: 'Issued on',
  verify: '手机相机扫码核验，断网也能验',
  verifyEn: 'Scan with a phone camera; works off-line',
  compare: '请核对号牌与车辆一致',
  compareEn: 'Compare the plate with the car',
  demo: '演示 · 无法律效力',
  demoEn: 'DEMONSTRATION · NO LEGAL FORCE',
} as const;

type Ctx = CanvasRenderingContext2D;

/** Draws the mark's static code with what it says, and returns it as a PNG at 300 dpi. */
export async function markPicture(mark: Mark, demo: boolean): Promise<Blob> {
  if (mark.code === null) throw new Error('this mark has no code to draw');
  const canvas = document.createElement('canvas');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const ctx = canvas.getContext('2d');
  if (!ctx) throw new Error('this browser has no canvas');
  ctx.fillStyle = '#ffffff';
  ctx.fillRect(0, 0, WIDTH, HEIGHT);
  drawHead(ctx, demo);
  drawFace(ctx, mark);
  drawCode(ctx, mark.code);
  drawFoot(ctx, mark);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (!blob) throw new Error('the canvas gave no picture');
  const bytes = withResolution(new Uint8Array(await blob.arrayBuffer()), PICTURE_DPI);
  return new Blob([bytes], { type: 'image/png' });
}

function write(
  ctx: Ctx,
  text: string,
  x: number,
  y: number,
  size: number,
  weight = 400,
  colour = '#11212a',
): void {
  ctx.font = `${weight} ${size}px ${FONT}`;
  ctx.fillStyle = colour;
  ctx.fillText(text, x, y);
}

/** Writes a line no wider than `room`, smaller when it must be. */
function fit(ctx: Ctx, text: string, x: number, y: number, size: number, room: number, weight = 400): void {
  ctx.font = `${weight} ${size}px ${FONT}`;
  const width = ctx.measureText(text).width;
  write(ctx, text, x, y, width > room ? Math.floor((size * room) / width) : size, weight);
}

function drawHead(ctx: Ctx, demo: boolean): void {
  ctx.fillStyle = '#0d4453';
  ctx.fillRect(0, 0, WIDTH, 214);
  ctx.fillStyle = '#f4b90f';
  for (let x = 0; x < WIDTH; x += 88) ctx.fillRect(x, 214, 52, 8);
  drawLogo(ctx, MARGIN, 54, 106);
  write(ctx, `${WORDS.title}  ${WORDS.kind}`, MARGIN + 140, 106, 58, 700, '#ffffff');
  write(ctx, WORDS.titleEn, MARGIN + 140, 158, 36, 400, '#dcebef');
  if (demo) {
    ctx.textAlign = 'right';
    write(ctx, `${WORDS.demo}   ${WORDS.demoEn}`, WIDTH - MARGIN, 268, 30, 600, '#8a1717');
    ctx.textAlign = 'left';
  }
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

function drawFace(ctx: Ctx, mark: Mark): void {
  const plate = layoutPlate(mark.plate_number, mark.plate_type, mark.plate_colour);
  const scale = Math.min((WIDTH - 2 * MARGIN - 300) / plate.width, 205 / plate.height);
  drawPlate(ctx, plate, (WIDTH - plate.width * scale) / 2, 304, scale);
  const top = 304 + plate.height * scale;
  ctx.textAlign = 'center';
  write(ctx, WORDS.validUntil, WIDTH / 2, top + 74, 36, 400, '#3f505a');
  const [year, month, day] = mark.last_day.split('-').map(Number);
  write(ctx, `${year} 年 ${month} 月 ${day} 日`, WIDTH / 2, top + 168, 88, 700);
  ctx.textAlign = 'left';
}

function drawCode(ctx: Ctx, text: string): void {
  const symbol = symbolOf(text);
  const modules = symbol.size + 2 * QUIET_ZONE;
  const module = Math.max(MIN_MODULE, Math.floor(CODE_SIDE / modules));
  const side = modules * module;
  const left = Math.round((WIDTH - side) / 2);
  const top = 716;
  ctx.fillStyle = '#ffffff';
  ctx.fillRect(left, top, side, side);
  ctx.fillStyle = '#000000';
  for (let y = 0; y < symbol.size; y++) {
    for (let x = 0; x < symbol.size; x++) {
      if (!symbol.dark(x, y)) continue;
      ctx.fillRect(left + (x + QUIET_ZONE) * module, top + (y + QUIET_ZONE) * module, module, module);
    }
  }
}

function drawFoot(ctx: Ctx, mark: Mark): void {
  ctx.textAlign = 'center';
  write(ctx, `${WORDS.verify} · ${WORDS.compare}`, WIDTH / 2, 1362, 38, 600);
  write(ctx, `${WORDS.verifyEn}. ${WORDS.compareEn}.`, WIDTH / 2, 1410, 30, 400, '#3f505a');
  ctx.textAlign = 'left';
  drawRow(ctx, 1500, WORDS.type, WORDS.typeEn, mark.plate_type_name.zh, mark.plate_type_name.en);
  drawRow(ctx, 1606, WORDS.authority, WORDS.authorityEn, mark.authority_name.zh, mark.authority_name.en);
  const issued = `${WORDS.issued} ${WORDS.issuedEn}  ${mark.issued_at ? chinaDayOf(mark.issued_at) : ''}`;
  ctx.fillStyle = '#d0d9de';
  ctx.fillRect(MARGIN, 1662, WIDTH - 2 * MARGIN, 2);
  write(ctx, issued, MARGIN, 1710, 30, 400, '#3f505a');
}

/** One fact, Chinese above English. */
function drawRow(ctx: Ctx, y: number, zh: string, en: string, value: string, valueEn: string): void {
  const room = WIDTH - 2 * MARGIN - VALUE_INDENT;
  ctx.fillStyle = '#d0d9de';
  ctx.fillRect(MARGIN, y - 50, WIDTH - 2 * MARGIN, 2);
  write(ctx, zh, MARGIN, y, 34, 400, '#3f505a');
  write(ctx, en, MARGIN, y + 36, 26, 400, '#3f505a');
  fit(ctx, value, MARGIN + VALUE_INDENT, y, 38, room, 600);
  fit(ctx, valueEn, MARGIN + VALUE_INDENT, y + 36, 28, room);
}
