//! New facts from a register and the mark a vehicle has.

use crate::bench::Ears;
use crate::hall::{Hall, plate, vin};
use luzheng::register::Source;
use luzheng::usecase::import::{Options, Summary, reconsider, vehicles};
use luzheng_credential::verify::{Reason, Verdict};
use luzheng_store::credential::CredentialState;
use std::io::Cursor;
use uuid::Uuid;

const HEADER: &str = "plate_number,plate_type,vin,vehicle_type,use_nature,seats,registered_on,owner_kind,owner_id,owner_name,division,status,valid_until";

/// The car of the hall as an export would state it, with some columns changed.
fn export(number: u32, changes: &[(&str, &str)]) -> String {
    let mut values = [
        plate(number),
        "02".into(),
        vin(number),
        "K33".into(),
        "A".into(),
        "5".into(),
        "2025-03-10".into(),
        "individual".into(),
        "11010519491231002X".into(),
        "张三丰".into(),
        "320500".into(),
        "A".into(),
        "2027-03".into(),
    ];
    for (column, value) in changes {
        let place = HEADER.split(',').position(|c| c == *column).expect("a column");
        values[place] = (*value).to_owned();
    }
    format!("{HEADER}\n{}\n", values.join(","))
}

async fn import(hall: &Hall, text: String) -> Summary {
    let source = Source::from_reader("export.csv", Cursor::new(text)).expect("it opens");
    let mut ears = Ears::default();
    let done = vehicles(&hall.app.store, vec![source], &Options::default(), &mut ears, hall.app.clock.now()).await;
    assert_eq!(ears.told(), []);
    done.expect("the store works")
}

/// Imports a changed car, decides, and answers with the number of marks it ever had and the verdicts on the first and the last.
async fn after(
    hall: &Hall,
    car: Uuid,
    number: u32,
    changes: &[(&str, &str)],
) -> (usize, (Verdict, Option<Reason>), Option<u32>) {
    let first = hall.marks(car).await.into_iter().next().expect("a mark");
    import(hall, export(number, changes)).await;
    hall.run_jobs().await;
    let current = hall.current(car).await;
    let verdict = hall.verdict(&first).await;
    hall.check_everything().await;
    (hall.marks(car).await.len(), verdict, current.map(|c| c.valid_until))
}

#[tokio::test]
async fn each_change_has_its_consequence() {
    for hall in Hall::open_all().await {
        let mut cars = Vec::new();
        for number in 1..=8 {
            cars.push(hall.car(number).await);
        }
        let not_valid = |reason| (Verdict::NotValid, Some(reason));
        let valid = (Verdict::Valid, None);
        let same = import(&hall, export(1, &[])).await;
        assert_eq!((same.files[0].unchanged, same.marks_to_reconsider), (1, 0));
        // Seats are not on the mark.
        assert_eq!(import(&hall, export(1, &[("seats", "7")])).await.marks_to_reconsider, 0);

        assert_eq!(after(&hall, cars[1], 2, &[("valid_until", "2029-03")]).await, (2, valid, Some(202_903)));
        assert_eq!(
            after(&hall, cars[2], 3, &[("status", "C")]).await,
            (1, not_valid(Reason::Suspended), Some(202_703))
        );
        assert_eq!(after(&hall, cars[2], 3, &[("status", "A")]).await, (1, valid, Some(202_703)));
        assert_eq!(after(&hall, cars[3], 4, &[("status", "E")]).await, (1, not_valid(Reason::Revoked), None));
        assert_eq!(
            after(&hall, cars[4], 5, &[("plate_number", "苏E66666")]).await,
            (2, not_valid(Reason::Superseded), Some(202_703))
        );
        let owner = [("owner_id", "440524188001010014"), ("owner_name", "李四")];
        assert_eq!(after(&hall, cars[5], 6, &owner).await, (2, not_valid(Reason::Revoked), Some(202_703)));
        assert_eq!(
            after(&hall, cars[6], 7, &[("valid_until", "2026-12")]).await,
            (2, not_valid(Reason::Superseded), Some(202_612))
        );
        // Its validity has run out: the mark that says otherwise must go, and no other can come.
        assert_eq!(
            after(&hall, cars[7], 8, &[("valid_until", "2026-03")]).await,
            (1, not_valid(Reason::Revoked), None)
        );
    }
}

#[tokio::test]
async fn a_job_that_comes_twice_decides_once() {
    for hall in Hall::open_all().await {
        let car = hall.car(1).await;
        let owner = [("owner_id", "440524188001010014"), ("owner_name", "李四")];
        assert_eq!(import(&hall, export(1, &owner)).await.marks_to_reconsider, 1);
        for _ in 0..3 {
            reconsider::reconsider(&hall.app, car, "1:2").await.expect("decided");
        }
        hall.run_jobs().await;
        assert_eq!(hall.marks(car).await.len(), 2);
        let current = hall.current(car).await.expect("a mark for the new owner");
        assert!(matches!(current.state, CredentialState::Current));
        assert_eq!(hall.verdict(&current).await, (Verdict::Valid, None));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn a_vehicle_without_a_mark_gets_none_from_an_import() {
    for hall in Hall::open_all().await {
        import(&hall, export(1, &[])).await;
        assert_eq!(import(&hall, export(1, &[("valid_until", "2029-03")])).await.marks_to_reconsider, 1);
        hall.run_jobs().await;
        let mut tx = hall.app.store.read().await.expect("the store works");
        let car = tx.vehicle_id_by_vin(&vin(1).parse().expect("a VIN")).await.expect("the store works").expect("known");
        assert!(hall.marks(car).await.is_empty());
    }
}
