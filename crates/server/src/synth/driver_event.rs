//! What happens to drivers on the day of the register: points, renewals, classes added, states, medicals, reviews, new licences.
//! Every event is one that the rules accept for the driver as the register has them.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::SynthError;
use super::chance::{Purpose, Stream};
use super::driver::{Driver, Roll};

/// One new licence for so many drivers of the register.
const DRIVERS_PER_NEW: u64 = 400;
/// Items of R163 that fill the penalties, with their points.
const ITEMS: [(&str, u8); 9] = [
    ("12(1)", 1),
    ("12(9)", 1),
    ("11(2)", 3),
    ("11(7)", 3),
    ("11(11)", 3),
    ("10(2)", 6),
    ("10(5)", 6),
    ("9(3)", 9),
    ("8(1)", 12),
];

/// The events of a driver of the register, in their order; most have none.
pub(super) fn of(roll: &Roll, number: u64, driver: &Driver) -> Vec<Value> {
    let mut chance = Stream::new(roll.seed, Purpose::DriverEvent, number);
    if ["E", "F", "G", "R"].contains(&driver.status) {
        return Vec::new();
    }
    let day = roll.as_of;
    let open = driver.until.is_some_and(|until| until.saturating_sub(90.days()) <= day);
    if open && chance.in_thousand(300) {
        return vec![renewal(roll, &mut chance, number, driver)];
    }
    let old = driver.born.saturating_add(70.years()) <= day;
    if (old || driver.classes == "C5") && chance.in_thousand(60) {
        return vec![envelope(roll, &mut chance, number, 0, "medical_submitted", driver, json!({"submitted_on": day}))];
    }
    if driver.points >= 12 && chance.in_thousand(300) {
        let data = json!({"education_number": format!("XX-{number:08}"), "passed_on": day});
        return vec![envelope(roll, &mut chance, number, 0, "education_passed", driver, data)];
    }
    match chance.below(1000) {
        0..24 => penalty(roll, &mut chance, number, driver),
        24..28 if driver.points > 0 => {
            let data = json!({"reduction_number": format!("XF-{number:08}"), "way": "online", "reduced_on": day});
            vec![envelope(roll, &mut chance, number, 0, "points_reduced", driver, data)]
        }
        28..31 if driver.classes == "C1" => {
            let classes = *chance.pick(&["C1D", "C1E", "C1D", "B2"]);
            let classes = if classes == "B2" { "B2C1" } else { classes };
            vec![envelope(roll, &mut chance, number, 0, "licence_changed", driver, json!({"classes": classes}))]
        }
        31..39 => {
            let status = *chance.pick(&["U", "D", "H", "L", "A", "A"]);
            vec![envelope(roll, &mut chance, number, 0, "status_changed", driver, json!({"status": status}))]
        }
        39..43 if driver.classes.starts_with(['A', 'B']) => {
            vec![envelope(roll, &mut chance, number, 0, "reviewed", driver, json!({"reviewed_on": day}))]
        }
        43..44 => {
            let data = json!({"deferred_until": day.saturating_add(2.years()), "defers": "N"});
            vec![envelope(roll, &mut chance, number, 0, "deferred", driver, data)]
        }
        44..47 => {
            let phone = super::number::phone(&mut chance);
            vec![envelope(roll, &mut chance, number, 0, "licence_changed", driver, json!({"phone": phone}))]
        }
        _ => Vec::new(),
    }
}

/// The new licences of the day: people behind the last one of the register.
pub(super) fn issues(roll: &Roll) -> impl Iterator<Item = Result<Value, SynthError>> {
    let (roll, first) = (*roll, roll.drivers());
    (first..first + first / DRIVERS_PER_NEW).map(move |number| {
        let driver = roll.driver(number)?;
        let mut chance = Stream::new(roll.seed, Purpose::DriverEvent, number);
        let data = json!({
            "name": driver.name, "sex": if driver.female { "female" } else { "male" }, "birth_date": driver.born,
            "phone": driver.phone, "classes": *chance.pick(&["C1", "C2", "C1", "D", "C5"]), "first_issued_on": roll.as_of,
            "valid_from": roll.as_of, "valid_until": roll.as_of.saturating_add(6.years()), "file_number": driver.file_number,
            "division": driver.division.to_string(), "status": "A",
        });
        Ok(envelope(&roll, &mut chance, number, 0, "licence_issued", &driver, data))
    })
}

/// The next term begins where the old one ends; after ten years it has no end.
fn renewal(roll: &Roll, chance: &mut Stream, number: u64, driver: &Driver) -> Value {
    let from: Date = driver.until.unwrap_or(roll.as_of);
    let ten = driver.from.saturating_add(10.years()) <= from;
    let until = if ten { "long-term".to_owned() } else { from.saturating_add(10.years()).to_string() };
    envelope(roll, chance, number, 0, "licence_changed", driver, json!({"valid_from": from, "valid_until": until}))
}

/// A penalty of the day, and for some of them the fine paid at once, or the decision annulled.
fn penalty(roll: &Roll, chance: &mut Stream, number: u64, driver: &Driver) -> Vec<Value> {
    let day = roll.as_of;
    let (item, points) = *chance.pick_weighted(&ITEMS, |(_, points)| if *points < 9 { 30 } else { 3 });
    let penalty = format!("{}{number:09}", driver.division);
    let data = json!({
        "penalty_number": penalty, "item": item, "points": points, "offence_on": day.saturating_sub(chance.between(0, 20).days()),
        "decided_on": day, "fine_due_on": day.saturating_add(15.days()),
    });
    let mut events = vec![envelope(roll, chance, number, 0, "points_entered", driver, data)];
    let then = match chance.below(10) {
        0..6 => Some(("fine_paid", json!({"penalty_number": penalty, "paid_on": day}))),
        6 => Some(("points_annulled", json!({"penalty_number": penalty, "annulled_on": day}))),
        _ => None,
    };
    events.extend(then.map(|(what, data)| envelope(roll, chance, number, 1, what, driver, data)));
    events
}

/// `turn` orders the events of one driver: the second comes in the afternoon.
fn envelope(
    roll: &Roll,
    chance: &mut Stream,
    number: u64,
    turn: i32,
    event_type: &str,
    driver: &Driver,
    data: Value,
) -> Value {
    let hour = 8 + 6 * turn;
    let at = roll.as_of.at(0, 0, 0, 0).saturating_add(chance.between(hour * 3600, (hour + 5) * 3600).seconds());
    json!({
        "source": "synth",
        "id": format!("{:x}-d{number:08}-{turn}", roll.seed),
        "type": format!("driver.{event_type}"),
        "occurred_at": format!("{at}+08:00"),
        "subject": {"licence_number": driver.number},
        "data": data,
    })
}
