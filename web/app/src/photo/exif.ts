/** The day on which a JPEG says that it was taken. Nothing else of its metadata is read, and none of it is sent. */

/** Metadata stand at the beginning of a file; more than this is not looked at. */
export const HEAD_BYTES = 256 * 1024;
/** Entries of a table that are looked at. */
const ENTRIES_MAX = 200;
const EXIF_TABLE = 0x8769;
const TAKEN = 0x9003;

/** `2026-11-02`, or null when the file does not say or cannot be read. */
export function takenOn(head: ArrayBuffer): string | null {
  const view = new DataView(head, 0, Math.min(head.byteLength, HEAD_BYTES));
  try {
    const at = exifAt(view);
    return at === null ? null : dayIn(view, at);
  } catch {
    // offsets that point out of the file
    return null;
  }
}

/** Where the TIFF header of the Exif segment begins. */
function exifAt(view: DataView): number | null {
  if (view.getUint16(0) !== 0xffd8) return null;
  let at = 2;
  while (at + 10 < view.byteLength) {
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (marker === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return at + 10;
    if (marker < 0xff00 || marker === 0xffda || length < 2) return null;
    at += 2 + length;
  }
  return null;
}

function dayIn(view: DataView, tiff: number): string | null {
  const little = view.getUint16(tiff) === 0x4949;
  const table = entry(view, tiff, tiff + view.getUint32(tiff + 4, little), EXIF_TABLE, little);
  if (table === null) return null;
  const text = entry(view, tiff, tiff + table, TAKEN, little);
  if (text === null) return null;
  let said = '';
  for (let i = 0; i < 10; i++) said += String.fromCharCode(view.getUint8(tiff + text + i));
  const [, year, month, day] = /^(\d{4}):(\d\d):(\d\d)$/.exec(said) ?? [];
  const iso = `${year}-${month}-${day}`;
  return year !== undefined && !Number.isNaN(Date.parse(iso)) ? iso : null;
}

/** The value of a tag, as an offset or number of four bytes. */
function entry(view: DataView, tiff: number, table: number, tag: number, little: boolean): number | null {
  if (table < tiff) return null;
  const count = Math.min(view.getUint16(table, little), ENTRIES_MAX);
  for (let i = 0; i < count; i++) {
    const at = table + 2 + i * 12;
    if (view.getUint16(at, little) === tag) return view.getUint32(at + 8, little);
  }
  return null;
}
