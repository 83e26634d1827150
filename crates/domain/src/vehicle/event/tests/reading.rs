//! Reading: every example against schema and parser, every fault with its pointer and code.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Event, EventData, EventType, MAX_EVENT_BYTES, SubjectRef};
use super::{parse, registration};
use crate::checked::Warning;

const EXAMPLES: &str = include_str!("../../../../data/events/examples.ndjson");

fn examples() -> Vec<Value> {
    EXAMPLES.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn schema(code: &str) -> Value {
    let find =
        |corrected| EventType::ALL.into_iter().find(|t| [t.code(), t.corrected_code()][usize::from(corrected)] == code);
    let text = match (find(false), find(true)) {
        (Some(plain), _) => plain.schema(false),
        (_, Some(corrected)) => corrected.schema(true),
        _ => panic!("{code}"),
    };
    serde_json::from_str(text).expect("JSON")
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
        let schema = schema(code);
        assert_eq!(schema["properties"]["type"]["const"], code);
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
            // Where members belong together, the absence of another may be found first.
            let dependent = !data_schema["dependentRequired"][&name].is_null();
            assert!(
                error.code() == "wrong_type" || (dependent && error.code() != "unknown_member"),
                "{code} {name}: {error}"
            );
            assert!(error.pointer.starts_with("/data"), "{code} {name}: {error}");
        }
        let mut unknown = example.clone();
        unknown["data"]["flavour"] = json!("sweet");
        let error = parse(&unknown).expect_err("unknown");
        assert_eq!((error.code(), error.pointer.as_str()), ("unknown_member", "/data/flavour"), "{code}");
        for name in names(&example["data"]) {
            let mut without = example.clone();
            without["data"].as_object_mut().expect("an object").remove(&name);
            let needed = required(data_schema).contains(&name);
            if needed {
                let error = parse(&without).expect_err("missing");
                assert!(matches!(error.code(), "missing_member" | "incomplete"), "{code} {name}: {error}");
            }
        }
        for name in names(&example) {
            let mut without = example.clone();
            without.as_object_mut().expect("an object").remove(&name);
            let error = parse(&without).expect_err("missing");
            assert_eq!((error.code(), error.pointer), ("missing_member", format!("/{name}")), "{code}");
        }
    }
}

/// A registration event with one place of it replaced.
fn with(pointer: &str, value: Value) -> Value {
    let mut event = json!({
        "source": "test", "id": "1", "type": "vehicle.registered", "occurred_at": "2021-05-10T12:00:00+08:00",
        "subject": {"vin": "LSVHJ133022221761"}, "data": registration(),
    });
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    event.pointer_mut(parent).expect("a parent")[name] = value;
    event
}

#[test]
fn faults_are_named_with_place_and_code() {
    for (pointer, value, code) in [
        ("/source", json!(""), "empty"),
        ("/source", json!("x".repeat(65)), "too_long"),
        ("/id", json!("x".repeat(129)), "too_long"),
        ("/id", json!(7), "wrong_type"),
        ("/id", json!("a\u{0}b"), "control_character"),
        ("/type", json!("vehicle.painted"), "unknown_event_type"),
        ("/type", json!("vehicle.registered.corrected.corrected"), "unknown_event_type"),
        ("/occurred_at", json!("2021-05-10"), "not_an_instant"),
        ("/occurred_at", json!("2021-05-10T12:00:00"), "not_an_instant"),
        ("/occurred_at", json!("2021-05-10T12:00:00+08:00[Asia/Shanghai]"), "not_an_instant"),
        ("/occurred_at", json!("1890-05-10T12:00:00Z"), "not_an_instant"),
        ("/occurred_at", json!("2021-02-30T12:00:00Z"), "not_an_instant"),
        ("/subject", json!("LSVHJ133022221761"), "wrong_type"),
        ("/subject", json!({}), "incomplete"),
        ("/subject/vin", json!("LSVHJ13302222176I"), "vin_character"),
        ("/subject", json!({"plate_number": "苏E12345"}), "incomplete"),
        (
            "/subject",
            json!({"plate_number": "苏E12345", "plate_type": "02", "vin": "LSVHJ133022221761"}),
            "contradiction",
        ),
        ("/subject/licence_number", json!("1"), "unknown_member"),
        ("/data", json!([]), "wrong_type"),
        ("/data/plate_type", json!("00"), "unknown_code"),
        ("/data/vehicle_type", json!("K93"), "unknown_code"),
        ("/data/use_nature", json!("Z"), "unknown_code"),
        ("/data/seats", json!(-1), "wrong_type"),
        ("/data/seats", json!(5.0), "wrong_type"),
        ("/data/seats", json!(65536), "wrong_type"),
        ("/data/seats", json!("5"), "wrong_type"),
        ("/data/registered_on", json!("2021-02-29"), "not_a_day"),
        ("/data/registered_on", json!("20210510"), "not_a_day"),
        ("/data/registered_on", json!("0021-05-10"), "not_a_day"),
        ("/data/manufactured_on", json!(null), "wrong_type"),
        ("/data/valid_until", json!("2023-13"), "not_a_month"),
        ("/data/status", json!("AX"), "status_unknown_letter"),
        ("/data/division", json!("32050"), "not_a_division"),
        ("/data/casualty_accident", json!("no"), "wrong_type"),
        ("/data/owner_kind", json!("company"), "owner_kind"),
        ("/data/owner_id", json!("110105194912310021"), "citizen_number_check"),
        ("/data/owner_name", json!(" "), "empty"),
        ("/data/owner_name", json!("名".repeat(257)), "too_long"),
        ("/data/phone", json!("call me"), "not_a_phone"),
    ] {
        let error = parse(&with(pointer, value.clone())).expect_err(pointer);
        assert_eq!(error.code(), code, "{pointer} {value}: {error}");
        let place = if code == "contradiction" { "/subject/vin" } else { pointer };
        assert_eq!(error.pointer, place, "{value}: {error}");
    }
}

#[test]
fn contradictions_and_doubles_are_refused() {
    let error = parse(&with("/data/vin", json!("LSVHJ133022221762"))).expect_err("another vin");
    assert_eq!((error.code(), error.pointer.as_str()), ("vin_check_digit", "/data/vin"));
    let error = parse(&with("/data/vin", json!("1M8GDM9AXKP042788"))).expect_err("another vin");
    assert_eq!((error.code(), error.pointer.as_str()), ("contradiction", "/data/vin"));
    let error = parse(&with("/subject", json!({"plate_number": "苏E99999", "plate_type": "02"}))).expect_err("no vin");
    assert_eq!((error.code(), error.pointer.as_str()), ("missing_member", "/data/vin"));
    let doubled = with("/id", json!("1")).to_string().replacen("\"seats\":5", "\"seats\":5,\"seats\":7", 1);
    let error = Event::parse(doubled.as_bytes()).expect_err("twice");
    assert_eq!((error.code(), error.pointer.as_str()), ("duplicate_member", "/data/seats"));
    let strange = with("/data/a~b~1c", json!(1)).to_string().replacen("a~b~1c", "a~b/c", 1);
    assert_eq!(Event::parse(strange.as_bytes()).expect_err("unknown").pointer, "/data/a~0b~1c");
    for (data, code) in [(json!({}), "nothing_changed"), (json!({"plate_number": "苏E54321"}), "incomplete")] {
        let mut event = with("/type", json!("vehicle.changed"));
        event["data"] = data;
        assert_eq!(parse(&event).expect_err("refused").code(), code);
    }
    let mut nothing = with("/type", json!("vehicle.changed.corrected"));
    nothing["data"] = json!({"corrects": {"source": "a", "id": "b"}});
    assert_eq!(parse(&nothing).expect_err("refused").code(), "nothing_changed");
    nothing["data"] = json!({"corrects": {"source": "a"}, "seats": 5});
    let error = parse(&nothing).expect_err("refused");
    assert_eq!((error.code(), error.pointer.as_str()), ("missing_member", "/data/corrects/id"));
}

#[test]
fn what_is_no_json_or_too_large_is_refused() {
    let code = |bytes: &[u8]| Event::parse(bytes).map_err(|e| e.code()).err();
    for bytes in [&b""[..], b"{", b"{} {}", b"\xff", b"{\"id\":1e999}", "[".repeat(2000).as_bytes()] {
        assert_eq!(code(bytes), Some("not_json"));
    }
    assert_eq!(code(b"[]"), Some("wrong_type"));
    let mut event = with("/id", json!("1")).to_string().into_bytes();
    event.resize(MAX_EVENT_BYTES, b' ');
    assert_eq!(code(&event), None);
    event.push(b' ');
    assert_eq!(code(&event), Some("event_too_large"));
}

#[test]
fn errors_never_repeat_personal_data() {
    let bad_number = with("/data/owner_id", json!("110105194912310021"));
    let long_name = with("/data/owner_name", json!("张".repeat(300)));
    let bad_phone = with("/data/phone", json!("1380000123456789012"));
    for (event, secret) in [(bad_number, "19491231"), (long_name, "张"), (bad_phone, "1380000")] {
        let error = parse(&event).expect_err("refused").to_string();
        assert!(!error.contains(secret), "{error}");
    }
}

#[test]
fn odd_but_genuine_values_are_read_with_a_warning() {
    let mut event = with("/data/division", json!("110103"));
    event["data"]["vin"] = json!("1HGCM82633A004353");
    event["subject"] = json!({"plate_number": "苏e·12345", "plate_type": "02"});
    let read = parse(&event).expect("read");
    assert!(read.warnings.contains(&Warning::VinCheckDigit), "{:?}", read.warnings);
    assert!(read.warnings.contains(&Warning::RetiredDivision), "{:?}", read.warnings);
    assert!(matches!(&read.subject, SubjectRef::Plate(plate) if plate.number.as_str() == "苏E12345"));
    assert_eq!(read.occurred_on().to_string(), "2021-05-10");
    let late = parse(&with("/occurred_at", json!("2021-05-10T16:00:00Z"))).expect("read");
    assert_eq!(late.occurred_on().to_string(), "2021-05-11", "the day of the country, not of Greenwich");
    let EventData::Registered(registered) = late.data else { panic!("a registration") };
    assert_eq!(registered.owner.name, "张三丰");
    assert!(registered.vehicle.owner.is_nil());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop_oneof![
            Just("A"),
            Just("C"),
            Just("pass"),
            Just("2026-11-21"),
            Just("2027-05"),
            Just("320500"),
            Just("02")
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(member_name(), inner, 0..6).prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

fn member_name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec!["source", "id", "type", "subject", "data", "vin", "status", "result", "corrects", "seats"])
            .prop_map(str::to_owned),
        1 => ".{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Event::parse(&bytes).is_err());
    }

    #[test]
    fn arbitrary_json_never_panics(value in any_json()) {
        prop_assert!(parse(&value).is_err() || value["data"].is_object());
    }

    /// Any example with any place replaced by anything is read or refused with a pointer into it.
    #[test]
    fn a_disturbed_example_never_panics(n in 0usize..24, member in 0usize..24, value in any_json()) {
        let mut event = examples().swap_remove(n);
        let mut places: Vec<String> = names(&event).iter().map(|name| format!("/{name}")).collect();
        for parent in ["data", "subject"] {
            places.extend(names(&event[parent]).iter().map(|name| format!("/{parent}/{name}")));
        }
        let place = &places[member % places.len()];
        *event.pointer_mut(place).expect("a place") = value;
        if let Err(error) = parse(&event) {
            prop_assert!(error.pointer.is_empty() || error.pointer.starts_with('/'), "{error}");
            prop_assert!(!error.code().is_empty());
        }
    }
}
