/**
 * A government identity platform on loopback: oidc-provider, a certified OpenID provider, with people of ours and a page
 * on which they sign in. Its address says `127.0.0.1` and the demo's says `localhost`, so that a browser takes them for two
 * sites, as they are in life.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration } from 'oidc-provider';

const CLIENT = 'luzheng-e2e';
const SECRET = randomBytes(24).toString('hex');
/** What the platform says when it looked whether it is a real person. */
const REAL_PERSON = 'urn:e2e:real-person';

/** Somebody whom the platform knows. */
export interface Citizen {
  readonly name: string;
  readonly id_number: string;
}

/** The platform, and how to tell a demo about it. */
export interface IdentityPlatform {
  /** The variables that point a demo at it. */
  readonly environment: Record<string, string>;
  /** Opens for a site, whose address is known once it is there. */
  openFor(origin: string): void;
  /** From now on our server gets no answer; people still get their pages. */
  hangUp(): void;
  /** Ends. */
  close(): Promise<void>;
}

/** Characters that mean something in HTML. */
const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** The page on which somebody signs in. */
function page(uid: string, people: ReadonlyMap<string, Citizen>): string {
  const choices = [...people].map(
    ([id, { name }]) => `<option value="${escaped(id)}">${escaped(name)}</option>`,
  );
  return `<!doctype html><html lang="zh"><link rel="icon" href="data:,"><title>测试身份平台</title><h1>测试身份平台</h1>
<form method="post" action="/interaction/${encodeURIComponent(uid)}">
<select name="who" aria-label="who">${choices.join('')}</select>
<label><input type="checkbox" name="face"> 实人核验</label>
<button name="do" value="in">登录</button><button name="do" value="cancel">取消</button></form></html>`;
}

/** A key of the platform's own. */
function signingKey(): object {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'e2e' };
}

function configuration(origin: string, people: ReadonlyMap<string, Citizen>): Configuration {
  return {
    clients: [
      {
        client_id: CLIENT,
        client_secret: SECRET,
        redirect_uris: [`${origin}/api/v1/session/identity-platform/callback`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    acrValues: [REAL_PERSON],
    claims: { openid: ['sub'], profile: ['name', 'id_number'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    ttl: { Session: 3600, Interaction: 600, Grant: 3600, AccessToken: 60, IdToken: 60 },
    findAccount: (_, id) => {
      const citizen = people.get(id);
      return citizen && { accountId: id, claims: () => ({ sub: id, ...citizen }) };
    },
    // whoever signs in there for us agrees to what we ask for: there is no second page
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client?.clientId,
        accountId: oidc.session?.accountId,
      });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  };
}

async function body(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}

/** Shows the page, and takes its answer. */
async function interaction(
  provider: Provider,
  people: ReadonlyMap<string, Citizen>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { uid } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(page(uid, people));
    return;
  }
  const given = await body(request);
  const real = given.get('face') === null ? {} : { acr: REAL_PERSON, amr: ['face'] };
  const result =
    given.get('do') === 'in'
      ? { login: { accountId: given.get('who') ?? '', ...real } }
      : { error: 'access_denied' };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

/** Starts the platform. It answers nothing until it is opened for a site. */
export async function startIdentityPlatform(people: ReadonlyMap<string, Citizen>): Promise<IdentityPlatform> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let answers = true;
  return {
    environment: {
      LUZHENG_IDENTITY_ISSUER: issuer,
      LUZHENG_IDENTITY_CLIENT_ID: CLIENT,
      LUZHENG_IDENTITY_CLIENT_SECRET: SECRET,
      LUZHENG_IDENTITY_NAME: '测试身份平台',
      LUZHENG_IDENTITY_NAME_EN: 'test platform',
      LUZHENG_IDENTITY_REAL_PERSON_ACR: REAL_PERSON,
    },
    openFor(origin) {
      const provider = new Provider(issuer, configuration(origin, people));
      const answer = provider.callback();
      server.on('request', (request, response) => {
        if (!answers && request.url?.startsWith('/token')) return void request.destroy();
        if (!request.url?.startsWith('/interaction/')) return void answer(request, response);
        interaction(provider, people, request, response).catch((error: unknown) => {
          response.writeHead(500).end(String(error));
        });
      });
    },
    hangUp() {
      answers = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
