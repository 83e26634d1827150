//! Violations, insurance and tax: what each event means, what corrects it, and the letter that follows.

use jiff::civil::Date;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{
    MarkDecision, Record, RecordOutcome, ViolationChange, apply_record, may_issue, stated_with_violations,
};
use super::{day, event, happens, month, vehicle_with};
use crate::credential::Reason;
use crate::vehicle::standing::{RecordedViolation, Standing, VehicleTax};
use crate::vehicle::{StatusSet, Vehicle};

/// A vehicle with everything known of it.
#[derive(Debug, Clone)]
struct World {
    vehicle: Vehicle,
    standing: Standing,
    violations: Vec<RecordedViolation>,
}

impl World {
    fn new(members: Value) -> Self {
        Self { vehicle: vehicle_with(members), standing: Standing::default(), violations: Vec::new() }
    }

    fn letters(&self) -> String {
        self.vehicle.status.letters()
    }

    /// Takes what an event says, on the day it happened; answers the mark's part, or why not.
    fn hears(&mut self, event_type: &str, on: &str, data: Value) -> Result<MarkDecision, &'static str> {
        let event = event(event_type, on, data);
        let record = event.record().expect("a record");
        let found = self.asks(record, day(on))?;
        match found.violation {
            ViolationChange::None => {}
            ViolationChange::Put(recorded) => {
                self.violations.retain(|known| known.violation.number != recorded.violation.number);
                self.violations.push(recorded);
            }
            ViolationChange::Void { number } => self.violations.retain(|known| known.violation.number != number),
        }
        let open: Vec<_> = self.violations.iter().filter(|known| !known.handled).map(|k| &k.violation.number).collect();
        assert_eq!(open.len(), found.standing.open.len(), "the list is what is not handled");
        (self.vehicle, self.standing) = (found.outcome.after, found.standing);
        Ok(found.outcome.mark)
    }

    fn asks(&self, record: &Record, on: Date) -> Result<RecordOutcome, &'static str> {
        let number = record.violation_number();
        let named = self.violations.iter().find(|known| Some(known.violation.number.as_str()) == number);
        apply_record(&self.vehicle, &self.standing, named, record, on, on).map_err(|refused| refused.code())
    }
}

fn violation(number: &str) -> Value {
    json!({
        "violation_id": number, "occurred_at": "2022-03-01T08:00:00+08:00", "place": "somewhere", "act": "闯红灯",
        "law": "RTSL Art.38", "fine": 200, "points": 6,
    })
}

fn corrects(data: Value) -> Value {
    let mut data = data;
    data["corrects"] = json!({"source": "test", "id": "0"});
    data
}

const ON: &str = "2022-03-05";
const NOTHING: Result<MarkDecision, &str> = Ok(MarkDecision::Nothing { because: None });

#[test]
fn the_letter_comes_with_the_first_and_goes_with_the_last() {
    let mut world = World::new(json!({}));
    for (event_type, data, letters) in [
        ("vehicle.violation_recorded", violation("1"), "G"),
        ("vehicle.violation_recorded", violation("2"), "G"),
        ("vehicle.violation_handled", json!({"violation_id": "1"}), "G"),
        ("vehicle.violation_handled", json!({"violation_id": "2"}), "A"),
    ] {
        world.hears(event_type, ON, data).expect("applied");
        assert_eq!(world.letters(), letters);
        assert_eq!(may_issue(&world.vehicle, day(ON)).err(), (letters == "G").then_some(Reason::OpenViolation));
    }
    assert!(!world.standing.letter_by_violations);
    // One that the register of vehicles stated by itself stays.
    let mut stated = World::new(json!({"status": "G"}));
    stated.hears("vehicle.violation_recorded", ON, violation("1")).expect("applied");
    stated.hears("vehicle.violation_handled", ON, json!({"violation_id": "1"})).expect("applied");
    assert_eq!(stated.letters(), "G");
    let set = |text: &str| text.parse::<StatusSet>().expect("a state");
    assert_eq!(stated_with_violations(set("L"), true), (set("GL"), true));
    assert_eq!(stated_with_violations(set("GL"), true), (set("GL"), false));
    assert_eq!(stated_with_violations(set("A"), false), (set("A"), false));
}

#[test]
fn what_withheld_a_mark_is_gone() {
    let mut world = World::new(json!({"insurance_until": "2022-03-04"}));
    let restored = Ok(MarkDecision::Restore { reason: Reason::Restored });
    let insured = |until: &str| json!({"insurer": "x", "insurance_until": until, "policy_number": "P-1"});
    // The last insured day was yesterday; a policy of today brings the mark back.
    assert_eq!(world.hears("vehicle.insured", ON, insured("2022-03-05")), restored);
    assert_eq!(world.hears("vehicle.violation_recorded", ON, violation("1")), NOTHING);
    assert_eq!(world.hears("vehicle.violation_handled", ON, json!({"violation_id": "1"})), restored);
    // Nothing is brought back while something else withholds it.
    let mut both = World::new(json!({"insurance_until": "2022-03-04", "status": "C"}));
    assert_eq!(both.hears("vehicle.insured", ON, insured("2023-03-05")), NOTHING);
}

#[test]
fn the_later_policy_counts_and_a_correction_counts_as_it_stands() {
    let mut world = World::new(json!({}));
    let insured = |insurer: &str, until: &str| json!({"insurer": insurer, "insurance_until": until});
    let now = |world: &World| {
        let insurer = world.standing.insurance.as_ref().map(|insurance| insurance.insurer.clone());
        (insurer.unwrap_or_default(), world.vehicle.insurance_until.map(|day| day.to_string()).unwrap_or_default())
    };
    for (insurer, until, expected) in [
        ("a", "2023-03-04", ("a", "2023-03-04")),
        ("b", "2022-12-31", ("a", "2023-03-04")),
        ("c", "2023-03-04", ("c", "2023-03-04")),
        ("d", "2024-03-04", ("d", "2024-03-04")),
    ] {
        world.hears("vehicle.insured", ON, insured(insurer, until)).expect("applied");
        assert_eq!(now(&world), (expected.0.to_owned(), expected.1.to_owned()));
    }
    world.hears("vehicle.insured.corrected", ON, corrects(insured("d", "2022-06-30"))).expect("applied");
    assert_eq!(now(&world), ("d".to_owned(), "2022-06-30".to_owned()));
    for (data, tax) in [
        (json!({"year": 2021}), Some((2021, false))),
        (json!({"year": 2022, "exempt": true}), Some((2022, true))),
        (json!({"year": 2020}), Some((2022, true))),
    ] {
        world.hears("vehicle.taxed", ON, data).expect("applied");
        assert_eq!(world.standing.tax, tax.map(|(year, exempt)| VehicleTax { year, exempt }));
    }
    world.hears("vehicle.taxed.corrected", ON, corrects(json!({"year": 2021}))).expect("applied");
    assert_eq!(world.standing.tax.map(|tax| tax.year), Some(2021));
    world.hears("vehicle.taxed.corrected", ON, corrects(json!({"void": true}))).expect("applied");
    assert_eq!(world.standing.tax, None);
}

#[test]
fn violations_are_said_once_and_corrected() {
    let mut world = World::new(json!({}));
    assert_eq!(
        world.hears("vehicle.violation_handled", ON, json!({"violation_id": "1"})),
        Err("unknown_violation"),
        "it waits for the violation"
    );
    world.hears("vehicle.violation_recorded", ON, violation("1")).expect("applied");
    assert_eq!(world.hears("vehicle.violation_recorded", ON, violation("1")), NOTHING);
    let mut other = violation("1");
    other["points"] = 3.into();
    assert_eq!(world.hears("vehicle.violation_recorded", ON, other), Err("violation_differs"));
    let right = corrects(json!({"violation_id": "1", "points": 3, "act_en": "a red light"}));
    world.hears("vehicle.violation_recorded.corrected", ON, right).expect("applied");
    let known = &world.standing.open[0];
    assert_eq!((known.points, known.fine_cny, known.act.zh.as_ref()), (Some(3), Some(200), "闯红灯"));
    assert_eq!(known.act.en, "a red light");
    world.hears("vehicle.violation_handled", ON, json!({"violation_id": "1"})).expect("applied");
    let open_again = corrects(json!({"violation_id": "1", "void": true}));
    world.hears("vehicle.violation_handled.corrected", ON, open_again.clone()).expect("applied");
    assert_eq!(world.letters(), "G");
    world.hears("vehicle.violation_recorded.corrected", ON, open_again).expect("applied");
    assert_eq!((world.letters().as_str(), world.violations.len()), ("A", 0), "it never was");
    assert_eq!(
        world.hears("vehicle.violation_recorded.corrected", ON, corrects(json!({"violation_id": "1", "fine": 1}))),
        Err("unknown_violation")
    );
    let record = event("vehicle.taxed", ON, json!({"year": 2022}));
    let tomorrow = apply_record(
        &world.vehicle,
        &world.standing,
        None,
        record.record().expect("a record"),
        day("2022-03-06"),
        day(ON),
    );
    assert_eq!(tomorrow.expect_err("from the future").code(), "in_the_future");
}

#[test]
fn records_reach_vehicles_in_any_state_and_change_nothing_else() {
    for letters in ["C", "K", "E", "P", "B"] {
        let mut world = World::new(json!({"status": letters}));
        let before = world.vehicle.clone();
        assert_eq!(world.hears("vehicle.violation_recorded", ON, violation("1")), NOTHING, "{letters}");
        world.hears("vehicle.violation_handled", ON, json!({"violation_id": "1"})).expect("applied");
        assert_eq!(world.vehicle, before, "{letters}");
    }
    // On its own, an event meets a vehicle of which nothing else is known.
    let alone = happens(&vehicle_with(json!({})), "vehicle.violation_recorded", ON, violation("1")).expect("applied");
    assert_eq!((alone.after.status.letters().as_str(), alone.after.valid_until), ("G", month("2023-05")));
}

#[test]
fn faults_of_records_are_named() {
    let fault = |event_type: &str, data: Value| {
        let value = json!({
            "source": "test", "id": "1", "type": event_type, "occurred_at": "2022-03-05T12:00:00+08:00",
            "subject": {"vin": "LSVHJ133022221761"}, "data": data,
        });
        let error = super::parse(&value).expect_err("refused");
        (error.code(), error.pointer)
    };
    let with = |member: &str, value: Value| {
        let mut data = violation("1");
        data[member] = value;
        data
    };
    for (event_type, data, code, pointer) in [
        ("vehicle.violation_recorded", with("points", json!(13)), "points", "/data/points"),
        ("vehicle.violation_recorded", with("violation_id", json!("a b")), "number", "/data/violation_id"),
        ("vehicle.violation_recorded", with("violation_id", json!("x".repeat(65))), "number", "/data/violation_id"),
        ("vehicle.violation_recorded", with("occurred_at", json!("2022-03-01")), "not_an_instant", "/data/occurred_at"),
        ("vehicle.violation_recorded", with("place", json!("x".repeat(257))), "too_long", "/data/place"),
        (
            "vehicle.insured",
            json!({"insurer": "x", "insurance_until": "2022-02-30"}),
            "not_a_day",
            "/data/insurance_until",
        ),
        ("vehicle.insured.corrected", corrects(json!({"insurer": "x"})), "missing_member", "/data/insurance_until"),
        ("vehicle.taxed", json!({"year": 1989}), "year", "/data/year"),
        ("vehicle.taxed.corrected", corrects(json!({"void": false})), "void", "/data/void"),
        ("vehicle.taxed.corrected", corrects(json!({"void": true, "year": 2022})), "contradiction", "/data/void"),
        ("vehicle.taxed.corrected", corrects(json!({})), "missing_member", "/data/year"),
        ("vehicle.violation_recorded.corrected", corrects(json!({"violation_id": "1"})), "nothing_changed", "/data"),
        (
            "vehicle.violation_recorded.corrected",
            corrects(json!({"violation_id": "1", "void": true, "fine": 1})),
            "contradiction",
            "/data/void",
        ),
        ("vehicle.violation_handled.corrected", corrects(json!({"violation_id": "1"})), "missing_member", "/data/void"),
        ("vehicle.insured.corrected", corrects(json!({"void": true})), "unknown_member", "/data/void"),
    ] {
        assert_eq!(fault(event_type, data.clone()), (code, pointer.to_owned()), "{event_type} {data}");
    }
}

proptest! {
    /// Whatever is recorded, handled, voided and reopened in whatever order: the letter stands exactly while something is open.
    #[test]
    fn the_letter_stands_exactly_while_something_is_open(steps in prop::collection::vec((0u8..4, 0u8..3), 0..40)) {
        let mut world = World::new(json!({}));
        for (what, number) in steps {
            let number = number.to_string();
            let (event_type, data) = match what {
                0 => ("vehicle.violation_recorded", violation(&number)),
                1 => ("vehicle.violation_handled", json!({"violation_id": number})),
                2 => ("vehicle.violation_recorded.corrected", corrects(json!({"violation_id": number, "void": true}))),
                _ => ("vehicle.violation_handled.corrected", corrects(json!({"violation_id": number, "void": true}))),
            };
            let _ = world.hears(event_type, ON, data);
            let open = world.violations.iter().any(|known| !known.handled);
            prop_assert_eq!(world.vehicle.status.has('G'), open);
            prop_assert_eq!(world.standing.letter_by_violations, open);
        }
    }
}
