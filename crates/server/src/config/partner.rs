//! Settings about partners.

use super::{ConfigError, bounded};
use serde::Deserialize;

/// What partners get unless something else is said, and for how long the list of them is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartnerSettings {
    /// Codes a day of a new partner.
    pub day_limit: u32,
    /// Codes a minute of a new partner.
    pub minute_limit: u32,
    /// For so many seconds the list of partners in memory is believed when it cannot be read anew: so long verification goes on with the database
    /// stopped. At least a minute, at most a week.
    pub registry_max_age_s: u32,
}

impl Default for PartnerSettings {
    fn default() -> Self {
        Self { day_limit: 200_000, minute_limit: 20_000, registry_max_age_s: 86_400 }
    }
}

/// The table `[partner]` of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PartnerTable {
    day_limit: Option<u32>,
    minute_limit: Option<u32>,
    registry_max_age_s: Option<u32>,
}

impl PartnerSettings {
    /// The standard values, each overridden by its variable: for the demonstration, which has no file.
    ///
    /// # Errors
    /// A variable that is no number, or out of its bounds.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::read(&PartnerTable::default())
    }

    /// The file's values, each overridden by its variable.
    pub(super) fn read(table: &PartnerTable) -> Result<Self, ConfigError> {
        let standard = Self::default();
        let most = 100_000_000;
        Ok(Self {
            day_limit: bounded("LUZHENG_PARTNER_DAY_LIMIT", table.day_limit, standard.day_limit, 1, most)?,
            minute_limit: bounded("LUZHENG_PARTNER_MINUTE_LIMIT", table.minute_limit, standard.minute_limit, 1, most)?,
            registry_max_age_s: bounded(
                "LUZHENG_PARTNER_REGISTRY_MAX_AGE_S",
                table.registry_max_age_s,
                standard.registry_max_age_s,
                60,
                604_800,
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_bounds() {
        let read = |text: &str| PartnerSettings::read(&toml::from_str(text).unwrap());
        assert_eq!(read("").unwrap(), PartnerSettings::default());
        assert_eq!(read("registry_max_age_s = 60").unwrap().registry_max_age_s, 60);
        assert!(read("registry_max_age_s = 59").is_err());
        assert!(read("day_limit = 0").is_err());
        assert!(toml::from_str::<PartnerTable>("daily = 1").is_err());
    }
}
