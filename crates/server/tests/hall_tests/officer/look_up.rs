//! Look-ups when nothing is shown.

use super::{noted, told};
use crate::device::{Device, officer};
use crate::hall::{Hall, plate, status, vin};
use crate::inbox::owner_of;
use crate::licence::live_code;
use jiff::SignedDuration;
use luzheng::config::BoundSettings;
use luzheng::usecase::officer::register;
use luzheng_store::Engine;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/officer/look-ups";

fn by_plate(number: u32) -> Value {
    json!({"by": "plate", "plate_number": plate(number), "plate_type": "02", "purpose": "roadside_check"})
}

#[tokio::test]
async fn a_vehicle_is_found_seen_at_a_glance_written_down_and_told() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        let car = hall.car(1).await;
        let who = owner_of(&hall, car).await;
        let device = Device::of_officer(&hall, "051200").await;
        let found = device.post(PATH, &by_plate(1)).await.is(200).json();
        let seen = &found["vehicle"];
        for (field, value) in [
            ("plate_number", json!("苏E00001")),
            ("plate_type", json!("02")),
            ("vin_masked", json!("WVW********000001")),
            ("red", json!(false)),
            ("valid_until", json!("2027-03")),
            ("overdue", json!(false)),
            ("overdue_since", Value::Null),
            ("insurance_until", json!("2027-03-09")),
            ("open_violations", json!(0)),
            ("owner_masked", json!("张*丰")),
        ] {
            assert_eq!(seen[field], value, "{field}");
        }
        assert_eq!(
            (seen["status"][0]["letter"].as_str(), seen["mark"]["state"].as_str()),
            (Some("A"), Some("current"))
        );
        assert_eq!(found["advice"]["state"], "not_shown_no_offence");
        assert_eq!(found["advice"]["clause"]["id"], "relief 2020");
        let text = found.to_string();
        for hidden in [vin(1).as_str(), "张三丰", "11010519491231002X", "13800001234"] {
            assert!(!text.contains(hidden), "{hidden}");
        }
        // By the frame number it is the same vehicle.
        hall.app.clock.advance(SignedDuration::from_secs(1));
        let same = device.post(PATH, &json!({"by": "vin", "vin": vin(1), "purpose": "accident"})).await.is(200).json();
        assert_eq!(same["vehicle"], *seen);
        let [second, first] = &told(&hall, &who).await[..] else { panic!("two looks") };
        assert_eq!(
            (first.by_role.as_str(), first.purpose.as_str(), second.purpose.as_str()),
            ("officer", "roadside_check", "accident")
        );
        assert_eq!(first.by.zh, "交通警察（执勤区域：江苏省苏州市）");
        assert_eq!(
            (first.about.label.as_str(), first.how.en.as_str()),
            ("苏E00001", "on-line, by an officer's enrolled device")
        );
        let said = serde_json::to_string(&told(&hall, &who).await).unwrap();
        assert!(!said.contains("051200") && !said.contains("苏警官"), "an officer is nobody by name: {said}");
        let journal = noted(&hall, car, "officer.looked_up").await;
        assert_eq!(journal.len(), 2);
        let (actor, purpose, detail) = &journal[0];
        assert_eq!((actor.as_str(), purpose.as_deref()), ("officer:051200", Some("accident")));
        assert!(detail.contains("320500") && !detail.contains("苏E"), "{detail}");
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn overdue_and_stolen_are_said_with_their_day_and_clause() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        hall.car(1).await;
        let device = Device::of_officer(&hall, "051200").await;
        // Valid until March 2027: the last day still counts.
        let to = |text: &str| text.parse::<jiff::Timestamp>().unwrap().duration_since(hall.app.clock.now());
        hall.app.clock.advance(to("2027-03-31T23:00:00+08:00"));
        let mut device = Device { hall: &hall, ..device };
        device.sign_in().await.is(200);
        let last = device.post(PATH, &by_plate(1)).await.is(200).json();
        assert_eq!(
            (last["vehicle"]["overdue"].as_bool(), last["advice"]["state"].as_str()),
            (Some(false), Some("not_shown_no_offence"))
        );
        hall.app.clock.advance(to("2027-04-01T00:00:00+08:00"));
        device.sign_in().await.is(200);
        let first = device.post(PATH, &by_plate(1)).await.is(200).json();
        assert_eq!(
            (first["vehicle"]["overdue"].as_bool(), first["vehicle"]["overdue_since"].as_str()),
            (Some(true), Some("2027-04-01"))
        );
        assert_eq!(
            (first["advice"]["state"].as_str(), first["advice"]["clause"]["id"].as_str()),
            (Some("overdue"), Some("L3 Art.78(4)"))
        );
        hall.event(&status(1, "gone", "C", "2027-03-31T10:00:00+08:00")).await;
        hall.run_jobs().await;
        let stolen = device.post(PATH, &by_plate(1)).await.is(200).json();
        assert_eq!(
            (stolen["advice"]["state"].as_str(), stolen["vehicle"]["red"].as_bool()),
            (Some("stolen"), Some(true))
        );
        assert_eq!(stolen["vehicle"]["mark"]["state"], "suspended", "never said to be revoked");
    }
}

#[tokio::test]
async fn a_driver_is_found_with_name_state_and_photo() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        officer(&hall, "051201").await;
        let (who, _) = live_code(&hall, 1).await;
        let mut tx = hall.app.store.read().await.unwrap();
        let driver = tx.find_driver_of_owner(who.owner.unwrap()).await.unwrap().unwrap();
        drop(tx);
        let number = driver.facts.number.as_str();
        let (device, other) = (Device::of_officer(&hall, "051200").await, Device::of_officer(&hall, "051201").await);
        for by in ["licence", "identity"] {
            let ask = json!({"by": by, "id_number": number, "purpose": "violation"});
            let found = device.post(PATH, &ask).await.is(200).json();
            let seen = &found["driver"];
            assert_eq!(
                (seen["name"].as_str(), seen["classes"].as_str(), seen["photo"].as_bool()),
                (Some("张三丰"), Some("C1"), Some(true))
            );
            assert_eq!(
                (seen["points"].as_u64(), seen["red"].as_bool(), seen["valid_until"].as_str()),
                (Some(0), Some(false), Some("2028-05-06"))
            );
            assert_eq!(seen["status"][0]["letter"], "A");
            assert_eq!(found["advice"]["state"], "not_carried", "the duty to carry a licence remains");
            assert!(!found.to_string().contains(number));
            let photo = format!("{PATH}/{}/photo", found["look_id"].as_str().unwrap());
            hall.app.clock.advance(SignedDuration::from_secs(1));
            let reply = device.get(&photo).await.is(200);
            assert_eq!(reply.text, "photo 1");
            assert_eq!(reply.headers["cache-control"], "no-store");
            other.get(&photo).await.is(404);
            hall.app.clock.advance(SignedDuration::from_secs(890));
            device.get(&photo).await.is(200);
            other.get("/api/v1/officer/me").await.is(200);
            hall.app.clock.advance(SignedDuration::from_secs(1));
        }
        let looked = told(&hall, &who).await;
        let parts: Vec<&str> = looked.iter().map(|look| look.what.en.as_str()).collect();
        let (photo, state) = ("the licence photo", "the name, classes, validity, state and points");
        assert_eq!(parts, [photo, photo, state, photo, photo, state]);
        assert_eq!(noted(&hall, driver.id, "officer.photo_seen").await.len(), 4);
        // Half an hour after the look the photo is not to be had any more.
        let ask = json!({"by": "licence", "id_number": number, "purpose": "violation"});
        let found = device.post(PATH, &ask).await.is(200).json();
        let photo = format!("{PATH}/{}/photo", found["look_id"].as_str().unwrap());
        hall.app.clock.advance(SignedDuration::from_secs(890));
        device.get("/api/v1/officer/me").await.is(200);
        hall.app.clock.advance(SignedDuration::from_secs(890));
        device.get(&photo).await.is(200);
        hall.app.clock.advance(SignedDuration::from_secs(21));
        assert_eq!(device.get(&photo).await.is(410).code(), "look_gone");
    }
}

#[tokio::test]
async fn an_identity_number_shows_the_own_vehicles_in_brief() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        let car = hall.car(1).await;
        let who = owner_of(&hall, car).await;
        let device = Device::of_officer(&hall, "051200").await;
        let ask = json!({"by": "identity", "id_number": "11010519491231002x", "purpose": "inquiry"});
        let found = device.post(PATH, &ask).await.is(200).json();
        assert!(found["driver"].is_null() && found["vehicle"].is_null(), "no driver");
        assert_eq!(found["vehicles"][0]["plate_number"], "苏E00001");
        assert_eq!(found["advice"]["state"], "cannot_tell");
        let [look] = &told(&hall, &who).await[..] else { panic!("one look") };
        assert_eq!(look.what.en, "plates and inspection state of your vehicles");
        assert_eq!(noted(&hall, car, "officer.looked_up").await.len(), 1);
    }
}

#[tokio::test]
async fn what_is_not_found_is_an_answer_and_what_is_not_asked_rightly_is_none() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        let car = hall.car(1).await;
        let who = owner_of(&hall, car).await;
        let device = Device::of_officer(&hall, "051200").await;
        let nothing = device.post(PATH, &by_plate(9)).await.is(200).json();
        assert!(nothing["vehicle"].is_null());
        assert_eq!(nothing["advice"]["state"], "cannot_tell", "what we do not know is nobody's offence");
        for (change, code) in [
            (json!({"purpose": null}), "purpose_needed"),
            (json!({"purpose": " "}), "purpose_needed"),
            (json!({"purpose": "curiosity"}), "unknown_purpose"),
            (json!({"purpose": "counter"}), "unknown_purpose"),
            (json!({"plate_type": null}), "field_needed"),
            (json!({"plate_type": "zz"}), "bad_plate_type"),
            (json!({"plate_number": "x"}), "bad_plate"),
            (json!({"by": "vin"}), "field_needed"),
            (json!({"by": "vin", "vin": "O"}), "bad_vin"),
            (json!({"by": "identity", "id_number": "1"}), "bad_id_number"),
            (json!({"by": "licence", "id_number": "1"}), "bad_licence_number"),
        ] {
            let mut ask = by_plate(1);
            for (field, value) in change.as_object().unwrap() {
                ask[field] = value.clone();
            }
            assert_eq!(device.post(PATH, &ask).await.is(400).code(), code, "{ask}");
        }
        assert!(told(&hall, &who).await.is_empty(), "nothing was shown");
    }
}

#[tokio::test]
async fn off_duty_nothing_is_looked_up_and_too_many_looks_have_to_wait() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hall = Hall::open_changed(engine, |settings| {
            settings.bound = BoundSettings { looks_a_minute: 3, ..BoundSettings::default() };
        })
        .await;
        officer(&hall, "051200").await;
        officer(&hall, "051201").await;
        hall.car(1).await;
        let (device, other) = (Device::of_officer(&hall, "051200").await, Device::of_officer(&hall, "051201").await);
        for _ in 0..3 {
            device.post(PATH, &by_plate(1)).await.is(200);
        }
        let reply = device.post(PATH, &by_plate(1)).await.is(429);
        assert!(reply.headers.contains_key("retry-after"));
        assert_eq!(reply.code(), "too_often");
        other.post(PATH, &by_plate(1)).await.is(200);
        hall.app.clock.advance(SignedDuration::from_secs(60));
        device.post(PATH, &by_plate(1)).await.is(200);
        register::relieve(&hall.app, "051200", None, "operator").await.unwrap();
        assert_eq!(device.post(PATH, &by_plate(1)).await.is(403).code(), "off_duty");
        let code = json!({"code": "hello", "purpose": "roadside_check"});
        assert_eq!(device.post("/api/v1/officer/verify", &code).await.is(403).code(), "off_duty");
        assert_eq!(device.get("/api/v1/officer/reader-keys").await.is(403).code(), "off_duty");
        device.get("/api/v1/officer/procedures").await.is(200);
    }
}
