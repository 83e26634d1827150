use std::collections::{HashMap, HashSet};
use std::io::Cursor;
use std::ops::ControlFlow;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use luzheng_domain::driver::Licence;
use luzheng_domain::driver::event::{Event, EventType, apply};

use super::driver::{COLUMNS, Driver, Roll};
use super::{driver_event, portrait};
use crate::register::driver::{DriverRow, read};
use crate::register::{Source, columns};

const DAY: Date = date(2026, 11, 21);

fn drivers(count: u64, seed: u64) -> Vec<Driver> {
    let roll = Roll::new(count, seed, DAY).expect("in range");
    (0..count).map(|number| roll.driver(number).expect("a driver")).collect()
}

/// The rows as our own import understands them; every one must go in, and with nothing odd.
fn understood(drivers: &[Driver]) -> Vec<DriverRow> {
    let mut text = COLUMNS.join(",");
    for driver in drivers {
        text.push('\n');
        driver.write_csv(&mut text);
    }
    let mut rows = Vec::new();
    let source = Source::from_reader("drivers.csv", Cursor::new(text.into_bytes())).expect("it opens");
    let walk = source.walk(columns::driver(), &mut |record| {
        let row = read(record, DAY).unwrap_or_else(|rejects| panic!("{rejects:?}"));
        assert_eq!(row.warnings, [], "line {}", row.line);
        rows.push(row);
        ControlFlow::Continue(())
    });
    assert_eq!(walk.expect("it is read").unknown.names().count(), 0);
    rows
}

#[test]
fn every_row_goes_into_our_own_import_with_nothing_odd() {
    for day_seed in [7, 8] {
        let drivers = drivers(20_000, day_seed);
        let rows = understood(&drivers);
        assert_eq!(rows.len(), drivers.len());
        for (row, driver) in rows.iter().zip(&drivers) {
            assert_eq!(row.licence.number.as_str(), driver.number);
            assert_eq!(row.licence.birth_date, driver.born);
            let file = row.licence.file_number.as_deref().expect("known");
            assert_eq!(file[..4], row.licence.division.to_string()[..4], "the first four are the division's");
            assert!(row.licence.first_issued_on <= row.licence.valid_from && row.licence.first_issued_on < DAY);
        }
        let numbers: HashSet<&str> = drivers.iter().map(|d| d.number.as_str()).collect();
        let files: HashSet<&str> = drivers.iter().map(|d| d.file_number.as_str()).collect();
        assert_eq!((numbers.len(), files.len()), (drivers.len(), drivers.len()));
    }
}

/// What the letters of the register say is what the rules say of the same facts, as far as they can know.
#[test]
fn letters_and_facts_agree() {
    for row in understood(&drivers(20_000, 3)) {
        let facts = row.licence_as_of(DAY);
        let (stated, effective) = (facts.status.to_string(), facts.effective_status(DAY).to_string());
        for letter in ['B', 'M', 'R', 'G'] {
            assert_eq!(stated.contains(letter), effective.contains(letter), "{letter}: {stated} and {effective}");
        }
    }
}

#[test]
fn the_spread_is_wide() {
    let drivers = drivers(20_000, 2026);
    let share = |what: &dyn Fn(&Driver) -> bool| drivers.iter().filter(|d| what(d)).count() as f64 / 20_000.0;
    let letters: HashSet<char> = drivers.iter().flat_map(|d| d.status.chars()).collect();
    for letter in "ABCDEFGHIJKLMNPRSTUZ".chars() {
        assert!(letters.contains(&letter), "{letter}");
    }
    let classes: HashSet<&str> = drivers.iter().map(|d| d.classes).collect();
    assert!(classes.len() >= 22, "{classes:?}");
    assert!((0.03..0.3).contains(&share(&|d| d.born.saturating_add(70.years()) <= DAY)), "70 and older");
    assert!((0.003..0.05).contains(&share(&|d| d.classes == "C5")));
    assert!((0.005..0.1).contains(&share(&|d| d.classes.starts_with("B2") && d.points > 0)));
    assert!((0.005..0.03).contains(&share(&|d| d.until.is_some_and(|until| until < DAY))), "expired");
    assert!((0.1..0.6).contains(&share(&|d| d.until.is_none())), "long-term");
    assert!((0.4..0.8).contains(&share(&|d| !d.photo.is_empty())));
    assert!((0.2..0.5).contains(&share(&|d| d.applied_on.is_some() && !d.photo.is_empty())));
    assert!(share(&|d| d.points >= 12) > 0.001);
}

#[test]
fn every_event_is_accepted_and_every_kind_occurs() {
    let roll = Roll::new(20_000, 11, DAY).expect("in range");
    let drivers = drivers(20_000, 11);
    let mut kinds: HashMap<String, u32> = HashMap::new();
    let mut accept = |known: Option<Licence>, event: serde_json::Value| {
        let read = Event::parse(event.to_string().as_bytes()).unwrap_or_else(|e| panic!("{event}: {e}"));
        assert_eq!(read.warnings, [], "{event}");
        let outcome = apply(known.as_ref(), &read, DAY).unwrap_or_else(|e| panic!("{event}: {e}"));
        *kinds.entry(read.type_code().to_owned()).or_default() += 1;
        outcome.after
    };
    for ((number, driver), row) in (0..).zip(&drivers).zip(understood(&drivers)) {
        let mut facts = row.licence_as_of(DAY);
        for event in driver_event::of(&roll, number, driver) {
            facts = accept(Some(facts), event);
        }
    }
    for event in driver_event::issues(&roll) {
        accept(None, event.expect("an event"));
    }
    for kind in EventType::ALL.iter().filter(|kind| **kind != EventType::PhotoChanged) {
        assert!(kinds.get(kind.code()).is_some_and(|n| *n >= 5), "{}: {kinds:?}", kind.code());
    }
}

#[test]
fn a_longer_register_begins_with_the_shorter_one_and_other_days_work() {
    assert_eq!(drivers(300, 5), drivers(400, 5)[..300]);
    for day in [date(2021, 1, 1), date(2024, 2, 29), date(2100, 12, 31)] {
        let roll = Roll::new(2_000, 1, day).expect("in range");
        for number in 0..2_000 {
            let driver = roll.driver(number).expect("a driver");
            assert!(driver.first < day && driver.first <= driver.from, "{driver:?}");
        }
    }
}

#[test]
fn a_drawn_face_is_taken_in() {
    let bytes = portrait::card_photo(1, 0, true);
    assert!(crate::photo::accept_register_photo(&bytes).is_ok());
    assert_eq!(bytes, portrait::card_photo(1, 0, true));
}
