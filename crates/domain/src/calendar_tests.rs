//! Days: holidays, working weekends, periods of the orders.

use proptest::prelude::*;

use super::*;

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

#[test]
fn the_years_on_record_are_stated_and_another_year_is_an_error_that_names_it() {
    assert_eq!(years(), [2023, 2024, 2025, 2026]);
    for (text, year) in [("2022-12-31", 2022), ("2027-01-01", 2027), ("1999-05-05", 1999)] {
        assert_eq!(is_working_day(day(text)), Err(NoCalendar { year }));
    }
    assert_eq!(add_working_days(day("2026-12-30"), 1), Ok(day("2026-12-31")));
    assert_eq!(add_working_days(day("2026-12-31"), 1), Err(NoCalendar { year: 2027 }));
    assert_eq!(NoCalendar { year: 2027 }.to_string(), "there is no calendar of public holidays for 2027");
}

#[test]
fn holidays_weekends_and_worked_weekends() {
    let worked = |text: &str| is_working_day(day(text)).expect("on record");
    assert!(!worked("2026-02-16"), "a Monday of the Spring Festival");
    assert!(worked("2026-02-14") && worked("2026-02-28"), "Saturdays that are worked for it");
    assert!(worked("2026-11-23") && !worked("2026-11-22"), "an ordinary Monday and Sunday");
    assert!(worked("2023-12-29") && !worked("2024-01-01"));
    assert!(worked("2026-01-04"), "a Sunday right after the New Year");
    assert!(!worked("2026-12-31") || worked("2026-12-31"), "the last day of the last year has an answer");
    // Days off per year, weekends included, as the notices add up: 365 - working days.
    let off = |year: i16| {
        let first = Date::constant(year, 1, 1);
        first.series(1.day()).take_while(|d| d.year() == year).filter(|d| !worked(&d.to_string())).count()
    };
    assert_eq!([2023, 2024, 2025, 2026].map(off), [116, 115, 117, 117]);
}

/// R105 Art. 5, 81 (case 62), R146 Art. 71, 112 (case 67).
#[test]
fn worked_cases_of_periods() {
    assert_eq!(deadline(Order::R105, 5, day("2026-01-05")), Ok(day("2026-01-12")));
    // A Wednesday, three working days: the Monday after.
    assert_eq!(deadline(Order::R146, 3, day("2026-03-11")), Ok(day("2026-03-16")));
    // Case 61: fifteen natural days to pay, as the law on penalties counts them; no rolling is written there.
    assert_eq!(deadline(Order::Pun, 15, day("2024-03-01")), Ok(day("2024-03-16")));
}

/// The table of domain-driver.md 0.1: the same number means working days in one order and natural days in another.
#[test]
fn the_same_number_is_counted_as_its_order_says() {
    let working = |order: Order| (1..=60).filter(|n| order.counts_working_days(*n)).collect::<Vec<u32>>();
    assert_eq!(working(Order::R162), [1, 3, 5]);
    assert_eq!(working(Order::R163), [0u32; 0]);
    assert_eq!(working(Order::R105), [2, 3, 5, 7, 10, 15]);
    assert_eq!(working(Order::R146), [1, 2, 3, 5, 10]);
    assert_eq!(working(Order::Pun), [2, 3, 5, 7]);
    // Ten days from Friday 2026-03-06.
    let from = day("2026-03-06");
    assert_eq!(deadline(Order::R162, 10, from), Ok(day("2026-03-16")));
    assert_eq!(deadline(Order::R105, 10, from), Ok(day("2026-03-20")));
    // Three days in R163 are natural; the last one is a Monday here and a Sunday there.
    assert_eq!(deadline(Order::R163, 3, from), Ok(day("2026-03-09")));
    assert_eq!(deadline(Order::R163, 3, day("2026-03-05")), Ok(day("2026-03-09")));
    // Natural days need no calendar, except where the last one may roll.
    assert_eq!(deadline(Order::R162, 30, day("2030-01-31")), Ok(day("2030-03-02")));
    assert_eq!(deadline(Order::R163, 30, day("2030-01-31")), Err(NoCalendar { year: 2030 }));
}

#[test]
fn broken_tables_are_refused_with_their_line() {
    let head = "from,to,kind,name_zh,name_en,source\n";
    let problem = |rows: &str| load(&format!("{head}{rows}")).map(|_| ()).expect_err("broken").problem;
    assert!(problem("2026-01-03,2026-01-01,holiday,元旦,New Year,x\n").contains("ends before"));
    assert!(problem("2026-12-31,2027-01-01,holiday,元旦,New Year,x\n").contains("another year"));
    assert!(problem("2026-01-05,2026-01-05,working,元旦,New Year,x\n").contains("weekend"));
    assert!(problem("2026-01-01,2026-01-03,feast,元旦,New Year,x\n").contains("feast"));
    let twice = "2026-01-01,2026-01-03,holiday,元旦,New Year,x\n2026-01-03,2026-01-04,working,元旦,New Year,x\n";
    assert!(problem(twice).contains("twice"));
    let counting = |rows: &str| {
        load_counting(&format!("order,working_periods,rolls,clause,confidence\n{rows}")).expect_err("broken").problem
    };
    assert!(counting("R162,1 3 5,no,R162 Art.110,H\n").contains("R163 needs"));
    assert!(counting("R999,1,no,x,H\n").contains("not known"));
    assert!(counting("R162,one,no,x,H\n").contains("no number"));
}

proptest! {
    /// n working days later there are n working days in between, and the last one is one.
    #[test]
    fn working_days_are_counted_one_by_one(offset in 0i32..1300, days in 0u32..40) {
        let from = day("2023-01-01").checked_add(offset.days()).expect("in range");
        let to = add_working_days(from, days).expect("on record");
        let between = from.series(1.day()).skip(1).take_while(|d| *d <= to);
        let worked = between.filter(|d| is_working_day(*d) == Ok(true)).count();
        prop_assert_eq!(worked, days as usize);
        prop_assert!(days == 0 || is_working_day(to) == Ok(true));
        let rolled = roll_to_working_day(from).expect("on record");
        prop_assert!(is_working_day(rolled) == Ok(true) && rolled >= from);
    }

    #[test]
    fn no_day_and_no_length_panics(year in -9999i16..=9999, days in any::<u32>()) {
        let from = Date::constant(year, 12, 31);
        let _ = (is_working_day(from), add_natural_days(from, days));
        let _ = (deadline(Order::R163, days, from), deadline(Order::R105, days, from));
    }
}
