//! How it ends: by either side, by a transfer, by the end of the vehicle, by another plate or use; and what is gone with it.

use super::{
    ask, ask_for, code, file, file_by_screen, list, manage, notices, owner_of, refusal, register, somebody, vehicles,
};
use crate::hall::{Hall, changed, deregistered, transferred};
use futures_util::future::join;
use luzheng::register::Source;
use luzheng::usecase::import::{self, Nobody, Options};
use luzheng::usecase::{citizen, filing};
use serde_json::json;

#[tokio::test]
async fn either_side_ends_it_and_both_are_told() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let (owner, filer, stranger) =
            (owner_of(&hall, car).await, somebody(&hall, 1, "王小芳").await, somebody(&hall, 2, "李雷").await);
        for (by, reason) in [(&owner, "by_owner"), (&filer, "by_filer")] {
            let filed = file_by_screen(&hall, &filer, car).await.unwrap();
            let mark = vehicles(&hall, &filer).await[0].mark.clone().unwrap().id;
            assert_eq!(refusal(filing::end(&hall.app, &stranger, filed.id).await), "not_found");
            let ended = filing::end(&hall.app, by, filed.id).await.unwrap();
            assert_eq!((ended.state.as_str(), ended.end_reason.as_deref()), ("ended", Some(reason)));
            assert_eq!(refusal(filing::end(&hall.app, by, filed.id).await), "not_possible_now");
            for gone in [
                refusal(citizen::vehicle(&hall.app, &filer, car).await),
                refusal(citizen::mark(&hall.app, &filer, mark).await),
                refusal(citizen::live(&hall.app, &filer, mark).await),
            ] {
                assert_eq!(gone, "not_found");
            }
            assert_eq!(list(&hall, &filer).await.left.vehicles, 3);
        }
        assert!(notices(&hall, &filer).await.iter().filter(|k| *k == "filing_ended").count() == 2);
        assert!(notices(&hall, &owner).await.iter().filter(|k| *k == "filing_left").count() == 2);
        // A request is refused, not ended, by whoever is asked; who asked takes it back.
        let asked = ask(&hall, &filer, &ask_for(1)).await.unwrap();
        assert_eq!(refusal(filing::end(&hall.app, &owner, asked.id).await), "not_possible_now");
        assert_eq!(filing::end(&hall.app, &filer, asked.id).await.unwrap().state, "lapsed");
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_transfer_ends_everything_in_the_same_moment_and_the_new_owner_begins_anew() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let (owner, filer, manager, asking) = (
            owner_of(&hall, car).await,
            somebody(&hall, 1, "王小芳").await,
            somebody(&hall, 2, "李雷").await,
            somebody(&hall, 3, "韩梅梅").await,
        );
        let filed = file(&hall, &filer, 1).await.unwrap();
        let managed = manage(&hall, &manager, 2, car).await.unwrap();
        let waiting = ask(&hall, &asking, &ask_for(1)).await.unwrap();
        let right = code(&hall).unwrap();
        let consent = filing::consent(&hall.app, &owner, car).await.unwrap();
        let mark = vehicles(&hall, &filer).await[0].mark.clone().unwrap().id;

        // Only the event: nothing that runs later has a part in it.
        hall.event(&transferred(1, "sold", "2026-11-20T10:00:00+08:00")).await;
        for (who, id) in [(&filer, filed.id), (&manager, managed.id)] {
            assert!(vehicles(&hall, who).await.is_empty());
            assert_eq!(refusal(citizen::vehicle(&hall.app, who, car).await), "not_found");
            assert_eq!(refusal(citizen::mark(&hall.app, who, mark).await), "not_found");
            let gone = list(&hall, who).await.mine.into_iter().find(|f| f.id == id).unwrap();
            assert_eq!((gone.state.as_str(), gone.end_reason.as_deref()), ("ended", Some("transferred")));
            assert_eq!(gone.vehicle.plate_number, crate::hall::plate(1), "not the new plate");
        }
        assert!(notices(&hall, &filer).await.contains(&"filing_ended".to_owned()));
        assert!(notices(&hall, &manager).await.contains(&"manager_ended".to_owned()));
        assert!(!notices(&hall, &manager).await.iter().any(|k| k == "mark_issued"), "the new owner's news");
        assert!(notices(&hall, &owner).await.contains(&"filing_left".to_owned()));
        assert_eq!(list(&hall, &filer).await.left.vehicles, 3);
        // What the former owner was asked, or showed, counts no more.
        assert_eq!(refusal(filing::confirm(&hall.app, &asking, waiting.id, &right).await), "code_spent");
        let scan = filing::Scan { token: consent.token, relation: "friend".into() };
        assert_eq!(refusal(filing::scan(&hall.app, &asking, &scan).await), "no_consent");
        let mut tx = hall.app.store.read().await.unwrap();
        assert!(tx.open_filings_of_vehicle(car).await.unwrap().is_empty());
        drop(tx);
        // The former owner sees what ended, and not the vehicle.
        let former = list(&hall, &owner).await.of_mine;
        assert!(former.iter().all(|f| f.vehicle.id.is_none() && !f.can_end && !f.can_agree), "{former:?}");
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn the_end_of_the_vehicle_ends_both_and_another_use_ends_filings_only() {
    for hall in Hall::open_all().await {
        let scrapped = hall.car(1).await;
        let of_unit =
            json!({"owner_kind": "organisation", "owner_id": "91110000600037341L", "owner_name": "苏州某某公司"});
        let company = register(&hall, 2, of_unit).await;
        let private = hall.car(3).await;
        let (filer, manager) = (somebody(&hall, 1, "王小芳").await, somebody(&hall, 2, "李雷").await);
        for car in [scrapped, company, private] {
            file_by_screen(&hall, &filer, car).await.unwrap();
            manage(&hall, &manager, 2, car).await.unwrap();
        }
        hall.event(&deregistered(1, "gone", "2026-11-20T10:00:00+08:00")).await;
        hall.event(&changed(2, "for-hire", "2026-11-20T10:00:00+08:00")).await;
        hall.event(&changed(3, "hailing", "2026-11-20T10:00:00+08:00")).await;
        let left = |of: Vec<luzheng::usecase::view::VehicleView>| of.into_iter().map(|v| v.id).collect::<Vec<_>>();
        // A person's own car for hire can be filed; a unit's cannot.
        assert_eq!(left(vehicles(&hall, &filer).await), [private]);
        let mut managed = left(vehicles(&hall, &manager).await);
        managed.sort();
        let mut expected = vec![company, private];
        expected.sort();
        assert_eq!(managed, expected);
        let reasons = async |car| {
            let mine = list(&hall, &filer).await.mine;
            mine.into_iter().find(|f| f.vehicle.plate_number == crate::hall::plate(car)).unwrap().end_reason
        };
        assert_eq!(reasons(1).await.as_deref(), Some("deregistered"));
        assert_eq!(reasons(2).await.as_deref(), Some("not_eligible"));
        assert_eq!(reasons(3).await, None);
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn another_type_of_plate_ends_a_filing_and_another_number_does_not() {
    for hall in Hall::open_all().await {
        let (one, two) = (hall.car(1).await, hall.car(2).await);
        let filer = somebody(&hall, 1, "王小芳").await;
        for car in [one, two] {
            file_by_screen(&hall, &filer, car).await.unwrap();
        }
        hall.event(&crate::hall::plate_changed(1, "number", "2026-11-20T10:00:00+08:00")).await;
        let mut coach = crate::hall::plate_changed(2, "type", "2026-11-20T10:00:00+08:00");
        coach["data"]["plate_type"] = "16".into();
        coach["data"]["plate_number"] = "苏E6000学".into();
        hall.event(&coach).await;
        hall.run_jobs().await;
        let seen = vehicles(&hall, &filer).await;
        assert_eq!(seen.len(), 1);
        assert_eq!((seen[0].id, seen[0].plate_number.as_str()), (one, "苏E60001"));
        let ended = list(&hall, &filer).await.mine.into_iter().find(|f| f.state == "ended").unwrap();
        assert_eq!(
            (ended.vehicle.plate_number.as_str(), ended.end_reason.as_deref()),
            ("苏E00002", Some("not_eligible"))
        );
    }
}

/// The transfer and the consent at the same moment: whichever is first, nobody keeps a vehicle that its new owner shared with nobody.
#[tokio::test]
async fn a_consent_that_races_a_transfer_leaves_nothing_behind() {
    for hall in Hall::open_all().await {
        for car in 1..=6 {
            let vehicle = hall.car(car).await;
            let (owner, filer) = (owner_of(&hall, vehicle).await, somebody(&hall, car, "王小芳").await);
            let asked = ask(&hall, &filer, &ask_for(car)).await.unwrap();
            let sold = transferred(car, &format!("sold-{car}"), "2026-11-20T10:00:00+08:00");
            let (agreed, _) = join(filing::agree(&hall.app, &owner, asked.id), hall.event(&sold)).await;
            assert!(matches!(refusal(agreed), "allowed" | "not_possible_now" | "not_found"));
            assert!(vehicles(&hall, &filer).await.is_empty());
            let mut tx = hall.app.store.read().await.unwrap();
            assert!(tx.shares_of_vehicle(vehicle, "filing").await.unwrap().is_empty());
            assert!(tx.open_filings_of_vehicle(vehicle).await.unwrap().is_empty());
        }
        hall.check_everything().await;
    }
}

/// What was over before the filing is none of the filer's business; what ends meanwhile is.
#[tokio::test]
async fn a_filer_sees_past_marks_only_since_the_filing() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        hall.event(&crate::hall::plate_changed(1, "before", "2026-11-20T09:00:00+08:00")).await;
        hall.run_jobs().await;
        let owner = owner_of(&hall, car).await;
        let old = citizen::vehicle(&hall.app, &owner, car).await.unwrap().past_marks;
        assert_eq!(old.len(), 1);
        hall.app.clock.advance(jiff::SignedDuration::from_mins(1));
        let filer = somebody(&hall, 1, "王小芳").await;
        file_by_screen(&hall, &filer, car).await.unwrap();
        assert!(citizen::vehicle(&hall.app, &filer, car).await.unwrap().past_marks.is_empty());
        assert_eq!(refusal(citizen::mark(&hall.app, &filer, old[0].id).await), "not_found");
        hall.app.clock.advance(jiff::SignedDuration::from_mins(1));
        let mut again = crate::hall::plate_changed(1, "after", "2026-11-20T11:00:00+08:00");
        again["data"]["plate_number"] = "苏E70001".into();
        hall.event(&again).await;
        hall.run_jobs().await;
        let past = citizen::vehicle(&hall.app, &filer, car).await.unwrap().past_marks;
        assert_eq!(past.len(), 1);
        assert_ne!(past[0].id, old[0].id);
        assert!(citizen::mark(&hall.app, &filer, past[0].id).await.is_ok());
    }
}

/// The register's export says so as well as an event does, and at once: no job has a part in it.
#[tokio::test]
async fn an_import_with_another_owner_ends_it_too() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let filer = somebody(&hall, 1, "王小芳").await;
        file_by_screen(&hall, &filer, car).await.unwrap();
        let text = format!(
            "plate_number,plate_type,vin,vehicle_type,use_nature,seats,registered_on,owner_kind,owner_id,owner_name,division,status,valid_until\n\
             {},02,{},K33,A,5,2025-03-10,organisation,91110000600037341L,苏州某某公司,320500,A,2027-03\n",
            crate::hall::plate(1),
            crate::hall::vin(1)
        );
        let source = Source::from_reader("export.csv", std::io::Cursor::new(text.into_bytes())).unwrap();
        let now = hall.app.clock.now();
        import::vehicles(&hall.app.store, vec![source], &Options::default(), &mut Nobody, now).await.unwrap();
        let ended = list(&hall, &filer).await.mine.remove(0);
        assert_eq!((ended.state.as_str(), ended.end_reason.as_deref()), ("ended", Some("transferred")));
        assert!(vehicles(&hall, &filer).await.is_empty());
        assert!(notices(&hall, &filer).await.contains(&"filing_ended".to_owned()));
        hall.run_jobs().await;
        hall.check_everything().await;
    }
}
