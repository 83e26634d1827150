/** Which part of a picture makes a licence photo. */
import type { FaceBox } from './face';
import { KEPT } from './rules';

/** A part of a picture, in its pixels. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The detector's box in a photo as the standard wants it: so wide, its middle here, in parts of the photo. */
const FACE = { width: 0.6, x: 0.5, y: 0.45 } as const;
/** Without a face: where the middle of a portrait usually is, from the top. */
const NO_FACE_Y = 0.4;

/** The largest part of the recommended ratio that fits into a picture. */
function largest(width: number, height: number): { width: number; height: number } {
  const wide = Math.min(width, (height * KEPT.width) / KEPT.height);
  return { width: wide, height: (wide * KEPT.height) / KEPT.width };
}

/**
 * The part around a face in the recommended ratio, never beyond the picture's edge: where there is too little around
 * the face, the part becomes smaller or the face sits aside, and the rules say so.
 */
export function cutAround(face: FaceBox, width: number, height: number): Part {
  const most = largest(width, height);
  const wide = Math.min(most.width, (face.width * width) / FACE.width);
  const high = (wide * KEPT.height) / KEPT.width;
  const middleX = (face.left + face.width / 2) * width;
  const middleY = (face.top + face.height / 2) * height;
  return within(middleX - wide * FACE.x, middleY - high * FACE.y, wide, high, width, height);
}

/** The part to take when no face was found: the whole width or height, from the middle. */
export function cutMiddle(width: number, height: number): Part {
  const most = largest(width, height);
  const top = (height - most.height) * NO_FACE_Y;
  return within((width - most.width) / 2, top, most.width, most.height, width, height);
}

function within(left: number, top: number, wide: number, high: number, width: number, height: number): Part {
  return {
    left: Math.max(0, Math.min(left, width - wide)),
    top: Math.max(0, Math.min(top, height - high)),
    width: wide,
    height: high,
  };
}

/** How large a part is drawn: never larger than it is, at most this wide and high. */
export function drawnSize(
  part: Part,
  mostWidth: number,
  mostHeight: number,
): { width: number; height: number } {
  const scale = Math.min(1, mostWidth / part.width, mostHeight / part.height);
  return {
    width: Math.max(1, Math.round(part.width * scale)),
    height: Math.max(1, Math.round(part.height * scale)),
  };
}
