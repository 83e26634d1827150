//! Importing again: what is new, what is the same, and what must not be undone.

use crate::bench::{
    HEADER, OWNER_ID, OWNER_NAME, PHONE, PLATE, Row, STATUS, VALID_UNTIL, VIN, by_vin, count, counts, csv, import,
    import_at, import_with, now, row,
};
use jiff::SignedDuration;
use luzheng::usecase::import::Options;
use luzheng_store::Store;
use luzheng_store::testing::{Fault, engines};
use luzheng_store::vehicle::Source as Cause;

#[tokio::test]
async fn changed_facts_make_a_new_version_and_the_old_one_stays() {
    for store in engines().await {
        import(&store, csv(&[row(1), row(2)])).await;
        let (file, _) =
            import(&store, csv(&[row(1).with(VALID_UNTIL, "2029-05"), row(2).with(PHONE, "13900005678")])).await;
        assert_eq!((file.changed, file.owners_changed, file.unchanged), (1, 1, 0));
        let vehicle = by_vin(&store, 1).await;
        let mut tx = store.read().await.expect("the store works");
        let history = tx.vehicle_history(vehicle.id).await.expect("the store works");
        assert_eq!(
            history.iter().map(|v| v.facts.valid_until.map(|m| m.yyyymm())).collect::<Vec<_>>(),
            [Some(202_705), Some(202_905)]
        );
        let owner = tx.find_owner(by_vin(&store, 2).await.facts.owner).await.expect("the store works").expect("known");
        assert_eq!((owner.version, owner.details.phone.as_deref()), (2, Some("13900005678")));
    }
}

#[tokio::test]
async fn columns_a_file_does_not_have_say_nothing() {
    let kept = [PLATE, 1, VIN, 3, 4, 5, 6, 9, OWNER_ID, OWNER_NAME, 13];
    let pick = |fields: Vec<&str>| kept.map(|place| fields[place]).join(",");
    for store in engines().await {
        import(&store, csv(&[row(1).with(STATUS, "C")])).await;
        let before = by_vin(&store, 1).await;
        let less = row(1).with(5, "7").0;
        let text =
            format!("{}\n{}\n", pick(HEADER.split(',').collect()), pick(less.iter().map(String::as_str).collect()));
        let (file, _) = import(&store, text.clone()).await;
        assert_eq!(counts(&file), (0, 1, 0, 0));
        let after = by_vin(&store, 1).await.facts;
        assert_eq!(after.seats, 7);
        assert_eq!(luzheng_domain::vehicle::Vehicle { seats: 5, ..after }, before.facts);
        let (file, _) = import(&store, text).await;
        assert_eq!(counts(&file), (0, 0, 1, 0));
        let mut tx = store.read().await.expect("the store works");
        let owner = tx.find_owner(before.facts.owner).await.expect("the store works").expect("known");
        assert_eq!((owner.version, owner.details.phone.as_deref()), (1, Some("13800001234")));
    }
}

/// An event recorded a new state after the import.
async fn event_says_stolen(store: &Store, n: u32) {
    let known = by_vin(store, n).await;
    let mut facts = known.facts.clone();
    facts.status = "C".parse().expect("a state");
    let at = now().checked_add(SignedDuration::from_hours(1)).expect("in range");
    let mut tx = store.write().await.expect("the store works");
    tx.append_vehicle_fact(&known, &facts, &Cause { true_from: at, known_from: at, cause: "feed/1" })
        .await
        .expect("recorded");
    tx.commit().await.expect("committed");
}

#[tokio::test]
async fn an_old_export_does_not_undo_what_an_event_said() {
    for store in engines().await {
        let export = csv(&[row(1), row(2)]);
        import(&store, export.clone()).await;
        event_says_stolen(&store, 1).await;
        let later = now().checked_add(SignedDuration::from_hours(48)).expect("in range");

        // The same export says nothing new.
        let (file, _) = import_at(&store, export, Options::default(), later).await;
        assert_eq!(counts(&file), (0, 0, 2, 0));
        assert_eq!(by_vin(&store, 1).await.facts.status.letters(), "C");

        // Another one, made before the event, is known to be older.
        let other = csv(&[row(1).with(VALID_UNTIL, "2029-05"), row(2)]);
        let as_of = Options { as_of: Some(now()), ..Options::default() };
        let (file, _) = import_at(&store, other.clone(), as_of, later).await;
        assert_eq!((file.newer_here, file.unchanged, file.changed), (1, 1, 0));

        // A fresh one counts.
        let (file, _) = import_at(&store, other, Options::default(), later).await;
        assert_eq!((file.changed, file.unchanged), (1, 1));
        assert_eq!(by_vin(&store, 1).await.facts.status.letters(), "A");
    }
}

#[tokio::test]
async fn plates_that_change_hands_within_a_file() {
    for store in engines().await {
        import(&store, csv(&[row(1), row(2), row(3)])).await;
        // 1 takes the plate of 2 although 2 gives it up only further down, in another batch; 3 wants one that nobody gives up.
        let (one, two) = (row(1).0[PLATE].clone(), row(2).0[PLATE].clone());
        let mut rows: Vec<Row> = vec![row(1).with(PLATE, &two)];
        rows.extend((10..5_110).map(row));
        rows.push(row(2).with(PLATE, "苏E88888"));
        rows.push(row(9_000).with(PLATE, &row(3).0[PLATE]));
        let (file, ears) = import(&store, csv(&rows)).await;
        assert_eq!(counts(&file), (5_100, 2, 0, 1));
        assert_eq!(ears.told(), [(5_104, "plate_number", "plate_taken")]);
        assert_eq!(by_vin(&store, 1).await.facts.plate.number.as_str(), two);
        assert_eq!(by_vin(&store, 2).await.facts.plate.number.as_str(), "苏E88888");
        assert_eq!(count(&store).await, 5_103);
        let mut tx = store.read().await.expect("the store works");
        let plate = luzheng_domain::vehicle::Plate::parse(&one, luzheng_domain::vehicle::PlateType::SMALL)
            .expect("a plate")
            .value;
        assert!(tx.find_vehicle_by_plate(&plate).await.expect("the store works").is_none());
    }
}

#[tokio::test]
async fn rows_that_contradict_each_other_about_an_owner_do_not_take_turns() {
    for store in engines().await {
        let mut rows = vec![row(1)];
        rows.extend((10..5_100).map(row));
        rows.push(row(2).with(OWNER_ID, &row(1).0[OWNER_ID]).with(PHONE, "13900005678"));
        let (file, _) = import(&store, csv(&rows)).await;
        assert_eq!((counts(&file), file.warned), ((5_092, 0, 0, 0), 1));
        assert_eq!(file.warnings["owner_id: owner_differs"].first_lines, [5_093]);
        let (file, _) = import(&store, csv(&rows)).await;
        assert_eq!(counts(&file), (0, 0, 5_092, 0));
        let mut tx = store.read().await.expect("the store works");
        let owner = tx.find_owner(by_vin(&store, 2).await.facts.owner).await.expect("the store works").expect("known");
        assert_eq!((owner.version, owner.details.phone.as_deref()), (1, Some("13800001234")));
    }
}

#[tokio::test]
async fn a_commit_that_is_lost_or_kept_unseen_changes_nothing_in_the_end() {
    let rows: Vec<Row> = (1..=3).map(row).collect();
    for fault in [Fault::Lost, Fault::Kept] {
        for store in engines().await {
            store.faults().fail_next_commit(fault);
            let (file, ears) = import(&store, csv(&rows)).await;
            assert_eq!((file.inserted + file.unchanged, ears.told()), (3, vec![]), "{fault:?}");
            assert_eq!(count(&store).await, 3);
            for n in 1..=3 {
                assert_eq!(by_vin(&store, n).await.version, 1);
            }
        }
    }
}

#[tokio::test]
async fn several_imports_at_once_make_one_vehicle_each() {
    for store in engines().await {
        let text = csv(&(1..=300).map(row).collect::<Vec<_>>());
        let options = Options::default();
        let (a, b, c) = tokio::join!(
            import_with(&store, text.clone(), options),
            import_with(&store, text.clone(), options),
            import_with(&store, text.clone(), options)
        );
        let inserted: u64 = [&a, &b, &c].iter().map(|(file, _)| file.inserted).sum();
        let unchanged: u64 = [&a, &b, &c].iter().map(|(file, _)| file.unchanged).sum();
        assert_eq!((inserted, unchanged, count(&store).await), (300, 600, 300));
    }
}
