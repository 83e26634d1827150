//! The cycle a second time, written from the machine form of section 4.3 as somebody else would: no table, months as plain numbers, days
//! as yyyymmdd, the life of a vehicle simulated month by month. Both must agree on a few hundred thousand seeded random vehicles.

use super::super::{CycleFacts, InspectionRules};
use crate::vehicle::{UseNature, VehicleType, YearMonth};

/// SplitMix64: seeded, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: i32) -> i32 {
        i32::try_from(self.next() % u64::from(n.unsigned_abs())).expect("below n")
    }

    fn chance(&mut self, percent: i32) -> bool {
        self.below(100) < percent
    }

    fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(i32::try_from(list.len()).expect("short"))).expect("not negative")]
    }
}

#[derive(Debug, Clone)]
struct Case {
    code: &'static str,
    use_nature: char,
    seats: u16,
    registered: i32,
    manufactured: Option<i32>,
    accident: bool,
    modified: bool,
    /// Months since the year 0.
    valid_until: Option<i32>,
    as_of: i32,
}

// Days as yyyymmdd: the policies, and the first registration the first of them covers.
const P2014: i32 = 20_140_901;
const P2020: i32 = 20_201_120;
const P2022: i32 = 20_221_001;
const COHORT: i32 = 20_100_901;

fn month_of(day: i32) -> i32 {
    day / 10000 * 12 + day / 100 % 100 - 1
}

fn first_of(month: i32) -> i32 {
    month.div_euclid(12) * 10000 + (month.rem_euclid(12) + 1) * 100 + 1
}

fn last_of(month: i32) -> i32 {
    let year = month.div_euclid(12);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month.rem_euclid(12) + 1 {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    first_of(month) + days - 1
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Pax { small: bool },
    PaxVoid,
    Moto,
    MotoVoid,
    OpPax,
    TruckOrBig,
    School { by_plate: bool },
    Other,
}

fn kind(case: &Case) -> Kind {
    let code = case.code;
    // Exactly four years later is the same month and day; a leap day returns after four years.
    let late = case.manufactured.is_some_and(|made| case.registered > made + 40000);
    let void = case.accident || case.modified || late;
    match &code[..1] {
        "K" | "D" if code != "D12" => {
            if ["K18", "K28", "K38"].contains(&code) {
                Kind::School { by_plate: false }
            } else if "OPQS".contains(case.use_nature) {
                Kind::School { by_plate: true }
            } else if "BCDEGTNFR".contains(case.use_nature) {
                Kind::OpPax
            } else if code == "K39" || code == "K49" {
                Kind::PaxVoid
            } else if code == "K16" || code.starts_with("K3") || code.starts_with("K4") {
                if void || case.seats > 9 { Kind::PaxVoid } else { Kind::Pax { small: case.seats < 7 } }
            } else {
                Kind::TruckOrBig
            }
        }
        "H" | "Q" => Kind::TruckOrBig,
        "M" if void => Kind::MotoVoid,
        "M" => Kind::Moto,
        _ => Kind::Other,
    }
}

/// What a point at `age` months asks for when decided on `day`: whether a mark is enough, and the months to the next point.
fn point(kind: Kind, age: i32, day: i32, registered: i32) -> (bool, i32) {
    let up_to = |grid: i32| grid - age % grid;
    let base = |two_year: i32, half_year: i32| {
        if age < two_year {
            up_to(24)
        } else if age < half_year {
            up_to(12)
        } else {
            up_to(6)
        }
    };
    match kind {
        Kind::PaxVoid => (false, base(72, 180)),
        Kind::MotoVoid => (false, base(48, i32::MAX)),
        Kind::OpPax => (false, base(0, 60)),
        Kind::TruckOrBig => (false, base(0, 120)),
        Kind::School { by_plate: true } => (false, 6),
        Kind::School { by_plate: false } => (false, up_to(6)),
        Kind::Other => (false, up_to(12)),
        Kind::Moto if day < P2022 => (false, base(48, i32::MAX)),
        Kind::Moto | Kind::Pax { .. } if day >= P2022 => {
            if age < 120 {
                (age != 72, up_to(24))
            } else if matches!(kind, Kind::Pax { .. }) && age % 6 == 0 {
                (false, 12)
            } else {
                (false, up_to(12))
            }
        }
        Kind::Pax { .. } if day >= P2020 => {
            if age < 120 {
                (age != 72 && age != 96, up_to(24))
            } else {
                (false, base(0, 180))
            }
        }
        Kind::Pax { small } => (small && day >= P2014 && registered >= COHORT && age < 72, base(72, 180)),
        Kind::Moto => unreachable!("both sides of the day are above"),
    }
}

/// `state action due opens next`.
fn answer(case: &Case) -> String {
    let kind = kind(case);
    let start = month_of(case.registered);
    let first = match kind {
        Kind::Pax { .. } | Kind::PaxVoid | Kind::Moto | Kind::MotoVoid => 24,
        Kind::School { .. } => 6,
        _ => 12,
    };
    let mut due = case.valid_until.unwrap_or(start + first);
    if case.valid_until.is_none() {
        // Live every month before the one asked about; on its last day at the latest a due point is handled.
        for month in start..month_of(case.as_of) {
            if month == due {
                due += point(kind, month - start, last_of(month), case.registered).1;
            }
        }
    }
    let window = if matches!(kind, Kind::School { .. }) { 1 } else { 3 };
    let opens = first_of(due - window + 1);
    let handled = case.as_of.max(opens);
    let mut mark = true;
    let mut next = due;
    for month in due..=month_of(handled).max(due) {
        if month == next {
            let (enough, months) = point(kind, month - start, handled.min(last_of(month)), case.registered);
            mark &= enough;
            next += months;
        }
    }
    let state = match case.as_of {
        day if day > last_of(due) => "overdue",
        day if day >= opens => "window_open",
        _ => "not_due",
    };
    let ym = |m: i32| format!("{:04}-{:02}", m / 12, m % 12 + 1);
    let action = if mark { "apply_mark" } else { "inspect" };
    format!("{state} {action} {} {}-01 {}", ym(due), ym(month_of(opens)), ym(next))
}

const TYPES: [&str; 34] = [
    "K33", "K33", "K33", "K33", "K31", "K32", "K34", "K43", "K41", "K16", "K39", "K49", "K11", "K15", "K21", "K26",
    "K18", "K28", "K38", "H11", "H31", "H51", "Q11", "Z11", "N11", "M11", "M21", "M22", "B11", "G11", "T11", "J11",
    "X99", "D11",
];

fn random_day(random: &mut Random, from_year: i32, years: i32) -> i32 {
    let month = (from_year + random.below(years)) * 12 + random.below(12);
    first_of(month) + random.below(last_of(month) - first_of(month) + 1)
}

fn random_case(random: &mut Random) -> Case {
    let mut case = Case {
        code: random.of(&TYPES),
        use_nature: if random.chance(60) { 'A' } else { char::from(b'A' + random.below(21).to_le_bytes()[0]) },
        seats: u16::try_from(random.of(&[2, 5, 5, 5, 6, 7, 7, 8, 9, 10, 19, 45])).expect("small"),
        registered: random_day(random, 1988, 38),
        manufactured: None,
        accident: random.chance(4),
        modified: random.chance(4),
        valid_until: None,
        as_of: 0,
    };
    if random.chance(30) {
        let earlier = case.registered - 10000 * random.of(&[0, 0, 1, 3, 4, 4, 5]);
        // 29 February has no twin in most years; a few days earlier always exists.
        let day = (earlier % 100 + random.of(&[-1, 0, 0, 0, 1])).clamp(1, 28);
        case.manufactured = Some((earlier / 100 * 100 + day).min(case.registered));
    }
    let near_a_change = random.chance(50);
    case.as_of = if near_a_change {
        let month = month_of(random.of(&[P2014, P2020, P2022])) - 2 + random.below(6);
        let day = random.of(&[1, 2, 15, 19, 20, 21, 28, 30, 31]);
        (first_of(month) + day - 1).min(last_of(month))
    } else {
        random_day(random, 2005, 30)
    };
    case.as_of = case.as_of.max(case.registered);
    let start = month_of(case.registered);
    case.valid_until = match random.below(10) {
        0..=4 => None,
        // A point of the half-year grid around the day asked about, sometimes long before it.
        5..=7 => Some(start + ((month_of(case.as_of) - start) / 6 + random.below(9) - 5) * 6),
        8 => Some(start + random.below(40) * 6),
        _ => Some(month_of(case.as_of) - 20 + random.below(40)),
    }
    .map(|month| month.clamp(start, 2199 * 12));
    case
}

fn facts(case: &Case) -> CycleFacts {
    let day = |d: i32| format!("{:04}-{:02}-{:02}", d / 10000, d / 100 % 100, d % 100).parse().expect("a day");
    CycleFacts {
        vehicle_type: VehicleType::from_code(case.code).expect("a type"),
        use_nature: UseNature::from_letter(case.use_nature).expect("a use"),
        seats: case.seats,
        registered_on: day(case.registered),
        manufactured_on: case.manufactured.map(day),
        casualty_accident: case.accident,
        illegal_modification: case.modified,
        valid_until: case.valid_until.map(|m| {
            YearMonth::new(i16::try_from(m / 12).expect("a year"), i8::try_from(m % 12 + 1).expect("a month"))
                .expect("in range")
        }),
    }
}

#[test]
fn the_table_agrees_with_the_model() {
    let rules = InspectionRules::builtin();
    let mut random = Random(20_261_121);
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..300_000 {
        let case = random_case(&mut random);
        let day = format!("{:04}-{:02}-{:02}", case.as_of / 10000, case.as_of / 100 % 100, case.as_of % 100);
        let a = rules
            .answer(&facts(&case), day.parse().expect("a day"))
            .unwrap_or_else(|e| panic!("case {n} {case:?}: {e}"));
        let table =
            format!("{} {} {} {} {}", a.state.code(), a.action.code(), a.due, a.window_opens, a.next_valid_until);
        assert_eq!(table, answer(&case), "case {n} {case:?} by rule {}", a.rule);
        assert!(a.next_valid_until > a.due && a.next_valid_until.last_day() > a.as_of, "case {n} {case:?}");
        seen.insert(a.rule.to_owned());
    }
    // The cases reach every rule of the table.
    let unseen: Vec<_> = rules.rules.iter().map(|r| r.id.clone()).filter(|id| !seen.contains(id)).collect();
    assert_eq!(unseen, Vec::<String>::new());
}

/// A life of renewals, each handled on some day of its window: the validity never leaves the points an on-time life has.
#[test]
fn a_life_of_early_and_late_days_in_the_window_keeps_its_anchors() {
    let rules = InspectionRules::builtin();
    let mut random = Random(7);
    for _ in 0..2_000 {
        let mut case = random_case(&mut random);
        (case.valid_until, case.as_of) = (None, case.registered);
        let mut life = facts(&case);
        let end: jiff::civil::Date = "2035-01-01".parse().expect("a day");
        life.valid_until = Some(rules.valid_until_after_registration(&life).expect("a first point"));
        while let Some(until) = life.valid_until.filter(|m| m.last_day() < end) {
            // Points from before the oldest rule are taken as they come.
            let opens = rules.answer(&life, until.last_day().max(rules.first_day)).expect("an answer").window_opens;
            let day = if until.last_day() < rules.first_day { rules.first_day } else { opens.max(rules.first_day) };
            let next = rules.valid_until_after_handling(&life, day).expect("handled in the window");
            assert!(next > until, "{life:?}");
            let age = next.months_since(YearMonth::of(life.registered_on));
            assert_eq!(age % 6, 0, "{life:?}");
            life.valid_until = Some(next);
        }
    }
}
