/**
 * The sealed part of a live code, for officers: HPKE (RFC 9180), base mode, single shot, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256,
 * AES-128-GCM, empty AAD; `enc` (32 bytes), then the ciphertext with its tag. Sealing names no sender: what is inside counts only
 * because the issuer signed the code around it, so that it is opened from claims whose signature was found good.
 *
 * X25519 comes from the library and not from WebCrypto, since the web views of older terminals do not have it there.
 */
import { Aes128Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { DhkemX25519HkdfSha256 } from '@hpke/dhkem-x25519';
import { type Bytes, fromUtf8, utf8 } from './bytes.js';
import type { Claims, Kind } from './claims.js';
import type { Report } from './report.js';
import { type Evidence, verifyWithClaims } from './verify.js';

/** Length of a reader's private key, in bytes. */
export const READER_KEY_BYTES = 32;
const ENC_BYTES = 32;
const TAG_BYTES = 16;
const MAX_PLAIN = 128;
/** Separates the uses: text sealed for one cannot be opened as another. */
const INFO: Record<Kind, string> = {
  inspection_mark: 'luzheng/seal/v1 inspection_mark vin',
  driving_licence: 'luzheng/seal/v1 driving_licence number,name',
};

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes128Gcm(),
});

/** A reader's private key, ready to open with. */
export class ReaderKey {
  private constructor(private readonly key: Awaited<ReturnType<typeof suite.kem.importKey>>) {}

  /** Reads the 32 bytes of RFC 7748; `null` for what is no such key. */
  static async fromBytes(bytes: Uint8Array): Promise<ReaderKey | null> {
    if (bytes.length !== READER_KEY_BYTES) return null;
    try {
      return new ReaderKey(await suite.kem.importKey('raw', bytes.slice().buffer, false));
    } catch {
      return null;
    }
  }

  /** Opens what was sealed for this key and this kind of credential; `null` when it was not, or was altered. */
  async open(kind: Kind, sealed: Bytes): Promise<Bytes | null> {
    const plain = sealed.length - ENC_BYTES - TAG_BYTES;
    if (plain < 0 || plain > MAX_PLAIN) return null;
    const [enc, ciphertext] = [sealed.slice(0, ENC_BYTES), sealed.slice(ENC_BYTES)];
    const info = utf8(INFO[kind]);
    try {
      return new Uint8Array(await suite.open({ recipientKey: this.key, enc, info }, ciphertext));
    } catch {
      return null;
    }
  }
}

/** What was in a sealed part. The members are those of the server's answer to officers. */
export interface Opened {
  /** Of a mark. */
  readonly vin: string | null;
  /** Of a licence. */
  readonly licence_number: string | null;
  /** Of a licence; `null` when there was no room for it. A long name may have lost its end. */
  readonly name: string | null;
}

/** Why a code gave nothing: it has no sealed part, we have not that key, or the key does not open it. */
export type SealedState = 'opened' | 'none' | 'no_key' | 'cannot_open';

/** The verdict on a code, and what only an officer sees of it. */
export interface OfficerReport {
  readonly report: Report;
  readonly sealed: SealedState;
  readonly opened: Opened | null;
}

/**
 * Judges a code as `verify` does, and opens its sealed part once its signature was found good, whatever the verdict is. `keys` has
 * the reader's keys by their number. Never throws.
 */
export async function verifyAsOfficer(
  text: string,
  evidence: Evidence,
  keys: ReadonlyMap<number, ReaderKey>,
): Promise<OfficerReport> {
  const { report, claims } = await verifyWithClaims(text, evidence);
  if (claims === null || claims.sealed === null) return { report, sealed: 'none', opened: null };
  const key = keys.get(claims.sealed.readerKey);
  if (key === undefined) return { report, sealed: 'no_key', opened: null };
  const opened = await openSealed(claims, key);
  return { report, sealed: opened === null ? 'cannot_open' : 'opened', opened };
}

/** Opens the sealed part of claims whose signature was found good; `null` when the key does not open it. */
export async function openSealed(
  { kind, sealed }: Pick<Claims, 'kind' | 'sealed'>,
  key: ReaderKey,
): Promise<Opened | null> {
  const bytes = sealed === null ? null : await key.open(kind, sealed.bytes);
  const plain = bytes === null ? null : fromUtf8(bytes);
  if (plain === null || plain === '') return null;
  if (kind === 'inspection_mark') return { vin: plain, licence_number: null, name: null };
  const [number = '', ...names] = plain.split(',');
  return { vin: null, licence_number: number, name: names.join(',') || null };
}
