//! An OpenID Connect provider of some forty lines of protocol, on loopback, each of whose dials can be turned wrong.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use luzheng::clock::Clock;
use openidconnect::url::Url;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

pub const CLIENT: &str = "luzheng-test";
pub const SECRET: &str = "a secret of the test";
/// What the provider says when it checked that it is a real person.
pub const REAL_PERSON: &str = "urn:test:real-person";

/// What is wrong with the provider.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does not describe itself.
    Silent,
    /// It sends us elsewhere for its description.
    Elsewhere,
    /// What it says is longer than anything we read.
    Endless,
    /// It takes no code.
    NoCodes,
    /// Its token endpoint is broken.
    Broken,
    /// Another key signs in the name of its own.
    ForeignKey,
    /// A key that it has not told about.
    UnknownKey,
    /// Nothing signs (RFC 7519 section 6).
    Unsigned,
    /// Our own secret signs.
    OurSecret,
    /// There is no ID token.
    NoToken,
}

struct Grant {
    nonce: String,
    challenge: String,
    redirect: String,
}

/// The dials.
pub struct Dials {
    pub clock: Clock,
    pub fault: Option<Fault>,
    /// Claims about whoever signs in, in the ID token.
    pub claims: Value,
    /// What the userinfo endpoint says besides the `sub` of the claims.
    pub userinfo: Value,
    /// The last change before the ID token is signed.
    pub change: Option<fn(&mut Value)>,
    /// How often it was asked for its description.
    pub described: u32,
    key: EcdsaKeyPair,
    kid: String,
    grants: HashMap<String, Grant>,
}

/// The provider.
pub struct Provider {
    pub url: String,
    dials: Arc<Mutex<Dials>>,
}

type Shared = State<(String, Arc<Mutex<Dials>>)>;

fn key() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Provider {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let dials = Arc::new(Mutex::new(Dials {
            clock: Clock::system(),
            fault: None,
            claims: json!({"sub": "person-1"}),
            userinfo: json!({}),
            change: None,
            described: 0,
            key: key(),
            kid: "k1".into(),
            grants: HashMap::new(),
        }));
        let site = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state((url.clone(), Arc::clone(&dials)));
        tokio::spawn(async move { axum::serve(listener, site).await });
        Self { url, dials }
    }

    pub fn dials(&self) -> MutexGuard<'_, Dials> {
        self.dials.lock().unwrap()
    }

    /// A new key, of which nobody has heard yet.
    pub fn rotate(&self) {
        let mut dials = self.dials();
        (dials.key, dials.kid) = (key(), "k2".into());
    }

    /// The person signs in at the provider: the parameters with which the browser is sent back.
    pub fn sign_in(&self, address: &str) -> HashMap<String, String> {
        assert!(address.starts_with(&format!("{}/authorize?", self.url)), "{address}");
        let asked: HashMap<String, String> = Url::parse(address).unwrap().query_pairs().into_owned().collect();
        assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str()), ("code", CLIENT));
        assert_eq!(asked["code_challenge_method"], "S256");
        let mut dials = self.dials();
        let code = format!("code-{}", dials.grants.len());
        let grant = Grant {
            nonce: asked["nonce"].clone(),
            challenge: asked["code_challenge"].clone(),
            redirect: asked["redirect_uri"].clone(),
        };
        dials.grants.insert(code.clone(), grant);
        HashMap::from([
            ("code".into(), code),
            ("state".into(), asked["state"].clone()),
            ("iss".into(), self.url.clone()),
        ])
    }
}

async fn describe(State((url, dials)): Shared) -> Response {
    let mut dials = dials.lock().unwrap();
    dials.described += 1;
    match dials.fault {
        Some(Fault::Silent) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(Fault::Elsewhere) => return Redirect::to("/somewhere").into_response(),
        Some(Fault::Endless) => return Json(json!({ "issuer": "x".repeat(300_000) })).into_response(),
        _ => {}
    }
    Json(json!({
        "issuer": url, "authorization_endpoint": format!("{url}/authorize"), "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"), "userinfo_endpoint": format!("{url}/userinfo"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"]
    }))
    .into_response()
}

async fn keys(State((_, dials)): Shared) -> Json<Value> {
    let dials = dials.lock().unwrap();
    let point = dials.key.public_key().as_ref();
    Json(json!({"keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": dials.kid,
        "x": text(&point[1..33]), "y": text(&point[33..])
    }]}))
}

fn signed(dials: &Dials, claims: &Value) -> String {
    let (algorithm, kid) = match dials.fault {
        Some(Fault::Unsigned) => ("none", None),
        Some(Fault::OurSecret) => ("HS256", None),
        Some(Fault::UnknownKey) => ("ES256", Some("k9")),
        _ => ("ES256", Some(dials.kid.as_str())),
    };
    let mut head = json!({ "alg": algorithm });
    if let Some(kid) = kid {
        head["kid"] = json!(kid);
    }
    let body = format!("{}.{}", text(head.to_string().as_bytes()), text(claims.to_string().as_bytes()));
    let ours = |key: &EcdsaKeyPair| text(key.sign(&SystemRandom::new(), body.as_bytes()).unwrap().as_ref());
    let signature = match dials.fault {
        Some(Fault::Unsigned) => String::new(),
        Some(Fault::OurSecret) => {
            text(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), body.as_bytes()).as_ref())
        }
        Some(Fault::ForeignKey) => ours(&key()),
        _ => ours(&dials.key),
    };
    format!("{body}.{signature}")
}

async fn token(State((url, dials)): Shared, headers: HeaderMap, Form(form): Form<HashMap<String, String>>) -> Response {
    let mut dials = dials.lock().unwrap();
    match dials.fault {
        Some(Fault::Broken) => return (StatusCode::BAD_GATEWAY, "no").into_response(),
        Some(Fault::NoCodes) => {
            return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response();
        }
        _ => {}
    }
    let known = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{}", SECRET.replace(' ', "+"))));
    let grant = dials.grants.remove(&form["code"]);
    let fits = |grant: &Grant| {
        grant.challenge == text(digest(&SHA256, form["code_verifier"].as_bytes()).as_ref())
            && grant.redirect == form["redirect_uri"]
            && headers.get(header::AUTHORIZATION).is_some_and(|given| *given == known)
    };
    let Some(grant) = grant.filter(fits) else {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response();
    };
    if dials.fault == Some(Fault::NoToken) {
        return Json(json!({"access_token": "access", "token_type": "Bearer"})).into_response();
    }
    let now = dials.clock.now().as_second();
    let hash = text(&digest(&SHA256, b"access").as_ref()[..16]);
    let mut claims = json!({
        "iss": url, "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": now, "nonce": grant.nonce, "at_hash": hash
    });
    for (name, value) in dials.claims.as_object().unwrap() {
        claims[name] = value.clone();
    }
    if let Some(change) = dials.change {
        change(&mut claims);
    }
    let token = signed(&dials, &claims);
    Json(json!({"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": token})).into_response()
}

async fn userinfo(State((_, dials)): Shared, headers: HeaderMap) -> Response {
    if headers.get(header::AUTHORIZATION).is_none_or(|given| *given != "Bearer access") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let dials = dials.lock().unwrap();
    let mut said = json!({"sub": dials.claims["sub"]});
    for (name, value) in dials.userinfo.as_object().unwrap() {
        said[name] = value.clone();
    }
    Json(said).into_response()
}
