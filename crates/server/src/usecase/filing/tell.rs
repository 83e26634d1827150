//! Who is told what about a shared vehicle, and who somebody is whom only a phone and a name tell.

use crate::app::App;
use crate::usecase::account::identity::{is_person, name_key};
use crate::usecase::account::lock::{self, Limit};
use crate::usecase::account::phone_number;
use crate::usecase::error::{UseError, Used};
use crate::usecase::notice;
use crate::usecase::session::Session;
use crate::usecase::view::{AboutView, Text};
use jiff::Timestamp;
use luzheng_domain::vehicle::filing::{EndReason, FilingKind};
use luzheng_domain::vehicle::filing_notice::{SharingFacts, SharingNotice};
use luzheng_domain::vehicle::{Plate, PlateType, UnitRole};
use luzheng_store::Tx;
use luzheng_store::filing as stored;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where in the app filings are.
const PATH: &str = "/filings";
/// Where in the app units are.
const UNITS: &str = "/units";

/// What a notice about sharing needs to be put into words.
#[derive(Debug, Serialize, Deserialize)]
struct Params {
    plate_number: Option<String>,
    plate_type: Option<String>,
    reason: Option<EndReason>,
    role: Option<UnitRole>,
    #[serde(default)]
    about: Option<AboutView>,
    path: Option<String>,
}

/// Tells one person of a filing. Once per person, filing and kind.
pub(super) async fn tell(
    tx: &mut Tx,
    to: Uuid,
    kind: SharingNotice,
    filing: &stored::Filing,
    reason: Option<EndReason>,
    now: Timestamp,
) -> Used<()> {
    let params = Params {
        plate_number: Some(filing.plate_number.clone()),
        plate_type: Some(filing.plate_type.clone()),
        reason,
        role: None,
        about: None,
        path: Some(PATH.into()),
    };
    notice::add(tx, to, &format!("filing:{}:{}", filing.id, kind.code()), kind.code(), &params, now).await?;
    Ok(())
}

/// Tells the owner's side: the owner, and for a unit everybody who runs it.
pub(super) async fn tell_owner(
    tx: &mut Tx,
    kind: SharingNotice,
    filing: &stored::Filing,
    reason: Option<EndReason>,
    now: Timestamp,
) -> Used<()> {
    let Some(owner) = filing.owner else { return Ok(()) };
    tell(tx, owner, kind, filing, reason, now).await?;
    for member in tx.members_of_unit(owner).await? {
        if member.role != UnitRole::Operator.code() {
            tell(tx, member.person, kind, filing, reason, now).await?;
        }
    }
    Ok(())
}

/// Tells both sides that it is over.
pub(super) async fn tell_end(
    tx: &mut Tx,
    filing: &stored::Filing,
    kind: FilingKind,
    reason: EndReason,
    now: Timestamp,
) -> Used<()> {
    let (person, owner) = match kind {
        FilingKind::Filing => (SharingNotice::FilingEnded, SharingNotice::FilingLeft),
        FilingKind::Management => (SharingNotice::ManagerEnded, SharingNotice::ManagerLeft),
    };
    tell(tx, filing.person, person, filing, Some(reason), now).await?;
    tell_owner(tx, owner, filing, Some(reason), now).await
}

/// Tells somebody that they act for a unit, or do no longer.
pub(crate) async fn tell_member(
    tx: &mut Tx,
    kind: SharingNotice,
    member: &luzheng_store::unit::Member,
    now: Timestamp,
) -> Used<()> {
    let params = Params {
        plate_number: None,
        plate_type: None,
        reason: None,
        role: UnitRole::from_code(&member.role),
        about: None,
        path: Some(UNITS.into()),
    };
    notice::add(tx, member.person, &format!("unit:{}:{}", member.id, kind.code()), kind.code(), &params, now).await?;
    Ok(())
}

/// The words of a stored notice about sharing.
pub(crate) fn words(kind: &str, params: &str) -> Option<(Text, Text)> {
    let (kind, params) = (SharingNotice::from_code(kind)?, serde_json::from_str::<Params>(params).ok()?);
    let plate = params
        .plate_number
        .zip(params.plate_type)
        .and_then(|(number, code)| Some(Plate::parse(&number, PlateType::from_code(&code).ok()?).ok()?.value));
    let notice = kind.notice(&SharingFacts { plate: plate.as_ref(), reason: params.reason, role: params.role });
    Some((notice.title.into(), notice.body.into()))
}

/// Who besides the owner gets the notices of a vehicle: its managers, and the users of the unit that owns it.
///
/// # Errors
/// The store.
pub(crate) async fn also_told(tx: &mut Tx, vehicle: Uuid, owner: Uuid) -> Used<Vec<Uuid>> {
    let mut told: Vec<Uuid> = Vec::new();
    for share in tx.shares_of_vehicle(vehicle, FilingKind::Management.code()).await? {
        told.push(share.person);
    }
    for member in tx.members_of_unit(owner).await? {
        if !told.contains(&member.person) {
            told.push(member.person);
        }
    }
    Ok(told)
}

/// Phones and names from one account that do not agree: nobody is to try who has which number.
const NAMED: Limit = Limit { scope: "person named", tries: 10, window_s: 86_400, locks_s: &[86_400] };

/// The person of the register who has an account with this phone and has this name.
///
/// # Errors
/// `bad_phone`; `person_not_found` when phone and name do not agree with one account, `locked` after too many of these; the store.
pub(crate) async fn who_by_phone(app: &App, session: &Session, phone: &str, name: &str) -> Used<Uuid> {
    let phone = phone_number(phone).ok_or_else(|| UseError::invalid("bad_phone", "this is no phone number"))?;
    let now = app.clock.now();
    let who = session.person.to_string();
    let mut tx = app.store.write().await?;
    lock::admit(&mut tx, &NAMED, &who, now).await?;
    if let Some(found) = person(&mut tx, &phone, name).await? {
        return Ok(found);
    }
    let left = lock::failed(&mut tx, &NAMED, &who, now).await?;
    tx.commit().await?;
    let sentence = "nobody with this phone and this name has signed in with their real name";
    Err(UseError::refused("person_not_found", sentence).tries_left(left?))
}

async fn person(tx: &mut Tx, phone: &str, name: &str) -> Used<Option<Uuid>> {
    let Some(account) = tx.person_of_phone(phone).await? else { return Ok(None) };
    let Some(owner) = tx.find_person(account).await?.and_then(|person| person.owner) else { return Ok(None) };
    let found = tx.find_owner(owner).await?;
    Ok(found.filter(|found| is_person(&found.details, &name_key(name))).map(|found| found.id))
}
