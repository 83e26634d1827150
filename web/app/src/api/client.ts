import createClient from 'openapi-fetch';
import type { paths, Problem } from './types';

/** Why a request gave no answer; the screens choose their words by `kind`. */
export type FailureKind = 'offline' | 'signed_out' | 'not_found' | 'refused' | 'server';

/** A request that gave no usable answer. */
export class RequestFailed extends Error {
  constructor(
    readonly kind: FailureKind,
    /** The server's stable code, when it gave one. */
    readonly code: string | null,
    detail: string,
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

/** Plain `fetch` through the same transport, for the trust and status files. */
export function fetchRaw(path: string, init?: RequestInit): Promise<Response> {
  return transport(new Request(new URL(path, location.origin), init));
}

/** The typed client. Cookies carry the session; nothing is kept in scripts. */
export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: 'same-origin',
  fetch: (request) => transport(request),
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
  const problem = (answer.error ?? {}) as Problem;
  throw new RequestFailed(
    kindOf(answer.response.status),
    problem.code ?? null,
    problem.detail ?? problem.title ?? `HTTP ${answer.response.status}`,
  );
}

function kindOf(status: number): FailureKind {
  if (status === 401) return 'signed_out';
  if (status === 404) return 'not_found';
  // a gateway that cannot reach the server is, for the person, the same as no connection
  if (status === 502 || status === 503 || status === 504) return 'offline';
  return status < 500 ? 'refused' : 'server';
}
