//! A block: up to 4,096 plates in columns, deflated.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::{BLOCK, LETTERS, MAX_BLOCK, MAX_PLATE, MAX_TYPE, MarkState, PlateFacts, letter_bits, letters_of};
use super::{month_number, month_of};
use crate::pack::PackError;

/// zlib's level: above 6 the files shrink by less than a hundredth.
const LEVEL: u32 = 6;
/// Columns of one byte a plate beside the plate's own bytes: shared, following, type, month (2), mark, letters (4).
const COLUMNS: usize = 10;

const BROKEN: PackError = PackError::Broken("a block is not as the format says");

/// A plate as it stands in a block, unresolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) plate_type: u8,
    month: u16,
    mark: u8,
    letters: u32,
}

impl Values {
    pub(super) fn of(plate_type: u8, facts: &PlateFacts) -> Self {
        let PlateFacts { valid_until, mark, status } = facts;
        Self { plate_type, month: month_number(*valid_until), mark: mark.number(), letters: letter_bits(*status) }
    }

    fn facts(self) -> Option<PlateFacts> {
        let mark = MarkState::of(self.mark)?;
        Some(PlateFacts { valid_until: month_of(self.month), mark, status: letters_of(self.letters) })
    }
}

/// Collects the plates of one block.
#[derive(Debug, Default)]
pub(super) struct BlockWriter {
    shared: Vec<u8>,
    following: Vec<u8>,
    bytes: Vec<u8>,
    values: Vec<Values>,
    last: Vec<u8>,
}

impl BlockWriter {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Adds a plate that comes after the last one; it has at most [`MAX_PLATE`] bytes.
    pub(super) fn push(&mut self, plate: &[u8], values: Values) {
        let shared = plate.iter().zip(&self.last).take_while(|(a, b)| a == b).count();
        // Both are at most MAX_PLATE.
        self.shared.push(shared as u8);
        self.following.push((plate.len() - shared) as u8);
        self.bytes.extend_from_slice(&plate[shared..]);
        self.values.push(values);
        self.last.clear();
        self.last.extend_from_slice(plate);
    }

    /// The block deflated, and how long it was before. The writer is empty again.
    pub(super) fn finish(&mut self) -> (Vec<u8>, usize) {
        let column = |of: fn(&Values) -> u8| self.values.iter().map(of).collect::<Vec<u8>>();
        // Letters are nearly always the same: all four columns of them go together.
        let letters: Vec<u8> =
            (0..4).flat_map(|at| self.values.iter().map(move |v| v.letters.to_be_bytes()[at])).collect();
        let columns = [
            std::mem::take(&mut self.shared),
            std::mem::take(&mut self.following),
            std::mem::take(&mut self.bytes),
            column(|v| v.plate_type),
            column(|v| v.month.to_be_bytes()[0]),
            column(|v| v.month.to_be_bytes()[1]),
            column(|v| v.mark),
            letters,
        ];
        self.values.clear();
        self.last.clear();
        let length = columns.iter().map(Vec::len).sum();
        let mut encoder = ZlibEncoder::new(Vec::with_capacity(length / 4), Compression::new(LEVEL));
        // What is flushed ends a block of the stream: so every column has codes of its own, which saves nearly a fifth.
        let written = columns.iter().try_for_each(|column| encoder.write_all(column).and_then(|()| encoder.flush()));
        let stream = written.and_then(|()| encoder.finish()).expect("writing to memory cannot fail");
        (stream, length)
    }
}

/// Inflates a stream that must hold exactly `length` bytes.
pub(super) fn inflate(stream: &[u8], length: usize) -> Result<Vec<u8>, PackError> {
    if length > MAX_BLOCK {
        return Err(BROKEN);
    }
    let mut out = Vec::with_capacity(length + 1);
    let mut decoder = ZlibDecoder::new(stream);
    decoder.by_ref().take(length as u64 + 1).read_to_end(&mut out).map_err(|_| BROKEN)?;
    let whole = out.len() == length && decoder.total_in() == stream.len() as u64;
    if whole { Ok(out) } else { Err(BROKEN) }
}

/// The columns of an inflated block.
struct Columns<'a> {
    count: usize,
    shared: &'a [u8],
    following: &'a [u8],
    bytes: &'a [u8],
    values: &'a [u8],
}

impl<'a> Columns<'a> {
    fn of(block: &'a [u8], count: usize) -> Option<Self> {
        let (shared, rest) = block.split_at_checked(count)?;
        let (following, rest) = rest.split_at_checked(count)?;
        let length = following.iter().map(|n| usize::from(*n)).sum();
        let (bytes, values) = rest.split_at_checked(length)?;
        (values.len() == (COLUMNS - 2) * count).then_some(Self { count, shared, following, bytes, values })
    }

    fn values(&self, at: usize) -> Values {
        let column = |which: usize| self.values[which * self.count + at];
        Values {
            plate_type: column(0),
            month: u16::from_be_bytes([column(1), column(2)]),
            mark: column(3),
            letters: u32::from_be_bytes([column(4), column(5), column(6), column(7)]),
        }
    }
}

/// Goes through an inflated block of `count` plates and gives each plate with its type to `take`; `None` from it ends the reading.
pub(super) fn walk(
    block: &[u8],
    count: usize,
    mut take: impl FnMut(&[u8], u8, PlateFacts) -> Option<()>,
) -> Result<(), PackError> {
    if count == 0 || count > BLOCK {
        return Err(BROKEN);
    }
    let columns = Columns::of(block, count).ok_or(BROKEN)?;
    let (mut plate, mut at_byte) = (Vec::with_capacity(MAX_PLATE), 0);
    let mut before = (Vec::with_capacity(MAX_PLATE), 0);
    for at in 0..count {
        let (shared, following) = (usize::from(columns.shared[at]), usize::from(columns.following[at]));
        if shared > plate.len() || shared + following > MAX_PLATE || shared + following == 0 {
            return Err(BROKEN);
        }
        before.0.clone_from(&plate);
        plate.truncate(shared);
        plate.extend_from_slice(&columns.bytes[at_byte..at_byte + following]);
        at_byte += following;
        let values = columns.values(at);
        let rising = at == 0 || (before.0.as_slice(), before.1) < (plate.as_slice(), values.plate_type);
        if !rising || values.plate_type > MAX_TYPE || values.letters & !LETTERS != 0 {
            return Err(BROKEN);
        }
        before.1 = values.plate_type;
        let facts = values.facts().ok_or(BROKEN)?;
        if take(&plate, values.plate_type, facts).is_none() {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads a whole block as it stands in a shard: every plate (bytes of its UTF-8) with its type and facts.
///
/// # Errors
/// [`PackError::Broken`].
pub fn read_block(stream: &[u8], length: usize, count: usize) -> Result<Vec<(Vec<u8>, u8, PlateFacts)>, PackError> {
    let block = inflate(stream, length)?;
    let mut plates = Vec::with_capacity(count.min(BLOCK));
    walk(&block, count, |plate, plate_type, facts| {
        plates.push((plate.to_vec(), plate_type, facts));
        Some(())
    })?;
    Ok(plates)
}
