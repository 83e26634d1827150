//! A code that was scanned, judged on-line: the verdict, the sealed part opened, how vehicle or driver stand in the register, and what applies.

use super::OfficerCall;
use super::look_up::admit;
use super::record::{Made, write};
use super::view::{AdviceView, OfficerDriver, OfficerVehicle, driver, vehicle};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::error::Used;
use crate::usecase::key::reader;
use crate::usecase::look::{Part, Purpose};
use crate::usecase::verify::online;
use crate::usecase::watch::{self, Caller, Coordinates, Place};
use jiff::Timestamp;
use luzheng_credential::kind::driving_licence::LicenceMode;
use luzheng_credential::kind::inspection_mark::MarkMode;
use luzheng_credential::kind::{Claims, Sealed};
use luzheng_credential::seal::{self, INFO_DRIVING_LICENCE, INFO_INSPECTION_MARK};
use luzheng_credential::verify::{Reason, Report};
use luzheng_domain::roadside::{About, Seen, VALID, advise};
use luzheng_domain::vehicle::{Plate, PlateType};
use luzheng_store::Tx;
use luzheng_store::driver::StoredDriver;
use luzheng_store::status::StatusIndex;
use luzheng_store::vehicle::StoredVehicle;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// A code, and what for it is checked.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfficerQuestion)]
pub struct Scanned {
    /// The scanned or pasted text.
    pub code: String,
    /// The plate on the vehicle in front of the officer.
    pub expected_plate: Option<String>,
    /// `roadside_check`, `accident`, `stolen_vehicle`, `violation` or `inquiry`.
    pub purpose: Option<String>,
    /// Where it is asked, roughly; without it the region of duty counts.
    pub place: Option<Coordinates>,
}

/// What was sealed for officers inside a live code.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = OpenedPart)]
pub struct Opened {
    /// Of a mark: the frame number.
    pub vin: Option<String>,
    /// Of a licence: its number.
    pub licence_number: Option<String>,
    /// Of a licence: the name; cut at its end when the code had no room for more.
    pub name: Option<String>,
}

/// The answer to a scanned code.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OfficerVerdict)]
pub struct Verified {
    /// The verdict, as `/api/v1/verify` gives it.
    #[schema(value_type = Object)]
    pub report: Report,
    /// The sealed part; absent when the code has none.
    pub opened: Option<Opened>,
    /// The vehicle in front of the officer, as far as it is known.
    pub vehicle: Option<OfficerVehicle>,
    /// The driver.
    pub driver: Option<OfficerDriver>,
    /// What applies.
    pub advice: AdviceView,
    /// The look, under which a photo can be asked for.
    pub look_id: Uuid,
    /// As of when.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
}

fn sealed_part(claims: &Claims) -> Option<&Sealed> {
    match claims {
        Claims::InspectionMark(mark) => match &mark.mode {
            MarkMode::Live(live) => live.sealed.as_ref(),
            MarkMode::Static => None,
        },
        Claims::DrivingLicence(licence) => match &licence.mode {
            LicenceMode::Live { live, .. } => live.sealed.as_ref(),
            LicenceMode::Held { .. } => None,
        },
    }
}

/// Opens the sealed part of genuine claims. What cannot be opened is left out: the code is judged by its signature, not by this.
async fn open(app: &App, tx: &mut Tx, claims: &Claims) -> Used<Option<Opened>> {
    let Some(sealed) = sealed_part(claims) else { return Ok(None) };
    let Some(key) = reader::private(app, tx, sealed.reader_key).await? else { return Ok(None) };
    let info = match claims {
        Claims::InspectionMark(_) => INFO_INSPECTION_MARK,
        Claims::DrivingLicence(_) => INFO_DRIVING_LICENCE,
    };
    let Ok(plain) = seal::open(&key, info, &sealed.bytes) else { return Ok(None) };
    let text = String::from_utf8_lossy(&plain).into_owned();
    Ok(Some(match claims {
        Claims::InspectionMark(_) => Opened { vin: Some(text), ..Opened::default() },
        Claims::DrivingLicence(_) => {
            let (number, name) = text.split_once(',').unwrap_or((&text, ""));
            let name = (!name.is_empty()).then(|| name.to_owned());
            Opened { vin: None, licence_number: Some(number.to_owned()), name }
        }
    }))
}

#[derive(Default)]
struct Subject {
    vehicle: Option<StoredVehicle>,
    driver: Option<StoredDriver>,
}

/// Whom or what genuine claims are about. When the plate in front of the officer is another one, it is that vehicle which counts.
async fn subject(tx: &mut Tx, report: &Report, scanned: &Scanned) -> Used<Subject> {
    let Some(claims) = report.claims() else { return Ok(Subject::default()) };
    if report.reason() == Some(Reason::WrongSubject) && matches!(claims, Claims::InspectionMark(_)) {
        let in_front = PlateType::from_code(claims.class())
            .ok()
            .and_then(|kind| Plate::parse(scanned.expected_plate.as_deref()?, kind).ok());
        let vehicle = match in_front {
            Some(plate) => tx.find_vehicle_by_plate(&plate.value).await?,
            None => None,
        };
        return Ok(Subject { vehicle, driver: None });
    }
    let status = claims.status();
    let at = StatusIndex { list: status.list, index: status.index };
    let Some((subject, _)) = tx.credential_at(at).await? else { return Ok(Subject::default()) };
    Ok(match claims {
        Claims::InspectionMark(_) => Subject { vehicle: tx.find_vehicle(subject).await?, driver: None },
        Claims::DrivingLicence(_) => Subject { vehicle: None, driver: tx.find_driver(subject).await? },
    })
}

/// What was shown, in the words of the advice.
fn shown(report: &Report) -> &'static str {
    report.reason().map_or(VALID, Reason::code)
}

/// Judges a scanned code for an officer and writes the look down.
///
/// # Errors
/// `purpose_needed`, `unknown_purpose`; `off_duty`; `too_often`, `too_many_look_ups`; the store.
pub async fn verify(app: &App, call: &OfficerCall, scanned: &Scanned) -> Used<Verified> {
    let purpose = Purpose::of_officer(scanned.purpose.as_deref())?;
    let duty = call.on_duty()?.current();
    let now = app.clock.now();
    admit(app, call, now)?;
    let report = online(app, &scanned.code, scanned.expected_plate.as_deref(), None);
    let place = scanned.place.map_or(Place::In(duty), Place::from);
    watch::checked(app, &report, place, Caller::Officer(call.officer));
    let mut tx = app.store.write().await?;
    let opened = match report.claims() {
        Some(claims) => open(app, &mut tx, claims).await?,
        None => None,
    };
    let found = subject(&mut tx, &report, scanned).await?;
    let look_id = chance::new_id(now);
    let kind = report.claims().map(|claims| claims.kind().code());
    let made = Made {
        id: look_id,
        at: now,
        action: "officer.verified",
        purpose,
        way: call.way(),
        duty: Some(duty),
        vehicle: found.vehicle.as_ref().map(|vehicle| (vehicle, Part::VehicleState)),
        driver: found.driver.as_ref().map(|driver| (driver, Part::DriverState)),
        // Of the vehicle in front nothing was opened when the code was another's.
        opened: opened.is_some() && report.reason() != Some(Reason::WrongSubject),
        detail: json!({"verdict": report.verdict().code(), "reason": report.reason().map(Reason::code), "kind": kind}),
    };
    write(app, &mut tx, call, &made).await?;
    let about = match report.claims() {
        Some(Claims::DrivingLicence(_)) => About::Licence,
        _ => About::Mark,
    };
    let unknown = Seen { about, shown: shown(&report), letters: None, overdue: None, mark: None };
    let today = china_date(now);
    let (vehicle, driver, advice) = match (&found.vehicle, &found.driver) {
        (Some(stored), _) => {
            let seen = vehicle(&mut tx, stored, now).await?;
            let known = Seen { letters: Some(&seen.letters), overdue: seen.overdue, mark: Some(seen.mark), ..unknown };
            let advice = advise(&known, today);
            (Some(seen.view), None, advice)
        }
        (None, Some(stored)) => {
            let seen = driver(&mut tx, stored, now).await?;
            let advice = advise(&Seen { letters: Some(&seen.letters), ..unknown }, today);
            (None, Some(seen.view), advice)
        }
        (None, None) => (None, None, advise(&unknown, today)),
    };
    tx.commit().await?;
    metrics::counter!("luzheng_officer_looks_total", "by" => "code", "found" => if vehicle.is_some() || driver.is_some() { "yes" } else { "no" })
        .increment(1);
    Ok(Verified { report, opened, vehicle, driver, advice: advice.into(), look_id, as_of: now })
}
