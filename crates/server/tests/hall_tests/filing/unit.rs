//! Units: first filed at the counter, who may do what for them, and how many there may be.

use super::{Session, notices, number, phone, refusal, register, somebody, stale, vehicles};
use crate::hall::Hall;
use futures_util::future::join_all;
use luzheng::usecase::session::Role;
use luzheng::usecase::unit::{self, CounterPerson, NewMember, NewUnit, Unit, UnitFiled};
use luzheng::usecase::view::Text;
use luzheng::usecase::{citizen, filing};
use luzheng_store::owner::StoredOwner;
use serde_json::json;
use uuid::Uuid;

const CODES: [&str; 4] = ["91110000600037341L", "91440101MA5CJQ4N59", "91350200776049653A", "121000004000065924"];

fn staff() -> Session {
    Session::acting(Uuid::from_u128(3), Role::Staff, None, Text::new("窗口", "counter"))
}

/// A car of an organisation.
async fn company_car(hall: &Hall, car: u32, unit: usize) -> Uuid {
    let owner = json!({"owner_kind": "organisation", "owner_id": CODES[unit], "owner_name": "苏州某某物流有限公司", "phone": "13700007777"});
    register(hall, car, owner).await
}

fn counter(sequence: u32, name: &str) -> CounterPerson {
    CounterPerson { name: name.into(), id_number: number(sequence) }
}

async fn file(hall: &Hall, unit: usize, administrator: CounterPerson, legal: Option<CounterPerson>) -> UnitFiled {
    let new = NewUnit { credit_code: CODES[unit].into(), administrator, legal_person: legal };
    unit::file(&hall.app, &staff(), &new).await.unwrap()
}

async fn add(
    hall: &Hall,
    by: &Session,
    unit: Uuid,
    sequence: u32,
    name: &str,
) -> Result<Unit, luzheng::usecase::error::UseError> {
    unit::add(&hall.app, by, unit, &NewMember { phone: phone(sequence), name: name.into() }).await
}

async fn owner(hall: &Hall, id: Uuid) -> StoredOwner {
    hall.app.store.read().await.unwrap().find_owner(id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_unit_is_filed_at_the_counter_and_its_members_see_its_vehicles() {
    for hall in Hall::open_all().await {
        let (first, second) = (company_car(&hall, 1, 0).await, company_car(&hall, 2, 0).await);
        let private = hall.car(3).await;
        let (administrator, legal, operator, stranger) = (
            somebody(&hall, 1, "王小芳").await,
            somebody(&hall, 2, "李雷").await,
            somebody(&hall, 3, "韩梅梅").await,
            somebody(&hall, 4, "赵六").await,
        );
        let unit = file(&hall, 0, counter(1, "王小芳"), Some(counter(2, "李雷"))).await;
        assert_eq!((unit.name.as_str(), unit.administrator_masked.as_str()), ("苏州某某物流有限公司", "王*芳"));
        assert_eq!(owner(&hall, unit.id).await.details.number.as_str(), CODES[0]);
        assert!(notices(&hall, &administrator).await.contains(&"unit_joined".to_owned()));

        let seen = unit::units(&hall.app, &administrator).await.unwrap().remove(0);
        assert_eq!((seen.role.as_str(), seen.vehicles, seen.members.len()), ("administrator", 2, 2));
        assert!(seen.number_masked.starts_with('9') && seen.number_masked.contains('*'));
        assert_eq!((seen.limits.members, seen.limits.units_per_person), (10, 3));
        assert_eq!(refusal(add(&hall, &stale(&administrator), unit.id, 3, "韩梅梅").await), "reauthenticate");
        assert_eq!(refusal(add(&hall, &administrator, unit.id, 3, "韩雷雷").await), "person_not_found");
        let seen = add(&hall, &administrator, unit.id, 3, "韩梅梅").await.unwrap();
        assert_eq!(
            seen.members.iter().map(|m| (m.role.as_str(), m.can_end)).collect::<Vec<_>>(),
            [("legal_person", false), ("administrator", false), ("operator", true)]
        );
        assert_eq!(refusal(add(&hall, &operator, unit.id, 4, "赵六").await), "administrator_needed");
        assert_eq!(refusal(add(&hall, &stranger, unit.id, 4, "赵六").await), "not_found");

        for (who, powers) in [(&administrator, 9), (&legal, 9), (&operator, 8)] {
            let page = unit::vehicles(&hall.app, who, unit.id, None).await.unwrap();
            assert_eq!((page.items.len(), page.next), (2, None));
            assert!(page.items.iter().all(|v| v.relation == "unit" && v.powers.len() == powers && v.vin.is_some()));
            assert_eq!(page.items[0].unit.as_ref().unwrap().id, unit.id);
            let mark = citizen::vehicle(&hall.app, who, first).await.unwrap().mark.unwrap().id;
            assert!(citizen::live(&hall.app, who, mark).await.is_ok());
            assert_eq!(refusal(citizen::vehicle(&hall.app, who, private).await), "not_found");
            assert!(vehicles(&hall, who).await.is_empty(), "a unit's vehicles are with the unit");
        }
        assert_eq!(refusal(unit::vehicles(&hall.app, &stranger, unit.id, None).await), "not_found");
        assert_eq!(refusal(citizen::vehicle(&hall.app, &stranger, second).await), "not_found");

        // Who runs the unit shares its vehicles; an operator does not.
        assert!(filing::consent(&hall.app, &administrator, first).await.is_ok());
        assert_eq!(refusal(filing::consent(&hall.app, &operator, first).await), "not_for_this_relation");
        let asked = super::ask(&hall, &stranger, &super::ask_for(1)).await.unwrap();
        assert!(notices(&hall, &legal).await.contains(&"filing_requested".to_owned()));
        assert!(!notices(&hall, &operator).await.contains(&"filing_requested".to_owned()));
        assert_eq!(refusal(filing::agree(&hall.app, &operator, asked.id).await), "not_found");
        assert_eq!(filing::agree(&hall.app, &legal, asked.id).await.unwrap().state, "active");
        // Everybody in it hears what happens to a vehicle.
        hall.event(&crate::hall::status(1, "stolen", "C", "2026-11-20T11:00:00+08:00")).await;
        assert!(notices(&hall, &operator).await.contains(&"mark_suspended".to_owned()));
        assert!(!notices(&hall, &stranger).await.contains(&"mark_suspended".to_owned()));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn members_end_and_the_counter_changes_who_runs_a_unit() {
    for hall in Hall::open_all().await {
        let car = company_car(&hall, 1, 0).await;
        let (administrator, operator, leaving, next) = (
            somebody(&hall, 1, "王小芳").await,
            somebody(&hall, 2, "李雷").await,
            somebody(&hall, 3, "韩梅梅").await,
            somebody(&hall, 4, "赵六").await,
        );
        let unit = file(&hall, 0, counter(1, "王小芳"), None).await.id;
        for (sequence, name) in [(2, "李雷"), (3, "韩梅梅")] {
            hall.app.clock.advance(jiff::SignedDuration::from_secs(1));
            add(&hall, &administrator, unit, sequence, name).await.unwrap();
        }
        let members = unit::units(&hall.app, &administrator).await.unwrap().remove(0).members;
        let id = |role: &str, at: usize| members.iter().filter(|m| m.role == role).nth(at).unwrap().id;
        let remove = async |by: &Session, member| unit::remove(&hall.app, by, unit, member).await;
        assert_eq!(refusal(remove(&operator, id("operator", 1)).await), "administrator_needed");
        assert_eq!(refusal(remove(&administrator, id("administrator", 0)).await), "administrator_needed");
        assert_eq!(refusal(remove(&next, id("operator", 1)).await), "not_found");
        assert_eq!(refusal(remove(&stale(&administrator), id("operator", 0)).await), "reauthenticate");
        assert_eq!(remove(&administrator, id("operator", 0)).await.unwrap().members.len(), 2);
        // Leaving needs no new proof, and whoever left sees nothing any more.
        assert!(remove(&stale(&leaving), id("operator", 1)).await.unwrap().members.is_empty());
        for gone in [&operator, &leaving] {
            assert_eq!(refusal(citizen::vehicle(&hall.app, gone, car).await), "not_found");
            assert!(unit::units(&hall.app, gone).await.unwrap().is_empty());
            assert!(notices(&hall, gone).await.contains(&"unit_left".to_owned()));
        }
        // The counter puts another administrator in; filing the same again changes nothing.
        file(&hall, 0, counter(4, "赵六"), None).await;
        file(&hall, 0, counter(4, "赵六"), None).await;
        assert_eq!(refusal(citizen::vehicle(&hall.app, &administrator, car).await), "not_found");
        let seen = unit::units(&hall.app, &next).await.unwrap().remove(0);
        assert_eq!((seen.role.as_str(), seen.members.len()), ("administrator", 1));
        hall.check_everything().await;
    }
}

#[tokio::test]
async fn what_the_counter_refuses() {
    for hall in Hall::open_all().await {
        company_car(&hall, 1, 0).await;
        somebody(&hall, 1, "王小芳").await;
        let filed = async |code: &str, administrator, legal| {
            let new = NewUnit { credit_code: code.into(), administrator, legal_person: legal };
            refusal(unit::file(&hall.app, &staff(), &new).await)
        };
        assert_eq!(filed(CODES[1], counter(1, "王小芳"), None).await, "unit_not_known");
        assert_eq!(filed("！", counter(1, "王小芳"), None).await, "bad_credit_code");
        assert_eq!(filed(CODES[0], counter(1, "王大芳"), None).await, "identity_mismatch");
        assert_eq!(filed(CODES[0], counter(2, "王小芳"), None).await, "identity_mismatch");
        assert_eq!(filed(CODES[0], counter(1, "王小芳"), Some(counter(1, "王小芳"))).await, "same_person");
        assert_eq!(
            filed(CODES[0], CounterPerson { name: "x".into(), id_number: "12".into() }, None).await,
            "bad_id_number"
        );
    }
}

/// Ten accounts, one administrator, three units a person: on both sides of each limit, and when many race.
#[tokio::test]
async fn the_eleventh_account_and_the_fourth_unit_are_refused() {
    for hall in Hall::open_all().await {
        let mut units = Vec::new();
        for at in 0..4 {
            company_car(&hall, u32::try_from(at).unwrap() + 1, at).await;
            let sequence = u32::try_from(at).unwrap() + 1;
            let administrator = somebody(&hall, sequence, "王小芳").await;
            let filed = file(&hall, at, counter(sequence, "王小芳"), None).await;
            units.push((filed.id, administrator));
        }
        somebody(&hall, 40, "李雷").await;
        for (unit, administrator) in &units[..3] {
            add(&hall, administrator, *unit, 40, "李雷").await.unwrap();
        }
        assert_eq!(refusal(add(&hall, &units[3].1, units[3].0, 40, "李雷").await), "too_many_units");
        assert_eq!(refusal(add(&hall, &units[0].1, units[0].0, 40, "李雷").await), "member_already");
        // As legal person one may be in any number besides.
        file(&hall, 3, counter(4, "王小芳"), Some(counter(40, "李雷"))).await;

        // The last unit has two accounts: of twelve that are added at once, eight get in.
        let (unit, administrator) = &units[3];
        for sequence in 50..62 {
            somebody(&hall, sequence, "韩梅梅").await;
        }
        let race = (50..62).map(|sequence| add(&hall, administrator, *unit, sequence, "韩梅梅"));
        let codes: Vec<&str> = join_all(race).await.into_iter().map(refusal).collect();
        assert_eq!(codes.iter().filter(|c| **c == "allowed").count(), 8, "{codes:?}");
        assert_eq!(codes.iter().filter(|c| **c == "unit_full").count(), 4, "{codes:?}");
        hall.check_everything().await;
    }
}
