//! The journal: sealed in order, and every alteration is found.

use luzheng_store::{
    Store, Tx,
    audit::{AuditEntry, AuditHead, AuditReport, BlockSignature, MAX_DETAIL},
    testing::TestStore,
};

use crate::common::*;

fn entry(number: u128) -> AuditEntry {
    AuditEntry {
        id: id(number),
        at: at(0),
        actor: "staff:1".to_owned(),
        action: "credential.revoked".to_owned(),
        subject: (!number.is_multiple_of(3)).then(|| id(number % 3)),
        purpose: number.is_multiple_of(2).then(|| "complaint".to_owned()),
        detail: format!("{{\"n\":{number}}}"),
    }
}

/// Not a signature: the message under a secret byte. It suffices to tell what was signed from what was not.
fn sign(message: &[u8]) -> Result<BlockSignature, Box<dyn std::error::Error + Send + Sync>> {
    Ok(BlockSignature { kid: [9; 8], signature: message.iter().map(|byte| byte ^ 0x5A).collect() })
}

fn check(kid: &[u8; 8], message: &[u8], signature: &[u8]) -> bool {
    *kid == [9; 8] && sign(message).is_ok_and(|good| good.signature == signature)
}

/// Three blocks of four entries and two entries in the tail.
async fn journal(db: &TestStore) -> Option<AuditHead> {
    let mut head = None;
    let mut tx = db.write().await.unwrap();
    tx.audit(&(1..=14).map(entry).collect::<Vec<_>>()).await.unwrap();
    tx.commit().await.unwrap();
    for _ in 0..3 {
        let mut tx = db.write().await.unwrap();
        head = tx.seal_audit(&sign, 4, at(60)).await.unwrap();
        tx.commit().await.unwrap();
    }
    head
}

async fn verify(store: &Store) -> AuditReport {
    store.verify_audit(&check, None).await.unwrap()
}

async fn tamper(db: &TestStore, sql: &str) {
    let mut tx = db.write().await.unwrap();
    assert!(tx.raw(sql, vec![]).await.unwrap() > 0, "{sql}");
    tx.commit().await.unwrap();
}

async fn found(tx: &mut Tx, subject: u128) -> Vec<u128> {
    tx.audit_of(id(subject), 10).await.unwrap().into_iter().map(|entry| entry.id.as_u128()).collect()
}

on_both! {
    async fn sealed_in_order_and_verified(db) {
        let head = journal(db).await;
        let report = verify(db).await;
        assert_eq!(report, AuditReport { blocks: 3, entries: 12, head, broken: None, unsealed: 2 });
        let mut tx = db.read().await.unwrap();
        assert_eq!(tx.audit_head().await.unwrap(), head);
        assert_eq!(found(&mut tx, 1).await, [13, 10, 7, 4, 1], "tail and blocks, newest first");
        assert_eq!(found(&mut tx, 2).await, [14, 11, 8, 5, 2]);
        assert_eq!(tx.audit_of(id(1), 2).await.unwrap(), [entry(13), entry(10)]);
        assert_eq!(tx.audit_of(id(1), 10).await.unwrap()[2], entry(7));
    }

    async fn an_empty_journal_holds(db) {
        assert_eq!(verify(db).await, AuditReport { blocks: 0, entries: 0, head: None, broken: None, unsealed: 0 });
        assert_eq!(db.write().await.unwrap().seal_audit(&sign, 10, at(0)).await.unwrap(), None);
    }

    async fn a_signer_that_fails_leaves_the_tail(db) {
        let mut tx = db.write().await.unwrap();
        tx.audit(&[entry(1)]).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.write().await.unwrap();
        let error = tx.seal_audit(&|_| Err("no key".into()), 10, at(0)).await.unwrap_err();
        assert!(error.to_string().contains("no key"), "{error}");
        drop(tx);
        assert_eq!(verify(db).await.unsealed, 1);
    }

    async fn every_alteration_is_found(db) {
        // Each on a journal of its own; the third part is the block that is named (0: the index).
        let head = journal(db).await;
        let archive = tempfile::tempdir().unwrap();
        let path = archive.path().join("journal.tar.gz");
        db.backup(&path, at(0), &[]).await.unwrap();
        let empty = "UPDATE audit_block SET";
        for (what, sql, block) in [
            ("changed entries", format!("{empty} entries = (SELECT entries FROM audit_block WHERE block = 1) WHERE block = 2"), 2),
            ("changed count", format!("{empty} entry_count = 5 WHERE block = 2"), 2),
            ("changed hash", format!("{empty} hash = prev_hash WHERE block = 2"), 2),
            ("changed time", format!("{empty} sealed_at = sealed_at + 1 WHERE block = 3"), 3),
            ("another signature", format!("{empty} signature = (SELECT signature FROM audit_block WHERE block = 1) WHERE block = 2"), 2),
            ("another key", format!("{empty} kid = signature WHERE block = 1"), 1),
            ("deleted in the middle", "DELETE FROM audit_block WHERE block = 2".to_owned(), 3),
            ("deleted at the beginning", "DELETE FROM audit_block WHERE block = 1".to_owned(), 2),
            ("cut off at the end", "DELETE FROM audit_block WHERE block = 3".to_owned(), 3),
            ("all cut off", "DELETE FROM audit_block".to_owned(), 1),
            ("reordered", "UPDATE audit_block SET block = CASE block WHEN 2 THEN 13 ELSE block + 100 END WHERE block >= 2".to_owned(), 13),
            ("index row deleted", "DELETE FROM audit_entry WHERE block = 2 AND pos = 1".to_owned(), 0),
            ("index row moved", "UPDATE audit_entry SET pos = 9 WHERE block = 2 AND pos = 1".to_owned(), 0),
        ] {
            let copy = match db.engine() {
                luzheng_store::Engine::Sqlite => luzheng_store::testing::sqlite().await,
                luzheng_store::Engine::Postgres => luzheng_store::testing::postgres().await,
            };
            copy.restore(&path).await.unwrap();
            assert_eq!(verify(&copy).await.head, head);
            tamper(&copy, &sql).await;
            let report = verify(&copy).await;
            assert_eq!(report.broken.as_ref().map(|broken| broken.block), Some(block), "{what}: {report:?}");
        }
    }

    async fn a_head_noted_outside_proves_that_nothing_was_cut(db) {
        let head = journal(db).await;
        // Somebody with all rights cuts the end off and leaves no trace inside.
        tamper(db, "DELETE FROM audit_block WHERE block = 3").await;
        tamper(db, "DELETE FROM audit_entry WHERE block = 3").await;
        tamper(db, "DELETE FROM meta WHERE key = 'audit_head'").await;
        assert_eq!(verify(db).await.broken, None);
        let report = db.verify_audit(&check, head).await.unwrap();
        assert_eq!(report.broken.map(|broken| broken.block), Some(3));
    }

    async fn two_sealers_do_not_fork_the_chain(db) {
        let mut tx = db.write().await.unwrap();
        tx.audit(&(1..=40).map(entry).collect::<Vec<_>>()).await.unwrap();
        tx.commit().await.unwrap();
        let tasks: Vec<_> = (0..10).map(|_| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let mut tx = store.write().await.unwrap();
                tx.seal_audit(&sign, 4, at(1)).await.unwrap();
                tx.commit().await.unwrap();
            })
        }).collect();
        for task in tasks { task.await.unwrap(); }
        let report = verify(db).await;
        assert_eq!((report.blocks, report.entries, report.unsealed, report.broken), (10, 40, 0, None));
    }

    async fn a_detail_too_long_is_refused(db) {
        let long = AuditEntry { detail: "x".repeat(MAX_DETAIL + 1), ..entry(1) };
        assert!(db.write().await.unwrap().audit(&[long]).await.is_err());
    }
}
