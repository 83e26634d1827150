//! A pack that was opened, and what it answers.

use std::ops::Range;
use std::sync::OnceLock;

use jiff::Timestamp;

use super::section::{Marks, Section, Values, read_section};
use super::table::{self, ROW, Row};
use super::{Head, HeadKind, MAX_HEAD, MAX_LISTS, MAX_PACK, PACK_MAGIC, PackError, frame_length, magic, sha256};
use crate::status_list::{ENTRIES, EntryBits, StatusAnswer, StatusList, StatusSource, StatusValue};
use crate::trust::{MAX_TRUST_LIST, Roots, TrustList};

const FRAME: usize = 20;
const BEYOND: PackError = PackError::Broken("it ends too early");

/// What a reader has seen before and does not go back from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Held {
    /// Number of the newest pack; 0 for none.
    pub pack_seq: u32,
    /// Number of the newest trust list; 0 for none.
    pub trust_seq: u64,
}

/// What a pack says about a list as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListFacts {
    /// Its number.
    pub list: u32,
    /// How wide its entries are.
    pub bits: EntryBits,
    /// As of when, in seconds since 1970.
    pub iat: i64,
    /// From when on it must not be relied on.
    pub exp: i64,
    /// Bytes of its section.
    pub size: u32,
}

/// A pack whose head and table were found good. Sections are checked when they are looked at.
#[derive(Debug)]
pub struct Pack {
    bytes: Vec<u8>,
    head: Head,
    trust: TrustList,
    parts: Parts,
    rows: Vec<Row>,
    /// Where each section stands in the bytes.
    places: Vec<Range<usize>>,
    /// What was found when a section was looked at for the first time; `None`: it is broken.
    seen: Vec<OnceLock<Option<Found>>>,
}

/// A section that was found good; `None` for one without entries.
#[derive(Debug)]
struct Found(Option<Marks>);

/// Where the parts stand in the bytes of a pack.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub(super) head: Range<usize>,
    pub(super) trust: Range<usize>,
    pub(super) table: Range<usize>,
}

impl Parts {
    fn of(bytes: &[u8]) -> Result<Self, PackError> {
        let head = frame_length(bytes, 8, MAX_HEAD)?;
        let trust = frame_length(bytes, 12, MAX_TRUST_LIST)?;
        let table = frame_length(bytes, 16, MAX_LISTS * ROW)?;
        if table % ROW != 0 {
            return Err(PackError::Broken("its table is not of whole rows"));
        }
        let head = FRAME..FRAME + head;
        let trust = head.end..head.end + trust;
        let table = trust.end..trust.end + table;
        if table.end > bytes.len() { Err(BEYOND) } else { Ok(Self { head, trust, table }) }
    }
}

/// Opens the trust list of a pack or a delta.
pub(super) fn open_trust(json: &[u8], roots: &Roots, seen: u64) -> Result<TrustList, PackError> {
    let not_text = || crate::trust::TrustError::Shape("not UTF-8".to_owned());
    let json = std::str::from_utf8(json).map_err(|_| PackError::Trust(not_text()))?;
    Ok(TrustList::open(json, roots, seen)?)
}

impl Pack {
    /// Opens a pack; `now` is the time to judge at.
    ///
    /// # Errors
    /// [`PackError`]; what was held before stays in force then.
    pub fn open(bytes: Vec<u8>, roots: &Roots, held: Held, now: Timestamp) -> Result<Self, PackError> {
        if bytes.len() > MAX_PACK {
            return Err(PackError::TooLarge);
        }
        magic(&bytes, &PACK_MAGIC)?;
        let parts = Parts::of(&bytes)?;
        let trust = open_trust(&bytes[parts.trust.clone()], roots, held.trust_seq)?;
        let head = Head::open(&bytes[parts.head.clone()], HeadKind::Pack, &trust)?;
        let pack = Self::assemble(bytes, parts, head, trust)?;
        head.in_time(held.pack_seq, now.as_second())?;
        Ok(pack)
    }

    /// Compares everything with a head that was found good.
    fn assemble(bytes: Vec<u8>, parts: Parts, head: Head, trust: TrustList) -> Result<Self, PackError> {
        if head.trust_seq != trust.seq() || head.trust_digest != sha256(&bytes[parts.trust.clone()]) {
            return Err(PackError::Broken("another trust list than its head names"));
        }
        let table = &bytes[parts.table.clone()];
        if head.count as usize != table.len() / ROW || head.digest != sha256(table) {
            return Err(PackError::Broken("another table than its head names"));
        }
        let rows = table::read(table, head.iat)?;
        let mut places = Vec::with_capacity(rows.len());
        let mut at = parts.table.end;
        for row in &rows {
            places.push(at..at + row.length as usize);
            at += row.length as usize;
        }
        if at != bytes.len() {
            return Err(if at > bytes.len() {
                BEYOND
            } else {
                PackError::Broken("something follows its last section")
            });
        }
        let seen = rows.iter().map(|_| OnceLock::new()).collect();
        Ok(Self { bytes, head, trust, parts, rows, places, seen })
    }

    /// Puts a pack together whose head and trust list were found good already: the end of a delta.
    pub(super) fn from_parts(bytes: Vec<u8>, head: Head, trust: TrustList) -> Result<Self, PackError> {
        let parts = Parts::of(&bytes)?;
        Self::assemble(bytes, parts, head, trust)
    }

    /// What its head says.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Its trust list.
    pub const fn trust(&self) -> &TrustList {
        &self.trust
    }

    /// Its trust list as it was published.
    pub fn trust_json(&self) -> &[u8] {
        &self.bytes[self.parts.trust.clone()]
    }

    /// Its signed head.
    pub(super) fn signed_head(&self) -> &[u8] {
        &self.bytes[self.parts.head.clone()]
    }

    /// The whole file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The whole file.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The lists in it, by rising number.
    pub fn lists(&self) -> impl ExactSizeIterator<Item = ListFacts> {
        self.rows.iter().map(|row| {
            let iat = self.head.iat - i64::from(row.back);
            ListFacts { list: row.list, bits: row.bits, iat, exp: iat + i64::from(row.life), size: row.length }
        })
    }

    /// Reads every section through and compares it with its digest.
    ///
    /// # Errors
    /// [`PackError::Broken`] for the first that is not as the table says.
    pub fn check_all(&self) -> Result<(), PackError> {
        let whole = (0..self.rows.len()).all(|at| self.found(at).is_some());
        if whole { Ok(()) } else { Err(PackError::Broken("a section is not the one of the table")) }
    }

    /// A list with all its entries, as it was published; `None` when it is not here or its section is broken.
    pub fn status_list(&self, list: u32) -> Option<StatusList> {
        let at = self.row_of(list)?;
        let bits = self.rows[at].bits;
        let (width, per_byte) = (u32::from(bits.number()), 8 / u32::from(bits.number()));
        let mut bytes = vec![0u8; bits.list_bytes()];
        for (index, value) in self.entries(at)? {
            bytes[(index / per_byte) as usize] |= value << (index % per_byte * width);
        }
        StatusList::from_bytes(bits, bytes)
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(super) fn row_of(&self, list: u32) -> Option<usize> {
        self.rows.binary_search_by_key(&list, |row| row.list).ok()
    }

    /// The bytes of a section, unchecked.
    pub(super) fn section(&self, at: usize) -> &[u8] {
        &self.bytes[self.places[at].clone()]
    }

    /// The entries of a section that is as its digest says.
    pub(super) fn entries(&self, at: usize) -> Option<Vec<(u32, u8)>> {
        let section = self.section(at);
        if sha256(section) != self.rows[at].digest {
            return None;
        }
        read_section(section, Values::Flagged(self.rows[at].bits)).ok()
    }

    fn found(&self, at: usize) -> Option<&Found> {
        let look = || {
            let section = self.section(at);
            if sha256(section) != self.rows[at].digest {
                return None;
            }
            let section = Section::open(section, Values::Flagged(self.rows[at].bits)).ok()?;
            Some(Found(section.map(Section::marks).transpose().ok()?))
        };
        self.seen[at].get_or_init(look).as_ref()
    }

    fn value(&self, at: usize, index: u32) -> Option<u8> {
        let Found(Some(marks)) = self.found(at)? else { return Some(0) };
        Section::open(self.section(at), Values::Flagged(self.rows[at].bits)).ok()??.value(marks, index)
    }
}

impl StatusSource for Pack {
    /// The same answer as from the published list. A broken section has none: nothing can be said then.
    fn look_up(&self, list: u32, index: u32) -> Option<StatusAnswer> {
        if index >= ENTRIES {
            return None;
        }
        let at = self.row_of(list)?;
        let value = StatusValue::from_bits(self.value(at, index)?)?;
        let iat = self.head.iat - i64::from(self.rows[at].back);
        Some(StatusAnswer { value, iat, exp: iat + i64::from(self.rows[at].life) })
    }
}
