use futures_util::future::join_all;

use super::*;
use crate::{Store, testing};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn share_of(vehicle: u128, person: u128) -> Share {
    Share { vehicle: id(vehicle), person: id(person), filing: id(vehicle * 1_000 + person) }
}

async fn take(db: &Store, share: Share) -> Result<Result<(), Full>, Error> {
    let mut tx = db.write().await?;
    let taken = tx.take_share("filing", share, 3, 3).await?;
    tx.commit().await?;
    Ok(taken)
}

#[tokio::test]
async fn three_places_on_both_sides_and_a_freed_one_is_taken_again() {
    for db in testing::engines().await {
        for person in 1..=3 {
            assert_eq!(take(&db, share_of(1, person)).await.expect("takes"), Ok(()));
        }
        assert_eq!(take(&db, share_of(1, 4)).await.expect("answers"), Err(Full::Vehicle));
        assert_eq!(take(&db, share_of(1, 1)).await.expect("answers"), Err(Full::Already));
        for vehicle in 2..=3 {
            assert_eq!(take(&db, share_of(vehicle, 1)).await.expect("takes"), Ok(()));
        }
        assert_eq!(take(&db, share_of(4, 1)).await.expect("answers"), Err(Full::Person));
        let mut tx = db.write().await.expect("writes");
        assert!(tx.free_share("filing", share_of(1, 2)).await.expect("frees"));
        assert!(!tx.free_share("filing", share_of(1, 2)).await.expect("is free"));
        tx.commit().await.expect("commits");
        assert_eq!(take(&db, share_of(1, 4)).await.expect("takes"), Ok(()));
        let mut tx = db.read().await.expect("reads");
        assert_eq!(tx.shares_of_vehicle(id(1), "filing").await.expect("reads").len(), 3);
        assert_eq!(tx.shares_of_person(id(1), "filing").await.expect("reads").len(), 3);
        // Managers have places of their own.
        assert!(tx.shares_of_vehicle(id(1), "management").await.expect("reads").is_empty());
    }
}

/// Without any lock the keys alone keep the limits: ten at once get three places at most, whichever side is short.
#[tokio::test]
async fn the_keys_alone_keep_the_limits_when_ten_race() {
    for db in testing::engines().await {
        let one_vehicle = join_all((1..=10).map(|person| take(&db, share_of(1, person)))).await;
        let one_person = join_all((11..=20).map(|vehicle| take(&db, share_of(vehicle, 100)))).await;
        for results in [one_vehicle, one_person] {
            let taken = results.iter().filter(|r| matches!(r, Ok(Ok(())))).count();
            assert!((1..=3).contains(&taken), "{results:?}");
            for result in results {
                assert!(matches!(&result, Ok(_) | Err(Error::Conflict { .. })), "{result:?}");
            }
        }
        let mut tx = db.read().await.expect("reads");
        assert!(tx.shares_of_vehicle(id(1), "filing").await.expect("reads").len() <= 3);
        assert!(tx.shares_of_person(id(100), "filing").await.expect("reads").len() <= 3);
    }
}

#[tokio::test]
async fn a_filing_is_kept_with_all_it_has() {
    for db in testing::engines().await {
        let mut asked = Filing {
            person: id(1),
            id: id(9),
            kind: "filing".into(),
            relation: "friend".into(),
            vehicle: Some(id(3)),
            owner: Some(id(2)),
            plate_number: "苏E12345".into(),
            plate_type: "02".into(),
            state: "waiting_code".into(),
            code_digest: Some(vec![7; 16]),
            tries: 0,
            code_expires_at: AT + jiff::SignedDuration::from_mins(30),
            expires_at: AT + jiff::SignedDuration::from_hours(72),
            created_at: AT,
            active_from: None,
            ended_at: None,
            end_reason: None,
        };
        let mut tx = db.write().await.expect("writes");
        tx.put_filing(&asked).await.expect("is put");
        let nothing = Filing { id: id(8), vehicle: None, owner: None, code_digest: None, ..asked.clone() };
        tx.put_filing(&nothing).await.expect("is put");
        assert_eq!(tx.find_filing(id(9)).await.expect("reads").as_ref(), Some(&asked));
        assert_eq!(tx.filings_of_person(id(1)).await.expect("reads"), [asked.clone(), nothing]);
        assert_eq!(tx.filings_of_owner(id(2)).await.expect("reads"), std::slice::from_ref(&asked));
        assert_eq!(tx.open_filings_of_vehicle(id(3)).await.expect("reads"), std::slice::from_ref(&asked));
        let before = AT - jiff::SignedDuration::from_secs(1);
        assert_eq!(tx.filings_asked_since(id(1), before).await.expect("counts"), 2);
        assert_eq!(tx.filings_asked_since(id(1), AT).await.expect("counts"), 0);
        assert_eq!(tx.vehicle_asked_since(id(3), before).await.expect("counts"), 1);
        asked.state = "ended".into();
        (asked.tries, asked.active_from, asked.ended_at) = (2, Some(AT), Some(AT));
        asked.end_reason = Some("by_owner".into());
        tx.update_filing(&asked).await.expect("is written");
        assert_eq!(tx.lock_filing(id(9)).await.expect("reads"), Some(asked));
        assert_eq!(tx.open_filings_of_vehicle(id(3)).await.expect("reads"), []);
    }
}

#[tokio::test]
async fn a_consent_is_used_once_and_dies_in_time() {
    for db in testing::engines().await {
        let later = AT + jiff::SignedDuration::from_mins(2);
        let mut tx = db.write().await.expect("writes");
        tx.put_filing_consent([1; 32], id(3), id(2), later, AT).await.expect("is put");
        assert_eq!(tx.find_filing_consent([1; 32], AT).await.expect("reads"), Some((id(3), id(2))));
        assert_eq!(tx.find_filing_consent([1; 32], later).await.expect("reads"), None);
        assert!(tx.use_filing_consent([1; 32]).await.expect("is used"));
        assert!(!tx.use_filing_consent([1; 32]).await.expect("is gone"));
    }
}

#[tokio::test]
async fn whoever_is_barred_stays_barred() {
    for db in testing::engines().await {
        let mut tx = db.write().await.expect("writes");
        assert!(!tx.filing_barred(id(1)).await.expect("reads"));
        assert!(tx.bar_filing(id(1), "伪造材料", "staff:1", AT).await.expect("is barred"));
        assert!(!tx.bar_filing(id(1), "again", "staff:1", AT).await.expect("was barred"));
        assert!(tx.filing_barred(id(1)).await.expect("reads"));
    }
}
