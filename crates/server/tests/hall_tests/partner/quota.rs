//! How much may be asked: all or nothing, told honestly, counted across processes.

use super::firm::{Firm, call, new, verify};
use crate::browser::Reply;
use crate::hall::Hall;
use jiff::SignedDuration;
use luzheng::app::{App, Opening};
use luzheng::usecase::partner::admin::NewPartner;
use luzheng::usecase::partner::keep_up;
use luzheng_store::Engine;
use serde_json::{Value, json};

fn codes(count: usize) -> Value {
    json!(vec![json!({"code": "x"}); count])
}

fn told(reply: &Reply) -> (String, String) {
    let text = |name: &str| reply.headers[name].to_str().unwrap().to_owned();
    (text("ratelimit-policy"), text("ratelimit"))
}

async fn small(hall: &Hall, day: u32, minute: u32) -> Firm {
    Firm::of(hall, &NewPartner { day_limit: Some(day), minute_limit: Some(minute), ..new("verify.marks", "all") }).await
}

#[tokio::test]
async fn a_quota_is_all_or_nothing_and_told_honestly() {
    let hall = Hall::open(Engine::Sqlite).await;
    let firm = small(&hall, 12, 5).await;
    let token = firm.token(&hall).await;
    let answer = verify(&hall.app, &token, codes(3)).await.is(200);
    // Noon in China, at the full minute.
    assert_eq!(
        told(&answer),
        ("\"minute\";q=5;w=60, \"day\";q=12;w=86400".into(), "\"minute\";r=2;t=60, \"day\";r=9;t=43200".into())
    );
    let over = verify(&hall.app, &token, codes(3)).await.is(429);
    assert_eq!((over.code().as_str(), over.headers["retry-after"].to_str().unwrap()), ("quota_minute", "60"));
    assert_eq!(told(&over).1, "\"minute\";r=2;t=60, \"day\";r=9;t=43200", "what was refused does not count");
    verify(&hall.app, &token, codes(2)).await.is(200);
    let never = verify(&hall.app, &token, codes(6)).await.is(400);
    assert_eq!(never.code(), "batch_over_quota", "waiting would not help");
    for _ in 0..2 {
        hall.app.clock.advance(SignedDuration::from_secs(60));
        verify(&hall.app, &token, codes(3)).await.is(200);
    }
    hall.app.clock.advance(SignedDuration::from_secs(60));
    let over = verify(&hall.app, &token, codes(2)).await.is(429);
    assert_eq!((over.code().as_str(), over.headers["retry-after"].to_str().unwrap()), ("quota_day", "43020"));
    let me = call(&hall.app, "me", &token, None).await.is(200).json();
    assert_eq!((me["quota"]["day"]["used"].as_u64(), me["quota"]["day"]["limit"].as_u64()), (Some(11), Some(12)));
    hall.app.clock.advance(SignedDuration::from_secs(43_020));
    let tomorrow = firm.token(&hall).await;
    verify(&hall.app, &tomorrow, codes(5)).await.is(200);
}

#[tokio::test]
async fn the_day_is_one_for_all_processes() {
    for hall in Hall::open_all().await {
        let firm = small(&hall, 10, 10).await;
        let token = firm.token(&hall).await;
        let other =
            App::open(hall.app.settings.clone(), hall.app.clock.clone(), Opening::MustBePrepared).await.unwrap().0;
        verify(&hall.app, &token, codes(6)).await.is(200);
        keep_up(&hall.app).await.unwrap();
        keep_up(&other).await.unwrap();
        assert_eq!(verify(&other, &token, codes(5)).await.is(429).code(), "quota_day");
        verify(&other, &token, codes(4)).await.is(200);
        keep_up(&other).await.unwrap();
        keep_up(&hall.app).await.unwrap();
        let me = call(&hall.app, "me", &token, None).await.is(200).json();
        assert_eq!(me["quota"]["day"]["used"], 10, "nothing is counted twice");
    }
}
