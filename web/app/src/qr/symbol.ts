import qrcodegen from 'nayuki-qr-code-generator';

const { QrCode, QrSegment } = qrcodegen;

/** Modules of quiet zone on every side. */
export const QUIET_ZONE = 4;
/** The largest symbol a phone's screen can show legibly. */
export const MAX_VERSION = 15;

/** The largest symbol that one phone reads off another's screen, held close: for codes that are never printed. */
export const MAX_CLOSE_VERSION = 25;

/** A stretch of text that goes into the symbol in one mode. */
export interface Segment {
  mode: 'numeric' | 'alphanumeric' | 'byte';
  text: string;
}

/**
 * Splits a code's text into the stretches the symbol encodes apart: the head up to `#`
 * alphanumeric and byte, the digits numeric. That is a third smaller than bytes throughout.
 */
export function segmentsOf(text: string): Segment[] {
  const runs: Segment[] = [];
  const digits = /\d+$/.exec(text)?.[0] ?? '';
  const head = text.slice(0, text.length - digits.length);
  if (head) {
    for (const part of head.match(/[0-9A-Z $%*+\-./:]+|[^0-9A-Z $%*+\-./:]+/g) ?? []) {
      runs.push({ mode: /^[0-9A-Z $%*+\-./:]+$/.test(part) ? 'alphanumeric' : 'byte', text: part });
    }
  }
  if (digits) runs.push({ mode: 'numeric', text: digits });
  return runs;
}

/** A symbol's modules; `dark(x, y)` excludes the quiet zone. */
export interface Symbol2D {
  size: number;
  version: number;
  dark(x: number, y: number): boolean;
}

/** Makes the symbol at error correction M. Throws when the text needs more than the version `most`. */
export function symbolOf(text: string, most = MAX_VERSION): Symbol2D {
  const encoder = new TextEncoder();
  const segments = segmentsOf(text).map((segment) => {
    if (segment.mode === 'numeric') return QrSegment.makeNumeric(segment.text);
    if (segment.mode === 'alphanumeric') return QrSegment.makeAlphanumeric(segment.text);
    return QrSegment.makeBytes([...encoder.encode(segment.text)]);
  });
  const code = QrCode.encodeSegments(segments, QrCode.Ecc.MEDIUM, 1, most, -1, false);
  return { size: code.size, version: code.version, dark: (x, y) => code.getModule(x, y) };
}

/** The dark modules as one SVG path, with the quiet zone around them. */
export function symbolPath(symbol: Symbol2D): string {
  let path = '';
  for (let y = 0; y < symbol.size; y++) {
    let x = 0;
    while (x < symbol.size) {
      if (!symbol.dark(x, y)) {
        x++;
        continue;
      }
      let end = x;
      while (end < symbol.size && symbol.dark(end, y)) end++;
      path += `M${x + QUIET_ZONE} ${y + QUIET_ZONE}h${end - x}v1h${x - end}z`;
      x = end;
    }
  }
  return path;
}
