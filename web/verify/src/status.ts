/**
 * Status lists: what has become of a credential since it was signed (IETF Token Status List,
 * draft-ietf-oauth-status-list-21), as JWT and as CWT: 2^20 entries a list, of two bits, or of four where
 * licences stand in it; signed by a key whose use is `status`. A verifier fetches whole lists, so nobody
 * learns which entry it looks at.
 */
import { type Bytes, fromBase64Url, toHex, utf8 } from './bytes.js';
import { type Cbor, CborMap, decodeMap } from './cbor.js';
import { COSE_ALGORITHMS, readSign1, toBeSigned } from './cose.js';
import { inflateExactly } from './inflate.js';
import { readJoseHeader, readJsonPart } from './jose.js';
import { isCount, isObject, isSecond } from './json.js';
import { KID_BYTES } from './keys.js';
import { attempt } from './reader.js';
import type { Algorithm } from './spki.js';
import type { TrustKey, TrustList } from './trust.js';

/** Entries of one list. */
export const LIST_ENTRIES = 1 << 20;
/** How wide the entries of a list are. */
export type EntryBits = 2 | 4;
/** Bytes of one list, inflated. */
export const listBytes = (bits: EntryBits): number => (LIST_ENTRIES * bits) / 8;
/** Longest token in bytes or characters: a list of four bits that does not compress, in base64 twice, still fits. */
export const MAX_STATUS_TOKEN = 1024 * 1024;

const JWT_TYP = 'statuslist+jwt';
const CWT_TYP = 'application/statuslist+cwt';
const U32_MAX = 0xffffffff;

/** What an entry says. `suspended` is, for a licence, its red state; `stopped` a licence out of use or locked. */
export type StatusValue = 'valid' | 'revoked' | 'suspended' | 'superseded' | 'stopped';
const VALUES: ReadonlyMap<number, StatusValue> = new Map([
  [0, 'valid'],
  [1, 'revoked'],
  [2, 'suspended'],
  [3, 'superseded'],
  // among the values that the draft leaves to applications; only in lists of four bits
  [12, 'stopped'],
]);

/** What the bits of an entry say; `undefined` for bits without a meaning. */
export const statusValue = (bits: number): StatusValue | undefined => VALUES.get(bits);

/** Why a status list was refused. */
export type StatusFault = 'too_large' | 'malformed' | 'unknown_issuer' | 'bad_signature';

/** Thrown when a status list is refused: a refused list is no list. */
export class StatusError extends Error {
  constructor(
    readonly code: StatusFault,
    message: string,
  ) {
    super(message);
    this.name = 'StatusError';
  }
}

/** A status list whose signature held. Whether it has expired is for `verify` to say. */
export class StatusList {
  constructor(
    /** Its number. */
    readonly list: number,
    /** As of when, and from when on it must not be relied on; seconds since 1970. */
    readonly iat: number,
    readonly exp: number,
    /** After how many seconds a reader that is on line should fetch it again. */
    readonly ttl: number,
    private readonly entries: Bytes,
    /** How wide the entries are. */
    readonly bits: EntryBits = 2,
  ) {}

  /** The value of an entry (the lowest bits of a byte first); `undefined` beyond the list, and for a value without a meaning. */
  at(index: number): StatusValue | undefined {
    const perByte = 8 / this.bits;
    const byte = this.entries[Math.floor(index / perByte)];
    if (byte === undefined) return undefined;
    return statusValue((byte >> (this.bits * (index % perByte))) & ((1 << this.bits) - 1));
  }
}

/** What is known about one entry, and how old that knowledge is. */
export interface StatusAnswer {
  readonly value: StatusValue;
  readonly iat: number;
  readonly exp: number;
}

/**
 * Where `verify` looks up a status: lists in memory, or a pack, which reads and checks the list first. A list past its `exp` may be
 * answered from: `verify` looks at `exp`.
 */
export interface StatusSource {
  lookUp(list: number, index: number): StatusAnswer | undefined | Promise<StatusAnswer | undefined>;
}

/** A source that knows nothing. */
export const NO_STATUS: StatusSource = { lookUp: () => undefined };

/** Asks several sources; of their answers the one that is as of the latest time counts, of equals the first. */
export function freshest(...sources: readonly StatusSource[]): StatusSource {
  return {
    lookUp: async (list, index) => {
      const answers = await Promise.all(sources.map((source) => source.lookUp(list, index)));
      return answers.reduce(
        (best, next) => (next && (!best || next.iat > best.iat) ? next : best),
        undefined,
      );
    },
  };
}

/** Status lists in memory; of each the newest that was given. */
export class StatusBook implements StatusSource {
  private readonly lists = new Map<number, StatusList>();

  /** Takes a list in; false when a newer one of its number is there: a replayed list brings nothing back. */
  take(list: StatusList): boolean {
    const held = this.lists.get(list.list);
    if (held !== undefined && held.iat > list.iat) return false;
    this.lists.set(list.list, list);
    return true;
  }

  /** The list of that number. */
  find(list: number): StatusList | undefined {
    return this.lists.get(list);
  }

  lookUp(list: number, index: number): StatusAnswer | undefined {
    const held = this.lists.get(list);
    const value = held?.at(index);
    return held === undefined || value === undefined ? undefined : { value, iat: held.iat, exp: held.exp };
  }

  /** The lists that are held, by their number. */
  get all(): readonly StatusList[] {
    return [...this.lists.values()].sort((a, b) => a.list - b.list);
  }
}

/**
 * Opens a list in JWT form.
 * @throws {StatusError} when any part of it is not as it must be
 */
export async function openStatusJwt(token: string, trust: TrustList): Promise<StatusList> {
  if (token.length > MAX_STATUS_TOKEN) throw new StatusError('too_large', 'the status list is too large');
  const [head, body, tail, ...more] = token.trimEnd().split('.');
  if (head === undefined || body === undefined || tail === undefined || more.length > 0)
    throw malformed('no JWS');
  const header = readJoseHeader(head);
  const signature = fromBase64Url(tail);
  if (header === null || header.typ !== JWT_TYP || signature === null) throw malformed('not its header');
  const key = await signer(trust, header.kid, header.algorithm, utf8(`${head}.${body}`), signature);
  const claims = readJsonPart(body);
  const inner = claims?.status_list;
  if (!claims || !isObject(inner) || typeof inner.lst !== 'string') throw malformed('not its claims');
  if (!isCount(inner.bits) || inner.bits > 0xff) throw malformed('not its claims');
  return accept(trust, key, {
    sub: claims.sub,
    iat: claims.iat,
    exp: claims.exp,
    ttl: claims.ttl,
    bits: inner.bits,
    lst: fromBase64Url(inner.lst),
  });
}

/**
 * Opens a list in CWT form.
 * @throws {StatusError} when any part of it is not as it must be
 */
export async function openStatusCwt(token: Bytes, trust: TrustList): Promise<StatusList> {
  if (token.length > MAX_STATUS_TOKEN) throw new StatusError('too_large', 'the status list is too large');
  const parts = attempt(() => readSign1(token, MAX_STATUS_TOKEN));
  if ('fault' in parts) throw malformed('no COSE_Sign1');
  const { algorithm, kid } = readCwtHeader(parts.protectedHeader);
  const key = await signer(trust, kid, algorithm, toBeSigned(parts), parts.signature);
  const claims = decodeMap(parts.payload);
  const inner = claims?.get(65533);
  if (
    !claims?.hasOnly(2, 4, 6, 65533, 65534) ||
    !(inner instanceof CborMap) ||
    !inner.hasOnly('bits', 'lst')
  ) {
    throw malformed('not its claims');
  }
  const lst = inner.get('lst');
  return accept(trust, key, {
    sub: claims.get(2),
    iat: claims.get(6),
    exp: claims.get(4),
    ttl: claims.get(65534),
    bits: inner.get('bits'),
    lst: lst instanceof Uint8Array ? lst : null,
  });
}

function readCwtHeader(bytes: Bytes): { algorithm: Algorithm; kid: string } {
  const header = decodeMap(bytes);
  const alg: Cbor | undefined = header?.get(1);
  const kid = header?.get(4);
  const algorithm = typeof alg === 'number' ? COSE_ALGORITHMS.get(BigInt(alg)) : undefined;
  const named = kid instanceof Uint8Array && kid.length === KID_BYTES;
  if (!header?.hasOnly(1, 4, 16) || algorithm === undefined || !named || header.get(16) !== CWT_TYP) {
    throw malformed('not its header');
  }
  return { algorithm, kid: toHex(kid) };
}

async function signer(
  trust: TrustList,
  kid: string,
  algorithm: Algorithm,
  message: Bytes,
  signature: Bytes,
): Promise<TrustKey> {
  const key = trust.find(kid);
  // the use is looked at before the signature, so that no other key is ever tried on a list
  if (key === undefined || key.use !== 'status') {
    throw new StatusError('unknown_issuer', `key ${kid} is not in the trust list for status lists`);
  }
  if (key.publicKey.algorithm !== algorithm || !(await key.publicKey.verify(message, signature))) {
    throw new StatusError('bad_signature', 'the signature of the status list is wrong');
  }
  return key;
}

interface Claimed {
  readonly sub: unknown;
  readonly iat: unknown;
  readonly exp: unknown;
  readonly ttl: unknown;
  readonly bits: unknown;
  readonly lst: Bytes | null;
}

// believes claims whose signature held, if they make sense
async function accept(trust: TrustList, key: TrustKey, claimed: Claimed): Promise<StatusList> {
  const { sub, iat, exp, ttl, bits, lst } = claimed;
  const shaped = isSecond(iat) && isSecond(exp) && isSecond(ttl) && ttl >= 0 && ttl <= U32_MAX;
  if (!shaped || typeof sub !== 'string' || !isCount(bits) || bits > U32_MAX || lst === null)
    throw malformed('not its claims');
  if (exp <= iat || iat < 0) throw malformed('it ends before it begins');
  if (key.objection('status', null, iat) !== null) {
    throw new StatusError('unknown_issuer', 'the key was not in use when it signed the status list');
  }
  const list = trust.listAt(sub);
  if (list === null) throw malformed('its address is not one of the trust list');
  if (bits !== 2 && bits !== 4) throw malformed('its entries are of another width');
  const entries = await inflateExactly(lst, listBytes(bits));
  if (entries === null) throw malformed('its entries are not one list');
  return new StatusList(list, iat, exp, ttl, entries, bits);
}

function malformed(what: string): StatusError {
  return new StatusError('malformed', `not a status list: ${what}`);
}
