//! The electronic driving licence: issued on application, superseded by itself when what it shows changes, shown live or held on a device.
//!
//! A licence is a row: it counts from the moment its row commits, and nothing is signed then. Codes are signed when they are shown ([`live`]), or for
//! the device that holds it ([`holding`]). Whoever writes to it locks the driver first; places in status lists are taken before the transaction.

pub mod issue;

use super::error::{UseError, Used};
use crate::app::App;
use jiff::Timestamp;
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_store::credential::By;
use luzheng_store::status::StatusIndex;

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

/// Places in status lists for one licence and one holding, taken before the write transaction. What is not used stays 0 and harms nobody.
#[derive(Debug, Default)]
pub struct Places(Vec<StatusIndex>);

impl Places {
    /// How many one change may need: a credential and a holding.
    const FOR_ONE: u32 = 2;

    /// Takes places for one driver. Call it before [`luzheng_store::Store::write`].
    ///
    /// # Errors
    /// The store.
    pub async fn take(app: &App, now: Timestamp) -> Used<Self> {
        Ok(Self(app.store.allocate_status(CredentialKind::DrivingLicence, Self::FOR_ONE, now).await?))
    }

    /// The next place.
    pub(crate) fn next(&mut self) -> Used<StatusIndex> {
        self.0.pop().ok_or_else(|| UseError::broken("no_status_place", "no place in a status list was handed out"))
    }
}
