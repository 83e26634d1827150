//! The letters that follow by law, beside those the register states.

use std::collections::BTreeMap;

use super::super::{LicenceFacts, MedicalRecord, ReviewRecord, derived, effective};
use super::{born, day, facts, on, valid};
use crate::driver::licence::{Licence, LicenceNumber, Sex};
use crate::driver::points::{PointsAccount, PointsEntry, cycle_of};

fn told(register: &str, facts: &LicenceFacts) -> String {
    effective(register.parse().expect("a state"), facts).to_string()
}

/// Cases 35 and 37, and what the register says beside.
#[test]
fn time_passes_over_a_licence() {
    let c1 = valid(facts("C1", "2018-03-15", "2024-03-15"), "2018-03-15", "2024-03-15");
    for (register, as_of, expected) in [
        ("A", "2024-03-15", "A"),
        ("A", "2024-03-16", "M"),
        ("H", "2024-03-16", "MH"),
        ("M", "2024-03-16", "M"),
        ("A", "2025-03-15", "M"),
        ("A", "2025-03-16", "R"),
        ("MH", "2025-03-16", "RH"),
        ("A", "2027-03-16", "R"),
        ("A", "2027-03-17", "G"),
        ("R", "2027-03-17", "G"),
        ("R", "2026-01-01", "R"),
        // Cancelled by the register for another reason, before time would.
        ("R", "2024-03-16", "R"),
        ("G", "2024-03-16", "G"),
        ("F", "2024-03-16", "F"),
        ("E", "2025-03-16", "E"),
        ("GS", "2025-03-16", "G"),
        ("JB", "2024-03-16", "JBM"),
        // A deferral holds renewal back while it runs.
        ("N", "2024-03-16", "N"),
    ] {
        let mut facts = on(&c1, as_of);
        facts.deferred_until = (register == "N").then(|| day("2026-01-01"));
        assert_eq!(told(register, &facts), expected, "{register} on {as_of}");
    }
}

#[test]
fn reviews_points_and_age() {
    let cycle = cycle_of(day("2015-09-20"), day("2025-09-19"));
    let b2 = LicenceFacts {
        points: 0,
        cycles_with_points: vec![cycle],
        reviews: ReviewRecord::Last(None),
        ..facts("B2", "2015-09-20", "2025-10-19")
    };
    assert_eq!(told("A", &b2), "A");
    assert_eq!(told("A", &on(&b2, "2025-10-20")), "S");
    assert_eq!(told("A", &LicenceFacts { points: 12, ..on(&b2, "2025-10-20") }), "BS");
    assert_eq!(told("U", &LicenceFacts { points: 11, ..b2.clone() }), "U");
    assert_eq!(told("U", &LicenceFacts { points: 12, ..b2 }), "UB");
    let machinery = born(facts("M", "2000-01-10", "2025-05-19"), "1962-05-20");
    assert_eq!(told("A", &machinery), "A");
    assert_eq!(told("A", &on(&machinery, "2025-05-20")), "G");
    let extended = LicenceFacts { extended_until: Some(day("2026-05-20")), ..on(&machinery, "2026-05-20") };
    assert_eq!(told("A", &extended), "A");
    assert_eq!(told("A", &on(&extended, "2026-05-21")), "G");
    // C3 and C4 alone end at 70 whatever the certificate.
    let light =
        LicenceFacts { medical: MedicalRecord::Never, ..born(facts("C3", "2000-01-10", "2030-01-01"), "1955-09-10") };
    assert_eq!(told("A", &light), "G");
}

/// Case 44's end: a certificate brings it back while the licence is valid or less than a year past it.
#[test]
fn cancelled_for_want_of_a_certificate() {
    let old =
        LicenceFacts { medical: MedicalRecord::Never, ..born(facts("C1", "1990-07-01", "2026-06-30"), "1955-03-01") };
    let old = valid(old, "2017-07-01", "2027-07-01");
    for (as_of, expected) in [
        ("2026-06-30", "A"),
        ("2026-07-01", "R"),
        ("2027-07-01", "R"),
        ("2027-07-02", "R"),
        ("2028-06-30", "R"),
        ("2028-07-01", "G"),
    ] {
        assert_eq!(told("A", &on(&old, as_of)), expected, "{as_of}");
    }
    let unknown = LicenceFacts { medical: MedicalRecord::Unknown, ..on(&old, "2027-06-01") };
    assert_eq!(told("A", &unknown), "A");
}

#[test]
fn a_letter_names_its_clause_and_its_first_day() {
    let c1 = valid(facts("C1", "2018-03-15", "2025-03-15"), "2018-03-15", "2024-03-15");
    let full = LicenceFacts { points: 12, full_on: vec![day("2025-01-02")], ..c1 };
    let list: Vec<String> = derived(&full)
        .iter()
        .map(|d| format!("{} {} {}", d.letter, d.since.map_or("-".to_owned(), |since| since.to_string()), d.clause.id))
        .collect();
    assert_eq!(list, ["B 2025-01-02 R163 Art.17", "M 2024-03-16 L2 Art.28"]);
    let lapsed: Vec<String> = derived(&on(&full, "2025-03-16")).iter().map(|d| d.letter.to_string()).collect();
    assert_eq!(lapsed, ["R", "B"]);
}

fn licence(status: &str) -> Licence {
    Licence {
        number: LicenceNumber::parse("11010519491231002X").expect("a number").value,
        name: "张三丰".to_owned(),
        sex: Sex::Male,
        nationality: "中国".to_owned(),
        birth_date: day("1949-12-31"),
        phone: None,
        classes: "C1".parse().expect("classes"),
        class_dates: BTreeMap::new(),
        first_issued_on: day("2018-03-15"),
        valid_from: day("2018-03-15"),
        valid_until: Some(day("2024-03-15")),
        file_number: None,
        division: "320500".parse().expect("a division"),
        status: status.parse().expect("a state"),
        points: PointsAccount::default(),
        last_medical_on: None,
        last_reviewed_on: None,
        deferred_until: None,
        extended_until: None,
    }
}

fn entry(id: &str, points: u8, decided_on: &str) -> PointsEntry {
    PointsEntry {
        id: id.to_owned(),
        item: None,
        points,
        offence_on: day(decided_on),
        decided_on: day(decided_on),
        fine_due_on: None,
        fine_paid_on: None,
        annulled_on: None,
    }
}

#[test]
fn the_state_of_a_licence_as_the_register_holds_it() {
    let mut held = licence("A");
    assert_eq!(held.effective_status(day("2024-03-15")).to_string(), "A");
    assert_eq!(held.effective_status(day("2024-03-16")).to_string(), "M");
    // 6 and 6 in one cycle (12.1 case 7); the seventh cycle does not clear them (case 8).
    held.points.entries = vec![entry("1", 6, "2023-05-01"), entry("2", 6, "2023-06-01")];
    assert_eq!(held.effective_status(day("2023-05-31")).to_string(), "A");
    assert_eq!(held.effective_status(day("2023-06-01")).to_string(), "B");
    assert_eq!(held.effective_status(day("2024-03-16")).to_string(), "BM");
    let facts = LicenceFacts::of(&held, day("2024-03-16"));
    assert_eq!((facts.points, facts.full_on.clone()), (12, vec![day("2023-06-01")]));
    assert_eq!(super::super::renewal::of(&facts).map(|r| r.next_term.code()), Some("6"));
    // A deferral that the register states without its end lasts at least today.
    let deferred = licence("N");
    assert_eq!(deferred.effective_status(day("2026-01-01")).to_string(), "N");
    // With its end it lasts until then, and the licence is past its validity.
    let ended = Licence { deferred_until: Some(day("2025-12-31")), ..licence("NTH") };
    assert_eq!(ended.effective_status(day("2025-12-31")).to_string(), "HNT");
    assert_eq!(ended.effective_status(day("2026-01-01")).to_string(), "MH");
    assert_eq!(ended.effective_status(day("2027-01-01")).to_string(), "RH");
    // A certificate of long ago is known to be overdue; none at all is not known.
    let mut old = licence("A");
    old.valid_until = None;
    assert_eq!(old.effective_status(day("2026-01-01")).to_string(), "A");
    old.last_medical_on = Some(day("2023-03-20"));
    assert_eq!(old.effective_status(day("2025-03-14")).to_string(), "A");
    assert_eq!(old.effective_status(day("2025-03-15")).to_string(), "R");
}
