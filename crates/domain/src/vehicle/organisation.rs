//! Codes of organisations: 统一社会信用代码 (GB 32100-2015) and 组织机构代码 (GB 11714).

/// The alphabet of social credit codes; a character's value is its place.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
/// Weights of GB 32100: 3^(i-1) mod 31.
const CREDIT_WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
/// Weights of GB 11714.
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

/// Whether a character can stand in a social credit code (no I, O, S, V, Z).
pub fn is_credit_code_character(c: char) -> bool {
    u8::try_from(c).is_ok_and(|b| ALPHABET.contains(&b))
}

/// The check character of the first 17 characters of a social credit code; `None` when they are not of its alphabet.
pub fn credit_code_character(body: &str) -> Option<char> {
    if body.len() != 17 {
        return None;
    }
    let mut sum = 0;
    for (b, weight) in body.bytes().zip(CREDIT_WEIGHTS) {
        sum += weight * ALPHABET.iter().position(|a| *a == b)?;
    }
    Some(char::from(ALPHABET[(31 - sum % 31) % 31]))
}

/// Whether the check character of a social credit code is right; `None` when the text has not its form.
pub fn credit_code_check(code: &str) -> Option<bool> {
    let (body, last) = code.split_at_checked(17)?;
    let expected = credit_code_character(body)?;
    let mut rest = last.chars();
    match (rest.next(), rest.next()) {
        (Some(found), None) if is_credit_code_character(found) => Some(found == expected),
        _ => None,
    }
}

/// The check character of the first 8 characters of an organisation code; `None` when they are not letters and digits.
pub fn organisation_character(body: &str) -> Option<char> {
    if body.len() != 8 {
        return None;
    }
    let mut sum = 0;
    for (b, weight) in body.bytes().zip(ORGANISATION_WEIGHTS) {
        sum += weight
            * match b {
                b'0'..=b'9' => u32::from(b - b'0'),
                b'A'..=b'Z' => u32::from(b - b'A') + 10,
                _ => return None,
            };
    }
    Some(match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from(b'0' + u8::try_from(digit).unwrap_or(0)),
    })
}

/// Whether the check character of an organisation code (9 characters, no hyphen) is right; `None` when the text has not its form.
pub fn organisation_check(code: &str) -> Option<bool> {
    let (body, last) = code.split_at_checked(8)?;
    let expected = organisation_character(body)?;
    match last.as_bytes() {
        [found @ (b'0'..=b'9' | b'X')] => Some(char::from(*found) == expected),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_codes() {
        for (code, fits) in [
            ("91110000600037341L", Some(true)),
            ("91440101MA5CJQ4N59", Some(true)),
            ("91350200776049653A", Some(true)),
            ("12100000400006592C", Some(false)),
            ("121000004000065924", Some(true)),
            ("91350100M0001TGQXM", Some(false)),
            ("9135010OM0001TGQXM", None),
            ("911100006000373", None),
        ] {
            assert_eq!(credit_code_check(code), fits, "{code}");
        }
        assert_eq!(organisation_check("600037341"), Some(true));
        assert_eq!(organisation_check("600037340"), Some(false));
        assert_eq!(organisation_check("60003734A"), None);
    }

    proptest! {
        #[test]
        fn any_single_changed_character_is_caught(body in "[0-9A-HJ-NP-RT-UW-Y]{17}", at in 0usize..18, by in 1usize..31) {
            let mut code = format!("{body}{}", credit_code_character(&body).expect("the alphabet")).into_bytes();
            let place = ALPHABET.iter().position(|a| *a == code[at]).expect("the alphabet");
            code[at] = ALPHABET[(place + by) % 31];
            let changed = String::from_utf8(code).expect("ASCII");
            prop_assert_eq!(credit_code_check(&changed), Some(false));
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,20}") {
            credit_code_check(&text);
            organisation_check(&text);
        }
    }
}
