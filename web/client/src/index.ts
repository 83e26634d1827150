/** A client of Luzheng's partner interface. */
import type { paths } from '@luzheng/api';
import createFetchClient, { type Client } from 'openapi-fetch';
import { type Patience, type PatientSending, type Sending, patient, repeatable } from './retry.js';
import { type Identity, Tokens } from './token.js';
import type { ClientKey } from './key.js';

export { ClientKey, KeyError, type PrivateKey, type Signing } from './key.js';
export { type Report, type Verdict, reportOf } from './report.js';
export type { Patience } from './retry.js';
export { TokenError } from './token.js';
export {
  type HeaderSource,
  MAX_WEBHOOK,
  TOLERANCE,
  type WebhookData,
  WebhookError,
  type WebhookEvent,
  type WebhookFault,
  type WebhookQuestion,
  verifyWebhook,
} from './webhook.js';

/** What partners may call: their own interface, and what is public. */
type PartnerPath = Extract<
  keyof paths,
  `/api/v1/partner/${string}` | `/.well-known/luzheng/${string}` | '/api/v1/verify' | `/pack${string}`
>;
/** The interface as its description says. */
export type PartnerPaths = Pick<paths, PartnerPath>;
/** The client: `GET`, `POST`, `DELETE`, typed by path. */
export type LuzhengClient = Client<PartnerPaths>;

/** How to make a client. */
export interface ClientOptions extends Patience {
  /** `https://luzheng.example`, without a path. */
  readonly baseUrl: string;
  readonly clientId: string;
  /** The key that is registered for the client. */
  readonly key: ClientKey;
  /** What is asked for; without it all that the client has. */
  readonly scopes?: readonly string[] | undefined;
  /** Instead of the engine's `fetch`. */
  readonly fetch?: Sending | undefined;
  /** Instead of the engine's clock, in milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

/**
 * Makes a client. Tokens are asked for when one is needed and kept until shortly before they end; answers 429, 502, 503 and 504 with
 * a `Retry-After` are waited for; a repetition carries the `Idempotency-Key` of the first try. What is refused comes as `error`, a
 * problem with a stable `code`; when no token is given a `TokenError` is thrown.
 */
export function createClient(options: ClientOptions): LuzhengClient {
  const { baseUrl, clientId, key, scopes, now = Date.now } = options;
  const origin = new URL(baseUrl).origin;
  const plain: Sending = options.fetch ?? ((request) => fetch(request));
  const send = patient(plain, options, now);
  const identity: Identity = { baseUrl: origin, clientId, key, scopes };
  const tokens = new Tokens(identity, send, now);
  return createFetchClient<PartnerPaths>({ baseUrl: origin, fetch: authorised(send, tokens, origin) });
}

function authorised(send: PatientSending, tokens: Tokens, origin: string): Sending {
  const once = async (request: Request, token: string): Promise<Response> => {
    const headers = new Headers(request.headers);
    headers.set('authorization', `Bearer ${token}`);
    return send(repeatable(new Request(request, { headers, redirect: 'error' })));
  };
  return async (request) => {
    // a token is for our server alone
    if (new URL(request.url).origin !== origin) throw new TypeError('an address of another server');
    const token = await tokens.current();
    const answer = await once(request.clone(), token);
    if (answer.status !== 401) return answer;
    // ended early: keys were exchanged, or the server started anew
    tokens.forget(token);
    await answer.body?.cancel();
    return once(request, await tokens.current());
  };
}

/** The public keys with which webhooks are signed. Keep them for an hour; fetch them anew when a signature is by none of them. */
export async function fetchWebhookKeys(
  baseUrl: string,
  send: Sending = (request) => fetch(request),
): Promise<string[]> {
  const address = new URL('/.well-known/luzheng/webhook-keys', baseUrl);
  const answer = await send(new Request(address, { redirect: 'error' }));
  const said: unknown = answer.ok ? await answer.json() : null;
  const keys = (said as { readonly keys?: readonly { readonly public_key?: unknown }[] } | null)?.keys ?? [];
  return keys.map((key) => key.public_key).filter((key) => typeof key === 'string');
}
