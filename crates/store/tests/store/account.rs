//! Accounts, sessions, one-time codes, tries.

use jiff::Timestamp;
use luzheng_store::{
    account::{Account, AccountEvent},
    attempt::{Attempts, CounterCode, OneTimeCode},
    session::Session,
};
use uuid::Uuid;

use crate::common::*;

const PHONE: &str = "13800001234";

fn session(number: u128, person: Uuid) -> Session {
    Session {
        person,
        id: id(number),
        role: "citizen".to_owned(),
        how: "code".to_owned(),
        ceiling: 4,
        agent: "chrome/android".to_owned(),
        device: "老张的手机".to_owned(),
        created_at: at(0),
        authenticated_at: at(0),
        last_seen_at: at(0),
        idle_until: at(50),
        expires_at: at(100),
    }
}

fn code(place: u8, expires_at: Timestamp) -> OneTimeCode {
    OneTimeCode { place: [place; 16], id: id(5), code_digest: [7; 16], tries: 0, created_at: at(0), expires_at }
}

on_both! {
    async fn sessions_end_when_unused_and_at_last(db) {
        let mut tx = db.write().await.unwrap();
        let begun = session(1, id(9));
        tx.put_session([1; 32], &begun).await.unwrap();
        assert_eq!(tx.find_session([1; 32], at(49)).await.unwrap(), Some(begun.clone()));
        assert_eq!(tx.find_session([1; 32], at(50)).await.unwrap(), None, "unused for too long");
        assert_eq!(tx.find_session([2; 32], at(1)).await.unwrap(), None);
        tx.see_session(id(9), id(1), at(40), at(100)).await.unwrap();
        let seen = tx.find_session([1; 32], at(99)).await.unwrap().unwrap();
        assert_eq!((seen.last_seen_at, seen.idle_until), (at(40), at(100)));
        assert_eq!(tx.find_session([1; 32], at(100)).await.unwrap(), None, "at its end");
        assert!(tx.end_session([1; 32]).await.unwrap());
        assert!(!tx.end_session([1; 32]).await.unwrap());
        let sealed = session(2, id(9));
        tx.put_session([2; 32], &sealed).await.unwrap();
        let device = tx.raw_rows("SELECT device FROM session", vec![]).await.unwrap().remove(0).bytes().unwrap();
        assert!(!String::from_utf8_lossy(&device).contains('张'));
        assert_eq!(tx.sweep(at(49), at(0)).await.unwrap(), 0);
        assert_eq!(tx.sweep(at(50), at(0)).await.unwrap(), 1);
        assert!(tx.raw_rows("SELECT 1 FROM session_token", vec![]).await.unwrap().is_empty());
    }

    async fn a_new_token_kills_the_old_one(db) {
        let mut tx = db.write().await.unwrap();
        tx.put_session([1; 32], &session(1, id(9))).await.unwrap();
        assert!(tx.renew_session(id(9), id(1), [2; 32], at(10)).await.unwrap());
        assert_eq!(tx.find_session([1; 32], at(10)).await.unwrap(), None);
        assert_eq!(tx.find_session([2; 32], at(10)).await.unwrap().unwrap().authenticated_at, at(10));
        assert!(!tx.renew_session(id(9), id(3), [3; 32], at(10)).await.unwrap());
        assert_eq!(tx.find_session([3; 32], at(10)).await.unwrap(), None);
        tx.set_session_ceiling(id(9), id(1), 1).await.unwrap();
        assert_eq!(tx.find_session([2; 32], at(10)).await.unwrap().unwrap().ceiling, 1);
    }

    async fn sessions_of_a_person_are_listed_and_ended(db) {
        let mut tx = db.write().await.unwrap();
        for (token, (number, person)) in (1u8..).zip([(1, id(9)), (2, id(9)), (3, id(9)), (4, id(8))]) {
            tx.put_session([token; 32], &session(number, person)).await.unwrap();
        }
        let ids: Vec<_> = tx.sessions_of(id(9), at(1)).await.unwrap().into_iter().map(|s| s.id).collect();
        assert_eq!(ids, [id(3), id(2), id(1)]);
        assert!(!tx.end_session_of(id(8), id(1)).await.unwrap(), "not theirs");
        assert!(tx.end_session_of(id(9), id(1)).await.unwrap());
        assert_eq!(tx.end_sessions_but(id(9), id(3)).await.unwrap(), 1);
        assert!(tx.find_session([3; 32], at(1)).await.unwrap().is_some());
        assert_eq!(tx.end_sessions_but(id(9), Uuid::nil()).await.unwrap(), 1);
        for (token, there) in [(1, false), (2, false), (3, false), (4, true)] {
            assert_eq!(tx.find_session([token; 32], at(1)).await.unwrap().is_some(), there, "{token}");
        }
    }

    async fn accounts_change_and_stay_sealed(db) {
        let mut tx = db.write().await.unwrap();
        let account = Account { person: id(1), phone: Some(PHONE.to_owned()), level: 1, how: "code".to_owned(), changed_at: at(0) };
        tx.put_account(&account).await.unwrap();
        assert_eq!(tx.find_account(id(1)).await.unwrap(), Some(account.clone()));
        let raised = Account { phone: None, level: 4, how: "counter".to_owned(), changed_at: at(5), ..account };
        tx.put_account(&raised).await.unwrap();
        assert_eq!(tx.lock_account(id(1)).await.unwrap(), Some(raised.clone()));
        assert_eq!(tx.find_account(id(2)).await.unwrap(), None);
        tx.put_account(&Account { phone: Some(PHONE.to_owned()), ..raised }).await.unwrap();
        let phone = tx.raw_rows("SELECT phone FROM account", vec![]).await.unwrap().remove(0).bytes().unwrap();
        assert!(!String::from_utf8_lossy(&phone).contains(PHONE));
    }

    async fn a_phone_and_a_person_of_the_register_have_one_account(db) {
        let takers: Vec<_> = (1..=10).map(|n| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let mut tx = store.write().await.unwrap();
                let whose = (tx.take_phone(PHONE, id(n)).await.unwrap(), tx.take_owner(id(77), id(n)).await.unwrap());
                tx.commit().await.unwrap();
                whose
            })
        }).collect();
        let mut winners = std::collections::BTreeSet::new();
        for taker in takers { winners.insert(taker.await.unwrap()); }
        assert_eq!(winners.len(), 1, "{winners:?}");
        let winner = winners.pop_first().unwrap();
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.person_of_phone(PHONE).await.unwrap(), Some(winner.0));
        assert_eq!(tx.person_of_owner(id(77)).await.unwrap(), Some(winner.1));
        tx.free_phone(PHONE).await.unwrap();
        tx.free_owner(id(77)).await.unwrap();
        assert_eq!(tx.person_of_phone(PHONE).await.unwrap(), None);
        assert_eq!(tx.take_owner(id(77), id(20)).await.unwrap(), id(20));
    }

    async fn devices_are_new_once_and_history_is_newest_first(db) {
        let mut tx = db.write().await.unwrap();
        assert!(tx.note_device(id(1), [1; 32], at(0)).await.unwrap());
        assert!(!tx.note_device(id(1), [1; 32], at(1)).await.unwrap());
        assert!(tx.note_device(id(2), [1; 32], at(1)).await.unwrap(), "devices are known per person");
        assert_eq!(tx.known_devices(id(1)).await.unwrap(), 1);
        assert_eq!(tx.forget_devices(id(1)).await.unwrap(), 1);
        assert!(tx.note_device(id(1), [1; 32], at(2)).await.unwrap());
        let event = |n: u128, second| AccountEvent { person: id(1), id: id(n), at: at(second), what: "opened".to_owned(), device: Some("手机".to_owned()) };
        for n in 1..=3 { tx.add_account_event(&event(n, i64::try_from(n).unwrap())).await.unwrap(); }
        assert_eq!(tx.account_events(id(1), 2).await.unwrap(), [event(3, 3), event(2, 2)]);
        assert_eq!(tx.sweep_account_events(at(2)).await.unwrap(), 1);
        assert_eq!(tx.account_events(id(1), 9).await.unwrap().len(), 2);
    }

    async fn one_code_waits_in_a_place(db) {
        let mut tx = db.write().await.unwrap();
        tx.put_one_time_code(&code(1, at(10))).await.unwrap();
        tx.count_wrong_code([1; 16]).await.unwrap();
        assert_eq!(tx.lock_one_time_code([1; 16]).await.unwrap().unwrap().tries, 1);
        tx.put_one_time_code(&code(1, at(20))).await.unwrap();
        assert_eq!(tx.lock_one_time_code([1; 16]).await.unwrap(), Some(code(1, at(20))), "a new one takes its place");
        assert_eq!(tx.lock_one_time_code([2; 16]).await.unwrap(), None);
        assert!(tx.end_one_time_code([1; 16]).await.unwrap());
        assert!(!tx.end_one_time_code([1; 16]).await.unwrap());
        tx.put_one_time_code(&code(3, at(20))).await.unwrap();
        assert_eq!((tx.sweep_attempts(at(19)).await.unwrap(), tx.sweep_attempts(at(20)).await.unwrap()), (0, 1));
    }

    async fn counter_codes_are_there_once(db) {
        let mut tx = db.write().await.unwrap();
        let code = |digest: u8, owner| CounterCode { code_digest: [digest; 16], owner, made_by: id(3), created_at: at(0), expires_at: at(10) };
        tx.put_counter_code(&code(1, id(1))).await.unwrap();
        tx.put_counter_code(&code(2, id(1))).await.unwrap();
        assert_eq!(tx.take_counter_code([1; 16], at(1)).await.unwrap(), None, "the second took its place");
        assert_eq!(tx.take_counter_code([2; 16], at(10)).await.unwrap(), None, "expired");
        assert_eq!(tx.take_counter_code([2; 16], at(9)).await.unwrap(), Some(code(2, id(1))));
        assert_eq!(tx.take_counter_code([2; 16], at(9)).await.unwrap(), None, "used");
    }

    async fn tries_of_many_at_once_are_all_counted(db) {
        let triers: Vec<_> = (0..20).map(|_| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let mut tx = store.write().await.unwrap();
                let found = tx.lock_attempts([1; 16], at(0)).await.unwrap();
                tx.put_attempts([1; 16], &Attempts { tries: found.tries + 1, forget_at: at(9), ..found }).await.unwrap();
                tx.commit().await.unwrap();
            })
        }).collect();
        for trier in triers { trier.await.unwrap(); }
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.lock_attempts([1; 16], at(0)).await.unwrap().tries, 20);
        tx.forget_attempts([1; 16]).await.unwrap();
        assert_eq!(tx.lock_attempts([1; 16], at(5)).await.unwrap(), Attempts { tries: 0, since: at(5), locks: 0, locked_until: at(5), forget_at: at(5) });
        assert_eq!(tx.sweep_attempts(at(5)).await.unwrap(), 1);
    }
}
