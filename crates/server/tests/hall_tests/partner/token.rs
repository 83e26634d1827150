//! Tokens: by a key and only by it, each assertion once, dead when their time, their key or their client is over, and good with the database stopped.

use super::firm::{Firm, ISSUER, ask, call, form, new, public, reply, verify};
use crate::hall::Hall;
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use luzheng::app::{App, Opening};
use luzheng::usecase::partner::own_key::{self, OwnKey};
use luzheng::usecase::partner::{Scopes, admin, keep_up, registry, token};
use luzheng_credential::sign::KeyId;
use luzheng_store::Engine;
use serde_json::{Value, json};
use std::sync::Arc;

/// The same system in another process.
async fn another_process(hall: &Hall) -> Arc<App> {
    let (settings, clock) = (hall.app.settings.clone(), hall.app.clock.clone());
    App::open(settings, clock, Opening::MustBePrepared).await.unwrap().0
}

#[tokio::test]
async fn a_client_gets_a_token_with_its_key() {
    for hall in Hall::open_all().await {
        let firm = Firm::new(&hall, "verify.marks state", "320000").await;
        let granted = ask(&hall.app, &firm.assertion(&hall), "").await.is(200);
        assert_eq!(granted.headers["cache-control"], "no-store");
        let granted = granted.json();
        assert_eq!((granted["token_type"].as_str(), granted["expires_in"].as_i64()), (Some("Bearer"), Some(900)));
        assert_eq!(granted["scope"], "verify.marks state");
        let me = call(&hall.app, "me", granted["access_token"].as_str().unwrap(), None).await.is(200).json();
        assert_eq!((me["id"].as_str(), me["name"]["zh"].as_str()), (Some(&*firm.id.to_string()), Some("虚构租车")));
        assert_eq!(me["regions"][0]["name"]["zh"], "江苏省");
        let narrow = ask(&hall.app, &firm.assertion(&hall), "&scope=state").await.is(200).json();
        assert_eq!(narrow["scope"], "state");
        let refused = verify(&hall.app, narrow["access_token"].as_str().unwrap(), json!([{"code": "x"}])).await;
        assert_eq!(refused.is(403).code(), "insufficient_scope");
    }
}

#[tokio::test]
async fn keys_of_both_algorithms_and_from_pem_are_taken() {
    let hall = Hall::open(Engine::Sqlite).await;
    let firm = Firm::new(&hall, "verify.marks", "all").await;
    // A fixed Ed25519 key (RFC 8032, test 1) as `openssl genpkey -algorithm ed25519` writes it.
    let private = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
    let jwk = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"second"}"#;
    let Ok(own) = OwnKey::read(private) else { panic!("the key of RFC 8032 is read") };
    assert_eq!(
        ask(&hall.app, &own.sign(&firm.claims(&hall)).unwrap(), "").await.is(401).json()["error"],
        "invalid_client"
    );
    admin::add_keys(&hall.app, firm.id, jwk, "test").await.unwrap();
    ask(&hall.app, &own.sign(&firm.claims(&hall)).unwrap(), "").await.is(200);
    ask(&hall.app, &firm.assertion(&hall), "").await.is(200);
}

#[tokio::test]
async fn an_assertion_counts_once_in_all_processes() {
    for hall in Hall::open_all().await {
        let firm = Firm::new(&hall, "verify.marks", "all").await;
        let other = another_process(&hall).await;
        let assertion = firm.assertion(&hall);
        ask(&hall.app, &assertion, "").await.is(200);
        for app in [&hall.app, &other] {
            let again = ask(app, &assertion, "").await.is(401).json();
            assert_eq!(again["error"], "invalid_client");
            assert!(again["error_description"].as_str().unwrap().contains("used before"), "{again}");
        }
    }
}

#[tokio::test]
async fn a_wrong_assertion_is_refused() {
    let hall = Hall::open(Engine::Sqlite).await;
    let firm = Firm::new(&hall, "verify.marks", "all").await;
    let other = Firm::of(&hall, &new("verify.marks", "all")).await;
    let now = hall.app.clock.now().as_second();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut claims = firm.claims(&hall);
        change(&mut claims);
        firm.key.sign(&claims).unwrap()
    };
    let good = firm.assertion(&hall);
    let (head, rest) = good.split_once('.').unwrap();
    let (body, signature) = rest.split_once('.').unwrap();
    let header = |json: &str| format!("{}.{body}.{signature}", URL_SAFE_NO_PAD.encode(json));
    let mut wrong = vec![
        with(&|c| c["exp"] = json!(now - 30)),
        with(&|c| c["exp"] = json!(now + 331)),
        with(&|c| c["iat"] = json!(now + 31)),
        with(&|c| c["nbf"] = json!(now + 31)),
        with(&|c| c["aud"] = json!("https://elsewhere.example")),
        with(&|c| c["aud"] = json!([ISSUER, "https://elsewhere.example"])),
        with(&|c| c["aud"] = json!([])),
        with(&|c| c["iss"] = json!(other.id)),
        with(&|c| c["sub"] = json!("nobody")),
        with(&|c| c["jti"] = Value::Null),
        with(&|c| c["jti"] = json!("short")),
        with(&|c| c["jti"] = json!("x".repeat(257))),
        other.key.sign(&firm.claims(&hall)).unwrap(),
        header(r#"{"alg":"none"}"#),
        header(r#"{"alg":"HS256"}"#),
        header(r#"{"alg":"EdDSA"}"#),
        header(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#),
        header(r#"{"alg":"ES256","kid":"another"}"#),
        format!("{head}.{body}"),
        format!("{head}.{body}.{signature}.x"),
        format!("{head}.{body}."),
        "x".repeat(5_000),
        String::new(),
    ];
    let mut flipped = good.clone().into_bytes();
    let last = flipped.len() - 5;
    flipped[last] = if flipped[last] == b'A' { b'B' } else { b'A' };
    wrong.push(String::from_utf8(flipped).unwrap());
    for assertion in wrong {
        let answer = ask(&hall.app, &assertion, "").await;
        assert_eq!(answer.status, 401, "{assertion}: {}", answer.text);
        assert_eq!(answer.json()["error"], "invalid_client");
    }
    // The last and the first second, with the tolerance for clocks; an audience in a list of one.
    ask(&hall.app, &with(&|c| c["exp"] = json!(now - 29)), "").await.is(200);
    ask(&hall.app, &with(&|c| c["exp"] = json!(now + 330)), "").await.is(200);
    ask(&hall.app, &with(&|c| c["aud"] = json!([ISSUER])), "").await.is(200);
    ask(&hall.app, &good, "").await.is(200);
}

#[tokio::test]
async fn errors_have_the_form_of_the_standard() {
    let hall = Hall::open(Engine::Sqlite).await;
    let firm = Firm::new(&hall, "verify.marks", "all").await;
    let kind = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    for (body, error) in [
        (String::new(), "invalid_request"),
        ("grant_type=password".into(), "unsupported_grant_type"),
        ("grant_type=client_credentials&client_secret=x".into(), "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials".into(), "invalid_request"),
        (format!("grant_type=client_credentials&{kind}"), "invalid_request"),
        ("grant_type=client_credentials&client_assertion=x".into(), "invalid_request"),
    ] {
        assert_eq!(form(&hall.app, &body).await.is(400).json()["error"], error, "{body}");
    }
    for scope in ["officer", "nonsense", "verify.marks+state"] {
        let answer = ask(&hall.app, &firm.assertion(&hall), &format!("&scope={scope}")).await.is(400);
        assert_eq!(answer.json()["error"], "invalid_scope", "{scope}");
    }
    let other = format!("&client_id={}", uuid::Uuid::nil());
    assert_eq!(ask(&hall.app, &firm.assertion(&hall), &other).await.is(400).json()["error"], "invalid_request");
    let said = reply(&hall.app, Request::get("/.well-known/oauth-authorization-server").body(Body::empty()).unwrap());
    let said = said.await.is(200).json();
    assert_eq!(
        (said["issuer"].as_str(), said["token_endpoint"].as_str()),
        (Some(ISSUER), Some("http://localhost/oauth/token"))
    );
    assert_eq!(said["token_endpoint_auth_methods_supported"], json!(["private_key_jwt"]));
}

#[tokio::test]
async fn a_token_ends_with_its_time() {
    let hall = Hall::open(Engine::Sqlite).await;
    let firm = Firm::new(&hall, "verify.marks", "all").await;
    let token = firm.token(&hall).await;
    hall.app.clock.advance(SignedDuration::from_secs(token::LIFE_S - 1));
    call(&hall.app, "me", &token, None).await.is(200);
    hall.app.clock.advance(SignedDuration::from_secs(1));
    let answer = call(&hall.app, "me", &token, None).await.is(401);
    assert_eq!(answer.code(), "invalid_token");
    assert_eq!(answer.headers["www-authenticate"], "Bearer realm=\"luzheng\", error=\"invalid_token\"");
}

#[tokio::test]
async fn a_token_ends_with_its_key_and_its_client() {
    for hall in Hall::open_all().await {
        let firm = Firm::new(&hall, "verify.marks", "all").await;
        let first = firm.token(&hall).await;
        let made = own_key::generate().unwrap();
        let ids = admin::add_keys(&hall.app, firm.id, &public(&made), "test").await.unwrap();
        let second = OwnKey::read(&made.private).unwrap();
        let second = ask(&hall.app, &second.sign(&firm.claims(&hall)).unwrap(), "").await.is(200).json();
        let second = second["access_token"].as_str().unwrap().to_owned();
        let old: Vec<KeyId> = keys(&hall, &firm).await.into_iter().filter(|key| !ids.contains(key)).collect();
        admin::end_key(&hall.app, firm.id, old[0], "test").await.unwrap();
        call(&hall.app, "me", &first, None).await.is(401);
        call(&hall.app, "me", &second, None).await.is(200);
        ask(&hall.app, &firm.assertion(&hall), "").await.is(401);
        // Another process knows it with its next turn.
        let other = another_process(&hall).await;
        call(&other, "me", &second, None).await.is(200);
        admin::end(&hall.app, firm.id, "test").await.unwrap();
        call(&hall.app, "me", &second, None).await.is(401);
        keep_up(&other).await.unwrap();
        call(&other, "me", &second, None).await.is(401);
        hall.check_everything().await;
    }
}

async fn keys(hall: &Hall, firm: &Firm) -> Vec<KeyId> {
    let partners = admin::list(&hall.app).await.unwrap();
    partners.into_iter().find(|p| p.id == firm.id).unwrap().keys.into_iter().map(|key| key.key).collect()
}

#[tokio::test]
async fn what_a_client_may_shrinks_at_once_and_grows_with_the_next_token() {
    let hall = Hall::open(Engine::Sqlite).await;
    let firm = Firm::new(&hall, "verify.marks state", "all").await;
    let old = firm.token(&hall).await;
    let scopes = Some(Scopes::parse("verify.marks proofs").unwrap());
    admin::change(&hall.app, firm.id, &admin::Change { scopes, ..admin::Change::default() }, "test").await.unwrap();
    let scopes_of = async |token: &str| {
        let me = call(&hall.app, "me", token, None).await.is(200).json();
        me["scopes"].as_array().unwrap().iter().map(|s| s["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(scopes_of(&old).await, ["verify.marks"]);
    assert_eq!(scopes_of(&firm.token(&hall).await).await, ["verify.marks", "proofs"]);
}

#[tokio::test]
async fn a_client_that_was_registered_elsewhere_a_moment_ago_is_known() {
    let hall = Hall::open(Engine::Sqlite).await;
    let other = another_process(&hall).await;
    hall.app.clock.advance(SignedDuration::from_secs(2));
    let firm = Firm::new(&hall, "verify.marks", "all").await;
    let token = ask(&other, &firm.assertion(&hall), "").await.is(200).json();
    call(&other, "me", token["access_token"].as_str().unwrap(), None).await.is(200);
}

#[tokio::test]
async fn verification_goes_on_with_the_database_stopped_and_no_longer_than_the_list_of_partners_is_believed() {
    let hall = Hall::open(Engine::Sqlite).await;
    let firm = Firm::new(&hall, "verify.marks state", "all").await;
    let token = firm.token(&hall).await;
    hall.app.store.close().await;
    assert!(registry::refresh(&hall.app).await.is_err(), "the database is stopped");
    let judged = verify(&hall.app, &token, json!([{"code": "x"}])).await.is(200).json();
    assert_eq!(judged["counts"]["unreadable"], 1);
    call(&hall.app, "me", &token, None).await.is(200);
    assert_eq!(call(&hall.app, "checks", &token, None).await.is(503).headers["retry-after"], "5");
    // A new token permits what needs no database, and its assertion counts once here.
    let assertion = firm.assertion(&hall);
    let granted = ask(&hall.app, &assertion, "").await.is(200).json();
    assert_eq!(granted["scope"], "verify.marks");
    ask(&hall.app, &assertion, "").await.is(401);
    let none = ask(&hall.app, &firm.assertion(&hall), "&scope=state").await.is(503);
    assert_eq!(none.json()["error"], "temporarily_unavailable");
    hall.app.clock.advance(SignedDuration::from_secs(86_400));
    let granted = ask(&hall.app, &firm.assertion(&hall), "").await.is(200).json();
    let token = granted["access_token"].as_str().unwrap();
    verify(&hall.app, token, json!([{"code": "x"}])).await.is(200);
    hall.app.clock.advance(SignedDuration::from_secs(1));
    let answer = verify(&hall.app, token, json!([{"code": "x"}])).await.is(503);
    assert_eq!(answer.code(), "registry_stale");
}
