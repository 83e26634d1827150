//! Codes that are scanned: verdict, sealed part, what the register says, and what applies.

use super::{noted, told};
use crate::device::{Device, officer};
use crate::hall::{Hall, plate, registered, vin};
use crate::inbox::owner_of;
use crate::licence::live_code;
use jiff::SignedDuration;
use luzheng::usecase::citizen;
use luzheng_credential::qr::text;
use luzheng_store::credential::Credential;
use serde_json::{Value, json};

const PATH: &str = "/api/v1/officer/verify";

fn scanned(code: &str) -> Value {
    json!({"code": code, "purpose": "roadside_check"})
}

async fn static_code(hall: &Hall, mark: &Credential) -> String {
    let signed = hall.app.store.read().await.unwrap().find_signed(mark.subject, mark.id).await.unwrap().unwrap();
    text::primary("localhost", &signed.message)
}

#[tokio::test]
async fn a_live_mark_is_opened_and_told() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        let car = hall.car(1).await;
        let (who, mark) = (owner_of(&hall, car).await, hall.current(car).await.unwrap());
        let device = Device::of_officer(&hall, "051200").await;
        let code = citizen::live(&hall.app, &who, mark.id).await.unwrap().code;
        let answer = device.post(PATH, &scanned(&code)).await.is(200).json();
        assert_eq!(
            (answer["report"]["verdict"].as_str(), answer["opened"]["vin"].as_str()),
            (Some("valid"), Some(vin(1).as_str()))
        );
        assert_eq!(
            (answer["vehicle"]["plate_number"].as_str(), answer["advice"]["state"].as_str()),
            (Some("苏E00001"), Some("in_order"))
        );
        let parts: Vec<String> = told(&hall, &who).await.into_iter().map(|look| look.what.en).collect();
        assert_eq!(parts.len(), 2, "{parts:?}");
        assert!(parts.iter().any(|part| part.contains("sealed for officers")), "{parts:?}");
        // The same code a minute later is a picture of it: by the register the vehicle is in validity all the same.
        hall.app.clock.advance(SignedDuration::from_secs(61));
        let late = device.post(PATH, &scanned(&code)).await.is(200).json();
        assert_eq!(
            (late["report"]["reason"].as_str(), late["advice"]["state"].as_str()),
            (Some("replayed"), Some("not_shown_no_offence"))
        );
        // Without a live part there is nothing to open.
        let printed = device.post(PATH, &scanned(&static_code(&hall, &mark).await)).await.is(200).json();
        assert!(printed["opened"].is_null());
        assert_eq!(printed["advice"]["state"], "in_order");
        let journal = noted(&hall, car, "officer.verified").await;
        assert_eq!(journal.len(), 3);
        assert!(
            journal
                .iter()
                .all(|(_, purpose, detail)| purpose.as_deref() == Some("roadside_check") && !detail.contains(&vin(1)))
        );
    }
}

#[tokio::test]
async fn a_mark_of_another_vehicle_shows_the_one_in_front() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        let (first, second) = (hall.car(1).await, {
            let mut other = registered(2);
            other["data"]["owner_id"] = "110105194912310038".into();
            other["data"]["owner_name"] = "李四".into();
            let receipt = hall.event(&other).await;
            hall.run_jobs().await;
            receipt.vehicle.unwrap()
        });
        let (one, two) = (owner_of(&hall, first).await, owner_of(&hall, second).await);
        let device = Device::of_officer(&hall, "051200").await;
        let mark = hall.current(first).await.unwrap();
        let mut ask = scanned(&static_code(&hall, &mark).await);
        ask["expected_plate"] = plate(2).into();
        let answer = device.post(PATH, &ask).await.is(200).json();
        assert_eq!(
            (answer["report"]["reason"].as_str(), answer["advice"]["state"].as_str()),
            (Some("wrong_subject"), Some("wrong_vehicle"))
        );
        assert_eq!(answer["vehicle"]["plate_number"], "苏E00002", "the vehicle in front of the officer");
        assert_ne!(one.owner, two.owner);
        assert_eq!((told(&hall, &one).await.len(), told(&hall, &two).await.len()), (0, 1));
        // A plate that nobody has: nothing of the first vehicle is shown for it.
        ask["expected_plate"] = plate(3).into();
        let answer = device.post(PATH, &ask).await.is(200).json();
        assert!(answer["vehicle"].is_null());
        assert_eq!(answer["advice"]["state"], "wrong_vehicle");
    }
}

#[tokio::test]
async fn a_licence_is_opened_with_number_and_name() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        let (who, code) = live_code(&hall, 1).await;
        let device = Device::of_officer(&hall, "051200").await;
        let answer = device.post(PATH, &scanned(&code)).await.is(200).json();
        assert_eq!(answer["report"]["verdict"], "valid");
        assert_eq!(answer["opened"]["name"], "张三丰");
        assert_eq!(answer["opened"]["licence_number"].as_str().unwrap().len(), 18);
        assert_eq!(
            (answer["driver"]["name"].as_str(), answer["advice"]["state"].as_str()),
            (Some("张三丰"), Some("in_order"))
        );
        let photo = format!("/api/v1/officer/look-ups/{}/photo", answer["look_id"].as_str().unwrap());
        device.get(&photo).await.is(200);
        assert_eq!(told(&hall, &who).await.len(), 3, "state, sealed part, photo");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_nobodys_offence() {
    for hall in Hall::open_all().await {
        officer(&hall, "051200").await;
        let car = hall.car(1).await;
        let mark = hall.current(car).await.unwrap();
        let device = Device::of_officer(&hall, "051200").await;
        let good = static_code(&hall, &mark).await;
        let digit = if good.ends_with('0') { "1" } else { "0" };
        let forged = format!("{}{digit}", &good[..good.len() - 1]);
        for (code, reason) in [("hello", "not_a_credential"), (&forged, "bad_signature"), ("", "not_a_credential")] {
            let answer = device.post(PATH, &scanned(code)).await.is(200).json();
            assert_eq!(
                (answer["report"]["reason"].as_str(), answer["advice"]["state"].as_str()),
                (Some(reason), Some("cannot_tell")),
                "{code}"
            );
            assert!(answer["vehicle"].is_null() && answer["opened"].is_null() && answer["driver"].is_null());
        }
        assert!(told(&hall, &owner_of(&hall, car).await).await.is_empty());
        for purpose in [json!(null), json!("curiosity")] {
            device.post(PATH, &json!({"code": good, "purpose": purpose})).await.is(400);
        }
    }
}
