//! How long records about checks are kept.
//!
//! 网络安全法 (2016) Art. 21 (3) asks for network logs of at least six months, and so does its wording since 2026-01-01 under another number (L): no
//! period here may be shorter. How much longer is the operator's decision under 个人信息保护法 Art. 19 (the shortest time that the purpose needs); the
//! standard values are ours and not the law's.

use super::{ConfigError, bounded};
use serde::Deserialize;

/// Six months, counted generously: the shortest time for which logs are kept, in days.
const SIX_MONTHS: u32 = 184;
/// The longest time that can be set, in days: thirty years.
const LONGEST: u32 = 10_958;

/// For how many days what is kept, after it happened or was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionSettings {
    /// "Who looked at my record": what the person themselves is shown.
    pub look_days: u32,
    /// On-line checks and look-ups of partners and officers.
    pub check_days: u32,
    /// Flags, after they were settled. Open ones stay.
    pub flag_days: u32,
    /// Proofs that partners received, after they were received.
    pub proof_days: u32,
    /// Deliveries of webhooks, after they were delivered or given up.
    pub webhook_days: u32,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self { look_days: 1_096, check_days: SIX_MONTHS, flag_days: 366, proof_days: 1_096, webhook_days: SIX_MONTHS }
    }
}

/// The table `[retention]` of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RetentionTable {
    look_days: Option<u32>,
    check_days: Option<u32>,
    flag_days: Option<u32>,
    proof_days: Option<u32>,
    webhook_days: Option<u32>,
}

impl RetentionSettings {
    /// The standard values, each overridden by its variable: for the demonstration, which has no file.
    ///
    /// # Errors
    /// A variable that is no number, or out of its bounds.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::read(&RetentionTable::default())
    }

    /// The file's values, each overridden by its variable.
    pub(super) fn read(table: &RetentionTable) -> Result<Self, ConfigError> {
        let standard = Self::default();
        let days = |name, said, standard| bounded(name, said, standard, SIX_MONTHS, LONGEST);
        Ok(Self {
            look_days: days("LUZHENG_RETENTION_LOOK_DAYS", table.look_days, standard.look_days)?,
            check_days: days("LUZHENG_RETENTION_CHECK_DAYS", table.check_days, standard.check_days)?,
            flag_days: days("LUZHENG_RETENTION_FLAG_DAYS", table.flag_days, standard.flag_days)?,
            proof_days: days("LUZHENG_RETENTION_PROOF_DAYS", table.proof_days, standard.proof_days)?,
            webhook_days: days("LUZHENG_RETENTION_WEBHOOK_DAYS", table.webhook_days, standard.webhook_days)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_period_is_shorter_than_the_law_allows() {
        let read = |text: &str| RetentionSettings::read(&toml::from_str(text).unwrap());
        assert_eq!(read("").unwrap(), RetentionSettings::default());
        assert_eq!(read("check_days = 184").unwrap().check_days, 184);
        for wrong in ["check_days = 183", "look_days = 30", "flag_days = 0", "proof_days = 1", "webhook_days = 20000"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(toml::from_str::<RetentionTable>("looks = 400").is_err());
    }
}
