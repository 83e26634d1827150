//! Licences in bulk: those whom an earlier system had issued one are given theirs, those whose licence no longer says what the register
//! says get a new one, and what devices hold is signed. Interrupted at any moment it can be run again: nobody gets two.

use super::issue::{BroughtInto, bring_into_line, differs, new_for};
use super::{Cause, Places, holding, is_of_the_register};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::desk::Desk;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::issue::{BulkOptions, Order, record};
use crate::usecase::journal;
use jiff::Timestamp;
use luzheng_credential::sign::KeyId;
use luzheng_credential::trust::KeyUse;
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_domain::driver::LicenceEffect;
use luzheng_domain::driver::event::{CurrentLicence, LicenceDecision};
use luzheng_domain::region::rollout;
use luzheng_store::Tx;
use luzheng_store::credential::{Credential, CredentialState};
use luzheng_store::driver::{Applicant, StoredDriver};
use luzheng_store::holding::Holding;
use luzheng_store::status::StatusValue;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use uuid::Uuid;

const KIND: CredentialKind = CredentialKind::DrivingLicence;
/// Drivers in one step.
const STEP: u32 = 2_000;
/// Licences that are issued anew in one transaction.
const CHUNK: usize = 200;
/// Who has it done, in the rows.
const CAUSE: &str = "bulk";
/// Skipped: a licence of theirs ended earlier, and they have not applied again.
const ENDED_BEFORE: &str = "ended_before";

/// What bulk issuing of licences did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LicenceSummary {
    /// Drivers looked at.
    pub seen: u64,
    /// Licences issued to those who had applied in an earlier system.
    pub migrated: u64,
    /// Licences that took the place of one that no longer said what the register says.
    pub reissued: u64,
    /// Licences whose state was brought into line with the register's.
    pub restated: u64,
    /// Messages signed for devices.
    pub signed: u64,
    /// Applicants who get none, by reason code.
    pub skipped: BTreeMap<String, u64>,
}

/// How many drivers a run will look at, at most.
///
/// # Errors
/// The store.
pub async fn total(app: &App) -> Used<u64> {
    Ok(app.store.read().await?.driver_count().await?)
}

/// Issues in bulk. `progress` is told how many drivers were looked at.
///
/// # Errors
/// The store or keys unavailable.
pub async fn bulk(app: &Arc<App>, options: &BulkOptions, progress: &(dyn Fn(u64) + Sync)) -> Used<LicenceSummary> {
    let mut summary = LicenceSummary::default();
    migrate(app, options, &mut summary).await?;
    // Afterwards, so that an event which came between reading and reserving is seen here.
    follow_register(app, options, &mut summary, progress).await?;
    summary.signed = sign_unsigned(app, options).await?;
    Ok(summary)
}

/// Why an applicant gets no licence in bulk, if so.
fn stands_against(app: &App, driver: &StoredDriver, ended_before: &HashSet<Uuid>) -> Option<&'static str> {
    let today = china_date(app.clock.now());
    if ended_before.contains(&driver.id) {
        return Some(ENDED_BEFORE);
    }
    if let LicenceEffect::Withdrawn(reason) = driver.facts.effective_status(today).effect() {
        return Some(reason.code());
    }
    (!rollout::is_open(KIND, driver.facts.division, today)).then_some(Reason::RegionNotOpen.code())
}

async fn migrate(app: &Arc<App>, options: &BulkOptions, summary: &mut LicenceSummary) -> Used<()> {
    let mut after = Uuid::nil();
    loop {
        let mut read = app.store.read().await?;
        let found = read.applicants_without_licence(Some(after), &options.divisions, STEP).await?;
        let Some(last) = found.last().map(|f| f.driver.id) else { return Ok(()) };
        let ended: HashSet<Uuid> = read.subjects_with_past_credentials(KIND, after, last).await?.into_iter().collect();
        drop(read);
        let mut skipped: BTreeMap<String, u64> = BTreeMap::new();
        let mut chosen = Vec::new();
        for applicant in &found {
            match stands_against(app, &applicant.driver, &ended) {
                Some(reason) => *skipped.entry(reason.to_owned()).or_default() += 1,
                None => chosen.push(applicant),
            }
        }
        match issue_chosen(app, &chosen, &options.actor).await {
            Ok(()) => {}
            // Somebody was issued one at the same time: look at this step again.
            Err(error) if error.kind == Kind::Conflict => continue,
            Err(error) => return Err(error),
        }
        summary.migrated += chosen.len() as u64;
        for (reason, count) in skipped {
            *summary.skipped.entry(reason).or_default() += count;
        }
        after = last;
    }
}

async fn issue_chosen(app: &App, chosen: &[&Applicant], actor: &str) -> Used<()> {
    if chosen.is_empty() {
        return Ok(());
    }
    let now = app.clock.now();
    let count = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
    let mut places = Places::for_kind(app, KIND, count, now).await?;
    let cause = Cause { actor, cause: CAUSE, true_at: now, now };
    let mut reservations = Vec::with_capacity(chosen.len());
    for applicant in chosen {
        let place = places.next()?;
        reservations.push(new_for(&applicant.driver, Some(applicant.photo), place, Reason::Migrated, &cause));
    }
    let mut tx = app.store.write().await?;
    tx.reserve_many(&reservations).await?;
    let today = china_date(now);
    for applicant in chosen {
        let effect = applicant.driver.facts.effective_status(today).effect();
        if effect != LicenceEffect::Normal {
            super::issue::set_effect(&mut tx, &applicant.driver, effect, &cause).await?;
        }
    }
    let detail = serde_json::json!({"count": chosen.len()});
    journal::note(&mut tx, now, actor, "licences.migrated", None, &detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether a current licence and the register agree, as far as one look can tell. A state is looked at more closely by whoever acts.
async fn agrees(
    tx: &mut Tx,
    found: &Credential,
    driver: &StoredDriver,
    photo: Option<Uuid>,
    now: Timestamp,
) -> Used<bool> {
    let effect = driver.facts.effective_status(china_date(now)).effect();
    if differs(found, &driver.facts).is_some() || (photo.is_some() && photo != found.photo) {
        return Ok(false);
    }
    match (&found.state, effect) {
        (CredentialState::Current, LicenceEffect::Normal) => Ok(true),
        (CredentialState::Suspended { reason, .. }, effect) if !is_of_the_register(*reason) => {
            Ok(!matches!(effect, LicenceEffect::Withdrawn(_)))
        }
        _ => {
            let state = super::issue::shown_state(tx, found).await?;
            Ok(LicenceDecision::towards(effect).steps(Some(&CurrentLicence { state })).is_empty())
        }
    }
}

async fn follow_register(
    app: &Arc<App>,
    options: &BulkOptions,
    summary: &mut LicenceSummary,
    progress: &(dyn Fn(u64) + Sync),
) -> Used<()> {
    let mut after = Uuid::nil();
    loop {
        let now = app.clock.now();
        let mut read = app.store.read().await?;
        let drivers = read.drivers_page(Some(after), &options.divisions, STEP).await?;
        let Some(last) = drivers.last().map(|d| d.id) else { return Ok(()) };
        let photos: HashMap<Uuid, Uuid> = read.current_photos_between(after, last).await?.into_iter().collect();
        let current = read.current_credentials_between(KIND, after, last).await?;
        let current: HashMap<Uuid, Credential> = current.into_iter().map(|c| (c.subject, c)).collect();
        let mut todo = Vec::new();
        for driver in &drivers {
            let Some(found) = current.get(&driver.id) else { continue };
            if !agrees(&mut read, found, driver, photos.get(&driver.id).copied(), now).await? {
                todo.push(driver.id);
            }
        }
        drop(read);
        for chunk in todo.chunks(CHUNK) {
            follow_chunk(app, chunk, &options.actor, summary).await?;
        }
        after = last;
        summary.seen += drivers.len() as u64;
        progress(drivers.len() as u64);
    }
}

async fn follow_chunk(app: &App, drivers: &[Uuid], actor: &str, summary: &mut LicenceSummary) -> Used<()> {
    let now = app.clock.now();
    let wanted = u32::try_from(drivers.len()).unwrap_or(u32::MAX).saturating_mul(Places::FOR_LICENCE);
    let mut places = Places::for_kind(app, KIND, wanted, now).await?;
    let cause = Cause { actor, cause: CAUSE, true_at: now, now };
    let mut tx = app.store.write().await?;
    let (mut reissued, mut restated) = (0, 0);
    for driver in drivers {
        let Some(driver) = tx.lock_driver(*driver).await? else { continue };
        match bring_into_line(&mut tx, &driver, &cause, &mut places).await? {
            BroughtInto::NewLicence(_) => reissued += 1,
            BroughtInto::State => restated += 1,
            BroughtInto::Nothing => {}
        }
    }
    tx.commit().await?;
    summary.reissued += reissued;
    summary.restated += restated;
    Ok(())
}

/// Signs what devices are to hold and nobody has signed yet: what this run ordered, and what an earlier one left. Answers how many.
async fn sign_unsigned(app: &Arc<App>, options: &BulkOptions) -> Used<u64> {
    let (mut after, mut signed) = (Uuid::nil(), 0);
    loop {
        let now = app.clock.now();
        let mut read = app.store.read().await?;
        let found = read.unsigned_holdings(after, STEP).await?;
        let Some(last) = found.last().map(|h| h.subject) else { return Ok(signed) };
        let mut orders = Vec::with_capacity(found.len());
        for held in &found {
            orders.extend(holding::order(app, &mut read, held, now).await?);
        }
        drop(read);
        match sign_and_record(app, orders, options, now).await {
            Ok(count) => {
                signed += count;
                after = last;
            }
            // The server's own jobs signed some of them meanwhile: look again.
            Err(error) if error.kind == Kind::Conflict => {}
            Err(error) => return Err(error),
        }
    }
}

async fn sign_and_record(app: &App, orders: Vec<Order>, options: &BulkOptions, now: Timestamp) -> Used<u64> {
    if orders.is_empty() {
        return Ok(0);
    }
    let desk = Desk::open(app, KeyUse::Licence, orders.iter().map(|o| o.claims.authority()), now)?;
    let workers = options.workers;
    let sign = move || Desk::on_threads(&orders, workers, |order| order.sign(&desk));
    let results =
        tokio::task::spawn_blocking(sign).await.map_err(|e| UseError::broken("signer_panicked", e.to_string()))?;
    let signed = results.into_iter().collect::<Used<Vec<_>>>()?;
    let mut tx = app.store.write().await?;
    record(&mut tx, chance::new_id(now), &signed, &options.actor, now).await?;
    tx.commit().await?;
    Ok(signed.len() as u64)
}

/// Binds anew what a compromised key signed for devices: each old holding is superseded and its successor ordered, resumably.
///
/// # Errors
/// The store unavailable.
pub(crate) async fn rebind_for_key(app: &App, kid: KeyId) -> Used<u64> {
    let mut total = 0;
    loop {
        let mut read = app.store.read().await?;
        let found = read.holdings_signed_by(*kid.as_bytes(), Uuid::nil(), STEP).await?;
        drop(read);
        if found.is_empty() {
            return Ok(total);
        }
        let now = app.clock.now();
        let wanted = u32::try_from(found.len()).unwrap_or(u32::MAX);
        let mut places = Places::for_kind(app, KIND, wanted, now).await?;
        let cause = Cause { actor: "system", cause: "key", true_at: now, now };
        let mut tx = app.store.write().await?;
        for held in &found {
            rebind(&mut tx, held, &cause, &mut places).await?;
        }
        let detail = serde_json::json!({"kid": kid, "count": found.len()});
        journal::note(&mut tx, now, "system", "holdings.superseded_for_key", None, &detail).await?;
        tx.commit().await?;
        total += found.len() as u64;
    }
}

async fn rebind(tx: &mut Tx, held: &Holding, cause: &Cause<'_>, places: &mut Places) -> Used<()> {
    let Some(driver) = tx.lock_driver(held.subject).await? else { return Ok(()) };
    let Some(now) = tx.lock_current_holding(held.subject).await?.filter(|now| now.id == held.id) else { return Ok(()) };
    match tx.find_credential(now.credential).await? {
        Some(credential) => {
            holding::renew(tx, &driver, &credential, Reason::KeyCompromised, cause, places).await?;
        }
        None => {
            holding::end_current(tx, held.subject, StatusValue::Superseded, Reason::KeyCompromised, cause.now).await?;
        }
    }
    Ok(())
}
