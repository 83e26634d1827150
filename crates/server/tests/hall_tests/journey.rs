//! From a register event to a mark that anyone can verify, and what later events do to it.

use crate::hall::{self, Hall, changed, deregistered, plate_changed, registered, status, transferred};
use luzheng::usecase::credential::{Act, Request, by_hand};
use luzheng::usecase::error::Kind;
use luzheng::usecase::event::{Outcome, apply_event};
use luzheng_credential::verify::{Reason as Why, Verdict};
use luzheng_domain::credential::Reason;
use luzheng_store::credential::CredentialState;
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn a_registration_becomes_a_mark_that_verifies() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let mark = hall.current(car).await.expect("a mark");
        assert_eq!(mark.valid_until, 202_703, "two years from the month of registration");
        assert_eq!(hall.verdict(&mark).await, (Verdict::Valid, None));
        let owner = hall.app.store.read().await.unwrap().find_vehicle(car).await.unwrap().unwrap().facts.owner;
        let notices = hall.app.store.read().await.unwrap().notices(owner, None, 10).await.unwrap();
        assert_eq!(notices.iter().map(|n| n.kind.as_str()).collect::<Vec<_>>(), ["mark_issued"]);
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn the_same_event_counts_once_and_another_under_its_id_is_refused() {
    for hall in Hall::open_all().await {
        assert_eq!(hall.event(&registered(1)).await.outcome, Outcome::Applied);
        let again = hall.event(&registered(1)).await;
        assert_eq!((again.outcome, again.first_outcome), (Outcome::Seen, Some(Outcome::Applied)));
        let mut other = registered(1);
        other["data"]["seats"] = json!(7);
        let error = apply_event(&hall.app, &other.to_string()).await.unwrap_err();
        assert_eq!((error.kind, error.code), (Kind::Conflict, "event_differs"));
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_hundred_at_once_are_one() {
    for hall in Hall::open_all().await {
        let hall = Arc::new(hall);
        let event = registered(7).to_string();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let (hall, event) = (Arc::clone(&hall), event.clone());
            tasks.spawn(async move { apply_event(&hall.app, &event).await.unwrap().outcome });
        }
        let outcomes = tasks.join_all().await;
        assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Applied).count(), 1);
        assert_eq!(outcomes.iter().filter(|o| **o == Outcome::Seen).count(), 99);
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn stolen_suspends_and_found_restores() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        hall.event(&status(1, "s1", "C", "2026-11-18T10:00:00+08:00")).await;
        hall.run_jobs().await;
        let mark = hall.current(car).await.unwrap();
        assert!(matches!(mark.state, CredentialState::Suspended { reason: Reason::Stolen, .. }));
        assert_eq!(hall.verdict(&mark).await, (Verdict::NotValid, Some(Why::Suspended)));
        hall.event(&status(1, "s2", "A", "2026-11-19T10:00:00+08:00")).await;
        hall.run_jobs().await;
        let mark = hall.current(car).await.unwrap();
        assert_eq!(mark.state, CredentialState::Current);
        assert_eq!(hall.verdict(&mark).await, (Verdict::Valid, None));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_transfer_revokes_the_old_mark_and_gives_the_new_owner_one_with_the_same_clock() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let old = hall.current(car).await.unwrap();
        hall.event(&transferred(1, "t1", "2026-11-19T10:00:00+08:00")).await;
        hall.run_jobs().await;
        let new = hall.current(car).await.unwrap();
        assert_ne!(new.id, old.id);
        assert_eq!((new.valid_until, new.subject_name.as_str()), (old.valid_until, hall::plate(50_001).as_str()));
        assert_eq!(hall.verdict(&old).await, (Verdict::NotValid, Some(Why::Revoked)));
        assert_eq!(hall.verdict(&new).await, (Verdict::Valid, None));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_new_plate_supersedes_and_scrapping_ends() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let first = hall.current(car).await.unwrap();
        hall.event(&plate_changed(1, "p1", "2026-11-18T10:00:00+08:00")).await;
        hall.run_jobs().await;
        let second = hall.current(car).await.unwrap();
        assert_eq!(hall.verdict(&first).await, (Verdict::NotValid, Some(Why::Superseded)));
        assert_eq!(hall.verdict(&second).await, (Verdict::Valid, None));
        hall.event(&deregistered(1, "d1", "2026-11-19T10:00:00+08:00")).await;
        hall.run_jobs().await;
        assert_eq!(hall.current(car).await, None);
        assert_eq!(hall.verdict(&second).await, (Verdict::NotValid, Some(Why::Revoked)));
        let late = hall.event(&status(1, "s9", "A", "2026-11-19T12:00:00+08:00")).await;
        assert_eq!(late.outcome, Outcome::Refused, "nobody comes back from the scrap yard: {late:?}");
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_change_of_use_computes_the_cycle_anew() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let old = hall.current(car).await.unwrap();
        let receipt = hall.event(&changed(1, "c1", "2026-11-19T10:00:00+08:00")).await;
        assert_eq!(receipt.outcome, Outcome::Applied, "{receipt:?}");
        hall.run_jobs().await;
        let facts = hall.app.store.read().await.unwrap().find_vehicle(car).await.unwrap().unwrap().facts;
        assert_eq!(facts.use_nature.letter(), 'T');
        match hall.current(car).await {
            Some(new) => {
                assert_ne!(new.id, old.id);
                assert_eq!(Some(new.valid_until), facts.valid_until.map(|m| m.yyyymm()));
            }
            None => assert_eq!(hall.verdict(&old).await.0, Verdict::NotValid),
        }
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn an_event_about_an_unknown_vehicle_waits_for_it() {
    for hall in Hall::open_all().await {
        let early = hall.event(&status(5, "s1", "C", "2026-11-19T10:00:00+08:00")).await;
        assert_eq!(early.outcome, Outcome::Parked);
        let car = hall.car(5).await;
        hall.run_jobs().await;
        assert!(
            matches!(hall.current(car).await.unwrap().state, CredentialState::Suspended { .. }),
            "the parked event was taken up"
        );
        let again = hall.event(&status(5, "s1", "C", "2026-11-19T10:00:00+08:00")).await;
        assert_eq!((again.outcome, again.first_outcome), (Outcome::Seen, Some(Outcome::Applied)));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn an_older_event_is_recorded_as_late_and_changes_nothing() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        hall.event(&status(1, "s1", "C", "2026-11-18T10:00:00+08:00")).await;
        let late = hall.event(&status(1, "s0", "A", "2026-11-17T10:00:00+08:00")).await;
        assert_eq!(late.outcome, Outcome::Late);
        hall.run_jobs().await;
        assert!(matches!(hall.current(car).await.unwrap().state, CredentialState::Suspended { .. }));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn staff_suspend_restore_and_revoke_with_a_reason() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let mark = hall.current(car).await.unwrap();
        let act = async |act: Act, key: Option<&str>| {
            let request = Request {
                act,
                reason: "by_hand".into(),
                note: Some("checked by telephone".into()),
                actor: "staff:test".into(),
                idempotency_key: key.map(str::to_owned),
            };
            by_hand(&hall.app, mark.id, request).await
        };
        act(Act::Suspend, Some("k1")).await.unwrap();
        act(Act::Suspend, Some("k1")).await.expect("the same key gives the same answer");
        assert_eq!(act(Act::Suspend, None).await.unwrap_err().code, "already_suspended");
        assert_eq!(act(Act::Restore, Some("k1")).await.unwrap_err().code, "idempotency_key_reused");
        hall.run_jobs().await;
        assert_eq!(hall.verdict(&mark).await, (Verdict::NotValid, Some(Why::Suspended)));
        act(Act::Restore, None).await.unwrap();
        hall.run_jobs().await;
        assert_eq!(hall.verdict(&mark).await, (Verdict::Valid, None));
        act(Act::Revoke, None).await.unwrap();
        hall.run_jobs().await;
        assert_eq!(hall.verdict(&mark).await, (Verdict::NotValid, Some(Why::Revoked)));
        assert_eq!(act(Act::Restore, None).await.unwrap_err().code, "already_ended");
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn bad_events_are_told_where_they_are_wrong() {
    let hall = Hall::open(luzheng_store::Engine::Sqlite).await;
    for (text, pointer) in [
        ("{", ""),
        ("[]", ""),
        (
            r#"{"source":"s","id":"1","type":"vehicle.flown","occurred_at":"2026-01-01T00:00:00Z","subject":{"vin":"WVWZZZ1KZ00000001"},"data":{}}"#,
            "type",
        ),
        (
            r#"{"source":"s","id":"1","type":"vehicle.status_changed","occurred_at":"yesterday","subject":{"vin":"WVWZZZ1KZ00000001"},"data":{"status":"C"}}"#,
            "occurred_at",
        ),
        (
            r#"{"source":"s","id":"1","type":"vehicle.status_changed","occurred_at":"2026-01-01T00:00:00Z","subject":{"vin":"WVWZZZ1KZ00000001"},"data":{"status":"€"}}"#,
            "status",
        ),
    ] {
        let error = apply_event(&hall.app, text).await.unwrap_err();
        assert_eq!(error.kind, Kind::Invalid, "{text}");
        assert!(error.message.contains(pointer), "{} does not name {pointer}", error.message);
    }
    hall.check_everything().await;
}
