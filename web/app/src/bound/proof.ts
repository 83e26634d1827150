/**
 * What a bound device proves with its key: that it signs in, and that each call is its own (RFC 9449, with the
 * session's id in place of the token's digest, for the cookie is out of reach of scripts).
 */
import { fromBase64Url, toBase64Url } from '@/licence/base64url';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const ECDH = { name: 'ECDH', namedCurve: 'P-256' } as const;
const ES256 = { name: 'ECDSA', hash: 'SHA-256' } as const;
/** What a signature at sign-in is about, so that no other text of ours can be taken for it. */
const SIGN_IN = 'luzheng/bound/v1';
const JTI_BYTES = 16;

/** A public key as it is sent (RFC 7517). */
export interface PublicJwk {
  kty: 'EC';
  crv: 'P-256';
  x: string;
  y: string;
}

/** A bound device's key: it signs, and it opens what the office sealed to it. */
export interface BoundKey {
  sign: CryptoKey;
  agree: CryptoKey;
  /** The public point, uncompressed. */
  point: Uint8Array<ArrayBuffer>;
  jwk: PublicJwk;
}

/** As the vault keeps it: PKCS #8 and the uncompressed point, in base64url. */
export interface StoredKey {
  pkcs8: string;
  point: string;
}

/** Makes a key. What is returned beside it is for the vault, which seals it, and for nothing else. */
export async function makeKey(): Promise<{ key: BoundKey; stored: StoredKey }> {
  const made = await crypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', made.privateKey));
  const point = new Uint8Array(await crypto.subtle.exportKey('raw', made.publicKey));
  const stored = { pkcs8: toBase64Url(pkcs8), point: toBase64Url(point) };
  pkcs8.fill(0);
  return { key: await openKey(stored), stored };
}

/** The key as it is used: no script can read it back. Throws when what was kept is no key. */
export async function openKey({ pkcs8, point }: StoredKey): Promise<BoundKey> {
  const secret = fromBase64Url(pkcs8);
  const open = fromBase64Url(point);
  if (secret === null || open === null || open.length !== 65 || open[0] !== 4) throw new Error('no key');
  const [sign, agree] = await Promise.all([
    crypto.subtle.importKey('pkcs8', secret, P256, false, ['sign']),
    crypto.subtle.importKey('pkcs8', secret, ECDH, false, ['deriveBits']),
  ]);
  secret.fill(0);
  const jwk: PublicJwk = {
    kty: 'EC',
    crv: 'P-256',
    x: toBase64Url(open.subarray(1, 33)),
    y: toBase64Url(open.subarray(33)),
  };
  return { sign, agree, point: open, jwk };
}

const utf8 = new TextEncoder();
const part = (value: unknown): string => toBase64Url(utf8.encode(JSON.stringify(value)));

async function signed(key: BoundKey, text: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.sign(ES256, key.sign, utf8.encode(text))));
}

/** The signature with which the device signs in at a host. */
export function signInSignature(key: BoundKey, host: string, challenge: string): Promise<string> {
  return signed(key, `${SIGN_IN}\n${host}\n${challenge}`);
}

/** What a proof is about. */
export interface Call {
  method: string;
  url: string;
  session: string;
  /** Seconds since 1970. */
  now: number;
}

/** The proof of one call, good for a few minutes and once. */
export async function proofOf(key: BoundKey, { method, url, session, now }: Call): Promise<string> {
  const { origin, pathname } = new URL(url);
  const head = part({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk });
  const body = part({
    jti: toBase64Url(crypto.getRandomValues(new Uint8Array(JTI_BYTES))),
    htm: method,
    htu: origin + pathname,
    iat: Math.floor(now),
    sid: session,
  });
  return `${head}.${body}.${await signed(key, `${head}.${body}`)}`;
}
