/** Comparing the plate that a checker gave with the one in the code. */

/** Whether both spell the same plate, without regard to case, full-width forms, spaces, dots and hyphens. */
export function samePlate(one: string, other: string): boolean {
  return canonicalPlate(one) === canonicalPlate(other);
}

/** A plate as the register writes it: capitals, half width, nothing between the characters. */
export function canonicalPlate(plate: string): string {
  return plate
    .replace(/[！-～]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[ \t\n\f\r.\-·•・･\u2027\u22c5\u3000\u00a0]/g, '')
    .replace(/[a-z]/g, (c) => c.toUpperCase());
}
