import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { earliestDay, isRecent, proposedDay, takenJustNow } from '@/apply/origin';
import { newlyFailed, ofDevice, ofServer } from '@/apply/shown';
import { wordsOf } from '@/apply/flow';
import type { Check } from '@/apply/calls';
import { RequestFailed } from '@/api/client';
import { cutAround, cutMiddle, drawnSize } from '@/photo/cut';
import { takenOn } from '@/photo/exif';
import { type FaceBox, facesWith, type Pixels, readModel } from '@/photo/face';
import { checkPhoto, type Finding, KEPT, mainFace, type Rule } from '@/photo/rules';
import { PictureRefused } from '@/photo/studio';

const here = (path: string): Buffer => readFileSync(new URL(path, import.meta.url));

/** Reads a PNG as the canvas that made the portrait writes it: eight bits, RGB or RGBA, not interlaced. */
function readPng(file: Buffer): Pixels {
  const parts: Buffer[] = [];
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(file.subarray(at + 8, at + 8 + file.readUInt32BE(at)));
  }
  const [width, height, type] = [file.readUInt32BE(16), file.readUInt32BE(20), file[25]];
  const step = type === 6 ? 4 : 3;
  const row = width * step;
  const raw = inflateSync(Buffer.concat(parts));
  const lines = new Uint8Array(row * height);
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)];
    for (let i = 0; i < row; i++) {
      const a = i >= step ? (lines[y * row + i - step] as number) : 0;
      const b = y > 0 ? (lines[(y - 1) * row + i] as number) : 0;
      const c = i >= step && y > 0 ? (lines[(y - 1) * row + i - step] as number) : 0;
      const near = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)] as const;
      const paeth = near[0] <= near[1] && near[0] <= near[2] ? a : near[1] <= near[2] ? b : c;
      const guess = [0, a, b, (a + b) >> 1, paeth][filter as number] as number;
      lines[y * row + i] = (raw[y * (row + 1) + 1 + i] as number) + guess;
    }
    for (let x = 0; x < width; x++) {
      for (let k = 0; k < 3; k++) data[(y * width + x) * 4 + k] = lines[y * row + x * step + k] as number;
    }
  }
  return { width, height, data };
}

/** A picture of one shade. */
function flat(width: number, height: number, shade: number): Pixels {
  return { width, height, data: new Uint8ClampedArray(width * height * 4).fill(shade) };
}
const box = (left: number, top: number, width: number, height: number): FaceBox => ({
  left,
  top,
  width,
  height,
  score: 0.9,
});
const found = (findings: readonly Finding[], rule: Rule): string =>
  findings.find((finding) => finding.rule === rule)?.found ?? '';

describe('cutting', () => {
  const ratio = KEPT.width / KEPT.height;

  it('puts the face where the standard wants it', () => {
    const part = cutAround(box(0.4, 0.3, 0.1, 0.13), 4000, 3000);
    expect(part.width / part.height).toBeCloseTo(ratio, 6);
    expect(400 / part.width).toBeCloseTo(0.6, 6);
    expect((0.45 * 4000 - part.left) / part.width).toBeCloseTo(0.5, 6);
    expect((0.365 * 3000 - part.top) / part.height).toBeCloseTo(0.45, 6);
  });

  it.each([
    ['at the left edge', box(0, 0.3, 0.1, 0.15)],
    ['at the upper edge', box(0.4, 0, 0.2, 0.2)],
    ['half outside', box(-0.1, 0.8, 0.3, 0.4)],
    ['larger than the picture', box(-0.2, -0.2, 1.5, 1.5)],
  ])('never leaves the picture: %s', (_, face) => {
    const part = cutAround(face, 3000, 4000);
    expect(part.left).toBeGreaterThanOrEqual(0);
    expect(part.top).toBeGreaterThanOrEqual(0);
    expect(part.left + part.width).toBeLessThanOrEqual(3000 + 1e-6);
    expect(part.top + part.height).toBeLessThanOrEqual(4000 + 1e-6);
    expect(part.width / part.height).toBeCloseTo(ratio, 6);
  });

  it.each([
    [4000, 3000],
    [3000, 4000],
    [520, 756],
    [300, 2000],
  ])('takes the most that fits from the middle of %i × %i', (width, height) => {
    const part = cutMiddle(width, height);
    expect(part.width / part.height).toBeCloseTo(ratio, 6);
    expect(part.left + part.width / 2).toBeCloseTo(width / 2, 6);
    expect(part.width > width - 1e-6 || part.height > height - 1e-6).toBe(true);
  });

  it('draws no part larger than it is', () => {
    expect(drawnSize({ left: 0, top: 0, width: 400, height: 581.5 }, 1040, 1560)).toEqual({
      width: 400,
      height: 582,
    });
    expect(drawnSize({ left: 0, top: 0, width: 2080, height: 3024 }, 1040, 1560)).toEqual({
      width: 1040,
      height: 1512,
    });
  });
});

describe('the rules', () => {
  const good = box(0.2, 0.25, 0.6, 0.4);

  it('hold the limits of size and ratio exactly', () => {
    expect(found(checkPhoto(flat(520, 756, 255), [good]), 'size')).toBe('fine');
    expect(found(checkPhoto(flat(519, 754, 255), [good]), 'size')).toBe('low');
    expect(found(checkPhoto(flat(520, 780, 255), [good]), 'ratio')).toBe('low');
    expect(found(checkPhoto(flat(521, 780, 255), [good]), 'ratio')).toBe('fine');
    expect(found(checkPhoto(flat(540, 720, 255), [good]), 'ratio')).toBe('high');
    expect(found(checkPhoto(flat(540, 721, 255), [good]), 'ratio')).toBe('fine');
  });

  it('let only size and ratio refuse', () => {
    const refusing = checkPhoto(flat(520, 756, 0), []).filter(({ refuses }) => refuses);
    expect(refusing.map(({ rule }) => rule)).toEqual(['size', 'ratio']);
  });

  it('look at the largest face, and take a small one for a pattern', () => {
    const picture = flat(520, 756, 255);
    expect(mainFace([box(0, 0, 0.2, 0.2), good])).toBe(good);
    expect(mainFace([])).toBeNull();
    expect(found(checkPhoto(picture, [good, box(0, 0, 0.2, 0.2)]), 'one_face')).toBe('fine');
    expect(found(checkPhoto(picture, [good, box(0, 0, 0.3, 0.2)]), 'one_face')).toBe('high');
    expect(found(checkPhoto(picture, []), 'one_face')).toBe('low');
    expect(found(checkPhoto(picture, []), 'centred')).toBe('nothing');
  });

  it('say which way a face is wrong', () => {
    const picture = flat(520, 756, 255);
    expect(found(checkPhoto(picture, [box(0, 0.2, 0.6, 0.4)]), 'centred')).toBe('low');
    expect(found(checkPhoto(picture, [box(0.4, 0.2, 0.6, 0.4)]), 'centred')).toBe('high');
    expect(found(checkPhoto(picture, [box(0.35, 0.2, 0.3, 0.2)]), 'face_size')).toBe('low');
    expect(found(checkPhoto(picture, [box(0.05, 0.2, 0.9, 0.6)]), 'face_size')).toBe('high');
  });

  it('measure wall, sharpness and light from the pixels', () => {
    const dark = checkPhoto(flat(520, 756, 30), [good]);
    expect(found(dark, 'background')).toBe('low');
    expect(found(dark, 'light')).toBe('low');
    expect(found(dark, 'sharpness')).toBe('low');
    const bright = checkPhoto(flat(520, 756, 255), [good]);
    expect(found(bright, 'background')).toBe('fine');
    expect(found(bright, 'light')).toBe('high');
    const striped = flat(520, 756, 255);
    for (let i = 0; i < striped.data.length; i += 4) {
      if (((i / 4) % 520) % 10 < 2) striped.data.set([200, 200, 200], i);
    }
    expect(found(checkPhoto(striped, [good]), 'background')).toBe('high');
  });
});

describe('the network', () => {
  const file = new Uint8Array(here('../src/photo/model/tiny-face-detector.bin'));
  const model = readModel(file);
  const portrait = readPng(here('data/portrait.png'));

  it('finds the one face of a drawn portrait, and where it is', () => {
    const faces = facesWith(model, portrait);
    expect(faces).toHaveLength(1);
    const [face] = faces as [FaceBox];
    expect(face.score).toBeGreaterThan(0.5);
    expect(face.left + face.width / 2).toBeGreaterThan(0.42);
    expect(face.left + face.width / 2).toBeLessThan(0.58);
    expect(face.top + face.height / 2).toBeGreaterThan(0.36);
    expect(face.top + face.height / 2).toBeLessThan(0.54);
    expect(face.width).toBeGreaterThan(0.45);
    expect(face.width).toBeLessThan(0.75);
  });

  it('finds none on a wall', () => {
    expect(facesWith(model, flat(130, 189, 235))).toEqual([]);
  });

  it('refuses a file of another length', () => {
    expect(() => readModel(file.subarray(1))).toThrow(/bytes/);
  });
});

describe('the day a picture was taken', () => {
  /** A JPEG's beginning with an Exif segment that says a day. */
  function jpeg(day: string, little = true): ArrayBuffer {
    const bytes = new ArrayBuffer(100);
    const view = new DataView(bytes);
    view.setUint16(0, 0xffd8);
    view.setUint16(2, 0xffe1);
    view.setUint16(4, 90);
    view.setUint32(6, 0x45786966);
    const tiff = 12;
    view.setUint16(tiff, little ? 0x4949 : 0x4d4d);
    view.setUint32(tiff + 4, 8, little);
    const table = (at: number, tag: number, value: number): void => {
      view.setUint16(tiff + at, 1, little);
      view.setUint16(tiff + at + 2, tag, little);
      view.setUint32(tiff + at + 10, value, little);
    };
    table(8, 0x8769, 26);
    table(26, 0x9003, 44);
    [...`${day} 10:00:00`].forEach((c, i) => view.setUint8(tiff + 44 + i, c.charCodeAt(0)));
    return bytes;
  }

  it('is read in either order of bytes', () => {
    expect(takenOn(jpeg('2026:11:02'))).toBe('2026-11-02');
    expect(takenOn(jpeg('2026:11:02', false))).toBe('2026-11-02');
  });

  it('is not made up', () => {
    expect(takenOn(jpeg('0000:00:00'))).toBeNull();
    expect(takenOn(jpeg('2026-11-02'))).toBeNull();
    expect(takenOn(new ArrayBuffer(0))).toBeNull();
    expect(takenOn(jpeg('2026:11:02').slice(0, 40))).toBeNull();
    const endless = jpeg('2026:11:02');
    new DataView(endless).setUint32(16, 0xffffffff, true);
    expect(takenOn(endless)).toBeNull();
  });

  const now = Date.parse('2026-08-31T10:00:00+08:00');
  it('may lie six calendar months back', () => {
    expect(earliestDay(now)).toBe('2026-02-28');
    expect(isRecent('2026-02-28', now)).toBe(true);
    expect(isRecent('2026-02-27', now)).toBe(false);
    expect(isRecent('2026-09-01', now)).toBe(false);
    expect(isRecent('', now)).toBe(false);
  });

  it('is proposed from the picture, else from the file, never from the future', () => {
    expect(proposedDay('2026-07-01', now, now)).toBe('2026-07-01');
    expect(proposedDay(null, now - 86_400_000, now)).toBe('2026-08-30');
    expect(proposedDay('2027-01-01', now, now)).toBe('2026-08-31');
  });

  it('tells a picture just taken from one chosen', () => {
    expect(takenJustNow(true, now - 5_000, now)).toBe(true);
    expect(takenJustNow(true, now - 3_600_000, now)).toBe(false);
    expect(takenJustNow(false, now, now)).toBe(false);
  });
});

describe('what is shown', () => {
  const finding = (rule: Rule, said: Finding['found']): Finding => ({
    rule,
    found: said,
    ok: said === 'fine' || said === 'nothing',
    refuses: rule === 'size' || rule === 'ratio',
    measured: '',
  });
  const check = (rule: string, ok: boolean): Check => ({
    rule,
    ok,
    advice_only: rule !== 'size',
    measured: '',
    limit: '',
    text: { zh: rule, en: rule },
    fix: { zh: 'x', en: 'x' },
  });

  it('names what failed with its fix, and is silent about what could not be measured', () => {
    const shown = ofDevice(
      [finding('size', 'low'), finding('centred', 'nothing'), finding('light', 'fine')],
      (k) => k,
    );
    expect(shown).toEqual([
      { rule: 'size', ok: false, refuses: true, title: 'photo.size.low', fix: 'photo.size.lowFix' },
      { rule: 'light', ok: true, refuses: false, title: 'photo.light.fine', fix: '' },
    ]);
    expect(ofServer([check('size', false)], (text) => text.en)[0]?.refuses).toBe(true);
    expect(ofServer([check('light', false)], (text) => text.en)[0]?.refuses).toBe(false);
  });

  it('stops for what only the server found', () => {
    const device = [finding('light', 'low'), finding('size', 'fine')];
    expect(newlyFailed([check('light', false)], device)).toEqual([]);
    expect(newlyFailed([check('light', true), check('background', false)], device)).toEqual(['background']);
  });

  it('has words for every failure', () => {
    expect(wordsOf(new PictureRefused('unreadable'))).toBe('unreadable');
    expect(wordsOf(new RequestFailed('refused', 'photo_too_old', ''))).toBe('photo_too_old');
    expect(wordsOf(new RequestFailed('refused', 'something_new', ''))).toBe('refused');
    expect(wordsOf(new RequestFailed('offline', null, ''))).toBe('offline');
    expect(wordsOf(new Error('x'))).toBe('check');
  });
});
