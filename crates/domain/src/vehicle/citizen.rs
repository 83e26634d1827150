//! Citizen numbers 公民身份号码 (GB 11643-1999): division, birth date, sequence, check character (ISO 7064 MOD 11-2).

use jiff::civil::Date;

use crate::checked::{Checked, Warning};
use crate::region::Division;

/// A citizen number taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CitizenNumber {
    /// 18 characters.
    pub number: String,
    /// The division of the first registration, perhaps retired since.
    pub division: Option<Division>,
    /// The birth date.
    pub born_on: Date,
}

/// The text is no citizen number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CitizenNumberError {
    /// Neither 18 nor 15 characters.
    #[error("a citizen number has 18 characters (old ones 15), not {0}")]
    Length(usize),
    /// A character that is no digit, or an X before the end.
    #[error("a citizen number has digits only, with X allowed as the last of 18")]
    Character,
    /// The birth date in it does not exist.
    #[error("the birth date in the citizen number does not exist")]
    BirthDate,
    /// The check character is wrong.
    #[error("the check character of the citizen number is wrong")]
    Check,
}

impl CitizenNumberError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length(_) => "citizen_number_length",
            Self::Character => "citizen_number_character",
            Self::BirthDate => "citizen_number_birth_date",
            Self::Check => "citizen_number_check",
        }
    }
}

/// Characters of a number since 1999.
const LENGTH: usize = 18;
/// Characters of the numbers before.
const OLD_LENGTH: usize = 15;
/// Weights of GB 11643, which are 2^(17-i) mod 11.
const WEIGHTS: [u32; LENGTH - 1] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check character of each remainder.
const CHECK: &[u8; 11] = b"10X98765432";

/// Whether a text is meant as a citizen number: digits, perhaps an X at the end, in about the right length. Passports and permits
/// are shorter or begin with a letter.
pub fn looks_like_one(code: &str) -> bool {
    let digits = code.strip_suffix('X').unwrap_or(code);
    code.len() >= 14 && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Reads 18 characters, or 15 of the old form, which is completed with the century and the check character. The division is only
/// looked up, never a reason to refuse: retired codes stay in people's numbers.
pub fn parse(code: &str) -> Result<Checked<CitizenNumber>, CitizenNumberError> {
    let mut warnings = Vec::new();
    let number = match code.chars().count() {
        LENGTH => code.to_owned(),
        OLD_LENGTH => {
            warnings.push(Warning::OldCitizenNumber);
            complete(code)?
        }
        n => return Err(CitizenNumberError::Length(n)),
    };
    let (body, last) = number.split_at_checked(LENGTH - 1).ok_or(CitizenNumberError::Character)?;
    let expected = check_character(body).ok_or(CitizenNumberError::Character)?;
    if !matches!(last.as_bytes(), [b'0'..=b'9' | b'X']) {
        return Err(CitizenNumberError::Character);
    }
    let part = |from: usize, to: usize| body[from..to].parse::<i16>().map_err(|_| CitizenNumberError::Character);
    let (month, day) = (part(10, 12)?, part(12, 14)?);
    let born_on = match (i8::try_from(month), i8::try_from(day)) {
        (Ok(month), Ok(day)) => Date::new(part(6, 10)?, month, day).map_err(|_| CitizenNumberError::BirthDate)?,
        _ => return Err(CitizenNumberError::BirthDate),
    };
    if last.as_bytes() != [expected as u8] {
        return Err(CitizenNumberError::Check);
    }
    let division = body[..6].parse().ok();
    if !division.is_some_and(crate::region::division::is_listed) {
        warnings.push(Warning::UnknownCitizenDivision);
    }
    Ok(Checked { value: CitizenNumber { number, division, born_on }, warnings })
}

/// The check character of the first 17 digits; `None` when they are not 17 digits.
pub fn check_character(body: &str) -> Option<char> {
    if body.len() != LENGTH - 1 || !body.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
    Some(char::from(CHECK[sum as usize % 11]))
}

/// The 18 characters of an old number: its two-digit years all lie in the 20th century.
fn complete(old: &str) -> Result<String, CitizenNumberError> {
    let (division, rest) = old.split_at_checked(6).ok_or(CitizenNumberError::Character)?;
    let body = format!("{division}19{rest}");
    let check = check_character(&body).ok_or(CitizenNumberError::Character)?;
    Ok(format!("{body}{check}"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_of_the_standard() {
        for (number, born) in [("11010519491231002X", date(1949, 12, 31)), ("440524188001010014", date(1880, 1, 1))] {
            let c = parse(number).expect(number);
            assert_eq!((c.value.number.as_str(), c.value.born_on, c.warnings), (number, born, vec![]));
        }
        assert_eq!(check_character("81000019900101001"), Some('9'));
        assert_eq!(check_character("83000019900101001"), Some('2'));
    }

    #[test]
    fn an_old_number_is_completed() {
        let c = parse("110105491231002").expect("an old number");
        assert_eq!((c.value.number.as_str(), c.warnings), ("11010519491231002X", vec![Warning::OldCitizenNumber]));
    }

    #[test]
    fn retired_and_newer_divisions_are_accepted() {
        for division in ["500157", "653228", "330113", "330103", "110103", "999999"] {
            let body = format!("{division}19700101001");
            let number = format!("{body}{}", check_character(&body).expect("digits"));
            assert!(parse(&number).is_ok(), "{division}");
        }
    }

    #[test]
    fn faults() {
        use CitizenNumberError::{BirthDate, Character, Check, Length};
        for (text, error) in [
            ("110105194912310021", Check),
            ("11010519490230002X", BirthDate),
            ("11010519491331002X", BirthDate),
            ("1101051949123100X2", Character),
            ("11010519491231002A", Character),
            ("1101054912X1002", Character),
            ("1101051949123100", Length(16)),
            ("１1010519491231002X", Character),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_single_changed_character_is_caught(division in 110_000u32..830_000, days in 0i32..50_000, sequence in 0u32..1000, at in 0usize..18, by in 1u8..10) {
            let born = date(1900, 1, 1).saturating_add(jiff::Span::new().days(days));
            let body = format!("{division}{:04}{:02}{:02}{sequence:03}", born.year(), born.month(), born.day());
            let good = format!("{body}{}", check_character(&body).expect("digits"));
            prop_assert_eq!(parse(&good).map(|c| c.value.number), Ok(good.clone()));
            let mut bytes = good.into_bytes();
            let value = if bytes[at] == b'X' { 10 } else { bytes[at] - b'0' };
            let changed = if at == 17 { (value + by) % 11 } else { (value + by) % 10 };
            bytes[at] = if changed == 10 { b'X' } else { b'0' + changed };
            let text = String::from_utf8(bytes).expect("ASCII");
            prop_assert!(parse(&text).is_err(), "{}", text);
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,20}", digits in "[0-9X]{15,18}") {
            for t in [&text, &digits] {
                if let Ok(c) = parse(t) { prop_assert_eq!(c.value.number.len(), LENGTH); }
                looks_like_one(t);
            }
        }
    }
}
