//! Status lists: what has become of a credential since it was signed (IETF Token Status List, draft-ietf-oauth-status-list-21).
//!
//! A list holds 2^20 entries of two bits; an entry's place was drawn at random when the credential was issued, so that a list
//! tells nothing about whose entries stand side by side. A verifier fetches whole lists and nobody learns which entry it looks at.

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
/// Bits of an entry.
pub const BITS: u8 = 2;
/// Bytes of a list in memory.
pub const LIST_BYTES: usize = (ENTRIES as usize) * (BITS as usize) / 8;
/// Largest signed list that is looked at, in bytes: a list that does not compress at all, in base64 twice, still fits.
pub const MAX_TOKEN: usize = 512 << 10;
/// zlib's level for published lists: 6 gives nearly all the gain at a third of the time of 9.
const LEVEL: u32 = 6;

/// What a list says about a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusValue {
    /// In force.
    Valid,
    /// Withdrawn for good.
    Invalid,
    /// Withdrawn for now.
    Suspended,
    /// Replaced by a newer one.
    Superseded,
}

impl StatusValue {
    /// The two bits.
    pub const fn bits(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Invalid => 1,
            Self::Suspended => 2,
            Self::Superseded => 3,
        }
    }

    /// The value of the lowest two bits.
    pub const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::Valid,
            1 => Self::Invalid,
            2 => Self::Suspended,
            _ => Self::Superseded,
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
    /// The compressed entries are not a zlib stream, or not of exactly [`ENTRIES`] entries of [`BITS`] bits.
    #[error("its entries are not {ENTRIES} of {BITS} bits")]
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

/// The entries of one list: 256 KiB.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    bytes: Box<[u8]>,
}

impl std::fmt::Debug for StatusList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let flagged = self.bytes.iter().map(|byte| u32::from(*byte != 0)).sum::<u32>();
        write!(f, "StatusList({flagged} bytes of {LIST_BYTES} not zero)")
    }
}

impl Default for StatusList {
    fn default() -> Self {
        Self::new()
    }
}

impl StatusList {
    /// A list in which every entry is valid.
    pub fn new() -> Self {
        Self { bytes: vec![0; LIST_BYTES].into_boxed_slice() }
    }

    /// The list with these bytes; `None` unless there are exactly [`LIST_BYTES`].
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() == LIST_BYTES).then(|| Self { bytes: bytes.into_boxed_slice() })
    }

    /// The bytes: four entries each, the lowest two bits first.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// An entry; `None` beyond the end.
    pub fn get(&self, index: u32) -> Option<StatusValue> {
        entry(&self.bytes, index)
    }

    /// Sets an entry; false beyond the end.
    pub fn set(&mut self, index: u32, value: StatusValue) -> bool {
        let Some(byte) = self.bytes.get_mut(index as usize / 4) else { return false };
        let shift = (index % 4) * 2;
        *byte = (*byte & !(3 << shift)) | (value.bits() << shift);
        true
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
    pub fn decompress(stream: &[u8]) -> Result<Self, StatusError> {
        let bytes = inflate(stream, LIST_BYTES)?;
        Self::from_bytes(bytes).ok_or(StatusError::Entries)
    }
}

/// Entry `index` of a two-bit list (section 4.1 of the draft: the lowest bits of a byte first).
fn entry(bytes: &[u8], index: u32) -> Option<StatusValue> {
    let byte = bytes.get(index as usize / 4)?;
    Some(StatusValue::from_bits(byte >> ((index % 4) * 2)))
}

/// Unpacks a zlib stream of at most `ceiling` bytes, with nothing after it.
fn inflate(stream: &[u8], ceiling: usize) -> Result<Vec<u8>, StatusError> {
    let mut bytes = Vec::with_capacity(ceiling.min(LIST_BYTES));
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
        let values: Vec<u8> = (0..12).map(|i| entry(&bytes, i).expect("inside").bits()).collect();
        assert_eq!(values, [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]);
        assert_eq!(entry(&bytes, 12), None);
    }

    /// The compressed examples of the draft: one bit (0xb9 0xa3) and two bits (0xc9 0x44 0xf9).
    #[test]
    fn the_drafts_streams_are_read() {
        for (lst, bytes) in [("eNrbuRgAAhcBXQ", &[0xb9, 0xa3][..]), ("eNo76fITAAPfAgc", &[0xc9, 0x44, 0xf9])] {
            let stream = crate::jose::from_base64(lst, "lst").expect("base64");
            assert_eq!(inflate(&stream, 16).expect("a stream"), bytes);
            assert_eq!(StatusList::decompress(&stream), Err(StatusError::Entries), "not one of our lists");
        }
    }

    #[test]
    fn a_stream_that_unpacks_to_more_is_stopped() {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![0; LIST_BYTES * 64]).expect("memory");
        let bomb = encoder.finish().expect("memory");
        assert_eq!(StatusList::decompress(&bomb), Err(StatusError::Entries));
        let mut followed = StatusList::new().compress();
        assert!(StatusList::decompress(&followed).is_ok());
        followed.push(0);
        assert_eq!(StatusList::decompress(&followed), Err(StatusError::Entries), "a byte after the stream");
        followed.truncate(followed.len() - 4);
        assert_eq!(StatusList::decompress(&followed), Err(StatusError::Entries), "cut");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_is_set_is_got_and_survives_packing(set in proptest::collection::vec((0..ENTRIES, 0u8..4), 0..200)) {
            let mut list = StatusList::new();
            let mut expected = std::collections::BTreeMap::new();
            for (index, bits) in set {
                prop_assert!(list.set(index, StatusValue::from_bits(bits)));
                expected.insert(index, bits);
            }
            let list = StatusList::decompress(&list.compress()).expect("our own stream");
            for (index, bits) in expected {
                prop_assert_eq!(list.get(index).expect("inside").bits(), bits);
            }
            prop_assert_eq!(list.get(ENTRIES), None);
        }
    }
}
