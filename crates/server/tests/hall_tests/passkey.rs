//! Passkeys through the interface, with an authenticator in software: made, used, used wrongly, removed.

use crate::authenticator::Authenticator;
use crate::browser::{Browser, Reply};
use crate::hall::Hall;
use jiff::SignedDuration;
use luzheng::usecase::passkey::{CHALLENGE_S, MAX_NAME, MAX_PASSKEYS};
use luzheng_store::Engine;
use luzheng_store::account::Account;
use luzheng_store::session::Person;
use serde_json::{Value, json};
use uuid::Uuid;

const SITE: &str = "http://localhost:8123";
const ZHANG: Uuid = Uuid::from_u128(0x5a);
const LI: Uuid = Uuid::from_u128(0x11);

/// A hall where two people can sign in with a tap.
async fn peopled(engine: Engine) -> Hall {
    let hall = Hall::open(engine).await;
    let mut tx = hall.app.store.write().await.unwrap();
    for (id, name) in [(ZHANG, "张三丰"), (LI, "李四")] {
        let (role, params, created_at) = ("citizen".into(), "{}".into(), hall.app.clock.now());
        tx.put_person(&Person { id, role, owner: None, name: name.into(), params, created_at }).await.unwrap();
    }
    tx.commit().await.unwrap();
    hall
}

async fn signed_in(hall: &Hall, person: Uuid) -> Browser<'_> {
    let mut browser = Browser::new(hall);
    browser.tap(person).await;
    browser
}

async fn begin(browser: &mut Browser<'_>, path: &str) -> Value {
    browser.post(path, &json!({})).await.is(200).json()
}

/// Makes a passkey, as far as the server lets it.
async fn make(browser: &mut Browser<'_>, device: &mut Authenticator, name: &str) -> Reply {
    let begun = begin(browser, "/api/v1/citizen/passkeys/begin").await;
    let credential = device.create(&begun["options"]).expect("not excluded");
    let made = json!({"challenge_id": begun["challenge_id"], "name": name, "credential": credential});
    browser.post("/api/v1/citizen/passkeys/finish", &made).await
}

/// What a browser answers to a challenge that was begun here.
async fn answer(browser: &mut Browser<'_>, device: &mut Authenticator, path: &str) -> Value {
    let begun = begin(browser, path).await;
    let credential = device.get(&begun["options"]).expect("it has a credential");
    json!({"challenge_id": begun["challenge_id"], "credential": credential})
}

const SIGN_IN: (&str, &str) = ("/api/v1/session/passkey/begin", "/api/v1/session/passkey/finish");
const AGAIN: (&str, &str) =
    ("/api/v1/session/reauthenticate/passkey/begin", "/api/v1/session/reauthenticate/passkey/finish");

async fn use_it(browser: &mut Browser<'_>, device: &mut Authenticator, way: (&str, &str)) -> Reply {
    let used = answer(browser, device, way.0).await;
    browser.post(way.1, &used).await
}

/// Zhang with one passkey on one device.
async fn with_passkey(hall: &Hall) -> (Browser<'_>, Authenticator) {
    let (mut browser, mut device) = (signed_in(hall, ZHANG).await, Authenticator::new(SITE));
    make(&mut browser, &mut device, "我的手机").await.is(200);
    (browser, device)
}

async fn mine(browser: &mut Browser<'_>) -> Vec<Value> {
    browser.get("/api/v1/citizen/passkeys").await.is(200).json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn made_used_and_removed() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hall = peopled(engine).await;
        let mut home = signed_in(&hall, ZHANG).await;
        let mut device = Authenticator::new(SITE);
        device.synced = true;
        let begun = begin(&mut home, "/api/v1/citizen/passkeys/begin").await;
        assert!(!begun.to_string().contains("张三丰"), "the maker of a phone need not know the name: {begun}");
        let credential = device.create(&begun["options"]).unwrap();
        let made = json!({"challenge_id": begun["challenge_id"], "name": " 我的手机 ", "credential": credential});
        let made = home.post("/api/v1/citizen/passkeys/finish", &made).await.is(200).json();
        assert_eq!(
            (&made["name"], &made["synced"], &made["last_used_at"]),
            (&json!("我的手机"), &json!(true), &Value::Null)
        );

        let mut away = Browser::new(&hall);
        let reply = use_it(&mut away, &mut device, SIGN_IN).await.is(200);
        assert!(!reply.text.contains("c2VjcmV0"), "what an extension gave the app comes back to nobody");
        let signed_in = reply.json();
        assert_eq!(signed_in["me"]["id"], json!(ZHANG));
        assert_eq!((&signed_in["me"]["level"], &signed_in["me"]["how"]), (&json!("L3"), &json!("passkey")));
        away.get("/api/v1/citizen/me").await.is(200);
        assert_ne!(away.session(), home.session());
        let items = mine(&mut away).await;
        assert_eq!((items.len(), items[0]["last_used_at"].is_string()), (1, true));

        let id = items[0]["id"].as_str().unwrap().to_owned();
        let end = format!("/api/v1/citizen/passkeys/{id}/end");
        let mut stranger = signed_in_as_stranger(&hall).await;
        assert_eq!(stranger.post(&end, &json!({})).await.is(404).code(), "not_found");
        away.post(&end, &json!({})).await.is(204);
        away.post(&end, &json!({})).await.is(404);
        assert_eq!(mine(&mut away).await.len(), 0);
        let refused = use_it(&mut Browser::new(&hall), &mut device, SIGN_IN).await.is(403);
        assert_eq!(refused.code(), "passkey_unknown");
        home.get("/api/v1/citizen/me").await.is(200);
        hall.check_everything().await;
    }
}

async fn signed_in_as_stranger(hall: &Hall) -> Browser<'_> {
    signed_in(hall, LI).await
}

#[tokio::test]
async fn a_challenge_is_answered_once_in_time_and_for_what_it_was_begun() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hall = peopled(engine).await;
        let (mut home, mut device) = with_passkey(&hall).await;
        let mut away = Browser::new(&hall);
        let used = answer(&mut away, &mut device, SIGN_IN.0).await;
        away.post(SIGN_IN.1, &used).await.is(200);
        assert_eq!(away.post(SIGN_IN.1, &used).await.is(410).code(), "challenge_gone");
        assert_eq!(Browser::new(&hall).post(SIGN_IN.1, &used).await.is(410).code(), "challenge_gone");

        let late = answer(&mut away, &mut device, SIGN_IN.0).await;
        hall.app.clock.advance(SignedDuration::from_secs(CHALLENGE_S));
        assert_eq!(away.post(SIGN_IN.1, &late).await.is(410).code(), "challenge_gone");

        let sign_in = answer(&mut home, &mut device, SIGN_IN.0).await;
        assert_eq!(home.post(AGAIN.1, &sign_in).await.is(410).code(), "challenge_gone", "begun to sign in");
        let again = answer(&mut home, &mut device, AGAIN.0).await;
        assert_eq!(away.post(AGAIN.1, &again).await.is(410).code(), "challenge_gone", "begun in another session");
        for id in ["", "x", &"0".repeat(64), &"é".repeat(32)] {
            let mut other = sign_in.clone();
            other["challenge_id"] = json!(id);
            assert_eq!(away.post(SIGN_IN.1, &other).await.is(410).code(), "challenge_gone");
        }
        // An answer with another challenge inside it than the one it names.
        let (mut one, two) = (answer(&mut away, &mut device, SIGN_IN.0).await, begin(&mut away, SIGN_IN.0).await);
        one["challenge_id"] = two["challenge_id"].clone();
        assert_eq!(away.post(SIGN_IN.1, &one).await.is(403).code(), "passkey_refused");
    }
}

#[tokio::test]
async fn of_two_that_answer_at_once_one_gets_in() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hall = peopled(engine).await;
        let (_, mut device) = with_passkey(&hall).await;
        let used = answer(&mut Browser::new(&hall), &mut device, SIGN_IN.0).await;
        let (mut one, mut two) = (Browser::new(&hall), Browser::new(&hall));
        let (one, two) = tokio::join!(one.post(SIGN_IN.1, &used), two.post(SIGN_IN.1, &used));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 410]);
    }
}

#[tokio::test]
async fn what_is_not_for_us_or_not_by_its_owner_is_refused() {
    let hall = peopled(Engine::Sqlite).await;
    let (mut home, mut device) = with_passkey(&hall).await;
    type Turn = fn(&mut Authenticator);
    let turns: [(&str, Turn, &str); 6] = [
        ("another site", |d| d.origin = "https://evil.example".into(), "passkey_other_site"),
        ("a subdomain of ours", |d| d.origin = "http://evil.localhost:8123".into(), "passkey_other_site"),
        ("our name without TLS", |d| d.origin = "http://127.0.0.1:8123".into(), "passkey_other_site"),
        ("another relying party", |d| d.rp_id = Some("evil.example".into()), "passkey_other_site"),
        ("not verified", |d| d.verifies = false, "passkey_unverified"),
        ("nobody's", |d| d.tells_user = false, "passkey_unknown"),
    ];
    for (what, turn, code) in turns {
        let mut wrong = Authenticator::new(SITE);
        std::mem::swap(&mut wrong, &mut device);
        turn(&mut wrong);
        let refused = use_it(&mut Browser::new(&hall), &mut wrong, SIGN_IN).await.is(403);
        assert_eq!(refused.code(), code, "{what}");
        assert!(refused.headers.get("set-cookie").is_none(), "{what}");
        (wrong.origin, wrong.rp_id, wrong.verifies, wrong.tells_user) = (SITE.into(), None, true, true);
        device = wrong;
    }
    for (what, turn, code) in &turns[..5] {
        let mut wrong = Authenticator::new(SITE);
        turn(&mut wrong);
        let refused = make(&mut home, &mut wrong, what).await.is(403);
        assert_eq!(&refused.code(), code, "made: {what}");
    }
    assert_eq!(mine(&mut home).await.len(), 1);
    use_it(&mut Browser::new(&hall), &mut device, SIGN_IN).await.is(200);
}

#[tokio::test]
async fn a_changed_signature_or_answer_is_refused() {
    let hall = peopled(Engine::Sqlite).await;
    let (_, mut device) = with_passkey(&hall).await;
    let mut away = Browser::new(&hall);
    for member in ["signature", "authenticatorData", "clientDataJSON"] {
        let mut used = answer(&mut away, &mut device, SIGN_IN.0).await;
        let changed = used["credential"]["response"][member].as_str().unwrap().to_owned();
        let middle = changed.len() / 2;
        let letter = if changed.as_bytes()[middle] == b'A' { "B" } else { "A" };
        let changed = format!("{}{letter}{}", &changed[..middle], &changed[middle + 1..]);
        used["credential"]["response"][member] = json!(changed);
        let refused = away.post(SIGN_IN.1, &used).await;
        assert!(refused.status.is_client_error() && away.session().is_none(), "{member}: {}", refused.text);
    }
    for credential in [json!(null), json!({}), json!({"id": 7}), json!([]), json!("x")] {
        let used = json!({"challenge_id": begin(&mut away, SIGN_IN.0).await["challenge_id"], "credential": credential});
        assert_eq!(away.post(SIGN_IN.1, &used).await.is(400).code(), "passkey_malformed");
    }
}

#[tokio::test]
async fn a_counter_that_goes_back_is_a_copy() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hall = peopled(engine).await;
        let (_, mut device) = with_passkey(&hall).await;
        device.counter = 7;
        use_it(&mut Browser::new(&hall), &mut device, SIGN_IN).await.is(200);
        for counter in [7, 6, 1] {
            device.counter = counter;
            let refused = use_it(&mut Browser::new(&hall), &mut device, SIGN_IN).await.is(403);
            assert_eq!(refused.code(), "passkey_copied", "{counter}");
        }
        // A counter that was there cannot have gone either.
        device.counter = 0;
        assert_eq!(use_it(&mut Browser::new(&hall), &mut device, SIGN_IN).await.is(403).code(), "passkey_copied");
        device.counter = 8;
        use_it(&mut Browser::new(&hall), &mut device, SIGN_IN).await.is(200);
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn an_owner_is_told_of_a_new_passkey_and_of_a_copied_one() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hall = peopled(engine).await;
        let car = hall.car(1).await;
        let mut tx = hall.app.store.write().await.unwrap();
        let owner = Some(tx.find_vehicle(car).await.unwrap().unwrap().facts.owner);
        let person = tx.find_person(ZHANG).await.unwrap().unwrap();
        tx.put_person(&Person { owner, ..person }).await.unwrap();
        tx.commit().await.unwrap();
        let (mut home, mut device) = with_passkey(&hall).await;
        device.counter = 1;
        for _ in 0..2 {
            assert_eq!(use_it(&mut Browser::new(&hall), &mut device, SIGN_IN).await.is(403).code(), "passkey_copied");
            device.counter = 1;
        }
        let notices = home.get("/api/v1/citizen/notices").await.is(200).json();
        let notices = notices["items"].as_array().unwrap();
        let of = |kind: &str| notices.iter().filter(|notice| notice["kind"] == kind).count();
        assert_eq!((of("passkey_added"), of("passkey_copied")), (1, 1), "each is told once");
        assert!(!json!(notices).to_string().contains("我的手机"), "the name that was typed stays where it is sealed");
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn passkeys_without_a_counter_work_again_and_again() {
    let hall = peopled(Engine::Sqlite).await;
    let (mut home, mut device) = (signed_in(&hall, ZHANG).await, Authenticator::new(SITE));
    (device.counter, device.synced) = (0, true);
    make(&mut home, &mut device, "").await.is(200);
    for _ in 0..2 {
        use_it(&mut Browser::new(&hall), &mut device, SIGN_IN).await.is(200);
    }
    assert_eq!(mine(&mut home).await[0]["name"], "Chrome · Android", "without a name it is called as the device is");
}

#[tokio::test]
async fn nobody_gets_in_with_anothers_passkey() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hall = peopled(engine).await;
        let (mut zhang, mut zhangs) = with_passkey(&hall).await;
        let (mut li, mut lis) = (signed_in(&hall, LI).await, Authenticator::new(SITE));
        make(&mut li, &mut lis, "李").await.is(200);

        // Li's own passkey in Zhang's session: it is not among those that are asked for, and is refused when given all the same.
        let begun = begin(&mut zhang, AGAIN.0).await;
        assert!(lis.get(&begun["options"]).is_none());
        let mut open = begun["options"].clone();
        open["publicKey"]["allowCredentials"] = json!([]);
        let given = json!({"challenge_id": begun["challenge_id"], "credential": lis.get(&open).unwrap()});
        assert_eq!(zhang.post(AGAIN.1, &given).await.is(403).code(), "passkey_unknown");

        // A passkey of Li's that says it is Zhang's.
        lis.lie_about_user(ZHANG.as_bytes());
        let refused = use_it(&mut Browser::new(&hall), &mut lis, SIGN_IN).await.is(403);
        assert_eq!(refused.code(), "passkey_unknown");
        lis.lie_about_user(b"nobody that could be here");
        let refused = use_it(&mut Browser::new(&hall), &mut lis, SIGN_IN).await.is(400);
        assert_eq!(refused.code(), "passkey_malformed");

        // A credential that belongs to Zhang cannot be made Li's.
        zhangs.repeats = true;
        assert_eq!(make(&mut li, &mut zhangs, "张的").await.is(409).code(), "passkey_known");
        assert_eq!(mine(&mut li).await.len(), 1);
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn proving_again_gives_a_new_cookie_and_kills_the_old_one() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let hall = peopled(engine).await;
        let (mut home, mut device) = with_passkey(&hall).await;
        hall.app.clock.advance(SignedDuration::from_mins(16));
        let refused = home.post("/api/v1/citizen/passkeys/begin", &json!({})).await.is(403);
        assert_eq!(refused.code(), "reauthenticate");
        let id = mine(&mut home).await[0]["id"].as_str().unwrap().to_owned();
        let end = format!("/api/v1/citizen/passkeys/{id}/end");
        assert_eq!(home.post(&end, &json!({})).await.is(403).code(), "reauthenticate");

        let stolen = home.cookies.clone();
        let me = use_it(&mut home, &mut device, AGAIN).await.is(200).json();
        assert_eq!((&me["id"], &me["level"], &me["how"]), (&json!(ZHANG), &json!("L3"), &json!("demo")));
        let mut thief = Browser::new(&hall);
        thief.cookies = stolen;
        thief.get("/api/v1/citizen/me").await.is(401);
        home.post("/api/v1/citizen/passkeys/begin", &json!({})).await.is(200);
        home.post(&end, &json!({})).await.is(204);
        assert_eq!(home.post(AGAIN.0, &json!({})).await.is(422).code(), "no_passkey");
    }
}

#[tokio::test]
async fn several_with_names_none_twice_and_not_too_many() {
    let hall = peopled(Engine::Sqlite).await;
    let (mut home, mut device) = with_passkey(&hall).await;
    let begun = begin(&mut home, "/api/v1/citizen/passkeys/begin").await;
    assert!(device.create(&begun["options"]).is_none(), "the device that has one is excluded");
    let long = make(&mut home, &mut Authenticator::new(SITE), &"长".repeat(MAX_NAME + 1)).await.is(400);
    assert_eq!(long.code(), "passkey_name");
    for number in 1..MAX_PASSKEYS {
        hall.app.clock.advance(SignedDuration::from_secs(1));
        make(&mut home, &mut Authenticator::new(SITE), &format!("第{number}把")).await.is(200);
    }
    let names: Vec<Value> = mine(&mut home).await.iter().map(|item| item["name"].clone()).collect();
    assert_eq!((names.len(), &names[0], &names[9]), (MAX_PASSKEYS, &json!("我的手机"), &json!("第9把")));
    let full = home.post("/api/v1/citizen/passkeys/begin", &json!({})).await.is(422);
    assert_eq!(full.code(), "too_many_passkeys");
}

#[tokio::test]
async fn a_phone_alone_is_not_enough_to_make_one() {
    let hall = peopled(Engine::Sqlite).await;
    let now = hall.app.clock.now();
    let mut tx = hall.app.store.write().await.unwrap();
    tx.put_account(&Account { person: LI, phone: None, level: 1, how: "code".into(), changed_at: now }).await.unwrap();
    tx.commit().await.unwrap();
    let mut li = signed_in(&hall, LI).await;
    let refused = li.post("/api/v1/citizen/passkeys/begin", &json!({})).await.is(403);
    assert_eq!(refused.code(), "assurance_needed");
}

#[tokio::test]
async fn an_address_without_a_name_has_no_passkeys() {
    let hall = peopled(Engine::Sqlite).await;
    let mut browser = Browser::new(&hall);
    for (host, offered) in [("localhost:8123", true), ("127.0.0.1:8123", false), ("lz.example.cn", false)] {
        browser.host = host.into();
        assert_eq!(browser.get("/api/v1/session/ways").await.is(200).json()["passkey"], json!(offered), "{host}");
    }
    let bare = Hall::open_changed(Engine::Sqlite, |settings| settings.sign_in.passkey = None).await;
    let mut browser = Browser::new(&bare);
    assert_eq!(browser.get("/api/v1/session/ways").await.is(200).json()["passkey"], json!(false));
    assert_eq!(browser.post(SIGN_IN.0, &json!({})).await.is(404).code(), "passkeys_absent");
}

#[tokio::test]
async fn what_is_kept_of_a_ceremony_goes_when_it_is_over() {
    let hall = peopled(Engine::Sqlite).await;
    begin(&mut Browser::new(&hall), SIGN_IN.0).await;
    let swept = async || {
        let mut tx = hall.app.store.write().await.unwrap();
        tx.sweep_ceremonies(hall.app.clock.now()).await.unwrap()
    };
    assert_eq!(swept().await, 0);
    hall.app.clock.advance(SignedDuration::from_secs(CHALLENGE_S));
    assert_eq!(swept().await, 1);
}
