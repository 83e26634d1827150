//! The index of a shard: for every block its digest, its lengths and its first plate.

use super::{BLOCK, MAX_BLOCK, MAX_PLATE, MAX_TYPE};
use crate::pack::PackError;

const BROKEN: PackError = PackError::Broken("the index is not as the format says");
/// Bytes of a record before the plate.
const FIXED: usize = 42;

/// What the index says about one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) digest: [u8; 32],
    /// In the file.
    pub(super) length: u32,
    /// Inflated.
    pub(super) inflated: u32,
    pub(super) count: u16,
    pub(super) first: Box<[u8]>,
    pub(super) first_type: u8,
}

impl Record {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.digest);
        // Both are below 2^24: a block is at most 256 KiB.
        out.extend_from_slice(&self.length.to_be_bytes()[1..]);
        out.extend_from_slice(&self.inflated.to_be_bytes()[1..]);
        out.extend_from_slice(&self.count.to_be_bytes());
        out.push(self.first_type);
        out.push(self.first.len() as u8);
        out.extend_from_slice(&self.first);
    }

    fn read(rest: &mut &[u8]) -> Option<Self> {
        let (fixed, after) = rest.split_first_chunk::<FIXED>()?;
        let (digest, numbers) = fixed.split_first_chunk::<32>()?;
        let &[a, b, c, d, e, f, g, h, first_type, length] = numbers.first_chunk::<10>()?;
        let (first, after) = after.split_at_checked(usize::from(length))?;
        *rest = after;
        let record = Self {
            digest: *digest,
            length: u32::from_be_bytes([0, a, b, c]),
            inflated: u32::from_be_bytes([0, d, e, f]),
            count: u16::from_be_bytes([g, h]),
            first: first.into(),
            first_type,
        };
        record.fits().then_some(record)
    }

    fn fits(&self) -> bool {
        (1..=MAX_PLATE).contains(&self.first.len())
            && self.first_type <= MAX_TYPE
            && (1..=BLOCK).contains(&usize::from(self.count))
            && self.inflated as usize <= MAX_BLOCK
            && self.length > 0
    }

    /// By which blocks are ordered.
    pub(super) fn key(&self) -> (&[u8], u8) {
        (&self.first, self.first_type)
    }
}

/// Reads an index whose digest was found right.
pub(super) fn read(mut index: &[u8]) -> Result<Vec<Record>, PackError> {
    let mut records: Vec<Record> = Vec::new();
    while !index.is_empty() {
        let record = Record::read(&mut index).ok_or(BROKEN)?;
        if records.last().is_some_and(|last| last.key() >= record.key()) {
            return Err(BROKEN);
        }
        records.push(record);
    }
    Ok(records)
}
