//! Events about drivers: facts, points, photos and notices, each exactly once, in whatever order they come.

use crate::hall::Hall;
use luzheng::synth::portrait::{Look, Scene, add_grain, jpeg};
use luzheng::usecase::error::Kind;
use luzheng::usecase::event::{Outcome, apply_event, event_schema};
use luzheng::usecase::notice;
use luzheng_domain::driver::event::EventType;
use luzheng_domain::driver::{Licence, StateLetter};
use luzheng_store::photo::PhotoState;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// A citizen number of somebody born on 1991-02-03, with its check character (GB 11643).
fn number(serial: u32) -> String {
    let digits = format!("32050019910203{serial:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.chars().zip(weights).map(|(d, w)| d.to_digit(10).unwrap() * w).sum();
    format!("{digits}{}", b"10X98765432"[sum as usize % 11] as char)
}

fn event(serial: u32, id: &str, what: &str, at: &str, data: Value) -> Value {
    json!({"source": "drivers", "id": format!("{serial}-{id}"), "type": format!("driver.{what}"), "occurred_at": at,
           "subject": {"licence_number": number(serial)}, "data": data})
}

fn issued(serial: u32) -> Value {
    let data = json!({"name": "欧阳修", "sex": "male", "phone": "13800001234", "classes": "C1", "first_issued_on": "2022-05-06",
                      "valid_until": "2028-05-06", "division": "320500"});
    event(serial, "issued", "licence_issued", "2022-05-06T09:00:00+08:00", data)
}

fn penalty(serial: u32, penalty: &str, points: u8, decided_on: &str) -> Value {
    let data = json!({"penalty_number": penalty, "points": points, "offence_on": decided_on, "decided_on": decided_on,
                      "fine_due_on": "2026-12-31"});
    event(serial, penalty, "points_entered", &format!("{decided_on}T10:00:00+08:00"), data)
}

fn status(serial: u32, id: &str, letters: &str, at: &str) -> Value {
    event(serial, id, "status_changed", at, json!({"status": letters}))
}

/// A drawn face in the best quality, so that its event is far longer than an ordinary one.
fn photo(face: u64, width: u32) -> Vec<u8> {
    let mut picture = Scene::nominal(Look::of(1, face, false), width, width * 3 / 2).draw();
    add_grain(&mut picture, face);
    jpeg(&picture, 100)
}

fn photo_event(serial: u32, id: &str, at: &str, bytes: &[u8]) -> Value {
    use base64::Engine as _;
    let photo = base64::engine::general_purpose::STANDARD.encode(bytes);
    event(serial, id, "photo_changed", at, json!({"photo": photo}))
}

async fn driver(hall: &Hall, serial: u32) -> Uuid {
    let receipt = hall.event(&issued(serial)).await;
    assert_eq!((receipt.outcome, receipt.vehicle), (Outcome::Applied, None), "{:?}", receipt.detail);
    receipt.driver.unwrap()
}

async fn facts(hall: &Hall, driver: Uuid) -> Licence {
    hall.app.store.read().await.unwrap().find_driver(driver).await.unwrap().unwrap().facts
}

async fn points(hall: &Hall, driver: Uuid) -> u32 {
    let facts = facts(hall, driver).await;
    facts.points.sum_on(facts.first_issued_on, "2026-11-20".parse().unwrap())
}

async fn notices(hall: &Hall, driver: Uuid) -> Vec<String> {
    let mut tx = hall.app.store.read().await.unwrap();
    let owner = tx.find_driver(driver).await.unwrap().unwrap().owner;
    let notices = tx.notices(owner, None, 100).await.unwrap();
    for notice in &notices {
        let (title, body) = notice::words(&notice.kind, &notice.params);
        assert!(title.zh != notice.kind && !body.zh.is_empty() && !body.en.is_empty(), "{notice:?}");
    }
    notices.into_iter().map(|n| n.kind).collect()
}

#[tokio::test]
async fn a_new_licence_makes_a_driver_and_a_person_and_no_credential() {
    for hall in Hall::open_all().await {
        let id = driver(&hall, 1).await;
        let mut tx = hall.app.store.read().await.unwrap();
        let stored = tx.find_driver(id).await.unwrap().unwrap();
        assert_eq!((stored.version, stored.applied_on), (1, None));
        let person = tx.find_owner(stored.owner).await.unwrap().unwrap().details;
        assert_eq!((person.name.as_str(), person.phone.as_deref()), ("欧阳修", Some("13800001234")));
        assert_eq!(tx.credentials_of(id).await.unwrap(), []);
        drop(tx);
        let again = hall.event(&issued(1)).await;
        assert_eq!(
            (again.outcome, again.first_outcome, again.driver),
            (Outcome::Seen, Some(Outcome::Applied), Some(id))
        );
        let mut second = issued(1);
        second["id"] = json!("another");
        assert_eq!(hall.event(&second).await.outcome, Outcome::Refused, "one person holds one licence");
        let mut other = issued(1);
        other["data"]["classes"] = json!("C2");
        let error = apply_event(&hall.app, &other.to_string()).await.unwrap_err();
        assert_eq!((error.kind, error.code), (Kind::Conflict, "event_differs"));
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_hundred_at_once_are_one() {
    for hall in Hall::open_all().await {
        let id = driver(&hall, 1).await;
        let hall = Arc::new(hall);
        let event = penalty(1, "P1", 3, "2026-11-19").to_string();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let (hall, event) = (Arc::clone(&hall), event.clone());
            tasks.spawn(async move { apply_event(&hall.app, &event).await.unwrap().outcome });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Applied).count(), 1);
        assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Seen).count(), 99);
        assert_eq!((points(&hall, id).await, facts(&hall, id).await.points.entries.len()), (3, 1));
        hall.run_jobs().await;
        assert_eq!(notices(&hall, id).await, ["points_entered"]);
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_hundred_penalties_at_once_all_count() {
    for hall in Hall::open_all().await {
        let id = driver(&hall, 1).await;
        let hall = Arc::new(hall);
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..100 {
            // Their days are in no order: none of them is late.
            let event = penalty(1, &format!("P{n}"), 1, &format!("2026-11-{:02}", n * 7 % 20 + 1)).to_string();
            let hall = Arc::clone(&hall);
            tasks.spawn(async move { apply_event(&hall.app, &event).await.unwrap().outcome });
        }
        assert!(tasks.join_all().await.iter().all(|o| *o == Outcome::Applied));
        assert_eq!(points(&hall, id).await, 100);
        let stored = hall.app.store.read().await.unwrap().find_driver(id).await.unwrap().unwrap();
        assert_eq!(stored.version, 101);
        assert!(stored.facts.effective_status(hall.app.clock.today()).has(StateLetter::B));
        assert_eq!(notices(&hall, id).await.iter().filter(|kind| *kind == "points_full").count(), 1);
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn the_later_word_about_the_same_thing_stands_and_penalties_are_never_late() {
    for hall in Hall::open_all().await {
        let id = driver(&hall, 1).await;
        assert_eq!(hall.event(&status(1, "s2", "D", "2026-11-10T10:00:00+08:00")).await.outcome, Outcome::Applied);
        assert_eq!(hall.event(&status(1, "s1", "A", "2026-11-09T10:00:00+08:00")).await.outcome, Outcome::Late);
        assert_eq!(facts(&hall, id).await.status.to_string(), "D");
        assert_eq!(hall.event(&penalty(1, "P1", 6, "2026-11-02")).await.outcome, Outcome::Applied);
        assert_eq!(points(&hall, id).await, 6);
        // Older than the state and the penalty, but nothing later is known about what it says.
        let renewed = json!({"valid_from": "2026-11-01", "valid_until": "2036-11-01"});
        let renewal = event(1, "r1", "licence_changed", "2026-11-01T10:00:00+08:00", renewed);
        assert_eq!(hall.event(&renewal).await.outcome, Outcome::Applied);
        let known = facts(&hall, id).await;
        assert_eq!((known.status.to_string(), known.valid_until), ("D".into(), Some("2036-11-01".parse().unwrap())));
        assert_eq!(points(&hall, id).await, 6);
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn what_waits_is_taken_up_when_what_it_waits_for_comes() {
    for hall in Hall::open_all().await {
        let early = hall.event(&penalty(5, "P1", 3, "2026-11-10")).await;
        assert_eq!((early.outcome, early.driver), (Outcome::Parked, None));
        let id = driver(&hall, 5).await;
        hall.run_jobs().await;
        assert_eq!(points(&hall, id).await, 3);
        // One that speaks about a penalty nobody has heard of does not keep the others waiting.
        let unknown = event(5, "f9", "fine_paid", "2026-11-11T10:00:00+08:00", json!({"penalty_number": "P9"}));
        assert_eq!(hall.event(&unknown).await.outcome, Outcome::Parked);
        let annulled = event(5, "a2", "points_annulled", "2026-11-12T10:00:00+08:00", json!({"penalty_number": "P2"}));
        assert_eq!(hall.event(&annulled).await.outcome, Outcome::Parked);
        assert_eq!(hall.event(&penalty(5, "P2", 9, "2026-11-10")).await.outcome, Outcome::Applied);
        assert_eq!(points(&hall, id).await, 12);
        hall.run_jobs().await;
        assert_eq!(points(&hall, id).await, 3, "the annulment was taken up");
        assert_eq!(hall.event(&unknown).await.first_outcome, Some(Outcome::Parked));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn nothing_of_a_person_lies_open_where_events_wait() {
    for hall in Hall::open_all().await {
        hall.event(&penalty(6, "P1", 3, "2026-11-10")).await;
        let mut tx = hall.app.store.read().await.unwrap();
        let waiting = tx.find_event("drivers", "6-P1").await.unwrap().unwrap();
        assert!(
            !waiting.subject.contains(&number(6)) && waiting.subject.starts_with("licence:"),
            "{}",
            waiting.subject
        );
        assert!(!waiting.detail.unwrap().contains(&number(6)));
    }
}

#[tokio::test]
async fn a_photo_is_written_anew_and_the_same_one_again_is_no_change() {
    for hall in Hall::open_all().await {
        let id = driver(&hall, 1).await;
        let bytes = photo(7, 420);
        assert!(bytes.len() > 64 * 1024, "{} bytes", bytes.len());
        let first = hall.event(&photo_event(1, "p1", "2026-11-10T10:00:00+08:00", &bytes)).await;
        assert_eq!(first.outcome, Outcome::Applied, "{:?}", first.detail);
        let mut tx = hall.app.store.read().await.unwrap();
        let kept = tx.current_photo(id).await.unwrap().unwrap();
        let stored = tx.find_photo(id, kept.id).await.unwrap().unwrap();
        assert!(stored != bytes && stored.starts_with(&[0xFF, 0xD8, 0xFF]), "our own JPEG");
        drop(tx);
        hall.event(&photo_event(1, "p2", "2026-11-11T10:00:00+08:00", &bytes)).await;
        let other = hall.event(&photo_event(1, "p3", "2026-11-12T10:00:00+08:00", &photo(8, 300))).await;
        assert_eq!(other.outcome, Outcome::Applied);
        let photos = hall.app.store.read().await.unwrap().photos_of(id).await.unwrap();
        assert_eq!(photos.len(), 2);
        assert_eq!(photos.iter().filter(|photo| photo.state == PhotoState::Current).count(), 1);
        let broken = hall.event(&photo_event(1, "p4", "2026-11-13T10:00:00+08:00", &bytes[..bytes.len() / 2])).await;
        assert_eq!(broken.outcome, Outcome::Refused);
        assert!(broken.detail.unwrap().starts_with("photo_"));
        let old = hall.event(&photo_event(1, "p0", "2026-11-09T10:00:00+08:00", &photo(9, 300))).await;
        assert_eq!(old.outcome, Outcome::Late);
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn bad_events_are_told_where_they_are_wrong_and_every_type_is_published() {
    let hall = Hall::open(luzheng_store::Engine::Sqlite).await;
    for (change, pointer) in [
        (json!({"type": "driver.flown"}), "type"),
        (json!({"occurred_at": "yesterday"}), "occurred_at"),
        (json!({"subject": {"licence_number": "11010519491231002"}}), "licence_number"),
        (json!({"data": {"status": "€"}}), "status"),
        (json!({"data": {"state": "A"}}), "state"),
    ] {
        let mut event = status(1, "s1", "A", "2026-11-10T10:00:00+08:00");
        event.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let error = apply_event(&hall.app, &event.to_string()).await.unwrap_err();
        assert_eq!(error.kind, Kind::Invalid, "{event}");
        assert!(error.message.contains(pointer), "{} does not name {pointer}", error.message);
        assert!(!error.message.contains("11010519491231002"), "{}", error.message);
    }
    for event_type in EventType::ALL {
        for code in [event_type.code(), event_type.corrected_code()] {
            let schema: Value = serde_json::from_str(event_schema(code).expect(code)).unwrap();
            assert_eq!(schema["properties"]["type"]["const"], code);
        }
    }
}
