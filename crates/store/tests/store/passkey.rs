//! Passkeys, links to an identity platform's subjects, and ceremonies that are answered once.

use luzheng_store::{Error, passkey::StoredPasskey};

use crate::common::*;

fn passkey(person: u128, number: u128) -> StoredPasskey {
    StoredPasskey {
        person: id(person),
        id: id(number),
        credential_digest: [u8::try_from(number).expect("small"); 32],
        name: "欧阳的手机".into(),
        credential: "{\"counter\":1}".into(),
        synced: false,
        created_at: at(0),
        last_used_at: None,
    }
}

on_both! {
    async fn kept_used_and_removed(db) {
        let mut tx = db.write().await.unwrap();
        for number in [1, 2] {
            tx.put_passkey(&passkey(100, number)).await.unwrap();
        }
        tx.put_passkey(&passkey(101, 3)).await.unwrap();
        assert_eq!(tx.passkeys_of(id(100)).await.unwrap(), [passkey(100, 1), passkey(100, 2)]);
        let found = tx.lock_passkey_of([2; 32]).await.unwrap().unwrap();
        assert_eq!(found, passkey(100, 2));
        assert_eq!(tx.lock_passkey_of([9; 32]).await.unwrap(), None);
        let used = StoredPasskey { credential: "{\"counter\":7}".into(), synced: true, ..found };
        tx.use_passkey(&used, at(50)).await.unwrap();
        let used = StoredPasskey { last_used_at: Some(at(50)), ..used };
        assert_eq!(tx.passkeys_of(id(100)).await.unwrap(), [passkey(100, 1), used.clone()]);
        assert!(tx.remove_passkey(&used).await.unwrap());
        assert!(!tx.remove_passkey(&used).await.unwrap());
        assert_eq!(tx.lock_passkey_of([2; 32]).await.unwrap(), None);
        assert_eq!(tx.passkeys_of(id(101)).await.unwrap(), [passkey(101, 3)]);
        let mut sealed = tx.raw_rows("SELECT name, credential FROM passkey", vec![]).await.unwrap().remove(0);
        let bytes = [sealed.bytes().unwrap(), sealed.bytes().unwrap()].concat();
        assert!(!String::from_utf8_lossy(&bytes).contains("欧阳") && !String::from_utf8_lossy(&bytes).contains("counter"));
        assert!(!format!("{used:?}").contains("欧阳"));
    }

    async fn a_credential_belongs_to_one_account(db) {
        let mut tx = db.write().await.unwrap();
        tx.put_passkey(&passkey(100, 1)).await.unwrap();
        let error = tx.put_passkey(&StoredPasskey { person: id(101), id: id(9), ..passkey(100, 1) }).await.unwrap_err();
        assert!(matches!(&error, Error::Conflict { what } if what == "passkey_credential_key"), "{error}");
    }

    async fn a_subject_is_linked_to_one_account_at_a_time(db) {
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.find_identity_link("https://id.example.cn", "42").await.unwrap(), None);
        for person in [100, 101] {
            tx.put_identity_link("https://id.example.cn", "42", id(person), at(0)).await.unwrap();
            assert_eq!(tx.find_identity_link("https://id.example.cn", "42").await.unwrap(), Some(id(person)));
        }
        for (issuer, subject) in [("https://id.example.cn", "43"), ("https://id.example.cn4", "2"), ("https://other.cn", "42")] {
            assert_eq!(tx.find_identity_link(issuer, subject).await.unwrap(), None, "{issuer} {subject}");
        }
    }

    async fn a_ceremony_is_answered_once_in_time_and_as_what_it_was_begun(db) {
        let mut tx = db.write().await.unwrap();
        for (number, until) in [(1, 10), (2, 10), (3, 10), (4, 99)] {
            tx.put_ceremony([number; 32], "sign_in", "{\"challenge\":\"secret\"}", at(until)).await.unwrap();
        }
        let mut row = tx.raw_rows("SELECT state FROM ceremony", vec![]).await.unwrap().remove(0);
        assert!(!String::from_utf8_lossy(&row.bytes().unwrap()).contains("secret"));
        let taken = tx.take_ceremony([1; 32], "sign_in", at(9)).await.unwrap();
        assert_eq!(taken.as_deref(), Some("{\"challenge\":\"secret\"}"));
        assert_eq!(tx.take_ceremony([1; 32], "sign_in", at(9)).await.unwrap(), None, "once");
        assert_eq!(tx.take_ceremony([2; 32], "sign_in", at(10)).await.unwrap(), None, "too late");
        assert_eq!(tx.take_ceremony([3; 32], "register", at(9)).await.unwrap(), None, "as something else");
        assert_eq!(tx.take_ceremony([3; 32], "sign_in", at(9)).await.unwrap(), None, "and that was its one time");
        assert_eq!((tx.sweep_ceremonies(at(98)).await.unwrap(), tx.sweep_ceremonies(at(99)).await.unwrap()), (0, 1));
    }
}
