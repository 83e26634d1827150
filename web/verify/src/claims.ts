/** The claims of a credential: read only after the signature over them held, and read strictly. */
import type { Bytes } from './bytes.js';
import { type Cbor, CborMap, decodeMap } from './cbor.js';
import { CLAIM_BODY } from './cose.js';
import type { CredentialSummary } from './report.js';
import { endOfDay, endOfMonth } from './time.js';

/** A live code's life in seconds. */
export const LIVE_SECONDS = 60;
const KINDS = new Map<Cbor | undefined, CredentialSummary['kind']>([
  [1, 'inspection_mark'],
  [2, 'driving_licence'],
]);
const MODES = new Map<Cbor | undefined, CredentialSummary['mode']>([
  [0, 'static'],
  [1, 'live'],
  [2, 'held'],
]);

/** What a credential claims. */
export interface Claims {
  readonly exp: number;
  readonly iat: number;
  readonly kind: CredentialSummary['kind'];
  readonly mode: CredentialSummary['mode'];
  readonly subject: string;
  readonly class: string;
  /** `yyyymm` or `yyyymmdd`; 0 is long-term. */
  readonly validUntil: number;
  readonly list: number;
  readonly index: number;
  readonly authority: number;
  readonly red: boolean;
  readonly deviceKey: Bytes | null;
}

/** Why claims were refused. */
export type ClaimsFault = 'malformed' | 'unsupported_version';

/** Reads the claims map. */
export function readClaims(payload: Bytes): Claims | { readonly fault: ClaimsFault } {
  const malformed = { fault: 'malformed' } as const;
  const claims = decodeMap(payload);
  const body = claims?.get(CLAIM_BODY);
  if (!claims || !claims.hasOnly(4, 6, CLAIM_BODY) || !(body instanceof CborMap)) return malformed;
  const kind = KINDS.get(body.get(1));
  const mode = MODES.get(body.get(2));
  if (!isUint(body.get(1)) || !isUint(body.get(2))) return malformed;
  if (kind === undefined || mode === undefined) return { fault: 'unsupported_version' };
  if ((kind === 'inspection_mark' && mode === 'held') || (kind === 'driving_licence' && mode === 'static')) {
    return { fault: 'unsupported_version' };
  }
  return readBody(claims, body, kind, mode) ?? malformed;
}

function readBody(
  claims: CborMap,
  body: CborMap,
  kind: Claims['kind'],
  mode: Claims['mode'],
): Claims | null {
  const exp = claims.get(4);
  const iat = claims.get(6);
  const [subject, className, validUntil] = [body.get(3), body.get(4), body.get(5)];
  const [status, authority] = [body.get(6), body.get(7)];
  if (!isUint(exp) || !isUint(iat) || typeof subject !== 'string' || typeof className !== 'string') return null;
  if (!isUint(validUntil) || !isUint(authority) || authority > 999_999) return null;
  if (!Array.isArray(status) || status.length !== 2) return null;
  const [list, index] = status as [Cbor, Cbor];
  if (!isUint(list) || !isUint(index)) return null;
  if (!knownKeysOnly(body, kind, mode)) return null;
  const read = {
    exp,
    iat,
    kind,
    mode,
    subject,
    class: className,
    validUntil,
    list,
    index,
    authority,
    red: body.get(10) === true,
    deviceKey: mode === 'held' ? (body.get(11) as Bytes) : null,
  };
  return timesAgree(read) ? read : null;
}

// which keys a body may carry, and the type of each beyond 7
function knownKeysOnly(body: CborMap, kind: Claims['kind'], mode: Claims['mode']): boolean {
  const live = mode === 'live';
  for (const [key, value] of body.entries) {
    if (typeof key !== 'number' || key < 1 || key > 12) return false;
    if (key === 8 && !(live && isBytes(value, 8))) return false;
    if (key === 9 && !isBytes(value, 8)) return false;
    if (key === 10 && !(live && kind === 'driving_licence' && typeof value === 'boolean')) return false;
    if (key === 11 && !(mode === 'held' && isBytes(value, 33))) return false;
    if (key === 12 && !(live && isSealed(value))) return false;
  }
  const required = [1, 2, 3, 4, 5, 6, 7, 9, ...(live ? [8] : []), ...(mode === 'held' ? [11] : [])];
  return required.every((key) => body.get(key) !== undefined);
}

function timesAgree(claims: Claims): boolean {
  const { exp, iat, kind, mode, validUntil } = claims;
  const end = kind === 'inspection_mark' ? endOfMonth(validUntil) : validUntil === 0 ? 0 : endOfDay(validUntil);
  if (end === null) return false;
  if (mode === 'live') return exp - iat === LIVE_SECONDS;
  return end === 0 ? true : exp === end;
}

/** Whether a value is an unsigned integer within 2^53. */
export function isUint(value: Cbor | undefined): value is number {
  return typeof value === 'number' && value >= 0;
}

function isBytes(value: Cbor, length: number): value is Bytes {
  return value instanceof Uint8Array && value.length === length;
}

function isSealed(value: Cbor): boolean {
  return (
    Array.isArray(value) && value.length === 2 && isUint(value[0]) && value[1] instanceof Uint8Array
  );
}
