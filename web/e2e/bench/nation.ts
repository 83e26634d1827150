/** A nation for measuring: a pack of many full lists, and codes whose entries stand in them. Keys are those of the tests. */
import type { Bytes } from '../../verify/src/bytes.ts';
import { type Entries, writeSection } from '../../verify/src/section.ts';
import { LIST_ENTRIES } from '../../verify/src/status.ts';
import * as issuer from '../../verify/test/issuer.ts';
import { DAY, MARK, MARK_SM2, NOW } from '../../verify/test/issuer.ts';
import { packFile } from '../../verify/test/packer.ts';
import { type Random, seeded } from '../../verify/test/random.ts';

/** What the page is given. */
export interface Nation {
  readonly pack: Bytes;
  readonly roots: string;
  readonly now: number;
  readonly host: string;
  /** Codes of either algorithm, each of another list. */
  readonly codes: Readonly<Record<'ES256' | 'SM2', readonly string[]>>;
}

/** `lists` full lists of which one entry in `one` is flagged, at random places. */
export async function makeNation(lists: number, one: number): Promise<Nation> {
  const random = seeded(5);
  const times = { iat: NOW - 3600, exp: NOW + 7 * DAY - 3600 };
  const packed = Array.from({ length: lists }, (_, list) => {
    const section = writeSection(flagged(random, one), { bits: 2, zero: false });
    if (section === null) throw new Error('entries out of range');
    return { list, bits: 2 as const, ...times, section };
  });
  const code = async (signer: issuer.Signer, list: number): Promise<string> => {
    const claims = issuer.markClaims({ 6: [list, random.below(LIST_ENTRIES)] });
    return issuer.primary(await issuer.message(claims, signer));
  };
  const all = (signer: issuer.Signer) => Promise.all(packed.map(({ list }) => code(signer, list)));
  return {
    pack: await packFile(packed),
    roots: issuer.rootFile(issuer.ROOT),
    now: NOW,
    host: issuer.HOST,
    codes: { ES256: await all(MARK), SM2: await all(MARK_SM2) },
  };
}

function flagged(random: Random, one: number): Entries {
  const places: number[] = [];
  const values: number[] = [];
  for (let place = 0; place < LIST_ENTRIES; place++) {
    if (random.below(one) > 0) continue;
    places.push(place);
    // most are withdrawn for good or replaced
    values.push([1, 3, 3, 2][random.below(4)] ?? 1);
  }
  return { places: Uint32Array.from(places), values: Uint8Array.from(values) };
}
