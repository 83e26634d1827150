//! Reader keys for an officer's device: wrapped for its key, for as long as it may use them.

use super::OfficerCall;
use crate::app::App;
use crate::usecase::error::Used;
use crate::usecase::journal;
use crate::usecase::key::reader::{self, wrap};
use crate::usecase::licence::device::to_text;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// A reader key, wrapped for the device that asked (`docs/officer-keys.md`).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WrappedReaderKey {
    /// Its number, which stands in the codes sealed to it.
    pub number: u32,
    /// `x25519`.
    pub kind: String,
    /// The wrapped key, base64url.
    pub sealed: String,
    /// The device must not use it after this; asking again gives a new lease.
    #[schema(value_type = String, format = DateTime)]
    pub not_after: Timestamp,
}

/// The reader keys of a device.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReaderKeys {
    /// By number.
    pub keys: Vec<WrappedReaderKey>,
}

/// The keys that open codes of today and tomorrow, wrapped for the officer's device.
///
/// # Errors
/// `off_duty`; `needs_device` from a terminal; the store.
pub async fn keys(app: &App, call: &OfficerCall) -> Used<ReaderKeys> {
    call.on_duty()?;
    let bound = call.bound()?;
    let now = app.clock.now();
    let lease = SignedDuration::from_hours(24 * i64::from(app.settings.bound.reader_key_days));
    let lease = now.checked_add(lease).unwrap_or(now);
    let table = app.key_table();
    let mut tx = app.store.write().await?;
    let mut keys = Vec::new();
    for public in &table.readers {
        let ends = table.reader_ends(public.number);
        if ends.is_some_and(|ends| ends <= now) {
            continue;
        }
        let Some(key) = reader::private(app, &mut tx, public.number).await? else { continue };
        keys.push(WrappedReaderKey {
            number: public.number,
            kind: "x25519".into(),
            sealed: to_text(&wrap(&key, public.number, &bound.device.public_key)?),
            not_after: ends.map_or(lease, |ends| ends.min(lease)),
        });
    }
    let numbers: Vec<u32> = keys.iter().map(|key| key.number).collect();
    let detail = serde_json::json!({"device": bound.device.id, "numbers": numbers});
    journal::note(&mut tx, now, &call.actor(), "reader_key.given", Some(call.officer), &detail).await?;
    tx.commit().await?;
    Ok(ReaderKeys { keys })
}
