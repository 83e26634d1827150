use jiff::civil::date;

use super::*;
use crate::region::Division;
use crate::vehicle::{Plate, PlateType, UseNature, VehicleType, Vin};

fn rules() -> SharingRules {
    SharingRules::on(date(2026, 11, 22))
}

fn vehicle() -> Vehicle {
    Vehicle {
        plate: plate("02", "苏E12345"),
        vin: Vin::parse("WVWZZZ1KZ00000001", None).expect("a number").value,
        vehicle_type: VehicleType::parse("K33").expect("a type"),
        use_nature: UseNature::from_letter('A').expect("a use"),
        seats: 5,
        registered_on: date(2024, 3, 10),
        manufactured_on: None,
        energy: None,
        colour: None,
        division: Division::new(320_500).expect("a division"),
        status: "A".parse().expect("a status"),
        valid_until: None,
        insurance_until: None,
        casualty_accident: false,
        illegal_modification: false,
        owner: Uuid::from_u128(1),
    }
}

fn plate(kind: &str, number: &str) -> Plate {
    Plate::parse(number, PlateType::from_code(kind).expect("a kind")).expect("a plate").value
}

fn used(letter: char) -> Vehicle {
    Vehicle { use_nature: UseNature::from_letter(letter).expect("a use"), ..vehicle() }
}

fn standing(letters: &str) -> Vehicle {
    Vehicle { status: letters.parse().expect("a status"), ..vehicle() }
}

#[test]
fn codes_read_back() {
    for (code, found) in EndReason::ALL.iter().map(|r| (r.code(), EndReason::from_code(r.code()).map(EndReason::code)))
    {
        assert_eq!(found, Some(code));
    }
    for state in FilingState::ALL {
        assert_eq!(serde_json::to_value(state).expect("serialises"), state.code());
    }
    assert_eq!(FilingKind::from_code("management"), Some(FilingKind::Management));
    assert_eq!(FilingRelation::from_code("stranger"), None);
}

#[test]
fn the_third_vehicle_and_the_third_filer_are_the_last() {
    let rules = rules();
    assert_eq!(another_filing(&rules, 2, 2), Ok(()));
    assert_eq!(another_filing(&rules, 3, 0), Err(FilingBar::TooManyVehicles));
    assert_eq!(another_filing(&rules, 0, 3), Err(FilingBar::TooManyFilers));
    assert_eq!(another_manager(&rules, 19, 2), Ok(()));
    assert_eq!(another_manager(&rules, 0, 3), Err(FilingBar::TooManyManagers));
    assert_eq!(another_manager(&rules, 20, 0), Err(FilingBar::TooManyManaged));
}

#[test]
fn which_vehicles_can_be_filed() {
    use OwnerKind::{Individual, Organisation};
    let rules = rules();
    let may = |vehicle: &Vehicle, kind| vehicle_may_be_filed(&rules, vehicle, kind);
    assert_eq!(may(&vehicle(), Individual), Ok(()));
    assert_eq!(may(&Vehicle { plate: plate("52", "苏ED12345"), ..vehicle() }, Individual), Ok(()));
    let lorry = Vehicle { plate: plate("01", "苏E12345"), ..vehicle() };
    assert_eq!(may(&lorry, Individual), Err(FilingBar::PlateType));
    // A person's car for hire can be filed, a unit's cannot.
    assert_eq!(may(&used('T'), Individual), Ok(()));
    assert_eq!(may(&vehicle(), Organisation), Ok(()));
    assert_eq!(may(&used('T'), Organisation), Err(FilingBar::OperatingUnit));
    assert_eq!(may(&used('F'), Organisation), Err(FilingBar::OperatingUnit));
    for letters in ["E", "M", "P", "B"] {
        assert_eq!(may(&standing(letters), Individual), Err(FilingBar::OutOfUse), "{letters}");
    }
    // A stolen vehicle's mark does not count, but whose filing it is does not change.
    assert_eq!(may(&standing("CG"), Individual), Ok(()));
    let of_2018 = SharingRules::on(date(2018, 6, 1));
    assert_eq!(vehicle_may_be_filed(&of_2018, &vehicle(), Organisation), Err(FilingBar::OperatingUnit));
}

#[test]
fn what_the_register_ends() {
    use FilingKind::{Filing, Management};
    let rules = rules();
    let person = OwnerKind::Individual;
    let ended = |kind, now: &Vehicle, owner| ended_by_register(&rules, kind, Uuid::from_u128(1), now, owner);
    let sold = Vehicle { owner: Uuid::from_u128(2), ..vehicle() };
    let lorry = Vehicle { plate: plate("01", "苏E12345"), ..vehicle() };
    for (kind, now, owner, reason) in [
        (Filing, &vehicle(), person, None),
        (Filing, &standing("G"), person, None),
        (Filing, &sold, person, Some(EndReason::Transferred)),
        (Management, &sold, person, Some(EndReason::Transferred)),
        (Filing, &standing("E"), person, Some(EndReason::Deregistered)),
        (Management, &standing("E"), person, Some(EndReason::Deregistered)),
        (Filing, &lorry, person, Some(EndReason::NotEligible)),
        (Management, &lorry, person, None),
        (Filing, &used('T'), OwnerKind::Organisation, Some(EndReason::NotEligible)),
        (Management, &used('T'), OwnerKind::Organisation, None),
        (Filing, &used('T'), person, None),
    ] {
        assert_eq!(ended(kind, now, owner), reason, "{kind:?} {} {}", now.plate.plate_type.code(), now.status);
    }
}

/// A filing's way: what can follow what, and nothing else.
#[test]
fn the_states_and_nothing_else() {
    use FilingState::{Active, Ended, Lapsed, Refused, WaitingCode, WaitingManager, WaitingOwner};
    let end = FilingStep::Ended(EndReason::ByOwner);
    let steps = [
        FilingStep::Confirmed,
        FilingStep::CodeSpent,
        FilingStep::Agreed,
        FilingStep::Refused,
        FilingStep::Lapsed,
        end,
    ];
    let table = [
        (WaitingCode, [Some(Active), Some(WaitingOwner), Some(Active), Some(Refused), Some(Lapsed), Some(Lapsed)]),
        (WaitingOwner, [None, None, Some(Active), Some(Refused), Some(Lapsed), Some(Lapsed)]),
        (WaitingManager, [None, None, Some(Active), Some(Refused), Some(Lapsed), Some(Lapsed)]),
        (Active, [None, None, None, None, None, Some(Ended)]),
        (Ended, [None; 6]),
        (Refused, [None; 6]),
        (Lapsed, [None; 6]),
    ];
    assert_eq!(table.len(), FilingState::ALL.len());
    for (state, expected) in table {
        assert_eq!(steps.map(|step| state.after(step)), expected, "{state:?}");
        assert!(!(state.is_active() && state.is_waiting()));
    }
}
