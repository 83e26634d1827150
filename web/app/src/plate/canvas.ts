import { glyph, GLYPH_HEIGHT, GLYPH_STROKE, GLYPH_WIDTH } from './glyphs';
import type { PlateLayout } from './layout';

/** The fonts for the one Chinese character of a plate; whatever bold face the phone has. */
export const PLATE_HAN_FONT =
  '"PingFang SC","HarmonyOS Sans SC","MiSans","Noto Sans CJK SC","Noto Sans SC","Source Han Sans SC","Microsoft YaHei",sans-serif';

/** Size at which a Chinese character is as high as the letters beside it. */
export const PLATE_HAN_SIZE = 98;

/** Draws a plate at (x, y), `scale` canvas pixels per millimetre of plate. */
export function drawPlate(
  ctx: CanvasRenderingContext2D,
  plate: PlateLayout,
  x: number,
  y: number,
  scale: number,
): void {
  ctx.save();
  ctx.translate(x, y);
  ctx.scale(scale, scale);
  const ground = ctx.createLinearGradient(0, 0, 0, plate.height);
  ground.addColorStop(0, plate.palette.ground[0]);
  ground.addColorStop(1, plate.palette.ground[1]);
  ctx.beginPath();
  ctx.roundRect(0, 0, plate.width, plate.height, 11);
  ctx.fillStyle = ground;
  ctx.fill();
  if (plate.palette.left) {
    ctx.save();
    ctx.clip();
    ctx.fillStyle = plate.palette.left;
    ctx.fillRect(0, 0, plate.split, plate.height);
    ctx.restore();
  }
  ctx.beginPath();
  ctx.roundRect(0.75, 0.75, plate.width - 1.5, plate.height - 1.5, 10.5);
  ctx.lineWidth = 1.5;
  ctx.strokeStyle = 'rgb(0 0 0 / 35%)';
  ctx.stroke();
  ctx.beginPath();
  ctx.roundRect(5, 5, plate.width - 10, plate.height - 10, 7);
  ctx.lineWidth = 3;
  ctx.strokeStyle = plate.palette.frame;
  ctx.stroke();
  for (const cell of plate.cells) drawCell(ctx, cell);
  if (plate.dot) {
    ctx.beginPath();
    ctx.arc(plate.dot.x, plate.dot.y, plate.dot.r, 0, Math.PI * 2);
    ctx.fillStyle = plate.palette.ink;
    ctx.fill();
  }
  ctx.restore();
}

function drawCell(ctx: CanvasRenderingContext2D, cell: PlateLayout['cells'][number]): void {
  ctx.save();
  ctx.translate(cell.x, cell.y);
  ctx.scale(cell.width / GLYPH_WIDTH, cell.height / GLYPH_HEIGHT);
  const stroke = glyph(cell.character);
  if (stroke === null) {
    // a Chinese character is square; on a plate it stands in a box half as wide as it is high
    ctx.scale(GLYPH_WIDTH / PLATE_HAN_SIZE, 1);
    ctx.fillStyle = cell.colour;
    ctx.font = `800 ${PLATE_HAN_SIZE}px ${PLATE_HAN_FONT}`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'alphabetic';
    ctx.fillText(cell.character, PLATE_HAN_SIZE / 2, 81);
  } else {
    ctx.strokeStyle = cell.colour;
    ctx.lineWidth = GLYPH_STROKE;
    ctx.lineJoin = 'round';
    ctx.stroke(new Path2D(stroke));
  }
  ctx.restore();
}
