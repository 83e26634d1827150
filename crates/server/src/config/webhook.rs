//! How partners are told of changes. Whether addresses inside the own network may be called is `outgoing.allow_private`.

use super::{ConfigError, bounded};
use serde::Deserialize;

/// Bounds of webhooks. All of them are ours and not the law's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebhookSettings {
    /// Most vehicles that all subscriptions of one partner may be about.
    pub vehicles: u32,
    /// After how many days a new key signs; the older one signs along for [`WebhookSettings::OVERLAP_DAYS`] more.
    pub key_days: u32,
    /// After how many days a subscription that is paused is ended.
    pub paused_days: u32,
}

impl WebhookSettings {
    /// For how many days the older key signs along.
    pub const OVERLAP_DAYS: u32 = 30;
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self { vehicles: 200_000, key_days: 180, paused_days: 30 }
    }
}

/// The table `[webhook]` of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WebhookTable {
    vehicles: Option<u32>,
    key_days: Option<u32>,
    paused_days: Option<u32>,
}

impl WebhookSettings {
    /// The standard values, each overridden by its variable: for the demonstration, which has no file.
    ///
    /// # Errors
    /// A variable that is no number, or out of its bounds.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::read(&WebhookTable::default())
    }

    /// The file's values, each overridden by its variable.
    pub(super) fn read(table: &WebhookTable) -> Result<Self, ConfigError> {
        let standard = Self::default();
        Ok(Self {
            vehicles: bounded("LUZHENG_WEBHOOK_VEHICLES", table.vehicles, standard.vehicles, 1, 10_000_000)?,
            key_days: bounded("LUZHENG_WEBHOOK_KEY_DAYS", table.key_days, standard.key_days, 31, 730)?,
            paused_days: bounded("LUZHENG_WEBHOOK_PAUSED_DAYS", table.paused_days, standard.paused_days, 1, 365)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_the_standard_and_bounds_are_held() {
        let read = |text: &str| WebhookSettings::read(&toml::from_str(text).unwrap());
        assert_eq!(read("").unwrap(), WebhookSettings::default());
        assert_eq!(read("vehicles = 10\nkey_days = 31").unwrap().vehicles, 10);
        for wrong in ["key_days = 30", "vehicles = 0", "paused_days = 366"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
