//! Making a pack.

use std::collections::BTreeMap;

use super::section::{Values, write_section};
use super::table::{self, Row};
use super::{BuildError, Head, HeadKind, MAX_LISTS, MAX_PACK, PACK_MAGIC, sha256};
use crate::sign::Signer;
use crate::status_list::{ENTRIES, EntryBits, StatusList};
use crate::trust::{MAX_TRUST_LIST, TrustList};

/// Collects lists and writes the pack. What it keeps of a list is its section, never its entries.
#[derive(Debug, Default)]
pub struct PackBuilder {
    lists: BTreeMap<u32, Collected>,
}

#[derive(Debug)]
struct Collected {
    bits: EntryBits,
    iat: i64,
    exp: i64,
    section: Vec<u8>,
}

impl PackBuilder {
    /// Without any list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a list as published at `iat`, to be relied on before `exp`. A list given twice is the one given last.
    ///
    /// # Errors
    /// [`BuildError`] when it ends before it begins.
    pub fn add(&mut self, list: u32, entries: &StatusList, iat: i64, exp: i64) -> Result<(), BuildError> {
        self.add_entries(list, entries.bits(), &flagged(entries), iat, exp)
    }

    /// As [`PackBuilder::add`], from the entries that are not 0, by rising index.
    ///
    /// # Errors
    /// [`BuildError`] when an entry is out of order or of range too.
    pub fn add_entries(
        &mut self,
        list: u32,
        bits: EntryBits,
        entries: &[(u32, u8)],
        iat: i64,
        exp: i64,
    ) -> Result<(), BuildError> {
        if iat < 0 || exp <= iat {
            return Err(BuildError::Given("a list that ends before it begins"));
        }
        let section = write_section(entries, Values::Flagged(bits))
            .ok_or(BuildError::Given("entries out of order or out of range"))?;
        self.lists.insert(list, Collected { bits, iat, exp, section });
        Ok(())
    }

    /// Writes the pack with this number, as of `iat` (not before any of its lists), with the trust list as it is published
    /// (`trust` is `trust_json`, opened).
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn finish(
        &self,
        seq: u32,
        iat: i64,
        trust: &TrustList,
        trust_json: &str,
        signer: &dyn Signer,
    ) -> Result<Vec<u8>, BuildError> {
        if self.lists.len() > MAX_LISTS || trust_json.len() > MAX_TRUST_LIST {
            return Err(BuildError::TooLarge);
        }
        let rows =
            self.lists.iter().map(|(list, collected)| collected.row(*list, iat)).collect::<Result<Vec<_>, _>>()?;
        let table = table::write(&rows);
        let head = Head {
            seq,
            scope: 0,
            count: u32::try_from(rows.len()).map_err(|_| BuildError::TooLarge)?,
            digest: sha256(&table),
            trust_seq: trust.seq(),
            trust_digest: sha256(trust_json.as_bytes()),
            iat,
            exp: Head::end_of(iat),
        };
        if seq == 0 {
            return Err(BuildError::Given("number 0"));
        }
        let head = head.sign(HeadKind::Pack, signer)?;
        let sections = self.lists.values().map(|collected| collected.section.as_slice());
        let pack = write_file(&head, trust_json.as_bytes(), &table, sections);
        if pack.len() > MAX_PACK { Err(BuildError::TooLarge) } else { Ok(pack) }
    }
}

impl Collected {
    fn row(&self, list: u32, iat: i64) -> Result<Row, BuildError> {
        let seconds = |from: i64, to: i64| u32::try_from(to - from).ok();
        let later = BuildError::Given("a list that is younger than the pack, or of another century");
        let back = seconds(self.iat, iat).ok_or(later)?;
        let life = seconds(self.iat, self.exp).ok_or(BuildError::Given("a list that lives too long"))?;
        let length = u32::try_from(self.section.len()).map_err(|_| BuildError::TooLarge)?;
        Ok(Row { list, back, life, bits: self.bits, length, digest: sha256(&self.section) })
    }
}

/// The entries that are not 0, by rising index.
fn flagged(list: &StatusList) -> Vec<(u32, u8)> {
    let bits = list.bits();
    let (width, per_byte) = (u32::from(bits.number()), 8 / u32::from(bits.number()));
    let mask = (1u8 << width) - 1;
    let mut entries = Vec::new();
    for (at, byte) in (0..ENTRIES / per_byte).zip(list.as_bytes()) {
        if *byte == 0 {
            continue;
        }
        let values = (0..per_byte).map(|place| (at * per_byte + place, byte >> (place * width) & mask));
        entries.extend(values.filter(|(_, value)| *value != 0));
    }
    entries
}

/// Puts the parts of a pack together.
pub(super) fn write_file<'a>(
    head: &'a [u8],
    trust_json: &'a [u8],
    table: &'a [u8],
    sections: impl Iterator<Item = &'a [u8]> + Clone,
) -> Vec<u8> {
    let body = sections.clone().map(<[u8]>::len).sum::<usize>();
    let mut out = Vec::with_capacity(20 + head.len() + trust_json.len() + table.len() + body);
    out.extend_from_slice(&PACK_MAGIC);
    for part in [head, trust_json, table] {
        // Each has a ceiling far below 2^32.
        out.extend_from_slice(&(part.len() as u32).to_be_bytes());
    }
    for part in [head, trust_json, table].into_iter().chain(sections) {
        out.extend_from_slice(part);
    }
    out
}
