//! The licences of the cast: rows of the register of drivers, and what happens to them.

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use luzheng_domain::vehicle::OwnerDetails;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use super::{EXPORT_DAYS, SOURCE, faces};

/// One licence of the cast.
#[derive(Debug, Clone)]
pub struct CastLicence {
    /// The row of the register export, by column.
    pub row: BTreeMap<&'static str, String>,
    /// Whether the export has it; otherwise an event tells of its first issue.
    pub imported: bool,
    /// How the photo for the licence comes into being.
    pub photo: Photo,
    /// The number of the face, and whether it is a woman's.
    pub face: (u64, bool),
    /// What the holder does in the app, after the events.
    pub application: Application,
    /// What a test holds the case to: the state, and the electronic licence.
    pub expected: String,
}

/// Whether the register has a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Photo {
    /// It has one.
    #[default]
    Stored,
    /// It has none: one must be taken.
    None,
}

/// What the holder does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Application {
    /// Nothing, or the register says that they applied long ago.
    #[default]
    None,
    /// Took a photo, which waits for the office.
    Waiting,
    /// Took a photo, which the office refused.
    Rejected,
}

/// `[person.licence]` of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LicenceEntry {
    classes: String,
    division: u32,
    /// How long ago the first issue was, e.g. `8y40d`.
    first: String,
    /// `6`, `10` or `long-term`: the term that runs now.
    term: String,
    #[serde(default = "normal")]
    status: String,
    #[serde(default)]
    points: u8,
    #[serde(default = "chinese")]
    nationality: String,
    #[serde(default)]
    photo: Photo,
    /// 出生日期, where the number does not tell it.
    born: Option<Date>,
    /// How many days ago the electronic licence was applied for, before the register export.
    applied: Option<i32>,
    #[serde(default)]
    application: Application,
    expect: String,
    #[serde(default)]
    event: Vec<LicenceEventEntry>,
}

/// `[[person.licence.event]]` of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LicenceEventEntry {
    #[serde(rename = "type")]
    event_type: String,
    days_ago: i32,
    #[serde(default)]
    data: Map<String, Value>,
    /// Members of `data` that are days, as days before today; negative: ahead.
    #[serde(default)]
    days: BTreeMap<String, i32>,
}

fn normal() -> String {
    "A".to_owned()
}

fn chinese() -> String {
    "中国".to_owned()
}

/// `8y40d`, `3y`, `20d` as years and days.
fn years_and_days(text: &str) -> Option<(i32, i32)> {
    if text.is_empty() {
        return None;
    }
    let (years, rest) = match text.split_once('y') {
        Some((years, rest)) => (years.parse().ok()?, rest),
        None => (0, text),
    };
    let days = if rest.is_empty() { 0 } else { rest.strip_suffix('d')?.parse().ok()? };
    Some((years, days))
}

fn before(today: Date, days: i32) -> Date {
    today.saturating_sub(Span::new().days(days))
}

/// The validity that runs: the first term is six years, the second ten, then long-term.
fn validity(first: Date, term: &str) -> Result<(Date, Option<Date>), String> {
    let after = |years: i32| first.saturating_add(years.years());
    match term {
        "6" => Ok((first, Some(after(6)))),
        "10" => Ok((after(6), Some(after(16)))),
        "long-term" => Ok((after(16), None)),
        other => Err(format!("{other} is no term; the terms are 6, 10 and long-term")),
    }
}

/// The columns of the register export, those of the interface description and the one for who applied already.
const COLUMNS: [&str; 16] = [
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

/// Licences as a register export.
pub(super) fn csv<'l>(licences: impl Iterator<Item = &'l CastLicence>) -> String {
    let mut text = COLUMNS.join(",") + "\n";
    for licence in licences {
        let values = COLUMNS.map(|column| licence.row.get(column).map_or("", String::as_str));
        text.push_str(&values.join(","));
        text.push('\n');
    }
    text
}

impl LicenceEntry {
    /// The licence of somebody as of a day, and its events.
    pub(super) fn read(
        self,
        key: &str,
        owner: &OwnerDetails,
        born: Option<Date>,
        serial: u64,
        today: Date,
    ) -> Result<(CastLicence, Vec<Value>), String> {
        let (years, days) =
            years_and_days(&self.first).ok_or_else(|| format!("first: {} is no span such as 8y40d", self.first))?;
        let first = before(today, days).saturating_sub(years.years());
        let (from, until) = validity(first, &self.term)?;
        let born = born.or(self.born).ok_or("whose number does not tell needs a day of birth")?;
        let number = owner.number.as_str();
        // The last digit but one of a citizen number tells the sex; other documents do not, and say it by their last digit here.
        let digits: Vec<u32> = number.chars().filter_map(|c| c.to_digit(10)).collect();
        let telling = if number.len() == 18 {
            number.chars().nth(16).and_then(|c| c.to_digit(10))
        } else {
            digits.last().copied()
        };
        let male = telling.unwrap_or(1) % 2 == 1;
        let mut row = BTreeMap::from([
            ("licence_number", number.to_owned()),
            ("name", owner.name.clone()),
            ("sex", if male { "男" } else { "女" }.to_owned()),
            ("nationality", self.nationality),
            ("birth_date", born.to_string()),
            ("classes", self.classes),
            ("first_issued_on", first.to_string()),
            ("valid_from", from.to_string()),
            ("valid_until", until.map_or_else(|| "long-term".to_owned(), |day| day.to_string())),
            ("file_number", format!("{:04}{:08}", self.division / 100, 90_000_000 + serial)),
            ("division", self.division.to_string()),
            ("status", self.status),
            ("points", self.points.to_string()),
            ("phone", owner.phone.clone().unwrap_or_default()),
        ]);
        if self.photo == Photo::Stored {
            row.insert("photo", faces::file(serial, !male));
        }
        if let Some(days) = self.applied {
            row.insert("applied_on", before(today, days).to_string());
        }
        // What happened after the export was made is told by an event.
        let imported = first < before(today, EXPORT_DAYS);
        let mut events: Vec<LicenceEventEntry> = self.event;
        if !imported {
            events.insert(0, LicenceEventEntry::issued(&row, years, days)?);
        }
        let events = (0..).zip(events).map(|(nth, event)| event.read(key, number, nth, today)).collect();
        let (photo, application, expected) = (self.photo, self.application, self.expect);
        Ok((CastLicence { row, imported, photo, face: (serial, !male), application, expected }, events))
    }
}

impl LicenceEventEntry {
    /// The first issue of a licence that the export does not know yet.
    fn issued(row: &BTreeMap<&'static str, String>, years: i32, days: i32) -> Result<Self, String> {
        if years != 0 {
            return Err(format!("first: {years} years and {days} days ago lies after the register export"));
        }
        let data = row
            .iter()
            .filter(|(column, _)| !matches!(**column, "licence_number" | "applied_on" | "points" | "status" | "photo"))
            .filter(|(_, value)| !value.is_empty())
            .map(|(column, value)| ((*column).to_owned(), Value::from(value.clone())))
            .collect();
        Ok(Self { event_type: "driver.licence_issued".into(), days_ago: days, data, days: BTreeMap::new() })
    }

    /// The event, at eleven in the morning in China; several of one person a minute apart.
    fn read(self, key: &str, number: &str, nth: usize, today: Date) -> Value {
        let mut data = self.data;
        for (member, days) in self.days {
            data.insert(member, before(today, days).to_string().into());
        }
        let day = before(today, self.days_ago);
        json!({
            "source": SOURCE,
            "id": format!("{key}-licence-{nth}-{day}"),
            "type": self.event_type,
            "occurred_at": format!("{day}T11:{:02}:00+08:00", nth % 60),
            "subject": {"licence_number": number},
            "data": data,
        })
    }
}

#[cfg(test)]
#[path = "licence_tests.rs"]
mod tests;
