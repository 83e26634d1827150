//! Signed status lists, as JWT (`application/statuslist+jwt`) and as CWT (`application/statuslist+cwt`).

use minicbor::{Decoder, Encoder, encode};
use serde::{Deserialize, Serialize};

use super::{EntryBits, MAX_TOKEN, Packed, StatusError, StatusList};
use crate::cbor::{Reader, major, write_bytes, write_head, write_integer};
use crate::jose;
use crate::qr::message::{self, EnvelopeError};
use crate::sign::{Algorithm, KeyId, SIGNATURE_LEN, Signer};
use crate::trust::{KeyUse, TrustList};

/// `typ` in the header of a JWT.
pub const JWT_TYP: &str = "statuslist+jwt";
/// `typ` (header parameter 16, RFC 9596) in the header of a CWT.
pub const CWT_TYP: &str = "application/statuslist+cwt";

const HEADER_ALG: u64 = 1;
const HEADER_KID: u64 = 4;
const HEADER_TYP: u64 = 16;
const CLAIM_SUB: u32 = 2;
const CLAIM_EXP: u32 = 4;
const CLAIM_IAT: u32 = 6;
const CLAIM_STATUS_LIST: u32 = 65_533;
const CLAIM_TTL: u32 = 65_534;

/// What a signed list says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListClaims {
    /// Its number. In the token this is the address, `sub`, made from the trust list's `status_uri`.
    pub list: u32,
    /// As of when, in seconds since 1970.
    pub iat: i64,
    /// From when on it must not be relied on.
    pub exp: i64,
    /// After how many seconds a reader that is on line should fetch it again.
    pub ttl: u32,
}

/// A list whose signature was found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedList {
    /// What it says about itself.
    pub claims: ListClaims,
    /// Its entries.
    pub entries: StatusList,
    /// Who signed it.
    pub kid: KeyId,
}

#[derive(Serialize, Deserialize)]
struct JwtClaims {
    sub: String,
    iat: i64,
    exp: i64,
    ttl: u32,
    status_list: JwtEntries,
}

#[derive(Serialize, Deserialize)]
struct JwtEntries {
    bits: u8,
    lst: String,
}

/// Signs a list as JWT. `address` is its address ([`TrustList::status_address`]).
///
/// # Errors
/// [`StatusError::Sign`] when the key does not sign.
pub fn sign_jwt(
    claims: &ListClaims,
    address: &str,
    entries: &Packed,
    signer: &dyn Signer,
) -> Result<String, StatusError> {
    let body = JwtClaims {
        sub: address.to_owned(),
        iat: claims.iat,
        exp: claims.exp,
        ttl: claims.ttl,
        status_list: JwtEntries { bits: entries.bits.number(), lst: jose::to_base64(&entries.stream) },
    };
    let json = serde_json::to_vec(&body).map_err(|error| StatusError::Shape(error.to_string()))?;
    let header = jose::write_header(signer.algorithm(), signer.kid(), JWT_TYP);
    let mut token = format!("{header}.{}", jose::to_base64(&json));
    let signature = signer.sign(token.as_bytes())?;
    token.push('.');
    token.push_str(&jose::to_base64(&signature));
    Ok(token)
}

/// Opens a list in JWT form: signature by a key of use `status` in the trust list, then its claims.
///
/// # Errors
/// [`StatusError`]. Whether it is past its `exp` is for [`crate::verify`] to say.
pub fn open_jwt(token: &str, trust: &TrustList) -> Result<SignedList, StatusError> {
    if token.len() > MAX_TOKEN {
        return Err(StatusError::TooLarge);
    }
    let token = token.trim_ascii_end();
    let mut parts = token.split('.');
    let (Some(protected), Some(body), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(StatusError::Shape("not three parts".to_owned()));
    };
    let header = jose::read_header(protected)?;
    if header.typ.as_deref() != Some(JWT_TYP) {
        return Err(StatusError::Shape(format!("its type is not {JWT_TYP}")));
    }
    let signature = jose::from_base64(signature, "the signature")?;
    let signature: &[u8; SIGNATURE_LEN] = signature.as_slice().try_into().map_err(|_| StatusError::BadSignature)?;
    let signed = &token[..protected.len() + 1 + body.len()];
    check_signature(trust, header.kid, header.algorithm, signed.as_bytes(), signature)?;
    let json = jose::from_base64(body, "the claims")?;
    let claims: JwtClaims = serde_json::from_slice(&json).map_err(|error| StatusError::Shape(error.to_string()))?;
    let lst = jose::from_base64(&claims.status_list.lst, "lst")?;
    let read = ReadClaims {
        sub: &claims.sub,
        iat: claims.iat,
        exp: claims.exp,
        ttl: claims.ttl,
        bits: u32::from(claims.status_list.bits),
        lst: &lst,
    };
    read.accept(trust, header.kid)
}

/// Signs a list as CWT.
///
/// # Errors
/// [`StatusError::Sign`] when the key does not sign.
pub fn sign_cwt(
    claims: &ListClaims,
    address: &str,
    entries: &Packed,
    signer: &dyn Signer,
) -> Result<Vec<u8>, StatusError> {
    let protected = cwt_header(signer.algorithm(), signer.kid());
    let body = ReadClaims {
        sub: address,
        iat: claims.iat,
        exp: claims.exp,
        ttl: claims.ttl,
        bits: u32::from(entries.bits.number()),
        lst: &entries.stream,
    };
    let payload = body.write();
    let signature = signer.sign(&message::to_be_signed(&protected, &payload))?;
    Ok(message::assemble(&protected, &payload, &signature))
}

/// Opens a list in CWT form, as [`open_jwt`] does.
///
/// # Errors
/// [`StatusError`].
pub fn open_cwt(token: &[u8], trust: &TrustList) -> Result<SignedList, StatusError> {
    if token.len() > MAX_TOKEN {
        return Err(StatusError::TooLarge);
    }
    let parts = message::read_sign1(token, MAX_TOKEN).map_err(EnvelopeError::from)?;
    let (algorithm, kid) = read_cwt_header(parts.protected)?;
    let signature = message::fixed(parts.signature)?;
    let signed = message::to_be_signed(parts.protected, parts.payload);
    check_signature(trust, kid, algorithm, &signed, signature)?;
    let claims = ReadClaims::read(parts.payload)
        .map_err(|_| StatusError::Shape("its claims are not a status list".to_owned()))?;
    if claims.write() != parts.payload {
        return Err(StatusError::Shape("its claims are not in their deterministic encoding".to_owned()));
    }
    claims.accept(trust, kid)
}

fn check_signature(
    trust: &TrustList,
    kid: KeyId,
    algorithm: Algorithm,
    signed: &[u8],
    signature: &[u8; SIGNATURE_LEN],
) -> Result<(), StatusError> {
    let key = trust.find(kid).ok_or(StatusError::UnknownKey(kid))?;
    // The use is checked before the signature so that no other key is ever tried on a list.
    if key.key_use != KeyUse::Status {
        return Err(StatusError::NotPermitted(kid, crate::trust::NotPermitted::Use));
    }
    if key.public_key.algorithm() != algorithm || key.public_key.verify(signed, signature).is_err() {
        return Err(StatusError::BadSignature);
    }
    Ok(())
}

fn cwt_header(algorithm: Algorithm, kid: KeyId) -> Vec<u8> {
    let mut out = Vec::with_capacity(48);
    write_head(&mut out, major::MAP, 3);
    write_head(&mut out, major::UNSIGNED, HEADER_ALG);
    write_integer(&mut out, algorithm.cose_id());
    write_head(&mut out, major::UNSIGNED, HEADER_KID);
    write_bytes(&mut out, kid.as_bytes());
    write_head(&mut out, major::UNSIGNED, HEADER_TYP);
    write_head(&mut out, major::TEXT, CWT_TYP.len() as u64);
    out.extend_from_slice(CWT_TYP.as_bytes());
    out
}

/// Reads the header and accepts it only if it is, byte for byte, the one that [`cwt_header`] writes.
fn read_cwt_header(protected: &[u8]) -> Result<(Algorithm, KeyId), StatusError> {
    let expected = "a header of algorithm, key and type";
    let mut reader = Reader::new(protected);
    let mut read = || {
        reader.exactly(major::MAP, 3, expected)?;
        reader.exactly(major::UNSIGNED, HEADER_ALG, expected)?;
        let id = reader.integer(expected)?;
        reader.exactly(major::UNSIGNED, HEADER_KID, expected)?;
        Ok((id, reader.bytes(KeyId::LEN, expected)?))
    };
    let (id, kid) = read().map_err(|error: crate::cbor::ReadError| EnvelopeError::from(error))?;
    let algorithm = Algorithm::from_cose_id(id).ok_or(EnvelopeError::UnknownAlgorithm(id))?;
    let kid = KeyId::try_from(kid).map_err(|_| EnvelopeError::NotACredential(expected))?;
    if cwt_header(algorithm, kid) == protected {
        Ok((algorithm, kid))
    } else {
        Err(EnvelopeError::NotACredential(expected).into())
    }
}

/// The claims in either form, before they are believed.
#[derive(Default)]
struct ReadClaims<'a> {
    sub: &'a str,
    iat: i64,
    exp: i64,
    ttl: u32,
    bits: u32,
    lst: &'a [u8],
}

impl<'a> ReadClaims<'a> {
    fn read(payload: &'a [u8]) -> Result<Self, minicbor::decode::Error> {
        let mut decoder = Decoder::new(payload);
        let mut claims = Self::default();
        for _ in 0..decoder.map()?.unwrap_or(0) {
            match decoder.u32()? {
                CLAIM_SUB => claims.sub = decoder.str()?,
                CLAIM_EXP => claims.exp = decoder.i64()?,
                CLAIM_IAT => claims.iat = decoder.i64()?,
                CLAIM_TTL => claims.ttl = decoder.u32()?,
                CLAIM_STATUS_LIST => {
                    for _ in 0..decoder.map()?.unwrap_or(0) {
                        match decoder.str()? {
                            "bits" => claims.bits = decoder.u32()?,
                            "lst" => claims.lst = decoder.bytes()?,
                            _ => decoder.skip()?,
                        }
                    }
                }
                _ => decoder.skip()?,
            }
        }
        Ok(claims)
    }

    /// The claims of a CWT in their one encoding; keys ascending as encoded, so `lst` before `bits`.
    fn write(&self) -> Vec<u8> {
        let mut encoder = Encoder::new(Vec::with_capacity(self.lst.len() + self.sub.len() + 64));
        self.write_to(&mut encoder).expect("writing to memory cannot fail");
        encoder.into_writer()
    }

    fn write_to(&self, e: &mut Encoder<Vec<u8>>) -> Result<(), encode::Error<core::convert::Infallible>> {
        e.map(5)?.u32(CLAIM_SUB)?.str(self.sub)?.u32(CLAIM_EXP)?.i64(self.exp)?.u32(CLAIM_IAT)?.i64(self.iat)?;
        e.u32(CLAIM_STATUS_LIST)?.map(2)?.str("lst")?.bytes(self.lst)?.str("bits")?.u32(self.bits)?;
        e.u32(CLAIM_TTL)?.u32(self.ttl)?;
        Ok(())
    }

    /// Believes claims whose signature was found good, if they make sense.
    fn accept(&self, trust: &TrustList, kid: KeyId) -> Result<SignedList, StatusError> {
        if self.exp <= self.iat || self.iat < 0 {
            return Err(StatusError::Shape("it ends before it begins".to_owned()));
        }
        let key = trust.find(kid).ok_or(StatusError::UnknownKey(kid))?;
        key.permits(KeyUse::Status, None, self.iat).map_err(|why| StatusError::NotPermitted(kid, why))?;
        let list = trust.list_at(self.sub).ok_or_else(|| StatusError::Address(self.sub.chars().take(200).collect()))?;
        let bits = EntryBits::from_number(u64::from(self.bits)).ok_or(StatusError::Entries)?;
        let entries = StatusList::decompress(bits, self.lst)?;
        Ok(SignedList { claims: ListClaims { list, iat: self.iat, exp: self.exp, ttl: self.ttl }, entries, kid })
    }
}
