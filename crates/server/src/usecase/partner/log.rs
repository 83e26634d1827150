//! What partners checked, and what citizens are told of it. An on-line check is logged: which partner, when, for which purpose, a keyed digest
//! of the subject, the verdict. The person whose credential it was sees it in "who looked at my record", with the partner's name.
//!
//! Neither is written while the partner waits. Both wait in memory for the next turn of a job (seconds) and are then written in batches: a call
//! becomes one row with 18 bytes for each code, the looks of thousands of codes one statement. What waits is bounded; with the database
//! stopped for long the oldest gives way, is counted (`luzheng_partner_log_lost_total`) and logged. A crash loses at most what waits.

use super::quota;
use super::registry::Client;
use super::scope::Purpose;
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::error::Used;
use crate::usecase::look::{Looker, Part, Way};
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_credential::verify::{Reason, Report, Verdict};
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::mask;
use luzheng_store::look::Look;
use luzheng_store::partner::{PartnerCheck, Whose};
use luzheng_store::session::Repeated;
use luzheng_store::status::StatusIndex;
use luzheng_store::{Tx, Vault};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use uuid::Uuid;

/// Bytes of one code in the log: keyed digest, verdict, reason.
pub const ENTRY: usize = 18;
/// Most codes that wait to be written: about 100 MB at the worst.
const MAX_WAITING: usize = 1_000_000;
/// Most looks written in one transaction: the embedded engine has one writer, and others wait for it.
const LOOKS_AT_ONCE: usize = 4_000;
/// Most checks written in one transaction.
const CHECKS_AT_ONCE: usize = 500;

/// By which way a partner checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// One or many codes by the interface.
    Interface,
    /// One or many codes on the hosted page.
    Page,
    /// A licence when a vehicle is handed over.
    PickUp,
}

impl How {
    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Interface => "interface",
            Self::Page => "page",
            Self::PickUp => "pick_up",
        }
    }
}

/// A credential that a partner saw a verdict on, to be told to whom it belongs.
#[derive(Debug, Clone)]
pub struct SeenCode {
    at: StatusIndex,
    kind: CredentialKind,
    /// As the person knows it: the plate, masked; the classes.
    label: String,
}

/// The codes of one call, on their way into the log.
#[derive(Debug)]
pub struct Entry {
    /// The partner.
    pub client: Arc<Client>,
    /// The person, on the hosted page.
    pub member: Option<Uuid>,
    /// The id of the check.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// What for.
    pub purpose: Purpose,
    /// By which way.
    pub how: How,
    /// How many of each verdict, and refused.
    pub counts: [u32; 6],
    /// [`ENTRY`] bytes for each code.
    pub codes: Vec<u8>,
    /// Genuine credentials among them, each once.
    pub seen: Vec<SeenCode>,
}

/// What waits to be written.
#[derive(Debug, Default)]
pub struct Pending {
    entries: VecDeque<Entry>,
    codes: usize,
    attempt: Option<Attempt>,
}

/// What one transaction writes. It has a key, so that a commit whose answer was lost is not done again.
#[derive(Debug)]
struct Attempt {
    key: Uuid,
    entries: Vec<Entry>,
    day: Date,
    usage: Vec<(Uuid, u32)>,
}

/// The number of a verdict in the log; 5 is "refused without one".
pub(super) const fn number(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Valid => 0,
        Verdict::Attention => 1,
        Verdict::NotValid => 2,
        Verdict::Unreadable => 3,
        Verdict::CannotTell => 4,
    }
}

/// The number of "refused without a verdict" in the log.
const REFUSED: u8 = 5;

/// Adds a code to the log's bytes; none: the partner was told no verdict.
pub(super) fn add_code(codes: &mut Vec<u8>, vault: &Vault, report: Option<&Report>) {
    let digest = report.and_then(Report::claims).map_or([0; 16], |claims| {
        vault.index("partner check", format!("{} {}", claims.kind().code(), claims.subject()).as_bytes())
    });
    codes.extend_from_slice(&digest);
    codes.push(report.map_or(REFUSED, |report| number(report.verdict())));
    let place = report.and_then(Report::reason).and_then(|reason| Reason::ALL.iter().position(|one| *one == reason));
    codes.push(place.and_then(|place| u8::try_from(place + 1).ok()).unwrap_or(0));
}

/// The credential of a report, for telling its owner; none when nothing genuine was read.
pub(super) fn seen(report: &Report) -> Option<SeenCode> {
    let claims = report.claims()?;
    let label = match claims.kind() {
        CredentialKind::InspectionMark => mask::plate(claims.subject()),
        CredentialKind::DrivingLicence => claims.class().to_owned(),
    };
    let at = StatusIndex { list: claims.status().list, index: claims.status().index };
    Some(SeenCode { at, kind: claims.kind(), label })
}

fn pending(app: &App) -> std::sync::MutexGuard<'_, Pending> {
    app.partners.pending.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Puts a call into the queue of what is written next.
pub fn note(app: &App, entry: Entry) {
    let mut pending = pending(app);
    pending.codes += entry.codes.len() / ENTRY;
    pending.entries.push_back(entry);
    let mut lost = 0;
    while pending.codes > MAX_WAITING {
        let Some(oldest) = pending.entries.pop_front() else { break };
        pending.codes -= oldest.codes.len() / ENTRY;
        lost += oldest.codes.len() / ENTRY;
    }
    drop(pending);
    if lost > 0 {
        metrics::counter!("luzheng_partner_log_lost_total").increment(lost as u64);
        tracing::error!(codes = lost, "checks of partners could not be written for too long and are lost to the log");
    }
}

impl Pending {
    /// The oldest entries, as many as one transaction is to write.
    fn take(&mut self) -> Vec<Entry> {
        let (mut taken, mut looks) = (Vec::new(), 0);
        while taken.len() < CHECKS_AT_ONCE && looks < LOOKS_AT_ONCE {
            let Some(entry) = self.entries.pop_front() else { break };
            self.codes -= entry.codes.len() / ENTRY;
            looks += entry.seen.len();
            taken.push(entry);
        }
        taken
    }
}

impl Attempt {
    /// The one that failed before, or the next.
    fn next(app: &App) -> Option<Self> {
        let mut pending = pending(app);
        if let Some(again) = pending.attempt.take() {
            return Some(again);
        }
        let entries = pending.take();
        let (day, usage) = quota::unwritten(app);
        let something = !entries.is_empty() || !usage.is_empty();
        something.then(|| Self { key: chance::new_id(app.clock.now()), entries, day, usage })
    }

    async fn write(&self, app: &App) -> Used<()> {
        let mut tx = app.store.write().await?;
        let key = self.key.to_string();
        if tx.begin_once("partner log", &key, [0; 32], app.clock.now()).await? == Repeated::No {
            write(&mut tx, &self.entries).await?;
            quota::write(&mut tx, self.day, &self.usage).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Writes what waits: the log, what citizens are told, the day's usage.
///
/// # Errors
/// The store; then it waits on.
pub async fn flush(app: &App) -> Used<()> {
    let _one_at_a_time = app.partners.reading.lock().await;
    while let Some(attempt) = Attempt::next(app) {
        let written = attempt.write(app).await;
        if let Err(error) = written {
            pending(app).attempt = Some(attempt);
            return Err(error);
        }
        quota::written(app, attempt.day, &attempt.usage);
    }
    Ok(())
}

async fn write(tx: &mut Tx, entries: &[Entry]) -> Used<()> {
    let checks: Vec<PartnerCheck> = entries.iter().map(check).collect();
    tx.add_partner_checks(&checks).await?;
    let mut places: Vec<StatusIndex> = entries.iter().flat_map(|entry| entry.seen.iter().map(|seen| seen.at)).collect();
    places.sort_unstable();
    places.dedup();
    let whose: HashMap<StatusIndex, Whose> =
        tx.whose_places(&places).await?.into_iter().map(|whose| (whose.at, whose)).collect();
    let looks: Vec<(Uuid, Look)> = entries
        .iter()
        .flat_map(|entry| entry.seen.iter().map(move |seen| (entry, seen)))
        .filter_map(|(entry, seen)| whose.get(&seen.at).map(|whose| (whose.owner, look(entry, seen, whose))))
        .collect();
    let rows: Vec<(Uuid, &Look)> = looks.iter().map(|(owner, look)| (*owner, look)).collect();
    tx.add_looks(&rows).await?;
    Ok(())
}

fn check(entry: &Entry) -> PartnerCheck {
    PartnerCheck {
        client: entry.client.id,
        id: entry.id,
        at: entry.at,
        member: entry.member,
        purpose: entry.purpose.code().into(),
        how: entry.how.code().into(),
        asked: u32::try_from(entry.codes.len() / ENTRY).unwrap_or(u32::MAX),
        counts: entry.counts,
        entries: entry.codes.clone(),
    }
}

fn look(entry: &Entry, seen: &SeenCode, whose: &Whose) -> Look {
    let about = match seen.kind {
        CredentialKind::InspectionMark => "vehicle",
        CredentialKind::DrivingLicence => "licence",
    };
    Look {
        id: chance::new_id(entry.at),
        at: entry.at,
        by_role: Looker::Partner.code().into(),
        purpose: entry.purpose.code().into(),
        about: about.into(),
        subject: whose.subject,
        what: Part::Verdict.code().into(),
        how: Way::PartnerService.code().into(),
        label: seen.label.clone(),
        recipient: Some(entry.client.name.zh.clone()),
    }
}

/// Forgets assertions that have expired and the usage of days that are over. Checks are forgotten with what else is kept (`retention`).
///
/// # Errors
/// The store.
pub async fn sweep(app: &App) -> Used<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    tx.sweep_partners(now, china_date(now)).await?;
    Ok(tx.commit().await?)
}
