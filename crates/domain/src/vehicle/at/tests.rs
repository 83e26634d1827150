//! Histories laid together, against the definition written once more, thing by thing.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::region::Division;
use crate::vehicle::{Plate, PlateType, UseNature, Vehicle, YearMonth};

fn hour(number: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000).expect("an instant") + SignedDuration::from_hours(number)
}

fn plate(number: u8) -> Plate {
    let plate_type = PlateType::parse("02").expect("a type");
    Plate::parse(&format!("苏E{number:05}"), plate_type).expect("a plate").value
}

fn month(number: u8) -> YearMonth {
    YearMonth::new(2026, 1).expect("a month").add_months(i32::from(number))
}

fn vehicle() -> Vehicle {
    Vehicle {
        plate: plate(0),
        vin: "WVWZZZ1KZ00000001".parse().expect("a VIN"),
        vehicle_type: "K33".parse().expect("a type"),
        use_nature: "A".parse::<UseNature>().expect("a use"),
        seats: 5,
        registered_on: "2024-01-10".parse().expect("a day"),
        manufactured_on: None,
        energy: None,
        colour: None,
        division: Division::new(320_500).expect("a division"),
        status: StatusSet::NORMAL,
        valid_until: Some(month(0)),
        insurance_until: None,
        casualty_accident: false,
        illegal_modification: false,
        owner: Uuid::nil(),
    }
}

/// One thing that is said of a vehicle: everything a statement of these tests may say.
#[derive(Debug, Clone)]
enum Word {
    Plate(u8),
    Month(u8),
    State(String),
    Letter(char, bool),
    Policy(u8),
    Insurance(u8),
    Violation(u8, bool),
}

fn day(number: u8) -> Date {
    month(number).first_day()
}

fn said(word: &Word) -> Said {
    let letter = |c: char| StatusSet::of(StatusLetter::new(c));
    let mut said = Said::default();
    match word {
        Word::Plate(number) => said.plate = Some(plate(*number)),
        Word::Month(number) => said.valid_until = Some(month(*number)),
        Word::State(state) => said.letters = Some(Letters::whole(state.parse().expect("a state"))),
        Word::Letter(c, true) => said.letters = Some(Letters { set: letter(*c), cleared: StatusSet::NORMAL }),
        Word::Letter(c, false) => said.letters = Some(Letters { set: StatusSet::NORMAL, cleared: letter(*c) }),
        Word::Policy(number) => said.insurance = Some(InsuranceSaid { until: day(*number), at_least: true }),
        Word::Insurance(number) => said.insurance = Some(InsuranceSaid { until: day(*number), at_least: false }),
        Word::Violation(number, open) => {
            said.violation = Some(ViolationSaid { number: number.to_string(), open: *open });
        }
    }
    said
}

fn word() -> impl Strategy<Value = Word> {
    prop_oneof![
        (0u8..4).prop_map(Word::Plate),
        (0u8..40).prop_map(Word::Month),
        prop::sample::select(vec!["A", "C", "GQ", "G", "E", "KL"]).prop_map(|s| Word::State(s.to_owned())),
        (prop::sample::select(vec!['C', 'G', 'Q', 'B']), any::<bool>()).prop_map(|(c, set)| Word::Letter(c, set)),
        (0u8..40).prop_map(Word::Policy),
        (0u8..40).prop_map(Word::Insurance),
        (0u8..3, any::<bool>()).prop_map(|(number, open)| Word::Violation(number, open)),
    ]
}

/// `(true, known, word)`: known in the order of the list; few moments, so that many fall on one.
fn history() -> impl Strategy<Value = Vec<(i64, i64, Word)>> {
    prop::collection::vec((-2i64..12, 0i64..4, word()), 0..24).prop_map(|mut all| {
        let mut known = 0;
        for one in &mut all {
            known += one.1;
            one.1 = known;
        }
        all
    })
}

fn timeline(history: &[(i64, i64, Word)]) -> Timeline {
    let first = vehicle();
    let version = Version { version: 1, true_from: hour(0), known_from: hour(0), cause: "first", facts: &first };
    let recorded: Vec<Recorded> = (0u32..)
        .zip(history)
        .map(|(number, (true_from, known_from, word))| Recorded {
            version: 1,
            number,
            explains: false,
            statement: Statement {
                true_from: hour(*true_from),
                known_from: hour(*known_from),
                cause: format!("e{number}"),
                said: said(word),
            },
        })
        .collect();
    Timeline::of(&[version], &recorded).expect("a history")
}

/// The last word on one thing by the definition: the greatest (true, order) among what is true and known by then.
fn last<'h, T>(
    history: &'h [(i64, i64, Word)],
    (at, known): (i64, i64),
    about: impl Fn(&'h Word) -> Option<T>,
) -> Option<T> {
    let mut best: Option<((i64, usize), T)> = None;
    for (order, (true_from, known_from, word)) in history.iter().enumerate() {
        if *true_from < 0 || *true_from > at || *known_from > known {
            continue;
        }
        if let Some(value) = about(word)
            && best.as_ref().is_none_or(|(rank, _)| (*true_from, order) > *rank)
        {
            best = Some(((*true_from, order), value));
        }
    }
    best.map(|(_, value)| value)
}

proptest! {
    #[test]
    fn each_thing_is_the_last_word_on_it(history in history(), at in -1i64..14, known in -1i64..60) {
        let found = timeline(&history).at(hour(at), hour(known));
        if at < 0 || known < 0 {
            prop_assert_eq!(found, None);
            return Ok(());
        }
        let found = found.expect("it is there");
        let when = (at, known);
        let named = last(&history, when, |w| if let Word::Plate(n) = w { Some(*n) } else { None });
        prop_assert_eq!(&found.facts.plate, &plate(named.unwrap_or(0)));
        let until = last(&history, when, |w| if let Word::Month(n) = w { Some(*n) } else { None });
        prop_assert_eq!(found.facts.valid_until, Some(month(until.unwrap_or(0))));
        let open = (0u8..3).filter(|number| {
            last(&history, when, |w| match w {
                Word::Violation(n, open) if n == number => Some(*open),
                _ => None,
            }) == Some(true)
        }).count();
        prop_assert_eq!(found.open_violations as usize, open);
        for letter in ['C', 'E', 'G', 'K', 'L', 'Q', 'B'] {
            let stated = last(&history, when, |w| match w {
                Word::State(state) => Some(state.contains(letter)),
                Word::Letter(c, set) if *c == letter => Some(*set),
                _ => None,
            });
            let is = stated.unwrap_or(false) || (letter == 'G' && open > 0);
            prop_assert_eq!(found.facts.status.has(letter), is, "{}", letter);
        }
        // Insurance: the longest policy reported since the last statement that stands by itself, that one included.
        let mut ordered: Vec<(i64, usize, &Word)> = history.iter().enumerate()
            .filter(|(_, (t, k, _))| *t >= 0 && *t <= at && *k <= known)
            .map(|(order, (t, _, w))| (*t, order, w)).collect();
        ordered.sort_by_key(|(t, order, _)| (*t, *order));
        let from = ordered.iter().rposition(|(_, _, w)| matches!(w, Word::Insurance(_))).unwrap_or(0);
        let longest = ordered[from..].iter().filter_map(|(_, _, w)| match w {
            Word::Insurance(n) | Word::Policy(n) => Some(day(*n)),
            _ => None,
        }).max();
        prop_assert_eq!(found.facts.insurance_until, longest);
    }

    #[test]
    fn what_becomes_known_later_does_not_change_what_was_known(history in history(), at in 0i64..14, cut in 0usize..24) {
        let cut = cut.min(history.len());
        let Some(known) = history.get(cut).map(|next| next.1 - 1).filter(|k| *k >= 0) else { return Ok(()) };
        let (whole, then) = (timeline(&history), timeline(&history[..cut]));
        prop_assert_eq!(whole.at(hour(at), hour(known)), then.at(hour(at), hour(known)));
    }

    #[test]
    fn one_more_statement_is_as_if_it_had_been_read_with_the_others(history in history(), at in 0i64..14) {
        let Some(((t, k, word), rest)) = history.split_last() else { return Ok(()) };
        let more = Statement { true_from: hour(*t), known_from: hour(*k), cause: format!("e{}", rest.len()), said: said(word) };
        prop_assert_eq!(timeline(rest).with(more).at(hour(at), hour(99)), timeline(&history).at(hour(at), hour(99)));
    }

    #[test]
    fn what_is_said_reads_back(word in word()) {
        let said = said(&word);
        let text = serde_json::to_string(&said).expect("writes");
        prop_assert_eq!(serde_json::from_str::<Said>(&text).expect("reads"), said);
    }
}

#[test]
fn versions_say_what_differs_unless_a_statement_explains_them() {
    let (first, mut second) = (vehicle(), vehicle());
    second.plate = plate(1);
    second.valid_until = Some(month(24));
    let version =
        |version, at, facts| Version { version, true_from: hour(at), known_from: hour(at), cause: "c", facts };
    let versions = [version(1, 0, &first), version(2, 5, &second)];
    let derived = Timeline::of(&versions, &[]).expect("a history");
    assert_eq!(derived.at(hour(5), hour(9)).expect("there").facts, second);
    assert_eq!(derived.at(hour(4), hour(9)).expect("there").facts, first);
    assert_eq!(derived.at(hour(9), hour(4)).expect("there").facts, first);
    let statement = Statement {
        true_from: hour(2),
        known_from: hour(5),
        cause: "d".into(),
        said: Said::difference(&first, &second),
    };
    let recorded = Recorded { version: 2, number: 0, explains: true, statement };
    let explained = Timeline::of(&versions, &[recorded]).expect("a history");
    assert_eq!(explained.at(hour(2), hour(5)).expect("there").facts, second);
    assert_eq!(explained.true_from_of("d"), Some(hour(2)));
    assert_eq!(explained.at(hour(2), hour(5)).expect("there").plate_from, hour(2));
    assert_eq!(explained.learned_between(hour(0), hour(9)), [hour(5)]);
    assert_eq!(Timeline::of(&[], &[]), None);
}

#[test]
fn the_last_valid_and_the_first_invalid_instant_stand_side_by_side() {
    let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
    let found = timeline(&[]).at(hour(1), hour(1)).expect("it is there");
    // Valid until 2026-01: to the end of the 31st in the country (L2 Art. 16), which is 16:00 of that day in UTC.
    assert!(found.in_validity(day_of(at("2026-01-31T23:59:59.999999+08:00"))));
    assert!(!found.in_validity(day_of(at("2026-02-01T00:00:00+08:00"))));
    assert!(
        found.in_validity(day_of(at("2026-01-31T15:59:59Z"))) && !found.in_validity(day_of(at("2026-01-31T16:00:00Z")))
    );
    let gone = timeline(&[(0, 0, Word::Letter('C', true)), (0, 0, Word::State("E".into()))]);
    assert!(
        !gone.at(hour(1), hour(1)).expect("there").in_validity(day(0)),
        "who has left the register has no validity"
    );
}
