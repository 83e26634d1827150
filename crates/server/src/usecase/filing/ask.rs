//! Asking to file a vehicle, and giving the owner's code.

use super::tell::{tell, tell_owner};
use super::view::{Filing, Side, view};
use super::{
    ASKS_A_DAY, CODE_DIGITS, CODE_LIFETIME, DAY, MAX_TRIES, REQUEST_LIFETIME, VEHICLE_ASKS_A_DAY, asked_text, barred,
    begin, earlier, finish, later, lock, missing, owner_kind, rules, state_of,
};
use crate::app::App;
use crate::chance;
use crate::usecase::channel::{Address, Attempt, ChannelKind, Message};
use crate::usecase::citizen::owner;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal;
use crate::usecase::notice_code::Codes;
use crate::usecase::session::Session;
use crate::usecase::view::Text;
use aws_lc_rs::constant_time;
use jiff::Timestamp;
use luzheng_domain::account::Act;
use luzheng_domain::mask;
use luzheng_domain::text::normal_code;
use luzheng_domain::vehicle::filing::{
    EndReason, FilingBar, FilingKind, FilingRelation, FilingState, FilingStep, vehicle_may_be_filed,
};
use luzheng_domain::vehicle::filing_notice::SharingNotice;
use luzheng_domain::vehicle::{OwnerKind, Plate, PlateType};
use luzheng_store::filing as stored;
use luzheng_store::session::Repeated;
use luzheng_store::vehicle::StoredVehicle;
use luzheng_store::{Tx, Vault};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How many of the VIN's last characters are asked for: whoever files has the vehicle or its papers in hand.
const VIN_TAIL: usize = 6;
/// Longest plate, in characters, before it is even looked at.
const MAX_PLATE: usize = 20;

/// Which vehicle is to be filed.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Plate number.
    pub plate_number: String,
    /// Plate type code.
    pub plate_type: String,
    /// The last 6 characters of its VIN.
    pub vin_last6: String,
    /// What the person is to the owner: `family`, `friend`, `employer`, `lease` or `other`.
    pub relation: String,
}

/// A request that was made. It says the same whether or not there is such a vehicle.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Asked {
    /// The filing.
    pub id: Uuid,
    /// Until when the owner's code counts.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// What happens now.
    pub text: Text,
}

/// The owner's code on its way. It is sent after the answer: how long a gateway takes is not to tell whether there is an owner to be sent to.
pub struct CodeMessage {
    to: Address,
    message: Message,
}

impl CodeMessage {
    /// Sends it, now or not at all: a code that waited in a queue would have to be stored in clear. The owner can still agree in the app.
    pub async fn send(self, app: &App) {
        let sent = match app.ways.of(ChannelKind::Sms) {
            Some(way) if way.accepts(&self.to) => way.deliver(&self.to, &self.message).await == Attempt::Taken,
            _ => false,
        };
        let outcome = if sent { "sent" } else { "not_sent" };
        metrics::counter!("luzheng_one_time_codes_total", "purpose" => "filing", "outcome" => outcome).increment(1);
    }
}

fn digest(vault: &Vault, filing: Uuid, code: &str) -> [u8; 16] {
    let mut whole = filing.as_bytes().to_vec();
    whole.extend_from_slice(code.as_bytes());
    vault.index("filing code", &whole)
}

/// The relation that a filer may claim.
pub(super) fn relation(code: &str) -> Used<FilingRelation> {
    FilingRelation::from_code(code)
        .filter(|relation| *relation != FilingRelation::Manager)
        .ok_or_else(|| UseError::invalid("bad_relation", "the relation is family, friend, employer, lease or other"))
}

/// What was typed, in canonical form.
struct Wish {
    plate: Plate,
    vin_tail: String,
    relation: FilingRelation,
}

fn read(asked: &Ask) -> Used<Wish> {
    let bad = |code, why: &str| UseError::invalid(code, why.to_owned());
    if asked.plate_number.chars().count() > MAX_PLATE {
        return Err(bad("bad_plate", "a plate is not that long"));
    }
    let plate_type =
        PlateType::from_code(&asked.plate_type).map_err(|_| bad("bad_plate_type", "there is no such type of plate"))?;
    let plate = Plate::parse(&asked.plate_number, plate_type)
        .map_err(|_| bad("bad_plate", "this is no plate number of this type"))?;
    let vin_tail = normal_code(&asked.vin_last6);
    if vin_tail.len() != VIN_TAIL || !vin_tail.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(bad("bad_vin_tail", "give the last 6 characters of the VIN"));
    }
    Ok(Wish { plate: plate.value, vin_tail, relation: relation(&asked.relation)? })
}

/// Refuses what is the asking person's own affair; nothing here depends on vehicles of others.
async fn admit(tx: &mut Tx, person: Uuid, wish: &Wish, now: Timestamp) -> Used<()> {
    let rules = rules(now);
    if !rules.plate_types.contains(&wish.plate.plate_type) {
        return Err(barred(FilingBar::PlateType));
    }
    if owner_kind(tx, person).await? != OwnerKind::Individual {
        return Err(barred(FilingBar::NotAPerson));
    }
    if tx.filing_barred(person).await? {
        return Err(barred(FilingBar::Barred));
    }
    let held = tx.shares_of_person(person, FilingKind::Filing.code()).await?;
    if u32::try_from(held.len()).unwrap_or(u32::MAX) >= rules.vehicles_per_person {
        return Err(barred(FilingBar::TooManyVehicles));
    }
    if tx.filings_asked_since(person, earlier(now, DAY)).await? >= ASKS_A_DAY {
        let sentence = format!("{ASKS_A_DAY} vehicles can be asked for within a day; try again tomorrow");
        return Err(UseError::new(Kind::TooOften, "too_often", sentence).retry_after(DAY.as_secs()));
    }
    Ok(())
}

/// The vehicle that is meant, when there is one that this person may ask for; otherwise the request goes nowhere and looks the same.
async fn meant(tx: &mut Tx, person: Uuid, wish: &Wish, now: Timestamp) -> Used<Option<StoredVehicle>> {
    let found = tx.find_vehicle_by_plate(&wish.plate).await?;
    let Some(found) = found.filter(|v| v.facts.vin.as_str().ends_with(&wish.vin_tail)) else { return Ok(None) };
    // What is one's own, or filed already, one knows.
    if found.facts.owner == person {
        return Err(barred(FilingBar::OwnVehicle));
    }
    if tx.find_share(found.id, FilingKind::Filing.code(), person).await?.is_some() {
        return Err(barred(FilingBar::Already));
    }
    let kind = owner_kind(tx, found.facts.owner).await?;
    let often = tx.vehicle_asked_since(found.id, earlier(now, DAY)).await? >= VEHICLE_ASKS_A_DAY;
    Ok(Some(found).filter(|v| !often && vehicle_may_be_filed(&rules(now), &v.facts, kind).is_ok()))
}

/// A request that still waits for the same vehicle gives way to the new one.
async fn replace_older(tx: &mut Tx, person: Uuid, wish: &Wish, now: Timestamp) -> Used<()> {
    for mut older in tx.filings_of_person(person).await? {
        let same = older.plate_number == wish.plate.number.as_str() && older.plate_type == wish.plate.plate_type.code();
        if same && older.kind == FilingKind::Filing.code() && state_of(&older, now)?.is_waiting() {
            finish(tx, &mut older, EndReason::ByFiler, now).await?;
        }
    }
    Ok(())
}

/// What the owner is sent.
async fn message(
    tx: &mut Tx,
    app: &App,
    filing: &stored::Filing,
    code: &str,
    name: &str,
    now: Timestamp,
) -> Used<Option<CodeMessage>> {
    let Some(owner) = filing.owner else { return Ok(None) };
    let Some(phone) = crate::usecase::account::phone_of(tx, owner).await? else { return Ok(None) };
    let (plate, name, minutes) = (&filing.plate_number, mask::name(name), CODE_LIFETIME.as_mins());
    let body = Text::new(
        format!(
            "{code}，{minutes}分钟内有效。{name}申请备案您的车辆{plate}。同意的话，请把验证码告诉对方；如不认识对方，请勿告诉任何人。"
        ),
        format!(
            "{code}, valid for {minutes} minutes. {name} asks to file your vehicle {plate}. If you agree, tell them the code; if you do not know them, tell it to nobody."
        ),
    );
    let kind = SharingNotice::FilingRequested.code();
    let notice = tx.notices(owner, None, 1).await?.into_iter().find(|notice| notice.kind == kind);
    let check = match &notice {
        Some(notice) => Some(Codes::of(tx).await?.check(owner, notice, &app.settings.code_host)),
        None => None,
    };
    let title = Text::new("车辆备案验证码", "Code to file your vehicle");
    let message = Message { notice: filing.id, kind: "filing_code".into(), title, body, check, now };
    Ok(Some(CodeMessage { to: Address::Phone(phone), message }))
}

fn new_filing(person: Uuid, wish: &Wish, vehicle: Option<&StoredVehicle>, now: Timestamp) -> stored::Filing {
    stored::Filing {
        person,
        id: chance::new_id(now),
        kind: FilingKind::Filing.code().into(),
        relation: wish.relation.code().into(),
        vehicle: vehicle.map(|v| v.id),
        owner: vehicle.map(|v| v.facts.owner),
        plate_number: wish.plate.number.to_string(),
        plate_type: wish.plate.plate_type.code().into(),
        state: FilingState::WaitingCode.code().into(),
        code_digest: None,
        tries: 0,
        code_expires_at: later(now, CODE_LIFETIME),
        expires_at: later(now, REQUEST_LIFETIME),
        created_at: now,
        active_from: None,
        ended_at: None,
        end_reason: None,
    }
}

/// Asks the owner of a vehicle to have it filed. The same key gives the same answer and sends nothing twice. Send the message after answering.
///
/// # Errors
/// What was typed cannot be; the person may not file or asked too often; `idempotency_key_reused`; the store.
pub async fn ask(app: &App, session: &Session, asked: &Ask, key: Option<&str>) -> Used<(Asked, Option<CodeMessage>)> {
    let now = app.clock.now();
    session.require_for(Act::FileVehicle, now)?;
    let (person, wish) = (owner(session)?, read(asked)?);
    let mut tx = app.store.write().await?;
    // Locked, so that two calls at once cannot both be the last that is allowed.
    tx.lock_owner(person).await?;
    if let Some(key) = key
        && let Some(before) = repeated(&mut tx, session, key, &wish, now).await?
    {
        return Ok((before, None));
    }
    admit(&mut tx, person, &wish, now).await?;
    let vehicle = meant(&mut tx, person, &wish, now).await?;
    replace_older(&mut tx, person, &wish, now).await?;
    let mut filing = new_filing(person, &wish, vehicle.as_ref(), now);
    let code = chance::digits(CODE_DIGITS);
    filing.code_digest = vehicle.is_some().then(|| digest(tx.vault(), filing.id, &code).to_vec());
    tx.put_filing(&filing).await?;
    tell_owner(&mut tx, SharingNotice::FilingRequested, &filing, None, now).await?;
    let message = message(&mut tx, app, &filing, &code, &session.name.zh, now).await?;
    let detail = serde_json::json!({"filing": filing.id, "relation": filing.relation});
    journal::note(&mut tx, now, &session.actor(), "filing.asked", filing.vehicle, &detail).await?;
    let answer = Asked { id: filing.id, expires_at: filing.code_expires_at, text: asked_text() };
    if let Some(key) = key {
        let bytes = serde_json::to_vec(&answer).map_err(|e| UseError::broken("answer", e.to_string()))?;
        tx.put_response(&session.actor(), key, &bytes).await?;
    }
    tx.commit().await?;
    Ok((answer, message))
}

async fn repeated(tx: &mut Tx, session: &Session, key: &str, wish: &Wish, now: Timestamp) -> Used<Option<Asked>> {
    let Wish { plate, vin_tail, relation } = wish;
    let call = format!("filing|{}|{}|{vin_tail}|{}", plate.number, plate.plate_type.code(), relation.code());
    match tx.begin_once(&session.actor(), key, journal::sha256(call.as_bytes()), now).await? {
        Repeated::No => Ok(None),
        Repeated::Yes(Some(bytes)) => {
            serde_json::from_slice(&bytes).map(Some).map_err(|e| UseError::broken("broken_row", e.to_string()))
        }
        Repeated::Yes(None) => Err(UseError::broken("broken_row", "the first answer to this call is missing")),
        Repeated::Differs => {
            let sentence = "this key was used for another request; take a new one";
            Err(UseError::new(Kind::Conflict, "idempotency_key_reused", sentence))
        }
    }
}

/// Gives the code that the owner was sent. The answer is the same whether the code is wrong or there never was one.
///
/// # Errors
/// Not the person's; `wrong_code` with the tries left; `code_spent`; the rules or the places do not allow it any more; the store.
pub async fn confirm(app: &App, session: &Session, id: Uuid, code: &str) -> Used<Filing> {
    let now = app.clock.now();
    session.require_for(Act::FileVehicle, now)?;
    let person = owner(session)?;
    let mut tx = app.store.write().await?;
    let mine = |filing: &stored::Filing| filing.person == person && filing.kind == FilingKind::Filing.code();
    let found = tx.find_filing(id).await?.filter(mine).ok_or_else(missing)?;
    let (mut filing, vehicle) = lock(&mut tx, &found).await?;
    if state_of(&filing, now)? != FilingState::WaitingCode {
        let sentence = "this code counts no more; ask again, or let the owner agree in the app";
        return Err(UseError::new(Kind::Conflict, "code_spent", sentence));
    }
    let expected = filing.code_digest.clone().unwrap_or_else(|| vec![0; 16]);
    let given = digest(tx.vault(), filing.id, &normal_code(code));
    let right = constant_time::verify_slices_are_equal(&given, &expected).is_ok();
    let Some(vehicle) = vehicle.filter(|_| right) else {
        filing.tries += 1;
        tx.update_filing(&filing).await?;
        tx.commit().await?;
        let left = MAX_TRIES - filing.tries;
        return Err(UseError::new(Kind::Forbidden, "wrong_code", "this is not the code").tries_left(left));
    };
    begin(&mut tx, &mut filing, &vehicle, FilingStep::Confirmed, now).await?;
    told_begun(&mut tx, &filing, now).await?;
    let detail = serde_json::json!({"filing": filing.id, "by": "code"});
    journal::note(&mut tx, now, &session.actor(), "filing.begun", Some(vehicle.id), &detail).await?;
    let shown = view(&mut tx, &filing, Side::Filer, now).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Tells both sides that a filing counts.
pub(super) async fn told_begun(tx: &mut Tx, filing: &stored::Filing, now: Timestamp) -> Used<()> {
    tell(tx, filing.person, SharingNotice::FilingBegun, filing, None, now).await?;
    tell_owner(tx, SharingNotice::FilingAdded, filing, None, now).await
}
