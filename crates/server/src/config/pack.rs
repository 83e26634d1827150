//! The pack for readers without a network: when it is made and how many days back a delta leads. None of it is law; the values are judgements (L).

use super::{ConfigError, bounded, variable};
use jiff::civil::Time;
use serde::Deserialize;

/// When packs are made, and what is kept of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackSettings {
    /// From this time on, in China, the day's pack is made.
    pub at: Time,
    /// A delta leads from every pack of so many days back to the newest. No more than seven: a pack is good for that long.
    pub days: u32,
    /// Whether shards for officers are made too.
    pub shards: bool,
}

impl Default for PackSettings {
    fn default() -> Self {
        Self { at: Time::constant(3, 40, 0, 0), days: 7, shards: true }
    }
}

/// The table `[pack]` of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PackTable {
    at: Option<String>,
    days: Option<u32>,
    shards: Option<bool>,
}

impl PackSettings {
    /// The standard values, each overridden by its variable: for the demonstration, which has no file.
    ///
    /// # Errors
    /// A variable that is no time, no number or no yes or no.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::read(&PackTable::default())
    }

    /// The file's values, each overridden by its variable.
    pub(super) fn read(table: &PackTable) -> Result<Self, ConfigError> {
        let standard = Self::default();
        let at = match variable("LUZHENG_PACK_AT").as_ref().or(table.at.as_ref()) {
            None => standard.at,
            Some(text) => text.parse().map_err(|_| ConfigError::Value {
                name: "LUZHENG_PACK_AT",
                why: format!("“{text}” is no time of day such as 03:40"),
            })?,
        };
        let shards = match variable("LUZHENG_PACK_SHARDS").as_deref() {
            None => table.shards.unwrap_or(standard.shards),
            Some("yes") => true,
            Some("no") => false,
            Some(other) => {
                let why = format!("“{other}” is neither yes nor no");
                return Err(ConfigError::Value { name: "LUZHENG_PACK_SHARDS", why });
            }
        };
        Ok(Self { at, days: bounded("LUZHENG_PACK_DAYS", table.days, standard.days, 1, 7)?, shards })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_and_at_most_a_week() {
        let read = |text: &str| PackSettings::read(&toml::from_str(text).unwrap());
        assert_eq!(read("").unwrap(), PackSettings::default());
        let said = PackSettings { at: Time::constant(23, 5, 0, 0), days: 3, shards: false };
        assert_eq!(read("at = \"23:05\"\ndays = 3\nshards = false").unwrap(), said);
        for wrong in ["at = \"25:00\"", "at = \"early\"", "days = 0", "days = 8"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
