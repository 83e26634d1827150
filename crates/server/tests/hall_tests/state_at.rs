//! How vehicles stood at a moment: against a ground truth, and as a partner asks.

#[path = "../../examples/state-at/check.rs"]
mod check;
#[path = "../../examples/state-at/story.rs"]
mod story;
#[path = "../../examples/state-at/truth.rs"]
mod truth;

use crate::hall::{Hall, changed, plate, plate_changed, registered, status, vin};
use jiff::Timestamp;
use luzheng::usecase::event::Outcome;
use luzheng::usecase::partner::admin::{self, NewPartner};
use luzheng::usecase::partner::{Call, ClientKind, Regions, Scopes, registry};
use luzheng::usecase::state_at::MAX_QUESTIONS;
use luzheng::usecase::state_at::partner::states;
use luzheng::usecase::state_at::view::{Answers, Questions};
use luzheng_store::Engine;
use serde_json::{Value, json};
use std::sync::Arc;

/// An insurer with these scopes in these regions.
pub async fn insurer(hall: &Hall, scopes: &str, regions: &str) -> Call {
    let new = NewPartner {
        name: "虚构财险".into(),
        name_en: "Fictional Insurance".into(),
        kind: ClientKind::Insurer,
        scopes: Scopes::parse(scopes).unwrap(),
        regions: Regions::parse(regions).unwrap(),
        day_limit: None,
        minute_limit: None,
    };
    let id = admin::register(&hall.app, &new, "test").await.unwrap();
    registry::refresh(&hall.app).await.unwrap();
    Call { client: Arc::clone(hall.app.partners.registry().find(id).unwrap()), member: None }
}

fn asked(items: &Value) -> Questions {
    serde_json::from_value(json!({"items": items, "purpose": "claim"})).unwrap()
}

fn about(number: u32, at: &str) -> Value {
    json!({"id": "q", "plate_number": plate(number), "plate_type": "02", "at": at})
}

async fn ask(hall: &Hall, call: &Call, items: Value) -> Value {
    let answers: Answers = states(&hall.app, call, &asked(&items)).await.unwrap();
    serde_json::to_value(answers).unwrap()["items"].clone()
}

async fn code(hall: &Hall, call: &Call, questions: &Questions) -> &'static str {
    states(&hall.app, call, questions).await.unwrap_err().code
}

#[tokio::test]
async fn twenty_thousand_questions_are_answered_as_the_truth_has_it() {
    for (hall, seed) in Hall::open_all().await.into_iter().zip([11, 12]) {
        let mut story = story::Story::new(40, seed);
        let fed = check::feed(&hall.app, &mut story).await.unwrap();
        assert!(fed.outcomes["applied"] > 250 && fed.outcomes["late"] > 0, "{:?}", fed.outcomes);
        let asked = check::ask(&hall.app, &mut story, &fed, 10_000).await.unwrap();
        assert_eq!(asked.wrong, Vec::<String>::new(), "{:?}", hall.engine());
        assert!(asked.known > 5_000 && asked.changed > 1_000 && asked.histories > 20, "{asked:?}");
    }
}

#[tokio::test]
async fn a_late_theft_counts_from_the_theft_and_stands_until_it_is_taken_back() {
    for hall in Hall::open_all().await {
        let call = insurer(&hall, "state", "all").await;
        let car = hall.car(1).await;
        hall.event(&plate_changed(1, "p1", "2026-11-10T10:00:00+08:00")).await;
        // Older than the plates, and nothing later was said about the letters.
        let stolen = hall.event(&status(1, "s1", "C", "2026-11-08T10:00:00+08:00")).await;
        assert_eq!(stolen.outcome, Outcome::Applied, "{:?}", stolen.detail);
        let current = hall.current(car).await.unwrap();
        assert!(matches!(current.state, luzheng_store::credential::CredentialState::Suspended { .. }));
        let items = ask(
            &hall,
            &call,
            json!([
                about(1, "2026-11-09T12:00:00+08:00"),
                about(60_001, "2026-11-12T12:00:00+08:00"),
                about(1, "2026-11-12T12:00:00+08:00")
            ]),
        )
        .await;
        let letters = |item: &Value, when: &str| item[when]["status"].as_array().map(Vec::len);
        assert_eq!((letters(&items[0], "as_known_then"), letters(&items[0], "as_known_now")), (None, Some(1)));
        assert_eq!(items[0]["as_known_then"]["known"], false, "nothing had been reported yet");
        assert_eq!(items[0]["as_known_now"]["same_vehicle"], Value::Null, "nobody carries that plate now");
        assert_eq!(letters(&items[1], "as_known_now"), Some(1));
        assert_eq!(items[2]["as_known_now"]["known"], false, "it had other plates by then");
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn an_event_names_the_plate_of_then() {
    for hall in Hall::open_all().await {
        let call = insurer(&hall, "state", "320500").await;
        let first = hall.car(1).await;
        hall.event(&plate_changed(1, "p1", "2026-10-10T10:00:00+08:00")).await;
        let mut second = registered(2);
        second["data"]["plate_number"] = json!(plate(1));
        second["occurred_at"] = json!("2026-10-20T10:00:00+08:00");
        second["data"]["registered_on"] = json!("2026-10-20");
        let second = hall.event(&second).await.vehicle.unwrap();
        let mut of_then = status(1, "s1", "L", "2026-10-05T10:00:00+08:00");
        of_then["subject"] = json!({"plate_number": plate(1), "plate_type": "02"});
        let receipt = hall.event(&of_then).await;
        assert_eq!((receipt.vehicle, receipt.outcome), (Some(first), Outcome::Applied), "{:?}", receipt.detail);
        let mut of_now = status(1, "s2", "H", "2026-10-25T10:00:00+08:00");
        of_now["subject"] = json!({"plate_number": plate(1), "plate_type": "02"});
        assert_eq!(hall.event(&of_now).await.vehicle, Some(second));
        let items =
            ask(&hall, &call, json!([about(1, "2026-10-06T10:00:00+08:00"), about(1, "2026-10-26T10:00:00+08:00")]))
                .await;
        assert_eq!(items[0]["as_known_now"]["status"][0]["letter"], "L");
        assert_eq!(items[0]["as_known_now"]["same_vehicle"], false, "another vehicle carries the plate now");
        assert_eq!(
            (items[1]["as_known_now"]["status"][0]["letter"].as_str(), &items[1]["as_known_now"]["same_vehicle"]),
            (Some("H"), &json!(true))
        );
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn inspections_that_come_in_the_wrong_order_give_the_right_validity() {
    for hall in Hall::open_all().await {
        let call = insurer(&hall, "state", "all").await;
        let mut car = registered(1);
        for (member, value) in
            [("registered_on", "2021-03-10"), ("manufactured_on", "2021-02-01"), ("insurance_until", "2027-03-09")]
        {
            car["data"][member] = json!(value);
        }
        car["occurred_at"] = json!("2021-03-10T10:00:00+08:00");
        hall.event(&car).await;
        let inspected = |id: &str, at: &str| json!({"source": "test", "id": id, "type": "vehicle.inspected", "occurred_at": at, "subject": {"vin": vin(1)}, "data": {"result": "pass"}});
        // The second point first: overdue as things are known, so that it reaches only the point after it.
        hall.event(&inspected("i2", "2025-02-20T10:00:00+08:00")).await;
        let known = hall.app.clock.now();
        hall.app.clock.advance(jiff::SignedDuration::from_secs(1));
        let late = hall.event(&inspected("i1", "2023-02-20T10:00:00+08:00")).await;
        assert_eq!(late.outcome, Outcome::Applied, "{:?}", late.detail);
        let mut question = about(1, "2025-06-01T10:00:00+08:00");
        question["known_at"] = json!(known);
        let items = ask(&hall, &call, json!([question, about(1, "2023-06-01T10:00:00+08:00")])).await;
        assert_eq!(items[0]["as_known_then"]["valid_until"], "2025-03");
        assert_eq!(
            (&items[0]["as_known_then"]["in_validity"], &items[0]["as_known_now"]["in_validity"]),
            (&json!(false), &json!(true))
        );
        assert_eq!(
            (items[0]["as_known_now"]["valid_until"].as_str(), &items[0]["changed"]),
            (Some("2027-03"), &json!(true))
        );
        assert_eq!(items[0]["changes"].as_array().unwrap().len(), 1);
        assert!(items[0]["changes"][0]["what"]["zh"].as_str().unwrap().contains("检验有效期"));
        assert_eq!(items[1]["as_known_now"]["valid_until"], "2025-03");
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_correction_goes_back_to_what_it_corrects_and_undoes_nothing_later() {
    for hall in Hall::open_all().await {
        let call = insurer(&hall, "state", "all").await;
        let car = hall.car(1).await;
        hall.event(&status(1, "s1", "L", "2026-11-01T10:00:00+08:00")).await;
        hall.event(&status(1, "s2", "H", "2026-11-05T10:00:00+08:00")).await;
        let right = json!({"source": "test", "id": "c1", "type": "vehicle.status_changed.corrected", "occurred_at": "2026-11-19T10:00:00+08:00",
            "subject": {"vin": vin(1)}, "data": {"corrects": {"source": "test", "id": "s1"}, "status": "C"}});
        assert_eq!(hall.event(&right).await.outcome, Outcome::Applied);
        let current = hall.current(car).await.unwrap();
        assert_eq!(current.state, luzheng_store::credential::CredentialState::Current, "H came later and stands");
        let items =
            ask(&hall, &call, json!([about(1, "2026-11-02T10:00:00+08:00"), about(1, "2026-11-06T10:00:00+08:00")]))
                .await;
        assert_eq!(items[0]["as_known_now"]["status"][0]["letter"], "C");
        assert_eq!(items[1]["as_known_now"]["status"][0]["letter"], "H");
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn partners_ask_within_their_bounds_and_the_owner_sees_it() {
    let hall = Hall::open(Engine::Sqlite).await;
    let call = insurer(&hall, "state", "320500").await;
    let car = hall.car(1).await;
    let now: Timestamp = hall.app.clock.now();
    let early = about(1, "2026-11-20T11:00:00+08:00");
    let mut bad = early.clone();
    bad["plate_number"] = json!("x");
    let items = ask(
        &hall,
        &call,
        json!([early, about(1, "2026-11-20T12:00:01+08:00"), bad, about(7, "2026-11-20T11:00:00+08:00")]),
    )
    .await;
    assert_eq!(items[0]["as_known_now"]["in_validity"], true);
    assert_eq!(items[0]["as_known_now"]["insurance"]["ran"], true);
    assert_eq!(items[1]["error"]["code"], "in_the_future");
    assert_eq!(items[2]["error"]["code"], "bad_item");
    assert_eq!(
        (&items[3]["as_known_now"]["known"], &items[3]["as_known_now"]["in_validity"]),
        (&json!(false), &Value::Null)
    );
    let elsewhere = insurer(&hall, "state", "310000").await;
    let outside = ask(&hall, &elsewhere, json!([about(1, "2026-11-20T11:00:00+08:00")])).await;
    assert_eq!((outside[0]["error"]["code"].as_str(), outside[0].get("as_known_now")), (Some("outside_region"), None));
    let without = insurer(&hall, "verify.marks", "all").await;
    assert_eq!(
        code(&hall, &without, &asked(&json!([about(1, "2026-11-20T11:00:00+08:00")]))).await,
        "insufficient_scope"
    );
    let mut nameless = asked(&json!([about(1, "2026-11-20T11:00:00+08:00")]));
    nameless.purpose = None;
    assert_eq!(code(&hall, &call, &nameless).await, "purpose_needed");
    assert_eq!(code(&hall, &call, &asked(&json!([]))).await, "bad_request");
    let many = json!(vec![about(1, "2026-11-20T11:00:00+08:00"); MAX_QUESTIONS + 1]);
    assert_eq!(code(&hall, &call, &asked(&many)).await, "bad_request");
    let mut tx = hall.app.store.read().await.unwrap();
    let owner = tx.find_vehicle(car).await.unwrap().unwrap().facts.owner;
    let looks = tx.looks(owner, None, 10).await.unwrap();
    assert_eq!(looks.len(), 1, "who asked outside its region saw nothing");
    assert_eq!(
        (looks[0].by_role.as_str(), looks[0].purpose.as_str(), looks[0].what.as_str(), looks[0].at),
        ("partner", "claim", "state_at", now)
    );
}

#[tokio::test]
async fn the_state_of_a_mark_suspended_by_hand_is_known_from_then_on() {
    use luzheng::usecase::credential::{Act, Request, by_hand};
    for hall in Hall::open_all().await {
        let call = insurer(&hall, "state", "all").await;
        let car = hall.car(1).await;
        let before = hall.app.clock.now();
        hall.app.clock.advance(jiff::SignedDuration::from_secs(60));
        let mark = hall.current(car).await.unwrap();
        let act = |act| Request {
            act,
            reason: "by_hand".into(),
            note: None,
            actor: "staff:test".into(),
            idempotency_key: None,
        };
        by_hand(&hall.app, mark.id, act(Act::Suspend)).await.unwrap();
        let suspended = hall.app.clock.now();
        hall.app.clock.advance(jiff::SignedDuration::from_secs(60));
        by_hand(&hall.app, mark.id, act(Act::Restore)).await.unwrap();
        hall.event(&changed(1, "c1", "2026-11-20T11:59:00+08:00")).await;
        let at = |at: Timestamp| about(1, &at.to_string());
        let items = ask(&hall, &call, json!([at(before), at(suspended), at(hall.app.clock.now())])).await;
        let state = |item: &Value| item["as_known_now"]["mark"]["state"].as_str().map(str::to_owned);
        assert_eq!(
            state(&items[0]).as_deref(),
            Some("ended"),
            "the change was at 11:59, when this mark had not begun: it ends as it begins"
        );
        assert_eq!(items[0]["as_known_then"]["mark"]["state"], "current");
        assert_eq!(items[1]["as_known_then"]["mark"]["state"], "suspended");
        assert_eq!(state(&items[2]).as_deref(), Some("current"));
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}
