//! A proof is received, kept as evidence, and told to its holder; and how the licence stood while it was open.

use crate::hall::Hall;
use crate::state_at::insurer;
use jiff::SignedDuration;
use luzheng::usecase::licence::proof::{self, NewProof, Purpose};
use luzheng::usecase::look;
use luzheng::usecase::partner::Call;
use luzheng::usecase::received_proof::state::{Questions, states};
use luzheng::usecase::received_proof::{self, NewReceived, Received};
use luzheng::usecase::session::Session;
use luzheng_credential::evidence;
use luzheng_credential::trust::Roots;
use luzheng_store::Engine;
use serde_json::{Value, json};
use uuid::Uuid;

async fn link(hall: &Hall, holder: &Session, hours: u32) -> (Uuid, String) {
    let new = NewProof { purpose: Purpose::Rental, recipient: "虚构租车".into(), note: None, hours };
    let made = proof::make(&hall.app, holder, &new).await.unwrap();
    (made.proof.id, format!("https://localhost{}", made.link))
}

fn new(link: &str, case: &str) -> NewReceived {
    serde_json::from_value(json!({"link": link, "purpose": "rental_pickup", "case_reference": case})).unwrap()
}

async fn receive(hall: &Hall, call: &Call, link: &str, case: &str) -> Received {
    received_proof::receive(&hall.app, call, &new(link, case)).await.unwrap()
}

fn roots(hall: &Hall) -> Roots {
    Roots::from_json(std::str::from_utf8(&hall.app.published().root_json).unwrap()).unwrap()
}

#[tokio::test]
async fn what_was_shown_is_kept_signed_after_the_proof_is_over() {
    for hall in Hall::open_all().await {
        let call = insurer(&hall, "proofs", "310000").await;
        let holder = crate::licence::live_code(&hall, 1).await.0;
        let (id, link) = link(&hall, &holder, 24).await;
        let first = receive(&hall, &call, &link, "R-1").await;
        assert_eq!((first.live.as_str(), first.snapshot["classes"].as_str()), ("open", Some("C1")));
        assert_eq!(first.snapshot["holder"], "张*丰", "masked, as whoever opens the link sees it");
        let again = receive(&hall, &call, &link, " R-1 ").await;
        assert_eq!((again.id, again.evidence.get()), (first.id, first.evidence.get()), "once for a case");
        let other = receive(&hall, &call, &link, "R-2").await;
        assert_ne!(other.id, first.id);
        // The holder sees it, and takes the proof back; what was received stays.
        let listed = proof::list(&hall.app, &holder).await.unwrap();
        assert_eq!((listed[0].received.len(), listed[0].openings.len()), (2, 2));
        let told = &listed[0].received[0];
        assert_eq!((told.by.zh.as_str(), told.at, told.kept_until), ("虚构财险", first.received_at, first.kept_until));
        let looks = look::list(&hall.app, &holder, None).await.unwrap();
        assert_eq!((looks.items[0].by_role.as_str(), looks.items[0].by.zh.as_str()), ("partner", "核验单位：虚构财险"));
        proof::revoke(&hall.app, &holder, id).await.unwrap();
        let kept = received_proof::get(&hall.app, &call, first.id).await.unwrap();
        assert_eq!((kept.live.as_str(), kept.snapshot), ("revoked", first.snapshot.clone()));
        let late = received_proof::receive(&hall.app, &call, &new(&link, "R-3")).await.unwrap_err();
        assert_eq!(late.code, "proof_revoked");
        // Anybody verifies it with the root alone.
        let opened = evidence::open(kept.evidence.get(), &roots(&hall)).unwrap();
        assert_eq!(opened.iat, first.received_at.as_second());
        assert_eq!(
            (&opened.statement["shown"], opened.statement["case_reference"].as_str()),
            (&first.snapshot, Some("R-1"))
        );
        let forged = kept.evidence.get().replace("\"statement\":\"", "\"statement\":\"e");
        assert!(evidence::open(&forged, &roots(&hall)).is_err());
        // Personal data lie sealed; the journal holds a digest.
        let mut tx = hall.app.store.read().await.unwrap();
        for mut row in tx.raw_rows("SELECT evidence, reference FROM received_proof", vec![]).await.unwrap() {
            let (sealed, reference) = (row.bytes().unwrap(), row.bytes().unwrap());
            assert!(
                !sealed.windows(9).any(|part| part == b"statement") && !reference.windows(2).any(|part| part == b"R-")
            );
        }
        drop(tx);
        let page = received_proof::list(&hall.app, &call, None).await.unwrap();
        assert_eq!(page.items.len(), 2);
        // Until its time is over.
        let days = i64::from(hall.app.settings.retention.proof_days);
        hall.app.clock.advance(SignedDuration::from_hours(24 * days));
        assert_eq!(received_proof::get(&hall.app, &call, first.id).await.unwrap_err().code, "not_found");
        assert!(received_proof::sweep(&hall.app).await.unwrap());
        assert!(received_proof::list(&hall.app, &call, None).await.unwrap().items.is_empty());
    }
}

#[tokio::test]
async fn what_cannot_be_received_is_refused() {
    let hall = Hall::open(Engine::Sqlite).await;
    let (call, other) = (insurer(&hall, "proofs", "all").await, insurer(&hall, "proofs", "all").await);
    let without = insurer(&hall, "state", "all").await;
    let holder = crate::licence::live_code(&hall, 1).await.0;
    let (_, link) = link(&hall, &holder, 1).await;
    let refused =
        async |call: &Call, new: &NewReceived| received_proof::receive(&hall.app, call, new).await.unwrap_err().code;
    assert_eq!(refused(&without, &new(&link, "R")).await, "insufficient_scope");
    assert_eq!(refused(&call, &new(&link, " ")).await, "case_reference");
    assert_eq!(refused(&call, &new(&link, &"x".repeat(65))).await, "case_reference");
    assert_eq!(refused(&call, &new("https://localhost/proof#0", "R")).await, "no_proof");
    assert_eq!(refused(&call, &new(&"x".repeat(600), "R")).await, "bad_link");
    assert_eq!(refused(&call, &NewReceived { purpose: None, ..new(&link, "R") }).await, "purpose_needed");
    let received = receive(&hall, &call, &link, "R").await;
    assert_eq!(received_proof::get(&hall.app, &other, received.id).await.unwrap_err().code, "not_found");
    hall.app.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(refused(&call, &new(&link, "R-2")).await, "proof_expired");
    assert_eq!(receive(&hall, &call, &link, "R").await.id, received.id, "what was received is received");
}

/// The number of the first driver in these tests.
fn number() -> String {
    let digits = "32050019900101001";
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.chars().zip(weights).map(|(d, w)| d.to_digit(10).unwrap() * w).sum();
    format!("{digits}{}", ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][sum as usize % 11])
}

#[tokio::test]
async fn a_licence_at_a_moment_only_with_a_proof_and_while_it_was_open() {
    for hall in Hall::open_all().await {
        let call = insurer(&hall, "proofs state", "all").await;
        let holder = crate::licence::live_code(&hall, 1).await.0;
        let (id, link) = link(&hall, &holder, 24).await;
        let received = receive(&hall, &call, &link, "R-1").await;
        let made = hall.app.clock.now();
        hall.app.clock.advance(SignedDuration::from_hours(2));
        let at = made + SignedDuration::from_hours(1);
        let reported = json!({"source": "test", "id": "late", "type": "driver.status_changed", "occurred_at": (made + SignedDuration::from_mins(30)).to_string(),
            "subject": {"licence_number": number()}, "data": {"status": "U"}});
        hall.event(&reported).await;
        let ask = async |call: &Call, items: Value| {
            let questions: Questions = serde_json::from_value(json!({"items": items, "purpose": "claim"})).unwrap();
            states(&hall.app, call, &questions)
                .await
                .map(|answers| serde_json::to_value(answers).unwrap()["items"].clone())
        };
        let items = ask(
            &call,
            json!([
                {"proof": received.id, "at": at.to_string()},
                {"proof": received.id, "at": (made - SignedDuration::from_hours(1)).to_string()},
                {"proof": Uuid::nil(), "at": at.to_string()},
                {"proof": received.id, "at": (made + SignedDuration::from_hours(3)).to_string()},
            ]),
        )
        .await
        .unwrap();
        assert_eq!(
            (items[0]["as_known_then"]["state"].as_str(), items[0]["as_known_now"]["state"].as_str()),
            (Some("normal"), Some("red"))
        );
        assert_eq!((&items[0]["as_known_now"]["usable"], &items[0]["changed"]), (&json!(false), &json!(true)));
        let codes: Vec<&str> = (1..4).map(|at| items[at]["error"]["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["outside_proof", "no_proof", "in_the_future"]);
        proof::revoke(&hall.app, &holder, id).await.unwrap();
        hall.app.clock.advance(SignedDuration::from_hours(2));
        let items = ask(&call, json!([
            {"proof": received.id, "at": at.to_string()}, {"proof": received.id, "at": (made + SignedDuration::from_hours(3)).to_string()},
        ])).await.unwrap();
        assert_eq!(items[0]["as_known_now"]["known"], true, "of the time before it was taken back");
        assert_eq!(items[1]["error"]["code"], "outside_proof");
        let other = insurer(&hall, "state proofs", "all").await;
        let items = ask(&other, json!([{"proof": received.id, "at": at.to_string()}])).await.unwrap();
        assert_eq!(items[0]["error"]["code"], "no_proof", "another partner's proof is none");
        let half = insurer(&hall, "state", "all").await;
        assert_eq!(
            ask(&half, json!([{"proof": received.id, "at": at.to_string()}])).await.unwrap_err().code,
            "insufficient_scope"
        );
        let looks = look::list(&hall.app, &holder, None).await.unwrap();
        assert!(
            looks.items[0].what.zh.contains("某一时刻"),
            "the driver sees what was asked: {:?}",
            looks.items[0].what
        );
    }
}
