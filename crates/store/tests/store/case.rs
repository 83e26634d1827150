//! Cases: one open per driver, steps in order and never lost.

use luzheng_store::{
    Error, Store,
    case::{CaseStanding, NewAction, NewCase, StoredCase},
};
use uuid::Uuid;

use crate::common::*;

fn new(number: u128, subject: Uuid) -> NewCase<'static> {
    NewCase { subject, id: id(number), owner: id(7), kind: "first", opened_at: at(1) }
}

fn action(seconds: i64, what: &'static str) -> NewAction<'static> {
    NewAction { at: at(seconds), actor: "citizen:7", what, data: r#"{"photo":"stored"}"#, note: None }
}

fn standing(status: &str, closed: bool) -> CaseStanding<'_> {
    CaseStanding { status, closed, urgent: false, photo: Some(id(3)), expected_by: Some(at(1_000)) }
}

async fn open(store: &Store, number: u128, subject: Uuid) -> Result<(), Error> {
    let mut tx = store.write().await?;
    tx.open_case(&new(number, subject), &action(1, "submitted"), &standing("submitted", false)).await?;
    tx.commit().await
}

/// Takes a step as somebody who saw this version of the case.
async fn step(store: &Store, seen: &StoredCase, seconds: i64) -> Result<u32, Error> {
    let mut tx = store.write().await?;
    let seq = tx.append_case_action(seen, &action(seconds, "accepted"), &standing("accepted", false)).await?;
    tx.commit().await?;
    Ok(seq)
}

on_both! {
    async fn opened_carried_on_and_closed(db) {
        open(db, 1, id(100)).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let case = tx.lock_case(id(1)).await.unwrap().unwrap();
        assert_eq!((case.status.as_str(), case.kind.as_str(), case.version, case.owner), ("submitted", "first", 1, id(7)));
        assert_eq!((case.urgent, case.photo, case.expected_by, case.closed_at), (false, Some(id(3)), Some(at(1_000)), None));
        assert_eq!(tx.find_open_case(id(100)).await.unwrap(), Some(case.clone()));
        let rejected = NewAction { note: Some("请欧阳䶮重拍"), actor: "staff:1", data: r#"{"reason":"background"}"#, ..action(2, "photo_rejected") };
        assert_eq!(tx.append_case_action(&case, &rejected, &CaseStanding { photo: None, urgent: true, expected_by: None, ..standing("rejected", false) }).await.unwrap(), 2);
        let case = tx.find_case(id(1)).await.unwrap().unwrap();
        assert_eq!((case.status.as_str(), case.version, case.photo, case.urgent, case.updated_at), ("rejected", 2, None, true, at(2)));
        assert_eq!(tx.open_cases("rejected", None, 10).await.unwrap(), std::slice::from_ref(&case));
        assert_eq!(tx.open_cases("rejected", Some(id(1)), 10).await.unwrap(), []);
        tx.append_case_action(&case, &action(3, "withdrawn"), &standing("withdrawn", true)).await.unwrap();
        assert_eq!(tx.find_open_case(id(100)).await.unwrap(), None);
        assert_eq!(tx.open_cases("withdrawn", None, 10).await.unwrap(), [], "closed ones wait for nothing");
        let closed = tx.find_case(id(1)).await.unwrap().unwrap();
        assert_eq!((closed.closed_at, closed.opened_at), (Some(at(3)), at(1)));
        let actions = tx.case_actions(&closed).await.unwrap();
        assert_eq!(actions.iter().map(|a| (a.seq, a.what.as_str(), a.note.as_deref())).collect::<Vec<_>>(), [
            (1, "submitted", None), (2, "photo_rejected", Some("请欧阳䶮重拍")), (3, "withdrawn", None),
        ]);
        assert_eq!((actions[1].actor.as_str(), actions[1].data.as_str(), actions[1].at), ("staff:1", r#"{"reason":"background"}"#, at(2)));
        let note = tx.raw_rows("SELECT note FROM case_action WHERE note IS NOT NULL", vec![]).await.unwrap().remove(0).bytes().unwrap();
        assert!(!String::from_utf8_lossy(&note).contains("欧阳"));
        assert_eq!(tx.find_case(id(9)).await.unwrap(), None);
        // A closed case makes room for the next one.
        tx.commit().await.unwrap();
        open(db, 2, id(100)).await.unwrap();
        let all: Vec<_> = db.read().await.unwrap().cases_of(id(7)).await.unwrap().into_iter().map(|c| c.id).collect();
        assert_eq!(all, [id(2), id(1)]);
    }

    async fn one_open_case_under_concurrency(db) {
        let tasks: Vec<_> = (0..30_u128).map(|number| { let store = db.store.clone(); tokio::spawn(async move { open(&store, 100 + number, id(100)).await }) }).collect();
        let mut done = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => done += 1,
                Err(Error::Conflict { what }) => assert_eq!(what, "licence_case_one_open"),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(done, 1);
        assert_eq!(db.read().await.unwrap().cases_of(id(7)).await.unwrap().len(), 1);
    }

    async fn of_two_who_saw_the_same_case_one_takes_the_step(db) {
        open(db, 1, id(100)).await.unwrap();
        let seen = db.read().await.unwrap().find_case(id(1)).await.unwrap().unwrap();
        let tasks: Vec<_> = (0..20).map(|number| { let (store, seen) = (db.store.clone(), seen.clone()); tokio::spawn(async move { step(&store, &seen, number).await }) }).collect();
        let mut done = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(seq) => { assert_eq!(seq, 2); done += 1; }
                Err(Error::Conflict { what }) => assert_eq!(what, "case_action_key"),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(done, 1);
        let mut tx = db.read().await.unwrap();
        let now = tx.find_case(id(1)).await.unwrap().unwrap();
        assert_eq!(tx.case_actions(&now).await.unwrap().len(), 2);
    }
}
