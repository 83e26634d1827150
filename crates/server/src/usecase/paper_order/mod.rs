//! Marks on paper: ordered by citizens, made, sent and handed out by the office.
//!
//! Each step of the office can be taken back for a while (`[paper] grace_s`); only then the citizen is told, so that nobody hears of a slip. To whom a
//! paper went is forgotten [`RECEIVER_KEPT_DAYS`] after it is over. Whoever refuses a parcel, or leaves a paper lying for over a month, is noted in
//! the case and in the journal.

mod delivery;
mod notice;
pub mod office;

pub use delivery::{Delivery, DeliveryDefaults, MAX_ADDRESS, MAX_RECIPIENT, defaults};
pub use notice::tell_step;
pub use office::{Office, OfficeView, near, offices};

pub(crate) use delivery::{Checked, masked_address, masked_receiver};
pub(crate) use notice::{tell, words};

use super::error::{UseError, Used};
use super::journal;
use super::mark_case::{self, Act, Log};
use super::print::{self, Printed};
use super::session::Session;
use super::view::Text;
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::paper::{Language, Page};
use jiff::{SignedDuration, Timestamp};
use luzheng_domain::case::Actor;
use luzheng_domain::case::kind::mark::{MarkAction, MarkStatus, ReturnReason, Way, collect_by};
use luzheng_store::Tx;
use luzheng_store::job::NewJob;
use luzheng_store::paper::{NewPaper, Paper};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// For so many days after a paper is over it is known to whom it went.
pub const RECEIVER_KEPT_DAYS: i64 = 90;
/// Orders on a page.
const PAGE: u32 = 100;
/// Longest name of a carrier, in characters.
const MAX_CARRIER: usize = 30;
/// Longest number of a parcel, in characters.
const MAX_TRACKING: usize = 40;
/// The state of an order that was given up.
const CANCELLED: &str = "cancelled";

/// The states by which the office looks at its orders.
pub const STATES: [&str; 8] =
    ["ordered", "produced", "dispatched", "ready", "delivered", "collected", "returned", CANCELLED];

/// An order as the office sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaperOrder {
    /// The order.
    pub id: Uuid,
    /// Its case.
    pub case_id: Uuid,
    /// The vehicle's plate number.
    pub plate_number: String,
    /// Its plate type.
    pub plate_type: String,
    /// `post` or `pickup`.
    pub way: String,
    /// Where it goes.
    pub division: String,
    /// The office where it is picked up.
    pub office: Option<Text>,
    /// To whom; forgotten some time after it is over.
    pub recipient: Option<String>,
    /// Their phone.
    pub phone: Option<String>,
    /// The whole address, for a parcel.
    pub address: Option<String>,
    /// `ordered`, `produced`, `dispatched`, `ready`, `delivered`, `collected`, `returned` or `cancelled`.
    pub state: String,
    /// The state in words.
    pub state_text: Text,
    /// When it was ordered.
    #[schema(value_type = String, format = DateTime)]
    pub ordered_at: Timestamp,
    /// Who carries it.
    pub carrier: Option<String>,
    /// The parcel's number.
    pub tracking_number: Option<String>,
    /// The last day to pick it up.
    #[schema(value_type = Option<String>, format = Date)]
    pub collect_by: Option<jiff::civil::Date>,
    /// Until when the last step can be taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub undo_until: Option<Timestamp>,
    /// The steps that can follow.
    pub next: Vec<String>,
}

/// A page of orders.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PaperPage {
    /// Oldest first.
    pub items: Vec<PaperOrder>,
    /// How many there are in each state.
    pub counts: BTreeMap<String, u64>,
    /// Where the next page begins (`after`).
    pub next: Option<Uuid>,
}

/// What the office does with an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It was made.
    Produced,
    /// It was handed to a carrier.
    Dispatched {
        /// Who.
        carrier: String,
        /// The parcel's number.
        tracking_number: String,
    },
    /// It lies ready at the office.
    Ready,
    /// It arrived.
    Delivered,
    /// It was picked up.
    Collected,
    /// It came back.
    Returned {
        /// Why.
        reason: ReturnReason,
    },
}

impl Step {
    const fn action(&self) -> MarkAction {
        match self {
            Self::Produced => MarkAction::Produced,
            Self::Dispatched { .. } => MarkAction::Dispatched,
            Self::Ready => MarkAction::Ready,
            Self::Delivered => MarkAction::Delivered,
            Self::Collected => MarkAction::Collected,
            Self::Returned { reason } => MarkAction::Returned { reason: *reason },
        }
    }

    /// A step by its word, with what belongs to it.
    ///
    /// # Errors
    /// `unknown_step`, `carrier_needed`, `unknown_reason`.
    pub fn read(word: &str, carrier: Option<&str>, tracking: Option<&str>, reason: Option<&str>) -> Used<Self> {
        Ok(match word {
            "produced" => Self::Produced,
            "dispatched" => {
                let carrier = carrier.map(str::trim).filter(|text| {
                    (1..=MAX_CARRIER).contains(&text.chars().count()) && !text.chars().any(char::is_control)
                });
                let tracking = tracking.map(str::trim).filter(|text| {
                    (1..=MAX_TRACKING).contains(&text.len())
                        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                });
                let (Some(carrier), Some(tracking)) = (carrier, tracking) else {
                    let sentence = format!(
                        "the carrier (up to {MAX_CARRIER} characters) and the parcel's number (up to {MAX_TRACKING} letters and digits) are needed"
                    );
                    return Err(UseError::invalid("carrier_needed", sentence));
                };
                Self::Dispatched { carrier: carrier.to_owned(), tracking_number: tracking.to_owned() }
            }
            "ready" => Self::Ready,
            "delivered" => Self::Delivered,
            "collected" => Self::Collected,
            "returned" => Self::Returned {
                reason: reason.and_then(ReturnReason::from_code).ok_or_else(|| {
                    UseError::invalid("unknown_reason", "refused, not_collected or undeliverable is needed")
                })?,
            },
            other => return Err(UseError::invalid("unknown_step", format!("“{other}” is no step of an order"))),
        })
    }
}

/// The words of an order that was given up.
pub(crate) fn cancelled_text() -> Text {
    Text::new("已取消", "Cancelled")
}

/// Records the order of a case.
///
/// # Errors
/// Another one is under way; the store.
pub(crate) async fn put(tx: &mut Tx, log: &Log, delivery: &Checked, now: Timestamp) -> Used<Paper> {
    let id = chance::new_id(now);
    let new = NewPaper {
        vehicle: log.stored.vehicle,
        id,
        case: log.stored.id,
        way: delivery.way.code(),
        division: delivery.division.code(),
        office: delivery.office.as_deref(),
        state: log.state.status.code(),
        receiver: &delivery.receiver,
        ordered_at: now,
    };
    tx.put_paper(&new).await?;
    tx.find_paper(id).await?.ok_or_else(|| UseError::broken("no_paper", format!("paper {id} is not there")))
}

/// Ends the order of a case that was given up.
///
/// # Errors
/// The store.
pub(crate) async fn cancel(tx: &mut Tx, log: &Log, now: Timestamp) -> Used<()> {
    let Some(paper) = tx.paper_of_case(log.stored.vehicle, log.stored.id).await? else { return Ok(()) };
    let state = CANCELLED.to_owned();
    Ok(tx.update_paper(&Paper { state, undo_until: None, updated_at: now, closed_at: Some(now), ..paper }).await?)
}

fn missing() -> UseError {
    UseError::not_found("paper")
}

async fn view(app: &App, tx: &mut Tx, paper: Paper) -> Used<PaperOrder> {
    let vehicle = tx.find_vehicle(paper.vehicle).await?.ok_or_else(|| {
        UseError::broken("broken_row", format!("paper {} is of a vehicle that is not there", paper.id))
    })?;
    let office = match &paper.office {
        Some(id) => office::find(app, id)?.map(|office| office.name),
        None => None,
    };
    let posted = paper.receiver.as_ref().filter(|receiver| !receiver.address.is_empty());
    let address = posted.map(|receiver| delivery::whole_address(paper.division, receiver));
    let status = MarkStatus::from_code(&paper.state);
    let next: &[&str] = match (status, Way::from_code(&paper.way)) {
        (Some(MarkStatus::Ordered), _) => &["produced"],
        (Some(MarkStatus::Produced), Some(Way::Post)) => &["dispatched"],
        (Some(MarkStatus::Produced), Some(Way::PickUp)) => &["ready"],
        (Some(MarkStatus::Dispatched), _) => &["delivered", "returned"],
        (Some(MarkStatus::Ready), _) => &["collected", "returned"],
        _ => &[],
    };
    let now = app.clock.now();
    Ok(PaperOrder {
        id: paper.id,
        case_id: paper.case,
        plate_number: vehicle.facts.plate.number.to_string(),
        plate_type: vehicle.facts.plate.plate_type.code().into(),
        way: paper.way,
        division: format!("{:06}", paper.division),
        office,
        address,
        recipient: paper.receiver.as_ref().map(|receiver| receiver.recipient.clone()),
        phone: paper.receiver.map(|receiver| receiver.phone).filter(|phone| !phone.is_empty()),
        state_text: status.map_or_else(cancelled_text, |status| status.text().into()),
        state: paper.state,
        ordered_at: paper.ordered_at,
        carrier: paper.carrier,
        tracking_number: paper.tracking,
        collect_by: paper.collect_by,
        undo_until: paper.undo_until.filter(|until| *until > now),
        next: next.iter().map(|word| (*word).to_owned()).collect(),
    })
}

/// Orders in a state, oldest first; that they were looked at is in the journal.
///
/// # Errors
/// `unknown_state`; the store.
pub async fn list(app: &App, session: &Session, state: &str, after: Option<Uuid>) -> Used<PaperPage> {
    if !STATES.contains(&state) {
        return Err(UseError::invalid("unknown_state", format!("“{state}” is no state of an order")));
    }
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let mut found = tx.papers_in(state, after, PAGE + 1).await?;
    let more = found.len() > PAGE as usize;
    found.truncate(PAGE as usize);
    let next = if more { found.last().map(|paper| paper.id) } else { None };
    let mut counts: BTreeMap<String, u64> = STATES.iter().map(|state| ((*state).to_owned(), 0)).collect();
    counts.extend(tx.paper_counts().await?);
    let seen: Vec<Uuid> = found.iter().map(|paper| paper.id).collect();
    let mut items = Vec::new();
    for paper in found {
        items.push(view(app, &mut tx, paper).await?);
    }
    if !seen.is_empty() {
        // Names and addresses are on this page.
        let detail = serde_json::json!({"state": state, "papers": seen});
        journal::note(&mut tx, now, &session.actor(), "papers.seen", None, &detail).await?;
    }
    tx.commit().await?;
    Ok(PaperPage { items, counts, next })
}

/// An order and its case, locked: the case first.
async fn lock(tx: &mut Tx, id: Uuid) -> Used<(Paper, Log)> {
    let found = tx.find_paper(id).await?.ok_or_else(missing)?;
    let stored = tx.lock_mark_case(found.case).await?.ok_or_else(missing)?;
    let paper = tx.lock_paper(id).await?.ok_or_else(missing)?;
    Ok((paper, mark_case::load(tx, stored).await?))
}

/// The office takes a step. The same step again changes nothing.
///
/// # Errors
/// `not_found`; `action_not_allowed`; `collect_by` has not passed (`not_yet_overdue`); the store.
pub async fn act(app: &App, session: &Session, id: Uuid, step: &Step) -> Used<PaperOrder> {
    let now = app.clock.now();
    let who = session.actor();
    let mut tx = app.store.write().await?;
    let (mut paper, mut log) = lock(&mut tx, id).await?;
    let action = step.action();
    if paper.state == action.code() {
        return view(app, &mut tx, paper).await;
    }
    if matches!(step, Step::Returned { reason: ReturnReason::NotCollected })
        && paper.collect_by.is_some_and(|last| china_date(now) <= last)
    {
        let sentence = "it can still be picked up; it counts as left lying only after the last day";
        return Err(UseError::refused("not_yet_overdue", sentence));
    }
    mark_case::append(&mut tx, &mut log, action, &Act { by: Actor::Reviewer, who: &who, now }).await?;
    match step {
        Step::Dispatched { carrier, tracking_number } => {
            paper.carrier = Some(carrier.clone());
            paper.tracking = Some(tracking_number.clone());
        }
        Step::Ready => paper.collect_by = Some(collect_by(china_date(now))),
        _ => {}
    }
    let undo_until = now.checked_add(SignedDuration::from_secs(i64::from(app.settings.paper.grace_s))).unwrap_or(now);
    paper.undo_until = Some(undo_until);
    settle(&mut tx, &mut paper, &log, now).await?;
    tx.enqueue(&[NewJob {
        id: chance::new_id(now),
        kind: super::PAPER_STEP,
        subject: paper.vehicle,
        reference: format!("{} {}", log.stored.id, log.stored.version),
        due_at: undo_until,
        created_at: now,
    }])
    .await?;
    let noted = matches!(step, Step::Returned { reason } if reason.is_noted());
    let mut detail = serde_json::json!({"paper": id, "case": log.stored.id, "noted": noted});
    if let Step::Returned { reason } = step {
        detail["reason"] = reason.code().into();
    }
    journal::note(&mut tx, now, &who, &format!("paper.{}", action.code()), Some(paper.vehicle), &detail).await?;
    let shown = view(app, &mut tx, paper).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Writes down where the order stands after a step of its case.
async fn settle(tx: &mut Tx, paper: &mut Paper, log: &Log, now: Timestamp) -> Used<()> {
    paper.state = log.state.status.code().to_owned();
    paper.updated_at = now;
    paper.closed_at = log.stored.closed_at;
    Ok(tx.update_paper(paper).await?)
}

/// Takes the last step back, until `undo_until`. The citizen has not been told of it.
///
/// # Errors
/// `not_found`; `too_late`; `action_not_allowed`; another paper of the vehicle was ordered meanwhile (`paper_under_way`); the store.
pub async fn undo(app: &App, session: &Session, id: Uuid) -> Used<PaperOrder> {
    let now = app.clock.now();
    let who = session.actor();
    let mut tx = app.store.write().await?;
    let (mut paper, mut log) = lock(&mut tx, id).await?;
    if paper.undo_until.is_none_or(|until| now >= until) {
        return Err(UseError::refused("too_late", "this step cannot be taken back any more: the citizen was told"));
    }
    let others = tx.open_mark_cases(paper.vehicle).await?;
    if log.stored.closed_at.is_some() && others.iter().any(|case| case.kind == log.stored.kind)
        || tx.open_paper(paper.vehicle).await?.is_some_and(|open| open.id != id)
    {
        return Err(UseError::refused("paper_under_way", "another paper of this vehicle was ordered meanwhile"));
    }
    mark_case::append(&mut tx, &mut log, MarkAction::Undone, &Act { by: Actor::Reviewer, who: &who, now }).await?;
    if log.state.status == MarkStatus::Produced {
        (paper.carrier, paper.tracking, paper.collect_by) = (None, None, None);
    }
    paper.undo_until = None;
    settle(&mut tx, &mut paper, &log, now).await?;
    let detail = serde_json::json!({"paper": id, "case": log.stored.id, "state": paper.state});
    journal::note(&mut tx, now, &who, "paper.undone", Some(paper.vehicle), &detail).await?;
    let shown = view(app, &mut tx, paper).await?;
    tx.commit().await?;
    Ok(shown)
}

/// The sheet that is made of an order: the mark as PDF, A4. That it was made is in the journal.
///
/// # Errors
/// `not_found`; a mark that does not count now, or is still being signed; the store.
pub async fn sheet(app: &App, session: &Session, id: Uuid) -> Used<Printed> {
    let mut tx = app.store.read().await?;
    let paper = tx.find_paper(id).await?.ok_or_else(missing)?;
    drop(tx);
    let sheet = print::of_vehicle(app, paper.vehicle, Page::A4, Language::Chinese).await?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let detail = serde_json::json!({"paper": id, "case": paper.case});
    journal::note(&mut tx, now, &session.actor(), "paper.sheet", Some(paper.vehicle), &detail).await?;
    tx.commit().await?;
    Ok(sheet)
}

/// Forgets to whom papers went that have been over for long.
///
/// # Errors
/// The store.
pub async fn sweep(app: &App) -> Used<()> {
    let now = app.clock.now();
    let before = now.checked_sub(SignedDuration::from_hours(RECEIVER_KEPT_DAYS * 24)).unwrap_or(now);
    let mut tx = app.store.write().await?;
    tx.forget_receivers(before).await?;
    tx.commit().await?;
    Ok(())
}
