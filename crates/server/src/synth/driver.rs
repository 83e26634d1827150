//! One row of the register of drivers from its number: who, since when, which classes, in which state, with how many points.

use std::fmt::Write as _;

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::region::{Division, rollout};

use super::chance::{Purpose, Stream};
use super::place::{self, Spot};
use super::{MAX_DRIVERS, SynthError, name, number};

/// The columns of `drivers.csv`: those of the interface description, in its order, and the day of the application.
pub(super) const COLUMNS: [&str; 16] = [
    "licence_number",
    "name",
    "sex",
    "nationality",
    "birth_date",
    "classes",
    "first_issued_on",
    "valid_from",
    "valid_until",
    "file_number",
    "division",
    "status",
    "points",
    "phone",
    "photo",
    "applied_on",
];

/// How many drawn faces the register has; its photos are these over and over.
pub(super) const FACES: u64 = 48;
/// The first day of the oldest licence.
const OLDEST: Date = date(1975, 1, 1);
/// The age from which heavy classes are no longer held (R172), and the one from which only small cars are left.
const AGES: (i32, i32) = (63, 70);

/// The age from which a licence may have run out long ago: 18 years, a term of six, and the longest time since.
const OLD_ENOUGH: i32 = 32;

/// A fictional register of drivers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Roll {
    drivers: u64,
    pub(super) seed: u64,
    pub(super) as_of: Date,
}

/// One driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Driver {
    pub number: String,
    pub name: String,
    pub female: bool,
    pub born: Date,
    pub classes: &'static str,
    pub first: Date,
    pub from: Date,
    /// `None`: long-term.
    pub until: Option<Date>,
    pub file_number: String,
    pub division: Division,
    pub status: &'static str,
    pub points: u64,
    pub phone: String,
    /// The name of the photo file, or empty.
    pub photo: String,
    pub applied_on: Option<Date>,
}

/// One class or group of classes, and how often it is met.
type Share = (u64, &'static str);

/// What is held in the first years.
const NEW: &[Share] = &[(600, "C1"), (330, "C2"), (14, "C5"), (22, "C1D"), (20, "C1E"), (6, "E"), (6, "D"), (2, "F")];
/// What is held after some years.
#[rustfmt::skip]
const SOME_YEARS: &[Share] = &[
    (560, "C1"), (230, "C2"), (12, "C5"), (36, "C1D"), (44, "C1E"), (8, "D"), (12, "E"), (4, "F"), (46, "B2"), (6, "B2D"), (8, "B2E"),
    (14, "B1"), (8, "A3"), (6, "C1C6"), (4, "C3"), (2, "C4"), (2, "C1M"), (1, "N"), (1, "P"),
];
/// What is held after six years and more.
#[rustfmt::skip]
const MANY_YEARS: &[Share] = &[
    (520, "C1"), (150, "C2"), (12, "C5"), (46, "C1D"), (60, "C1E"), (8, "D"), (10, "E"), (90, "B2"), (14, "B2D"), (12, "B2E"), (16, "B1"),
    (10, "A3"), (36, "A2"), (10, "A2D"), (8, "A2E"), (14, "A1"), (6, "A1A2"), (2, "A1A2D"), (6, "C1C6"), (4, "C3"), (2, "A3N"), (1, "P"),
];
/// What is left from [`AGES`] on.
const OLD: &[Share] = &[(660, "C1"), (240, "C2"), (40, "C1E"), (30, "C1F"), (20, "C5"), (10, "C1C6")];
const OLDEST_DRIVERS: &[Share] = &[(640, "C1"), (300, "C2"), (40, "C1F"), (20, "C5")];

/// How a licence has fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// In validity.
    Valid,
    /// Ended within the last year, not renewed.
    Expired,
    /// Ended one to three years ago: cancelled, may be restored.
    Lapsed,
    /// Ended longer ago.
    Gone,
}

impl Roll {
    pub(super) fn new(drivers: u64, seed: u64, as_of: Date) -> Result<Self, SynthError> {
        if drivers > MAX_DRIVERS {
            return Err(SynthError::TooMany { what: "drivers", asked: drivers, max: MAX_DRIVERS });
        }
        Ok(Self { drivers, seed, as_of })
    }

    /// How many drivers it has.
    pub(super) const fn drivers(&self) -> u64 {
        self.drivers
    }

    /// The driver of a number: the same person, under the same name and phone, as in the register of vehicles.
    pub(super) fn driver(&self, driver: u64) -> Result<Driver, SynthError> {
        let spot: Spot = place::spot(self.seed, driver);
        let division = spot.place.division;
        let mut chance = Stream::new(self.seed, Purpose::Driver, driver);
        let number = number::citizen_number(self.seed, division.province(), spot.in_province(spot.member));
        let wrong = |problem: &str| SynthError::Row { row: driver, problem: problem.to_owned() };
        let born: Date = format!("{}-{}-{}", &number[6..10], &number[10..12], &number[12..14])
            .parse()
            .map_err(|_| wrong("a citizen number without a birth date"))?;
        // Who let a licence run out must have been old enough to get it.
        let grown = born.saturating_add(OLD_ENOUGH.years()) <= self.as_of;
        let fate = match chance.below(1000) {
            _ if !grown => Fate::Valid,
            0..15 => Fate::Expired,
            15..18 => Fate::Lapsed,
            18..20 => Fate::Gone,
            _ => Fate::Valid,
        };
        let (first, from, until) = self.terms(&mut chance, born, fate);
        let classes = self.classes(&mut chance, born, first);
        let points = points(&mut chance, classes, fate);
        let status = status(&mut chance, classes, points, fate);
        let (person, phone) = self.person(&spot);
        let female = number.as_bytes()[16].is_multiple_of(2);
        let photo = if chance.in_thousand(620) { face_file(chance.below(FACES / 2), female) } else { String::new() };
        let applied_on = self.applied_on(&mut chance, division, first, !photo.is_empty());
        Ok(Driver {
            file_number: format!("{:04}{:08}", division.code() / 100, spot.in_province(spot.member) % 100_000_000),
            number,
            name: person,
            female,
            born,
            classes,
            first,
            from,
            until,
            division,
            status,
            points,
            phone,
            photo,
            applied_on,
        })
    }

    fn days_ago(&self, days: u64) -> Date {
        self.as_of.saturating_sub(Span::new().days(i64::try_from(days).unwrap_or(0)))
    }

    /// First issue and the running term: six years, ten years, long-term; one in twenty had a full cycle and got six years again.
    fn terms(&self, chance: &mut Stream, born: Date, fate: Fate) -> (Date, Date, Option<Date>) {
        let years = |day: Date, years: i32| day.saturating_add(years.years());
        if fate != Fate::Valid {
            let ago = match fate {
                Fate::Expired => 1 + chance.below(360),
                Fate::Lapsed => 380 + chance.below(700),
                _ => 1_200 + chance.below(1_500),
            };
            let until = self.days_ago(ago);
            let first = years(until, -6);
            // A day that the calendar does not have six years earlier must not make a term of another length.
            return (first, first, Some(years(first, 6).min(until)));
        }
        let eldest = years(born, 18).max(OLDEST);
        let span = u64::try_from(eldest.until(self.as_of).map_or(1, |span| span.get_days())).unwrap_or(1).max(2);
        // Most learn early: of two draws the earlier day counts.
        let since = 1 + chance.below(span - 1).max(chance.below(span - 1));
        let first = self.days_ago(since);
        let mut from = first;
        let mut length = 6;
        loop {
            let until = years(from, length);
            if until >= self.as_of {
                return (first, from, Some(until));
            }
            if length == 10 {
                return (first, until, None);
            }
            from = until;
            length = if chance.in_thousand(50) { 6 } else { 10 };
        }
    }

    fn classes(&self, chance: &mut Stream, born: Date, first: Date) -> &'static str {
        let full_years = |from: Date| {
            let (a, b) = (from, self.as_of);
            i32::from(b.year() - a.year()) - i32::from((b.month(), b.day()) < (a.month(), a.day()))
        };
        let shares = match (full_years(born), full_years(first)) {
            (age, _) if age >= AGES.1 => OLDEST_DRIVERS,
            (age, _) if age >= AGES.0 => OLD,
            (_, held) if held >= 6 => MANY_YEARS,
            (_, held) if held >= 3 => SOME_YEARS,
            _ => NEW,
        };
        chance.pick_weighted(shares, |share| share.0).1
    }

    /// When the holder applied in the former system: only where and when it was open, mostly somebody with a photo.
    fn applied_on(&self, chance: &mut Stream, division: Division, first: Date, photo: bool) -> Option<Date> {
        if !chance.in_thousand(if photo { 560 } else { 20 }) {
            return None;
        }
        let opened = rollout::opened_on(CredentialKind::DrivingLicence, division)?.max(first);
        let days = u64::try_from(opened.until(self.as_of).ok()?.get_days()).ok()?;
        (days > 0).then(|| self.days_ago(1 + chance.below(days)))
    }

    /// The same name and phone as the person has in the register of vehicles.
    fn person(&self, spot: &Spot) -> (String, String) {
        let mut chance = Stream::new(self.seed, Purpose::Person, spot.group * place::GROUP + spot.member);
        (name::person(&mut chance), number::phone(&mut chance))
    }
}

/// The accumulated points: nearly all have none; drivers of heavy vehicles have more.
fn points(chance: &mut Stream, classes: &str, fate: Fate) -> u64 {
    let heavy = classes.starts_with(['A', 'B']);
    if fate != Fate::Valid || !chance.in_thousand(if heavy { 420 } else { 190 }) {
        return 0;
    }
    if chance.in_thousand(22) {
        return *chance.pick(&[12, 12, 12, 13, 15, 18, 24]);
    }
    *chance.pick(&[1, 1, 3, 3, 3, 3, 6, 6, 6, 9, 4, 7, 10, 2])
}

/// The state letters: nearly all are in order; a full cycle is B.
fn status(chance: &mut Stream, classes: &str, points: u64, fate: Fate) -> &'static str {
    match fate {
        Fate::Expired => return if chance.in_thousand(80) { "MH" } else { "M" },
        Fate::Lapsed => return "R",
        Fate::Gone => return "G",
        Fate::Valid => {}
    }
    if points >= 12 {
        return chance.pick::<&'static str>(&["B", "B", "B", "UB", "BH", "JB"]);
    }
    match chance.below(10_000) {
        0..300 => "H",
        300..340 => "I",
        340..350 => "IH",
        350..380 => "D",
        380..410 => "U",
        410..418 => "K",
        418..426 => "L",
        426..438 => "F",
        438..444 => "E",
        444..456 => "C",
        456..462 => "N",
        462..466 => "T",
        466..470 => "P",
        470..474 => "Z",
        474..520 if classes.starts_with(['A', 'B']) => "S",
        _ => "A",
    }
}

/// The name of the file of a drawn face.
pub(super) fn face_file(number: u64, female: bool) -> String {
    format!("face-{}{number:02}.jpg", if female { 'f' } else { 'm' })
}

impl Driver {
    /// The row of `drivers.csv`.
    pub(super) fn write_csv(&self, line: &mut String) {
        let sex = if self.female { "女" } else { "男" };
        let until = self.until.map_or_else(|| "long-term".to_owned(), |day| day.to_string());
        let applied = self.applied_on.map_or_else(String::new, |day| day.to_string());
        // Writing into a text does not fail.
        let _ = write!(
            line,
            "{},{},{sex},中国,{},{},{},{},{until},{},{},{},{},{},{},{applied}",
            self.number,
            self.name,
            self.born,
            self.classes,
            self.first,
            self.from,
            self.file_number,
            self.division,
            self.status,
            self.points,
            self.phone,
            self.photo,
        );
    }
}
