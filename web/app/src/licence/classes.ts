import type { Text } from '@/api/types';

/**
 * The classes (准驾车型) in the order of article 11 of order 162. The verifier page has to explain the
 * classes in a code without asking a server, so their names stand here too.
 */
const NAMES: Readonly<Record<string, Text>> = {
  A1: { zh: '大型客车', en: 'Large bus' },
  A2: { zh: '重型牵引挂车', en: 'Heavy tractor and trailer' },
  A3: { zh: '城市公交车', en: 'City bus' },
  B1: { zh: '中型客车', en: 'Medium bus' },
  B2: { zh: '大型货车', en: 'Heavy lorry' },
  C1: { zh: '小型汽车', en: 'Small car' },
  C2: { zh: '小型自动挡汽车', en: 'Small automatic car' },
  C3: { zh: '低速载货汽车', en: 'Low-speed lorry' },
  C4: { zh: '三轮汽车', en: 'Three-wheeled motor vehicle' },
  C5: { zh: '残疾人专用小型自动挡载客汽车', en: 'Adapted small automatic car' },
  C6: { zh: '轻型牵引挂车', en: 'Light tractor and trailer' },
  D: { zh: '普通三轮摩托车', en: 'Three-wheeled motorcycle' },
  E: { zh: '普通二轮摩托车', en: 'Motorcycle' },
  F: { zh: '轻便摩托车', en: 'Moped' },
  M: { zh: '轮式专用机械车', en: 'Wheeled special machinery' },
  N: { zh: '无轨电车', en: 'Trolleybus' },
  P: { zh: '有轨电车', en: 'Tram' },
};

/** The classes of a licence's text such as `C1D`; a letter that is none stays as it is. */
export function classesOf(text: string): string[] {
  return text.match(/[ABC]\d|./g) ?? [];
}

/** Name of a class; the bare code when it is not in the table. */
export function className(code: string): Text {
  return NAMES[code] ?? { zh: code, en: code };
}

/** `C1 小型汽车、D 普通三轮摩托车`. */
export function classesText(text: string): Text {
  const codes = classesOf(text);
  return {
    zh: codes.map((code) => `${code} ${className(code).zh}`).join('、'),
    en: codes.map((code) => `${code} ${className(code).en}`).join(', '),
  };
}
