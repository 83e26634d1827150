//! Signing in with a real name: phone and code, identity, counter; wrong codes and lock-out; sessions; the phone.

use crate::hall::{Hall, registered, status};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use jiff::SignedDuration;
use luzheng::http::router;
use luzheng::usecase::account::code::{LIFETIME_S, MAX_TRIES};
use luzheng::usecase::session::FRESH_S;
use luzheng::usecase::{notify, session};
use luzheng_store::session::Person;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// The owner of the cars of [`registered`].
const PHONE: &str = "13800001234";
const NAME: &str = "张三丰";
const NUMBER: &str = "11010519491231002X";
const ANDROID: &str =
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36";
const IPHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1";

/// An answer.
#[derive(Debug)]
struct Said {
    status: StatusCode,
    retry_after: Option<i64>,
    body: Value,
}

impl Said {
    fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or_default())
    }
}

/// A browser: it keeps cookies and calls itself something.
struct Browser<'a> {
    hall: &'a Hall,
    agent: &'a str,
    network: [u8; 4],
    session: Option<String>,
    device: Option<String>,
}

impl<'a> Browser<'a> {
    fn new(hall: &'a Hall, agent: &'a str) -> Self {
        Self { hall, agent, network: [203, 0, 113, 7], session: None, device: None }
    }

    /// The same phone in another hand: the cookies, in a browser of its own.
    fn stolen(&self, agent: &'a str) -> Self {
        Self { agent, session: self.session.clone(), device: self.device.clone(), ..Self::new(self.hall, agent) }
    }

    async fn call(&mut self, method: &str, path: &str, body: Value) -> Said {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"))
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, self.agent)
            .extension(ConnectInfo(SocketAddr::from((self.network, 1))));
        for (name, value) in [("lz_session", &self.session), ("lz_device", &self.device)] {
            if let Some(value) = value {
                request = request.header(header::COOKIE, format!("{name}={value}"));
            }
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = router(Arc::clone(&self.hall.app)).oneshot(request).await.unwrap();
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            assert!(text.contains("; HttpOnly; SameSite=Strict"), "{text}");
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            let value = (!value.is_empty()).then(|| value.to_owned());
            if name == "lz_session" { self.session = value } else { self.device = value }
        }
        let status = response.status();
        let retry_after = response.headers().get(header::RETRY_AFTER).map(|v| v.to_str().unwrap().parse().unwrap());
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap_or(Value::Null) };
        Said { status, retry_after, body }
    }

    async fn get(&mut self, path: &str) -> Said {
        self.call("GET", path, Value::Null).await
    }

    async fn post(&mut self, path: &str, body: Value) -> Said {
        self.call("POST", path, body).await
    }

    async fn ask(&mut self, phone: &str) -> Said {
        self.post("/session/code", json!({"phone": phone})).await
    }

    async fn enter(&mut self, phone: &str, code: &str) -> Said {
        self.post("/session/code/confirm", json!({"phone": phone, "code": code, "device_name": null})).await
    }

    /// Signs in by phone and code, a second after whatever was before.
    async fn sign_in(&mut self, phone: &str) -> Said {
        pass(self.hall, 1);
        let said = self.ask(phone).await;
        assert_eq!(said.status, StatusCode::ACCEPTED, "{said:?}");
        let said = self.enter(phone, &sent(self.hall)).await;
        assert_eq!(said.status, StatusCode::OK, "{said:?}");
        said
    }

    async fn identify(&mut self) -> Said {
        self.post("/citizen/identity", json!({"name": NAME, "id_number": NUMBER})).await
    }

    /// A demonstration's person, signed in with one tap.
    async fn tap(&mut self, number: u128, role: &str, owner: Option<Uuid>) -> Said {
        put_person(self.hall, number, role, owner).await;
        self.post("/demo/sign-in", json!({"id": Uuid::from_u128(number)})).await
    }
}

/// The code in the newest text message.
fn sent(hall: &Hall) -> String {
    let newest = notify::outbox(&hall.app).unwrap().into_iter().next().unwrap();
    newest.body.zh.chars().take_while(char::is_ascii_digit).collect()
}

fn wrong(code: &str) -> String {
    code.chars().rev().map(|c| if c == '9' { '0' } else { char::from(c as u8 + 1) }).rev().collect()
}

fn pass(hall: &Hall, seconds: i64) {
    hall.app.clock.advance(SignedDuration::from_secs(seconds));
}

async fn put_person(hall: &Hall, number: u128, role: &str, owner: Option<Uuid>) {
    let person = Person {
        id: Uuid::from_u128(number),
        role: role.into(),
        owner,
        name: role.into(),
        params: "{}".into(),
        created_at: hall.app.clock.now(),
    };
    let mut tx = hall.app.store.write().await.unwrap();
    tx.put_person(&person).await.unwrap();
    tx.commit().await.unwrap();
}

/// Counter code for the owner, made by staff.
async fn counter_code(hall: &Hall) -> String {
    let mut desk = Browser::new(hall, IPHONE);
    desk.tap(77, "staff", None).await;
    let said = desk.post("/staff/counter-codes", json!({"name": NAME, "id_number": NUMBER})).await;
    assert_eq!(said.status, StatusCode::OK, "{said:?}");
    assert_eq!(said.body["name_masked"], "张*丰");
    said.body["code"].as_str().unwrap().to_owned()
}

/// Notices of a kind that the owner of car 1 has.
async fn notices(hall: &Hall, kind: &str) -> usize {
    let mut tx = hall.app.store.read().await.unwrap();
    let vehicle = tx.vehicles(None, 1).await.unwrap().remove(0);
    tx.notices(vehicle.facts.owner, None, 50).await.unwrap().iter().filter(|n| n.kind == kind).count()
}

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
