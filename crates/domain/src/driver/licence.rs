//! 机动车驾驶证: the facts of one licence as one version of the register states them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::class::{ClassSet, LicenceClass};
use super::points::PointsAccount;
use super::status::LicenceStatus;
use crate::checked::{Checked, Warning};
use crate::region::Division;
use crate::text::normal_code;
use crate::vehicle::owner::{OwnerKind, OwnerNumber, OwnerNumberError};

/// 驾驶证号码: the number of the holder's identity document (R162 Art. 12), in canonical form. Personal data: sealed at rest, masked
/// outside the holder's own screen; its `Debug` form is masked.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LicenceNumber(String);

/// 性别 (GB/T 2261.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 男, code 1.
    Male,
    /// 女, code 2.
    Female,
}

/// One driving licence. Personal data: stored sealed, never logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    /// 驾驶证号码: one person holds one licence, so this is the key of a driver.
    pub number: LicenceNumber,
    /// 姓名 as written; rare characters stay as they are.
    pub name: String,
    /// 性别.
    pub sex: Sex,
    /// 国籍 as the register writes it, e.g. 中国.
    pub nationality: String,
    /// 出生日期.
    pub birth_date: Date,
    /// 手机号码, digits only (a leading `+` for foreign ones).
    #[serde(default)]
    pub phone: Option<String>,
    /// 准驾车型.
    pub classes: ClassSet,
    /// Since when each class is held; a class that is not here is taken as held since the first issue.
    #[serde(default)]
    pub class_dates: BTreeMap<LicenceClass, Date>,
    /// 初次领证日期: the points cycles count from this day (R163 Art. 3).
    pub first_issued_on: Date,
    /// 有效期始.
    pub valid_from: Date,
    /// 有效期止, the last day of validity; `None` = 长期.
    pub valid_until: Option<Date>,
    /// 档案编号, 12 digits.
    #[serde(default)]
    pub file_number: Option<String>,
    /// The issuing authority's division.
    pub division: Division,
    /// 驾驶证状态, the letters as the register says them; what follows by law on a day is [`Licence::effective_status`].
    pub status: LicenceStatus,
    /// 记分.
    #[serde(default)]
    pub points: PointsAccount,
    /// The day of the last medical certificate that was submitted (R162 Art. 74).
    #[serde(default)]
    pub last_medical_on: Option<Date>,
    /// The day of the last review that was passed (R162 Art. 72).
    #[serde(default)]
    pub last_reviewed_on: Option<Date>,
    /// The last day of a deferral (R162 Art. 75).
    #[serde(default)]
    pub deferred_until: Option<Date>,
    /// The last day of an extension of the heavy classes beyond 63 (R172).
    #[serde(default)]
    pub extended_until: Option<Date>,
}

impl LicenceNumber {
    /// Reads a number. One in the length of a citizen number must be one (GB 11643 leaves no exceptions); other documents (passports,
    /// travel permits) are accepted with a warning.
    pub fn parse(text: &str) -> Result<Checked<Self>, OwnerNumberError> {
        let checked = OwnerNumber::parse(text, OwnerKind::Individual)?;
        Ok(checked.map(|number| Self(number.as_str().to_owned())))
    }

    /// The canonical number.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number with its middle hidden: `1****************X`.
    pub fn masked(&self) -> String {
        crate::mask::identity_number(&self.0)
    }

    /// The birth date in it, when it is a citizen number.
    pub fn birth_date(&self) -> Option<Date> {
        crate::vehicle::citizen::parse(&self.0).ok().map(|citizen| citizen.value.born_on)
    }
}

impl std::fmt::Debug for LicenceNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LicenceNumber({})", self.masked())
    }
}

impl TryFrom<String> for LicenceNumber {
    type Error = OwnerNumberError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).map(|checked| checked.value)
    }
}

impl From<LicenceNumber> for String {
    fn from(number: LicenceNumber) -> Self {
        number.0
    }
}

impl Sex {
    /// Reads 男, 女, `male`, `female`, `M`, `F`, or the codes 1 and 2 of GB/T 2261.1.
    pub fn parse(text: &str) -> Option<Self> {
        match normal_code(text).as_str() {
            "MALE" | "M" | "男" | "男性" | "1" => Some(Self::Male),
            "FEMALE" | "F" | "女" | "女性" | "2" => Some(Self::Female),
            _ => None,
        }
    }

    /// The stable word: `male`, `female`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
        }
    }

    /// 男, 女.
    pub const fn name(self) -> crate::text::Text {
        match self {
            Self::Male => crate::text::Text::fixed("男", "male"),
            Self::Female => crate::text::Text::fixed("女", "female"),
        }
    }
}

/// 档案编号: 12 digits, the first four those of the office's division (domain-driver.md 4.2). Another shape is kept with a warning: old
/// files carry other numbers. `None` when it is empty or longer than 20 characters or has signs other than letters and digits.
pub fn file_number(text: &str) -> Option<Checked<String>> {
    let code = normal_code(text);
    let ordinary = code.len() == 12 && code.bytes().all(|b| b.is_ascii_digit());
    if code.is_empty() || code.len() > 20 || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    Some(Checked { value: code, warnings: if ordinary { vec![] } else { vec![Warning::OddFileNumber] } })
}

impl Licence {
    /// Since when a class is held. A class that is only included in another is not held itself.
    pub fn held_since(&self, class: LicenceClass) -> Option<Date> {
        self.classes.has(class).then(|| self.class_dates.get(&class).copied().unwrap_or(self.first_issued_on))
    }

    /// The name with its middle hidden, as strangers see it.
    pub fn masked_name(&self) -> String {
        crate::mask::name(&self.name)
    }

    /// The classes each with the day since when it is held, in the order of R162 Art. 11.
    pub fn class_list(&self) -> impl Iterator<Item = (LicenceClass, Date)> {
        self.classes.iter().filter_map(|class| self.held_since(class).map(|since| (class, since)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_of_licences() {
        let number = LicenceNumber::parse(" 11010519491231002x ").expect("a number");
        assert_eq!(
            (number.value.as_str(), number.value.masked().as_str()),
            ("11010519491231002X", "1****************X")
        );
        assert_eq!(number.value.birth_date(), Some(jiff::civil::date(1949, 12, 31)));
        assert!(number.warnings.is_empty());
        assert_eq!(format!("{:?}", number.value), "LicenceNumber(1****************X)");
        let passport = LicenceNumber::parse("E12345678").expect("a passport");
        assert_eq!((passport.value.birth_date(), passport.warnings), (None, vec![Warning::OtherDocument]));
        assert_eq!(
            LicenceNumber::parse("110105194912310021").map_err(|e| e.code()).err(),
            Some("citizen_number_check")
        );
        let json = serde_json::to_string(&number.value).expect("serialises");
        assert_eq!(json, "\"11010519491231002X\"");
        assert_eq!(serde_json::from_str::<LicenceNumber>(&json).expect("reads"), number.value);
        assert!(serde_json::from_str::<LicenceNumber>("\"110105194912310021\"").is_err());
    }

    #[test]
    fn sexes_and_file_numbers() {
        for (text, sex) in [("男", Sex::Male), ("２", Sex::Female), ("female", Sex::Female), ("m", Sex::Male)] {
            assert_eq!(Sex::parse(text), Some(sex), "{text}");
        }
        assert_eq!(Sex::parse("x"), None);
        assert_eq!(
            file_number("3205 0012 3456").map(|c| (c.value, c.warnings)),
            Some(("320500123456".to_owned(), vec![]))
        );
        assert_eq!(file_number("A123").map(|c| c.warnings), Some(vec![Warning::OddFileNumber]));
        assert_eq!(file_number(""), None);
        assert_eq!(file_number("12-34"), None);
        assert_eq!(file_number(&"1".repeat(21)), None);
    }

    #[test]
    fn a_licence_as_an_older_version_stored_it() {
        let text = r#"{"number":"11010519491231002X","name":"张三丰","sex":"male","nationality":"中国","birth_date":"1949-12-31",
            "classes":"C1D","first_issued_on":"1990-05-01","valid_from":"2014-05-01","valid_until":null,"division":"320500","status":"BH"}"#;
        let licence: Licence = serde_json::from_str(text).expect("reads");
        assert_eq!((licence.masked_name().as_str(), licence.status.to_string().as_str()), ("张*丰", "BH"));
        assert_eq!(licence.held_since(LicenceClass::D), Some(jiff::civil::date(1990, 5, 1)));
        assert_eq!(licence.held_since(LicenceClass::C2), None);
        assert_eq!(licence.class_list().count(), 2);
        let again = serde_json::to_string(&licence).expect("serialises");
        assert_eq!(serde_json::from_str::<Licence>(&again).expect("reads"), licence);
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".{0,32}") {
            if let Ok(number) = LicenceNumber::parse(&text) {
                prop_assert_eq!(LicenceNumber::parse(number.value.as_str()).map(|c| c.value), Ok(number.value));
            }
            Sex::parse(&text);
            if let Some(number) = file_number(&text) { prop_assert_eq!(file_number(&number.value), Some(number)); }
        }
    }
}
