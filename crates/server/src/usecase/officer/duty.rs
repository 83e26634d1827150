//! Where an officer is on duty. The office says which regions are allowed and from when until when; the officer chooses among them, and the choice
//! is noted with every look.

use super::OfficerCall;
use crate::app::App;
use crate::usecase::bound::{Bound, BoundMe, Holder, view};
use crate::usecase::citizen::division_text;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal;
use crate::usecase::view::Text;
use jiff::Timestamp;
use luzheng_domain::region::Division;
use luzheng_store::Tx;
use luzheng_store::officer::StoredDuty;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A division and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DutyDivision {
    /// Six digits (GB/T 2260); trailing `00` pairs stand for everything below.
    pub code: String,
    /// Its name.
    pub name: Text,
}

impl DutyDivision {
    fn of(division: Division) -> Self {
        Self { code: division.to_string(), name: division_text(division) }
    }
}

/// An officer's duty now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DutyView {
    /// Where the officer may be on duty now.
    pub divisions: Vec<DutyDivision>,
    /// Where the officer is on duty, as chosen; the first of those allowed until something is chosen.
    pub current: DutyDivision,
    /// Until when that lasts; absent: until further notice.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

/// An officer's duty now: at least one region is allowed.
#[derive(Debug, Clone)]
pub struct Duty {
    allowed: Vec<StoredDuty>,
    current: Division,
}

impl Duty {
    /// The region that is noted with every look.
    pub const fn current(&self) -> Division {
        self.current
    }

    /// The regions that are allowed.
    pub fn allowed(&self) -> impl Iterator<Item = Division> {
        self.allowed.iter().map(|duty| duty.division)
    }

    /// Whether a region is an allowed one or lies in one.
    pub fn covers(&self, division: Division) -> bool {
        self.allowed.iter().any(|duty| division.is_in(duty.division))
    }

    /// As it is shown to the officer.
    pub fn view(&self) -> DutyView {
        let covering = self.allowed.iter().filter(|duty| self.current.is_in(duty.division));
        // No end beats any end.
        let until = covering.map(|duty| duty.until_at).max_by_key(|until| until.unwrap_or(Timestamp::MAX)).flatten();
        DutyView {
            divisions: self.allowed.iter().map(|duty| DutyDivision::of(duty.division)).collect(),
            current: DutyDivision::of(self.current),
            until,
        }
    }
}

/// The duty of an officer at an instant; `None` off duty. What was chosen counts as long as it is allowed.
///
/// # Errors
/// The store.
pub async fn of(tx: &mut Tx, officer: Uuid, chosen: Option<u32>, at: Timestamp) -> Used<Option<Duty>> {
    let allowed = tx.duties_at(officer, at).await?;
    let Some(first) = allowed.first().map(|duty| duty.division) else { return Ok(None) };
    let mut duty = Duty { allowed, current: first };
    if let Some(chosen) = chosen.and_then(Division::new).filter(|chosen| duty.covers(*chosen)) {
        duty.current = chosen;
    }
    Ok(Some(duty))
}

/// Nobody looks anything up off duty.
pub(crate) fn off_duty() -> UseError {
    UseError::new(Kind::Forbidden, "off_duty", "you are not on duty now: no region of duty is recorded for this time")
}

/// Chooses the region of duty for the running session.
///
/// # Errors
/// `bad_division`, `outside_duty`, `off_duty`; `needs_device` from a terminal; the store.
pub async fn choose(app: &App, call: &OfficerCall, division: &str) -> Used<BoundMe> {
    let now = app.clock.now();
    let bound = call.bound()?;
    let division: Division = division
        .parse()
        .map_err(|_| UseError::invalid("bad_division", "a region of duty is a division code of six digits"))?;
    let duty = call.duty.as_ref().ok_or_else(off_duty)?;
    if !duty.covers(division) {
        let sentence = "this region is not among those in which you may be on duty";
        return Err(UseError::new(Kind::Forbidden, "outside_duty", sentence));
    }
    let mut tx = app.store.write().await?;
    tx.set_bound_duty(bound.session.id, bound.device.id, Some(division.code())).await?;
    let detail = serde_json::json!({"division": division, "session": bound.session.id});
    journal::note(&mut tx, now, &call.actor(), "officer.duty_chosen", Some(call.officer), &detail).await?;
    let mut changed: Bound = bound.clone();
    changed.session.duty = Some(division.code());
    let me = view(&mut tx, &changed, now).await?;
    tx.commit().await?;
    Ok(me)
}

/// The duty of whoever is signed in on a device.
///
/// # Errors
/// `wrong_role` for anybody but an officer; the store.
pub async fn of_bound(app: &App, bound: &Bound) -> Used<Option<Duty>> {
    let Holder::Officer(officer) = &bound.holder else {
        return Err(UseError::new(Kind::Forbidden, "wrong_role", "this needs a sign-in as an officer"));
    };
    let mut tx = app.store.read().await?;
    of(&mut tx, officer.id, bound.session.duty, app.clock.now()).await
}
