//! The watch over checks and look-ups: copies of codes and enumeration of plates raise a flag for staff.
//!
//! It works in memory, bounded, with keyed digests whose keys are thrown away by the hour; it never waits for the database and never changes or
//! delays a verdict. Each process watches what comes to it.

mod codes;
mod fading;
mod place;
mod plates;
mod raised;
mod written;

pub use codes::{CopyRule, SightingNote};
pub use place::{Coordinates, Place};
pub use plates::LookUpRule;
pub use written::{COPIED_CODE, CopiedDetail, ENUMERATION, EnumerationDetail, write_flags};

use super::error::{Kind, UseError, Used};
use crate::app::App;
use crate::config::WatchSettings;
use codes::Codes;
use luzheng_credential::verify::Report;
use plates::Plates;
use raised::{Raised, Waiting, What};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller<'a> {
    /// Nobody who is signed in, by the network the call comes from, when that is known.
    Anyone(Option<&'a str>),
    /// A citizen, by account.
    Citizen(Uuid),
    /// An officer, by the id of the officer's record.
    Officer(Uuid),
    /// A partner, by the client's id.
    Partner(Uuid),
}

/// The sort of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Nobody who is signed in.
    Anyone,
    /// A citizen.
    Citizen,
    /// An officer.
    Officer,
    /// A partner.
    Partner,
}

impl Sort {
    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Anyone => "anyone",
            Self::Citizen => "citizen",
            Self::Officer => "officer",
            Self::Partner => "partner",
        }
    }
}

impl Caller<'_> {
    /// What sort of caller.
    pub const fn sort(&self) -> Sort {
        match self {
            Self::Anyone(_) => Sort::Anyone,
            Self::Citizen(_) => Sort::Citizen,
            Self::Officer(_) => Sort::Officer,
            Self::Partner(_) => Sort::Partner,
        }
    }

    /// Whom a flag names: an account, an officer, a client. A network is never kept.
    const fn who(&self) -> Option<Uuid> {
        match self {
            Self::Anyone(_) => None,
            Self::Citizen(id) | Self::Officer(id) | Self::Partner(id) => Some(*id),
        }
    }
}

/// What the watch remembers.
#[derive(Debug)]
pub struct Watch {
    codes: Codes,
    plates: Plates,
    waiting: Waiting,
}

impl Watch {
    /// A watch that has seen nothing yet.
    pub fn new(settings: WatchSettings) -> Self {
        Self { codes: Codes::new(settings), plates: Plates::new(settings), waiting: Waiting::default() }
    }
}

/// Tells the watch of a verdict that was given on-line. Cheap, and never fails: whoever gives verdicts calls it for each and goes on.
pub fn checked(app: &App, report: &Report, place: Place, caller: Caller<'_>) {
    let Some(claims) = report.claims() else { return };
    let at_s = app.clock.now().as_second();
    if let Some(copied) = app.watch.codes.checked(claims, place, caller, at_s) {
        app.watch.waiting.add(Raised { at_s, what: What::Copied(copied) });
    }
}

/// Whether somebody may look something up by plate or number now. To be asked before the look-up; it needs no database.
///
/// # Errors
/// `too_many_look_ups` for whoever went through plates one by one shortly before, with the seconds to wait.
pub fn may_look_up(app: &App, caller: Caller<'_>) -> Used<()> {
    match app.watch.plates.shut_for(caller, app.clock.now().as_second()) {
        0 => Ok(()),
        seconds => {
            let why = "too many look-ups that look like going through plates one by one; wait a while";
            Err(UseError::new(Kind::TooOften, "too_many_look_ups", why).retry_after(seconds))
        }
    }
}

/// Tells the watch of a look-up and whether it found something. `asked` is what was asked for, written as one text: a plate, a frame number. Nothing
/// of it is kept but a keyed digest. Cheap, and never fails; the next [`may_look_up`] may refuse.
pub fn looked_up(app: &App, caller: Caller<'_>, found: bool, asked: &str) {
    let at_s = app.clock.now().as_second();
    if let Some(enumerating) = app.watch.plates.looked_up(caller, found, asked, at_s) {
        app.watch.waiting.add(Raised { at_s, what: What::Enumerating(enumerating) });
    }
}
