/**
 * The ways into the vault. Its random data key is wrapped once for each: by a key stretched from a PIN or
 * password (Argon2id), and by the secret that a passkey gives for this app (the PRF extension).
 *
 * What this can do and cannot: everything below is in the browser's profile and can be copied with it. A copy
 * does not know the waits and the limit of tries, which hold only for guesses typed into the app. Six digits
 * are a million guesses: stretched, that is days of one computer, and hours for somebody with many. A longer
 * password, or a passkey, whose secret never leaves the phone's secure hardware, is not guessed at all.
 */
import { normalised, stretch } from './argon';
import { KEY_BYTES, randomBytes, seal, unseal, wrappingKey, type Box } from './seal';

/** What one guess costs. */
export interface PinCost {
  memory_kib: number;
  passes: number;
}

/**
 * RFC 9106's choice for little memory (64 MiB, 3 passes), on one lane because WebAssembly has one thread here.
 * Measured: 0.24 s of one desktop core of 2026; a mid-range phone, taken as four times slower, needs about a second.
 */
export const PIN_COST: PinCost = { memory_kib: 65_536, passes: 3 };
/** A header that asks for more than this was not written by us (KiB; passes). */
export const MAX_COST: PinCost = { memory_kib: 262_144, passes: 16 };

export const MIN_DIGITS = 6;
/** A password with other characters than digits is at least this long. */
export const MIN_PASSWORD = 8;
export const MAX_SECRET = 128;
export const MAX_PASSKEYS = 8;
/** After so many wrong PINs in a row the vault is deleted. */
export const MAX_TRIES = 10;
/** How long the next try waits after 1, 2, 3 … wrong ones (s): slips cost nothing, guessing costs hours. */
const WAITS_S = [0, 0, 30, 60, 120, 300, 900, 1_800, 3_600];

export interface PinWay {
  salt: Uint8Array<ArrayBuffer>;
  cost: PinCost;
  /** Only digits, so that the lock screen offers the number keys. */
  digits: boolean;
  wrapped: Box;
}

export interface PasskeyWay {
  /** The credential's id, random to anybody but its relying party. */
  credential: Uint8Array<ArrayBuffer>;
  salt: Uint8Array<ArrayBuffer>;
  wrapped: Box;
}

/** What lies in clear beside the sealed things. */
export interface VaultHeader {
  version: 1;
  id: Uint8Array<ArrayBuffer>;
  pin: PinWay | null;
  passkeys: PasskeyWay[];
  /** Wrong PINs since the last right one, and when the last was typed (ms since 1970). */
  failed: number;
  failed_at: number;
}

/** What a passkey gives: which one it was, and its secret for this app. */
export interface PrfSecret {
  credential: Uint8Array<ArrayBuffer>;
  secret: Uint8Array<ArrayBuffer>;
}

export type PinFault = 'short' | 'simple' | 'long';

/** Why a PIN or password is not taken; null when it is good. */
export function pinFault(typed: string): PinFault | null {
  const secret = normalised(typed);
  if (secret.length > MAX_SECRET) return 'long';
  const digits = /^\d*$/.test(secret);
  if ([...secret].length < (digits ? MIN_DIGITS : MIN_PASSWORD)) return 'short';
  return isSimple(secret) ? 'simple' : null;
}

/** What everybody tries first: one character, a run up or down, or a short piece over and over. */
function isSimple(secret: string): boolean {
  const codes = [...secret].map((letter) => letter.codePointAt(0) ?? 0);
  const runs = (step: number): boolean =>
    codes.every((code, i) => i === 0 || code - (codes[i - 1] ?? 0) === step);
  if (runs(0) || runs(1) || runs(-1) || /^(.{1,3})\1+$/u.test(secret)) return true;
  return ['1234567890', '0987654321', '112233445566', '147258369', '123321', '520131', '5201314'].some(
    (known) => known.startsWith(secret) || secret === known,
  );
}

/** How long until the next PIN may be tried (ms); a clock that was set back does not shorten it. */
export function waitMs(header: Pick<VaultHeader, 'failed' | 'failed_at'>, now: number): number {
  if (header.failed === 0) return 0;
  const wait = (WAITS_S[Math.min(header.failed, WAITS_S.length) - 1] ?? 0) * 1000;
  return Math.min(wait, Math.max(0, header.failed_at + wait - now));
}

/** Wraps the data key for a PIN. */
export async function wrapForPin(
  master: Uint8Array<ArrayBuffer>,
  id: Uint8Array<ArrayBuffer>,
  typed: string,
  cost: PinCost = PIN_COST,
): Promise<PinWay> {
  const salt = randomBytes(16);
  const key = await wrappingKey(await stretch(typed, salt, cost), salt, 'pin');
  return {
    salt,
    cost,
    digits: /^\d+$/.test(normalised(typed)),
    wrapped: await seal(key, master, place(id, 'pin')),
  };
}

/** Wraps the data key for a passkey. */
export async function wrapForPasskey(
  master: Uint8Array<ArrayBuffer>,
  id: Uint8Array<ArrayBuffer>,
  { credential, secret }: PrfSecret,
): Promise<PasskeyWay> {
  const salt = randomBytes(16);
  const key = await wrappingKey(secret, salt, 'passkey');
  return { credential, salt, wrapped: await seal(key, master, place(id, 'passkey')) };
}

/** The data key, when the PIN is the right one. */
export async function unwrapWithPin(
  header: VaultHeader,
  typed: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const way = header.pin;
  if (way === null) return null;
  const key = await wrappingKey(await stretch(typed, way.salt, way.cost), way.salt, 'pin');
  return dataKey(await unseal(key, way.wrapped, place(header.id, 'pin')));
}

/** The data key, when the passkey is one of those that it was wrapped for. */
export async function unwrapWithPasskey(
  header: VaultHeader,
  { credential, secret }: PrfSecret,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const way = header.passkeys.find((it) => same(it.credential, credential));
  if (way === undefined) return null;
  const key = await wrappingKey(secret, way.salt, 'passkey');
  return dataKey(await unseal(key, way.wrapped, place(header.id, 'passkey')));
}

/** The header as read, or null when it is not one that we wrote: a changed one must not cost a gigabyte of memory. */
export function checkedHeader(found: VaultHeader | undefined): VaultHeader | null {
  if (found === undefined || found.version !== 1 || !(found.id instanceof Uint8Array)) return null;
  if (!Array.isArray(found.passkeys) || found.passkeys.length > MAX_PASSKEYS) return null;
  if (!Number.isInteger(found.failed) || found.failed < 0 || !Number.isFinite(found.failed_at)) return null;
  const cost = found.pin?.cost;
  if (cost && !(within(cost.memory_kib, 8, MAX_COST.memory_kib) && within(cost.passes, 1, MAX_COST.passes)))
    return null;
  return found;
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

const within = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;
const dataKey = (bytes: Uint8Array<ArrayBuffer> | null): Uint8Array<ArrayBuffer> | null =>
  bytes?.length === KEY_BYTES ? bytes : null;
// a wrapping taken from another vault, or one for a passkey in the place of one for a PIN, does not open
const place = (id: Uint8Array, way: string): string[] => [
  'wrap',
  way,
  [...id].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
];
