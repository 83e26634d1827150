//! Every condition with its last good and first bad day, and what the whole answers.

use jiff::civil::Date;

use super::*;
use crate::vehicle::standing::{Insurance, VehicleTax, Violation};
use crate::vehicle::{Plate, PlateType, StatusSet, UseNature, VehicleType, YearMonth};

fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

/// A private five-seater of Suzhou, registered on 10 March 2025: the points of March 2027 and 2029 are exempt, that of 2031 is not.
fn car() -> Vehicle {
    Vehicle {
        plate: Plate::parse("苏E12345", PlateType::from_code("02").expect("a kind")).expect("a plate").value,
        vin: "LSVHJ133022221761".parse().expect("a number"),
        vehicle_type: VehicleType::from_code("K33").expect("a type"),
        use_nature: UseNature::from_letter('A').expect("a use"),
        seats: 5,
        registered_on: day("2025-03-10"),
        manufactured_on: None,
        energy: None,
        colour: None,
        division: "320500".parse().expect("a division"),
        status: StatusSet::NORMAL,
        valid_until: Some("2027-03".parse().expect("a month")),
        insurance_until: Some(day("2027-03-09")),
        casualty_accident: false,
        illegal_modification: false,
        owner: uuid::Uuid::nil(),
    }
}

fn violation(number: &str) -> Violation {
    Violation {
        number: number.into(),
        occurred_at: "2026-12-01T09:00:00+08:00".parse().expect("an instant"),
        place: "示范大道".into(),
        act: Text::fixed("违反信号灯", "red light"),
        law: "RTSL Art.38".into(),
        fine_cny: Some(200),
        points: Some(6),
    }
}

fn paid(year: i16) -> Standing {
    let insurance = Insurance { insurer: "示范保险".into(), until: day("2027-03-09"), policy_number: None };
    Standing { tax: Some(VehicleTax { year, exempt: false }), insurance: Some(insurance), ..Standing::default() }
}

fn ask(vehicle: &Vehicle, standing: &Standing, on: &str) -> (Service, Readiness, Vec<&'static str>) {
    let found = eligibility(vehicle, standing, true, InspectionRules::builtin(), day(on)).expect("possible facts");
    assert_eq!(found.checks.len(), Condition::ALL.len());
    let missing = found.missing().map(|check| check.condition.code()).collect();
    (found.service, found.readiness, missing)
}

#[test]
fn the_window_opens_and_the_last_day_passes() {
    let standing = paid(2027);
    let insured = Vehicle { insurance_until: Some(day("2028-03-09")), ..car() };
    for (on, readiness, missing) in [
        ("2026-12-31", Readiness::NotYet, vec!["window"]),
        ("2027-01-01", Readiness::Ready, vec![]),
        ("2027-03-31", Readiness::Ready, vec![]),
        // Overdue: still to be had (T49).
        ("2027-04-01", Readiness::Ready, vec![]),
    ] {
        assert_eq!(ask(&insured, &standing, on), (Service::ExemptMark, readiness, missing), "{on}");
    }
}

#[test]
fn insurance_and_tax_have_their_last_day() {
    let standing = paid(2026);
    for (on, missing) in [
        ("2027-01-01", vec![]),
        ("2027-03-09", vec![]),
        // The insurance ends, and with it the tax of the year before.
        ("2027-03-10", vec!["insurance", "tax"]),
    ] {
        let readiness = if missing.is_empty() { Readiness::Ready } else { Readiness::Missing };
        assert_eq!(ask(&car(), &standing, on), (Service::ExemptMark, readiness, missing), "{on}");
    }
    let insured = Vehicle { insurance_until: Some(day("2028-03-09")), ..car() };
    assert_eq!(ask(&insured, &paid(2025), "2027-01-01").2, ["tax"], "two years ago is too long ago");
    assert_eq!(ask(&insured, &Standing::default(), "2027-01-01").2, ["tax"]);
    let exempt = Standing { tax: Some(VehicleTax { year: 2027, exempt: true }), ..Standing::default() };
    assert_eq!(ask(&insured, &exempt, "2027-01-01").1, Readiness::Ready);
    let unknown = Vehicle { insurance_until: None, ..car() };
    assert_eq!(ask(&unknown, &paid(2027), "2027-01-01").2, ["insurance"], "what is not known is missing");
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    let bad = Vehicle { status: "CGI".parse().expect("a state"), insurance_until: Some(day("2026-12-31")), ..car() };
    let standing = Standing { open: vec![violation("1"), violation("2")], ..Standing::default() };
    let found =
        eligibility(&bad, &standing, false, InspectionRules::builtin(), day("2027-01-01")).expect("possible facts");
    let missing: Vec<_> = found.missing().map(|check| check.condition.code()).collect();
    assert_eq!(missing, ["violations", "accidents", "insurance", "tax", "state", "identity"]);
    assert_eq!(found.checks[0].text.en, "2 violations are open.");
    assert!(!found.may_apply());
    for check in &found.checks {
        assert_eq!(check.ok, check.what_to_do.is_none(), "{:?}", check.condition);
        assert!(check.clause.is_some(), "{:?} has a clause", check.condition);
        for text in [Some(&check.text), check.what_to_do.as_ref()].into_iter().flatten() {
            assert!(text.zh.ends_with('。') && text.en.ends_with('.'), "{text:?}");
        }
    }
    // The register's own word is enough, without a list.
    let stated = Vehicle { status: "G".parse().expect("a state"), insurance_until: Some(day("2028-01-01")), ..car() };
    assert_eq!(ask(&stated, &paid(2027), "2027-01-01").2, ["violations"]);
}

#[test]
fn a_point_that_was_handled_is_done_until_its_window_ends() {
    let renewed = Vehicle { valid_until: Some("2029-03".parse().expect("a month")), ..car() };
    for (on, readiness) in
        [("2027-01-01", Readiness::Done), ("2027-03-31", Readiness::Done), ("2027-04-01", Readiness::NotYet)]
    {
        assert_eq!(ask(&renewed, &paid(2027), on).1, readiness, "{on}");
    }
    // The next point of this one is an inspection; what was done was an application.
    let sixth = Vehicle { registered_on: day("2023-03-10"), ..renewed };
    assert_eq!(ask(&sixth, &paid(2027), "2027-02-01").0, Service::ExemptMark);
    assert_eq!(ask(&sixth, &paid(2027), "2027-05-01").0, Service::Inspection);
}

#[test]
fn other_vehicles_have_other_services() {
    let van = Vehicle { vehicle_type: VehicleType::from_code("K39").expect("a type"), ..car() };
    assert_eq!(ask(&van, &paid(2027), "2027-02-01").0, Service::Inspection);
    let gone = Vehicle { status: "E".parse().expect("a state"), ..car() };
    let (service, readiness, missing) = ask(&gone, &paid(2027), "2027-02-01");
    assert_eq!((service, readiness), (Service::None, Readiness::NotForThisVehicle));
    assert_eq!(missing, ["state", "window"]);
    let casualty = Vehicle { casualty_accident: true, ..car() };
    assert_eq!(ask(&casualty, &paid(2027), "2027-02-01").0, Service::Inspection);
    // T50 and T21: the third month before, and the day before it.
    let t50 = Vehicle {
        registered_on: day("2019-10-09"),
        valid_until: YearMonth::new(2023, 10),
        insurance_until: Some(day("2024-01-01")),
        ..car()
    };
    assert_eq!(ask(&t50, &paid(2023), "2023-07-31").1, Readiness::NotYet);
    assert_eq!(ask(&t50, &paid(2023), "2023-08-01").1, Readiness::Ready);
}

#[test]
fn paper_repeats_what_there_is() {
    let codes = |vehicle: &Vehicle, has_mark: bool, on: &str| -> Vec<_> {
        paper_missing(vehicle, has_mark, day(on)).iter().map(|check| check.condition.code()).collect()
    };
    let insured = Vehicle { insurance_until: Some(day("2028-03-09")), ..car() };
    assert_eq!(codes(&insured, true, "2027-03-31"), [""; 0]);
    assert_eq!(codes(&insured, true, "2027-04-01"), ["window"]);
    assert_eq!(codes(&insured, false, "2027-03-31"), ["window"]);
    assert_eq!(codes(&car(), true, "2027-03-09"), [""; 0]);
    assert_eq!(codes(&car(), true, "2027-03-10"), ["insurance"]);
    // An open violation is no bar to a paper of a mark that stands.
    let open = Vehicle { status: "G".parse().expect("a state"), ..insured.clone() };
    assert_eq!(codes(&open, true, "2027-03-01"), [""; 0]);
    let stolen = Vehicle { status: "C".parse().expect("a state"), ..insured };
    assert_eq!(codes(&stolen, true, "2027-03-01"), ["state"]);
}

#[test]
fn the_clauses_are_those_of_the_checks() {
    for id in
        ["L3 Art.54 par.2", "L3 Art.55", "L3 Art.57", "L3 Art.76", "L3 Art.15(8)", "L7 Art.4", "L8 Art.10", "roll-out"]
    {
        assert!(clause(id).is_some(), "{id}");
    }
}
