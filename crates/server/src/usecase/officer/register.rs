//! Which officers there are and where they may be on duty: kept by operators, on the command line.

use crate::app::App;
use crate::chance;
use crate::usecase::bound::enrol::{EnrolmentCode, make_code};
use crate::usecase::bound::{HolderKind, end_devices_of};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal;
use jiff::Timestamp;
use luzheng_domain::mask;
use luzheng_domain::region::Division;
use luzheng_store::officer::{StoredDuty, StoredOfficer};
use luzheng_store::{Error as StoreError, Tx};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// Longest police number, in characters.
pub const MAX_NUMBER: usize = 20;
/// Longest name, in characters.
pub const MAX_NAME: usize = 50;

/// An officer as operators see one.
#[derive(Debug, Clone, Serialize)]
pub struct OfficerRow {
    /// The police number.
    pub number: String,
    /// The name, masked.
    pub name_masked: String,
    /// Where the officer serves.
    pub division: String,
    /// `active` or `ended`.
    pub state: String,
    /// Where the officer may be on duty now.
    pub duty: Vec<String>,
    /// Devices.
    pub devices: Vec<DeviceRow>,
}

/// A device as operators see one.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceRow {
    /// The device.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// When somebody last signed in on it.
    pub last_used_at: Option<Timestamp>,
}

/// A police number in its one form: letters and digits, upper case.
///
/// # Errors
/// `bad_officer_number`.
pub fn number(text: &str) -> Used<String> {
    let number = luzheng_domain::text::normal_code(text);
    if number.is_empty() || number.len() > MAX_NUMBER || !number.bytes().all(|b| b.is_ascii_alphanumeric()) {
        let sentence = format!("a police number has 1 to {MAX_NUMBER} letters and digits");
        return Err(UseError::invalid("bad_officer_number", sentence));
    }
    Ok(number)
}

/// The officer of a number.
async fn found(tx: &mut Tx, text: &str) -> Used<StoredOfficer> {
    let number = number(text)?;
    tx.find_officer_by_number(&number).await?.ok_or_else(|| UseError::not_found(&format!("officer {number}")))
}

async fn active(tx: &mut Tx, text: &str) -> Used<StoredOfficer> {
    let officer = found(tx, text).await?;
    if officer.ended_at.is_some() {
        return Err(UseError::refused("officer_ended", "this officer's access was ended"));
    }
    Ok(officer)
}

/// Records an officer under an id.
///
/// # Errors
/// `bad_officer_number`, `bad_name`, `officer_known`; the store.
pub async fn add_as(app: &App, id: Uuid, text: &str, name: &str, division: Division, actor: &str) -> Used<()> {
    let (number, name, now) = (number(text)?, name.trim(), app.clock.now());
    if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(UseError::invalid("bad_name", format!("a name has 1 to {MAX_NAME} characters")));
    }
    let mut tx = app.store.write().await?;
    let officer =
        StoredOfficer { id, number: number.clone(), name: name.into(), division, created_at: now, ended_at: None };
    tx.put_officer(&officer).await.map_err(|error| match error {
        StoreError::Conflict { .. } => {
            UseError::new(Kind::Conflict, "officer_known", format!("there is an officer {number} already"))
        }
        other => other.into(),
    })?;
    let detail = json!({"number": number, "division": division});
    journal::note(&mut tx, now, actor, "officer.added", Some(id), &detail).await?;
    Ok(tx.commit().await?)
}

/// Records an officer.
///
/// # Errors
/// As [`add_as`].
pub async fn add(app: &App, text: &str, name: &str, division: Division, actor: &str) -> Used<()> {
    add_as(app, chance::new_id(app.clock.now()), text, name, division, actor).await
}

/// Lets an officer be on duty in a region from an instant on, until another or until further notice.
///
/// # Errors
/// `bad_duty` when it ends before it begins; no such officer, or ended; the store.
pub async fn allow(
    app: &App,
    text: &str,
    division: Division,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    actor: &str,
) -> Used<()> {
    let now = app.clock.now();
    let from_at = from.unwrap_or(now);
    if until.is_some_and(|until| until <= from_at) {
        return Err(UseError::invalid("bad_duty", "a duty ends after it begins"));
    }
    let mut tx = app.store.write().await?;
    let officer = active(&mut tx, text).await?;
    let duty = StoredDuty { id: chance::new_id(now), division, from_at, until_at: until };
    tx.put_duty(officer.id, &duty).await?;
    let detail = json!({"division": division, "from": from_at, "until": until});
    journal::note(&mut tx, now, actor, "officer.duty_allowed", Some(officer.id), &detail).await?;
    Ok(tx.commit().await?)
}

/// Ends what an officer may be on duty for now: in one region, or everywhere. Answers how many duties ended.
///
/// # Errors
/// No such officer; the store.
pub async fn relieve(app: &App, text: &str, division: Option<Division>, actor: &str) -> Used<usize> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let officer = found(&mut tx, text).await?;
    let mut ended = 0;
    for duty in tx.duties_at(officer.id, now).await? {
        if division.is_none_or(|division| division == duty.division) && tx.end_duty(officer.id, duty.id, now).await? {
            let detail = json!({"division": duty.division});
            journal::note(&mut tx, now, actor, "officer.duty_ended", Some(officer.id), &detail).await?;
            ended += 1;
        }
    }
    tx.commit().await?;
    Ok(ended)
}

/// Makes a code with which one device of an officer can be enrolled.
///
/// # Errors
/// No such officer, or ended; the store.
pub async fn enrolment(app: &App, text: &str, actor: &str) -> Used<EnrolmentCode> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let officer = active(&mut tx, text).await?;
    let code = make_code(&mut tx, HolderKind::Officer, officer.id, actor, now).await?;
    tx.commit().await?;
    Ok(code)
}

/// Ends an officer's access for good: devices, sessions and codes with it. Answers how many devices ended.
///
/// # Errors
/// No such officer, or ended already; the store.
pub async fn end(app: &App, text: &str, reason: &str, actor: &str) -> Used<usize> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let officer = active(&mut tx, text).await?;
    tx.end_officer(officer.id, now).await?;
    let ended = end_devices_of(&mut tx, officer.id, reason, actor, now).await?;
    let detail = json!({"number": officer.number, "reason": reason});
    journal::note(&mut tx, now, actor, "officer.ended", Some(officer.id), &detail).await?;
    tx.commit().await?;
    Ok(ended)
}

/// The officers by number after `after`, a page of them.
///
/// # Errors
/// The store.
pub async fn list(app: &App, after: &str) -> Used<Vec<OfficerRow>> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let mut rows = Vec::new();
    for officer in tx.officers(after).await? {
        let duty = tx.duties_at(officer.id, now).await?;
        let devices = tx.bound_devices_of(officer.id).await?;
        rows.push(OfficerRow {
            number: officer.number,
            name_masked: mask::name(&officer.name),
            division: officer.division.to_string(),
            state: if officer.ended_at.is_none() { "active" } else { "ended" }.into(),
            duty: duty.iter().map(|duty| duty.division.to_string()).collect(),
            devices: devices
                .into_iter()
                .map(|d| DeviceRow { id: d.id, name: d.name, enrolled_at: d.enrolled_at, last_used_at: d.last_used_at })
                .collect(),
        });
    }
    Ok(rows)
}
