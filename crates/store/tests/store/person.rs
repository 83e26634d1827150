//! People, repeated calls, keys, trust lists, runs.

use luzheng_store::{
    key::{KeyState, SigningKey, StoredTrustList},
    run::{BulkRun, ImportRun},
    session::{Person, Repeated},
};

use crate::common::*;

fn person() -> Person {
    Person {
        id: id(1),
        role: "citizen".to_owned(),
        owner: Some(id(9)),
        name: "张三丰".to_owned(),
        params: "{}".to_owned(),
        created_at: at(0),
    }
}

fn key(number: u8) -> SigningKey {
    SigningKey {
        kid: [number; 8],
        alg: "ES256".to_owned(),
        key_use: "mark".to_owned(),
        regions: if number == 1 { vec![] } else { vec!["320000".to_owned(), "110105".to_owned()] },
        not_before: at(0),
        not_after: at(1_000),
        state: KeyState::Active,
        reason: None,
        retired_at: None,
        spki: vec![1, 2],
        certificate: vec![3],
        location: "mark.pem".to_owned(),
        created_at: at(i64::from(number)),
    }
}

on_both! {
    async fn old_answers_are_forgotten(db) {
        let mut tx = db.write().await.unwrap();
        tx.begin_once("a", "k", [1; 32], at(0)).await.unwrap();
        tx.begin_once("a", "l", [1; 32], at(50)).await.unwrap();
        assert_eq!(tx.sweep(at(100), at(50)).await.unwrap(), 1);
    }

    async fn people_change_and_stay_sealed(db) {
        let mut tx = db.write().await.unwrap();
        tx.put_person(&person()).await.unwrap();
        let changed = Person { role: "staff".to_owned(), owner: None, ..person() };
        tx.put_person(&changed).await.unwrap();
        assert_eq!(tx.find_person(id(1)).await.unwrap(), Some(changed.clone()));
        assert_eq!(tx.find_person(id(2)).await.unwrap(), None);
        assert_eq!(tx.people().await.unwrap(), [changed]);
        let name = tx.raw_rows("SELECT name FROM person", vec![]).await.unwrap().remove(0).bytes().unwrap();
        assert!(!String::from_utf8_lossy(&name).contains('张'));
    }

    async fn a_repeated_call_gets_the_same_answer(db) {
        let tasks: Vec<_> = (0..20).map(|_| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let mut tx = store.write().await.unwrap();
                let seen = tx.begin_once("citizen:1", "key", [1; 32], at(0)).await.unwrap();
                if seen == Repeated::No { tx.put_response("citizen:1", "key", b"answer").await.unwrap(); }
                tx.commit().await.unwrap();
                seen
            })
        }).collect();
        let mut first = 0;
        for task in tasks {
            match task.await.unwrap() {
                Repeated::No => first += 1,
                seen => assert_eq!(seen, Repeated::Yes(Some(b"answer".to_vec()))),
            }
        }
        assert_eq!(first, 1);
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.begin_once("citizen:1", "key", [2; 32], at(0)).await.unwrap(), Repeated::Differs);
        assert_eq!(tx.begin_once("citizen:2", "key", [2; 32], at(0)).await.unwrap(), Repeated::No, "keys belong to who sends them");
        assert_eq!(tx.begin_once("citizen:2", "key", [2; 32], at(0)).await.unwrap(), Repeated::Yes(None));
    }

    async fn keys_live_and_end(db) {
        let mut tx = db.write().await.unwrap();
        tx.put_key(&key(2)).await.unwrap();
        tx.put_key(&key(1)).await.unwrap();
        assert_eq!(tx.keys().await.unwrap(), [key(1), key(2)]);
        assert!(tx.set_key_state([2; 8], KeyState::Compromised, Some("lost"), at(5)).await.unwrap());
        assert!(!tx.set_key_state([3; 8], KeyState::Retired, None, at(5)).await.unwrap());
        let ended = SigningKey { state: KeyState::Compromised, reason: Some("lost".to_owned()), retired_at: Some(at(5)), ..key(2) };
        assert_eq!(tx.find_key([2; 8]).await.unwrap(), Some(ended));
        assert_eq!(tx.find_key([3; 8]).await.unwrap(), None);
        assert!(tx.put_key(&key(1)).await.unwrap_err().is_conflict());
    }

    async fn trust_lists_and_single_values(db) {
        let mut tx = db.write().await.unwrap();
        assert_eq!((tx.latest_trust_list().await.unwrap(), tx.next_trust_list_seq().await.unwrap()), (None, 1));
        let list = |seq| StoredTrustList { seq, iat: at(0), exp: at(1), bytes: b"{}".to_vec() };
        tx.put_trust_list(&list(1)).await.unwrap();
        tx.put_trust_list(&list(2)).await.unwrap();
        assert_eq!((tx.latest_trust_list().await.unwrap(), tx.next_trust_list_seq().await.unwrap()), (Some(list(2)), 3));
        assert_eq!(tx.meta("x").await.unwrap(), None);
        tx.put_meta("x", b"1").await.unwrap();
        tx.put_meta("x", b"2").await.unwrap();
        assert_eq!(tx.meta("x").await.unwrap().as_deref(), Some(&b"2"[..]));
        assert!(tx.put_trust_list(&list(2)).await.unwrap_err().is_conflict());
    }

    async fn runs_are_taken_up_again(db) {
        let mut tx = db.write().await.unwrap();
        let mut import = ImportRun {
            id: id(1), source: "vehicles.csv".to_owned(), digest: [5; 32], rows_done: 0, summary: "{}".to_owned(), started_at: at(0), updated_at: at(0), finished_at: None,
        };
        tx.put_import_run(&import).await.unwrap();
        import.rows_done = 5_000;
        import.updated_at = at(3);
        tx.put_import_run(&import).await.unwrap();
        assert_eq!(tx.find_import_run([5; 32]).await.unwrap(), Some(import));
        assert_eq!(tx.find_import_run([6; 32]).await.unwrap(), None);
        let mut bulk = BulkRun {
            id: id(2), kind: KIND, scope: "320000".to_owned(), after_subject: None, done: 0, summary: "{}".to_owned(), started_at: at(0), updated_at: at(0), finished_at: None,
        };
        tx.put_bulk_run(&bulk).await.unwrap();
        bulk.after_subject = Some(id(77));
        bulk.done = 10;
        tx.put_bulk_run(&bulk).await.unwrap();
        assert_eq!(tx.find_open_bulk_run(KIND, "320000").await.unwrap(), Some(bulk.clone()));
        assert_eq!(tx.find_open_bulk_run(KIND, "").await.unwrap(), None);
        bulk.finished_at = Some(at(9));
        tx.put_bulk_run(&bulk).await.unwrap();
        assert_eq!(tx.find_open_bulk_run(KIND, "320000").await.unwrap(), None);
    }
}
