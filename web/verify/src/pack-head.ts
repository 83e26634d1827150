/**
 * The signed head of a pack or a shard (`docs/pack-format.md`), and why files of this kind are refused. The checks and their
 * order are those of the Rust reader.
 */
import { type Bytes, concat, equal, toHex, utf8 } from './bytes.js';
import { CborMap, decodeMap } from './cbor.js';
import { CLAIM_BODY, COSE_ALGORITHMS, readSign1, toBeSigned } from './cose.js';
import { numberAt } from './files.js';
import { KID_BYTES, SIGNATURE_BYTES } from './keys.js';
import { attempt } from './reader.js';
import type { Algorithm } from './spki.js';
import type { TrustList } from './trust.js';

/** Largest head, in bytes. */
export const MAX_HEAD = 512;
/** Length of a digest, in bytes. */
export const DIGEST_BYTES = 32;
const U32_MAX = 0xffffffff;

/** Why a pack, a delta or a shard was refused: a stable code. It says nothing about any credential. */
export type PackFault =
  | 'too_large'
  | 'broken_pack'
  | 'unsupported_version'
  | 'bad_trust_list'
  | 'older_trust_list'
  | 'unknown_issuer'
  | 'bad_signature'
  | 'older_pack'
  | 'pack_expired'
  | 'wrong_base';

/** Thrown when a pack, a delta or a shard is refused: what was held before stays in force. */
export class PackError extends Error {
  constructor(
    readonly code: PackFault,
    message: string,
  ) {
    super(message);
    this.name = 'PackError';
  }
}

/** A refusal of what is cut short, altered, or not ours. */
export function broken(what: string): PackError {
  return new PackError('broken_pack', what);
}

/** What a head is for. */
export type HeadKind = 'pack' | 'shard';

/** What a head says. */
export interface Head {
  /** Its number; counts up. */
  readonly seq: number;
  /** 0 for a pack; of a shard the first two digits of its province's division code. */
  readonly scope: number;
  /** How many lists, or plates. */
  readonly count: number;
  /** Of the table, or of the index. */
  readonly digest: Bytes;
  readonly trustSeq: number;
  readonly trustDigest: Bytes;
  /** As of when, and from when on it must not be relied on; seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
}

/**
 * Opens a signed head. Its age is for the caller to judge.
 * @throws {PackError} `broken_pack`, `unknown_issuer`, `bad_signature`
 */
export async function openHead(bytes: Bytes, kind: HeadKind, trust: TrustList): Promise<Head> {
  if (bytes.length > MAX_HEAD) throw broken('the head is too long');
  const parts = attempt(() => readSign1(bytes, MAX_HEAD));
  if ('fault' in parts) throw broken('the head is no COSE_Sign1');
  const named = readProtected(parts.protectedHeader, kind);
  if (named === null || parts.signature.length !== SIGNATURE_BYTES) throw broken('not the head of this kind');
  const key = trust.find(named.kid);
  // the use is looked at before the signature, so that no other key is ever tried on a head
  if (key === undefined || key.use !== 'status') {
    throw new PackError('unknown_issuer', `key ${named.kid} is not in the trust list for this`);
  }
  const { algorithm } = key.publicKey;
  if (algorithm !== named.algorithm || !(await key.publicKey.verify(toBeSigned(parts), parts.signature))) {
    throw new PackError('bad_signature', 'the signature of the head is wrong');
  }
  const head = readPayload(parts.payload);
  const scoped = kind === 'pack' ? head?.scope === 0 : head !== null && head.scope >= 11 && head.scope <= 99;
  if (head === null || !scoped) throw broken('the head says something else than it must');
  if (key.objection('status', null, head.iat) !== null) {
    throw new PackError('unknown_issuer', 'the key was not in use when it signed');
  }
  return head;
}

/** Refuses a head that is older than what is held, and then one that is past its end. */
export function checkInTime(head: Head, heldSeq: number, now: number): void {
  if (head.seq < heldSeq) {
    throw new PackError('older_pack', `number ${head.seq} is older than number ${heldSeq}, which is held`);
  }
  if (now >= head.exp) throw new PackError('pack_expired', 'it is past its end');
}

/**
 * Looks at the first eight bytes.
 * @throws {PackError} `broken_pack`, `unsupported_version`
 */
export function checkMagic(bytes: Uint8Array, ours: string): void {
  const magic = utf8(ours);
  const found = bytes.subarray(0, magic.length);
  if (equal(found, magic)) return;
  const digit = found[6] ?? 0;
  const alike = equal(found.subarray(0, 6), magic.subarray(0, 6)) && digit >= 0x30 && digit <= 0x39;
  if (alike && found[7] === magic[7]) throw new PackError('unsupported_version', 'newer than this reader');
  throw broken('it begins with something else');
}

/** Reads a length of a frame, at most `ceiling`. */
export function frameLength(frame: Uint8Array, at: number, ceiling: number): number {
  const length = numberAt(frame, at, 4);
  if (frame.length < at + 4 || length > ceiling) throw broken('a length in its frame is wrong');
  return length;
}

function readProtected(bytes: Bytes, kind: HeadKind): { algorithm: Algorithm; kid: string } | null {
  const header = decodeMap(bytes);
  const [alg, kid] = [header?.get(1), header?.get(4)];
  const algorithm = typeof alg === 'number' ? COSE_ALGORITHMS.get(BigInt(alg)) : undefined;
  if (!header?.hasOnly(1, 4, 16) || header.get(16) !== `application/luzheng-${kind}+cose`) return null;
  if (algorithm === undefined || !(kid instanceof Uint8Array) || kid.length !== KID_BYTES) return null;
  return { algorithm, kid: toHex(kid) };
}

function readPayload(payload: Bytes): Head | null {
  const claims = decodeMap(payload);
  const body = claims?.get(CLAIM_BODY);
  if (!claims?.hasOnly(4, 6, CLAIM_BODY) || !(body instanceof CborMap)) return null;
  if (!body.hasOnly(1, 2, 3, 4, 5, 6)) return null;
  const [exp, iat, seq, scope, count] = [claims.get(4), claims.get(6), body.get(1), body.get(2), body.get(3)];
  const [digest, trustSeq, trustDigest] = [body.get(4), body.get(5), body.get(6)];
  if (!isCount(exp) || !isCount(iat) || iat >= exp || !isCount(trustSeq)) return null;
  if (!isCount(seq, U32_MAX) || seq === 0 || !isCount(scope, U32_MAX) || !isCount(count, U32_MAX))
    return null;
  if (!isDigest(digest) || !isDigest(trustDigest)) return null;
  return { seq, scope, count, digest, trustSeq, trustDigest, iat, exp };
}

function isCount(value: unknown, max: number = Number.MAX_SAFE_INTEGER): value is number {
  return typeof value === 'number' && value >= 0 && value <= max;
}

function isDigest(value: unknown): value is Bytes {
  return value instanceof Uint8Array && value.length === DIGEST_BYTES;
}

/** Numbers of four bytes each, the highest first. */
export function u32s(...numbers: readonly number[]): Bytes {
  return concat(...numbers.map((n) => Uint8Array.of(n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255)));
}
