//! Full-12 education (R163 Art. 17 to 24, 29).

use super::*;
use crate::calendar::NoCalendar;
use crate::driver::points::{Study, StudyGap, Test, full12, is_study_day, rebook_from, take_part_by};

fn classes(text: &str) -> crate::driver::ClassSet {
    text.parse().expect("classes")
}

#[test]
fn case_7_six_and_six_is_seven_days_for_c1() {
    let account = account([entry("A", 6, "2024-01-01"), entry("B", 6, "2024-02-01")]);
    let first = day("2023-06-10");
    assert_eq!(account.full12(first, classes("C1"), day("2024-01-31")), None);
    let full = account.full12(first, classes("C1"), day("2024-02-01")).expect("full");
    assert_eq!((full.study_days, full.guided_min_days, full.onsite_min_days), (7, 5, 2));
    assert_eq!((full.nth, full.sum, full.tests.as_slice()), (1, 12, [Test::Law].as_slice()));
    assert_eq!((full.clause.id.as_str(), full.test_clause.id.as_str()), ("R163 Art.18", "R163 Art.21"));
    assert_eq!(full.steps().len(), 5);
}

#[test]
fn cases_10_and_11_more_points_more_days_and_tests() {
    let of = |sum| full12(classes("C1"), 1, sum).expect("full");
    assert_eq!((of(24).study_days, of(24).tests), (14, vec![Test::Law, Test::Road]));
    assert_eq!((of(23).study_days, of(23).tests), (7, vec![Test::Law]));
    assert_eq!((of(35).study_days, of(35).tests), (14, vec![Test::Law, Test::Road]));
    assert_eq!((of(36).study_days, of(36).tests), (21, vec![Test::Law, Test::Yard, Test::Road]));
    assert_eq!(of(36).test_clause.id, "R163 Art.22");
    assert_eq!(of(480).study_days, 60);
    assert_eq!(full12(classes("C1"), 1, 11), None);
    assert_eq!(full12(classes("C1"), u32::MAX, u32::MAX).expect("full").study_days, 60);
}

#[test]
fn case_13_heavy_classes_grow_by_thirty_to_a_hundred_and_twenty() {
    let days = |nth| full12(classes("A2"), nth, 12).expect("full").study_days;
    assert_eq!([1, 2, 3, 4, 5].map(days), [30, 60, 90, 120, 120]);
    let heavy = full12(classes("B2"), 1, 12).expect("full");
    assert_eq!((heavy.guided_min_days, heavy.onsite_min_days), (10, 5));
    assert_eq!(full12(classes("C1"), 2, 12).expect("full").tests, [Test::Law, Test::Road]);
    assert_eq!(full12(classes("C1"), 3, 12).expect("full").tests, [Test::Law, Test::Yard, Test::Road]);
}

#[test]
fn the_second_time_in_a_cycle_is_counted_in_the_account() {
    let mut account = account([entry("A", 12, "2024-01-01"), entry("B", 12, "2024-04-01")]);
    account.educations.push(passed("2024-02-01"));
    let first = day("2023-06-10");
    let second = account.full12(first, classes("C1"), day("2024-07-01")).expect("full");
    assert_eq!((second.nth, second.study_days, second.sum), (2, 14, 12));
    // In a new cycle one begins anew.
    account.educations.push(passed("2024-07-02"));
    account.entries.push(entry("C", 12, "2024-08-01"));
    assert_eq!(account.full12(first, classes("C1"), day("2024-08-01")).expect("full").nth, 2, "one was passed in it");
    account.educations.pop();
    assert_eq!(account.full12(first, classes("C1"), day("2024-08-01")).expect("full").nth, 2, "still of the old cycle");
}

#[test]
fn case_14_five_days_on_line_are_not_enough() {
    let full = full12(classes("C1"), 1, 12).expect("full");
    let study = |onsite_days, online_days, self_days| Study { onsite_days, online_days, self_days };
    assert_eq!(full.missing(study(0, 5, 2)), [StudyGap::OnSite(2)]);
    assert_eq!(full.missing(study(2, 3, 2)), []);
    assert_eq!(full.missing(study(2, 2, 9)), [StudyGap::Guided(1)]);
    assert_eq!(full.missing(study(2, 3, 1)), [StudyGap::Days(1)]);
    assert_eq!(full.missing(Study::default()), [StudyGap::OnSite(2), StudyGap::Guided(5), StudyGap::Days(7)]);
}

#[test]
fn a_day_of_study_is_more_than_three_hours() {
    assert!(!is_study_day(180, 180));
    assert!(is_study_day(181, 0));
    assert!(is_study_day(0, 181));
}

/// R163 Art. 29, 36: thirty natural days, and a last day on a holiday rolls to the first working day after.
#[test]
fn the_notice_gives_thirty_days_and_rolls_over_a_holiday() {
    // 2026-10-01 begins the holiday of the National Day; it ends on 2026-10-07.
    assert_eq!(take_part_by(day("2026-09-01")), Ok(day("2026-10-08")));
    assert_eq!(take_part_by(day("2026-10-09")), Ok(day("2026-11-09")), "a Sunday rolls to Monday");
    assert_eq!(take_part_by(day("2026-10-12")), Ok(day("2026-11-11")));
    assert_eq!(rebook_from(day("2026-03-20")), Ok(day("2026-03-30")));
    assert_eq!(take_part_by(day("2026-12-15")), Err(NoCalendar { year: 2027 }));
}
