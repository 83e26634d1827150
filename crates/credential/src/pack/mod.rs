//! The nation in a pocket: every status list and the trust list in one signed file, and the way from one such file to the next.
//!
//! `docs/pack-format.md` says what stands where. A [`Pack`] is opened lazily: roots, trust list, signed head and table are checked at
//! once, the section of a list when the list is looked at. It is a [`crate::status_list::StatusSource`] and answers as the published lists
//! do. The sections are never unpacked: of each that was looked at, every 256th place is remembered.

mod bits;
mod build;
mod delta;
mod head;
mod open;
mod section;
mod table;

use thiserror::Error;

pub use build::PackBuilder;
pub use delta::{DELTA_MAGIC, MAX_DELTA};
pub use head::{Head, HeadKind, MAX_HEAD};
pub use open::{Held, ListFacts, Pack};
pub use section::{Values, read_section, write_section};

pub(crate) use head::{frame_length, magic};

use crate::sign::{KeyId, SignError};
use crate::trust::{NotPermitted, TrustError};

/// The first bytes of a pack.
pub const PACK_MAGIC: [u8; 8] = *b"LZPACK1\n";
/// Largest pack that is looked at, in bytes.
pub const MAX_PACK: usize = 256 << 20;
/// Most lists of a pack.
pub const MAX_LISTS: usize = 8_192;
/// Largest section, in bytes: every entry of a list flagged, with the longest codes, still fits.
pub const MAX_SECTION: usize = 2 << 20;
/// For how long a pack, a delta or a shard may be relied on, in seconds.
pub const PACK_SECONDS: i64 = 7 * 86_400;

/// Why a pack, a delta or a shard was refused. A refusal says nothing about any credential.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PackError {
    /// Larger than any file of ours.
    #[error("larger than allowed")]
    TooLarge,
    /// Cut short, altered, or not one of ours.
    #[error("cut short, altered or not one of ours: {0}")]
    Broken(&'static str),
    /// Made for newer readers.
    #[error("newer than this version")]
    UnsupportedVersion,
    /// Its trust list was refused.
    #[error("its trust list: {0}")]
    Trust(TrustError),
    /// Its trust list is older than one that was seen.
    #[error("its trust list has number {seq}, and number {known} was seen before")]
    OlderTrust {
        /// The number of the one inside.
        seq: u64,
        /// The number seen before.
        known: u64,
    },
    /// The trust list does not have the key.
    #[error("signed by key {0}, which is not in the trust list")]
    UnknownKey(KeyId),
    /// The key is not for this.
    #[error("signed by key {0}: {1}")]
    NotPermitted(KeyId, NotPermitted),
    /// The signature is wrong.
    #[error("its signature is wrong")]
    BadSignature,
    /// Older than the one held.
    #[error("number {seq} is not newer than number {held}, which is held")]
    Older {
        /// Its number.
        seq: u32,
        /// The number held.
        held: u32,
    },
    /// Past its end.
    #[error("it must not be used any more since {0} (seconds since 1970)")]
    Expired(i64),
    /// The delta starts from another pack.
    #[error("it starts from another pack")]
    WrongBase,
}

impl PackError {
    /// The stable word of `docs/pack-format.md`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Broken(_) => "broken_pack",
            Self::UnsupportedVersion => "unsupported_version",
            Self::Trust(_) => "bad_trust_list",
            Self::OlderTrust { .. } => "older_trust_list",
            Self::UnknownKey(_) | Self::NotPermitted(..) => "unknown_issuer",
            Self::BadSignature => "bad_signature",
            Self::Older { .. } => "older_pack",
            Self::Expired(_) => "pack_expired",
            Self::WrongBase => "wrong_base",
        }
    }
}

impl From<TrustError> for PackError {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::GoesBack { seq, known } => Self::OlderTrust { seq, known },
            other => Self::Trust(other),
        }
    }
}

/// Why a pack, a delta or a shard could not be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BuildError {
    /// What was given is out of its range or out of order.
    #[error("cannot be written: {0}")]
    Given(&'static str),
    /// It would be larger than readers accept.
    #[error("it would be larger than readers accept")]
    TooLarge,
    /// What was made does not open.
    #[error("what was made does not open: {0}")]
    Refused(#[from] PackError),
    /// It could not be signed.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The blocks could not be written.
    #[error("the blocks could not be written: {0}")]
    Write(String),
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}
