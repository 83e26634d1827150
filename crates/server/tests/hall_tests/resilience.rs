//! The database is away: codes are verified on, with an honest age, everything else says that it has to wait, and nobody is told of a revocation
//! that is none.

use crate::browser::Browser;
use crate::hall::{FEED_TOKEN, Hall, registered};
use crate::watch::{code, staff, verify};
use axum::body::Body;
use axum::http::{Request, header};
use jiff::SignedDuration;
use luzheng::http::router;
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;

/// What a verdict says: verdict, reason, age of the status in seconds.
async fn said(hall: &Hall, code: &str) -> (String, Option<String>, Option<i64>) {
    let (_, said) = verify(hall, "192.0.2.1", &json!({"code": code})).await;
    let word = |value: &Value| value.as_str().map(str::to_owned);
    (word(&said["verdict"]).unwrap(), word(&said["reason"]), said["status"]["age_s"].as_i64())
}

#[tokio::test]
async fn verification_goes_on_and_says_how_old_its_status_is() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let code = code(&hall, car).await;
        let published = hall.app.published().lists.values().next().unwrap().iat;
        hall.app.store.close().await;
        let age = hall.app.clock.now().duration_since(published).as_secs();
        assert_eq!(said(&hall, &code).await, ("valid".into(), None, Some(age)));
        hall.app.clock.advance(SignedDuration::from_secs(24 * 3_600 - age));
        assert_eq!(said(&hall, &code).await, ("valid".into(), None, Some(86_400)), "a day old is not older than a day");
        hall.app.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(said(&hall, &code).await, ("attention".into(), Some("status_stale".into()), Some(86_401)));
        hall.app.clock.advance(SignedDuration::from_hours(6 * 24) - SignedDuration::from_secs(2));
        assert_eq!(said(&hall, &code).await, ("attention".into(), Some("status_stale".into()), Some(604_799)));
        hall.app.clock.advance(SignedDuration::from_secs(1));
        let (verdict, reason, _) = said(&hall, &code).await;
        assert_eq!((verdict.as_str(), reason.as_deref()), ("cannot_tell", Some("status_unavailable")));
    }
}

#[tokio::test]
async fn what_needs_the_database_says_503_and_when_to_come_back() {
    for hall in Hall::open_all().await {
        hall.car(1).await;
        let mut desk = staff(&hall).await;
        Browser::new(&hall).get("/readyz").await.is(200);
        hall.app.store.close().await;
        for path in ["/api/v1/staff/me", "/api/v1/staff/flags", "/api/v1/staff/papers"] {
            let reply = desk.get(path).await.is(503);
            assert_eq!(reply.code(), "store_unavailable", "{path}");
            assert!(reply.headers.contains_key(header::RETRY_AFTER), "{path}");
            assert!(!reply.text.contains("pool") && !reply.text.contains("sql"), "{path}: {}", reply.text);
        }
        let request = Request::post("/api/v1/events")
            .header(header::AUTHORIZATION, format!("Bearer {FEED_TOKEN}"))
            .body(Body::from(registered(2).to_string()));
        let response = router(Arc::clone(&hall.app)).oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key(header::RETRY_AFTER));

        let mut anyone = Browser::new(&hall);
        let away = anyone.get("/readyz").await.is(503);
        assert_eq!(away.code(), "database_away");
        assert!(away.headers.contains_key(header::RETRY_AFTER));
        anyone.get("/readyz?for=verification").await.is(200);
        for path in ["/healthz", "/metrics", "/status", "/status/1", "/.well-known/luzheng/trust", "/api/v1/meta", "/V"]
        {
            anyone.get(path).await.is(200);
        }
    }
}

#[tokio::test]
async fn a_trust_list_past_its_end_is_not_ready_to_verify() {
    let hall = Hall::open(luzheng_store::Engine::Sqlite).await;
    hall.app.clock.advance(SignedDuration::from_hours(31 * 24));
    let reply = Browser::new(&hall).get("/readyz?for=verification").await.is(503);
    assert_eq!(reply.code(), "trust_list_expired");
}
