//! The identity platform through the interface, with a provider in the test: who comes in, at which level, and everything that must not.

mod provider;
mod refusal;

use crate::browser::{Browser, Reply};
use crate::hall::Hall;
use jiff::SignedDuration;
use luzheng::config::{ClaimNames, PlatformSettings};
use luzheng_store::Engine;
use luzheng_store::account::Account;
use luzheng_store::session::Person;
use provider::{CLIENT, Fault, Provider, REAL_PERSON, SECRET};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

const START: &str = "/api/v1/session/identity-platform/start";
const CALLBACK: &str = "/api/v1/session/identity-platform/callback";
const LI: Uuid = Uuid::from_u128(0x11);
/// Whom the register knows as the owner of car number 1 (see the hall).
const ZHANG: (&str, &str) = ("张三丰", "11010519491231002X");

fn settings(issuer: &str) -> PlatformSettings {
    PlatformSettings {
        issuer: issuer.into(),
        client_id: CLIENT.into(),
        client_secret: Some(SECRET.into()),
        name: ("测试身份平台".into(), "test platform".into()),
        scopes: vec!["profile".into()],
        claims: ClaimNames { name: "name".into(), id_number: "id_number".into(), phone: "phone_number".into() },
        real_person_acr: vec![REAL_PERSON.into()],
        real_person_amr: vec!["face".into()],
    }
}

/// A hall beside a provider; the register knows Zhang, who owns a car.
async fn world(engine: Engine) -> (Hall, Provider) {
    let provider = Provider::start().await;
    let platform = settings(&provider.url);
    let hall = Hall::open_changed(engine, |settings| settings.sign_in.platform = Some(platform)).await;
    provider.dials().clock = hall.app.clock.clone();
    hall.car(1).await;
    (hall, provider)
}

/// What the provider says about Zhang.
fn zhang() -> Value {
    json!({"sub": "zhang", "name": ZHANG.0, "id_number": ZHANG.1, "phone_number": "+86 138 0000 1234", "acr": REAL_PERSON})
}

fn query(parameters: &HashMap<String, String>) -> String {
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| {
            let escaped: String = value.bytes().map(|b| format!("%{b:02X}")).collect();
            format!("{name}={escaped}")
        })
        .collect();
    format!("{CALLBACK}?{}", pairs.join("&"))
}

/// Goes to the platform; answers with what it sends back.
async fn away(browser: &mut Browser<'_>, provider: &Provider, purpose: &str, back: &str) -> HashMap<String, String> {
    let started = browser.get(&format!("{START}?purpose={purpose}&return={back}")).await.is(303);
    provider.sign_in(started.location())
}

/// Comes back. The browser leaves the cookies behind that are only for our own pages, and keeps them.
async fn back(browser: &mut Browser<'_>, parameters: &HashMap<String, String>) -> Reply {
    let kept: Vec<(String, String)> = ["lz_session", "lz_device"]
        .into_iter()
        .filter_map(|name| browser.cookies.remove(name).map(|value| (name.to_owned(), value)))
        .collect();
    let reply = browser.get(&query(parameters)).await.is(303);
    for (name, value) in kept {
        browser.cookies.entry(name).or_insert(value);
    }
    reply
}

async fn sign_in(browser: &mut Browser<'_>, provider: &Provider) -> Reply {
    let parameters = away(browser, provider, "sign_in", "/vehicles").await;
    back(browser, &parameters).await
}

async fn me(browser: &mut Browser<'_>) -> Value {
    browser.get("/api/v1/citizen/account").await.is(200);
    browser.get("/api/v1/citizen/me").await.is(200).json()
}

/// A person with an account at a level, who can be signed in with a tap.
async fn with_account(hall: &Hall, person: Uuid, level: u8) {
    let now = hall.app.clock.now();
    let (role, params) = ("citizen".into(), "{}".into());
    let mut tx = hall.app.store.write().await.unwrap();
    tx.put_person(&Person { id: person, role, owner: None, name: "李四".into(), params, created_at: now })
        .await
        .unwrap();
    let account = Account { person, phone: None, level, how: "code".into(), changed_at: now };
    tx.put_account(&account).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_owner_comes_in_and_sees_what_is_theirs() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (hall, provider) = world(engine).await;
        provider.dials().claims = zhang();
        let mut browser = Browser::new(&hall);
        let ways = browser.get("/api/v1/session/ways").await.is(200).json();
        assert_eq!(ways["identity_platform"]["name"]["zh"], "测试身份平台");
        let arrived = sign_in(&mut browser, &provider).await;
        assert_eq!(arrived.location(), "/vehicles");
        assert!(!browser.cookies.contains_key("lz_identity"));
        let me = me(&mut browser).await;
        assert_eq!(
            (&me["level"], &me["how"], &me["has_owner"]),
            (&json!("L3"), &json!("identity_platform"), &json!(true))
        );
        assert_eq!(me["name"]["zh"], ZHANG.0);
        let vehicles = browser.get("/api/v1/citizen/vehicles").await.is(200).json();
        assert_eq!(vehicles["items"].as_array().map(Vec::len), Some(1), "{vehicles}");

        // Again, elsewhere: the same account, and its owner is told.
        let mut other = Browser::new(&hall);
        sign_in(&mut other, &provider).await;
        assert_eq!(self::me(&mut other).await["id"], me["id"]);
        let notices = other.get("/api/v1/citizen/notices").await.is(200).text;
        assert!(notices.contains("新设备"), "{notices}");
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn the_level_is_what_the_platform_checked() {
    let (hall, provider) = world(Engine::Sqlite).await;
    let number = "110105194912310038";
    for (claims, level, has_owner) in [
        (json!({"sub": "1"}), "L1", false),
        (json!({"sub": "2", "name": "孙七"}), "L1", false),
        (json!({"sub": "3", "name": "孙七", "id_number": number}), "L2", false),
        (json!({"sub": "4", "name": "孙七", "id_number": number, "acr": "urn:other", "amr": ["pwd"]}), "L2", false),
        (json!({"sub": "5", "name": "孙七", "id_number": number, "amr": ["pwd", "face"]}), "L3", false),
        (json!({"sub": "6", "name": ZHANG.0, "id_number": ZHANG.1}), "L2", true),
    ] {
        provider.dials().claims = claims.clone();
        let mut browser = Browser::new(&hall);
        sign_in(&mut browser, &provider).await;
        let account = browser.get("/api/v1/citizen/account").await.is(200).json();
        assert_eq!(account["level"], level, "{claims}");
        if level != "L1" {
            assert_eq!(me(&mut browser).await["has_owner"], json!(has_owner), "{claims}");
        }
    }
}

#[tokio::test]
async fn a_phone_of_the_platforms_becomes_a_way_in_unless_somebody_has_it() {
    let (hall, provider) = world(Engine::Sqlite).await;
    for (sub, masked) in [("first", json!("138****1234")), ("second", Value::Null)] {
        provider.dials().claims = json!({"sub": sub, "phone_number": "+8613800001234"});
        let mut browser = Browser::new(&hall);
        sign_in(&mut browser, &provider).await;
        let account = browser.get("/api/v1/citizen/account").await.is(200).json();
        assert_eq!(account["phone_masked"], masked, "{sub}");
    }
}

#[tokio::test]
async fn what_the_token_does_not_say_is_asked_of_userinfo() {
    let (hall, provider) = world(Engine::Sqlite).await;
    provider.dials().claims = json!({"sub": "zhang", "acr": REAL_PERSON});
    provider.dials().userinfo = json!({"sub": "zhang", "name": ZHANG.0, "id_number": ZHANG.1});
    let mut browser = Browser::new(&hall);
    sign_in(&mut browser, &provider).await;
    assert_eq!(me(&mut browser).await["has_owner"], json!(true));
    // Facts of somebody else are not taken for this one's.
    provider.dials().userinfo["sub"] = json!("other");
    let refused = sign_in(&mut Browser::new(&hall), &provider).await;
    assert_eq!(refused.location(), "/sign-in?problem=platform_untrusted");
}

#[tokio::test]
async fn an_account_is_raised_and_its_old_cookie_dies() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (hall, provider) = world(engine).await;
        with_account(&hall, LI, 1).await;
        let mut browser = Browser::new(&hall);
        browser.tap(LI).await;
        assert_eq!(browser.get("/api/v1/citizen/vehicles").await.is(403).code(), "assurance_needed");
        let old = browser.cookies.clone();

        // Facts alone are not a real person.
        provider.dials().claims = json!({"sub": "zhang", "name": ZHANG.0, "id_number": ZHANG.1});
        let parameters = away(&mut browser, &provider, "raise", "/account").await;
        assert_eq!(back(&mut browser, &parameters).await.location(), "/sign-in?problem=platform_level");

        provider.dials().claims = zhang();
        let parameters = away(&mut browser, &provider, "raise", "/account").await;
        assert_eq!(back(&mut browser, &parameters).await.location(), "/account");
        let me = me(&mut browser).await;
        assert_eq!((&me["id"], &me["level"], &me["has_owner"]), (&json!(LI), &json!("L3"), &json!(true)));
        browser.get("/api/v1/citizen/vehicles").await.is(200);
        let mut thief = Browser::new(&hall);
        thief.cookies = old;
        thief.get("/api/v1/citizen/me").await.is(401);

        // Whoever the platform calls so signs in to this account from now on.
        let mut other = Browser::new(&hall);
        sign_in(&mut other, &provider).await;
        assert_eq!(self::me(&mut other).await["id"], json!(LI));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn proving_again_asks_anew_and_only_the_same_person() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (hall, provider) = world(engine).await;
        provider.dials().claims = zhang();
        let mut browser = Browser::new(&hall);
        sign_in(&mut browser, &provider).await;
        hall.app.clock.advance(SignedDuration::from_mins(16));
        assert_eq!(browser.post("/api/v1/citizen/passkeys/begin", &json!({})).await.is(403).code(), "reauthenticate");

        let started = browser.get(&format!("{START}?purpose=reauthenticate&return=/account")).await.is(303);
        assert!(started.location().contains("prompt=login") && started.location().contains("max_age=0"));
        let old = browser.cookies.clone();
        provider.dials().claims = json!({"sub": "somebody else", "name": "孙七", "id_number": "110105194912310038"});
        let parameters = provider.sign_in(started.location());
        let refused = back(&mut browser, &parameters).await;
        assert_eq!(refused.location(), "/sign-in?problem=platform_other_person");

        provider.dials().claims = zhang();
        let parameters = away(&mut browser, &provider, "reauthenticate", "/account").await;
        assert_eq!(back(&mut browser, &parameters).await.location(), "/account");
        assert_eq!(browser.cookies["lz_device"], old["lz_device"], "the device is the one it was");
        browser.post("/api/v1/citizen/passkeys/begin", &json!({})).await.is(200);
        let mut thief = Browser::new(&hall);
        thief.cookies = old;
        thief.get("/api/v1/citizen/me").await.is(401);

        // A session that has ended meanwhile is not brought back.
        let parameters = away(&mut browser, &provider, "reauthenticate", "/").await;
        browser.post("/api/v1/session/sign-out", &json!({})).await.is(204);
        assert_eq!(back(&mut browser, &parameters).await.location(), "/sign-in?problem=sign_in_required");
    }
}

#[tokio::test]
async fn what_the_platform_describes_is_kept_for_a_while() {
    let (hall, provider) = world(Engine::Sqlite).await;
    let go = async || sign_in(&mut Browser::new(&hall), &provider).await.location().to_owned();
    let described = || provider.dials().described;
    assert_eq!((go().await, go().await, described()), ("/vehicles".into(), "/vehicles".into(), 1));
    hall.app.clock.advance(SignedDuration::from_mins(61));
    assert_eq!((go().await, described()), ("/vehicles".into(), 2));

    // A new key is taken up at once, but nobody makes us ask again and again.
    provider.rotate();
    assert_eq!((go().await, described()), ("/sign-in?problem=platform_untrusted".into(), 2));
    hall.app.clock.advance(SignedDuration::from_mins(1));
    assert_eq!((go().await, described()), ("/vehicles".into(), 3));

    // For a day what was known carries on when the platform describes itself no more.
    provider.dials().fault = Some(Fault::Silent);
    hall.app.clock.advance(SignedDuration::from_hours(23));
    assert_eq!(go().await, "/vehicles");
    hall.app.clock.advance(SignedDuration::from_hours(2));
    let started = Browser::new(&hall).get(&format!("{START}?purpose=sign_in")).await.is(303);
    assert_eq!(started.location(), "/sign-in?problem=platform_down");
}
