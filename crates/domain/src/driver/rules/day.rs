//! Days and years: ages, anniversaries, months. Every period is counted from its first day, so that 29 February comes back in leap years.

use jiff::ToSpan;
use jiff::civil::Date;

/// When an age is reached. The birthday itself, as offices count; criminal law takes the day after. The regulation only says 周岁.
pub const AGE_IS_REACHED: AgeDay = AgeDay::Birthday;

/// Until when "以下" (R162 Art. 110: inclusive) allows an application: on the birthday on which the upper age is reached, not for the whole
/// year after it, because from that birthday on the class may not be driven (Art. 65).
pub const UPPER_AGE_IS_THE_BIRTHDAY: bool = true;

/// The two readings of 周岁.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgeDay {
    /// The age is reached on the birthday.
    Birthday,
    /// The age is reached on the day after it.
    DayAfter,
}

/// The same day some years later; 29 February becomes 28 February in a common year, as the points cycle does.
pub fn years_after(day: Date, years: i32) -> Date {
    let end = if years < 0 { Date::MIN } else { Date::MAX };
    day.checked_add(years.years()).unwrap_or(end)
}

/// The same day some months later, the last of the month when it has no such day.
pub fn months_after(day: Date, months: i32) -> Date {
    day.checked_add(months.months()).unwrap_or(Date::MAX)
}

/// Some days later (or earlier, when negative).
pub fn days_after(day: Date, days: i32) -> Date {
    let end = if days < 0 { Date::MIN } else { Date::MAX };
    day.checked_add(days.days()).unwrap_or(end)
}

/// The day before.
pub fn day_before(day: Date) -> Date {
    day.yesterday().unwrap_or(day)
}

/// The first day on which somebody has reached an age.
pub fn reaches(birth_date: Date, age: i32) -> Date {
    let birthday = years_after(birth_date, age);
    match AGE_IS_REACHED {
        AgeDay::Birthday => birthday,
        AgeDay::DayAfter => days_after(birthday, 1),
    }
}

/// The age in completed years on a day; 0 before the birth.
pub fn age_on(birth_date: Date, day: Date) -> i32 {
    let years = i32::from(day.year()) - i32::from(birth_date.year());
    let age = if reaches(birth_date, years) > day { years - 1 } else { years };
    age.max(0)
}
