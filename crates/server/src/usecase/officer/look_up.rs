//! Looking up when nothing is shown: by plate and type, frame number, identity number or licence number. Nothing is found by part of a number or by
//! name, and everything that is found is written down before it is shown.

use super::OfficerCall;
use super::record::{Made, write};
use super::view::{AdviceView, OfficerDriver, OfficerVehicle, driver, vehicle};
use crate::app::App;
use crate::chance;
use crate::clock::china_date;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::look::{Part, Purpose};
use crate::usecase::watch::{self, Caller, Coordinates};
use jiff::{SignedDuration, Timestamp};
use luzheng_domain::driver::LicenceNumber;
use luzheng_domain::roadside::{About, NOTHING, Seen, advise};
use luzheng_domain::vehicle::{OwnerKind, OwnerNumber, Plate, PlateType, Vin};
use luzheng_store::Tx;
use luzheng_store::driver::StoredDriver;
use luzheng_store::vehicle::StoredVehicle;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// Most vehicles of one person that are listed.
pub const MAX_OWN: usize = 20;
/// For how long the photo of a driver who was looked up can be asked for, in seconds.
pub const PHOTO_S: i64 = 1_800;

/// By what something is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OfficerLookUpBy)]
pub enum By {
    /// Plate number and type.
    Plate,
    /// Frame number.
    Vin,
    /// Identity number: the driver, and the person's vehicles in brief.
    Identity,
    /// Licence number: the driver.
    Licence,
}

impl By {
    const fn code(self) -> &'static str {
        match self {
            Self::Plate => "plate",
            Self::Vin => "vin",
            Self::Identity => "identity",
            Self::Licence => "licence",
        }
    }
}

/// What is looked up, and what for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfficerLookUp)]
pub struct LookUp {
    /// By what.
    pub by: By,
    /// With `plate`: the number.
    pub plate_number: Option<String>,
    /// With `plate`: the type, two digits.
    pub plate_type: Option<String>,
    /// With `vin`.
    pub vin: Option<String>,
    /// With `identity` and `licence`.
    pub id_number: Option<String>,
    /// `roadside_check`, `accident`, `stolen_vehicle`, `violation` or `inquiry`.
    pub purpose: Option<String>,
    /// Where it is asked, roughly; without it the region of duty counts.
    pub place: Option<Coordinates>,
}

/// What was found.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OfficerLookedUp)]
pub struct LookedUp {
    /// The look, under which a photo can be asked for.
    pub look_id: Uuid,
    /// The vehicle.
    pub vehicle: Option<OfficerVehicle>,
    /// The driver.
    pub driver: Option<OfficerDriver>,
    /// The person's own vehicles, with `identity`.
    pub vehicles: Vec<OfficerVehicle>,
    /// What applies.
    pub advice: AdviceView,
    /// As of when.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
}

/// What is asked, understood.
enum Asked {
    Plate(Plate),
    Vin(Vin),
    Identity(OwnerNumber),
    Licence(LicenceNumber),
}

impl LookUp {
    fn understood(&self) -> Used<Asked> {
        let needed = |field: &'static str, value: &Option<String>| {
            value.clone().ok_or_else(|| UseError::invalid("field_needed", format!("this look-up needs {field}")))
        };
        let wrong = |code, why: String| UseError::invalid(code, why);
        Ok(match self.by {
            By::Plate => {
                let kind = needed("plate_type", &self.plate_type)?;
                let kind = PlateType::parse(&kind).map_err(|e| wrong("bad_plate_type", e.to_string()))?;
                let number = needed("plate_number", &self.plate_number)?;
                Asked::Plate(Plate::parse(&number, kind).map_err(|e| wrong("bad_plate", e.to_string()))?.value)
            }
            By::Vin => {
                let vin = needed("vin", &self.vin)?;
                Asked::Vin(Vin::parse(&vin, None).map_err(|e| wrong("bad_vin", e.to_string()))?.value)
            }
            By::Identity => {
                let number = needed("id_number", &self.id_number)?;
                let number = OwnerNumber::parse(&number, OwnerKind::Individual);
                Asked::Identity(number.map_err(|e| wrong("bad_id_number", e.to_string()))?.value)
            }
            By::Licence => {
                let number = LicenceNumber::parse(&needed("id_number", &self.id_number)?);
                Asked::Licence(number.map_err(|e| wrong("bad_licence_number", e.to_string()))?.value)
            }
        })
    }
}

impl Asked {
    /// As the watch is told of it; it keeps a keyed digest at most.
    fn text(&self) -> String {
        match self {
            Self::Plate(plate) => format!("{} {}", plate.number.as_str(), plate.plate_type.code()),
            Self::Vin(vin) => vin.as_str().to_owned(),
            Self::Identity(number) => number.as_str().to_owned(),
            Self::Licence(number) => number.as_str().to_owned(),
        }
    }
}

#[derive(Default)]
struct Found {
    vehicle: Option<StoredVehicle>,
    driver: Option<StoredDriver>,
    own: Vec<StoredVehicle>,
}

async fn find(tx: &mut Tx, asked: &Asked) -> Used<Found> {
    let mut found = Found::default();
    match asked {
        Asked::Plate(plate) => found.vehicle = tx.find_vehicle_by_plate(plate).await?,
        Asked::Vin(vin) => found.vehicle = tx.find_vehicle_by_vin(vin).await?,
        Asked::Licence(number) => found.driver = tx.find_driver_by_number(number).await?,
        Asked::Identity(number) => {
            if let Some(owner) = tx.find_owner_by_number(number).await? {
                found.driver = tx.find_driver_of_owner(owner.id).await?;
                found.own = tx.vehicles_of_owner(owner.id).await?;
                found.own.truncate(MAX_OWN);
            }
        }
    }
    Ok(found)
}

/// Lets an officer look once more within this minute.
///
/// # Errors
/// `too_often`; `too_many_look_ups` for whoever goes through plates.
pub(super) fn admit(app: &App, call: &OfficerCall, now: Timestamp) -> Used<()> {
    app.officer_looks.count(Some(&call.officer.to_string()), now)?;
    watch::may_look_up(app, Caller::Officer(call.officer))
}

/// Looks something up, and writes it down before it is shown. That nothing was found is no error: the answer says so.
///
/// # Errors
/// `purpose_needed`, `unknown_purpose`, `field_needed`, `bad_plate`, `bad_plate_type`, `bad_vin`, `bad_id_number`, `bad_licence_number`; `off_duty`;
/// `too_often`, `too_many_look_ups`; the store.
pub async fn look_up(app: &App, call: &OfficerCall, ask: &LookUp) -> Used<LookedUp> {
    let purpose = Purpose::of_officer(ask.purpose.as_deref())?;
    let duty = call.on_duty()?.current();
    let asked = ask.understood()?;
    let now = app.clock.now();
    admit(app, call, now)?;
    let mut tx = app.store.write().await?;
    let found = find(&mut tx, &asked).await?;
    let id = chance::new_id(now);
    let is_found = found.vehicle.is_some() || found.driver.is_some() || !found.own.is_empty();
    let made = Made {
        id,
        at: now,
        action: "officer.looked_up",
        purpose,
        way: call.way(),
        duty: Some(duty),
        vehicle: found.vehicle.as_ref().map(|vehicle| (vehicle, Part::VehicleState)),
        driver: found.driver.as_ref().map(|driver| (driver, Part::DriverState)),
        opened: false,
        detail: json!({"by": ask.by.code(), "found": is_found}),
    };
    write(app, &mut tx, call, &made).await?;
    let answer = answer(&mut tx, app, call, (&made, &found), now).await?;
    tx.commit().await?;
    watch::looked_up(app, Caller::Officer(call.officer), is_found, &asked.text());
    metrics::counter!("luzheng_officer_looks_total", "by" => ask.by.code(), "found" => if is_found { "yes" } else { "no" })
        .increment(1);
    Ok(answer)
}

async fn answer(
    tx: &mut Tx,
    app: &App,
    call: &OfficerCall,
    (made, found): (&Made<'_>, &Found),
    now: Timestamp,
) -> Used<LookedUp> {
    let mut vehicles = Vec::with_capacity(found.own.len());
    for (n, own) in found.own.iter().enumerate() {
        let (id, driver, detail) =
            (chance::new_id(now), None, json!({"by": "identity", "found": true, "number": n + 1}));
        let vehicle_part = Some((own, Part::OwnVehicles));
        let brief = Made { id, vehicle: vehicle_part, driver, detail, ..*made };
        write(app, tx, call, &brief).await?;
        vehicles.push(vehicle(tx, own, now).await?.view);
    }
    let today = china_date(now);
    let nothing = |about| Seen { about, shown: NOTHING, letters: None, overdue: None, mark: None };
    let (vehicle, driver, advice) = match (&found.vehicle, &found.driver) {
        (Some(stored), _) => {
            let seen = vehicle(tx, stored, now).await?;
            let known = Seen {
                letters: Some(&seen.letters),
                overdue: seen.overdue,
                mark: Some(seen.mark),
                ..nothing(About::Mark)
            };
            let advice = advise(&known, today);
            (Some(seen.view), None, advice)
        }
        (None, Some(stored)) => {
            let seen = driver(tx, stored, now).await?;
            let advice = advise(&Seen { letters: Some(&seen.letters), ..nothing(About::Licence) }, today);
            (None, Some(seen.view), advice)
        }
        (None, None) => {
            let about =
                if made.detail["by"] == "plate" || made.detail["by"] == "vin" { About::Mark } else { About::Licence };
            (None, None, advise(&nothing(about), today))
        }
    };
    Ok(LookedUp { look_id: made.id, vehicle, driver, vehicles, advice: advice.into(), as_of: now })
}

/// The photo of the driver who was seen by one of the officer's own looks, for half an hour after it.
///
/// # Errors
/// No such look of this officer, or no driver or photo in it; `look_gone`; `off_duty`; the store.
pub async fn photo(app: &App, call: &OfficerCall, look: Uuid) -> Used<Vec<u8>> {
    let now = app.clock.now();
    let duty = call.on_duty()?.current();
    app.officer_looks.count(Some(&call.officer.to_string()), now)?;
    let missing = || UseError::not_found("look of yours with a photo");
    let mut tx = app.store.write().await?;
    let before = tx.find_officer_look(call.officer, look).await?.ok_or_else(missing)?;
    let stored = tx.find_driver(before.driver.ok_or_else(missing)?).await?.ok_or_else(missing)?;
    if now.duration_since(before.at) > SignedDuration::from_secs(PHOTO_S) {
        let sentence = "this look is too long ago to see the photo under it; look again";
        return Err(UseError::new(Kind::Gone, "look_gone", sentence));
    }
    let info = tx.current_photo(stored.id).await?.ok_or_else(missing)?;
    let bytes = tx.find_photo(stored.id, info.id).await?.ok_or_else(missing)?;
    let purpose = Purpose::of_officer(Some(&before.purpose))?;
    let made = Made {
        id: chance::new_id(now),
        at: now,
        action: "officer.photo_seen",
        purpose,
        way: call.way(),
        duty: Some(duty),
        vehicle: None,
        driver: Some((&stored, Part::Photo)),
        opened: false,
        detail: json!({"under": look}),
    };
    write(app, &mut tx, call, &made).await?;
    tx.commit().await?;
    Ok(bytes)
}
