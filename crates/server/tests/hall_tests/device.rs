//! An enrolled device as far as the server sees one: a key of its own, the cookie, and with every call a proof.

use crate::browser::Reply;
use crate::hall::Hall;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use luzheng::http::router;
use luzheng::usecase::bound::HolderKind;
use luzheng::usecase::bound::enrol::make_code;
use luzheng::usecase::officer::register;
use luzheng_domain::region::Division;
use serde_json::{Value, json};
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// A device.
pub struct Device<'a> {
    pub hall: &'a Hall,
    pub key: EcdsaKeyPair,
    pub id: Uuid,
    pub session: Uuid,
    pub cookie: String,
}

/// A division by its number.
pub fn division(code: u32) -> Division {
    Division::new(code).unwrap()
}

/// Registers an officer of Suzhou, on duty there; answers with the id.
pub async fn officer(hall: &Hall, number: &str) -> Uuid {
    register::add(&hall.app, number, "苏警官", division(320_500), "operator").await.unwrap();
    register::allow(&hall.app, number, division(320_500), None, None, "operator").await.unwrap();
    hall.app.store.read().await.unwrap().find_officer_by_number(number).await.unwrap().unwrap().id
}

/// Public key as JSON Web Key.
pub fn jwk(key: &EcdsaKeyPair) -> Value {
    let point = key.public_key().as_ref();
    json!({"kty": "EC", "crv": "P-256", "x": B64.encode(&point[1..33]), "y": B64.encode(&point[33..]), "ext": true})
}

impl<'a> Device<'a> {
    /// A device that is nobody's yet.
    pub fn new(hall: &'a Hall) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { hall, key, id: Uuid::nil(), session: Uuid::nil(), cookie: String::new() }
    }

    /// A device of an officer, enrolled and signed in.
    pub async fn of_officer(hall: &'a Hall, number: &str) -> Self {
        let code = register::enrolment(&hall.app, number, "operator").await.unwrap().code;
        Self::enrolled(hall, &code).await
    }

    /// A device of any holder, enrolled and signed in.
    pub async fn of(hall: &'a Hall, kind: HolderKind, holder: Uuid) -> Self {
        let mut tx = hall.app.store.write().await.unwrap();
        let code = make_code(&mut tx, kind, holder, "operator", hall.app.clock.now()).await.unwrap().code;
        tx.commit().await.unwrap();
        Self::enrolled(hall, &code).await
    }

    async fn enrolled(hall: &'a Hall, code: &str) -> Self {
        let mut device = Self::new(hall);
        let made = device.enrol(code).await.is(201).json();
        device.id = made["device_id"].as_str().unwrap().parse().unwrap();
        device.sign_in().await.is(200);
        device
    }

    pub async fn enrol(&self, code: &str) -> Reply {
        let body = json!({"code": code, "public_key": jwk(&self.key), "device_name": "巡逻手机"});
        self.plain("POST", "/api/v1/bound/enrol", Some(&body)).await
    }

    pub async fn challenge(&self) -> String {
        let reply = self.plain("POST", "/api/v1/bound/challenge", Some(&json!({"device_id": self.id}))).await.is(200);
        reply.json()["challenge"].as_str().unwrap().to_owned()
    }

    /// The answer to a challenge, signed for a host.
    pub fn answer(&self, challenge: &str, host: &str) -> Value {
        let signature = self.sign(format!("luzheng/bound/v1\n{host}\n{challenge}").as_bytes());
        json!({"device_id": self.id, "challenge": challenge, "signature": signature})
    }

    pub async fn sign_in(&mut self) -> Reply {
        let answer = self.answer(&self.challenge().await, "localhost");
        let reply = self.plain("POST", "/api/v1/bound/sign-in", Some(&answer)).await;
        if reply.status.is_success() {
            let set = reply.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
            assert!(set.contains("HttpOnly") && set.contains("SameSite=Strict"), "{set}");
            self.cookie = set.split(';').next().unwrap().to_owned();
            self.session = reply.json()["session_id"].as_str().unwrap().parse().unwrap();
        }
        reply
    }

    pub fn sign(&self, bytes: &[u8]) -> String {
        B64.encode(self.key.sign(&SystemRandom::new(), bytes).unwrap().as_ref())
    }

    /// What a proof of this device says about a call made now.
    pub fn payload(&self, method: &str, path: &str) -> Value {
        let path = path.split('?').next().unwrap();
        json!({
            "htm": method, "htu": format!("https://localhost{path}"), "iat": self.hall.app.clock.now().as_second(),
            "jti": Uuid::new_v4(), "sid": self.session,
        })
    }

    pub fn proof(&self, payload: &Value) -> String {
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk(&self.key)});
        let signed = format!("{}.{}", B64.encode(header.to_string()), B64.encode(payload.to_string()));
        format!("{signed}.{}", self.sign(signed.as_bytes()))
    }

    /// A call with headers given one by one.
    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Reply {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let response = router(Arc::clone(&self.hall.app)).oneshot(request.body(body).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 24).await.unwrap();
        Reply { status: head.status, headers: head.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// A call with neither cookie nor proof.
    pub async fn plain(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        self.send(method, path, &[], body).await
    }

    /// A call with the cookie and this proof.
    pub async fn with_proof(&self, method: &str, path: &str, proof: &str, body: Option<&Value>) -> Reply {
        self.send(method, path, &[("cookie", &self.cookie), ("dpop", proof)], body).await
    }

    /// A call as it should be.
    pub async fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let proof = self.proof(&self.payload(method, path));
        self.with_proof(method, path, &proof, body).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.call("POST", path, Some(body)).await
    }
}
