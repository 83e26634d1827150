//! Verdicts for partners: many at once, each with its own fate, masked by scope and region, logged, and told to whom they belong.

use super::firm::{Firm, call, verify};
use crate::hall::Hall;
use crate::inbox::owner_of;
use crate::licence::{live_code, new_drivers_code};
use jiff::SignedDuration;
use luzheng::usecase::look::{self, LookView};
use luzheng::usecase::partner::{keep_up, log};
use luzheng::usecase::session::Session;
use luzheng_credential::qr::text;
use luzheng_store::Engine;
use luzheng_store::testing::Fault;
use serde_json::{Value, json};
use std::sync::Mutex;
use uuid::Uuid;

/// The static code of a car's mark.
async fn code_of(hall: &Hall, car: Uuid) -> String {
    let mark = hall.current(car).await.unwrap();
    let mut tx = hall.app.store.read().await.unwrap();
    let signed = tx.find_signed(mark.subject, mark.id).await.unwrap().unwrap();
    text::primary("localhost", &signed.message)
}

/// A hall with two cars, whose status is published, and the codes of their marks.
async fn two_cars(hall: &Hall) -> (Uuid, [String; 2]) {
    let (one, two) = (hall.car(1).await, hall.car(2).await);
    (one, [code_of(hall, one).await, code_of(hall, two).await])
}

async fn looks(hall: &Hall, who: &Session) -> Vec<LookView> {
    look::list(&hall.app, who, None).await.unwrap().items
}

fn fates(answer: &Value) -> Vec<String> {
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let fate = |item: &Value| match &item["error"] {
        Value::Null => format!("{} {}", word(&item["report"]["verdict"]), word(&item["report"]["reason"])),
        error => format!("error {}", word(&error["code"])),
    };
    answer["items"].as_array().unwrap().iter().map(fate).collect()
}

#[tokio::test]
async fn every_code_has_its_own_fate_in_the_order_asked() {
    for hall in Hall::open_all().await {
        let (car, [one, two]) = two_cars(&hall).await;
        let firm = Firm::new(&hall, "verify.marks verify.licences", "all").await;
        let token = firm.token(&hall).await;
        let items = json!([
            {"id": "a", "code": one},
            {"code": two, "expected_plate": "苏E·00002"},
            {"id": "b", "code": two, "expected_plate": "苏E00001"},
            {"code": "hello"},
            {"id": "c", "code": one},
            {"id": 7, "code": one},
            {"code": one, "expectedPlate": "苏E00001"},
            {"id": "x".repeat(65), "code": one},
            {"code": one, "expected_plate": "x".repeat(33)},
            {"code": one, "at": "2030-01-01T00:00:00Z"},
            {"code": "x".repeat(5_000)},
            "no object"
        ]);
        let answer = verify(&hall.app, &token, items).await.is(200).json();
        assert_eq!(
            fates(&answer),
            [
                "valid -",
                "valid -",
                "not_valid wrong_subject",
                "unreadable not_a_credential",
                "valid -",
                "error bad_item",
                "error bad_item",
                "error bad_item",
                "error bad_item",
                "cannot_tell trust_list_expired",
                "unreadable too_large",
                "error bad_item"
            ]
        );
        let ids: Vec<Option<&str>> = answer["items"].as_array().unwrap().iter().map(|i| i["id"].as_str()).collect();
        assert_eq!(ids[..5], [Some("a"), None, Some("b"), None, Some("c")]);
        assert_eq!(answer["items"][0]["report"], answer["items"][4]["report"]);
        assert_eq!(answer["items"][0]["report"]["credential"]["subject"], "苏E00001");
        assert_eq!(
            answer["counts"],
            json!({"valid": 3, "attention": 0, "not_valid": 1, "unreadable": 2, "cannot_tell": 1, "refused": 5})
        );
        assert!(answer["status"]["age_s"].as_i64().is_some(), "{}", answer["status"]);
        keep_up(&hall.app).await.unwrap();
        let log = call(&hall.app, "checks", &token, None).await.is(200).json();
        let [row] = log["items"].as_array().unwrap().as_slice() else { panic!("{log}") };
        assert_eq!((&row["id"], row["asked"].as_u64(), row["valid"].as_u64()), (&answer["check"], Some(12), Some(3)));
        assert_eq!((row["purpose"].as_str(), row["how"].as_str()), (Some("claim"), Some("interface")));
        // One look for the car, whoever often it stood in the request: the other car's owner is the same person.
        let who = owner_of(&hall, car).await;
        let told = looks(&hall, &who).await;
        let labels: Vec<&str> = told.iter().map(|look| look.about.label.as_str()).collect();
        assert_eq!(labels.iter().filter(|label| **label == "苏E***01").count(), 1, "{labels:?}");
        assert_eq!((told[0].by_role.as_str(), told[0].by.zh.as_str()), ("partner", "核验单位：虚构租车"));
        assert_eq!((told[0].purpose_text.zh.as_str(), told[0].how.zh.as_str()), ("保险理赔", "核验单位联网核验"));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_request_that_is_none_is_refused_as_a_whole() {
    let hall = Hall::open(Engine::Sqlite).await;
    let firm = Firm::new(&hall, "verify.marks", "all").await;
    let token = firm.token(&hall).await;
    let many = vec![json!({"code": "x"}); 10_001];
    for (body, code) in [
        (json!({"items": [], "purpose": "claim"}), "bad_request"),
        (json!({"items": many, "purpose": "claim"}), "bad_request"),
        (json!({"items": [{"code": "x"}]}), "purpose_needed"),
        (json!({"items": [{"code": "x"}], "purpose": "curiosity"}), "unknown_purpose"),
        (json!({"items": [{"code": "x"}], "purpose": "claim", "more": 1}), "bad_request"),
        (json!({"items": {"code": "x"}, "purpose": "claim"}), "bad_request"),
        (json!([]), "bad_request"),
    ] {
        let answer = call(&hall.app, "verify", &token, Some(body.to_string())).await.is(400);
        assert_eq!(answer.code(), code, "{}", &body.to_string()[..body.to_string().len().min(80)]);
    }
    let large = format!("{{\"purpose\":\"claim\",\"items\":[{{\"code\":\"{}\"}}]}}", "x".repeat(13 << 20));
    assert_eq!(call(&hall.app, "verify", &token, Some(large)).await.status, 413);
    let none = call(&hall.app, "checks", &token, None).await.is(200).json();
    assert_eq!(none["items"], json!([]));
}

#[tokio::test]
async fn scopes_and_regions_hide_what_is_not_theirs() {
    for hall in Hall::open_all().await {
        let (_, [mark, _]) = two_cars(&hall).await;
        let (driver, licence) = live_code(&hall, 1).await;
        let items = json!([{"code": mark}, {"code": licence}, {"code": "x"}]);
        for (scopes, regions, fate, masked) in [
            ("verify.marks", "all", ["valid -", "error scope", "unreadable not_a_credential"], false),
            ("verify.licences", "320000", ["error scope", "valid -", "unreadable not_a_credential"], false),
            ("verify.marks verify.licences", "310000", ["valid -", "valid -", "unreadable not_a_credential"], true),
        ] {
            let firm = Firm::new(&hall, scopes, regions).await;
            let answer = verify(&hall.app, &firm.token(&hall).await, items.clone()).await.is(200).json();
            assert_eq!(fates(&answer), fate, "{scopes}");
            for item in answer["items"].as_array().unwrap().iter().filter(|item| item["report"]["verdict"] == "valid") {
                assert_eq!(item["report"]["credential"].is_null(), masked, "{item}");
                assert_eq!(item["outside_region"] == json!(true), masked, "{item}");
                assert_eq!(item["report"]["checks"].as_array().unwrap().len(), 14);
            }
            if masked {
                let text = answer.to_string();
                assert!(!text.contains("苏E") && !text.contains("张") && !text.contains("320500"), "{text}");
            }
        }
        keep_up(&hall.app).await.unwrap();
        // Whom the scope refused the verdict saw nothing; the other two saw it.
        let told = looks(&hall, &driver).await;
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().all(|look| look.about.kind == "licence" && look.about.label == "C1"));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn nothing_is_lost_or_written_twice_when_a_write_fails() {
    for hall in Hall::open_all().await {
        let (car, [one, two]) = two_cars(&hall).await;
        let firm = Firm::new(&hall, "verify.marks", "all").await;
        let token = firm.token(&hall).await;
        verify(&hall.app, &token, json!([{"code": one}, {"code": two}])).await.is(200);
        hall.app.store.faults().fail_next_commit(Fault::Lost);
        assert!(log::flush(&hall.app).await.is_err());
        hall.app.clock.advance(SignedDuration::from_secs(1));
        verify(&hall.app, &token, json!([{"code": one}])).await.is(200);
        keep_up(&hall.app).await.unwrap();
        keep_up(&hall.app).await.unwrap();
        let log = call(&hall.app, "checks", &token, None).await.is(200).json();
        let asked: Vec<u64> = log["items"].as_array().unwrap().iter().map(|i| i["asked"].as_u64().unwrap()).collect();
        assert_eq!(asked, [1, 2]);
        assert_eq!(looks(&hall, &owner_of(&hall, car).await).await.len(), 3);
        let me = call(&hall.app, "me", &token, None).await.is(200).json();
        assert_eq!(me["quota"]["day"]["used"], 3);
    }
}

/// What was written though the answer was lost is told apart from what was not.
#[tokio::test]
async fn an_unknown_commit_is_not_written_again() {
    for hall in Hall::open_all().await {
        let (car, [one, _]) = two_cars(&hall).await;
        let firm = Firm::new(&hall, "verify.marks", "all").await;
        let token = firm.token(&hall).await;
        verify(&hall.app, &token, json!([{"code": one}])).await.is(200);
        hall.app.store.faults().fail_next_commit(Fault::Kept);
        assert!(log::flush(&hall.app).await.is_err());
        keep_up(&hall.app).await.unwrap();
        let log = call(&hall.app, "checks", &token, None).await.is(200).json();
        assert_eq!(log["items"].as_array().unwrap().len(), 1);
        assert_eq!(looks(&hall, &owner_of(&hall, car).await).await.len(), 1);
    }
}

#[tokio::test]
async fn while_a_large_batch_is_judged_others_are_served() {
    let hall = Hall::open(Engine::Sqlite).await;
    let (_, [one, _]) = two_cars(&hall).await;
    let firm = Firm::new(&hall, "verify.marks", "all").await;
    let token = firm.token(&hall).await;
    // As many questions as items: the plate differs, so nothing is judged once for all.
    let items: Vec<Value> = (0..2_000).map(|n| json!({"code": one, "expected_plate": format!("苏E{n:05}")})).collect();
    let done = Mutex::new(Vec::new());
    let large = async {
        let answer = verify(&hall.app, &token, json!(items)).await.is(200).json();
        done.lock().unwrap().push("large");
        answer
    };
    let small = async {
        call(&hall.app, "me", &token, None).await.is(200);
        verify(&hall.app, &token, json!([{"code": "x"}])).await.is(200);
        done.lock().unwrap().push("small");
    };
    let (answer, ()) = tokio::join!(large, small);
    assert_eq!(*done.lock().unwrap(), ["small", "large"]);
    assert_eq!(answer["items"].as_array().unwrap().len(), 2_000);
    assert_eq!((answer["counts"]["valid"].as_u64(), answer["counts"]["not_valid"].as_u64()), (Some(1), Some(1_999)));
}

#[tokio::test]
async fn the_counter_is_told_what_it_has_to_know() {
    for hall in Hall::open_all().await {
        let (_, [mark, _]) = two_cars(&hall).await;
        let (driver, code) = live_code(&hall, 1).await;
        let (_, new) = new_drivers_code(&hall, 2).await;
        let firm = Firm::new(&hall, "verify.licences", "320000").await;
        let token = firm.token(&hall).await;
        let check = async |code: &str| {
            let body = json!({"code": code, "purpose": "rental_pickup"}).to_string();
            call(&hall.app, "licences/check", &token, Some(body)).await
        };
        let good = check(&code).await.is(200);
        assert!(good.headers.contains_key("ratelimit"));
        let good = good.json();
        assert_eq!((good["hand_over"].as_str(), good["report"]["verdict"].as_str()), (Some("yes"), Some("valid")));
        assert_eq!(good["classes"][0]["code"], "C1");
        assert_eq!(
            (good["practice"]["running"].as_bool(), good["practice_unknown"].as_bool()),
            (Some(false), Some(false))
        );
        let beginner = check(&new).await.is(200).json();
        assert_eq!(
            (beginner["hand_over"].as_str(), beginner["practice"]["until"].as_str()),
            (Some("ask"), Some("2027-05-05"))
        );
        assert_eq!(beginner["practice"]["classes"], json!(["C1"]));
        assert_eq!(check(&mark).await.is(422).code(), "not_a_licence");
        assert_eq!(check("x").await.is(200).json()["hand_over"], "ask");
        hall.app.clock.advance(SignedDuration::from_secs(61));
        let late = check(&code).await.is(200).json();
        assert_eq!((late["hand_over"].as_str(), late["report"]["reason"].as_str()), (Some("no"), Some("replayed")));
        keep_up(&hall.app).await.unwrap();
        let told = looks(&hall, &driver).await;
        assert_eq!(told[0].purpose_text.zh, "租车取车核验");
        let elsewhere = Firm::new(&hall, "verify.licences", "310000").await;
        let (_, fresh) = live_code(&hall, 3).await;
        let body = json!({"code": fresh, "purpose": "rental_pickup"}).to_string();
        let answer = call(&hall.app, "licences/check", &elsewhere.token(&hall).await, Some(body)).await.is(200).json();
        assert_eq!((answer["outside_region"].as_bool(), answer["classes"].as_array().unwrap().len()), (Some(true), 0));
        assert!(answer["practice"].is_null() && answer["report"]["credential"].is_null(), "{answer}");
        let marks_only = Firm::new(&hall, "verify.marks", "all").await.token(&hall).await;
        let body = json!({"code": fresh, "purpose": "rental_pickup"}).to_string();
        assert_eq!(
            call(&hall.app, "licences/check", &marks_only, Some(body)).await.is(403).code(),
            "insufficient_scope"
        );
    }
}
