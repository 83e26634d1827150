//! What was so and since when it was known, kept by the generator alone: the definition of `docs/state-at.md` written down once more, thing by
//! thing and slowly. Nothing here calls the code that is checked.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use std::collections::{BTreeMap, BTreeSet};

/// Months since the year 0.
pub type Month = i32;

/// The month of a day.
pub fn month_of(day: Date) -> Month {
    i32::from(day.year()) * 12 + i32::from(day.month()) - 1
}

/// `2027-05`.
pub fn month_text(month: Month) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

/// The day of an instant in the country.
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::fixed(Offset::constant(8))).date()
}

/// One thing that is said.
#[derive(Debug, Clone)]
pub enum Thing {
    /// The plate.
    Plate(String),
    /// The validity.
    Valid(Month),
    /// The point of the cycle was handled on this day.
    Handled(Date),
    /// The whole state.
    State(BTreeSet<char>),
    /// One letter is there from now on.
    Set(char),
    /// Insurance was taken out until this day.
    Policy(Date),
    /// Insurance runs until this day.
    Insurance(Date),
    /// A violation is open, or not.
    Violation(String, bool),
}

#[derive(Debug, Clone)]
struct Say {
    t: Timestamp,
    k: Timestamp,
    cause: String,
    thing: Thing,
}

/// How a vehicle stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stood {
    pub vehicle: usize,
    pub in_validity: bool,
    pub valid_until: String,
    pub letters: String,
    pub insurance: Option<(Date, bool)>,
}

/// One vehicle of the fleet.
#[derive(Debug, Clone)]
pub struct Car {
    begun: Timestamp,
    known: Timestamp,
    cause: String,
    registered: Month,
    /// In the order in which they became known.
    says: Vec<Say>,
}

/// Everything that is true.
#[derive(Debug, Default)]
pub struct Truth {
    /// The vehicles that are registered, by number.
    pub cars: BTreeMap<usize, Car>,
    /// Which vehicles were ever said to carry a plate: only these are looked at.
    pub carried: BTreeMap<String, BTreeSet<usize>>,
}

impl Car {
    pub fn new(t: Timestamp, k: Timestamp, cause: String, plate: &str, registered: Month, insured: Date) -> Self {
        let mut car = Self { begun: t, known: k, cause: cause.clone(), registered, says: Vec::new() };
        car.say(t, k, &cause, Thing::Plate(plate.into()));
        // The first mark of a private car goes two years from its month.
        car.say(t, k, &cause, Thing::Valid(registered + 24));
        car.say(t, k, &cause, Thing::Insurance(insured));
        car
    }

    pub fn say(&mut self, t: Timestamp, k: Timestamp, cause: &str, thing: Thing) {
        self.says.push(Say { t, k, cause: cause.into(), thing });
    }

    /// Since when that is true which a cause said, when it said anything.
    pub fn since(&self, cause: &str) -> Option<Timestamp> {
        if self.cause == cause {
            return Some(self.begun);
        }
        self.says.iter().find(|say| say.cause == cause).map(|say| say.t)
    }

    fn visible(&self, at: Timestamp, known: Timestamp) -> bool {
        self.begun <= at && self.known <= known
    }

    /// What counts at a moment as known at a moment, in the order in which it counts.
    fn counting(&self, at: Timestamp, known: Timestamp) -> Vec<&Say> {
        let mut says: Vec<(usize, &Say)> =
            self.says.iter().enumerate().filter(|(_, s)| s.t >= self.begun && s.t <= at && s.k <= known).collect();
        says.sort_by_key(|(order, say)| (say.t, *order));
        says.into_iter().map(|(_, say)| say).collect()
    }

    pub fn plate(&self, at: Timestamp, known: Timestamp) -> Option<(String, Timestamp)> {
        if !self.visible(at, known) {
            return None;
        }
        let mut carried: Option<(String, Timestamp)> = None;
        for say in self.counting(at, known) {
            if let Thing::Plate(plate) = &say.thing
                && carried.as_ref().is_none_or(|(old, _)| old != plate)
            {
                carried = Some((plate.clone(), say.t));
            }
        }
        carried
    }

    /// Whether plates are known that it got later than this.
    pub fn has_plate_after(&self, t: Timestamp) -> bool {
        self.says.iter().any(|say| say.t > t && matches!(say.thing, Thing::Plate(_)))
    }

    pub fn valid(&self, at: Timestamp, known: Timestamp) -> Option<Month> {
        self.validity(&self.counting(at, known))
    }

    /// The validity after so many statements in their order.
    fn validity(&self, says: &[&Say]) -> Option<Month> {
        let mut valid = None;
        for say in says {
            match say.thing {
                Thing::Valid(month) => valid = Some(month),
                Thing::Handled(day) => valid = valid.map(|due| self.next(due, day).unwrap_or(due)),
                _ => {}
            }
        }
        valid
    }

    pub fn letters(&self, at: Timestamp, known: Timestamp) -> BTreeSet<char> {
        let says = self.counting(at, known);
        // An inspection in its time ends "overdue".
        let ends_overdue =
            |order: usize, day: Date| self.validity(&says[..order]).is_some_and(|due| self.next(due, day).is_some());
        let mut letters: BTreeSet<char> = ('B'..='Z')
            .filter(|letter| {
                says.iter().enumerate().rev().find_map(|(order, say)| match &say.thing {
                    Thing::State(state) => Some(state.contains(letter)),
                    Thing::Set(one) if one == letter => Some(true),
                    Thing::Handled(day) if *letter == 'Q' && ends_overdue(order, *day) => Some(false),
                    _ => None,
                }) == Some(true)
            })
            .collect();
        let mut open: BTreeMap<&str, bool> = BTreeMap::new();
        for say in &says {
            if let Thing::Violation(number, is) = &say.thing {
                open.insert(number, *is);
            }
        }
        if open.values().any(|is| *is) {
            letters.insert('G');
        }
        letters
    }

    fn insurance(&self, at: Timestamp, known: Timestamp) -> Option<Date> {
        let mut until: Option<Date> = None;
        for say in self.counting(at, known) {
            match say.thing {
                Thing::Insurance(day) => until = Some(day),
                Thing::Policy(day) => until = Some(until.map_or(day, |known| known.max(day))),
                _ => {}
            }
        }
        until
    }

    /// What an inspection on a day leads to, as known when it becomes known: the new validity; nothing before the window, which opens with the
    /// second month before the month of validity.
    pub fn renewed(&self, t: Timestamp, k: Timestamp, day: Date) -> Option<Month> {
        self.next(self.valid(t, k)?, day)
    }

    fn next(&self, due: Month, day: Date) -> Option<Month> {
        if month_of(day) < due - 2 {
            return None;
        }
        // The points of a private car in its first ten years: every two years from its month, never before the month of handling is over.
        let mut next = self.registered;
        while next <= due || next <= month_of(day) {
            next += 24;
        }
        Some(next)
    }

    fn stood(&self, vehicle: usize, at: Timestamp, known: Timestamp) -> Stood {
        let letters = self.letters(at, known);
        let valid = self.valid(at, known).expect("a registered car has a validity");
        let day = day_of(at);
        let gone = letters.contains(&'E') || letters.contains(&'P');
        Stood {
            vehicle,
            in_validity: !gone && month_of(day) <= valid,
            valid_until: month_text(valid),
            letters: if letters.is_empty() { "A".into() } else { letters.iter().collect() },
            insurance: self.insurance(at, known).map(|until| (until, day <= until)),
        }
    }
}

impl Truth {
    fn ever<'t>(&'t self, plate: &str) -> impl Iterator<Item = (usize, &'t Car)> {
        self.carried.get(plate).into_iter().flatten().map(|number| (*number, &self.cars[number]))
    }

    /// Who carried a plate, how it stood.
    pub fn answer(&self, plate: &str, at: Timestamp, known: Timestamp) -> Option<Stood> {
        let mut best: Option<(bool, Timestamp, usize)> = None;
        let mut twice = false;
        for (number, car) in self.ever(plate) {
            let Some((carried, since)) = car.plate(at, known) else { continue };
            if carried != plate {
                continue;
            }
            let here = !car.letters(at, known).iter().any(|l| matches!(l, 'E' | 'P'));
            let rank = (here, since, number);
            twice |= best.is_some_and(|(h, s, _)| (h, s) == (here, since));
            if best.is_none_or(|(h, s, _)| (here, since) > (h, s)) {
                best = Some(rank);
            }
        }
        assert!(!twice, "the generator never gives one plate to two cars at the same second");
        best.map(|(_, _, number)| self.cars[&number].stood(number, at, known))
    }

    /// Who carries a plate as things are known, the future of today included.
    pub fn holder(&self, plate: &str, known: Timestamp) -> Option<usize> {
        self.ever(plate).find_map(|(number, car)| {
            car.plate(Timestamp::MAX, known).filter(|(carried, _)| carried == plate).map(|_| number)
        })
    }

    /// Every moment after one up to another at which anything became known of the vehicles that ever carried a plate.
    pub fn learned(&self, plate: &str, after: Timestamp, until: Timestamp) -> BTreeSet<Timestamp> {
        let known = self.ever(plate).flat_map(|(_, car)| car.says.iter().map(|s| s.k).chain([car.known]));
        known.filter(|k| *k > after && *k <= until).collect()
    }
}
