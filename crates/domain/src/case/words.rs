//! The words of a case: what is applied for, with which photo, and who acts.

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// What is applied for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// A first electronic licence.
    First,
    /// Another photo on the electronic licence.
    PhotoReplacement,
}

impl CaseKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::First, Self::PhotoReplacement];

    /// The stable code, snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::PhotoReplacement => "photo_replacement",
        }
    }

    /// The kind of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The name for people.
    pub const fn name(self) -> Text {
        match self {
            Self::First => Text::fixed("申领电子驾驶证", "Application for the electronic licence"),
            Self::PhotoReplacement => Text::fixed("更换电子驾驶证照片", "Another photo for the electronic licence"),
        }
    }
}

/// Which photo an application uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoSource {
    /// One that was accepted before: of the register, or of an earlier application. No review is needed.
    Stored,
    /// One just taken or chosen.
    New,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The holder of the licence.
    Holder,
    /// A member of the office.
    Reviewer,
    /// The system itself.
    System,
}

impl Actor {
    /// Everybody.
    pub const ALL: [Self; 3] = [Self::Holder, Self::Reviewer, Self::System];

    /// The stable code, snake case.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::Reviewer => "reviewer",
            Self::System => "system",
        }
    }
}
