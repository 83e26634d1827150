//! The signed message inside a code: a tagged COSE_Sign1 (RFC 9052) of one exact shape.
//!
//! `18([ <<{1: alg, 4: kid}>>, {}, <<claims>>, signature ])`, or, for a licence shown from the holder's device, that whole
//! message wrapped and signed once more by the device's key: `18([ <<{1: -7}>>, {}, <<{6: iat, -70001: inner}>>, signature ])`.
//!
//! This module reads envelopes and headers only. Claims stay bytes until a signature over them was found good.

use thiserror::Error;

use crate::cbor::{ReadError, Reader, major, write_bytes, write_head, write_integer};
use crate::sign::{Algorithm, KeyId, SIGNATURE_LEN};

pub use super::text::MAX_MESSAGE;

/// The CBOR tag of a COSE_Sign1.
const TAG_SIGN1: u64 = 18;
/// The claim that holds the body of a credential (private range), and the inner message of a wrapper.
pub const CLAIM_BODY: i64 = -70_001;
/// `iat`, RFC 8392.
pub const CLAIM_IAT: i64 = 6;
/// `exp`, RFC 8392.
pub const CLAIM_EXP: i64 = 4;
const HEADER_ALG: u64 = 1;
const HEADER_KID: u64 = 4;
/// The protected header of every wrapper: `{1: -7}`.
const WRAPPER_HEADER: [u8; 3] = [0xa1, 0x01, 0x26];

/// Why bytes are not a message. None of these looks at claims or signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EnvelopeError {
    /// The beginning of a message whose rest is missing.
    #[error("the message stops in the middle")]
    Truncated,
    /// Not a message of ours.
    #[error("not a message of ours: expected {0}")]
    NotACredential(&'static str),
    /// A message of ours, signed in a way that this version does not know. Holds the `alg`.
    #[error("signed with algorithm {0}, which this version does not know")]
    UnknownAlgorithm(i64),
    /// More than [`MAX_MESSAGE`] bytes.
    #[error("more than {MAX_MESSAGE} bytes")]
    TooLarge,
}

impl From<ReadError> for EnvelopeError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::End => Self::Truncated,
            ReadError::Shape(expected) => Self::NotACredential(expected),
        }
    }
}

/// One COSE_Sign1 whose key is known by its identifier. Borrowed from the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// What the header says the signature is.
    pub algorithm: Algorithm,
    /// Which key signed.
    pub kid: KeyId,
    /// The claims, unread.
    pub claims: &'a [u8],
    /// The signature.
    pub signature: &'a [u8; SIGNATURE_LEN],
    /// The protected header as received, without the head of its byte string.
    protected: &'a [u8],
}

impl Envelope<'_> {
    /// The bytes that the issuer signed.
    pub fn to_be_signed(&self) -> Vec<u8> {
        to_be_signed(self.protected, self.claims)
    }
}

/// The outer layer that a holder's device puts around a licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrapper<'a> {
    /// When the device signed, in seconds since 1970.
    pub iat: i64,
    /// The device's ES256 signature.
    pub signature: &'a [u8; SIGNATURE_LEN],
    payload: &'a [u8],
}

impl Wrapper<'_> {
    /// The bytes that the device signed.
    pub fn to_be_signed(&self) -> Vec<u8> {
        to_be_signed(&WRAPPER_HEADER, self.payload)
    }
}

/// A message taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// The outer layer, when a device signed.
    pub wrapper: Option<Wrapper<'a>>,
    /// What the issuer signed.
    pub issued: Envelope<'a>,
}

/// The parts of a COSE_Sign1 before its header is read.
pub(crate) struct Sign1<'a> {
    pub(crate) protected: &'a [u8],
    pub(crate) payload: &'a [u8],
    pub(crate) signature: &'a [u8],
}

/// Reads a tagged COSE_Sign1 with an empty unprotected header and nothing after it, no part longer than `ceiling`.
pub(crate) fn read_sign1(bytes: &[u8], ceiling: usize) -> Result<Sign1<'_>, ReadError> {
    let mut reader = Reader::new(bytes);
    reader.exactly(major::TAG, TAG_SIGN1, "tag 18")?;
    reader.exactly(major::ARRAY, 4, "an array of four")?;
    let protected = reader.bytes(ceiling, "a protected header")?;
    reader.exactly(major::MAP, 0, "an empty unprotected header")?;
    let payload = reader.bytes(ceiling, "claims in a byte string")?;
    let signature = reader.bytes(ceiling, "a signature")?;
    reader.end()?;
    Ok(Sign1 { protected, payload, signature })
}

/// Takes a message apart, without looking into the claims of the issuer.
///
/// # Errors
/// [`EnvelopeError`]; an algorithm that is not known is named as such even when the rest of the header has another shape, so
/// that an old reader says "newer than I am" and not "damaged".
pub fn split(message: &[u8]) -> Result<Message<'_>, EnvelopeError> {
    if message.len() > MAX_MESSAGE {
        return Err(EnvelopeError::TooLarge);
    }
    let outer = read_sign1(message, MAX_MESSAGE)?;
    if outer.protected != WRAPPER_HEADER {
        return Ok(Message { wrapper: None, issued: read_issued(&outer)? });
    }
    let (iat, inner) = read_wrapper_payload(outer.payload)?;
    let wrapper = Wrapper { iat, signature: fixed(outer.signature)?, payload: outer.payload };
    let inner = read_sign1(inner, MAX_MESSAGE).map_err(whole)?;
    Ok(Message { wrapper: Some(wrapper), issued: read_issued(&inner)? })
}

/// Inside a byte string whose length was right, an early end is a wrong shape: nothing is missing from the message.
fn whole(error: ReadError) -> EnvelopeError {
    match error {
        ReadError::End => EnvelopeError::NotACredential("lengths that agree"),
        ReadError::Shape(expected) => EnvelopeError::NotACredential(expected),
    }
}

pub(crate) fn fixed(signature: &[u8]) -> Result<&[u8; SIGNATURE_LEN], EnvelopeError> {
    signature.try_into().map_err(|_| EnvelopeError::NotACredential("a signature of 64 bytes"))
}

fn read_issued<'a>(parts: &Sign1<'a>) -> Result<Envelope<'a>, EnvelopeError> {
    let (algorithm, kid) = read_header(parts.protected)?;
    Ok(Envelope {
        algorithm,
        kid,
        claims: parts.payload,
        signature: fixed(parts.signature)?,
        protected: parts.protected,
    })
}

fn read_header(protected: &[u8]) -> Result<(Algorithm, KeyId), EnvelopeError> {
    let expected = "a header of algorithm and key";
    let mut reader = Reader::new(protected);
    let entries = reader.expect(major::MAP, expected).map_err(whole)?;
    reader.exactly(major::UNSIGNED, HEADER_ALG, expected).map_err(whole)?;
    let id = reader.integer(expected).map_err(whole)?;
    let algorithm = Algorithm::from_cose_id(id).ok_or(EnvelopeError::UnknownAlgorithm(id))?;
    reader.exactly(major::UNSIGNED, HEADER_KID, expected).map_err(whole)?;
    let kid = reader.bytes(KeyId::LEN, expected).map_err(whole)?;
    reader.end().map_err(whole)?;
    match KeyId::try_from(kid) {
        Ok(kid) if entries == 2 => Ok((algorithm, kid)),
        _ => Err(EnvelopeError::NotACredential(expected)),
    }
}

fn read_wrapper_payload(payload: &[u8]) -> Result<(i64, &[u8]), EnvelopeError> {
    let expected = "a time and an inner message";
    let mut reader = Reader::new(payload);
    let mut read = || -> Result<(i64, &[u8]), ReadError> {
        reader.exactly(major::MAP, 2, expected)?;
        reader.exactly(major::UNSIGNED, CLAIM_IAT.unsigned_abs(), expected)?;
        let iat = reader.expect(major::UNSIGNED, expected)?;
        if reader.integer(expected)? != CLAIM_BODY {
            return Err(ReadError::Shape(expected));
        }
        let inner = reader.bytes(MAX_MESSAGE, expected)?;
        reader.end()?;
        Ok((i64::try_from(iat).map_err(|_| ReadError::Shape(expected))?, inner))
    };
    read().map_err(whole)
}

/// The protected header of an issuer: `{1: alg, 4: kid}`.
pub fn protected_header(algorithm: Algorithm, kid: KeyId) -> Vec<u8> {
    let mut out = Vec::with_capacity(17);
    write_head(&mut out, major::MAP, 2);
    write_head(&mut out, major::UNSIGNED, HEADER_ALG);
    write_integer(&mut out, algorithm.cose_id());
    write_head(&mut out, major::UNSIGNED, HEADER_KID);
    write_bytes(&mut out, kid.as_bytes());
    out
}

/// The Sig_structure of RFC 9052 section 4.4: what a signer signs.
pub fn to_be_signed(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(protected.len() + payload.len() + 20);
    write_head(&mut out, major::ARRAY, 4);
    out.extend_from_slice(b"\x6aSignature1");
    write_bytes(&mut out, protected);
    write_bytes(&mut out, &[]);
    write_bytes(&mut out, payload);
    out
}

/// Puts a COSE_Sign1 together.
pub fn assemble(protected: &[u8], payload: &[u8], signature: &[u8; SIGNATURE_LEN]) -> Vec<u8> {
    let mut out = Vec::with_capacity(protected.len() + payload.len() + SIGNATURE_LEN + 12);
    write_head(&mut out, major::TAG, TAG_SIGN1);
    write_head(&mut out, major::ARRAY, 4);
    write_bytes(&mut out, protected);
    write_head(&mut out, major::MAP, 0);
    write_bytes(&mut out, payload);
    write_bytes(&mut out, signature);
    out
}

/// What a device has to sign to show a held licence: the payload `{6: iat, -70001: inner}`. The header is [`wrapper_header`].
pub fn wrapper_payload(iat: i64, inner: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(inner.len() + 16);
    write_head(&mut out, major::MAP, 2);
    write_integer(&mut out, CLAIM_IAT);
    write_integer(&mut out, iat);
    write_integer(&mut out, CLAIM_BODY);
    write_bytes(&mut out, inner);
    out
}

/// Wraps a held licence as its holder's device does: `sign` is the device's ES256 signature (r‖s) over the bytes it is given.
///
/// # Errors
/// Those of `sign`.
pub fn wrap<E>(
    iat: i64,
    inner: &[u8],
    sign: impl FnOnce(&[u8]) -> Result<[u8; SIGNATURE_LEN], E>,
) -> Result<Vec<u8>, E> {
    let payload = wrapper_payload(iat, inner);
    let signature = sign(&to_be_signed(&WRAPPER_HEADER, &payload))?;
    Ok(assemble(&WRAPPER_HEADER, &payload, &signature))
}

/// The protected header of a wrapper: ES256 and no key identifier, since the key is inside what it wraps.
pub const fn wrapper_header() -> &'static [u8] {
    &WRAPPER_HEADER
}
