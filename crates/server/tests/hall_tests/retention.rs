//! What was kept long enough is forgotten, to the day, and nothing else is.

use crate::hall::Hall;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use luzheng::clock::china_midnight;
use luzheng::config::RetentionSettings;
use luzheng::usecase::retention::{keep_since, overdue, sweep};
use luzheng_store::flag::{NewFlag, Settled};
use luzheng_store::look::Look;
use luzheng_store::retention::Kept;
use std::collections::BTreeMap;
use uuid::Uuid;

const OWNER: Uuid = Uuid::from_u128(1);

fn look(number: u128, at: Timestamp) -> Look {
    Look {
        id: Uuid::from_u128(number),
        at,
        by_role: "staff".into(),
        purpose: "counter".into(),
        about: "vehicle".into(),
        subject: Uuid::from_u128(99),
        what: "credential".into(),
        how: "desk".into(),
        label: "苏E00001".into(),
        recipient: None,
    }
}

async fn put(hall: &Hall, looks: &[(u128, Timestamp)], settled: Timestamp) {
    let mut tx = hall.app.store.write().await.unwrap();
    for (number, at) in looks {
        tx.add_look(OWNER, &look(*number, *at)).await.unwrap();
    }
    for (number, is_settled) in [(1, true), (2, false)] {
        let flag = NewFlag {
            id: Uuid::from_u128(number),
            kind: "enumeration",
            dedupe: [u8::try_from(number).unwrap(); 16],
            at: settled,
            credential: None,
            caller: Some(("anyone".into(), None)),
            detail: "{}".into(),
        };
        tx.raise_flag(&flag).await.unwrap();
        let outcome = Settled { at: settled, outcome: "nothing".into(), note: None, by: OWNER };
        tx.settle_flag(flag.id, is_settled.then_some(&outcome)).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_last_day_kept_stays_and_the_first_day_over_goes() {
    for hall in Hall::open_all().await {
        // Noon of 2026-11-20 in China; 1,096 days before is 2023-11-20.
        let first_kept = china_midnight(date(2023, 11, 20));
        assert_eq!(keep_since(&hall.app, Kept::Looks), first_kept);
        let before = first_kept.checked_sub(SignedDuration::from_micros(1)).unwrap();
        let long_settled = china_midnight(date(2025, 11, 17));
        put(&hall, &[(10, before), (11, first_kept), (12, hall.app.clock.now())], long_settled).await;
        assert!(!overdue(&hall.app).await.unwrap().is_empty());
        let gone = sweep(&hall.app).await.unwrap();
        assert_eq!(gone, BTreeMap::from([("looks", 1), ("flags", 1)]), "the open flag stays");
        let mut tx = hall.app.store.read().await.unwrap();
        let left: Vec<u128> = tx.looks(OWNER, None, 10).await.unwrap().iter().map(|look| look.id.as_u128()).collect();
        assert_eq!(left, [12, 11]);
        assert_eq!(tx.open_flags().await.unwrap(), 1);
        drop(tx);
        assert!(sweep(&hall.app).await.unwrap().is_empty(), "nothing twice");
        assert!(overdue(&hall.app).await.unwrap().is_empty());
        hall.app.clock.advance(SignedDuration::from_hours(24));
        assert_eq!(sweep(&hall.app).await.unwrap(), BTreeMap::from([("looks", 1)]));
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_first_sweep_over_years_goes_in_batches_and_all_is_in_the_journal() {
    for hall in Hall::open_all().await {
        let old = china_midnight(date(2020, 1, 1));
        let mut tx = hall.app.store.write().await.unwrap();
        for number in 0..40 {
            tx.add_look(OWNER, &look(100 + number, old)).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(sweep(&hall.app).await.unwrap(), BTreeMap::from([("looks", 40)]));
        let mut tx = hall.app.store.read().await.unwrap();
        assert!(tx.looks(OWNER, None, 10).await.unwrap().is_empty());
        let noted =
            tx.raw_rows("SELECT detail FROM audit_tail WHERE action = 'retention.swept'", vec![]).await.unwrap();
        let noted: Vec<String> = noted.into_iter().map(|mut row| row.text().unwrap()).collect();
        assert_eq!(noted.len(), 1);
        assert!(noted[0].contains("\"looks\"") && noted[0].contains("40"), "{noted:?}");
    }
}

#[test]
fn logs_are_kept_for_six_months_at_the_least() {
    let standard = RetentionSettings::default();
    let shortest =
        [standard.look_days, standard.check_days, standard.flag_days, standard.proof_days, standard.webhook_days];
    for first in [date(2026, 1, 1), date(2026, 3, 1), date(2026, 8, 31)] {
        let six_months = first.until(first.saturating_add(6.months())).unwrap().get_days();
        assert!(shortest.iter().all(|days| i64::from(*days) >= i64::from(six_months)), "{first}: {six_months} days");
    }
}
