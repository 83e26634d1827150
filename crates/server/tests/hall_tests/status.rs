//! Status lists as they are published: what changed is in, nothing else is, and old publications are thinned out.

use crate::hall::{Hall, status};
use jiff::SignedDuration;
use luzheng::clock::china_date;
use luzheng::usecase::status::{publish, thin};
use luzheng_credential::status_list::{ENTRIES, open_jwt};
use luzheng_credential::verify::{Reason as Why, Verdict};
use luzheng_store::publication::StatusChange;

async fn numbers(hall: &Hall, list: u32) -> Vec<i64> {
    let mut tx = hall.app.store.read().await.unwrap();
    let far = "9000-01-01T00:00:00Z".parse().unwrap();
    tx.publication_times(list, far).await.unwrap().into_iter().map(|(seq, _)| seq).collect()
}

/// Every entry that is not 0 in the store stands in the newest publication with its value, and nothing else does.
async fn check_published(hall: &Hall) {
    let published = hall.app.published();
    let mut tx = hall.app.store.read().await.unwrap();
    assert_eq!(tx.status_changes(china_date(hall.app.clock.now()), 10).await.unwrap(), Vec::<StatusChange>::new());
    for list in tx.status_lists().await.unwrap() {
        let stored = tx.latest_publication(list.list).await.unwrap().unwrap();
        let token = std::str::from_utf8(&stored.jwt).unwrap();
        let signed = open_jwt(token, published.trust.as_ref().unwrap()).unwrap();
        let entries = signed.entries;
        let flagged = tx.list_values(list.list, china_date(hall.app.clock.now())).await.unwrap();
        for (index, value) in &flagged {
            let said = entries.get(*index).map(|said| said.bits());
            assert_eq!(said, Some(value.bits()), "entry {index} of list {}", list.list);
        }
        let set = (0..ENTRIES).filter(|index| entries.get(*index).is_none_or(|value| value.bits() != 0)).count();
        assert_eq!(set, flagged.len(), "list {}", list.list);
    }
}

#[tokio::test]
async fn a_publication_takes_in_what_changed_and_old_ones_are_thinned_out() {
    for hall in Hall::open_all().await {
        let mut cars = Vec::new();
        for number in 1..=4 {
            cars.push(hall.car(number).await);
        }
        let mark = hall.current(cars[0]).await.unwrap();
        let list = mark.status.list;
        for (n, letters) in ["C", "A", "C", "A", "C"].iter().enumerate() {
            let at = format!("2026-11-20T10:0{n}:00+08:00");
            hall.event(&status(1, &format!("s{n}"), letters, &at)).await;
            hall.event(&status(2, &format!("t{n}"), letters, &at)).await;
            hall.run_jobs().await;
            check_published(&hall).await;
        }
        let within_a_quarter = numbers(&hall, list).await;
        assert_eq!(within_a_quarter.len(), 1, "of a quarter of an hour the last is kept: {within_a_quarter:?}");
        assert_eq!(publish(&hall.app, false).await.unwrap(), Vec::<u32>::new(), "nothing changed, nothing is due");
        hall.app.clock.advance(SignedDuration::from_mins(16));
        publish(&hall.app, false).await.unwrap();
        assert_eq!(numbers(&hall, list).await.len(), 2, "another quarter of an hour");
        assert_eq!(hall.verdict(&mark).await, (Verdict::NotValid, Some(Why::Suspended)), "and says the same");
        check_published(&hall).await;
        // Nine days in steps of six hours: within the first of them all stay, then the last of every day.
        for _ in 0..36 {
            hall.app.clock.advance(SignedDuration::from_hours(6));
            publish(&hall.app, false).await.unwrap();
        }
        let before = numbers(&hall, list).await;
        thin(&hall.app).await.unwrap();
        let after = numbers(&hall, list).await;
        assert!(after.len() < before.len() && after.len() > 30, "{before:?} {after:?}");
        assert_eq!(before.last(), after.last(), "the newest is never thinned out");
        thin(&hall.app).await.unwrap();
        assert_eq!(numbers(&hall, list).await, after, "nothing more to thin out");
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}
