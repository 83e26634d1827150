//! Three and three: on both sides, one after the other and all at once; how often one may ask; who may ask at all.

use super::{
    ask, ask_for, code, file, file_by_screen, list, manage, notices, owner_of, phone, refusal, register, somebody,
    vehicles,
};
use crate::hall::Hall;
use futures_util::future::join_all;
use jiff::SignedDuration;
use luzheng::usecase::filing::{self, Ask, Bar, Scan};
use luzheng::usecase::session::{Role, Session};
use luzheng::usecase::view::Text;
use luzheng_domain::vehicle::filing::FilingKind;
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn the_fourth_vehicle_and_the_fourth_filer_are_refused_and_a_freed_place_is_taken() {
    for hall in Hall::open_all().await {
        let mut cars = Vec::new();
        for car in 1..=4 {
            cars.push(hall.car(car).await);
        }
        let mut people = Vec::new();
        for sequence in 1..=4 {
            people.push(somebody(&hall, sequence, "王小芳").await);
        }
        for car in 1..=3 {
            assert_eq!(file(&hall, &people[0], car).await.unwrap().state, "active", "vehicle {car}");
        }
        assert_eq!(list(&hall, &people[0]).await.left.vehicles, 0);
        assert_eq!(refusal(ask(&hall, &people[0], &ask_for(4)).await), "filed_vehicles_full");
        for person in &people[1..3] {
            assert_eq!(file_by_screen(&hall, person, cars[0]).await.unwrap().state, "active");
        }
        // The owner is asked also for a fourth: they may end another first.
        let fourth = ask(&hall, &people[3], &ask_for(1)).await.unwrap();
        let right = code(&hall).unwrap();
        assert_eq!(refusal(filing::confirm(&hall.app, &people[3], fourth.id, &right).await), "filers_full");
        let owner = owner_of(&hall, cars[0]).await;
        assert_eq!(refusal(filing::agree(&hall.app, &owner, fourth.id).await), "filers_full");
        let one = list(&hall, &owner)
            .await
            .of_mine
            .into_iter()
            .find(|f| f.state == "active" && f.vehicle.id == Some(cars[0]));
        filing::end(&hall.app, &owner, one.unwrap().id).await.unwrap();
        assert_eq!(filing::confirm(&hall.app, &people[3], fourth.id, &right).await.unwrap().state, "active");
        hall.check_everything().await;
    }
}

/// Ten scan the consents of one vehicle at the same moment, and one person those of ten vehicles: three each, on both engines.
#[tokio::test]
async fn three_by_three_holds_when_ten_race() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let owner = owner_of(&hall, car).await;
        let mut racers = Vec::new();
        for sequence in 1..=10 {
            let token = filing::consent(&hall.app, &owner, car).await.unwrap().token;
            racers.push((somebody(&hall, sequence, "王小芳").await, Scan { token, relation: "friend".into() }));
        }
        let results = join_all(racers.iter().map(|(who, scan)| filing::scan(&hall.app, who, scan))).await;
        let codes: Vec<&str> = results.into_iter().map(refusal).collect();
        assert_eq!(codes.iter().filter(|c| **c == "allowed").count(), 3, "{codes:?}");
        assert_eq!(codes.iter().filter(|c| **c == "filers_full").count(), 7, "{codes:?}");

        let collector = somebody(&hall, 50, "李雷").await;
        let mut scans = Vec::new();
        for number in 11..=20 {
            let other = hall.car(number).await;
            let token = filing::consent(&hall.app, &owner, other).await.unwrap().token;
            scans.push(Scan { token, relation: "friend".into() });
        }
        let results = join_all(scans.iter().map(|scan| filing::scan(&hall.app, &collector, scan))).await;
        let codes: Vec<&str> = results.into_iter().map(refusal).collect();
        assert_eq!(codes.iter().filter(|c| **c == "allowed").count(), 3, "{codes:?}");
        assert_eq!(codes.iter().filter(|c| **c == "filed_vehicles_full").count(), 7, "{codes:?}");
        assert_eq!(vehicles(&hall, &collector).await.len(), 3);

        // The same token by ten at once: one.
        let token = filing::consent(&hall.app, &owner, hall.car(30).await).await.unwrap().token;
        let scan = Scan { token, relation: "friend".into() };
        let mut fresh = Vec::new();
        for sequence in 61..=70 {
            fresh.push(somebody(&hall, sequence, "韩梅梅").await);
        }
        let results = join_all(fresh.iter().map(|who| filing::scan(&hall.app, who, &scan))).await;
        let codes: Vec<&str> = results.into_iter().map(refusal).collect();
        assert_eq!(codes.iter().filter(|c| **c == "allowed").count(), 1, "{codes:?}");
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn the_fourth_manager_is_refused() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        for sequence in 1..=3 {
            let manager = somebody(&hall, sequence, "王小芳").await;
            assert_eq!(manage(&hall, &manager, sequence, car).await.unwrap().state, "active");
        }
        let fourth = somebody(&hall, 4, "王小芳").await;
        assert_eq!(refusal(manage(&hall, &fourth, 4, car).await), "managers_full");
        let mut tx = hall.app.store.read().await.unwrap();
        assert_eq!(tx.shares_of_vehicle(car, FilingKind::Management.code()).await.unwrap().len(), 3);
        drop(tx);
        let owner = owner_of(&hall, car).await;
        let own = filing::Appointment { phone: phone(owner_sequence(&owner)), name: owner.name.zh.clone() };
        assert_eq!(refusal(filing::appoint(&hall.app, &owner, car, &own).await), "own_vehicle");
    }
}

fn owner_sequence(owner: &Session) -> u32 {
    u32::try_from(owner.person.as_u128() - 5_000).unwrap()
}

#[tokio::test]
async fn one_asks_five_times_a_day_and_an_owner_is_asked_three_times() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let filer = somebody(&hall, 1, "王小芳").await;
        for asked in 1..=5 {
            ask(&hall, &filer, &Ask { plate_number: format!("苏E3000{asked}"), ..ask_for(1) }).await.unwrap();
        }
        let error = ask(&hall, &filer, &ask_for(1)).await.unwrap_err();
        assert_eq!((error.code, error.retry_after_s.is_some()), ("too_often", true));
        hall.app.clock.advance(SignedDuration::from_hours(24));
        let before = luzheng::usecase::notify::outbox(&hall.app).unwrap().len();
        for sequence in 2..=5 {
            ask(&hall, &somebody(&hall, sequence, "李雷").await, &ask_for(1)).await.unwrap();
        }
        let sent = luzheng::usecase::notify::outbox(&hall.app).unwrap().len() - before;
        assert_eq!(sent, 3, "the fourth is answered like the others and troubles nobody");
        assert_eq!(list(&hall, &owner_of(&hall, car).await).await.of_mine.len(), 3);
    }
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_said_at_once() {
    for hall in Hall::open_all().await {
        hall.car(1).await;
        let filer = somebody(&hall, 1, "王小芳").await;
        for (asked, expected) in [
            (Ask { plate_type: "01".into(), ..ask_for(1) }, "plate_type_excluded"),
            (Ask { plate_type: "99x".into(), ..ask_for(1) }, "bad_plate_type"),
            (Ask { plate_number: "苏E".into(), ..ask_for(1) }, "bad_plate"),
            (Ask { plate_number: "苏".repeat(5_000), ..ask_for(1) }, "bad_plate"),
            (Ask { vin_last6: "12345".into(), ..ask_for(1) }, "bad_vin_tail"),
            (Ask { relation: "manager".into(), ..ask_for(1) }, "bad_relation"),
            (Ask { relation: "stranger".into(), ..ask_for(1) }, "bad_relation"),
        ] {
            assert_eq!(refusal(ask(&hall, &filer, &asked).await), expected);
        }
        let nobody = Session { owner: None, ..filer.clone() };
        assert_eq!(refusal(ask(&hall, &nobody, &ask_for(1)).await), "no_register_record");
        let seen_on_paper = Session { level: luzheng::usecase::session::Level::L2, ..filer.clone() };
        assert_eq!(refusal(ask(&hall, &seen_on_paper, &ask_for(1)).await), "assurance_needed");
        file(&hall, &filer, 1).await.unwrap();
        assert_eq!(refusal(ask(&hall, &filer, &ask_for(1)).await), "already_shared");
        let own = json!({"plate_number": "苏E20002", "owner_id": super::number(1), "owner_name": "王小芳", "phone": phone(1)});
        register(&hall, 2, own).await;
        let mine = Ask { plate_number: "苏E20002".into(), ..ask_for(2) };
        assert_eq!(refusal(ask(&hall, &filer, &mine).await), "own_vehicle");
    }
}

#[tokio::test]
async fn the_same_key_asks_once() {
    for hall in Hall::open_all().await {
        hall.car(1).await;
        let filer = somebody(&hall, 1, "王小芳").await;
        let (first, message) = filing::ask(&hall.app, &filer, &ask_for(1), Some("k")).await.unwrap();
        assert!(message.is_some());
        let (again, message) = filing::ask(&hall.app, &filer, &ask_for(1), Some("k")).await.unwrap();
        assert_eq!((again.id, message.is_none()), (first.id, true));
        let other = Ask { relation: "lease".into(), ..ask_for(1) };
        assert_eq!(refusal(filing::ask(&hall.app, &filer, &other, Some("k")).await), "idempotency_key_reused");
        assert_eq!(list(&hall, &filer).await.mine.len(), 1);
    }
}

#[tokio::test]
async fn whoever_gave_false_material_loses_what_they_filed_and_files_no_more() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let filer = somebody(&hall, 1, "王小芳").await;
        file(&hall, &filer, 1).await.unwrap();
        let staff = Session::acting(Uuid::from_u128(3), Role::Staff, None, Text::new("窗口", "counter"));
        let bar = |id_number: &str, reason: &str| Bar { id_number: id_number.into(), reason: reason.into() };
        assert_eq!(refusal(filing::bar(&hall.app, &staff, &bar("12", "x")).await), "bad_id_number");
        assert_eq!(refusal(filing::bar(&hall.app, &staff, &bar(&super::number(1), " ")).await), "reason_needed");
        assert_eq!(refusal(filing::bar(&hall.app, &staff, &bar(&super::number(88), "x")).await), "not_found");
        let done = filing::bar(&hall.app, &staff, &bar(&super::number(1), "伪造行驶证")).await.unwrap();
        assert_eq!((done.name_masked.as_str(), done.new, done.ended), ("王*芳", true, 1));
        let again = filing::bar(&hall.app, &staff, &bar(&super::number(1), "again")).await.unwrap();
        assert_eq!((again.new, again.ended), (false, 0));
        assert!(vehicles(&hall, &filer).await.is_empty());
        assert_eq!(list(&hall, &filer).await.mine[0].end_reason.as_deref(), Some("barred"));
        assert!(notices(&hall, &filer).await.contains(&"filing_ended".to_owned()));
        assert_eq!(refusal(ask(&hall, &filer, &ask_for(1)).await), "filing_barred");
        assert_eq!(refusal(file_by_screen(&hall, &filer, car).await), "filing_barred");
        hall.check_everything().await;
    }
}
