//! One event on one vehicle: what follows for its facts, its mark and the people.

use serde_json::{Value, json};

use super::super::{MarkDecision, apply};
use super::{day, event, happens, month, registration_with, vehicle, vehicle_with};
use crate::credential::Reason;
use crate::vehicle::Vehicle;
use crate::vehicle::inspection::InspectionRules;
use crate::vehicle::notice::NoticeKind;

/// The decision in short: its word, reason and flag.
fn short(mark: &MarkDecision) -> String {
    let reason = mark.reason().map_or("-", Reason::code);
    let flag = if matches!(mark, MarkDecision::Supersede { flag_old: true, .. }) { " flag" } else { "" };
    format!("{} {reason}{flag}", mark.code())
}

pub(super) fn decided(before: &Vehicle, event_type: &str, on: &str, data: Value) -> (String, Vehicle) {
    let outcome = happens(before, event_type, on, data).unwrap_or_else(|e| panic!("{event_type} on {on}: {e}"));
    (short(&outcome.mark), outcome.after)
}

pub(super) fn refused(before: &Vehicle, event_type: &str, on: &str, data: Value) -> &'static str {
    happens(before, event_type, on, data).expect_err(event_type).code()
}

#[test]
fn a_registration_issues_the_first_mark() {
    let registered =
        event("vehicle.registered", "2021-05-10", registration_with(json!({"insurance_until": "2022-05-09"})));
    let outcome = apply(None, &registered, InspectionRules::builtin(), day("2021-05-10")).expect("registered");
    assert_eq!(outcome.mark, MarkDecision::Issue { reason: Reason::Registered });
    assert_eq!(outcome.after.valid_until, month("2023-05"));
    assert_eq!(outcome.notices, [NoticeKind::MarkIssued]);
    assert_eq!(outcome.new_owner.map(|o| o.name).as_deref(), Some("张三丰"));
    let taxi = vehicle_with(json!({"use_nature": "D"}));
    assert_eq!(taxi.valid_until, month("2022-05"));
}

#[test]
fn what_keeps_a_first_mark_back() {
    for (members, today, because) in [
        (json!({"status": "G"}), "2021-05-10", "nothing open_violation"),
        (json!({"status": "I"}), "2021-05-10", "nothing open_accident"),
        (json!({"status": "K"}), "2021-05-10", "nothing sealed"),
        (json!({"status": "E"}), "2021-05-10", "nothing deregistered"),
        (json!({"insurance_until": "2021-05-09"}), "2021-05-10", "nothing insurance_expired"),
        (json!({"insurance_until": "2021-05-10"}), "2021-05-10", "issue registered"),
        (json!({}), "2023-05-31", "issue registered"),
        (json!({}), "2023-06-01", "nothing not_in_validity"),
        (json!({"division": "810000"}), "2021-05-10", "nothing region_not_open"),
    ] {
        let registered = event("vehicle.registered", "2021-05-10", registration_with(members.clone()));
        let outcome = apply(None, &registered, InspectionRules::builtin(), day(today)).expect("registered");
        assert_eq!(short(&outcome.mark), because, "{members} on {today}");
    }
}

#[test]
fn the_roll_out_opens_by_day() {
    for (division, on, decision) in [
        ("320100", "2020-02-29", "nothing region_not_open"), // 南京, a pilot city
        ("320100", "2020-03-01", "issue registered"),
        ("130100", "2020-06-19", "nothing region_not_open"), // 石家庄, among the last 15 provinces
        ("130100", "2020-06-20", "issue registered"),
    ] {
        let plate = if division == "130100" { "冀A12345" } else { "苏A12345" };
        let members = json!({"division": division, "registered_on": on, "plate_number": plate});
        let registered = event("vehicle.registered", on, registration_with(members));
        let outcome = apply(None, &registered, InspectionRules::builtin(), day(on)).expect("registered");
        assert_eq!(short(&outcome.mark), decision, "{division} {on}");
        assert_eq!(outcome.notices.is_empty(), decision.starts_with("nothing"));
    }
}

#[test]
fn an_inspection_renews_from_the_anchor() {
    let taxi = vehicle_with(json!({"use_nature": "D"}));
    let pass = || json!({"result": "pass", "paper_mark": "320500-0012345"});
    // The window of May opens on 1 March.
    for (on, decision, until) in [
        ("2022-02-28", "nothing -", "2022-05"),
        ("2022-03-01", "supersede renewed", "2023-05"),
        ("2022-05-31", "supersede renewed", "2023-05"),
        ("2022-06-01", "supersede renewed flag", "2023-05"),
        ("2023-05-01", "supersede renewed flag", "2024-05"),
    ] {
        let (mark, after) = decided(&taxi, "vehicle.inspected", on, pass());
        assert_eq!((mark.as_str(), after.valid_until), (decision, month(until)), "{on}");
    }
    let outcome = happens(&taxi, "vehicle.inspected", "2022-05-10", pass()).expect("inspected");
    assert_eq!(outcome.paper_mark.as_deref(), Some("320500-0012345"));
    assert_eq!(outcome.notices, [NoticeKind::MarkRenewed]);
    // The day of the inspection counts, not the day it is reported.
    let late = json!({"result": "pass", "inspected_on": "2022-02-28"});
    assert_eq!(decided(&taxi, "vehicle.inspected", "2022-03-01", late).0, "nothing -");
    let tomorrow = json!({"result": "pass", "inspected_on": "2022-03-02"});
    assert_eq!(refused(&taxi, "vehicle.inspected", "2022-03-01", tomorrow), "in_the_future");
    let stated = |until: &str| json!({"result": "pass", "valid_until": until});
    assert_eq!(decided(&taxi, "vehicle.inspected", "2022-03-01", stated("2023-05")).0, "supersede renewed");
    assert_eq!(refused(&taxi, "vehicle.inspected", "2022-03-01", stated("2023-03")), "validity_differs");
}

#[test]
fn an_inspection_that_failed_changes_nothing() {
    let taxi = vehicle_with(json!({"use_nature": "D"}));
    let outcome = happens(&taxi, "vehicle.inspected", "2022-05-10", json!({"result": "fail", "paper_mark": "1"}))
        .expect("a fact");
    assert_eq!((outcome.after, short(&outcome.mark).as_str()), (taxi, "nothing -"));
    assert_eq!((outcome.paper_mark, outcome.notices), (None, vec![NoticeKind::InspectionFailed]));
}

#[test]
fn an_inspection_lifts_the_overdue_letter() {
    let overdue = vehicle_with(json!({"use_nature": "D", "status": "DQ"}));
    let (mark, after) = decided(&overdue, "vehicle.inspected", "2022-07-10", json!({"result": "pass"}));
    assert_eq!((mark.as_str(), after.status.letters().as_str()), ("supersede renewed flag", "D"));
    let (_, early) = decided(&overdue, "vehicle.inspected", "2022-02-10", json!({"result": "pass"}));
    assert_eq!(early.status.letters(), "DQ");
}

#[test]
fn a_validity_that_was_never_recorded_is_found_by_an_inspection() {
    let unknown = Vehicle { valid_until: None, ..vehicle_with(json!({"use_nature": "D"})) };
    for (on, until) in [("2022-12-01", "2023-05"), ("2023-03-01", "2024-05")] {
        let (mark, after) = decided(&unknown, "vehicle.inspected", on, json!({"result": "pass"}));
        assert_eq!((mark.as_str(), after.valid_until), ("supersede renewed", month(until)), "{on}");
    }
}

#[test]
fn what_blocks_withholds_the_mark_and_its_end_brings_it() {
    let taxi = vehicle_with(json!({"use_nature": "D"}));
    let blocked = decided(&taxi, "vehicle.status_changed", "2022-04-01", json!({"status": "G"})).1;
    let outcome = happens(&blocked, "vehicle.inspected", "2022-05-10", json!({"result": "pass"})).expect("a fact");
    assert_eq!(short(&outcome.mark), "nothing open_violation");
    assert_eq!(
        (outcome.after.valid_until, outcome.notices.as_slice()),
        (month("2023-05"), &[NoticeKind::MarkWithheld][..])
    );
    let (mark, _) = decided(&outcome.after, "vehicle.status_changed", "2022-05-12", json!({"status": "A"}));
    assert_eq!(mark, "restore restored");

    let lapsed = vehicle_with(json!({"use_nature": "D", "insurance_until": "2022-05-09"}));
    let outcome = happens(&lapsed, "vehicle.inspected", "2022-05-10", json!({"result": "pass"})).expect("a fact");
    assert_eq!(short(&outcome.mark), "nothing insurance_expired");
    let (mark, _) = decided(&outcome.after, "vehicle.changed", "2022-05-11", json!({"insurance_until": "2023-05-10"}));
    assert_eq!(mark, "restore restored");
    let shown = json!({"result": "pass", "insurance_until": "2023-05-09"});
    assert_eq!(decided(&lapsed, "vehicle.inspected", "2022-05-10", shown).0, "supersede renewed");
}

#[test]
fn a_mark_is_granted_only_where_the_rules_need_no_inspection() {
    let car = vehicle();
    let (mark, after) = decided(&car, "vehicle.mark_granted", "2023-03-01", json!({}));
    assert_eq!((mark.as_str(), after.valid_until), ("supersede renewed", month("2025-05")));
    assert_eq!(refused(&car, "vehicle.mark_granted", "2023-02-28", json!({})), "window_not_open");
    let taxi = vehicle_with(json!({"use_nature": "D"}));
    assert_eq!(refused(&taxi, "vehicle.mark_granted", "2022-05-10", json!({})), "needs_inspection");
    let void = vehicle_with(json!({"casualty_accident": true}));
    assert_eq!(refused(&void, "vehicle.mark_granted", "2023-05-10", json!({})), "needs_inspection");
    let sixth = Vehicle { valid_until: month("2027-05"), ..car };
    assert_eq!(refused(&sixth, "vehicle.mark_granted", "2027-05-10", json!({})), "needs_inspection");
}

#[test]
fn a_transfer_moves_the_mark_and_not_the_clock() {
    let car = vehicle();
    let buyer = |more: Value| {
        let mut data = json!({"owner_kind": "individual", "owner_id": "440524188001010014", "owner_name": "李㛃"});
        for (name, value) in more.as_object().expect("an object") {
            data[name] = value.clone();
        }
        data
    };
    let outcome = happens(&car, "vehicle.transferred", "2022-01-15", buyer(json!({}))).expect("transferred");
    assert_eq!(outcome.mark, MarkDecision::RevokeAndIssue { revoke: Reason::Transferred, issue: Reason::Transferred });
    assert_eq!(
        (&outcome.after, outcome.notices.as_slice()),
        (&car, &[NoticeKind::MarkGivenUp, NoticeKind::MarkIssued][..])
    );
    assert_eq!(outcome.new_owner.map(|o| o.name).as_deref(), Some("李㛃"));
    let moved = buyer(json!({"plate_number": "苏B54321", "plate_type": "02", "division": "320200"}));
    let (_, after) = decided(&car, "vehicle.transferred", "2022-01-15", moved.clone());
    assert_eq!(
        (after.plate.number.as_str(), after.valid_until, after.registered_on),
        ("苏B54321", car.valid_until, car.registered_on)
    );
    // Overdue: the new owner gets no mark, the old one loses his.
    assert_eq!(decided(&car, "vehicle.transferred", "2023-06-01", buyer(json!({}))).0, "revoke transferred");
    // Moved out: only an arrival ends that.
    let left = decided(&car, "vehicle.status_changed", "2022-01-10", json!({"status": "B"})).1;
    assert_eq!(refused(&left, "vehicle.transferred", "2022-01-15", buyer(json!({}))), "moved_out");
    let (mark, after) = decided(&left, "vehicle.transferred", "2022-01-15", moved);
    assert_eq!((mark.as_str(), after.status.letters().as_str()), ("revoke_and_issue transferred", "A"));
}

#[test]
fn a_change_computes_the_cycle_anew_and_never_lengthens_the_validity() {
    let car = vehicle();
    // Private to ride-hailing after half a year: yearly from now on, so the mark of two years becomes one of one.
    let (mark, hailing) = decided(&car, "vehicle.changed", "2021-11-15", json!({"use_nature": "T"}));
    assert_eq!((mark.as_str(), hailing.valid_until), ("supersede changed flag", month("2022-05")));
    // And back: only an inspection lengthens it again.
    let (_, private) = decided(&hailing, "vehicle.changed", "2021-12-15", json!({"use_nature": "U"}));
    assert_eq!(private.valid_until, month("2022-05"));
    // An overdue vehicle stays overdue.
    let (mark, overdue) = decided(&car, "vehicle.changed", "2023-07-15", json!({"use_nature": "T"}));
    assert_eq!((mark.as_str(), overdue.valid_until), ("nothing not_in_validity", month("2023-05")));
    let (mark, painted) = decided(&car, "vehicle.changed", "2021-11-15", json!({"colour": "J"}));
    assert_eq!(
        (mark.as_str(), painted.valid_until, painted.colour.as_deref()),
        ("supersede changed flag", car.valid_until, Some("J"))
    );
    // Insurance alone makes no new mark; an accident with casualties only when it shortens the validity.
    assert_eq!(decided(&car, "vehicle.changed", "2021-11-15", json!({"insurance_until": "2022-11-14"})).0, "nothing -");
    assert_eq!(decided(&car, "vehicle.changed", "2021-11-15", json!({"casualty_accident": true})).0, "nothing -");
    let seventh = Vehicle { valid_until: month("2029-05"), ..car.clone() };
    let (mark, hit) = decided(&seventh, "vehicle.changed", "2027-11-15", json!({"casualty_accident": true}));
    assert_eq!((mark.as_str(), hit.valid_until), ("supersede changed flag", month("2028-05")));
    // Violations open: a change of colour leaves the mark, one that makes the mark wrong revokes it.
    let blocked = Vehicle { status: "G".parse().expect("a state"), ..car };
    assert_eq!(decided(&blocked, "vehicle.changed", "2021-11-15", json!({"colour": "J"})).0, "nothing open_violation");
    assert_eq!(decided(&blocked, "vehicle.changed", "2021-11-15", json!({"use_nature": "T"})).0, "revoke changed");
    assert_eq!(refused(&blocked, "vehicle.changed", "2021-11-15", json!({"seats": 0})), "seats_missing");
}

#[test]
fn a_new_plate_supersedes() {
    let car = vehicle();
    let plate = json!({"plate_number": "苏E98765", "plate_type": "02"});
    let outcome = happens(&car, "vehicle.plate_changed", "2022-03-15", plate.clone()).expect("changed");
    assert_eq!(
        (short(&outcome.mark).as_str(), outcome.notices.as_slice()),
        ("supersede plate_changed flag", &[NoticeKind::MarkReplaced][..])
    );
    assert_eq!((outcome.after.plate.number.as_str(), outcome.after.valid_until), ("苏E98765", car.valid_until));
    assert_eq!(decided(&car, "vehicle.plate_changed", "2023-06-15", plate.clone()).0, "revoke plate_changed");
    assert_eq!(refused(&outcome.after, "vehicle.plate_changed", "2022-03-16", plate), "same_plate");
    // The same characters of another kind are another plate.
    let green = json!({"plate_number": "苏E12345", "plate_type": "01"});
    assert_eq!(decided(&car, "vehicle.plate_changed", "2022-03-15", green).0, "supersede plate_changed flag");
}

#[test]
fn states_suspend_restore_and_revoke() {
    let car = vehicle();
    let state = |text: &str| json!({"status": text});
    for (from, to, decision) in [
        ("A", "C", "suspend stolen"),
        ("A", "L", "suspend impounded"),
        ("A", "K", "suspend sealed"),
        ("C", "CL", "nothing -"),
        ("C", "A", "restore restored"),
        ("L", "G", "restore restored"),
        ("A", "M", "revoke scrapped"),
        ("A", "B", "revoke moved_out"),
        ("A", "E", "revoke deregistered"),
        ("A", "P", "revoke declared_void"),
        ("C", "E", "revoke deregistered"),
        ("C", "CE", "revoke deregistered"),
        ("M", "E", "nothing -"),
        ("M", "A", "issue restored"),
        ("M", "G", "nothing open_violation"),
        ("B", "C", "nothing stolen"),
        ("E", "EP", "nothing -"),
        ("A", "G", "nothing -"),
        ("A", "Q", "nothing -"),
        ("G", "A", "restore restored"),
        ("G", "I", "nothing -"),
        ("A", "D", "nothing -"),
    ] {
        let before = Vehicle { status: from.parse().expect("a state"), ..car.clone() };
        let (mark, after) = decided(&before, "vehicle.status_changed", "2022-03-15", state(to));
        assert_eq!((mark.as_str(), after.status.letters().as_str()), (decision, to), "{from} to {to}");
    }
    for letter in ["E", "P", "CE"] {
        let before = Vehicle { status: letter.parse().expect("a state"), ..car.clone() };
        assert_eq!(refused(&before, "vehicle.status_changed", "2022-03-15", state("A")), "left_the_register");
    }
}
