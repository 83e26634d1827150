//! 单位用户: who acts for an organisation, and how many may.
//!
//! Source: `domain-driver.md` 10.3 (M): accounts of legal persons, one administrator, ordinary users; at most 10 accounts a unit; a
//! person in at most 3 units, accounts as legal person not counted.

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// What somebody is in a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitRole {
    /// 法人: the legal representative.
    LegalPerson,
    /// 管理员: acts for the unit and adds operators.
    Administrator,
    /// 普通用户: does the daily work with the unit's vehicles.
    Operator,
}

impl UnitRole {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::LegalPerson, Self::Administrator, Self::Operator];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::LegalPerson => "legal_person",
            Self::Administrator => "administrator",
            Self::Operator => "operator",
        }
    }

    /// The role of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The role in words.
    pub const fn text(self) -> Text {
        match self {
            Self::LegalPerson => Text::fixed("法人", "legal representative"),
            Self::Administrator => Text::fixed("管理员", "administrator"),
            Self::Operator => Text::fixed("普通用户", "operator"),
        }
    }
}
