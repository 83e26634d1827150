/** What a credential says: read only after the signature over it held, and read strictly. */
import type { Bytes } from './bytes.js';
import { type Cbor, CborMap, decodeMap } from './cbor.js';
import { CLAIM_BODY } from './cose.js';
import type { CredentialSummary } from './report.js';
import { endOfDay, endOfMonth, tenYearsAfter } from './time.js';

/** A live code's life in seconds: `exp - iat` is always this. */
export const LIVE_SECONDS = 60;
/** Longest subject and class, in bytes of UTF-8. */
export const MAX_SUBJECT = 32;
const MAX_CLASS = 32;
/** Longest masked name, in characters. */
const MAX_NAME = 4;
/** Longest sealed part, in bytes. */
const MAX_SEALED = 160;
const DEVICE_KEY_BYTES = 33;
/** The last second that a claim may name: the end of the year 9999. */
const LAST_SECOND = 253_402_300_799;
const U32_MAX = 0xffffffff;

/** What a credential is about. */
export type Kind = CredentialSummary['kind'];
/** How it is shown. */
export type Mode = CredentialSummary['mode'];

/** What a credential claims. */
export interface Claims {
  readonly exp: number;
  readonly iat: number;
  readonly kind: Kind;
  readonly mode: Mode;
  readonly subject: string;
  readonly class: string;
  /** `yyyymm` of a mark, `yyyymmdd` of a licence, 0 for long-term. */
  readonly validUntil: number;
  /** The first second in which what it says is no longer so; for a live code this is not `exp`. */
  readonly validBefore: number;
  readonly list: number;
  readonly index: number;
  readonly authority: number;
  readonly red: boolean;
  /** The compressed point of the device that must have signed around a held licence. */
  readonly deviceKey: Bytes | null;
  /** What only officers' readers can open: for which key, and the sealed bytes. */
  readonly sealed: { readonly readerKey: number; readonly bytes: Bytes } | null;
}

/** The kind of a number, if this version knows it. */
export function kindOf(number: bigint): Kind | undefined {
  return number === 1n ? 'inspection_mark' : number === 2n ? 'driving_licence' : undefined;
}

/** The mode of a number, if this version knows it for this kind: marks are static or live, licences live or held. */
export function modeOf(kind: Kind, number: bigint): Mode | undefined {
  if (number === 1n) return 'live';
  if (kind === 'inspection_mark') return number === 0n ? 'static' : undefined;
  return number === 2n ? 'held' : undefined;
}

/** Reads the claims map; `null` is malformed. */
export function readClaims(payload: Bytes): Claims | null {
  const claims = decodeMap(payload);
  const body = claims?.get(CLAIM_BODY);
  if (!claims?.hasOnly(4, 6, CLAIM_BODY) || !(body instanceof CborMap)) return null;
  const [kindNumber, modeNumber] = [body.get(1), body.get(2)];
  if (!isUint(kindNumber, Number.MAX_SAFE_INTEGER) || !isUint(modeNumber, Number.MAX_SAFE_INTEGER))
    return null;
  const kind = kindOf(BigInt(kindNumber));
  const mode = kind === undefined ? undefined : modeOf(kind, BigInt(modeNumber));
  if (kind === undefined || mode === undefined || !hasItsKeys(body, kind, mode)) return null;
  return readBody(claims, body, kind, mode);
}

function readBody(claims: CborMap, body: CborMap, kind: Kind, mode: Mode): Claims | null {
  const [exp, iat] = [claims.get(4), claims.get(6)];
  const [subject, className, validUntil] = [body.get(3), body.get(4), body.get(5)];
  const [status, authority, device] = [body.get(6), body.get(7), body.get(11)];
  if (!isUint(exp, LAST_SECOND) || !isUint(iat, LAST_SECOND)) return null;
  if (!isText(subject, MAX_SUBJECT) || !isText(className, MAX_CLASS)) return null;
  if (kind === 'driving_licence' && [...subject].length > MAX_NAME) return null;
  if (!isUint(validUntil, U32_MAX) || !isUint(authority, 999_999)) return null;
  if (!Array.isArray(status) || status.length !== 2) return null;
  const [list, index] = status as readonly Cbor[];
  if (!isUint(list, U32_MAX) || !isUint(index, U32_MAX)) return null;
  const validBefore = endOf(kind, validUntil, iat);
  if (validBefore === null || exp !== (mode === 'live' ? iat + LIVE_SECONDS : validBefore)) return null;
  const deviceKey = device instanceof Uint8Array ? device : null;
  const sealed = readSealed(body.get(12));
  const rest = {
    validUntil,
    validBefore,
    list,
    index,
    authority,
    red: body.get(10) === true,
    deviceKey,
    sealed,
  };
  return { exp, iat, kind, mode, subject, class: className, ...rest };
}

function endOf(kind: Kind, validUntil: number, iat: number): number | null {
  if (kind === 'inspection_mark') return endOfMonth(validUntil);
  return validUntil === 0 ? tenYearsAfter(iat) : endOfDay(validUntil);
}

// which keys a body of this kind and mode has and may have, and the type of those beyond 7
function hasItsKeys(body: CborMap, kind: Kind, mode: Mode): boolean {
  const live = mode === 'live';
  const allowed = (key: Cbor, value: Cbor): boolean => {
    switch (key) {
      case 8:
        return live && isBytes(value, 8);
      case 9:
        return isBytes(value, 8);
      case 10:
        return live && kind === 'driving_licence' && typeof value === 'boolean';
      case 11:
        return mode === 'held' && isBytes(value, DEVICE_KEY_BYTES);
      case 12:
        return live && readSealed(value) !== null;
      default:
        return typeof key === 'number' && key >= 1 && key <= 7;
    }
  };
  const required = [1, 2, 3, 4, 5, 6, 7, 9, ...(live ? [8] : []), ...(mode === 'held' ? [11] : [])];
  return (
    body.entries.every(([key, value]) => allowed(key, value)) &&
    required.every((key) => body.get(key) !== undefined)
  );
}

function isUint(value: Cbor | undefined, max: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= max;
}

function isText(value: Cbor | undefined, maxBytes: number): value is string {
  return typeof value === 'string' && value !== '' && new TextEncoder().encode(value).length <= maxBytes;
}

function isBytes(value: Cbor, length: number): boolean {
  return value instanceof Uint8Array && value.length === length;
}

function readSealed(value: Cbor | undefined): Claims['sealed'] {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [readerKey, bytes] = value as readonly Cbor[];
  const fits = isUint(readerKey, U32_MAX) && bytes instanceof Uint8Array && bytes.length <= MAX_SEALED;
  return fits ? { readerKey, bytes } : null;
}
