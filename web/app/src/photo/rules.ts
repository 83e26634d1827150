/**
 * The rules for a licence photo, measured on the device before anything is sent. Size and ratio refuse (the server
 * refuses them too); the others advise: a person reviews every photo.
 */
import type { FaceBox, Pixels } from './face';
import { Measured } from './measure';

/** In the order in which they are shown. */
export const RULES = [
  'size',
  'ratio',
  'one_face',
  'centred',
  'face_size',
  'background',
  'sharpness',
  'light',
] as const;
/** A rule's stable code, the server's. */
export type Rule = (typeof RULES)[number];
/** What was found: nothing wrong, not measurable without a face, below or above what is asked for. */
export type Found = 'fine' | 'nothing' | 'low' | 'high';

/** What one rule says about one picture. The words are `photo.<rule>.<found>` and `photo.<rule>.<found>Fix`. */
export interface Finding {
  readonly rule: Rule;
  readonly found: Found;
  readonly ok: boolean;
  /** Whether a failure refuses the photo. */
  readonly refuses: boolean;
  readonly measured: string;
}

/** Least width of a photo, in pixels. */
export const WIDTH_MIN = 520;
/** The recommended size; the app cuts to this ratio. */
export const KEPT = { width: 520, height: 756 } as const;
/** The face's middle lies between these parts of the width. */
const CENTRE = [0.4, 0.6] as const;
/** The detector's box is between these parts of the picture wide (this detector's box ends at the cheeks). */
const FACE_WIDTH = [0.42, 0.8] as const;
const BACKGROUND = { mean: 230, deviation: 12, tint: 20 } as const;
const SHARPNESS = 20;
const LIGHT = { mean: 45, contrast: 22, blown: 0.08 } as const;
/** A second face narrower than this part of the widest is taken for a pattern, not for a person. */
const SECOND_FACE = 0.4;

/** The largest face: whose portrait it is. */
export function mainFace(faces: readonly FaceBox[]): FaceBox | null {
  return faces.reduce<FaceBox | null>((most, face) => (most && most.width >= face.width ? most : face), null);
}

/** What each rule says about a picture. */
export function checkPhoto(picture: Pixels, faces: readonly FaceBox[]): Finding[] {
  const measured = new Measured(picture);
  const face = mainFace(faces);
  const finding = (rule: Rule, found: Found, said: string): Finding => ({
    rule,
    found,
    ok: found === 'fine' || found === 'nothing',
    refuses: rule === 'size' || rule === 'ratio',
    measured: said,
  });
  const ofFace = (rule: Rule, judge: (face: FaceBox) => [Found, string]): Finding =>
    face ? finding(rule, ...judge(face)) : finding(rule, 'nothing', '–');
  const { width, height } = picture;
  const people = face ? faces.filter((other) => other.width >= face.width * SECOND_FACE).length : 0;
  const wall = measured.background();
  return [
    finding('size', width >= WIDTH_MIN ? 'fine' : 'low', `${width} × ${height}`),
    // in whole numbers, so that exactly 2:3 is told from just above it
    finding(
      'ratio',
      width * 3 <= height * 2 ? 'low' : width * 4 >= height * 3 ? 'high' : 'fine',
      (width / height).toFixed(3),
    ),
    finding('one_face', people === 0 ? 'low' : people === 1 ? 'fine' : 'high', `${people}`),
    ofFace('centred', ({ left, width: w }) => between(left + w / 2, CENTRE)),
    ofFace('face_size', ({ width: w }) => between(w, FACE_WIDTH)),
    finding(
      'background',
      wall.mean < BACKGROUND.mean
        ? 'low'
        : wall.deviation >= BACKGROUND.deviation || wall.tint > BACKGROUND.tint
          ? 'high'
          : 'fine',
      `${wall.mean.toFixed(0)}, ± ${wall.deviation.toFixed(1)}, Δ ${wall.tint.toFixed(0)}`,
    ),
    ofFace('sharpness', (box) => {
      const seen = measured.sharpness(box);
      return [seen < SHARPNESS ? 'low' : 'fine', seen.toFixed(0)];
    }),
    ofFace('light', (box) => {
      const { mean, contrast, blown } = measured.light(box);
      const found =
        blown > LIGHT.blown ? 'high' : mean < LIGHT.mean || contrast < LIGHT.contrast ? 'low' : 'fine';
      return [found, `${mean.toFixed(0)}, ± ${contrast.toFixed(0)}, ${(blown * 100).toFixed(0)} %`];
    }),
  ];
}

function between(value: number, [low, high]: readonly [number, number]): [Found, string] {
  return [value < low ? 'low' : value > high ? 'high' : 'fine', value.toFixed(2)];
}
