//! Renewal, cancellation, medical, review, age, practice, deferral: worked cases with their clauses, and the days around them.

use super::super::cancel::{Cause, RestoreBy, all, first as first_cancellation};
use super::super::renewal::{RenewalState, Term, of as renewal};
use super::super::review::{Accident, Responsibility, after_accident};
use super::super::{
    LicenceFacts, MedicalRecord, MedicalRule, ReviewRecord, deferral, downgrade, medical, practice, review,
};
use super::{born, day, facts, on, since, valid};
use crate::driver::points::cycle_of;

fn six_years(as_of: &str) -> LicenceFacts {
    valid(facts("C1", "2018-03-15", as_of), "2018-03-15", "2024-03-15")
}

/// Cases 30, 32, 34, 35 (R162 Art. 62, 63; Decree 405 Art. 22).
#[test]
fn renewal_window_and_terms() {
    for (as_of, state) in [
        ("2023-12-15", RenewalState::NotOpen),
        ("2023-12-16", RenewalState::Open),
        ("2024-03-15", RenewalState::Open),
        ("2024-03-16", RenewalState::Overdue),
        ("2025-03-15", RenewalState::Overdue),
        ("2025-03-16", RenewalState::Lapsed),
    ] {
        let renewal = renewal(&six_years(as_of)).expect("a term");
        assert_eq!(renewal.state, state, "{as_of}");
        assert_eq!((renewal.opens_on, renewal.clause.id.as_str()), (day("2023-12-16"), "R162 Art.63"));
        assert_eq!((renewal.term, renewal.next_term), (Term::SixYears, Term::TenYears));
        assert_eq!((renewal.next_from, renewal.next_until), (day("2024-03-15"), Some(day("2034-03-15"))));
        assert_eq!(renewal.term_clause.id, "R162 Art.62");
    }
    let ten = valid(facts("C1", "2008-03-15", "2024-01-01"), "2014-03-15", "2024-03-15");
    let clean = renewal(&ten).expect("a term");
    assert_eq!((clean.next_term, clean.next_until), (Term::LongTerm, None));
    let full = renewal(&LicenceFacts { full_on: vec![day("2020-01-01")], ..ten }).expect("a term");
    assert_eq!((full.next_term, full.term_clause.id.as_str()), (Term::SixYears, "L2 Art.22"));
    assert_eq!(renewal(&facts("C1", "2018-03-15", "2024-01-01")), None);
    let old = renewal(&valid(facts("C1", "2010-03-15", "2015-01-01"), "2010-03-15", "2016-03-15")).expect("a term");
    assert_eq!(old.clause.id, "R123 renewal");
}

#[test]
fn odd_terms_count_as_the_one_they_are_the_rest_of() {
    for (from, until, term) in [
        ("2018-03-15", "2024-03-14", Term::SixYears),
        ("2020-07-01", "2024-03-15", Term::SixYears),
        ("2018-03-15", "2026-03-15", Term::SixYears),
        ("2018-03-15", "2026-03-16", Term::TenYears),
        ("2018-02-28", "2028-02-29", Term::TenYears),
    ] {
        assert_eq!(Term::between(day(from), day(until)), term, "{from} {until}");
    }
}

/// Case 37 (R162 Art. 79(8), par. 3).
#[test]
fn cancelled_for_want_of_renewal_and_restored() {
    let lapse = first_cancellation(&six_years("2025-03-16")).expect("it comes");
    assert_eq!(
        (lapse.cause, lapse.last_day, lapse.cancelled_on()),
        (Cause::NotRenewed, day("2025-03-15"), day("2025-03-16"))
    );
    assert_eq!(lapse.clause.id, "R162 Art.79(8)");
    let restoration = lapse.restoration.expect("two years");
    assert_eq!((restoration.by, restoration.last_day), (RestoreBy::KnowledgeTest, Some(day("2027-03-16"))));
    assert_eq!(restoration.clause.id, "R162 Art.79 par.3");
    assert!(!lapse.has_happened(day("2025-03-15")) && lapse.has_happened(day("2025-03-16")));
    assert!(lapse.is_recoverable(day("2027-03-16")) && !lapse.is_recoverable(day("2027-03-17")));
}

/// Case 44 (R162 Art. 74, 79(9)).
#[test]
fn a_certificate_every_year_from_seventy_on() {
    let old =
        LicenceFacts { medical: MedicalRecord::Never, ..born(facts("C1", "1990-07-01", "2025-06-30"), "1955-03-01") };
    let due = medical::next(&old).expect("due");
    assert_eq!(
        (due.rule, due.cycle.end, due.opens_on, due.due_on),
        (MedicalRule::Age, day("2025-06-30"), day("2025-07-01"), day("2025-07-30"))
    );
    assert_eq!((due.last_day_before_cancellation, due.clause.id.as_str()), (day("2026-06-30"), "R162 Art.74 par.1"));
    let cancelled = first_cancellation(&old).expect("it comes");
    assert_eq!(
        (cancelled.cause, cancelled.last_day, cancelled.clause.id.as_str()),
        (Cause::NoCertificate, day("2026-06-30"), "R162 Art.79(9)")
    );
    assert_eq!(cancelled.restoration.map(|r| (r.by, r.last_day)), Some((RestoreBy::Certificate, None)));
    // Submitted on the last day of the cycle it counts for the cycles before; a day later for this one.
    let submitted = |text: &str| LicenceFacts { medical: MedicalRecord::On(day(text)), ..on(&old, "2025-08-01") };
    assert_eq!(medical::next(&submitted("2025-06-30")).map(|d| d.due_on), Some(day("2025-07-30")));
    assert_eq!(medical::next(&submitted("2025-07-01")).map(|d| d.due_on), Some(day("2026-07-30")));
    // Nothing known: taken as done once its last day has passed.
    let unknown = |text: &str| LicenceFacts { medical: MedicalRecord::Unknown, ..on(&old, text) };
    assert_eq!(medical::next(&unknown("2025-07-30")).map(|d| d.due_on), Some(day("2025-07-30")));
    assert_eq!(medical::next(&unknown("2025-07-31")).map(|d| d.due_on), Some(day("2026-07-30")));
    assert_eq!(medical::next(&facts("C1", "2010-07-01", "2025-07-01")), None);
}

/// Case 46 (R162 Art. 74, 79(9)).
#[test]
fn c5_submits_after_every_third_cycle() {
    let c5 = LicenceFacts { medical: MedicalRecord::Never, ..facts("C5", "2021-05-05", "2021-06-01") };
    let due = medical::next(&c5).expect("due");
    assert_eq!(
        (due.rule, due.cycle.number, due.cycle.end, due.due_on),
        (MedicalRule::C5, 3, day("2024-05-04"), day("2024-06-03"))
    );
    assert_eq!((due.last_day_before_cancellation, due.clause.id.as_str()), (day("2025-05-04"), "R162 Art.74 par.2"));
    let done = LicenceFacts { medical: MedicalRecord::On(day("2024-05-20")), ..on(&c5, "2024-06-01") };
    assert_eq!(medical::next(&done).map(|d| (d.cycle.number, d.due_on)), Some((6, day("2027-06-03"))));
}

/// Case 50 (R162 Art. 85): six months, clamped to the end of the month.
#[test]
fn a_certificate_is_valid_for_six_months() {
    for (issued, until) in [
        ("2025-08-31", "2026-02-28"),
        ("2023-08-31", "2024-02-29"),
        ("2025-08-28", "2026-02-28"),
        ("2025-01-15", "2025-07-15"),
        ("2025-12-31", "2026-06-30"),
    ] {
        assert_eq!(super::super::certificate_valid_until(day(issued)), day(until), "{issued}");
    }
}

/// Cases 47 and 49 (R162 Art. 72, 73).
#[test]
fn heavy_classes_are_reviewed_after_a_cycle_with_points() {
    let cycle = cycle_of(day("2015-09-20"), day("2025-09-19"));
    let b2 = LicenceFacts { points: 3, cycles_with_points: vec![cycle], ..facts("B2", "2015-09-20", "2025-09-19") };
    let due = review::next(&b2).expect("due");
    assert_eq!((due.opens_on, due.due_on, due.study_hours), (day("2025-09-20"), day("2025-10-19"), 3));
    assert_eq!((due.clause.id.as_str(), due.ability_tests), ("R162 Art.72 par.3", false));
    let known =
        |last: Option<&str>, as_of: &str| LicenceFacts { reviews: ReviewRecord::Last(last.map(day)), ..on(&b2, as_of) };
    assert_eq!(review::next(&known(None, "2025-11-01")).map(|d| d.due_on), Some(day("2025-10-19")));
    assert_eq!(review::next(&known(Some("2025-09-19"), "2025-11-01")).map(|d| d.due_on), Some(day("2025-10-19")));
    assert_eq!(review::next(&known(Some("2025-09-20"), "2025-11-01")), None);
    assert_eq!(review::next(&on(&b2, "2025-10-20")), None, "not known: taken as passed in time");
    // Renewal is a review too; without points, or with C1 only, there is none.
    assert_eq!(review::next(&LicenceFacts { valid_from: day("2025-09-20"), ..known(None, "2025-11-01") }), None);
    assert_eq!(review::next(&LicenceFacts { cycles_with_points: vec![], ..b2.clone() }), None);
    assert_eq!(review::next(&LicenceFacts { classes: "C1".parse().expect("classes"), points: 11, ..b2.clone() }), None);
    // B2 obtained after the cycle.
    assert_eq!(review::next(&since(b2, "B2", "2025-09-20")), None);
}

#[test]
fn accidents_that_lead_to_a_review() {
    let accident = |fatal, serious_injury, responsibility| Accident {
        on: day("2025-05-01"),
        fatal,
        serious_injury,
        responsibility,
    };
    let c1 = facts("C1", "2015-09-20", "2025-06-01");
    let old = born(c1.clone(), "1955-05-01");
    for (facts, accident, expected) in [
        (&c1, accident(true, false, Responsibility::Equal), Some(("2025-10-19", "R162 Art.72 par.4", 3))),
        (&c1, accident(true, false, Responsibility::Secondary), None),
        (&c1, accident(false, true, Responsibility::Full), None),
        (&old, accident(false, true, Responsibility::Secondary), Some(("2025-10-19", "R162 Art.72 par.5", 0))),
        (&old, accident(false, true, Responsibility::None), None),
        (&old, accident(true, false, Responsibility::Full), Some(("2025-10-19", "R162 Art.72 par.4", 3))),
        (&born(c1.clone(), "1955-05-02"), accident(false, true, Responsibility::Full), None),
        (
            &LicenceFacts { classes: "B2".parse().expect("classes"), ..c1.clone() },
            accident(true, false, Responsibility::Full),
            None,
        ),
    ] {
        let due = after_accident(facts, accident);
        assert_eq!(
            due.map(|d| (d.due_on, d.clause.id.as_str(), d.study_hours)),
            expected.map(|(d, c, h)| (day(d), c, h))
        );
    }
}

/// Cases 40 and 41 (R162 Art. 65 as amended by R172).
#[test]
fn heavy_classes_end_at_63_unless_extended() {
    let a2 = born(facts("A2", "1990-01-10", "2025-01-01"), "1962-05-20");
    let lost = downgrade::next(&a2).expect("it comes");
    assert_eq!(
        (lost.on, lost.lost.to_string(), lost.left.to_string()),
        (day("2025-05-20"), "A2".to_owned(), "C1C6".to_owned())
    );
    assert_eq!((lost.exchange_days, lost.clause.id.as_str()), (30, "R172 Art.65 par.1"));
    let extension = downgrade::extension(&a2).expect("since 2025");
    assert_eq!(
        (extension.opens_on, extension.last_day, extension.longest_until),
        (day("2024-05-20"), day("2025-05-20"), day("2028-05-20"))
    );
    assert_eq!(extension.clause.id, "R172 Art.65 extension");
    assert_eq!(downgrade::extension(&on(&a2, "2024-12-31")), None);
    assert_eq!(downgrade::extension(&facts("C1", "1990-01-10", "2025-01-01")), None);
    let extended = LicenceFacts { extended_until: Some(day("2028-05-20")), ..a2.clone() };
    assert_eq!(downgrade::next(&extended).map(|d| d.on), Some(day("2028-05-21")));
    // Before 2025 the limit was 60; whoever lost the class then can ask for it back until 63.
    assert_eq!(
        downgrade::next(&on(&a2, "2024-12-31")).map(|d| (d.on, d.clause.id.as_str())),
        Some((day("2022-05-20"), "R162 Art.65 par.1"))
    );
    let back =
        |text: &str| downgrade::may_ask_back(day("1962-05-20"), day("2022-06-01"), day(text)).map(|c| c.id.as_str());
    assert_eq!(
        (back("2024-12-31"), back("2025-01-01"), back("2025-05-19"), back("2025-05-20")),
        (None, Some("R172 restoration"), Some("R172 restoration"), None)
    );
}

/// Case 43 (R162 Art. 65 par. 2), and what is left of other sets.
#[test]
fn what_is_left_at_63_and_at_70() {
    for (classes, born_on, as_of, expected) in [
        ("D", "1955-09-10", "2025-01-01", Some(("2025-09-10", "D", "F"))),
        ("C1C6D", "1955-09-10", "2025-01-01", Some(("2025-09-10", "C6D", "C1F"))),
        ("C6", "1955-09-10", "2025-01-01", Some(("2025-09-10", "C6", "C1"))),
        ("C2E", "1955-09-10", "2025-01-01", Some(("2025-09-10", "E", "C2F"))),
        ("C1", "1955-09-10", "2025-01-01", None),
        ("C1F", "1955-09-10", "2025-01-01", None),
        ("A1A2D", "1962-05-20", "2025-01-01", Some(("2025-05-20", "A1A2", "C1C6D"))),
        ("B2C2", "1962-05-20", "2025-01-01", Some(("2025-05-20", "B2", "C2"))),
        ("C1M", "1962-05-20", "2025-01-01", Some(("2025-05-20", "M", "C1"))),
        ("A3", "1962-05-20", "2025-01-01", Some(("2025-05-20", "A3", "C1"))),
        ("MNP", "1962-05-20", "2025-01-01", None),
        ("C3C4", "1955-09-10", "2025-01-01", None),
        ("C3D", "1955-09-10", "2025-01-01", Some(("2025-09-10", "C3D", "F"))),
    ] {
        let answer = downgrade::next(&born(facts(classes, "1990-01-10", as_of), born_on));
        let told = answer.map(|d| (d.on, d.lost.to_string(), d.left.to_string()));
        assert_eq!(told, expected.map(|(on, lost, left)| (day(on), lost.to_owned(), left.to_owned())), "{classes}");
    }
    for (classes, born_on, last_day, clause) in [
        ("MNP", "1962-05-20", "2025-05-19", "R172 Art.79(10)"),
        ("C3C4", "1955-09-10", "2025-09-09", "R172 Art.79(10)"),
    ] {
        let answer =
            all(&born(facts(classes, "1990-01-10", "2025-01-01"), born_on)).into_iter().find(|c| c.cause == Cause::Age);
        assert_eq!(
            answer.map(|c| (c.last_day, c.clause.id.as_str(), c.restoration)),
            Some((day(last_day), clause, None)),
            "{classes}"
        );
    }
}

/// Case 52 (R162 Art. 76), and the order before it.
#[test]
fn practice_begins_with_the_first_car_and_the_first_motorcycle_class() {
    let periods = |facts: &LicenceFacts| {
        practice::all(facts)
            .iter()
            .map(|p| format!("{} {}..{} {}", p.classes, p.from, p.until, p.clause.id))
            .collect::<Vec<_>>()
    };
    let b2_added = since(facts("B2C1", "2020-01-10", "2026-02-01"), "B2", "2026-01-10");
    assert_eq!(periods(&b2_added), ["C1 2020-01-10..2021-01-09 R123 practice"]);
    assert!(practice::running(&b2_added).is_empty());
    let d_added = since(facts("C1D", "2020-01-10", "2026-02-01"), "D", "2026-01-10");
    assert_eq!(
        periods(&d_added),
        ["C1 2020-01-10..2021-01-09 R123 practice", "D 2026-01-10..2027-01-09 R162 Art.76 par.1"]
    );
    assert_eq!(practice::until(&d_added), Some(day("2027-01-09")));
    assert_eq!(practice::running(&d_added)[0].limits().map(|c| c.id.as_str()), Some("R162 Art.77"));
    // Before 2022-04-01 every added class began one, on that day no longer.
    let added = |text: &str| periods(&since(facts("B2C1", "2015-01-10", "2022-06-01"), "B2", text)).len();
    assert_eq!((added("2022-03-31"), added("2022-04-01")), (2, 1));
    // C2 that became C1 in 2026 was a car class all along.
    let upgraded = since(facts("C1", "2012-01-10", "2026-02-01"), "C1", "2026-01-10");
    assert!(practice::running(&upgraded).is_empty());
    // First and last day, and 29 February.
    let leap = facts("C1", "2024-02-29", "2025-02-27");
    assert_eq!(practice::until(&leap), Some(day("2025-02-27")));
    assert_eq!(practice::until(&on(&leap, "2025-02-28")), None);
    let period = practice::running(&leap)[0];
    assert_eq!(practice::cancels(&period, 11), None);
    assert_eq!(practice::cancels(&period, 12).map(|c| c.id.as_str()), Some("R162 Art.80"));
}

/// Case 38 (R162 Art. 75).
#[test]
fn deferral_within_a_year_after_the_end() {
    let possible = deferral::possible(&six_years("2025-03-10")).expect("within a year");
    assert_eq!((possible.longest_until, possible.clause.id.as_str()), (day("2028-03-10"), "R162 Art.75"));
    assert!(deferral::possible(&six_years("2025-03-15")).is_ok());
    let late = deferral::possible(&six_years("2025-03-16")).expect_err("too late");
    assert_eq!(late.last_day, day("2025-03-15"));
    assert!(deferral::possible(&facts("C1", "2018-03-15", "2060-01-01")).is_ok());
    // While it runs the renewal is not overdue; afterwards the year counts from its end.
    let deferred = |as_of: &str| LicenceFacts { deferred_until: Some(day("2027-03-10")), ..six_years(as_of) };
    for (as_of, state) in [
        ("2024-06-01", RenewalState::Open),
        ("2027-03-10", RenewalState::Open),
        ("2027-03-11", RenewalState::Overdue),
        ("2028-03-10", RenewalState::Overdue),
        ("2028-03-11", RenewalState::Lapsed),
    ] {
        assert_eq!(renewal(&deferred(as_of)).expect("a term").state, state, "{as_of}");
    }
}
