//! The answer of a verification, and its JSON.

use jiff::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use crate::kind::Claims;

/// One of the five verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All checks passed and the data behind them are fresh enough. Green.
    Valid,
    /// Genuine, but something needs a look. Amber.
    Attention,
    /// Red.
    NotValid,
    /// Not one of ours, or damaged. Grey.
    Unreadable,
    /// The check could not be finished. Grey.
    CannotTell,
}

impl Verdict {
    /// The stable word, as serde writes it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Attention => "attention",
            Self::NotValid => "not_valid",
            Self::Unreadable => "unreadable",
            Self::CannotTell => "cannot_tell",
        }
    }
}

/// Why a verdict is not `valid`. The words are stable: the same in the API, on the page, in the command line and in audit records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Text or message over its ceiling.
    TooLarge,
    /// The beginning of a message whose rest is missing.
    Truncated,
    /// Not a code of ours.
    NotACredential,
    /// A code of ours that is newer than this reader.
    UnsupportedVersion,
    /// The trust list is past its end, or there is none.
    TrustListExpired,
    /// No such key, or one that may not sign this.
    UnknownIssuer,
    /// The signature is not the key's over these bytes.
    BadSignature,
    /// Signed, but not written as the format says.
    Malformed,
    /// This reader's clock stands before the data it reads were made.
    ClockWrong,
    /// Signed for a time that has not come.
    NotYetValid,
    /// A live code whose minute is over: a picture of it, or a slow clock.
    Replayed,
    /// Past its last valid day.
    Expired,
    /// No status list that may be relied on.
    StatusUnavailable,
    /// Withdrawn for good.
    Revoked,
    /// Withdrawn for now.
    Suspended,
    /// Replaced by a newer one.
    Superseded,
    /// Genuine, for another subject than the one in front of the checker.
    WrongSubject,
    /// The licence's state is red.
    StateRed,
    /// The status is more than a day old.
    StatusStale,
}

impl Reason {
    /// Every reason, in the order in which checks find them.
    pub const ALL: [Self; 19] = [
        Self::TooLarge,
        Self::Truncated,
        Self::NotACredential,
        Self::UnsupportedVersion,
        Self::TrustListExpired,
        Self::UnknownIssuer,
        Self::BadSignature,
        Self::Malformed,
        Self::ClockWrong,
        Self::NotYetValid,
        Self::Replayed,
        Self::Expired,
        Self::StatusUnavailable,
        Self::Revoked,
        Self::Suspended,
        Self::Superseded,
        Self::WrongSubject,
        Self::StateRed,
        Self::StatusStale,
    ];

    /// The verdict that goes with it.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::TooLarge | Self::Truncated | Self::NotACredential | Self::UnsupportedVersion => Verdict::Unreadable,
            Self::TrustListExpired | Self::ClockWrong | Self::StatusUnavailable => Verdict::CannotTell,
            Self::StateRed | Self::StatusStale => Verdict::Attention,
            Self::UnknownIssuer
            | Self::BadSignature
            | Self::Malformed
            | Self::NotYetValid
            | Self::Replayed
            | Self::Expired
            | Self::Revoked
            | Self::Suspended
            | Self::Superseded
            | Self::WrongSubject => Verdict::NotValid,
        }
    }

    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Truncated => "truncated",
            Self::NotACredential => "not_a_credential",
            Self::UnsupportedVersion => "unsupported_version",
            Self::TrustListExpired => "trust_list_expired",
            Self::UnknownIssuer => "unknown_issuer",
            Self::BadSignature => "bad_signature",
            Self::Malformed => "malformed",
            Self::ClockWrong => "clock_wrong",
            Self::NotYetValid => "not_yet_valid",
            Self::Replayed => "replayed",
            Self::Expired => "expired",
            Self::StatusUnavailable => "status_unavailable",
            Self::Revoked => "revoked",
            Self::Suspended => "suspended",
            Self::Superseded => "superseded",
            Self::WrongSubject => "wrong_subject",
            Self::StateRed => "state_red",
            Self::StatusStale => "status_stale",
        }
    }
}

/// Something a checker should do or know, with any verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// The address in the code is not one of ours; its payload was judged all the same.
    ForeignHost,
    /// A live code older than a minute was accepted because this reader's clock is not confirmed.
    ClockUnconfirmed,
    /// A printed or downloaded mark: look whether the plate on the vehicle is the one shown.
    ComparePlate,
}

impl Hint {
    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ForeignHost => "foreign_host",
            Self::ClockUnconfirmed => "clock_unconfirmed",
            Self::ComparePlate => "compare_plate",
        }
    }
}

/// The checks, in the order in which they are made and listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// Text and message are within their ceilings.
    Size,
    /// The text is one of ours and the message in it is whole; its algorithm is known.
    Envelope,
    /// There is a trust list and it is not past its end.
    TrustList,
    /// The trust list has the key.
    Key,
    /// Every signature is good.
    Signature,
    /// Kind and mode are known to this version.
    Version,
    /// The key may sign this kind and mode, for this authority, at that time.
    Permission,
    /// The claims are written as the format says.
    Claims,
    /// This reader's clock does not stand before the data.
    Clock,
    /// Neither too early, nor a replay, nor expired.
    Dates,
    /// There is a status to rely on and it says nothing against the credential.
    Status,
    /// The plate is the one that the checker gave; not reached when none was given.
    Subject,
    /// The licence's state is not red.
    State,
    /// The status is not more than a day old.
    Freshness,
}

impl CheckName {
    /// Every check, in order.
    pub const ALL: [Self; 14] = [
        Self::Size,
        Self::Envelope,
        Self::TrustList,
        Self::Key,
        Self::Signature,
        Self::Version,
        Self::Permission,
        Self::Claims,
        Self::Clock,
        Self::Dates,
        Self::Status,
        Self::Subject,
        Self::State,
        Self::Freshness,
    ];

    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::Envelope => "envelope",
            Self::TrustList => "trust_list",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Version => "version",
            Self::Permission => "permission",
            Self::Claims => "claims",
            Self::Clock => "clock",
            Self::Dates => "dates",
            Self::Status => "status",
            Self::Subject => "subject",
            Self::State => "state",
            Self::Freshness => "freshness",
        }
    }
}

/// How one check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Which check.
    pub name: CheckName,
    /// Passed, failed, or (`None`, in JSON null) not reached.
    pub ok: Option<bool>,
    /// For a failed check the reason, or a closer word for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'static str>,
}

/// How old the status behind an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StatusAge {
    /// When the list was signed.
    pub as_of: Timestamp,
    /// Seconds from then to the time of checking; 0 when the clock stands a little before it.
    pub age_s: i64,
}

/// The answer. Only [`super::verify`] makes one. Serialises to the verdict of `interfaces.md`.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    pub(super) verdict: Verdict,
    pub(super) reason: Option<Reason>,
    pub(super) checks: [Check; CheckName::ALL.len()],
    pub(super) claims: Option<Claims>,
    pub(super) hints: Vec<Hint>,
    pub(super) status: Option<StatusAge>,
    pub(super) checked_at: Timestamp,
}

impl Report {
    /// The verdict.
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Why, unless `valid`.
    pub const fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// Every check by name, in order.
    pub const fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// What the credential says. Present only when its signature is good and its claims were read; the verdict may still be
    /// against it. Not part of the JSON, which shows less.
    pub const fn claims(&self) -> Option<&Claims> {
        self.claims.as_ref()
    }

    /// What a checker should do or know.
    pub fn hints(&self) -> &[Hint] {
        &self.hints
    }

    /// How old the status is, when there is one.
    pub const fn status(&self) -> Option<StatusAge> {
        self.status
    }

    /// The time that was asked about.
    pub const fn checked_at(&self) -> Timestamp {
        self.checked_at
    }
}

/// What a stranger may see of a credential.
struct Shown<'a>(&'a Claims);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut shown = serializer.serialize_struct("credential", 6)?;
        shown.serialize_field("kind", self.0.kind().code())?;
        shown.serialize_field("mode", self.0.mode().code())?;
        shown.serialize_field("subject", self.0.subject())?;
        shown.serialize_field("class", self.0.class())?;
        shown.serialize_field("valid_until", &self.0.valid_until())?;
        shown.serialize_field("authority", &format_args!("{:06}", self.0.authority()))?;
        shown.end()
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut report = serializer.serialize_struct("verdict", 7)?;
        report.serialize_field("verdict", &self.verdict)?;
        report.serialize_field("reason", &self.reason)?;
        report.serialize_field("checks", &self.checks[..])?;
        report.serialize_field("credential", &self.claims.as_ref().map(Shown))?;
        report.serialize_field("hints", &self.hints)?;
        report.serialize_field("status", &self.status)?;
        report.serialize_field("checked_at", &self.checked_at)?;
        report.end()
    }
}

/// What a report as JSON takes at most, unless it has every hint and the longest subject: so that it is written without growing.
const JSON_SIZE: usize = 1_280;

impl Report {
    /// The same JSON as by serde, written piece by piece: a server that answers thousands a second writes little else.
    pub fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(JSON_SIZE);
        self.write_json(&mut out);
        out
    }

    /// As [`Report::to_json`], at the end of something.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"verdict\":\"");
        out.extend_from_slice(self.verdict.code().as_bytes());
        match self.reason {
            Some(reason) => {
                out.extend_from_slice(b"\",\"reason\":\"");
                out.extend_from_slice(reason.code().as_bytes());
                out.extend_from_slice(b"\",\"checks\":[");
            }
            None => out.extend_from_slice(b"\",\"reason\":null,\"checks\":["),
        }
        for (place, check) in self.checks.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            check.write_json(out);
        }
        out.extend_from_slice(b"],\"credential\":");
        write(out, &self.claims.as_ref().map(Shown));
        out.extend_from_slice(b",\"hints\":");
        write(out, &self.hints);
        out.extend_from_slice(b",\"status\":");
        write(out, &self.status);
        out.extend_from_slice(b",\"checked_at\":");
        write(out, &self.checked_at);
        out.push(b'}');
    }
}

impl Check {
    /// Its words are codes of ours, in which nothing needs escaping.
    fn write_json(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"name\":\"");
        out.extend_from_slice(self.name.code().as_bytes());
        out.extend_from_slice(match self.ok {
            Some(true) => b"\",\"ok\":true".as_slice(),
            Some(false) => b"\",\"ok\":false",
            None => b"\",\"ok\":null",
        });
        if let Some(detail) = self.detail {
            out.extend_from_slice(b",\"detail\":\"");
            out.extend_from_slice(detail.as_bytes());
            out.push(b'"');
        }
        out.push(b'}');
    }
}

fn write(out: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(out, value).expect("these types have no value that JSON lacks, and memory does not fail");
}
