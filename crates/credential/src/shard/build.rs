//! Making a shard: plates come in order, blocks go out as they fill up.

use std::io::Write;

use super::block::{BlockWriter, Values};
use super::index::Record;
use super::{BLOCK, MAX_INDEX, MAX_PLATE, MAX_SHARD, MAX_TYPE, PlateFacts, SHARD_MAGIC};
use crate::pack::{BuildError, Head, HeadKind, sha256};
use crate::sign::Signer;

/// Writes the blocks of a shard to `W` and keeps its index. The file is what [`ShardBuilder::finish`] gives, then the blocks.
#[derive(Debug)]
pub struct ShardBuilder<W> {
    blocks: W,
    written: usize,
    index: Vec<u8>,
    block: BlockWriter,
    first: (Vec<u8>, u8),
    last: (Vec<u8>, u8),
    count: u32,
}

impl<W: Write> ShardBuilder<W> {
    /// Begins a shard whose blocks are written to `blocks`.
    pub fn new(blocks: W) -> Self {
        let nothing = (Vec::new(), 0);
        Self {
            blocks,
            written: 0,
            index: Vec::new(),
            block: BlockWriter::default(),
            first: nothing.clone(),
            last: nothing,
            count: 0,
        }
    }

    /// Adds a plate as written in the register; they come by rising bytes, then type.
    ///
    /// # Errors
    /// [`BuildError`] for one out of order or of range, and when a block cannot be written.
    pub fn add(&mut self, plate: &str, plate_type: u8, facts: &PlateFacts) -> Result<(), BuildError> {
        let plate = plate.as_bytes();
        if plate.is_empty() || plate.len() > MAX_PLATE || plate_type > MAX_TYPE {
            return Err(BuildError::Given("a plate that is too long, or of an unknown type"));
        }
        if self.count > 0 && (self.last.0.as_slice(), self.last.1) >= (plate, plate_type) {
            return Err(BuildError::Given("plates out of order"));
        }
        if self.block.len() == 0 {
            self.first = (plate.to_vec(), plate_type);
        }
        self.block.push(plate, Values::of(plate_type, facts));
        self.last.0.clear();
        self.last.0.extend_from_slice(plate);
        self.last.1 = plate_type;
        self.count = self.count.checked_add(1).ok_or(BuildError::TooLarge)?;
        if self.block.len() == BLOCK { self.write_block() } else { Ok(()) }
    }

    fn write_block(&mut self) -> Result<(), BuildError> {
        let count = u16::try_from(self.block.len()).map_err(|_| BuildError::TooLarge)?;
        let (stream, inflated) = self.block.finish();
        let record = Record {
            digest: sha256(&stream),
            length: u32::try_from(stream.len()).map_err(|_| BuildError::TooLarge)?,
            inflated: u32::try_from(inflated).map_err(|_| BuildError::TooLarge)?,
            count,
            first: self.first.0.as_slice().into(),
            first_type: self.first.1,
        };
        record.write(&mut self.index);
        self.written += stream.len();
        self.blocks.write_all(&stream).map_err(|error| BuildError::Write(error.to_string()))
    }

    /// How many plates were added.
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Signs the shard of a province (the first two digits of its division code): what stands before the blocks, and where the blocks
    /// were written.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn finish(
        mut self,
        province: u32,
        seq: u32,
        iat: i64,
        trust_seq: u64,
        signer: &dyn Signer,
    ) -> Result<(Vec<u8>, W), BuildError> {
        if self.block.len() > 0 {
            self.write_block()?;
        }
        if !(11..=99).contains(&province) || seq == 0 || iat < 0 {
            return Err(BuildError::Given("no province, number 0, or a time before 1970"));
        }
        let head = Head {
            seq,
            scope: province,
            count: self.count,
            digest: sha256(&self.index),
            trust_seq,
            trust_digest: [0; 32],
            iat,
            exp: Head::end_of(iat),
        };
        let head = head.sign(HeadKind::Shard, signer)?;
        let mut front = Vec::with_capacity(16 + head.len() + self.index.len());
        front.extend_from_slice(&SHARD_MAGIC);
        for part in [&head, &self.index] {
            front.extend_from_slice(&(part.len() as u32).to_be_bytes());
        }
        front.extend_from_slice(&head);
        front.extend_from_slice(&self.index);
        if self.index.len() > MAX_INDEX || front.len() + self.written > MAX_SHARD {
            return Err(BuildError::TooLarge);
        }
        self.blocks.flush().map_err(|error| BuildError::Write(error.to_string()))?;
        Ok((front, self.blocks))
    }
}
