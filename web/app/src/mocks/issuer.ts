import { compactText, primaryText } from '@luzheng/verify';
import { keep, recall } from '@/storage/db';
import { encode, Tagged, type Item } from './cbor';

/**
 * A real little issuer in the browser, so that what the mock shows verifies: one root, and keys for
 * marks, licences, live codes and status. The keys stay in this browser's IndexedDB.
 */
type Use = 'root' | 'mark' | 'licence' | 'live' | 'status';
const USES: readonly Use[] = ['root', 'mark', 'licence', 'live', 'status'];
const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const;
export const MOCK_LIST = 3;
/** The list of licences, of four bits an entry. */
export const LICENCE_LIST = 4;
const ENTRIES = 1 << 20;

interface Key {
  pair: CryptoKeyPair;
  spki: Uint8Array<ArrayBuffer>;
  kid: Uint8Array<ArrayBuffer>;
}
type Keys = Record<Use, Key>;
let made: Promise<Keys> | null = null;

async function generate(): Promise<Key> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ]);
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
  const kid = new Uint8Array(await crypto.subtle.digest('SHA-256', spki)).slice(0, 8);
  return { pair, spki, kid };
}

function keys(): Promise<Keys> {
  made ??= (async () => {
    const kept = await recall<Keys>('verifier', 'mock/keys');
    if (kept && USES.every((use) => use in kept.value)) return kept.value;
    const fresh = Object.fromEntries(
      await Promise.all(USES.map(async (use) => [use, await generate()] as const)),
    ) as Keys;
    await keep('verifier', 'mock/keys', fresh, Date.now());
    return fresh;
  })();
  return made;
}

const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const base64Url = (bytes: Uint8Array): string =>
  base64(bytes).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
const jsonPart = (value: unknown): string => base64Url(new TextEncoder().encode(JSON.stringify(value)));

async function sign(key: Key, message: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.sign(ES256, key.pair.privateKey, message));
}
const signText = (key: Key, text: string): Promise<Uint8Array<ArrayBuffer>> =>
  sign(key, new TextEncoder().encode(text));

/** What a mark's code says. */
export interface MarkClaims {
  plate: string;
  plateType: string;
  /** `YYYY-MM` */
  validUntil: string;
  authority: string;
  index: number;
}

async function message(
  use: 'mark' | 'licence' | 'live',
  claims: Map<number, Item>,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = (await keys())[use];
  const header = encode(
    new Map<number, Item>([
      [1, -7],
      [4, key.kid],
    ]),
  );
  const payload = encode(claims);
  const signature = await sign(key, encode(['Signature1', header, new Uint8Array(), payload]));
  return encode(new Tagged(18, [header, new Map(), payload, signature]));
}

function body(claims: MarkClaims, mode: 0 | 1): Map<number, Item> {
  return new Map<number, Item>([
    [1, 1],
    [2, mode],
    [3, claims.plate],
    [4, claims.plateType],
    [5, Number(claims.validUntil.replace('-', ''))],
    [6, [MOCK_LIST, claims.index]],
    [7, Number(claims.authority)],
    [9, crypto.getRandomValues(new Uint8Array(8))],
  ]);
}

/** The code for download and print. */
export async function staticCode(
  claims: MarkClaims,
  iat: number,
): Promise<{ code: string; compact: string }> {
  const [year = 0, month = 1] = claims.validUntil.split('-').map(Number);
  const exp = Date.UTC(year, month, 1) / 1000 - 8 * 3600;
  const m = await message(
    'mark',
    new Map<number, Item>([
      [4, exp],
      [6, iat],
      [-70001, body(claims, 0)],
    ]),
  );
  return { code: primaryText(location.host, m), compact: compactText(m) };
}

/** A live code, dead after 60 s. */
export async function liveCode(claims: MarkClaims, iat: number): Promise<string> {
  const live = body(claims, 1).set(8, crypto.getRandomValues(new Uint8Array(8)));
  const m = await message(
    'live',
    new Map<number, Item>([
      [4, iat + 60],
      [6, iat],
      [-70001, live],
    ]),
  );
  return primaryText(location.host, m);
}

/** What a licence's code says. */
export interface LicenceClaims {
  maskedName: string;
  classes: string;
  /** `YYYY-MM-DD`; null for long-term. */
  validUntil: string | null;
  authority: string;
  index: number;
}

function licenceBody(claims: LicenceClaims, mode: 1 | 2): Map<number, Item> {
  return new Map<number, Item>([
    [1, 2],
    [2, mode],
    [3, claims.maskedName],
    [4, claims.classes],
    [5, Number((claims.validUntil ?? '0').replaceAll('-', ''))],
    [6, [LICENCE_LIST, claims.index]],
    [7, Number(claims.authority)],
    [9, crypto.getRandomValues(new Uint8Array(8))],
  ]);
}

/** A licence's live code; `iat` may lie in the past, for the pictures of replayed ones. */
export async function licenceLiveCode(claims: LicenceClaims, iat: number, red: boolean): Promise<string> {
  const live = licenceBody(claims, 1).set(8, crypto.getRandomValues(new Uint8Array(8)));
  if (red) live.set(10, true);
  const m = await message(
    'live',
    new Map<number, Item>([
      [4, iat + 60],
      [6, iat],
      [-70001, live],
    ]),
  );
  return primaryText(location.host, m);
}

/** The message that a device wraps, bound to its compressed key. */
export function heldMessage(
  claims: LicenceClaims,
  iat: number,
  deviceKey: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const begun = new Date(iat * 1000);
  const exp = claims.validUntil
    ? Date.parse(`${claims.validUntil}T00:00:00+08:00`) / 1000 + 86_400
    : begun.setUTCFullYear(begun.getUTCFullYear() + 10) / 1000;
  return message(
    'licence',
    new Map<number, Item>([
      [4, exp],
      [6, iat],
      [-70001, licenceBody(claims, 2).set(11, deviceKey)],
    ]),
  );
}

/** The root file. */
export async function rootFile(): Promise<string> {
  const { root } = await keys();
  return JSON.stringify({ keys: [{ kid: hex(root.kid), alg: 'ES256', public_key: base64(root.spki) }] });
}

/** The signed trust list. */
export async function trustList(now: number): Promise<string> {
  const all = await keys();
  const entry = (use: Use): unknown => ({
    kid: hex(all[use].kid),
    alg: 'ES256',
    use,
    regions: [],
    not_before: now - 5 * 365 * 86400,
    not_after: now + 365 * 86400,
    public_key: base64(all[use].spki),
  });
  const payload = jsonPart({
    iat: now,
    exp: now + 30 * 86400,
    seq: 1,
    status_uri: `${location.origin}/status/{list}`,
    keys: [entry('mark'), entry('licence'), entry('live'), entry('status')],
  });
  const header = jsonPart({ alg: 'ES256', kid: hex(all.root.kid) });
  const signature = base64Url(await signText(all.root, `${header}.${payload}`));
  return JSON.stringify({ payload, signatures: [{ protected: header, signature }] });
}

/**
 * A signed status list; `values` maps an index to 1 revoked, 2 suspended or red, 3 superseded, and in a list
 * of four bits 12 stopped.
 */
export async function statusList(
  list: number,
  bits: 2 | 4,
  values: ReadonlyMap<number, number>,
  now: number,
): Promise<string> {
  const perByte = 8 / bits;
  const bytes = new Uint8Array(ENTRIES / perByte);
  for (const [index, value] of values) {
    const at = Math.floor(index / perByte);
    bytes[at] = (bytes[at] ?? 0) | (value << (bits * (index % perByte)));
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  const lst = base64Url(new Uint8Array(await new Response(stream).arrayBuffer()));
  const { status } = await keys();
  const header = jsonPart({ alg: 'ES256', kid: hex(status.kid), typ: 'statuslist+jwt' });
  const claims = jsonPart({
    sub: `${location.origin}/status/${list}`,
    iat: now,
    exp: now + 7 * 86400,
    ttl: 3600,
    status_list: { bits, lst },
  });
  return `${header}.${claims}.${base64Url(await signText(status, `${header}.${claims}`))}`;
}

/** A head of the status key's: of packs and shards. */
export async function statusHead(type: string, payload: Map<number, Item>): Promise<Uint8Array<ArrayBuffer>> {
  const { status } = await keys();
  const header = encode(
    new Map<number, Item>([
      [1, -7],
      [4, status.kid],
      [16, type],
    ]),
  );
  const claims = encode(payload);
  const signature = await sign(status, encode(['Signature1', header, new Uint8Array(), claims]));
  return encode(new Tagged(18, [header, new Map(), claims, signature]));
}
