/** Byte strings and their strict text forms. Nothing here accepts two spellings of the same bytes. */

/** A byte string that WebCrypto takes as it is. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Joins byte strings. */
export function concat(...parts: readonly Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Whether two byte strings are the same. Not constant-time: nothing compared here is secret. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0');
  return out;
}

/** Reads lower-case hexadecimal of an even length; anything else is `null`. */
export function fromHex(text: string): Bytes | null {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return null;
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Reads standard base64 (RFC 4648 section 4) with its padding. */
export function fromBase64(text: string): Bytes | null {
  if (text.length % 4 !== 0) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return sextets(text.slice(0, text.length - padding), STANDARD);
}

/** Reads URL-safe base64 (RFC 4648 section 5) without padding, as JOSE writes it. */
export function fromBase64Url(text: string): Bytes | null {
  return sextets(text, URL_SAFE);
}

/** Writes URL-safe base64 without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  let out = '';
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out += URL_SAFE[(held >> bits) & 63];
    }
  }
  return bits > 0 ? out + URL_SAFE[(held << (6 - bits)) & 63] : out;
}

function sextets(text: string, alphabet: string): Bytes | null {
  if (text.length % 4 === 1) return null;
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const character of text) {
    const value = alphabet.indexOf(character);
    if (value < 0) return null;
    held = ((held << 6) | value) & 0xfff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = (held >> bits) & 0xff;
    }
  }
  // bits left over must be zero, or two texts would mean the same bytes
  return (held & ((1 << bits) - 1)) === 0 ? out : null;
}

/** UTF-8 of a text. */
export function utf8(text: string): Bytes {
  return new Uint8Array(new TextEncoder().encode(text));
}

/** Reads well-formed UTF-8, keeping a byte-order mark; anything else is `null`. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
