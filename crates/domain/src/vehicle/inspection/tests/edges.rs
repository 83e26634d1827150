//! Last day and first day side by side.

use super::super::{CycleFacts, InspectionError, InspectionRules, LAST_DAY};
use super::{ask, day, line, valid, vehicle};

/// Rows of: facts, day, answer in one line.
fn hold(rows: &[(CycleFacts, &str, &str)]) {
    for (facts, as_of, wanted) in rows {
        assert_eq!(&line(facts, as_of), wanted, "{facts:?} on {as_of}");
    }
}

#[test]
fn policy_of_2014() {
    let car = vehicle("K33", 'A', 5, "2012-09-10");
    let older = valid(vehicle("K33", 'A', 5, "2010-08-31"), "2014-09");
    let cohort = valid(vehicle("K33", 'A', 5, "2010-09-01"), "2014-09");
    let seven = vehicle("K33", 'A', 7, "2012-09-10");
    let six = vehicle("K33", 'A', 6, "2012-09-10");
    let large = vehicle("K16", 'A', 5, "2012-09-10");
    let missed = valid(vehicle("K33", 'A', 5, "2012-08-31"), "2014-08");
    let last = vehicle("K33", 'A', 5, "2016-11-30");
    hold(&[
        (car.clone(), "2014-08-31", "window_open inspect 2014-09 2014-07-01 2016-09 pax.2004.to6"),
        (car, "2014-09-01", "window_open apply_mark 2014-09 2014-07-01 2016-09 pax.2014.exempt"),
        (older, "2014-09-01", "window_open inspect 2014-09 2014-07-01 2016-08 pax.2014.before-cohort"),
        (cohort, "2014-09-01", "window_open apply_mark 2014-09 2014-07-01 2016-09 pax.2014.exempt"),
        (six, "2014-09-01", "window_open apply_mark 2014-09 2014-07-01 2016-09 pax.2014.exempt"),
        (seven, "2014-09-01", "window_open inspect 2014-09 2014-07-01 2016-09 pax7.2004.to6"),
        (large, "2014-09-01", "window_open apply_mark 2014-09 2014-07-01 2016-09 pax.2014.exempt"),
        // Overdue before the policy began: the point keeps the older rule.
        (missed.clone(), "2014-08-31", "window_open inspect 2014-08 2014-06-01 2016-08 pax.2004.to6"),
        (missed, "2014-09-01", "overdue inspect 2014-08 2014-06-01 2016-08 pax.2004.to6"),
        (last.clone(), "2020-11-19", "window_open apply_mark 2020-11 2020-09-01 2022-11 pax.2014.exempt"),
        (last, "2020-11-20", "window_open apply_mark 2020-11 2020-09-01 2022-11 pax.2020.exempt"),
    ]);
}

#[test]
fn policy_of_2020() {
    let seven = vehicle("K33", 'A', 7, "2018-11-15");
    let nine = vehicle("K32", 'A', 9, "2018-11-15");
    let ten = vehicle("K32", 'A', 10, "2018-11-15");
    let six_years = vehicle("K33", 'A', 5, "2014-11-15");
    let seven_years = vehicle("K33", 'A', 5, "2013-11-15");
    let eight_years = vehicle("K33", 'A', 5, "2012-11-15");
    let nine_years = vehicle("K33", 'A', 5, "2011-11-15");
    let missed = valid(vehicle("K33", 'A', 5, "2014-10-15"), "2020-10");
    hold(&[
        (seven.clone(), "2020-11-19", "window_open inspect 2020-11 2020-09-01 2022-11 pax7.2004.to6"),
        (seven, "2020-11-20", "window_open apply_mark 2020-11 2020-09-01 2022-11 pax.2020.exempt"),
        (nine, "2020-11-20", "window_open apply_mark 2020-11 2020-09-01 2022-11 pax.2020.exempt"),
        (ten, "2020-11-20", "window_open inspect 2020-11 2020-09-01 2022-11 base.to6"),
        (six_years.clone(), "2020-11-19", "window_open inspect 2020-11 2020-09-01 2021-11 pax.2004.6to15"),
        (six_years, "2020-11-20", "window_open inspect 2020-11 2020-09-01 2022-11 pax.2020.year6"),
        (seven_years.clone(), "2020-11-19", "window_open inspect 2020-11 2020-09-01 2021-11 pax.2004.6to15"),
        (seven_years, "2020-11-20", "window_open apply_mark 2020-11 2020-09-01 2021-11 pax.2020.year7"),
        (eight_years.clone(), "2020-11-19", "window_open inspect 2020-11 2020-09-01 2021-11 pax.2004.6to15"),
        (eight_years, "2020-11-20", "window_open inspect 2020-11 2020-09-01 2022-11 pax.2020.year8"),
        (nine_years.clone(), "2020-11-19", "window_open inspect 2020-11 2020-09-01 2021-11 pax.2004.6to15"),
        (nine_years, "2020-11-20", "window_open apply_mark 2020-11 2020-09-01 2021-11 pax.2020.year9"),
        (missed.clone(), "2020-10-31", "window_open inspect 2020-10 2020-08-01 2021-10 pax.2004.6to15"),
        (missed, "2020-12-01", "overdue inspect 2020-10 2020-08-01 2021-10 pax.2004.6to15"),
    ]);
}

#[test]
fn policy_of_2022() {
    let eight_years = vehicle("K33", 'A', 5, "2014-11-15");
    let missed = valid(vehicle("K33", 'A', 5, "2014-09-15"), "2022-09");
    let motorcycle = vehicle("M21", 'A', 2, "2020-10-31");
    let four = valid(vehicle("M21", 'A', 2, "2018-10-01"), "2022-10");
    let motorcycle_missed = valid(vehicle("M21", 'A', 2, "2020-09-30"), "2022-09");
    let old = valid(vehicle("K33", 'A', 5, "2005-10-02"), "2022-10");
    let van = valid(vehicle("K39", 'A', 5, "2005-10-02"), "2022-10");
    hold(&[
        (eight_years.clone(), "2022-09-30", "window_open inspect 2022-11 2022-09-01 2024-11 pax.2020.year8"),
        (eight_years, "2022-10-01", "window_open apply_mark 2022-11 2022-09-01 2024-11 pax.2022.year8"),
        (missed.clone(), "2022-09-30", "window_open inspect 2022-09 2022-07-01 2024-09 pax.2020.year8"),
        (missed, "2022-10-01", "overdue inspect 2022-09 2022-07-01 2024-09 pax.2020.year8"),
        (motorcycle.clone(), "2022-09-30", "window_open inspect 2022-10 2022-08-01 2024-10 moto.2004.to4"),
        (motorcycle, "2022-10-01", "window_open apply_mark 2022-10 2022-08-01 2024-10 moto.2022.exempt"),
        (four.clone(), "2022-09-30", "window_open inspect 2022-10 2022-08-01 2023-10 moto.2004.over4"),
        (four, "2022-10-01", "window_open apply_mark 2022-10 2022-08-01 2024-10 moto.2022.exempt"),
        (motorcycle_missed, "2022-10-01", "overdue inspect 2022-09 2022-07-01 2024-09 moto.2004.to4"),
        (old.clone(), "2022-09-30", "window_open inspect 2022-10 2022-08-01 2023-04 pax.2020.over15"),
        (old, "2022-10-01", "window_open inspect 2022-10 2022-08-01 2023-10 pax.2022.over10"),
        (van, "2022-10-01", "window_open inspect 2022-10 2022-08-01 2023-04 base.over15"),
    ]);
}

#[test]
fn a_future_window_is_decided_by_the_rules_of_its_first_day() {
    let car = vehicle("K33", 'A', 5, "2014-11-15");
    let next_month = vehicle("K33", 'A', 5, "2014-12-15");
    hold(&[
        // Asked in 2021, the window of November opens before the policy of 2022, that of December with it.
        (car, "2021-06-01", "not_due inspect 2022-11 2022-09-01 2024-11 pax.2020.year8"),
        (next_month, "2021-06-01", "not_due apply_mark 2022-12 2022-10-01 2024-12 pax.2022.year8"),
    ]);
}

#[test]
fn window_and_overdue() {
    let car = valid(vehicle("K33", 'A', 5, "2019-10-09"), "2023-10");
    let winter = valid(vehicle("K33", 'A', 5, "2020-01-31"), "2024-01");
    let leap = valid(vehicle("H11", 'F', 2, "2020-02-29"), "2024-02");
    let common = valid(vehicle("H11", 'F', 2, "2020-02-29"), "2023-02");
    let bus = valid(vehicle("K28", 'S', 36, "2023-09-01"), "2024-03");
    hold(&[
        (car.clone(), "2023-07-31", "not_due apply_mark 2023-10 2023-08-01 2025-10 pax.2022.exempt"),
        (car.clone(), "2023-08-01", "window_open apply_mark 2023-10 2023-08-01 2025-10 pax.2022.exempt"),
        (car.clone(), "2023-10-31", "window_open apply_mark 2023-10 2023-08-01 2025-10 pax.2022.exempt"),
        (car, "2023-11-01", "overdue apply_mark 2023-10 2023-08-01 2025-10 pax.2022.exempt"),
        (winter.clone(), "2023-10-31", "not_due apply_mark 2024-01 2023-11-01 2026-01 pax.2022.exempt"),
        (winter, "2023-11-01", "window_open apply_mark 2024-01 2023-11-01 2026-01 pax.2022.exempt"),
        (leap.clone(), "2024-02-29", "window_open inspect 2024-02 2023-12-01 2025-02 truck.to10"),
        (leap, "2024-03-01", "overdue inspect 2024-02 2023-12-01 2025-02 truck.to10"),
        (common.clone(), "2023-02-28", "window_open inspect 2023-02 2022-12-01 2024-02 truck.to10"),
        (common, "2023-03-01", "overdue inspect 2023-02 2022-12-01 2024-02 truck.to10"),
        (bus.clone(), "2024-02-29", "not_due inspect 2024-03 2024-03-01 2024-09 school.2022"),
        (bus.clone(), "2024-03-01", "window_open inspect 2024-03 2024-03-01 2024-09 school.2022"),
        (bus.clone(), "2024-03-31", "window_open inspect 2024-03 2024-03-01 2024-09 school.2022"),
        (bus, "2024-04-01", "overdue inspect 2024-03 2024-03-01 2024-09 school.2022"),
    ]);
}

#[test]
fn clauses_of_the_school_bus() {
    let bus = vehicle("K18", 'P', 40, "2011-04-20");
    let plated = vehicle("K11", 'S', 40, "2022-02-20");
    for (facts, as_of, rule) in [
        (&bus, "2012-04-04", "school.2004"),
        (&bus, "2012-04-05", "school.2012"),
        (&valid(plated.clone(), "2022-04"), "2022-04-30", "schoolplate.2012"),
        (&valid(plated.clone(), "2022-05"), "2022-05-01", "schoolplate.2022"),
        (&plated, "2022-08-01", "schoolplate.2022"),
    ] {
        assert_eq!(ask(facts, as_of).rule, rule, "{as_of}");
    }
    // The point of April 2022 was decided before Order 164 began, that of May with it.
    assert_eq!(ask(&valid(vehicle("K18", 'P', 40, "2021-10-20"), "2022-04"), "2022-05-10").rule, "school.2012");
    // A school bus that is no dedicated one counts from its plate: its phase need not be that of the registration.
    hold(&[(
        valid(plated, "2024-05"),
        "2024-05-02",
        "window_open inspect 2024-05 2024-05-01 2024-11 schoolplate.2022",
    )]);
}

/// At which point the step changes: the last point of the long step and the first of the short one.
#[test]
fn steps_change_at_the_age_the_law_names() {
    for (code, use_nature, seats, before, after) in [
        ("K33", 'D', 5, ("2014-05", "2015-05"), ("2015-05", "2015-11")),
        ("K11", 'B', 45, ("2014-05", "2015-05"), ("2015-05", "2015-11")),
        ("H11", 'F', 2, ("2019-05", "2020-05"), ("2020-05", "2020-11")),
        ("Q11", 'F', 2, ("2019-05", "2020-05"), ("2020-05", "2020-11")),
        ("K11", 'A', 45, ("2019-05", "2020-05"), ("2020-05", "2020-11")),
        ("K39", 'A', 7, ("2014-05", "2016-05"), ("2016-05", "2017-05")),
        ("K39", 'A', 7, ("2024-05", "2025-05"), ("2025-05", "2025-11")),
        ("K33", 'A', 5, ("2018-05", "2019-05"), ("2019-05", "2020-05")),
        ("M21", 'A', 2, ("2012-05", "2014-05"), ("2014-05", "2015-05")),
        ("B11", 'F', 0, ("2024-05", "2025-05"), ("2040-05", "2041-05")),
        ("Z11", 'A', 2, ("2019-05", "2020-05"), ("2020-05", "2021-05")),
        ("N11", 'F', 2, ("2019-05", "2020-05"), ("2020-05", "2021-05")),
    ] {
        for (due, next) in [before, after] {
            let facts = valid(vehicle(code, use_nature, seats, "2010-05-31"), due);
            assert_eq!(ask(&facts, &format!("{due}-15")).next_valid_until.to_string(), next, "{code} at {due}");
        }
    }
}

#[test]
fn what_voids_the_exemption() {
    let car = vehicle("K33", 'A', 5, "2018-05-07");
    let made = |on: &str| CycleFacts { manufactured_on: Some(day(on)), ..car.clone() };
    let leap = CycleFacts { manufactured_on: Some(day("2012-02-29")), ..vehicle("K33", 'A', 5, "2016-02-29") };
    let leap_later = CycleFacts { registered_on: day("2016-03-01"), ..leap.clone() };
    let rows = [
        (made("2014-05-07"), "2020-05-10", "pax.2014.exempt", None),
        (made("2014-05-06"), "2020-05-10", "base.to6", Some("void late registration")),
        (leap, "2018-02-10", "pax.2014.exempt", None),
        (leap_later, "2018-03-10", "base.to6", Some("void late registration")),
        (CycleFacts { casualty_accident: true, ..car.clone() }, "2020-05-10", "base.to6", Some("void casualty")),
        (CycleFacts { illegal_modification: true, ..car.clone() }, "2020-05-10", "base.to6", Some("void modified")),
        // A van has none to lose, and neither has a vehicle outside the policies.
        (
            CycleFacts { casualty_accident: true, ..vehicle("K39", 'A', 5, "2018-05-07") },
            "2020-05-10",
            "base.to6",
            None,
        ),
        (
            CycleFacts { casualty_accident: true, ..vehicle("H11", 'F', 2, "2018-05-07") },
            "2020-05-10",
            "truck.to10",
            None,
        ),
        (
            CycleFacts { casualty_accident: true, ..vehicle("M21", 'A', 2, "2021-05-07") },
            "2023-05-10",
            "motovoid.to4",
            Some("void casualty"),
        ),
    ];
    for (facts, as_of, rule, lost) in rows {
        let answer = ask(&facts, as_of);
        assert_eq!((answer.rule, answer.exemption_lost.map(|c| c.id.as_str())), (rule, lost), "{facts:?}");
    }
}

#[test]
fn renewal_early_or_late_does_not_move_the_anchor() {
    let rules = InspectionRules::builtin();
    let truck = valid(vehicle("H11", 'F', 2, "2016-05-31"), "2023-05");
    let after = |on: &str| rules.valid_until_after_handling(&truck, day(on)).map(|m| m.to_string());
    assert_eq!(
        after("2023-02-28"),
        Err(InspectionError::TooEarly { on: day("2023-02-28"), window_opens: day("2023-03-01") })
    );
    assert_eq!(after("2023-03-01").as_deref(), Ok("2024-05"));
    assert_eq!(after("2023-05-31").as_deref(), Ok("2024-05"));
    assert_eq!(after("2023-06-01").as_deref(), Ok("2024-05"));
    assert_eq!(after("2024-04-30").as_deref(), Ok("2024-05"));
    // In the month of a further point that point is handled as well.
    assert_eq!(after("2024-05-01").as_deref(), Ok("2025-05"));
    assert_eq!(after("2025-05-31").as_deref(), Ok("2026-05"));
    // From year 10 on the steps are half years, also when the point was passed while overdue.
    assert_eq!(after("2026-06-01").as_deref(), Ok("2026-11"));
}

#[test]
fn a_missed_inspection_is_not_cured_by_applying_for_a_mark() {
    let car = valid(vehicle("K33", 'A', 5, "2015-03-10"), "2019-03");
    let early = ask(&car, "2021-02-28");
    assert_eq!((early.action.code(), early.missed_inspection), ("apply_mark", None));
    let late = ask(&car, "2021-04-01");
    assert_eq!((late.action.code(), late.rule), ("inspect", "pax.2020.year6"));
    assert_eq!(late.missed_inspection.map(|m| m.to_string()).as_deref(), Some("2021-03"));
    assert_eq!(late.next_valid_until.to_string(), "2023-03");
    assert!(late.explanation().en.contains("The inspection of 2021-03 was missed meanwhile and comes first."));
}

#[test]
fn a_validity_off_the_registration_month_returns_to_it() {
    hold(&[
        (
            valid(vehicle("H11", 'F', 2, "2020-05-06"), "2023-08"),
            "2023-08-01",
            "window_open inspect 2023-08 2023-06-01 2024-05 truck.to10",
        ),
        (
            valid(vehicle("K33", 'A', 5, "2018-05-06"), "2023-08"),
            "2023-08-01",
            "window_open apply_mark 2023-08 2023-06-01 2024-05 pax.2022.exempt",
        ),
        (
            valid(vehicle("K33", 'A', 5, "2008-05-06"), "2023-08"),
            "2023-08-01",
            "window_open inspect 2023-08 2023-06-01 2024-05 pax.2022.over10",
        ),
    ]);
}

#[test]
fn the_first_mark_and_the_mark_at_roll_out() {
    let rules = InspectionRules::builtin();
    for (code, use_nature, seats, first) in [
        ("K33", 'A', 5, "2022-05"),
        ("M21", 'A', 2, "2022-05"),
        ("K39", 'A', 7, "2022-05"),
        ("K33", 'D', 5, "2021-05"),
        ("H11", 'F', 2, "2021-05"),
        ("K11", 'A', 40, "2021-05"),
        ("K18", 'P', 40, "2020-11"),
        ("B11", 'F', 0, "2021-05"),
    ] {
        let facts = vehicle(code, use_nature, seats, "2020-05-31");
        assert_eq!(rules.valid_until_after_registration(&facts).map(|m| m.to_string()).as_deref(), Ok(first), "{code}");
        assert_eq!(
            rules.valid_until_when_on_time(&facts, day("2020-06-20")).map(|m| m.to_string()).as_deref(),
            Ok(first),
            "{code}"
        );
    }
}

#[test]
fn the_ends_of_the_calendar_are_errors_or_answers_never_panics() {
    let rules = InspectionRules::builtin();
    for code in ["K33", "K18", "H11", "M21"] {
        let oldest = vehicle(code, 'A', 5, "1900-01-01");
        assert!(rules.answer(&oldest, LAST_DAY).is_ok());
        assert!(rules.answer(&valid(oldest.clone(), "1900-01"), LAST_DAY).is_ok());
        assert!(rules.answer(&valid(oldest.clone(), "2199-12"), day("2004-05-01")).is_ok());
        assert!(rules.answer(&valid(oldest.clone(), "2200-01"), day("2004-05-01")).is_err());
        assert!(rules.answer(&oldest, jiff::civil::Date::MAX).is_err());
        assert!(rules.answer(&vehicle(code, 'A', 5, "1899-12-31"), day("2004-05-01")).is_err());
        for wild in [jiff::civil::Date::MIN, jiff::civil::Date::MAX] {
            let facts = CycleFacts { registered_on: wild, ..oldest.clone() };
            assert!(rules.answer(&facts, day("2023-01-01")).is_err());
            let facts = CycleFacts { manufactured_on: Some(wild), ..oldest.clone() };
            assert!(rules.answer(&facts, day("2023-01-01")).is_err());
        }
    }
}
