//! The queue: what events and people ordered, done at least once.

use super::{record, unsigned_of};
use crate::app::App;
use crate::chance;
use crate::usecase::desk::Desk;
use crate::usecase::error::{UseError, Used};
use crate::usecase::{self, event, import};
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::trust::KeyUse;
use luzheng_store::credential::CredentialState;
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
    let (issue, others): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(|j| j.kind == usecase::ISSUE);
    let mut done = sign_jobs(app, &issue, now).await?;
    for job in others {
        let outcome = match job.kind.as_str() {
            usecase::UNPARK => event::unpark(app, &job.reference).await,
            usecase::RECONSIDER => import::reconsider::reconsider(app, job.subject, &job.reference).await,
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

async fn sign_jobs(app: &Arc<App>, jobs: &[Job], now: Timestamp) -> Used<usize> {
    if jobs.is_empty() {
        return Ok(0);
    }
    let mut read = app.store.read().await?;
    let mut todo = Vec::new();
    let mut moot = Vec::new();
    for job in jobs {
        let id = job
            .reference
            .parse::<Uuid>()
            .map_err(|_| UseError::broken("broken_job", format!("job {} names no credential", job.id)))?;
        match read.find_credential(id).await? {
            Some(credential)
                if credential.signed_at.is_none() && !matches!(credential.state, CredentialState::Ended { .. }) =>
            {
                todo.push((job, unsigned_of(app, &mut read, &credential).await?, credential));
            }
            // Ended before it was signed, or signed by another worker: nothing is left to do.
            _ => moot.push(job),
        }
    }
    drop(read);
    let desk = Desk::open(app, KeyUse::Mark, todo.iter().map(|(_, u, _)| u.authority), now)?;
    let mut good = Vec::new();
    let mut bad = Vec::new();
    for (job, unsigned, credential) in &todo {
        match unsigned.sign_static(&desk) {
            Ok(signed) => good.push((*job, credential, signed)),
            Err(error) => bad.push((*job, error)),
        }
    }
    let mut tx = app.store.write().await?;
    let mut signed = Vec::new();
    for (job, credential, message) in good {
        if tx.finish_job(job).await? {
            let waited = now.duration_since(credential.reserved_at).as_secs_f64();
            metrics::histogram!("luzheng_event_to_mark_seconds").record(waited);
            signed.push(message);
        }
    }
    for job in &moot {
        tx.finish_job(job).await?;
    }
    for (job, error) in &bad {
        tracing::error!(job = %job.id, %error, "a mark was not signed");
        tx.fail_job(job, &error.to_string(), now).await?;
    }
    if !signed.is_empty() {
        record(&mut tx, chance::new_id(now), &signed, "signer", now).await?;
    }
    tx.commit().await?;
    metrics::counter!("luzheng_marks_issued_total").increment(signed.len() as u64);
    Ok(signed.len() + moot.len())
}
