//! The cast's file as it is written; README.md in `demo` explains the keys.

use super::licence::LicenceEntry;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) person: Vec<PersonEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonEntry {
    pub(super) key: String,
    pub(super) role: String,
    pub(super) name: [String; 2],
    pub(super) case: [String; 2],
    pub(super) citizen: Option<CitizenEntry>,
    pub(super) unit: Option<UnitEntry>,
    pub(super) passport: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) shows: Option<Vec<String>>,
    #[serde(default)]
    pub(super) vehicle: Vec<VehicleEntry>,
    pub(super) licence: Option<LicenceEntry>,
    /// How far their mark on paper is: `ordered`, `dispatched` or `ready`.
    pub(super) paper: Option<PaperStage>,
}

/// How far somebody's mark on paper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperStage {
    /// By post, and still to be made.
    Ordered,
    /// In the post.
    Dispatched,
    /// At the office.
    Ready,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CitizenEntry {
    pub(super) province: u32,
    pub(super) born: Option<Date>,
    /// Instead of `born`: the age, and in how many days it is reached (negative: ago).
    pub(super) turns: Option<(i32, i32)>,
    pub(super) sequence: u16,
}

impl CitizenEntry {
    pub(super) fn born(&self, today: Date) -> Result<Date, String> {
        match (self.born, self.turns) {
            (Some(born), None) => Ok(born),
            (None, Some((age, days))) => Ok(today.saturating_add(days.days()).saturating_sub(age.years())),
            _ => Err("born, or turns".to_owned()),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitEntry {
    pub(super) code: String,
    pub(super) division: u32,
    pub(super) number: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct VehicleEntry {
    pub(super) plate: String,
    pub(super) plate_type: String,
    pub(super) vehicle_type: String,
    pub(super) use_nature: char,
    pub(super) seats: u16,
    pub(super) energy: String,
    pub(super) division: u32,
    pub(super) due: Option<i32>,
    pub(super) age: Option<i32>,
    pub(super) registered: Option<i32>,
    #[serde(default = "default_status")]
    pub(super) status: String,
    #[serde(default)]
    pub(super) colour: String,
    #[serde(default)]
    pub(super) casualty_accident: bool,
    #[serde(default)]
    pub(super) illegal_modification: bool,
    #[serde(default = "default_insured")]
    pub(super) insured: i32,
    #[serde(default = "default_stood")]
    pub(super) stood: i32,
    pub(super) vin: Option<String>,
    pub(super) expect: String,
    #[serde(default)]
    pub(super) event: Vec<EventEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventEntry {
    #[serde(rename = "type")]
    pub(super) event_type: String,
    pub(super) days_ago: i32,
    pub(super) to: Option<String>,
    #[serde(default)]
    pub(super) data: Map<String, Value>,
    /// Members of `data` that are days, as days before today; negative: ahead.
    #[serde(default)]
    pub(super) days: BTreeMap<String, i32>,
    /// Members of `data` that are instants: late in the afternoon, so many days before today.
    #[serde(default)]
    pub(super) times: BTreeMap<String, i32>,
    /// Members of `data` that are years, as years before this year.
    #[serde(default)]
    pub(super) years: BTreeMap<String, i16>,
}

impl EventEntry {
    /// The data, with the members that depend on the day.
    pub(super) fn data(&self, today: Date) -> Map<String, Value> {
        let mut data = self.data.clone();
        let before = |days: &i32| today.saturating_sub(days.days());
        data.extend(self.days.iter().map(|(name, days)| (name.clone(), before(days).to_string().into())));
        let at = |days: &i32| format!("{}T17:42:00+08:00", before(days));
        data.extend(self.times.iter().map(|(name, days)| (name.clone(), at(days).into())));
        data.extend(self.years.iter().map(|(name, years)| (name.clone(), (today.year() - years).into())));
        data
    }
}

fn default_status() -> String {
    "A".to_owned()
}

const fn default_insured() -> i32 {
    200
}

const fn default_stood() -> i32 {
    60
}
