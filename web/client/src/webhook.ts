/**
 * Webhooks, verified as Standard Webhooks 1.0 says, with public keys (`v1a`, Ed25519): nobody shares a secret. A webhook may come
 * twice, under the same id, and is then done once.
 */
import { fromBase64 } from './key.js';

/** Longest body, in bytes. */
export const MAX_WEBHOOK = 256 * 1024;
/** How far its time may lie from ours, in seconds. */
export const TOLERANCE = 300;
const MAX_ID = 128;
const MAX_SIGNATURES = 16;
const MAX_KEYS = 16;
const KEY_HEAD = 'whpk_';

/** Why a webhook is not believed. Answer 400 to all of them. */
export type WebhookFault =
  'missing_header' | 'too_old' | 'too_new' | 'too_large' | 'bad_signature' | 'bad_body' | 'bad_key';

/** Thrown for a webhook that is not believed. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
  constructor(
    readonly code: WebhookFault,
    message: string,
  ) {
    super(message);
  }
}

/** What a webhook says. */
export interface WebhookEvent {
  /** What it is known by: do nothing for one that was done before. */
  readonly id: string;
  /** `vehicle.mark_changed`, … or `test`. Pass over types that you do not know. */
  readonly type: string;
  /** When it happened (RFC 3339). */
  readonly timestamp: string;
  readonly data: WebhookData;
}

/** What all webhooks say; further members by type. */
export interface WebhookData {
  readonly subscription: string;
  /** Counts up for each vehicle: what comes with a smaller one than seen before is older. */
  readonly seq: number;
  readonly plate_number?: string;
  readonly plate_type?: string;
  readonly [member: string]: unknown;
}

/** What is known when a webhook comes. */
export interface WebhookQuestion {
  /** The public keys, `whpk_…`: those of `/.well-known/luzheng/webhook-keys`. */
  readonly keys: readonly string[];
  /** In seconds since 1970; the engine's clock unless given. */
  readonly now?: number | undefined;
}

/** Anything that has headers by name: `Headers`, or what Node's `http` gives. */
export type HeaderSource = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Verifies a webhook and reads it. `body` is the body as it came, byte for byte.
 * @throws {WebhookError} when it is not to be believed
 */
export async function verifyWebhook(
  headers: HeaderSource,
  body: string | Uint8Array,
  { keys, now = Date.now() / 1000 }: WebhookQuestion,
): Promise<WebhookEvent> {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  if (bytes.length > MAX_WEBHOOK) throw new WebhookError('too_large', 'the body is too large');
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    header(headers, name),
  );
  if (!id || id.length > MAX_ID || !timestamp || !/^\d{1,12}$/.test(timestamp) || !signature)
    throw new WebhookError('missing_header', 'webhook-id, webhook-timestamp or webhook-signature is missing');
  if (Number(timestamp) < now - TOLERANCE) throw new WebhookError('too_old', 'it was sent too long ago');
  if (Number(timestamp) > now + TOLERANCE) throw new WebhookError('too_new', 'it was sent in the future');
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const message = new Uint8Array(head.length + bytes.length);
  message.set(head);
  message.set(bytes, head.length);
  if (!(await signed(message, signature, keys)))
    throw new WebhookError('bad_signature', 'no signature of it is by a key of ours');
  return read(id, bytes);
}

function header(headers: HeaderSource, name: string): string | undefined {
  if (typeof (headers as Headers).get === 'function') return (headers as Headers).get(name) ?? undefined;
  const value = (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[name];
  return typeof value === 'string' ? value : undefined;
}

async function signed(
  message: Uint8Array<ArrayBuffer>,
  signature: string,
  keys: readonly string[],
): Promise<boolean> {
  const signatures = signature
    .split(' ')
    .slice(0, MAX_SIGNATURES)
    .filter((one) => one.startsWith('v1a,'))
    .map((one) => fromBase64(one.slice('v1a,'.length)))
    .filter((one) => one.length === 64);
  for (const key of await Promise.all(keys.slice(0, MAX_KEYS).map(publicKey))) {
    for (const one of signatures)
      if (await crypto.subtle.verify({ name: 'Ed25519' }, key, one, message)) return true;
  }
  return false;
}

async function publicKey(text: string): Promise<Awaited<ReturnType<typeof crypto.subtle.importKey>>> {
  const raw = text.startsWith(KEY_HEAD) ? fromBase64(text.slice(KEY_HEAD.length)) : new Uint8Array();
  if (raw.length !== 32) throw new WebhookError('bad_key', 'a key is not whpk_ and 32 bytes of base64');
  return crypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify']);
}

function read(id: string, bytes: Uint8Array): WebhookEvent {
  const wrong = new WebhookError('bad_body', 'the body is not an event');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw wrong;
  }
  if (!isObject(value) || typeof value.type !== 'string' || typeof value.timestamp !== 'string') throw wrong;
  const { type, timestamp, data } = value;
  if (!isObject(data) || typeof data.subscription !== 'string' || !Number.isSafeInteger(data.seq))
    throw wrong;
  return { id, type, timestamp, data: data as unknown as WebhookData };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
