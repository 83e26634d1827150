/** The partner interface as far as a client sees it: discovery, tokens that are checked, and answers that a test sets. */
import { ClientKey } from '../src/index.js';

export const ORIGIN = 'https://luzheng.example';
export const ISSUER = 'https://issuer.luzheng.example';
export const CLIENT = '019a0000-0000-7000-8000-0000000005a1';
/** 2026-11-21T08:00:00Z in milliseconds. */
export const NOW = 1_795_248_000_000;

/** One call that came. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

type Answer = Response | (() => Response) | Error;
type Pair = Awaited<ReturnType<typeof makePair>>;

/** A key pair of either kind. */
export async function makePair(kind: 'ES256' | 'EdDSA' = 'ES256') {
  const algorithm = kind === 'ES256' ? { name: 'ECDSA', namedCurve: 'P-256' } : { name: 'Ed25519' };
  const { privateKey, publicKey } = (await crypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  return { key: ClientKey.fromCryptoKey(privateKey), privateKey, publicKey, kind };
}

export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  });

/** A server that checks assertions as the real one does: signature, audience, times, and that each counts once. */
export class PartnerServer {
  readonly calls: Call[] = [];
  readonly claims: Record<string, unknown>[] = [];
  /** Answers of everything that is neither discovery nor tokens, in their order; afterwards `{}`. */
  readonly answers: Answer[] = [];
  /** Answers of the token endpoint before it gives tokens. */
  readonly tokenAnswers: Answer[] = [];
  readonly seen = new Set<unknown>();
  /** How long a token lasts. */
  lasts = 900;
  tokens = 0;
  now = NOW;
  metadata: unknown = { issuer: ISSUER, token_endpoint: `${ISSUER}/oauth/token` };

  constructor(private readonly pair: Pair) {}

  readonly fetch = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const call = {
      method: request.method,
      path: pathname,
      headers: request.headers,
      body: await request.text(),
    };
    this.calls.push(call);
    if (pathname === '/.well-known/oauth-authorization-server') return json(this.metadata);
    const answer =
      pathname === '/oauth/token'
        ? (this.tokenAnswers.shift() ?? (await this.grant(call)))
        : this.answers.shift();
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? answer() : (answer ?? json({}));
  };

  private async grant({ body }: Call): Promise<Response> {
    const form = new URLSearchParams(body);
    const [head = '', claims = '', signature = ''] = (form.get('client_assertion') ?? '').split('.');
    const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, number | string>;
    this.claims.push(said);
    const how = this.pair.kind === 'ES256' ? { name: 'ECDSA', hash: 'SHA-256' } : { name: 'Ed25519' };
    const signed = new TextEncoder().encode(`${head}.${claims}`);
    const good = await crypto.subtle.verify(
      how,
      this.pair.publicKey,
      Buffer.from(signature, 'base64url'),
      signed,
    );
    const second = this.now / 1000;
    const inTime =
      Number(said.exp) > second - 30 && Number(said.exp) <= second + 330 && Number(said.iat) <= second + 30;
    const ours =
      said.aud === ISSUER && said.iss === CLIENT && said.sub === CLIENT && !this.seen.has(said.jti);
    this.seen.add(said.jti);
    if (!good || !inTime || !ours)
      return json({ error: 'invalid_client', error_description: 'no' }, 401, {
        date: new Date(this.now).toUTCString(),
      });
    const scope = form.get('scope') ?? 'all';
    return json({
      access_token: `token-${++this.tokens}`,
      token_type: 'Bearer',
      expires_in: this.lasts,
      scope,
    });
  }
}
