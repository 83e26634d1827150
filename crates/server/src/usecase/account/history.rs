//! What happened to an account: noted for its owner and in the journal, in the transaction of the act.

use super::device::DeviceInfo;
use crate::chance;
use crate::usecase::error::Used;
use crate::usecase::journal;
use jiff::Timestamp;
use luzheng_domain::account::Happening;
use luzheng_store::Tx;
use luzheng_store::account::AccountEvent;
use serde_json::json;
use uuid::Uuid;

/// How long it is kept, in days: the Cybersecurity Law (网络安全法) Article 21(3) asks for six months at least.
pub const KEPT_DAYS: i64 = 200;
/// So many entries are shown.
pub const SHOWN: u32 = 20;

/// Notes what happened to an account, with the device on which it did. The journal says it too, without the device.
///
/// # Errors
/// The store.
pub async fn note(tx: &mut Tx, person: Uuid, what: Happening, device: Option<&DeviceInfo>, now: Timestamp) -> Used<()> {
    tx.add_account_event(&AccountEvent {
        person,
        id: chance::new_id(now),
        at: now,
        what: what.code().into(),
        device: device.map(|d| d.name.clone()),
    })
    .await?;
    let actor = format!("citizen:{person}");
    let action = format!("account.{}", what.code());
    journal::note(tx, now, &actor, &action, Some(person), &json!({})).await
}
