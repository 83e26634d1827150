//! The columns of the register as they stand in events: the names are those of the imports.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::photo::Photo;
use super::{Changes, Deferral};
use crate::checked::{Checked, Warning};
use crate::driver::licence::file_number;
use crate::driver::points::{Item, NotAnItem};
use crate::driver::{ClassSet, LicenceClass, LicenceNumber, LicenceStatus, Sex, StateLetter};
use crate::event::json::Object;
use crate::event::{EventError, EventProblem, MAX_ID_CHARS};
use crate::region::{Division, NotADivision};
use crate::vehicle::owner;

/// The words for a licence without an end.
const LONG_TERM: [&str; 2] = ["long-term", "长期"];

/// Reads the columns of one object and collects what is odd about them.
#[derive(Debug)]
pub(super) struct Columns<'o, 'n> {
    pub object: &'o Object<'n>,
    pub warnings: &'o mut Vec<Warning>,
    /// The day the event happened, for what is valid on a day and for days that are left out.
    pub on: Date,
}

/// The members a change may have.
pub(super) const CHANGE: &[&str] = &[
    "name",
    "sex",
    "nationality",
    "phone",
    "classes",
    "class_dates",
    "valid_from",
    "valid_until",
    "file_number",
    "division",
    "status",
    "extended_until",
];

/// The members that only a first statement or its correction may have.
pub(super) const ORIGIN: &[&str] = &["birth_date", "first_issued_on"];

impl Columns<'_, '_> {
    fn read<T>(
        &self,
        member: &str,
        read: impl FnOnce(&str) -> Result<T, (&'static str, String)>,
    ) -> Result<Option<T>, EventError> {
        let Some(text) = self.object.find_text(member)? else { return Ok(None) };
        read(text).map(Some).map_err(|(code, sentence)| self.object.unreadable(member, code, sentence))
    }

    /// A value that must be there.
    pub fn needed<T>(&self, member: &str, value: Option<T>) -> Result<T, EventError> {
        value.ok_or_else(|| self.object.wrong(member, EventProblem::Missing))
    }

    /// A day such as `2026-11-21`.
    pub fn date(&self, member: &str) -> Result<Option<Date>, EventError> {
        self.read(member, day)
    }

    /// A day; the event's own when it is left out.
    pub fn date_or_event(&self, member: &str) -> Result<Date, EventError> {
        Ok(self.date(member)?.unwrap_or(self.on))
    }

    /// 有效期止: a day, or `long-term`, or 长期.
    fn valid_until(&self) -> Result<Option<Option<Date>>, EventError> {
        self.read("valid_until", |text| if LONG_TERM.contains(&text) { Ok(None) } else { day(text).map(Some) })
    }

    fn classes(&self) -> Result<Option<ClassSet>, EventError> {
        self.read("classes", |text| text.parse::<ClassSet>().map_err(|e| (e.code(), e.to_string())))
    }

    /// `{"C1": "2020-01-01"}`.
    fn class_dates(&self) -> Result<BTreeMap<LicenceClass, Date>, EventError> {
        let Some(node) = self.object.find("class_dates") else { return Ok(BTreeMap::new()) };
        let codes: Vec<&str> = LicenceClass::ALL.iter().map(|class| class.code()).collect();
        let object = Object::open(node, "/data/class_dates", &codes)?;
        let mut dates = BTreeMap::new();
        for class in LicenceClass::ALL {
            let text = object.find_text(class.code())?;
            let read = text.map(day).transpose();
            let date = read.map_err(|(code, sentence)| object.unreadable(class.code(), code, sentence))?;
            dates.extend(date.map(|date| (*class, date)));
        }
        Ok(dates)
    }

    /// 驾驶证状态.
    pub fn status(&self) -> Result<Option<LicenceStatus>, EventError> {
        self.read("status", |text| text.parse::<LicenceStatus>().map_err(|e| (e.code(), e.to_string())))
    }

    fn division(&mut self) -> Result<Option<Division>, EventError> {
        let on = self.on;
        let read = |text: &str| Division::parse(text, on).map_err(|e| (NotADivision::CODE, e.to_string()));
        let division: Option<Checked<Division>> = self.read("division", read)?;
        Ok(division.map(|division| division.take(self.warnings)))
    }

    /// Everything a change may say; members that the type does not have were refused before.
    pub fn changes(&mut self) -> Result<Changes, EventError> {
        let file = self.read("file_number", |text| {
            file_number(text).ok_or_else(|| ("file_number", "up to 20 letters and digits are needed".to_owned()))
        })?;
        Ok(Changes {
            name: self.object.find_text("name")?.map(str::to_owned),
            sex: self.read("sex", |text| {
                Sex::parse(text).ok_or_else(|| ("not_a_sex", "male or female is needed".to_owned()))
            })?,
            nationality: self.object.find_text("nationality")?.map(str::to_owned),
            birth_date: self.date("birth_date")?,
            phone: self.read("phone", |text| {
                owner::phone(text).ok_or_else(|| ("not_a_phone", "7 to 15 digits are needed".to_owned()))
            })?,
            classes: self.classes()?,
            class_dates: self.class_dates()?,
            first_issued_on: self.date("first_issued_on")?,
            valid_from: self.date("valid_from")?,
            valid_until: self.valid_until()?,
            file_number: file.map(|file| file.take(self.warnings)),
            division: self.division()?,
            status: self.status()?,
            extended_until: self.date("extended_until")?,
        })
    }

    /// A number that the register gave something; `MAX_ID_CHARS` characters at most.
    pub fn number(&self, member: &str) -> Result<Option<String>, EventError> {
        self.read(member, |text| {
            if text.chars().count() > MAX_ID_CHARS {
                return Err(("too_long", format!("longer than {MAX_ID_CHARS} characters")));
            }
            Ok(text.to_owned())
        })
    }

    /// Points, from `least` to `most`.
    pub fn points(&self, least: u16, most: u16) -> Result<Option<u8>, EventError> {
        let Some(points) = self.object.find_small_number("points")? else { return Ok(None) };
        let fits = (least..=most).contains(&points);
        u8::try_from(points).ok().filter(|_| fits).map(Some).ok_or_else(|| {
            self.object.unreadable("points", "points_out_of_range", format!("{least} to {most} points are possible"))
        })
    }

    /// An item such as `11(7)`.
    pub fn item(&self) -> Result<Option<Item>, EventError> {
        self.read("item", |text| text.parse::<Item>().map_err(|e| (NotAnItem::CODE, e.to_string())))
    }

    /// The photo.
    pub fn photo(&self) -> Result<Option<Photo>, EventError> {
        let Some(text) = self.object.find_long_text("photo")? else { return Ok(None) };
        Photo::parse(text).map(Some).map_err(|e| self.object.unreadable("photo", e.code(), e))
    }

    /// Until when and what: `deferred_until`, and `defers` with any of N, T and P (all three when left out).
    pub fn deferral(&self) -> Result<Option<Deferral>, EventError> {
        const LETTERS: [StateLetter; 3] = [StateLetter::N, StateLetter::T, StateLetter::P];
        let letters = self.read("defers", |text| {
            let letters: LicenceStatus = text.parse().map_err(|_| wrong_deferral())?;
            let fits = !letters.is_normal() && letters.letters().all(|letter| LETTERS.contains(&letter));
            if fits { Ok(letters) } else { Err(wrong_deferral()) }
        })?;
        let Some(until) = self.date("deferred_until")? else {
            return match letters {
                Some(_) => Err(self.object.wrong("deferred_until", EventProblem::Missing)),
                None => Ok(None),
            };
        };
        Ok(Some(Deferral { until, letters: letters.unwrap_or_else(|| LicenceStatus::of(LETTERS)) }))
    }

    /// `true` or `false`, false when left out.
    pub fn flag(&self, member: &str) -> Result<bool, EventError> {
        Ok(self.object.find_flag(member)?.unwrap_or(false))
    }
}

fn wrong_deferral() -> (&'static str, String) {
    ("deferral_letters", "any of N (renewal), T (review) and P (medical) is needed".to_owned())
}

fn day(text: &str) -> Result<Date, (&'static str, String)> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let day: Option<Date> = if plain { text.parse().ok() } else { None };
    day.filter(|day| (1900..2200).contains(&day.year()))
        .ok_or_else(|| ("not_a_day", "a day such as 2026-11-21, from 1900 to 2199, is needed".to_owned()))
}

/// The licence number of an object.
pub(super) fn licence_number(object: &Object<'_>, warnings: &mut Vec<Warning>) -> Result<LicenceNumber, EventError> {
    let text = object.get_text("licence_number")?;
    let number = LicenceNumber::parse(text).map_err(|e| object.unreadable("licence_number", e.code(), e))?;
    Ok(number.take(warnings))
}
