//! Lives of vehicles as a register reports them: in the order of the world they are simple, and they arrive out of order, late, corrected and
//! taken back. Each event goes through the real path; the truth is told beside it.

use super::truth::{Car, Month, Thing, Truth, day_of, month_of, month_text};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// What happens in the world.
#[derive(Debug, Clone)]
enum Happening {
    Registered {
        plate: String,
        on: Date,
        insured: Date,
    },
    Inspected {
        granted: bool,
        insured: Option<Date>,
    },
    PlateChanged {
        plate: String,
    },
    Transferred {
        plate: Option<String>,
    },
    State(&'static str),
    Deregistered,
    Violation(String),
    Handled(String),
    Insured(Date),
    /// An earlier event stated something wrong.
    Corrected {
        of: usize,
        right: Right,
    },
}

/// What is right instead.
#[derive(Debug, Clone)]
enum Right {
    Valid(Month),
    Plate(String),
    State(&'static str),
    Insurance(Date),
    NoViolation(String),
    NotHandled(String),
}

#[derive(Debug, Clone)]
struct Event {
    car: usize,
    t: Timestamp,
    what: Happening,
}

/// An event to be sent at a moment.
#[derive(Debug)]
pub struct Sending {
    /// The moment.
    pub at: Timestamp,
    /// The event.
    pub json: Value,
}

/// A fleet with its past.
pub struct Story {
    rng: StdRng,
    events: Vec<Event>,
    waiting: BinaryHeap<Reverse<(Timestamp, usize)>>,
    /// What has to have arrived before something arrives.
    after: BTreeMap<usize, usize>,
    arrived: BTreeSet<usize>,
    tries: BTreeMap<usize, u32>,
    /// What never arrives.
    pub lost: BTreeSet<usize>,
    known: Timestamp,
    /// What is true and known.
    pub truth: Truth,
    /// Every plate that was ever meant.
    pub plates: Vec<String>,
    begins: Timestamp,
    ends: Timestamp,
}

/// The frame number of a car: not of a Chinese maker, so its check digit is advice.
pub fn vin(car: usize) -> String {
    format!("WVWZZZ1KZ{car:08}")
}

fn plate(number: usize) -> String {
    format!("苏E{number:05}")
}

fn id(event: usize) -> String {
    format!("story/e{event}")
}

/// How often the register tries to tell us something: for nearly two years.
const MAX_TRIES: u32 = 2_000;
const STATES: [&str; 7] = ["A", "L", "Q", "IQ", "H", "HL", "G"];

impl Story {
    /// So many vehicles, from 2023 to the end of October 2026.
    pub fn new(cars: usize, seed: u64) -> Self {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let begins = at("2023-01-05T08:00:00+08:00");
        let mut story = Self {
            rng: StdRng::seed_from_u64(seed),
            events: Vec::new(),
            waiting: BinaryHeap::new(),
            after: BTreeMap::new(),
            arrived: BTreeSet::new(),
            tries: BTreeMap::new(),
            lost: BTreeSet::new(),
            known: begins,
            truth: Truth::default(),
            plates: (0..cars + cars / 3 + 6).map(plate).collect(),
            begins,
            ends: at("2026-10-31T20:00:00+08:00"),
        };
        story.invent(cars);
        story
    }

    /// When the story begins.
    pub fn begins(&self) -> Timestamp {
        self.begins
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn some_time(&mut self, from: Timestamp, to: Timestamp) -> Timestamp {
        let (a, b) = (from.as_second(), to.as_second().max(from.as_second() + 1));
        Timestamp::from_second(self.rng.random_range(a..b)).expect("between two instants")
    }

    fn some_day(&mut self) -> Date {
        let months = self.rng.random_range(0..48);
        Date::constant(2024, 1, 28).checked_add(months.months()).expect("a day")
    }

    /// How long after it happened an event arrives: mostly minutes, sometimes days, sometimes a year.
    fn delay(&mut self) -> SignedDuration {
        let minutes = match self.rng.random_range(0..10) {
            0..6 => self.rng.random_range(1..30),
            6..8 => self.rng.random_range(60..10_000),
            8 => self.rng.random_range(10_000..100_000),
            _ => self.rng.random_range(100_000..500_000),
        };
        SignedDuration::from_mins(minutes)
    }

    fn add(&mut self, car: usize, t: Timestamp, what: Happening, after: Option<usize>) -> usize {
        let number = self.events.len();
        let at_once = matches!(what, Happening::Registered { .. });
        let arrives = if at_once { t + SignedDuration::from_mins(20) } else { t + self.delay() };
        self.events.push(Event { car, t, what });
        self.waiting.push(Reverse((arrives, number)));
        if let Some(before) = after {
            self.after.insert(number, before);
        }
        number
    }

    /// Invents the world: registrations, then everything in the order of its time, so that no plate is on two cars at once.
    fn invent(&mut self, cars: usize) {
        let until = self.begins + SignedDuration::from_hours(24 * 500);
        let mut moments: Vec<(Timestamp, usize)> =
            (0..cars).map(|car| (self.some_time(self.begins, until), car)).collect();
        for car in 0..cars {
            let from = moments[car].0;
            let more = self.rng.random_range(4..14);
            for _ in 0..more {
                let t = self.some_time(from + SignedDuration::from_hours(1), self.ends);
                moments.push((t, car));
            }
        }
        moments.sort_unstable();
        moments.dedup_by_key(|(t, _)| *t);
        // A car comes into the register with plates of its own: it cannot wait for another car to be reported out of them.
        let mut free: Vec<String> = self.plates[cars..].to_vec();
        let mut life: BTreeMap<usize, Life> = BTreeMap::new();
        for (t, car) in moments {
            let known = life.remove(&car);
            let lived = match known {
                None => self.register(car, t),
                Some(lived) => self.go_on(car, t, lived, &mut free),
            };
            life.insert(car, lived);
        }
    }

    fn take(&mut self, free: &mut Vec<String>) -> String {
        let at = self.rng.random_range(0..free.len());
        free.swap_remove(at)
    }

    fn register(&mut self, car: usize, t: Timestamp) -> Life {
        let (plate, insured) = (self.plates[car].clone(), self.some_day());
        let first = self.add(car, t, Happening::Registered { plate: plate.clone(), on: day_of(t), insured }, None);
        Life { first, plate, plated: None, gone: false, open: Vec::new(), done: vec![first] }
    }

    fn go_on(&mut self, car: usize, t: Timestamp, mut life: Life, free: &mut Vec<String>) -> Life {
        if life.gone {
            return life;
        }
        let first = Some(life.first);
        let made = match self.rng.random_range(0..100) {
            0..22 => {
                let (granted, told) = (self.chance(40), self.chance(40));
                let insured = told.then(|| self.some_day());
                self.add(car, t, Happening::Inspected { granted, insured }, first)
            }
            22..38 => {
                let plate = self.take(free);
                free.push(std::mem::replace(&mut life.plate, plate.clone()));
                let made = self.add(car, t, Happening::PlateChanged { plate }, first);
                life.plated = Some(made);
                made
            }
            38..44 => {
                let plate = self.chance(50).then(|| self.take(free));
                if let Some(plate) = &plate {
                    free.push(std::mem::replace(&mut life.plate, plate.clone()));
                    life.plated = None;
                }
                self.add(car, t, Happening::Transferred { plate }, first)
            }
            44..62 => {
                let state = STATES[self.rng.random_range(0..STATES.len())];
                self.add(car, t, Happening::State(state), first)
            }
            62..72 => {
                let number = format!("V{}", self.events.len());
                let made = self.add(car, t, Happening::Violation(number.clone()), first);
                life.open.push((number, made));
                made
            }
            72..78 => match life.open.pop() {
                Some((number, recorded)) => self.add(car, t, Happening::Handled(number), Some(recorded)),
                None => self.add(car, t, Happening::State("A"), first),
            },
            78..85 => {
                let until = self.some_day();
                self.add(car, t, Happening::Insured(until), first)
            }
            85..88 => {
                life.gone = true;
                self.add(car, t, Happening::Deregistered, first)
            }
            _ => return self.correct(car, t, life, free),
        };
        life.done.push(made);
        life
    }

    fn correct(&mut self, car: usize, t: Timestamp, mut life: Life, free: &mut Vec<String>) -> Life {
        let of = life.done[self.rng.random_range(0..life.done.len())];
        let right = match self.events[of].what.clone() {
            Happening::Registered { .. } | Happening::Inspected { .. } => {
                let month = month_of(day_of(self.events[of].t)) + self.rng.random_range(6..40);
                // Below the sixth year, from which on a mark needs an inspection.
                Right::Valid(month.min(month_of(day_of(self.events[life.first].t)) + 60))
            }
            Happening::PlateChanged { .. } if life.plated == Some(of) => {
                life.plated = None;
                let plate = self.take(free);
                free.push(std::mem::replace(&mut life.plate, plate.clone()));
                Right::Plate(plate)
            }
            Happening::State(_) | Happening::Deregistered => {
                Right::State(STATES[self.rng.random_range(0..STATES.len())])
            }
            Happening::Insured(_) => Right::Insurance(self.some_day()),
            Happening::Violation(number) if life.open.iter().any(|(open, _)| *open == number) => {
                life.open.retain(|(open, _)| *open != number);
                Right::NoViolation(number)
            }
            Happening::Handled(number) => {
                // Nothing else is said of it afterwards.
                life.done.retain(|done| *done != of);
                Right::NotHandled(number)
            }
            _ => Right::Valid(month_of(day_of(self.events[life.first].t)) + 24),
        };
        // What has no validity to correct says something else about the registration.
        let of = match (&right, &self.events[of].what) {
            (Right::Valid(_), Happening::Registered { .. } | Happening::Inspected { .. }) => of,
            (Right::Valid(_), _) => life.first,
            _ => of,
        };
        if let (Right::NoViolation(_), Happening::Violation(_)) = (&right, &self.events[of].what) {
            life.done.retain(|done| *done != of);
        }
        self.add(car, t, Happening::Corrected { of, right }, Some(of));
        life
    }

    /// Whether a plate that an event brings is with another car as things are known: then the register's operator sends it again later.
    fn blocked(&self, event: usize) -> bool {
        let Event { car, t, what } = &self.events[event];
        let (plate, from) = match what {
            Happening::PlateChanged { plate } | Happening::Transferred { plate: Some(plate) } => (plate, *t),
            Happening::Corrected { of, right: Right::Plate(plate) } => {
                (plate, self.truth.cars[car].since(&id(*of)).unwrap_or(*t))
            }
            _ => return false,
        };
        // What changes only the past takes nobody's plates.
        let stands = !self.truth.cars.get(car).is_some_and(|known| known.has_plate_after(from));
        stands && self.truth.holder(plate, self.known).is_some_and(|holder| holder != *car)
    }

    /// The next event to be sent, with its moment; the truth knows of it from that moment on.
    pub fn next(&mut self) -> Option<Sending> {
        loop {
            let Reverse((at, number)) = self.waiting.pop()?;
            let before = self.after.get(&number);
            if before.is_some_and(|before| self.lost.contains(before)) {
                self.lost.insert(number);
                continue;
            }
            let waits = before.is_some_and(|before| !self.arrived.contains(before));
            if waits || self.blocked(number) {
                let tries = self.tries.entry(number).or_default();
                *tries += 1;
                // Late reports can wait for each other for ever: somebody gives up, and the register never tells us.
                if *tries > MAX_TRIES {
                    self.lost.insert(number);
                } else {
                    let later = at.max(self.known) + SignedDuration::from_hours(7);
                    self.waiting.push(Reverse((later, number)));
                }
                continue;
            }
            self.known = at.max(self.known + SignedDuration::from_secs(1));
            self.arrived.insert(number);
            let json = self.sent(number);
            self.learn(number);
            return Some(Sending { at: self.known, json });
        }
    }

    /// What becomes true and known by an event, by the definition.
    fn learn(&mut self, number: usize) {
        let (k, cause) = (self.known, id(number));
        let Event { car, t, what } = self.events[number].clone();
        if let Happening::Registered { plate, insured, .. } = &what {
            self.truth.carried.entry(plate.clone()).or_default().insert(car);
            let month = month_of(day_of(t));
            self.truth.cars.insert(car, Car::new(t, k, cause, plate, month, *insured));
            return;
        }
        if let Happening::PlateChanged { plate }
        | Happening::Transferred { plate: Some(plate) }
        | Happening::Corrected { right: Right::Plate(plate), .. } = &what
        {
            self.truth.carried.entry(plate.clone()).or_default().insert(car);
        }
        let say = self.truth.cars.get_mut(&car).expect("a car arrives before anything else of it");
        match what {
            Happening::Registered { .. } => {}
            Happening::Inspected { granted, insured } => {
                // Before the window, as known, a mark is not granted at all.
                if granted && say.renewed(t, k, day_of(t)).is_none() {
                    return;
                }
                say.say(t, k, &cause, Thing::Handled(day_of(t)));
                if let Some(until) = insured {
                    say.say(t, k, &cause, Thing::Insurance(until));
                }
            }
            Happening::PlateChanged { plate } => {
                // Also when it is the plate that it has, as known: something that is not known yet may have happened in between.
                say.say(t, k, &cause, Thing::Plate(plate));
            }
            Happening::Transferred { plate } => {
                if let Some(plate) = plate {
                    say.say(t, k, &cause, Thing::Plate(plate));
                }
            }
            Happening::State(letters) => say.say(t, k, &cause, Thing::State(letters_of(letters))),
            Happening::Deregistered => say.say(t, k, &cause, Thing::Set('E')),
            Happening::Violation(number) => say.say(t, k, &cause, Thing::Violation(number, true)),
            Happening::Handled(number) => say.say(t, k, &cause, Thing::Violation(number, false)),
            Happening::Insured(until) => say.say(t, k, &cause, Thing::Policy(until)),
            Happening::Corrected { of, right } => {
                let back = say.since(&id(of)).unwrap_or(t);
                let thing = match right {
                    Right::Valid(month) => Thing::Valid(month),
                    Right::Plate(plate) => Thing::Plate(plate),
                    Right::State(letters) => Thing::State(letters_of(letters)),
                    Right::Insurance(until) => Thing::Insurance(until),
                    Right::NoViolation(number) => Thing::Violation(number, false),
                    Right::NotHandled(number) => Thing::Violation(number, true),
                };
                say.say(back, k, &cause, thing);
            }
        }
    }

    /// The event as the register sends it. Every second one names the car by the plate of then, where that is known to be its own.
    fn sent(&mut self, number: usize) -> Value {
        let Event { car, t, what } = self.events[number].clone();
        let (word, data) = self.data(&what);
        let by_plate = self.chance(50).then(|| self.plate_of_then(car, t)).flatten();
        let subject = match (&what, by_plate) {
            (Happening::Registered { .. }, _) | (_, None) => json!({"vin": vin(car)}),
            (_, Some(plate)) => json!({"plate_number": plate, "plate_type": "02"}),
        };
        json!({"source": "story", "id": format!("e{number}"), "type": format!("vehicle.{word}"), "occurred_at": t.to_string(),
            "subject": subject, "data": data})
    }

    fn plate_of_then(&self, car: usize, t: Timestamp) -> Option<String> {
        let known = self.known;
        let (plate, _) = self.truth.cars.get(&car)?.plate(t, known)?;
        let found = self.truth.answer(&plate, t, known)?;
        (found.vehicle == car).then_some(plate)
    }

    fn data(&mut self, what: &Happening) -> (String, Value) {
        let plated = |plate: &String| json!({"plate_number": plate, "plate_type": "02"});
        let owner = |data: &mut Value, number: u32| {
            data["owner_kind"] = json!("organisation");
            data["owner_id"] = json!(["91110000600037341L", "91350100M000100Y43"][number as usize % 2]);
            data["owner_name"] = json!("苏州某某汽车服务有限公司");
        };
        match what {
            Happening::Registered { plate, on, insured } => {
                let mut data = plated(plate);
                for (name, value) in [
                    ("vehicle_type", json!("K33")),
                    ("use_nature", json!("A")),
                    ("seats", json!(5)),
                    ("energy", json!("A")),
                    ("division", json!("320500")),
                    ("insurance_until", json!(insured)),
                ] {
                    data[name] = value;
                }
                data["registered_on"] = json!(on);
                owner(&mut data, 0);
                ("registered".into(), data)
            }
            Happening::Inspected { granted, insured } => {
                let mut data = if *granted { json!({}) } else { json!({"result": "pass"}) };
                if let Some(until) = insured {
                    data["insurance_until"] = json!(until);
                }
                (if *granted { "mark_granted" } else { "inspected" }.into(), data)
            }
            Happening::PlateChanged { plate } => ("plate_changed".into(), plated(plate)),
            Happening::Transferred { plate } => {
                let mut data = plate.as_ref().map_or_else(|| json!({}), plated);
                let other = self.rng.random_range(0..2);
                owner(&mut data, other);
                ("transferred".into(), data)
            }
            Happening::State(letters) => ("status_changed".into(), json!({"status": letters})),
            Happening::Deregistered => ("deregistered".into(), json!({"cause": "scrapped"})),
            Happening::Violation(number) => (
                "violation_recorded".into(),
                json!({"violation_id": number,
                "occurred_at": "2023-01-01T08:00:00+08:00", "place": "某路", "act": "违法停车", "law": "某条"}),
            ),
            Happening::Handled(number) => ("violation_handled".into(), json!({"violation_id": number})),
            Happening::Insured(until) => ("insured".into(), json!({"insurer": "某保险公司", "insurance_until": until})),
            Happening::Corrected { of, right } => self.correction(*of, right),
        }
    }

    fn correction(&self, of: usize, right: &Right) -> (String, Value) {
        let word = match &self.events[of].what {
            Happening::Registered { .. } => "registered",
            Happening::Inspected { granted: true, .. } => "mark_granted",
            Happening::Inspected { .. } => "inspected",
            Happening::PlateChanged { .. } => "plate_changed",
            Happening::Transferred { .. } => "transferred",
            Happening::State(_) => "status_changed",
            Happening::Deregistered => "deregistered",
            Happening::Violation(_) => "violation_recorded",
            Happening::Handled(_) => "violation_handled",
            Happening::Insured(_) => "insured",
            Happening::Corrected { .. } => unreachable!("corrections are not corrected"),
        };
        let mut data = match right {
            Right::Valid(month) => json!({"valid_until": month_text(*month)}),
            Right::Plate(plate) => json!({"plate_number": plate, "plate_type": "02"}),
            Right::State(letters) => json!({"status": letters}),
            Right::Insurance(until) => json!({"insurer": "某保险公司", "insurance_until": until}),
            Right::NoViolation(number) | Right::NotHandled(number) => json!({"violation_id": number, "void": true}),
        };
        data["corrects"] = json!({"source": "story", "id": format!("e{of}")});
        (format!("{word}.corrected"), data)
    }

    /// A question: a plate, a moment, and as known when.
    pub fn question(&mut self) -> (String, Timestamp, Option<Timestamp>) {
        let at = self.rng.random_range(0..self.plates.len());
        let plate = self.plates[at].clone();
        let early = self.begins - SignedDuration::from_hours(240);
        let mut t = self.some_time(early, self.known);
        if self.chance(20) {
            // The edges of a month, where validity ends.
            let first = day_of(t).first_of_month().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(8)));
            let edge = first.expect("midnight").timestamp();
            t = if self.chance(50) { edge } else { edge - SignedDuration::from_micros(1) };
        }
        let known = self.chance(50).then(|| self.some_time(early, self.known));
        (plate, t, known)
    }
}

struct Life {
    first: usize,
    plate: String,
    /// The event that brought it, when that can be corrected.
    plated: Option<usize>,
    gone: bool,
    open: Vec<(String, usize)>,
    done: Vec<usize>,
}

fn letters_of(text: &str) -> BTreeSet<char> {
    text.chars().filter(|c| *c != 'A').collect()
}
