//! Simple rows of the register of drivers.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

use super::chance::{Purpose, Stream};
use super::place::{self, Spot};
use super::{MAX_DRIVERS, SynthError, name, number};

/// The columns of `drivers.csv`, those of the interface description, in its order.
pub(super) const COLUMNS: [&str; 15] = [
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
];

/// A fictional register of drivers.
pub(super) struct Roll {
    seed: u64,
    as_of: Date,
}

impl Roll {
    pub(super) fn new(drivers: u64, seed: u64, as_of: Date) -> Result<Self, SynthError> {
        if drivers > MAX_DRIVERS {
            return Err(SynthError::TooMany { what: "drivers", asked: drivers, max: MAX_DRIVERS });
        }
        Ok(Self { seed, as_of })
    }

    /// The line of a number: a licence on its first, second or long-term run, held since the 18th birthday at the earliest.
    pub(super) fn row(&self, driver: u64) -> String {
        let spot: Spot = place::spot(self.seed, driver);
        let mut chance = Stream::new(self.seed, Purpose::Driver, driver);
        let licence = number::citizen_number(self.seed, spot.place.division.province(), spot.in_province(spot.member));
        let birth = format!("{}-{}-{}", &licence[6..10], &licence[10..12], &licence[12..14]);
        let born: Date = birth.parse().unwrap_or(self.as_of);
        // At least two years ago and not before the birthday; everybody here was born by the end of 2000.
        let adult = born.saturating_add(18.years());
        let span = u64::try_from(adult.until(self.as_of).map_or(0, |s| s.get_days())).unwrap_or(0).max(1);
        let first =
            self.as_of.saturating_sub(Span::new().days(i64::try_from(chance.below(span.min(12_000)) + 1).unwrap_or(1)));
        let run = |years: i32| first.saturating_add(years.years());
        let (from, until) = match () {
            () if run(6) > self.as_of => (first, run(6).to_string()),
            () if run(16) > self.as_of => (run(6), run(16).to_string()),
            () => (run(16), "long-term".to_owned()),
        };
        let sex = if licence.as_bytes()[16] % 2 == 1 { "男" } else { "女" };
        let classes = chance.pick(&["C1", "C1", "C1", "C1", "C2", "C2", "C1D", "B2", "A2", "A1", "C1E", "C6"]);
        let status = if chance.in_thousand(970) { "A" } else { *chance.pick(&["B", "H", "M"]) };
        let points = if chance.in_thousand(800) { 0 } else { chance.below(12) };
        let (person, phone) = self.person(&spot);
        format!(
            "{licence},{person},{sex},中国,{born},{classes},{first},{from},{until},{:012},{},{status},{points},{phone},",
            u64::from(spot.place.division.code()) * 1_000_000 + driver % 1_000_000,
            spot.place.division,
        )
    }

    /// The same name and phone as the person has in the register of vehicles.
    fn person(&self, spot: &Spot) -> (String, String) {
        let mut chance = Stream::new(self.seed, Purpose::Person, spot.group * place::GROUP + spot.member);
        (name::person(&mut chance), number::phone(&mut chance))
    }
}
