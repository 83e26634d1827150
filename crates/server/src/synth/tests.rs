use std::collections::{HashMap, HashSet};

use jiff::civil::date;
use luzheng_domain::region::{Division, provinces};
use luzheng_domain::vehicle::event::{Event, ViolationChange, apply, apply_record};
use luzheng_domain::vehicle::inspection::InspectionRules;
use luzheng_domain::vehicle::standing::Standing;
use luzheng_domain::vehicle::{
    Energy, OwnerKind, OwnerNumber, Plate, PlateType, StatusSet, UseNature, Vehicle, VehicleType, Vin,
};
use uuid::Uuid;

use super::*;

const DAY: Date = date(2026, 11, 21);

fn rows(vehicles: u64, seed: u64) -> Vec<Row> {
    Register::new(vehicles, seed, DAY).expect("in range").rows().map(|row| row.expect("a row")).collect()
}

#[test]
fn every_row_is_valid_and_unusual_nowhere() {
    for row in rows(20_000, 7) {
        let kind = PlateType::from_code(&row.plate_type).expect("a plate type");
        assert!(kind.registrable());
        assert_eq!(Plate::parse(&row.plate_number, kind).map(|c| c.warnings), Ok(vec![]), "{row:?}");
        assert_eq!(Vin::parse(&row.vin, row.manufactured_on).map(|c| c.warnings), Ok(vec![]), "{row:?}");
        assert_eq!(OwnerNumber::parse(&row.owner_id, row.owner_kind).map(|c| c.warnings), Ok(vec![]), "{row:?}");
        let division: Division = row.division.to_string().parse().expect("a division");
        assert_eq!(Division::parse(&division.to_string(), DAY).map(|c| c.warnings), Ok(vec![]));
        assert!(VehicleType::from_code(&row.vehicle_type).is_ok_and(VehicleType::registrable));
        assert!(UseNature::from_letter(row.use_nature).is_some());
        assert_eq!(row.status.parse::<StatusSet>().map(StatusSet::letters), Ok(row.status.clone()));
        let (made, until) = (row.manufactured_on.expect("known"), row.valid_until.expect("known"));
        assert!(
            made < row.registered_on && row.registered_on < DAY && row.registered_on <= until.last_day(),
            "{row:?}"
        );
        assert_eq!(row.status.contains('Q'), until.last_day() < DAY, "{row:?}");
    }
}

#[test]
fn keys_are_unique_and_owners_own_several() {
    let rows = rows(60_000, 1);
    let plates: HashSet<_> = rows.iter().map(|r| (&r.plate_type, &r.plate_number)).collect();
    let vins: HashSet<_> = rows.iter().map(|r| &r.vin).collect();
    assert_eq!((plates.len(), vins.len()), (rows.len(), rows.len()));
    let mut owners: HashMap<&str, (u32, &str, OwnerKind)> = HashMap::new();
    for row in &rows {
        let owner = owners.entry(&row.owner_id).or_insert((0, &row.owner_name, row.owner_kind));
        owner.0 += 1;
        // One number, one owner.
        assert_eq!((owner.1, owner.2), (row.owner_name.as_str(), row.owner_kind));
    }
    let most = |kind| owners.values().filter(|o| o.2 == kind).map(|o| o.0).max().unwrap_or(0);
    assert_eq!(most(OwnerKind::Individual), 3);
    assert!(most(OwnerKind::Organisation) > 8);
}

#[test]
fn the_spread_is_wide() {
    let rows = rows(2_000, 2026);
    for province in provinces() {
        assert!(rows.iter().any(|r| r.plate_number.starts_with(province.plate)), "{}", province.name.zh);
    }
    let many = self::rows(60_000, 2026);
    let different = |f: fn(&Row) -> String| many.iter().map(f).collect::<HashSet<_>>().len();
    assert!(different(|r| r.plate_type.clone()) >= 17);
    assert!(different(|r| r.vehicle_type.clone()) >= 35);
    assert_eq!(different(|r| r.use_nature.to_string()), 21);
    let letters: HashSet<char> = many.iter().flat_map(|r| r.status.chars().collect::<Vec<_>>()).collect();
    for letter in "ABCDEGHIKLMOPQ".chars() {
        assert!(letters.contains(&letter), "{letter}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, seed| {
        let out = folder.path().join(name);
        let summary = generate(500, 50, seed, &out, DAY, &|_| {}).expect("written");
        let files = ["vehicles.csv", "drivers.csv", "events.ndjson"]
            .map(|f| std::fs::read_to_string(out.join(f)).expect("a file"));
        (summary, files)
    };
    let (summary, files) = write("a", 1);
    assert_eq!((summary, &files), (write("b", 1).0, &write("c", 1).1));
    assert_ne!(files[0], write("d", 2).1[0]);
    assert_eq!(files[0].lines().next(), Some(COLUMNS.join(",").as_str()));
    assert_eq!(files[0].lines().count(), 501);
    assert!(files[0].lines().all(|line| line.split(',').count() == COLUMNS.len()));
    assert_eq!(files[1].lines().count(), 51);
    assert!(files[1].lines().all(|line| line.split(',').count() == driver::COLUMNS.len()));
    assert_eq!(u64::try_from(files[2].lines().count()), Ok(summary.events));
    assert!(summary.events > 0);
    assert_eq!(summary.photos, driver::FACES);
}

#[test]
fn a_longer_register_begins_with_the_shorter_one() {
    assert_eq!(rows(300, 5), rows(400, 5)[..300]);
}

#[test]
fn the_largest_register_has_plates_for_everybody() {
    let rounds = MAX_VEHICLES / (place::slots_of_a_round() * place::GROUP) + 1;
    let largest = rounds * place::largest_share() * place::GROUP;
    for kind in ["02", "15", "16", "23", "51", "52"] {
        assert!(number::plate(1, "川A", kind, true, largest).is_some(), "{kind}");
    }
    let last = Register::new(MAX_VEHICLES, 3, DAY).expect("in range").row(MAX_VEHICLES - 1);
    assert!(last.is_ok());
}

#[test]
fn out_of_range() {
    assert!(matches!(Register::new(MAX_VEHICLES + 1, 1, DAY), Err(SynthError::TooMany { .. })));
    assert!(matches!(Register::new(1, 1, date(2020, 12, 31)), Err(SynthError::Day(_))));
    let nowhere = Path::new("Cargo.toml").join("register");
    assert!(matches!(generate(1, 0, 1, &nowhere, DAY, &|_| {}), Err(SynthError::Write { .. })));
}

/// The facts of a row as the register has them.
pub(crate) fn facts(row: &Row) -> Vehicle {
    let kind = PlateType::from_code(&row.plate_type).expect("a plate type");
    let plate = Plate::parse(&row.plate_number, kind).expect(&row.plate_number);
    Vehicle {
        plate: plate.value,
        vin: Vin::parse(&row.vin, row.manufactured_on).expect(&row.vin).value,
        vehicle_type: VehicleType::from_code(&row.vehicle_type).expect("a vehicle type"),
        use_nature: UseNature::from_letter(row.use_nature).expect("a use nature"),
        seats: row.seats,
        registered_on: row.registered_on,
        manufactured_on: row.manufactured_on,
        energy: (!row.energy.is_empty()).then(|| Energy::parse(&row.energy).expect("an energy")),
        colour: (!row.colour.is_empty()).then(|| row.colour.clone()),
        division: Division::new(row.division).expect("a division"),
        status: row.status.parse().expect("a state"),
        valid_until: row.valid_until,
        insurance_until: row.insurance_until,
        casualty_accident: row.casualty_accident,
        illegal_modification: row.illegal_modification,
        owner: Uuid::nil(),
    }
}

#[test]
fn every_event_is_accepted_and_every_kind_occurs() {
    let register = Register::new(20_000, 11, DAY).expect("in range");
    let mut kinds: HashMap<String, u32> = HashMap::new();
    let mut accept = |before: Option<&Vehicle>, event: serde_json::Value| {
        let read = Event::parse(event.to_string().as_bytes()).unwrap_or_else(|e| panic!("{event}: {e}"));
        let outcome = apply(before, &read, InspectionRules::builtin(), DAY);
        assert!(outcome.is_ok(), "{event}: {outcome:?}");
        *kinds.entry(read.type_code().to_owned()).or_default() += 1;
    };
    for (number, row) in register.rows().enumerate() {
        let row = row.expect("a row");
        if let Some(event) = event::of(&register, number as u64, &row).expect("an event") {
            accept(Some(&facts(&row)), event);
        }
    }
    for event in event::registrations(&register) {
        accept(None, event.expect("an event"));
    }
    for kind in ["registered", "inspected", "mark_granted", "transferred", "changed", "status_changed", "deregistered"]
    {
        assert!(kinds.get(&format!("vehicle.{kind}")).is_some_and(|n| *n >= 5), "{kind}: {kinds:?}");
    }
}

/// What other registers say can be applied in the order in which it is said, and shares are what they are meant to be.
#[test]
fn every_record_is_accepted_in_its_order() {
    let register = Register::new(20_000, 11, DAY).expect("in range");
    let mut kinds: HashMap<String, u32> = HashMap::new();
    let mut open = 0;
    for (number, row) in register.rows().enumerate() {
        let row = row.expect("a row");
        let vehicle = facts(&row);
        let (mut standing, mut known) = (Standing::default(), None);
        for event in event::records(&register, number as u64, &row) {
            let read = Event::parse(event.to_string().as_bytes()).unwrap_or_else(|e| panic!("{event}: {e}"));
            let record = read.record().expect("a record");
            let named = record.violation_number().and(known.as_ref());
            let found = apply_record(&vehicle, &standing, named, record, DAY, DAY);
            let found = found.unwrap_or_else(|e| panic!("{event}: {e}"));
            if let ViolationChange::Put(recorded) = found.violation {
                known = Some(recorded);
            }
            standing = found.standing;
            *kinds.entry(read.type_code().to_owned()).or_default() += 1;
        }
        open += u32::from(!standing.open.is_empty());
    }
    for (kind, low, high) in [
        ("insured", 600, 1_000),
        ("taxed", 600, 1_000),
        ("violation_recorded", 900, 1_500),
        ("violation_handled", 600, 1_100),
    ] {
        let found = kinds.get(&format!("vehicle.{kind}")).copied().unwrap_or(0);
        assert!((low..=high).contains(&found), "{kind}: {found}");
    }
    assert!((250..=600).contains(&open), "{open}");
}
