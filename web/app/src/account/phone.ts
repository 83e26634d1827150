/** A phone number as the server wants it: digits, with `+` and the country for foreign ones; null when it is none. */
export function asPhone(typed: string): string | null {
  const plain = typed.normalize('NFKC').replace(/[\s()-]/g, '');
  const home = /^(?:\+?86)?(1\d{10})$/.exec(plain);
  if (home) return home[1] ?? null;
  return /^\+[1-9]\d{6,14}$/.test(plain) && !plain.startsWith('+86') ? plain : null;
}

/** Resident identity number, 18 characters, its check character right (GB 11643-1999); other documents by their length only. */
export function isIdNumber(typed: string): boolean {
  const number = asIdNumber(typed);
  if (/^\d{17}[\dX]$/.test(number)) {
    const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const sum = weights.reduce((all, weight, i) => all + weight * Number(number[i]), 0);
    return '10X98765432'[sum % 11] === number[17];
  }
  return /^[A-Z0-9]{6,17}$/.test(number);
}

/** As it is sent: full-width characters narrowed, spaces gone, a small x made large. */
export const asIdNumber = (typed: string): string => typed.normalize('NFKC').replace(/\s/g, '').toUpperCase();
