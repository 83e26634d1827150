import createClient from 'openapi-fetch';
import type { paths, Problem } from './types';

/** Why a request gave no answer; the screens choose their words by `kind`. */
export type FailureKind = 'offline' | 'signed_out' | 'not_found' | 'refused' | 'server';

/** What a refusal says besides its code. */
export interface Refusal {
  /** Seconds after which it is worth trying again. */
  retry_after_s: number | null;
  /** How many more tries there are. */
  tries_left: number | null;
}
const NOTHING_MORE: Refusal = { retry_after_s: null, tries_left: null };

/** A request that gave no usable answer. */
export class RequestFailed extends Error {
  constructor(
    readonly kind: FailureKind,
    /** The server's stable code, when it gave one. */
    readonly code: string | null,
    detail: string,
    readonly more: Refusal = NOTHING_MORE,
  ) {
    super(detail);
    this.name = 'RequestFailed';
  }
}

type Fetch = (request: Request) => Promise<Response>;
let transport: Fetch = (request) => fetch(request);

/** Lets the mock back end answer instead of the network; for `npm run dev` and tests. */
export function answerWith(handler: Fetch): void {
  transport = handler;
}

/** What the server doubts before it does a thing: that it is still the same person, or that it knows them well enough. */
export type Doubt = 'reauthenticate' | 'assurance_needed';
type Dispel = (doubt: Doubt, problem: Problem) => Promise<boolean>;
let dispel: Dispel = async () => false;

/** Says who dispels the server's doubts, by asking the person; true means that the call is worth repeating. */
export function whenDoubted(handler: Dispel): void {
  dispel = handler;
}

/** Sends a request, and once more when the server doubted and the person could answer. */
async function sendOut(request: Request): Promise<Response> {
  // what dispels a doubt must not wait for itself
  if (new URL(request.url).pathname.startsWith('/api/v1/session/')) return transport(request);
  const again = request.clone();
  const answer = await transport(request);
  if (answer.status !== 401 && answer.status !== 403) return answer;
  const problem = (await answer
    .clone()
    .json()
    .catch(() => ({}))) as Problem;
  if (problem.code !== 'reauthenticate' && problem.code !== 'assurance_needed') return answer;
  return (await dispel(problem.code, problem)) ? transport(again) : answer;
}

/** Sends a request as it is, for those who prove themselves by other means than a session of a citizen. */
export const sendPlain: Fetch = (request) => transport(request);

/** Plain `fetch` through the same transport, for the trust and status files. */
export function fetchRaw(path: string, init?: RequestInit): Promise<Response> {
  return sendOut(new Request(new URL(path, location.origin), init));
}

/** The typed client. Cookies carry the session; nothing is kept in scripts. */
export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: 'same-origin',
  fetch: (request) => sendOut(request),
});

/** A key that makes a repeated unsafe call harmless. */
export function idempotencyKey(): { 'Idempotency-Key': string } {
  // not randomUUID: a demonstration on plain http in the LAN has no such function
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return { 'Idempotency-Key': [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('') };
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Unwraps an answer, or throws {@link RequestFailed} with the reason the screens distinguish. */
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (cause) {
    throw new RequestFailed('offline', null, cause instanceof Error ? cause.message : 'no connection');
  }
  if (answer.response.ok) return answer.data as T;
  throw refusal(answer.response, answer.error);
}

/** An answer that is no success, as the screens hear of it; `said` is its body. */
export function refusal(response: Response, said: unknown): RequestFailed {
  const problem = (said ?? {}) as Problem & { tries_left?: unknown };
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new RequestFailed(
    kindOf(response.status, problem.code),
    problem.code ?? null,
    problem.detail ?? problem.title ?? `HTTP ${response.status}`,
    {
      retry_after_s: Number.isFinite(wait) ? wait : null,
      tries_left: typeof problem.tries_left === 'number' ? problem.tries_left : null,
    },
  );
}

function kindOf(status: number, code: string | undefined): FailureKind {
  // a session that is doubted is not over: what the phone keeps stays until it is
  if (status === 401) return code === 'reauthenticate' ? 'refused' : 'signed_out';
  if (status === 404) return 'not_found';
  // a gateway that cannot reach the server is, for the person, the same as no connection
  if (status === 502 || status === 503 || status === 504) return 'offline';
  return status < 500 ? 'refused' : 'server';
}
