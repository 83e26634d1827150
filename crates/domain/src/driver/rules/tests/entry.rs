//! Ages, first issue, adding a class, bars; rows in which the last day of one answer and the first of the next stand side by side.

use super::super::entry::{Bar, BarEvent, EntryError, add, age, barred, first};
use super::{born, day, facts, since};
use crate::driver::class::LicenceClass;
use crate::driver::rules::LicenceFacts;

fn class(code: &str) -> LicenceClass {
    code.parse().expect("a class")
}

/// The clause that allows, or `code clause until` of a refusal.
fn said(answer: Result<super::super::Allowed, EntryError>) -> String {
    match answer {
        Ok(allowed) => format!("{}{}", allowed.clause.id, if allowed.ability_tests { " with tests" } else { "" }),
        Err(EntryError::Refused(refusal)) => {
            let until = refusal.until.map(|until| format!(" until {until}")).unwrap_or_default();
            format!("{} {}{until}", refusal.code, refusal.clause.id)
        }
        Err(EntryError::BeforeRules) => "before_rules".to_owned(),
    }
}

#[test]
fn ages_before_and_after_2025() {
    for (code, born_on, student, on, expected) in [
        ("C1", "2006-05-20", false, "2024-05-19", "too_young R162 Art.14(1) until 2024-05-20"),
        ("C1", "2006-05-20", false, "2024-05-20", "R162 Art.14(1)"),
        ("C1", "1930-01-01", false, "2026-01-01", "R172 Art.14(1) with tests"),
        ("C1", "1956-01-02", false, "2026-01-01", "R172 Art.14(1)"),
        ("C1", "1956-01-01", false, "2026-01-01", "R172 Art.14(1) with tests"),
        // D at 61: too old by the order of 2022, allowed by that of 2025.
        ("D", "1963-06-01", false, "2024-12-31", "too_old R162 Art.14(1)"),
        ("D", "1963-06-01", false, "2025-01-01", "R172 Art.14(1) with tests"),
        ("D", "1955-06-01", false, "2025-06-01", "R172 Art.14(1) with tests"),
        ("D", "1955-06-01", false, "2025-06-02", "too_old R172 Art.14(1)"),
        ("E", "1964-06-01", false, "2024-06-01", "R162 Art.14(1)"),
        ("E", "1964-06-01", false, "2024-06-02", "too_old R162 Art.14(1)"),
        ("C6", "2005-03-01", false, "2025-02-28", "too_young R172 Art.14(1) until 2025-03-01"),
        ("C6", "1960-03-01", false, "2025-03-01", "R172 Art.14(1) with tests"),
        ("E", "1966-03-02", false, "2026-03-01", "R172 Art.14(1)"),
        ("E", "1966-03-01", false, "2026-03-01", "R172 Art.14(1) with tests"),
        ("C4", "1962-03-01", false, "2025-03-01", "R172 Art.14(1)"),
        ("C4", "1962-03-01", false, "2025-03-02", "too_old R172 Art.14(1)"),
        ("B2", "2005-03-01", false, "2025-03-01", "R172 Art.14(1)"),
        ("B2", "1962-03-01", false, "2025-03-02", "too_old R172 Art.14(1)"),
        ("A1", "2003-03-02", false, "2025-03-01", "too_young R172 Art.14(1) until 2025-03-02"),
        ("A1", "2003-03-01", false, "2025-03-01", "R172 Art.14(1)"),
        ("A2", "2006-03-01", true, "2025-03-01", "R172 Art.14(1)"),
        ("A2", "2006-03-02", true, "2025-03-01", "too_young R172 Art.14(1) until 2025-03-02"),
        // Born on 29 February: 18 on 28 February of a common year.
        ("C1", "2008-02-29", false, "2026-02-27", "too_young R172 Art.14(1) until 2026-02-28"),
        ("C1", "2008-02-29", false, "2026-02-28", "R172 Art.14(1)"),
        ("C1", "1990-01-01", false, "2022-03-31", "before_rules"),
    ] {
        assert_eq!(said(age(class(code), day(born_on), student, day(on))), expected, "{code} born {born_on} on {on}");
    }
}

#[test]
fn the_first_licence() {
    for (code, expected) in [
        ("A1", "not_first R162 Art.16 par.1"),
        ("A2", "not_first R162 Art.16 par.1"),
        ("B1", "not_first R162 Art.16 par.1"),
        ("C6", "not_first R162 Art.16 par.1"),
        ("A3", "R162 Art.16 par.1"),
        ("B2", "R162 Art.16 par.1"),
        ("C5", "R162 Art.16 par.1"),
        ("F", "R162 Art.16 par.1"),
        ("P", "R162 Art.16 par.1"),
    ] {
        assert_eq!(said(first(class(code), day("1990-01-01"), &[], day("2026-01-10"))), expected, "{code}");
    }
    assert_eq!(
        said(first(class("C1"), day("2010-01-01"), &[], day("2026-01-10"))),
        "too_young R172 Art.14(1) until 2028-01-01"
    );
}

/// Case 53 (R162 Art. 17(2)): two years of C1 on the very day.
#[test]
fn b1_after_two_years_of_c1() {
    let c1 = |as_of: &str| facts("C1", "2024-05-01", as_of);
    assert_eq!(said(add(&c1("2026-04-30"), class("B1"), false, &[])), "too_short R162 Art.17(2) until 2026-05-01");
    assert_eq!(said(add(&c1("2026-05-01"), class("B1"), false, &[])), "R162 Art.17(2)");
}

#[test]
fn adding_a_class() {
    for (held, first_issued_on, target, on, expected) in [
        ("C1", "2024-05-01", "C6", "2025-04-30", "too_short R162 Art.17(1) until 2025-05-01"),
        ("C1", "2024-05-01", "C6", "2025-05-01", "R162 Art.17(1)"),
        ("A3", "2024-05-01", "C6", "2025-05-01", "R162 Art.17(1)"),
        ("C4", "2020-05-01", "C6", "2025-05-01", "class_missing R162 Art.17(1)"),
        ("B2", "2023-05-01", "A2", "2025-05-01", "R162 Art.17(3)"),
        ("A1", "2024-05-01", "A2", "2025-05-01", "R162 Art.17(3)"),
        ("C1", "2010-05-01", "A2", "2025-05-01", "class_missing R162 Art.17(3)"),
        ("B2", "2022-05-02", "A1", "2025-05-01", "too_short R162 Art.17(4) until 2025-05-02"),
        ("B2", "2022-05-01", "A1", "2025-05-01", "R162 Art.17(4)"),
        ("A2", "2024-05-01", "A1", "2025-05-01", "R162 Art.17(4)"),
        ("C1", "2024-05-01", "D", "2024-06-01", "R162 Art.17 par.1"),
        ("C1", "2024-05-01", "C5", "2025-05-01", "not_added R162 Art.16 par.2"),
        ("C1", "2024-05-01", "C2", "2025-05-01", "already_held R162 Art.16 par.2"),
        ("C2", "2024-05-01", "C1", "2024-06-01", "R162 Art.17 par.1"),
    ] {
        let facts = born(facts(held, first_issued_on, on), "1990-01-01");
        assert_eq!(said(add(&facts, class(target), false, &[])), expected, "{held} -> {target} on {on}");
    }
    // A2 of A1A2 includes B2; the class counts since it was obtained, not since the licence.
    let late = since(facts("B2C1", "2010-05-01", "2026-04-30"), "B2", "2024-05-01");
    assert_eq!(said(add(&late, class("A2"), false, &[])), "too_short R162 Art.17(3) until 2026-05-01");
}

#[test]
fn clean_cycles_before_adding() {
    // Cycles run from 1 May. Twelve points on 2023-06-01 lie in the cycle to 2024-04-30.
    let holder = |as_of: &str| LicenceFacts { full_on: vec![day("2023-06-01")], ..facts("B2", "2015-05-01", as_of) };
    for (target, on, expected) in [
        ("D", "2024-04-30", "cycle_full R162 Art.17 par.1 until 2025-05-01"),
        ("D", "2025-04-30", "cycle_full R162 Art.17 par.1 until 2025-05-01"),
        ("D", "2025-05-01", "R162 Art.17 par.1"),
        ("A2", "2026-04-30", "cycle_full R162 Art.17(3) until 2026-05-01"),
        ("A2", "2026-05-01", "R162 Art.17(3)"),
        ("A1", "2026-05-01", "cycle_full R162 Art.17(4) until 2027-05-01"),
        ("A1", "2027-04-30", "cycle_full R162 Art.17(4) until 2027-05-01"),
        ("A1", "2027-05-01", "R162 Art.17(4)"),
    ] {
        assert_eq!(said(add(&holder(on), class(target), false, &[])), expected, "{target} on {on}");
    }
}

#[test]
fn students_of_vocational_training() {
    let student = born(facts("C1", "2024-05-01", "2026-01-01"), "2006-06-01");
    assert_eq!(said(add(&student, class("A1"), true, &[])), "R162 Art.17 par.2");
    assert_eq!(said(add(&student, class("A1"), false, &[])), "too_young R172 Art.14(1) until 2028-06-01");
    assert_eq!(said(add(&student, class("B1"), true, &[])), "too_young R172 Art.14(1) until 2026-06-01");
    let full = LicenceFacts { full_on: vec![day("2024-06-01")], ..student };
    assert_eq!(said(add(&full, class("A1"), true, &[])), "cycle_full R162 Art.17 par.1 until 2026-05-01");
}

fn bar(code: &str, on: &str) -> BarEvent {
    BarEvent { bar: Bar::from_code(code).expect("a bar"), on: day(on) }
}

#[test]
fn bars_end_on_their_day_or_never() {
    let told = |code: &str, events: &[BarEvent], on: &str| match barred(class(code), events, day(on)) {
        Ok(()) => "free".to_owned(),
        Err(error) => said(Err(error)),
    };
    for (code, years, clause) in [
        ("drug_use", 3, "R162 Art.15(2)"),
        ("drunk_revoked", 5, "R162 Art.15(5)"),
        ("drunk_commercial_revoked", 10, "R162 Art.15(6)"),
        ("racing_crime_revoked", 5, "R162 Art.15(7)"),
        ("accident_crime_revoked", 10, "R162 Art.15(8)"),
        ("other_revoked", 2, "R162 Art.15(9)"),
        ("annulled", 3, "R162 Art.15(10)"),
        ("unlicensed_accident", 10, "R162 Art.15(11)"),
        ("test_for_another", 3, "R162 Art.15(12)"),
    ] {
        let event = [bar(code, "2022-05-01")];
        let last = format!("{}-04-30", 2022 + years);
        let free = format!("{}-05-01", 2022 + years);
        assert_eq!(told("C1", &event, &last), format!("barred {clause} until {free}"), "{code}");
        assert_eq!(told("C1", &event, &free), "free", "{code}");
    }
    for code in ["flight_crime", "drink_accident_crime"] {
        assert!(told("C1", &[bar(code, "2022-05-01")], "2099-01-01").starts_with("barred R162 Art.15("), "{code}");
    }
    // Bars of Art. 18 are for the heavy classes only.
    let drunk = [bar("drunk_driving", "2023-01-01")];
    assert_eq!(told("A3", &drunk, "2099-01-01"), "barred R162 Art.18(2)");
    assert_eq!(told("C1", &drunk, "2099-01-01"), "free");
    let revoked = [bar("other_revoked", "2023-01-01"), bar("revoked_or_annulled", "2023-01-01")];
    assert_eq!(told("C1", &revoked, "2025-01-01"), "free");
    assert_eq!(told("B2", &revoked, "2025-01-01"), "barred R162 Art.18(6) until 2033-01-01");
    // What lies ahead of the day is not known on it; the longest bar is named.
    assert_eq!(told("C1", &[bar("annulled", "2023-01-01")], "2022-12-31"), "free");
    let two = [bar("annulled", "2023-01-01"), bar("flight_crime", "2010-01-01")];
    assert_eq!(told("C1", &two, "2024-01-01"), "barred R162 Art.15(3)");
    let codes: Vec<&str> = Bar::all().map(Bar::code).collect();
    assert_eq!(codes.len(), 19);
    assert!(Bar::all().all(|bar| Bar::from_code(bar.code()) == Some(bar) && !bar.name().zh.is_empty()));
}
