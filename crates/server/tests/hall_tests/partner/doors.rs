//! Every endpoint with a client's token: a partner's with the scopes it asks for and with all others, and everything else with none of them.

use super::firm::{Firm, reply};
use crate::hall::Hall;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use luzheng::http::openapi_json;
use luzheng::usecase::partner::Scope::{self, Accidents, Proofs, State, Subscriptions, VerifyLicences, VerifyMarks};
use luzheng_store::Engine;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A partner's endpoint, what it asks for (one of these sets of scopes will do; none: no scope), and a body that is understood.
type Needs = (&'static str, &'static str, &'static [&'static [Scope]], &'static str);

const DOORS: &[Needs] = &[
    ("get", "/api/v1/partner/me", &[&[]], ""),
    ("get", "/api/v1/partner/checks", &[&[]], ""),
    (
        "post",
        "/api/v1/partner/verify",
        &[&[VerifyMarks], &[VerifyLicences]],
        r#"{"items":[{"code":"x"}],"purpose":"claim"}"#,
    ),
    ("post", "/api/v1/partner/licences/check", &[&[VerifyLicences]], r#"{"code":"x","purpose":"rental_pickup"}"#),
    (
        "post",
        "/api/v1/partner/states",
        &[&[State]],
        r#"{"items":[{"plate_number":"苏E00001","plate_type":"02","at":"2026-01-01T00:00:00Z"}],"purpose":"claim"}"#,
    ),
    ("post", "/api/v1/partner/proofs", &[&[Proofs]], r#"{"link":"x","purpose":"claim","case_reference":"1"}"#),
    ("get", "/api/v1/partner/proofs", &[&[Proofs]], ""),
    ("get", "/api/v1/partner/proofs/{id}", &[&[Proofs]], ""),
    ("post", "/api/v1/partner/licence-states", &[&[State, Proofs]], r#"{"items":[],"purpose":"claim"}"#),
    (
        "post",
        "/api/v1/partner/subscriptions",
        &[&[Subscriptions]],
        r#"{"subjects":[],"events":[],"url":"https://example.cn/","purpose":"pledge","reference":"1"}"#,
    ),
    ("get", "/api/v1/partner/subscriptions", &[&[Subscriptions]], ""),
    ("get", "/api/v1/partner/subscriptions/{id}", &[&[Subscriptions]], ""),
    ("delete", "/api/v1/partner/subscriptions/{id}", &[&[Subscriptions]], ""),
    ("post", "/api/v1/partner/subscriptions/{id}/resume", &[&[Subscriptions]], ""),
    ("post", "/api/v1/partner/subscriptions/{id}/test", &[&[Subscriptions]], ""),
    ("get", "/api/v1/partner/subscriptions/{id}/webhooks", &[&[Subscriptions]], ""),
    ("post", "/api/v1/partner/subscriptions/{id}/retry", &[&[Subscriptions]], "{}"),
    ("post", "/api/v1/partner/accidents/verify", &[&[Accidents]], r#"{"record":"x","purpose":"claim"}"#),
];

/// Everything that is described: method and path.
fn described() -> BTreeSet<(String, String)> {
    let api: Value = serde_json::from_str(&openapi_json()).unwrap();
    let paths = api["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, ways)| ways.as_object().unwrap().keys().map(move |way| (way.clone(), path.clone())))
        .collect()
}

async fn knock(hall: &Hall, method: &str, path: &str, token: Option<&str>, body: &str) -> (StatusCode, String) {
    let path = path.replace("{id}", &Uuid::nil().to_string()).replace("{member}", &Uuid::nil().to_string());
    let path = path.replace("{step}", "produced").replace("{list}", "1").replace("{type}", "vehicle.inspected");
    let path = path.replace("{name}", "x").replace("{look_id}", &Uuid::nil().to_string()).replace("{province}", "32");
    let mut request = Request::builder().method(method.to_uppercase().as_str()).uri(path);
    if method != "get" && !body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let answer = reply(&hall.app, request.body(Body::from(body.to_owned())).unwrap()).await;
    (answer.status, answer.text)
}

#[test]
fn the_table_names_every_endpoint_for_partners() {
    let partners: BTreeSet<(String, String)> =
        described().into_iter().filter(|(_, path)| path.starts_with("/api/v1/partner/")).collect();
    assert_eq!(partners, DOORS.iter().map(|(way, path, ..)| ((*way).to_owned(), (*path).to_owned())).collect());
}

#[tokio::test]
async fn a_client_gets_in_with_the_scopes_that_are_asked_for_and_with_no_others() {
    let hall = Hall::open(Engine::Sqlite).await;
    let mut wrong = Vec::new();
    let singly = Scope::ALL.iter().map(|scope| vec![*scope]);
    let all_but = Scope::ALL.iter().map(|without| Scope::ALL.iter().copied().filter(|s| s != without).collect());
    for given in singly.chain(all_but).collect::<Vec<Vec<Scope>>>() {
        let words = given.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(" ");
        let token = Firm::new(&hall, &words, "all").await.token(&hall).await;
        for (method, path, needs, body) in DOORS {
            let may = needs.iter().any(|set| set.iter().all(|scope| given.contains(scope)));
            let (status, said) = knock(&hall, method, path, Some(&token), body).await;
            let refused = status == StatusCode::FORBIDDEN && said.contains("\"insufficient_scope\"");
            if refused == may || status.is_server_error() || status == StatusCode::UNAUTHORIZED {
                wrong.push(format!("{method} {path} with {words}: {status} {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_clients_token_opens_no_other_door() {
    let hall = Hall::open(Engine::Sqlite).await;
    let everything = Scope::ALL.iter().map(|scope| scope.code()).collect::<Vec<_>>().join(" ");
    let token = Firm::new(&hall, &everything, "all").await.token(&hall).await;
    let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
    let mut wrong = Vec::new();
    for (method, path) in described().into_iter().filter(|(_, path)| !path.starts_with("/api/v1/partner/")) {
        let (nobody, _) = knock(&hall, &method, &path, None, "{}").await;
        let (status, said) = knock(&hall, &method, &path, Some(&token), "{}").await;
        if refused.contains(&nobody) != refused.contains(&status) || status.is_server_error() {
            wrong.push(format!("{method} {path}: {status} {said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_token_that_is_none_gets_in_nowhere() {
    let hall = Hall::open(Engine::Sqlite).await;
    for (method, path, _, body) in DOORS {
        for token in ["lzp_", "x", "lzp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let (status, said) = knock(&hall, method, path, Some(token), body).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}: {said}");
            assert!(said.contains("\"invalid_token\""), "{said}");
        }
    }
}
