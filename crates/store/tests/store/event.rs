//! Events: once each, whatever happens at the same time.

use luzheng_store::{
    Error, Store,
    event::{EventOutcome, EventSeen, MAX_EVENT_BODY, NewEvent, Settled},
};

use crate::common::*;

fn event<'a>(id: &'a str, subject: &'a str, digest: u8) -> NewEvent<'a> {
    NewEvent {
        source: "ga",
        id,
        digest: [digest; 32],
        event_type: "vehicle.inspected",
        subject,
        occurred_at: at(0),
        received_at: at(5),
        body: b"{\"vin\":1}",
    }
}

fn settled(outcome: EventOutcome) -> Settled<'static> {
    Settled { outcome, about: Some(id(1)), detail: Some("why"), at: at(6), retry_at: Some(at(60)) }
}

/// What the server does with an event: record it, apply its fact, settle it, all in one transaction.
async fn apply(store: &Store, number: i64) -> EventSeen {
    let mut tx = store.write().await.unwrap();
    let seen = tx.record_event(&event("1", "vin:1", 1)).await.unwrap();
    if seen == EventSeen::New {
        let before = tx.lock_vehicle(id(1)).await.unwrap().unwrap();
        tx.append_vehicle_fact(&before, &before.facts, &source(number, number)).await.unwrap();
        tx.set_event_outcome("ga", "1", &settled(EventOutcome::Applied)).await.unwrap();
    }
    tx.commit().await.unwrap();
    seen
}

on_both! {
    async fn a_hundred_at_once_apply_once(db) {
        let mut tx = db.write().await.unwrap();
        tx.insert_vehicle(id(1), &vehicle(1, id(9)), &source(0, 0)).await.unwrap();
        tx.commit().await.unwrap();
        let tasks: Vec<_> = (0..100).map(|number| { let store = db.store.clone(); tokio::spawn(async move { apply(&store, number).await }) }).collect();
        let mut new = 0;
        for task in tasks {
            match task.await.unwrap() {
                EventSeen::New => new += 1,
                EventSeen::Same(outcome) => assert_eq!(outcome, EventOutcome::Applied, "nobody sees it half done"),
                EventSeen::Different => panic!("the content is the same"),
            }
        }
        assert_eq!(new, 1);
        assert_eq!(db.read().await.unwrap().find_vehicle(id(1)).await.unwrap().unwrap().version, 2);
        assert_eq!(db.read().await.unwrap().event_counts().await.unwrap(), [(EventOutcome::Applied, 1)]);
    }

    async fn another_content_is_told_apart(db) {
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.record_event(&event("1", "vin:1", 1)).await.unwrap(), EventSeen::New);
        tx.set_event_outcome("ga", "1", &settled(EventOutcome::Refused)).await.unwrap();
        assert_eq!(tx.record_event(&event("1", "vin:1", 2)).await.unwrap(), EventSeen::Different);
        assert_eq!(tx.record_event(&event("1", "vin:1", 1)).await.unwrap(), EventSeen::Same(EventOutcome::Refused));
        assert_eq!(tx.record_event(&NewEvent { source: "other", ..event("1", "vin:1", 2) }).await.unwrap(), EventSeen::New);
        tx.commit().await.unwrap();
        let stored = db.read().await.unwrap().find_event("ga", "1").await.unwrap().unwrap();
        assert_eq!((stored.outcome, stored.detail.as_deref(), stored.body.as_slice()), (EventOutcome::Refused, Some("why"), &b"{\"vin\":1}"[..]));
        assert_eq!((stored.about, stored.occurred_at, stored.received_at), (Some(id(1)), at(0), at(5)));
    }

    async fn an_event_rolled_back_is_new_again(db) {
        let mut tx = db.write().await.unwrap();
        tx.record_event(&event("1", "vin:1", 1)).await.unwrap();
        drop(tx);
        assert_eq!(db.write().await.unwrap().record_event(&event("1", "vin:1", 1)).await.unwrap(), EventSeen::New);
    }

    async fn parked_ones_come_back(db) {
        let mut tx = db.write().await.unwrap();
        for (number, subject) in [("1", "vin:1"), ("2", "vin:2"), ("3", "vin:1")] {
            tx.record_event(&event(number, subject, 1)).await.unwrap();
        }
        let waits = Settled { about: None, ..settled(EventOutcome::Parked) };
        tx.set_event_outcome("ga", "1", &waits).await.unwrap();
        tx.set_event_outcome("ga", "3", &settled(EventOutcome::Late)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.write().await.unwrap();
        let keys = |events: Vec<luzheng_store::event::StoredEvent>| events.into_iter().map(|e| (e.id, e.attempts)).collect::<Vec<_>>();
        // Number 2 was recorded and never settled: it is due at once.
        assert_eq!(keys(tx.parked_events_due(at(59), 10).await.unwrap()), [("2".to_owned(), 0)]);
        assert_eq!(keys(tx.parked_events_due(at(60), 10).await.unwrap()), [("2".to_owned(), 0), ("1".to_owned(), 1)]);
        assert_eq!(keys(tx.parked_events_of("vin:1", 10).await.unwrap()), [("1".to_owned(), 1)]);
        tx.set_event_outcome("ga", "1", &settled(EventOutcome::Applied)).await.unwrap();
        assert_eq!(keys(tx.parked_events_of("vin:1", 10).await.unwrap()), []);
        assert_eq!(keys(tx.events_about(id(1), 10).await.unwrap()).len(), 2);
        assert!(tx.set_event_outcome("ga", "nobody", &waits).await.is_err());
    }

    async fn a_body_too_long_is_refused(db) {
        let body = vec![b'x'; MAX_EVENT_BODY + 1];
        let error = db.write().await.unwrap().record_event(&NewEvent { body: &body, ..event("1", "vin:1", 1) }).await.unwrap_err();
        assert!(matches!(error, Error::Broken { table: "event", .. }), "{error}");
    }
}
