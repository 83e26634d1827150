/** Sending again what may be sent again: as often and as late as the server says (`Retry-After`), and after a failed connection. */

/** Sends a request. */
export type Sending = (request: Request) => Promise<Response>;

/** How often and how long is waited. */
export interface Patience {
  /** How many times a request is sent again; 3 unless given. */
  readonly retries?: number | undefined;
  /** The longest wait that is accepted, in milliseconds; a server that asks for more gets no retry. 60 seconds unless given. */
  readonly longestWait?: number | undefined;
  /** Waits; for tests. */
  readonly wait?: ((milliseconds: number, signal: AbortSignal) => Promise<void>) | undefined;
}

const AGAIN = new Set([429, 502, 503, 504]);
/** The first wait after a failed connection; it doubles. */
const FIRST_WAIT = 500;

/** Sends what is made anew for each try. */
export type PatientSending = (make: () => Promise<Request>) => Promise<Response>;

/** Sends with patience: what `make` gives is sent until it was answered, or patience is at its end. */
export function patient(send: Sending, patience: Patience, now: () => number): PatientSending {
  const { retries = 3, longestWait = 60_000, wait = waitFor } = patience;
  return async (make) => {
    for (let round = 0; ; round++) {
      const request = await make();
      const outcome = await attempt(send, request);
      const last = round >= retries;
      if (outcome instanceof Response) {
        const delay = AGAIN.has(outcome.status) ? retryAfter(outcome, now()) : null;
        if (last || delay === null || delay > longestWait) return outcome;
        await outcome.body?.cancel();
        await wait(delay, request.signal);
      } else {
        if (last || request.signal.aborted) throw outcome.failure;
        await wait(Math.min(FIRST_WAIT * 2 ** round, longestWait), request.signal);
      }
    }
  };
}

/** A request that may be sent again: repetitions carry the same `Idempotency-Key`, so that nothing happens twice. */
export function repeatable(request: Request): () => Promise<Request> {
  const first = named(request);
  return async () => first.clone();
}

async function attempt(send: Sending, request: Request): Promise<Response | { readonly failure: unknown }> {
  try {
    return await send(request);
  } catch (failure) {
    return { failure };
  }
}

function named(request: Request): Request {
  const safe = ['GET', 'HEAD', 'PUT', 'DELETE'].includes(request.method);
  if (safe || request.headers.has('idempotency-key')) return request;
  const headers = new Headers(request.headers);
  headers.set('idempotency-key', crypto.randomUUID());
  return new Request(request, { headers });
}

/** Milliseconds until a request may be sent again: seconds or a date (RFC 9110 section 10.2.3); `null` when the answer does not say. */
export function retryAfter(answer: Response, now: number): number | null {
  const said = answer.headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(said)) return Number(said) * 1000;
  const date = Date.parse(said);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
