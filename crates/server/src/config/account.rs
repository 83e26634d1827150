//! Sign-in: how long sessions last, and how often things may be tried.

use super::{ConfigError, bounded};
use serde::Deserialize;

/// How long sessions last, and what stands in front of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSettings {
    /// A citizen's session ends when it was not used for so many seconds. 5 minutes to 90 days.
    pub citizen_idle_s: u32,
    /// A citizen's session lasts so many seconds at most. 10 minutes to 365 days.
    pub citizen_lifetime_s: u32,
    /// A session of staff, officers and partners ends when it was not used for so many seconds. 5 minutes to a day.
    pub staff_idle_s: u32,
    /// Such a session lasts so many seconds at most. 10 minutes to 7 days.
    pub staff_lifetime_s: u32,
    /// So many one-time codes an hour may be asked for from one network address. Carriers put many phones behind one.
    pub codes_per_network_hour: u32,
    /// So many proxies of ours stand in front and append the caller's address to `X-Forwarded-For`; 0: the connection's own address counts.
    pub trusted_proxies: u32,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            citizen_idle_s: 14 * 86_400,
            citizen_lifetime_s: 90 * 86_400,
            staff_idle_s: 3_600,
            staff_lifetime_s: 12 * 3_600,
            codes_per_network_hour: 120,
            trusted_proxies: 0,
        }
    }
}

/// The table `[account]` of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AccountTable {
    citizen_idle_s: Option<u32>,
    citizen_lifetime_s: Option<u32>,
    staff_idle_s: Option<u32>,
    staff_lifetime_s: Option<u32>,
    codes_per_network_hour: Option<u32>,
    trusted_proxies: Option<u32>,
}

impl AccountSettings {
    /// The standard values, each overridden by its variable: for the demonstration, which has no file.
    ///
    /// # Errors
    /// A variable that is no number, or out of its bounds.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::read(&AccountTable::default())
    }

    /// The file's values, each overridden by its variable.
    pub(super) fn read(table: &AccountTable) -> Result<Self, ConfigError> {
        let standard = Self::default();
        let day = 86_400;
        Ok(Self {
            citizen_idle_s: bounded(
                "LUZHENG_ACCOUNT_CITIZEN_IDLE_S",
                table.citizen_idle_s,
                standard.citizen_idle_s,
                300,
                90 * day,
            )?,
            citizen_lifetime_s: bounded(
                "LUZHENG_ACCOUNT_CITIZEN_LIFETIME_S",
                table.citizen_lifetime_s,
                standard.citizen_lifetime_s,
                600,
                365 * day,
            )?,
            staff_idle_s: bounded("LUZHENG_ACCOUNT_STAFF_IDLE_S", table.staff_idle_s, standard.staff_idle_s, 300, day)?,
            staff_lifetime_s: bounded(
                "LUZHENG_ACCOUNT_STAFF_LIFETIME_S",
                table.staff_lifetime_s,
                standard.staff_lifetime_s,
                600,
                7 * day,
            )?,
            codes_per_network_hour: bounded(
                "LUZHENG_ACCOUNT_CODES_PER_NETWORK_HOUR",
                table.codes_per_network_hour,
                standard.codes_per_network_hour,
                1,
                100_000,
            )?,
            trusted_proxies: bounded(
                "LUZHENG_ACCOUNT_TRUSTED_PROXIES",
                table.trusted_proxies,
                standard.trusted_proxies,
                0,
                8,
            )?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_bounds() {
        let read = |text: &str| AccountSettings::read(&toml::from_str(text).unwrap());
        assert_eq!(read("").unwrap(), AccountSettings::default());
        assert_eq!(read("trusted_proxies = 1").unwrap().trusted_proxies, 1);
        assert!(read("citizen_idle_s = 1").is_err());
        assert!(read("codes_per_network_hour = 0").is_err());
        assert!(toml::from_str::<AccountTable>("idle = 1").is_err());
    }
}
