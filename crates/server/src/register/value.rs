//! Values as registers write them: full or half width, dates and months in several spellings.

use jiff::civil::Date;
use luzheng_domain::text::half_width;
use luzheng_domain::vehicle::YearMonth;

/// Every character in half width; blanks around the text go away, blanks inside stay.
pub fn half_width_text(text: &str) -> String {
    let half: String = text.chars().map(half_width).collect();
    let trimmed = half.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}' || c == '\u{200B}');
    if trimmed.len() == half.len() { half } else { trimmed.to_owned() }
}

/// Why a text is no date or no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateFault {
    /// The spelling is not understood.
    Spelling,
    /// Understood, but the calendar has no such day, e.g. 2026-02-30.
    Impossible,
}

/// A date as `2026-11-21`, `20261121`, `2026/11/21`, and as registers print it (`2026.11.21`, `2026年11月21日`), with or without a time
/// of day behind it, which is left out.
pub fn date(text: &str) -> Result<Date, DateFault> {
    let (year, month, day) = match parts(text)? {
        (year, month, Some(day)) => (year, month, day),
        _ => return Err(DateFault::Spelling),
    };
    Date::new(year, month, day).map_err(|_| DateFault::Impossible)
}

/// A month as `2027-05`, `202705`, `2027/05`, or the month of a date.
pub fn month(text: &str) -> Result<YearMonth, DateFault> {
    let (year, month, day) = parts(text)?;
    if let Some(day) = day {
        Date::new(year, month, day).map_err(|_| DateFault::Impossible)?;
    }
    YearMonth::new(year, month).ok_or(DateFault::Impossible)
}

fn parts(text: &str) -> Result<(i16, i8, Option<i8>), DateFault> {
    let text = without_time(text);
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return match text.len() {
            8 => Ok((number(&text[..4])?, number(&text[4..6])?, Some(number(&text[6..])?))),
            6 => Ok((number(&text[..4])?, number(&text[4..])?, None)),
            _ => Err(DateFault::Spelling),
        };
    }
    let bare = text.strip_suffix('日').or_else(|| text.strip_suffix('月')).unwrap_or(text);
    let mut parts = bare.split(['-', '/', '.', '年', '月', '\u{2010}', '\u{2013}', '\u{2014}', '\u{2212}']);
    let (Some(year), Some(month), day, None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(DateFault::Spelling);
    };
    if year.len() != 4 || month.len() > 2 || day.is_some_and(|d| d.len() > 2) {
        return Err(DateFault::Spelling);
    }
    Ok((number(year)?, number(month)?, day.map(number).transpose()?))
}

/// Cuts `00:00:00`, `T08:30:00Z` and the like off a date.
fn without_time(text: &str) -> &str {
    let Some(at) = text.find([' ', 'T']) else { return text };
    let time = text[at + 1..].trim();
    let is_time =
        time.contains(':') && time.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | '+' | '-' | 'Z'));
    if is_time { &text[..at] } else { text }
}

fn number<T: std::str::FromStr>(digits: &str) -> Result<T, DateFault> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DateFault::Spelling);
    }
    digits.parse().map_err(|_| DateFault::Spelling)
}

/// Whether a spreadsheet turned a long number into `3.20102E+17`, which has lost its last digits for good.
pub fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or("");
    mantissa.contains('.')
        && mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates() {
        let expected = Ok(Date::constant(2026, 11, 21));
        for text in [
            "2026-11-21",
            "20261121",
            "2026/11/21",
            "2026.11.21",
            "2026年11月21日",
            "2026-11-21 00:00:00",
            "2026-11-21T08:30:00.000+08:00",
        ] {
            assert_eq!(date(text), expected, "{text}");
        }
        assert_eq!(date("2026/1/5"), Ok(Date::constant(2026, 1, 5)));
        assert_eq!(date("2024-02-29"), Ok(Date::constant(2024, 2, 29)));
        for text in ["2026-02-30", "20260230", "2025-02-29", "2026-13-01", "2026-00-10", "2026/4/31", "0"] {
            let expected = if text == "0" { DateFault::Spelling } else { DateFault::Impossible };
            assert_eq!(date(text), Err(expected), "{text}");
        }
        for text in [
            "",
            "2026",
            "2026-11",
            "202611",
            "26-11-21",
            "21/11/2026",
            "2026-11-21-01",
            "2026-+1-21",
            "tomorrow",
            "2026-11-21 noon",
        ] {
            assert_eq!(date(text), Err(DateFault::Spelling), "{text}");
        }
    }

    #[test]
    fn months() {
        let expected = YearMonth::new(2027, 5).ok_or(DateFault::Impossible);
        for text in
            ["2027-05", "202705", "2027/05", "2027/5", "2027年05月", "2027-05-31", "20270531", "2027-05-31 23:59:59"]
        {
            assert_eq!(month(text), expected, "{text}");
        }
        assert_eq!(month("2027-13"), Err(DateFault::Impossible));
        assert_eq!(month("2027-02-30"), Err(DateFault::Impossible));
        assert_eq!(month("27-05"), Err(DateFault::Spelling));
    }

    #[test]
    fn spreadsheet_damage() {
        assert!(is_scientific("3.20102E+17") && is_scientific("1.1010519491231E+17"));
        assert!(!is_scientific("1E5") && !is_scientific("苏BE12345") && !is_scientific("11010519491231002X"));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,24}") {
            let _ = (date(&text), month(&text), is_scientific(&text), half_width_text(&text));
        }

        #[test]
        fn what_is_written_is_read(y in 1900i16..2100, m in 1i8..=12, d in 1i8..=28) {
            let day = Date::constant(y, m, d);
            prop_assert_eq!(date(&day.to_string()), Ok(day));
            prop_assert_eq!(date(&day.strftime("%Y%m%d").to_string()), Ok(day));
            prop_assert_eq!(month(&day.to_string()), Ok(YearMonth::of(day)));
        }
    }
}
