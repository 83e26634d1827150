//! The electronic driving licence: issued on application, superseded by itself when what it shows changes, shown live or held on a device.
//!
//! A licence is a row: it counts from the moment its row commits, and nothing is signed then. Codes are signed when they are shown ([`live`]), or for
//! the device that holds it ([`holding`]). Whoever writes to it locks the driver first; places in status lists are taken before the transaction.

pub mod bulk;
pub mod device;
pub mod hand;
pub mod holding;
pub mod issue;
pub mod live;
pub mod proof;

use super::error::{Kind, UseError, Used};
use super::session::Session;
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_credential::kind::driving_licence::{LicenceTerm, MAX_NAME_CHARS};
use luzheng_domain::credential::Reason;
use luzheng_domain::driver::{Licence, StateLetter};
use luzheng_store::Tx;
use luzheng_store::credential::By;
use luzheng_store::driver::StoredDriver;

pub use super::places::Places;

/// Who or what has a licence issued or changed, and since when it is so.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// Who acts: `feed`, `system`, `staff:…`.
    pub actor: &'a str,
    /// What caused it, for people and auditors: an event (`source/id`), a case, a run.
    pub cause: &'a str,
    /// Since when it is so in the world.
    pub true_at: Timestamp,
    /// Now: since when we know it.
    pub now: Timestamp,
}

impl<'a> Cause<'a> {
    /// One step in a credential's life, by this cause and for this reason.
    pub(crate) const fn by(&self, reason: Reason) -> By<'a> {
        By { actor: self.actor, reason, note: None, true_at: self.true_at, known_at: self.now }
    }
}

/// The name as a code shows it: first and last character around stars, four characters at most.
pub fn face_name(licence: &Licence) -> String {
    let masked: Vec<char> = licence.masked_name().chars().collect();
    match masked.as_slice() {
        [] => "*".to_owned(),
        few if few.len() <= MAX_NAME_CHARS => few.iter().collect(),
        [first, .., last] => {
            std::iter::once(*first).chain(std::iter::repeat_n('*', MAX_NAME_CHARS - 2)).chain([*last]).collect()
        }
        [one] => one.to_string(),
    }
}

/// The end of validity as the row and the code write it: `yyyymmdd`, 0 for a long-term licence.
pub(crate) fn term_number(until: Option<Date>) -> u32 {
    until.map_or(0, |day| {
        let (year, month, day) = (day.year().unsigned_abs(), day.month().unsigned_abs(), day.day().unsigned_abs());
        u32::from(year) * 10_000 + u32::from(month) * 100 + u32::from(day)
    })
}

/// The end of validity that a row names.
///
/// # Errors
/// It is no day.
pub(crate) fn term(number: u32) -> Used<LicenceTerm> {
    if number == 0 {
        return Ok(LicenceTerm::LongTerm);
    }
    let day = || {
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
        Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    };
    day().map(LicenceTerm::Until).ok_or_else(|| UseError::broken("broken_row", format!("{number} is no day")))
}

/// Whether the register gives this reason by its state letters; any other suspension was made by hand and is lifted by hand.
pub(crate) fn is_of_the_register(reason: Reason) -> bool {
    StateLetter::ALL.iter().any(|letter| letter.effect().reason() == Some(reason))
}

/// The driver whom the signed-in person is.
///
/// # Errors
/// `no_licence` when the person is no driver; the store.
pub(crate) async fn own_driver(tx: &mut Tx, session: &Session) -> Used<StoredDriver> {
    let missing = || UseError::new(Kind::NotFound, "no_licence", "there is no driving licence in your name");
    let owner = session.owner.ok_or_else(|| {
        UseError::new(Kind::Forbidden, "no_register_record", "this account is not linked to anybody in the register")
    })?;
    tx.find_driver_of_owner(owner).await?.ok_or_else(missing)
}
