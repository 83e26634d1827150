//! The signed head of a pack or a shard: a COSE_Sign1 of one exact shape by a key of use `status`.

use minicbor::{Decoder, Encoder, encode};

use super::{PACK_SECONDS, PackError};
use crate::cbor::{Reader, major, write_bytes, write_head, write_integer};
use crate::qr::message::{self, CLAIM_BODY};
use crate::sign::{Algorithm, KeyId, SIGNATURE_LEN, SignError, Signer};
use crate::trust::{KeyUse, NotPermitted, TrustList};

/// Largest head, in bytes.
pub const MAX_HEAD: usize = 512;
/// 2^53: times and numbers that every reader can hold exactly lie below it.
const EXACT: u64 = 1 << 53;
const SHAPE: PackError = PackError::Broken("the head is not as the format says");

const HEADER_ALG: u64 = 1;
const HEADER_KID: u64 = 4;
const HEADER_TYP: u64 = 16;
const CLAIM_EXP: i64 = 4;
const CLAIM_IAT: i64 = 6;

/// What a head is for; its type in the protected header says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeadKind {
    /// Of a pack.
    Pack,
    /// Of a shard.
    Shard,
}

impl HeadKind {
    const fn typ(self) -> &'static str {
        match self {
            Self::Pack => "application/luzheng-pack+cose",
            Self::Shard => "application/luzheng-shard+cose",
        }
    }

    const fn takes(self, scope: u32) -> bool {
        match self {
            Self::Pack => scope == 0,
            Self::Shard => scope >= 11 && scope <= 99,
        }
    }
}

/// What a head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its number, from 1; counts up.
    pub seq: u32,
    /// 0 for a pack; of a shard the first two digits of its province's division code.
    pub scope: u32,
    /// How many lists, or plates.
    pub count: u32,
    /// Digest of the table, or of the index.
    pub digest: [u8; 32],
    /// Number of the trust list.
    pub trust_seq: u64,
    /// Digest of the trust list's bytes; zeros in a shard.
    pub trust_digest: [u8; 32],
    /// As of when, in seconds since 1970.
    pub iat: i64,
    /// From when on it must not be relied on.
    pub exp: i64,
}

impl Head {
    /// When a head that was made at `iat` ends.
    pub const fn end_of(iat: i64) -> i64 {
        iat.saturating_add(PACK_SECONDS)
    }

    /// Signs it.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(&self, kind: HeadKind, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        let protected = protected(kind, signer.algorithm(), signer.kid());
        let payload = self.payload();
        let signature = signer.sign(&message::to_be_signed(&protected, &payload))?;
        Ok(message::assemble(&protected, &payload, &signature))
    }

    /// Opens a signed head: shape, key, signature, content, dates of the key; in this order.
    ///
    /// # Errors
    /// `broken_pack`, `unknown_issuer`, `bad_signature`. Its age is for the caller to judge.
    pub fn open(bytes: &[u8], kind: HeadKind, trust: &TrustList) -> Result<Self, PackError> {
        if bytes.len() > MAX_HEAD {
            return Err(SHAPE);
        }
        let parts = message::read_sign1(bytes, MAX_HEAD).map_err(|_| SHAPE)?;
        let (algorithm, kid) = read_protected(parts.protected, kind).ok_or(SHAPE)?;
        let signature: &[u8; SIGNATURE_LEN] = parts.signature.try_into().map_err(|_| SHAPE)?;
        let key = trust.find(kid).ok_or(PackError::UnknownKey(kid))?;
        // The use comes before the signature, so that no other key is ever tried on a head.
        if key.key_use != KeyUse::Status {
            return Err(PackError::NotPermitted(kid, NotPermitted::Use));
        }
        let signed = message::to_be_signed(parts.protected, parts.payload);
        if key.public_key.algorithm() != algorithm || key.public_key.verify(&signed, signature).is_err() {
            return Err(PackError::BadSignature);
        }
        let head = Self::read(parts.payload).ok_or(SHAPE)?;
        if !kind.takes(head.scope) || head.payload() != parts.payload {
            return Err(SHAPE);
        }
        key.permits(KeyUse::Status, None, head.iat).map_err(|why| PackError::NotPermitted(kid, why))?;
        Ok(head)
    }

    /// Refuses one that is older than what is held, and then one that is past its end.
    pub(crate) fn in_time(&self, held: u32, now: i64) -> Result<(), PackError> {
        if self.seq < held {
            return Err(PackError::Older { seq: self.seq, held });
        }
        if now >= self.exp { Err(PackError::Expired(self.exp)) } else { Ok(()) }
    }

    fn payload(&self) -> Vec<u8> {
        let mut encoder = Encoder::new(Vec::with_capacity(128));
        self.write_to(&mut encoder).expect("writing to memory cannot fail");
        encoder.into_writer()
    }

    fn write_to(&self, e: &mut Encoder<Vec<u8>>) -> Result<(), encode::Error<core::convert::Infallible>> {
        e.map(3)?.i64(CLAIM_EXP)?.i64(self.exp)?.i64(CLAIM_IAT)?.i64(self.iat)?.i64(CLAIM_BODY)?.map(6)?;
        e.u32(1)?.u32(self.seq)?.u32(2)?.u32(self.scope)?.u32(3)?.u32(self.count)?.u32(4)?.bytes(&self.digest)?;
        e.u32(5)?.u64(self.trust_seq)?.u32(6)?.bytes(&self.trust_digest)?;
        Ok(())
    }

    /// Reads a payload; whether it is in its one encoding is seen by writing it again.
    fn read(payload: &[u8]) -> Option<Self> {
        let mut d = Decoder::new(payload);
        let key = |d: &mut Decoder<'_>, expected: i64| d.i64().ok().filter(|key| *key == expected).map(drop);
        let map = |d: &mut Decoder<'_>, size: u64| d.map().ok().flatten().filter(|len| *len == size).map(drop);
        let digest = |d: &mut Decoder<'_>| -> Option<[u8; 32]> { d.bytes().ok()?.try_into().ok() };
        map(&mut d, 3)?;
        key(&mut d, CLAIM_EXP)?;
        let exp = d.u64().ok()?;
        key(&mut d, CLAIM_IAT)?;
        let iat = d.u64().ok()?;
        key(&mut d, CLAIM_BODY)?;
        map(&mut d, 6)?;
        key(&mut d, 1)?;
        let seq = d.u32().ok()?;
        key(&mut d, 2)?;
        let scope = d.u32().ok()?;
        key(&mut d, 3)?;
        let count = d.u32().ok()?;
        key(&mut d, 4)?;
        let table = digest(&mut d)?;
        key(&mut d, 5)?;
        let trust_seq = d.u64().ok()?;
        key(&mut d, 6)?;
        let trust_digest = digest(&mut d)?;
        if seq == 0 || iat >= exp || exp >= EXACT || trust_seq >= EXACT {
            return None;
        }
        let (iat, exp) = (i64::try_from(iat).ok()?, i64::try_from(exp).ok()?);
        Some(Self { seq, scope, count, digest: table, trust_seq, trust_digest, iat, exp })
    }
}

fn protected(kind: HeadKind, algorithm: Algorithm, kid: KeyId) -> Vec<u8> {
    let mut out = Vec::with_capacity(56);
    write_head(&mut out, major::MAP, 3);
    write_head(&mut out, major::UNSIGNED, HEADER_ALG);
    write_integer(&mut out, algorithm.cose_id());
    write_head(&mut out, major::UNSIGNED, HEADER_KID);
    write_bytes(&mut out, kid.as_bytes());
    write_head(&mut out, major::UNSIGNED, HEADER_TYP);
    write_head(&mut out, major::TEXT, kind.typ().len() as u64);
    out.extend_from_slice(kind.typ().as_bytes());
    out
}

/// Reads a protected header and accepts it only if it is, byte for byte, the one that [`protected`] writes.
fn read_protected(bytes: &[u8], kind: HeadKind) -> Option<(Algorithm, KeyId)> {
    let expected = "a header of algorithm, key and type";
    let mut reader = Reader::new(bytes);
    reader.exactly(major::MAP, 3, expected).ok()?;
    reader.exactly(major::UNSIGNED, HEADER_ALG, expected).ok()?;
    let algorithm = Algorithm::from_cose_id(reader.integer(expected).ok()?)?;
    reader.exactly(major::UNSIGNED, HEADER_KID, expected).ok()?;
    let kid = KeyId::try_from(reader.bytes(KeyId::LEN, expected).ok()?).ok()?;
    (protected(kind, algorithm, kid) == bytes).then_some((algorithm, kid))
}

/// Looks at the first eight bytes.
pub(crate) fn magic(bytes: &[u8], ours: &[u8; 8]) -> Result<(), PackError> {
    let found = bytes.first_chunk::<8>().ok_or(PackError::Broken("its beginning is missing"))?;
    if found == ours {
        return Ok(());
    }
    let newer = found[..6] == ours[..6] && found[6].is_ascii_digit() && found[7] == ours[7];
    Err(if newer { PackError::UnsupportedVersion } else { PackError::Broken("it begins with something else") })
}

/// Reads a length that stands in a frame and may be up to `ceiling`.
pub(crate) fn frame_length(bytes: &[u8], at: usize, ceiling: usize) -> Result<usize, PackError> {
    let field = bytes.get(at..at + 4).and_then(|field| field.first_chunk::<4>());
    let length = field.map(|field| u32::from_be_bytes(*field) as usize);
    length.filter(|length| *length <= ceiling).ok_or(PackError::Broken("a length in its frame is wrong"))
}
