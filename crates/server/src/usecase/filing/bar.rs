//! Who gave false material files no more vehicles here (P28).

use super::finish;
use super::tell::tell_end;
use crate::app::App;
use crate::usecase::error::{UseError, Used};
use crate::usecase::journal;
use crate::usecase::session::Session;
use jiff::Timestamp;
use luzheng_domain::mask;
use luzheng_domain::vehicle::filing::{EndReason, FilingKind};
use luzheng_domain::vehicle::{OwnerKind, OwnerNumber};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest reason, in characters.
pub const MAX_REASON: usize = 500;
/// Longest identity number, in characters, before it is even looked at.
const MAX_NUMBER: usize = 60;

/// Who is to file no more, and why.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Bar {
    /// Identity number.
    pub id_number: String,
    /// What was found, in own words; kept sealed.
    pub reason: String,
}

/// Somebody who files no more.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BarView {
    /// The name, masked.
    pub name_masked: String,
    /// Whether it is new; otherwise they were barred before.
    pub new: bool,
    /// How many filings it ended.
    pub ended: u32,
}

/// Bars a person from filing and ends what they filed. Managing is for the owners to end.
///
/// # Errors
/// `bad_id_number`, `reason_needed`; the register has no such person; the store.
pub async fn bar(app: &App, session: &Session, new: &Bar) -> Used<BarView> {
    let now = app.clock.now();
    let reason = new.reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        return Err(UseError::invalid("reason_needed", format!("say why, in at most {MAX_REASON} characters")));
    }
    let bad = || UseError::invalid("bad_id_number", "this is no identity number; please check it");
    if new.id_number.chars().count() > MAX_NUMBER {
        return Err(bad());
    }
    let number = OwnerNumber::parse(&new.id_number, OwnerKind::Individual).map_err(|_| bad())?.value;
    let mut tx = app.store.write().await?;
    let found = tx.find_owner_by_number(&number).await?.ok_or_else(|| UseError::not_found("person of the register"))?;
    // A filing that begins at this moment has the person locked: it is committed before, and ended below, or it sees the bar.
    tx.lock_owner(found.id).await?;
    let fresh = tx.bar_filing(found.id, reason, &session.actor(), now).await?;
    let detail = serde_json::json!({"new": fresh});
    journal::note(&mut tx, now, &session.actor(), "filing.barred", Some(found.id), &detail).await?;
    tx.commit().await?;
    let ended = end_all(app, session, found.id, now).await?;
    Ok(BarView { name_masked: mask::name(&found.details.name), new: fresh, ended })
}

async fn end_all(app: &App, session: &Session, person: Uuid, now: Timestamp) -> Used<u32> {
    let mut tx = app.store.write().await?;
    let mut shares = tx.shares_of_person(person, FilingKind::Filing.code()).await?;
    // Vehicles before the person, and in one order, as everywhere.
    shares.sort_by_key(|share| share.vehicle);
    for share in &shares {
        tx.lock_vehicle(share.vehicle).await?;
    }
    tx.lock_owner(person).await?;
    let mut ended = 0;
    for share in shares {
        let Some(mut filing) = tx.lock_filing(share.filing).await? else { continue };
        if filing.ended_at.is_none() && finish(&mut tx, &mut filing, EndReason::Barred, now).await? {
            tell_end(&mut tx, &filing, FilingKind::Filing, EndReason::Barred, now).await?;
            let detail = serde_json::json!({"filing": filing.id, "reason": EndReason::Barred.code()});
            journal::note(&mut tx, now, &session.actor(), "filing.ended", filing.vehicle, &detail).await?;
            ended += 1;
        }
    }
    tx.commit().await?;
    Ok(ended)
}
