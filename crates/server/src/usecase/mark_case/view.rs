//! A case about a vehicle as the citizen sees it: what happened, the road ahead, where the paper is.

use super::{Log, Past, load};
use crate::app::App;
use crate::usecase::application::{CaseActionView, CaseView};
use crate::usecase::citizen::{Power, related_vehicle};
use crate::usecase::error::{UseError, Used};
use crate::usecase::paper_order::{self, office};
use crate::usecase::session::Session;
use crate::usecase::view::Text;
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::case::Actor;
use luzheng_domain::case::kind::mark::{MarkAction, MarkStatus};
use luzheng_store::Tx;
use luzheng_store::paper::Paper;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The vehicle of a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CaseVehicle {
    /// The vehicle.
    pub id: Uuid,
    /// Its plate number.
    pub plate_number: String,
    /// Its plate type.
    pub plate_type: String,
    /// The colour of its plate.
    pub plate_colour: String,
}

/// Where a paper is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryView {
    /// `post` or `pickup`.
    pub way: String,
    /// The office where it is picked up.
    pub office: Option<Text>,
    /// To whom, masked.
    pub to_masked: Option<String>,
    /// Where to, masked.
    pub address_masked: Option<String>,
    /// Who carries it.
    pub carrier: Option<String>,
    /// The parcel's number.
    pub tracking_number: Option<String>,
    /// `ordered`, `produced`, `dispatched`, `delivered`, `ready`, `collected`, `returned` or `cancelled`.
    pub state: String,
    /// The state in words.
    pub state_text: Text,
    /// The last day to pick it up.
    #[schema(value_type = Option<String>, format = Date)]
    pub collect_by: Option<Date>,
}

/// One step of the road.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RoadStep)]
pub struct StepView {
    /// The status it leads to.
    pub code: String,
    /// In words.
    pub text: Text,
    /// `done`, `now` or `later`.
    pub state: String,
    /// When it was reached.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// What the citizen is told happened: without what was taken back.
fn told(actions: &[Past]) -> Vec<Past> {
    let mut told: Vec<Past> = Vec::new();
    for past in actions {
        if past.action == MarkAction::Undone {
            told.pop();
        } else {
            told.push(*past);
        }
    }
    told
}

fn action_view(past: Past) -> Option<CaseActionView> {
    let reason = match past.action {
        MarkAction::Returned { reason } => Some(reason),
        _ => None,
    };
    Some(CaseActionView {
        at: past.at,
        what: past.action.code().into(),
        what_text: past.action.text()?.into(),
        by: match past.by {
            Actor::Holder => "you",
            Actor::Reviewer => "office",
            Actor::System => "system",
        }
        .into(),
        reason: reason.map(|reason| reason.code().into()),
        reason_text: reason.map(|reason| reason.text().into()),
        fix: None,
    })
}

/// The road: what was reached with its moment, where the case stands, what is still ahead.
fn steps(log: &Log, told: &[Past]) -> Vec<StepView> {
    let road = log.state.road();
    // Accepting comes and goes in the same moment; it is no step of its own.
    let now_at = road.iter().position(|status| *status == log.state.status).unwrap_or(0);
    let over = log.state.is_final();
    let step = |(at, status): (usize, MarkStatus)| StepView {
        code: status.code().into(),
        text: status.text().into(),
        state: if at < now_at || (at == now_at && over) {
            "done"
        } else if at == now_at {
            "now"
        } else {
            "later"
        }
        .into(),
        at: told.iter().find(|past| past.action.code() == status.code()).map(|past| past.at),
    };
    road.into_iter().enumerate().map(step).collect()
}

fn delivery_view(app: &App, paper: &Paper) -> Used<DeliveryView> {
    let office = match &paper.office {
        Some(id) => office::find(app, id)?.map(|office| office.name),
        None => None,
    };
    let receiver = paper.receiver.as_ref();
    let posted = receiver.filter(|receiver| !receiver.address.is_empty());
    let state_text = match MarkStatus::from_code(&paper.state) {
        Some(status) => status.text().into(),
        None => paper_order::cancelled_text(),
    };
    Ok(DeliveryView {
        way: paper.way.clone(),
        office,
        to_masked: receiver.map(paper_order::masked_receiver),
        address_masked: posted.map(|receiver| paper_order::masked_address(paper.division, receiver)),
        carrier: paper.carrier.clone(),
        tracking_number: paper.tracking.clone(),
        state: paper.state.clone(),
        state_text,
        collect_by: paper.collect_by,
    })
}

/// The case as the citizen sees it.
pub(super) async fn view_of(app: &App, tx: &mut Tx, log: &Log) -> Used<CaseView> {
    let vehicle = tx.find_vehicle(log.stored.vehicle).await?.map(|stored| {
        let plate = &stored.facts.plate;
        CaseVehicle {
            id: stored.id,
            plate_number: plate.number.to_string(),
            plate_type: plate.plate_type.code().into(),
            plate_colour: plate.plate_type.colour().code().into(),
        }
    });
    let paper = tx.paper_of_case(log.stored.vehicle, log.stored.id).await?;
    let told = told(&log.actions);
    Ok(CaseView {
        id: log.stored.id,
        kind: log.stored.kind.clone(),
        kind_text: log.state.service.text().into(),
        status: log.state.status.code().into(),
        status_text: log.state.status.text().into(),
        opened_at: log.stored.opened_at,
        expected_by: None,
        urgent: false,
        actions: told.iter().copied().filter_map(action_view).collect(),
        can_withdraw: log.state.can_withdraw(),
        can_resubmit: false,
        vehicle,
        delivery: paper.as_ref().map(|paper| delivery_view(app, paper)).transpose()?,
        steps: steps(log, &told),
    })
}

/// A case about a vehicle that the person opened, or whose vehicle they may apply for.
///
/// # Errors
/// Not the person's to see; the store.
pub(crate) async fn find(app: &App, tx: &mut Tx, session: &Session, id: Uuid) -> Used<CaseView> {
    let missing = || UseError::not_found("application of yours");
    let stored = tx.find_mark_case(id).await?.ok_or_else(missing)?;
    if Some(stored.owner) != session.owner {
        let (_, relation) = related_vehicle(tx, session, stored.vehicle).await.map_err(|_| missing())?;
        relation.require(Power::Apply).map_err(|_| missing())?;
    }
    let log = load(tx, stored).await?;
    view_of(app, tx, &log).await
}

/// The cases about vehicles that a person opened, newest first.
///
/// # Errors
/// The store.
pub(crate) async fn mine(app: &App, tx: &mut Tx, owner: Uuid) -> Used<Vec<CaseView>> {
    let mut views = Vec::new();
    for stored in tx.mark_cases_of(owner).await? {
        let log = load(tx, stored).await?;
        views.push(view_of(app, tx, &log).await?);
    }
    Ok(views)
}
