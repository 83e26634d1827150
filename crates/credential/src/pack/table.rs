//! The table of a pack: one row of 48 bytes for every list.

use super::{MAX_LISTS, MAX_SECTION, PackError};
use crate::status_list::EntryBits;

/// Bytes of a row.
pub(super) const ROW: usize = 48;

const BROKEN: PackError = PackError::Broken("the table is not as the format says");

/// What the table says about one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) list: u32,
    /// Seconds from the list's `iat` to the pack's.
    pub(super) back: u32,
    /// Seconds from the list's `iat` to its `exp`.
    pub(super) life: u32,
    pub(super) bits: EntryBits,
    /// Bytes of the section.
    pub(super) length: u32,
    /// Digest of the section.
    pub(super) digest: [u8; 32],
}

impl Row {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.list.to_be_bytes());
        out.extend_from_slice(&self.back.to_be_bytes());
        out.extend_from_slice(&self.life.to_be_bytes());
        // The length is below 2^24: a section is at most 2 MiB.
        out.extend_from_slice(&(u32::from(self.bits.number()) << 24 | self.length).to_be_bytes());
        out.extend_from_slice(&self.digest);
    }

    fn read(bytes: &[u8; ROW]) -> Option<Self> {
        let (numbers, digest) = bytes.split_first_chunk::<16>()?;
        let number = |at: usize| numbers[at..].first_chunk::<4>().map(|field| u32::from_be_bytes(*field));
        let sizes = number(12)?;
        Some(Self {
            list: number(0)?,
            back: number(4)?,
            life: number(8)?,
            bits: EntryBits::from_number(u64::from(sizes >> 24))?,
            length: sizes & 0x00ff_ffff,
            digest: digest.try_into().ok()?,
        })
    }

    /// Whether it makes sense in a pack that was made at `iat`.
    pub(super) fn fits(&self, iat: i64) -> bool {
        self.life > 0 && i64::from(self.back) <= iat && self.length as usize <= MAX_SECTION
    }
}

/// Writes a table.
pub(super) fn write(rows: &[Row]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * ROW);
    for row in rows {
        row.write(&mut out);
    }
    out
}

/// Reads a table whose digest was found right, of a pack made at `iat`.
pub(super) fn read(table: &[u8], iat: i64) -> Result<Vec<Row>, PackError> {
    let (rows, rest) = table.as_chunks::<ROW>();
    if !rest.is_empty() || rows.len() > MAX_LISTS {
        return Err(BROKEN);
    }
    let rows = rows.iter().map(Row::read).collect::<Option<Vec<_>>>().ok_or(BROKEN)?;
    let rising = rows.windows(2).all(|pair| pair[0].list < pair[1].list);
    if rising && rows.iter().all(|row| row.fits(iat)) { Ok(rows) } else { Err(BROKEN) }
}
