//! The review desk's settings.

use super::{ConfigError, bounded};
use serde::Deserialize;

/// How the office reviews photos.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewSettings {
    /// For so many seconds a decision can be taken back; then it takes effect. At most an hour.
    pub grace_s: u32,
    /// So many of a thousand first decisions are looked at by a second reviewer who does not see them. Urgent ones never are.
    pub second_look_permille: u32,
    /// For so many seconds a photo is in its reviewer's hands before somebody else may have it. At most a day.
    pub lease_s: u32,
}

impl Default for ReviewSettings {
    fn default() -> Self {
        Self { grace_s: 10, second_look_permille: 50, lease_s: 300 }
    }
}

/// The table `[review]` of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ReviewTable {
    grace_s: Option<u32>,
    second_look_permille: Option<u32>,
    lease_s: Option<u32>,
}

impl ReviewSettings {
    /// The standard values, each overridden by its variable: for the demonstration, which has no file.
    ///
    /// # Errors
    /// A variable that is no number, or out of its bounds.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::read(&ReviewTable::default())
    }

    /// The file's values, each overridden by its variable.
    pub(super) fn read(table: &ReviewTable) -> Result<Self, ConfigError> {
        let standard = Self::default();
        Ok(Self {
            grace_s: bounded("LUZHENG_REVIEW_GRACE_S", table.grace_s, standard.grace_s, 0, 3_600)?,
            second_look_permille: bounded(
                "LUZHENG_REVIEW_SECOND_LOOK_PERMILLE",
                table.second_look_permille,
                standard.second_look_permille,
                0,
                1_000,
            )?,
            lease_s: bounded("LUZHENG_REVIEW_LEASE_S", table.lease_s, standard.lease_s, 10, 86_400)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_bounds() {
        let read = |text: &str| ReviewSettings::read(&toml::from_str(text).unwrap());
        assert_eq!(read("").unwrap(), ReviewSettings::default());
        assert_eq!(read("second_look_permille = 1000").unwrap().second_look_permille, 1_000);
        assert!(read("second_look_permille = 1001").is_err());
        assert!(read("lease_s = 1").is_err());
        assert!(toml::from_str::<ReviewTable>("grace = 1").is_err());
    }
}
