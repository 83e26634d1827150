import { describe, expect, it, vi } from 'vitest';
import type { Mark } from '@/api/types';
import { valuesOf } from '@/mark/picture';
import { checkingLink, forward, sharesFiles, type Sharer } from '@/mark/share';
import { fillIn, PICTURES, type PictureTemplate } from '@/mark/template';

const parcel = {
  file: new File(['png'], 'luzheng.png', { type: 'image/png' }),
  title: '检验标志',
  text: '号牌：苏B·7K219',
  link: 'https://demo.example/V#123',
};
const never = vi.fn(async () => true);

describe('forwarding', () => {
  it('sends the picture with its words where files can be shared', async () => {
    const share = vi.fn(async () => undefined);
    const sharer: Sharer = { canShare: () => true, share };
    expect(await forward(sharer, parcel, never)).toBe('shared');
    expect(share).toHaveBeenCalledExactlyOnceWith({
      files: [parcel.file],
      title: parcel.title,
      text: parcel.text,
    });
    expect(never).not.toHaveBeenCalled();
  });

  it('sends the words where only words can be shared', async () => {
    const share = vi.fn(async () => undefined);
    expect(await forward({ canShare: () => false, share }, parcel, never)).toBe('shared');
    expect(share).toHaveBeenCalledExactlyOnceWith({ title: parcel.title, text: parcel.text });
  });

  it('sends the words when the browser refuses the file after all', async () => {
    const share = vi
      .fn<(data?: ShareData) => Promise<void>>()
      .mockRejectedValueOnce(new DOMException('', 'NotAllowedError'))
      .mockResolvedValueOnce(undefined);
    expect(await forward({ canShare: () => true, share }, parcel, never)).toBe('shared');
    expect(share).toHaveBeenCalledTimes(2);
  });

  it('leaves it at that when the person closes the sheet', async () => {
    const share = vi.fn(async () => Promise.reject(new DOMException('', 'AbortError')));
    expect(await forward({ canShare: () => true, share }, parcel, never)).toBe('closed');
    expect(share).toHaveBeenCalledTimes(1);
  });

  it('copies words and link where nothing can be shared, and shows the link where that fails too', async () => {
    const copy = vi.fn(async () => true);
    expect(await forward({}, parcel, copy)).toBe('copied');
    expect(copy).toHaveBeenCalledWith(`${parcel.text}\n${parcel.link}`);
    expect(await forward({}, parcel, async () => false)).toBe('show');
  });

  it('asks a browser that throws at the question only once', () => {
    const canShare = (): boolean => {
      throw new TypeError('no files');
    };
    expect(sharesFiles({ canShare })).toBe(false);
  });
});

describe('the link that checks a code', () => {
  it('is this server’s own where the code names it, also on plain http', () => {
    expect(checkingLink('HTTPS://LOCALHOST:8080/V#123', 'http://localhost:8080')).toBe(
      'http://localhost:8080/V#123',
    );
  });
  it('is the code as it is where it names another', () => {
    const code = 'HTTPS://OTHER.EXAMPLE/V#123';
    expect(checkingLink(code, 'https://demo.example')).toBe(code);
    expect(checkingLink('LZ1:ABC', 'https://demo.example')).toBe('LZ1:ABC');
  });
});

describe('the templates', () => {
  const templates = Object.entries(PICTURES.inspection_mark ?? {}) as [string, PictureTemplate][];
  const mark = {
    plate_number: '苏B7K219',
    last_day: '2027-05-31',
    issued_at: '2026-05-31T16:30:00Z',
    plate_type_name: { zh: '小型汽车', en: 'small car' },
    vehicle_type_name: { zh: '小型轿车', en: 'saloon' },
    authority_name: { zh: '江苏省无锡市公安局交通警察支队', en: 'Traffic police of Wuxi' },
  } as Mark;
  const values = valuesOf(mark, Date.parse('2026-11-21T17:05:00Z'));

  it('exist for marks, and for licences not: a picture of one is not valid', () => {
    expect(templates.map(([size]) => size)).toEqual(['sheet', 'card']);
    expect(PICTURES.driving_licence).toBeNull();
  });

  it.each(templates)('%s says what it is, until when, when it was made and how to check', (_, { pieces }) => {
    const words = pieces
      .flatMap((piece) => (piece.draw === 'text' ? [fillIn(piece.text, values)] : []))
      .join('\n');
    expect(words).toContain('电子凭证下载件');
    expect(words).toContain('downloaded copy');
    expect(words).toContain('2027 年 5 月 31 日');
    expect(words).toContain('2026-11-22 01:05');
    expect(words).toContain('手机相机扫码核验');
    expect(words).toContain('无法律效力');
    expect(words).not.toMatch(/[{}]/);
  });

  it.each(templates)('%s has one code of at least 30 mm whose modules print at 0.49 mm', (_, template) => {
    const codes = template.pieces.filter((piece) => piece.draw === 'code');
    expect(codes).toHaveLength(1);
    const [code] = codes;
    if (code?.draw !== 'code') throw new Error('no code');
    const mm = (pixels: number): number => (pixels * 25.4) / template.dpi;
    expect(mm(code.module)).toBeGreaterThanOrEqual(0.49);
    // version 11 has 61 modules
    expect(mm(61 * Math.max(code.module, Math.floor(code.side / 69)))).toBeGreaterThanOrEqual(30);
    expect(code.x + (69 * code.module) / 2).toBeLessThanOrEqual(template.width);
    expect(code.y + 69 * code.module).toBeLessThanOrEqual(template.height);
  });

  it('say demonstration only in one', () => {
    for (const [, { pieces }] of templates) {
      const demo = pieces.filter((piece) => piece.draw === 'text' && piece.text.includes('演示'));
      expect(demo).toHaveLength(1);
      expect(demo[0]).toMatchObject({ demoOnly: true });
    }
  });
});
