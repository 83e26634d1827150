//! A browser as far as the server sees one: it keeps cookies, says what it is, and follows nothing by itself.

use crate::hall::Hall;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use luzheng::http::router;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// What this browser calls itself unless told otherwise.
pub const CHROME: &str =
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36";

/// An answer.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text))
    }

    /// The stable code of a problem.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// Fails unless it is this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

/// A browser.
pub struct Browser<'a> {
    hall: &'a Hall,
    pub agent: String,
    pub host: String,
    pub cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub fn new(hall: &'a Hall) -> Self {
        Self { hall, agent: CHROME.into(), host: "localhost".into(), cookies: BTreeMap::new() }
    }

    pub async fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, &self.host)
            .header(header::USER_AGENT, &self.agent);
        if !self.cookies.is_empty() {
            let all: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, all.join("; "));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let response = router(Arc::clone(&self.hall.app)).oneshot(request.body(body).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        for set in head.headers.get_all(header::SET_COOKIE) {
            let text = set.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.into(), value.into());
            }
        }
        let bytes = axum::body::to_bytes(body, 1 << 24).await.unwrap();
        Reply { status: head.status, headers: head.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub async fn get(&mut self, path: &str) -> Reply {
        self.call("GET", path, None).await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> Reply {
        self.call("POST", path, Some(body)).await
    }

    /// Signs a fictional person in with a tap.
    pub async fn tap(&mut self, person: Uuid) {
        self.post("/api/v1/demo/sign-in", &serde_json::json!({ "id": person })).await.is(200);
    }

    /// The session's token.
    pub fn session(&self) -> Option<&String> {
        self.cookies.get("lz_session")
    }
}
