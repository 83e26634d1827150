/** A partner's private key, and what is signed with it. WebCrypto does the signing; the key need not be extractable. */

/** A private key of WebCrypto, usable for `sign`. */
export type PrivateKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** How a key signs, as JOSE (RFC 7518, RFC 8037) names it. */
export type Signing = 'ES256' | 'EdDSA';

/** Longest file of a private key, in characters. */
const MAX_PEM = 16 * 1024;
const PEM = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/;

/** Thrown for a file that is no private key for this. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

/** The key with which a client proves who it is (private_key_jwt, RFC 7523). */
export class ClientKey {
  private constructor(
    private readonly key: PrivateKey,
    /** How it signs. */
    readonly signing: Signing,
    /** The name under which the key is registered, if the client has several. */
    readonly kid: string | null,
  ) {}

  /** A key that was imported or generated elsewhere: ECDSA on P-256, or Ed25519. @throws {KeyError} for any other */
  static fromCryptoKey(key: PrivateKey, kid: string | null = null): ClientKey {
    const algorithm = key.algorithm as { readonly name: string; readonly namedCurve?: string };
    if (algorithm.name === 'ECDSA' && algorithm.namedCurve === 'P-256')
      return new ClientKey(key, 'ES256', kid);
    if (algorithm.name === 'Ed25519') return new ClientKey(key, 'EdDSA', kid);
    throw new KeyError(`a key of ${algorithm.name} cannot sign for a client`);
  }

  /** Reads PEM `PRIVATE KEY` (PKCS#8, not encrypted). @throws {KeyError} when it is none */
  static async fromPem(pem: string, kid: string | null = null): Promise<ClientKey> {
    const [, body] = (pem.length > MAX_PEM ? null : PEM.exec(pem)) ?? [];
    if (body === undefined) throw new KeyError('no PEM block PRIVATE KEY (PKCS#8, not encrypted)');
    const der = fromBase64(body.replace(/\s/g, ''));
    for (const algorithm of [{ name: 'ECDSA', namedCurve: 'P-256' }, { name: 'Ed25519' }]) {
      try {
        return ClientKey.fromCryptoKey(
          await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']),
          kid,
        );
      } catch {
        // not of this kind: the next is tried
      }
    }
    throw new KeyError('neither a P-256 nor an Ed25519 key');
  }

  /** A signed JWT with these claims. */
  async jwt(claims: Readonly<Record<string, unknown>>): Promise<string> {
    const header = { alg: this.signing, typ: 'JWT', ...(this.kid === null ? {} : { kid: this.kid }) };
    const text = `${part(header)}.${part(claims)}`;
    const how = this.signing === 'ES256' ? { name: 'ECDSA', hash: 'SHA-256' } : { name: 'Ed25519' };
    const signature = await crypto.subtle.sign(how, this.key, new TextEncoder().encode(text));
    return `${text}.${toBase64Url(new Uint8Array(signature))}`;
  }
}

const part = (value: unknown): string => toBase64Url(new TextEncoder().encode(JSON.stringify(value)));

/** Standard base64; what is none is an empty byte string. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

function toBase64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
