//! Cycles and what counts in them (R163 Art. 3, 13, 15, 16, 23).

use jiff::ToSpan;
use proptest::prelude::*;

use super::*;
use crate::driver::points::{Clears, Cycle, LEAP_DAY_ANNIVERSARY, LeapDay, Opening, cycle_of};

fn sum(account: &PointsAccount, first: &str, on: &str) -> u32 {
    account.sum_on(day(first), day(on))
}

#[test]
fn case_1_the_first_cycle_ends_on_the_day_before_the_anniversary() {
    let cycle = cycle_of(day("2011-04-01"), day("2011-10-01"));
    assert_eq!((cycle.number, cycle.start, cycle.end), (1, day("2011-04-01"), day("2012-03-31")));
}

#[test]
fn case_2_the_sixth_cycle_on_its_last_day() {
    let cycle = cycle_of(day("2020-11-04"), day("2026-11-03"));
    assert_eq!((cycle.number, cycle.start, cycle.end), (6, day("2025-11-04"), day("2026-11-03")));
    assert_eq!(cycle.next(day("2020-11-04")).start, day("2026-11-04"));
}

/// R163 Art. 15: penalty by penalty, not the whole sum as the older Regulation Art. 24 reads (case 5, not to be implemented).
#[test]
fn case_4_and_5_only_the_unpaid_overdue_penalty_is_carried() {
    let account = account([
        fined("A", 3, "2024-05-01", "2024-05-16", Some("2024-05-10")),
        fined("B", 6, "2024-05-01", "2024-05-16", None),
    ]);
    let first = day("2023-06-10");
    assert_eq!(account.sum_on(first, day("2024-06-09")), 9);
    let opened = account.standing_on(first, day("2024-06-10"));
    assert_eq!((opened.sum, opened.cycle.number), (6, 2));
    assert_eq!(opened.counted.iter().map(|c| (c.entry.id.as_str(), c.carried)).collect::<Vec<_>>(), [("B", true)]);
    assert_eq!(opened.counted[0].clears, Clears::FineFirst { by: day("2025-06-09") });
    assert_eq!((opened.past.len(), opened.past[0].sum, opened.past[0].full), (1, 9, false));
    // It stays for another cycle, and the next, as long as the fine is open.
    assert_eq!(account.sum_on(first, day("2026-06-10")), 6);
    // Paid within the second cycle: it stays to its end and goes with it.
    let mut paid = account.clone();
    paid.entry_mut("B").expect("there").fine_paid_on = Some(day("2024-09-01"));
    assert_eq!(paid.sum_on(first, day("2025-06-09")), 6);
    assert_eq!(paid.standing_on(first, day("2024-09-01")).counted[0].clears, Clears::OnDay(day("2025-06-10")));
    assert_eq!(paid.sum_on(first, day("2025-06-10")), 0);
}

#[test]
fn a_fine_due_on_the_last_day_of_the_cycle_is_overdue_when_the_next_begins_and_one_due_later_is_not() {
    let due = |due: &str, paid: Option<&str>| account([fined("A", 3, "2024-06-01", due, paid)]);
    assert_eq!(sum(&due("2024-06-09", None), "2023-06-10", "2024-06-10"), 3);
    assert_eq!(sum(&due("2024-06-09", Some("2024-06-09")), "2023-06-10", "2024-06-10"), 0);
    assert_eq!(sum(&due("2024-06-09", Some("2024-06-10")), "2023-06-10", "2024-06-10"), 3);
    assert_eq!(sum(&due("2024-06-10", None), "2023-06-10", "2024-06-10"), 0);
}

/// R163 Art. 13: the day of the decision, not of the offence.
#[test]
fn points_count_in_the_cycle_of_the_decision() {
    let mut late = entry("A", 6, "2024-06-12");
    late.offence_on = day("2024-05-20");
    let account = account([late]);
    assert_eq!(sum(&account, "2023-06-10", "2024-06-09"), 0);
    assert_eq!(sum(&account, "2023-06-10", "2024-06-12"), 6);
    assert_eq!(sum(&account, "2023-06-10", "2025-06-09"), 6);
    assert_eq!(sum(&account, "2023-06-10", "2025-06-10"), 0);
}

/// R163 Art. 15, 23: at 12 time clears nothing.
#[test]
fn case_8_full_points_stay_until_education_and_fines() {
    let first = day("2023-06-10");
    let mut account = account([
        fined("A", 6, "2024-02-01", "2024-02-16", Some("2024-02-05")),
        fined("B", 6, "2024-03-01", "2024-03-16", None),
    ]);
    let full = account.standing_on(first, day("2024-03-01"));
    assert_eq!((full.sum, full.full, full.full_since), (12, true, Some(day("2024-03-01"))));
    assert_eq!(full.clears_on, None);
    assert!(full.counted.iter().all(|counted| counted.clears == Clears::EducationFirst));
    assert_eq!(account.sum_on(first, day("2026-01-01")), 12);
    // Study and tests are done, but a fine is open: nothing goes.
    account.educations.push(passed("2024-07-01"));
    assert_eq!(account.sum_on(first, day("2024-08-01")), 12);
    account.entry_mut("B").expect("there").fine_paid_on = Some(day("2024-08-10"));
    assert_eq!(account.sum_on(first, day("2024-08-09")), 12);
    assert_eq!(account.sum_on(first, day("2024-08-10")), 0);
    assert_eq!(account.full_cycles(first, day("2026-01-01")), [Cycle::nth(first, 1)]);
}

#[test]
fn what_was_decided_after_the_tests_stays() {
    let first = day("2023-06-10");
    let mut account = account([entry("A", 12, "2024-01-01"), entry("B", 3, "2024-02-02")]);
    account.educations.push(passed("2024-02-01"));
    let after = account.standing_on(first, day("2024-03-01"));
    assert_eq!((after.sum, after.full, after.full_in_cycle), (3, false, true));
    assert_eq!(after.clears_on, Some(day("2024-06-10")));
}

/// R163 Art. 16.
#[test]
fn an_annulled_penalty_never_counted() {
    let mut account = account([entry("A", 6, "2024-01-01"), entry("B", 6, "2024-02-01")]);
    account.entries[1].annulled_on = Some(day("2024-07-01"));
    // Until then 12 points stood, and stayed over the end of the cycle.
    assert_eq!(sum(&account, "2023-06-10", "2024-06-30"), 12);
    // From then on the cycle ended with 6, which went with it.
    assert_eq!(sum(&account, "2023-06-10", "2024-07-01"), 0);
    assert_eq!(account.full_cycles(day("2023-06-10"), day("2024-07-01")), []);
}

/// R162 Art. 80 goes by the day of the offence.
#[test]
fn points_of_the_practice_period_are_those_of_offences_within_it() {
    let mut late = entry("A", 9, "2024-08-01");
    late.offence_on = day("2024-06-09");
    let mut annulled = entry("B", 3, "2024-01-01");
    annulled.annulled_on = Some(day("2024-09-01"));
    let account = account([late, annulled, entry("C", 3, "2024-06-10")]);
    let within = |on: &str| account.points_for_offences(day("2023-06-10"), day("2024-06-09"), day(on));
    assert_eq!([within("2024-07-31"), within("2024-08-01"), within("2024-09-01")], [3, 12, 9]);
}

#[test]
fn the_figure_of_an_import_takes_the_place_of_what_was_known() {
    let first = day("2023-06-10");
    let known = account([entry("A", 3, "2024-01-01")]);
    assert_eq!(known.stated(first, 3, day("2024-02-01")), known, "said again, nothing changes");
    let stated = known.stated(first, 9, day("2024-02-01"));
    assert_eq!(stated.opening, Some(Opening { points: 9, as_of: day("2024-02-01"), covers: 1 }));
    assert_eq!((stated.sum_on(first, day("2024-01-31")), stated.sum_on(first, day("2024-02-01"))), (3, 9));
    assert_eq!(stated.stated(first, 9, day("2024-02-02")), stated);
    assert_eq!(stated.stated(first, 1, day("2024-01-31")), stated, "an older figure is no news");
    // A penalty reported later counts on top of it, also when it was decided before.
    let mut later = stated.clone();
    later.entries.push(entry("B", 3, "2024-01-15"));
    let standing = later.standing_on(first, day("2024-02-01"));
    assert_eq!((standing.sum, standing.opening, standing.full), (12, 9, true));
    // The figure goes at the end of its cycle like everything else.
    assert_eq!(stated.sum_on(first, day("2024-06-10")), 0);
    assert_eq!(known.stated(first, 0, day("2024-02-01")).sum_on(first, day("2024-02-01")), 0);
}

#[test]
fn the_leap_day_has_its_anniversary_on_the_28th_and_comes_back() {
    assert_eq!(LEAP_DAY_ANNIVERSARY, LeapDay::TwentyEighthOfFebruary);
    let first = day("2020-02-29");
    let ends: Vec<_> = (1..=4).map(|n| Cycle::nth(first, n).end.to_string()).collect();
    assert_eq!(ends, ["2021-02-27", "2022-02-27", "2023-02-27", "2024-02-28"]);
    assert_eq!(cycle_of(first, day("2024-02-28")).number, 4);
    assert_eq!(cycle_of(first, day("2024-02-29")).number, 5);
    assert_eq!(cycle_of(first, day("2019-01-01")).number, 1, "no cycle is earlier than the first");
}

fn any_day(from: i16, to: i16) -> impl Strategy<Value = Date> {
    (from..=to, 1..=12i8, 1..=31i8).prop_filter_map("a day of the calendar", |(y, m, d)| Date::new(y, m, d).ok())
}

proptest! {
    /// Cycles leave no day out and share none, and each begins on the anniversary or, after 29 February, on 28 February.
    #[test]
    fn cycles_follow_one_another(first in any_day(1950, 2030), on in any_day(1950, 2090)) {
        let cycle = cycle_of(first, on);
        prop_assert!(cycle.contains(on) || (on < first && cycle.number == 1));
        prop_assert_eq!(cycle.next(first).start, cycle.next_start());
        prop_assert_eq!(cycle.start.month(), first.month());
        prop_assert!(cycle.start.day() == first.day() || (first.month() == 2 && first.day() == 29 && cycle.start.day() == 28));
        let length = cycle.start.until(cycle.end).map_or(0, |span| span.get_days()) + 1;
        prop_assert!((365..=366).contains(&length));
        for number in [1, 2, cycle.number.saturating_add(1)] {
            let other = Cycle::nth(first, number);
            prop_assert_eq!(cycle_of(first, other.start), other);
            prop_assert_eq!(cycle_of(first, other.end), other);
        }
    }

    /// Whatever happened, the standing of a day is one of what was known that day: later happenings change nothing before them, below 12 with
    /// nothing unpaid nothing survives the end of a cycle, and the order of reports does not matter.
    #[test]
    fn standings_agree(
        first in any_day(2015, 2020),
        what in prop::collection::vec((0u8..4, 0u16..2000, 0u16..60, prop::bool::ANY), 0..8),
        asked in 0i32..2200,
    ) {
        let start = day("2020-01-01");
        let at = |offset: u16| start.checked_add(i32::from(offset).days()).expect("in range");
        let entries = what.iter().enumerate().map(|(n, (points, decided, due, paid))| {
            let decided_on = at(*decided);
            let due_on = decided_on.checked_add(i32::from(*due).days()).expect("in range");
            PointsEntry {
                points: [1, 3, 6, 9][usize::from(*points)],
                fine_due_on: Some(due_on),
                fine_paid_on: paid.then_some(due_on),
                ..entry(&n.to_string(), 0, &decided_on.to_string())
            }
        });
        let account = account(entries);
        let on = start.checked_add(asked.days()).expect("in range");
        let standing = account.standing_on(first, on);
        prop_assert_eq!(standing.sum, account.sum_on(first, on));
        prop_assert_eq!(standing.full, standing.sum >= 12);
        let counted: u32 = standing.counted.iter().map(|c| u32::from(c.entry.points)).sum();
        prop_assert_eq!(standing.sum, counted);

        let known = PointsAccount {
            entries: account
                .entries
                .iter()
                .filter(|e| e.decided_on <= on)
                .map(|e| PointsEntry { fine_paid_on: e.fine_paid_on.filter(|paid| *paid <= on), ..e.clone() })
                .collect(),
            ..PointsAccount::default()
        };
        prop_assert_eq!(known.sum_on(first, on), standing.sum);

        let mut turned = account.clone();
        turned.entries.reverse();
        prop_assert_eq!(turned.sum_on(first, on), standing.sum);

        let next = account.standing_on(first, standing.cycle.next_start());
        let at_end = account.standing_on(first, standing.cycle.end);
        if at_end.sum < 12 {
            for counted in next.counted.iter().filter(|counted| counted.carried) {
                let due = counted.entry.fine_due_on.expect("all have one");
                prop_assert!(due <= standing.cycle.end);
                prop_assert!(counted.entry.fine_paid_on.is_none_or(|paid| paid > standing.cycle.end));
            }
        } else {
            prop_assert!(next.counted.len() >= at_end.counted.len());
        }
    }
}
