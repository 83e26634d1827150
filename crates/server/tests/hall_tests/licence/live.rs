//! Shown on a screen: as of now, for a minute, in every state; issued anew by itself, and never twice.

use super::world::*;
use crate::hall::Hall;
use jiff::SignedDuration;
use luzheng::usecase::error::Kind;
use luzheng::usecase::event::apply_event;
use luzheng::usecase::issue::BulkOptions;
use luzheng::usecase::licence::{bulk, holding};
use luzheng::usecase::verify;
use luzheng_credential::kind::Claims;
use luzheng_domain::credential::Reason;
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test]
async fn a_live_code_says_what_is_so_now_and_is_dead_after_a_minute() {
    for hall in Hall::open_all().await {
        let holder = Holder::new(&hall, 1).await;
        assert_eq!(holder.live().await.unwrap_err().code, "no_electronic_licence");
        let photo = holder.photo(1).await;
        holder.apply(photo).await.unwrap();
        hall.run_jobs().await;
        let shown = holder.live().await.unwrap();
        assert_eq!((shown.state.as_str(), shown.colour.as_str(), shown.points), ("normal", "black", 0));
        assert_eq!(shown.status.iter().map(|s| s.letter.as_str()).collect::<Vec<_>>(), ["A"]);
        let report = verify::online(&hall.app, &shown.code, None, None);
        assert_eq!((report.verdict(), report.reason()), VALID, "{}", serde_json::to_string(&report).unwrap());
        let Some(Claims::DrivingLicence(claims)) = report.claims() else { panic!("{report:?}") };
        assert_eq!((claims.name.as_str(), claims.classes.as_str(), claims.is_red()), ("张*丰", "C1", false));
        check_sealed_part(&hall, claims).await;
        hall.app.clock.advance(SignedDuration::from_secs(59));
        assert_eq!(holder.verdict(&shown.code), VALID);
        hall.app.clock.advance(SignedDuration::from_secs(2));
        assert_eq!(holder.verdict(&shown.code), REPLAYED, "61 s after it was made");
        holder
            .event(driver_event(
                1,
                "p",
                "points_entered",
                json!({"item": "9(1)", "decided_on": "2026-11-20", "points": 9}),
            ))
            .await;
        let shown = holder.live().await.unwrap();
        assert_eq!((shown.state.as_str(), shown.points), ("normal", 9), "as of now");
        hall.check_everything().await;
    }
}

/// Officers read the licence number and the full name in it.
async fn check_sealed_part(hall: &Hall, claims: &luzheng_credential::kind::DrivingLicence) {
    use luzheng_credential::kind::driving_licence::LicenceMode;
    use luzheng_credential::seal;
    let LicenceMode::Live { live, .. } = &claims.mode else { panic!("a live code") };
    let key = luzheng::usecase::key::reader_key(&hall.app).await.unwrap();
    let sealed = live.sealed.as_ref().expect("there is a reader key");
    let plain = seal::open(&key, seal::INFO_DRIVING_LICENCE, &sealed.bytes).unwrap();
    assert_eq!(std::str::from_utf8(&plain).unwrap(), format!("{},张三丰", number(1)));
}

#[tokio::test]
async fn every_state_has_its_verdict_live_and_held() {
    let verdicts = [
        ("H", VALID),
        ("I", VALID),
        ("HI", VALID),
        ("C", VALID),
        ("B", RED),
        ("D", RED),
        ("K", RED),
        ("M", RED),
        ("S", RED),
        ("U", RED),
        ("Z", RED),
        ("N", RED),
        ("T", RED),
        ("P", RED),
        ("HU", RED),
        ("J", STOPPED),
        ("L", STOPPED),
        ("BJ", STOPPED),
        ("E", REVOKED),
        ("F", REVOKED),
        ("G", REVOKED),
        ("R", REVOKED),
    ];
    for hall in Hall::open_all().await {
        for (serial, (letters, expected)) in (1..).zip(verdicts) {
            let holder = Holder::with_licence(&hall, serial).await;
            let phone = Phone::new();
            let held = holder.bind(&phone).await;
            let (before, held_before) = (holder.live().await.unwrap().code, phone.shows(&hall, &held));
            assert_eq!((holder.verdict(&before), holder.verdict(&held_before)), (VALID, VALID), "{letters}");
            holder.event(state(serial, "bad", letters)).await;
            assert_eq!(holder.verdict(&before), expected, "{letters}: a live code that was made before");
            assert_eq!(holder.verdict(&held_before), expected, "{letters}: what the device holds");
            match holder.live().await {
                Ok(live) => {
                    assert_eq!(holder.verdict(&live.code), expected, "{letters}: a live code made in it");
                    assert_eq!(live.colour == "red", expected == RED, "{letters}");
                }
                Err(error) => {
                    let code = if expected == STOPPED { "licence_stopped" } else { "licence_withdrawn" };
                    assert_eq!((error.kind, error.code), (Kind::Refused, code), "{letters}");
                }
            }
            assert_eq!(holder.held(&phone).await.is_ok(), expected != REVOKED, "{letters}");
            holder.event(state(serial, "good", "A")).await;
            let after = if expected == REVOKED { REVOKED } else { VALID };
            assert_eq!(holder.verdict(&held_before), after, "{letters}: and in order again");
        }
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn what_the_licence_says_changes_and_it_is_issued_anew_by_itself() {
    for hall in Hall::open_all().await {
        let holder = Holder::with_licence(&hall, 1).await;
        let phone = Phone::new();
        let first = holder.bind(&phone).await;
        let old = holder.current().await.unwrap();
        let (live, held) = (holder.live().await.unwrap().code, phone.shows(&hall, &first));
        let changes = [
            (classes(1, "class", "C1D"), Reason::ClassChanged),
            (driver_event(1, "term", "licence_changed", json!({"valid_until": "long-term"})), Reason::Renewed),
            (driver_event(1, "office", "licence_changed", json!({"division": "310100"})), Reason::IssuerChanged),
            (driver_event(1, "name", "licence_changed", json!({"name": "欧阳娜娜依古丽"})), Reason::NameChanged),
        ];
        let mut last = (old.id, first.id);
        for (event, reason) in changes {
            holder.event(event).await;
            let now = holder.current().await.expect("issued anew");
            assert_eq!((now.replaces, now.reason), (Some(last.0), reason));
            let held = holder.held(&phone).await.expect("the same device holds it, without its holder doing anything");
            assert_ne!(held.id, last.1);
            assert_eq!(held.classes, now.class);
            assert_eq!(holder.verdict(&phone.shows(&hall, &held)), VALID, "{reason}");
            assert_eq!(holder.verdict(&holder.live().await.unwrap().code), VALID, "{reason}");
            last = (now.id, held.id);
        }
        assert_eq!((holder.verdict(&live), holder.verdict(&held)), (SUPERSEDED, SUPERSEDED), "the old codes");
        let now = holder.current().await.unwrap();
        assert_eq!((now.subject_name.as_str(), now.valid_until, now.class.as_str()), ("欧**丽", 0, "C1D"));
        let photo = holder.photo(2).await;
        holder.apply(photo).await.unwrap();
        hall.run_jobs().await;
        assert_eq!(holder.current().await.unwrap().photo, Some(photo), "a new photo as well");
        assert_eq!(holder.verdict(&phone.shows(&hall, &holder.held(&phone).await.unwrap())), VALID);
        // Issued anew while red: the new one is red from its first moment.
        holder.event(state(1, "held", "U")).await;
        holder.event(classes(1, "down", "C1")).await;
        assert_eq!(holder.verdict(&phone.shows(&hall, &holder.held(&phone).await.unwrap())), RED);
        assert_eq!(holder.live().await.unwrap().colour, "red");
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn never_two_current_whatever_comes_at_once() {
    for hall in Hall::open_all().await {
        let holder = Holder::with_licence(&hall, 1).await;
        let phones: Vec<_> = (0..4).map(|_| Phone::new()).collect();
        holder.bind(&phones[0]).await;
        let mut events: Vec<Value> = Vec::new();
        for (n, wanted) in ["C1D", "C1E", "C1", "C1DE", "B2", "C2"].iter().enumerate() {
            events.push(classes(1, &format!("c{n}"), wanted));
        }
        for (n, letters) in ["U", "A", "J", "A", "D", "L", "A"].iter().enumerate() {
            events.push(state(1, &format!("s{n}"), letters));
        }
        let mut all = tokio::task::JoinSet::new();
        for event in events {
            let app = Arc::clone(&hall.app);
            all.spawn(async move { drop(apply_event(&app, &event.to_string()).await.unwrap()) });
        }
        for phone in &phones {
            let (app, session) = (Arc::clone(&hall.app), holder.session.clone());
            let device = phone.device(&hall, &session).await;
            all.spawn(async move {
                // A licence that is stopped just now is not bound; a race on the one place is told as a conflict.
                if let Err(error) = holding::bind(&app, &session, &device).await {
                    let may = matches!(error.kind, Kind::Refused | Kind::Conflict) || error.retryable();
                    assert!(may, "{error:?}");
                }
            });
        }
        for _ in 0..2 {
            let app = Arc::clone(&hall.app);
            let options = BulkOptions { divisions: vec![], workers: 1, actor: "operator".into() };
            all.spawn(async move {
                if let Err(error) = bulk::bulk(&app, &options, &|_| ()).await {
                    assert!(error.kind == Kind::Conflict || error.retryable(), "{error:?}");
                }
            });
        }
        while let Some(done) = all.join_next().await {
            done.unwrap();
        }
        hall.run_jobs().await;
        assert!(holder.current().await.is_some());
        hall.check_everything().await;
    }
}
