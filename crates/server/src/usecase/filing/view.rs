//! Filings and managements as the two sides see them.

use super::{decides_for, kind_of, rules, state_of};
use crate::app::App;
use crate::usecase::citizen::owner;
use crate::usecase::error::{UseError, Used};
use crate::usecase::session::Session;
use crate::usecase::view::Text;
use jiff::Timestamp;
use luzheng_domain::mask;
use luzheng_domain::vehicle::PlateType;
use luzheng_domain::vehicle::filing::{EndReason, FilingKind, FilingRelation, FilingState};
use luzheng_store::Tx;
use luzheng_store::filing as stored;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What stands for a name that is not told: the owner's, until the owner consented.
const UNTOLD: &str = "***";

/// The vehicle of a filing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FilingVehicle {
    /// The vehicle, for whoever can open it now.
    pub id: Option<Uuid>,
    /// Plate number.
    pub plate_number: String,
    /// Plate type code.
    pub plate_type: String,
    /// Plate type in words.
    pub plate_type_name: Text,
    /// Plate colour.
    pub plate_colour: String,
}

/// A filing or a management as one of its two sides sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Filing {
    /// The filing.
    pub id: Uuid,
    /// `filing` or `management`.
    pub kind: String,
    /// `filer` for who has or manages the vehicle, `owner` for who decides about it.
    pub side: String,
    /// Its vehicle.
    pub vehicle: FilingVehicle,
    /// The other side's name, masked; `***` while the filer is not to know it.
    pub other: String,
    /// `family`, `friend`, `employer`, `lease`, `other` or `manager`.
    pub relation: String,
    /// The relation in words.
    pub relation_text: Text,
    /// `waiting_code`, `waiting_owner`, `waiting_manager`, `active`, `ended`, `refused` or `lapsed`.
    pub state: String,
    /// The state in words.
    pub state_text: Text,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Until when it waits; absent when it does not.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// Since when it counts.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub active_from: Option<Timestamp>,
    /// When it was over.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// Why it is over: a stable code.
    pub end_reason: Option<String>,
    /// Why it is over, in words.
    pub end_reason_text: Option<Text>,
    /// Whether this side can agree now.
    pub can_agree: bool,
    /// Whether this side can refuse now.
    pub can_refuse: bool,
    /// Whether this side can end it now, or take it back.
    pub can_end: bool,
    /// Whether this side can give the code now.
    pub can_confirm: bool,
}

/// How many more one may file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FilingsLeft {
    /// Vehicles.
    pub vehicles: u32,
}

/// The limits of today.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FilingLimits {
    /// Vehicles of others that one person may have filed.
    pub vehicles: u32,
    /// Persons besides the owner who may have one vehicle filed.
    pub filers: u32,
    /// Managers of one vehicle.
    pub managers: u32,
    /// The plate types that can be filed.
    pub plate_types: Vec<String>,
}

/// Everything that somebody filed or manages, and what others have of theirs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FilingList {
    /// What the person filed, manages, or was asked to manage; what counts comes first.
    pub mine: Vec<Filing>,
    /// What others filed or manage of the vehicles the person decides about.
    pub of_mine: Vec<Filing>,
    /// How many more may be filed.
    pub left: FilingsLeft,
    /// The limits.
    pub limits: FilingLimits,
}

/// From which side a filing is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Filer,
    Owner,
}

/// What a side can do: agree, refuse, end, give the code.
const fn powers(side: Side, kind: FilingKind, state: FilingState) -> (bool, bool, bool, bool) {
    match (side, kind, state) {
        (_, _, FilingState::Active) => (false, false, true, false),
        (Side::Filer, FilingKind::Filing, FilingState::WaitingCode) => (false, false, true, true),
        (Side::Filer, FilingKind::Filing, FilingState::WaitingOwner)
        | (Side::Owner, FilingKind::Management, FilingState::WaitingManager) => (false, false, true, false),
        (Side::Filer, FilingKind::Management, FilingState::WaitingManager)
        | (Side::Owner, FilingKind::Filing, FilingState::WaitingCode | FilingState::WaitingOwner) => {
            (true, true, false, false)
        }
        _ => (false, false, false, false),
    }
}

async fn masked_name(tx: &mut Tx, owner: Uuid) -> Used<String> {
    Ok(tx.find_owner(owner).await?.map_or_else(|| UNTOLD.to_owned(), |found| mask::name(&found.details.name)))
}

async fn vehicle_of(tx: &mut Tx, filing: &stored::Filing, side: Side, state: FilingState) -> Used<FilingVehicle> {
    let (mut number, mut code) = (filing.plate_number.clone(), filing.plate_type.clone());
    let mut id = None;
    // A filer learns of another plate, and that there is a vehicle at all, only while the filing counts.
    if state.is_active() || side == Side::Owner {
        let found = match filing.vehicle {
            Some(vehicle) => tx.find_vehicle(vehicle).await?,
            None => None,
        };
        if let Some(found) = found.filter(|found| Some(found.facts.owner) == filing.owner) {
            id = Some(found.id);
            number = found.facts.plate.number.to_string();
            found.facts.plate.plate_type.code().clone_into(&mut code);
        }
    }
    let plate_type = PlateType::from_code(&code).map_err(|e| UseError::broken("broken_row", e.to_string()))?;
    Ok(FilingVehicle {
        id,
        plate_number: number,
        plate_type_name: plate_type.name().into(),
        plate_colour: plate_type.colour().code().into(),
        plate_type: code,
    })
}

/// A filing as a side sees it.
pub(super) async fn view(tx: &mut Tx, filing: &stored::Filing, side: Side, now: Timestamp) -> Used<Filing> {
    let (kind, state) = (kind_of(filing)?, state_of(filing, now)?);
    let (can_agree, can_refuse, can_end, can_confirm) = powers(side, kind, state);
    // For the owner it is all the same whether the code still counts.
    let shown = match (side, state) {
        (Side::Owner, FilingState::WaitingCode) => FilingState::WaitingOwner,
        _ => state,
    };
    let told = kind == FilingKind::Management || filing.active_from.is_some();
    let other = match (side, filing.owner) {
        (Side::Owner, _) => masked_name(tx, filing.person).await?,
        (Side::Filer, Some(owner)) if told => masked_name(tx, owner).await?,
        (Side::Filer, _) => UNTOLD.to_owned(),
    };
    let relation = FilingRelation::from_code(&filing.relation).unwrap_or(FilingRelation::Other);
    let reason = filing.end_reason.as_deref().and_then(EndReason::from_code);
    Ok(Filing {
        id: filing.id,
        kind: kind.code().into(),
        side: if side == Side::Filer { "filer" } else { "owner" }.into(),
        vehicle: vehicle_of(tx, filing, side, state).await?,
        other,
        relation: relation.code().into(),
        relation_text: relation.text().into(),
        state: shown.code().into(),
        state_text: shown.text().into(),
        created_at: filing.created_at,
        expires_at: match state {
            FilingState::WaitingCode if side == Side::Filer => Some(filing.code_expires_at),
            _ if state.is_waiting() => Some(filing.expires_at),
            _ => None,
        },
        active_from: filing.active_from,
        ended_at: filing.ended_at.or_else(|| (state == FilingState::Lapsed).then_some(filing.expires_at)),
        end_reason: reason.map(|r| r.code().into()),
        end_reason_text: reason.map(|r| r.text().into()),
        can_agree,
        can_refuse,
        can_end,
        can_confirm,
    })
}

/// Everything the signed-in person filed or manages, and what others have of theirs.
///
/// # Errors
/// `no_register_record`; the store.
pub async fn filings(app: &App, session: &Session) -> Used<FilingList> {
    let owner = owner(session)?;
    let now = app.clock.now();
    let rules = rules(now);
    let mut tx = app.store.read().await?;
    let mut list = FilingList {
        mine: Vec::new(),
        of_mine: Vec::new(),
        left: FilingsLeft { vehicles: rules.vehicles_per_person },
        limits: FilingLimits {
            vehicles: rules.vehicles_per_person,
            filers: rules.filers_per_vehicle,
            managers: rules.managers_per_vehicle,
            plate_types: rules.plate_types.iter().map(|t| t.code().to_owned()).collect(),
        },
    };
    for filing in tx.filings_of_person(owner).await? {
        list.mine.push(view(&mut tx, &filing, Side::Filer, now).await?);
    }
    for record in decides_for(&mut tx, owner).await? {
        for filing in tx.filings_of_owner(record).await? {
            list.of_mine.push(view(&mut tx, &filing, Side::Owner, now).await?);
        }
    }
    let used = tx.shares_of_person(owner, FilingKind::Filing.code()).await?.len();
    list.left.vehicles = rules.vehicles_per_person.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX));
    Ok(list)
}
