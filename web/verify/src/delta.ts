/**
 * From one pack to a newer one (`docs/pack-format.md`, Delta): the changed entries of every list, and the signed head at which one
 * has to arrive. A pack that refuses a delta stays as it was.
 */
import { type Bytes, concat, equal, utf8 } from './bytes.js';
import { type FileBytes, sha256 } from './files.js';
import {
  type ListRow,
  MAX_LISTS,
  type Pack,
  type PackQuestion,
  assemble,
  openTrust,
  writeRow,
} from './pack.js';
import {
  MAX_HEAD,
  PackError,
  broken,
  checkInTime,
  checkMagic,
  frameLength,
  openHead,
  u32s,
} from './pack-head.js';
import { type Entries, MAX_SECTION, readSection, writeSection } from './section.js';
import type { EntryBits } from './status.js';
import { MAX_TRUST_LIST, type Roots } from './trust.js';

/** Largest delta, in bytes. */
export const MAX_DELTA = 64 * 1024 * 1024;
const MAGIC = 'LZDELT1\n';
const PACK_MAGIC = 'LZPACK1\n';
const MAX_RECORDS = 256 * 1024;
const FRAME = 52;
/** Added to the bits of a list that the older pack does not have. */
const NEW = 16;

/** What a delta says of one list. */
interface Record {
  readonly list: number;
  readonly back: number;
  readonly life: number;
  readonly bits: EntryBits;
  readonly isNew: boolean;
  /** Bytes of its changes. */
  readonly length: number;
}

/**
 * Applies a delta to a pack that was opened; what comes is the newer pack, byte for byte. `asFile` says how its bytes are held.
 * @throws {PackError} with a stable `code`
 */
export async function applyDelta(
  pack: Pack,
  delta: Bytes,
  roots: Roots,
  question: PackQuestion,
  asFile: (bytes: Bytes) => FileBytes = (bytes) => bytes,
): Promise<Pack> {
  if (delta.length > MAX_DELTA) throw new PackError('too_large', 'larger than any delta');
  checkMagic(delta, MAGIC);
  const headLength = frameLength(delta, 40, MAX_HEAD);
  const trustLength = frameLength(delta, 44, MAX_TRUST_LIST);
  const recordsLength = frameLength(delta, 48, MAX_RECORDS);
  const [headEnd, trustEnd] = [FRAME + headLength, FRAME + headLength + trustLength];
  const end = trustEnd + recordsLength;
  if (end > delta.length) throw broken('it ends too early');
  if (!equal(delta.subarray(8, 40), pack.head.digest))
    throw new PackError('wrong_base', 'it starts from another pack');
  const own = delta.slice(headEnd, trustEnd);
  const [trustBytes, trust] =
    own.length > 0
      ? [own, await openTrust(own, roots, question.heldTrustSeq)]
      : [utf8(pack.trustJson), pack.trust];
  const head = await openHead(delta.slice(FRAME, headEnd), 'pack', trust);
  if (head.trustSeq !== trust.seq || !equal(head.trustDigest, await sha256(trustBytes)))
    throw broken('another trust list than its head names');
  // one that leads to a pack as old as this one leads nowhere
  if (head.seq <= pack.seq)
    throw new PackError('older_pack', `number ${head.seq} is not newer than number ${pack.seq}`);
  checkInTime(head, question.heldSeq, question.now);
  const records = readRecords(delta.subarray(trustEnd, end));
  if (records === null || head.count !== records.length) throw broken('its records are wrong');
  const { rows, sections } = await changeLists(pack, records, delta.subarray(end));
  const table = concat(...rows.map(writeRow));
  if (!equal(await sha256(table), head.digest)) throw broken('it does not lead to the pack of its head');
  const frame = concat(utf8(PACK_MAGIC), u32s(headLength, trustBytes.length, table.length));
  const front = concat(frame, delta.subarray(FRAME, headEnd), trustBytes, table);
  const file = asFile(concat(front, ...sections));
  return assemble({ file, head, trust, trustBytes, table, start: front.length });
}

async function changeLists(
  pack: Pack,
  records: readonly Record[],
  changes: Bytes,
): Promise<{ rows: ListRow[]; sections: Bytes[] }> {
  const rows: ListRow[] = [];
  const sections: Bytes[] = [];
  let at = 0;
  for (const record of records) {
    const section = await changeList(pack, record, changes.subarray(at, at + record.length));
    if (at + record.length > changes.length || section === null)
      throw broken('its changes do not fit the pack');
    at += record.length;
    const { list, back, life, bits } = record;
    const unchanged = record.length === 0 ? pack.row(list)?.digest : undefined;
    const digest = unchanged ?? (await sha256(section));
    rows.push({ list, back, life, bits, length: section.length, digest });
    sections.push(section);
  }
  if (at !== changes.length) throw broken('something follows its changes');
  return { rows, sections };
}

// the section of a list after its changes; null: they do not fit
async function changeList(pack: Pack, record: Record, bytes: Bytes): Promise<Bytes | null> {
  const before = pack.row(record.list);
  const { bits } = record;
  if ((before === undefined) !== record.isNew || (before !== undefined && before.bits !== bits)) return null;
  if (record.length === 0) return before === undefined ? new Uint8Array() : pack.section(record.list);
  const changes = readSection(bytes, { bits, zero: true });
  const older = before === undefined ? EMPTY : await pack.entries(before);
  if (changes === null || older === null) return null;
  return writeSection(changed(older, changes), { bits, zero: false });
}

const EMPTY: Entries = { places: new Uint32Array(), values: new Uint8Array() };

// both by rising place; a change takes the place of what was there, and one to 0 takes it away
function changed(older: Entries, changes: Entries): Entries {
  const places = new Uint32Array(older.places.length + changes.places.length);
  const values = new Uint8Array(places.length);
  let [from, size] = [0, 0];
  const keep = (place: number, value: number): void => {
    places[size] = place;
    values[size++] = value;
  };
  for (const [at, place] of changes.places.entries()) {
    for (; from < older.places.length && (older.places[from] ?? 0) < place; from++)
      keep(older.places[from] ?? 0, older.values[from] ?? 0);
    if (older.places[from] === place) from++;
    const value = changes.values[at] ?? 0;
    if (value !== 0) keep(place, value);
  }
  for (; from < older.places.length; from++) keep(older.places[from] ?? 0, older.values[from] ?? 0);
  return { places: places.subarray(0, size), values: values.subarray(0, size) };
}

function readRecords(bytes: Bytes): Record[] | null {
  const records: Record[] = [];
  let at = 0;
  const varint = (): number => {
    let number = 0;
    for (let width = 0; width < 5; width++) {
      const byte = bytes[at++];
      if (byte === undefined) return Number.NaN;
      number += (byte & 0x7f) * 2 ** (7 * width);
      // one spelling only: the last byte is 0 only in the number 0
      if (byte < 0x80) return (byte === 0 && width > 0) || number > 0xffffffff ? Number.NaN : number;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const list = varint() + (records.at(-1)?.list ?? -1) + 1;
    const [back, life, kind, length] = [varint(), varint(), varint(), varint()];
    const bits = kind >= NEW ? kind - NEW : kind;
    // a number that is none fails every comparison
    const whole = list <= 0xffffffff && back >= 0 && life >= 0 && length <= MAX_SECTION;
    if (!whole || (bits !== 2 && bits !== 4) || records.length === MAX_LISTS) return null;
    records.push({ list, back, life, bits, isNew: kind >= NEW, length });
  }
  return records;
}
