/** An issuer for tests: fixed keys, and everything that an issuer writes, so that tests can write it wrongly too. */
import { deflateSync } from 'node:zlib';
import { sm2 } from 'sm-crypto-v2';
import { type Bytes, concat, fromHex, toBase64Url, toHex, utf8 } from '../src/bytes.js';
import { CborMap, CborTag, encodeHead } from '../src/cbor.js';
import { toBeSigned } from '../src/cose.js';
import { PublicKey } from '../src/keys.js';
import { type Algorithm, joinSpki } from '../src/spki.js';
import { type EntryBits, listBytes, StatusBook, openStatusJwt } from '../src/status.js';
import { compactText, primaryText } from '../src/text.js';
import { Roots, TrustList } from '../src/trust.js';

export const HOST = 'luzheng.example';
export const STATUS_URI = `https://${HOST}/status/{list}`;
/** 2026-11-21T08:00:00Z, Saturday afternoon in China. */
export const NOW = 1_795_248_000;
export const DAY = 86400;

export type Value =
  number | bigint | string | boolean | null | Uint8Array | readonly Value[] | Map<Value, Value>;

/** Writes any value in the shortest form; a map in the order of its insertion, so that tests can disorder it. */
export function encode(value: Value): Bytes {
  if (typeof value === 'number' || typeof value === 'bigint') return encodeInteger(BigInt(value));
  if (typeof value === 'string') return concat(encodeHead(3, utf8(value).length), utf8(value));
  if (value instanceof Uint8Array) return concat(encodeHead(2, value.length), value);
  if (value instanceof Map) {
    return concat(encodeHead(5, value.size), ...[...value].flatMap(([k, v]) => [encode(k), encode(v)]));
  }
  if (typeof value === 'boolean') return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (value === null) return Uint8Array.of(0xf6);
  return concat(encodeHead(4, value.length), ...value.map(encode));
}

function encodeInteger(value: bigint): Bytes {
  const major = value < 0n ? 1 : 0;
  const argument = value < 0n ? -1n - value : value;
  if (argument < 1n << 32n) return encodeHead(major, Number(argument));
  const out = new Uint8Array(9);
  out[0] = (major << 5) | 27;
  new DataView(out.buffer).setBigUint64(1, argument);
  return out;
}

/** Shows a decoded value as plain data. */
export function plain(value: unknown): unknown {
  if (value instanceof CborMap) return new Map(value.entries.map(([k, v]) => [plain(k), plain(v)]));
  if (value instanceof CborTag) return { tag: value.tag, value: plain(value.value) };
  if (Array.isArray(value)) return value.map(plain);
  return value;
}

/** A private key with its public half. */
export interface Signer {
  readonly key: PublicKey;
  sign(message: Bytes): Promise<Bytes>;
}

const COSE: Record<Algorithm, number> = { ES256: -7, EdDSA: -8, SM2: -65600 };

async function es256(scalar: string): Promise<Signer> {
  // PKCS#8 around a bare scalar (RFC 5915 without the public half); the engine derives the point
  const head = '3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420';
  const pkcs8 = fromHex(head + scalar);
  if (pkcs8 === null) throw new Error('not hexadecimal');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const secret = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, true, ['sign']);
  const { kty = '', crv = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', secret);
  const open = await crypto.subtle.importKey('jwk', { kty, crv, x, y }, algorithm, true, ['verify']);
  const sign = async (m: Bytes) =>
    new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, secret, m));
  return { key: await publicKey(new Uint8Array(await crypto.subtle.exportKey('spki', open))), sign };
}

async function ed25519(seed: string): Promise<Signer> {
  const pkcs8 = fromHex(`302e020100300506032b657004220420${seed}`);
  if (pkcs8 === null) throw new Error('not hexadecimal');
  const secret = await crypto.subtle.importKey('pkcs8', pkcs8, { name: 'Ed25519' }, true, ['sign']);
  const { x } = await crypto.subtle.exportKey('jwk', secret);
  const raw = new Uint8Array(Buffer.from(x ?? '', 'base64url'));
  const sign = async (m: Bytes) => new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, secret, m));
  return { key: await publicKey(joinSpki('EdDSA', raw)), sign };
}

async function sm2Signer(scalar: string): Promise<Signer> {
  const point = sm2.getPublicKeyFromPrivateKey(scalar);
  const raw = fromHex(point.slice(2)) ?? new Uint8Array();
  const sign = async (m: Bytes) => fromHex(sm2.doSignature(m, scalar, { hash: true })) ?? new Uint8Array();
  return { key: await publicKey(joinSpki('SM2', raw)), sign };
}

async function publicKey(spki: Bytes): Promise<PublicKey> {
  const key = await PublicKey.fromSpki(spki);
  if (key === null) throw new Error('a test key was refused');
  return key;
}

export const ROOT = await es256('11'.repeat(32));
export const SM2_ROOT = await sm2Signer('12'.repeat(32));
export const MARK = await es256('21'.repeat(32));
export const MARK_SM2 = await sm2Signer('22'.repeat(32));
export const MARK_ED = await ed25519('23'.repeat(32));
export const LICENCE = await es256('24'.repeat(32));
export const LIVE = await es256('31'.repeat(32));
export const STATUS = await es256('41'.repeat(32));
export const STRANGER = await es256('51'.repeat(32));
export const DEVICE = await es256('61'.repeat(32));

/** An entry of the trust list. */
export function trustEntry(
  signer: Signer,
  use: string,
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    kid: signer.key.kid,
    alg: signer.key.algorithm,
    use,
    regions: [],
    not_before: NOW - 1000 * DAY,
    not_after: NOW + 1000 * DAY,
    public_key: Buffer.from(signer.key.spki).toString('base64'),
    ...changes,
  };
}

export const ENTRIES = [
  trustEntry(MARK, 'mark', { regions: ['320000', '110101'] }),
  trustEntry(MARK_SM2, 'mark'),
  trustEntry(MARK_ED, 'mark'),
  trustEntry(LICENCE, 'licence'),
  trustEntry(LIVE, 'live'),
  trustEntry(STATUS, 'status'),
];

/** The payload of the trust list. */
export function trustPayload(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { iat: NOW - DAY, exp: NOW + 30 * DAY, seq: 7, status_uri: STATUS_URI, keys: ENTRIES, ...changes };
}

async function jwsSignature(signer: Signer, header: Record<string, unknown>, payload: string) {
  const protectedHeader = toBase64Url(utf8(JSON.stringify(header)));
  const signature = toBase64Url(await signer.sign(utf8(`${protectedHeader}.${payload}`)));
  return { protected: protectedHeader, signature };
}

/** Signs a trust list with these roots. */
export async function trustJson(payload: unknown, ...roots: readonly Signer[]): Promise<string> {
  const body = toBase64Url(utf8(JSON.stringify(payload)));
  const header = (root: Signer) => ({ alg: root.key.algorithm, kid: root.key.kid, typ: 'luzheng-trust+jwt' });
  const signatures = await Promise.all(roots.map((root) => jwsSignature(root, header(root), body)));
  return JSON.stringify({ payload: body, signatures });
}

/** The file that pins these roots. */
export function rootFile(...roots: readonly Signer[]): string {
  const keys = roots.map(({ key }) => ({
    kid: key.kid,
    alg: key.algorithm,
    public_key: Buffer.from(key.spki).toString('base64'),
  }));
  return JSON.stringify({ keys });
}

export const ROOTS = await Roots.parse(rootFile(ROOT));

/** The trust list of the tests. */
export async function trustList(changes: Record<string, unknown> = {}): Promise<TrustList> {
  return TrustList.open(await trustJson(trustPayload(changes), ROOT), ROOTS);
}

/** The entries of a status list with some of them set. */
export function statusBytes(
  entries: Record<number, number> = {},
  length = listBytes(2),
  bits: EntryBits = 2,
): Bytes {
  const bytes = new Uint8Array(length);
  const perByte = 8 / bits;
  for (const [index, value] of Object.entries(entries)) {
    const at = Math.floor(Number(index) / perByte);
    bytes[at] = (bytes[at] ?? 0) | (value << (bits * (Number(index) % perByte)));
  }
  return bytes;
}

/** The claims of a status list. */
export function statusClaims(list: number, changes: Record<string, unknown> = {}): Record<string, unknown> {
  const sub = STATUS_URI.replace('{list}', list.toString());
  return { sub, iat: NOW - 3600, exp: NOW + 7 * DAY - 3600, ttl: 3600, ...changes };
}

/** A status list as JWT. */
export async function statusJwt(
  claims: Record<string, unknown>,
  entries: Uint8Array,
  signer: Signer = STATUS,
  header: Record<string, unknown> = {},
): Promise<string> {
  const bits = entries.length === listBytes(4) ? 4 : 2;
  const status_list = { bits, lst: Buffer.from(deflateSync(entries)).toString('base64url') };
  const body = toBase64Url(utf8(JSON.stringify({ status_list, ...claims })));
  const full = { alg: signer.key.algorithm, kid: signer.key.kid, typ: 'statuslist+jwt', ...header };
  const signed = await jwsSignature(signer, full, body);
  return `${signed.protected}.${body}.${signed.signature}`;
}

/** A status list as CWT. */
export async function statusCwt(
  claims: Record<string, unknown>,
  entries: Uint8Array,
  signer: Signer = STATUS,
  typ = 'application/statuslist+cwt',
): Promise<Bytes> {
  const lst = new Uint8Array(deflateSync(entries));
  const header = encode(
    new Map<Value, Value>([
      [1, COSE[signer.key.algorithm]],
      [4, kidBytes(signer)],
      [16, typ],
    ]),
  );
  const payload = encode(
    new Map<Value, Value>([
      [2, claims.sub as string],
      [4, claims.exp as number],
      [6, claims.iat as number],
      [
        65533,
        new Map<Value, Value>([
          ['lst', lst],
          ['bits', entries.length === listBytes(4) ? 4 : 2],
        ]),
      ],
      [65534, claims.ttl as number],
    ]),
  );
  return sign1(header, payload, signer);
}

/** List 3 of the tests: entries 1, 2, 3 are revoked, suspended, superseded. */
export async function statusBook(changes: Record<string, unknown> = {}): Promise<StatusBook> {
  const book = new StatusBook();
  const token = await statusJwt(statusClaims(3, changes), statusBytes({ 1: 1, 2: 2, 3: 3 }));
  book.take(await openStatusJwt(token, await trustList()));
  return book;
}

/** A tagged COSE_Sign1. */
export async function sign1(header: Bytes, payload: Bytes, signer: Signer): Promise<Bytes> {
  const signature = await signer.sign(toBeSigned({ protectedHeader: header, payload, signature: header }));
  return assemble(header, payload, signature);
}

/** The same, with any signature. */
export function assemble(header: Bytes, payload: Bytes, signature: Bytes): Bytes {
  return concat(
    Uint8Array.of(0xd2, 0x84),
    encode(header),
    Uint8Array.of(0xa0),
    encode(payload),
    encode(signature),
  );
}

function kidBytes(signer: Signer): Bytes {
  return fromHex(signer.key.kid) ?? new Uint8Array();
}

/** `{1: alg, 4: kid}`. */
export function header(signer: Signer): Bytes {
  return encode(
    new Map<Value, Value>([
      [1, COSE[signer.key.algorithm]],
      [4, kidBytes(signer)],
    ]),
  );
}

/** The first second after 2027-05 in China. */
export const END_OF_MAY_2027 = Date.UTC(2027, 5, 1) / 1000 - 8 * 3600;

/** The claims of a mark in their right order; `body` overrides single keys, `undefined` leaves one out. */
export function markClaims(
  body: Record<number, Value | undefined> = {},
  outer: { exp?: Value; iat?: Value } = {},
): Map<Value, Value> {
  const keys: Record<number, Value | undefined> = {
    1: 1,
    2: 0,
    3: '苏B12345',
    4: '02',
    5: 202705,
    6: [3, 0],
    7: 320200,
    9: new Uint8Array(8).fill(9),
    ...body,
  };
  const inner = new Map<Value, Value>();
  for (const [key, value] of Object.entries(keys)) if (value !== undefined) inner.set(Number(key), value);
  return new Map<Value, Value>([
    [4, outer.exp ?? END_OF_MAY_2027],
    [6, outer.iat ?? NOW - 30 * DAY],
    [-70001, inner],
  ]);
}

/** The claims of a live mark made at `iat`. */
export function liveClaims(iat: number, body: Record<number, Value | undefined> = {}): Map<Value, Value> {
  return markClaims({ 2: 1, 8: new Uint8Array(8).fill(8), ...body }, { iat, exp: iat + 60 });
}

/** The claims of a licence, held or live. */
export function licenceClaims(
  body: Record<number, Value | undefined> = {},
  outer: { exp?: Value; iat?: Value } = {},
): Map<Value, Value> {
  const exp = Date.UTC(2031, 1, 1) / 1000 - 8 * 3600;
  return markClaims({ 1: 2, 2: 1, 3: '张*丰', 4: 'C1D', 5: 20310131, ...body }, { exp, ...outer });
}

/** DEVICE's compressed point. */
export function devicePoint(): Bytes {
  const point = DEVICE.key.spki.subarray(-64);
  return concat(Uint8Array.of(2 + ((point[63] ?? 0) & 1)), point.subarray(0, 32));
}

/** A held licence as its device shows it at `iat`. */
export async function held(iat: number, inner: Bytes, device: Signer = DEVICE): Promise<Bytes> {
  const payload = encode(
    new Map<Value, Value>([
      [6, iat],
      [-70001, inner],
    ]),
  );
  return sign1(Uint8Array.of(0xa1, 0x01, 0x26), payload, device);
}

/** Signs claims into a message. */
export async function message(claims: Map<Value, Value> | Bytes, signer: Signer): Promise<Bytes> {
  return sign1(header(signer), claims instanceof Map ? encode(claims) : claims, signer);
}

export const primary = (bytes: Uint8Array): string => primaryText(HOST, bytes);
export const compact = compactText;
export { toHex };
