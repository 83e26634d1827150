/** A partner's own program: proves itself with its private key and sends codes in batches. */
import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Channel, Question, Said } from './channels.ts';

/** The demonstration's insurer, the same on every machine (`usecase/demo/partner.rs`). */
const CLIENT = '019a0000-0000-7000-8000-0000000005a1';

function keyFile(dataFolder: string): string {
  const folders = [dataFolder, path.join(dataFolder, 'secrets-of-the-demo')];
  const file = folders
    .map((folder) => path.join(folder, 'partner-demo.pem'))
    .find((name) => existsSync(name));
  if (file === undefined) throw new Error('the demonstration has left no key of its partner');
  return file;
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A bearer token by private_key_jwt (RFC 7523). */
export async function partnerToken(origin: string, dataFolder: string): Promise<string> {
  const metadata = (await (await fetch(`${origin}/.well-known/oauth-authorization-server`)).json()) as {
    issuer: string;
    token_endpoint: string;
  };
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss: CLIENT, sub: CLIENT, aud: metadata.issuer, iat, exp: iat + 120, jti: randomUUID() };
  const signed = `${part({ alg: 'ES256', typ: 'JWT' })}.${part(claims)}`;
  const key = createPrivateKey(readFileSync(keyFile(dataFolder)));
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  const answer = await fetch(new URL(new URL(metadata.token_endpoint).pathname, origin), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: CLIENT,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${signed}.${signature.toString('base64url')}`,
    }),
  });
  if (!answer.ok) throw new Error(`token: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}

/** `POST /api/v1/partner/verify`: the code of the question among others, which must not touch its verdict. */
export async function partnerBatch(origin: string, dataFolder: string, proper: string): Promise<Channel> {
  const token = await partnerToken(origin, dataFolder);
  const ask = async ({ code, plate, later }: Question): Promise<Said> => {
    const at = later === 0 ? undefined : new Date(Date.now() + later * 1000).toISOString();
    const asked = { id: 'asked', code, expected_plate: plate, at };
    const items = [{ id: 'before', code: proper }, asked, { id: 'after', code: 'neither' }];
    const answer = await fetch(`${origin}/api/v1/partner/verify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ items, purpose: 'claim' }),
    });
    if (answer.status !== 200) throw new Error(`partner: ${answer.status} ${await answer.text()}`);
    const { items: lines } = (await answer.json()) as { items: { id: string; report: Said | null }[] };
    const verdicts = lines.map(({ id, report }) => `${id} ${report?.verdict}`);
    if (verdicts[0] !== 'before valid' || verdicts[2] !== 'after unreadable')
      throw new Error(`the others in the batch: ${verdicts.join(', ')}`);
    const report = lines[1]?.report;
    if (!report) throw new Error(`no report: ${JSON.stringify(lines[1])}`);
    return { verdict: report.verdict, reason: report.reason, hints: report.hints };
  };
  return { name: 'partner batch', ask, close: async () => undefined };
}
