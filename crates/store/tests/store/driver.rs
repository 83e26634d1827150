//! Drivers: facts in two times, sealed as a whole, found by number and by owner.

use luzheng_domain::{driver::Licence, region::Division};
use luzheng_store::{
    Error,
    driver::owner_of,
    photo::{NewPhoto, PhotoOrigin},
    status::StatusValue,
};

use crate::common::*;

fn area(code: u32) -> Division {
    Division::new(code).expect("a code")
}

on_both! {
    async fn a_driver_is_found_every_way(db) {
        let one = driver(db, 1).await;
        let mut tx = db.write().await.unwrap();
        let stored = tx.find_driver(one).await.unwrap().unwrap();
        assert_eq!((&stored.facts, stored.version, stored.cause.as_str()), (&licence(1), 1, "test"));
        assert_eq!((stored.true_from, stored.known_from, stored.applied_on), (at(0), at(0), None));
        assert_eq!(tx.find_driver_by_number(&licence_number(1)).await.unwrap(), Some(stored.clone()));
        assert_eq!(tx.lock_driver_by_number(&licence_number(1)).await.unwrap(), Some(stored.clone()));
        assert_eq!(tx.find_driver_of_owner(stored.owner).await.unwrap(), Some(stored.clone()));
        assert_eq!(tx.lock_driver(one).await.unwrap(), Some(stored.clone()));
        assert_eq!(tx.find_driver_by_number(&licence_number(2)).await.unwrap(), None);
        assert_eq!(tx.lock_driver(id(1)).await.unwrap(), None);
        assert_eq!(tx.find_driver_of_owner(id(1)).await.unwrap(), None);
        // The owner of vehicles of the same number is the same person.
        let person = tx.find_owner_by_number(&owner(1).number).await.unwrap().unwrap();
        assert_eq!((person.id, person.details), (stored.owner, owner_of(&licence(1)).unwrap()));
    }

    async fn nothing_personal_is_readable_in_the_tables(db) {
        let one = driver(db, 1).await;
        let mut tx = db.write().await.unwrap();
        let photo = NewPhoto { driver: one, id: id(9), bytes: b"a picture of Ouyang", width: 1, height: 1, origin: PhotoOrigin::Camera, taken_on: None, checks: "[]", created_at: at(0) };
        tx.put_photo(&photo).await.unwrap();
        let mut seen = Vec::new();
        for (sql, columns) in [("SELECT licence FROM driver_fact", 1), ("SELECT number_index FROM driver_number", 1), ("SELECT bytes, digest FROM driver_photo", 2)] {
            for mut row in tx.raw_rows(sql, vec![]).await.unwrap() {
                for _ in 0..columns { seen.extend(row.bytes().unwrap()); }
            }
        }
        for secret in ["欧阳", "E00000001", "13800000001", "320200123456", "1990-01-02", "Ouyang"] {
            assert!(!seen.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
        }
        assert!(seen.len() > 300, "there was something to read");
    }

    async fn versions_in_two_times(db) {
        let one = driver(db, 1).await;
        let mut tx = db.write().await.unwrap();
        let before = tx.lock_driver(one).await.unwrap().unwrap();
        let changed = Licence { status: "BU".parse().unwrap(), division: area(110_000), valid_until: None, ..licence(1) };
        assert_eq!(tx.append_driver_fact(&before, &changed, &source(100, 200)).await.unwrap(), 2);
        // Somebody who still works with the first version is refused.
        tx.commit().await.unwrap();
        let error = db.write().await.unwrap().append_driver_fact(&before, &licence(1), &source(300, 300)).await.unwrap_err();
        assert!(matches!(&error, Error::Conflict { what } if what == "driver_fact_key"), "{error}");
        let mut tx = db.read().await.unwrap();
        assert_eq!(tx.driver_at(one, at(150), at(250)).await.unwrap().unwrap().facts, changed);
        assert_eq!(tx.driver_at(one, at(150), at(150)).await.unwrap().unwrap().facts, licence(1));
        assert_eq!(tx.driver_at(one, at(-1), at(250)).await.unwrap(), None);
        let history = tx.driver_history(one).await.unwrap();
        assert_eq!(history.iter().map(|d| d.version).collect::<Vec<_>>(), [1, 2]);
        let clear = tx.raw_rows("SELECT status, division FROM driver", vec![]).await.unwrap().remove(0);
        let mut clear = clear;
        assert_eq!((clear.text().unwrap(), clear.int().unwrap()), (changed.status.to_string(), 110_000));
    }

    async fn a_corrected_number_moves_the_look_up(db) {
        let (one, two) = (driver(db, 1).await, driver(db, 2).await);
        let mut tx = db.write().await.unwrap();
        let before = tx.lock_driver(one).await.unwrap().unwrap();
        let corrected = Licence { number: licence_number(3), ..licence(1) };
        tx.append_driver_fact(&before, &corrected, &source(1, 1)).await.unwrap();
        assert_eq!(tx.find_driver_by_number(&licence_number(1)).await.unwrap(), None);
        assert_eq!(tx.find_driver_by_number(&licence_number(3)).await.unwrap().unwrap().id, one);
        tx.commit().await.unwrap();
        let mut tx = db.write().await.unwrap();
        let before = tx.lock_driver(one).await.unwrap().unwrap();
        let error = tx.append_driver_fact(&before, &Licence { number: licence_number(2), ..licence(1) }, &source(2, 2)).await.unwrap_err();
        assert!(matches!(&error, Error::Conflict { what } if what == "driver_number_key"), "{error}");
        drop(tx);
        let error = db.write().await.unwrap().insert_driver(id(99), id(98), &licence(2), &source(0, 0)).await.unwrap_err();
        assert!(error.is_conflict(), "{error}");
        assert_eq!(db.read().await.unwrap().find_driver_by_number(&licence_number(2)).await.unwrap().unwrap().id, two);
    }

    async fn pages_and_areas(db) {
        let mut all = Vec::new();
        for number in 1..=5 { all.push(driver(db, number).await); }
        let mut tx = db.write().await.unwrap();
        let before = tx.lock_driver(all[1]).await.unwrap().unwrap();
        tx.append_driver_fact(&before, &Licence { division: area(110_105), ..licence(2) }, &source(1, 1)).await.unwrap();
        let ids = |page: Vec<luzheng_store::driver::StoredDriver>| page.into_iter().map(|d| d.id).collect::<Vec<_>>();
        assert_eq!(ids(tx.drivers_page(None, &[], 2).await.unwrap()), all[..2]);
        assert_eq!(ids(tx.drivers_page(Some(all[1]), &[], 10).await.unwrap()), all[2..]);
        assert_eq!(ids(tx.drivers_page(None, &[area(110_000)], 10).await.unwrap()), [all[1]]);
        assert_eq!(ids(tx.drivers_page(None, &[area(110_105), area(320_200)], 10).await.unwrap()), all);
        assert!(tx.drivers_page(None, &[area(440_000)], 10).await.unwrap().is_empty());
        assert_eq!(tx.driver_count().await.unwrap(), 5);
    }

    async fn only_who_applied_and_has_a_photo_gets_a_licence_in_bulk(db) {
        let mut all = Vec::new();
        for number in 1..=4 { all.push(driver(db, number).await); }
        let status = licence_indices(db, 1).await[0];
        let mut tx = db.write().await.unwrap();
        for (number, driver) in [(0, all[0]), (1, all[1]), (3, all[3])] {
            let photo = NewPhoto { driver, id: id(600 + number), bytes: &[number as u8; 9], width: 260, height: 378, origin: PhotoOrigin::Register, taken_on: None, checks: "[]", created_at: at(0) };
            tx.put_photo(&photo).await.unwrap();
        }
        for (number, driver) in [(0, all[0]), (1, all[1])] {
            assert!(tx.set_current_photo(driver, id(600 + number)).await.unwrap());
        }
        for driver in &all[..4] {
            assert!(tx.set_applied(*driver, "2026-01-02".parse().unwrap()).await.unwrap());
            assert!(!tx.set_applied(*driver, "2026-01-03".parse().unwrap()).await.unwrap(), "the first day counts");
        }
        let found = |page: Vec<luzheng_store::driver::Applicant>| page.into_iter().map(|a| (a.driver.id, a.photo)).collect::<Vec<_>>();
        let page = tx.applicants_without_licence(None, &[], 10).await.unwrap();
        assert_eq!(page[0].driver.applied_on, Some("2026-01-02".parse().unwrap()));
        // The third has no photo, the fourth one that waits.
        assert_eq!(found(page), [(all[0], id(600)), (all[1], id(601))]);
        tx.reserve_credential(&licence_reservation(50, all[0], status)).await.unwrap();
        assert_eq!(found(tx.applicants_without_licence(None, &[], 10).await.unwrap()), [(all[1], id(601))]);
        assert!(tx.applicants_without_licence(Some(all[1]), &[], 10).await.unwrap().is_empty());
        assert!(tx.applicants_without_licence(None, &[area(110_000)], 10).await.unwrap().is_empty());
        let given = tx.find_credential(id(50)).await.unwrap().unwrap();
        assert_eq!((given.subject_name.as_str(), given.photo, given.valid_until), ("欧**", Some(id(77)), 20_310_304));
    }

    async fn a_licence_is_stopped_and_lifted(db) {
        let one = driver(db, 1).await;
        let status = licence_indices(db, 1).await[0];
        let by = |reason| luzheng_store::credential::By { actor: "feed", reason, note: None, true_at: at(1), known_at: at(1) };
        let mut tx = db.write().await.unwrap();
        tx.reserve_credential(&licence_reservation(50, one, status)).await.unwrap();
        let found = tx.find_credential(id(50)).await.unwrap().unwrap();
        use luzheng_domain::credential::Reason;
        assert!(tx.suspend_credential(&found, StatusValue::Stopped, &by(Reason::LicenceLocked)).await.unwrap());
        assert_eq!(tx.status_value(status).await.unwrap(), Some(StatusValue::Stopped));
        assert_eq!(tx.list_values(status.list, "2026-01-01".parse().unwrap()).await.unwrap(), [(status.index, StatusValue::Stopped)]);
        assert!(tx.restore_credential(&found, &by(Reason::Restored)).await.unwrap());
        assert_eq!(tx.status_value(status).await.unwrap(), Some(StatusValue::Valid));
        assert!(tx.suspend_credential(&found, StatusValue::Invalid, &by(Reason::LicenceLocked)).await.is_err(), "this does not suspend");
    }
}
