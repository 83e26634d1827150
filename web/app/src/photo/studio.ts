/** From a file to a photo that can be sent: decoded, cut, checked, written anew. Runs in a worker, or without one. */
import { cutAround, cutMiddle, drawnSize, type Part } from './cut';
import { type FaceBox, facesWith, loadModel, type Pixels } from './face';
import { checkPhoto, type Finding, mainFace } from './rules';

/** Larger files are not decoded. */
export const FILE_MAX = 40 * 1024 * 1024;
/** A photo is sent at most this large, in pixels: the server keeps no larger one. */
const MOST = { width: 1040, height: 1560 } as const;
/** Faces are looked for in a copy of this many pixels along its longer side. */
const SEARCH_SIDE = 480;
const QUALITY = 0.92;

/** What was done with a picture. */
export type Cut = 'face' | 'middle' | 'none';

/** A photo ready to be sent, and what the rules say about it. */
export interface Looked {
  /** JPEG, without metadata. */
  readonly photo: Blob;
  readonly width: number;
  readonly height: number;
  readonly cut: Cut;
  /** In parts of the photo. */
  readonly face: FaceBox | null;
  readonly findings: readonly Finding[];
}

/** Why a file cannot be looked at. */
export type Unreadable = 'too_big' | 'unreadable';
/** A file that cannot be looked at. */
export class PictureRefused extends Error {
  constructor(readonly why: Unreadable) {
    super(why);
    this.name = 'PictureRefused';
  }
}

/** Something to draw on, in a worker or in a page. */
interface Sheet {
  readonly context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  jpeg(): Promise<Blob>;
}

function sheet(width: number, height: number): Sheet {
  if (typeof OffscreenCanvas !== 'undefined') {
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new PictureRefused('unreadable');
    return { context, jpeg: () => canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY }) };
  }
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new PictureRefused('unreadable');
  const jpeg = (): Promise<Blob> =>
    new Promise((resolve, reject) =>
      canvas.toBlob(
        (blob) => (blob ? resolve(blob) : reject(new PictureRefused('unreadable'))),
        'image/jpeg',
        QUALITY,
      ),
    );
  return { context, jpeg };
}

/** A part of a picture, scaled down, on white where it is transparent. */
function draw(picture: ImageBitmap, part: Part, width: number, height: number): Sheet {
  const made = sheet(width, height);
  made.context.fillStyle = '#fff';
  made.context.fillRect(0, 0, width, height);
  made.context.imageSmoothingQuality = 'high';
  made.context.drawImage(picture, part.left, part.top, part.width, part.height, 0, 0, width, height);
  return made;
}

const pixelsOf = (on: Sheet, width: number, height: number): Pixels =>
  on.context.getImageData(0, 0, width, height);

async function decode(file: Blob): Promise<ImageBitmap> {
  if (file.size > FILE_MAX) throw new PictureRefused('too_big');
  try {
    // upright, as the camera was held
    return await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new PictureRefused('unreadable');
  }
}

async function faces(picture: ImageBitmap, part: Part): Promise<FaceBox[]> {
  const small = drawnSize(part, SEARCH_SIDE, SEARCH_SIDE);
  const on = draw(picture, part, small.width, small.height);
  return facesWith(await loadModel(), pixelsOf(on, small.width, small.height));
}

/**
 * Looks at a picture. `whole` takes it as it is; otherwise it is cut to the recommended ratio around the face, unless
 * it is a licence photo already.
 */
export async function look(file: Blob, whole: boolean): Promise<Looked> {
  const picture = await decode(file);
  try {
    const all: Part = { left: 0, top: 0, width: picture.width, height: picture.height };
    if (whole || hasRatio(all)) {
      const untouched = await lookAt(picture, all, 'none');
      if (whole || fits(untouched)) return untouched;
    }
    const found = mainFace(await faces(picture, all));
    return found
      ? await lookAt(picture, cutAround(found, picture.width, picture.height), 'face')
      : await lookAt(picture, cutMiddle(picture.width, picture.height), 'middle');
  } finally {
    picture.close();
  }
}

/** Whether a picture has the shape of a licence photo already. */
const hasRatio = ({ width, height }: Part): boolean => width * 3 > height * 2 && width * 4 < height * 3;

/** Whether nothing about a picture's shape asks for a cut. */
function fits({ face, findings }: Looked): boolean {
  const shape = new Set<string>(['centred', 'face_size', 'one_face']);
  return face !== null && findings.every(({ rule, ok }) => ok || !shape.has(rule));
}

async function lookAt(picture: ImageBitmap, part: Part, cut: Cut): Promise<Looked> {
  const { width, height } = drawnSize(part, MOST.width, MOST.height);
  const on = draw(picture, part, width, height);
  const seen = await faces(picture, part);
  const findings = checkPhoto(pixelsOf(on, width, height), seen);
  return { photo: await on.jpeg(), width, height, cut, face: mainFace(seen), findings };
}
