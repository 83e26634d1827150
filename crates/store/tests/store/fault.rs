//! Commits that fail, lost and kept, and transactions that must not commit.

use luzheng_store::{
    Error, Store,
    event::{EventOutcome, EventSeen, NewEvent, Settled},
    testing::Fault,
};

use crate::common::*;

/// A command as the server runs it: exactly once whatever the commit says, because it looks before it acts.
async fn apply(store: &Store) -> Result<EventSeen, Error> {
    let event = NewEvent {
        source: "ga",
        id: "1",
        digest: [1; 32],
        event_type: "x",
        subject: "vin:1",
        occurred_at: at(0),
        received_at: at(0),
        body: b"{}",
    };
    let mut tx = store.write().await?;
    let seen = tx.record_event(&event).await?;
    if seen == EventSeen::New {
        tx.insert_vehicle(id(1), &vehicle(1, id(9)), &source(0, 0)).await?;
        tx.set_event_outcome(
            "ga",
            "1",
            &Settled { outcome: EventOutcome::Applied, about: Some(id(1)), detail: None, at: at(1), retry_at: None },
        )
        .await?;
    }
    tx.commit().await?;
    Ok(seen)
}

on_both! {
    async fn a_lost_commit_is_done_again(db) {
        db.faults().fail_next_commit(Fault::Lost);
        let error = apply(db).await.unwrap_err();
        assert!(error.is_retryable() && error.is_commit_unknown(), "{error}");
        assert_eq!(db.read().await.unwrap().vehicle_count().await.unwrap(), 0);
        assert_eq!(apply(db).await.unwrap(), EventSeen::New);
        assert_eq!(db.read().await.unwrap().vehicle_count().await.unwrap(), 1);
    }

    async fn a_kept_commit_is_not_done_twice(db) {
        db.faults().fail_next_commit(Fault::Kept);
        let error = apply(db).await.unwrap_err();
        assert!(error.is_retryable() && error.is_commit_unknown(), "{error}");
        assert_eq!(db.read().await.unwrap().vehicle_count().await.unwrap(), 1);
        assert_eq!(apply(db).await.unwrap(), EventSeen::Same(EventOutcome::Applied));
        assert_eq!(db.read().await.unwrap().vehicle_count().await.unwrap(), 1);
    }

    async fn a_transaction_with_a_failed_statement_does_not_commit(db) {
        apply(db).await.unwrap();
        let mut tx = db.write().await.unwrap();
        tx.put_meta("half", b"done").await.unwrap();
        assert!(tx.insert_vehicle(id(1), &vehicle(1, id(9)), &source(0, 0)).await.unwrap_err().is_conflict());
        let error = tx.commit().await.unwrap_err();
        assert!(!error.is_commit_unknown(), "it is known that nothing was committed");
        assert_eq!(db.read().await.unwrap().meta("half").await.unwrap(), None);
    }

    async fn a_dropped_transaction_leaves_nothing_and_blocks_nobody(db) {
        let mut tx = db.write().await.unwrap();
        tx.put_meta("half", b"done").await.unwrap();
        drop(tx);
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.meta("half").await.unwrap(), None);
        tx.put_meta("whole", b"done").await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn a_reader_sees_one_moment_and_cannot_write(db) {
        let mut reader = db.read().await.unwrap();
        assert_eq!(reader.vehicle_count().await.unwrap(), 0);
        apply(db).await.unwrap();
        assert_eq!(reader.vehicle_count().await.unwrap(), 0);
        assert!(reader.put_meta("x", b"y").await.is_err());
        drop(reader);
        assert_eq!(db.read().await.unwrap().vehicle_count().await.unwrap(), 1);
    }

    async fn values_that_break_a_rule_of_the_schema_are_refused(db) {
        apply(db).await.unwrap();
        for sql in [
            "UPDATE schema_script SET checksum = NULL",
            "UPDATE vehicle_fact SET seats = -1",
            "UPDATE vehicle_fact SET casualty_accident = 2",
            "UPDATE event SET outcome = 'forgotten'",
            "UPDATE vehicle_fact SET seats = 'five'",
        ] {
            let error = db.write().await.unwrap().raw(sql, vec![]).await.unwrap_err();
            assert!(matches!(error, Error::Engine { retryable: false, .. }), "{sql}: {error}");
        }
    }
}

/// The server ends the connections of everybody, as at a restart: idle ones are replaced without anybody noticing, and a transaction
/// that was under way fails as retryable.
#[tokio::test(flavor = "multi_thread")]
async fn broken_connections_are_replaced() {
    let db = luzheng_store::testing::postgres().await;
    let other = db.open_again().await;
    let mut under_way = db.write().await.unwrap();
    under_way.put_meta("a", b"1").await.unwrap();
    let kill = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()";
    let killed = other.write().await.unwrap().raw_rows(kill, vec![]).await.unwrap().remove(0).int().unwrap();
    assert!(killed >= 1);
    let error = match under_way.put_meta("b", b"2").await {
        Ok(()) => under_way.commit().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(error.is_retryable(), "{error:?}");
    let mut tx = db.write().await.unwrap();
    assert_eq!(tx.meta("a").await.unwrap(), None);
    tx.put_meta("a", b"3").await.unwrap();
    tx.commit().await.unwrap();
}
