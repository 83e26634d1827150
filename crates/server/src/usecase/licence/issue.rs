//! Seam for S1, S3, S4 (these signatures stay; the bodies follow as soon as the store's and the domain's nouns are there).
//!
//! ```ignore
//! use crate::usecase::licence::{Cause, Places, issue};
//! let mut places = Places::take(app, now).await?;            // before app.store.write()
//! let mut tx = app.store.write().await?;
//! let cause = Cause { actor: "feed", cause: "source/id", true_at: event.occurred_at, now };
//!
//! // S3, on approval (first issue, or a new photo: then the old credential and its holding are superseded):
//! let credential: Uuid = issue::issue_to(&mut tx, &driver, photo, Reason::Applied, &cause, &mut places).await?;
//!
//! // S1 for events, S4's daily run: carries a decision out on the current credential and its holding, if there are any.
//! issue::carry_out(&mut tx, &after, &decision, &cause, &mut places).await?;
//! ```
//!
//! pub async fn issue_to(tx: &mut Tx, driver: &StoredDriver, photo: Uuid, reason: Reason, cause: &Cause<'_>, places: &mut Places) -> Used<Uuid>
//! pub async fn carry_out(tx: &mut Tx, after: &StoredDriver, decision: &LicenceDecision, cause: &Cause<'_>, places: &mut Places) -> Used<()>
