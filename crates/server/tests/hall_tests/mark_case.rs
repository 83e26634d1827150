//! Applying for the mark without inspection, on both engines: at once, once, and everything together.

use crate::eligibility::{Owner, applied, event, refusal, violation};
use crate::hall::Hall;
use luzheng::usecase::application::{self, CaseView};
use luzheng::usecase::error::{UseError, Used};
use luzheng::usecase::mark_case::{apply, order_paper};
use luzheng::usecase::paper_order::Delivery;
use luzheng::usecase::session::{Level, Session};
use luzheng_credential::verify::Verdict;
use luzheng_domain::case::kind::mark::PaperReason;
use luzheng_domain::credential::Reason;
use luzheng_store::credential::CredentialState;
use serde_json::json;
use std::sync::Arc;

/// By post to Wuzhong, Suzhou.
pub fn by_post() -> Delivery {
    Delivery::Post {
        recipient: "张三丰".into(),
        phone: Some("138 0000 1234".into()),
        division: "320506".into(),
        address: " 示范路  ８８号 ".into(),
    }
}

pub fn pick_up() -> Delivery {
    Delivery::Pickup { office: "xg-320500-1".into() }
}

pub async fn applies(hall: &Hall, owner: &Owner, paper: Option<&Delivery>) -> Used<CaseView> {
    apply(&hall.app, &owner.session, owner.vehicle, paper, None).await
}

fn steps(view: &CaseView) -> Vec<(&str, &str)> {
    view.steps.iter().map(|step| (step.code.as_str(), step.state.as_str())).collect()
}

#[tokio::test]
async fn a_complete_application_is_granted_at_once() {
    for hall in Hall::open_all().await {
        let owner = Owner::ready(&hall, 11).await;
        let old = hall.current(owner.vehicle).await.unwrap();
        let view = applies(&hall, &owner, None).await.unwrap();
        assert_eq!((view.kind.as_str(), view.status.as_str()), ("exempt_mark", "granted"));
        assert_eq!(steps(&view), [("submitted", "done"), ("granted", "done")]);
        let done: Vec<_> = view.actions.iter().map(|action| action.what.as_str()).collect();
        assert_eq!(done, ["submitted", "accepted", "granted"]);
        assert!(!view.can_withdraw && view.delivery.is_none());
        hall.run_jobs().await;
        let new = hall.current(owner.vehicle).await.unwrap();
        assert_eq!((new.valid_until, new.replaces), (202_812, Some(old.id)));
        assert_eq!(hall.verdict(&new).await.0, Verdict::Valid);
        // In time: the old one runs to its own end, and its print stays good until then.
        let marks = hall.marks(owner.vehicle).await;
        let old = marks.iter().find(|mark| mark.id == old.id).unwrap();
        assert!(matches!(old.state, CredentialState::Ended { reason: Reason::Renewed, .. }));
        assert_eq!(hall.verdict(old).await.0, Verdict::Valid);
        assert_eq!(owner.notices(&hall).await, ["mark_issued", "mark_renewed"]);
        assert_eq!(owner.asks(&hall).await.state, "done");
        assert_eq!(refusal(applies(&hall, &owner, None).await), "done");
        let listed = application::cases(&hall.app, &owner.session).await.unwrap();
        assert_eq!((listed.len(), listed[0].id), (1, view.id));
        assert_eq!(listed[0].vehicle.as_ref().unwrap().id, owner.vehicle);
        // The register's own report of the same grant is no second one.
        let echo = event(11, "echo", "vehicle.mark_granted", "2026-11-20T12:00:00+08:00", json!({}));
        assert_ne!(hall.event(&echo).await.outcome, luzheng::usecase::event::Outcome::Applied);
        hall.run_jobs().await;
        assert_eq!(hall.current(owner.vehicle).await.unwrap().id, new.id);
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn what_is_incomplete_is_not_opened() {
    for hall in Hall::open_all().await {
        let owner = Owner::of(&hall, 12).await;
        applied(&hall.event(&violation(12, "v1", "V-1", "2026-11-02T08:00:00+08:00")).await);
        let error: UseError = applies(&hall, &owner, None).await.unwrap_err();
        assert_eq!(error.code, "not_eligible");
        for word in ["1 violation is open.", "No compulsory insurance is on record.", "No vehicle tax is on record."] {
            assert!(error.message.contains(word), "everything at once: {}", error.message);
        }
        assert_eq!(application::cases(&hall.app, &owner.session).await.unwrap().len(), 0);
        assert_eq!(hall.marks(owner.vehicle).await.len(), 1);
        let ready = Owner::ready(&hall, 13).await;
        let low = Session { level: Level::L2, ..ready.session.clone() };
        assert_eq!(refusal(apply(&hall.app, &low, ready.vehicle, None, None).await), "assurance_needed");
        let other = Owner::ready(&hall, 14).await;
        assert_eq!(refusal(apply(&hall.app, &other.session, ready.vehicle, None, None).await), "not_found");
        // A car whose window is not open, and one that needs a station.
        let early = hall.car(15).await;
        let stored = hall.app.store.read().await.unwrap().find_vehicle(early).await.unwrap().unwrap();
        let session = Session { owner: Some(stored.facts.owner), ..ready.session.clone() };
        assert_eq!(refusal(apply(&hall.app, &session, early, None, None).await), "not_yet");
        let van = event(13, "van", "vehicle.changed", "2026-11-19T09:00:00+08:00", json!({"casualty_accident": true}));
        applied(&hall.event(&van).await);
        assert_eq!(refusal(applies(&hall, &ready, None).await), "not_for_this_vehicle");
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn the_same_key_is_the_same_application() {
    for hall in Hall::open_all().await {
        let owner = Owner::ready(&hall, 16).await;
        let once = |paper| {
            let (app, owner) = (Arc::clone(&hall.app), &owner);
            async move { apply(&app, &owner.session, owner.vehicle, paper, Some("key-1")).await }
        };
        let post = by_post();
        let first = once(Some(&post)).await.unwrap();
        let again = once(Some(&post)).await.unwrap();
        assert_eq!(again.id, first.id);
        assert_eq!(refusal(once(None).await), "idempotency_key_reused");
        hall.run_jobs().await;
        assert_eq!(hall.marks(owner.vehicle).await.len(), 2);
    }
}

#[tokio::test]
async fn ten_applications_for_one_vehicle_make_one_mark() {
    for hall in Hall::open_all().await {
        let owner = Owner::ready(&hall, 17).await;
        let mut turns = Vec::new();
        for number in 0..10 {
            let (app, session, vehicle) = (Arc::clone(&hall.app), owner.session.clone(), owner.vehicle);
            // Half of them say nothing else than the first, half have keys of their own.
            let key = (number % 2 == 0).then(|| format!("key-{number}"));
            turns.push(tokio::spawn(
                async move { apply(&app, &session, vehicle, Some(&by_post()), key.as_deref()).await },
            ));
        }
        let mut made = Vec::new();
        for turn in turns {
            match turn.await.unwrap() {
                Ok(view) => made.push(view.id),
                Err(error) => {
                    let expected = ["case_open", "done", "paper_under_way", "conflict", "store_unavailable"];
                    assert!(expected.contains(&error.code), "{}: {}", error.code, error.message);
                }
            }
        }
        assert_eq!(made.len(), 1, "{:?}", hall.engine());
        hall.run_jobs().await;
        assert_eq!(hall.marks(owner.vehicle).await.len(), 2, "the old one and the new one");
        let mut tx = hall.app.store.read().await.unwrap();
        assert_eq!(tx.papers_in("ordered", None, 10).await.unwrap().len(), 1);
        drop(tx);
        assert_eq!(owner.notices(&hall).await, ["mark_issued", "mark_renewed", "paper_ordered"]);
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn with_the_mark_comes_its_paper_and_only_the_paper_can_be_given_up() {
    for hall in Hall::open_all().await {
        let owner = Owner::ready(&hall, 18).await;
        let view = applies(&hall, &owner, Some(&by_post())).await.unwrap();
        assert_eq!(view.status, "ordered");
        assert_eq!(
            steps(&view),
            [
                ("submitted", "done"),
                ("granted", "done"),
                ("ordered", "now"),
                ("produced", "later"),
                ("dispatched", "later"),
                ("delivered", "later")
            ]
        );
        let delivery = view.delivery.as_ref().unwrap();
        assert_eq!(delivery.to_masked.as_deref(), Some("张*丰 138****1234"));
        let address = delivery.address_masked.as_deref().unwrap();
        assert!(address.starts_with("江苏省苏州市吴中区示范****"), "{address}");
        assert!(!serde_json::to_string(&view).unwrap().contains("88号"), "the street is masked");
        hall.run_jobs().await;
        assert_eq!(
            refusal(order_paper(&hall.app, &owner.session, owner.vehicle, PaperReason::Lost, &by_post(), None).await),
            "paper_under_way"
        );
        let given_up = application::withdraw(&hall.app, &owner.session, view.id).await.unwrap();
        assert_eq!((given_up.status.as_str(), given_up.can_withdraw), ("granted", false));
        assert_eq!(given_up.delivery.as_ref().unwrap().state, "cancelled");
        // Twice is once.
        application::withdraw(&hall.app, &owner.session, view.id).await.unwrap();
        assert_eq!(hall.current(owner.vehicle).await.unwrap().valid_until, 202_812, "the mark stays");
        let told = owner.notices(&hall).await;
        assert_eq!(told, ["mark_issued", "mark_renewed", "paper_ordered", "paper_withdrawn"]);
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn what_the_register_reports_of_the_time_before_still_counts() {
    for hall in Hall::open_all().await {
        let owner = Owner::ready(&hall, 19).await;
        applies(&hall, &owner, None).await.unwrap();
        // And another register speaks after it.
        applied(&hall.event(&violation(19, "v1", "V-1", "2026-11-02T08:00:00+08:00")).await);
        hall.run_jobs().await;
        let stolen = event(19, "s1", "vehicle.status_changed", "2026-11-20T11:00:00+08:00", json!({"status": "C"}));
        applied(&hall.event(&stolen).await);
        assert!(matches!(hall.current(owner.vehicle).await.unwrap().state, CredentialState::Suspended { .. }));
        assert_eq!(owner.letters(&hall).await, "CG");
        // What is older than the register's own last word is late as ever.
        let older = event(19, "s2", "vehicle.status_changed", "2026-11-20T10:00:00+08:00", json!({"status": "A"}));
        assert_eq!(hall.event(&older).await.outcome, luzheng::usecase::event::Outcome::Late);
        hall.check_everything().await;
    }
}
