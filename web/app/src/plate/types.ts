import type { PlateColour, Text } from '@/api/types';

interface PlateType {
  name: Text;
  colour: PlateColour;
}

/**
 * Plate types (号牌种类, GA/T 16.7) that a mark can name. The verifier page has to explain the
 * class in a code without asking a server, so the names stand here too.
 */
const TYPES: Readonly<Record<string, PlateType>> = {
  '01': { name: { zh: '大型汽车', en: 'Large vehicle' }, colour: 'yellow' },
  '02': { name: { zh: '小型汽车', en: 'Small vehicle' }, colour: 'blue' },
  '03': { name: { zh: '使馆汽车', en: 'Embassy vehicle' }, colour: 'black' },
  '04': { name: { zh: '领馆汽车', en: 'Consular vehicle' }, colour: 'black' },
  '05': { name: { zh: '境外汽车', en: 'Vehicle from abroad' }, colour: 'black' },
  '06': { name: { zh: '外籍汽车', en: 'Foreign-owned vehicle' }, colour: 'black' },
  '07': { name: { zh: '普通摩托车', en: 'Motorcycle' }, colour: 'yellow' },
  '08': { name: { zh: '轻便摩托车', en: 'Light motorcycle' }, colour: 'blue' },
  '09': { name: { zh: '使馆摩托车', en: 'Embassy motorcycle' }, colour: 'black' },
  '10': { name: { zh: '领馆摩托车', en: 'Consular motorcycle' }, colour: 'black' },
  '13': { name: { zh: '低速车', en: 'Low-speed vehicle' }, colour: 'yellow' },
  '15': { name: { zh: '挂车', en: 'Trailer' }, colour: 'yellow' },
  '16': { name: { zh: '教练汽车', en: 'Driving-school vehicle' }, colour: 'yellow' },
  '17': { name: { zh: '教练摩托车', en: 'Driving-school motorcycle' }, colour: 'yellow' },
  '18': { name: { zh: '试验汽车', en: 'Test vehicle' }, colour: 'yellow' },
  '22': { name: { zh: '临时行驶车', en: 'Temporary plate' }, colour: 'white' },
  '23': { name: { zh: '警用汽车', en: 'Police vehicle' }, colour: 'white' },
  '24': { name: { zh: '警用摩托车', en: 'Police motorcycle' }, colour: 'white' },
  '26': { name: { zh: '香港入出境车', en: 'Hong Kong cross-border vehicle' }, colour: 'black' },
  '27': { name: { zh: '澳门入出境车', en: 'Macau cross-border vehicle' }, colour: 'black' },
  '51': { name: { zh: '大型新能源汽车', en: 'Large new-energy vehicle' }, colour: 'yellow_green' },
  '52': { name: { zh: '小型新能源汽车', en: 'Small new-energy vehicle' }, colour: 'green_gradient' },
};

/** Name of a plate type; the bare code when it is not in the table. */
export function plateTypeName(code: string): Text {
  return TYPES[code]?.name ?? { zh: `号牌种类 ${code}`, en: `Plate type ${code}` };
}

/** Colour a plate of this type has; white, the least specific, when the type is unknown. */
export function plateTypeColour(code: string): PlateColour {
  return TYPES[code]?.colour ?? 'white';
}
