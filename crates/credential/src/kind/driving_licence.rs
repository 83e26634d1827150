//! The driving licence 驾驶证: what its code says.

use std::fmt;

use jiff::civil::Date;
use luzheng_domain::credential::CredentialKind;

use super::inspection_mark::{MAX_LIVE_BYTES, MAX_SEALED_BYTES};
use super::wire::Wire;
use super::{
    ClaimsError, DEVICE_KEY_LEN, LIVE_SECONDS, Live, Mode, StatusRef, check_common, live_from_wire, not_live,
    second_after, ten_years_after,
};

/// Largest held code, wrapper included, in bytes of message.
pub const MAX_HELD_BYTES: usize = 320;
/// What the wrapper adds to the message inside it, at most: heads and header 10, claims 15, signature 66.
pub const WRAPPER_BYTES: usize = 91;
/// Longest masked name, in characters.
pub const MAX_NAME_CHARS: usize = 4;

/// The end of a licence's term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenceTerm {
    /// Valid to the end of this day.
    Until(Date),
    /// 长期.
    LongTerm,
}

impl LicenceTerm {
    /// As key 5 writes it: `yyyymmdd`, or 0.
    fn number(self) -> Result<u32, ClaimsError> {
        match self {
            Self::LongTerm => Ok(0),
            Self::Until(day) => {
                u32::try_from(i32::from(day.year()) * 10_000 + i32::from(day.month()) * 100 + i32::from(day.day()))
                    .map_err(|_| ClaimsError::Value("valid_until"))
            }
        }
    }

    fn from_number(number: u32) -> Option<Self> {
        if number == 0 {
            return Some(Self::LongTerm);
        }
        let year = i16::try_from(number / 10_000).ok().filter(|year| (1900..=9998).contains(year))?;
        let month = i8::try_from(number / 100 % 100).ok()?;
        let day = i8::try_from(number % 100).ok()?;
        Date::new(year, month, day).ok().map(Self::Until)
    }
}

impl fmt::Display for LicenceTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Until(day) => write!(f, "{day}"),
            Self::LongTerm => f.write_str("long-term"),
        }
    }
}

/// How a licence is shown, with what belongs to that way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LicenceMode {
    /// Signed by the server for a minute; `red` says that the licence's state is red.
    Live {
        /// Nonce and sealed part.
        live: Live,
        /// Key 10 as it stands; absent and false mean the same.
        red: Option<bool>,
    },
    /// Kept on the device whose key this is (a compressed P-256 point).
    Held {
        /// Key 11.
        device_key: [u8; DEVICE_KEY_LEN],
    },
}

impl LicenceMode {
    /// The mode without its facts.
    pub const fn mode(&self) -> Mode {
        match self {
            Self::Live { .. } => Mode::Live,
            Self::Held { .. } => Mode::Held,
        }
    }
}

/// The claims of a driving licence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrivingLicence {
    /// When the issuer signed, in seconds since 1970.
    pub iat: i64,
    /// Live or held.
    pub mode: LicenceMode,
    /// The name, masked, at most [`MAX_NAME_CHARS`] characters.
    pub name: String,
    /// 准驾车型, such as `C1D`.
    pub classes: String,
    /// 有效期止.
    pub valid_until: LicenceTerm,
    /// Where its status stands.
    pub status: StatusRef,
    /// 发证机关: a division code (GB/T 2260).
    pub authority: u32,
    /// The first eight bytes of HMAC-SHA-256 over the licence number.
    pub subject_digest: [u8; 8],
}

impl DrivingLicence {
    /// The first second after the last valid day at +08:00; for a long-term licence ten years after `iat`.
    pub fn valid_before(&self) -> i64 {
        match self.valid_until {
            LicenceTerm::Until(day) => second_after(day),
            LicenceTerm::LongTerm => ten_years_after(self.iat).unwrap_or(i64::MAX),
        }
    }

    /// The `exp` claim.
    pub fn exp(&self) -> i64 {
        match self.mode {
            LicenceMode::Live { .. } => self.iat.saturating_add(LIVE_SECONDS),
            LicenceMode::Held { .. } => self.valid_before(),
        }
    }

    /// The largest message that the issuer may sign, in bytes. A held licence leaves room for its wrapper.
    pub const fn ceiling(&self) -> usize {
        match &self.mode {
            LicenceMode::Held { .. } => MAX_HELD_BYTES - WRAPPER_BYTES,
            LicenceMode::Live { live: Live { sealed: None, .. }, .. } => MAX_LIVE_BYTES,
            LicenceMode::Live { .. } => MAX_SEALED_BYTES,
        }
    }

    /// Whether the code itself says that the licence's state is red.
    pub fn is_red(&self) -> bool {
        matches!(self.mode, LicenceMode::Live { red: Some(true), .. })
    }

    /// The key of the device that must have signed around it.
    pub fn device_key(&self) -> Option<&[u8; DEVICE_KEY_LEN]> {
        match &self.mode {
            LicenceMode::Held { device_key } => Some(device_key),
            LicenceMode::Live { .. } => None,
        }
    }

    pub(super) fn from_wire(wire: &Wire<'_>) -> Result<Self, ClaimsError> {
        check_common(wire)?;
        if wire.subject.chars().count() > MAX_NAME_CHARS {
            return Err(ClaimsError::Value("the subject"));
        }
        let mode = match Mode::known(CredentialKind::DrivingLicence, wire.mode) {
            Some(Mode::Live) if wire.device_key.is_some() => return Err(ClaimsError::Presence("the device key")),
            Some(Mode::Live) => LicenceMode::Live { live: live_from_wire(wire)?, red: wire.red },
            Some(Mode::Held) if wire.red.is_some() => return Err(ClaimsError::Presence("red")),
            Some(Mode::Held) => {
                not_live(wire)?;
                let key = wire.device_key.and_then(|key| key.try_into().ok());
                LicenceMode::Held { device_key: key.ok_or(ClaimsError::Presence("the device key"))? }
            }
            _ => return Err(ClaimsError::Value("the mode")),
        };
        let licence = Self {
            iat: wire.iat,
            mode,
            name: wire.subject.to_owned(),
            classes: wire.class.to_owned(),
            valid_until: LicenceTerm::from_number(wire.valid_until).ok_or(ClaimsError::Value("valid_until"))?,
            status: StatusRef { list: wire.status.0, index: wire.status.1 },
            authority: wire.authority,
            subject_digest: wire.digest,
        };
        if licence.exp() == wire.exp { Ok(licence) } else { Err(ClaimsError::Disagree("exp and valid_until")) }
    }

    pub(super) fn to_wire(&self) -> Result<Wire<'_>, ClaimsError> {
        let (live, red) = match &self.mode {
            LicenceMode::Live { live, red } => (Some(live), *red),
            LicenceMode::Held { .. } => (None, None),
        };
        let wire = Wire {
            exp: self.exp(),
            iat: self.iat,
            kind: u64::from(CredentialKind::DrivingLicence.number()),
            mode: u64::from(self.mode.mode().number()),
            subject: &self.name,
            class: &self.classes,
            valid_until: self.valid_until.number()?,
            status: (self.status.list, self.status.index),
            authority: self.authority,
            nonce: live.map(|live| &live.nonce[..]),
            digest: self.subject_digest,
            red,
            device_key: self.device_key().map(|key| &key[..]),
            sealed: live.and_then(|live| live.sealed.as_ref()).map(|s| (s.reader_key, &s.bytes[..])),
        };
        check_common(&wire)?;
        Ok(wire)
    }
}
