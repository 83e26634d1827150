//! Status lists: what has become of a credential since it was signed (IETF Token Status List, draft-ietf-oauth-status-list-21).
//!
//! A list holds 2^20 entries of two bits, or of four where licences stand in it; an entry's place was drawn at random when the
//! credential was issued, so that a list tells nothing about whose entries stand side by side. A verifier fetches whole lists and
//! nobody learns which entry it looks at.

mod book;
mod token;

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use thiserror::Error;

pub use book::{NoStatus, StatusAnswer, StatusBook, StatusSource};
pub use token::{CWT_TYP, JWT_TYP, ListClaims, SignedList, open_cwt, open_jwt, sign_cwt, sign_jwt};

use crate::jose::JoseError;
use crate::qr::message::EnvelopeError;
use crate::sign::{KeyId, SignError};
use crate::trust::NotPermitted;

/// Entries of a list.
pub const ENTRIES: u32 = 1 << 20;
/// Largest signed list that is looked at, in bytes: a list of four bits that does not compress at all, in base64 twice, still fits.
pub const MAX_TOKEN: usize = 1 << 20;
/// zlib's level for published lists: 6 gives nearly all the gain at a third of the time of 9.
const LEVEL: u32 = 6;

/// How wide the entries of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum EntryBits {
    /// Lists of inspection marks: valid, invalid, suspended, superseded.
    #[default]
    Two = 2,
    /// Lists of licences, whose red state and whose being out of use are two things: [`StatusValue::Stopped`] needs four bits.
    Four = 4,
}

impl EntryBits {
    /// The number in `bits` of a signed list.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The width of a number, if lists of ours have it.
    pub const fn from_number(number: u64) -> Option<Self> {
        match number {
            2 => Some(Self::Two),
            4 => Some(Self::Four),
            _ => None,
        }
    }

    /// Bytes of a list in memory: 256 or 512 KiB.
    pub const fn list_bytes(self) -> usize {
        ENTRIES as usize * self as usize / 8
    }

    const fn per_byte(self) -> u32 {
        8 / self as u32
    }

    const fn mask(self) -> u8 {
        (1 << self as u8) - 1
    }
}

/// What a list says about a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusValue {
    /// In force.
    Valid,
    /// Withdrawn for good.
    Invalid,
    /// A mark: withdrawn for now. A licence: genuine, and its state is red.
    Suspended,
    /// Replaced by a newer one.
    Superseded,
    /// A licence that is out of use or locked (停止使用, 锁定): withdrawn for now. Only in lists of four bits, among the values that the
    /// draft leaves to applications.
    Stopped,
}

impl StatusValue {
    /// Every value.
    pub const ALL: [Self; 5] = [Self::Valid, Self::Invalid, Self::Suspended, Self::Superseded, Self::Stopped];

    /// The bits of the entry.
    pub const fn bits(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Suspended => 2,
            Self::Superseded => 3,
            Self::Stopped => 12,
        }
    }

    /// The value of an entry's bits; `None` for what this version gives no meaning.
    pub const fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::Valid),
            1 => Some(Self::Invalid),
            2 => Some(Self::Suspended),
            3 => Some(Self::Superseded),
            12 => Some(Self::Stopped),
            _ => None,
        }
    }
}

/// Why a status list was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StatusError {
    /// Larger than [`MAX_TOKEN`].
    #[error("larger than allowed")]
    TooLarge,
    /// Not the JSON or CBOR that belongs here.
    #[error("not a status list: {0}")]
    Shape(String),
    /// A header or base64 in it.
    #[error(transparent)]
    Jose(#[from] JoseError),
    /// The COSE envelope of a CWT.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The compressed entries are not a zlib stream, or not of exactly [`ENTRIES`] entries of the width that the list names.
    #[error("its entries are not {ENTRIES} of two or four bits")]
    Entries,
    /// The trust list does not have the key.
    #[error("signed by key {0}, which is not in the trust list")]
    UnknownKey(KeyId),
    /// The key is not for this.
    #[error("signed by key {0}: {1}")]
    NotPermitted(KeyId, NotPermitted),
    /// The signature is wrong, or made with another algorithm than the trust list says.
    #[error("its signature is wrong")]
    BadSignature,
    /// It is for an address that the trust list does not name.
    #[error("its address {0:?} is not one of the trust list's")]
    Address(String),
    /// It could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// The entries of one list: 256 or 512 KiB.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: EntryBits,
    bytes: Box<[u8]>,
}

/// Entries as they stand in a signed list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    bits: EntryBits,
    stream: Vec<u8>,
}

impl std::fmt::Debug for StatusList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let flagged = self.bytes.iter().map(|byte| u32::from(*byte != 0)).sum::<u32>();
        write!(f, "StatusList({flagged} bytes of {} not zero)", self.bytes.len())
    }
}

impl Default for StatusList {
    fn default() -> Self {
        Self::new(EntryBits::Two)
    }
}

impl StatusList {
    /// A list in which every entry is valid.
    pub fn new(bits: EntryBits) -> Self {
        Self { bits, bytes: vec![0; bits.list_bytes()].into_boxed_slice() }
    }

    /// The list with these bytes; `None` unless there are exactly as many as entries of this width have.
    pub fn from_bytes(bits: EntryBits, bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() == bits.list_bytes()).then(|| Self { bits, bytes: bytes.into_boxed_slice() })
    }

    /// How wide the entries are.
    pub const fn bits(&self) -> EntryBits {
        self.bits
    }

    /// The bytes: four or two entries each, the lowest bits first.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// An entry; `None` beyond the end, and for bits that have no meaning.
    pub fn get(&self, index: u32) -> Option<StatusValue> {
        entry(&self.bytes, self.bits, index)
    }

    /// Sets an entry; false beyond the end, and for a value that needs wider entries.
    pub fn set(&mut self, index: u32, value: StatusValue) -> bool {
        let (per_byte, mask) = (self.bits.per_byte(), self.bits.mask());
        let Some(byte) = self.bytes.get_mut((index / per_byte) as usize) else { return false };
        if value.bits() > mask {
            return false;
        }
        let shift = (index % per_byte) * self.bits as u32;
        *byte = (*byte & !(mask << shift)) | (value.bits() << shift);
        true
    }

    /// Packs the entries once for both forms of a signed list.
    pub fn pack(&self) -> Packed {
        Packed { bits: self.bits, stream: self.compress() }
    }

    /// The entries as a zlib stream, as they stand in a signed list.
    pub fn compress(&self) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::with_capacity(4_096), Compression::new(LEVEL));
        encoder.write_all(&self.bytes).and_then(|()| encoder.finish()).expect("writing to memory cannot fail")
    }

    /// Reads a zlib stream of exactly one list, and never unpacks more than that.
    ///
    /// # Errors
    /// [`StatusError::Entries`].
    pub fn decompress(bits: EntryBits, stream: &[u8]) -> Result<Self, StatusError> {
        let bytes = inflate(stream, bits.list_bytes())?;
        Self::from_bytes(bits, bytes).ok_or(StatusError::Entries)
    }
}

/// Entry `index` of a list (section 4.1 of the draft: the lowest bits of a byte first).
fn entry(bytes: &[u8], bits: EntryBits, index: u32) -> Option<StatusValue> {
    let per_byte = bits.per_byte();
    let byte = bytes.get((index / per_byte) as usize)?;
    StatusValue::from_bits(byte >> ((index % per_byte) * bits as u32) & bits.mask())
}

/// Unpacks a zlib stream of at most `ceiling` bytes, with nothing after it.
fn inflate(stream: &[u8], ceiling: usize) -> Result<Vec<u8>, StatusError> {
    let mut bytes = Vec::with_capacity(ceiling);
    let mut decoder = ZlibDecoder::new(stream);
    let limit = ceiling as u64 + 1;
    decoder.by_ref().take(limit).read_to_end(&mut bytes).map_err(|_| StatusError::Entries)?;
    if bytes.len() > ceiling || decoder.total_in() != stream.len() as u64 {
        return Err(StatusError::Entries);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Section 4.1 of the draft, and its test vector: twelve two-bit entries in three bytes.
    #[test]
    fn entries_stand_where_the_draft_puts_them() {
        let bytes = [0xc9, 0x44, 0xf9];
        let values: Vec<u8> = (0..12).map(|i| entry(&bytes, EntryBits::Two, i).expect("inside").bits()).collect();
        assert_eq!(values, [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]);
        assert_eq!(entry(&bytes, EntryBits::Two, 12), None);
        // Four bits: 0x9 has no meaning, 0xc is a licence that is stopped.
        assert_eq!(entry(&bytes, EntryBits::Four, 0), None);
        assert_eq!(entry(&bytes, EntryBits::Four, 1), Some(StatusValue::Stopped));
        assert_eq!(entry(&[0x32], EntryBits::Four, 0), Some(StatusValue::Suspended));
        assert_eq!(entry(&[0x32], EntryBits::Four, 1), Some(StatusValue::Superseded));
        assert_eq!(entry(&bytes, EntryBits::Four, 6), None);
    }

    /// The compressed examples of the draft: one bit (0xb9 0xa3) and two bits (0xc9 0x44 0xf9).
    #[test]
    fn the_drafts_streams_are_read() {
        for (lst, bytes) in [("eNrbuRgAAhcBXQ", &[0xb9, 0xa3][..]), ("eNo76fITAAPfAgc", &[0xc9, 0x44, 0xf9])] {
            let stream = crate::jose::from_base64(lst, "lst").expect("base64");
            assert_eq!(inflate(&stream, 16).expect("a stream"), bytes);
            assert_eq!(
                StatusList::decompress(EntryBits::Two, &stream),
                Err(StatusError::Entries),
                "not one of our lists"
            );
        }
    }

    #[test]
    fn a_stream_that_unpacks_to_more_is_stopped() {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![0; EntryBits::Four.list_bytes() * 64]).expect("memory");
        let bomb = encoder.finish().expect("memory");
        for bits in [EntryBits::Two, EntryBits::Four] {
            assert_eq!(StatusList::decompress(bits, &bomb), Err(StatusError::Entries));
        }
        let mut followed = StatusList::default().compress();
        assert_eq!(StatusList::decompress(EntryBits::Four, &followed), Err(StatusError::Entries), "of the other width");
        assert!(StatusList::decompress(EntryBits::Two, &followed).is_ok());
        followed.push(0);
        assert_eq!(
            StatusList::decompress(EntryBits::Two, &followed),
            Err(StatusError::Entries),
            "a byte after the stream"
        );
        followed.truncate(followed.len() - 4);
        assert_eq!(StatusList::decompress(EntryBits::Two, &followed), Err(StatusError::Entries), "cut");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_is_set_is_got_and_survives_packing(
            wide in any::<bool>(),
            set in proptest::collection::vec((0..ENTRIES, 0..StatusValue::ALL.len()), 0..200),
        ) {
            let bits = if wide { EntryBits::Four } else { EntryBits::Two };
            let mut list = StatusList::new(bits);
            let mut expected = std::collections::BTreeMap::new();
            for (index, value) in set {
                let value = StatusValue::ALL[value];
                let fits = wide || value != StatusValue::Stopped;
                prop_assert_eq!(list.set(index, value), fits);
                if fits {
                    expected.insert(index, value);
                }
            }
            let list = StatusList::decompress(bits, &list.compress()).expect("our own stream");
            for (index, value) in expected {
                prop_assert_eq!(list.get(index), Some(value));
            }
            prop_assert_eq!(list.get(ENTRIES), None);
            prop_assert!(!StatusList::new(bits).set(ENTRIES, StatusValue::Valid));
        }
    }
}
