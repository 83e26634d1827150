/** Public keys: checked once, made ready when first needed, and asked whether a signature is theirs. */
import { type Bytes, toHex } from './bytes.js';
import { P256, decompress } from './curves.js';
import { type Algorithm, type ParsedSpki, joinSpki, parseSpki } from './spki.js';

/** The length of every signature: r‖s, or Ed25519's. */
export const SIGNATURE_BYTES = 64;
/** The length of a key's name: the head of SHA-256 over its SubjectPublicKeyInfo. */
export const KID_BYTES = 8;

type Check = (message: Bytes, signature: Bytes) => Promise<boolean>;

/** A public key of one algorithm. */
export class PublicKey {
  private check: Promise<Check> | undefined;

  private constructor(
    readonly algorithm: Algorithm,
    /** The key's name, sixteen hexadecimal digits. */
    readonly kid: string,
    /** Its SubjectPublicKeyInfo (DER). */
    readonly spki: Bytes,
    private readonly parsed: ParsedSpki,
  ) {}

  /** Reads a SubjectPublicKeyInfo; unknown algorithms and what is no point of its curve are `null`. */
  static async fromSpki(spki: Bytes): Promise<PublicKey | null> {
    const parsed = parseSpki(spki);
    if (parsed === null) return null;
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', spki));
    return new PublicKey(parsed.algorithm, toHex(digest.subarray(0, KID_BYTES)), spki, parsed);
  }

  /** The ES256 key of a holder's device from its compressed point (33 bytes); off the curve is `null`. */
  static async fromDevicePoint(compressed: Bytes): Promise<PublicKey | null> {
    const point = decompress(P256, compressed);
    return point === null ? null : PublicKey.fromSpki(joinSpki('ES256', point));
  }

  /** Whether the signature is this key's over the message. Never throws. */
  async verify(message: Bytes, signature: Bytes): Promise<boolean> {
    if (signature.length !== SIGNATURE_BYTES) return false;
    try {
      this.check ??= prepare(this.parsed, this.spki);
      return await (
        await this.check
      )(message, signature);
    } catch {
      // an engine without the algorithm, or a module that did not load: not verified, and tried anew next time
      this.check = undefined;
      return false;
    }
  }
}

async function prepare({ algorithm, raw }: ParsedSpki, spki: Bytes): Promise<Check> {
  if (algorithm === 'SM2') {
    const { Sm2Key } = await import('./sm2.js');
    const key = new Sm2Key(raw);
    return async (message, signature) => key.verify(message, signature);
  }
  const importing = algorithm === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' };
  const verifying = algorithm === 'ES256' ? { name: 'ECDSA', hash: 'SHA-256' } : { name: 'Ed25519' };
  const key = await crypto.subtle.importKey('spki', spki, importing, false, ['verify']);
  return (message, signature) => crypto.subtle.verify(verifying, key, signature, message);
}
