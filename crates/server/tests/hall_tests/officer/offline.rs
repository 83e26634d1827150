//! Looks that were made off-line and are handed in later.

use super::{noted, told};
use crate::device::{Device, officer};
use crate::hall::{Hall, plate};
use crate::inbox::owner_of;
use crate::licence::live_code;
use jiff::SignedDuration;
use luzheng::usecase::bound;
use luzheng::usecase::officer::register;
use luzheng::usecase::verify::online;
use serde_json::{Value, json};
use uuid::Uuid;

const PATH: &str = "/api/v1/officer/looks";

fn item(id: &str, at: &str) -> Value {
    json!({
        "id": id, "at": at, "code_digest": null, "subject": plate(1), "plate_type": "02", "verdict": "valid", "reason": null,
        "by": "shard", "purpose": "roadside_check", "duty": "320505"
    })
}

#[tokio::test]
async fn looks_are_taken_once_with_their_own_time_and_told() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        let car = hall.car(1).await;
        let who = owner_of(&hall, car).await;
        let (driver, code) = live_code(&hall, 1).await;
        let device = Device::of_officer(&hall, "051200").await;
        let claims = online(&hall.app, &code, None, None);
        let at = claims.claims().unwrap().status();
        let (one, two) = (Uuid::from_u128(71).to_string(), "AAAAAAAAAAAAAAAAAAAASA");
        let mut sealed = item(two, "2026-11-19T08:00:00+08:00");
        sealed["by"] = "sealed".into();
        sealed["subject"] = Value::Null;
        sealed["status"] = json!({"list": at.list, "index": at.index});
        sealed["code_digest"] = "A".repeat(43).into();
        let mut untyped = item(&Uuid::from_u128(73).to_string(), "2026-11-20T09:00:00+08:00");
        untyped.as_object_mut().unwrap().remove("plate_type");
        let mut stranger = item(&Uuid::from_u128(74).to_string(), "2026-11-20T09:00:01+08:00");
        stranger["subject"] = plate(8).into();
        let items = json!({"items": [item(&one, "2026-11-19T07:00:00+08:00"), sealed, untyped, stranger]});
        let done = device.post(PATH, &items).await.is(200).json();
        assert_eq!(done, json!({"taken": 4, "known": 0, "refused": []}));
        let again = device.post(PATH, &items).await.is(200).json();
        assert_eq!(again, json!({"taken": 0, "known": 4, "refused": []}));
        let [second, first] = &told(&hall, &who).await[..] else { panic!("two looks at the car") };
        assert_eq!(first.at.to_string(), "2026-11-18T23:00:00Z", "when it was made, not when it was handed in");
        assert_eq!(
            (first.how.en.as_str(), second.at.to_string().as_str()),
            ("by an officer without network, handed in afterwards", "2026-11-20T01:00:00Z")
        );
        assert!(first.by.zh.starts_with("交通警察（执勤区域：江苏省苏州市"), "{}", first.by.zh);
        let [opened] = &told(&hall, &driver).await[..] else { panic!("one look at the licence") };
        assert!(opened.what.en.contains("sealed for officers"), "{opened:?}");
        let journal = noted(&hall, car, "officer.looked_offline").await;
        assert_eq!(journal.len(), 2);
        assert!(journal[0].2.contains("320505") && !journal[0].2.contains("苏E"), "{}", journal[0].2);
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn what_cannot_be_taken_is_named_and_keeps_nothing_back() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        let device = Device::of_officer(&hall, "051200").await;
        // It is noon of 2026-11-20; looks of 30 days are taken.
        let good = item(&Uuid::from_u128(1).to_string(), "2026-10-21T12:00:00+08:00");
        let change = |id: u128, field: &str, value: Value| {
            let mut item = item(&Uuid::from_u128(id).to_string(), "2026-11-20T11:00:00+08:00");
            item[field] = value;
            item
        };
        let wrong = [
            (change(2, "at", "2026-10-21T11:59:59+08:00".into()), "too_old"),
            (change(3, "at", "2026-11-20T12:05:01+08:00".into()), "in_the_future"),
            (change(4, "purpose", "curiosity".into()), "unknown_purpose"),
            (change(5, "verdict", "guilty".into()), "unknown_word"),
            (change(6, "reason", "ugly".into()), "unknown_word"),
            (change(7, "by", "eye".into()), "unknown_word"),
            (change(8, "duty", "here".into()), "bad_division"),
            (change(9, "code_digest", "张三丰".into()), "bad_digest"),
            (change(10, "subject", "x".repeat(65).into()), "too_long"),
            (change(11, "id", "x".into()), "bad_id"),
        ];
        let mut items: Vec<Value> = wrong.iter().map(|(item, _)| item.clone()).collect();
        items.push(good.clone());
        let done = device.post(PATH, &json!({"items": items})).await.is(200).json();
        assert_eq!(done["taken"], 1);
        let refused: Vec<&str> =
            done["refused"].as_array().unwrap().iter().filter_map(|r| r["code"].as_str()).collect();
        assert_eq!(refused, wrong.iter().map(|(_, code)| *code).collect::<Vec<_>>());
        let many: Vec<Value> =
            (0..201).map(|n| item(&Uuid::from_u128(100 + n).to_string(), "2026-11-20T11:00:00+08:00")).collect();
        assert_eq!(device.post(PATH, &json!({"items": many})).await.is(400).code(), "too_many_items");
        device.post(PATH, &json!({"items": many[..200]})).await.is(200);
        // Off duty what was seen on duty is still handed in; looks by their id are forgotten long after none that old is taken.
        register::relieve(&hall.app, "051200", None, "operator").await.unwrap();
        assert_eq!(device.post(PATH, &json!({"items": [good]})).await.is(200).json()["known"], 1);
        hall.app.clock.advance(SignedDuration::from_hours(24 * 181));
        bound::sweep(&hall.app).await.unwrap();
        let mut device = device;
        device.sign_in().await.is(200);
        assert_eq!(device.post(PATH, &json!({"items": [good]})).await.is(200).json()["refused"][0]["code"], "too_old");
    }
}
