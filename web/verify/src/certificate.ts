/** One thing out of an X.509 certificate (RFC 5280): the SubjectPublicKeyInfo. */
import type { Bytes } from './bytes.js';

/** Finds the SubjectPublicKeyInfo of a DER certificate; `null` when the bytes are not laid out like one. */
export function certifiedKey(der: Bytes): Bytes | null {
  const certificate = element(der, 0);
  if (certificate?.tag !== 0x30 || certificate.end !== der.length) return null;
  const tbs = element(der, certificate.start);
  if (tbs?.tag !== 0x30) return null;
  let at = tbs.start;
  const version = element(der, at);
  if (version?.tag === 0xa0) at = version.end;
  // serial number, algorithm, issuer, validity, subject
  for (let skipped = 0; skipped < 5; skipped++) {
    const field = element(der, at);
    if (field === null) return null;
    at = field.end;
  }
  const key = element(der, at);
  return key?.tag === 0x30 && key.end <= tbs.end ? new Uint8Array(der.subarray(at, key.end)) : null;
}

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

function element(der: Uint8Array, at: number): Element | null {
  const tag = der[at];
  const first = der[at + 1];
  if (tag === undefined || first === undefined) return null;
  const more = first > 0x80 ? first - 0x80 : 0;
  if (first === 0x80 || more > 3) return null;
  let length = more === 0 ? first : 0;
  for (let i = 0; i < more; i++) length = length * 256 + (der[at + 2 + i] ?? 0);
  const start = at + 2 + more;
  return start + length <= der.length ? { tag, start, end: start + length } : null;
}
