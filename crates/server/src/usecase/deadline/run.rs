//! The daily run: looks at every vehicle and every licence once a day, tells people what became due since the last run, and lets the state of
//! electronic licences follow what time alone has changed.
//!
//! It goes in steps of some thousand subjects. What a step says, what it changes, and how far the run has come commit together, so that a run that
//! is killed goes on where it stopped, and two processes that run it at once take turns. A notice has a key and is said once whatever happens.

use super::{NOTICE_PREFIX, Params};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::error::Used;
use crate::usecase::licence::{Cause, issue};
use crate::usecase::places::Places;
use crate::usecase::view::AboutView;
use crate::usecase::{filing, journal, notice};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::deadline::{Deadline, of_licence, of_vehicle};
use luzheng_domain::driver::event::{CurrentLicence, LicenceDecision};
use luzheng_domain::driver::{Licence, LicenceEffect};
use luzheng_domain::vehicle::inspection::InspectionRules;
use luzheng_store::Tx;
use luzheng_store::run::WorkRun;
use luzheng_store::vehicle::StoredVehicle;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many subjects one step looks at.
const STEP: u32 = 2_000;
/// How many days back the very first run looks: what became due before is old news, but somebody who is overdue since last week is told.
pub const FIRST_LOOK_DAYS: i32 = 30;

/// What the run looks at, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Roll {
    Vehicles,
    Licences,
}

impl Roll {
    const BOTH: [Self; 2] = [Self::Vehicles, Self::Licences];

    /// The kind of its run record.
    const fn kind(self) -> &'static str {
        match self {
            Self::Vehicles => "deadlines.vehicles",
            Self::Licences => "deadlines.licences",
        }
    }
}

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Vehicles looked at.
    pub vehicles: u64,
    /// Licences looked at.
    pub licences: u64,
    /// Notices given.
    pub notices: u64,
    /// Electronic licences whose state followed.
    pub changed: u64,
    /// Whether there was nothing to do: the day was done already.
    pub already: bool,
}

impl RunSummary {
    /// Vehicles and licences together.
    pub const fn subjects(&self) -> u64 {
        self.vehicles + self.licences
    }
}

/// Something to be said to somebody.
#[derive(Clone)]
struct Saying {
    owner: Uuid,
    key: String,
    kind: String,
    params: Params,
}

/// What one step found.
#[derive(Default)]
struct Found {
    sayings: Vec<Saying>,
    /// Drivers whose electronic licence may have to follow.
    turned: Vec<Uuid>,
    last: Option<Uuid>,
    seen: u64,
}

/// The days a run covers: after the one, up to the other.
#[derive(Debug, Clone, Copy)]
struct Span {
    since: Option<Date>,
    today: Date,
}

impl Span {
    /// The day after which it is told what became due.
    fn told_since(self) -> Date {
        self.since.unwrap_or_else(|| self.today.saturating_sub(FIRST_LOOK_DAYS.days()))
    }
}

/// Of the steps that became due people are told the last: it says more than those before it.
fn say(found: &mut Found, owner: Uuid, about: &AboutView, deadlines: &[Deadline<'_>], span: Span) {
    // A person has one licence and perhaps several vehicles: only those are named in the words.
    let label = (about.kind == "vehicle").then_some(about.label.as_str());
    for deadline in deadlines {
        let Some(step) = deadline.steps_due(span.told_since(), span.today).last() else { continue };
        let words = deadline.notice(step.code, label);
        found.sayings.push(Saying {
            owner,
            key: deadline.key(&about.id.to_string(), step.code),
            kind: format!("{NOTICE_PREFIX}{}", deadline.kind.code()),
            params: Params {
                step: step.code,
                due_on: deadline.due_on,
                title: words.title.into(),
                body: words.body.into(),
                about: Some(about.clone()),
            },
        });
    }
}

/// Whether time alone has changed what the state does to the electronic licence. At the first look everything that is not normal counts.
fn has_turned(licence: &Licence, span: Span) -> bool {
    let is = licence.effective_status(span.today).effect();
    let was = span.since.map_or(LicenceEffect::Normal, |day| licence.effective_status(day).effect());
    is != was
}

/// What the owner is told from `first` on is told to a vehicle's managers and its unit's users too.
async fn say_to_others(tx: &mut Tx, found: &mut Found, first: usize, vehicle: &StoredVehicle) -> Used<()> {
    let last = found.sayings.len();
    for owner in filing::also_told(tx, vehicle.id, vehicle.facts.owner).await? {
        for at in first..last {
            let same = Saying { owner, ..found.sayings[at].clone() };
            found.sayings.push(same);
        }
    }
    Ok(())
}

async fn look_at_vehicles(tx: &mut Tx, after: Option<Uuid>, rules: &InspectionRules, span: Span) -> Used<Found> {
    let mut found = Found::default();
    for vehicle in tx.vehicles(after, STEP).await? {
        let due = of_vehicle(&vehicle.facts, rules, span.today);
        let about = AboutView { kind: "vehicle".into(), id: vehicle.id, label: vehicle.facts.plate.number.to_string() };
        let before = found.sayings.len();
        say(&mut found, vehicle.facts.owner, &about, &due, span);
        if found.sayings.len() > before {
            say_to_others(tx, &mut found, before, &vehicle).await?;
        }
        found.last = Some(vehicle.id);
        found.seen += 1;
    }
    Ok(found)
}

async fn look_at_licences(tx: &mut Tx, after: Option<Uuid>, span: Span) -> Used<Found> {
    let mut found = Found::default();
    for driver in tx.drivers_page(after, &[], STEP).await? {
        let due = of_licence(&driver.facts, span.today);
        let about = AboutView { kind: "licence".into(), id: driver.id, label: driver.facts.classes.to_string() };
        say(&mut found, driver.owner, &about, &due, span);
        if has_turned(&driver.facts, span) {
            found.turned.push(driver.id);
        }
        found.last = Some(driver.id);
        found.seen += 1;
    }
    Ok(found)
}

/// Brings the electronic licence of a driver into line with the state of today, by the facts as they are now.
async fn follow(tx: &mut Tx, driver: Uuid, today: Date, cause: &Cause<'_>) -> Used<bool> {
    let Some(driver) = tx.lock_driver(driver).await? else { return Ok(false) };
    let decision = LicenceDecision::towards(driver.facts.effective_status(today).effect());
    let Some(current) = tx.lock_current_credential(driver.id, CredentialKind::DrivingLicence).await? else {
        return Ok(false);
    };
    let state = issue::shown_state(tx, &current).await?;
    if decision.steps(Some(&CurrentLicence { state })).is_empty() {
        return Ok(false);
    }
    // Nothing is issued anew when only time has passed, so no place in a status list is needed.
    issue::carry_out(tx, &driver, &decision, cause, &mut Places::default()).await?;
    Ok(true)
}

/// One run over one of the two rolls.
struct Work<'a> {
    app: &'a App,
    roll: Roll,
    span: Span,
    scope: String,
}

impl Work<'_> {
    /// The run's record, made when there is none.
    async fn record(&self, tx: &mut Tx, now: Timestamp) -> Used<WorkRun> {
        if let Some(run) = tx.lock_work_run(self.roll.kind(), &self.scope).await? {
            return Ok(run);
        }
        let run = WorkRun {
            kind: self.roll.kind().into(),
            scope: self.scope.clone(),
            id: chance::new_id(now),
            after_subject: None,
            done: 0,
            summary: "{}".into(),
            started_at: now,
            updated_at: now,
            finished_at: None,
        };
        if tx.put_work_run(&run).await? {
            return Ok(run);
        }
        // Another process made it at the same moment.
        Ok(tx.lock_work_run(self.roll.kind(), &self.scope).await?.unwrap_or(run))
    }

    async fn look(&self, after: Option<Uuid>) -> Used<Found> {
        let mut read = self.app.store.read().await?;
        match self.roll {
            Roll::Vehicles => look_at_vehicles(&mut read, after, self.app.rules, self.span).await,
            Roll::Licences => look_at_licences(&mut read, after, self.span).await,
        }
    }

    /// One step: looks, says, and records how far it came. `None` when the roll is done; otherwise how many subjects were looked at.
    async fn step(&self, summary: &mut RunSummary) -> Used<Option<u64>> {
        let now = self.app.clock.now();
        let mut tx = self.app.store.write().await?;
        let run = self.record(&mut tx, now).await?;
        tx.commit().await?;
        if run.finished_at.is_some() {
            return Ok(None);
        }
        let found = self.look(run.after_subject).await?;
        let now = self.app.clock.now();
        let mut tx = self.app.store.write().await?;
        let mut current = self.record(&mut tx, now).await?;
        if current.after_subject != run.after_subject || current.finished_at.is_some() {
            // Another process has done this step meanwhile: go on where it is now.
            return Ok(if current.finished_at.is_some() { None } else { Some(0) });
        }
        for saying in &found.sayings {
            if notice::add(&mut tx, saying.owner, &saying.key, &saying.kind, &saying.params, now).await? {
                summary.notices += 1;
            }
        }
        let cause = Cause { actor: "system", cause: &format!("deadlines:{}", self.scope), true_at: now, now };
        for driver in &found.turned {
            summary.changed += u64::from(follow(&mut tx, *driver, self.span.today, &cause).await?);
        }
        current.after_subject = found.last.or(current.after_subject);
        current.done += found.seen;
        current.updated_at = now;
        if found.last.is_none() {
            current.finished_at = Some(now);
            let detail = serde_json::json!({"run": current.id, "roll": self.roll.kind(), "day": self.scope, "seen": current.done});
            journal::note(&mut tx, now, "system", "deadlines.run", None, &detail).await?;
        }
        tx.put_work_run(&current).await?;
        tx.commit().await?;
        match self.roll {
            Roll::Vehicles => summary.vehicles += found.seen,
            Roll::Licences => summary.licences += found.seen,
        }
        Ok(found.last.map(|_| found.seen))
    }
}

/// The day up to which a roll has been run.
async fn run_until(app: &App, roll: Roll) -> Used<Option<Date>> {
    let last = app.store.read().await?.latest_finished_work_run(roll.kind()).await?;
    Ok(last.and_then(|run| run.scope.parse().ok()))
}

/// Runs a day. One that is done is left alone; one that was interrupted is gone on with.
///
/// # Errors
/// The store.
pub async fn run(app: &App, today: Date, progress: &(dyn Fn(u64) + Sync)) -> Used<RunSummary> {
    let mut summary = RunSummary { already: true, ..RunSummary::default() };
    for roll in Roll::BOTH {
        let since = run_until(app, roll).await?;
        if since.is_some_and(|day| day >= today) {
            continue;
        }
        summary.already = false;
        let work = Work { app, roll, span: Span { since, today }, scope: today.to_string() };
        while let Some(seen) = work.step(&mut summary).await? {
            progress(seen);
        }
    }
    Ok(summary)
}

/// Runs today unless that is done: what the background does every hour.
///
/// # Errors
/// The store.
pub async fn run_today(app: &App) -> Used<RunSummary> {
    let summary = run(app, china_date(app.clock.now()), &|_| ()).await?;
    if !summary.already {
        tracing::info!(
            vehicles = summary.vehicles,
            licences = summary.licences,
            notices = summary.notices,
            changed = summary.changed,
            "the day's deadlines were looked at"
        );
    }
    Ok(summary)
}

/// How many vehicles and licences there are to look at.
///
/// # Errors
/// The store.
pub async fn total(app: &App) -> Used<u64> {
    let mut tx = app.store.read().await?;
    Ok(tx.vehicle_count().await? + tx.driver_count().await?)
}
