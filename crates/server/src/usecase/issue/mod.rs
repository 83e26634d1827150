//! From a reserved mark to a signed one: in the background for events, in bulk for vehicles already in validity.
//!
//! The intent is durable first (serial, status index); then it is signed, verified by our own verifier, and the bytes are recorded with a digest
//! of the batch in the journal. A crash in between leaves reserved rows, which the next run signs.

mod bulk;
mod jobs;

use super::desk::Desk;
use super::error::{UseError, Used};
use super::journal;
use crate::app::App;
use jiff::Timestamp;
use luzheng_credential::kind::inspection_mark::MarkMode;
use luzheng_credential::kind::{Claims, InspectionMark, StatusRef};
use luzheng_credential::trust::KeyUse;
use luzheng_domain::vehicle::YearMonth;
use luzheng_store::credential::{Credential, Signed};
use luzheng_store::status::StatusIndex;
use uuid::Uuid;

pub use bulk::{BulkOptions, BulkSummary, bulk, bulk_total, reissue};
pub use jobs::run_jobs;

/// A reserved mark with all that its code says.
#[derive(Debug, Clone)]
pub struct Unsigned {
    /// The vehicle.
    pub subject: Uuid,
    /// The credential.
    pub id: Uuid,
    /// Plate number.
    pub plate_number: String,
    /// Plate type.
    pub class: String,
    /// yyyymm.
    pub valid_until: u32,
    /// Division of the authority.
    pub authority: u32,
    /// Status list and index.
    pub status: StatusIndex,
    /// Keyed digest of the VIN.
    pub digest: [u8; 8],
}

impl Unsigned {
    /// What its code says, signed at `now`.
    ///
    /// # Errors
    /// Its month is none.
    pub fn mark(&self, mode: MarkMode, now: Timestamp) -> Used<InspectionMark> {
        Ok(InspectionMark {
            iat: now.as_second(),
            mode,
            plate_number: self.plate_number.clone(),
            plate_type: self.class.clone(),
            valid_until: YearMonth::from_yyyymm(self.valid_until)
                .ok_or_else(|| UseError::broken("broken_row", format!("credential {}: no month", self.id)))?,
            status: StatusRef { list: self.status.list, index: self.status.index },
            authority: self.authority,
            subject_digest: self.digest,
        })
    }

    fn order(&self, since: Timestamp, now: Timestamp) -> Used<Order> {
        let claims = self.mark(MarkMode::Static, now)?.into();
        Ok(Order { subject: self.subject, id: self.id, claims, since })
    }

    fn sign_static(&self, desk: &Desk) -> Used<Signed> {
        self.order(desk.now(), desk.now())?.sign(desk)
    }
}

/// Something that is to be signed and whose bytes are kept: a static mark, or a licence for a device.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// The vehicle or person.
    pub subject: Uuid,
    /// The credential, or the holding: under this id the bytes are kept.
    pub id: Uuid,
    /// What is signed, made for the moment at which the desk signs.
    pub claims: Claims,
    /// Since when it waits.
    pub since: Timestamp,
}

impl Order {
    /// Which key signs it.
    pub(crate) fn key_use(&self) -> KeyUse {
        KeyUse::needed(self.claims.kind(), self.claims.mode())
    }

    /// Signs it at an open desk.
    pub(crate) fn sign(&self, desk: &Desk) -> Used<Signed> {
        let issued = desk.sign(self.claims.clone()).map_err(|e| e.about(self.id))?;
        Ok(Signed {
            subject: self.subject,
            credential: self.id,
            kid: *issued.kid().as_bytes(),
            message: issued.message().to_vec(),
            signed_at: desk.now(),
        })
    }
}

pub(crate) async fn unsigned_of(app: &App, tx: &mut luzheng_store::Tx, credential: &Credential) -> Used<Unsigned> {
    let found = tx
        .find_vehicle(credential.subject)
        .await?
        .ok_or_else(|| UseError::broken("no_subject", format!("credential {} has no vehicle", credential.id)))?;
    Ok(Unsigned {
        subject: credential.subject,
        id: credential.id,
        plate_number: credential.subject_name.clone(),
        class: credential.class.clone(),
        valid_until: credential.valid_until,
        authority: credential.authority,
        status: credential.status,
        digest: app.store.vault().subject_digest(found.facts.vin.as_str()),
    })
}

/// Records signed credentials with the batch's digest in the journal, in the given transaction.
pub(crate) async fn record(
    tx: &mut luzheng_store::Tx,
    batch: Uuid,
    signed: &[Signed],
    actor: &str,
    now: Timestamp,
) -> Used<()> {
    tx.put_signed_batch(Some(batch), signed).await?;
    let detail = serde_json::json!({
        "batch": batch,
        "count": signed.len(),
        "digest": hex::encode(journal::batch_digest(signed.iter().map(|s| (s.credential, s.message.as_slice())))),
    });
    // The batch is the entry's subject, so that `audit verify` finds the one by the other.
    journal::note(tx, now, actor, journal::ISSUED, Some(batch), &detail).await
}
