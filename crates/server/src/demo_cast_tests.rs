use std::collections::HashSet;

use jiff::civil::date;
use luzheng_domain::vehicle::Vehicle;
use luzheng_domain::vehicle::event::{Event, MarkDecision, apply};
use luzheng_domain::vehicle::inspection::{CycleFacts, InspectionAction, InspectionRules, InspectionState};

use super::*;
use crate::synth::tests::facts;
use crate::usecase::vehicle::bulk_decision;

/// Days on which the demonstration might start: through two years in steps that meet month ends, and the edges of months.
pub(super) fn days() -> Vec<Date> {
    let mut days: Vec<Date> = (0..60).map(|n| date(2026, 1, 3).saturating_add((n * 13).days())).collect();
    for (year, month) in [(2026, 11), (2026, 12), (2027, 2), (2028, 2), (2028, 3)] {
        let month = YearMonth::new(year, month).expect("a month");
        days.extend([month.first_day(), month.last_day()]);
    }
    days
}

/// The vehicle and the state of its mark after import, bulk issue and events.
fn play(cast: &Cast, vin: &str, today: Date) -> (Vehicle, &'static str) {
    let mut known = cast.vehicles().find(|row| row.vin == vin).map(facts);
    let issued = known.as_ref().is_some_and(|v| bulk_decision(v, today).is_ok());
    let mut mark = if issued { "current" } else { "none" };
    for event in cast.events().into_iter().filter(|event| event["subject"]["vin"] == vin) {
        let event = Event::parse(event.to_string().as_bytes()).unwrap_or_else(|e| panic!("{event}: {e}"));
        let outcome = apply(known.as_ref(), &event, InspectionRules::builtin(), today)
            .unwrap_or_else(|e| panic!("{vin} {today}: {e}"));
        mark = match outcome.mark {
            MarkDecision::Issue { .. }
            | MarkDecision::Supersede { .. }
            | MarkDecision::RevokeAndIssue { .. }
            | MarkDecision::Restore { .. } => "current",
            MarkDecision::Suspend { .. } => "suspended",
            MarkDecision::Revoke { .. } => "none",
            MarkDecision::Nothing { .. } => mark,
        };
        known = Some(outcome.after);
    }
    (known.expect("imported or registered"), mark)
}

#[test]
fn every_case_is_true_on_every_day() {
    let mut wrong = Vec::new();
    for today in days() {
        let cast = cast(today);
        for (vin, expected) in cast.people.iter().flat_map(|p| &p.expected) {
            let (vehicle, mark) = play(&cast, vin, today);
            let answer = InspectionRules::builtin().answer(&CycleFacts::from(&vehicle), today).expect("an answer");
            let state = match answer.state {
                InspectionState::NotDue => "not_due",
                InspectionState::WindowOpen => "window_open",
                InspectionState::Overdue => "overdue",
            };
            let action = match answer.action {
                InspectionAction::ApplyMark => "apply_mark",
                InspectionAction::Inspect => "inspect",
            };
            let found = format!("{state} {action} {mark}");
            if &found != expected {
                wrong.push(format!("{} on {today}: {found}, not {expected}", vehicle.plate));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn everybody_is_somebody_else() {
    let cast = cast(date(2026, 11, 21));
    assert!(cast.people.len() >= 50);
    let unique = |name: &str, values: Vec<String>| {
        let set: HashSet<&String> = values.iter().collect();
        assert_eq!(set.len(), values.len(), "{name}: {values:?}");
    };
    unique("key", cast.people.iter().map(|p| p.key.clone()).collect());
    unique("id", cast.people.iter().map(|p| p.id.to_string()).collect());
    unique(
        "number",
        cast.people.iter().filter_map(|p| p.owner.as_ref()).map(|o| o.number.as_str().to_owned()).collect(),
    );
    unique("phone", cast.people.iter().filter_map(|p| p.owner.as_ref()?.phone.clone()).collect());
    unique("vin", cast.people.iter().flat_map(|p| p.expected.iter().map(|(vin, _)| vin.clone())).collect());
    unique("event", cast.events().iter().map(|e| e["id"].to_string()).collect());
    for role in [Role::Citizen, Role::Officer, Role::Insurer, Role::Staff] {
        assert!(cast.people.iter().any(|p| p.role == role), "{role:?}");
        assert!(cast.people.iter().all(|p| (p.role == Role::Citizen) == p.owner.is_some()));
    }
    for rare in ['𬭎', '䶮', '㛃'] {
        assert!(cast.people.iter().any(|p| p.name.zh.contains(rare)));
    }
}

#[test]
fn the_country_is_whole() {
    let today = date(2026, 11, 21);
    let cast = cast(today);
    let background: Vec<Row> =
        background(&cast, today).expect("in range").rows().map(|row| row.expect("a row")).collect();
    let all: Vec<&Row> = cast.vehicles().chain(&background).collect();
    assert_eq!(all.len() as u64, VEHICLES);
    let mut plates: Vec<String> = all.iter().map(|row| format!("{} {}", row.plate_number, row.plate_type)).collect();
    let later = cast
        .events()
        .iter()
        .filter_map(|e| Some(format!("{} {}", e["data"]["plate_number"].as_str()?, e["data"]["plate_type"].as_str()?)))
        .collect::<Vec<_>>();
    plates.extend(later);
    assert_eq!(plates.iter().collect::<HashSet<_>>().len(), plates.len());
    for province in luzheng_domain::region::provinces() {
        assert!(
            all.iter().any(|row| row.division / 10_000 == province.division.code() / 10_000),
            "{}",
            province.name.zh
        );
    }
    assert_eq!(cast.vehicles_csv().lines().count(), cast.vehicles().count() + 1);
    assert_eq!(cast.events_ndjson().lines().count(), cast.events().len());
}

#[test]
fn mistakes_name_the_person() {
    let today = date(2026, 11, 21);
    let person = |rest: &str| {
        format!("[[person]]\nkey = \"k\"\nrole = \"citizen\"\nname = [\"甲\", \"A\"]\ncase = [\"一\", \"one\"]\n{rest}")
    };
    let vehicle = "[[person.vehicle]]\nplate = \"苏B12345\"\nplate_type = \"02\"\nvehicle_type = \"K33\"\nuse_nature = \"A\"\nseats = 5\nenergy = \"A\"\ndivision = 320200\nexpect = \"\"\n";
    let citizen = "citizen = { province = 320000, born = \"1985-03-12\", sequence = 1 }\n";
    for (text, part) in [
        (person("").replace("citizen", "king"), "no role"),
        (person(vehicle), "owner"),
        (person(&format!("{citizen}{vehicle}")), "due and age"),
        (
            person(&format!(
                "{citizen}{vehicle}due = 1\nage = 24\n[[person.vehicle.event]]\ntype = \"vehicle.transferred\"\ndays_ago = 1\nto = \"nobody\"\n"
            )),
            "nobody",
        ),
        (person("passport = \"XF1234567\"\n").replace("key", "keys"), "unknown field"),
    ] {
        let error = load(&text, today).expect_err(part).to_string();
        assert!(error.contains(part), "{error}");
    }
    assert!(load(&person(&format!("{citizen}{vehicle}due = 1\nage = 24\n")), today).is_ok());
}
