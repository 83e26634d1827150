//! The three codes of the exchange, the record that both keep, and their texts.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::endorse::Signed;
use super::read::malformed;
use super::wire::{Offer, Statement};
use super::{AccidentError, MAX_CODE, MAX_RECORD};
use crate::cbor::{ReadError, Reader, major, write_bytes, write_head};
use crate::qr::text;

/// What a record as text begins with; base64url without padding follows.
pub const TEXT_HEAD: &str = "LZA1:";

/// One code of the exchange. The parts stay bytes: what is signed is what was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Code {
    /// First scan: the offer.
    Offer(Vec<u8>),
    /// Second scan: the statement and the second party's endorsement.
    Answer {
        /// The statement.
        statement: Vec<u8>,
        /// The signed endorsement.
        signed: Vec<u8>,
    },
    /// Third scan: the first party's endorsement.
    Close(Vec<u8>),
}

impl Code {
    /// Reads a code, its parts included.
    ///
    /// # Errors
    /// [`AccidentError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, AccidentError> {
        if bytes.len() > MAX_CODE {
            return Err(AccidentError::TooLarge);
        }
        let code = Self::read(bytes).map_err(malformed)?;
        match &code {
            Self::Offer(offer) => drop(Offer::decode(offer)?),
            Self::Answer { statement, signed } => {
                Statement::decode(statement)?;
                Signed::read(signed)?;
            }
            Self::Close(signed) => drop(Signed::read(signed)?),
        }
        Ok(code)
    }

    fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut reader = Reader::new(bytes);
        let parts = reader.expect(major::ARRAY, "an array")?;
        let kind = reader.expect(major::UNSIGNED, "a kind of code")?;
        let mut part = || reader.bytes(MAX_CODE, "a part").map(<[u8]>::to_vec);
        let code = match (kind, parts) {
            (1, 2) => Self::Offer(part()?),
            (2, 3) => Self::Answer { statement: part()?, signed: part()? },
            (3, 2) => Self::Close(part()?),
            _ => return Err(ReadError::Shape("a kind of code that is known")),
        };
        reader.end()?;
        Ok(code)
    }

    /// Writes the code.
    ///
    /// # Errors
    /// [`AccidentError::TooLarge`] over [`MAX_CODE`].
    pub fn encode(&self) -> Result<Vec<u8>, AccidentError> {
        let (kind, parts): (u64, Vec<&[u8]>) = match self {
            Self::Offer(offer) => (1, vec![offer]),
            Self::Answer { statement, signed } => (2, vec![statement, signed]),
            Self::Close(signed) => (3, vec![signed]),
        };
        let out = write_parts(kind, &parts);
        if out.len() > MAX_CODE { Err(AccidentError::TooLarge) } else { Ok(out) }
    }
}

fn write_parts(kind: u64, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    write_head(&mut out, major::ARRAY, 1 + parts.len() as u64);
    write_head(&mut out, major::UNSIGNED, kind);
    for part in parts {
        write_bytes(&mut out, part);
    }
    out
}

/// A record as both parties keep it: what was said, and who signed it. At least one did; without the second party's statement only the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The offer's bytes.
    pub offer: Vec<u8>,
    /// The statement's bytes; empty when only the first party signed.
    pub statement: Vec<u8>,
    /// The first party's signed endorsement; empty when it is missing.
    pub first: Vec<u8>,
    /// The second party's signed endorsement; empty when it is missing.
    pub second: Vec<u8>,
}

impl Record {
    /// Reads a record, its parts included. It says nothing about signatures: [`super::examine()`] does.
    ///
    /// # Errors
    /// [`AccidentError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, AccidentError> {
        if bytes.len() > MAX_RECORD {
            return Err(AccidentError::TooLarge);
        }
        let record = Self::read(bytes).map_err(malformed)?;
        Offer::decode(&record.offer)?;
        if record.statement.is_empty() == record.second.is_empty() {
            if !record.statement.is_empty() {
                Statement::decode(&record.statement)?;
                Signed::read(&record.second)?;
            }
        } else {
            return Err(AccidentError::Malformed("a statement and its signature, or neither"));
        }
        if !record.first.is_empty() {
            Signed::read(&record.first)?;
        } else if record.second.is_empty() {
            return Err(AccidentError::Malformed("a signature"));
        }
        Ok(record)
    }

    fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut reader = Reader::new(bytes);
        reader.exactly(major::ARRAY, 5, "an array of five")?;
        reader.exactly(major::UNSIGNED, 4, "a record")?;
        let mut part = || reader.bytes(MAX_CODE, "a part").map(<[u8]>::to_vec);
        let record = Self { offer: part()?, statement: part()?, first: part()?, second: part()? };
        reader.end()?;
        Ok(record)
    }

    /// Writes the record.
    pub fn encode(&self) -> Vec<u8> {
        write_parts(4, &[&self.offer, &self.statement, &self.first, &self.second])
    }
}

/// The text of a code: an address of the page at `/A` on `host`, the digits as in `qr-format.md`.
pub fn code_text(host: &str, code: &[u8]) -> String {
    text::primary(host, code).replacen("/V#", "/A#", 1)
}

/// The bytes of a code's text, whatever host it names; `None` when it is none of ours.
pub fn code_of_text(code: &str) -> Option<Vec<u8>> {
    let (head, digits) = code.trim().split_once('#')?;
    let head = head.strip_suffix(['A', 'a'])?.strip_suffix('/')?;
    text::decode(&format!("{head}/V#{digits}"), &[]).ok().map(|decoded| decoded.message)
}

/// A record as text, for pasting and for files.
pub fn record_text(record: &[u8]) -> String {
    format!("{TEXT_HEAD}{}", URL_SAFE_NO_PAD.encode(record))
}

/// The bytes of a record's text; white space anywhere in it is ignored, as mail programs break lines.
///
/// # Errors
/// [`AccidentError`].
pub fn record_of_text(text: &str) -> Result<Vec<u8>, AccidentError> {
    // Three bytes are four characters; twice that leaves room for line breaks.
    if text.len() > MAX_RECORD * 3 {
        return Err(AccidentError::TooLarge);
    }
    let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let body = text.strip_prefix(TEXT_HEAD).ok_or(AccidentError::Malformed("LZA1:"))?;
    URL_SAFE_NO_PAD.decode(body).map_err(|_| AccidentError::Malformed("base64url"))
}
