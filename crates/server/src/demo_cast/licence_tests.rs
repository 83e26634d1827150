use super::super::tests::days;
use super::super::{EXPORT_DAYS, cast};
use super::*;
use crate::register::{Source, columns, driver};
use luzheng_domain::driver::event::{Event, apply};
use luzheng_domain::driver::{Licence, LicenceEffect};
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

/// The licences of the export, by number, as the importer reads them.
fn imported(csv: String, exported: Date) -> HashMap<String, Licence> {
    let source = Source::from_reader("cast", std::io::Cursor::new(csv.into_bytes())).unwrap();
    let mut read = HashMap::new();
    let mut take = |record| {
        let row = driver::read(record, exported).unwrap_or_else(|rejects| panic!("{rejects:?}"));
        let licence = row.licence_as_of(exported);
        read.insert(licence.number.as_str().to_owned(), licence);
        ControlFlow::Continue(())
    };
    source.walk(columns::driver(), &mut take).unwrap();
    read
}

/// The state on a day and what became of the electronic licence: whoever applied before the export has one.
fn play(today: Date) -> Vec<String> {
    let cast = cast(today);
    let exported = before(today, EXPORT_DAYS);
    let known = imported(cast.drivers_csv(), exported);
    let mut wrong = Vec::new();
    for (person, licence) in cast.licences() {
        let number = &licence.row["licence_number"];
        let mut facts = known.get(number).cloned();
        assert_eq!(facts.is_some(), licence.imported, "{}", person.key);
        for event in cast.events().into_iter().filter(|event| event["subject"]["licence_number"] == number.as_str()) {
            let event = Event::parse(event.to_string().as_bytes()).unwrap_or_else(|e| panic!("{event}: {e}"));
            let outcome =
                apply(facts.as_ref(), &event, today).unwrap_or_else(|e| panic!("{} {today}: {e}", person.key));
            facts = Some(outcome.after);
        }
        let effect = facts.expect("imported or issued").effective_status(today).effect();
        let electronic = match (licence.row.contains_key("applied_on"), effect) {
            (false, _) => "none",
            (true, LicenceEffect::Withdrawn(_)) => "ended",
            (true, _) => "current",
        };
        let found = format!("{} {electronic}", effect.code());
        if found != licence.expected {
            wrong.push(format!("{} on {today}: {found}, not {}", person.key, licence.expected));
        }
    }
    wrong
}

#[test]
fn every_licence_is_as_its_case_says_on_every_day() {
    let wrong: Vec<String> = days().into_iter().flat_map(play).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

/// What the points, the ages and the days of the cases are about holds as well.
#[test]
fn the_cases_are_what_they_say() {
    for today in days() {
        let cast = cast(today);
        let mut known = imported(cast.drivers_csv(), before(today, EXPORT_DAYS));
        let mut of = |key: &str| {
            let person = cast.people.iter().find(|p| p.key == key).expect(key);
            let number = person.licence.as_ref().expect(key).row["licence_number"].clone();
            let mut facts = known.remove(&number);
            for event in cast.events().into_iter().filter(|e| e["subject"]["licence_number"] == number.as_str()) {
                let event = Event::parse(event.to_string().as_bytes()).unwrap();
                facts = Some(apply(facts.as_ref(), &event, today).unwrap().after);
            }
            facts.expect(key)
        };
        let points = of("licence-points");
        let standing = points.points.standing_on(points.first_issued_on, today);
        assert_eq!((standing.sum, standing.counted.iter().filter(|c| c.carried).count()), (9, 1), "{today}");
        assert_eq!(of("licence-full").points.sum_on(of_first(&cast, "licence-full"), today), 12, "{today}");
        let kinds = |facts: &Licence| -> BTreeSet<&'static str> {
            luzheng_domain::deadline::of_licence(facts, today).iter().map(|d| d.kind.code()).collect()
        };
        for (key, kind) in [
            ("turning-70", "downgrade"),
            ("over-70", "medical"),
            ("b2-review", "review"),
            ("a2-near-63", "extension"),
            ("new-driver", "practice_end"),
            ("c5", "medical"),
            ("licence-renewal", "renewal"),
            ("licence-overdue", "cancellation"),
        ] {
            let facts = of(key);
            assert!(kinds(&facts).contains(kind), "{key} on {today}: {:?}", kinds(&facts));
        }
        assert_eq!(of("long-term").valid_until, None);
    }
}

fn of_first(cast: &super::super::Cast, key: &str) -> Date {
    let person = cast.people.iter().find(|p| p.key == key).expect(key);
    person.licence.as_ref().expect(key).row["first_issued_on"].parse().expect("a day")
}

#[test]
fn spans_and_terms_are_read_strictly() {
    assert_eq!(years_and_days("8y40d"), Some((8, 40)));
    assert_eq!((years_and_days("3y"), years_and_days("20d")), (Some((3, 0)), Some((0, 20))));
    for text in ["", "y", "8", "8y40", "40d8y", "8 y"] {
        assert_eq!(years_and_days(text), None, "{text}");
    }
    let first = jiff::civil::date(2020, 2, 29);
    assert_eq!(validity(first, "6").unwrap().1, Some(jiff::civil::date(2026, 2, 28)));
    assert_eq!(validity(first, "long-term").unwrap().1, None);
    assert!(validity(first, "7").is_err());
}
