//! A month: inspection validity is kept and shown by month and ends on the month's last day.

use jiff::civil::Date;

/// A calendar month from 1900 to 9998, ordered by time. Text form `2027-05`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct YearMonth {
    year: i16,
    month: i8,
}

/// The text or the number names no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a month such as 2027-05")]
pub struct NotAMonth(pub String);

impl NotAMonth {
    /// The stable code of this error.
    pub const CODE: &'static str = "not_a_month";
}

impl YearMonth {
    /// The first month that can be expressed.
    pub const MIN: Self = Self { year: 1900, month: 1 };
    /// The last month that can be expressed; one year of reserve keeps every computed date in range.
    pub const MAX: Self = Self { year: 9998, month: 12 };

    /// The month of a year; `None` outside 1900-01 to 9998-12.
    pub const fn new(year: i16, month: i8) -> Option<Self> {
        if year >= Self::MIN.year && year <= Self::MAX.year && month >= 1 && month <= 12 {
            Some(Self { year, month })
        } else {
            None
        }
    }

    /// The month a day lies in; days outside the range give the nearest month.
    pub fn of(day: Date) -> Self {
        if day.year() < Self::MIN.year {
            Self::MIN
        } else if day.year() > Self::MAX.year {
            Self::MAX
        } else {
            Self { year: day.year(), month: day.month() }
        }
    }

    /// From `202705`, the form inside codes.
    pub fn from_yyyymm(number: u32) -> Option<Self> {
        let year = i16::try_from(number / 100).ok()?;
        let month = i8::try_from(number % 100).ok()?;
        Self::new(year, month)
    }

    /// As `202705`.
    pub fn yyyymm(self) -> u32 {
        u32::from(self.year.unsigned_abs()) * 100 + u32::from(self.month.unsigned_abs())
    }

    /// The year.
    pub const fn year(self) -> i16 {
        self.year
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> i8 {
        self.month
    }

    /// The first day of the month.
    pub fn first_day(self) -> Date {
        Date::constant(self.year, self.month, 1)
    }

    /// The last day of the month: the last valid day of a mark that names it.
    pub fn last_day(self) -> Date {
        self.first_day().last_of_month()
    }

    /// This many months later (or earlier, when negative); stops at `MIN` and `MAX`.
    pub fn add_months(self, months: i32) -> Self {
        let count = self.index().saturating_add(months).clamp(Self::MIN.index(), Self::MAX.index());
        let year = i16::try_from(count.div_euclid(12)).unwrap_or(Self::MAX.year);
        let month = i8::try_from(count.rem_euclid(12) + 1).unwrap_or(12);
        Self { year, month }
    }

    /// How many months later than `earlier` this one is; negative when it is earlier.
    pub fn months_since(self, earlier: Self) -> i32 {
        self.index() - earlier.index()
    }

    /// Months since the year 0, so that months can be counted.
    const fn index(self) -> i32 {
        self.year as i32 * 12 + self.month as i32 - 1
    }
}

impl std::fmt::Display for YearMonth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl std::str::FromStr for YearMonth {
    type Err = NotAMonth;

    /// Reads `2027-05`, and nothing else: imports normalise their own spellings.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotAMonth(text.chars().take(40).collect());
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(wrong());
        }
        let year = year.parse().map_err(|_| wrong())?;
        let month = month.parse().map_err(|_| wrong())?;
        Self::new(year, month).ok_or_else(wrong)
    }
}

crate::text::serde_as_text!(YearMonth);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ym(text: &str) -> YearMonth {
        text.parse().expect("a month")
    }

    #[test]
    fn last_valid_and_first_invalid_day_stand_side_by_side() {
        for (month, last, next) in [
            ("2027-05", "2027-05-31", "2027-06-01"),
            ("2024-02", "2024-02-29", "2024-03-01"),
            ("2023-02", "2023-02-28", "2023-03-01"),
            ("2026-12", "2026-12-31", "2027-01-01"),
        ] {
            assert_eq!(ym(month).last_day().to_string(), last);
            assert_eq!(ym(month).add_months(1).first_day().to_string(), next);
        }
    }

    #[test]
    fn refuses_what_is_no_month() {
        for text in [
            "",
            "2027",
            "2027-13",
            "2027-00",
            "27-05",
            "2027-5",
            "2027/05",
            "２０２７-05",
            "-027-05",
            "1899-12",
            "9999-01",
        ] {
            assert!(text.parse::<YearMonth>().is_err(), "{text}");
        }
        assert_eq!(YearMonth::from_yyyymm(202_713), None);
        assert_eq!(YearMonth::from_yyyymm(u32::MAX), None);
        assert_eq!(YearMonth::MAX.add_months(i32::MAX), YearMonth::MAX);
        assert_eq!(YearMonth::MIN.add_months(i32::MIN), YearMonth::MIN);
    }

    proptest! {
        #[test]
        fn text_and_number_read_back(year in 1900i16..=9998, month in 1i8..=12, step in -2000i32..2000) {
            let m = YearMonth::new(year, month).expect("in range");
            prop_assert_eq!(m.to_string().parse::<YearMonth>().ok(), Some(m));
            prop_assert_eq!(YearMonth::from_yyyymm(m.yyyymm()), Some(m));
            let later = m.add_months(step);
            if later != YearMonth::MAX && later != YearMonth::MIN {
                prop_assert_eq!(later.months_since(m), step);
            }
            prop_assert_eq!(YearMonth::of(m.last_day()), m);
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,12}") {
            if let Ok(m) = text.parse::<YearMonth>() { prop_assert_eq!(m.to_string(), text); }
        }
    }
}
