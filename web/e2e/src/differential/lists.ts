/** Seeded mutations of trust lists and status lists: of what was signed, and of what is then signed. */
import { deflateSync } from 'node:zlib';
import type { Bytes } from '../../../verify/src/bytes.ts';
import { toBase64Url, utf8 } from '../../../verify/src/bytes.ts';
import * as issuer from '../../../verify/test/issuer.ts';
import { DAY, LIVE, MARK, NOW, ROOT, SM2_ROOT, STATUS, STRANGER } from '../../../verify/test/issuer.ts';
import { mutate } from '../../../verify/test/mutate.ts';
import type { Random } from '../../../verify/test/random.ts';
import { MARKS, type Token, licenceEntries, markEntries } from './evidence.ts';

/** One list to be opened by both. */
export type ListCase =
  | { readonly kind: ListKind; readonly trust: string; readonly knownSeq: number }
  | { readonly kind: ListKind; readonly token: Token };
const KINDS = [
  'trust-bytes',
  'trust-signatures',
  'trust-payload',
  'jwt-bytes',
  'jwt-claims',
  'cwt-bytes',
  'cwt-claims',
] as const;
/** What was mutated. */
export type ListKind = (typeof KINDS)[number];

/** Makes a list to be opened. */
export async function makeListCase(random: Random): Promise<ListCase> {
  const kind = KINDS[random.below(KINDS.length)] ?? 'trust-bytes';
  switch (kind) {
    case 'trust-bytes':
      return { kind, trust: reread(random, await plainTrust()), knownSeq: 0 };
    case 'trust-signatures':
      return { kind, trust: await oddSignatures(random), knownSeq: 6 + random.below(3) };
    case 'trust-payload':
      return { kind, trust: await issuer.trustJson(oddPayload(random), ROOT), knownSeq: random.below(2) * 7 };
    case 'jwt-bytes':
      return { kind, token: { jwt: reread(random, await plainJwt()) } };
    case 'jwt-claims':
      return { kind, token: { jwt: await oddJwt(random) } };
    case 'cwt-bytes':
      return { kind, token: { cwt: base64(mutate(random, await plainCwt())) } };
    case 'cwt-claims':
      return { kind, token: { cwt: base64(await oddCwt(random)) } };
  }
}

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
};
const plainTrust = once(() => issuer.trustJson(issuer.trustPayload(), ROOT));
const plainJwt = once(() => issuer.statusJwt(issuer.statusClaims(MARKS), markEntries));
const plainCwt = once(() => issuer.statusCwt(issuer.statusClaims(MARKS), markEntries));

const base64 = (bytes: Bytes): string => Buffer.from(bytes).toString('base64');

// mutated bytes as a text again: where they are no UTF-8 stands a replacement character
function reread(random: Random, text: string): string {
  return new TextDecoder().decode(mutate(random, utf8(text)));
}

async function oddSignatures(random: Random): Promise<string> {
  const whole = JSON.parse(
    await issuer.trustJson(issuer.trustPayload(), ROOT, ...(random.below(2) ? [SM2_ROOT] : [])),
  ) as {
    payload: string;
    signatures: { protected: string; signature: string }[];
  };
  const header = (changes: object) =>
    toBase64Url(
      utf8(JSON.stringify({ alg: 'ES256', kid: ROOT.key.kid, typ: 'luzheng-trust+jwt', ...changes })),
    );
  const other = [
    { protected: header({ crit: ['x'] }), signature: 'AAAA' },
    { protected: header({ crit: null }), signature: 'AAAA' },
    { protected: header({ alg: 'none' }), signature: '' },
    { protected: header({ alg: 'SM2' }), signature: whole.signatures[0]?.signature ?? '' },
    { protected: header({ kid: STRANGER.key.kid }), signature: 'AAAA' },
    { protected: header({ kid: ROOT.key.kid.toUpperCase() }), signature: 'AAAA' },
    { protected: header({ typ: 1 }), signature: 'AAAA' },
    { protected: 'e30', signature: whole.signatures[0]?.signature ?? '' },
    { protected: header({}), signature: 'A' },
    { protected: header({}), signature: whole.signatures[0]?.signature ?? '' },
  ];
  const extra = other[random.below(other.length)];
  if (extra !== undefined) {
    if (random.below(3) === 0) whole.signatures = [extra];
    else
      whole.signatures.splice(
        random.below(2),
        0,
        ...Array.from({ length: 1 + random.below(9) }, () => extra),
      );
  }
  return JSON.stringify(whole);
}

const JSON_VALUES: readonly unknown[] = [
  ...[
    null,
    -1,
    0,
    1,
    1.5,
    1e300,
    2 ** 53 - 1,
    NOW,
    NOW - DAY,
    NOW + DAY,
    '',
    'x',
    'ES256',
    'SM2',
    'EdDSA',
    'mark',
    'live',
  ],
  ...[
    [],
    {},
    true,
    false,
    [null],
    [{}],
    ['320000'],
    ['32000'],
    ['3200000'],
    ['٣20000'],
    Array(1025).fill('320000'),
  ],
  ...['https://a/{list}', 'https://a/{list}{list}', 'https://a/', '{list}', undefined],
];

function oddPayload(random: Random): Record<string, unknown> {
  const value = () => JSON_VALUES[random.below(JSON_VALUES.length)];
  const payload: Record<string, unknown> = issuer.trustPayload();
  const entry: Record<string, unknown> = { ...issuer.ENTRIES[random.below(issuer.ENTRIES.length)] };
  const target = random.below(3) === 0 ? payload : entry;
  const names = [...Object.keys(target), ...(target === entry ? ['certificate'] : ['more'])];
  target[names[random.below(names.length)] ?? ''] = value();
  if (target === entry)
    payload.keys = random.below(6) === 0 ? [entry, entry] : [...issuer.ENTRIES.slice(1), entry];
  return payload;
}

const signers = [STATUS, STATUS, STATUS, STATUS, MARK, LIVE, STRANGER] as const;
const ADDRESSES = ['3', '03', '+3', '4294967295', '4294967296', '-1', '', '3 ', '٣', '3/', '0x3'] as const;

function oddClaims(random: Random): Record<string, unknown> {
  const address = `https://${issuer.HOST}/status/${ADDRESSES[random.below(ADDRESSES.length)] ?? ''}`;
  const changes = [
    { sub: address },
    { iat: [NOW, 0, -1, NOW + DAY, NOW - 2000 * DAY, NOW - 1000 * DAY, NOW + 1000 * DAY][random.below(7)] },
    { exp: [NOW, 0, -1, NOW - 3600, 2 ** 53 - 1, NOW + 30 * DAY][random.below(6)] },
    { ttl: [0, 1, 2 ** 32 - 1, 2 ** 32][random.below(4)] },
    {},
  ];
  return issuer.statusClaims(MARKS, changes[random.below(changes.length)]);
}

const STREAMS: readonly Bytes[] = [
  new Uint8Array(deflateSync(markEntries)),
  new Uint8Array(deflateSync(licenceEntries)),
  new Uint8Array(deflateSync(new Uint8Array(100))),
  new Uint8Array(deflateSync(markEntries, { level: 0 })),
  new Uint8Array(deflateSync(new Uint8Array(1 << 20))),
  new Uint8Array(),
];

function oddStream(random: Random): Bytes {
  const stream = STREAMS[random.below(STREAMS.length)] ?? new Uint8Array();
  const small = stream.length < 10_000 && random.below(3) === 0;
  return small ? mutate(random, stream) : stream;
}

async function oddJwt(random: Random): Promise<string> {
  const signer = signers[random.below(signers.length)] ?? STATUS;
  const claims: Record<string, unknown> = { ...oddClaims(random) };
  const bits = [2, 2, 2, 4, 1, 8, 256][random.below(7)];
  if (random.below(2)) claims.status_list = { bits, lst: toBase64Url(oddStream(random)) };
  if (random.below(10) === 0)
    claims[['iat', 'exp', 'ttl', 'sub', 'status_list'][random.below(5)] ?? ''] =
      JSON_VALUES[random.below(16)];
  const header =
    random.below(8) === 0
      ? { typ: ['jwt', null, 'luzheng-trust+jwt', 'statuslist+cwt'][random.below(4)] }
      : {};
  return issuer.statusJwt(claims, markEntries, signer, header);
}

async function oddCwt(random: Random): Promise<Bytes> {
  const signer = signers[random.below(signers.length)] ?? STATUS;
  const kid = new Uint8Array(Buffer.from(signer.key.kid, 'hex'));
  const alg = random.below(10) === 0 ? [-8, -65600, -9][random.below(3)] : -7;
  const typ = random.below(10) === 0 ? 'application/statuslist+jwt' : 'application/statuslist+cwt';
  const header = issuer.encode(
    new Map<issuer.Value, issuer.Value>([
      [1, alg ?? -7],
      [4, kid],
      [16, typ],
    ]),
  );
  const claims = oddClaims(random) as Record<string, issuer.Value>;
  const inner = new Map<issuer.Value, issuer.Value>([
    ['lst', oddStream(random)],
    ['bits', [2, 2, 2, 4, 1, 300][random.below(6)] ?? 2],
  ]);
  if (random.below(12) === 0) inner.set('more', 1);
  const payload = new Map<issuer.Value, issuer.Value>([
    [2, claims.sub ?? ''],
    [4, claims.exp ?? 0],
    [6, claims.iat ?? 0],
    [65533, inner],
    [65534, claims.ttl ?? 0],
  ]);
  if (random.below(12) === 0) payload.delete([2, 4, 6, 65533, 65534][random.below(5)] ?? 2);
  if (random.below(12) === 0) payload.set(65535, 1);
  const encoded = issuer.encode(payload);
  const small = encoded.length < 10_000 && random.below(4) === 0;
  return issuer.sign1(header, small ? mutate(random, encoded) : encoded, signer);
}
