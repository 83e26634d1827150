//! The words of credentials: kinds and reasons.

mod reason;

use serde::{Deserialize, Serialize};

pub use reason::{Reason, UnknownReason};

use crate::text::Text;

/// What a credential says something about. The number is part of the signed code (`qr-format.md`) and never changes meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// 机动车检验标志电子凭证, of a vehicle.
    InspectionMark = 1,
    /// 电子驾驶证, of a person.
    DrivingLicence = 2,
}

impl CredentialKind {
    /// Both kinds, in the order of their numbers.
    pub const ALL: [Self; 2] = [Self::InspectionMark, Self::DrivingLicence];

    /// The number in codes and tables.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The kind of a number, if there is one.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::InspectionMark),
            2 => Some(Self::DrivingLicence),
            _ => None,
        }
    }

    /// The stable word in JSON: `inspection_mark`, `driving_licence`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InspectionMark => "inspection_mark",
            Self::DrivingLicence => "driving_licence",
        }
    }

    /// The kind of a word, with `-` or `_` between its parts (the command line uses `-`).
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "inspection_mark" | "inspection-mark" => Some(Self::InspectionMark),
            "driving_licence" | "driving-licence" => Some(Self::DrivingLicence),
            _ => None,
        }
    }

    /// The name for people.
    pub const fn name(self) -> Text {
        match self {
            Self::InspectionMark => Text::fixed("检验标志", "inspection mark"),
            Self::DrivingLicence => Text::fixed("驾驶证", "driving licence"),
        }
    }
}
