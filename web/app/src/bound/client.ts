/** Calls of a bound device: the cookie, and with each a proof of the key. */
import { RequestFailed, refusal, sendPlain } from '@/api/client';
import { hearServerTime, nowMs } from '@/composables/clock';
import { proofOf, type BoundKey } from './proof';

/** What a proof needs. */
export interface Standing {
  key: BoundKey;
  session: string;
}

let standing: () => Standing | null = () => null;
/** Begins a session anew; false when that cannot be done without the person. */
let renew: () => Promise<boolean> = async () => false;

/** Says with what calls are proved, and how a session that has ended is begun anew. */
export function proveWith(how: { standing: () => Standing | null; renew: () => Promise<boolean> }): void {
  standing = how.standing;
  renew = how.renew;
}

/** Codes with which a session is over that the device can begin anew by itself. */
const OVER = new Set(['sign_in_required', 'session_expired']);

async function codeOf(answer: Response): Promise<string | null> {
  const said = (await answer
    .clone()
    .json()
    .catch(() => null)) as { code?: unknown } | null;
  return typeof said?.code === 'string' ? said.code : null;
}

/** Takes the server's time from its answer's head: proofs of a clock that is off are refused. */
function hearDate(answer: Response, sentAt: number): boolean {
  const date = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(date)) return false;
  hearServerTime(new Date(date).toISOString(), sentAt, Date.now());
  return true;
}

async function proved(request: Request): Promise<Response> {
  const by = standing();
  if (by === null) throw new RequestFailed('signed_out', 'signed_out', 'the device is not signed in');
  const { method, url } = request;
  const proof = await proofOf(by.key, { method, url, session: by.session, now: nowMs() / 1000 });
  request.headers.set('DPoP', proof);
  return sendPlain(request);
}

/** Sends a request with a proof; once more when only the clock or an ended session stood in the way. */
export async function sendProved(request: Request): Promise<Response> {
  const again = request.clone();
  const sentAt = Date.now();
  const answer = await proved(request);
  if (answer.status !== 401) return answer;
  const code = await codeOf(answer);
  if (code === 'device_clock' && hearDate(answer, sentAt)) return proved(again);
  if (code !== null && OVER.has(code) && (await renew())) return proved(again);
  return answer;
}

/** What is sent along. */
export interface Sent {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

function requestOf(method: string, path: string, { body, headers, signal }: Sent): Request {
  return new Request(new URL(path, location.origin), {
    method,
    credentials: 'same-origin',
    ...(signal ? { signal } : {}),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  });
}

async function read<T>(send: Promise<Response>): Promise<T> {
  let answer: Response;
  try {
    answer = await send;
  } catch (cause) {
    if (cause instanceof RequestFailed) throw cause;
    throw new RequestFailed('offline', null, cause instanceof Error ? cause.message : 'no connection');
  }
  if (!answer.ok) throw refusal(answer, await answer.json().catch(() => null));
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** Asks as this device. @throws {RequestFailed} as every call of the app */
export function askBound<T>(method: string, path: string, sent: Sent = {}): Promise<T> {
  return read<T>(sendProved(requestOf(method, path, sent)));
}

/** Asks before there is anything to prove: enrolling and signing in. */
export function askPlain<T>(method: string, path: string, sent: Sent = {}): Promise<T> {
  return read<T>(sendPlain(requestOf(method, path, sent)));
}

/** A file as this device: packs of the office, photos. */
export function fetchBound(path: string, signal?: AbortSignal): Promise<Response> {
  return sendProved(requestOf('GET', path, signal ? { signal } : {}));
}
