//! The review desk, on both engines: one photo in one pair of hands, decisions with a grace, second looks, and what they cause once.

use crate::application::{ALONE, Holder, asked, code, halls, id};
use crate::hall::Hall;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use jiff::SignedDuration;
use luzheng::config::ReviewSettings;
use luzheng::http::router;
use luzheng::photo::FILE_MAX;
use luzheng::usecase::application::{self, Application, CaseView, MAX_SUBMISSIONS, PhotoChoice, PhotoOrigin, apply};
use luzheng::usecase::review::{self, ReviewView};
use luzheng::usecase::session::{Role, Session, sign_in_demo};
use luzheng::usecase::view::Text;
use luzheng_domain::case::{CaseKind, PhotoDecision, RejectionReason};
use luzheng_store::credential::CredentialState;
use luzheng_store::session::Person;
use std::collections::BTreeSet;
use std::sync::Arc;
use tower::ServiceExt;
use uuid::Uuid;

/// Every first decision is looked at twice.
const TWICE: ReviewSettings = ReviewSettings { second_look_permille: 1_000, ..ALONE };

fn staff(number: u128) -> Session {
    Session::acting(id(number), Role::Staff, None, Text::new("审", "Reviewer"))
}

const fn no(reason: RejectionReason) -> PhotoDecision {
    PhotoDecision::Rejected(reason)
}

/// A holder whose photo waits.
async fn waiting(hall: &Hall, number: u32) -> (Holder, CaseView) {
    let holder = Holder::new(hall, number, "A").await;
    let photo = holder.sent(hall, number.into()).await;
    let case = holder.apply(hall, photo).await.unwrap();
    (holder, case)
}

async fn take(hall: &Hall, who: &Session) -> ReviewView {
    review::next(&hall.app, who).await.unwrap().expect("something waits")
}

async fn decide(hall: &Hall, who: &Session, review: Uuid, decision: PhotoDecision) -> ReviewView {
    review::decide(&hall.app, who, review, decision, None).await.unwrap()
}

/// Lets the grace pass and decisions take effect.
async fn settle(hall: &Hall) {
    hall.app.clock.advance(SignedDuration::from_secs(i64::from(ALONE.grace_s)));
    hall.run_jobs().await;
}

async fn case(hall: &Hall, holder: &Holder, id: Uuid) -> CaseView {
    application::find(&hall.app, &holder.session, id).await.unwrap()
}

/// Who did something about a driver, and what for.
async fn journal(hall: &Hall, driver: Uuid, action: &str) -> Vec<(String, Option<String>)> {
    let entries = hall.app.store.read().await.unwrap().audit_of(driver, 1_000).await.unwrap();
    entries.into_iter().filter(|e| e.action == action).map(|e| (e.actor, e.purpose)).collect()
}

#[tokio::test]
async fn a_decision_takes_effect_after_its_grace_and_once() {
    for hall in halls(ALONE).await {
        let (holder, made) = waiting(&hall, 1).await;
        let reviewer = staff(1);
        let row = take(&hall, &reviewer).await;
        assert_eq!((row.look.as_str(), row.case_id, row.has_stored_photo), ("first", made.id, false));
        assert_eq!((row.applicant.age, row.applicant.classes.as_str()), (36, "C1"));
        assert!(!row.applicant.name_masked.contains('䶮') || row.applicant.name_masked.contains('*'));
        assert_eq!(take(&hall, &reviewer).await.id, row.id, "what is in hand comes first");
        assert!(review::next(&hall.app, &staff(2)).await.unwrap().is_none());
        assert_eq!(review::photo(&hall.app, &reviewer, row.id).await.unwrap(), b"photo 1");
        assert_eq!(code(review::photo(&hall.app, &staff(2), row.id).await), "not_in_hand");
        assert_eq!(
            journal(&hall, holder.driver, "photo.seen").await,
            [(reviewer.actor(), Some("photo_review".to_owned()))]
        );
        // Decided, taken back, decided again: nothing has happened for the holder meanwhile.
        let decided = decide(&hall, &reviewer, row.id, PhotoDecision::Approved).await;
        assert!(decided.undo_until.is_some());
        hall.run_jobs().await;
        assert_eq!(case(&hall, &holder, made.id).await.actions.len(), 2);
        hall.app.clock.advance(SignedDuration::from_secs(9));
        assert_eq!(code(review::undo(&hall.app, &staff(2), row.id).await), "too_late");
        assert_eq!(review::undo(&hall.app, &reviewer, row.id).await.unwrap().decided, None);
        settle(&hall).await;
        assert_eq!(case(&hall, &holder, made.id).await.status, "under_review", "what was taken back has no effect");
        decide(&hall, &reviewer, row.id, PhotoDecision::Approved).await;
        let twice = decide(&hall, &reviewer, row.id, PhotoDecision::Approved).await;
        assert_eq!(twice.decided.as_deref(), Some("approved"));
        let other = review::decide(&hall.app, &reviewer, row.id, no(RejectionReason::Blurred), None).await;
        assert_eq!(code(other), "not_in_hand");
        settle(&hall).await;
        let done = case(&hall, &holder, made.id).await;
        assert_eq!(done.status, "issued");
        let said: Vec<_> = done.actions.iter().map(|a| (a.what.as_str(), a.by.as_str())).collect();
        assert_eq!(
            said,
            [("submitted", "you"), ("accepted", "system"), ("photo_approved", "office"), ("issued", "system")]
        );
        assert_eq!(code(review::undo(&hall.app, &reviewer, row.id).await), "too_late");
        settle(&hall).await;
        let [licence] = &holder.licences(&hall).await[..] else { panic!("one licence") };
        assert_eq!(licence.photo, Some(id(600_001)));
        assert_eq!(holder.notices(&hall).await, ["application_received", "licence_issued"]);
        let queue = review::queue(&hall.app, &reviewer).await.unwrap();
        assert_eq!((queue.waiting, queue.decided_today, queue.mine.len()), (0, 1, 0));
        assert_eq!(queue.median_decide_s, Some(10.0));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_rejected_photo_is_explained_and_can_be_replaced() {
    for hall in halls(ALONE).await {
        let (holder, made) = waiting(&hall, 1).await;
        let reviewer = staff(1);
        for round in 1..MAX_SUBMISSIONS {
            let row = take(&hall, &reviewer).await;
            let note = Some("看不清");
            review::decide(&hall.app, &reviewer, row.id, no(RejectionReason::Blurred), note).await.unwrap();
            assert_eq!(code(application::resubmit(&hall.app, &holder.session, made.id, id(9)).await), "not_found");
            settle(&hall).await;
            let seen = case(&hall, &holder, made.id).await;
            let last = seen.actions.last().unwrap();
            assert_eq!((seen.status.as_str(), last.reason.as_deref()), ("rejected", Some("blurred")));
            assert!(last.fix.is_some() && seen.can_resubmit && seen.can_withdraw);
            let old = id(600_000 + u128::from(if round == 1 { 1 } else { 100 + round }));
            assert_eq!(code(application::resubmit(&hall.app, &holder.session, made.id, old).await), "photo_used");
            let PhotoChoice::New(photo) = holder.sent(&hall, (101 + round).into()).await else { unreachable!() };
            let again = application::resubmit(&hall.app, &holder.session, made.id, photo).await.unwrap();
            assert_eq!((again.status.as_str(), again.can_resubmit), ("under_review", false));
        }
        let row = take(&hall, &reviewer).await;
        decide(&hall, &reviewer, row.id, no(RejectionReason::Light)).await;
        settle(&hall).await;
        let PhotoChoice::New(photo) = holder.sent(&hall, 300).await else { unreachable!() };
        let last = application::resubmit(&hall.app, &holder.session, made.id, photo).await;
        assert_eq!(code(last), "too_many_submissions");
        let notices = holder.notices(&hall).await;
        assert_eq!(notices.iter().filter(|k| *k == "application_rejected").count(), 5);
        assert!(holder.licences(&hall).await.is_empty());
        // The note is sealed and only the office's.
        let mut tx = hall.app.store.read().await.unwrap();
        let stored = tx.find_case(made.id).await.unwrap().unwrap();
        let notes: Vec<_> = tx.case_actions(&stored).await.unwrap().into_iter().filter_map(|a| a.note).collect();
        assert_eq!(notes, ["看不清"; 4]);
        drop(tx);
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn bad_faith_leads_to_the_counter() {
    for hall in halls(ALONE).await {
        let (holder, made) = waiting(&hall, 1).await;
        let reviewer = staff(1);
        let row = take(&hall, &reviewer).await;
        decide(&hall, &reviewer, row.id, no(RejectionReason::Malicious)).await;
        settle(&hall).await;
        let seen = case(&hall, &holder, made.id).await;
        assert_eq!((seen.status.as_str(), seen.can_resubmit, seen.can_withdraw), ("at_counter", false, false));
        let photo = holder.sent(&hall, 2).await;
        assert_eq!(code(holder.apply(&hall, photo).await), "counter_only");
        assert_eq!(holder.notices(&hall).await, ["application_received", "application_at_counter"]);
        // The counter took a photo: the register has it, and the app is open again.
        hall.app.clock.advance(SignedDuration::from_hours(24));
        holder.put(&hall, 3, b"at the counter", PhotoOrigin::Register, true).await;
        assert_eq!(holder.apply(&hall, PhotoChoice::Stored).await.unwrap().status, "issued");
    }
}

#[tokio::test]
async fn a_second_look_is_blind_and_a_third_person_decides() {
    for hall in halls(TWICE).await {
        let (holder, made) = waiting(&hall, 1).await;
        let (one, two, three) = (staff(1), staff(2), staff(3));
        let row = take(&hall, &one).await;
        decide(&hall, &one, row.id, PhotoDecision::Approved).await;
        settle(&hall).await;
        let seen = case(&hall, &holder, made.id).await;
        assert_eq!((seen.status.as_str(), seen.actions.len()), ("under_review", 2), "the office's own business");
        assert!(review::next(&hall.app, &one).await.unwrap().is_none(), "never the second look at one's own");
        let again = take(&hall, &two).await;
        assert_eq!((again.look.as_str(), again.decided.as_deref(), again.case_id), ("second", None, made.id));
        assert_eq!(code(review::find(&hall.app, &two, row.id).await), "not_in_hand");
        decide(&hall, &two, again.id, no(RejectionReason::Pose)).await;
        settle(&hall).await;
        assert_eq!(case(&hall, &holder, made.id).await.actions.len(), 2);
        for neither in [&one, &two] {
            assert!(review::next(&hall.app, neither).await.unwrap().is_none());
        }
        let last = take(&hall, &three).await;
        decide(&hall, &three, last.id, PhotoDecision::Approved).await;
        settle(&hall).await;
        let seen = case(&hall, &holder, made.id).await;
        assert_eq!(seen.status, "issued", "the third look is the last");
        assert_eq!(seen.actions.iter().filter(|a| a.what == "photo_approved").count(), 1);
        assert_eq!(holder.licences(&hall).await.len(), 1);
        assert_eq!(holder.notices(&hall).await, ["application_received", "licence_issued"]);
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn two_who_agree_decide_and_an_urgent_one_is_not_held_up() {
    for hall in halls(TWICE).await {
        let (holder, made) = waiting(&hall, 1).await;
        let (one, two) = (staff(1), staff(2));
        let row = take(&hall, &one).await;
        decide(&hall, &one, row.id, no(RejectionReason::Light)).await;
        settle(&hall).await;
        assert!(!case(&hall, &holder, made.id).await.can_resubmit);
        let again = take(&hall, &two).await;
        decide(&hall, &two, again.id, no(RejectionReason::Blurred)).await;
        settle(&hall).await;
        let seen = case(&hall, &holder, made.id).await;
        let last = seen.actions.last().unwrap();
        assert_eq!(
            (seen.status.as_str(), last.reason.as_deref()),
            ("rejected", Some("light")),
            "the first reason counts"
        );
        assert_eq!(holder.notices(&hall).await, ["application_received", "application_rejected"]);

        waiting(&hall, 2).await;
        let roadside = Holder::new(&hall, 3, "A").await;
        let photo = roadside.sent(&hall, 3).await;
        let urgent = Application { urgent: true, ..asked(CaseKind::First, photo) };
        let urgent = apply(&hall.app, &roadside.session, &urgent).await.unwrap();
        let row = take(&hall, &one).await;
        assert_eq!((row.case_id, row.urgent), (urgent.id, true), "before those who came earlier");
        decide(&hall, &one, row.id, PhotoDecision::Approved).await;
        settle(&hall).await;
        assert_eq!(case(&hall, &roadside, urgent.id).await.status, "issued");
    }
}

#[tokio::test]
async fn a_lease_ends_and_a_release_puts_back() {
    for hall in halls(ALONE).await {
        waiting(&hall, 1).await;
        let (one, two) = (staff(1), staff(2));
        let row = take(&hall, &one).await;
        hall.app.clock.advance(SignedDuration::from_secs(i64::from(ALONE.lease_s)));
        assert_eq!(code(review::find(&hall.app, &one, row.id).await), "not_in_hand");
        assert_eq!(take(&hall, &two).await.id, row.id);
        let late = review::decide(&hall.app, &one, row.id, PhotoDecision::Approved, None).await;
        assert_eq!(code(late), "not_in_hand");
        assert_eq!(code(review::release(&hall.app, &one, row.id).await), "not_in_hand");
        review::release(&hall.app, &two, row.id).await.unwrap();
        assert_eq!(take(&hall, &one).await.id, row.id);
    }
}

#[tokio::test]
async fn many_reviewers_never_have_the_same_photo() {
    for hall in halls(ALONE).await {
        for number in 1..=10 {
            waiting(&hall, number).await;
        }
        let desks: Vec<Session> = (1..=14).map(staff).collect();
        let taken = futures_util::future::join_all(desks.iter().map(|d| review::next(&hall.app, d))).await;
        let taken: Vec<Uuid> = taken.into_iter().filter_map(|t| t.unwrap()).map(|t| t.id).collect();
        assert_eq!(taken.len(), taken.iter().collect::<BTreeSet<_>>().len());
        // On the engine with many writers a claim may come away with nothing although something waits; the next one has it.
        let mut all: BTreeSet<Uuid> = taken.into_iter().collect();
        for desk in &desks {
            all.extend(review::next(&hall.app, desk).await.unwrap().map(|t| t.id));
        }
        assert_eq!(all.len(), 10);
    }
}

#[tokio::test]
async fn a_withdrawn_application_is_not_decided() {
    for hall in halls(ALONE).await {
        let (holder, made) = waiting(&hall, 1).await;
        let reviewer = staff(1);
        let row = take(&hall, &reviewer).await;
        application::withdraw(&hall.app, &holder.session, made.id).await.unwrap();
        let late = review::decide(&hall.app, &reviewer, row.id, PhotoDecision::Approved, None).await;
        assert_eq!(code(late), "case_withdrawn");
        // Given up while the decision waits for its grace to pass: nothing is issued.
        let (holder, made) = waiting(&hall, 2).await;
        let row = take(&hall, &reviewer).await;
        decide(&hall, &reviewer, row.id, PhotoDecision::Approved).await;
        application::withdraw(&hall.app, &holder.session, made.id).await.unwrap();
        settle(&hall).await;
        assert!(holder.licences(&hall).await.is_empty());
        assert_eq!(case(&hall, &holder, made.id).await.status, "withdrawn");
    }
}

/// A licence that is withdrawn while its photo is looked at is not issued; one whose code would be red is.
#[tokio::test]
async fn the_register_has_the_last_word() {
    for hall in halls(ALONE).await {
        for (number, letters, status, licences) in [(1, "F", "at_counter", 0), (2, "U", "issued", 1)] {
            let (holder, made) = waiting(&hall, number).await;
            let reviewer = staff(1);
            let row = take(&hall, &reviewer).await;
            decide(&hall, &reviewer, row.id, PhotoDecision::Approved).await;
            let now = hall.app.clock.now();
            let mut tx = hall.app.store.write().await.unwrap();
            let before = tx.lock_driver(holder.driver).await.unwrap().unwrap();
            let after = crate::application::licence(number, letters, 320_500);
            let source = luzheng_store::vehicle::Source { cause: "test", true_from: now, known_from: now };
            tx.append_driver_fact(&before, &after, &source).await.unwrap();
            tx.commit().await.unwrap();
            settle(&hall).await;
            assert_eq!(case(&hall, &holder, made.id).await.status, status, "{letters}");
            let issued = holder.licences(&hall).await;
            assert_eq!(issued.len(), licences, "{letters}");
            assert!(issued.iter().all(|c| matches!(c.state, CredentialState::Suspended { .. })));
        }
        hall.check_everything().await;
    }
}

/// The way over HTTP: from an upload to the reviewer's screen.
#[tokio::test]
async fn over_http() {
    let hall = Hall::open_reviewing(luzheng_store::Engine::Sqlite, ALONE).await;
    let holder = Holder::new(&hall, 1, "A").await;
    let mut tokens = Vec::new();
    for (role, owner) in [("citizen", holder.session.owner), ("staff", None)] {
        let person = Person {
            id: id(tokens.len() as u128 + 1),
            role: role.into(),
            owner,
            name: role.into(),
            params: "{}".into(),
            created_at: hall.app.clock.now(),
        };
        let mut tx = hall.app.store.write().await.unwrap();
        tx.put_person(&person).await.unwrap();
        tx.commit().await.unwrap();
        tokens.push(sign_in_demo(&hall.app, person.id).await.unwrap().0);
    }
    let call = async |who: usize, method: &str, path: &str, kind: &str, body: Vec<u8>| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header(header::COOKIE, format!("lz_session={}", tokens[who]))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap();
        let response = router(Arc::clone(&hall.app)).oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts, axum::body::to_bytes(body, 1 << 24).await.unwrap())
    };
    let photos = "/api/v1/citizen/licence/photos?origin=camera";
    let (parts, _) = call(0, "POST", photos, "image/jpeg", vec![0xFF; FILE_MAX + 2]).await;
    assert_eq!(parts.status, StatusCode::PAYLOAD_TOO_LARGE);
    let (parts, said) = call(0, "POST", photos, "image/jpeg", vec![0xFF; FILE_MAX + 1]).await;
    assert_eq!(parts.status, StatusCode::BAD_REQUEST);
    assert!(String::from_utf8_lossy(&said).contains("photo_too_large"));
    let face = luzheng::synth::portrait::Look::of(2, 3, true);
    let face = luzheng::synth::portrait::Scene::nominal(face, 520, 756).draw();
    let (parts, said) = call(0, "POST", photos, "image/jpeg", luzheng::synth::portrait::jpeg(&face, 90)).await;
    assert_eq!(parts.status, StatusCode::OK, "{said:?}");
    let sent: serde_json::Value = serde_json::from_slice(&said).unwrap();
    let body = serde_json::json!({"photo": sent["id"], "urgent": false, "kind": "first"}).to_string().into_bytes();
    let (parts, said) = call(0, "POST", "/api/v1/citizen/licence/applications", "application/json", body).await;
    assert_eq!(parts.status, StatusCode::CREATED, "{said:?}");
    let (_, said) = call(1, "POST", "/api/v1/staff/reviews/next", "application/json", b"{}".to_vec()).await;
    let row: serde_json::Value = serde_json::from_slice(&said).unwrap();
    assert_eq!(row["checks"].as_array().unwrap().len(), 8);
    let review = format!("/api/v1/staff/reviews/{}", row["id"].as_str().unwrap());
    let (parts, picture) = call(1, "GET", &format!("{review}/photo"), "application/json", Vec::new()).await;
    assert_eq!(parts.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(parts.headers[header::CONTENT_TYPE], "image/jpeg");
    assert!(picture.starts_with(&[0xFF, 0xD8]));
    let wrong = br#"{"reason":"ugly"}"#.to_vec();
    let (parts, _) = call(1, "POST", &format!("{review}/reject"), "application/json", wrong).await;
    assert_eq!(parts.status, StatusCode::BAD_REQUEST);
    let (parts, _) = call(1, "POST", &format!("{review}/approve"), "application/json", b"{}".to_vec()).await;
    assert_eq!(parts.status, StatusCode::OK);
    let (parts, _) = call(1, "POST", "/api/v1/staff/reviews/next", "application/json", b"{}".to_vec()).await;
    assert_eq!(parts.status, StatusCode::NO_CONTENT);
    settle(&hall).await;
    assert_eq!(holder.licences(&hall).await.len(), 1);
}
