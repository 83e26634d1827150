//! Devices of those who check: how long their sessions last, how many somebody has, how often somebody may look things up.

use super::{ConfigError, bounded};
use serde::Deserialize;

/// How enrolled devices of officers and partners' members are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoundSettings {
    /// A session ends when it was not used for so many seconds. A minute to 12 hours.
    pub idle_s: u32,
    /// A session lasts so many seconds at most: a shift. 10 minutes to a day.
    pub lifetime_s: u32,
    /// So many devices somebody may have at a time. 1 to 20.
    pub devices_most: u32,
    /// So many look-ups and on-line checks a minute an officer may make. 1 to 6,000.
    pub looks_a_minute: u32,
    /// A look that was made off-line is taken when it is at most so many days old. 1 to 90.
    pub offline_days: u32,
    /// A new reader key is used so many hours after it was made, so that devices have it by then. 0 to 168.
    pub reader_key_lead_hours: u32,
    /// A device may use a reader key for so many days after it asked for it. 1 to 90.
    pub reader_key_days: u32,
}

impl Default for BoundSettings {
    fn default() -> Self {
        Self {
            idle_s: 900,
            lifetime_s: 12 * 3_600,
            devices_most: 5,
            looks_a_minute: 60,
            offline_days: 30,
            reader_key_lead_hours: 24,
            reader_key_days: 30,
        }
    }
}

/// The table `[bound]` of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BoundTable {
    idle_s: Option<u32>,
    lifetime_s: Option<u32>,
    devices_most: Option<u32>,
    looks_a_minute: Option<u32>,
    offline_days: Option<u32>,
    reader_key_lead_hours: Option<u32>,
    reader_key_days: Option<u32>,
}

impl BoundSettings {
    /// The standard values, each overridden by its variable: for the demonstration, which has no file.
    ///
    /// # Errors
    /// A variable that is no number, or out of its bounds.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::read(&BoundTable::default())
    }

    /// The file's values, each overridden by its variable.
    pub(super) fn read(table: &BoundTable) -> Result<Self, ConfigError> {
        let standard = Self::default();
        let of = |name, said, usual, low, high| bounded(name, said, usual, low, high);
        Ok(Self {
            idle_s: of("LUZHENG_BOUND_IDLE_S", table.idle_s, standard.idle_s, 60, 43_200)?,
            lifetime_s: of("LUZHENG_BOUND_LIFETIME_S", table.lifetime_s, standard.lifetime_s, 600, 86_400)?,
            devices_most: of("LUZHENG_BOUND_DEVICES_MOST", table.devices_most, standard.devices_most, 1, 20)?,
            looks_a_minute: of(
                "LUZHENG_BOUND_LOOKS_A_MINUTE",
                table.looks_a_minute,
                standard.looks_a_minute,
                1,
                6_000,
            )?,
            offline_days: of("LUZHENG_BOUND_OFFLINE_DAYS", table.offline_days, standard.offline_days, 1, 90)?,
            reader_key_lead_hours: of(
                "LUZHENG_BOUND_READER_KEY_LEAD_HOURS",
                table.reader_key_lead_hours,
                standard.reader_key_lead_hours,
                0,
                168,
            )?,
            reader_key_days: of(
                "LUZHENG_BOUND_READER_KEY_DAYS",
                table.reader_key_days,
                standard.reader_key_days,
                1,
                90,
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_bounds() {
        let read = |text: &str| BoundSettings::read(&toml::from_str(text).unwrap());
        assert_eq!(read("").unwrap(), BoundSettings::default());
        assert_eq!(read("looks_a_minute = 6000").unwrap().looks_a_minute, 6_000);
        for wrong in ["idle_s = 59", "lifetime_s = 86401", "devices_most = 0", "looks_a_minute = 6001"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read("offline_days = 91").is_err() && read("reader_key_lead_hours = 169").is_err());
        assert!(read("reader_key_days = 0").is_err());
        assert!(toml::from_str::<BoundTable>("idle = 1").is_err());
    }
}
