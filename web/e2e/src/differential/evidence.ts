/** What a reader may hold: trust lists and status lists, good, old, absent, refused, and with keys that may not sign this. */
import {
  StatusBook,
  type StatusSource,
  StatusError,
  type StatusList,
  Roots,
  TrustError,
  TrustList,
  openToken,
} from '../../../verify/src/index.ts';
import { listBytes } from '../../../verify/src/status.ts';
import { openPack } from '../../../verify/src/packs.ts';
import * as issuer from '../../../verify/test/issuer.ts';
import {
  DAY,
  LICENCE,
  LIVE,
  MARK,
  MARK_ED,
  MARK_SM2,
  NOW,
  ROOT,
  SM2_ROOT,
  STATUS,
} from '../../../verify/test/issuer.ts';
import { type PackedList, packFile, packedList } from '../../../verify/test/packer.ts';

/** A token as it travels to the Rust side. */
export type Token = { readonly jwt: string } | { readonly cwt: string };

/** How evidence is prepared on the Rust side. */
export interface Prepared {
  readonly world: number;
  readonly roots: string;
  readonly trust: string | null;
  readonly known_seq: number;
  readonly status: readonly Token[];
}

/** Evidence on this side, and how each part of it was received. */
export interface World {
  readonly prepared: Prepared;
  readonly roots: Roots;
  readonly trust: TrustList | null;
  readonly status: StatusSource;
  readonly received: { readonly trust: unknown; readonly status: readonly unknown[] };
}

/** Marks stand in list 3, licences in list 4; each value is at the index of its number. */
export const MARKS = 3;
export const LICENCES = 4;
const MARK_VALUES = { 1: 1, 2: 2, 3: 3 };
const LICENCE_VALUES = { ...MARK_VALUES, 9: 9, 12: 12 };

/** A fresh list of marks, and one of licences. */
export const markEntries = issuer.statusBytes(MARK_VALUES);
export const licenceEntries = issuer.statusBytes(LICENCE_VALUES, listBytes(4), 4);

interface Plan {
  readonly trust?: Record<string, unknown> | null;
  readonly knownSeq?: number;
  readonly sm2Root?: boolean;
  /** Changes of the claims of both status lists; `null`: there are none. */
  readonly status?: Record<string, unknown> | null;
}

const entries = (changes: ReadonlyMap<issuer.Signer, Record<string, unknown> | null>) => ({
  keys: [
    [MARK, 'mark', { regions: ['320000', '110101'] }],
    [MARK_SM2, 'mark', {}],
    [MARK_ED, 'mark', {}],
    [LICENCE, 'licence', {}],
    [LIVE, 'live', {}],
    [STATUS, 'status', {}],
  ].flatMap(([signer, use, usual]) => {
    const change = changes.get(signer as issuer.Signer);
    if (change === null) return [];
    return [issuer.trustEntry(signer as issuer.Signer, use as string, { ...(usual as object), ...change })];
  }),
});
const key = (signer: issuer.Signer, changes: Record<string, unknown> | null) => ({
  trust: entries(new Map([[signer, changes]])),
});
const aged = (seconds: number, lasting = 7 * DAY) => ({
  status: { iat: NOW - seconds, exp: NOW - seconds + lasting },
});
/** When the marks of the tests were signed. */
const SIGNED = NOW - 30 * DAY;

/** The first is the usual one. */
const PLANS: readonly Plan[] = [
  {},
  { sm2Root: true },
  { trust: null },
  { knownSeq: 8 },
  { knownSeq: 7 },
  { trust: { exp: NOW } },
  { trust: { exp: NOW + 1 } },
  { trust: { iat: NOW + 90 } },
  { trust: { iat: NOW + 91 } },
  { trust: { regions: 'x', exp: NOW - DAY } },
  { status: null },
  aged(DAY),
  aged(DAY + 1),
  aged(3 * DAY),
  aged(7 * DAY),
  aged(7 * DAY - 1),
  aged(-90),
  aged(-91),
  { status: { iat: NOW, exp: NOW } },
  // when the mark of the tests ends
  {
    trust: { exp: issuer.END_OF_MAY_2027 + DAY },
    status: { iat: issuer.END_OF_MAY_2027 - 60, exp: issuer.END_OF_MAY_2027 + DAY },
  },
  key(MARK, null),
  key(MARK, { use: 'live' }),
  key(MARK, { use: 'status' }),
  key(MARK, { use: 'mobile' }),
  key(MARK, { regions: ['320200'] }),
  key(MARK, { regions: ['320201'] }),
  key(MARK, { regions: ['440000'] }),
  key(MARK, { regions: ['000000'] }),
  key(MARK, { not_before: SIGNED }),
  key(MARK, { not_before: SIGNED + 1 }),
  key(MARK, { not_after: SIGNED }),
  key(MARK, { not_after: SIGNED + 1 }),
  key(LIVE, { use: 'mark' }),
  key(LIVE, { not_after: NOW }),
  key(LICENCE, { use: 'mark' }),
  key(LICENCE, { regions: ['110000'] }),
  key(STATUS, { use: 'live' }),
  key(STATUS, { not_before: NOW }),
];
/** How many worlds there are: each plan with single lists, and once more with a pack of the same lists on this side. */
export const WORLDS = 2 * PLANS.length;

/** Prepares every world. */
export async function prepareWorlds(): Promise<World[]> {
  const listed = await Promise.all(PLANS.map(prepareWorld));
  const packed = listed.map(async (world, at) => ({
    ...world,
    prepared: { ...world.prepared, world: PLANS.length + at },
    status: (await asPack(world, PLANS[at] ?? {})) ?? world.status,
  }));
  return [...listed, ...(await Promise.all(packed))];
}

async function prepareWorld(plan: Plan, world: number): Promise<World> {
  const pinned = plan.sm2Root ? [ROOT, SM2_ROOT] : [ROOT];
  const prepared: Prepared = {
    world,
    roots: issuer.rootFile(...pinned),
    trust: plan.trust === null ? null : await issuer.trustJson(issuer.trustPayload(plan.trust), ...pinned),
    known_seq: plan.knownSeq ?? 0,
    status: plan.status === null ? [] : await statusTokens(plan.status ?? {}),
  };
  const roots = await Roots.parse(prepared.roots);
  const opened = prepared.trust === null ? null : await openTrust(prepared.trust, roots, prepared.known_seq);
  const trust = opened instanceof TrustList ? opened : null;
  const status = new StatusBook();
  const received: unknown[] = [];
  for (const token of trust === null ? [] : prepared.status) {
    const list = await openStatus(token, trust as TrustList);
    if (typeof list !== 'string') status.take(list);
    received.push(describeStatus(list));
  }
  return {
    prepared,
    roots,
    trust,
    status,
    received: { trust: opened && describeTrust(opened), status: received },
  };
}

// the same lists in a pack; null where none can be made: no trust list, no lists, or lists that are younger than any pack
async function asPack({ trust, roots, received }: World, plan: Plan): Promise<StatusSource | null> {
  const opened = received.status.every((list) => typeof list !== 'string') && received.status.length > 0;
  const { iat = NOW - 3600, exp = NOW + 7 * DAY - 3600 } = (plan.status ?? {}) as {
    iat?: number;
    exp?: number;
  };
  if (trust === null || !opened || iat > NOW - 60 || plan.sm2Root) return null;
  const at = (list: PackedList): PackedList => ({ ...list, iat, exp });
  const lists = [at(packedList(MARKS, MARK_VALUES)), at(packedList(LICENCES, LICENCE_VALUES, 4))];
  const json = await issuer.trustJson(issuer.trustPayload(plan.trust ?? {}), ROOT);
  return openPack(await packFile(lists, { trust: json }), roots, { now: 0, heldSeq: 0, heldTrustSeq: 0 });
}

async function statusTokens(changes: Record<string, unknown>): Promise<Token[]> {
  const cwt = await issuer.statusCwt(issuer.statusClaims(MARKS, changes), markEntries);
  const jwt = await issuer.statusJwt(issuer.statusClaims(LICENCES, changes), licenceEntries);
  return [{ cwt: Buffer.from(cwt).toString('base64') }, { jwt }];
}

/** Opens a trust list; what is refused is the word for why. */
export async function openTrust(json: string, roots: Roots, knownSeq: number): Promise<TrustList | string> {
  try {
    return await TrustList.open(json, roots, knownSeq);
  } catch (error) {
    if (error instanceof TrustError) return error.code;
    throw error;
  }
}

/** Opens a status list; what is refused is the word for why. */
export async function openStatus(token: Token, trust: TrustList): Promise<StatusList | string> {
  try {
    return await openToken(
      'jwt' in token ? token.jwt : new Uint8Array(Buffer.from(token.cwt, 'base64')),
      trust,
    );
  } catch (error) {
    if (error instanceof StatusError) return error.code;
    throw error;
  }
}

/** As the Rust side describes it. */
export function describeTrust(opened: TrustList | string): unknown {
  if (typeof opened === 'string') return opened;
  return { iat: opened.iat, exp: opened.exp, seq: opened.seq, address: opened.statusAddress(7) };
}

/** The bits of each value. */
export const STATUS_BITS = { valid: 0, revoked: 1, suspended: 2, superseded: 3, stopped: 12 } as const;

/** As the Rust side describes it. */
export function describeStatus(opened: StatusList | string): unknown {
  if (typeof opened === 'string') return opened;
  const { list, iat, exp, ttl, bits } = opened;
  const first = Array.from({ length: 64 }, (_, index) => {
    const value = opened.at(index);
    return value === undefined ? null : STATUS_BITS[value];
  });
  return { list, iat, exp, ttl, bits, first };
}
