//! Looks that were made off-line, handed in when the network is back: each once by its id, with the time at which it was made.

use super::OfficerCall;
use super::record::{Made, write};
use crate::app::App;
use crate::usecase::error::{UseError, Used};
use crate::usecase::licence::device::from_text;
use crate::usecase::look::{Part, Purpose, Way};
use jiff::{SignedDuration, Timestamp};
use luzheng_domain::region::Division;
use luzheng_domain::roadside::SHOWN;
use luzheng_domain::text::normal_code;
use luzheng_domain::vehicle::{Plate, PlateType};
use luzheng_store::Tx;
use luzheng_store::driver::StoredDriver;
use luzheng_store::status::StatusIndex;
use luzheng_store::vehicle::StoredVehicle;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// Most looks in one call.
pub const MAX_ITEMS: usize = 200;
/// Longest word or number in a look, in bytes.
const MAX_WORD: usize = 64;
/// How far ahead of ours a device's clock may be, in seconds.
const AHEAD_S: i64 = 300;
/// How long looks are remembered by their id, in days; longer than any is taken.
pub const KEPT_DAYS: i64 = 180;
/// The verdicts.
const VERDICTS: [&str; 5] = ["valid", "attention", "not_valid", "unreadable", "cannot_tell"];

/// Where the status of a code stands: as the code's own claims name it.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfflineStatus)]
pub struct AtStatus {
    /// The list.
    pub list: u32,
    /// The entry in it.
    pub index: u32,
}

/// A look made off-line.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfflineLook)]
pub struct Item {
    /// Its id, made by the device: a UUID, or 16 bytes in base64url.
    pub id: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// SHA-256 of the code that was opened, base64url.
    pub code_digest: Option<String>,
    /// Where the status of that code stands: how the person is found.
    pub status: Option<AtStatus>,
    /// The plate that was looked up.
    pub subject: Option<String>,
    /// Its type. Without it the plate is found only while no other vehicle has the number.
    pub plate_type: Option<String>,
    /// The verdict; `valid` when a plate was found.
    pub verdict: String,
    /// Its reason.
    pub reason: Option<String>,
    /// `shard` or `sealed`.
    pub by: String,
    /// What for.
    pub purpose: String,
    /// The region of duty then.
    pub duty: Option<String>,
}

/// A look that was not taken. It need not be handed in again.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RefusedLook {
    /// The look.
    pub id: String,
    /// Why: a stable code.
    pub code: String,
}

/// What became of the looks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HandedIn {
    /// So many were written down now.
    pub taken: u32,
    /// So many were known already.
    pub known: u32,
    /// Those that cannot be taken.
    pub refused: Vec<RefusedLook>,
}

/// A look, understood.
struct Understood {
    id: Uuid,
    purpose: Purpose,
    duty: Option<Division>,
}

fn id(text: &str) -> Option<Uuid> {
    if text.len() > MAX_WORD {
        return None;
    }
    text.parse().ok().or_else(|| Uuid::from_slice(&from_text(text, "id").ok()?).ok())
}

fn understood(item: &Item, now: Timestamp, oldest: Timestamp) -> Result<Understood, &'static str> {
    let words = [&item.code_digest, &item.subject, &item.plate_type, &item.reason, &item.duty];
    if words.into_iter().flatten().chain([&item.verdict, &item.by]).any(|word| word.len() > MAX_WORD) {
        return Err("too_long");
    }
    let latest = now.checked_add(SignedDuration::from_secs(AHEAD_S)).unwrap_or(now);
    if item.at > latest {
        return Err("in_the_future");
    }
    if item.at < oldest {
        return Err("too_old");
    }
    let known = VERDICTS.contains(&item.verdict.as_str())
        && item.reason.as_deref().is_none_or(|reason| SHOWN.contains(&reason))
        && matches!(item.by.as_str(), "shard" | "sealed");
    if !known {
        return Err("unknown_word");
    }
    // Nothing but a digest goes into the journal under that name.
    let digest = |text: &str| from_text(text, "code_digest").is_ok_and(|bytes| bytes.len() == 32);
    if !item.code_digest.as_deref().is_none_or(digest) {
        return Err("bad_digest");
    }
    let purpose = Purpose::of_officer(Some(&item.purpose)).map_err(|error| error.code)?;
    let duty = item.duty.as_deref().map(|duty| duty.parse().map_err(|_| "bad_division")).transpose()?;
    Ok(Understood { id: id(&item.id).ok_or("bad_id")?, purpose, duty })
}

/// The vehicle of a plate, when that is certain.
async fn by_plate(tx: &mut Tx, item: &Item) -> Used<Option<StoredVehicle>> {
    let Some(number) = item.subject.as_deref() else { return Ok(None) };
    if let Some(kind) = item.plate_type.as_deref() {
        let plate = PlateType::parse(kind).ok().and_then(|kind| Plate::parse(number, kind).ok());
        return Ok(match plate {
            Some(plate) => tx.find_vehicle_by_plate(&plate.value).await?,
            None => None,
        });
    }
    match tx.vehicles_with_number(&normal_code(number)).await?[..] {
        [only] => Ok(tx.find_vehicle(only).await?),
        _ => Ok(None),
    }
}

/// Whom a code is about, by where its status stands.
async fn by_status(tx: &mut Tx, item: &Item) -> Used<(Option<StoredVehicle>, Option<StoredDriver>)> {
    let Some(AtStatus { list, index }) = item.status else { return Ok((None, None)) };
    let Some((subject, _)) = tx.credential_at(StatusIndex { list, index }).await? else { return Ok((None, None)) };
    match tx.find_vehicle(subject).await? {
        Some(vehicle) => Ok((Some(vehicle), None)),
        None => Ok((None, tx.find_driver(subject).await?)),
    }
}

/// Writes looks down that were made off-line. Looks that cannot be taken are named and do not keep the others from being taken.
///
/// # Errors
/// `too_many_items`; the store.
pub async fn hand_in(app: &App, call: &OfficerCall, items: &[Item]) -> Used<HandedIn> {
    if items.len() > MAX_ITEMS {
        return Err(UseError::invalid("too_many_items", format!("at most {MAX_ITEMS} looks are handed in at once")));
    }
    let now = app.clock.now();
    let days = SignedDuration::from_hours(24 * i64::from(app.settings.bound.offline_days));
    let oldest = now.checked_sub(days).unwrap_or(now);
    let mut done = HandedIn { taken: 0, known: 0, refused: Vec::new() };
    let mut tx = app.store.write().await?;
    for item in items {
        let Understood { id, purpose, duty } = match understood(item, now, oldest) {
            Ok(understood) => understood,
            Err(code) => {
                let id = item.id.chars().take(MAX_WORD).collect();
                done.refused.push(RefusedLook { id, code: code.into() });
                continue;
            }
        };
        let (mut vehicle, driver) = by_status(&mut tx, item).await?;
        if vehicle.is_none() && driver.is_none() {
            vehicle = by_plate(&mut tx, item).await?;
        }
        let opened = item.by == "sealed";
        let (of_vehicle, of_driver) =
            if opened { (Part::Sealed, Part::Sealed) } else { (Part::VehicleState, Part::DriverState) };
        let made = Made {
            id,
            at: item.at,
            action: "officer.looked_offline",
            purpose,
            way: Way::OfficerOffline,
            duty,
            vehicle: vehicle.as_ref().map(|vehicle| (vehicle, of_vehicle)),
            driver: driver.as_ref().map(|driver| (driver, of_driver)),
            opened: false,
            detail: json!({
                "by": item.by, "verdict": item.verdict, "reason": item.reason, "code_digest": item.code_digest,
            }),
        };
        if write(app, &mut tx, call, &made).await? {
            done.taken += 1;
        } else {
            done.known += 1;
        }
    }
    tx.commit().await?;
    Ok(done)
}

/// Forgets looks by their id when none that old can be handed in again.
///
/// # Errors
/// The store.
pub async fn sweep(app: &App) -> Used<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let before = now.checked_sub(SignedDuration::from_hours(24 * KEPT_DAYS)).unwrap_or(now);
    tx.sweep_officer_looks(before).await?;
    Ok(tx.commit().await?)
}
