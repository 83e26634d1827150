//! Signing in with a real name: a browser that keeps cookies, and what the tests about it share.

mod code;
mod identity;
mod session;

use crate::hall::Hall;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use jiff::SignedDuration;
use luzheng::http::router;
use luzheng::usecase::notify;
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
