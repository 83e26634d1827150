//! Accident records before an insurer: both signatures, what the credentials are worth, what does not fit; and what a stranger may see.

use crate::hall::{Hall, plate, registered, vin};
use crate::inbox::owner_of;
use crate::partner::token_for;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use luzheng::http::router;
use luzheng_credential::accident::{
    Endorsement, Offer, Party, PlateSeen, Record, Role, SeenCode, Statement, compressed, digest, record_text,
};
use luzheng_credential::qr::text;
use luzheng_credential::sign::{Algorithm, FileKey, Signer};
use luzheng_credential::verify::Reason;
use luzheng_domain::accident::{Circumstances, Responsibility};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

async fn post(hall: &Hall, path: &str, token: Option<&str>, body: &Value) -> (StatusCode, String) {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.body(Body::from(body.to_string())).unwrap();
    let response = router(Arc::clone(&hall.app)).oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn mark_of(hall: &Hall, car: Uuid) -> Vec<u8> {
    let mark = hall.current(car).await.unwrap();
    let mut tx = hall.app.store.read().await.unwrap();
    tx.find_signed(mark.subject, mark.id).await.unwrap().unwrap().message
}

fn key() -> (FileKey, [u8; 33]) {
    let key = FileKey::generate(Algorithm::Es256).unwrap();
    let point = compressed(key.public_key()).unwrap();
    (key, point)
}

fn party(number: u32, mark: Option<Vec<u8>>) -> Party {
    Party {
        plate: plate(number),
        plate_type: "02".into(),
        impact: 1,
        mark,
        licence: None,
        insurer: None,
        policy: None,
        contact: None,
    }
}

/// A record of cars 1 and 2 made now, in which the second party showed a mark that the first one's phone judged so.
fn record(hall: &Hall, mark: Option<Vec<u8>>, seen: Option<Reason>, second_car: u32) -> Record {
    let now = u32::try_from(hall.app.clock.now().as_second()).unwrap();
    let ((a, a_point), (b, b_point)) = (key(), key());
    let shown = mark.is_some();
    let offer = Offer {
        record: [9; 16],
        key: a_point,
        made_at: now - 60,
        clock_confirmed: true,
        happened_at: now - 600,
        place: None,
        place_text: Some("人民路".into()),
        form: 1,
        weather: 1,
        responsibility: Responsibility::Full,
        circumstances: Circumstances::NONE,
        party: party(1, None),
    }
    .encode();
    let statement = Statement {
        record: [9; 16],
        key: b_point,
        made_at: now - 30,
        clock_confirmed: true,
        circumstances: Circumstances::NONE,
        party: party(second_car, mark),
    }
    .encode();
    let sign = |role, key: &FileKey, seen| {
        Endorsement {
            role,
            digest: digest(&offer, &statement),
            signed_at: now,
            plate: PlateSeen::Same,
            mark: seen,
            licence: None,
        }
        .sign(key)
        .unwrap()
    };
    let first = sign(Role::First, &a, shown.then_some(SeenCode { reason: seen, age_s: Some(5) }));
    let second = sign(Role::Second, &b, None);
    Record { offer, statement, first, second }
}

async fn examined(hall: &Hall, token: &str, record: &Record) -> Value {
    let body = json!({"record": record_text(&record.encode()), "purpose": "claim"});
    let (status, text) = post(hall, "/api/v1/partner/accidents/verify", Some(token), &body).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).unwrap()
}

fn codes(of: &Value) -> Vec<&str> {
    of.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_insurer_reads_a_record_and_what_its_credentials_are_worth() {
    for hall in Hall::open_all().await {
        hall.car(1).await;
        let car = hall.car(2).await;
        let mark = mark_of(&hall, car).await;
        let token = token_for(&hall, "accidents").await;
        let answer = examined(&hall, &token, &record(&hall, Some(mark.clone()), None, 2)).await;
        assert_eq!(answer["verdict"], "complete");
        assert_eq!(answer["contradictions"], json!([]));
        assert!(answer["steps"].as_array().unwrap().iter().all(|step| step["ok"] == true));
        let second = &answer["record"]["parties"][1];
        assert_eq!(second["mark"]["genuine"], true);
        assert_eq!(second["mark"]["subject"], plate(2));
        assert_eq!(second["mark"]["in_validity"], true);
        assert_eq!(second["responsibility"]["code"], "none");
        assert_eq!(second["register"], Value::Null, "not without the scope `state`");
        // seen otherwise than the code says, and a mark of another vehicle
        let otherwise = record(&hall, Some(mark.clone()), Some(Reason::Expired), 2);
        let answer = examined(&hall, &token, &otherwise).await;
        assert_eq!(codes(&answer["contradictions"]), ["police_required", "seen_otherwise"]);
        let other = examined(&hall, &token, &record(&hall, Some(mark), None, 3)).await;
        assert_eq!(codes(&other["contradictions"]), ["mark_of_other_vehicle"]);
        let forged = examined(&hall, &token, &record(&hall, Some(vec![1, 2, 3]), None, 2)).await;
        assert_eq!(forged["verdict"], "complete", "both signed it, whatever it is worth");
        assert_eq!(codes(&forged["contradictions"]), ["credential_not_genuine"]);
    }
}

#[tokio::test]
async fn the_register_is_asked_as_the_client_may_ask_it_and_the_owner_is_told() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let token = token_for(&hall, "accidents state").await;
        let answer = examined(&hall, &token, &record(&hall, None, None, 2)).await;
        let parties = answer["record"]["parties"].as_array().unwrap();
        assert_eq!(
            parties[0]["register"]["as_known_then"]["known"], false,
            "the register's word came ten minutes later"
        );
        assert_eq!(parties[0]["register"]["as_known_now"]["in_validity"], true);
        assert_eq!(parties[0]["register"]["changed"], true);
        assert_eq!(parties[1]["register"]["as_known_now"]["known"], false, "nobody carries that plate");
        let owner = owner_of(&hall, car).await;
        let looks = luzheng::usecase::look::list(&hall.app, &owner, None).await.unwrap().items;
        assert_eq!(looks.len(), 1, "told once, to the owner of the vehicle that is known");
    }
}

#[tokio::test]
async fn what_was_changed_or_is_no_record_is_refused_and_nothing_of_it_is_shown() {
    for hall in Hall::open_all().await {
        hall.car(1).await;
        let token = token_for(&hall, "accidents").await;
        let whole = record(&hall, None, None, 2);
        let mut changed = whole.clone();
        let last = changed.first.len() - 1;
        changed.first[last] ^= 1;
        let answer = examined(&hall, &token, &changed).await;
        assert_eq!((&answer["verdict"], &answer["reason"]), (&json!("not_genuine"), &json!("bad_signature")));
        assert_eq!(answer["record"], Value::Null);
        let alone = examined(&hall, &token, &Record { first: Vec::new(), ..whole.clone() }).await;
        assert_eq!((&alone["verdict"], &alone["reason"]), (&json!("one_sided"), &json!("second_only")));
        let mixed = Record { statement: record(&hall, None, None, 3).statement, ..whole.clone() };
        assert_eq!(examined(&hall, &token, &mixed).await["verdict"], "not_genuine");

        let path = "/api/v1/partner/accidents/verify";
        let text = record_text(&whole.encode());
        for (token, body, status, code) in [
            (None, json!({"record": text, "purpose": "claim"}), 401, "sign_in_required"),
            (Some(&token), json!({"record": text}), 400, "purpose_needed"),
            (Some(&token), json!({"record": text, "purpose": "curiosity"}), 400, "unknown_purpose"),
            (Some(&token), json!({"record": "LZ1:BB8", "purpose": "claim"}), 400, "not_a_record"),
            (Some(&token), json!({"record": "A".repeat(9_000), "purpose": "claim"}), 400, "not_a_record"),
            (Some(&token), json!({"records": text, "purpose": "claim"}), 400, "bad_request"),
        ] {
            let (got, answer) = post(&hall, path, token.map(String::as_str), &body).await;
            assert_eq!(got.as_u16(), status, "{answer}");
            assert_eq!(serde_json::from_str::<Value>(&answer).unwrap()["code"], code);
        }
        let other = token_for(&hall, "verify.marks state").await;
        let (got, answer) = post(&hall, path, Some(&other), &json!({"record": text, "purpose": "claim"})).await;
        assert_eq!(got, StatusCode::FORBIDDEN, "{answer}");
    }
}

#[tokio::test]
async fn a_stranger_sees_plate_validity_and_verdict_and_nothing_more() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let code = text::primary("localhost", &mark_of(&hall, car).await);
        let (status, answer) = post(&hall, "/api/v1/verify", None, &json!({"code": code})).await;
        assert_eq!(status, StatusCode::OK);
        let report: Value = serde_json::from_str(&answer).unwrap();
        let keys = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        let named = |names: &[&str]| names.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        assert_eq!(
            keys(&report),
            named(&["verdict", "reason", "checks", "credential", "hints", "status", "checked_at"])
        );
        let shown = named(&["kind", "mode", "subject", "class", "valid_until", "authority"]);
        assert_eq!(keys(&report["credential"]), shown);
        let event = registered(1);
        let personal: Vec<String> = event["data"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| ["owner_name", "owner_id", "phone"].contains(&name.as_str()))
            .filter_map(|(_, value)| value.as_str().map(str::to_owned))
            .chain([vin(1)])
            .collect();
        assert!(personal.len() >= 3, "{personal:?}");
        for word in personal {
            assert!(!answer.contains(&word), "{word}");
        }
    }
}
