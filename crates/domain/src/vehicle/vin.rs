//! The vehicle identification number 车辆识别代号 (GB 16735, ISO 3779) and the frame numbers before it.

use jiff::civil::Date;

use crate::checked::{Checked, Warning};
use crate::text::normal_code;

/// A VIN of 17 characters, or an older frame number of 4 to 16. Upper case, half width.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Vin(String);

/// The text is no VIN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VinError {
    /// Fewer than 4 or more than 17 characters.
    #[error("a VIN has 17 characters (older frame numbers 4 to 16), not {0}")]
    Length(usize),
    /// A character that a VIN cannot have; `at` counts from 1.
    #[error("character {at}, {found:?}, cannot stand in a VIN (no I, O, Q; only letters and digits)")]
    Character {
        /// The position, from 1.
        at: usize,
        /// What stands there.
        found: char,
    },
    /// The check digit of a vehicle made in China is wrong.
    #[error("the check digit (character 9) is {found:?} but the other characters give {expected:?}")]
    CheckDigit {
        /// What the other characters give.
        expected: char,
        /// What stands there.
        found: char,
    },
}

impl VinError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length(_) => "vin_length",
            Self::Character { .. } => "vin_character",
            Self::CheckDigit { .. } => "vin_check_digit",
        }
    }
}

/// Length of a VIN since GB 16735.
const VIN_LENGTH: usize = 17;
/// Shortest frame number taken as one.
const SHORTEST_FRAME_NUMBER: usize = 4;
/// Weight of each position in the check sum (GB 16735, Annex); position 9 is the check digit itself.
const WEIGHTS: [u32; VIN_LENGTH] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
/// Year characters of a 30-year cycle, from 1980, 2010, 2040 on.
const YEARS: &[u8; 30] = b"ABCDEFGHJKLMNPRSTVWXY123456789";
/// Chinese makers are bound to the check digit from here on (GB 16735-2004 in force); earlier vehicles are only warned about.
const CHECK_DIGIT_BINDS_FROM: Date = Date::constant(2004, 10, 1);

impl Vin {
    /// Reads a VIN. A wrong check digit is an error only for a vehicle made in China (first letter L) in the era of GB 16735;
    /// imported vehicles need not have one. Without a day of manufacture the vehicle counts as a recent one.
    pub fn parse(text: &str, manufactured_on: Option<Date>) -> Result<Checked<Self>, VinError> {
        let vin: Self = text.parse()?;
        let mut warnings = Vec::new();
        match vin.expected_check_digit() {
            None => warnings.push(Warning::ShortFrameNumber),
            Some(expected) => {
                let found = char::from(vin.0.as_bytes()[8]);
                let binding = vin.0.starts_with('L') && manufactured_on.is_none_or(|on| on >= CHECK_DIGIT_BINDS_FROM);
                if found != expected && binding {
                    return Err(VinError::CheckDigit { expected, found });
                }
                if found != expected {
                    warnings.push(Warning::VinCheckDigit);
                }
            }
        }
        Ok(Checked { value: vin, warnings })
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a frame number from before VINs.
    pub fn is_short(&self) -> bool {
        self.0.len() != VIN_LENGTH
    }

    /// The check digit that the other characters give; `None` for a short frame number.
    pub fn expected_check_digit(&self) -> Option<char> {
        check_digit(self.0.as_bytes().try_into().ok()?)
    }

    /// The newest model year not after `latest` that character 10 can mean (the cycle is 30 years); `None` without such a character.
    pub fn model_year(&self, latest: i16) -> Option<i16> {
        let letter = *self.0.as_bytes().get(9).filter(|_| !self.is_short())?;
        let offset = i16::try_from(YEARS.iter().position(|y| *y == letter)?).ok()?;
        let first = 1980 + offset;
        (latest >= first).then(|| first + (latest - first) / 30 * 30)
    }
}

/// The check digit of 17 VIN characters (GB 16735): `0` to `9` or `X`; the ninth is not looked at. `None` when one cannot stand in a VIN.
pub fn check_digit(vin: &[u8; VIN_LENGTH]) -> Option<char> {
    let mut sum = 0;
    for (b, weight) in vin.iter().zip(WEIGHTS) {
        sum += weight * if weight == 0 { 0 } else { value(*b)? };
    }
    Some(match sum % 11 {
        10 => 'X',
        digit => char::from(b'0' + u8::try_from(digit).unwrap_or(0)),
    })
}

/// The value of a character in the check sum; `None` for I, O, Q and everything that is no letter or digit.
const fn value(b: u8) -> Option<u32> {
    Some(match b {
        b'0'..=b'9' => (b - b'0') as u32,
        b'A'..=b'H' => (b - b'A' + 1) as u32,
        b'J'..=b'N' => (b - b'J' + 1) as u32,
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => (b - b'S' + 2) as u32,
        _ => return None,
    })
}

/// Reads the characters only, without judging the check digit: for values that were accepted before.
impl std::str::FromStr for Vin {
    type Err = VinError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code = normal_code(text);
        let count = code.chars().count();
        if !(SHORTEST_FRAME_NUMBER..=VIN_LENGTH).contains(&count) {
            return Err(VinError::Length(count));
        }
        // Frame numbers from before VINs have no forbidden letters, and some have a hyphen.
        let allowed = |c: char| match u8::try_from(c) {
            Ok(b) if count == VIN_LENGTH => value(b).is_some(),
            Ok(b) => b.is_ascii_alphanumeric() || b == b'-',
            Err(_) => false,
        };
        match code.chars().enumerate().find(|(_, c)| !allowed(*c)) {
            Some((i, found)) => Err(VinError::Character { at: i + 1, found }),
            None => Ok(Self(code)),
        }
    }
}

impl std::fmt::Display for Vin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

crate::text::serde_as_text!(Vin);

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_vins() {
        for (vin, digit) in [
            ("1M8GDM9AXKP042788", 'X'),
            ("11111111111111111", '1'),
            ("1HGCM82633A004352", '3'),
            ("LSVHJ133022221761", '0'),
            ("5GZCZ43D13S812715", '1'),
        ] {
            let checked = Vin::parse(vin, None).expect(vin);
            assert_eq!((checked.value.expected_check_digit(), checked.warnings), (Some(digit), vec![]));
        }
    }

    #[test]
    fn a_wrong_check_digit_binds_only_makers_in_china_since_2004() {
        let error = VinError::CheckDigit { expected: '6', found: '0' };
        assert_eq!(Vin::parse("LVSHFFML0BF000001", None), Err(error.clone()));
        assert_eq!(Vin::parse("LVSHFFML0BF000001", Some(date(2004, 10, 1))), Err(error));
        for (vin, made) in [("LVSHFFML0BF000001", Some(date(2004, 9, 30))), ("WBA3A5C50CF256650", None)] {
            assert_eq!(Vin::parse(vin, made).map(|c| c.warnings), Ok(vec![Warning::VinCheckDigit]), "{vin}");
        }
    }

    #[test]
    fn old_frame_numbers_and_bad_texts() {
        assert_eq!(
            Vin::parse(" jn1-００1234 ", None).map(|c| (c.value.0, c.warnings)),
            Ok(("JN1-001234".into(), vec![Warning::ShortFrameNumber]))
        );
        assert_eq!(Vin::parse("123", None), Err(VinError::Length(3)));
        assert_eq!(Vin::parse("1M8GDM9AXKP0427881", None), Err(VinError::Length(18)));
        assert_eq!(Vin::parse("1M8GDM9AXKPO42788", None), Err(VinError::Character { at: 12, found: 'O' }));
        assert_eq!(Vin::parse("1M8GDM9AXKP04278号", None), Err(VinError::Character { at: 17, found: '号' }));
    }

    #[test]
    fn model_years_of_the_cycle() {
        let vin = |c: char| -> Vin { format!("LSVHJ1330{c}2221761").parse().expect("a VIN") };
        for (c, latest, year) in [
            ('A', 2026, 2010),
            ('Y', 2026, 2000),
            ('Y', 2031, 2030),
            ('1', 2026, 2001),
            ('9', 2026, 2009),
            ('T', 2026, 2026),
            ('V', 2026, 1997),
        ] {
            assert_eq!(vin(c).model_year(latest), Some(year), "{c}");
        }
        assert_eq!(vin('U').model_year(2026), None);
        assert_eq!(vin('A').model_year(1979), None);
    }

    proptest! {
        #[test]
        fn any_changed_character_of_another_value_is_caught(body in "[A-HJ-NPR-Z0-9]{17}", at in 0usize..17, other in "[A-HJ-NPR-Z0-9]") {
            let mut bytes: [u8; 17] = body.as_bytes().try_into().expect("17");
            bytes[8] = check_digit(&bytes).map(|c| c as u8).expect("valid characters");
            let good = String::from_utf8(bytes.to_vec()).expect("ASCII");
            prop_assert_eq!(Vin::parse(&good, None).map(|c| (c.value.0, c.warnings)), Ok((good.clone(), vec![])));
            bytes[at] = other.as_bytes()[0];
            let changed = String::from_utf8(bytes.to_vec()).expect("ASCII");
            // Letters share values (A, J and 1 are all 1): such a change cannot be seen by the rule of the standard.
            let same = |v: &str| if at == 8 { u32::from(v.as_bytes()[8]) } else { value(v.as_bytes()[at]).expect("valid") };
            if same(&good) != same(&changed) {
                match Vin::parse(&changed, None) {
                    Ok(checked) => prop_assert_eq!(checked.warnings, vec![Warning::VinCheckDigit]),
                    Err(error) => prop_assert_eq!(error.code(), "vin_check_digit"),
                }
            }
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,20}") {
            if let Ok(c) = Vin::parse(&text, None) { prop_assert_eq!(c.value.to_string().parse::<Vin>(), Ok(c.value)); }
        }
    }
}
