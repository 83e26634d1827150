/**
 * What the vault does with keys and bytes: AES-256-GCM, HKDF-SHA-256, and names by HMAC. Pure: no storage,
 * no screen. Every box is bound to what it is and where it lies, so that one moved elsewhere does not open.
 */

/** Bytes sealed with AES-256-GCM under a fresh 96-bit nonce. */
export interface Box {
  iv: Uint8Array<ArrayBuffer>;
  data: Uint8Array<ArrayBuffer>;
}

/** The keys with which an open vault works; neither can be read back out of the browser. */
export interface VaultKeys {
  content: CryptoKey;
  names: CryptoKey;
}

export const KEY_BYTES = 32;
const IV_BYTES = 12;
const CONTEXT = 'luzheng/vault/1';
/** The largest thing that is sealed or opened (bytes). */
export const MAX_SEALED = 1_048_576;

const utf8 = new TextEncoder();

export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

// JSON keeps the parts apart: ["a","b/c"] and ["a/b","c"] are different places
const placed = (parts: readonly string[]): Uint8Array<ArrayBuffer> =>
  utf8.encode(JSON.stringify([CONTEXT, ...parts]));

/** Seals bytes to a place. */
export async function seal(
  key: CryptoKey,
  bytes: Uint8Array<ArrayBuffer>,
  place: readonly string[],
): Promise<Box> {
  if (bytes.length > MAX_SEALED) throw new RangeError('too large to be sealed');
  const iv = randomBytes(IV_BYTES);
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: placed(place) },
    key,
    bytes,
  );
  return { iv, data: new Uint8Array(sealed) };
}

/** The bytes of a box from this place; null when the key is another, or anything was changed or moved. */
export async function unseal(
  key: CryptoKey,
  box: Box,
  place: readonly string[],
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (box.iv.length !== IV_BYTES || box.data.length > MAX_SEALED + 16) return null;
  try {
    const opened = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: box.iv, additionalData: placed(place) },
      key,
      box.data,
    );
    return new Uint8Array(opened);
  } catch {
    return null;
  }
}

/** A key that only wraps and unwraps, from the secret of a way in. */
export async function wrappingKey(
  secret: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  purpose: 'pin' | 'passkey',
): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    hkdf(salt, `wrap/${purpose}`),
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  );
}

/** The working keys of a vault, from its random data key. */
export async function keysOf(
  master: Uint8Array<ArrayBuffer>,
  id: Uint8Array<ArrayBuffer>,
): Promise<VaultKeys> {
  const base = await crypto.subtle.importKey('raw', master, 'HKDF', false, ['deriveKey']);
  const [content, names] = await Promise.all([
    crypto.subtle.deriveKey(hkdf(id, 'content'), base, { name: 'AES-GCM', length: 256 }, false, [
      'encrypt',
      'decrypt',
    ]),
    crypto.subtle.deriveKey(hkdf(id, 'names'), base, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, [
      'sign',
    ]),
  ]);
  return { content, names };
}

/** The name under which a thing lies: the shelf in clear, so that it can be emptied, the rest as a keyed digest. */
export async function sealedName(keys: VaultKeys, shelf: string, name: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.sign('HMAC', keys.names, placed([shelf, name])));
  return shelf + '/' + [...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function hkdf(salt: Uint8Array<ArrayBuffer>, info: string): HkdfParams {
  return { name: 'HKDF', hash: 'SHA-256', salt, info: utf8.encode(`${CONTEXT}/${info}`) };
}
