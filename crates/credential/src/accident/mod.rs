//! The accident record: two phones scan each other at the roadside, with no network, and both keep one note that both signed.
//!
//! `docs/accident-record.md` has it byte by byte. In short:
//!
//! * the first party's phone shows an [`Offer`]: the facts, its party, and a key made for this record alone;
//! * the second party's phone answers with its [`Statement`] and an [`Endorsement`] signed by its own such key;
//! * the first party's phone closes with its endorsement.
//!
//! Both endorsements are over the same digest of offer and statement, so neither side can change anything later; each adds what its own
//! phone saw of the other's codes. [`examine()`] tells what a record proves, [`weigh()`] what the credentials in it are worth.
//! The web's `web/verify/src/accident*.ts` does the same on the same vectors (`vectors/accident`).

mod code;
mod endorse;
mod examine;
mod key;
mod read;
mod view;
mod weigh;
mod wire;

#[cfg(test)]
mod tests;

use thiserror::Error;

pub use code::{Code, Record, TEXT_HEAD, code_of_text, code_text, record_of_text, record_text};
pub use endorse::{Endorsement, PlateSeen, Role, SeenCode};
pub use examine::{Contradiction, Examination, Step, StepName, Verdict, examine};
pub use key::{RecordKey, compressed};
pub use view::{PartyView, RecordView, SeenView};
pub use weigh::{CredentialFinding, PartyFinding, Weighed, weigh};
pub use wire::{Offer, Party, Place, Statement};

/// The version of the format that this library writes and reads.
pub const VERSION: u64 = 1;
/// Largest code of the exchange, in bytes: what a symbol of version 25 at level M still holds as digits, after its head.
pub const MAX_CODE: usize = 930;
/// Largest record, in bytes.
pub const MAX_RECORD: usize = 2_400;
/// Largest mark in a record, in bytes of message: one without a sealed part, which is not for keeping (`qr-format.md`).
pub const MAX_MARK: usize = 200;
/// Largest licence in a record, in bytes of message: one that its holder's device signed.
pub const MAX_LICENCE: usize = 320;
/// Longest typed place, in bytes of UTF-8.
pub const MAX_PLACE: usize = 96;
/// Longest name of an insurer, in bytes of UTF-8.
pub const MAX_INSURER: usize = 36;
/// Longest policy number, in bytes.
pub const MAX_POLICY: usize = 26;
/// Longest contact, in bytes.
pub const MAX_CONTACT: usize = 20;
/// Longest plate, in bytes of UTF-8.
pub const MAX_PLATE: usize = 16;
/// How far two phones' clocks may lie apart, in seconds, before it is named a contradiction: an exchange takes minutes.
pub const CLOCKS_APART: u32 = 900;
/// How far a time may lie before another that it should follow, in seconds.
pub const CLOCK_TOLERANCE: u32 = 90;

/// What the digest of a record begins with, so that no other bytes of ours are ever taken for it.
const DIGEST_CONTEXT: &str = "luzheng/accident/v1";

/// Why bytes are no code or record of an accident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AccidentError {
    /// Over [`MAX_CODE`] or [`MAX_RECORD`].
    #[error("too large")]
    TooLarge,
    /// Not written as the format says; says what was expected.
    #[error("malformed: expected {0}")]
    Malformed(&'static str),
    /// Of a version that this library does not know.
    #[error("of version {0}, which this version does not know")]
    Version(u64),
}

/// The digest that both endorsements sign: SHA-256 over `["luzheng/accident/v1", offer, statement]`. The statement is empty when only the first
/// party signs.
pub fn digest(offer: &[u8], statement: &[u8]) -> [u8; 32] {
    let mut out = Vec::with_capacity(offer.len() + statement.len() + 32);
    crate::cbor::write_head(&mut out, crate::cbor::major::ARRAY, 3);
    read::write_text(&mut out, DIGEST_CONTEXT);
    crate::cbor::write_bytes(&mut out, offer);
    crate::cbor::write_bytes(&mut out, statement);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &out);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    bytes
}
