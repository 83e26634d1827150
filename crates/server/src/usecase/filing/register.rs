//! What the register ends: a new owner, the end of the vehicle, another plate type or use.

use super::tell::tell_end;
use super::{finish, kind_of, owner_kind, rules};
use crate::usecase::error::Used;
use crate::usecase::journal;
use jiff::Timestamp;
use luzheng_domain::vehicle::filing::ended_by_register as ended;
use luzheng_store::Tx;
use luzheng_store::vehicle::StoredVehicle;

/// Ends the filings and managements that a vehicle as it is now no longer allows, and frees their places, in the transaction that changes it.
/// The vehicle is locked. What only waited lapses without a word: whoever asked never learnt that there is such a vehicle.
///
/// # Errors
/// The store.
pub(crate) async fn ended_by_register(
    tx: &mut Tx,
    before: Option<&StoredVehicle>,
    after: &StoredVehicle,
    now: Timestamp,
) -> Used<()> {
    // Most events change nothing that matters here.
    if before.is_some_and(|before| {
        let (was, is) = (&before.facts, &after.facts);
        was.owner == is.owner
            && was.plate.plate_type == is.plate.plate_type
            && was.use_nature == is.use_nature
            && was.status == is.status
    }) {
        return Ok(());
    }
    let open = tx.open_filings_of_vehicle(after.id).await?;
    if open.is_empty() {
        return Ok(());
    }
    let (rules, kind_of_owner) = (rules(now), owner_kind(tx, after.facts.owner).await?);
    for found in open {
        let (Some(owner_then), Some(mut filing)) = (found.owner, tx.lock_filing(found.id).await?) else { continue };
        let kind = kind_of(&filing)?;
        let Some(reason) = ended(&rules, kind, owner_then, &after.facts, kind_of_owner) else { continue };
        if filing.ended_at.is_some() {
            continue;
        }
        // A request that ran out by itself stays as it is.
        if !super::state_of(&filing, now)?.is_waiting() && filing.active_from.is_none() {
            continue;
        }
        if finish(tx, &mut filing, reason, now).await? {
            tell_end(tx, &filing, kind, reason, now).await?;
        }
        let detail = serde_json::json!({"filing": filing.id, "kind": kind.code(), "reason": reason.code()});
        journal::note(tx, now, "register", "filing.ended", Some(after.id), &detail).await?;
    }
    Ok(())
}
