/**
 * The text forms of a code: `HTTPS://HOST/V#digits`, `/V?d=digits`, and `LZ1:` with Base45.
 * The bytes inside are the same; the host decides nothing except a hint.
 */
import { type Spelled, base45Length, decodeBase45, encodeBase45 } from './base45.js';
import { type Bytes, utf8 } from './bytes.js';

/** Longest text, in characters: what the largest QR symbol holds as alphanumeric text. */
export const MAX_TEXT = 4296;
/** Longest message, in bytes. */
export const MAX_MESSAGE = 1024;

// digits for a group of so many bytes, by the count of bytes
const DIGITS_BY_BYTES: readonly number[] = [0, 3, 5, 8, 10, 13, 15, 17];
const GROUP_BYTES = 7;
const GROUP_DIGITS = 17;
const COMPACT_HEAD = 'LZ1:';
// scheme and host in any case, as everywhere; the path in two, the name of the parameter in one
const ADDRESS = /^[Hh][Tt]{2}[Pp][Ss]:\/\/([A-Za-z0-9.:[\]-]+)\/[Vv](?:#|\?d=)(.*)$/s;

/** What a text is: the host it names (`null` for the compact form), and its message or what is wrong. */
export interface DecodedText {
  readonly host: string | null;
  readonly payload:
    | { readonly message: Bytes }
    /** the last group is incomplete, as when a text was cut; these are the bytes before it */
    | { readonly cut: Bytes }
    | { readonly fault: 'too_large' | 'not_a_code' };
}

/** Reads any of the text forms. White space at both ends is no part of it. */
export function decodeText(input: string): DecodedText {
  if (input.length > MAX_TEXT && [...input].length > MAX_TEXT) return failed('too_large');
  const text = input.replace(/^[\t-\r ]+|[\t-\r ]+$/g, '');
  if (text.startsWith(COMPACT_HEAD))
    return { host: null, payload: limited(text.slice(4), base45Length, decodeBase45) };
  const address = ADDRESS.exec(text);
  if (address === null) return failed('not_a_code');
  return { host: address[1] ?? '', payload: limited(address[2] ?? '', digitsLength, decodeDigits) };
}

function failed(fault: 'too_large' | 'not_a_code'): DecodedText {
  return { host: null, payload: { fault } };
}

function limited(
  payload: string,
  length: (characters: number) => number,
  decode: (payload: string) => Spelled,
): DecodedText['payload'] {
  if (length(utf8(payload).length) > MAX_MESSAGE) return { fault: 'too_large' };
  const spelled = decode(payload);
  if (spelled === null) return { fault: 'not_a_code' };
  return 'bytes' in spelled ? { message: spelled.bytes } : spelled;
}

/** Whether a text names a host that is not among `ours` (without regard to case). */
export function isForeign(host: string | null, ours: readonly string[]): boolean {
  return host !== null && !ours.some((known) => known.toLowerCase() === host.toLowerCase());
}

function digitsLength(digits: number): number {
  const tail = DIGITS_BY_BYTES.indexOf(digits % GROUP_DIGITS);
  return Math.floor(digits / GROUP_DIGITS) * GROUP_BYTES + Math.max(tail, 0);
}

/** Reads digit groups. A whole group above its range is `null`; a tail that cannot be is a cut. */
export function decodeDigits(digits: string): Spelled {
  if (!/^[0-9]*$/.test(digits)) return null;
  const whole = Math.floor(digits.length / GROUP_DIGITS);
  const out = new Uint8Array(digitsLength(digits.length));
  for (let group = 0; group < whole; group++) {
    const text = digits.slice(group * GROUP_DIGITS, (group + 1) * GROUP_DIGITS);
    if (!putGroup(out, group, text, GROUP_BYTES)) return null;
  }
  const tail = digits.slice(whole * GROUP_DIGITS);
  const tailBytes = DIGITS_BY_BYTES.indexOf(tail.length);
  const cut = { cut: out.slice(0, whole * GROUP_BYTES) };
  if (tailBytes < 0 || (tailBytes > 0 && !putGroup(out, whole, tail, tailBytes))) return cut;
  return { bytes: out };
}

// puts the little-endian bytes that `digits` spell; false when the number is too large for them
function putGroup(out: Uint8Array, group: number, digits: string, bytes: number): boolean {
  let value = BigInt(digits);
  if (value >> BigInt(8 * bytes) !== 0n) return false;
  for (let i = 0; i < bytes; i++) {
    out[group * GROUP_BYTES + i] = Number(value & 0xffn);
    value >>= 8n;
  }
  return true;
}

/** Writes digit groups. */
export function encodeDigits(bytes: Uint8Array): string {
  let out = '';
  for (let at = 0; at < bytes.length; at += GROUP_BYTES) {
    const group = bytes.subarray(at, at + GROUP_BYTES);
    let value = 0n;
    for (let i = group.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(group[i] ?? 0);
    out += value.toString().padStart(DIGITS_BY_BYTES[group.length] ?? 0, '0');
  }
  return out;
}

/** The primary text: what is shown and printed. `host` carries a port when it has one. */
export function primaryText(host: string, message: Uint8Array): string {
  return `HTTPS://${host.toUpperCase()}/V#${encodeDigits(message)}`;
}

/** The compact text: for closed readers, files and paste. */
export function compactText(message: Uint8Array): string {
  return `${COMPACT_HEAD}${encodeBase45(message)}`;
}
