//! A shard that was opened, and what it answers.

use std::ops::Range;
use std::sync::OnceLock;

use jiff::Timestamp;

use super::block::{inflate, walk};
use super::index::{self, Record};
use super::{MAX_INDEX, MAX_SHARD, PlateFacts, SHARD_MAGIC};
use crate::pack::{Head, HeadKind, MAX_HEAD, PackError, frame_length, magic, sha256};
use crate::trust::TrustList;

const FRAME: usize = 16;

/// A plate that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Number of the plate type: 2 for `02`.
    pub plate_type: u8,
    /// What is known.
    pub facts: PlateFacts,
}

/// A shard whose head and index were found good. Blocks are checked when they are looked at.
#[derive(Debug)]
pub struct Shard {
    bytes: Vec<u8>,
    head: Head,
    records: Vec<Record>,
    places: Vec<Range<usize>>,
    /// Whether a block has the digest of the index; found out when it is looked at for the first time.
    sound: Vec<OnceLock<bool>>,
}

impl Shard {
    /// Opens a shard. `held_seq` is the number of the newest shard of this province that is held, 0 for none; `now` is the time to
    /// judge at.
    ///
    /// # Errors
    /// [`PackError`]; what was held before stays in force then.
    pub fn open(bytes: Vec<u8>, trust: &TrustList, held_seq: u32, now: Timestamp) -> Result<Self, PackError> {
        if bytes.len() > MAX_SHARD {
            return Err(PackError::TooLarge);
        }
        magic(&bytes, &SHARD_MAGIC)?;
        let head_end = FRAME + frame_length(&bytes, 8, MAX_HEAD)?;
        let index_end = head_end + frame_length(&bytes, 12, MAX_INDEX)?;
        let early = PackError::Broken("it ends too early");
        let signed_head = bytes.get(FRAME..head_end).ok_or(early.clone())?;
        let index = bytes.get(head_end..index_end).ok_or(early.clone())?;
        let head = Head::open(signed_head, HeadKind::Shard, trust)?;
        if head.digest != sha256(index) {
            return Err(PackError::Broken("another index than its head names"));
        }
        let records = index::read(index)?;
        let mut places = Vec::with_capacity(records.len());
        let (mut at, mut plates) = (index_end, 0u64);
        for record in &records {
            places.push(at..at + record.length as usize);
            at += record.length as usize;
            plates += u64::from(record.count);
        }
        if at != bytes.len() {
            return Err(if at > bytes.len() { early } else { PackError::Broken("something follows its last block") });
        }
        if plates != u64::from(head.count) || head.trust_digest != [0; 32] {
            return Err(PackError::Broken("another number of plates than its head names"));
        }
        head.in_time(held_seq, now.as_second())?;
        let sound = records.iter().map(|_| OnceLock::new()).collect();
        Ok(Self { bytes, head, records, places, sound })
    }

    /// What its head says; `scope` is the province.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// What is known of a plate as written in the register (capitals, half width, no separators): one answer for each type, or for the one
    /// that is asked for.
    ///
    /// # Errors
    /// [`PackError::Broken`] when the block is: that is no answer about the vehicle.
    pub fn find(&self, plate: &str, plate_type: Option<u8>) -> Result<Vec<Found>, PackError> {
        let plate = plate.as_bytes();
        let mut found = Vec::new();
        // The block before the first that begins with this plate or a greater one, and those that begin with it.
        let from = self.records.partition_point(|record| &*record.first < plate);
        let end = from + self.records[from..].iter().take_while(|record| &*record.first == plate).count();
        for at in from.saturating_sub(1)..end {
            let block = self.block(at)?;
            walk(&block, usize::from(self.records[at].count), |other, other_type, facts| {
                if other == plate && plate_type.is_none_or(|wanted| wanted == other_type) {
                    found.push(Found { plate_type: other_type, facts });
                }
                (other <= plate).then_some(())
            })?;
        }
        Ok(found)
    }

    /// Reads every block through.
    ///
    /// # Errors
    /// [`PackError::Broken`] for the first that is not as the index says.
    pub fn check_all(&self) -> Result<(), PackError> {
        for (at, record) in self.records.iter().enumerate() {
            let next = self.records.get(at + 1);
            let (mut first, mut last) = (None, true);
            walk(&self.block(at)?, usize::from(record.count), |plate, plate_type, _| {
                first.get_or_insert((plate, plate_type) == record.key());
                last = next.is_none_or(|next| (plate, plate_type) < next.key());
                Some(())
            })?;
            if first != Some(true) || !last {
                return Err(PackError::Broken("a block begins elsewhere than its index says"));
            }
        }
        Ok(())
    }

    /// A block, inflated, once it was found to be the one of the index.
    fn block(&self, at: usize) -> Result<Vec<u8>, PackError> {
        let record = &self.records[at];
        let stream = &self.bytes[self.places[at].clone()];
        if !self.sound[at].get_or_init(|| sha256(stream) == record.digest) {
            return Err(PackError::Broken("a block is not the one of the index"));
        }
        inflate(stream, record.inflated as usize)
    }
}
