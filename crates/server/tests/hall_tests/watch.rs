//! The watch over checks: copies of codes and enumeration reach staff as flags; verdicts never change, and nothing of an anonymous check stays.

use crate::browser::Browser;
use crate::hall::{Hall, plate};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::SignedDuration;
use luzheng::http::router;
use luzheng::usecase::session::{Role, Session};
use luzheng::usecase::view::Text;
use luzheng::usecase::watch::{Caller, looked_up, may_look_up, write_flags};
use luzheng_credential::qr::text;
use luzheng_store::Engine;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// The text of a car's static code.
pub async fn code(hall: &Hall, car: Uuid) -> String {
    let mark = hall.current(car).await.unwrap();
    let signed = hall.app.store.read().await.unwrap().find_signed(mark.subject, mark.id).await.unwrap().unwrap();
    text::primary("localhost", &signed.message)
}

/// Somebody verifies, from an address.
pub async fn verify(hall: &Hall, from: &str, question: &Value) -> (StatusCode, Value) {
    let request =
        Request::post("/api/v1/verify").header("x-forwarded-for", from).body(Body::from(question.to_string()));
    let response = router(Arc::clone(&hall.app)).oneshot(request.unwrap()).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

/// A hall behind one proxy, so that callers have addresses.
pub async fn behind_a_proxy(engine: Engine) -> Hall {
    Hall::open_changed(engine, |settings| settings.account.trusted_proxies = 1).await
}

/// A browser in which a member of staff is signed in.
pub async fn staff(hall: &Hall) -> Browser<'_> {
    let id = Uuid::from_u128(41);
    let person = luzheng_store::session::Person {
        id,
        role: "staff".into(),
        owner: None,
        name: "x".into(),
        params: "{}".into(),
        created_at: hall.app.clock.now(),
    };
    let mut tx = hall.app.store.write().await.unwrap();
    tx.put_person(&person).await.unwrap();
    tx.commit().await.unwrap();
    let mut browser = Browser::new(hall);
    browser.tap(id).await;
    browser
}

#[tokio::test]
async fn a_code_seen_at_distant_places_becomes_a_flag_and_stays_valid() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hall = behind_a_proxy(engine).await;
        let car = hall.car(1).await;
        let code = code(&hall, car).await;
        let places =
            [("192.0.2.1", 31.29871, 120.58531), ("192.0.2.2", 23.12911, 113.26438), ("192.0.2.3", 43.8, 87.6)];
        for (from, lat, lon) in places {
            let (status, said) = verify(&hall, from, &json!({"code": code, "place": {"lat": lat, "lon": lon}})).await;
            assert_eq!((status, said["verdict"].as_str()), (StatusCode::OK, Some("valid")), "{said}");
            hall.app.clock.advance(SignedDuration::from_secs(60));
        }
        assert!(!write_flags(&hall.app).await.unwrap());
        let (_, said) = verify(&hall, "192.0.2.4", &json!({"code": code})).await;
        assert_eq!(said["verdict"], "valid", "a flag changes no verdict");

        let mut desk = staff(&hall).await;
        let page = desk.get("/api/v1/staff/flags").await.is(200).json();
        assert_eq!((page["open"].as_u64(), page["items"].as_array().unwrap().len()), (Some(1), 1), "{page}");
        let flag = &page["items"][0];
        assert_eq!((flag["kind"].as_str(), flag["rule"].as_str()), (Some("copied_code"), Some("distant_places")));
        assert_eq!(flag["credential"]["plate"], plate(1));
        assert_eq!(flag["credential"]["id"], hall.current(car).await.unwrap().id.to_string());
        let seen: Vec<&str> =
            flag["sightings"].as_array().unwrap().iter().map(|s| s["place"].as_str().unwrap()).collect();
        assert_eq!(seen, ["31.3,120.6", "23.1,113.3", "43.8,87.6"], "rounded, in their order");
        let all = flag.to_string();
        assert!(!all.contains("192.0.2") && !all.contains("31.29"), "neither addresses nor exact places: {all}");
        assert!(!flag["steps"].as_array().unwrap().is_empty());
        let noted = hall.app.store.read().await.unwrap().audit_of(car, 100).await.unwrap();
        assert_eq!(noted.iter().filter(|entry| entry.action == "flag.raised").count(), 1);
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_live_code_seen_at_two_places_within_its_minute_becomes_a_flag() {
    let hall = behind_a_proxy(Engine::Sqlite).await;
    let car = hall.car(1).await;
    let who = crate::inbox::owner_of(&hall, car).await;
    let mark = hall.current(car).await.unwrap();
    let live = luzheng::usecase::citizen::live(&hall.app, &who, mark.id).await.unwrap();
    let code = serde_json::to_value(&live).unwrap()["code"].as_str().unwrap().to_owned();
    for (from, lat, lon) in [("192.0.2.1", 31.3, 120.6), ("192.0.2.2", 39.9, 116.4)] {
        let (_, said) = verify(&hall, from, &json!({"code": code, "place": {"lat": lat, "lon": lon}})).await;
        assert_eq!(said["verdict"], "valid", "{said}");
        hall.app.clock.advance(SignedDuration::from_secs(20));
    }
    write_flags(&hall.app).await.unwrap();
    let page = staff(&hall).await.get("/api/v1/staff/flags").await.is(200).json();
    assert_eq!(page["items"][0]["rule"], "live_elsewhere", "{page}");
}

#[tokio::test]
async fn whoever_goes_through_plates_is_refused_for_a_while_and_named_to_staff() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hall = Hall::open(engine).await;
        let partner = Caller::Partner(Uuid::from_u128(7));
        let citizen = Caller::Citizen(Uuid::from_u128(8));
        let limits = hall.app.settings.watch.citizen;
        for number in 0..=limits.neighbours {
            assert!(may_look_up(&hall.app, citizen).is_ok(), "{number}");
            looked_up(&hall.app, citizen, true, &plate(number));
            looked_up(&hall.app, partner, true, &plate(number));
        }
        let refused = may_look_up(&hall.app, citizen).unwrap_err();
        assert_eq!((refused.code, refused.retry_after_s), ("too_many_look_ups", Some(600)));
        assert!(may_look_up(&hall.app, partner).is_ok(), "a fleet has plates in a row");
        assert!(may_look_up(&hall.app, Caller::Citizen(Uuid::from_u128(9))).is_ok(), "others are not concerned");
        for number in 0..hall.app.settings.watch.partner.misses {
            looked_up(&hall.app, partner, false, &format!("miss {}", number * 3));
        }
        assert!(may_look_up(&hall.app, partner).is_err());
        write_flags(&hall.app).await.unwrap();
        let page = staff(&hall).await.get("/api/v1/staff/flags").await.is(200).json();
        let told: Vec<(&str, &str)> = page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|flag| (flag["rule"].as_str().unwrap(), flag["caller"]["sort"].as_str().unwrap()))
            .collect();
        assert_eq!(BTreeMap::from_iter(told), BTreeMap::from([("many_misses", "partner"), ("in_a_row", "citizen")]));
        assert!(!page.to_string().contains(&plate(1)), "which plates they were stands nowhere");
        hall.app.clock.advance(SignedDuration::from_secs(601));
        assert!(may_look_up(&hall.app, citizen).is_ok() && may_look_up(&hall.app, partner).is_ok());
        looked_up(&hall.app, citizen, true, &plate(500));
        assert!(may_look_up(&hall.app, citizen).is_ok(), "it counts anew");
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

/// How many rows each table has.
async fn rows(hall: &Hall) -> BTreeMap<String, i64> {
    let sql = match hall.engine() {
        Engine::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Engine::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()",
    };
    let mut tx = hall.app.store.read().await.unwrap();
    let mut out = BTreeMap::new();
    for mut row in tx.raw_rows(sql, vec![]).await.unwrap() {
        let table = row.text().unwrap();
        let count =
            tx.raw_rows(&format!("SELECT COUNT(*) FROM {table}"), vec![]).await.unwrap().remove(0).int().unwrap();
        out.insert(table, count);
    }
    out
}

#[tokio::test]
async fn an_anonymous_check_leaves_no_row_in_any_table() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hall = behind_a_proxy(engine).await;
        let car = hall.car(1).await;
        let code = code(&hall, car).await;
        let before = rows(&hall).await;
        assert!(before.len() > 50 && before["vehicle"] == 1, "{before:?}");
        let place = json!({"lat": 31.3, "lon": 120.6});
        for question in [
            json!({"code": code}),
            json!({"code": code, "expected_plate": plate(1)}),
            json!({"code": code, "expected_plate": plate(2), "place": place}),
            json!({"code": code, "at": "2027-01-01T00:00:00Z"}),
            json!({"code": "hello", "place": place}),
        ] {
            assert_eq!(verify(&hall, "192.0.2.1", &question).await.0, StatusCode::OK, "{question}");
        }
        for path in ["/status", "/status/1", "/.well-known/luzheng/trust", "/.well-known/luzheng/root", "/V"] {
            Browser::new(&hall).get(path).await.is(200);
        }
        write_flags(&hall.app).await.unwrap();
        hall.run_jobs().await;
        assert_eq!(rows(&hall).await, before);
    }
}

#[tokio::test]
async fn staff_settle_a_flag_once_and_may_open_it_again() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hall = Hall::open(engine).await;
        let raise = async || {
            for number in 0..20 {
                looked_up(&hall.app, Caller::Officer(Uuid::from_u128(7)), true, &plate(number));
            }
            write_flags(&hall.app).await.unwrap();
            hall.app.clock.advance(SignedDuration::from_secs(1_201));
        };
        raise().await;
        raise().await;
        let mut desk = staff(&hall).await;
        let page = desk.get("/api/v1/staff/flags").await.is(200).json();
        assert_eq!(
            (page["items"].as_array().unwrap().len(), page["items"][0]["times"].as_u64()),
            (1, Some(2)),
            "{page}"
        );
        let path = format!("/api/v1/staff/flags/{}", page["items"][0]["id"].as_str().unwrap());
        let settle = format!("{path}/settle");
        assert_eq!(desk.post(&settle, &json!({"outcome": "revoked"})).await.is(400).code(), "unknown_outcome");
        let long = json!({"outcome": "nothing", "note": "长".repeat(501)});
        assert_eq!(desk.post(&settle, &long).await.is(400).code(), "note_too_long");
        let found = json!({"outcome": "nothing", "note": " 大队专项检查 "});
        let settled = desk.post(&settle, &found).await.is(200).json();
        assert_eq!(
            (settled["settled"]["note"].as_str(), settled["settled"]["by_me"].as_bool()),
            (Some("大队专项检查"), Some(true))
        );
        desk.post(&settle, &found).await.is(200);
        assert_eq!(desk.post(&settle, &json!({"outcome": "copied"})).await.is(409).code(), "settled_before");
        assert_eq!(desk.get("/api/v1/staff/flags").await.is(200).json()["open"], 0);
        let listed = desk.get("/api/v1/staff/flags?state=settled").await.is(200).json();
        assert_eq!(listed["items"][0]["settled"]["outcome"], "nothing");
        let reopened = desk.post(&format!("{path}/reopen"), &json!({})).await.is(200).json();
        assert!(reopened["settled"].is_null());
        desk.post(&settle, &json!({"outcome": "handed_on"})).await.is(200);
        raise().await;
        assert_eq!(desk.post(&format!("{path}/reopen"), &json!({})).await.is(409).code(), "open_again");
        assert_eq!(desk.get("/api/v1/staff/flags").await.is(200).json()["open"], 1, "what happens anew is a new flag");
        let nobody = format!("/api/v1/staff/flags/{}/settle", Uuid::nil());
        desk.post(&nobody, &json!({"outcome": "nothing"})).await.is(404);
        assert_eq!(desk.get("/api/v1/staff/flags?state=shut").await.is(400).code(), "bad_state");
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

/// What staff see of flags says neither who settled another's by name nor more of a person than an id.
#[tokio::test]
async fn another_member_of_staff_sees_that_it_was_not_them() {
    let hall = Hall::open(Engine::Sqlite).await;
    for number in 0..20 {
        looked_up(&hall.app, Caller::Officer(Uuid::from_u128(7)), true, &plate(number));
    }
    write_flags(&hall.app).await.unwrap();
    let clerk = |number| Session::acting(Uuid::from_u128(number), Role::Staff, None, Text::new("窗口李", "Counter Li"));
    let (one, other) = (clerk(1), clerk(2));
    let open = luzheng::usecase::flag::list(&hall.app, &one, true, None).await.unwrap();
    let outcome = luzheng::usecase::flag::Outcome::Nothing;
    luzheng::usecase::flag::settle(&hall.app, &one, open.items[0].id, outcome, None).await.unwrap();
    let seen = luzheng::usecase::flag::list(&hall.app, &other, false, None).await.unwrap();
    assert!(!seen.items[0].settled.as_ref().unwrap().by_me);
    assert!(!serde_json::to_string(&seen).unwrap().contains("窗口李"));
}
