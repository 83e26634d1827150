//! Somebody who checks for a living, on a device of their own: an officer, or a member of a small partner firm.
//!
//! The device is enrolled once with a code ([`enrol`]), proves its key when it signs in ([`sign_in`]) and again with every call ([`proof`]), so that
//! a copied cookie is worth nothing without the key. Losing the device is repaired by ending it ([`end_device`]).

pub mod enrol;
pub mod proof;
pub mod sign_in;

use super::error::{Kind, UseError, Used};
use super::journal;
use super::officer::duty::{self, DutyView};
use super::officer::offline;
use super::session::hash;
use super::view::Text;
use crate::app::App;
use jiff::{SignedDuration, Timestamp};
use luzheng_store::Tx;
use luzheng_store::bound::{BoundDevice, BoundSession};
use luzheng_store::officer::StoredOfficer;
use proof::Shown;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How often the use of a session is recorded, in seconds.
const SEEN_EVERY_S: i64 = 60;

/// Whose a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HolderKind {
    /// A police officer.
    Officer,
    /// A member of a small partner firm.
    PartnerMember,
}

impl HolderKind {
    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::PartnerMember => "partner_member",
        }
    }

    /// The kind of a word.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Officer, Self::PartnerMember].into_iter().find(|kind| kind.code() == code)
    }
}

/// Who has a device, as known now.
#[derive(Debug, Clone)]
pub enum Holder {
    /// A police officer whose access has not ended.
    Officer(StoredOfficer),
    /// A member of a partner firm; neither has ended.
    PartnerMember(Member),
}

/// A member of a partner firm, as far as devices are concerned.
#[derive(Debug, Clone)]
pub struct Member {
    /// The member.
    pub id: Uuid,
    /// The name.
    pub name: String,
    /// The firm.
    pub partner: BoundPartner,
}

impl Holder {
    /// The holder of a kind and id; `None` when there is none or their access has ended.
    ///
    /// # Errors
    /// The store.
    pub async fn find(app: &App, tx: &mut Tx, kind: HolderKind, id: Uuid) -> Used<Option<Self>> {
        match kind {
            HolderKind::Officer => {
                let officer = tx.find_officer(id).await?;
                Ok(officer.filter(|officer| officer.ended_at.is_none()).map(Self::Officer))
            }
            HolderKind::PartnerMember => Ok(member(app, id).map(Self::PartnerMember)),
        }
    }

    /// The kind.
    pub const fn kind(&self) -> HolderKind {
        match self {
            Self::Officer(_) => HolderKind::Officer,
            Self::PartnerMember(_) => HolderKind::PartnerMember,
        }
    }

    /// The id.
    pub const fn id(&self) -> Uuid {
        match self {
            Self::Officer(officer) => officer.id,
            Self::PartnerMember(member) => member.id,
        }
    }

    /// The name, to its bearer.
    pub fn name(&self) -> Text {
        let name = match self {
            Self::Officer(officer) => &officer.name,
            Self::PartnerMember(member) => &member.name,
        };
        Text::new(name.clone(), name.clone())
    }

    /// The police number.
    pub fn number(&self) -> Option<&str> {
        match self {
            Self::Officer(officer) => Some(&officer.number),
            Self::PartnerMember(_) => None,
        }
    }

    /// How the journal names this person.
    pub fn actor(&self) -> String {
        match self {
            Self::Officer(officer) => format!("officer:{}", officer.number),
            Self::PartnerMember(member) => format!("partner_member:{}", member.id),
        }
    }
}

/// The member of a partner firm, when neither has ended.
fn member(app: &App, id: Uuid) -> Option<Member> {
    let registry = app.partners.registry();
    let (client, member) = registry.member(id)?;
    let partner = BoundPartner {
        id: client.id,
        name: client.name.clone(),
        scopes: client.scopes.iter().map(|scope| scope.code().to_owned()).collect(),
        regions: client.regions.codes(),
    };
    Some(Member { id: member.id, name: member.name.clone(), partner })
}

/// A session on an enrolled device, proved for this call.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The session.
    pub session: BoundSession,
    /// The device.
    pub device: BoundDevice,
    /// Whose it is.
    pub holder: Holder,
}

/// The firm a member belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BoundPartner {
    /// The firm.
    pub id: Uuid,
    /// Its name.
    pub name: Text,
    /// What it may ask.
    pub scopes: Vec<String>,
    /// Where: division codes, or `all`.
    pub regions: Vec<String>,
}

/// Who is signed in on an enrolled device.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BoundMe {
    /// The session, which every proof names as `sid`.
    pub session_id: Uuid,
    /// `officer` or `partner_member`.
    pub kind: String,
    /// The name.
    pub name: Text,
    /// The police number.
    pub number: Option<String>,
    /// The device.
    pub device_id: Uuid,
    /// What it is called.
    pub device_name: String,
    /// The duty of an officer now; absent off duty.
    pub duty: Option<DutyView>,
    /// The firm of a member.
    pub partner: Option<BoundPartner>,
    /// Until when the session lasts at most; it ends earlier when it is not used.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// Nobody is signed in here.
pub(crate) fn unauthenticated() -> UseError {
    let sentence = "please sign in on this device: there is no valid session";
    UseError::new(Kind::Unauthenticated, "sign_in_required", sentence)
}

/// The session of a token, proved by the device's key for this one call.
///
/// # Errors
/// `sign_in_required`; `device_proof`, `device_clock` ([`proof::check`]); the store.
pub async fn signed_in(app: &App, token: &str, shown: &Shown<'_>) -> Used<Bound> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let (session, device) = tx.find_bound_session(hash(token), now).await?.ok_or_else(unauthenticated)?;
    let kind = HolderKind::parse(&device.kind)
        .ok_or_else(|| UseError::broken("broken_device", format!("device {} has no known kind", device.id)))?;
    let holder = Holder::find(app, &mut tx, kind, device.holder).await?.ok_or_else(unauthenticated)?;
    drop(tx);
    let once = proof::check(shown, &device.public_key, session.id, now)?;
    let mut tx = app.store.write().await?;
    if !tx.take_bound_proof(session.id, once.digest, once.forget_at).await? {
        return Err(proof::refused("this proof was shown before"));
    }
    if now.duration_since(session.last_seen_at) >= SignedDuration::from_secs(SEEN_EVERY_S) {
        let idle_until = sign_in::idle_until(app, now).min(session.expires_at);
        tx.see_bound_session(session.id, session.device, now, idle_until).await?;
    }
    tx.commit().await?;
    Ok(Bound { session, device, holder })
}

/// Who is signed in, to themselves.
///
/// # Errors
/// The store.
pub async fn me(app: &App, bound: &Bound) -> Used<BoundMe> {
    let mut tx = app.store.read().await?;
    view(&mut tx, bound, app.clock.now()).await
}

pub(super) async fn view(tx: &mut Tx, bound: &Bound, now: Timestamp) -> Used<BoundMe> {
    let (duty, partner) = match &bound.holder {
        Holder::Officer(officer) => {
            (duty::of(tx, officer.id, bound.session.duty, now).await?.map(|duty| duty.view()), None)
        }
        Holder::PartnerMember(member) => (None, Some(member.partner.clone())),
    };
    Ok(BoundMe {
        session_id: bound.session.id,
        kind: bound.holder.kind().code().into(),
        name: bound.holder.name(),
        number: bound.holder.number().map(str::to_owned),
        device_id: bound.device.id,
        device_name: bound.device.name.clone(),
        duty,
        partner,
        expires_at: bound.session.expires_at,
    })
}

/// Ends a session; one that is not there is ended already.
///
/// # Errors
/// The store.
pub async fn sign_out(app: &App, token: &str) -> Used<()> {
    let mut tx = app.store.write().await?;
    tx.end_bound_session(hash(token)).await?;
    Ok(tx.commit().await?)
}

/// Ends a device, e.g. because it was lost: its sessions are over at once, and its key proves nothing any more.
///
/// # Errors
/// There is no such device, or it has ended; the store.
pub async fn end_device(app: &App, device: Uuid, reason: &str, actor: &str) -> Used<()> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let found = tx.find_bound_device(device).await?.ok_or_else(|| UseError::not_found("device"))?;
    if !tx.end_bound_device(device, reason, now).await? {
        return Err(UseError::new(Kind::Conflict, "device_ended", "this device was ended already"));
    }
    let detail = serde_json::json!({"device": device, "kind": found.kind, "reason": reason});
    journal::note(&mut tx, now, actor, "device.ended", Some(found.holder), &detail).await?;
    Ok(tx.commit().await?)
}

/// Ends all devices of a holder and forgets the codes that wait for them; answers how many devices.
///
/// # Errors
/// The store.
pub async fn end_devices_of(tx: &mut Tx, holder: Uuid, reason: &str, actor: &str, now: Timestamp) -> Used<usize> {
    tx.end_enrolments_of(holder).await?;
    let devices = tx.bound_devices_of(holder).await?;
    for device in &devices {
        tx.end_bound_device(device.id, reason, now).await?;
        let detail = serde_json::json!({"device": device.id, "kind": device.kind, "reason": reason});
        journal::note(tx, now, actor, "device.ended", Some(holder), &detail).await?;
    }
    Ok(devices.len())
}

/// Forgets sessions and codes that ended, proofs that no longer count, and looks by their ids that are long past.
///
/// # Errors
/// The store.
pub async fn sweep(app: &App) -> Used<()> {
    let mut tx = app.store.write().await?;
    tx.sweep_bound(app.clock.now()).await?;
    tx.commit().await?;
    offline::sweep(app).await
}
