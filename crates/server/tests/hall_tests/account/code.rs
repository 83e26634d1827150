//! One-time codes: the same answer for everybody, wrong ones, lock-out and its end, how often they are sent.

use super::{ANDROID, Browser, IPHONE, PHONE, pass, sent, wrong};
use crate::hall::Hall;
use axum::http::StatusCode;
use luzheng::usecase::account::code::{LIFETIME_S, MAX_TRIES};
use serde_json::json;

#[tokio::test]
async fn known_and_unknown_phones_get_the_same_answer() {
    for hall in Hall::open_all().await {
        let mut known = Browser::new(&hall, ANDROID);
        known.sign_in(PHONE).await;
        let mut stranger = Browser::new(&hall, ANDROID);
        let (one, other) = (stranger.ask(PHONE).await, stranger.ask("13900009999").await);
        assert_eq!(one.status, other.status);
        for member in ["resend_after_s", "expires_at"] {
            assert_eq!(one.body[member], other.body[member], "{member}");
        }
        let (one, other) = (stranger.enter(PHONE, "000000x").await, stranger.enter("13900009999", "000000x").await);
        assert_eq!((one.code(), &one.body), (other.code(), &other.body));
        for (phone, code) in [("12", "bad_phone"), ("", "bad_phone"), (&*"9".repeat(500), "bad_phone")] {
            assert_eq!(stranger.ask(phone).await.code(), (400, code), "{phone}");
        }
    }
}

#[tokio::test]
async fn wrong_codes_lock_the_phone_for_growing_times() {
    for hall in Hall::open_all().await {
        let mut thief = Browser::new(&hall, ANDROID);
        for lock in [15 * 60, 3_600, 4 * 3_600] {
            assert_eq!(thief.ask(PHONE).await.status, StatusCode::ACCEPTED);
            let code = sent(&hall);
            for left in (1..MAX_TRIES).rev() {
                let said = thief.enter(PHONE, &wrong(&code)).await;
                assert_eq!((said.code(), &said.body["tries_left"]), ((403, "wrong_code"), &json!(left)));
            }
            let said = thief.enter(PHONE, &wrong(&code)).await;
            assert_eq!((said.code(), said.retry_after), ((429, "locked"), Some(lock)), "{said:?}");
            // Neither the right code nor a new one helps while it is locked, from wherever it comes.
            let mut owner = Browser { network: [198, 51, 100, 1], ..Browser::new(&hall, IPHONE) };
            assert_eq!(owner.enter(PHONE, &code).await.code(), (429, "locked"));
            assert_eq!(owner.ask(PHONE).await.code(), (429, "locked"));
            assert_eq!(
                owner.ask("13900009999").await.status,
                StatusCode::ACCEPTED,
                "another phone is not locked along"
            );
            pass(&hall, lock - 1);
            assert_eq!(owner.enter(PHONE, &code).await.retry_after, Some(1));
            pass(&hall, 1);
            assert_eq!(owner.enter(PHONE, &code).await.code(), (403, "wrong_code"), "the code died with the lock");
        }
        let mut owner = Browser::new(&hall, IPHONE);
        owner.sign_in(PHONE).await;
        let mut thief = Browser::new(&hall, ANDROID);
        assert_eq!(thief.ask(PHONE).await.status, StatusCode::ACCEPTED);
        let code = sent(&hall);
        for _ in 1..MAX_TRIES {
            thief.enter(PHONE, &wrong(&code)).await;
        }
        pass(&hall, 1);
        assert_eq!(thief.enter(PHONE, &wrong(&code)).await.retry_after, Some(900), "a success forgot the locks before");
        let account = owner.get("/citizen/account").await.body;
        assert_eq!(account["history"][0]["what"]["en"], "too many wrong tries; locked for a while");
    }
}

#[tokio::test]
async fn a_code_lives_five_minutes_and_a_new_one_takes_its_place() {
    for hall in Hall::open_all().await {
        let mut browser = Browser::new(&hall, ANDROID);
        browser.ask(PHONE).await;
        let first = sent(&hall);
        pass(&hall, 60);
        browser.ask(PHONE).await;
        let second = sent(&hall);
        if first != second {
            assert_eq!(browser.enter(PHONE, &first).await.code(), (403, "wrong_code"));
        }
        pass(&hall, LIFETIME_S);
        assert_eq!(browser.enter(PHONE, &second).await.code(), (403, "wrong_code"), "the first dead instant");
        browser.ask(PHONE).await;
        pass(&hall, LIFETIME_S - 1);
        assert_eq!(browser.enter(PHONE, &sent(&hall)).await.status, StatusCode::OK, "the last second it lives");
    }
}

#[tokio::test]
async fn codes_are_sent_at_growing_distances() {
    for hall in Hall::open_all().await {
        let mut browser = Browser::new(&hall, ANDROID);
        for wait in [60, 60, 120, 300, 600] {
            let said = browser.ask(PHONE).await;
            assert_eq!((said.status, &said.body["resend_after_s"]), (StatusCode::ACCEPTED, &json!(wait)));
            let said = browser.ask(PHONE).await;
            assert_eq!((said.code(), said.retry_after), ((429, "too_often"), Some(wait)), "{said:?}");
            pass(&hall, wait);
        }
        browser.ask(PHONE).await;
        browser.enter(PHONE, &sent(&hall)).await;
        assert_eq!(browser.ask(PHONE).await.body["resend_after_s"], 60, "whoever got in begins anew");
    }
}

#[tokio::test]
async fn one_network_asks_for_so_many_codes_an_hour() {
    for hall in Hall::open_all().await {
        let most = hall.app.settings.account.codes_per_network_hour;
        let mut browser = Browser::new(&hall, ANDROID);
        for number in 0..most {
            assert_eq!(browser.ask(&format!("139{number:08}")).await.status, StatusCode::ACCEPTED);
        }
        let said = browser.ask(PHONE).await;
        assert_eq!((said.code(), said.retry_after), ((429, "too_often"), Some(3_600)));
        let mut elsewhere = Browser { network: [198, 51, 100, 1], ..Browser::new(&hall, ANDROID) };
        assert_eq!(elsewhere.ask(PHONE).await.status, StatusCode::ACCEPTED);
        pass(&hall, 3_600);
        assert_eq!(browser.ask(PHONE).await.status, StatusCode::ACCEPTED);
    }
}

#[tokio::test]
async fn an_account_that_somebody_opened_is_no_one_tap_sign_in() {
    for hall in Hall::open_all().await {
        let mut browser = Browser::new(&hall, ANDROID);
        browser.sign_in(PHONE).await;
        let me = browser.get("/citizen/me").await.body;
        let id: uuid::Uuid = me["id"].as_str().expect("an id").parse().expect("a UUID");
        let listed = luzheng::usecase::session::demo_people(&hall.app).await.expect("a demonstration");
        assert!(listed.iter().all(|person| person.id != id));
        let refused = luzheng::usecase::session::sign_in_demo(&hall.app, id).await.expect_err("not with a tap");
        assert_eq!(refused.code, "not_found");
    }
}
