//! Imports by batch.

use luzheng_domain::vehicle::Vehicle;
use luzheng_store::{
    Error,
    import::{ImportConflict, ImportRow, Imported, MAX_BATCH, Says},
    testing::TestStore,
};

use crate::common::*;

/// Row number `number`; its ids are derived from it and from `run`, as another run makes other ids.
fn row(run: u128, number: u32) -> ImportRow {
    let base = run * 1_000_000 + u128::from(number) * 2;
    ImportRow {
        new_vehicle: id(base),
        new_owner: id(base + 1),
        true_from: at(0),
        facts: vehicle(number, id(0)),
        says: Says { casualty_accident: false, illegal_modification: false, ..Says::EVERYTHING },
        owner: owner(u64::from(number / 3)),
        owner_told: false,
    }
}

fn with(mut row: ImportRow, change: impl FnOnce(&mut Vehicle)) -> ImportRow {
    change(&mut row.facts);
    row
}

async fn import(db: &TestStore, rows: &[ImportRow], known_from: i64) -> Vec<Imported> {
    let mut tx = db.write().await.unwrap();
    let done = tx.upsert_vehicles(rows, &source(known_from, known_from)).await.unwrap();
    tx.commit().await.unwrap();
    done
}

fn words(done: &[Imported]) -> Vec<String> {
    done.iter()
        .map(|imported| match imported {
            Imported::Inserted(id) => format!("inserted {}", id.as_u128()),
            Imported::Unchanged(id) => format!("unchanged {}", id.as_u128()),
            Imported::Changed { before, version, .. } => format!("changed {} to {version}", before.id.as_u128()),
            Imported::OwnerChanged(id) => format!("owner of {}", id.as_u128()),
            Imported::Newer(id) => format!("newer {}", id.as_u128()),
            Imported::Conflict(why) => why.code().to_owned(),
        })
        .collect()
}

on_both! {
    async fn a_file_again_changes_nothing(db) {
        // More than one statement on SQLite, COPY on PostgreSQL.
        let rows: Vec<_> = (0..2_300).map(|number| row(1, number)).collect();
        let first = import(db, &rows, 10).await;
        assert!(first.iter().zip(&rows).all(|(done, row)| *done == Imported::Inserted(row.new_vehicle)));
        let again: Vec<_> = (0..2_300).map(|number| row(2, number)).collect();
        let second = import(db, &again, 20).await;
        assert!(second.iter().zip(&rows).all(|(done, row)| *done == Imported::Unchanged(row.new_vehicle)));
        let mut tx = db.read().await.unwrap();
        assert_eq!(tx.vehicle_count().await.unwrap(), 2_300);
        let owners = tx.raw_rows("SELECT COUNT(*) FROM owner_fact", vec![]).await.unwrap().remove(0).int().unwrap();
        assert_eq!(owners, 767, "three vehicles an owner, each owner once");
        let stored = tx.find_vehicle_by_plate(&plate(1_234)).await.unwrap().unwrap();
        let owner = tx.find_owner_by_number(&owner(1_234 / 3).number).await.unwrap().unwrap();
        assert_eq!((stored.facts.owner, stored.known_from), (owner.id, at(10)));
    }

    async fn what_changed_gets_a_new_version(db) {
        import(db, &[row(1, 1), row(1, 2), row(1, 3)], 10).await;
        let rows = [
            row(2, 1),
            with(row(2, 2), |facts| { facts.seats = 7; facts.casualty_accident = true; facts.illegal_modification = false; }),
            with(row(2, 3), |facts| facts.plate = plate(30)),
            row(2, 4),
        ];
        let done = import(db, &rows, 20).await;
        assert_eq!(words(&done), ["unchanged 1000002", "changed 1000004 to 2", "changed 1000006 to 2", "inserted 2000008"]);
        let Imported::Changed { before, .. } = &done[1] else { panic!("changed") };
        assert_eq!((before.facts.seats, before.version), (5, 1));
        let mut tx = db.read().await.unwrap();
        let stored = tx.find_vehicle(id(1_000_004)).await.unwrap().unwrap();
        assert_eq!((stored.facts.seats, stored.version, stored.known_from), (7, 2, at(20)));
        assert_eq!((stored.facts.casualty_accident, stored.facts.illegal_modification), (false, true), "an export does not say these");
        assert_eq!(tx.find_vehicle_by_plate(&plate(30)).await.unwrap().unwrap().id, id(1_000_006));
        assert_eq!(tx.find_vehicle_by_plate(&plate(3)).await.unwrap(), None);
    }

    async fn contradictions_are_answered_row_by_row(db) {
        import(db, &[row(1, 1), row(1, 2)], 10).await;
        let done = import(db, &[
            with(row(2, 8), |facts| facts.plate = plate(1)),
            with(row(2, 2), |facts| facts.plate = plate(1)),
            row(2, 9),
        ], 20).await;
        assert_eq!(words(&done), ["plate_taken", "plate_taken", "inserted 2000018"]);
        assert_eq!(done[0], Imported::Conflict(ImportConflict::PlateTaken));
        assert_eq!(db.read().await.unwrap().vehicle_count().await.unwrap(), 3);
    }

    async fn rows_of_one_batch_act_one_after_the_other(db) {
        import(db, &[row(1, 1)], 10).await;
        let done = import(db, &[
            // Vehicle 1 gives its plate up, vehicle 5 takes it, then both come again.
            with(row(2, 1), |facts| facts.plate = plate(50)),
            with(row(2, 5), |facts| facts.plate = plate(1)),
            with(row(3, 5), |facts| facts.plate = plate(1)),
            with(row(3, 1), |facts| facts.plate = plate(51)),
            row(2, 6),
            row(3, 6),
        ], 20).await;
        assert_eq!(words(&done), [
            "changed 1000002 to 2", "inserted 2000010", "unchanged 2000010", "changed 1000002 to 3", "inserted 2000012", "unchanged 2000012",
        ]);
    }

    async fn owners_change_by_themselves(db) {
        import(db, &[row(1, 1), row(1, 2)], 10).await;
        let mut moved = row(2, 1);
        moved.owner.phone = Some("13900000000".to_owned());
        let mut again = row(2, 2);
        again.owner = moved.owner.clone();
        assert_eq!(words(&import(db, &[moved.clone(), again], 20).await), ["owner of 1000002", "owner of 1000004"]);
        let mut tx = db.read().await.unwrap();
        let owner = tx.find_owner_by_number(&moved.owner.number).await.unwrap().unwrap();
        assert_eq!((owner.version, owner.details.phone.as_deref()), (2, Some("13900000000")));
    }

    async fn concurrent_imports_of_one_file_agree(db) {
        let tasks: Vec<_> = (1..=4_u128).map(|run| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let rows: Vec<_> = (0..200).map(|number| row(run, number)).collect();
                loop {
                    let mut tx = store.write().await.unwrap();
                    let done = match tx.upsert_vehicles(&rows, &source(1, 1)).await {
                        Ok(_) => tx.commit().await,
                        Err(error) => Err(error),
                    };
                    match done {
                        Ok(()) => return,
                        Err(error) if error.is_conflict() || error.is_retryable() => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        }).collect();
        for task in tasks { task.await.unwrap(); }
        let mut tx = db.read().await.unwrap();
        assert_eq!(tx.vehicle_count().await.unwrap(), 200);
        assert_eq!(tx.raw_rows("SELECT COUNT(*) FROM vehicle_fact", vec![]).await.unwrap().remove(0).int().unwrap(), 200);
    }

    async fn a_batch_has_a_ceiling(db) {
        let rows = vec![row(1, 1); MAX_BATCH + 1];
        let error = db.write().await.unwrap().upsert_vehicles(&rows, &source(0, 0)).await.unwrap_err();
        assert!(matches!(error, Error::Engine { retryable: false, .. }), "{error}");
        assert_eq!(db.write().await.unwrap().upsert_vehicles(&[], &source(0, 0)).await.unwrap(), []);
    }
}
