//! From one pack to a newer one: the changed entries of every list, and the signed head at which one has to arrive.

use jiff::Timestamp;

use super::build::write_file;
use super::open::open_trust;
use super::section::{Values, read_section, write_section};
use super::table::{self, Row};
use super::{
    BuildError, Head, HeadKind, Held, MAX_HEAD, MAX_LISTS, MAX_SECTION, Pack, PackError, frame_length, magic, sha256,
};
use crate::status_list::EntryBits;
use crate::trust::{MAX_TRUST_LIST, Roots};

/// The first bytes of a delta.
pub const DELTA_MAGIC: [u8; 8] = *b"LZDELT1\n";
/// Largest delta that is looked at, in bytes.
pub const MAX_DELTA: usize = 64 << 20;
/// Most bytes of records.
const MAX_RECORDS: usize = 256 << 10;
const FRAME: usize = 52;
/// Added to the bits of a list that the older pack does not have.
const NEW: u32 = 16;

const RECORDS: PackError = PackError::Broken("a record is not as the format says");
const CHANGES: PackError = PackError::Broken("changes that do not fit the pack");

/// What a delta says about one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Record {
    list: u32,
    back: u32,
    life: u32,
    bits: EntryBits,
    new: bool,
    length: u32,
}

impl Record {
    fn write(&self, before: Option<u32>, out: &mut Vec<u8>) {
        let kind = u32::from(self.bits.number()) + if self.new { NEW } else { 0 };
        let gap = before.map_or(self.list, |before| self.list - before - 1);
        for number in [gap, self.back, self.life, kind, self.length] {
            write_varint(number, out);
        }
    }

    fn read(before: Option<u32>, rest: &mut &[u8]) -> Option<Self> {
        let gap = read_varint(rest)?;
        let list = before.map_or(Some(gap), |before| before.checked_add(1)?.checked_add(gap))?;
        let (back, life, kind, length) =
            (read_varint(rest)?, read_varint(rest)?, read_varint(rest)?, read_varint(rest)?);
        let new = kind >= NEW;
        let bits = EntryBits::from_number(u64::from(if new { kind - NEW } else { kind }))?;
        (length as usize <= MAX_SECTION).then_some(Self { list, back, life, bits, new, length })
    }
}

fn write_varint(mut number: u32, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn read_varint(rest: &mut &[u8]) -> Option<u32> {
    let mut number = 0u64;
    for at in 0..5 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            // One spelling only: the last byte is 0 only in the number 0.
            let shortest = *byte != 0 || at == 0;
            return u32::try_from(number).ok().filter(|_| shortest);
        }
    }
    None
}

fn read_records(mut bytes: &[u8]) -> Result<Vec<Record>, PackError> {
    let mut records: Vec<Record> = Vec::new();
    while !bytes.is_empty() {
        if records.len() == MAX_LISTS {
            return Err(RECORDS);
        }
        let before = records.last().map(|record| record.list);
        records.push(Record::read(before, &mut bytes).ok_or(RECORDS)?);
    }
    Ok(records)
}

/// The entries in which two lists differ, with their newer value.
fn differences(older: &[(u32, u8)], newer: &[(u32, u8)]) -> Vec<(u32, u8)> {
    let mut out = Vec::new();
    let (mut older, mut newer) = (older.iter().copied().peekable(), newer.iter().copied().peekable());
    loop {
        match (older.peek().copied(), newer.peek().copied()) {
            (None, None) => return out,
            (Some((index, _)), None) => {
                out.push((index, 0));
                older.next();
            }
            (Some((index, _)), Some((other, _))) if index < other => {
                out.push((index, 0));
                older.next();
            }
            (before, Some((index, value))) => {
                newer.next();
                if before.is_some_and(|(other, _)| other == index) {
                    older.next();
                }
                if before != Some((index, value)) {
                    out.push((index, value));
                }
            }
        }
    }
}

/// The entries of a list after its changes.
fn changed(older: &[(u32, u8)], changes: &[(u32, u8)]) -> Vec<(u32, u8)> {
    let mut out = Vec::with_capacity(older.len() + changes.len());
    let mut older = older.iter().copied().peekable();
    for (index, value) in changes.iter().copied() {
        while let Some(entry) = older.next_if(|(other, _)| *other < index) {
            out.push(entry);
        }
        older.next_if(|(other, _)| *other == index);
        if value != 0 {
            out.push((index, value));
        }
    }
    out.extend(older);
    out
}

impl Pack {
    /// Makes the delta that leads from this pack to a newer one.
    ///
    /// # Errors
    /// [`BuildError`] when the other is not newer, or a section of either is broken.
    pub fn delta_to(&self, newer: &Self) -> Result<Vec<u8>, BuildError> {
        if newer.head().seq <= self.head().seq {
            return Err(BuildError::Given("a pack that is not newer"));
        }
        let (mut records, mut sections) = (Vec::new(), Vec::new());
        let mut before = None;
        for (at, row) in newer.rows().iter().enumerate() {
            let base = self.row_of(row.list).filter(|base| self.rows()[*base].bits == row.bits);
            if base.is_none() && self.row_of(row.list).is_some() {
                return Err(BuildError::Given("a list whose entries have another width"));
            }
            let same = base.is_some_and(|base| self.rows()[base].digest == row.digest);
            let changes = if same { Vec::new() } else { self.changes(base, newer, at)? };
            let record = Record {
                list: row.list,
                back: row.back,
                life: row.life,
                bits: row.bits,
                new: base.is_none(),
                length: u32::try_from(changes.len()).map_err(|_| BuildError::TooLarge)?,
            };
            record.write(before, &mut records);
            before = Some(row.list);
            sections.extend_from_slice(&changes);
        }
        let trust = if newer.trust_json() == self.trust_json() { &[] } else { newer.trust_json() };
        let mut out =
            Vec::with_capacity(FRAME + newer.signed_head().len() + trust.len() + records.len() + sections.len());
        out.extend_from_slice(&DELTA_MAGIC);
        out.extend_from_slice(&self.head().digest);
        for part in [newer.signed_head(), trust, &records] {
            out.extend_from_slice(&(part.len() as u32).to_be_bytes());
        }
        for part in [newer.signed_head(), trust, &records, &sections] {
            out.extend_from_slice(part);
        }
        if out.len() > MAX_DELTA || records.len() > MAX_RECORDS { Err(BuildError::TooLarge) } else { Ok(out) }
    }

    /// The changes of one list as a section.
    fn changes(&self, base: Option<usize>, newer: &Self, at: usize) -> Result<Vec<u8>, BuildError> {
        let broken = BuildError::Given("a pack with a broken section");
        let older = base.map_or(Some(Vec::new()), |base| self.entries(base)).ok_or(broken.clone())?;
        let changes = differences(&older, &newer.entries(at).ok_or(broken)?);
        write_section(&changes, Values::Changed(newer.rows()[at].bits)).ok_or(BuildError::TooLarge)
    }

    /// Applies a delta: the newer pack, byte for byte. This one stays as it is.
    ///
    /// # Errors
    /// [`PackError`].
    pub fn apply(&self, delta: &[u8], roots: &Roots, held: Held, now: Timestamp) -> Result<Self, PackError> {
        if delta.len() > MAX_DELTA {
            return Err(PackError::TooLarge);
        }
        magic(delta, &DELTA_MAGIC)?;
        let lengths = (
            frame_length(delta, 40, MAX_HEAD)?,
            frame_length(delta, 44, MAX_TRUST_LIST)?,
            frame_length(delta, 48, MAX_RECORDS)?,
        );
        let early = PackError::Broken("it ends too early");
        let (frame, rest) = delta.split_at_checked(FRAME).ok_or(early.clone())?;
        let (signed_head, rest) = rest.split_at_checked(lengths.0).ok_or(early.clone())?;
        let (trust_json, rest) = rest.split_at_checked(lengths.1).ok_or(early.clone())?;
        let (records, sections) = rest.split_at_checked(lengths.2).ok_or(early)?;
        if frame[8..40] != self.head().digest {
            return Err(PackError::WrongBase);
        }
        let (trust, trust_json) = if trust_json.is_empty() {
            (self.trust().clone(), self.trust_json())
        } else {
            (open_trust(trust_json, roots, held.trust_seq)?, trust_json)
        };
        let head = Head::open(signed_head, HeadKind::Pack, &trust)?;
        if head.trust_seq != trust.seq() || head.trust_digest != sha256(trust_json) {
            return Err(PackError::Broken("another trust list than its head names"));
        }
        // One that leads to a pack as old as this one leads nowhere.
        if head.seq <= self.head().seq {
            return Err(PackError::Older { seq: head.seq, held: self.head().seq });
        }
        head.in_time(held.pack_seq, now.as_second())?;
        let records = read_records(records)?;
        if head.count as usize != records.len() {
            return Err(PackError::Broken("another number of lists than its head names"));
        }
        let (table, sections) = self.changed_lists(&records, sections)?;
        if sha256(&table) != head.digest {
            return Err(PackError::Broken("it does not lead to the pack that its head names"));
        }
        let sections = sections.iter().map(AsRef::as_ref);
        Self::from_parts(write_file(signed_head, trust_json, &table, sections), head, trust)
    }

    /// The table and the sections after the changes.
    fn changed_lists(&self, records: &[Record], mut changes: &[u8]) -> Result<(Vec<u8>, Vec<Section<'_>>), PackError> {
        let (mut rows, mut sections) = (Vec::with_capacity(records.len()), Vec::with_capacity(records.len()));
        for record in records {
            let (own, after) = changes.split_at_checked(record.length as usize).ok_or(CHANGES)?;
            changes = after;
            let base = self.row_of(record.list);
            if base.is_none() != record.new || base.is_some_and(|base| self.rows()[base].bits != record.bits) {
                return Err(CHANGES);
            }
            let (section, digest) = match base {
                Some(base) if own.is_empty() => (Section::Kept(self.section(base)), self.rows()[base].digest),
                _ => {
                    let section = self.changed_list(base, record.bits, own)?;
                    let digest = sha256(&section);
                    (Section::Written(section), digest)
                }
            };
            let length = u32::try_from(section.as_ref().len()).map_err(|_| CHANGES)?;
            let Record { list, back, life, bits, .. } = *record;
            rows.push(Row { list, back, life, bits, length, digest });
            sections.push(section);
        }
        if changes.is_empty() { Ok((table::write(&rows), sections)) } else { Err(CHANGES) }
    }

    /// One section after its changes.
    fn changed_list(&self, base: Option<usize>, bits: EntryBits, changes: &[u8]) -> Result<Vec<u8>, PackError> {
        let changes = read_section(changes, Values::Changed(bits))?;
        let older = base.map_or(Some(Vec::new()), |base| self.entries(base));
        let older = older.ok_or(PackError::Broken("a section of the pack held is not the one of its table"))?;
        write_section(&changed(&older, &changes), Values::Flagged(bits)).ok_or(CHANGES)
    }
}

/// A section of the newer pack.
enum Section<'a> {
    Kept(&'a [u8]),
    Written(Vec<u8>),
}

impl AsRef<[u8]> for Section<'_> {
    fn as_ref(&self) -> &[u8] {
        match self {
            Self::Kept(bytes) => bytes,
            Self::Written(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_have_one_spelling() {
        for number in [0, 1, 127, 128, 16_383, 16_384, 604_800, u32::MAX] {
            let mut out = Vec::new();
            write_varint(number, &mut out);
            let mut rest = out.as_slice();
            assert_eq!((read_varint(&mut rest), rest.len()), (Some(number), 0));
        }
        for bad in
            [&[][..], &[0x80], &[0x80, 0x00], &[0xff, 0xff, 0xff, 0xff, 0x1f], &[0x80, 0x80, 0x80, 0x80, 0x80, 1]]
        {
            assert_eq!(read_varint(&mut &*bad), None, "{bad:?}");
        }
    }

    #[test]
    fn differences_applied_give_the_newer() {
        let older = [(1, 1), (2, 2), (5, 3), (9, 1)];
        let newer = [(0, 3), (2, 1), (5, 3), (10, 2)];
        let changes = differences(&older, &newer);
        assert_eq!(changes, [(0, 3), (1, 0), (2, 1), (9, 0), (10, 2)]);
        assert_eq!(changed(&older, &changes), newer);
        assert_eq!(differences(&newer, &newer), []);
        assert_eq!(changed(&[], &differences(&[], &newer)), newer);
        assert_eq!(changed(&newer, &differences(&newer, &[])), []);
    }
}
