//! In bulk: migrated, brought into line with the register, signed for devices; once, however often it runs.

use super::world::*;
use crate::hall::Hall;
use luzheng::usecase::issue::BulkOptions;
use luzheng::usecase::licence::{bulk, holding};
use uuid::Uuid;

#[tokio::test]
async fn bulk_migrates_follows_and_signs_once_however_often_it_runs() {
    for hall in Hall::open_all().await {
        let mut holders = Vec::new();
        for serial in 1..=8 {
            let holder = Holder::new(&hall, serial).await;
            if serial != 8 {
                holder.photo(1).await;
            }
            holders.push(holder);
        }
        hall.event(&state(6, "f", "F")).await;
        hall.event(&state(5, "u", "U")).await;
        let mut tx = hall.app.store.write().await.unwrap();
        for holder in &holders[1..] {
            tx.set_applied(holder.id, "2025-01-01".parse().unwrap()).await.unwrap();
        }
        tx.commit().await.unwrap();
        let run = async || {
            let options = BulkOptions { divisions: vec![], workers: 2, actor: "operator".into() };
            let summary = bulk::bulk(&hall.app, &options, &|_| ()).await.unwrap();
            (summary.migrated, summary.reissued, summary.restated, summary.signed, summary.skipped)
        };
        let (migrated, reissued, restated, signed, skipped) = run().await;
        assert_eq!((migrated, reissued, restated, signed), (5, 0, 0, 0), "2, 3, 4, 5 and 7");
        assert_eq!(skipped.into_iter().collect::<Vec<_>>(), [("licence_revoked".to_owned(), 1)]);
        hall.run_jobs().await;
        assert!(holders[0].current().await.is_none(), "nobody gets one unasked");
        assert_eq!(holders[4].live().await.unwrap().colour, "red");
        assert_eq!(run().await.0, 0, "nobody gets two");

        // A device is bound and the process dies before it is signed; the register learns of a class without an event.
        let phone = Phone::new();
        let device = phone.device(&hall, &holders[1].session).await;
        holding::bind(&hall.app, &holders[1].session, &device).await.unwrap();
        quietly_change(&hall, holders[2].id).await;
        let (migrated, reissued, restated, signed, _) = run().await;
        assert_eq!((migrated, reissued, restated, signed), (0, 1, 0, 1));
        hall.run_jobs().await;
        let held = holders[1].held(&phone).await.unwrap();
        assert_eq!(holders[1].verdict(&phone.shows(&hall, &held)), VALID);
        assert_eq!(holders[2].current().await.unwrap().class, "C1D");
        let (migrated, reissued, restated, signed, _) = run().await;
        assert_eq!((migrated, reissued, restated, signed), (0, 0, 0, 0));

        // One that ended is not brought back by the run.
        hall.event(&state(7, "g", "G")).await;
        hall.event(&state(7, "a", "A")).await;
        let (migrated, .., skipped) = run().await;
        assert_eq!((migrated, skipped.get("ended_before")), (0, Some(&1)));
        hall.check_everything().await;
    }
}

/// New facts as an import brings them: no decision is carried out with them.
async fn quietly_change(hall: &Hall, driver: Uuid) {
    let now = hall.app.clock.now();
    let mut tx = hall.app.store.write().await.unwrap();
    let before = tx.lock_driver(driver).await.unwrap().unwrap();
    let mut facts = before.facts.clone();
    facts.classes = "C1D".parse().unwrap();
    let source = luzheng_store::vehicle::Source { true_from: now, known_from: now, cause: "import" };
    tx.append_driver_fact(&before, &facts, &source).await.unwrap();
    tx.commit().await.unwrap();
}
