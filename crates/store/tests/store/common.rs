//! What the tests share: fixed times, made-up vehicles and owners, and a macro that runs a test on both engines.

use std::collections::BTreeMap;

use jiff::Timestamp;
use luzheng_domain::{
    credential::{CredentialKind, Reason},
    driver::{Licence, LicenceNumber, PointsAccount, Sex},
    region::Division,
    vehicle::{OwnerDetails, OwnerKind, OwnerNumber, Plate, Vehicle, YearMonth},
};
use luzheng_store::{Store, credential::Reservation, driver::owner_of, status::StatusIndex, vehicle::Source};
use uuid::Uuid;

/// Runs an async test on a fresh SQLite file and on a fresh PostgreSQL database: `name::sqlite` and `name::postgres`.
macro_rules! on_both {
    ($($(#[$attribute:meta])* async fn $name:ident($db:ident) $body:block)+) => {$(
        $(#[$attribute])*
        async fn $name($db: &luzheng_store::testing::TestStore) $body

        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn sqlite() {
                super::$name(&luzheng_store::testing::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn postgres() {
                super::$name(&luzheng_store::testing::postgres().await).await;
            }
        }
    )+};
}

pub const KIND: CredentialKind = CredentialKind::InspectionMark;

/// Second number `seconds` of the tests' time.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).expect("in range")
}

/// Id number `number`; later numbers sort later.
pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub fn source(true_from: i64, known_from: i64) -> Source<'static> {
    Source { true_from: at(true_from), known_from: at(known_from), cause: "test" }
}

pub fn owner(number: u64) -> OwnerDetails {
    OwnerDetails {
        kind: OwnerKind::Individual,
        number: OwnerNumber::parse(&format!("E{number:08}"), OwnerKind::Individual).expect("a passport number").value,
        name: format!("欧阳䶮{number}"),
        phone: Some(format!("138{number:08}")),
    }
}

pub fn plate(number: u32) -> Plate {
    Plate {
        number: format!("苏B{number:05}").parse().expect("a plate"),
        plate_type: "02".parse().expect("a kind of plate"),
    }
}

pub fn vehicle(number: u32, owner: Uuid) -> Vehicle {
    Vehicle {
        plate: plate(number),
        vin: format!("LSVAA49J0{number:08}").parse().expect("a VIN"),
        vehicle_type: "K33".parse().expect("a kind of vehicle"),
        use_nature: "A".parse().expect("a use"),
        seats: 5,
        registered_on: "2020-05-06".parse().expect("a date"),
        manufactured_on: None,
        energy: Some("A".parse().expect("a kind of energy")),
        colour: None,
        division: Division::new(320_200).expect("a code"),
        status: "A".parse().expect("a state"),
        valid_until: YearMonth::from_yyyymm(202_605),
        insurance_until: Some("2026-12-31".parse().expect("a date")),
        casualty_accident: false,
        illegal_modification: true,
        owner,
    }
}

pub fn reservation(number: u128, subject: Uuid, status: StatusIndex) -> Reservation {
    Reservation {
        id: id(number),
        subject,
        kind: KIND,
        subject_name: "苏B12345".to_owned(),
        class: "02".to_owned(),
        valid_until: 202_705,
        expires_on: "2027-05-31".parse().expect("a date"),
        authority: 320_200,
        status,
        reason: Reason::Inspected,
        cause: "test".to_owned(),
        true_from: at(0),
        reserved_at: at(1),
        replaces: None,
        photo: None,
    }
}

/// One status index.
pub async fn index(store: &Store) -> StatusIndex {
    store.allocate_status(KIND, 1, at(0)).await.expect("an index is handed out")[0]
}

/// Licence number `number`, a passport's, as foreigners have.
pub fn licence_number(number: u64) -> LicenceNumber {
    LicenceNumber::parse(&format!("E{number:08}")).expect("a passport number").value
}

/// A licence of the person [`owner`] makes under the same number.
pub fn licence(number: u64) -> Licence {
    Licence {
        number: licence_number(number),
        name: format!("欧阳䶮{number}"),
        sex: Sex::Female,
        nationality: "中国".to_owned(),
        birth_date: "1990-01-02".parse().expect("a date"),
        phone: Some(format!("138{number:08}")),
        classes: "C1D".parse().expect("classes"),
        class_dates: BTreeMap::new(),
        first_issued_on: "2015-03-04".parse().expect("a date"),
        valid_from: "2021-03-04".parse().expect("a date"),
        valid_until: Some("2031-03-04".parse().expect("a date")),
        file_number: Some("320200123456".to_owned()),
        division: Division::new(320_200).expect("a code"),
        status: "A".parse().expect("a state"),
        points: PointsAccount::default(),
        last_medical_on: None,
        last_reviewed_on: None,
        deferred_until: None,
        extended_until: None,
    }
}

/// A driver with the owner record of the same number, committed.
pub async fn driver(store: &Store, number: u64) -> Uuid {
    let (driver, owner) = (id(5_000 + u128::from(number) * 2), id(5_001 + u128::from(number) * 2));
    let mut tx = store.write().await.expect("begins");
    let owner =
        tx.put_owner(owner, &owner_of(&licence(number)).expect("an owner"), at(0), at(0)).await.expect("recorded").id();
    tx.insert_driver(driver, owner, &licence(number), &source(0, 0)).await.expect("recorded");
    tx.commit().await.expect("commits");
    driver
}

/// A licence credential, reserved.
pub fn licence_reservation(number: u128, subject: Uuid, status: StatusIndex) -> Reservation {
    Reservation {
        kind: CredentialKind::DrivingLicence,
        subject_name: "欧**".to_owned(),
        class: "C1D".to_owned(),
        valid_until: 20_310_304,
        expires_on: "2031-03-04".parse().expect("a date"),
        reason: Reason::Applied,
        photo: Some(id(77)),
        ..reservation(number, subject, status)
    }
}

/// Status indices in lists of four bits.
pub async fn licence_indices(store: &Store, count: u32) -> Vec<StatusIndex> {
    store.allocate_status(CredentialKind::DrivingLicence, count, at(0)).await.expect("indices are handed out")
}
