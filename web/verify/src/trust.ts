/**
 * The trust list: which keys exist, what each may sign, where and when. A JWS in JSON serialisation
 * (RFC 7515 section 7.2) signed by roots that the verifier has pinned: none of their signatures may be
 * wrong, and each algorithm that is pinned must have signed. A list with a smaller number than one already
 * seen is refused.
 *
 * A key is judged at the `iat` of what it signed: `not_before <= iat < not_after`.
 */
import { type Bytes, equal, fromBase64, fromBase64Url, utf8 } from './bytes.js';
import { certifiedKey } from './certificate.js';
import { readJoseHeader, readJsonPart } from './jose.js';
import { type JsonObject, isCount, isObject, isSecond, isTexts, parseObject } from './json.js';
import { PublicKey } from './keys.js';
import { ALGORITHMS, type Algorithm } from './spki.js';

/** Longest trust list, in characters. */
export const MAX_TRUST_LIST = 4 * 1024 * 1024;
/** Longest root file, in characters. */
export const MAX_ROOT_FILE = 64 * 1024;
/** Most keys of a trust list. */
export const MAX_KEYS = 8192;
const MAX_SIGNATURES = 8;
const MAX_REGIONS = 1024;
/** What stands for the list's number in a status address. */
const LIST_PLACE = '{list}';

/** What a key may sign. */
export type KeyUse = 'mark' | 'licence' | 'live' | 'status';
const USES: readonly KeyUse[] = ['mark', 'licence', 'live', 'status'];

/** Why a trust list or a root file was refused. */
export type TrustFault =
  'too_large' | 'malformed' | 'unknown_root' | 'root_missing' | 'bad_signature' | 'seq_went_back';

/** Thrown when a trust list or a root file is refused: a refused list is no list. */
export class TrustError extends Error {
  constructor(
    readonly code: TrustFault,
    message: string,
  ) {
    super(message);
    this.name = 'TrustError';
  }
}

/** The root keys that a verifier has pinned. */
export class Roots {
  private constructor(readonly keys: readonly PublicKey[]) {}

  /**
   * Reads a root file: `{"keys":[{"kid","alg","public_key"}]}`.
   * @throws {TrustError} when it is not one
   */
  static async parse(text: string): Promise<Roots> {
    if (text.length > MAX_ROOT_FILE) throw new TrustError('too_large', 'the root file is too large');
    const listed = parseObject(text)?.keys;
    if (!Array.isArray(listed) || listed.length === 0) {
      throw new TrustError('malformed', 'the root file lists no keys');
    }
    const keys = await Promise.all(
      listed.map((entry: unknown) => (isObject(entry) ? namedKey(entry) : null)),
    );
    if (!keys.every((key) => key !== null)) {
      throw new TrustError('malformed', 'a key of the root file does not match its name');
    }
    return new Roots(keys);
  }
}

/** One key of the list. */
export class TrustKey {
  constructor(
    readonly publicKey: PublicKey,
    readonly use: KeyUse,
    /** Division codes in which trailing `00` pairs stand for all below; none at all is everywhere. */
    readonly regions: readonly string[],
    /** The first second of what it may have signed, and the first of what no longer. */
    readonly notBefore: number,
    readonly notAfter: number,
  ) {}

  /** What stands against its signing for this authority (`null`: for none in particular) at `iat` what needs this use. */
  objection(use: KeyUse, authority: number | null, iat: number): 'use' | 'region' | 'key_dates' | null {
    if (this.use !== use) return 'use';
    if (authority !== null && this.regions.length > 0 && !this.regions.some((r) => covers(r, authority)))
      return 'region';
    return this.notBefore <= iat && iat < this.notAfter ? null : 'key_dates';
  }
}

function covers(region: string, authority: number): boolean {
  const code = Number(region);
  if (code === 0) return true;
  const step = code % 10_000 === 0 ? 10_000 : code % 100 === 0 ? 100 : 1;
  return Math.floor(code / step) === Math.floor(authority / step);
}

interface Payload {
  readonly iat: number;
  readonly exp: number;
  readonly seq: number;
  readonly statusUri: string;
  readonly keys: ReadonlyMap<string, TrustKey>;
}

/** A trust list whose signatures held. Whether it has expired is for `verify` to say. */
export class TrustList {
  private constructor(private readonly payload: Payload) {}

  /**
   * Opens a signed trust list. `minSeq` is the highest number seen so far.
   * @throws {TrustError} when any part of it is not as it must be
   */
  static async open(json: string, roots: Roots, minSeq = 0): Promise<TrustList> {
    if (json.length > MAX_TRUST_LIST) throw new TrustError('too_large', 'the trust list is too large');
    const jws = parseObject(json);
    const text = jws?.payload;
    if (typeof text !== 'string' || !isSignatures(jws?.signatures)) {
      throw new TrustError('malformed', 'the trust list is no JWS in JSON serialisation');
    }
    if (jws.signatures.length > MAX_SIGNATURES) {
      throw new TrustError('too_large', 'the trust list has too many signatures');
    }
    await checkSignatures(jws.signatures, text, roots);
    const raw = readJsonPart(text);
    if (raw === null) throw new TrustError('malformed', 'the payload is no JSON object in base64url');
    if (isCount(raw.seq) && raw.seq < minSeq) {
      throw new TrustError('seq_went_back', `number ${raw.seq} is older than number ${minSeq}, seen before`);
    }
    return new TrustList(await readPayload(raw));
  }

  /** When it was signed, in seconds since 1970. */
  get iat(): number {
    return this.payload.iat;
  }
  /** From when on it must not be used. */
  get exp(): number {
    return this.payload.exp;
  }
  /** Its number. */
  get seq(): number {
    return this.payload.seq;
  }
  /** The key of that name, if it is listed. */
  find(kid: string): TrustKey | undefined {
    return this.payload.keys.get(kid);
  }
  /** Loads and prepares what its keys need beyond the engine's own, so that the first verdict does not wait for it. Never throws. */
  async warm(): Promise<void> {
    const listed = [...this.payload.keys.values()];
    if (!listed.some(({ publicKey }) => publicKey.algorithm === 'SM2')) return;
    // not to be had now: it is asked for again when a signature needs it
    await import('./sm2.js').then(({ warmSm2 }) => warmSm2()).catch(() => undefined);
  }
  /** The address of a status list. */
  statusAddress(list: number): string {
    return this.payload.statusUri.replace(LIST_PLACE, list.toString());
  }
  /** The number of the status list at this address; the way back from `statusAddress`. */
  listAt(address: string): number | null {
    const [before = '', after = ''] = this.payload.statusUri.split(LIST_PLACE);
    const number = address.slice(before.length, address.length - after.length);
    const list = /^[0-9]{1,10}$/.test(number) ? Number(number) : -1;
    // one spelling only: no leading zeros, nothing else around it
    return list >= 0 && list <= 0xffffffff && this.statusAddress(list) === address ? list : null;
  }
}

interface Signature {
  readonly protected: string;
  readonly signature: string;
}

function isSignatures(value: unknown): value is readonly Signature[] {
  const isSignature = (item: unknown): boolean =>
    isObject(item) && typeof item.protected === 'string' && typeof item.signature === 'string';
  return Array.isArray(value) && value.every(isSignature);
}

async function checkSignatures(
  signatures: readonly Signature[],
  payload: string,
  roots: Roots,
): Promise<void> {
  const good = new Set<Algorithm>();
  for (const signed of signatures) {
    // a signature that this version cannot read counts for nothing, and against nothing: a later root may sign so
    const header = readJoseHeader(signed.protected);
    const root = header === null ? undefined : roots.keys.find((key) => key.kid === header.kid);
    if (header === null || root === undefined) continue;
    const signature = fromBase64Url(signed.signature);
    if (signature === null) throw new TrustError('malformed', 'a signature is not base64url');
    const message = utf8(`${signed.protected}.${payload}`);
    if (header.algorithm !== root.algorithm || !(await root.verify(message, signature))) {
      throw new TrustError('bad_signature', `the signature of root ${root.kid} is wrong`);
    }
    good.add(root.algorithm);
  }
  if (good.size === 0) throw new TrustError('unknown_root', 'not signed by a pinned root');
  const missing = roots.keys.find((root) => !good.has(root.algorithm));
  if (missing !== undefined) {
    throw new TrustError('root_missing', `a pinned root of ${missing.algorithm} did not sign it`);
  }
}

async function readPayload(raw: JsonObject): Promise<Payload> {
  const { iat, exp, seq, status_uri: statusUri, keys: listed } = raw;
  if (
    !isSecond(iat) ||
    !isSecond(exp) ||
    !isCount(seq) ||
    typeof statusUri !== 'string' ||
    !Array.isArray(listed)
  ) {
    throw new TrustError('malformed', 'the payload is not that of a trust list');
  }
  if (listed.length > MAX_KEYS) throw new TrustError('too_large', 'the trust list has too many keys');
  if (exp <= iat) throw new TrustError('malformed', 'the trust list ends before it begins');
  if (statusUri.split(LIST_PLACE).length !== 2) {
    throw new TrustError('malformed', 'the status address does not have one {list}');
  }
  const keys = new Map<string, TrustKey>();
  for (const key of await Promise.all(listed.map(readKey))) {
    if (key === null) continue;
    if (keys.has(key.publicKey.kid))
      throw new TrustError('malformed', `key ${key.publicKey.kid} is listed twice`);
    keys.set(key.publicKey.kid, key);
  }
  return { iat, exp, seq, statusUri, keys };
}

// null: of a use or algorithm that this version does not know; a newer list must not silence an older reader
async function readKey(entry: unknown): Promise<TrustKey | null> {
  const malformed = new TrustError('malformed', 'a key of the trust list is not as it must be');
  if (!isObject(entry)) throw malformed;
  const { use, regions, not_before: notBefore, not_after: notAfter, certificate } = entry;
  const texts = [entry.kid, entry.alg, use, entry.public_key];
  if (!isTexts(texts) || !isTexts(regions) || !regions.every((region) => /^[0-9]{6}$/.test(region)))
    throw malformed;
  if (!isSecond(notBefore) || !isSecond(notAfter)) throw malformed;
  const knownUse = USES.find((known) => known === use);
  if (knownUse === undefined || !ALGORITHMS.some((known) => known === entry.alg)) return null;
  const key = await namedKey(entry);
  if (key === null || regions.length > MAX_REGIONS) throw malformed;
  if (certificate !== undefined && certificate !== null && !certifies(certificate, key)) throw malformed;
  return new TrustKey(key, knownUse, regions, notBefore, notAfter);
}

function certifies(certificate: unknown, key: PublicKey): boolean {
  const der = typeof certificate === 'string' ? fromBase64(certificate) : null;
  const certified = der === null ? null : certifiedKey(der);
  return certified !== null && equal(certified, key.spki);
}

// a key counts only under its own name and with its own algorithm
async function namedKey(entry: JsonObject): Promise<PublicKey | null> {
  const spki: Bytes | null = typeof entry.public_key === 'string' ? fromBase64(entry.public_key) : null;
  const key = spki === null ? null : await PublicKey.fromSpki(spki);
  return key !== null && key.kid === entry.kid && key.algorithm === entry.alg ? key : null;
}
