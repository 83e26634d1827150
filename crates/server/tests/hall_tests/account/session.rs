//! Sessions: stolen cookies, fresh proofs, new devices, signing out, lifetimes; the phone that signs in.

use super::{ANDROID, Browser, IPHONE, PHONE, counter_code, notices, pass, sent, wrong};
use crate::hall::{Hall, status};
use axum::http::StatusCode;
use luzheng::usecase::notify;
use luzheng::usecase::session;
use luzheng::usecase::session::FRESH_S;
use serde_json::{Value, json};
use uuid::Uuid;

#[tokio::test]
async fn a_stolen_cookie_is_dead_after_reauthentication_and_useless_in_another_browser() {
    for hall in Hall::open_all().await {
        hall.car(1).await;
        let mut browser = Browser::new(&hall, ANDROID);
        browser.sign_in(PHONE).await;
        assert_eq!(browser.stolen(IPHONE).get("/citizen/me").await.code(), (401, "reauthenticate"));
        let mut thief = browser.stolen(ANDROID);
        assert_eq!(thief.get("/citizen/me").await.status, StatusCode::OK, "the same family cannot be told apart");
        let said = browser.post("/session/reauthenticate/code", Value::Null).await;
        assert_eq!(said.status, StatusCode::ACCEPTED, "{said:?}");
        let code = sent(&hall);
        assert_eq!(
            thief.post("/session/reauthenticate", json!({"code": wrong(&code), "demo": false})).await.code(),
            (403, "wrong_code")
        );
        assert_eq!(
            thief.post("/session/reauthenticate", json!({"code": null, "demo": true})).await.code(),
            (403, "not_a_demo_person")
        );
        assert_eq!(
            thief.enter(PHONE, &code).await.code(),
            (403, "wrong_code"),
            "a code for one thing is none for another"
        );
        let me = browser.post("/session/reauthenticate", json!({"code": code})).await;
        assert_eq!(me.status, StatusCode::OK, "{me:?}");
        assert_eq!(thief.get("/citizen/me").await.code(), (401, "sign_in_required"), "the old cookie is dead at once");
        assert_eq!(browser.get("/citizen/me").await.status, StatusCode::OK);
        let list = browser.get("/citizen/sessions").await.body;
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "it is the same session");
    }
}

#[tokio::test]
async fn sensitive_acts_need_a_fresh_proof() {
    for hall in Hall::open_all().await {
        let mut browser = Browser::new(&hall, ANDROID);
        let tapped = browser.tap(5, "citizen", None).await;
        assert_eq!((&tapped.body["level"], &tapped.body["how"]), (&json!("L3"), &json!("demo")));
        let ask = async |phone: &str, browser: &mut Browser<'_>| {
            browser.post("/citizen/phone/code", json!({"phone": phone})).await
        };
        assert_eq!(ask(PHONE, &mut browser).await.status, StatusCode::ACCEPTED);
        pass(&hall, FRESH_S);
        assert_eq!(ask(PHONE, &mut browser).await.status, StatusCode::ACCEPTED, "the last fresh second");
        pass(&hall, 1);
        let code = sent(&hall);
        assert_eq!(ask("13900009999", &mut browser).await.code(), (403, "reauthenticate"));
        let change = json!({"phone": PHONE, "code": code});
        assert_eq!(browser.post("/citizen/phone", change.clone()).await.code(), (403, "reauthenticate"));
        assert_eq!(
            browser.post("/session/reauthenticate", json!({"code": null, "demo": true})).await.status,
            StatusCode::OK
        );
        let me = browser.post("/citizen/phone", change).await;
        assert_eq!((me.status, &me.body["phone_masked"]), (StatusCode::OK, &json!("138****1234")), "{me:?}");
        assert_eq!(ask(PHONE, &mut browser).await.code(), (422, "same_phone"));
    }
}

#[tokio::test]
async fn a_new_device_is_told_once_and_a_code_alone_counts_little_there() {
    for hall in Hall::open_all().await {
        hall.car(1).await;
        let mut phone = Browser::new(&hall, ANDROID);
        phone.sign_in(PHONE).await;
        phone.identify().await;
        assert_eq!(notices(&hall, "new_device").await, 0, "the first device is no news");
        let mut tablet = Browser::new(&hall, IPHONE);
        let said = tablet.sign_in(PHONE).await;
        assert_eq!((&said.body["new_device"], &said.body["me"]["level"]), (&json!(true), &json!("L1")));
        // Whoever got the number of somebody else sees nothing of them.
        assert_eq!(
            (&said.body["me"]["has_owner"], &said.body["me"]["name"]["zh"]),
            (&json!(false), &json!("138****1234"))
        );
        assert_eq!(tablet.get("/citizen/notices").await.code(), (403, "assurance_needed"));
        assert_eq!(tablet.get("/citizen/sessions").await.body["items"].as_array().unwrap().len(), 1);
        let seen = tablet.get("/citizen/account").await.body;
        assert!(seen["history"].as_array().unwrap().iter().all(|h| h["what"]["en"] != "account opened"), "{seen}");
        assert_eq!(notices(&hall, "new_device").await, 1);
        let me = tablet.identify().await;
        assert_eq!((me.status, &me.body["level"]), (StatusCode::OK, &json!("L2")), "{me:?}");
        assert_eq!(tablet.get("/citizen/sessions").await.body["items"].as_array().unwrap().len(), 2);
        let told = tablet.get("/citizen/notices").await.body;
        let told = told["items"].as_array().unwrap().iter().find(|n| n["kind"] == "new_device").unwrap();
        assert!(told["body"]["zh"].as_str().unwrap().contains("Safari · iPhone"), "{told}");
        tablet.post("/session/sign-out", Value::Null).await;
        let said = tablet.sign_in(PHONE).await;
        assert_eq!((&said.body["new_device"], &said.body["me"]["level"]), (&json!(false), &json!("L2")));
        assert_eq!(notices(&hall, "new_device").await, 1, "told once");
    }
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    for hall in Hall::open_all().await {
        let mut here = Browser::new(&hall, ANDROID);
        here.sign_in(PHONE).await;
        let mut others = Vec::new();
        for agent in [IPHONE, ANDROID] {
            let mut other = Browser::new(&hall, agent);
            pass(&hall, 1);
            other.ask(PHONE).await;
            let code = sent(&hall);
            let body = json!({"phone": PHONE, "code": code, "device_name": "老张的平板"});
            assert_eq!(other.post("/session/code/confirm", body).await.status, StatusCode::OK);
            others.push(other);
        }
        let list = here.get("/citizen/sessions").await.body["items"].as_array().unwrap().clone();
        assert_eq!(list.len(), 3);
        assert_eq!(list.iter().filter(|s| s["current"] == true).count(), 1);
        assert_eq!((&list[2]["device"], &list[0]["device"]), (&json!("Chrome · Android"), &json!("老张的平板")));
        assert_eq!(here.post(&format!("/citizen/sessions/{}/end", Uuid::nil()), Value::Null).await.code().0, 404);
        let path = format!("/citizen/sessions/{}/end", list[0]["id"].as_str().unwrap());
        let mut stranger = Browser::new(&hall, ANDROID);
        stranger.sign_in("13900009999").await;
        assert_eq!(stranger.post(&path, Value::Null).await.code(), (404, "not_found"), "not theirs");
        assert_eq!(here.post(&path, Value::Null).await.status, StatusCode::NO_CONTENT);
        assert_eq!(others[1].get("/citizen/me").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(others[0].get("/citizen/me").await.status, StatusCode::OK);
        assert_eq!(here.post("/citizen/sessions/end-others", Value::Null).await.body["ended"], 1);
        assert_eq!(others[0].get("/citizen/me").await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(here.post("/citizen/sessions/end-all", Value::Null).await.status, StatusCode::NO_CONTENT);
        assert_eq!(here.session, None, "the cookie is taken back");
        assert_eq!(here.get("/citizen/me").await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn sessions_end_when_unused_and_at_last() {
    for hall in Hall::open_all().await {
        let settings = hall.app.settings.account;
        let idle = i64::from(settings.citizen_idle_s);
        let mut browser = Browser::new(&hall, ANDROID);
        browser.sign_in(PHONE).await;
        let mut used = 0;
        while used + idle - 1 < i64::from(settings.citizen_lifetime_s) {
            pass(&hall, idle - 1);
            used += idle - 1;
            assert_eq!(browser.get("/citizen/me").await.status, StatusCode::OK, "used before it was idle for too long");
        }
        pass(&hall, i64::from(settings.citizen_lifetime_s) - used);
        assert_eq!(browser.get("/citizen/me").await.status, StatusCode::UNAUTHORIZED, "at its end, however used");
        browser.sign_in(PHONE).await;
        pass(&hall, idle);
        assert_eq!(browser.get("/citizen/me").await.status, StatusCode::UNAUTHORIZED, "unused for too long");
        session::sweep(&hall.app).await.unwrap();
        let mut desk = Browser::new(&hall, ANDROID);
        desk.tap(77, "staff", None).await;
        pass(&hall, i64::from(settings.staff_idle_s));
        assert_eq!(desk.get("/staff/me").await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_phone_goes_to_whoever_has_it_in_hand() {
    for hall in Hall::open_all().await {
        hall.car(1).await;
        let mut before = Browser::new(&hall, ANDROID);
        before.sign_in("13900009999").await;
        let mut owner = Browser::new(&hall, IPHONE);
        owner.sign_in(PHONE).await;
        assert_eq!(
            owner.post("/citizen/phone/code", json!({"phone": "13900009999"})).await.code(),
            (403, "assurance_needed")
        );
        let code = counter_code(&hall).await;
        owner.post("/citizen/identity/counter", json!({"code": code})).await;
        pass(&hall, 60);
        assert_eq!(
            owner.post("/citizen/phone/code", json!({"phone": "13900009999"})).await.status,
            StatusCode::ACCEPTED
        );
        let code = sent(&hall);
        let said = owner.post("/citizen/phone", json!({"phone": "13900009999", "code": wrong(&code)})).await;
        assert_eq!(said.code(), (403, "wrong_code"));
        let me = owner.post("/citizen/phone", json!({"phone": "13900009999", "code": code})).await;
        assert_eq!((me.status, &me.body["phone_masked"]), (StatusCode::OK, &json!("139****9999")), "{me:?}");
        assert_eq!(before.get("/citizen/me").await.status, StatusCode::UNAUTHORIZED, "who had it is signed out");
        assert_eq!(notices(&hall, "phone_changed").await, 1);
        let told = notify::outbox(&hall.app).unwrap().remove(0);
        assert_eq!(
            (told.to.as_str(), told.title.zh.as_str()),
            ("138****1234", "登录手机号已更换"),
            "the old phone is told"
        );
        // From now on notices go to the new phone, whatever the register knows.
        assert_eq!(
            owner.call("PUT", "/citizen/channels", json!({"sms": true, "email": null})).await.status,
            StatusCode::OK
        );
        hall.event(&status(1, "s1", "E", "2026-11-19T10:00:00+08:00")).await;
        assert!(notify::deliver(&hall.app).await.unwrap() > 0);
        assert_eq!(notify::outbox(&hall.app).unwrap()[0].to, "139****9999");
        let said = owner.sign_in("13900009999").await;
        assert_eq!(said.body["me"]["id"], me.body["id"], "the new phone signs in");
    }
}
