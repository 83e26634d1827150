/**
 * The nation in a pocket: every status list and the trust list in one signed file (`docs/pack-format.md`). Roots, trust list, head
 * and table are checked at once, the section of a list when the list is looked at; a broken one has no answer.
 */
import { type Bytes, concat, equal, fromUtf8 } from './bytes.js';
import { type FileBytes, numberAt, readRange, sha256, sizeOf } from './files.js';
import {
  type Head,
  MAX_HEAD,
  PackError,
  broken,
  checkInTime,
  checkMagic,
  frameLength,
  openHead,
  u32s,
} from './pack-head.js';
import { type Entries, MAX_SECTION, readSection, valueAt } from './section.js';
import { type EntryBits, LIST_ENTRIES, type StatusAnswer, type StatusSource, statusValue } from './status.js';
import { MAX_TRUST_LIST, type Roots, TrustError, TrustList } from './trust.js';

/** Largest pack, in bytes. */
export const MAX_PACK = 256 * 1024 * 1024;
/** Most lists of a pack. */
export const MAX_LISTS = 8192;
const MAGIC = 'LZPACK1\n';
const FRAME = 20;
const ROW = 48;
/** Sections that are kept unpacked: some ten thousand entries each, five bytes an entry. */
const KEPT_SECTIONS = 64;

/** What a reader knows when a pack or a delta is opened. */
export interface PackQuestion {
  /** The instant to judge at, in seconds since 1970. */
  readonly now: number;
  /** The number of the newest pack held or seen; 0 for none. */
  readonly heldSeq: number;
  /** The number of the newest trust list held or seen; 0 for none. */
  readonly heldTrustSeq: number;
}

/** What a pack says of one list as a whole. */
export interface ListRow {
  readonly list: number;
  /** Seconds from the list's `iat` to the pack's, and to its own end. */
  readonly back: number;
  readonly life: number;
  readonly bits: EntryBits;
  /** Bytes of its section. */
  readonly length: number;
  /** Digest of its section. */
  readonly digest: Bytes;
}

interface Place extends ListRow {
  /** Where its section begins in the file. */
  readonly start: number;
}

/** A pack whose head and table were found good. */
export class Pack implements StatusSource {
  private readonly places: ReadonlyMap<number, Place>;
  /** Sections that were looked at lately; `null`: broken. The first is the one that was not asked for the longest. */
  private readonly opened = new Map<number, Promise<Entries | null>>();

  /** Made by {@link openPack} and `applyDelta`. */
  constructor(
    /** The whole file. */
    readonly file: FileBytes,
    readonly head: Head,
    /** The trust list inside; it goes with the lists. */
    readonly trust: TrustList,
    private readonly trustBytes: Bytes,
    places: readonly Place[],
  ) {
    this.places = new Map(places.map((place) => [place.list, place]));
  }

  /** Its number. */
  get seq(): number {
    return this.head.seq;
  }
  /** As of when, in seconds since 1970. */
  get iat(): number {
    return this.head.iat;
  }
  /** From when on it must not be relied on. */
  get exp(): number {
    return this.head.exp;
  }
  /** The trust list as it was published. */
  get trustJson(): string {
    return fromUtf8(this.trustBytes) ?? '';
  }
  /** The lists in it, by rising number. */
  get lists(): readonly ListRow[] {
    return [...this.places.values()];
  }

  /** What is known of one entry: the same as from the published list. `undefined` when there is no such list, or it is broken. */
  async lookUp(list: number, index: number): Promise<StatusAnswer | undefined> {
    const place = this.places.get(list);
    if (place === undefined || index >= LIST_ENTRIES) return undefined;
    const entries = await this.entries(place);
    const value = entries === null ? undefined : statusValue(valueAt(entries, index));
    if (value === undefined) return undefined;
    const iat = this.head.iat - place.back;
    return { value, iat, exp: iat + place.life };
  }

  /** The bytes of a section, unchecked; `null` when the file cannot be read. */
  async section(list: number): Promise<Bytes | null> {
    const place = this.places.get(list);
    return place === undefined ? null : readRange(this.file, place.start, place.start + place.length);
  }

  /** What its row says of a list. */
  row(list: number): ListRow | undefined {
    return this.places.get(list);
  }

  /** The entries of a list, compared with their digest and read through; `null`: broken. */
  entries(place: ListRow): Promise<Entries | null> {
    const known = this.opened.get(place.list);
    const entries = known ?? this.read(place);
    this.opened.delete(place.list);
    this.opened.set(place.list, entries);
    const oldest = this.opened.keys().next();
    if (this.opened.size > KEPT_SECTIONS && !oldest.done) this.opened.delete(oldest.value);
    return entries;
  }

  private async read(place: ListRow): Promise<Entries | null> {
    const bytes = await this.section(place.list);
    if (bytes === null || !equal(await sha256(bytes), place.digest)) return null;
    return readSection(bytes, { bits: place.bits, zero: false });
  }
}

/**
 * Opens a pack.
 * @throws {PackError} with a stable `code`; what was held before stays in force then
 */
export async function openPack(file: FileBytes, roots: Roots, question: PackQuestion): Promise<Pack> {
  if (sizeOf(file) > MAX_PACK) throw new PackError('too_large', 'larger than any pack');
  const frame = await part(file, 0, FRAME);
  checkMagic(frame, MAGIC);
  const head = frameLength(frame, 8, MAX_HEAD);
  const trust = frameLength(frame, 12, MAX_TRUST_LIST);
  const rows = frameLength(frame, 16, MAX_LISTS * ROW);
  const end = FRAME + head + trust + rows;
  if (rows % ROW !== 0 || end > sizeOf(file)) throw broken('it ends too early');
  const parts = await part(file, FRAME, end);
  const trustBytes = parts.slice(head, head + trust);
  const trustList = await openTrust(trustBytes, roots, question.heldTrustSeq);
  const opened = await openHead(parts.slice(0, head), 'pack', trustList);
  const table = parts.slice(head + trust);
  const pack = await assemble({ file, head: opened, trust: trustList, trustBytes, table, start: end });
  checkInTime(opened, question.heldSeq, question.now);
  return pack;
}

/** The parts of a pack whose head and trust list were found good. */
export interface PackParts {
  readonly file: FileBytes;
  readonly head: Head;
  readonly trust: TrustList;
  readonly trustBytes: Bytes;
  readonly table: Bytes;
  /** Where the sections begin. */
  readonly start: number;
}

/** Compares everything with a head that was found good. */
export async function assemble({ file, head, trust, trustBytes, table, start }: PackParts): Promise<Pack> {
  if (head.trustSeq !== trust.seq || !equal(head.trustDigest, await sha256(trustBytes)))
    throw broken('another trust list than its head names');
  if (head.count !== table.length / ROW || !equal(head.digest, await sha256(table)))
    throw broken('another table than its head names');
  const places: Place[] = [];
  let at = start;
  for (let row = 0; row < table.length; row += ROW) {
    const place = readRow(table.subarray(row, row + ROW), at);
    const before = places.at(-1);
    const fits = place !== null && place.life > 0 && place.back <= head.iat && place.length <= MAX_SECTION;
    if (!fits || (before !== undefined && before.list >= place.list))
      throw broken('a row of its table is wrong');
    places.push(place);
    at += place.length;
  }
  if (at !== sizeOf(file)) throw broken('its sections do not end with it');
  return new Pack(file, head, trust, trustBytes, places);
}

function readRow(row: Bytes, start: number): Place | null {
  const bits = numberAt(row, 12, 1);
  if (bits !== 2 && bits !== 4) return null;
  const [list, back, life] = [numberAt(row, 0, 4), numberAt(row, 4, 4), numberAt(row, 8, 4)];
  return { list, back, life, bits, length: numberAt(row, 13, 3), digest: row.slice(16), start };
}

/** Writes a row of the table. */
export function writeRow({ list, back, life, bits, length, digest }: ListRow): Bytes {
  return concat(u32s(list, back, life, bits * 2 ** 24 + length), digest);
}

/** Opens the trust list of a pack or a delta. */
export async function openTrust(bytes: Bytes, roots: Roots, heldSeq: number): Promise<TrustList> {
  const json = fromUtf8(bytes);
  if (json === null) throw new PackError('bad_trust_list', 'its trust list is no text');
  try {
    return await TrustList.open(json, roots, heldSeq);
  } catch (error) {
    if (!(error instanceof TrustError)) throw error;
    const code = error.code === 'seq_went_back' ? 'older_trust_list' : 'bad_trust_list';
    throw new PackError(code, `its trust list: ${error.message}`);
  }
}

/** Reads a part of a file whole. */
export async function part(file: FileBytes, from: number, to: number): Promise<Bytes> {
  const bytes = await readRange(file, from, to);
  if (bytes === null) throw broken('the file cannot be read');
  return bytes;
}
