//! A firm with a key: what the tests of partners stand on.

use crate::browser::Reply;
use crate::hall::Hall;
use axum::body::Body;
use axum::http::{Request, header};
use luzheng::app::App;
use luzheng::http::router;
use luzheng::usecase::partner::admin::{self, NewPartner};
use luzheng::usecase::partner::own_key::{self, NewKey, OwnKey};
use luzheng::usecase::partner::{ClientKind, Regions, Scopes};
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// Our issuer in tests.
pub(super) const ISSUER: &str = "http://localhost";

/// A partner with one key.
pub(super) struct Firm {
    pub(super) id: Uuid,
    pub(super) key: OwnKey,
}

pub(super) fn new(scopes: &str, regions: &str) -> NewPartner {
    NewPartner {
        name: "虚构租车".into(),
        name_en: "Fictional Rental".into(),
        kind: ClientKind::Rental,
        scopes: Scopes::parse(scopes).unwrap(),
        regions: Regions::parse(regions).unwrap(),
        day_limit: None,
        minute_limit: None,
    }
}

pub(super) fn public(key: &NewKey) -> String {
    serde_json::to_string(&key.public).unwrap()
}

impl Firm {
    pub(super) async fn new(hall: &Hall, scopes: &str, regions: &str) -> Self {
        Self::of(hall, &new(scopes, regions)).await
    }

    pub(super) async fn of(hall: &Hall, new: &NewPartner) -> Self {
        let id = admin::register(&hall.app, new, "test").await.unwrap();
        let made = own_key::generate().unwrap();
        admin::add_keys(&hall.app, id, &public(&made), "test").await.unwrap();
        Self { id, key: OwnKey::read(&made.private).unwrap() }
    }

    /// The claims of a good assertion.
    pub(super) fn claims(&self, hall: &Hall) -> Value {
        let second = hall.app.clock.now().as_second();
        json!({"iss": self.id, "sub": self.id, "aud": ISSUER, "iat": second, "exp": second + 60, "jti": luzheng::chance::token()})
    }

    pub(super) fn assertion(&self, hall: &Hall) -> String {
        self.key.sign(&self.claims(hall)).unwrap()
    }

    /// A token with all its scopes.
    pub(super) async fn token(&self, hall: &Hall) -> String {
        let granted = ask(&hall.app, &self.assertion(hall), "").await.is(200);
        granted.json()["access_token"].as_str().unwrap().to_owned()
    }
}

pub(super) async fn reply(app: &Arc<App>, request: Request<Body>) -> Reply {
    let response = router(Arc::clone(app)).oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 26).await.unwrap();
    Reply { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

/// Asks for a token; `more` is added to the form.
pub(super) async fn ask(app: &Arc<App>, assertion: &str, more: &str) -> Reply {
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    form(app, &format!("grant_type=client_credentials&client_assertion_type={kind}&client_assertion={assertion}{more}"))
        .await
}

pub(super) async fn form(app: &Arc<App>, body: &str) -> Reply {
    let request = Request::post("/oauth/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()));
    reply(app, request.unwrap()).await
}

/// Calls with a token: GET without a body, POST with one.
pub(super) async fn call(app: &Arc<App>, path: &str, token: &str, body: Option<String>) -> Reply {
    let method = if body.is_some() { "POST" } else { "GET" };
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v1/partner/{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.unwrap_or_default()));
    reply(app, request.unwrap()).await
}

/// Asks for verdicts on these items.
pub(super) async fn verify(app: &Arc<App>, token: &str, items: Value) -> Reply {
    call(app, "verify", token, Some(json!({"items": items, "purpose": "claim"}).to_string())).await
}
