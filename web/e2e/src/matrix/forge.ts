/**
 * An issuer with the demonstration's own keys: codes that are signed as the country signs them, and say what a fault needs.
 * The keys of a demonstration lie beside its database; nothing else could make these codes.
 */
import { type KeyObject, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { primaryText } from '../../../verify/src/text.ts';
import { type StatusValue, Roots, TrustList, openToken } from '../../../verify/src/index.ts';
import { type Signer, type Value, encode, header, sign1, STRANGER } from '../../../verify/test/issuer.ts';
import { PublicKey } from '../../../verify/src/keys.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** The parts of a trust list's entry that a forger looks at. */
interface Entry {
  readonly kid: string;
  readonly alg: string;
  readonly use: string;
  readonly regions: readonly string[];
}

/** What is in the body of a code, by the names of `docs/qr-format.md`. */
export type Body = Readonly<Record<number, Value | undefined>>;

/** How a code differs from a good one. */
export interface Twist {
  readonly body?: Body;
  readonly iat?: number;
  readonly exp?: number;
  readonly signer?: Signer;
  readonly header?: Bytes;
  /** The claims as bytes, instead of the deterministic ones. */
  readonly claims?: (whole: Bytes) => Bytes;
}

/** Makes codes of a running demonstration. */
export interface Forge {
  readonly host: string;
  mark(twist?: Twist): Promise<string>;
  liveMark(twist?: Twist): Promise<string>;
  liveLicence(twist?: Twist): Promise<string>;
  /** A reference to an entry that has this value in what is published. */
  status(kind: 'mark' | 'licence', value: StatusValue): readonly [number, number];
  readonly signers: {
    mark: Signer;
    regional: Signer;
    live: Signer;
    licence: Signer;
    status: Signer;
    stranger: Signer;
  };
  /** Seconds since 1970 as the server says. */
  readonly now: number;
  readonly plate: string;
}

async function signerOf(pem: KeyObject): Promise<Signer> {
  const spki = createPublicKey(pem).export({ type: 'spki', format: 'der' });
  const key = await PublicKey.fromSpki(new Uint8Array(spki));
  if (key === null) throw new Error('a key of the demonstration was refused');
  return {
    key,
    sign: async (message) => new Uint8Array(sign('sha256', message, { key: pem, dsaEncoding: 'ieee-p1363' })),
  };
}

/** The demonstration's P-256 keys by their identifiers; those of SM2 are left where they are. */
async function keysOf(folder: string): Promise<ReadonlyMap<string, Signer>> {
  const secrets = path.join(folder, 'secrets-of-the-demo');
  const passphrase = readFileSync(path.join(secrets, 'secrets/passphrase'), 'utf8').trim();
  const found = new Map<string, Signer>();
  for (const file of readdirSync(path.join(secrets, 'keys'))) {
    if (!/^[0-9a-f]{16}\.pem$/.test(file)) continue;
    const pem = createPrivateKey({ key: readFileSync(path.join(secrets, 'keys', file)), passphrase });
    if (pem.asymmetricKeyDetails?.namedCurve !== 'prime256v1') continue;
    const signer = await signerOf(pem);
    found.set(signer.key.kid, signer);
  }
  return found;
}

/** The first second after the last valid day of a month `yyyymm`, in China. */
function endOf(month: number): number {
  return Date.UTC(Math.floor(month / 100), month % 100, 1) / 1000 - 8 * 3600;
}

/** A month so many months from now, `yyyymm`. */
export function monthFrom(now: number, months: number): number {
  const date = new Date((now + 8 * 3600) * 1000);
  const at = date.getUTCFullYear() * 12 + date.getUTCMonth() + months;
  return Math.floor(at / 12) * 100 + (at % 12) + 1;
}

/** Opens the keys of a demonstration and reads what it publishes. */
export async function openForge(origin: string, dataFolder: string): Promise<Forge> {
  const get = async (from: string): Promise<string> => {
    const answer = await fetch(new URL(from, origin));
    if (!answer.ok) throw new Error(`${from}: ${answer.status}`);
    return answer.text();
  };
  const json = await get('/.well-known/luzheng/trust');
  const trust = await TrustList.open(json, await Roots.parse(await get('/.well-known/luzheng/root')));
  const { keys: entries } = JSON.parse(
    Buffer.from((JSON.parse(json) as { payload: string }).payload, 'base64url').toString(),
  ) as { keys: Entry[] };
  const keys = await keysOf(dataFolder);
  const named = (use: string, regional: boolean): Signer => {
    const entry = entries.find((e) => e.use === use && e.regions.length > 0 === regional && keys.has(e.kid));
    const key = entry && keys.get(entry.kid);
    if (!key) throw new Error(`the demonstration has no P-256 key for ${use}`);
    return key;
  };
  const { code_host: host } = JSON.parse(await get('/api/v1/meta')) as { code_host: string };
  const values = await publishedValues(get, trust);
  const now = Math.floor(Date.now() / 1000);
  const plate = '苏E5Z7K9';
  const signers = {
    mark: named('mark', false),
    regional: named('mark', true),
    live: named('live', false),
    licence: named('licence', false),
    status: named('status', false),
    stranger: STRANGER,
  };
  const status: Forge['status'] = (kind, value) => {
    const found = values.get(`${kind} ${value}`);
    if (found === undefined) throw new Error(`no ${kind} in the demonstration's lists is ${value}`);
    return found;
  };
  const make = async (
    kind: 'mark' | 'licence',
    signer: Signer,
    body: Body,
    twist: Twist,
  ): Promise<string> => {
    const until = monthFrom(now, 6);
    const own: Record<number, Value | undefined> = {
      ...(kind === 'mark'
        ? { 1: 1, 2: 0, 3: plate, 4: '02', 5: until }
        : { 1: 2, 2: 1, 3: '张*丰', 4: 'C1', 5: until * 100 + 1 }),
      6: status(kind, 'valid'),
      7: 320_500,
      9: new Uint8Array(8).fill(9),
      ...body,
      ...twist.body,
    };
    const inner = new Map<Value, Value>();
    for (const [key, value] of Object.entries(own)) if (value !== undefined) inner.set(Number(key), value);
    const lives = own[2] === 1;
    const iat = twist.iat ?? Math.floor(Date.now() / 1000);
    const exp = twist.exp ?? (lives ? iat + 60 : endOf(Number(own[5])));
    const whole = encode(
      new Map<Value, Value>([
        [4, exp],
        [6, iat],
        [-70001, inner],
      ]),
    );
    const by = twist.signer ?? signer;
    const message = await sign1(twist.header ?? header(by), twist.claims?.(whole) ?? whole, by);
    return primaryText(host, message);
  };
  const fresh = { 2: 1, 8: new Uint8Array(8).fill(8) };
  return {
    host,
    now,
    plate,
    status,
    signers,
    mark: (twist = {}) => make('mark', signers.mark, {}, twist),
    liveMark: (twist = {}) => make('mark', signers.live, fresh, twist),
    liveLicence: (twist = {}) => make('licence', signers.live, fresh, twist),
  };
}

/** For each kind and value the first entry that has it. Lists of licences have four bits an entry, those of marks two. */
async function publishedValues(
  get: (from: string) => Promise<string>,
  trust: TrustList,
): Promise<ReadonlyMap<string, readonly [number, number]>> {
  const { status_lists: addresses } = JSON.parse(await get('/status')) as { status_lists: string[] };
  const found = new Map<string, readonly [number, number]>();
  for (const address of addresses) {
    const list = await openToken(await get(new URL(address).pathname), trust);
    const kind = list.bits === 4 ? 'licence' : 'mark';
    for (let index = 0; index < 1 << 20; index += 1) {
      const value = list.at(index);
      if (value !== undefined && !found.has(`${kind} ${value}`))
        found.set(`${kind} ${value}`, [list.list, index]);
    }
  }
  return found;
}
