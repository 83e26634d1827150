//! The queue: what events and people ordered, done at least once.

use super::{Order, record, unsigned_of};
use crate::app::App;
use crate::chance;
use crate::usecase::desk::Desk;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::licence::holding;
use crate::usecase::{self, event, import, paper_order, review};
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::trust::KeyUse;
use luzheng_store::Tx;
use luzheng_store::credential::{CredentialState, Signed};
use luzheng_store::job::Job;
use std::sync::Arc;
use uuid::Uuid;

/// Jobs in one batch.
const JOB_BATCH: u32 = 200;
/// How long a claimed job is ours, in seconds.
const LEASE_SECONDS: i64 = 60;

/// Signs what waits to be signed, a batch at a time; answers how many jobs were done.
///
/// # Errors
/// The store, or the claim itself; a single credential that cannot be signed is tried again later and does not hold up the others.
pub async fn run_jobs(app: &Arc<App>) -> Used<usize> {
    let now = app.clock.now();
    let lease = chance::new_id(now);
    let until = now.checked_add(SignedDuration::from_secs(LEASE_SECONDS)).unwrap_or(now);
    let mut tx = app.store.write().await?;
    let jobs = tx.claim_jobs(now, lease, until, JOB_BATCH).await?;
    if jobs.is_empty() {
        return Ok(0);
    }
    tx.commit().await?;
    let (sign, others): (Vec<Job>, Vec<Job>) =
        jobs.into_iter().partition(|j| matches!(j.kind.as_str(), usecase::ISSUE | usecase::HOLD));
    let mut done = sign_jobs(app, &sign, now).await?;
    for job in others {
        let outcome = match job.kind.as_str() {
            usecase::UNPARK => event::unpark(app, &job.reference).await,
            usecase::RECONSIDER => import::reconsider::reconsider(app, job.subject, &job.reference).await,
            usecase::PAPER_STEP => paper_order::tell_step(app, &job.reference).await,
            usecase::SETTLE => review::settle(app, &job.reference).await,
            usecase::REISSUE => super::reissue(app, &job.reference).await.map(drop),
            other => Err(UseError::broken("unknown_job", format!("nobody knows how to do a job of kind “{other}”"))),
        };
        let mut tx = app.store.write().await?;
        match outcome {
            Ok(()) => {
                tx.finish_job(&job).await?;
                done += 1;
            }
            Err(error) => {
                tracing::warn!(job = %job.id, kind = job.kind, %error, "a job failed");
                tx.fail_job(&job, &error.to_string(), now).await?;
            }
        }
        tx.commit().await?;
    }
    Ok(done)
}

/// What a job asks to be signed; `None` when nothing is left to do: it ended before it was signed, or another worker signed it.
async fn order_of(app: &App, tx: &mut Tx, job: &Job, now: Timestamp) -> Used<Option<Order>> {
    let id = job
        .reference
        .parse::<Uuid>()
        .map_err(|_| UseError::broken("broken_job", format!("job {} names no credential", job.id)))?;
    if job.kind == usecase::HOLD {
        return match tx.find_holding(id).await? {
            Some(holding) => holding::order(app, tx, &holding, now).await,
            None => Ok(None),
        };
    }
    match tx.find_credential(id).await? {
        Some(found) if found.signed_at.is_none() && !matches!(found.state, CredentialState::Ended { .. }) => {
            unsigned_of(app, tx, &found).await?.order(found.reserved_at, now).map(Some)
        }
        _ => Ok(None),
    }
}

async fn sign_jobs(app: &Arc<App>, jobs: &[Job], now: Timestamp) -> Used<usize> {
    if jobs.is_empty() {
        return Ok(0);
    }
    let mut read = app.store.read().await?;
    let mut orders: Vec<(&Job, Order)> = Vec::new();
    let mut moot = Vec::new();
    let mut bad = Vec::new();
    for job in jobs {
        match order_of(app, &mut read, job, now).await {
            Ok(Some(order)) => orders.push((job, order)),
            Ok(None) => moot.push(job),
            Err(error) if error.kind == Kind::Unavailable => return Err(error),
            Err(error) => bad.push((job, error)),
        }
    }
    drop(read);
    let mut good = Vec::new();
    for key_use in [KeyUse::Mark, KeyUse::Licence] {
        let mine: Vec<_> = orders.iter().filter(|(_, order)| order.key_use() == key_use).collect();
        if mine.is_empty() {
            continue;
        }
        let desk = Desk::open(app, key_use, mine.iter().map(|(_, order)| order.claims.authority()), now)?;
        for (job, order) in mine {
            match order.sign(&desk) {
                Ok(signed) => good.push((*job, order, signed)),
                Err(error) => bad.push((*job, error)),
            }
        }
    }
    settle(app, good, &moot, &bad, now).await
}

/// Records what was signed and what became of the jobs, in one transaction; answers how many are done.
async fn settle(
    app: &App,
    good: Vec<(&Job, &Order, Signed)>,
    moot: &[&Job],
    bad: &[(&Job, UseError)],
    now: Timestamp,
) -> Used<usize> {
    let mut tx = app.store.write().await?;
    let mut signed = Vec::new();
    let mut counted = [0u64; 2];
    for (job, order, message) in good {
        if tx.finish_job(job).await? {
            let waited = now.duration_since(order.since).as_secs_f64();
            if order.key_use() == KeyUse::Mark {
                metrics::histogram!("luzheng_event_to_mark_seconds").record(waited);
                counted[0] += 1;
            } else {
                counted[1] += 1;
            }
            signed.push(message);
        }
    }
    for job in moot {
        tx.finish_job(job).await?;
    }
    for (job, error) in bad {
        tracing::error!(job = %job.id, %error, "a credential was not signed");
        tx.fail_job(job, &error.to_string(), now).await?;
    }
    if !signed.is_empty() {
        record(&mut tx, chance::new_id(now), &signed, "signer", now).await?;
    }
    tx.commit().await?;
    metrics::counter!("luzheng_marks_issued_total").increment(counted[0]);
    metrics::counter!("luzheng_holdings_signed_total").increment(counted[1]);
    Ok(signed.len() + moot.len())
}
