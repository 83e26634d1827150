//! What one party signs: the digest of everything that was said, and what its own phone saw.

use super::AccidentError;
use super::key::sign1;
use super::read::{Keys, array, malformed, number};
use crate::cbor::{ReadError, Reader, major, write_bytes, write_head};
use crate::qr::message::{fixed, read_sign1, to_be_signed, wrapper_header};
use crate::sign::{SIGNATURE_LEN, SignError, Signer};
use crate::verify::Reason;

/// Which party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The one who filled the facts in and showed the first code.
    First,
    /// The one who answered.
    Second,
}

/// Whether somebody looked at the plate on the other vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlateSeen {
    /// Not compared.
    NotCompared,
    /// It is the plate in the record.
    Same,
    /// It is another one.
    Differs,
}

/// What a phone saw of a code of the other party: the reason of the verdict (`None` when valid), and how old the status behind it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenCode {
    /// Why the verdict was not valid.
    pub reason: Option<Reason>,
    /// Age of the status list in seconds; `None` when there was none.
    pub age_s: Option<u32>,
}

/// What one party signs: the digest of everything said, and what its own phone saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endorsement {
    /// Who signs.
    pub role: Role,
    /// [`super::digest`] of offer and statement.
    pub digest: [u8; 32],
    /// The phone's time of signing, in seconds since 1970.
    pub signed_at: u32,
    /// Whether the other vehicle's plate was looked at.
    pub plate: PlateSeen,
    /// The other party's mark, as this phone judged it.
    pub mark: Option<SeenCode>,
    /// The other party's licence, as this phone judged it.
    pub licence: Option<SeenCode>,
}

/// A signed endorsement, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) endorsement: Endorsement,
    payload: Vec<u8>,
    pub(super) signature: [u8; SIGNATURE_LEN],
}

impl Signed {
    /// The bytes that were signed.
    pub(super) fn to_be_signed(&self) -> Vec<u8> {
        to_be_signed(wrapper_header(), &self.payload)
    }

    /// Reads a signed endorsement.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, AccidentError> {
        let parts = read_sign1(bytes, MAX_PAYLOAD).map_err(malformed)?;
        if parts.protected != wrapper_header() {
            return Err(AccidentError::Malformed("the header {1: -7}"));
        }
        let signature = *fixed(parts.signature).map_err(|_| AccidentError::Malformed("a signature of 64 bytes"))?;
        Ok(Self { endorsement: Endorsement::decode(parts.payload)?, payload: parts.payload.to_vec(), signature })
    }
}

/// Largest payload of an endorsement, in bytes.
const MAX_PAYLOAD: usize = 96;

impl SeenCode {
    fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {
        let parts = reader.expect(major::ARRAY, "what was seen")?;
        let reason = match number(reader)? {
            0 => None,
            n => Some(Reason::ALL.get(n as usize - 1).copied().ok_or(ReadError::Shape("a reason that is known"))?),
        };
        let age_s = match parts {
            1 => None,
            2 => Some(number(reader)?),
            _ => return Err(ReadError::Shape("what was seen")),
        };
        Ok(Self { reason, age_s })
    }

    fn write(self, out: &mut Vec<u8>) {
        write_head(out, major::ARRAY, if self.age_s.is_some() { 2 } else { 1 });
        let reason = self.reason.and_then(|reason| Reason::ALL.iter().position(|known| *known == reason));
        write_head(out, major::UNSIGNED, reason.map_or(0, |place| place as u64 + 1));
        if let Some(age) = self.age_s {
            write_head(out, major::UNSIGNED, age.into());
        }
    }
}

impl Endorsement {
    /// Reads what was signed, strictly.
    ///
    /// # Errors
    /// [`AccidentError`].
    pub fn decode(payload: &[u8]) -> Result<Self, AccidentError> {
        if payload.len() > MAX_PAYLOAD {
            return Err(AccidentError::TooLarge);
        }
        Self::read(payload).map_err(malformed)
    }

    fn read(payload: &[u8]) -> Result<Self, ReadError> {
        let mut keys = Keys::new(payload)?;
        let role = |r: &mut Reader<'_>| match number(r)? {
            1 => Ok(Role::First),
            2 => Ok(Role::Second),
            _ => Err(ReadError::Shape("a role")),
        };
        let plate = |r: &mut Reader<'_>| match number(r)? {
            0 => Ok(PlateSeen::NotCompared),
            1 => Ok(PlateSeen::Same),
            2 => Ok(PlateSeen::Differs),
            _ => Err(ReadError::Shape("whether the plate was seen")),
        };
        let endorsement = Self {
            role: keys.need(1, "a role", role)?,
            digest: keys.need(2, "a digest", array)?,
            signed_at: keys.need(3, "a time", number)?,
            plate: keys.need(4, "whether the plate was seen", plate)?,
            mark: keys.maybe(5, SeenCode::read)?,
            licence: keys.maybe(6, SeenCode::read)?,
        };
        keys.end()?;
        Ok(endorsement)
    }

    /// Writes what is signed, in its one encoding.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        let more = u64::from(self.mark.is_some()) + u64::from(self.licence.is_some());
        write_head(&mut out, major::MAP, 4 + more);
        out.extend([1, if self.role == Role::First { 1 } else { 2 }, 2]);
        write_bytes(&mut out, &self.digest);
        write_head(&mut out, major::UNSIGNED, 3);
        write_head(&mut out, major::UNSIGNED, self.signed_at.into());
        out.extend([4, self.plate as u8]);
        for (key, seen) in [(5, self.mark), (6, self.licence)] {
            if let Some(seen) = seen {
                write_head(&mut out, major::UNSIGNED, key);
                seen.write(&mut out);
            }
        }
        out
    }

    /// Signs it: a tagged COSE_Sign1 with the header `{1: -7}`.
    ///
    /// # Errors
    /// Those of the signer.
    pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
        sign1(&self.encode(), signer)
    }
}
