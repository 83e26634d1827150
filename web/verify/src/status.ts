/**
 * Token Status Lists (draft-ietf-oauth-status-list-21) as JWT and as CWT: two bits an entry, 2^20 entries
 * a list, signed by a key whose use is `status`.
 */
import { type Bytes, fromBase64Url, fromUtf8, toHex, utf8 } from './bytes.js';
import { CborMap, decodeMap } from './cbor.js';
import { COSE_ALGORITHMS, readSign1, toBeSigned } from './cose.js';
import { attempt } from './reader.js';
import { inflateExactly } from './inflate.js';
import { isCount, isObject, parseObject } from './json.js';
import type { TrustList } from './trust.js';

/** Entries of one list. */
export const LIST_ENTRIES = 1 << 20;
/** Bytes of one list, inflated: two bits an entry. */
export const LIST_BYTES = LIST_ENTRIES / 4;
/** Longest token in bytes or characters: a list that does not compress, in base64 twice, with its claims. */
export const MAX_STATUS_TOKEN = 640 * 1024;

/** What an entry says. */
export type StatusValue = 'valid' | 'revoked' | 'suspended' | 'superseded';
const VALUES: readonly StatusValue[] = ['valid', 'revoked', 'suspended', 'superseded'];

/** Why a status list was refused. */
export type StatusFault = 'too_large' | 'malformed' | 'unknown_issuer' | 'bad_signature';

/** Thrown when a status list is refused. */
export class StatusError extends Error {
  constructor(
    readonly code: StatusFault,
    message: string,
  ) {
    super(message);
    this.name = 'StatusError';
  }
}

/** A status list whose signature held. */
export class StatusList {
  constructor(
    /** Its number: the last part of its subject. */
    readonly list: number,
    /** When it was signed, when it ends; seconds since 1970. */
    readonly iat: number,
    readonly exp: number,
    /** For how many seconds a copy need not be fetched again. */
    readonly ttl: number | null,
    private readonly bits: Bytes,
  ) {}

  /** The value of an entry; an index beyond the list is `undefined`. */
  at(index: number): StatusValue | undefined {
    const byte = this.bits[Math.floor(index / 4)];
    return byte === undefined ? undefined : VALUES[(byte >> (2 * (index % 4))) & 3];
  }
}

/** Where `verify` finds the list that a credential names. */
export interface StatusSource {
  find(list: number): StatusList | undefined;
}

/** No status at all: every answer becomes `status_unavailable` at best. */
export const NO_STATUS: StatusSource = { find: () => undefined };

/** Status lists in memory; of each the newest that was given. */
export class StatusBook implements StatusSource {
  private readonly lists = new Map<number, StatusList>();

  /** Takes a list in, unless a newer one of its number is there. */
  add(list: StatusList): void {
    const held = this.lists.get(list.list);
    if (held === undefined || held.iat <= list.iat) this.lists.set(list.list, list);
  }

  find(list: number): StatusList | undefined {
    return this.lists.get(list);
  }

  /** The lists that are held. */
  get all(): readonly StatusList[] {
    return [...this.lists.values()];
  }
}

/** Opens a list in JWT form; its signer must be in the trust list with the use `status`. */
export async function openStatusJwt(token: string, trust: TrustList): Promise<StatusList> {
  if (token.length > MAX_STATUS_TOKEN) throw new StatusError('too_large', 'the status list is too large');
  const [head, body, tail, ...more] = token.trim().split('.');
  const header = jsonPart(head);
  const signature = tail === undefined ? null : fromBase64Url(tail);
  if (header === null || body === undefined || signature === null || more.length > 0) {
    throw new StatusError('malformed', 'the status list is no compact JWS');
  }
  if (header.typ !== 'statuslist+jwt' || header.crit !== undefined || typeof header.kid !== 'string') {
    throw new StatusError('malformed', 'the header is not that of a status list');
  }
  await checkSigner(trust, header.kid, header.alg, utf8(`${head}.${body}`), signature);
  const claims = jsonPart(body);
  const inner = claims?.status_list;
  const lst = isObject(inner) && typeof inner.lst === 'string' ? fromBase64Url(inner.lst) : null;
  if (!claims || !isObject(inner)) throw new StatusError('malformed', 'the claims are not those of a status list');
  return build(claims.sub, claims.iat, claims.exp, claims.ttl ?? null, inner.bits, lst);
}

/** Opens a list in CWT form. */
export async function openStatusCwt(token: Bytes, trust: TrustList): Promise<StatusList> {
  if (token.length > MAX_STATUS_TOKEN) throw new StatusError('too_large', 'the status list is too large');
  const parts = attempt(() => readSign1(token, MAX_STATUS_TOKEN));
  const header = 'fault' in parts ? null : decodeMap(parts.protectedHeader);
  if ('fault' in parts || header === null) throw new StatusError('malformed', 'the status list is no COSE_Sign1');
  const [alg, kid, typ] = [header.get(1), header.get(4), header.get(16)];
  if (typeof alg !== 'number' || !(kid instanceof Uint8Array) || typ !== 'application/statuslist+cwt') {
    throw new StatusError('malformed', 'the header is not that of a status list');
  }
  await checkSigner(trust, toHex(kid), COSE_ALGORITHMS.get(BigInt(alg)), toBeSigned(parts), parts.signature);
  const claims = decodeMap(parts.payload);
  const inner = claims?.get(65533);
  if (!claims || !(inner instanceof CborMap)) {
    throw new StatusError('malformed', 'the claims are not those of a status list');
  }
  const lst = inner.get('lst');
  const compressed = lst instanceof Uint8Array ? lst : null;
  return build(claims.get(2), claims.get(6), claims.get(4), claims.get(65534) ?? null, inner.get('bits'), compressed);
}

async function checkSigner(
  trust: TrustList,
  kid: string,
  alg: unknown,
  message: Bytes,
  signature: Bytes,
): Promise<void> {
  const listed = trust.find(kid);
  if (listed === undefined || listed.use !== 'status' || listed.algorithm !== alg) {
    throw new StatusError('unknown_issuer', 'the signer of the status list is not in the trust list for it');
  }
  const key = await listed.publicKey();
  if (key === null) throw new StatusError('unknown_issuer', 'the key of the status list does not match its name');
  if (!(await key.verify(message, signature))) {
    throw new StatusError('bad_signature', 'the signature of the status list does not hold');
  }
}

async function build(
  sub: unknown,
  iat: unknown,
  exp: unknown,
  ttl: unknown,
  bits: unknown,
  lst: Bytes | null,
): Promise<StatusList> {
  const number = typeof sub === 'string' ? /\/([0-9]{1,9})$/.exec(sub)?.[1] : undefined;
  const shaped = isCount(iat) && isCount(exp) && (ttl === null || isCount(ttl)) && bits === 2;
  if (number === undefined || !shaped || lst === null) {
    throw new StatusError('malformed', 'the claims are not those of a status list');
  }
  const inflated = await inflateExactly(lst, LIST_BYTES);
  if (inflated === null) throw new StatusError('malformed', 'the list does not inflate to its length');
  return new StatusList(Number(number), iat, exp, ttl, inflated);
}

function jsonPart(part: string | undefined): ReturnType<typeof parseObject> {
  const bytes = part === undefined ? null : fromBase64Url(part);
  const text = bytes === null ? null : fromUtf8(bytes);
  return text === null ? null : parseObject(text);
}
