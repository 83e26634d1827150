//! The table of keys that both kinds share, read from and written to CBOR.

use minicbor::{Decoder, Encoder, data::Int, decode, encode};

use super::ClaimsError;
use crate::qr::message::{CLAIM_BODY, CLAIM_EXP, CLAIM_IAT};

/// The claims as they stand in the bytes. `None` is an absent key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Wire<'a> {
    pub(super) exp: i64,
    pub(super) iat: i64,
    /// Key 1.
    pub(super) kind: u64,
    /// Key 2.
    pub(super) mode: u64,
    /// Key 3.
    pub(super) subject: &'a str,
    /// Key 4.
    pub(super) class: &'a str,
    /// Key 5.
    pub(super) valid_until: u32,
    /// Key 6: list and index.
    pub(super) status: (u32, u32),
    /// Key 7.
    pub(super) authority: u32,
    /// Key 8.
    pub(super) nonce: Option<&'a [u8]>,
    /// Key 9.
    pub(super) digest: [u8; 8],
    /// Key 10.
    pub(super) red: Option<bool>,
    /// Key 11.
    pub(super) device_key: Option<&'a [u8]>,
    /// Key 12: reader key and bytes.
    pub(super) sealed: Option<(u32, &'a [u8])>,
}

impl From<decode::Error> for ClaimsError {
    fn from(error: decode::Error) -> Self {
        Self::Shape(if error.is_end_of_input() { "it stops in the middle" } else { "an item of another type" })
    }
}

impl<'a> Wire<'a> {
    /// Reads claims. Whatever the decoder is generous about (order, repeated keys, long forms, indefinite lengths, trailing
    /// bytes) is caught by writing them again and comparing.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, ClaimsError> {
        let mut wire = Self::default();
        let mut decoder = Decoder::new(bytes);
        let mut seen = 0;
        for _ in 0..entries(&mut decoder)? {
            match i64::try_from(decoder.int()?).unwrap_or(0) {
                CLAIM_EXP => wire.exp = decoder.i64()?,
                CLAIM_IAT => wire.iat = decoder.i64()?,
                CLAIM_BODY => seen = wire.read_body(&mut decoder)?,
                _ => return Err(ClaimsError::Shape("a claim that does not belong here")),
            }
        }
        if seen & Self::REQUIRED != Self::REQUIRED {
            return Err(ClaimsError::Shape("a key is missing"));
        }
        if wire.write() == bytes { Ok(wire) } else { Err(ClaimsError::NotDeterministic) }
    }

    /// The keys that every credential has, as bits.
    const REQUIRED: u16 = 0b10_1111_1110;

    /// Reads the body and returns the keys seen, as bits.
    fn read_body(&mut self, decoder: &mut Decoder<'a>) -> Result<u16, ClaimsError> {
        let mut seen = 0u16;
        for _ in 0..entries(decoder)? {
            let key = decoder.u8()?;
            match key {
                1 => self.kind = decoder.u64()?,
                2 => self.mode = decoder.u64()?,
                3 => self.subject = decoder.str()?,
                4 => self.class = decoder.str()?,
                5 => self.valid_until = decoder.u32()?,
                6 => self.status = (pair(decoder)?, decoder.u32()?),
                7 => self.authority = decoder.u32()?,
                8 => self.nonce = Some(decoder.bytes()?),
                9 => self.digest = decoder.bytes()?.try_into().map_err(|_| ClaimsError::Value("the subject digest"))?,
                10 => self.red = Some(decoder.bool()?),
                11 => self.device_key = Some(decoder.bytes()?),
                12 => self.sealed = Some((pair(decoder)?, decoder.bytes()?)),
                _ => return Err(ClaimsError::Shape("a key that does not belong here")),
            }
            seen |= 1 << key;
        }
        Ok(seen)
    }

    /// Writes the claims in their one encoding.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut encoder = Encoder::new(Vec::with_capacity(128));
        self.write_to(&mut encoder).expect("writing to memory cannot fail");
        encoder.into_writer()
    }

    fn write_to(&self, e: &mut Encoder<Vec<u8>>) -> Result<(), encode::Error<core::convert::Infallible>> {
        let optional = [self.nonce.is_some(), self.red.is_some(), self.device_key.is_some(), self.sealed.is_some()];
        let entries = 8 + optional.into_iter().filter(|present| *present).count() as u64;
        // Ascending by encoded key: 4, 6, -70001; in the body by number.
        e.map(3)?.i64(CLAIM_EXP)?.i64(self.exp)?.i64(CLAIM_IAT)?.i64(self.iat)?.i64(CLAIM_BODY)?;
        e.map(entries)?.u8(1)?.u64(self.kind)?.u8(2)?.u64(self.mode)?;
        e.u8(3)?.str(self.subject)?.u8(4)?.str(self.class)?.u8(5)?.u32(self.valid_until)?;
        e.u8(6)?.array(2)?.u32(self.status.0)?.u32(self.status.1)?.u8(7)?.u32(self.authority)?;
        if let Some(nonce) = self.nonce {
            e.u8(8)?.bytes(nonce)?;
        }
        e.u8(9)?.bytes(&self.digest)?;
        if let Some(red) = self.red {
            e.u8(10)?.bool(red)?;
        }
        if let Some(key) = self.device_key {
            e.u8(11)?.bytes(key)?;
        }
        if let Some((reader_key, bytes)) = self.sealed {
            e.u8(12)?.array(2)?.u32(reader_key)?.bytes(bytes)?;
        }
        Ok(())
    }
}

/// The number of entries of a map of definite length.
fn entries(decoder: &mut Decoder<'_>) -> Result<u64, ClaimsError> {
    decoder.map()?.ok_or(ClaimsError::Shape("a map of indefinite length"))
}

/// The head and the first item of an array of two.
fn pair(decoder: &mut Decoder<'_>) -> Result<u32, ClaimsError> {
    match decoder.array()? {
        Some(2) => Ok(decoder.u32()?),
        _ => Err(ClaimsError::Shape("an array of another length")),
    }
}

/// What can be made out of claims that were refused: whether a newer version wrote them, and whether the key may sign them. Only
/// ever used to choose the reason of a refusal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Glimpse {
    pub(crate) kind: Option<u64>,
    pub(crate) mode: Option<u64>,
    pub(crate) authority: Option<u64>,
    pub(crate) iat: Option<i64>,
}

/// Looks through claims for the four values, passing over everything else; stops at the first thing that is not CBOR.
pub(crate) fn glimpse(bytes: &[u8]) -> Glimpse {
    let mut found = Glimpse::default();
    let _ = look(&mut Decoder::new(bytes), &mut found);
    found
}

fn look(decoder: &mut Decoder<'_>, found: &mut Glimpse) -> Result<(), decode::Error> {
    for _ in 0..decoder.map()?.unwrap_or(0) {
        match integer(decoder)? {
            Some(CLAIM_IAT) => found.iat = integer(decoder)?.filter(|iat| *iat >= 0),
            Some(CLAIM_BODY) => {
                for _ in 0..decoder.map()?.unwrap_or(0) {
                    let value =
                        |decoder: &mut Decoder<'_>| integer(decoder).map(|v| v.and_then(|v| u64::try_from(v).ok()));
                    match integer(decoder)? {
                        Some(1) => found.kind = value(decoder)?,
                        Some(2) => found.mode = value(decoder)?,
                        Some(7) => found.authority = value(decoder)?,
                        _ => decoder.skip()?,
                    }
                }
            }
            _ => decoder.skip()?,
        }
    }
    Ok(())
}

/// The next item as a whole number; any other item is passed over.
fn integer(decoder: &mut Decoder<'_>) -> Result<Option<i64>, decode::Error> {
    let at = decoder.position();
    match decoder.int() {
        Ok(value) => Ok(i64::try_from(value as Int).ok()),
        Err(_) => {
            decoder.set_position(at);
            decoder.skip()?;
            Ok(None)
        }
    }
}
