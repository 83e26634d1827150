//! From a reserved credential to a signed one: in the background for events, in bulk for vehicles already in validity.
//!
//! The intent is durable first (serial, status index); then it is signed, verified by our own verifier, and the bytes are recorded with a digest
//! of the batch in the journal. A crash in between leaves reserved rows, which the next run signs.

use super::error::{Kind, UseError, Used};
use super::key::KeyTable;
use super::{journal, vehicle};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use jiff::{SignedDuration, Timestamp};
use luzheng_credential::issue::Prepared;
use luzheng_credential::kind::inspection_mark::MarkMode;
use luzheng_credential::kind::{InspectionMark, StatusRef};
use luzheng_credential::sign::{KeyId, Signer};
use luzheng_credential::trust::{KeyUse, TrustList};
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::region::Division;
use luzheng_domain::vehicle::YearMonth;
use luzheng_store::credential::{Credential, CredentialState, Reservation, Signed};
use luzheng_store::job::Job;
use luzheng_store::status::StatusIndex;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// Vehicles in one step of bulk issuing.
const BULK_STEP: u32 = 5_000;
/// Jobs in one batch.
const JOB_BATCH: u32 = 200;
/// How long a claimed job is ours, in seconds.
const LEASE_SECONDS: i64 = 60;

/// A reserved credential with all that its code says.
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

/// Everything that signing needs, taken once for a batch.
pub struct Desk {
    trust: TrustList,
    keys: Arc<KeyTable>,
    signers: HashMap<KeyId, Arc<dyn Signer>>,
    now: Timestamp,
}

impl Desk {
    /// Opens the keys that sign for these authorities now.
    ///
    /// # Errors
    /// No trust list, no key for an authority, or a key that cannot be opened: nothing is signed then.
    pub fn open(app: &App, key_use: KeyUse, authorities: impl Iterator<Item = u32>, now: Timestamp) -> Used<Self> {
        let published = app.published();
        let trust = published.trust.clone().ok_or_else(|| {
            UseError::new(Kind::Unavailable, "no_trust_list", "there is no trust list; run `luzheng keys generate`")
        })?;
        let keys = app.key_table();
        let mut signers: HashMap<KeyId, Arc<dyn Signer>> = HashMap::new();
        let mut seen = std::collections::HashSet::new();
        for authority in authorities {
            if !seen.insert(authority) {
                continue;
            }
            let key = keys.pick(key_use, authority, now).ok_or_else(|| no_key(key_use, authority))?;
            let kid = key.public_key.kid();
            if let std::collections::hash_map::Entry::Vacant(place) = signers.entry(kid) {
                place.insert(super::signer(app, key)?);
            }
        }
        Ok(Self { trust, keys, signers, now })
    }

    /// Makes the claims of a mark, signs them with the authority's key, and lets our own verifier judge the result.
    ///
    /// # Errors
    /// A claim out of range, a key that may not sign this, or a verdict other than valid.
    pub fn sign(&self, unsigned: &Unsigned, mode: MarkMode) -> Used<luzheng_credential::issue::Issued> {
        let key_use = if matches!(mode, MarkMode::Static) { KeyUse::Mark } else { KeyUse::Live };
        let key =
            self.keys.pick(key_use, unsigned.authority, self.now).ok_or_else(|| no_key(key_use, unsigned.authority))?;
        let kid = key.public_key.kid();
        let failed =
            |why: String| UseError::broken("not_issued", format!("credential {} was not signed: {why}", unsigned.id));
        let entry = self.trust.find(kid).ok_or_else(|| failed(format!("key {kid} is not in the trust list")))?;
        let signer = self.signers.get(&kid).ok_or_else(|| failed(format!("key {kid} is not open")))?;
        let mark = InspectionMark {
            iat: self.now.as_second(),
            mode,
            plate_number: unsigned.plate_number.clone(),
            plate_type: unsigned.class.clone(),
            valid_until: YearMonth::from_yyyymm(unsigned.valid_until)
                .ok_or_else(|| failed("its month is no month".into()))?,
            status: StatusRef { list: unsigned.status.list, index: unsigned.status.index },
            authority: unsigned.authority,
            subject_digest: unsigned.digest,
        };
        let issued = Prepared::new(mark, entry)
            .map_err(|e| failed(e.to_string()))?
            .sign(signer.as_ref())
            .map_err(|e| failed(e.to_string()))?;
        issued.confirm(&self.trust, self.now).map_err(|report| {
            failed(format!("our own verifier says {}", serde_json::to_string(&*report).unwrap_or_default()))
        })?;
        Ok(issued)
    }

    fn sign_static(&self, unsigned: &Unsigned) -> Used<Signed> {
        let issued = self.sign(unsigned, MarkMode::Static)?;
        Ok(Signed {
            subject: unsigned.subject,
            credential: unsigned.id,
            kid: *issued.kid().as_bytes(),
            message: issued.message().to_vec(),
            signed_at: self.now,
        })
    }

    /// Signs a batch on some threads, in the order given.
    fn sign_all(&self, batch: &[Unsigned], workers: usize) -> Vec<Used<Signed>> {
        if workers <= 1 || batch.len() < 2 * workers {
            return batch.iter().map(|u| self.sign_static(u)).collect();
        }
        let share = batch.len().div_ceil(workers);
        std::thread::scope(|scope| {
            let threads: Vec<_> = batch
                .chunks(share)
                .map(|part| scope.spawn(move || part.iter().map(|u| self.sign_static(u)).collect::<Vec<_>>()))
                .collect();
            threads
                .into_iter()
                .flat_map(|t| {
                    t.join()
                        .unwrap_or_else(|_| vec![Err(UseError::broken("signer_panicked", "a signing thread panicked"))])
                })
                .collect()
        })
    }
}

fn no_key(key_use: KeyUse, authority: u32) -> UseError {
    UseError::new(
        Kind::Unavailable,
        "no_key",
        format!(
            "no active key of use “{0}” covers division {authority:06}; run `luzheng keys generate --use {0} --region {authority:06}`",
            key_use.code()
        ),
    )
}

async fn unsigned_of(app: &App, tx: &mut luzheng_store::Tx, credential: &Credential) -> Used<Unsigned> {
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

/// Records signed marks with the batch's digest in the journal, in the given transaction.
async fn record(tx: &mut luzheng_store::Tx, batch: Uuid, signed: &[Signed], actor: &str, now: Timestamp) -> Used<()> {
    tx.put_signed_batch(Some(batch), signed).await?;
    let detail = serde_json::json!({
        "batch": batch,
        "count": signed.len(),
        "digest": hex::encode(journal::batch_digest(signed.iter().map(|s| (s.credential, s.message.as_slice())))),
    });
    // The batch is the entry's subject, so that `audit verify` finds the one by the other.
    journal::note(tx, now, actor, journal::ISSUED, Some(batch), &detail).await
}

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
    let (issue, others): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(|j| j.kind == super::ISSUE);
    let mut done = sign_jobs(app, &issue, now).await?;
    for job in others {
        let outcome = match job.kind.as_str() {
            super::UNPARK => vehicle::unpark(app, &job.reference).await,
            super::RECONSIDER => super::import::reconsider::reconsider(app, job.subject, &job.reference).await,
            super::REISSUE => reissue(app, &job.reference).await.map(drop),
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
        match desk.sign_static(unsigned) {
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
    let results = tokio::task::spawn_blocking(move || desk.sign_all(&batch, workers))
        .await
        .map_err(|e| UseError::broken("signer_panicked", e.to_string()))?;
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
            let places = app.store.allocate_status(CredentialKind::InspectionMark, u32::try_from(chosen.len()).unwrap_or(u32::MAX), now).await?;
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
        let places = app.store.allocate_status(CredentialKind::InspectionMark, u32::try_from(found.len()).unwrap_or(u32::MAX), now).await?;
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
    Ok(total)
}
