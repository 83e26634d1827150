//! Serials, VINs, identity numbers and phones: unique by construction, with valid check digits, and of patterns no real one has.

use jiff::civil::{Date, date};
use luzheng_domain::region::Division;
use luzheng_domain::vehicle::{citizen, organisation, vin};

use super::chance::{Permutation, Purpose, Stream, key};

/// Letters of plates: no I, no O.
const PLATE_LETTERS: &[u8; 24] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Letters and digits of plates.
const PLATE_SIGNS: &[u8; 34] = b"ABCDEFGHJKLMNPQRSTUVWXYZ0123456789";
/// Characters of VINs.
const VIN_SIGNS: &[u8; 33] = b"ABCDEFGHJKLMNPRSTUVWXYZ0123456789";
/// Characters of social credit codes.
const CREDIT_SIGNS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Year characters of VINs, from 1980.
const VIN_YEARS: &[u8; 30] = b"ABCDEFGHJKLMNPRSTVWXY123456789";

/// All serials of an ordinary plate with at most two letters: none, one in 5 places, two in 10 pairs of places.
const ORDINARY: u64 = 100_000 + 5 * 24 * 10_000 + 10 * 24 * 24 * 1_000;
/// Serials of four letters or digits.
const FOUR_SIGNS: u64 = 34 * 34 * 34 * 34;
/// Serials of a small new-energy plate behind one energy letter.
const NEV_SMALL: u64 = 34 * 10_000;
/// Serials of a large new-energy plate before one energy letter.
const NEV_LARGE: u64 = 100_000;

/// The plate number of a kind for the vehicle that has `local` as its number within the authority; `None` when the kind has run out.
pub(super) fn plate(seed: u64, authority: &str, plate_type: &str, pure: bool, local: u64) -> Option<String> {
    let serial = |size: u64, number: u64| Permutation::new(size, key(seed, Purpose::Serial, size)).at(number);
    let province = authority.chars().next()?;
    Some(match plate_type {
        "51" | "52" => {
            let size = if plate_type == "52" { NEV_SMALL } else { NEV_LARGE };
            let letters = if pure { b"DABCE" } else { b"FGHJK" };
            let letter = char::from(*letters.get(usize::try_from(local / size).ok()?)?);
            let n = serial(size, local % size);
            if plate_type == "51" {
                format!("{authority}{n:05}{letter}")
            } else {
                format!("{authority}{letter}{}{:04}", sign(PLATE_SIGNS, n / 10_000), n % 10_000)
            }
        }
        "15" => format!("{authority}{}挂", four_signs(serial(within(FOUR_SIGNS, local)?, local))),
        "16" | "17" => format!("{authority}{}学", four_signs(serial(within(FOUR_SIGNS, local)?, local))),
        "23" | "24" => format!("{authority}{}警", four_signs(serial(within(FOUR_SIGNS, local)?, local))),
        "26" => format!("{province}Z{}港", four_signs(serial(within(FOUR_SIGNS, local)?, local))),
        "27" => format!("{province}Z{}澳", four_signs(serial(within(FOUR_SIGNS, local)?, local))),
        "03" | "09" => format!("{:06}使", serial(within(1_000_000, local)?, local)),
        "04" | "10" => format!("{province}{:05}领", serial(within(100_000, local)?, local)),
        _ => format!("{authority}{}", ordinary(serial(within(ORDINARY, local)?, local))),
    })
}

fn within(size: u64, local: u64) -> Option<u64> {
    (local < size).then_some(size)
}

fn sign<const N: usize>(signs: &[u8; N], number: u64) -> char {
    char::from(signs[usize::try_from(number % N as u64).unwrap_or(0)])
}

fn four_signs(number: u64) -> String {
    [34 * 34 * 34, 34 * 34, 34, 1].iter().map(|part| sign(PLATE_SIGNS, number / part)).collect()
}

/// The `number`-th ordinary serial: first those without a letter, then with one, then with two.
fn ordinary(number: u64) -> String {
    let one = 5 * 24 * 10_000;
    let (places, letters, digits): (&[usize], u64, u64) = if number < 100_000 {
        (&[], 0, number)
    } else if number < 100_000 + one {
        let n = number - 100_000;
        (&[[0], [1], [2], [3], [4]][usize::try_from(n / 240_000).unwrap_or(0)], n % 240_000 / 10_000, n % 10_000)
    } else {
        const PAIRS: [[usize; 2]; 10] =
            [[0, 1], [0, 2], [0, 3], [0, 4], [1, 2], [1, 3], [1, 4], [2, 3], [2, 4], [3, 4]];
        let n = number - 100_000 - one;
        (&PAIRS[usize::try_from(n / 576_000 % 10).unwrap_or(0)], n % 576_000 / 1_000, n % 1_000)
    };
    let mut text = [b'0'; 5];
    let (mut letters, mut digits) = (letters, digits);
    for place in (0..5).rev() {
        if places.contains(&place) {
            text[place] = PLATE_LETTERS[usize::try_from(letters % 24).unwrap_or(0)];
            letters /= 24;
        } else {
            text[place] = b'0' + u8::try_from(digits % 10).unwrap_or(0);
            digits /= 10;
        }
    }
    text.iter().map(|b| char::from(*b)).collect()
}

/// A VIN that no other vehicle has; characters 4 to 6 are `SYN`, which no maker uses.
pub(super) fn vin(stream: &mut Stream, vehicle: u64, made_in: i16) -> String {
    let maker = stream.pick(&[b"LSV", b"LFV", b"LGB", b"LHG", b"LVS", b"LGX", b"LZW", b"LJD", b"LBE", b"LDC"]);
    build_vin(maker, b"SYN", vehicle, made_in)
}

/// A VIN of a maker, a family of three characters and a number below 1089 million, with its check digit.
pub(crate) fn build_vin(maker: &[u8; 3], family: &[u8; 3], number: u64, made_in: i16) -> String {
    let mut text = [b'0'; 17];
    text[..3].copy_from_slice(maker);
    text[3..6].copy_from_slice(family);
    let high = number / 1_000_000;
    text[6] = VIN_SIGNS[usize::try_from(high / 33 % 33).unwrap_or(0)];
    text[7] = VIN_SIGNS[usize::try_from(high % 33).unwrap_or(0)];
    text[9] = VIN_YEARS[usize::try_from((i32::from(made_in) - 1980).rem_euclid(30)).unwrap_or(0)];
    let mut low = number % 1_000_000;
    for place in (11..17).rev() {
        text[place] = b'0' + u8::try_from(low % 10).unwrap_or(0);
        low /= 10;
    }
    text[8] = vin::check_digit(&text).map_or(b'0', |c| c as u8);
    text.iter().map(|b| char::from(*b)).collect()
}

/// First birth date of a fictional person.
const BORN_FROM: Date = date(1950, 1, 1);
/// Birth dates in use: up to the end of 2000.
const BIRTHDAYS: u64 = 18_628;

/// The citizen number of the `local`-th person of a province: its division is the province itself, as no real number's is.
pub(super) fn citizen_number(seed: u64, province: Division, local: u64) -> String {
    let place = Permutation::new(BIRTHDAYS * 1000, key(seed, Purpose::Person, u64::from(province.code()))).at(local);
    let born = BORN_FROM.saturating_add(jiff::Span::new().days(i64::try_from(place % BIRTHDAYS).unwrap_or(0)));
    build_citizen_number(province, born, u16::try_from(place / BIRTHDAYS % 1000).unwrap_or(0))
}

/// A citizen number from its parts, with its check character. `sequence` is below 1000.
pub(crate) fn build_citizen_number(province: Division, born: Date, sequence: u16) -> String {
    let body =
        format!("{}{:04}{:02}{:02}{:03}", province.province(), born.year(), born.month(), born.day(), sequence % 1000);
    let check = citizen::check_character(&body).map_or_else(String::new, String::from);
    body + &check
}

/// The social credit code of the `number`-th unit: its organisation code begins with XG (虚构).
pub(crate) fn credit_code(kind: &str, division: Division, number: u64) -> String {
    let mut code = String::from("XG");
    for place in (0..6).rev() {
        code.push(sign(CREDIT_SIGNS, number / 31u64.pow(place)));
    }
    let check = organisation::organisation_character(&code).map_or_else(String::new, String::from);
    let body = format!("{kind}{division}{code}{check}");
    let last = organisation::credit_code_character(&body).map_or_else(String::new, String::from);
    body + &last
}

/// A phone number: mobiles never begin with 100.
pub(super) fn phone(stream: &mut Stream) -> String {
    format!("100{:08}", stream.below(100_000_000))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use luzheng_domain::vehicle::{OwnerKind, OwnerNumber, Plate, PlateType, Vin};

    use super::*;

    #[test]
    fn serials_of_every_layout_are_different_and_fit() {
        let layouts: Vec<String> = (0..ORDINARY).step_by(997).map(ordinary).collect();
        assert_eq!(layouts.iter().collect::<HashSet<_>>().len(), layouts.len());
        for edge in [0, 99_999, 100_000, 1_299_999, 1_300_000, ORDINARY - 1] {
            let number = format!("苏B{}", ordinary(edge));
            assert_eq!(Plate::parse(&number, PlateType::SMALL).map(|c| c.warnings), Ok(vec![]), "{number}");
        }
        assert_eq!(
            (ordinary(0), ordinary(99_999), ordinary(ORDINARY - 1)),
            ("00000".into(), "99999".into(), "999ZZ".into())
        );
    }

    #[test]
    fn plates_of_every_kind_fit_and_run_out() {
        for code in ["01", "02", "03", "04", "07", "08", "09", "13", "15", "16", "17", "23", "24", "51", "52"] {
            let kind = PlateType::from_code(code).expect("a kind");
            for local in [0, 1, 99_999] {
                let number = plate(5, "京A", code, local % 2 == 0, local).expect("not run out");
                assert_eq!(Plate::parse(&number, kind).map(|c| c.warnings), Ok(vec![]), "{number} {code}");
            }
        }
        for (code, size) in
            [("04", 100_000), ("15", FOUR_SIGNS), ("51", 5 * NEV_LARGE), ("52", 5 * NEV_SMALL), ("02", ORDINARY)]
        {
            assert!(
                plate(5, "粤B", code, true, size - 1).is_some() && plate(5, "粤B", code, true, size).is_none(),
                "{code}"
            );
        }
        let border = plate(5, "粤B", "26", false, 7).expect("not run out");
        assert!(Plate::parse(&border, PlateType::from_code("26").expect("a kind")).is_ok(), "{border}");
    }

    #[test]
    fn numbers_have_valid_checks() {
        let province = Division::new(320_000).expect("a division");
        for n in 0..500 {
            let citizen = citizen_number(3, province, n);
            let read = OwnerNumber::parse(&citizen, OwnerKind::Individual).expect("valid");
            assert_eq!((read.value.as_str(), read.warnings), (citizen.as_str(), vec![]));
            let unit = credit_code("91", province, n * 31 * 31);
            let read = OwnerNumber::parse(&unit, OwnerKind::Organisation).expect("valid");
            assert_eq!((read.value.as_str(), read.warnings), (unit.as_str(), vec![]));
            let vin = vin(&mut Stream::new(3, Purpose::Vehicle, n), n * 999_983, 2015);
            assert_eq!(Vin::parse(&vin, None).map(|c| c.warnings), Ok(vec![]), "{vin}");
        }
    }
}
