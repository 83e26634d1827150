//! Facts in two times, look-ups, owners.

use luzheng_domain::{region::Division, vehicle::OwnerKind};
use luzheng_store::{Error, owner::OwnerPut};

use crate::common::*;

on_both! {
    async fn every_fact_reads_back(db) {
        let mut facts = vehicle(1, id(9));
        let mut tx = db.write().await.unwrap();
        tx.insert_vehicle(id(1), &facts, &source(0, 10)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        let stored = tx.find_vehicle(id(1)).await.unwrap().unwrap();
        assert_eq!((stored.version, stored.true_from, stored.known_from, stored.cause.as_str()), (1, at(0), at(10), "test"));
        assert_eq!(stored.facts, facts);
        drop(tx);

        facts.manufactured_on = Some("2019-12-31".parse().unwrap());
        facts.energy = None;
        facts.colour = Some("AB".to_owned());
        facts.status = "GQ".parse().unwrap();
        facts.valid_until = None;
        facts.insurance_until = None;
        facts.casualty_accident = true;
        facts.illegal_modification = false;
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.append_vehicle_fact(&stored, &facts, &source(20, 30)).await.unwrap(), 2);
        tx.commit().await.unwrap();
        assert_eq!(db.read().await.unwrap().find_vehicle(id(1)).await.unwrap().unwrap().facts, facts);
    }

    async fn what_was_known_when(db) {
        // Registered on day 0, known at 10. A change of day 50 becomes known at 60. At 100 we learn that since day 20 it was otherwise.
        let facts = |seats| { let mut facts = vehicle(1, id(9)); facts.seats = seats; facts };
        let mut tx = db.write().await.unwrap();
        tx.insert_vehicle(id(1), &facts(5), &source(0, 10)).await.unwrap();
        for (seats, true_from, known_from) in [(6, 50, 60), (7, 20, 100)] {
            let before = tx.lock_vehicle(id(1)).await.unwrap().unwrap();
            tx.append_vehicle_fact(&before, &facts(seats), &source(true_from, known_from)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        for (true_at, known_at, seats) in [
            (0, 9, None), (-1, 200, None), (0, 10, Some(5)), (49, 99, Some(5)), (50, 59, Some(5)), (50, 60, Some(6)), (70, 99, Some(6)),
            (19, 100, Some(5)), (20, 100, Some(7)), (20, 99, Some(5)), (70, 100, Some(7)),
        ] {
            let found = tx.vehicle_at(id(1), at(true_at), at(known_at)).await.unwrap();
            assert_eq!(found.map(|v| v.facts.seats), seats, "true at {true_at}, known at {known_at}");
        }
        assert_eq!(tx.vehicle_history(id(1)).await.unwrap().iter().map(|v| v.facts.seats).collect::<Vec<_>>(), [5, 6, 7]);
        assert_eq!(tx.find_vehicle(id(1)).await.unwrap().unwrap().facts.seats, 7);
    }

    async fn look_ups_follow_the_plate(db) {
        let mut tx = db.write().await.unwrap();
        tx.insert_vehicle(id(1), &vehicle(1, id(9)), &source(0, 0)).await.unwrap();
        tx.insert_vehicle(id(2), &vehicle(2, id(9)), &source(0, 0)).await.unwrap();
        let before = tx.lock_vehicle_by_plate(&plate(1)).await.unwrap().unwrap();
        let mut facts = before.facts.clone();
        facts.plate = plate(3);
        tx.append_vehicle_fact(&before, &facts, &source(1, 1)).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = db.read().await.unwrap();
        assert_eq!(tx.find_vehicle_by_plate(&plate(1)).await.unwrap(), None);
        assert_eq!(tx.find_vehicle_by_plate(&plate(3)).await.unwrap().unwrap().id, id(1));
        assert_eq!(tx.find_vehicle_by_vin(&facts.vin).await.unwrap().unwrap().facts.plate, plate(3));
        assert_eq!(tx.vehicles_of_owner(id(9)).await.unwrap().iter().map(|v| v.id).collect::<Vec<_>>(), [id(1), id(2)]);
        drop(tx);

        // A plate that is taken: the whole transaction is lost, also when somebody commits it all the same.
        let mut tx = db.write().await.unwrap();
        let before = tx.lock_vehicle(id(1)).await.unwrap().unwrap();
        facts.plate = plate(2);
        let error = tx.append_vehicle_fact(&before, &facts, &source(2, 2)).await.unwrap_err();
        assert!(matches!(&error, Error::Conflict { what } if what == "plate_key"), "{error}");
        assert!(tx.commit().await.is_err());
        assert_eq!(db.read().await.unwrap().find_vehicle_by_plate(&plate(3)).await.unwrap().unwrap().version, 2);

        // Released, it can be had.
        let mut tx = db.write().await.unwrap();
        assert!(tx.release_plate(id(2), &plate(2)).await.unwrap());
        assert!(!tx.release_plate(id(2), &plate(2)).await.unwrap());
        tx.append_vehicle_fact(&before, &facts, &source(2, 2)).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(db.read().await.unwrap().find_vehicle_by_plate(&plate(2)).await.unwrap().unwrap().id, id(1));
    }

    async fn a_vehicle_is_known_once(db) {
        let mut tx = db.write().await.unwrap();
        tx.insert_vehicle(id(1), &vehicle(1, id(9)), &source(0, 0)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.write().await.unwrap();
        let mut other = vehicle(1, id(9));
        other.plate = plate(2);
        let error = tx.insert_vehicle(id(2), &other, &source(0, 0)).await.unwrap_err();
        assert!(matches!(&error, Error::Conflict { what } if what == "vin_key"), "{error}");
        drop(tx);
        // A version somebody else recorded meanwhile is not overwritten.
        let before = db.read().await.unwrap().find_vehicle(id(1)).await.unwrap().unwrap();
        for fails in [false, true] {
            let mut tx = db.write().await.unwrap();
            let done = tx.append_vehicle_fact(&before, &before.facts, &source(1, 1)).await;
            assert_eq!(done.is_err(), fails);
            if !fails { tx.commit().await.unwrap(); }
        }
    }

    async fn concurrent_changes_queue_up(db) {
        let mut tx = db.write().await.unwrap();
        tx.insert_vehicle(id(1), &vehicle(1, id(9)), &source(0, 0)).await.unwrap();
        tx.commit().await.unwrap();
        let tasks: Vec<_> = (0..20).map(|number| {
            let store = db.store.clone();
            tokio::spawn(async move {
                let mut tx = store.write().await.unwrap();
                let before = tx.lock_vehicle(id(1)).await.unwrap().expect("it is there, also after waiting");
                let mut facts = before.facts.clone();
                facts.seats += 1;
                tx.append_vehicle_fact(&before, &facts, &source(number, number)).await.unwrap();
                tx.commit().await.unwrap();
            })
        }).collect();
        for task in tasks { task.await.unwrap(); }
        let stored = db.read().await.unwrap().find_vehicle(id(1)).await.unwrap().unwrap();
        assert_eq!((stored.version, stored.facts.seats), (21, 25));
    }

    async fn owners_are_sealed_and_found(db) {
        let mut tx = db.write().await.unwrap();
        assert_eq!(tx.put_owner(id(1), &owner(1), at(0), at(1)).await.unwrap(), OwnerPut::New(id(1)));
        assert_eq!(tx.put_owner(id(2), &owner(1), at(5), at(6)).await.unwrap(), OwnerPut::Unchanged(id(1)));
        let mut moved = owner(1);
        moved.phone = None;
        moved.kind = OwnerKind::Organisation;
        assert_eq!(tx.put_owner(id(3), &moved, at(7), at(8)).await.unwrap(), OwnerPut::Changed(id(1)));
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        let stored = tx.find_owner_by_number(&owner(1).number).await.unwrap().unwrap();
        assert_eq!((stored.id, stored.version, stored.true_from, stored.known_from), (id(1), 2, at(7), at(8)));
        assert_eq!((stored.details.phone, stored.details.name), (None, owner(1).name));
        assert_eq!(tx.find_owner_by_number(&owner(2).number).await.unwrap(), None);
        // Nothing of it stands in the database as it is.
        for mut row in tx.raw_rows("SELECT number, name FROM owner_fact", vec![]).await.unwrap() {
            let (number, name) = (row.bytes().unwrap(), row.bytes().unwrap());
            assert!(!String::from_utf8_lossy(&number).contains("E00000001"));
            assert!(!String::from_utf8_lossy(&name).contains("欧阳"));
        }
    }

    async fn a_value_moved_to_another_row_is_broken(db) {
        let mut tx = db.write().await.unwrap();
        tx.put_owner(id(1), &owner(1), at(0), at(1)).await.unwrap();
        tx.put_owner(id(2), &owner(2), at(0), at(1)).await.unwrap();
        tx.raw("UPDATE owner_fact SET name = (SELECT name FROM owner_fact WHERE owner = $1) WHERE owner = $2", vec![id(1).into(), id(2).into()]).await.unwrap();
        tx.commit().await.unwrap();
        let error = db.read().await.unwrap().find_owner(id(2)).await.unwrap_err();
        assert!(matches!(&error, Error::Broken { table: "owner_fact", .. }), "{error}");
    }

    async fn an_impossible_row_is_named(db) {
        let mut tx = db.write().await.unwrap();
        tx.insert_vehicle(id(1), &vehicle(1, id(9)), &source(0, 0)).await.unwrap();
        tx.raw("UPDATE vehicle_fact SET vehicle_type = 'Z'", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        let error = db.read().await.unwrap().find_vehicle(id(1)).await.unwrap_err();
        assert!(matches!(&error, Error::Broken { table: "vehicle_fact", id: row, .. } if *row == id(1).to_string()), "{error}");
    }

    async fn who_has_no_mark_page_by_page(db) {
        let mut tx = db.write().await.unwrap();
        for number in 1..=6_u32 {
            let mut facts = vehicle(number, id(9));
            facts.division = Division::new(if number % 2 == 0 { 320_281 } else { 110_105 }).unwrap();
            tx.insert_vehicle(id(u128::from(number)), &facts, &source(0, 0)).await.unwrap();
        }
        tx.commit().await.unwrap();
        let status = index(db).await;
        let mut tx = db.write().await.unwrap();
        tx.reserve_credential(&reservation(100, id(2), status)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.read().await.unwrap();
        let area = |code| Division::new(code).unwrap();
        for (areas, after, limit, expected) in [
            (vec![], None, 10, vec![1, 3, 4, 5, 6]),
            (vec![], Some(id(3)), 2, vec![4, 5]),
            (vec![area(320_000)], None, 10, vec![4, 6]),
            (vec![area(320_200)], None, 10, vec![4, 6]),
            (vec![area(320_281)], None, 1, vec![4]),
            (vec![area(320_282)], None, 10, vec![]),
            (vec![area(110_000), area(320_281)], Some(id(1)), 10, vec![3, 4, 5, 6]),
        ] {
            let found = tx.vehicles_without_mark(KIND, after, &areas, limit).await.unwrap();
            assert_eq!(found.iter().map(|v| v.id.as_u128()).collect::<Vec<_>>(), expected, "{areas:?} {after:?} {limit}");
        }
        assert_eq!(tx.vehicles(Some(id(4)), 10).await.unwrap().len(), 2);
        assert_eq!(tx.vehicle_count().await.unwrap(), 6);
    }
}
