//! Who owns a vehicle: the kind of owner, the number of the document, the details.

use serde::{Deserialize, Serialize};

use super::citizen::{self, CitizenNumberError};
use super::organisation;
use crate::checked::{Checked, Warning};
use crate::text::normal_code;

/// 所有权 (GA/T 16.5): 2 个人 or 1 单位.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerKind {
    /// A person.
    Individual,
    /// A unit: company, authority, school …
    Organisation,
}

/// What kind of document a number belongs to (Order 164 Art. 89).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// 公民身份号码, also residence permits of 18 digits (GB 11643).
    CitizenNumber,
    /// 统一社会信用代码 (GB 32100).
    CreditCode,
    /// 组织机构代码 (GB 11714).
    OrganisationCode,
    /// Passport, travel permit, military paper, old licence number …
    Other,
}

/// The number of an owner's document in canonical form: half width, upper case, no blanks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OwnerNumber {
    document: Document,
    number: String,
}

/// An owner as the register states it. Personal data: encrypted at rest, masked outside the owner's own screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerDetails {
    /// Person or unit.
    pub kind: OwnerKind,
    /// The document's number.
    pub number: OwnerNumber,
    /// The name as written; rare characters stay as they are.
    pub name: String,
    /// A phone number, digits only (a leading `+` for foreign ones).
    pub phone: Option<String>,
}

/// The text is no document number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnerNumberError {
    /// A citizen number with a fault.
    #[error(transparent)]
    Citizen(#[from] CitizenNumberError),
    /// Fewer than 4 or more than 30 characters.
    #[error("a document number has 4 to 30 characters, not {0}")]
    Length(usize),
    /// A character that document numbers do not have.
    #[error("{0:?} cannot stand in a document number")]
    Character(char),
    /// A character outside the alphabet of GB 32100 (no I, O, S, V, Z).
    #[error("{0:?} cannot stand in a social credit code (no I, O, S, V, Z)")]
    CreditCodeCharacter(char),
}

impl OwnerNumberError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Citizen(error) => error.code(),
            Self::Length(_) => "owner_number_length",
            Self::Character(_) => "owner_number_character",
            Self::CreditCodeCharacter(_) => "credit_code_character",
        }
    }
}

/// Shortest document number.
const MIN_CHARS: usize = 4;
/// Longest document number.
const MAX_CHARS: usize = 30;

impl OwnerKind {
    /// Reads `individual`, `organisation` (also `organization`), 个人, 单位, or the codes 2 and 1 of GA/T 16.5.
    pub fn parse(text: &str) -> Option<Self> {
        match normal_code(text).as_str() {
            "INDIVIDUAL" | "PERSON" | "个人" | "私人" | "2" => Some(Self::Individual),
            "ORGANISATION" | "ORGANIZATION" | "UNIT" | "单位" | "1" => Some(Self::Organisation),
            _ => None,
        }
    }

    /// The kind of owner a number suggests: whoever has a faultless citizen number is a person, other codes of 18 or 9 characters
    /// are units, and the rest (passports …) persons.
    pub fn guess(number: &str) -> Self {
        let code = normal_code(number).replace('-', "");
        let alphanumeric = code.bytes().all(|b| b.is_ascii_alphanumeric());
        if citizen::parse(&code).is_ok() || !alphanumeric {
            Self::Individual
        } else if code.len() == 18 || organisation::organisation_check(&code) == Some(true) {
            Self::Organisation
        } else {
            Self::Individual
        }
    }

    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Organisation => "organisation",
        }
    }
}

impl OwnerNumber {
    /// Reads the number of a kind of owner. Digits of a person in the length of a citizen number must be one (GB 11643 leaves no
    /// exceptions); a unit's code with a wrong check character is warned about.
    pub fn parse(text: &str, kind: OwnerKind) -> Result<Checked<Self>, OwnerNumberError> {
        let code = normal_code(text);
        let count = code.chars().count();
        if !(MIN_CHARS..=MAX_CHARS).contains(&count) {
            return Err(OwnerNumberError::Length(count));
        }
        // Military papers are written 军字第…号; other documents have letters, digits and few signs.
        if let Some(c) = code.chars().find(|c| !(c.is_alphanumeric() || matches!(c, '-' | '/' | '(' | ')'))) {
            return Err(OwnerNumberError::Character(c));
        }
        match kind {
            OwnerKind::Individual => individual(code),
            OwnerKind::Organisation => unit(code),
        }
    }

    /// What the number belongs to.
    pub const fn document(&self) -> Document {
        self.document
    }

    /// The canonical number.
    pub fn as_str(&self) -> &str {
        &self.number
    }

    /// The number with its middle hidden.
    pub fn masked(&self) -> String {
        crate::mask::identity_number(&self.number)
    }
}

fn checked(document: Document, number: String, warnings: Vec<Warning>) -> Checked<OwnerNumber> {
    Checked { value: OwnerNumber { document, number }, warnings }
}

fn individual(code: String) -> Result<Checked<OwnerNumber>, OwnerNumberError> {
    if citizen::looks_like_one(&code) {
        let citizen = citizen::parse(&code)?;
        return Ok(checked(Document::CitizenNumber, citizen.value.number, citizen.warnings));
    }
    Ok(checked(Document::Other, code, vec![Warning::OtherDocument]))
}

fn unit(code: String) -> Result<Checked<OwnerNumber>, OwnerNumberError> {
    let bare = code.replace('-', "");
    if bare.len() == 18 && bare.is_ascii() {
        if let Some(c) = bare.chars().find(|c| !organisation::is_credit_code_character(*c)) {
            return Err(OwnerNumberError::CreditCodeCharacter(c));
        }
        let fits = organisation::credit_code_check(&bare) == Some(true);
        if !fits && citizen::parse(&bare).is_ok() {
            // A sole trader registered under the owner's own number.
            return Ok(checked(Document::CitizenNumber, bare, Vec::new()));
        }
        return Ok(checked(Document::CreditCode, bare, if fits { vec![] } else { vec![Warning::CreditCodeCheck] }));
    }
    match organisation::organisation_check(&bare) {
        Some(true) => Ok(checked(Document::OrganisationCode, bare, Vec::new())),
        Some(false) => Ok(checked(Document::OrganisationCode, bare, vec![Warning::OrganisationCodeCheck])),
        None => Ok(checked(Document::Other, code, vec![Warning::OtherDocument])),
    }
}

/// A phone number in canonical form: digits, `+` only in front of a foreign one; a Chinese mobile loses its `+86`. `None` when it is
/// not 7 to 15 digits.
pub fn phone(text: &str) -> Option<String> {
    let code = normal_code(text).replace(['-', '(', ')', '.'], "");
    let digits = code.strip_prefix('+').unwrap_or(&code);
    if digits.len() < 7 || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    match digits.strip_prefix("86") {
        Some(mobile) if mobile.len() == 11 && mobile.starts_with('1') => Some(mobile.to_owned()),
        _ => Some(code),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, kind: OwnerKind) -> Result<(Document, String, Vec<Warning>), &'static str> {
        OwnerNumber::parse(text, kind).map(|c| (c.value.document, c.value.number, c.warnings)).map_err(|e| e.code())
    }

    #[test]
    fn numbers_of_persons() {
        use Document::{CitizenNumber, Other};
        use OwnerKind::Individual;
        for (text, document, number, warnings) in [
            ("11010519491231002x", CitizenNumber, "11010519491231002X", vec![]),
            ("１１０１０５ 19491231 002X", CitizenNumber, "11010519491231002X", vec![]),
            ("E12345678", Other, "E12345678", vec![Warning::OtherDocument]),
            ("军字第00012345号", Other, "军字第00012345号", vec![Warning::OtherDocument]),
            ("H12345678", Other, "H12345678", vec![Warning::OtherDocument]),
        ] {
            assert_eq!(read(text, Individual), Ok((document, number.to_owned(), warnings)), "{text}");
        }
        for (text, code) in [
            ("110105194912310021", "citizen_number_check"),
            ("1101051949123100", "citizen_number_length"),
            ("110105194913310028", "citizen_number_birth_date"),
            ("abc", "owner_number_length"),
            ("E1234?678", "owner_number_character"),
        ] {
            assert_eq!(read(text, Individual), Err(code), "{text}");
        }
    }

    #[test]
    fn numbers_of_units() {
        use Document::{CitizenNumber, CreditCode, OrganisationCode, Other};
        use OwnerKind::Organisation;
        for (text, document, number, warnings) in [
            ("91110000600037341L", CreditCode, "91110000600037341L", vec![]),
            ("91440101ma5cjq4n59", CreditCode, "91440101MA5CJQ4N59", vec![]),
            ("91350200776049653A", CreditCode, "91350200776049653A", vec![]),
            ("12100000400006592C", CreditCode, "12100000400006592C", vec![Warning::CreditCodeCheck]),
            ("91350100M0001TGQXM", CreditCode, "91350100M0001TGQXM", vec![Warning::CreditCodeCheck]),
            ("60003734-1", OrganisationCode, "600037341", vec![]),
            ("600037342", OrganisationCode, "600037342", vec![Warning::OrganisationCodeCheck]),
            ("110000450000123", Other, "110000450000123", vec![Warning::OtherDocument]),
            ("11010519491231002X", CitizenNumber, "11010519491231002X", vec![]),
        ] {
            assert_eq!(read(text, Organisation), Ok((document, number.to_owned(), warnings)), "{text}");
        }
        assert_eq!(read("9111000060003734IL", Organisation), Err("credit_code_character"));
    }

    #[test]
    fn kinds_of_owner() {
        for (text, kind) in [
            ("个人", OwnerKind::Individual),
            ("单位", OwnerKind::Organisation),
            ("1", OwnerKind::Organisation),
            ("Individual", OwnerKind::Individual),
        ] {
            assert_eq!(OwnerKind::parse(text), Some(kind));
        }
        assert_eq!(OwnerKind::parse("3"), None);
        assert_eq!(OwnerKind::guess("11010519491231002X"), OwnerKind::Individual);
        assert_eq!(OwnerKind::guess("91110000600037341L"), OwnerKind::Organisation);
        assert_eq!(OwnerKind::guess("60003734-1"), OwnerKind::Organisation);
        assert_eq!(OwnerKind::guess("E12345678"), OwnerKind::Individual);
    }

    #[test]
    fn phones() {
        for (text, expected) in [
            ("138 0000 1234", Some("13800001234")),
            ("+86-13800001234", Some("13800001234")),
            ("0512-65221234", Some("051265221234")),
            ("+44 20 7946 0000", Some("+442079460000")),
            ("123", None),
            ("1380000123a", None),
            ("", None),
        ] {
            assert_eq!(phone(text).as_deref(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".{0,32}") {
            for kind in [OwnerKind::Individual, OwnerKind::Organisation] {
                if let Ok(c) = OwnerNumber::parse(&text, kind) {
                    prop_assert_eq!(OwnerNumber::parse(c.value.as_str(), kind).map(|again| again.value), Ok(c.value));
                }
            }
            OwnerKind::guess(&text);
            phone(&text);
        }
    }
}
