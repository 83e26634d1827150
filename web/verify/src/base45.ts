/** Base45 (RFC 9285), refusing every text that is not the one spelling of its bytes. */
import type { Bytes } from './bytes.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/** What a payload spells; or what its whole groups spell, when the last group is incomplete; or nothing. */
export type Spelled = { readonly bytes: Bytes } | { readonly cut: Bytes } | null;

/** How many bytes so many Base45 characters spell. */
export function base45Length(characters: number): number {
  return Math.floor(characters / 3) * 2 + (characters % 3 === 2 ? 1 : 0);
}

/** Reads Base45. A group over its range or an unknown character is `null`; a tail that cannot be is a cut. */
export function decodeBase45(text: string): Spelled {
  const digits = [...text].map((character) => ALPHABET.indexOf(character));
  if (digits.some((digit) => digit < 0)) return null;
  const whole = Math.floor(digits.length / 3);
  const out = new Uint8Array(base45Length(digits.length));
  const value = (at: number) => (digits[at] ?? 0) + (digits[at + 1] ?? 0) * 45 + (digits[at + 2] ?? 0) * 2025;
  for (let group = 0; group < whole; group++) {
    const pair = value(3 * group);
    if (pair > 0xffff) return null;
    out[2 * group] = pair >> 8;
    out[2 * group + 1] = pair & 0xff;
  }
  const cut = { cut: out.slice(0, 2 * whole) };
  if (digits.length % 3 === 1) return cut;
  if (digits.length % 3 === 2) {
    const byte = value(3 * whole);
    if (byte > 0xff) return cut;
    out[2 * whole] = byte;
  }
  return { bytes: out };
}

/** Writes Base45. */
export function encodeBase45(bytes: Uint8Array): string {
  let out = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const low = bytes[i + 1];
    const value = low === undefined ? (bytes[i] ?? 0) : (bytes[i] ?? 0) * 256 + low;
    out += ALPHABET.charAt(value % 45) + ALPHABET.charAt(Math.floor(value / 45) % 45);
    if (low !== undefined) out += ALPHABET.charAt(Math.floor(value / 2025));
  }
  return out;
}
