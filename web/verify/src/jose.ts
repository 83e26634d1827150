/** The little JOSE (RFC 7515) that trust lists and status lists need: protected headers, strictly. */
import { fromBase64Url, fromUtf8 } from './bytes.js';
import { type JsonObject, parseObject } from './json.js';
import { ALGORITHMS, type Algorithm } from './spki.js';

/** Longest protected header, in characters of base64url. */
const MAX_HEADER = 1024;

/** A protected header. */
export interface JoseHeader {
  readonly algorithm: Algorithm;
  readonly kid: string;
  readonly typ: string | null;
}

/** Reads a protected header; critical extensions are not understood, so a header with them is `null` too. */
export function readJoseHeader(text: string): JoseHeader | null {
  const header = text.length > MAX_HEADER ? null : readJsonPart(text);
  if (header === null || (header.crit !== undefined && header.crit !== null)) return null;
  const algorithm = ALGORITHMS.find((known) => known === header.alg);
  const { kid, typ } = header;
  if (algorithm === undefined || typeof kid !== 'string' || !/^[0-9a-f]{16}$/.test(kid)) return null;
  if (typ !== undefined && typ !== null && typeof typ !== 'string') return null;
  return { algorithm, kid, typ: typ ?? null };
}

/** Reads base64url of a JSON object. */
export function readJsonPart(part: string): JsonObject | null {
  const bytes = fromBase64Url(part);
  const text = bytes === null ? null : fromUtf8(bytes);
  return text === null ? null : parseObject(text);
}
