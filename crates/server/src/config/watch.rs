//! What the watch over checks and look-ups takes for unusual. None of it is law: every number is a judgement that an operator may change.

use super::{ConfigError, bounded};
use serde::Deserialize;

/// How much one sort of caller may look up by plate or number within [`WatchSettings::look_up_window_s`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookUpLimits {
    /// Look-ups in all.
    pub looks: u32,
    /// Look-ups that found nothing.
    pub misses: u32,
    /// Look-ups of a plate next to one asked for shortly before.
    pub neighbours: u32,
}

/// When the watch speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchSettings {
    /// For so many seconds a check is remembered, in memory only.
    pub check_window_s: u32,
    /// So many places, none of which can be reached from another in the time between, make a static code look copied.
    pub places: u32,
    /// So many different checkers of one code within the window make it look copied, wherever they are.
    pub checkers: u32,
    /// Places so many kilometres apart, beyond what is uncertain about them, are different places for a code that lives for a minute.
    pub live_km: u32,
    /// Nobody travels faster, in kilometres an hour: a passenger aircraft.
    pub speed_kmh: u32,
    /// For so many seconds a caller's look-ups are counted together, and for as long a caller who enumerates is refused.
    pub look_up_window_s: u32,
    /// For anybody not signed in, by network.
    pub anyone: LookUpLimits,
    /// For a citizen.
    pub citizen: LookUpLimits,
    /// For an officer on duty.
    pub officer: LookUpLimits,
    /// For a partner, whose day has quotas besides. Fleets have plates in a row, so rows alone say less here.
    pub partner: LookUpLimits,
}

impl Default for WatchSettings {
    fn default() -> Self {
        let people = LookUpLimits { looks: 40, misses: 10, neighbours: 8 };
        Self {
            check_window_s: 3_600,
            places: 3,
            checkers: 40,
            live_km: 50,
            speed_kmh: 900,
            look_up_window_s: 600,
            anyone: people,
            citizen: people,
            officer: LookUpLimits { looks: 200, misses: 50, neighbours: 12 },
            partner: LookUpLimits { looks: 20_000, misses: 1_000, neighbours: 5_000 },
        }
    }
}

/// The table `[watch]` of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WatchTable {
    check_window_s: Option<u32>,
    places: Option<u32>,
    checkers: Option<u32>,
    live_km: Option<u32>,
    speed_kmh: Option<u32>,
    look_up_window_s: Option<u32>,
    anyone: LimitsTable,
    citizen: LimitsTable,
    officer: LimitsTable,
    partner: LimitsTable,
}

/// A table like `[watch.officer]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LimitsTable {
    looks: Option<u32>,
    misses: Option<u32>,
    neighbours: Option<u32>,
}

/// More look-ups than this in one window are never usual.
const MOST_LOOKS: u32 = 1_000_000;

impl LimitsTable {
    fn read(&self, names: [&'static str; 3], standard: LookUpLimits) -> Result<LookUpLimits, ConfigError> {
        let [looks, misses, neighbours] = names;
        Ok(LookUpLimits {
            looks: bounded(looks, self.looks, standard.looks, 1, MOST_LOOKS)?,
            misses: bounded(misses, self.misses, standard.misses, 1, MOST_LOOKS)?,
            neighbours: bounded(neighbours, self.neighbours, standard.neighbours, 1, MOST_LOOKS)?,
        })
    }
}

macro_rules! limit_names {
    ($who:literal) => {
        [
            concat!("LUZHENG_WATCH_", $who, "_LOOKS"),
            concat!("LUZHENG_WATCH_", $who, "_MISSES"),
            concat!("LUZHENG_WATCH_", $who, "_NEIGHBOURS"),
        ]
    };
}

impl WatchSettings {
    /// The standard values, each overridden by its variable: for the demonstration, which has no file.
    ///
    /// # Errors
    /// A variable that is no number, or out of its bounds.
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::read(&WatchTable::default())
    }

    /// The file's values, each overridden by its variable.
    pub(super) fn read(table: &WatchTable) -> Result<Self, ConfigError> {
        let standard = Self::default();
        Ok(Self {
            check_window_s: bounded(
                "LUZHENG_WATCH_CHECK_WINDOW_S",
                table.check_window_s,
                standard.check_window_s,
                60,
                86_400,
            )?,
            places: bounded("LUZHENG_WATCH_PLACES", table.places, standard.places, 2, 8)?,
            checkers: bounded("LUZHENG_WATCH_CHECKERS", table.checkers, standard.checkers, 2, 200)?,
            live_km: bounded("LUZHENG_WATCH_LIVE_KM", table.live_km, standard.live_km, 20, 5_000)?,
            speed_kmh: bounded("LUZHENG_WATCH_SPEED_KMH", table.speed_kmh, standard.speed_kmh, 100, 3_000)?,
            look_up_window_s: bounded(
                "LUZHENG_WATCH_LOOK_UP_WINDOW_S",
                table.look_up_window_s,
                standard.look_up_window_s,
                60,
                86_400,
            )?,
            anyone: table.anyone.read(limit_names!("ANYONE"), standard.anyone)?,
            citizen: table.citizen.read(limit_names!("CITIZEN"), standard.citizen)?,
            officer: table.officer.read(limit_names!("OFFICER"), standard.officer)?,
            partner: table.partner.read(limit_names!("PARTNER"), standard.partner)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_bounds() {
        let read = |text: &str| WatchSettings::read(&toml::from_str(text).unwrap());
        assert_eq!(read("").unwrap(), WatchSettings::default());
        assert_eq!(read("[officer]\nmisses = 7").unwrap().officer.misses, 7);
        assert!(read("places = 1").is_err());
        assert!(read("[partner]\nlooks = 0").is_err());
        assert!(toml::from_str::<WatchTable>("[nobody]\nlooks = 1").is_err());
    }
}
