//! What the system can do: one file a noun. Nothing here knows HTTP or the command line.

pub mod accident;
pub mod account;
pub mod application;
pub mod backup;
pub mod bound;
pub mod channel;
pub mod citizen;
pub mod credential;
pub mod deadline;
pub mod demo;
pub mod desk;
pub mod driver;
pub mod eligibility;
pub mod error;
pub mod event;
pub mod filing;
pub mod flag;
pub mod health;
pub mod identity_platform;
pub mod import;
pub mod issue;
pub mod journal;
pub mod key;
pub mod licence;
pub mod licence_view;
pub mod look;
pub mod mark_case;
pub mod notice;
pub mod notice_code;
pub mod notify;
pub mod officer;
pub mod pack;
pub mod paper_order;
pub mod partner;
pub mod passkey;
pub mod places;
pub mod print;
pub mod received_proof;
pub mod reconcile;
pub mod retention;
pub mod review;
pub mod session;
pub mod standing;
pub mod state_at;
pub mod status;
pub mod subscription;
pub mod throttle;
pub mod trust;
pub mod unit;
pub mod vehicle;
pub mod verify;
pub mod view;
pub mod watch;

use crate::app::App;
use error::Used;
use jiff::Timestamp;
use luzheng_credential::sign::Signer;
use luzheng_store::job::NewJob;
use std::sync::Arc;
use uuid::Uuid;

/// Job: sign one reserved credential.
pub const ISSUE: &str = "issue";
/// Job: sign a licence for the device that holds it.
pub const HOLD: &str = "hold";
/// Job: issue anew what a compromised key signed.
pub const REISSUE: &str = "reissue";
/// Job: tell somebody of a step with their paper that can no longer be taken back.
pub const PAPER_STEP: &str = "paper_step";
/// Job: let a reviewer's decision take effect.
pub const SETTLE: &str = "settle";
/// Job: try the parked events of a subject again.
pub const UNPARK: &str = "unpark";
/// Job: decide about the mark of a vehicle of which an import brought new facts.
pub const RECONSIDER: &str = "reconsider";

/// A job that is due at once.
pub fn job(kind: &'static str, subject: Uuid, reference: String, now: Timestamp) -> NewJob {
    NewJob { id: crate::chance::new_id(now), kind, subject, reference, due_at: now, created_at: now }
}

/// The signer of an issuing key: from its file, or from its token.
///
/// # Errors
/// The key cannot be opened, or is not the one the store names.
pub fn signer(app: &App, key: &key::IssuingKey) -> Used<Arc<dyn Signer>> {
    #[cfg(feature = "pkcs11")]
    if key.stored.location.starts_with("pkcs11:") {
        return crate::outside::token::signer(app, key);
    }
    Ok(app.keyring.signer(key.public_key.kid())?)
}

/// Does everything that is due, until nothing is: what the background does, for tests and for commands that end only when it is done.
///
/// # Errors
/// The first failure.
pub async fn catch_up(app: &Arc<App>) -> Used<()> {
    while issue::run_jobs(app).await? > 0 {}
    status::publish(app, false).await?;
    while journal::seal(app).await? {}
    Ok(())
}
