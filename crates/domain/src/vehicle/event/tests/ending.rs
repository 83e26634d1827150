//! The end of a registration, states that stop everything, corrections, and events that cannot be.

use serde_json::{Value, json};

use super::super::{Event, EventType, apply, may_issue};
use super::deciding::{decided, refused};
use super::{day, event, month, registration_with, vehicle, vehicle_with};
use crate::credential::Reason;
use crate::vehicle::Vehicle;
use crate::vehicle::inspection::InspectionRules;

#[test]
fn deregistration_ends_it_and_only_a_correction_brings_it_back() {
    let car = vehicle();
    for (cause, decision, status) in [
        ("scrapped", "revoke scrapped", "E"),
        ("other", "revoke deregistered", "E"),
        ("annulled", "revoke annulled", "E"),
        ("declared_void", "revoke declared_void", "P"),
    ] {
        let (mark, after) = decided(&car, "vehicle.deregistered", "2022-03-15", json!({"cause": cause}));
        assert_eq!((mark.as_str(), after.status.letters().as_str()), (decision, status));
    }
    let gone = decided(&car, "vehicle.deregistered", "2022-03-15", json!({"cause": "other"})).1;
    let owner = json!({"owner_kind": "individual", "owner_id": "440524188001010014", "owner_name": "李㛃"});
    for (event_type, data) in [
        ("vehicle.inspected", json!({"result": "pass"})),
        ("vehicle.mark_granted", json!({})),
        ("vehicle.transferred", owner),
        ("vehicle.changed", json!({"seats": 4})),
        ("vehicle.plate_changed", json!({"plate_number": "苏E98765", "plate_type": "02"})),
        ("vehicle.status_changed", json!({"status": "C"})),
        ("vehicle.deregistered", json!({"cause": "other"})),
        ("vehicle.registered", registration_with(json!({}))),
    ] {
        assert_eq!(refused(&gone, event_type, "2022-04-15", data), "left_the_register", "{event_type}");
    }
    let corrects = json!({"corrects": {"source": "test", "id": "9"}, "status": "A"});
    let (mark, back) = decided(&gone, "vehicle.deregistered.corrected", "2022-04-15", corrects);
    assert_eq!((mark.as_str(), back.status.letters().as_str()), ("issue restored", "A"));
}

#[test]
fn stolen_and_sealed_vehicles_stand_still() {
    let car = vehicle();
    let owner = || json!({"owner_kind": "individual", "owner_id": "440524188001010014", "owner_name": "李㛃"});
    let stolen = Vehicle { status: "C".parse().expect("a state"), ..car.clone() };
    let sealed = Vehicle { status: "K".parse().expect("a state"), ..car };
    for (before, event_type, data) in [
        (&stolen, "vehicle.inspected", json!({"result": "pass"})),
        (&stolen, "vehicle.mark_granted", json!({})),
        (&stolen, "vehicle.transferred", owner()),
        (&stolen, "vehicle.changed", json!({"seats": 4})),
        (&sealed, "vehicle.transferred", owner()),
        (&sealed, "vehicle.plate_changed", json!({"plate_number": "苏E98765", "plate_type": "02"})),
    ] {
        assert_eq!(refused(before, event_type, "2022-04-15", data), "business_stopped", "{event_type}");
    }
    // A sealed vehicle may be inspected; its mark stays suspended.
    assert_eq!(decided(&sealed, "vehicle.inspected", "2023-04-15", json!({"result": "pass"})).0, "nothing sealed");
    assert_eq!(
        decided(&stolen, "vehicle.deregistered", "2022-04-15", json!({"cause": "other"})).0,
        "revoke deregistered"
    );
}

#[test]
fn corrections_recompute() {
    let car = vehicle();
    let of = |members: Value| {
        let mut data = json!({"corrects": {"source": "test", "id": "0"}});
        for (name, value) in members.as_object().expect("an object") {
            data[name] = value.clone();
        }
        data
    };
    // Registered a year earlier than entered: the point moves with it.
    let (mark, after) =
        decided(&car, "vehicle.registered.corrected", "2021-06-01", of(json!({"registered_on": "2020-08-10"})));
    assert_eq!((mark.as_str(), after.valid_until), ("supersede corrected flag", month("2022-08")));
    // Entered as a taxi by mistake: here the validity may grow.
    let taxi = vehicle_with(json!({"use_nature": "D"}));
    let (mark, after) = decided(&taxi, "vehicle.registered.corrected", "2021-06-01", of(json!({"use_nature": "A"})));
    assert_eq!((mark.as_str(), after.valid_until), ("supersede corrected flag", month("2023-05")));
    let (_, overdue) = decided(&taxi, "vehicle.registered.corrected", "2022-06-01", of(json!({"use_nature": "A"})));
    assert_eq!(overdue.valid_until, month("2022-05"), "an overdue vehicle is not cured by a correction");
    // An inspection that was none.
    let renewed = decided(&taxi, "vehicle.inspected", "2022-05-10", json!({"result": "pass"})).1;
    let wrong = of(json!({"valid_until": "2022-05"}));
    assert_eq!(
        decided(&renewed, "vehicle.inspected.corrected", "2022-05-20", wrong.clone()).0,
        "supersede corrected flag"
    );
    assert_eq!(decided(&renewed, "vehicle.inspected.corrected", "2022-06-01", wrong).0, "revoke corrected");
    // Another buyer, another plate, another state.
    let owner = of(json!({"owner_kind": "individual", "owner_id": "440524188001010014", "owner_name": "李㛃"}));
    assert_eq!(
        decided(&car, "vehicle.transferred.corrected", "2022-01-15", owner.clone()).0,
        "revoke_and_issue corrected"
    );
    assert_eq!(decided(&car, "vehicle.registered.corrected", "2022-01-15", owner).0, "nothing -");
    let plate = of(json!({"plate_number": "苏E98765", "plate_type": "02"}));
    assert_eq!(
        decided(&car, "vehicle.plate_changed.corrected", "2022-01-15", plate.clone()).0,
        "supersede corrected flag"
    );
    let stolen = Vehicle { status: "C".parse().expect("a state"), ..car.clone() };
    assert_eq!(
        decided(&stolen, "vehicle.status_changed.corrected", "2022-01-15", of(json!({"status": "A"}))).0,
        "restore restored"
    );
    assert_eq!(decided(&car, "vehicle.changed.corrected", "2022-01-15", of(json!({"colour": "J"}))).0, "nothing -");
    // A vehicle that is out of the register has no mark to replace.
    let gone = Vehicle { status: "E".parse().expect("a state"), ..car.clone() };
    assert_eq!(decided(&gone, "vehicle.plate_changed.corrected", "2022-01-15", plate).0, "nothing -");
    assert_eq!(
        refused(&car, "vehicle.registered.corrected", "2022-01-15", of(json!({"registered_on": "2022-01-16"}))),
        "in_the_future"
    );
    let later = of(json!({"manufactured_on": "2021-05-11"}));
    assert_eq!(refused(&car, "vehicle.registered.corrected", "2022-01-15", later), "manufactured_after_registration");
}

#[test]
fn events_that_cannot_be_are_refused() {
    let rules = InspectionRules::builtin();
    let inspected = event("vehicle.inspected", "2022-05-10", json!({"result": "pass"}));
    let code = |before: Option<&Vehicle>, event: &Event, today: &str| {
        apply(before, event, rules, day(today)).map_err(|e| (e.code(), e.may_pass()))
    };
    assert_eq!(code(None, &inspected, "2022-05-10").err(), Some(("unknown_vehicle", true)));
    assert_eq!(code(Some(&vehicle()), &inspected, "2022-05-09").err(), Some(("in_the_future", true)));
    let registered = event("vehicle.registered", "2021-05-10", registration_with(json!({})));
    assert_eq!(code(Some(&vehicle()), &registered, "2022-05-09").err(), Some(("already_registered", false)));
    let other = Vehicle { vin: "1M8GDM9AXKP042788".parse().expect("a VIN"), ..vehicle() };
    assert_eq!(code(Some(&other), &inspected, "2022-05-10").err(), Some(("other_vehicle", false)));
    let tomorrow = event("vehicle.registered", "2021-05-09", registration_with(json!({})));
    assert_eq!(code(None, &tomorrow, "2021-05-09").err(), Some(("in_the_future", true)));
    let impossible = event("vehicle.registered", "2021-05-10", registration_with(json!({"valid_until": "2021-04"})));
    assert_eq!(code(None, &impossible, "2021-05-10").err(), Some(("valid_before_registration", false)));
}

#[test]
fn the_gate_for_a_mark_by_day() {
    let car = Vehicle { insurance_until: Some(day("2022-05-09")), ..vehicle() };
    for (today, answer) in [
        ("2022-05-09", Ok(())),
        ("2022-05-10", Err(Reason::InsuranceExpired)),
        ("2023-06-01", Err(Reason::NotInValidity)),
    ] {
        assert_eq!(may_issue(&car, day(today)), answer, "{today}");
    }
    assert_eq!(may_issue(&Vehicle { valid_until: None, ..vehicle() }, day("2022-01-01")), Err(Reason::NotInValidity));
}

#[test]
fn every_type_has_two_words() {
    let words: std::collections::BTreeSet<_> =
        EventType::ALL.iter().flat_map(|t| [t.code(), t.corrected_code()]).collect();
    assert_eq!(words.len(), 24);
    assert!(EventType::ALL.iter().all(|t| t.corrected_code() == format!("{}.corrected", t.code())));
}
