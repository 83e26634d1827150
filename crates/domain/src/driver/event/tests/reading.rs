//! Reading: every example against schema and parser, every fault with its pointer and code.

use std::collections::BTreeSet;

use base64::Engine as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Event, EventData, EventType, MAX_EVENT_BYTES, MAX_PHOTO_BYTES};
use super::{NUMBER, PHOTO, event, issue, parse};
use crate::checked::Warning;

const EXAMPLES: &str = include_str!("../../../../data/events/driver_examples.ndjson");

fn examples() -> Vec<Value> {
    EXAMPLES.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn schema(code: &str) -> Value {
    let all = EventType::ALL.iter().flat_map(|t| [(t.code(), t, false), (t.corrected_code(), t, true)]);
    let (_, event_type, corrected) = all.into_iter().find(|(c, ..)| *c == code).expect("a type");
    serde_json::from_str(event_type.schema(corrected)).expect("JSON")
}

fn names(value: &Value) -> BTreeSet<String> {
    value.as_object().map(|o| o.keys().cloned().collect()).unwrap_or_default()
}

fn required(value: &Value) -> BTreeSet<String> {
    value["required"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[test]
fn every_type_has_an_example_that_parses_and_fits_its_schema() {
    let mut seen = BTreeSet::new();
    for example in examples() {
        let event = parse(&example).unwrap_or_else(|e| panic!("{example}: {e}"));
        let code = example["type"].as_str().expect("a type");
        assert_eq!(event.type_code(), code);
        assert_eq!(event.corrects().is_some(), code.ends_with(".corrected"));
        assert_eq!(event.subject.as_str(), NUMBER);
        let schema = schema(code);
        assert_eq!(schema["properties"]["type"]["const"], code);
        assert_eq!(schema["$id"], format!("urn:luzheng:event:{code}"));
        assert_eq!(names(&example), required(&schema), "{code}");
        let data = &schema["properties"]["data"];
        assert!(names(&example["data"]).is_subset(&names(&data["properties"])), "{code}");
        assert!(required(data).is_subset(&names(&example["data"])), "{code}");
        seen.insert(code.to_owned());
    }
    assert_eq!(seen.len(), 2 * EventType::ALL.len());
}

/// The parser knows exactly the members of the schema, and misses exactly the required ones.
#[test]
fn parser_and_schema_agree_member_by_member() {
    for example in examples() {
        let code = example["type"].as_str().expect("a type");
        let data_schema = &schema(code)["properties"]["data"];
        for name in names(&data_schema["properties"]) {
            let mut with = example.clone();
            with["data"][&name] = json!([]);
            let error = parse(&with).expect_err("a list is no value");
            assert_eq!(error.code(), "wrong_type", "{code} {name}: {error}");
            assert_eq!(error.pointer, format!("/data/{name}"), "{code}: {error}");
        }
        let mut unknown = example.clone();
        unknown["data"]["flavour"] = json!("sweet");
        let error = parse(&unknown).expect_err("unknown");
        assert_eq!((error.code(), error.pointer.as_str()), ("unknown_member", "/data/flavour"), "{code}");
        for name in required(data_schema) {
            let mut without = example.clone();
            without["data"].as_object_mut().expect("an object").remove(&name);
            let error = parse(&without).expect_err("missing");
            // A correction that only names what it corrects says nothing at all.
            let (wanted, place) = match names(&without["data"]).len() {
                1 if name != "corrects" && code.ends_with(".corrected") => ("nothing_changed", "/data".to_owned()),
                _ => ("missing_member", format!("/data/{name}")),
            };
            assert_eq!((error.code(), error.pointer), (wanted, place), "{code}");
        }
        for name in names(&example) {
            let mut without = example.clone();
            without.as_object_mut().expect("an object").remove(&name);
            let error = parse(&without).expect_err("missing");
            assert_eq!((error.code(), error.pointer), ("missing_member", format!("/{name}")), "{code}");
        }
    }
}

/// An issue with one place of it replaced.
fn with(pointer: &str, value: Value) -> Value {
    let mut event = json!({
        "source": "test", "id": "1", "type": "driver.licence_issued", "occurred_at": "2020-11-04T12:00:00+08:00",
        "subject": {"licence_number": NUMBER}, "data": issue(),
    });
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    event.pointer_mut(parent).expect("a parent")[name] = value;
    event
}

#[test]
fn faults_are_named_with_place_and_code() {
    let no_jpeg = base64::engine::general_purpose::STANDARD.encode(b"GIF89a");
    for (pointer, value, code) in [
        ("/source", json!(""), "empty"),
        ("/id", json!("x".repeat(129)), "too_long"),
        ("/type", json!("driver.painted"), "unknown_event_type"),
        ("/type", json!("vehicle.registered"), "unknown_event_type"),
        ("/occurred_at", json!("2020-11-04"), "not_an_instant"),
        ("/subject", json!(NUMBER), "wrong_type"),
        ("/subject/vin", json!("LSVHJ133022221761"), "unknown_member"),
        ("/subject/licence_number", json!("110105194912310021"), "citizen_number_check"),
        ("/data", json!([]), "wrong_type"),
        ("/data/name", json!(" "), "empty"),
        ("/data/name", json!("名".repeat(257)), "too_long"),
        ("/data/sex", json!("none"), "not_a_sex"),
        ("/data/birth_date", json!("1985-05-06"), "contradiction"),
        ("/data/classes", json!("X9"), "class_unknown"),
        ("/data/first_issued_on", json!("2020-02-30"), "not_a_day"),
        ("/data/valid_until", json!("forever"), "not_a_day"),
        ("/data/division", json!("32050"), "not_a_division"),
        ("/data/status", json!("AB"), "licence_status_normal_not_alone"),
        ("/data/points", json!(256), "points_out_of_range"),
        ("/data/points", json!("3"), "wrong_type"),
        ("/data/phone", json!("call me"), "not_a_phone"),
        ("/data/file_number", json!("3205-1"), "file_number"),
        ("/data/class_dates", json!([]), "wrong_type"),
        ("/data/class_dates/C9", json!("2020-01-01"), "unknown_member"),
        ("/data/class_dates/C1", json!("yesterday"), "not_a_day"),
        ("/data/photo", json!("not base64!"), "not_base64"),
        ("/data/photo", json!(no_jpeg), "not_jpeg"),
        ("/data/penalty_number", json!("1"), "unknown_member"),
    ] {
        let mut value_in = with("/id", json!("1"));
        if pointer.starts_with("/data/class_dates/") {
            value_in["data"]["class_dates"] = json!({});
        }
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        value_in.pointer_mut(parent).expect("a parent")[name] = value.clone();
        let error = parse(&value_in).expect_err(pointer);
        assert_eq!(error.code(), code, "{pointer} {value}: {error}");
        assert_eq!(error.pointer, pointer, "{value}: {error}");
    }
}

fn of(event_type: &str, data: Value) -> Result<Event, (&'static str, String)> {
    let mut value = with("/type", json!(event_type));
    value["data"] = data;
    parse(&value).map_err(|e| (e.code(), e.pointer))
}

#[test]
fn points_are_those_of_the_item_and_days_those_of_the_event() {
    let entry = |data: Value| match of("driver.points_entered", data).expect("reads").data {
        EventData::PointsEntered(entry) => entry,
        other => panic!("{other:?}"),
    };
    let bare = entry(json!({"points": 6}));
    assert_eq!((bare.id.as_str(), bare.points, bare.item), ("1", 6, None));
    assert_eq!((bare.offence_on, bare.decided_on), (super::day("2020-11-04"), super::day("2020-11-04")));
    let of_item = entry(json!({"item": "11(6)", "decided_on": "2022-04-01", "offence_on": "2022-03-30"}));
    assert_eq!(of_item.points, 3);
    // Before the tables the item says nothing about the points: a phone was 2 then.
    let older = entry(json!({"item": "11(6)", "points": 2, "decided_on": "2022-03-31", "offence_on": "2022-03-30"}));
    assert_eq!(older.points, 2);
    let refused = |data: Value| of("driver.points_entered", data).expect_err("refused");
    let place = |code: &'static str, pointer: &str| (code, pointer.to_owned());
    assert_eq!(
        refused(json!({"item": "11(6)", "points": 2, "decided_on": "2022-04-01"})),
        place("contradiction", "/data/points")
    );
    assert_eq!(refused(json!({"item": "11(6)", "decided_on": "2022-03-31"})), place("missing_member", "/data/points"));
    assert_eq!(refused(json!({"points": 13})), place("points_out_of_range", "/data/points"));
    assert_eq!(refused(json!({"points": 3, "item": "13(1)"})), place("not_an_item", "/data/item"));
    assert_eq!(
        refused(json!({"points": 3, "offence_on": "2021-01-02", "decided_on": "2021-01-01"})),
        place("contradiction", "/data/offence_on")
    );
}

#[test]
fn contradictions_and_nothings_are_refused() {
    let code = |event_type: &str, data: Value| of(event_type, data).expect_err("refused").0;
    assert_eq!(code("driver.licence_changed", json!({})), "nothing_changed");
    assert_eq!(code("driver.licence_changed", json!({"birth_date": "1985-05-05"})), "unknown_member");
    assert_eq!(code("driver.points_reduced", json!({"way": "sleep"})), "reduction_way");
    assert_eq!(code("driver.points_reduced", json!({"way": "online", "points": 2})), "points_out_of_range");
    assert_eq!(code("driver.deferred", json!({"defers": "N"})), "missing_member");
    assert_eq!(code("driver.deferred", json!({"deferred_until": "2027-01-01", "defers": "M"})), "deferral_letters");
    let corrects = json!({"source": "a", "id": "b"});
    let corrected = |event_type: &str, mut data: Value| {
        data["corrects"] = corrects.clone();
        code(event_type, data)
    };
    assert_eq!(corrected("driver.licence_changed.corrected", json!({})), "nothing_changed");
    assert_eq!(corrected("driver.points_entered.corrected", json!({"penalty_number": "1"})), "nothing_changed");
    assert_eq!(corrected("driver.points_reduced.corrected", json!({"reduction_number": "1"})), "nothing_changed");
    assert_eq!(corrected("driver.reviewed.corrected", json!({"void": false})), "missing_member");
    let both = json!({"void": true, "reviewed_on": "2021-01-01"});
    assert_eq!(corrected("driver.reviewed.corrected", both), "contradiction");
    let both = json!({"void": true, "deferred_until": "2021-01-01"});
    assert_eq!(corrected("driver.deferred.corrected", both), "contradiction");
    assert_eq!(corrected("driver.status_changed.corrected", json!({"void": true})), "unknown_member");
}

#[test]
fn odd_values_are_kept_with_a_warning() {
    let odd = event(
        "driver.licence_issued",
        "2020-11-04",
        super::issue_with(json!({"file_number": "SZ1234", "division": "320599"})),
    );
    assert_eq!(odd.warnings, [Warning::UnknownDivision, Warning::OddFileNumber]);
    let EventData::LicenceIssued(issued) = odd.data else { panic!("an issue") };
    assert_eq!(issued.licence.file_number.as_deref(), Some("SZ1234"));
}

#[test]
fn photos_and_events_have_ceilings_and_photos_stay_out_of_debug() {
    let mut jpeg = vec![0u8; MAX_PHOTO_BYTES];
    jpeg[..3].copy_from_slice(&[0xFF, 0xD8, 0xFF]);
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let largest = of("driver.photo_changed", json!({"photo": encode(&jpeg)})).expect("just fits");
    assert!(format!("{largest:?}").len() < 2000);
    assert!(!format!("{:?}", event("driver.photo_changed", "2021-01-01", json!({"photo": PHOTO}))).contains(NUMBER));
    jpeg.push(0);
    assert_eq!(
        of("driver.photo_changed", json!({"photo": encode(&jpeg)})).expect_err("too large").0,
        "photo_too_large"
    );
    let mut bytes = with("/id", json!("1")).to_string().into_bytes();
    bytes.resize(MAX_EVENT_BYTES, b' ');
    assert!(Event::parse(&bytes).is_ok());
    bytes.push(b' ');
    assert_eq!(Event::parse(&bytes).expect_err("too large").code(), "event_too_large");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Event::parse(&bytes);
    }

    /// Any text in any member gives an event or a named error at this member.
    #[test]
    fn any_value_in_any_member_is_read_or_refused(n in 0usize..24, member in any::<prop::sample::Index>(), text in any::<String>()) {
        let mut example = examples()[n].clone();
        let members: Vec<String> = names(&example["data"]).into_iter().collect();
        let name = &members[member.index(members.len())];
        example["data"][name] = json!(text);
        if let Err(error) = parse(&example) {
            prop_assert!(error.pointer.starts_with("/data"));
            prop_assert!(!error.code().is_empty());
        }
    }
}
