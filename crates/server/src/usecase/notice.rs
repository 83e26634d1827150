//! Notices as they are stored and as they are put into words. What is stored has no names, numbers of persons or phones.

use super::credential::Act;
use super::error::{UseError, Used};
use super::view::{AboutView, Text};
use crate::chance;
use jiff::Timestamp;
use jiff::civil::Date;
use luzheng_domain::case::RejectionReason;
use luzheng_domain::credential::Reason;
use luzheng_domain::driver::notice::{self as driver, DriverNotice};
use luzheng_domain::vehicle::event::Outcome;
use luzheng_domain::vehicle::notice::{NoticeFacts, NoticeKind, Recipient};
use luzheng_domain::vehicle::{Plate, PlateType, YearMonth};
use luzheng_store::Tx;
use luzheng_store::credential::Credential;
use luzheng_store::notice::NewNotice;
use luzheng_store::vehicle::StoredVehicle;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a notice about a mark needs to be put into words.
#[derive(Debug, Serialize, Deserialize)]
struct MarkParams {
    plate_number: String,
    plate_type: String,
    valid_until: Option<YearMonth>,
    reason: Option<Reason>,
    /// Absent in notices of before there was this.
    #[serde(default)]
    about: Option<AboutView>,
}

/// What any notice may say in its parameters besides what its words need.
#[derive(Debug, Deserialize)]
struct Common {
    /// What it is about.
    #[serde(default)]
    about: Option<AboutView>,
    /// Where in the app it leads, when that does not follow from what it is about.
    #[serde(default)]
    path: Option<String>,
}

fn common(params: &str) -> Common {
    serde_json::from_str(params).unwrap_or(Common { about: None, path: None })
}

/// What a notice is about: `about` in its parameters, for every kind of notice.
pub fn about(params: &str) -> Option<AboutView> {
    common(params).about
}

/// Where in the app a notice leads: `path` in its parameters, or to the page of what it is about.
pub fn path(kind: &str, params: &str) -> Option<String> {
    let Common { about, path } = common(params);
    // A former owner may not see the vehicle any more.
    if path.is_some() || kind == NoticeKind::MarkGivenUp.code() {
        return path;
    }
    match about {
        Some(about) => match about.kind.as_str() {
            "vehicle" => Some(format!("/vehicles/{}", about.id)),
            "case" => Some(format!("/cases/{}", about.id)),
            "licence" => Some("/licence".into()),
            _ => None,
        },
        None if super::account::words(kind, params).or_else(|| super::passkey::words(kind, params)).is_some() => {
            Some("/settings/security".into())
        }
        None => DriverNotice::from_code(kind).map(|_| "/licence".into()),
    }
}

/// A vehicle as notices name what they are about.
pub fn about_vehicle(stored: &StoredVehicle) -> AboutView {
    AboutView { kind: "vehicle".into(), id: stored.id, label: stored.facts.plate.number.to_string() }
}

/// Gives a notice, once per owner and `dedupe`. Answers whether it is new.
///
/// # Errors
/// The store.
pub(crate) async fn add(
    tx: &mut Tx,
    owner: Uuid,
    dedupe: &str,
    kind: &str,
    params: &(impl Serialize + Sync),
    now: Timestamp,
) -> Used<bool> {
    let params = serde_json::to_string(params).map_err(|e| UseError::broken("notice", e.to_string()))?;
    let id = chance::new_id(now);
    let new = tx.add_notice(&NewNotice { owner, id, dedupe, kind, params: &params, created_at: now }).await?;
    if new {
        super::notify::order(tx, owner, id, now).await?;
    }
    Ok(new)
}

/// Tells the owners of a vehicle what an event meant for its mark.
///
/// # Errors
/// The store.
pub(crate) async fn of_event(
    tx: &mut Tx,
    cause: &str,
    before: Option<&StoredVehicle>,
    stored: &StoredVehicle,
    decided: &Outcome,
    now: Timestamp,
) -> Used<()> {
    for kind in &decided.notices {
        let to = match (kind.recipient(), before) {
            (Recipient::FormerOwner, Some(before)) => before.facts.owner,
            _ => stored.facts.owner,
        };
        let params = MarkParams {
            plate_number: stored.facts.plate.number.to_string(),
            plate_type: stored.facts.plate.plate_type.code().into(),
            valid_until: stored.facts.valid_until,
            reason: decided.mark.reason(),
            about: Some(about_vehicle(stored)),
        };
        let dedupe = format!("{cause}:{}", kind.code());
        add(tx, to, &dedupe, kind.code(), &params, now).await?;
        if kind.recipient() == Recipient::Owner {
            to_others(tx, stored, &dedupe, kind.code(), &params, now).await?;
        }
    }
    Ok(())
}

/// Gives the same notice to those who look after a vehicle with or for its owner.
async fn to_others(
    tx: &mut Tx,
    stored: &StoredVehicle,
    dedupe: &str,
    kind: &str,
    params: &MarkParams,
    now: Timestamp,
) -> Used<()> {
    for person in super::filing::also_told(tx, stored.id, stored.facts.owner).await? {
        add(tx, person, dedupe, kind, params, now).await?;
    }
    Ok(())
}

/// What a notice about a licence needs to be put into words.
#[derive(Debug, Serialize, Deserialize)]
struct LicenceParams {
    reason: Option<Reason>,
    points: Option<u8>,
    sum: Option<u32>,
    day: Option<Date>,
    rejection: Option<RejectionReason>,
}

/// Tells a holder something about their licence, once per owner and `dedupe`. Answers whether it is new.
///
/// # Errors
/// The store.
pub(crate) async fn of_driver(
    tx: &mut Tx,
    owner: Uuid,
    dedupe: &str,
    kind: DriverNotice,
    facts: &driver::NoticeFacts,
    now: Timestamp,
) -> Used<bool> {
    let driver::NoticeFacts { reason, points, sum, day, rejection } = *facts;
    add(tx, owner, dedupe, kind.code(), &LicenceParams { reason, points, sum, day, rejection }, now).await
}

/// Tells the owner what staff did by hand.
///
/// # Errors
/// The store.
pub async fn by_hand(tx: &mut Tx, credential: &Credential, act: Act, reason: Reason, now: Timestamp) -> Used<()> {
    let Some(stored) = tx.find_vehicle(credential.subject).await? else { return Ok(()) };
    let kind = match act {
        Act::Suspend => NoticeKind::MarkSuspended,
        Act::Restore => NoticeKind::MarkRestored,
        Act::Revoke => NoticeKind::MarkRevoked,
    };
    let params = MarkParams {
        plate_number: credential.subject_name.clone(),
        plate_type: credential.class.clone(),
        valid_until: YearMonth::from_yyyymm(credential.valid_until),
        reason: Some(reason),
        about: Some(AboutView { label: credential.subject_name.clone(), ..about_vehicle(&stored) }),
    };
    let dedupe = format!("{}:{}:{}", act.code(), credential.id, now.as_microsecond());
    add(tx, stored.facts.owner, &dedupe, kind.code(), &params, now).await?;
    to_others(tx, &stored, &dedupe, kind.code(), &params, now).await
}

/// Title and body of a stored notice; a notice that cannot be put into words any more keeps its kind as its title.
pub fn words(kind: &str, params: &str) -> (Text, Text) {
    mark_words(kind, params)
        .or_else(|| licence_words(kind, params))
        .or_else(|| super::paper_order::words(kind, params))
        .or_else(|| super::deadline::words(kind, params))
        .or_else(|| super::filing::words(kind, params))
        .or_else(|| super::account::words(kind, params))
        .or_else(|| super::passkey::words(kind, params))
        .unwrap_or_else(|| (Text::new(kind, kind), Text::new("", "")))
}

fn mark_words(kind: &str, params: &str) -> Option<(Text, Text)> {
    let (kind, params) = (NoticeKind::from_code(kind)?, serde_json::from_str::<MarkParams>(params).ok()?);
    let plate_type = PlateType::from_code(&params.plate_type).ok()?;
    let plate = Plate::parse(&params.plate_number, plate_type).ok()?;
    let facts =
        NoticeFacts { plate: &plate.value, valid_until: params.valid_until, reason: params.reason, action: None };
    let notice = kind.notice(&facts);
    Some((notice.title.into(), notice.body.into()))
}

fn licence_words(kind: &str, params: &str) -> Option<(Text, Text)> {
    let (kind, params) = (DriverNotice::from_code(kind)?, serde_json::from_str::<LicenceParams>(params).ok()?);
    let LicenceParams { reason, points, sum, day, rejection } = params;
    let notice = kind.notice(&driver::NoticeFacts { reason, points, sum, day, rejection });
    Some((notice.title.into(), notice.body.into()))
}
