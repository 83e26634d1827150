//! The inspection mark 机动车检验标志: what its code says.

use luzheng_domain::credential::CredentialKind;
use luzheng_domain::vehicle::YearMonth;

use super::wire::Wire;
use super::{ClaimsError, LIVE_SECONDS, Live, Mode, StatusRef, check_common, live_from_wire, not_live, second_after};

/// Largest static mark, in bytes of message.
pub const MAX_STATIC_BYTES: usize = 165;
/// Largest live mark without a sealed part, in bytes of message.
pub const MAX_LIVE_BYTES: usize = 200;
/// Largest live mark with a sealed part, in bytes of message.
pub const MAX_SEALED_BYTES: usize = 290;

/// How a mark is shown, with what belongs to that way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarkMode {
    /// Downloaded or printed.
    Static,
    /// On the owner's screen, for a minute.
    Live(Live),
}

impl MarkMode {
    /// The mode without its facts.
    pub const fn mode(&self) -> Mode {
        match self {
            Self::Static => Mode::Static,
            Self::Live(_) => Mode::Live,
        }
    }
}

/// The claims of an inspection mark. `exp` is not among them: it follows from the mode, `iat` and `valid_until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectionMark {
    /// When it is signed, in seconds since 1970.
    pub iat: i64,
    /// Static or live.
    pub mode: MarkMode,
    /// 号牌号码 in canonical form: capitals, no dot.
    pub plate_number: String,
    /// 号牌种类 (GA/T 16.7), two digits.
    pub plate_type: String,
    /// 检验有效期止: valid to the last day of this month.
    pub valid_until: YearMonth,
    /// Where its status stands.
    pub status: StatusRef,
    /// 发证机关: a division code (GB/T 2260).
    pub authority: u32,
    /// The first eight bytes of HMAC-SHA-256 over the VIN ([`super::subject_digest`]).
    pub subject_digest: [u8; 8],
}

impl InspectionMark {
    /// The first second after the last day of the month of validity, at +08:00.
    pub fn valid_before(&self) -> i64 {
        second_after(self.valid_until.last_day())
    }

    /// The `exp` claim: a minute after `iat` for a live code, else [`InspectionMark::valid_before`].
    pub fn exp(&self) -> i64 {
        match self.mode {
            MarkMode::Static => self.valid_before(),
            MarkMode::Live(_) => self.iat.saturating_add(LIVE_SECONDS),
        }
    }

    /// The largest message that this mark may become, in bytes.
    pub const fn ceiling(&self) -> usize {
        match &self.mode {
            MarkMode::Static => MAX_STATIC_BYTES,
            MarkMode::Live(Live { sealed: None, .. }) => MAX_LIVE_BYTES,
            MarkMode::Live(_) => MAX_SEALED_BYTES,
        }
    }

    pub(super) fn from_wire(wire: &Wire<'_>) -> Result<Self, ClaimsError> {
        check_common(wire)?;
        if wire.red.is_some() {
            return Err(ClaimsError::Presence("red"));
        }
        if wire.device_key.is_some() {
            return Err(ClaimsError::Presence("the device key"));
        }
        let mode = match Mode::known(CredentialKind::InspectionMark, wire.mode) {
            Some(Mode::Static) => {
                not_live(wire)?;
                MarkMode::Static
            }
            Some(Mode::Live) => MarkMode::Live(live_from_wire(wire)?),
            _ => return Err(ClaimsError::Value("the mode")),
        };
        let mark = Self {
            iat: wire.iat,
            mode,
            plate_number: wire.subject.to_owned(),
            plate_type: wire.class.to_owned(),
            valid_until: YearMonth::from_yyyymm(wire.valid_until).ok_or(ClaimsError::Value("valid_until"))?,
            status: StatusRef { list: wire.status.0, index: wire.status.1 },
            authority: wire.authority,
            subject_digest: wire.digest,
        };
        if mark.exp() == wire.exp { Ok(mark) } else { Err(ClaimsError::Disagree("exp and valid_until")) }
    }

    pub(super) fn to_wire(&self) -> Result<Wire<'_>, ClaimsError> {
        let live = match &self.mode {
            MarkMode::Static => None,
            MarkMode::Live(live) => Some(live),
        };
        let wire = Wire {
            exp: self.exp(),
            iat: self.iat,
            kind: u64::from(CredentialKind::InspectionMark.number()),
            mode: u64::from(self.mode.mode().number()),
            subject: &self.plate_number,
            class: &self.plate_type,
            valid_until: self.valid_until.yyyymm(),
            status: (self.status.list, self.status.index),
            authority: self.authority,
            nonce: live.map(|live| &live.nonce[..]),
            digest: self.subject_digest,
            red: None,
            device_key: None,
            sealed: live.and_then(|live| live.sealed.as_ref()).map(|s| (s.reader_key, &s.bytes[..])),
        };
        check_common(&wire)?;
        Ok(wire)
    }
}
