//! 单位用户: who acts for an organisation, and how many may.
//!
//! Source: `domain-driver.md` 10.3 (M): accounts of legal persons, one administrator, ordinary users; at most 10 accounts a unit; a
//! person in at most 3 units, accounts as legal person not counted.

use serde::{Deserialize, Serialize};

use super::sharing::SharingRules;
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

/// Why somebody cannot join a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnitBar {
    /// The unit has as many accounts as it may.
    UnitFull,
    /// The unit has its administrator.
    HasAdministrator,
    /// The unit has its legal person.
    HasLegalPerson,
    /// The person is in as many units as they may.
    TooManyUnits,
    /// The person is in this unit already.
    Already,
}

impl UnitBar {
    /// Every bar.
    pub const ALL: [Self; 5] =
        [Self::UnitFull, Self::HasAdministrator, Self::HasLegalPerson, Self::TooManyUnits, Self::Already];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnitFull => "unit_full",
            Self::HasAdministrator => "unit_has_administrator",
            Self::HasLegalPerson => "unit_has_legal_person",
            Self::TooManyUnits => "too_many_units",
            Self::Already => "member_already",
        }
    }

    /// The bar in words.
    pub const fn text(self) -> Text {
        match self {
            Self::UnitFull => Text::fixed("该单位的账号数已达上限", "this unit has as many accounts as it may"),
            Self::HasAdministrator => Text::fixed("该单位已有管理员", "this unit has its administrator"),
            Self::HasLegalPerson => Text::fixed("该单位已登记法人", "this unit has its legal representative"),
            Self::TooManyUnits => {
                Text::fixed("此人加入的单位数已达上限", "this person is in as many units as they may")
            }
            Self::Already => Text::fixed("此人已是该单位用户", "this person is in this unit already"),
        }
    }
}

/// Whether somebody may join a unit as `role`. `members` are the roles it has; `units` in how many other units the person is, those as
/// legal person not counted.
///
/// # Errors
/// Why not.
pub fn may_join(rules: &SharingRules, role: UnitRole, members: &[UnitRole], units: u32) -> Result<(), UnitBar> {
    let count = |wanted: UnitRole| members.iter().filter(|role| **role == wanted).count();
    let at_least = |count: usize, limit: u32| u32::try_from(count).unwrap_or(u32::MAX) >= limit;
    if role == UnitRole::Administrator && at_least(count(role), rules.unit_administrators) {
        return Err(UnitBar::HasAdministrator);
    }
    if role == UnitRole::LegalPerson && count(role) > 0 {
        return Err(UnitBar::HasLegalPerson);
    }
    if at_least(members.len(), rules.unit_accounts) {
        return Err(UnitBar::UnitFull);
    }
    if role != UnitRole::LegalPerson && units >= rules.units_per_person {
        return Err(UnitBar::TooManyUnits);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::UnitRole::{Administrator, LegalPerson, Operator};
    use super::*;

    fn rules() -> SharingRules {
        SharingRules::on(date(2026, 11, 22))
    }

    #[test]
    fn codes_read_back() {
        for role in UnitRole::ALL {
            assert_eq!(UnitRole::from_code(role.code()), Some(role));
            assert_eq!(serde_json::to_value(role).expect("serialises"), role.code());
        }
        assert_eq!(UnitRole::from_code("owner"), None);
        let codes: std::collections::BTreeSet<_> = UnitBar::ALL.iter().map(|bar| bar.code()).collect();
        assert_eq!(codes.len(), UnitBar::ALL.len());
    }

    #[test]
    fn one_administrator_one_legal_person_and_ten_accounts() {
        let rules = rules();
        assert_eq!(may_join(&rules, Administrator, &[LegalPerson], 0), Ok(()));
        assert_eq!(may_join(&rules, Administrator, &[Administrator], 0), Err(UnitBar::HasAdministrator));
        assert_eq!(may_join(&rules, LegalPerson, &[Administrator], 0), Ok(()));
        assert_eq!(may_join(&rules, LegalPerson, &[LegalPerson], 0), Err(UnitBar::HasLegalPerson));
        let mut members = vec![Administrator];
        members.extend([Operator; 8]);
        assert_eq!(may_join(&rules, Operator, &members, 0), Ok(()), "the tenth");
        members.push(Operator);
        assert_eq!(may_join(&rules, Operator, &members, 0), Err(UnitBar::UnitFull), "the eleventh");
        assert_eq!(may_join(&rules, LegalPerson, &members, 0), Err(UnitBar::UnitFull));
    }

    #[test]
    fn three_units_a_person_and_any_number_as_legal_person() {
        let rules = rules();
        for role in [Administrator, Operator] {
            assert_eq!(may_join(&rules, role, &[], 2), Ok(()), "the third");
            assert_eq!(may_join(&rules, role, &[], 3), Err(UnitBar::TooManyUnits), "the fourth");
        }
        assert_eq!(may_join(&rules, LegalPerson, &[], 30), Ok(()));
    }
}
