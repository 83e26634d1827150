//! Reader keys: wrapped for one device, with a lease; rotation; and what a device keeps for having no network.

use super::noted;
use crate::device::{Device, officer};
use crate::hall::Hall;
use crate::inbox::owner_of;
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::encoding::{AsBigEndian, EcPrivateKeyBin};
use jiff::{SignedDuration, Timestamp};
use luzheng::usecase::citizen;
use luzheng::usecase::key::reader;
use luzheng::usecase::licence::device::from_text;
use luzheng::usecase::verify::online;
use luzheng_credential::kind::Claims;
use luzheng_credential::kind::inspection_mark::MarkMode;
use luzheng_credential::seal::{INFO_INSPECTION_MARK, ReaderKey, open};
use serde_json::Value;
use uuid::Uuid;

const PATH: &str = "/api/v1/officer/reader-keys";

fn agreeing(device: &Device<'_>) -> PrivateKey {
    let secret: EcPrivateKeyBin<'_> = device.key.private_key().as_be_bytes().unwrap();
    PrivateKey::from_private_key(&ECDH_P256, secret.as_ref()).unwrap()
}

fn opened(device: &Device<'_>, key: &Value) -> Option<ReaderKey> {
    let number = u32::try_from(key["number"].as_u64().unwrap()).unwrap();
    let wrapped = from_text(key["sealed"].as_str().unwrap(), "sealed").unwrap();
    let bytes = reader::unwrap(&wrapped, number, &agreeing(device)).ok()?;
    Some(ReaderKey::from_bytes(bytes.as_slice()).unwrap())
}

/// Number of the reader key of a live code made now, and its VIN as a device with this key opens it.
async fn sealed(hall: &Hall, car: Uuid, key: &ReaderKey) -> (u32, Option<String>) {
    let (who, mark) = (owner_of(hall, car).await, hall.current(car).await.unwrap());
    let code = citizen::live(&hall.app, &who, mark.id).await.unwrap().code;
    let report = online(&hall.app, &code, None, None);
    let Some(Claims::InspectionMark(mark)) = report.claims() else { panic!("a mark") };
    let MarkMode::Live(live) = &mark.mode else { panic!("live") };
    let part = live.sealed.as_ref().unwrap();
    let plain = open(key, INFO_INSPECTION_MARK, &part.bytes).ok();
    (part.reader_key, plain.map(|plain| String::from_utf8_lossy(&plain).into_owned()))
}

fn until(key: &Value) -> Timestamp {
    key["not_after"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn keys_are_wrapped_for_the_device_and_rotate() {
    for hall in Hall::open_all().await {
        let id = officer(&hall, "051200").await;
        let car = hall.car(1).await;
        let mut device = Device::of_officer(&hall, "051200").await;
        let other = Device::of_officer(&hall, "051200").await;
        let now = hall.app.clock.now();
        let hours = |hours: i64| now.checked_add(SignedDuration::from_hours(hours)).unwrap();
        let given = device.get(PATH).await.is(200).json()["keys"].clone();
        assert_eq!(
            (given.as_array().unwrap().len(), given[0]["number"].as_u64(), given[0]["kind"].as_str()),
            (1, Some(1), Some("x25519"))
        );
        assert_eq!(until(&given[0]), hours(30 * 24), "a lease");
        let first = opened(&device, &given[0]).unwrap();
        assert!(opened(&other, &given[0]).is_none(), "another device cannot open it");
        assert_eq!(sealed(&hall, car, &first).await, (1, Some(crate::hall::vin(1))));
        // A second key: devices have a day to fetch it.
        let (number, used_from) = reader::rotate(&hall.app, false, "operator").await.unwrap();
        assert_eq!((number, used_from), (2, hours(24)));
        let given = device.get(PATH).await.is(200).json()["keys"].clone();
        let second = opened(&device, &given[1]).unwrap();
        assert_eq!(until(&given[0]), hours(48), "given out for a day after the next came into use");
        hall.app.clock.advance(SignedDuration::from_secs(24 * 3_600 - 1));
        assert_eq!(sealed(&hall, car, &second).await, (1, None));
        hall.app.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(sealed(&hall, car, &second).await, (2, Some(crate::hall::vin(1))));
        assert_eq!(sealed(&hall, car, &first).await, (2, None));
        device.sign_in().await.is(200);
        // The server opens either.
        let (who, mark) = (owner_of(&hall, car).await, hall.current(car).await.unwrap());
        let code = citizen::live(&hall.app, &who, mark.id).await.unwrap().code;
        let ask = serde_json::json!({"code": code, "purpose": "inquiry"});
        let answer = device.post("/api/v1/officer/verify", &ask).await.is(200).json();
        assert_eq!(answer["opened"]["vin"].as_str(), Some(crate::hall::vin(1).as_str()));
        hall.app.clock.advance(SignedDuration::from_hours(24));
        device.sign_in().await.is(200);
        let given = device.get(PATH).await.is(200).json()["keys"].clone();
        assert_eq!((given.as_array().unwrap().len(), given[0]["number"].as_u64()), (1, Some(2)), "the first is over");
        // A device was lost: the next key is used at once.
        let (number, used_from) = reader::rotate(&hall.app, true, "operator").await.unwrap();
        assert_eq!((number, used_from), (3, hall.app.clock.now()));
        assert_eq!(sealed(&hall, car, &second).await, (3, None));
        assert_eq!(noted(&hall, id, "reader_key.given").await.len(), 3);
    }
}

#[tokio::test]
async fn procedures_and_rows_of_advice_are_kept_by_the_device() {
    let hall = Hall::open(luzheng_store::Engine::Sqlite).await;
    officer(&hall, "051200").await;
    let device = Device::of_officer(&hall, "051200").await;
    let procedures = device.get("/api/v1/officer/procedures").await.is(200).json();
    let codes: Vec<&str> = procedures["items"].as_array().unwrap().iter().filter_map(|p| p["code"].as_str()).collect();
    assert_eq!(codes.len(), 8);
    assert!(codes.contains(&"never_take_phone") && procedures["version"].as_str().unwrap().len() == 12);
    let advice = device.get("/api/v1/officer/advice").await.is(200).json();
    let rows = advice["rows"].as_array().unwrap();
    assert_eq!(rows.len(), luzheng_domain::roadside::advice().len());
    let overdue = rows.iter().find(|row| row["code"] == "overdue").unwrap();
    assert_eq!(
        (overdue["overdue"].as_bool(), overdue["clause"]["id"].as_str(), overdue["shown"].is_null()),
        (Some(true), Some("L3 Art.78(4)"), true)
    );
}
