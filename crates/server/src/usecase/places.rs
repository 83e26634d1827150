//! Places in status lists, handed out before the transaction that may use them: on the embedded engine handing out waits for the writer's
//! turn itself. A place that is not used afterwards stays 0 and harms nobody.

use super::error::{UseError, Used};
use crate::app::App;
use jiff::Timestamp;
use luzheng_domain::credential::CredentialKind;
use luzheng_store::status::StatusIndex;

/// The code of the error when the places that were handed out are too few.
pub(crate) const NO_PLACE: &str = "no_status_place";

/// Some places for credentials of one kind.
#[derive(Debug, Clone, Default)]
pub struct Places(Vec<StatusIndex>);

impl Places {
    /// How many one change of a licence may need: for its successor and for the holding on the holder's device.
    pub(crate) const FOR_LICENCE: u32 = 2;

    /// Hands out places for one driver. Never inside a write transaction.
    ///
    /// # Errors
    /// The store.
    pub async fn take(app: &App, now: Timestamp) -> Used<Self> {
        Self::for_kind(app, CredentialKind::DrivingLicence, Self::FOR_LICENCE, now).await
    }

    /// Hands out so many places. Never inside a write transaction.
    ///
    /// # Errors
    /// The store.
    pub async fn for_kind(app: &App, kind: CredentialKind, count: u32, now: Timestamp) -> Used<Self> {
        if count == 0 {
            return Ok(Self::default());
        }
        Ok(Self(app.store.allocate_status(kind, count, now).await?))
    }

    /// The next of them.
    ///
    /// # Errors
    /// None is left; whoever handed them out hands out more and tries again.
    pub(crate) fn next(&mut self) -> Used<StatusIndex> {
        self.0.pop().ok_or_else(|| UseError::broken(NO_PLACE, "no place in a status list is left"))
    }
}
