/**
 * The trust list: who may sign what, where, and when. A JWS (RFC 7515 section 7.2) signed by a root that
 * the verifier has pinned. A list with an older sequence number than one already seen is refused.
 */
import { type Bytes, fromBase64, fromBase64Url, fromUtf8, utf8 } from './bytes.js';
import { type JsonObject, isCount, isObject, isTexts, parseObject } from './json.js';
import { type PublicKey, importKey } from './keys.js';
import type { Algorithm } from './spki.js';

/** Longest trust list, in characters: room for some five thousand keys with certificates. */
export const MAX_TRUST_LIST = 8 * 1024 * 1024;
/** Longest root file, in characters. */
export const MAX_ROOT_FILE = 64 * 1024;

/** What a key may sign. */
export type KeyUse = 'mark' | 'licence' | 'live' | 'status';

/** Why a trust list or a root file was refused. */
export type TrustFault = 'too_large' | 'malformed' | 'unknown_root' | 'bad_signature' | 'seq_went_back';

/** Thrown when a trust list or a root file is refused. */
export class TrustError extends Error {
  constructor(
    readonly code: TrustFault,
    message: string,
  ) {
    super(message);
    this.name = 'TrustError';
  }
}

/** One key of the list. */
export interface TrustKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly use: KeyUse;
  /** Division codes; trailing `00` pairs are wildcards; none at all is the whole country. */
  readonly regions: readonly string[];
  /** Seconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** The key itself, imported when first used. */
  publicKey(): Promise<PublicKey | null>;
}

/** The roots a verifier has pinned. */
export class Roots {
  private constructor(readonly keys: ReadonlyMap<string, PublicKey>) {}

  /** Reads a root file: `{"keys":[{"kid","alg","public_key"}]}`. */
  static async parse(text: string): Promise<Roots> {
    if (text.length > MAX_ROOT_FILE) throw new TrustError('too_large', 'the root file is too large');
    const listed = parseObject(text)?.keys;
    if (!Array.isArray(listed) || listed.length === 0) {
      throw new TrustError('malformed', 'the root file lists no keys');
    }
    const keys = new Map<string, PublicKey>();
    for (const entry of listed as unknown[]) {
      const key = isObject(entry) ? await namedKey(entry) : null;
      if (key === null) throw new TrustError('malformed', 'a key of the root file does not match its name');
      keys.set(key.kid, key);
    }
    return new Roots(keys);
  }
}

/** A trust list whose signature held. */
export class TrustList {
  private constructor(
    /** When it was signed, when it ends; seconds since 1970. */
    readonly iat: number,
    readonly exp: number,
    /** Never goes back. */
    readonly seq: number,
    /** Where status lists are: a URI with `{list}`. */
    readonly statusUri: string,
    private readonly keys: ReadonlyMap<string, TrustKey>,
  ) {}

  /**
   * Opens a signed trust list. `minSeq` is the highest sequence number seen so far.
   * @throws {TrustError} when any part of it is not as it must be
   */
  static async open(json: string, roots: Roots, minSeq = 0): Promise<TrustList> {
    if (json.length > MAX_TRUST_LIST) throw new TrustError('too_large', 'the trust list is too large');
    const payload = await openJws(json, roots);
    const text = fromUtf8(payload);
    const list = text === null ? null : readPayload(text);
    if (list === null) throw new TrustError('malformed', 'the trust list is not of the expected shape');
    if (list.seq < minSeq) {
      throw new TrustError('seq_went_back', `trust list ${list.seq} is older than ${minSeq}, seen before`);
    }
    return new TrustList(list.iat, list.exp, list.seq, list.statusUri, list.keys);
  }

  /** The key of that name, if it is listed. */
  find(kid: string): TrustKey | undefined {
    return this.keys.get(kid);
  }
}

/** Whether a key with these regions may speak for an authority. */
export function permitsRegion(regions: readonly string[], authority: number): boolean {
  const code = authority.toString().padStart(6, '0');
  return regions.length === 0 || regions.some((region) => code.startsWith(region.replace(/(00)+$/, '')));
}

async function openJws(json: string, roots: Roots): Promise<Bytes> {
  const jws = parseObject(json);
  const signatures = jws?.signatures;
  const payloadText = jws?.payload;
  const payload = typeof payloadText === 'string' ? fromBase64Url(payloadText) : null;
  if (!Array.isArray(signatures) || typeof payloadText !== 'string' || payload === null) {
    throw new TrustError('malformed', 'the trust list is no JWS in JSON serialisation');
  }
  let held = 0;
  for (const entry of signatures as unknown[]) {
    const known = isObject(entry) ? await checkSignature(entry, payloadText, roots) : null;
    if (known === false) throw new TrustError('bad_signature', 'a signature of the trust list does not hold');
    if (known === true) held++;
  }
  if (held === 0) throw new TrustError('unknown_root', 'no pinned root signed the trust list');
  return payload;
}

// null: not by a root of ours
async function checkSignature(entry: JsonObject, payload: string, roots: Roots): Promise<boolean | null> {
  if (typeof entry.protected !== 'string' || typeof entry.signature !== 'string') return false;
  const headerBytes = fromBase64Url(entry.protected);
  const headerText = headerBytes === null ? null : fromUtf8(headerBytes);
  const header = headerText === null ? null : parseObject(headerText);
  const signature = fromBase64Url(entry.signature);
  if (header === null || signature === null || typeof header.kid !== 'string') return false;
  const root = roots.keys.get(header.kid);
  if (root === undefined) return null;
  // a critical extension that is not understood must not be passed over (RFC 7515 section 4.1.11)
  if (header.alg !== root.algorithm || header.crit !== undefined) return false;
  return root.verify(utf8(`${entry.protected}.${payload}`), signature);
}

interface Payload {
  iat: number;
  exp: number;
  seq: number;
  statusUri: string;
  keys: Map<string, TrustKey>;
}

function readPayload(text: string): Payload | null {
  const payload = parseObject(text);
  if (payload === null || !isCount(payload.iat) || !isCount(payload.exp) || !isCount(payload.seq)) return null;
  if (typeof payload.status_uri !== 'string' || !Array.isArray(payload.keys)) return null;
  const keys = new Map<string, TrustKey>();
  for (const entry of payload.keys as unknown[]) {
    const key = isObject(entry) ? readKey(entry) : null;
    if (key === null || keys.has(key.kid)) return null;
    keys.set(key.kid, key);
  }
  const { iat, exp, seq, status_uri: statusUri } = payload;
  return { iat, exp, seq, statusUri, keys };
}

const ALGORITHMS: readonly unknown[] = ['ES256', 'EdDSA', 'SM2'] satisfies Algorithm[];
const USES: readonly unknown[] = ['mark', 'licence', 'live', 'status'] satisfies KeyUse[];

function readKey(entry: JsonObject): TrustKey | null {
  const { kid, alg, use, regions, not_before: notBefore, not_after: notAfter } = entry;
  if (typeof kid !== 'string' || !/^[0-9a-f]{16}$/.test(kid)) return null;
  if (!ALGORITHMS.includes(alg) || !USES.includes(use)) return null;
  if (!isTexts(regions) || !regions.every((r) => /^[0-9]{6}$/.test(r))) return null;
  if (!isCount(notBefore) || !isCount(notAfter) || typeof entry.public_key !== 'string') return null;
  let imported: Promise<PublicKey | null> | undefined;
  return {
    kid,
    algorithm: alg as Algorithm,
    use: use as KeyUse,
    regions,
    notBefore,
    notAfter,
    publicKey: () => (imported ??= namedKey(entry)),
  };
}

// a key counts only under its own name and with its own algorithm
async function namedKey(entry: JsonObject): Promise<PublicKey | null> {
  const spki = typeof entry.public_key === 'string' ? fromBase64(entry.public_key) : null;
  const key = spki === null ? null : await importKey(spki);
  return key !== null && key.kid === entry.kid && key.algorithm === entry.alg ? key : null;
}
