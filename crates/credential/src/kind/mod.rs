//! What a credential says: the claims of each kind, declared once.
//!
//! Both kinds share one table of keys (`qr-format.md`); [`wire`](self) reads and writes that table, and each kind says which keys
//! it has in which mode. Reading is strict: bytes are accepted only if writing them again gives the same bytes.

pub mod driving_licence;
pub mod inspection_mark;
mod wire;

use aws_lc_rs::hmac;
use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};
use luzheng_domain::credential::CredentialKind;
use thiserror::Error;

pub use driving_licence::DrivingLicence;
pub use inspection_mark::InspectionMark;
pub(crate) use wire::{Glimpse, glimpse};

use wire::Wire;

/// How long a live code lives, in seconds: `exp - iat` is always this.
pub const LIVE_SECONDS: i64 = 60;
/// Longest subject, in bytes of UTF-8: the longest plate has 11, a masked name 16.
pub const MAX_SUBJECT: usize = 32;
/// Longest class, in bytes.
pub const MAX_CLASS: usize = 32;
/// Longest sealed part, in bytes: 32 of `enc`, 16 of tag, and what they hide.
pub const MAX_SEALED: usize = 160;
/// Length of a compressed P-256 point.
pub const DEVICE_KEY_LEN: usize = 33;
/// The last second that a claim may name: the end of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;
/// China's one offset; it has had no daylight saving since 1991, long before any credential.
const CHINA: Offset = Offset::constant(8);

/// Why claims were refused. To a checker all of these are `malformed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ClaimsError {
    /// Not CBOR, or not the map that belongs here.
    #[error("not a claims map: {0}")]
    Shape(&'static str),
    /// CBOR that another encoder would write: reordered, repeated, longer than needed, followed by more.
    #[error("not the deterministic encoding")]
    NotDeterministic,
    /// A key that this kind and mode need is absent, or one that they must not have is present.
    #[error("{0} does not belong to this kind and mode, or is missing")]
    Presence(&'static str),
    /// A value out of its range.
    #[error("{0} is out of range")]
    Value(&'static str),
    /// Two values that must agree do not.
    #[error("{0} disagree")]
    Disagree(&'static str),
}

/// How a credential is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Downloaded or printed; good until its date.
    Static,
    /// Signed by the server a moment ago; good for [`LIVE_SECONDS`].
    Live,
    /// Kept on the holder's device, which signs around it each time.
    Held,
}

impl Mode {
    /// The number in the claims.
    pub const fn number(self) -> u8 {
        match self {
            Self::Static => 0,
            Self::Live => 1,
            Self::Held => 2,
        }
    }

    /// The word in a verdict.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Live => "live",
            Self::Held => "held",
        }
    }

    /// The mode of a number, if this version knows it for this kind: marks are static or live, licences live or held.
    pub const fn known(kind: CredentialKind, number: u64) -> Option<Self> {
        match (kind, number) {
            (CredentialKind::InspectionMark, 0) => Some(Self::Static),
            (_, 1) => Some(Self::Live),
            (CredentialKind::DrivingLicence, 2) => Some(Self::Held),
            _ => None,
        }
    }
}

/// Where the status of a credential stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusRef {
    /// The number of the list; the trust list says at which address.
    pub list: u32,
    /// The entry in it, below [`crate::status_list::ENTRIES`].
    pub index: u32,
}

/// A part of a live code that only officers' readers open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which reader key opens it.
    pub reader_key: u32,
    /// HPKE `enc` followed by the ciphertext ([`crate::seal`]).
    pub bytes: Vec<u8>,
}

/// What only a live code has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// Eight random bytes: two codes of one second differ, and a reader can remember what it saw.
    pub nonce: [u8; 8],
    /// The part for officers.
    pub sealed: Option<Sealed>,
}

/// The claims of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claims {
    /// 机动车检验标志.
    InspectionMark(InspectionMark),
    /// 驾驶证.
    DrivingLicence(DrivingLicence),
}

impl From<InspectionMark> for Claims {
    fn from(mark: InspectionMark) -> Self {
        Self::InspectionMark(mark)
    }
}

impl From<DrivingLicence> for Claims {
    fn from(licence: DrivingLicence) -> Self {
        Self::DrivingLicence(licence)
    }
}

impl Claims {
    /// Reads claims, strictly.
    ///
    /// # Errors
    /// [`ClaimsError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ClaimsError> {
        let wire = Wire::read(bytes)?;
        match CredentialKind::from_number(u8::try_from(wire.kind).unwrap_or(0)) {
            Some(CredentialKind::InspectionMark) => InspectionMark::from_wire(&wire).map(Self::InspectionMark),
            Some(CredentialKind::DrivingLicence) => DrivingLicence::from_wire(&wire).map(Self::DrivingLicence),
            None => Err(ClaimsError::Value("the kind")),
        }
    }

    /// Writes the claims in their one encoding (RFC 8949 section 4.2).
    ///
    /// # Errors
    /// [`ClaimsError`] when a value is out of its range: what is written can always be read.
    pub fn encode(&self) -> Result<Vec<u8>, ClaimsError> {
        let bytes = match self {
            Self::InspectionMark(mark) => mark.to_wire()?.write(),
            Self::DrivingLicence(licence) => licence.to_wire()?.write(),
        };
        Ok(bytes)
    }

    /// What the credential is about.
    pub const fn kind(&self) -> CredentialKind {
        match self {
            Self::InspectionMark(_) => CredentialKind::InspectionMark,
            Self::DrivingLicence(_) => CredentialKind::DrivingLicence,
        }
    }

    /// How it is shown.
    pub fn mode(&self) -> Mode {
        match self {
            Self::InspectionMark(mark) => mark.mode.mode(),
            Self::DrivingLicence(licence) => licence.mode.mode(),
        }
    }

    /// When it was signed, in seconds since 1970.
    pub const fn iat(&self) -> i64 {
        match self {
            Self::InspectionMark(mark) => mark.iat,
            Self::DrivingLicence(licence) => licence.iat,
        }
    }

    /// The first second in which what it says is no longer so: the day after its last valid day, at +08:00. For a live code
    /// this is not `exp`, which is [`LIVE_SECONDS`] after `iat`.
    pub fn valid_before(&self) -> i64 {
        match self {
            Self::InspectionMark(mark) => mark.valid_before(),
            Self::DrivingLicence(licence) => licence.valid_before(),
        }
    }

    /// Where its status stands.
    pub const fn status(&self) -> StatusRef {
        match self {
            Self::InspectionMark(mark) => mark.status,
            Self::DrivingLicence(licence) => licence.status,
        }
    }

    /// The division code of the issuing authority.
    pub const fn authority(&self) -> u32 {
        match self {
            Self::InspectionMark(mark) => mark.authority,
            Self::DrivingLicence(licence) => licence.authority,
        }
    }

    /// The plate number, or the masked name.
    pub fn subject(&self) -> &str {
        match self {
            Self::InspectionMark(mark) => &mark.plate_number,
            Self::DrivingLicence(licence) => &licence.name,
        }
    }

    /// The plate type, or the licence classes.
    pub fn class(&self) -> &str {
        match self {
            Self::InspectionMark(mark) => &mark.plate_type,
            Self::DrivingLicence(licence) => &licence.classes,
        }
    }

    /// The end of validity as a verdict says it: `2027-05`, `2031-01-31`, or `long-term`.
    pub fn valid_until(&self) -> String {
        match self {
            Self::InspectionMark(mark) => mark.valid_until.to_string(),
            Self::DrivingLicence(licence) => licence.valid_until.to_string(),
        }
    }
}

/// The key-ed digest of a VIN or a licence number that key 9 carries: the first eight bytes of HMAC-SHA-256. Only the issuer,
/// who has the key, can find the vehicle again; nobody else can try out numbers.
pub fn subject_digest(key: &[u8], identifier: &str) -> [u8; 8] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), identifier.as_bytes());
    let mut digest = [0; 8];
    digest.copy_from_slice(&tag.as_ref()[..8]);
    digest
}

/// The first second of the day after `day`, at +08:00.
pub(crate) fn second_after(day: Date) -> i64 {
    let midnight = day.saturating_add(1.day()).to_datetime(Time::midnight());
    CHINA.to_timestamp(midnight).map_or(i64::MAX, Timestamp::as_second)
}

/// `iat` and ten years, by the calendar at +08:00: the `exp` of a long-term licence.
pub(crate) fn ten_years_after(iat: i64) -> Option<i64> {
    let at = Timestamp::from_second(iat).ok()?.to_zoned(TimeZone::fixed(CHINA));
    Some(at.checked_add(10.years()).ok()?.timestamp().as_second())
}

/// The checks that both kinds share.
fn check_common(wire: &Wire<'_>) -> Result<(), ClaimsError> {
    let in_time = |second: i64| (0..=LAST_SECOND).contains(&second);
    if !in_time(wire.iat) || !in_time(wire.exp) {
        return Err(ClaimsError::Value("a time"));
    }
    if wire.subject.is_empty() || wire.subject.len() > MAX_SUBJECT {
        return Err(ClaimsError::Value("the subject"));
    }
    if wire.class.is_empty() || wire.class.len() > MAX_CLASS {
        return Err(ClaimsError::Value("the class"));
    }
    if wire.authority > 999_999 {
        return Err(ClaimsError::Value("the authority"));
    }
    Ok(())
}

/// The parts of a live code, and that it lives as long as live codes do.
fn live_from_wire(wire: &Wire<'_>) -> Result<Live, ClaimsError> {
    if wire.exp - wire.iat != LIVE_SECONDS {
        return Err(ClaimsError::Disagree("exp and the 60 seconds of a live code"));
    }
    let nonce = wire.nonce.and_then(|nonce| nonce.try_into().ok()).ok_or(ClaimsError::Presence("the nonce"))?;
    let sealed = match wire.sealed {
        None => None,
        Some((_, bytes)) if bytes.len() > MAX_SEALED => return Err(ClaimsError::Value("the sealed part")),
        Some((reader_key, bytes)) => Some(Sealed { reader_key, bytes: bytes.to_vec() }),
    };
    Ok(Live { nonce, sealed })
}

/// Nothing of a live code may be present.
fn not_live(wire: &Wire<'_>) -> Result<(), ClaimsError> {
    match (wire.nonce, wire.sealed) {
        (None, None) => Ok(()),
        (Some(_), _) => Err(ClaimsError::Presence("the nonce")),
        (None, Some(_)) => Err(ClaimsError::Presence("the sealed part")),
    }
}
