//! Licences on devices: one current per person, a status of its own, signed once, whatever the commits say.

use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_store::{
    Error, Store,
    credential::{Credential, Signed},
    holding::{Holding, NewHolding},
    status::{StatusIndex, StatusValue},
    testing::Fault,
};
use uuid::Uuid;

use crate::common::*;

const KEY: [u8; 33] = [2; 33];

fn new(number: u128, subject: Uuid, credential: Uuid, status: StatusIndex) -> NewHolding<'static> {
    NewHolding {
        id: id(number),
        subject,
        credential,
        device_key: KEY,
        name: "欧阳的手机",
        status,
        value: StatusValue::Valid,
        expires_on: "2031-03-04".parse().expect("a date"),
        bound_at: at(5),
    }
}

fn signed(number: u128, subject: Uuid, kid: u8) -> Signed {
    Signed { subject, credential: id(number), kid: [kid; 8], message: vec![1, 2, 3], signed_at: at(9) }
}

/// A licence of a new driver.
async fn licensed(store: &Store, number: u64) -> Credential {
    let subject = driver(store, number).await;
    let status = licence_indices(store, 1).await[0];
    let mut tx = store.write().await.expect("begins");
    tx.reserve_credential(&licence_reservation(1_000 + u128::from(number), subject, status)).await.expect("reserved");
    tx.commit().await.expect("commits");
    let mut tx = store.read().await.expect("begins");
    tx.find_current_credential(subject, CredentialKind::DrivingLicence).await.expect("reads").expect("is there")
}

/// What the server does when a device asks: it looks first, so that the same call again changes nothing.
async fn bind(store: &Store, number: u128, of: &Credential, status: StatusIndex) -> Result<Holding, Error> {
    let mut tx = store.write().await?;
    tx.lock_credential(of.id).await?;
    if let Some(held) = tx.lock_current_holding(of.subject).await? {
        return Ok(held);
    }
    tx.reserve_holding(&new(number, of.subject, of.id, status)).await?;
    tx.commit().await?;
    Ok(store.read().await?.find_holding(id(number)).await?.expect("was committed"))
}

on_both! {
    async fn bound_signed_and_ended(db) {
        let licence = licensed(db, 1).await;
        let status = licence_indices(db, 1).await[0];
        let held = bind(db, 1, &licence, status).await.unwrap();
        assert_eq!((held.device_key, held.name.as_str(), held.status, held.value), (KEY, "欧阳的手机", status, StatusValue::Valid));
        assert_eq!((held.ended, held.signed, held.bound_at), (None, None, at(5)));
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.find_holding_of(&licence).await.unwrap(), Some(held.clone()));
        assert_eq!(tx.unsigned_holdings(Uuid::nil(), 10).await.unwrap(), std::slice::from_ref(&held));
        assert_eq!(tx.holding_counts().await.unwrap(), (1, 1));
        tx.put_signed_batch(Some(id(8)), &[signed(1, licence.subject, 3)]).await.unwrap();
        let found = tx.find_current_holding(licence.subject).await.unwrap().unwrap();
        assert_eq!(found.signed, Some(([3; 8], at(9))));
        assert_eq!(tx.find_signed(licence.subject, id(1)).await.unwrap().unwrap().message, [1, 2, 3]);
        assert_eq!(tx.signed_in_batch(id(8)).await.unwrap().len(), 1, "the journal proves it as it proves credentials");
        assert_eq!(tx.unsigned_holdings(Uuid::nil(), 10).await.unwrap(), []);
        assert_eq!(tx.holdings_signed_by([3; 8], Uuid::nil(), 10).await.unwrap(), std::slice::from_ref(&found));
        assert_eq!(tx.holdings_signed_by([3; 8], licence.subject, 10).await.unwrap(), []);
        assert_eq!(tx.holdings_signed_by([4; 8], Uuid::nil(), 10).await.unwrap(), []);
        // A holding is no credential: those are counted and found as before.
        assert_eq!(tx.unsigned_credentials(CredentialKind::DrivingLicence, Uuid::nil(), 10).await.unwrap(), std::slice::from_ref(&licence));
        assert_eq!(tx.credentials_signed_by([3; 8], Uuid::nil(), 10).await.unwrap(), []);
        assert_eq!(tx.credential_at(status).await.unwrap(), Some((licence.subject, id(1))));
        assert!(tx.end_holding(&found, StatusValue::Invalid, Reason::DeviceGivenUp, at(20)).await.unwrap());
        assert!(!tx.end_holding(&found, StatusValue::Superseded, Reason::DeviceReplaced, at(21)).await.unwrap(), "only once");
        assert_eq!(tx.find_current_holding(licence.subject).await.unwrap(), None);
        assert_eq!(tx.find_holding_of(&licence).await.unwrap(), None);
        let all = tx.holdings_of(licence.subject).await.unwrap();
        assert_eq!((all[0].ended, all[0].value), (Some((at(20), Reason::DeviceGivenUp)), StatusValue::Invalid));
        assert_eq!(tx.holding_counts().await.unwrap(), (0, 0));
        let name = tx.raw_rows("SELECT name FROM holding", vec![]).await.unwrap().remove(0).bytes().unwrap();
        assert!(!String::from_utf8_lossy(&name).contains("欧阳"));
    }

    async fn one_current_under_concurrency(db) {
        let licence = licensed(db, 1).await;
        let places = licence_indices(db, 30).await;
        let tasks: Vec<_> = (100_u128..).zip(places).map(|(number, status)| {
            let (store, licence) = (db.store.clone(), licence.clone());
            tokio::spawn(async move {
                let mut tx = store.write().await?;
                tx.reserve_holding(&new(number, licence.subject, licence.id, status)).await?;
                tx.commit().await
            })
        }).collect();
        let mut done = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => done += 1,
                Err(Error::Conflict { what }) => assert_eq!(what, "holding_one_current"),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(done, 1);
        assert_eq!(db.read().await.unwrap().holdings_of(licence.subject).await.unwrap().len(), 1);
    }

    async fn a_holding_says_what_its_credential_says(db) {
        let (one, two) = (licensed(db, 1).await, licensed(db, 2).await);
        let status = licence_indices(db, 1).await[0];
        bind(db, 1, &one, status).await.unwrap();
        let mut tx = db.write().await.unwrap();
        let flagged = tx.flag_holding(&one, StatusValue::Stopped).await.unwrap().unwrap();
        assert_eq!((flagged.id, flagged.value), (id(1), StatusValue::Valid), "as it was before");
        assert_eq!(tx.find_holding(id(1)).await.unwrap().unwrap().value, StatusValue::Stopped);
        assert_eq!(tx.flag_holding(&two, StatusValue::Stopped).await.unwrap(), None);
        // A credential that came later has no holding, though the person has one.
        let later = Credential { id: id(4_444), ..one.clone() };
        assert_eq!(tx.flag_holding(&later, StatusValue::Valid).await.unwrap(), None);
        assert_eq!(tx.status_value(status).await.unwrap(), Some(StatusValue::Stopped));
    }

    async fn a_device_bound_while_the_licence_is_red_is_red_at_once(db) {
        let licence = licensed(db, 1).await;
        let status = licence_indices(db, 1).await[0];
        let mut tx = db.write().await.unwrap();
        tx.reserve_holding(&NewHolding { value: StatusValue::Suspended, ..new(1, licence.subject, licence.id, status) }).await.unwrap();
        assert_eq!(tx.find_holding(id(1)).await.unwrap().unwrap().value, StatusValue::Suspended);
        assert!(tx.dirty_marks(10).await.unwrap().iter().any(|mark| mark.list == status.list), "it will be published");
    }

    async fn a_lost_commit_binds_nothing_and_is_done_again(db) {
        let licence = licensed(db, 1).await;
        let places = licence_indices(db, 2).await;
        db.faults().fail_next_commit(Fault::Lost);
        let error = bind(db, 1, &licence, places[0]).await.unwrap_err();
        assert!(error.is_commit_unknown(), "{error}");
        assert_eq!(db.read().await.unwrap().find_current_holding(licence.subject).await.unwrap(), None);
        assert_eq!(db.read().await.unwrap().status_value(places[0]).await.unwrap(), None);
        assert_eq!(bind(db, 2, &licence, places[1]).await.unwrap().id, id(2));
    }

    async fn a_kept_commit_is_not_done_twice(db) {
        let licence = licensed(db, 1).await;
        let places = licence_indices(db, 2).await;
        db.faults().fail_next_commit(Fault::Kept);
        let error = bind(db, 1, &licence, places[0]).await.unwrap_err();
        assert!(error.is_commit_unknown(), "{error}");
        assert_eq!(bind(db, 2, &licence, places[1]).await.unwrap().id, id(1), "the one that was kept");
        assert_eq!(db.read().await.unwrap().holdings_of(licence.subject).await.unwrap().len(), 1);
        // The same for its signature: looked for before it is made again.
        let sign = async || -> Result<bool, Error> {
            let mut tx = db.write().await?;
            if tx.find_signed(licence.subject, id(1)).await?.is_some() { return Ok(false); }
            tx.put_signed_batch(None, &[signed(1, licence.subject, 3)]).await?;
            tx.commit().await.map(|()| true)
        };
        db.faults().fail_next_commit(Fault::Kept);
        assert!(sign().await.unwrap_err().is_commit_unknown());
        assert!(!sign().await.unwrap());
        assert_eq!(db.read().await.unwrap().unsigned_holdings(Uuid::nil(), 10).await.unwrap(), []);
    }

    async fn lists_of_two_bits_cannot_say_stopped(db) {
        let places = db.allocate_status(KIND, 1, at(0)).await.unwrap();
        let four = licence_indices(db, 1).await;
        assert_ne!(places[0].list, four[0].list, "marks and licences never share a list");
        let mut tx = db.write().await.unwrap();
        tx.reserve_credential(&reservation(1, id(1), places[0])).await.unwrap();
        let mark = tx.find_credential(id(1)).await.unwrap().unwrap();
        let by = luzheng_store::credential::By { actor: "x", reason: Reason::ByHand, note: None, true_at: at(0), known_at: at(0) };
        let error = tx.suspend_credential(&mark, StatusValue::Stopped, &by).await.unwrap_err();
        assert!(matches!(error, Error::Broken { table: "status_list", .. }), "{error}");
        drop(tx);
        let bits: Vec<_> = db.read().await.unwrap().status_lists().await.unwrap().iter().map(|l| (l.list, l.bits)).collect();
        assert_eq!(bits, [(1, 2), (2, 4)]);
    }
}
