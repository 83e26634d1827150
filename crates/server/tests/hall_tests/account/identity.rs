//! From phone to counter: who somebody is, and what is said of it nowhere.

use super::{ANDROID, Browser, IPHONE, NAME, NUMBER, PHONE, counter_code, pass, sent, wrong};
use crate::hall::{Hall, registered};
use axum::http::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn from_phone_to_counter() {
    for hall in Hall::open_all().await {
        hall.car(1).await;
        let mut browser = Browser::new(&hall, ANDROID);
        let ways = browser.get("/session/ways").await;
        assert_eq!((&ways.body["code"], &ways.body["demo"]), (&json!(true), &json!(true)));
        let asked = browser.ask(" 138-0000 1234").await;
        assert_eq!((asked.status, &asked.body["to_masked"]), (StatusCode::ACCEPTED, &json!("138****1234")));
        assert_eq!(asked.body["resend_after_s"], 60);
        let code = sent(&hall);
        assert_eq!(code.len(), 6);
        let said = browser.enter(PHONE, &code).await;
        assert_eq!((said.status, &said.body["new_device"]), (StatusCode::OK, &json!(false)));
        let me = &said.body["me"];
        assert_eq!((me["level"].as_str(), me["how"].as_str()), (Some("L1"), Some("code")));
        assert_eq!((&me["has_owner"], &me["name"]["zh"]), (&json!(false), &json!("138****1234")));
        assert_eq!(browser.enter(PHONE, &code).await.code(), (403, "wrong_code"), "a code counts once");

        let refused = browser.get("/citizen/vehicles").await;
        assert_eq!(refused.code(), (403, "assurance_needed"), "{refused:?}");
        let me = browser.identify().await;
        assert_eq!((me.status, &me.body["level"]), (StatusCode::OK, &json!("L2")), "{me:?}");
        assert_eq!((&me.body["name"]["zh"], &me.body["has_owner"]), (&json!(NAME), &json!(true)));
        let vehicles = browser.get("/citizen/vehicles").await;
        let vehicle = &vehicles.body["items"][0];
        assert_eq!(vehicle["plate_number"], "苏E00001", "{vehicles:?}");
        let live = format!("/citizen/marks/{}/live", vehicle["mark"]["id"].as_str().unwrap());
        assert_eq!(browser.post(&live, json!({})).await.code(), (403, "assurance_needed"));

        let code = counter_code(&hall).await;
        assert_eq!(code.len(), 8);
        assert_eq!(
            browser.post("/citizen/identity/counter", json!({"code": wrong(&code)})).await.code(),
            (403, "wrong_code")
        );
        let me = browser.post("/citizen/identity/counter", json!({"code": code})).await;
        assert_eq!((me.status, &me.body["level"]), (StatusCode::OK, &json!("L4")), "{me:?}");
        assert_eq!(browser.post(&live, json!({})).await.status, StatusCode::OK);
        pass(&hall, 1);
        let again = browser.post("/citizen/identity/counter", json!({"code": code})).await;
        assert_eq!(again.code(), (403, "wrong_code"), "a counter code counts once");

        let account = browser.get("/citizen/account").await.body;
        assert_eq!((&account["level"], &account["phone_masked"]), (&json!("L4"), &json!("138****1234")));
        assert!(account["levels"].as_array().unwrap().iter().all(|l| l["reached"] == true));
        let told: Vec<&str> =
            account["history"].as_array().unwrap().iter().map(|h| h["what"]["en"].as_str().unwrap()).collect();
        assert_eq!(told.first(), Some(&"wrong one-time code"));
        assert!(told.contains(&"confirmed at the counter") && told.contains(&"account opened"), "{told:?}");
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn nothing_of_codes_phones_and_names_is_in_journal_or_tables() {
    for hall in Hall::open_all().await {
        hall.car(1).await;
        let mut browser = Browser::new(&hall, ANDROID);
        browser.sign_in(PHONE).await;
        browser.ask(PHONE).await;
        let code = sent(&hall);
        browser.enter(PHONE, &wrong(&code)).await;
        browser.enter(PHONE, &code).await;
        browser.identify().await;
        let counter = counter_code(&hall).await;
        browser.post("/citizen/identity/counter", json!({"code": counter})).await;
        let mut tx = hall.app.store.read().await.unwrap();
        let owner = tx.vehicles(None, 1).await.unwrap().remove(0).facts.owner;
        let person = tx.person_of_owner(owner).await.unwrap().unwrap();
        let mut entries = tx.audit_of(person, 100).await.unwrap();
        entries.extend(tx.audit_of(owner, 100).await.unwrap());
        let actions: Vec<&str> = entries.iter().map(|e| e.action.as_str()).collect();
        for action in [
            "account.opened",
            "account.signed_in_code",
            "account.wrong_code",
            "account.identity_confirmed",
            "counter_code.made",
            "counter_code.used",
        ] {
            assert!(actions.contains(&action), "{action} of {actions:?}");
        }
        let whole: String = entries.iter().map(|e| format!("{} {} {}\n", e.actor, e.action, e.detail)).collect();
        for secret in [PHONE, NAME, NUMBER, code.as_str(), counter.as_str()] {
            assert!(!whole.contains(secret), "{whole}");
        }
    }
}

#[tokio::test]
async fn identity_that_does_not_agree_is_refused_alike_and_locked() {
    for hall in Hall::open_all().await {
        hall.car(1).await;
        let mut browser = Browser::new(&hall, ANDROID);
        browser.sign_in("13900009999").await;
        let mut answers = Vec::new();
        // Right but for the phone; a wrong name; a number nobody has.
        for (name, number) in [(NAME, NUMBER), ("李四", NUMBER), (NAME, "110101199003074514")] {
            let mut said = browser.post("/citizen/identity", json!({"name": name, "id_number": number})).await;
            assert_eq!(said.code(), (422, "identity_mismatch"), "{said:?}");
            said.body["tries_left"] = Value::Null;
            answers.push(said.body);
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
        let bad = browser.post("/citizen/identity", json!({"name": NAME, "id_number": "123"})).await;
        assert_eq!(bad.code(), (400, "bad_id_number"), "a slip of the hand is not counted");
        assert_eq!(browser.identify().await.body["tries_left"], 1);
        let said = browser.identify().await;
        assert_eq!((said.code(), said.retry_after), ((429, "locked"), Some(3_600)));
        pass(&hall, 3_600);
        assert_eq!(browser.identify().await.code(), (422, "identity_mismatch"));
    }
}

#[tokio::test]
async fn a_person_of_the_register_has_one_account_and_the_counter_moves_it() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let owner = hall.app.store.read().await.unwrap().find_vehicle(car).await.unwrap().unwrap().facts.owner;
        // The first account goes by another phone now.
        let mut first = Browser::new(&hall, ANDROID);
        first.sign_in(PHONE).await;
        first.identify().await;
        let code = counter_code(&hall).await;
        first.post("/citizen/identity/counter", json!({"code": code})).await;
        first.post("/citizen/phone/code", json!({"phone": "13700007777"})).await;
        let said = first.post("/citizen/phone", json!({"phone": "13700007777", "code": sent(&hall)})).await;
        assert_eq!(said.status, StatusCode::OK, "{said:?}");
        let mut second = Browser::new(&hall, IPHONE);
        assert_eq!(second.sign_in(PHONE).await.body["me"]["level"], "L1", "the phone is free and opens a new account");
        assert_eq!(second.identify().await.code(), (409, "already_linked"));
        let code = counter_code(&hall).await;
        let me = second.post("/citizen/identity/counter", json!({"code": code})).await;
        assert_eq!((me.status, &me.body["level"]), (StatusCode::OK, &json!("L4")), "{me:?}");
        assert_eq!(first.get("/citizen/me").await.code(), (401, "sign_in_required"), "the first is signed out");
        pass(&hall, 60);
        assert_eq!(first.sign_in("13700007777").await.body["me"]["level"], "L1");
        let holder = hall.app.store.read().await.unwrap().person_of_owner(owner).await.unwrap();
        assert_eq!(holder.map(|id| json!(id)), Some(me.body["id"].clone()));
    }
}

#[tokio::test]
async fn counter_codes_are_for_people_of_the_register_and_die() {
    for hall in Hall::open_all().await {
        hall.event(&registered(1)).await;
        let mut desk = Browser::new(&hall, ANDROID);
        desk.tap(77, "staff", None).await;
        for (name, number) in [("李四", NUMBER), (NAME, "110101199003074514")] {
            let said = desk.post("/staff/counter-codes", json!({"name": name, "id_number": number})).await;
            assert_eq!(said.code(), (422, "identity_mismatch"));
        }
        let code = counter_code(&hall).await;
        let mut browser = Browser::new(&hall, IPHONE);
        browser.sign_in("13900009999").await;
        pass(&hall, 15 * 60);
        assert_eq!(browser.post("/citizen/identity/counter", json!({"code": code})).await.code(), (403, "wrong_code"));
        for _ in 0..3 {
            browser.post("/citizen/identity/counter", json!({"code": "1"})).await;
        }
        let said = browser.post("/citizen/identity/counter", json!({"code": "1"})).await;
        assert_eq!((said.code(), said.retry_after), ((429, "locked"), Some(3_600)));
        let code = counter_code(&hall).await;
        assert_eq!(browser.post("/citizen/identity/counter", json!({"code": code})).await.code(), (429, "locked"));
    }
}
