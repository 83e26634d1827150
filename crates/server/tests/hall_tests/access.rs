//! Every endpoint with every role, with the feed's token, and with nobody: who gets in, and who does not.

use crate::device::{Device, officer};
use crate::hall::{FEED_TOKEN, Hall, registered};
use crate::partner::member_for;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use jiff::SignedDuration;
use luzheng::http::{openapi_json, router};
use luzheng::usecase::account::{DeviceInfo, begin_session};
use luzheng::usecase::bound::HolderKind;
use luzheng::usecase::officer::register;
use luzheng::usecase::session::{FRESH_S, Level, SignInWay, sign_in_demo};
use luzheng_store::Engine;
use luzheng_store::account::Account;
use luzheng_store::session::Person;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// Who may use an endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum For {
    Anyone,
    /// Anybody signed in as a citizen: L1.
    Account,
    /// Looking at own data: L2.
    Citizen,
    /// Acting as a real person: L3.
    RealName,
    /// L3, and proved shortly before.
    Fresh,
    Staff,
    Feed,
    /// Anybody signed in on an enrolled device.
    Bound,
    /// An officer, on duty or not.
    AnyOfficer,
    /// A partner: a client's token, or a member on an enrolled device.
    Partner,
    /// An officer on duty, from an enrolled device or a terminal of the police.
    Officer,
}

impl For {
    /// Whether citizens get in, at some level.
    fn citizens(self) -> bool {
        matches!(self, Self::Account | Self::Citizen | Self::RealName | Self::Fresh)
    }

    /// The lowest level that gets in.
    fn level(self) -> Level {
        match self {
            Self::Account => Level::L1,
            Self::Citizen => Level::L2,
            _ => Level::L3,
        }
    }
}

/// Every endpoint of the description, and who it is for. One that is missing here fails the test.
const ENDPOINTS: &[(&str, &str, For)] = &[
    ("get", "/healthz", For::Anyone),
    ("get", "/readyz", For::Anyone),
    ("get", "/metrics", For::Anyone),
    ("get", "/api/v1/meta", For::Anyone),
    ("post", "/api/v1/verify", For::Anyone),
    ("get", "/.well-known/luzheng/trust", For::Anyone),
    ("get", "/.well-known/luzheng/root", For::Anyone),
    ("get", "/status/{list}", For::Anyone),
    ("get", "/status", For::Anyone),
    ("get", "/pack", For::Anyone),
    ("get", "/pack/{name}", For::Anyone),
    ("get", "/api/v1/officer/shards", For::Officer),
    ("get", "/api/v1/officer/shards/{province}", For::Officer),
    ("get", "/api/v1/demo/sign-ins", For::Anyone),
    ("post", "/api/v1/demo/sign-in", For::Anyone),
    ("post", "/api/v1/session/sign-out", For::Anyone),
    ("get", "/api/v1/session/ways", For::Anyone),
    ("post", "/api/v1/session/code", For::Anyone),
    ("post", "/api/v1/session/code/confirm", For::Anyone),
    ("post", "/api/v1/session/reauthenticate/code", For::Account),
    ("post", "/api/v1/session/reauthenticate", For::Account),
    ("get", "/api/v1/citizen/account", For::Account),
    ("post", "/api/v1/citizen/identity", For::Account),
    ("post", "/api/v1/citizen/identity/counter", For::Account),
    ("get", "/api/v1/citizen/sessions", For::Account),
    ("post", "/api/v1/citizen/sessions/{id}/end", For::Account),
    ("post", "/api/v1/citizen/sessions/end-others", For::Account),
    ("post", "/api/v1/citizen/sessions/end-all", For::Account),
    ("post", "/api/v1/citizen/phone/code", For::Fresh),
    ("post", "/api/v1/citizen/phone", For::Fresh),
    ("post", "/api/v1/staff/counter-codes", For::Staff),
    ("post", "/api/v1/session/passkey/begin", For::Anyone),
    ("post", "/api/v1/session/passkey/finish", For::Anyone),
    ("post", "/api/v1/session/reauthenticate/passkey/begin", For::Account),
    ("post", "/api/v1/session/reauthenticate/passkey/finish", For::Account),
    ("get", "/api/v1/session/identity-platform/start", For::Anyone),
    ("get", "/api/v1/session/identity-platform/callback", For::Anyone),
    ("get", "/api/v1/citizen/passkeys", For::Account),
    ("post", "/api/v1/citizen/passkeys/begin", For::Fresh),
    ("post", "/api/v1/citizen/passkeys/finish", For::Account),
    ("post", "/api/v1/citizen/passkeys/{id}/end", For::Fresh),
    ("get", "/api/v1/events/schemas/{type}", For::Anyone),
    ("post", "/api/v1/demo/enrolments", For::Anyone),
    ("post", "/api/v1/bound/enrol", For::Anyone),
    ("post", "/api/v1/bound/challenge", For::Anyone),
    ("post", "/api/v1/bound/sign-in", For::Anyone),
    ("post", "/api/v1/bound/sign-out", For::Anyone),
    ("get", "/api/v1/bound/me", For::Bound),
    ("post", "/oauth/token", For::Anyone),
    ("get", "/.well-known/oauth-authorization-server", For::Anyone),
    ("get", "/api/v1/partner/me", For::Partner),
    ("get", "/api/v1/partner/checks", For::Partner),
    ("post", "/api/v1/partner/verify", For::Partner),
    ("post", "/api/v1/partner/licences/check", For::Partner),
    ("post", "/api/v1/partner/states", For::Partner),
    ("post", "/api/v1/partner/proofs", For::Partner),
    ("get", "/api/v1/partner/proofs", For::Partner),
    ("get", "/api/v1/partner/proofs/{id}", For::Partner),
    ("post", "/api/v1/partner/licence-states", For::Partner),
    ("post", "/api/v1/partner/subscriptions", For::Partner),
    ("get", "/api/v1/partner/subscriptions", For::Partner),
    ("get", "/api/v1/partner/subscriptions/{id}", For::Partner),
    ("delete", "/api/v1/partner/subscriptions/{id}", For::Partner),
    ("post", "/api/v1/partner/subscriptions/{id}/resume", For::Partner),
    ("post", "/api/v1/partner/subscriptions/{id}/test", For::Partner),
    ("get", "/api/v1/partner/subscriptions/{id}/webhooks", For::Partner),
    ("post", "/api/v1/partner/subscriptions/{id}/retry", For::Partner),
    ("get", "/.well-known/luzheng/webhook-keys", For::Anyone),
    ("post", "/api/v1/partner/accidents/verify", For::Partner),
    ("get", "/api/v1/officer/me", For::AnyOfficer),
    ("put", "/api/v1/officer/duty", For::AnyOfficer),
    ("post", "/api/v1/officer/verify", For::Officer),
    ("post", "/api/v1/officer/look-ups", For::Officer),
    ("get", "/api/v1/officer/look-ups/{id}/photo", For::Officer),
    ("get", "/api/v1/officer/procedures", For::AnyOfficer),
    ("get", "/api/v1/officer/advice", For::AnyOfficer),
    ("get", "/api/v1/officer/reader-keys", For::Officer),
    ("post", "/api/v1/officer/looks", For::AnyOfficer),
    ("get", "/api/v1/citizen/me", For::Account),
    ("get", "/api/v1/citizen/vehicles", For::Citizen),
    ("get", "/api/v1/citizen/vehicles/{id}", For::Citizen),
    ("get", "/api/v1/citizen/marks/{id}", For::Citizen),
    ("post", "/api/v1/citizen/marks/{id}/live", For::RealName),
    ("get", "/api/v1/citizen/notices", For::Citizen),
    ("post", "/api/v1/citizen/notices/{id}/read", For::Citizen),
    ("post", "/api/v1/citizen/notices/{id}/unread", For::Citizen),
    ("post", "/api/v1/citizen/notices/read-all", For::Citizen),
    ("post", "/api/v1/notices/check", For::Anyone),
    ("get", "/api/v1/citizen/looks", For::Citizen),
    ("get", "/api/v1/citizen/marks/{id}/print.pdf", For::Citizen),
    ("get", "/api/v1/staff/look-purposes", For::Staff),
    ("post", "/api/v1/citizen/licence/live", For::RealName),
    ("post", "/api/v1/citizen/licence/device/challenge", For::RealName),
    ("post", "/api/v1/citizen/licence/device", For::RealName),
    ("get", "/api/v1/citizen/licence/device", For::Citizen),
    ("post", "/api/v1/citizen/licence/device/end", For::Citizen),
    ("get", "/api/v1/citizen/proofs", For::Citizen),
    ("post", "/api/v1/citizen/proofs", For::RealName),
    ("post", "/api/v1/citizen/proofs/{id}/revoke", For::Citizen),
    ("post", "/api/v1/proofs/open", For::Anyone),
    ("get", "/api/v1/citizen/licence", For::Citizen),
    ("get", "/api/v1/citizen/licence/photo", For::Citizen),
    ("get", "/api/v1/citizen/licence/points", For::Citizen),
    ("get", "/api/v1/citizen/deadlines", For::Citizen),
    ("get", "/api/v1/citizen/deadlines.ics", For::Citizen),
    ("get", "/api/v1/push/key", For::Anyone),
    ("get", "/api/v1/demo/outbox", For::Anyone),
    ("post", "/api/v1/citizen/push/subscriptions", For::Citizen),
    ("post", "/api/v1/citizen/push/subscriptions/end", For::Citizen),
    ("get", "/api/v1/citizen/channels", For::Citizen),
    ("put", "/api/v1/citizen/channels", For::Citizen),
    ("get", "/api/v1/staff/me", For::Staff),
    ("get", "/api/v1/staff/credentials/{id}", For::Staff),
    ("post", "/api/v1/staff/credentials/{id}/suspend", For::Staff),
    ("post", "/api/v1/staff/credentials/{id}/restore", For::Staff),
    ("post", "/api/v1/staff/credentials/{id}/revoke", For::Staff),
    ("post", "/api/v1/citizen/licence/photos", For::RealName),
    ("post", "/api/v1/citizen/licence/applications", For::RealName),
    ("get", "/api/v1/citizen/cases", For::Citizen),
    ("get", "/api/v1/citizen/cases/{id}", For::Citizen),
    ("post", "/api/v1/citizen/cases/{id}/withdraw", For::Citizen),
    ("post", "/api/v1/citizen/cases/{id}/resubmit", For::RealName),
    ("get", "/api/v1/staff/reviews", For::Staff),
    ("post", "/api/v1/staff/reviews/next", For::Staff),
    ("get", "/api/v1/staff/reviews/{id}", For::Staff),
    ("get", "/api/v1/staff/reviews/{id}/photo", For::Staff),
    ("post", "/api/v1/staff/reviews/{id}/approve", For::Staff),
    ("post", "/api/v1/staff/reviews/{id}/reject", For::Staff),
    ("post", "/api/v1/staff/reviews/{id}/release", For::Staff),
    ("post", "/api/v1/staff/reviews/{id}/undo", For::Staff),
    ("get", "/api/v1/staff/review-reasons", For::Staff),
    ("get", "/api/v1/staff/flags", For::Staff),
    ("post", "/api/v1/staff/flags/{id}/settle", For::Staff),
    ("post", "/api/v1/staff/flags/{id}/reopen", For::Staff),
    ("get", "/api/v1/citizen/filings", For::Citizen),
    ("post", "/api/v1/citizen/filings", For::RealName),
    ("post", "/api/v1/citizen/filings/scan", For::RealName),
    ("post", "/api/v1/citizen/filings/{id}/confirm", For::RealName),
    ("post", "/api/v1/citizen/filings/{id}/agree", For::RealName),
    ("post", "/api/v1/citizen/filings/{id}/refuse", For::RealName),
    ("post", "/api/v1/citizen/filings/{id}/end", For::RealName),
    ("post", "/api/v1/citizen/vehicles/{id}/consent", For::Fresh),
    ("post", "/api/v1/citizen/vehicles/{id}/managers", For::Fresh),
    ("get", "/api/v1/citizen/units", For::RealName),
    ("post", "/api/v1/citizen/units/{id}/members", For::Fresh),
    ("post", "/api/v1/citizen/units/{id}/members/{member}/end", For::RealName),
    ("get", "/api/v1/citizen/units/{id}/vehicles", For::RealName),
    ("post", "/api/v1/staff/filing-bars", For::Staff),
    ("post", "/api/v1/staff/units", For::Staff),
    ("get", "/api/v1/divisions", For::Anyone),
    ("get", "/api/v1/citizen/vehicles/{id}/eligibility", For::Citizen),
    ("post", "/api/v1/citizen/vehicles/{id}/applications", For::RealName),
    ("post", "/api/v1/citizen/vehicles/{id}/papers", For::RealName),
    ("get", "/api/v1/citizen/vehicles/{id}/delivery-defaults", For::Citizen),
    ("get", "/api/v1/citizen/pickup-offices", For::Citizen),
    ("get", "/api/v1/staff/papers", For::Staff),
    ("post", "/api/v1/staff/papers/{id}/{step}", For::Staff),
    ("post", "/api/v1/staff/papers/{id}/undo", For::Staff),
    ("get", "/api/v1/staff/papers/{id}/sheet.pdf", For::Staff),
    ("post", "/api/v1/events", For::Feed),
    ("post", "/api/v1/imports/vehicles", For::Feed),
    ("post", "/api/v1/imports/drivers", For::Feed),
];

/// Whoever uses these is signed out; they have tests of their own.
const ENDING: &[&str] = &["/api/v1/session/sign-out", "/api/v1/citizen/sessions/end-all"];

/// A body that is understood, so that what refuses the call is not its form.
fn body_of(path: &str) -> &'static str {
    match path {
        "/api/v1/citizen/phone/code" => r#"{"phone":"13800001234"}"#,
        "/api/v1/citizen/phone" => r#"{"phone":"13800001234","code":"000000"}"#,
        _ if path.contains("suspend") || path.contains("restore") || path.contains("revoke") => {
            r#"{"reason":"by_hand"}"#
        }
        _ if path.ends_with("/managers") || path.ends_with("/members") => r#"{"phone":"13800001234","name":"x"}"#,
        _ => "{}",
    }
}

struct Door {
    hall: Hall,
    tokens: Vec<(&'static str, String)>,
}

impl Door {
    async fn open() -> Self {
        let hall = Hall::open(Engine::Sqlite).await;
        let mut tokens = Vec::new();
        for (number, role) in (1u128..).zip(["citizen", "officer", "insurer", "staff"]) {
            let id = Uuid::from_u128(number);
            let person = Person {
                id,
                role: role.into(),
                owner: None,
                name: role.into(),
                params: "{}".into(),
                created_at: hall.app.clock.now(),
            };
            let mut tx = hall.app.store.write().await.unwrap();
            tx.put_person(&person).await.unwrap();
            tx.commit().await.unwrap();
            tokens.push((role, sign_in_demo(&hall.app, id).await.unwrap().0));
        }
        Self { hall, tokens }
    }

    async fn knock(
        &self,
        method: &str,
        path: &str,
        cookie: Option<&str>,
        bearer: Option<&str>,
        extra: &[(&str, &str)],
        body: &str,
    ) -> (StatusCode, String) {
        let mut request =
            Request::builder().method(method.to_uppercase().as_str()).uri(path).header(header::HOST, "localhost");
        if let Some(token) = cookie {
            request = request.header(header::COOKIE, format!("lz_session={token}"));
        }
        if let Some(token) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if method == "post" {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in extra {
            request = request.header(*name, *value);
        }
        let response = router(Arc::clone(&self.hall.app))
            .oneshot(request.body(Body::from(body.to_owned())).unwrap())
            .await
            .unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn filled(path: &str) -> String {
    path.replace("{id}", &Uuid::nil().to_string())
        .replace("{member}", &Uuid::nil().to_string())
        .replace("{step}", "produced")
        .replace("{list}", "1")
        .replace("{type}", "vehicle.inspected")
}

#[test]
fn the_table_names_every_endpoint() {
    let api: Value = serde_json::from_str(&openapi_json()).unwrap();
    let described: BTreeSet<(String, String)> = api["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| methods.as_object().unwrap().keys().map(move |m| (m.clone(), path.clone())))
        .collect();
    let listed: BTreeSet<(String, String)> =
        ENDPOINTS.iter().map(|(m, p, _)| ((*m).to_owned(), (*p).to_owned())).collect();
    assert_eq!(described, listed);
}

#[tokio::test]
async fn everyone_gets_in_where_they_may_and_nowhere_else() {
    let door = Door::open().await;
    let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
    for (method, path, whose) in ENDPOINTS {
        let uri = filled(path);
        let body = body_of(path);
        let (nobody, _) = door.knock(method, &uri, None, None, &[], body).await;
        assert_eq!(refused.contains(&nobody), *whose != For::Anyone, "{method} {path} with nobody: {nobody}");
        for (role, token) in &door.tokens {
            if ENDING.contains(path) {
                continue;
            }
            let (status, said) = door.knock(method, &uri, Some(token), None, &[], body).await;
            let may = match whose {
                For::Anyone => true,
                For::Account | For::Citizen | For::RealName | For::Fresh => *role == "citizen",
                For::Staff => *role == "staff",
                For::Feed | For::Bound | For::AnyOfficer | For::Officer | For::Partner => false,
            };
            // A citizen without a record in the register, or with a wrong code, is let in and then told so.
            let told = said.contains("no_register_record") || said.contains("\"wrong_code\"");
            assert_eq!(!refused.contains(&status) || told, may, "{method} {path} as {role}: {status} {said}");
        }
        let (wrong, _) = door.knock(method, &uri, None, Some("feed-token-for-testz"), &[], body).await;
        let (right, _) = door.knock(method, &uri, None, Some(FEED_TOKEN), &[], body).await;
        assert_eq!(refused.contains(&wrong), *whose != For::Anyone, "{method} {path} with a wrong token: {wrong}");
        assert_eq!(
            !refused.contains(&right),
            matches!(whose, For::Anyone | For::Feed),
            "{method} {path} with the feed's token: {right}"
        );
        assert!(!right.is_server_error() && !nobody.is_server_error(), "{method} {path}: {right} {nobody}");
    }
}

/// Officers on and off duty, and a member of a partner, from enrolled devices: each with a proof of its own.
#[tokio::test]
async fn enrolled_devices_get_in_where_they_may_and_nowhere_else() {
    let door = Door::open().await;
    let hall = &door.hall;
    officer(hall, "051200").await;
    officer(hall, "051201").await;
    let member = member_for(hall, "verify.marks").await;
    let devices = [
        ("on duty", Device::of_officer(hall, "051200").await),
        ("off duty", Device::of_officer(hall, "051201").await),
        ("member", Device::of(hall, HolderKind::PartnerMember, member).await),
    ];
    register::relieve(&hall.app, "051201", None, "operator").await.unwrap();
    let mut wrong = Vec::new();
    for (method, path, whose) in ENDPOINTS {
        if ENDING.contains(path) || *path == "/api/v1/bound/sign-out" {
            continue;
        }
        let body: Value = serde_json::from_str(body_of(path)).unwrap();
        for (who, device) in &devices {
            let reply = device.call(&method.to_uppercase(), &filled(path), Some(&body)).await;
            let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&reply.status);
            let may = match whose {
                For::Anyone | For::Bound => true,
                For::AnyOfficer => *who != "member",
                For::Officer => *who == "on duty",
                // Which of a partner's doors a member may use is its scopes' affair.
                For::Partner if *who == "member" => continue,
                _ => false,
            };
            // Whoever is let in may be told that the thing asked for is not theirs.
            let told =
                ["\"off_duty\"", "\"wrong_code\"", "\"outside_duty\""].iter().any(|code| reply.text.contains(code));
            if (!refused || (told && may)) != may
                || reply.status.is_server_error() && reply.status != StatusCode::SERVICE_UNAVAILABLE
            {
                wrong.push(format!("{method} {path} ({whose:?}) {who}: {} {}", reply.status, reply.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A citizen's session at a level.
async fn at_level(door: &Door, number: u128, level: Level) -> String {
    let app = &door.hall.app;
    let (id, now) = (Uuid::from_u128(number), app.clock.now());
    let person =
        Person { id, role: "citizen".into(), owner: None, name: "x".into(), params: "{}".into(), created_at: now };
    let account = Account { person: id, phone: None, level: level.number(), how: "code".into(), changed_at: now };
    let mut tx = app.store.write().await.unwrap();
    tx.put_person(&person).await.unwrap();
    tx.put_account(&account).await.unwrap();
    let begun = begin_session(&mut tx, app, id, SignInWay::Passkey, &DeviceInfo::unknown(), now).await.unwrap();
    tx.commit().await.unwrap();
    begun.token
}

#[tokio::test]
async fn everyone_gets_in_at_the_level_that_is_asked_for() {
    let door = Door::open().await;
    let mut wrong = Vec::new();
    for (number, level) in [(51, Level::L1), (52, Level::L2), (53, Level::L3), (54, Level::L4)] {
        let token = at_level(&door, number, level).await;
        for (method, path, whose) in ENDPOINTS {
            if !whose.citizens() || ENDING.contains(path) {
                continue;
            }
            let (status, said) = door.knock(method, &filled(path), Some(&token), None, &[], body_of(path)).await;
            let refused = status == StatusCode::FORBIDDEN && said.contains("\"assurance_needed\"");
            if refused != (level < whose.level()) {
                wrong.push(format!("{method} {path} ({whose:?} here) at {level:?}: {status} {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_stale_session_proves_again_who_it_is_where_that_is_asked_for() {
    let door = Door::open().await;
    let token = at_level(&door, 53, Level::L3).await;
    let mut wrong = Vec::new();
    door.hall.app.clock.advance(SignedDuration::from_secs(FRESH_S + 1));
    for (method, path, whose) in ENDPOINTS {
        if !whose.citizens() || ENDING.contains(path) {
            continue;
        }
        let (status, said) = door.knock(method, &filled(path), Some(&token), None, &[], body_of(path)).await;
        let stale = status == StatusCode::FORBIDDEN && said.contains("\"reauthenticate\"");
        if stale != (*whose == For::Fresh) {
            wrong.push(format!("{method} {path} ({whose:?} here): {status} {said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn another_site_cannot_act_in_somebodys_name() {
    let door = Door::open().await;
    let staff = &door.tokens[3].1;
    let path = format!("/api/v1/staff/credentials/{}/revoke", Uuid::nil());
    let (status, said) = door
        .knock("post", &path, Some(staff), None, &[("origin", "https://evil.example")], r#"{"reason":"by_hand"}"#)
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{said}");
    let (status, _) = door
        .knock("post", &path, Some(staff), None, &[("origin", "https://localhost")], r#"{"reason":"by_hand"}"#)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_citizen_sees_only_their_own() {
    let door = Door::open().await;
    let car = door.hall.car(1).await;
    let mark = door.hall.current(car).await.unwrap();
    let stranger = Uuid::from_u128(99);
    let now = door.hall.app.clock.now();
    let mut tx = door.hall.app.store.write().await.unwrap();
    let person = Person {
        id: stranger,
        role: "citizen".into(),
        owner: Some(Uuid::from_u128(77)),
        name: "x".into(),
        params: "{}".into(),
        created_at: now,
    };
    tx.put_person(&person).await.unwrap();
    tx.commit().await.unwrap();
    let token = sign_in_demo(&door.hall.app, stranger).await.unwrap().0;
    for path in [format!("/api/v1/citizen/vehicles/{car}"), format!("/api/v1/citizen/marks/{}", mark.id)] {
        assert_eq!(door.knock("get", &path, Some(&token), None, &[], "").await.0, StatusCode::NOT_FOUND);
    }
    let live = format!("/api/v1/citizen/marks/{}/live", mark.id);
    assert_eq!(door.knock("post", &live, Some(&token), None, &[], "").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_feed_answers_as_published() {
    let door = Door::open().await;
    let event = registered(3).to_string();
    let send = async |body: &str| door.knock("post", "/api/v1/events", None, Some(FEED_TOKEN), &[], body).await;
    assert_eq!(send(&event).await.0, StatusCode::CREATED);
    assert_eq!(send(&event).await.0, StatusCode::OK);
    let mut other = registered(3);
    other["data"]["seats"] = 7.into();
    assert_eq!(send(&other.to_string()).await.0, StatusCode::CONFLICT);
    let parked = crate::hall::status(4, "s", "C", "2026-11-19T10:00:00+08:00").to_string();
    assert_eq!(send(&parked).await.0, StatusCode::ACCEPTED);
    let (status, said) = send("{\"source\": 3}").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{said}");
    assert!(said.contains("\"code\""), "{said}");
}

#[tokio::test]
async fn a_question_always_gets_a_verdict_and_a_non_question_a_problem() {
    let door = Door::open().await;
    let ask = async |body: &str| door.knock("post", "/api/v1/verify", None, None, &[], body).await;
    let (status, said) = ask(r#"{"code":"hello"}"#).await;
    assert_eq!(status, StatusCode::OK);
    let verdict: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (verdict["verdict"].as_str(), verdict["reason"].as_str()),
        (Some("unreadable"), Some("not_a_credential"))
    );
    assert_eq!(ask("not json").await.0, StatusCode::BAD_REQUEST);
    let (status, said) = ask(&format!(r#"{{"code":"{}"}}"#, "A".repeat(70_000))).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{said}");
}
