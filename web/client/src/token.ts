/** Access tokens: asked for with a signed assertion (RFC 6749 section 4.4, RFC 7523), kept until shortly before they end. */
import type { ClientKey } from './key.js';
import type { PatientSending } from './retry.js';

/** For how many seconds an assertion is good. */
const ASSERTION_SECONDS = 120;
/** A token is not used in its last seconds: it would end on the way. */
const LAST_SECONDS = 30;
/** Clocks that differ by less are left as they are. */
const CLOCK_SECONDS = 20;

/** Thrown when no token was given. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  constructor(
    /** As in RFC 6749 section 5.2: `invalid_client`, `invalid_scope`, …; `no_metadata` when the server does not say where to ask. */
    readonly code: string,
    message: string,
    /** The status of the answer. */
    readonly status: number,
  ) {
    super(message);
  }
}

/** Who asks for tokens. */
export interface Identity {
  /** `https://luzheng.example`, without a path. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly key: ClientKey;
  /** What is asked for; without it all that the client has. */
  readonly scopes?: readonly string[] | undefined;
}

interface Held {
  readonly token: string;
  /** In milliseconds since 1970. */
  readonly until: number;
}

/** Gets tokens and keeps the newest. Calls at the same time share one. */
export class Tokens {
  private held: Held | null = null;
  private asking: Promise<Held> | null = null;
  private endpoint: { readonly issuer: string; readonly token: string } | null = null;
  /** How far the server's clock is ahead of ours, in milliseconds. */
  private ahead = 0;

  constructor(
    private readonly identity: Identity,
    private readonly send: PatientSending,
    private readonly now: () => number,
  ) {}

  /** A token that is good now. @throws {TokenError} */
  async current(): Promise<string> {
    if (this.held !== null && this.now() < this.held.until) return this.held.token;
    this.asking ??= this.ask().finally(() => (this.asking = null));
    this.held = await this.asking;
    return this.held.token;
  }

  /** Forgets a token that the server did not take; another one that came meanwhile stays. */
  forget(token: string): void {
    if (this.held?.token === token) this.held = null;
  }

  private async ask(): Promise<Held> {
    const { issuer, token } = (this.endpoint ??= await this.discover());
    let answer = await this.request(issuer, token);
    if (answer.status === 401 && this.learnClock(answer)) answer = await this.request(issuer, token);
    const said = await objectOf(answer);
    const { access_token: text, expires_in: seconds, token_type: kind } = said;
    if (!answer.ok || typeof text !== 'string' || text === '' || String(kind).toLowerCase() !== 'bearer') {
      const code = typeof said.error === 'string' ? said.error : 'server_error';
      const why = typeof said.error_description === 'string' ? said.error_description : 'no token was given';
      throw new TokenError(code, why, answer.status);
    }
    const lasts = typeof seconds === 'number' && seconds > 0 ? seconds : 0;
    return { token: text, until: this.now() + Math.max(0, lasts - LAST_SECONDS) * 1000 };
  }

  // an assertion counts once, so that each try has its own
  private async request(issuer: string, endpoint: string): Promise<Response> {
    return this.send(async () => {
      const { scopes } = this.identity;
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await this.assertion(issuer),
      });
      if (scopes !== undefined) form.set('scope', scopes.join(' '));
      return new Request(endpoint, { method: 'POST', body: form, redirect: 'error' });
    });
  }

  private assertion(issuer: string): Promise<string> {
    const { clientId, key } = this.identity;
    const iat = Math.floor((this.now() + this.ahead) / 1000);
    const exp = iat + ASSERTION_SECONDS;
    return key.jwt({ iss: clientId, sub: clientId, aud: issuer, iat, exp, jti: crypto.randomUUID() });
  }

  // where tokens are asked for and whom an assertion names (RFC 8414); never another host than the one that was given
  private async discover(): Promise<{ issuer: string; token: string }> {
    const origin = new URL(this.identity.baseUrl).origin;
    const address = new URL('/.well-known/oauth-authorization-server', origin);
    const answer = await this.send(async () => new Request(address, { redirect: 'error' }));
    const { issuer, token_endpoint: endpoint } = await objectOf(answer);
    if (!answer.ok || typeof issuer !== 'string' || typeof endpoint !== 'string')
      throw new TokenError(
        'no_metadata',
        'the server does not say where tokens are asked for',
        answer.status,
      );
    // behind a proxy a server may name itself otherwise: the path counts, the host is ours
    return { issuer, token: new URL(new URL(endpoint, origin).pathname, origin).href };
  }

  // whether our clock was wrong by more than a little; `Date` says the server's time
  private learnClock(answer: Response): boolean {
    const theirs = Date.parse(answer.headers.get('date') ?? '');
    if (Number.isNaN(theirs)) return false;
    const ahead = theirs - this.now();
    if (Math.abs(ahead - this.ahead) < CLOCK_SECONDS * 1000) return false;
    this.ahead = ahead;
    return true;
  }
}

async function objectOf(answer: Response): Promise<Record<string, unknown>> {
  const value: unknown = await answer.json().catch(() => null);
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
