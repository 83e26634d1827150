//! What a vehicle's owner reads before anything is typed: may the mark be applied for, and if not, everything that is missing at once.

use super::citizen::{Power, related_vehicle};
use super::deadline::clause_view;
use super::error::{UseError, Used};
use super::session::{Level, Session};
use super::view::{ClauseView, Text};
use crate::app::App;
use crate::clock::china_date;
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::case::kind::mark::MarkService;
use luzheng_domain::vehicle::Vehicle;
use luzheng_domain::vehicle::eligibility::{Check, Condition, Eligibility, eligibility};
use luzheng_domain::vehicle::standing::{Standing, Violation};
use luzheng_store::Tx;
use luzheng_store::vehicle::StoredVehicle;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether the mark of a vehicle may be applied for, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EligibilityView {
    /// The vehicle.
    pub vehicle_id: Uuid,
    /// Its plate number.
    pub plate_number: String,
    /// `exempt_mark`, `inspection` or `none`: what leads to the next mark.
    pub service: String,
    /// Whether an application would be granted now.
    pub may_apply: bool,
    /// `ready`, `missing`, `not_yet`, `done` or `not_for_this_vehicle`.
    pub state: String,
    /// The state in words.
    pub state_text: Text,
    /// The first day of the window.
    #[schema(value_type = Option<String>, format = Date)]
    pub opens_on: Option<Date>,
    /// The month by whose end it is due.
    pub due: Option<String>,
    /// The last day of that month.
    #[schema(value_type = Option<String>, format = Date)]
    pub last_day: Option<Date>,
    /// The month until which the next mark will run.
    pub next_valid_until: Option<String>,
    /// Why, with the vehicle's own days.
    pub explanation: Text,
    /// The clause behind it.
    pub clause: Option<ClauseView>,
    /// Every condition, met or not.
    pub checks: Vec<ConditionView>,
    /// The application for the mark that is under way.
    pub open_case: Option<Uuid>,
    /// When this was looked at.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
}

/// One condition.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConditionView {
    /// `violations`, `accidents`, `insurance`, `tax`, `state`, `identity`, `window` or `region`.
    pub code: String,
    /// Whether it is met.
    pub ok: bool,
    /// Its name.
    pub title: Text,
    /// How it stands.
    pub text: Text,
    /// What puts it right.
    pub what_to_do: Option<Text>,
    /// The clause behind it.
    pub clause: Option<ClauseView>,
    /// The open violations.
    pub violations: Vec<ViolationView>,
    /// The insurance on record.
    pub insurance: Option<InsuranceView>,
}

/// An open violation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ViolationView {
    /// Its number in the violations' register.
    pub id: String,
    /// When it was committed.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Where.
    pub place: String,
    /// What was done.
    pub act: Text,
    /// The clause that was broken.
    pub law: String,
    /// The fine, in yuan.
    pub fine_cny: Option<u16>,
    /// The points that go with it.
    pub points: Option<u8>,
}

/// Compulsory insurance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InsuranceView {
    /// The company, when it is known.
    pub insurer: Option<String>,
    /// The last insured day.
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
}

impl From<&Violation> for ViolationView {
    fn from(violation: &Violation) -> Self {
        Self {
            id: violation.number.clone(),
            at: violation.occurred_at,
            place: violation.place.clone(),
            act: violation.act.clone().into(),
            law: violation.law.clone(),
            fine_cny: violation.fine_cny,
            points: violation.points,
        }
    }
}

fn condition_view(check: &Check<'_>, vehicle: &Vehicle, standing: &Standing) -> ConditionView {
    let violations = match check.condition {
        Condition::Violations => standing.open.iter().map(ViolationView::from).collect(),
        _ => Vec::new(),
    };
    // The company is told only with the day that counts.
    let insurer = standing.insurance.as_ref().filter(|i| Some(i.until) == vehicle.insurance_until);
    let insurance = (check.condition == Condition::Insurance)
        .then(|| InsuranceView { insurer: insurer.map(|i| i.insurer.clone()), until: vehicle.insurance_until });
    ConditionView {
        code: check.condition.code().into(),
        ok: check.ok,
        title: check.condition.title().into(),
        text: check.text.clone().into(),
        what_to_do: check.what_to_do.clone().map(Text::from),
        clause: check.clause.map(clause_view),
        violations,
        insurance,
    }
}

/// Whether the mark of a vehicle may be applied for by the signed-in person.
///
/// # Errors
/// The rules have no answer for the vehicle's facts.
pub(crate) fn asked<'a>(
    app: &'a App,
    session: &Session,
    vehicle: &StoredVehicle,
    standing: &Standing,
    today: Date,
) -> Used<Eligibility<'a>> {
    eligibility(&vehicle.facts, standing, session.level >= Level::L3, app.rules, today)
        .map_err(|error| UseError::refused(error.code(), error.to_string()))
}

/// Whether the mark of a vehicle may be applied for, with every condition.
///
/// # Errors
/// Not a vehicle for which the person may apply; the store.
pub async fn view(app: &App, session: &Session, vehicle: Uuid) -> Used<EligibilityView> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let (stored, relation) = related_vehicle(&mut tx, session, vehicle).await?;
    relation.require(Power::Apply)?;
    let standing = tx.standing(vehicle).await?;
    let found = asked(app, session, &stored, &standing, china_date(now))?;
    let open_case = open_application(&mut tx, vehicle).await?;
    let answer = found.answer.as_ref();
    let headline = found.readiness.text(found.service);
    Ok(EligibilityView {
        vehicle_id: vehicle,
        plate_number: stored.facts.plate.number.to_string(),
        service: found.service.code().into(),
        may_apply: found.may_apply() && open_case.is_none(),
        state: found.readiness.code().into(),
        state_text: headline.clone().into(),
        opens_on: answer.map(|a| a.window_opens),
        due: answer.map(|a| a.due.to_string()),
        last_day: answer.map(|a| a.last_day()),
        next_valid_until: answer.map(|a| a.next_valid_until.to_string()),
        explanation: answer.map_or(headline, |a| a.explanation()).into(),
        clause: answer.map(|a| clause_view(a.clause)),
        checks: found.checks.iter().map(|check| condition_view(check, &stored.facts, &standing)).collect(),
        open_case,
        as_of: now,
    })
}

/// The application for the mark of a vehicle that is under way.
///
/// # Errors
/// The store.
pub(crate) async fn open_application(tx: &mut Tx, vehicle: Uuid) -> Used<Option<Uuid>> {
    let open = tx.open_mark_cases(vehicle).await?;
    Ok(open.into_iter().find(|case| case.kind == MarkService::ExemptMark.code()).map(|case| case.id))
}
