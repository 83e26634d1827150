//! Marks in bulk, and what a compromised key signed issued anew. Interrupted at any moment both go on where they were.

use super::{Unsigned, record, unsigned_of};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::desk::Desk;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::{journal, licence, vehicle};
use jiff::Timestamp;
use luzheng_credential::sign::KeyId;
use luzheng_credential::trust::KeyUse;
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::region::Division;
use luzheng_store::credential::Reservation;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// Vehicles in one step of bulk issuing.
const BULK_STEP: u32 = 5_000;

/// How many vehicles bulk issuing will look at, at most.
///
/// # Errors
/// The store.
pub async fn bulk_total(app: &App) -> Used<u64> {
    Ok(app.store.read().await?.vehicle_count().await?)
}

/// What bulk issuing is told.
#[derive(Debug, Clone)]
pub struct BulkOptions {
    /// Only these divisions (a province, a prefecture or a county); empty: all.
    pub divisions: Vec<Division>,
    /// Signing threads.
    pub workers: usize,
    /// Who ordered it.
    pub actor: String,
}

/// What bulk issuing did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct BulkSummary {
    /// Vehicles looked at.
    pub seen: u64,
    /// Marks signed.
    pub issued: u64,
    /// Of these: reserved by an earlier run that was interrupted.
    pub resumed: u64,
    /// Vehicles that get none, by reason code.
    pub skipped: BTreeMap<String, u64>,
}

/// Signs what earlier runs reserved and did not finish.
async fn resume(
    app: &Arc<App>,
    options: &BulkOptions,
    summary: &mut BulkSummary,
    progress: &(dyn Fn(u64) + Sync),
) -> Used<()> {
    let mut after = Uuid::nil();
    loop {
        let mut read = app.store.read().await?;
        let found = read.unsigned_credentials(CredentialKind::InspectionMark, after, BULK_STEP).await?;
        let Some(last) = found.last() else { return Ok(()) };
        after = last.subject;
        let mut batch = Vec::with_capacity(found.len());
        for credential in &found {
            batch.push(unsigned_of(app, &mut read, credential).await?);
        }
        drop(read);
        match sign_and_record(app, batch, options).await {
            Ok(count) => {
                summary.resumed += count;
                summary.issued += count;
                progress(count);
            }
            // The server's own jobs signed some of them meanwhile: look again.
            Err(error) if error.kind == Kind::Conflict => {
                after = found.first().map_or(Uuid::nil(), |c| before(c.subject))
            }
            Err(error) => return Err(error),
        }
    }
}

/// The id just before another, so that "after" includes it.
fn before(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128().saturating_sub(1))
}

async fn sign_and_record(app: &Arc<App>, batch: Vec<Unsigned>, options: &BulkOptions) -> Used<u64> {
    let now = app.clock.now();
    let desk = Desk::open(app, KeyUse::Mark, batch.iter().map(|u| u.authority), now)?;
    let workers = options.workers;
    let sign = move || Desk::on_threads(&batch, workers, |unsigned| unsigned.sign_static(&desk));
    let results =
        tokio::task::spawn_blocking(sign).await.map_err(|e| UseError::broken("signer_panicked", e.to_string()))?;
    let signed = results.into_iter().collect::<Used<Vec<_>>>()?;
    let mut tx = app.store.write().await?;
    record(&mut tx, chance::new_id(now), &signed, &options.actor, now).await?;
    tx.commit().await?;
    Ok(signed.len() as u64)
}

/// Issues marks for all vehicles in validity that have none. Interrupted at any moment it can be run again: nobody gets two.
///
/// # Errors
/// The store or keys unavailable.
pub async fn bulk(app: &Arc<App>, options: &BulkOptions, progress: &(dyn Fn(u64) + Sync)) -> Used<BulkSummary> {
    let mut summary = BulkSummary::default();
    resume(app, options, &mut summary, progress).await?;
    let mut after = None;
    loop {
        let mut read = app.store.read().await?;
        let found =
            read.vehicles_without_mark(CredentialKind::InspectionMark, after, &options.divisions, BULK_STEP).await?;
        drop(read);
        let Some(last) = found.last().map(|f| f.id) else { return Ok(summary) };
        let now = app.clock.now();
        let today = china_date(now);
        let mut chosen = Vec::new();
        let mut skipped: BTreeMap<String, u64> = BTreeMap::new();
        for found in &found {
            match vehicle::bulk_decision(&found.facts, today) {
                Ok(valid_until) => chosen.push((found, valid_until)),
                Err(reason) => *skipped.entry(reason.code().to_owned()).or_default() += 1,
            }
        }
        if !chosen.is_empty() {
            let places = app
                .store
                .allocate_status(CredentialKind::InspectionMark, u32::try_from(chosen.len()).unwrap_or(u32::MAX), now)
                .await?;
            let mut reservations = Vec::with_capacity(chosen.len());
            let mut batch = Vec::with_capacity(chosen.len());
            for ((found, valid_until), status) in chosen.iter().zip(places) {
                let reservation =
                    vehicle::reservation(found.id, &found.facts, *valid_until, status, Reason::InValidity, "bulk", now);
                batch.push(Unsigned {
                    subject: found.id,
                    id: reservation.id,
                    plate_number: reservation.subject_name.clone(),
                    class: reservation.class.clone(),
                    valid_until: reservation.valid_until,
                    authority: reservation.authority,
                    status,
                    digest: app.store.vault().subject_digest(found.facts.vin.as_str()),
                });
                reservations.push(reservation);
            }
            match reserve(app, &reservations, &options.actor, now).await {
                Ok(()) => {}
                // An event gave one of them a mark at the same time: look at this step again.
                Err(error) if error.kind == Kind::Conflict => continue,
                Err(error) => return Err(error),
            }
            summary.issued += sign_and_record(app, batch, options).await?;
        }
        after = Some(last);
        summary.seen += found.len() as u64;
        for (reason, count) in skipped {
            *summary.skipped.entry(reason).or_default() += count;
        }
        progress(found.len() as u64);
    }
}

async fn reserve(app: &Arc<App>, reservations: &[Reservation], actor: &str, now: Timestamp) -> Used<()> {
    let mut tx = app.store.write().await?;
    tx.reserve_many(reservations).await?;
    journal::note(&mut tx, now, actor, "marks.reserved", None, &serde_json::json!({"count": reservations.len()}))
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Issues anew what a compromised key signed: each old mark is superseded and a new one reserved and signed, resumably.
///
/// # Errors
/// The store or keys unavailable.
pub async fn reissue(app: &Arc<App>, kid: &str) -> Used<u64> {
    let kid: KeyId =
        kid.parse().map_err(|_| UseError::broken("broken_job", format!("“{kid}” is no key identifier")))?;
    let options = BulkOptions { divisions: Vec::new(), workers: 1, actor: "system".into() };
    let mut total = 0;
    loop {
        let mut read = app.store.read().await?;
        let found = read.credentials_signed_by(*kid.as_bytes(), Uuid::nil(), 500).await?;
        drop(read);
        if found.is_empty() {
            break;
        }
        let now = app.clock.now();
        let places = app
            .store
            .allocate_status(CredentialKind::InspectionMark, u32::try_from(found.len()).unwrap_or(u32::MAX), now)
            .await?;
        let mut tx = app.store.write().await?;
        for (old, status) in found.iter().zip(places) {
            vehicle::replace_for_key(&mut tx, old, status, now).await?;
        }
        let detail = serde_json::json!({"kid": kid, "count": found.len()});
        journal::note(&mut tx, now, "system", "marks.superseded_for_key", None, &detail).await?;
        tx.commit().await?;
        total += found.len() as u64;
    }
    resume(app, &options, &mut BulkSummary::default(), &|_| ()).await?;
    // What it signed for devices is signed by the queue, as after every re-issue.
    total += licence::bulk::rebind_for_key(app, kid).await?;
    Ok(total)
}
