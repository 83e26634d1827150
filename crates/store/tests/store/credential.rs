//! Credentials: at most one current, intent before signature, nothing overwritten.

use luzheng_domain::credential::Reason;
use luzheng_store::{
    Error, Store, Tx,
    credential::{By, Credential, CredentialCounts, CredentialState, Signed},
    status::StatusValue,
};
use uuid::Uuid;

use crate::common::*;

fn by(reason: Reason, seconds: i64) -> By<'static> {
    By { actor: "staff:1", reason, note: Some("note"), true_at: at(seconds), known_at: at(seconds + 1) }
}

fn signed(number: u128, subject: Uuid) -> Signed {
    Signed { subject, credential: id(number), kid: [3; 8], message: vec![0xD2, 0x84, 0x00], signed_at: at(2) }
}

async fn reserve(store: &Store, number: u128, subject: Uuid) -> Result<(), Error> {
    let status = index(store).await;
    let mut tx = store.write().await?;
    tx.reserve_credential(&reservation(number, subject, status)).await?;
    tx.commit().await
}

async fn current(tx: &mut Tx) -> Option<Credential> {
    tx.find_current_credential(id(1), KIND).await.unwrap()
}

on_both! {
    async fn reserved_then_issued(db) {
        reserve(db, 10, id(1)).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let reserved = current(&mut tx).await.unwrap();
        assert_eq!((reserved.state, reserved.signed_at, reserved.kid), (CredentialState::Current, None, None));
        assert_eq!((reserved.valid_until, reserved.authority, reserved.reason), (202_705, 320_200, Reason::Inspected));
        assert_eq!(tx.unsigned_credentials(KIND, Uuid::nil(), 10).await.unwrap(), [reserved]);
        assert_eq!(tx.current_signed(id(1), KIND).await.unwrap(), None);
        tx.put_signed_batch(None, &[signed(10, id(1))]).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = db.read().await.unwrap();
        let (issued, message) = tx.current_signed(id(1), KIND).await.unwrap().unwrap();
        assert_eq!((issued.signed_at, issued.kid), (Some(at(2)), Some([3; 8])));
        assert_eq!(message, signed(10, id(1)));
        assert_eq!(tx.find_credential(id(10)).await.unwrap(), Some(issued.clone()));
        assert_eq!(tx.credentials_signed_by([3; 8], Uuid::nil(), 10).await.unwrap(), [issued]);
        assert_eq!(tx.credentials_signed_by([4; 8], Uuid::nil(), 10).await.unwrap(), []);
        assert_eq!(tx.unsigned_credentials(KIND, Uuid::nil(), 10).await.unwrap(), []);
        assert_eq!(tx.find_credential(id(11)).await.unwrap(), None);
        drop(tx);
        // Signed once and for all.
        let error = db.write().await.unwrap().put_signed_batch(None, &[signed(10, id(1))]).await.unwrap_err();
        assert!(matches!(&error, Error::Conflict { what } if what == "credential_message_key"), "{error}");
    }

    async fn one_current_under_concurrency(db) {
        let tasks: Vec<_> = (0..50_u128).map(|number| { let store = db.store.clone(); tokio::spawn(async move { reserve(&store, 100 + number, id(1)).await }) }).collect();
        let mut done = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => done += 1,
                Err(Error::Conflict { what }) => assert_eq!(what, "credential_one_current"),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(done, 1);
        let mut tx = db.read().await.unwrap();
        assert_eq!(tx.credentials_of(id(1)).await.unwrap().len(), 1);
        assert_eq!(tx.credential_counts(KIND).await.unwrap(), CredentialCounts { all: 1, ended: 0, suspended: 0, unsigned: 1 });
    }

    async fn superseding_ends_the_old_one(db) {
        reserve(db, 10, id(1)).await.unwrap();
        let status = index(db).await;
        let mut tx = db.write().await.unwrap();
        let old = tx.lock_current_credential(id(1), KIND).await.unwrap().unwrap();
        assert!(tx.end_credential(&old, StatusValue::Superseded, &by(Reason::Renewed, 100)).await.unwrap());
        assert!(!tx.end_credential(&old, StatusValue::Invalid, &by(Reason::ByHand, 101)).await.unwrap(), "only once");
        let mut next = reservation(11, id(1), status);
        next.replaces = Some(old.id);
        next.reserved_at = at(101);
        tx.reserve_credential(&next).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = db.read().await.unwrap();
        assert_eq!(current(&mut tx).await.unwrap().replaces, Some(id(10)));
        let all = tx.credentials_of(id(1)).await.unwrap();
        assert_eq!(all.iter().map(|c| c.id).collect::<Vec<_>>(), [id(11), id(10)]);
        assert_eq!(all[1].state, CredentialState::Ended { at: at(101), reason: Reason::Renewed });
        assert_eq!(tx.status_value(old.status).await.unwrap(), Some(StatusValue::Superseded));
        let changes = tx.credential_changes(id(1), id(10)).await.unwrap();
        assert_eq!(changes.len(), 1);
        assert_eq!((changes[0].what.as_str(), changes[0].reason, changes[0].true_at, changes[0].known_at), ("ended", Reason::Renewed, at(100), at(101)));
        assert_eq!((changes[0].actor.as_str(), changes[0].note.as_deref()), ("staff:1", Some("note")));
    }

    async fn an_on_time_renewal_leaves_the_old_status_alone(db) {
        reserve(db, 10, id(1)).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let old = current(&mut tx).await.unwrap();
        assert!(tx.end_credential(&old, StatusValue::Valid, &by(Reason::Renewed, 100)).await.unwrap());
        assert_eq!(tx.status_value(old.status).await.unwrap(), Some(StatusValue::Valid));
    }

    async fn suspended_restored_suspended_ended(db) {
        reserve(db, 10, id(1)).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let mark = tx.lock_credential(id(10)).await.unwrap().unwrap();
        assert!(!tx.restore_credential(&mark, &by(Reason::Restored, 1)).await.unwrap(), "nothing to restore");
        assert!(tx.suspend_credential(&mark, StatusValue::Suspended, &by(Reason::Stolen, 2)).await.unwrap());
        assert!(!tx.suspend_credential(&mark, StatusValue::Suspended, &by(Reason::Stolen, 3)).await.unwrap(), "suspended already");
        assert_eq!(current(&mut tx).await.unwrap().state, CredentialState::Suspended { since: at(3), reason: Reason::Stolen });
        assert_eq!(tx.status_value(mark.status).await.unwrap(), Some(StatusValue::Suspended));
        assert!(tx.restore_credential(&mark, &by(Reason::Restored, 4)).await.unwrap());
        assert_eq!(current(&mut tx).await.unwrap().state, CredentialState::Current);
        assert_eq!(tx.status_value(mark.status).await.unwrap(), Some(StatusValue::Valid));
        assert!(tx.suspend_credential(&mark, StatusValue::Suspended, &by(Reason::Impounded, 5)).await.unwrap());
        assert!(tx.end_credential(&mark, StatusValue::Invalid, &by(Reason::Scrapped, 6)).await.unwrap());
        assert!(!tx.restore_credential(&mark, &by(Reason::Restored, 7)).await.unwrap(), "what is ended stays ended");
        assert!(!tx.suspend_credential(&mark, StatusValue::Suspended, &by(Reason::Stolen, 8)).await.unwrap());
        assert_eq!(current(&mut tx).await, None);
        assert_eq!(tx.status_value(mark.status).await.unwrap(), Some(StatusValue::Invalid));
        let changes = tx.credential_changes(id(1), id(10)).await.unwrap();
        assert_eq!(changes.iter().map(|c| c.what.as_str()).collect::<Vec<_>>(), ["suspended", "restored", "suspended", "ended"]);
    }

    async fn many_at_once(db) {
        // More than one VALUES statement on SQLite, and COPY on PostgreSQL.
        let indices = db.allocate_status(KIND, 2_500, at(0)).await.unwrap();
        let marks: Vec<_> = (0_u128..).zip(&indices).map(|(number, status)| reservation(10_000 + number, id(100 + number), *status)).collect();
        let mut tx = db.write().await.unwrap();
        tx.reserve_many(&marks).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.write().await.unwrap();
        let messages: Vec<_> = marks.iter().map(|mark| signed(mark.id.as_u128(), mark.subject)).collect();
        tx.put_signed_batch(Some(id(7)), &messages).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        assert_eq!(tx.credential_counts(KIND).await.unwrap(), CredentialCounts { all: 2_500, ended: 0, suspended: 0, unsigned: 0 });
        let last = tx.find_current_credential(id(2_599), KIND).await.unwrap().unwrap();
        assert_eq!((last.id, last.status, last.signed_at), (id(12_499), indices[2_499], Some(at(2))));
        assert_eq!(tx.credential_at(indices[2_499]).await.unwrap(), Some((id(2_599), id(12_499))));
        drop(tx);
        // One of a batch has a current mark already: none goes in.
        let more = db.allocate_status(KIND, 100, at(0)).await.unwrap();
        let mut batch: Vec<_> = (0_u128..).zip(&more).map(|(number, status)| reservation(20_000 + number, id(20_000 + number), *status)).collect();
        batch[57].subject = id(100);
        let mut tx = db.write().await.unwrap();
        assert!(tx.reserve_many(&batch).await.unwrap_err().is_conflict());
        assert!(tx.commit().await.is_err());
        assert_eq!(db.read().await.unwrap().credential_counts(KIND).await.unwrap().all, 2_500);
        // Nothing is nothing.
        let mut tx = db.write().await.unwrap();
        tx.reserve_many(&[]).await.unwrap();
        tx.put_signed_batch(None, &[]).await.unwrap();
        tx.commit().await.unwrap();
    }
}
