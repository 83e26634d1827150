//! Whole lives: thousands of random events folded over a vehicle and its mark.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{CurrentMark, Event, MarkStep, Outcome, apply, may_issue};
use super::{event, registration};
use crate::vehicle::inspection::InspectionRules;
use crate::vehicle::{MarkEffect, Vehicle};

/// The marks of one vehicle, as the steps leave them.
#[derive(Debug, Clone, PartialEq, Default)]
struct Marks {
    current: Option<CurrentMark>,
    issued: u32,
    ended: u32,
}

impl Marks {
    fn take(&mut self, outcome: &Outcome, today: jiff::civil::Date) {
        for step in outcome.mark.steps(self.current.as_ref(), &outcome.after, today) {
            match step {
                MarkStep::Issue { .. } => {
                    assert!(self.current.is_none(), "two current marks: {outcome:?}");
                    assert_eq!(may_issue(&outcome.after, today), Ok(()), "issued against the gate: {outcome:?}");
                    let valid_until = outcome.after.valid_until.expect("the gate asks for it");
                    self.current =
                        Some(CurrentMark { plate: outcome.after.plate.clone(), valid_until, suspended: false });
                    self.issued += 1;
                }
                MarkStep::Supersede { .. } | MarkStep::Revoke { .. } => {
                    assert!(self.current.take().is_some(), "nothing to end: {outcome:?}");
                    self.ended += 1;
                }
                MarkStep::Suspend { .. } => {
                    let mark = self.current.as_mut().expect("something to suspend");
                    assert!(!std::mem::replace(&mut mark.suspended, true), "suspended twice: {outcome:?}");
                }
                MarkStep::Lift { .. } => {
                    let mark = self.current.as_mut().expect("something to lift");
                    assert!(std::mem::replace(&mut mark.suspended, false), "not suspended: {outcome:?}");
                }
            }
        }
    }
}

fn happening() -> impl Strategy<Value = (&'static str, Value)> {
    let owner = json!({"owner_kind": "individual", "owner_id": "440524188001010014", "owner_name": "李㛃"});
    let corrects = json!({"source": "test", "id": "0"});
    let state = prop::sample::select(vec!["A", "A", "A", "C", "L", "K", "G", "I", "Q", "GQ", "B", "M", "CG", "D"]);
    let right = prop::sample::select(vec!["A", "A", "C", "G", "E"]);
    let letter = prop::sample::select(vec!["A", "A", "D", "T", "U", "L", "F"]);
    let body = prop::sample::select(vec!["K33", "K39", "K16", "K21", "H31"]);
    let number = prop::sample::select(vec!["苏E12345", "苏E98765", "苏B54321"]);
    let plate = number.prop_map(|number| json!({"plate_number": number, "plate_type": "02"}));
    let ending = prop::sample::select(vec!["scrapped", "declared_void", "other"]);
    prop_oneof![
        6 => Just(("vehicle.inspected", json!({"result": "pass"}))),
        1 => Just(("vehicle.inspected", json!({"result": "fail"}))),
        6 => Just(("vehicle.mark_granted", json!({}))),
        2 => Just(("vehicle.transferred", owner)),
        1 => letter.prop_map(|letter| ("vehicle.changed", json!({"use_nature": letter}))),
        1 => body.prop_map(|body| ("vehicle.changed", json!({"vehicle_type": body, "seats": 7}))),
        1 => (1i32..4).prop_map(|years| ("vehicle.changed", json!({"insurance_until": format!("202{}-06-30", years + 3)}))),
        1 => any::<bool>().prop_map(|hit| ("vehicle.changed", json!({"casualty_accident": hit}))),
        2 => plate.prop_map(|plate| ("vehicle.plate_changed", plate)),
        6 => state.prop_map(|state| ("vehicle.status_changed", json!({"status": state}))),
        1 => ending.prop_map(|cause| ("vehicle.deregistered", json!({"cause": cause}))),
        1 => right.prop_map(move |right| ("vehicle.status_changed.corrected", json!({"corrects": corrects, "status": right}))),
    ]
}

/// Every event with the days since the one before it.
fn life() -> impl Strategy<Value = Vec<(i32, (&'static str, Value))>> {
    prop::collection::vec((0i32..200, happening()), 1..40)
}

/// Lives the events from the registration on and checks after each that vehicle and mark fit together.
fn live(life: &[(i32, (&'static str, Value))]) -> (Vehicle, Marks, u32) {
    let rules = InspectionRules::builtin();
    let mut today = jiff::civil::date(2021, 5, 10);
    let registered: Event = event("vehicle.registered", "2021-05-10", registration());
    let first = apply(None, &registered, rules, today).expect("registered");
    let mut marks = Marks::default();
    marks.take(&first, today);
    let (mut vehicle, mut refused) = (first.after, 0);
    for (days, (event_type, data)) in life {
        today = today.checked_add(jiff::Span::new().days(*days)).expect("a few years");
        let event = event(event_type, &today.to_string(), data.clone());
        let outcome = apply(Some(&vehicle), &event, rules, today);
        assert_eq!(outcome, apply(Some(&vehicle), &event, rules, today), "the same event gives the same outcome");
        match outcome {
            Err(refusal) => {
                assert!(!refusal.code().is_empty() && !refusal.to_string().is_empty());
                refused += 1;
            }
            Ok(outcome) => {
                let left = vehicle.status.has('E') || vehicle.status.has('P');
                let back = left && !(outcome.after.status.has('E') || outcome.after.status.has('P'));
                assert!(!back || event_type.ends_with(".corrected"), "came back by {event_type}");
                marks.take(&outcome, today);
                vehicle = outcome.after;
                fits(&vehicle, &marks, today);
            }
        }
    }
    (vehicle, marks, refused)
}

/// A mark is never current for a vehicle whose state revokes, never in force for one whose state suspends, never suspended for one
/// whose state is normal, and always names the vehicle's plate; where nothing forbids a mark, there is one, and it names the validity.
fn fits(vehicle: &Vehicle, marks: &Marks, today: jiff::civil::Date) {
    assert_eq!(marks.issued - marks.ended, u32::from(marks.current.is_some()));
    let Some(mark) = &marks.current else {
        assert!(may_issue(vehicle, today).is_err(), "no mark for {vehicle:?}");
        return;
    };
    match vehicle.status.mark_effect().0 {
        MarkEffect::Revoke => panic!("a current mark for {vehicle:?}"),
        MarkEffect::Suspend => assert!(mark.suspended, "not suspended: {vehicle:?}"),
        MarkEffect::None => assert!(!mark.suspended, "still suspended: {vehicle:?}"),
    }
    assert_eq!(mark.plate, vehicle.plate);
    if may_issue(vehicle, today).is_ok() {
        assert_eq!(Some(mark.valid_until), vehicle.valid_until, "the mark and the register differ: {vehicle:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn vehicle_and_mark_fit_together_through_any_life(life in life()) {
        let once = live(&life);
        // A replay from the beginning ends in the same place.
        prop_assert_eq!(live(&life), once);
    }
}
