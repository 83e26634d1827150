//! A look of an officer is written down before anything is shown: in the journal with who, what for and where on duty; for the person whose data it
//! was; and by its id.

use super::{OfficerCall, Via};
use crate::app::App;
use crate::chance;
use crate::usecase::error::Used;
use crate::usecase::look::{self, For, Look, Looker, Part, Purpose, Way};
use crate::usecase::view::AboutView;
use jiff::Timestamp;
use luzheng_domain::region::Division;
use luzheng_store::Tx;
use luzheng_store::audit::AuditEntry;
use luzheng_store::driver::StoredDriver;
use luzheng_store::officer::OfficerLook;
use luzheng_store::vehicle::StoredVehicle;
use serde_json::{Value, json};
use uuid::Uuid;

/// One look.
pub(super) struct Made<'a> {
    /// Its id.
    pub(super) id: Uuid,
    /// When it was made.
    pub(super) at: Timestamp,
    /// What the journal calls it.
    pub(super) action: &'static str,
    /// What for.
    pub(super) purpose: Purpose,
    /// By which way.
    pub(super) way: Way,
    /// In which region of duty.
    pub(super) duty: Option<Division>,
    /// The vehicle that was seen, and which part.
    pub(super) vehicle: Option<(&'a StoredVehicle, Part)>,
    /// The driver who was seen, and which part.
    pub(super) driver: Option<(&'a StoredDriver, Part)>,
    /// Whether the sealed part of a code was opened, of the vehicle or the driver.
    pub(super) opened: bool,
    /// What else the journal is to know: codes and ids only.
    pub(super) detail: Value,
}

impl OfficerCall {
    /// By which way an on-line look of this call is made.
    pub(super) const fn way(&self) -> Way {
        match self.via {
            Via::Device(_) => Way::OfficerDevice,
            Via::Terminal(_) => Way::OfficerTerminal,
        }
    }
}

async fn tell(tx: &mut Tx, owner: Uuid, made: &Made<'_>, about: AboutView, part: Part) -> Used<()> {
    let duty = made.duty.map(|duty| duty.to_string());
    let parts = if made.opened { vec![part, Part::Sealed] } else { vec![part] };
    for part in parts {
        let look = Look {
            by: Looker::Officer,
            looker: None,
            purpose: For::Office(made.purpose),
            about: about.clone(),
            part,
            way: made.way,
            recipient: duty.as_deref(),
        };
        look::record(tx, owner, &look, made.at).await?;
    }
    Ok(())
}

/// Writes a look down. Answers whether it was not known yet: a look that is handed in twice is written once.
///
/// # Errors
/// The store.
pub(super) async fn write(app: &App, tx: &mut Tx, call: &OfficerCall, made: &Made<'_>) -> Used<bool> {
    let now = app.clock.now();
    let row = OfficerLook {
        officer: call.officer,
        id: made.id,
        at: made.at,
        taken_at: now,
        purpose: made.purpose.code().into(),
        how: made.way.code().into(),
        duty: made.duty.map(Division::code),
        vehicle: made.vehicle.map(|(vehicle, _)| vehicle.id),
        driver: made.driver.map(|(driver, _)| driver.id),
    };
    if !tx.put_officer_look(&row).await? {
        return Ok(false);
    }
    let mut detail = made.detail.clone();
    detail["look"] = json!(made.id);
    detail["duty"] = json!(made.duty);
    if made.at != now {
        detail["at"] = json!(made.at);
    }
    match &call.via {
        Via::Device(bound) => detail["device"] = json!(bound.device.id),
        Via::Terminal(client) => detail["client"] = json!(client),
    }
    let mut subjects: Vec<Option<Uuid>> = [row.vehicle, row.driver].into_iter().flatten().map(Some).collect();
    if subjects.is_empty() {
        subjects.push(None);
    }
    let entries: Vec<AuditEntry> = subjects
        .into_iter()
        .map(|subject| AuditEntry {
            id: chance::new_id(now),
            at: now,
            actor: call.actor(),
            action: made.action.into(),
            subject,
            purpose: Some(made.purpose.code().into()),
            detail: detail.to_string(),
        })
        .collect();
    tx.audit(&entries).await?;
    if let Some((vehicle, part)) = made.vehicle {
        tell(tx, vehicle.facts.owner, made, look::about_vehicle(vehicle), part).await?;
    }
    if let Some((driver, part)) = made.driver {
        tell(tx, driver.owner, made, look::about_licence(driver.id, &driver.facts), part).await?;
    }
    Ok(true)
}
