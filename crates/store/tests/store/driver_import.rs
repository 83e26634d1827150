//! Imports of drivers by batch.

use luzheng_domain::driver::{Licence, PointsAccount, points::Opening};
use luzheng_store::{
    Error,
    driver_import::{DriverImported, DriverPhoto, DriverRow, DriverSays},
    import::MAX_BATCH,
    owner::OwnerPut,
    photo::{NewPhoto, PhotoOrigin},
    testing::TestStore,
    vehicle::Source,
};

use crate::common::*;

/// Row number `number`; its ids are derived from it and from `run`, as another run makes other ids.
fn row(run: u128, number: u64) -> DriverRow {
    let base = run * 1_000_000 + u128::from(number) * 3;
    DriverRow {
        new_driver: id(base),
        new_owner: id(base + 1),
        true_from: at(0),
        licence: licence(number),
        says: DriverSays { class_dates: false, deadlines: false, points: false, ..DriverSays::EVERYTHING },
        photo: None,
        applied_on: None,
    }
}

fn with(mut row: DriverRow, change: impl FnOnce(&mut Licence)) -> DriverRow {
    change(&mut row.licence);
    row
}

fn with_photo(mut row: DriverRow, number: u128, bytes: &[u8]) -> DriverRow {
    row.photo = Some(DriverPhoto { id: id(number), bytes: bytes.to_vec(), width: 260, height: 378, taken_on: None });
    row
}

fn import_source(seconds: i64) -> Source<'static> {
    Source { cause: "import:test", ..source(seconds, seconds) }
}

async fn import(db: &TestStore, rows: &[DriverRow], seconds: i64) -> Vec<DriverImported> {
    let mut tx = db.write().await.unwrap();
    let done = tx.upsert_drivers(rows, &import_source(seconds)).await.unwrap();
    tx.commit().await.unwrap();
    done
}

fn words(done: &[DriverImported]) -> Vec<String> {
    done.iter()
        .map(|imported| match imported {
            DriverImported::Inserted(id) => format!("inserted {}", id.as_u128()),
            DriverImported::Unchanged(id) => format!("unchanged {}", id.as_u128()),
            DriverImported::Newer(id) => format!("newer {}", id.as_u128()),
            DriverImported::Changed { before, version, photo, .. } => {
                let photo = photo.map_or(String::new(), |photo| format!(" photo {}", photo.as_u128()));
                format!("changed {} to {version}{photo}", before.id.as_u128())
            }
        })
        .collect()
}

async fn count(db: &TestStore, table: &str) -> i64 {
    let mut tx = db.read().await.unwrap();
    tx.raw_rows(&format!("SELECT COUNT(*) FROM {table}"), vec![]).await.unwrap().remove(0).int().unwrap()
}

on_both! {
    async fn a_file_again_changes_nothing(db) {
        // More than one statement on SQLite, COPY on PostgreSQL.
        let rows: Vec<_> = (0..2_300).map(|number| row(1, number)).collect();
        let first = import(db, &rows, 10).await;
        assert!(first.iter().zip(&rows).all(|(done, row)| *done == DriverImported::Inserted(row.new_driver)));
        let again: Vec<_> = (0..2_300).map(|number| row(2, number)).collect();
        let second = import(db, &again, 20).await;
        assert!(second.iter().zip(&rows).all(|(done, row)| *done == DriverImported::Unchanged(row.new_driver)));
        assert_eq!((count(db, "driver").await, count(db, "driver_fact").await, count(db, "owner").await), (2_300, 2_300, 2_300));
        let mut tx = db.read().await.unwrap();
        let stored = tx.find_driver_by_number(&licence_number(1_234)).await.unwrap().unwrap();
        let person = tx.find_owner_by_number(&owner(1_234).number).await.unwrap().unwrap();
        assert_eq!((stored.facts, stored.owner, stored.known_from), (licence(1_234), person.id, at(10)));
    }

    async fn who_has_vehicles_already_keeps_the_owner_record(db) {
        let mut tx = db.write().await.unwrap();
        let mut details = owner(1);
        details.phone = Some("13900000000".to_owned());
        assert_eq!(tx.put_owner(id(9), &details, at(0), at(0)).await.unwrap(), OwnerPut::New(id(9)));
        tx.commit().await.unwrap();
        import(db, &[row(1, 1), row(1, 2)], 10).await;
        let mut tx = db.read().await.unwrap();
        assert_eq!(tx.find_driver_of_owner(id(9)).await.unwrap().unwrap().facts.number, licence_number(1));
        assert_eq!(tx.find_owner(id(9)).await.unwrap().unwrap().details, details, "two registers must not take turns");
        drop(tx);
        assert_eq!(count(db, "owner").await, 2);
    }

    async fn what_changed_gets_a_new_version_and_what_is_not_said_stays(db) {
        let first = with(row(1, 1), |l| l.last_medical_on = Some("2026-01-05".parse().unwrap()));
        import(db, &[first, row(1, 2)], 10).await;
        let silent = DriverSays { phone: false, file_number: false, status: false, nationality: false, ..row(2, 1).says };
        let changed = DriverRow { says: silent, ..with(row(2, 1), |l| {
            l.classes = "C1".parse().unwrap();
            l.phone = None;
            l.file_number = None;
            l.status = "B".parse().unwrap();
            l.nationality = String::new();
        }) };
        let done = import(db, &[changed.clone(), row(2, 2), row(2, 3)], 20).await;
        assert_eq!(words(&done), ["changed 1000003 to 2", "unchanged 1000006", "inserted 2000009"]);
        let DriverImported::Changed { before, after, .. } = &done[0] else { panic!("changed") };
        let expected = Licence { classes: "C1".parse().unwrap(), last_medical_on: Some("2026-01-05".parse().unwrap()), ..licence(1) };
        assert_eq!((before.facts.classes.to_string(), &**after), (licence(1).classes.to_string(), &expected));
        let stored = db.read().await.unwrap().find_driver(id(1_000_003)).await.unwrap().unwrap();
        assert_eq!((stored.facts, stored.version, stored.true_from), (expected, 2, at(20)));
        assert_eq!(words(&import(db, &[changed], 30).await), ["unchanged 1000003"]);
    }

    async fn a_sum_of_points_is_taken_over_once(db) {
        import(db, &[row(1, 1)], 10).await;
        let stated = |points, day: &str| {
            let mut row = row(2, 1);
            row.says.points = true;
            row.licence.points = PointsAccount { opening: Some(Opening { points, as_of: day.parse().unwrap(), covers: 0 }), ..PointsAccount::default() };
            row
        };
        assert_eq!(words(&import(db, &[stated(3, "2026-11-20")], 20).await), ["changed 1000003 to 2"]);
        assert_eq!(words(&import(db, &[stated(3, "2026-11-21")], 30).await), ["unchanged 1000003"], "another day, the same sum");
        assert_eq!(words(&import(db, &[stated(6, "2026-11-22")], 40).await), ["changed 1000003 to 3"]);
        let stored = db.read().await.unwrap().find_driver(id(1_000_003)).await.unwrap().unwrap();
        assert_eq!(stored.facts.points.sum_on(stored.facts.first_issued_on, "2026-11-22".parse().unwrap()), 6);
    }

    async fn what_events_said_since_is_not_taken_back(db) {
        import(db, &[row(1, 1), row(1, 2)], 10).await;
        let mut tx = db.write().await.unwrap();
        for number in [1, 2] {
            let before = tx.lock_driver_by_number(&licence_number(number)).await.unwrap().unwrap();
            let changed = Licence { status: "B".parse().unwrap(), ..before.facts.clone() };
            tx.append_driver_fact(&before, &changed, &Source { cause: "event:ga/1", ..source(100, 100) }).await.unwrap();
        }
        tx.commit().await.unwrap();
        // The same export, one that differs in nothing it says, and one that says something else but is older than the event.
        let reworded = DriverRow { says: DriverSays { phone: false, ..row(2, 1).says }, ..row(2, 1) };
        let older = with(row(2, 2), |l| l.phone = None);
        assert_eq!(words(&import(db, &[row(2, 1)], 200).await), ["unchanged 1000003"]);
        assert_eq!(words(&import(db, &[reworded, older.clone()], 50).await), ["unchanged 1000003", "newer 1000006"]);
        assert_eq!(words(&import(db, &[older], 200).await), ["changed 1000006 to 3"]);
        assert_eq!(db.read().await.unwrap().find_driver(id(1_000_003)).await.unwrap().unwrap().facts.status.to_string(), "B");
    }

    async fn pictures_of_the_register_replace_only_its_own(db) {
        import(db, &[with_photo(row(1, 1), 801, b"old"), row(1, 2), with_photo(row(1, 3), 803, b"third")], 10).await;
        assert_eq!(words(&import(db, &[with_photo(row(2, 1), 811, b"old")], 20).await), ["unchanged 1000003"]);
        let done = import(db, &[with_photo(row(3, 1), 821, b"new"), with_photo(row(3, 2), 822, b"first")], 30).await;
        assert_eq!(words(&done), ["changed 1000003 to 1 photo 821", "changed 1000006 to 1 photo 822"]);
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.current_photo(id(1_000_003)).await.unwrap().unwrap().id, id(821));
        assert_eq!(tx.find_photo(id(1_000_003), id(821)).await.unwrap().as_deref(), Some(&b"new"[..]));
        assert_eq!(tx.photos_of(id(1_000_003)).await.unwrap().len(), 2);
        // Who brought a better one themselves keeps it.
        let own = NewPhoto { driver: id(1_000_009), id: id(900), bytes: b"own", width: 260, height: 378, origin: PhotoOrigin::Camera, taken_on: None, checks: "[]", created_at: at(40) };
        tx.put_photo(&own).await.unwrap();
        tx.set_current_photo(id(1_000_009), id(900)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(words(&import(db, &[with_photo(row(4, 3), 843, b"other")], 50).await), ["unchanged 1000009"]);
        assert_eq!(db.read().await.unwrap().current_photo(id(1_000_009)).await.unwrap().unwrap().id, id(900));
    }

    async fn rows_of_one_number_act_one_after_the_other(db) {
        let on = |mut row: DriverRow, day: &str| { row.applied_on = Some(day.parse().unwrap()); row };
        let done = import(db, &[
            row(1, 1),
            with(row(2, 1), |l| l.valid_until = None),
            on(row(3, 2), "2026-01-02"),
            with(row(4, 1), |l| l.valid_until = None),
            on(row(5, 2), "2026-05-05"),
        ], 10).await;
        assert_eq!(words(&done), ["inserted 1000003", "changed 1000003 to 2", "inserted 3000006", "unchanged 1000003", "unchanged 3000006"]);
        assert_eq!(db.read().await.unwrap().find_driver(id(3_000_006)).await.unwrap().unwrap().applied_on, Some("2026-01-02".parse().unwrap()));
        // Who is known and asks later is recorded, too.
        assert_eq!(words(&import(db, &[on(with(row(6, 1), |l| l.valid_until = None), "2026-06-06")], 20).await), ["unchanged 1000003"]);
        assert_eq!(db.read().await.unwrap().find_driver(id(1_000_003)).await.unwrap().unwrap().applied_on, Some("2026-06-06".parse().unwrap()));
    }

    async fn two_imports_at_once_agree(db) {
        let tasks: Vec<_> = (1..=4_u128).map(|run| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let rows: Vec<_> = (0..200).map(|number| row(run, number)).collect();
                loop {
                    let mut tx = store.write().await.unwrap();
                    match tx.upsert_drivers(&rows, &import_source(10)).await {
                        Ok(done) => { tx.commit().await.unwrap(); return done; }
                        Err(error) => assert!(error.is_conflict() || error.is_retryable(), "{error}"),
                    }
                }
            })
        }).collect();
        let mut inserted = 0;
        for task in tasks {
            inserted += task.await.unwrap().iter().filter(|done| matches!(done, DriverImported::Inserted(_))).count();
        }
        assert_eq!((inserted, count(db, "driver").await, count(db, "driver_fact").await, count(db, "owner").await), (200, 200, 200, 200));
    }

    async fn a_batch_too_large_is_refused(db) {
        let rows: Vec<_> = (0..=MAX_BATCH as u64).map(|number| row(1, number)).collect();
        assert!(matches!(db.write().await.unwrap().upsert_drivers(&rows, &import_source(1)).await, Err(Error::Engine { retryable: false, .. })));
        assert_eq!(db.write().await.unwrap().upsert_drivers(&[], &import_source(1)).await.unwrap(), []);
    }
}
