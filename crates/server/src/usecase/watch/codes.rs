//! Copies of codes: one code checked at places between which nobody can have travelled, or by more checkers than one holder meets.
//!
//! What is remembered of a code is a keyed digest, roughly where and when it was checked, and digests of the checkers; never a plate, a name or
//! an address. It fades within two windows. Nothing here changes a verdict: staff look at what is raised and judge.

use super::fading::Fading;
use super::place::{Place, Spot};
use super::{Caller, Sort};
use crate::config::WatchSettings;
use luzheng_credential::kind::{Claims, Mode, StatusRef};
use luzheng_domain::credential::CredentialKind;
use serde::{Deserialize, Serialize};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

/// Parts of the memory, each with a lock of its own, so that checks hardly ever wait for each other.
const PARTS: usize = 16;
/// Most codes remembered in each part and window: 65,536 in all, about 10 MB.
const CODES_MAX: usize = 4_096;
/// Most places remembered of one code.
const SIGHTINGS_MAX: usize = 8;

/// Which code: a credential, and for a code that lives for a minute, which one of it.
#[derive(Debug, Clone, Copy, Hash)]
struct Code {
    status: StatusRef,
    made_at: Option<i64>,
}

/// A check of a code at a place.
#[derive(Debug, Clone, Copy)]
struct Sighting {
    checker: u64,
    at_s: i64,
    by: Sort,
    place: Place,
    spot: Spot,
}

/// What is remembered of one code.
#[derive(Debug, Default)]
struct Seen {
    /// One bit for each of 128 classes of checkers: enough to estimate how many there were without knowing any.
    checkers: u128,
    /// Where it was seen last, newest last.
    sightings: Vec<Sighting>,
    /// When it was raised last.
    raised_at_s: Option<i64>,
}

/// Why a code looks copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyRule {
    /// A code that lives for a minute was seen at two places far apart.
    LiveElsewhere,
    /// A code was seen at several places between which nobody can have travelled.
    DistantPlaces,
    /// A code was checked by more checkers than one holder meets.
    ManyCheckers,
}

/// A check as it is told to staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SightingNote {
    /// Roughly where: `31.3,120.6`, or a division's code.
    pub place: String,
    /// When, in seconds since 1970.
    pub at_s: i64,
    /// By what sort of checker.
    pub by: Sort,
}

/// A code that looks copied.
#[derive(Debug, Clone)]
pub(super) struct Copied {
    pub(super) rule: CopyRule,
    pub(super) kind: CredentialKind,
    pub(super) live: bool,
    pub(super) status: StatusRef,
    pub(super) sightings: Vec<SightingNote>,
    pub(super) checkers: u32,
}

/// The memory of codes.
#[derive(Debug)]
pub(super) struct Codes {
    settings: WatchSettings,
    checker_key: RandomState,
    parts: [Mutex<Fading<Seen>>; PARTS],
}

impl Codes {
    pub(super) fn new(settings: WatchSettings) -> Self {
        let window = i64::from(settings.check_window_s);
        let parts = std::array::from_fn(|_| Mutex::new(Fading::new(CODES_MAX, window)));
        Self { settings, checker_key: crate::chance::hash_key(), parts }
    }

    /// Takes a check in. Answers what has to be raised, once per code and window.
    pub(super) fn checked(&self, claims: &Claims, place: Place, caller: Caller<'_>, now_s: i64) -> Option<Copied> {
        let spot = place.spot();
        // Where nothing is known of the place, only strangers say anything: a partner's thousands are one checker.
        if spot.is_none() && !matches!(caller, Caller::Anyone(Some(_))) {
            return None;
        }
        let status = claims.status();
        let live = claims.mode() == Mode::Live;
        let code = Code { status, made_at: live.then(|| claims.iat()) };
        let checker = self.checker_key.hash_one(caller);
        let part = usize::try_from(status.index).unwrap_or_default() % PARTS;
        let mut memory = self.parts[part].lock().unwrap_or_else(PoisonError::into_inner);
        let Some(seen) = memory.of(&code, now_s) else {
            drop(memory);
            metrics::counter!("luzheng_watch_full_total", "memory" => "codes").increment(1);
            return None;
        };
        seen.checkers |= 1 << (checker % 128);
        let here = spot.map(|spot| Sighting { checker, at_s: now_s, by: caller.sort(), place, spot });
        let rule = self.judge(seen, here.as_ref(), live);
        if let Some(here) = here {
            seen.remember(here, now_s - i64::from(self.settings.check_window_s));
        }
        let rule = rule.filter(|_| {
            seen.raised_at_s.is_none_or(|raised| now_s - raised >= i64::from(self.settings.check_window_s))
        })?;
        seen.raised_at_s = Some(now_s);
        let sightings = seen.sightings.iter().filter_map(Sighting::note).collect();
        Some(Copied { rule, kind: claims.kind(), live, status, sightings, checkers: estimate(seen.checkers) })
    }

    fn judge(&self, seen: &Seen, here: Option<&Sighting>, live: bool) -> Option<CopyRule> {
        if let Some(here) = here {
            if live && seen.sightings.iter().any(|other| self.elsewhere(here, other, true)) {
                return Some(CopyRule::LiveElsewhere);
            }
            if !live && self.distant_places(seen, here) >= self.settings.places {
                return Some(CopyRule::DistantPlaces);
            }
        }
        (estimate(seen.checkers) >= self.settings.checkers).then_some(CopyRule::ManyCheckers)
    }

    /// How many places there are, this one included, each out of reach of all the others in the time between.
    fn distant_places(&self, seen: &Seen, here: &Sighting) -> u32 {
        let mut apart: [Option<&Sighting>; SIGHTINGS_MAX + 1] = [None; SIGHTINGS_MAX + 1];
        apart[0] = Some(here);
        let mut count = 1;
        for one in &seen.sightings {
            if apart[..count].iter().flatten().all(|other| self.elsewhere(one, other, false)) {
                apart[count] = Some(one);
                count += 1;
            }
        }
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Whether one code cannot have been shown at both.
    fn elsewhere(&self, one: &Sighting, other: &Sighting, live: bool) -> bool {
        if one.checker == other.checker {
            return false;
        }
        #[expect(clippy::cast_precision_loss, reason = "a few kilometres and hours")]
        let reach = {
            let hours = (one.at_s - other.at_s).abs() as f32 / 3_600.0;
            let travelled = if live { 0.0 } else { self.settings.speed_kmh as f32 * hours };
            self.settings.live_km as f32 + travelled
        };
        one.spot.at_least_km(&other.spot) > reach
    }

    /// How many codes are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.lock().unwrap().len()).sum()
    }
}

impl Seen {
    fn remember(&mut self, here: Sighting, since_s: i64) {
        self.sightings.retain(|one| one.at_s >= since_s && !(one.checker == here.checker && one.place == here.place));
        if self.sightings.len() >= SIGHTINGS_MAX {
            self.sightings.remove(0);
        }
        self.sightings.push(here);
    }
}

impl Sighting {
    fn note(&self) -> Option<SightingNote> {
        Some(SightingNote { place: self.place.code()?, at_s: self.at_s, by: self.by })
    }
}

/// How many different checkers set these bits, about: linear counting (Whang et al. 1990).
fn estimate(bits: u128) -> u32 {
    let free = bits.count_zeros().max(1);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 621")]
    let about = (-128.0 * (f64::from(free) / 128.0).ln()).round() as u32;
    about
}

#[cfg(test)]
mod tests {
    use super::*;
    use luzheng_credential::kind::InspectionMark;
    use luzheng_credential::kind::Live;
    use luzheng_credential::kind::inspection_mark::MarkMode;
    use luzheng_domain::region::Division;
    use luzheng_domain::vehicle::YearMonth;
    use uuid::Uuid;

    const NOW: i64 = 1_795_248_000;
    const SUZHOU: Place = Place::Near { lat: 313, lon: 1206 };
    const GUANGZHOU: Place = Place::Near { lat: 231, lon: 1133 };
    const URUMQI: Place = Place::Near { lat: 438, lon: 876 };

    fn mark(index: u32, live_at: Option<i64>) -> Claims {
        let mode = match live_at {
            Some(_) => MarkMode::Live(Live { nonce: [7; 8], sealed: None }),
            None => MarkMode::Static,
        };
        Claims::from(InspectionMark {
            iat: live_at.unwrap_or(NOW - 86_400),
            mode,
            plate_number: "苏E00001".into(),
            plate_type: "02".into(),
            valid_until: YearMonth::from_yyyymm(202_705).unwrap(),
            status: StatusRef { list: 1, index },
            authority: 320_500,
            subject_digest: [1; 8],
        })
    }

    fn officer(number: u128) -> Caller<'static> {
        Caller::Officer(Uuid::from_u128(number))
    }

    fn codes() -> Codes {
        Codes::new(WatchSettings::default())
    }

    #[test]
    fn a_static_code_at_three_distant_places_is_raised_once() {
        let codes = codes();
        let mark = mark(5, None);
        assert!(codes.checked(&mark, SUZHOU, officer(1), NOW).is_none());
        assert!(codes.checked(&mark, GUANGZHOU, officer(2), NOW + 60).is_none(), "two may be a mistake");
        let raised = codes.checked(&mark, URUMQI, officer(3), NOW + 120).unwrap();
        assert_eq!((raised.rule, raised.live, raised.status.index), (CopyRule::DistantPlaces, false, 5));
        let places: Vec<&str> = raised.sightings.iter().map(|one| one.place.as_str()).collect();
        assert_eq!(places, ["31.3,120.6", "23.1,113.3", "43.8,87.6"]);
        assert!(codes.checked(&mark, SUZHOU, officer(4), NOW + 180).is_none(), "once a window");
    }

    #[test]
    fn what_can_be_travelled_and_what_one_checker_does_is_not_raised() {
        let codes = codes();
        let mark = mark(6, None);
        // One officer whose place changes by mistake.
        for place in [SUZHOU, GUANGZHOU, URUMQI] {
            assert!(codes.checked(&mark, place, officer(1), NOW).is_none());
        }
        // Many checkers around one town.
        for number in 2..20 {
            let near = Place::Near { lat: 313 + i16::try_from(number % 3).unwrap(), lon: 1206 };
            assert!(codes.checked(&self::mark(7, None), near, officer(number), NOW).is_none());
        }
        // Neighbouring provinces cannot be told apart.
        for (number, code) in [(1, 320_500), (2, 310_000), (3, 330_100)] {
            let place = Place::from(Division::new(code));
            assert!(codes.checked(&self::mark(8, None), place, officer(number), NOW).is_none());
        }
        // An aircraft has time to get there: 1,150 km in two hours.
        let slow = self::mark(9, None);
        let long = WatchSettings { check_window_s: 86_400, places: 2, ..WatchSettings::default() };
        let patient = Codes::new(long);
        assert!(patient.checked(&slow, SUZHOU, officer(1), NOW).is_none());
        assert!(patient.checked(&slow, GUANGZHOU, officer(2), NOW + 7_200).is_none());
        assert!(patient.checked(&slow, URUMQI, officer(3), NOW + 7_260).is_some());
    }

    #[test]
    fn a_live_code_at_two_distant_places_is_raised_at_once() {
        let codes = codes();
        let live = mark(5, Some(NOW));
        assert!(codes.checked(&live, SUZHOU, officer(1), NOW + 5).is_none());
        let raised = codes.checked(&live, GUANGZHOU, officer(2), NOW + 30).unwrap();
        assert_eq!((raised.rule, raised.live), (CopyRule::LiveElsewhere, true));
        // The next code of the same mark is another code.
        assert!(codes.checked(&mark(5, Some(NOW + 60)), URUMQI, officer(3), NOW + 65).is_none());
    }

    #[test]
    fn a_crowd_is_raised_wherever_it_is_and_a_few_are_not() {
        let codes = codes();
        let mark = mark(5, None);
        let networks: Vec<String> = (0..60).map(|n| format!("198.51.100.{n}")).collect();
        let raised: Vec<usize> = networks
            .iter()
            .enumerate()
            .filter_map(|(n, network)| {
                codes.checked(&mark, Place::Unknown, Caller::Anyone(Some(network)), NOW).map(|_| n)
            })
            .collect();
        assert_eq!(raised.len(), 1, "{raised:?}");
        assert!(raised[0] >= 25, "{raised:?}: linear counting is off by a third at the most here");
        for _ in 0..1_000 {
            assert!(
                codes.checked(&self::mark(6, None), Place::Unknown, Caller::Anyone(Some("192.0.2.1")), NOW).is_none()
            );
        }
        assert!(codes.checked(&mark, Place::Unknown, Caller::Anyone(None), NOW).is_none(), "nothing is known");
    }

    #[test]
    fn the_memory_is_bounded_and_fades() {
        let codes = codes();
        let network = Caller::Anyone(Some("192.0.2.1"));
        let most = u32::try_from(PARTS * CODES_MAX).unwrap();
        for index in 0..most + 1_000 {
            codes.checked(&mark(index, None), Place::Unknown, network, NOW);
        }
        assert_eq!(codes.len(), PARTS * CODES_MAX);
        for part in 0..u32::try_from(PARTS).unwrap() {
            codes.checked(&mark(part, None), Place::Unknown, network, NOW + 3 * 3_600);
        }
        assert_eq!(codes.len(), PARTS);
    }

    #[test]
    fn counting_is_about_right() {
        assert_eq!(estimate(0), 0);
        assert_eq!(estimate(1), 1);
        assert!((30..=50).contains(&estimate(u128::MAX >> 93)), "35 bits");
        assert!(estimate(u128::MAX) > 500);
    }
}
