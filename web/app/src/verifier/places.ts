import type { Text } from '@/api/types';
import { places } from 'virtual:divisions';

/** Name of an issuing authority's place by its division code (GB/T 2260), as far as it is known here. */
export function placeName(code: string): Text {
  const province = places[`${code.slice(0, 2)}0000`];
  const prefecture = places[`${code.slice(0, 4)}00`];
  if (!province) return { zh: `区划 ${code}`, en: `division ${code}` };
  // a municipality's second level is only a heading ("市辖区")
  const second =
    prefecture && prefecture !== province && !/^(市辖区|县|省直辖|自治区直辖)/.test(prefecture[0])
      ? prefecture
      : null;
  return {
    zh: `${province[0]}${second?.[0] ?? ''}`,
    en: second ? `${second[1]}, ${province[1]}` : province[1],
  };
}
