//! Deadlines of vehicles and licences, day by day.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::driver::Licence;
use crate::vehicle::Vehicle;
use crate::vehicle::inspection::InspectionRules;

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

fn licence_with(members: Value) -> Licence {
    let mut value = json!({
        "number": "320500198505050010", "name": "张三丰", "sex": "male", "nationality": "中国", "birth_date": "1985-05-05",
        "classes": "C1", "first_issued_on": "2018-03-15", "valid_from": "2018-03-15", "valid_until": "2024-03-15",
        "division": "320500", "status": "A",
    });
    for (name, member) in members.as_object().expect("an object") {
        value[name] = member.clone();
    }
    serde_json::from_value(value).expect("a licence")
}

fn vehicle_with(members: Value) -> Vehicle {
    let mut value = json!({
        "plate": {"number": "苏E12345", "plate_type": "02"}, "vin": "LSVHJ133022221761", "vehicle_type": "K33", "use_nature": "A",
        "seats": 5, "registered_on": "2021-05-10", "manufactured_on": null, "energy": null, "colour": null,
        "division": "320500", "status": "A", "valid_until": "2027-05", "insurance_until": "2027-01-31",
        "casualty_accident": false, "illegal_modification": false, "owner": "00000000-0000-0000-0000-000000000000",
    });
    for (name, member) in members.as_object().expect("an object") {
        value[name] = member.clone();
    }
    serde_json::from_value(value).expect("a vehicle")
}

fn kinds(list: &[Deadline<'_>]) -> Vec<&'static str> {
    list.iter().map(|deadline| deadline.kind.code()).collect()
}

fn only<'l, 'c>(list: &'l [Deadline<'c>], kind: DeadlineKind) -> &'l Deadline<'c> {
    let found: Vec<_> = list.iter().filter(|deadline| deadline.kind == kind).collect();
    assert_eq!(found.len(), 1, "{kind:?} in {:?}", kinds(list));
    found[0]
}

fn steps(deadline: &Deadline<'_>) -> Vec<(&'static str, String)> {
    deadline.steps.iter().map(|step| (step.code.code(), step.on.to_string())).collect()
}

fn of(members: Value, today: &str) -> Vec<Deadline<'static>> {
    of_licence(&licence_with(members), day(today))
}

/// Cases 30 and 35: the window, M, and a year to the cancellation.
#[test]
fn a_renewal_from_its_window_to_the_cancellation() {
    let list = of(json!({}), "2023-12-01");
    let renewal = only(&list, DeadlineKind::Renewal);
    assert_eq!((renewal.opens_on, renewal.due_on), (Some(day("2023-12-16")), day("2024-03-15")));
    assert_eq!(renewal.state(day("2023-12-15")), DeadlineState::Upcoming);
    assert_eq!(renewal.state(day("2023-12-16")), DeadlineState::Open);
    assert_eq!(renewal.state(day("2024-03-16")), DeadlineState::Overdue);
    assert_eq!((renewal.days_left(day("2024-03-14")), renewal.days_left(day("2024-03-16"))), (1, -1));
    assert_eq!(renewal.clause.id, "R162 Art.63");
    let days = |code: &'static str, on: &str| (code, on.to_owned());
    assert_eq!(
        steps(renewal),
        [
            days("opens", "2023-12-16"),
            days("days30", "2024-02-14"),
            days("days7", "2024-03-08"),
            days("day1", "2024-03-14"),
            days("after", "2024-03-16"),
        ]
    );
    assert_eq!(kinds(&of(json!({}), "2024-03-15")), ["renewal"]);
    let late = of(json!({}), "2024-03-16");
    assert_eq!(kinds(&late), ["renewal", "cancellation"]);
    assert_eq!(only(&late, DeadlineKind::Cancellation).due_on, day("2025-03-15"));
    // Cancelled: what is left is the day until which it can be restored (case 37).
    let cancelled = of(json!({}), "2025-03-16");
    assert_eq!(kinds(&cancelled), ["restoration"]);
    assert_eq!(cancelled[0].due_on, day("2027-03-16"));
    assert_eq!(kinds(&of(json!({}), "2027-03-17")), [""; 0]);
    assert_eq!(kinds(&of(json!({"valid_until": null}), "2040-01-01")), [""; 0], "long-term");
    for ended in ["F", "E", "G"] {
        assert_eq!(kinds(&of(json!({"status": ended}), "2024-03-01")), [""; 0]);
    }
}

/// Case 44: 70 in 2025, the cycle ends on 30 June; thirty days, and a year to the cancellation.
#[test]
fn a_certificate_is_due_in_the_thirty_days_after_the_cycle() {
    let old = json!({
        "birth_date": "1955-03-01", "first_issued_on": "1990-07-01", "valid_from": "2020-07-01", "valid_until": null,
        "number": "X1234567",
    });
    let list = of(old.clone(), "2025-06-30");
    let medical = only(&list, DeadlineKind::Medical);
    assert_eq!((medical.opens_on, medical.due_on), (Some(day("2025-07-01")), day("2025-07-30")));
    // Thirty days before the end lie before the window: that step is left out.
    let codes: Vec<_> = medical.steps.iter().map(|step| step.code).collect();
    assert_eq!(codes, [StepCode::Opens, StepCode::Days7, StepCode::Day1, StepCode::After]);
    assert!(medical.clause.id.contains("Art.74"), "{}", medical.clause.id);
    let mut late = old.clone();
    late["last_medical_on"] = json!("2024-07-10");
    assert_eq!(kinds(&of(late.clone(), "2025-07-31")), ["medical", "cancellation"]);
    late["last_medical_on"] = json!("2025-07-31");
    let done = of(late, "2025-08-01");
    assert_eq!(only(&done, DeadlineKind::Medical).due_on, day("2026-07-30"));
}

/// Case 47: B2 with 3 points in the cycle to 2025-09-19.
#[test]
fn a_review_is_due_after_a_cycle_with_points() {
    let b2 = json!({
        "classes": "B2", "first_issued_on": "2015-09-20", "valid_from": "2021-09-20", "valid_until": "2031-09-20",
        "points": {"entries": [{"id": "a", "points": 3, "offence_on": "2025-01-01", "decided_on": "2025-01-10"}]},
    });
    let list = of(b2.clone(), "2025-09-20");
    let review = only(&list, DeadlineKind::Review);
    assert_eq!((review.opens_on, review.due_on), (Some(day("2025-09-20")), day("2025-10-19")));
    assert!(review.action.as_ref().is_some_and(|action| action.zh.contains('3')), "three hours of study");
    let mut done = b2;
    done["last_reviewed_on"] = json!("2025-09-25");
    assert!(!kinds(&of(done, "2025-09-26")).contains(&"review"));
}

/// Cases 40 and 41: the extension before 63, the downgrade at 63.
#[test]
fn age_is_told_a_year_ahead() {
    let a2 = json!({
        "classes": "A2", "birth_date": "1962-05-20", "first_issued_on": "1990-01-10", "valid_from": "2020-01-10",
        "valid_until": null, "number": "X1234567",
    });
    assert_eq!(kinds(&of(a2.clone(), "2024-06-01")), ["downgrade"], "no extension before 2025");
    let list = of(a2.clone(), "2025-01-10");
    assert_eq!(kinds(&list), ["downgrade", "extension"]);
    let (downgrade, extension) = (&list[0], &list[1]);
    assert_eq!((downgrade.due_on, extension.due_on), (day("2025-05-19"), day("2025-05-20")));
    assert_eq!(extension.opens_on, Some(day("2024-05-20")));
    assert_eq!(extension.state(day("2025-05-21")), DeadlineState::Past);
    assert_eq!(downgrade.state(day("2025-05-20")), DeadlineState::Overdue);
    assert_eq!(kinds(&of(a2.clone(), "2025-05-21")), ["downgrade"]);
    let mut extended = a2;
    extended["extended_until"] = json!("2028-05-20");
    assert_eq!(kinds(&of(extended, "2025-05-21")), [""; 0], "not before a year ahead");
}

#[test]
fn deferral_and_practice_have_their_ends() {
    let list = of(json!({"status": "NTP", "deferred_until": "2026-06-30"}), "2024-06-01");
    assert_eq!(kinds(&list), ["renewal", "deferral_end"]);
    assert_eq!(list[0].due_on, day("2026-06-30"), "a deferral moves the renewal");
    // A deferral without an end has none.
    assert_eq!(kinds(&of(json!({"status": "N"}), "2024-03-01")), ["renewal"]);
    let young = json!({"first_issued_on": "2023-01-10", "valid_from": "2023-01-10", "valid_until": "2029-01-10"});
    let list = of(young.clone(), "2023-06-01");
    let practice = only(&list, DeadlineKind::PracticeEnd);
    assert_eq!((practice.due_on, practice.action.is_none()), (day("2024-01-09"), true));
    let ended = of(young.clone(), "2024-01-10");
    assert_eq!(only(&ended, DeadlineKind::PracticeEnd).state(day("2024-01-10")), DeadlineState::Past);
    assert!(!kinds(&of(young, "2024-01-17")).contains(&"practice_end"), "told for a week at most");
}

#[test]
fn the_cycle_ends_with_its_points_and_fines_have_their_day() {
    let paid = json!({"points": {"entries": [
        {"id": "a", "points": 3, "offence_on": "2023-06-01", "decided_on": "2023-06-10", "fine_due_on": "2023-06-25", "fine_paid_on": "2023-06-20"},
    ]}});
    let list = of(paid.clone(), "2023-07-01");
    let cycle = only(&list, DeadlineKind::PointsCycleEnd);
    assert_eq!((cycle.due_on, cycle.clause.id.as_str()), (day("2024-03-14"), "R163 Art.15"));
    assert_eq!(steps(cycle), [("days7", "2024-03-07".to_owned())]);
    let news = of(paid.clone(), "2024-03-15");
    let news = only(&news, DeadlineKind::PointsCycleEnd);
    assert_eq!((news.due_on, news.state(day("2024-03-15"))), (day("2024-03-14"), DeadlineState::Past));
    assert_eq!(news.steps_due(day("2024-03-14"), day("2024-03-15")).count(), 1);
    assert!(!kinds(&of(paid, "2024-03-22")).contains(&"points_cycle_end"));

    let unpaid = json!({"points": {"entries": [
        {"id": "a", "points": 3, "offence_on": "2023-06-01", "decided_on": "2023-06-10", "fine_due_on": "2023-06-25"},
        {"id": "b", "points": 1, "offence_on": "2023-06-01", "decided_on": "2023-06-10", "fine_due_on": "2023-06-25"},
        {"id": "c", "points": 1, "offence_on": "2023-06-01", "decided_on": "2023-06-10", "fine_due_on": "2023-06-20", "annulled_on": "2023-06-12"},
    ]}});
    let list = of(unpaid.clone(), "2023-07-01");
    let fine = only(&list, DeadlineKind::Fine);
    assert_eq!((fine.due_on, fine.state(day("2023-07-01"))), (day("2023-06-25"), DeadlineState::Overdue));
    let cycle = only(&list, DeadlineKind::PointsCycleEnd);
    assert!(cycle.why.zh.contains("转入下一周期") && cycle.action.is_some());
    // Carried over: the sum did not fall, so nothing was cleared and nothing is told.
    let next = of(unpaid, "2024-03-15");
    assert_eq!(only(&next, DeadlineKind::PointsCycleEnd).due_on, day("2025-03-14"));
    // At 12 points no day clears anything.
    let full = json!({"points": {"entries": [{"id": "a", "points": 12, "offence_on": "2023-06-01", "decided_on": "2023-06-10"}]}});
    assert!(!kinds(&of(full, "2023-07-01")).contains(&"points_cycle_end"));
}

#[test]
fn a_vehicle_has_its_point_and_its_insurance() {
    let rules = InspectionRules::builtin();
    let list = of_vehicle(&vehicle_with(json!({})), rules, day("2026-11-22"));
    assert_eq!(kinds(&list), ["insurance", "inspection"]);
    let (insurance, inspection) = (&list[0], &list[1]);
    assert_eq!((insurance.due_on, insurance.opens_on), (day("2027-01-31"), None));
    assert_eq!((inspection.opens_on, inspection.due_on), (Some(day("2027-03-01")), day("2027-05-31")));
    assert!(inspection.why.zh.contains("依据") && !inspection.clause.id.is_empty());
    let exempt = of_vehicle(&vehicle_with(json!({"registered_on": "2023-05-10"})), rules, day("2026-11-22"));
    assert_eq!(kinds(&exempt), ["insurance", "mark_application"]);
    // Overdue it stays on the list; a vehicle that left the register has nothing to do.
    let late = of_vehicle(&vehicle_with(json!({"valid_until": "2026-05"})), rules, day("2026-11-22"));
    assert_eq!(late[0].state(day("2026-11-22")), DeadlineState::Overdue);
    for gone in ["E", "P"] {
        assert!(of_vehicle(&vehicle_with(json!({"status": gone})), rules, day("2026-11-22")).is_empty());
    }
    let forgotten = vehicle_with(json!({"insurance_until": "2024-11-21"}));
    assert_eq!(kinds(&of_vehicle(&forgotten, rules, day("2026-11-22"))), ["inspection"]);
    let never = vehicle_with(json!({"insurance_until": null}));
    assert_eq!(kinds(&of_vehicle(&never, rules, day("2026-11-22"))), ["inspection"]);
}

#[test]
fn codes_and_keys_are_stable() {
    for kind in DeadlineKind::ALL {
        assert_eq!(DeadlineKind::from_code(kind.code()), Some(*kind));
        assert_eq!(serde_json::to_value(kind).expect("serialises"), kind.code());
    }
    for step in StepCode::ALL {
        assert_eq!(StepCode::from_code(step.code()), Some(step));
        assert_eq!(serde_json::to_value(step).expect("serialises"), step.code());
    }
    let list = of(json!({}), "2024-01-01");
    assert_eq!(list[0].key("L1", StepCode::Days7), "deadline:L1:renewal:2024-03-15:days7");
    for id in ["RTSL Art.17", "RTSL Art.108"] {
        assert_eq!(clause(id).id, id);
    }
}

/// Every sentence of every step: it ends, has no hole, and names the day.
#[test]
fn every_notice_is_a_sentence() {
    let mut seen = BTreeSet::new();
    let lists = [
        of(json!({}), "2024-03-20"),
        of(json!({}), "2025-03-20"),
        of(json!({"status": "NTP", "deferred_until": "2026-06-30"}), "2024-06-01"),
        of(
            json!({"first_issued_on": "2023-01-10", "valid_from": "2023-01-10", "valid_until": "2029-01-10"}),
            "2023-06-01",
        ),
        of(
            json!({"classes": "A2", "birth_date": "1962-05-20", "first_issued_on": "1990-01-10", "valid_from": "2020-01-10",
                "valid_until": "2030-01-10", "number": "X1234567", "points": {"entries": [
                    {"id": "a", "points": 3, "offence_on": "2024-12-01", "decided_on": "2024-12-10", "fine_due_on": "2024-12-25"}]}}),
            "2025-01-12",
        ),
        of(
            json!({"birth_date": "1955-03-01", "first_issued_on": "1990-07-01", "valid_from": "2020-07-01", "valid_until": null,
                "number": "X1234567"}),
            "2025-06-30",
        ),
        of_vehicle(&vehicle_with(json!({})), InspectionRules::builtin(), day("2026-11-22")),
        of_vehicle(
            &vehicle_with(json!({"registered_on": "2023-05-10"})),
            InspectionRules::builtin(),
            day("2026-11-22"),
        ),
    ];
    for deadline in lists.iter().flatten() {
        seen.insert(deadline.kind);
        assert!(deadline.why.zh.ends_with('。') && deadline.why.en.ends_with('.'), "{:?}", deadline.why);
        for step in StepCode::ALL {
            for label in [Some("苏E·12345"), None] {
                let notice = deadline.notice(step, label);
                let day = deadline.due_on.to_string();
                assert!(notice.body.en.contains(&day) && notice.body.en.ends_with('.'), "{}", notice.body.en);
                assert!(
                    notice.body.zh.contains(&zh(deadline.due_on)) && notice.body.zh.ends_with('。'),
                    "{}",
                    notice.body.zh
                );
                assert_eq!(notice.body.zh.contains("苏E"), label.is_some());
                for text in [&notice.body.zh, &notice.body.en] {
                    assert!(!text.contains("  ") && !text.contains("。。") && !text.contains(".."), "{text}");
                }
                assert!(notice.title.zh.chars().count() <= 24, "{}", notice.title.zh);
            }
        }
    }
    assert_eq!(seen.len(), DeadlineKind::ALL.len(), "{seen:?}");
}

fn any_day(from: i16, to: i16) -> impl Strategy<Value = Date> {
    (from..=to, 1..=12i8, 1..=31i8).prop_filter_map("a day of the calendar", |(y, m, d)| Date::new(y, m, d).ok())
}

proptest! {
    /// Steps come in order, lie within the window or on the day after, and runs that follow one another say each exactly once.
    #[test]
    fn every_step_is_due_exactly_once(
        birth in any_day(1945, 2004), first in any_day(2006, 2026), term in prop::sample::select(vec![Some(6), Some(10), None]),
        classes in prop::sample::select(vec!["C1", "C1D", "A2", "B2", "C5", "F", "C3", "A1A2"]),
        today in any_day(2026, 2035), gaps in prop::collection::vec(1i32..40, 1..12),
        decided in any_day(2024, 2027), points in 0u8..=12,
    ) {
        let until = term.map(|years: i32| first.checked_add(years.years()).expect("in range").to_string());
        let licence = licence_with(json!({
            "birth_date": birth.to_string(), "first_issued_on": first.to_string(), "valid_from": first.to_string(),
            "valid_until": until, "classes": classes, "number": "X1234567",
            "points": {"entries": [{"id": "a", "points": points, "offence_on": decided.to_string(), "decided_on": decided.to_string()}]},
        }));
        for deadline in of_licence(&licence, today) {
            let days: Vec<Date> = deadline.steps.iter().map(|step| step.on).collect();
            let mut sorted = days.clone();
            sorted.sort_unstable();
            sorted.dedup();
            prop_assert_eq!(&days, &sorted, "{:?}", deadline);
            prop_assert!(deadline.opens_on.is_none_or(|opens| opens <= deadline.due_on), "{:?}", deadline);
            for step in &deadline.steps {
                prop_assert!(deadline.opens_on.is_none_or(|opens| step.on >= opens));
                prop_assert!(step.on <= deadline.due_on.tomorrow().expect("in range"));
            }
            // Runs on any days: what each says adds up to what one run over the whole time would say.
            let start = today.checked_sub(400.days()).expect("in range");
            let mut since = start;
            let mut said = Vec::new();
            for gap in &gaps {
                let now = since.checked_add(gap.days()).expect("in range");
                said.extend(deadline.steps_due(since, now));
                since = now;
            }
            let all: Vec<Step> = deadline.steps_due(start, since).collect();
            prop_assert_eq!(said, all);
        }
    }
}
