//! What somebody is to a vehicle, and what this lets them do.

use super::owner;
use crate::usecase::error::{UseError, Used};
use crate::usecase::session::Session;
use jiff::Timestamp;
use luzheng_domain::vehicle::UnitRole;
use luzheng_domain::vehicle::filing::FilingKind;
use luzheng_store::Tx;
use luzheng_store::filing::Filing;
use luzheng_store::vehicle::StoredVehicle;
use uuid::Uuid;

/// What one may do with a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Power {
    /// See it, what is due, its marks.
    Look,
    /// See its identification number.
    SeeVin,
    /// Show its mark on-line: live codes.
    Show,
    /// Download the mark and pass it on.
    Download,
    /// Print the mark.
    Print,
    /// Apply for a mark.
    Apply,
    /// Order a paper mark.
    Paper,
    /// Be told what happens to it.
    Notices,
    /// Say who else may have it: agree to filings, appoint managers.
    Share,
}

impl Power {
    /// Every power.
    pub const ALL: [Self; 9] = [
        Self::Look,
        Self::SeeVin,
        Self::Show,
        Self::Download,
        Self::Print,
        Self::Apply,
        Self::Paper,
        Self::Notices,
        Self::Share,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::SeeVin => "see_vin",
            Self::Show => "show",
            Self::Download => "download",
            Self::Print => "print",
            Self::Apply => "apply",
            Self::Paper => "paper",
            Self::Notices => "notices",
            Self::Share => "share",
        }
    }
}

/// What a signed-in person is to a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Its owner.
    Own,
    /// Its manager (管理人), appointed by the owner.
    Managed,
    /// It is filed (备案非本人机动车) with the owner's consent.
    Filed,
    /// A member of the unit that owns it.
    Unit(UnitRole),
}

impl Relation {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Managed => "managed",
            Self::Filed => "filed",
            Self::Unit(_) => "unit",
        }
    }

    /// Whether this relation gives a power.
    pub const fn may(self, power: Power) -> bool {
        match self {
            Self::Own | Self::Unit(UnitRole::LegalPerson | UnitRole::Administrator) => true,
            Self::Managed | Self::Unit(UnitRole::Operator) => !matches!(power, Power::Share),
            Self::Filed => matches!(power, Power::Look | Power::Show | Power::Download | Power::Print),
        }
    }

    /// `Ok` when this relation gives a power.
    ///
    /// # Errors
    /// `not_for_this_relation`.
    pub fn require(self, power: Power) -> Used<()> {
        if self.may(power) {
            return Ok(());
        }
        let sentence = format!("this is for the vehicle's owner: {} does not give {:?}", self.code(), power.code());
        Err(UseError::new(crate::usecase::error::Kind::Forbidden, "not_for_this_relation", sentence))
    }

    /// The codes of the powers it gives.
    pub fn powers(self) -> Vec<String> {
        Power::ALL.into_iter().filter(|power| self.may(*power)).map(|power| power.code().to_owned()).collect()
    }
}

/// A vehicle and what the signed-in person is to it.
#[derive(Debug, Clone)]
pub struct Related {
    /// The vehicle.
    pub stored: StoredVehicle,
    /// What the person is to it.
    pub relation: Relation,
    /// Since when, for a filed or managed vehicle.
    pub since: Option<Timestamp>,
}

/// By which filing or management a person has a vehicle, as long as it has the owner who consented: a new owner's vehicle is nobody's to see
/// by what the one before allowed, also in the moment before the register's news has ended it.
async fn shared(tx: &mut Tx, kind: FilingKind, stored: &StoredVehicle, person: Uuid) -> Used<Option<Filing>> {
    let found = tx.find_share(stored.id, kind.code(), person).await?;
    Ok(found.filter(|filing| filing.owner == Some(stored.facts.owner)))
}

/// What a person of the register is to a vehicle; `None` when nothing. The strongest relation counts.
pub(crate) async fn relation_of(tx: &mut Tx, owner: Uuid, stored: StoredVehicle) -> Used<Option<Related>> {
    if stored.facts.owner == owner {
        return Ok(Some(Related { stored, relation: Relation::Own, since: None }));
    }
    if let Some(member) = tx.find_member(stored.facts.owner, owner).await? {
        let role = UnitRole::from_code(&member.role)
            .ok_or_else(|| UseError::broken("broken_row", format!("member {} is {:?}", member.id, member.role)))?;
        return Ok(Some(Related { stored, relation: Relation::Unit(role), since: None }));
    }
    for (kind, relation) in [(FilingKind::Management, Relation::Managed), (FilingKind::Filing, Relation::Filed)] {
        if let Some(filing) = shared(tx, kind, &stored, owner).await? {
            return Ok(Some(Related { stored, relation, since: filing.active_from }));
        }
    }
    Ok(None)
}

/// The vehicles that a person is told about: their own and those they manage.
///
/// # Errors
/// The store.
pub(crate) async fn looked_after(tx: &mut Tx, owner: Uuid) -> Used<Vec<StoredVehicle>> {
    let mut vehicles = tx.vehicles_of_owner(owner).await?;
    for share in tx.shares_of_person(owner, FilingKind::Management.code()).await? {
        let Some(stored) = tx.find_vehicle(share.vehicle).await? else { continue };
        if let Some(related) = relation_of(tx, owner, stored).await?
            && related.relation == Relation::Managed
        {
            vehicles.push(related.stored);
        }
    }
    Ok(vehicles)
}

/// What the signed-in person is to a vehicle; `None` when they are nothing to it or there is none.
///
/// # Errors
/// `no_register_record`; the store.
pub(crate) async fn related(tx: &mut Tx, session: &Session, id: Uuid) -> Used<Option<Related>> {
    let owner = owner(session)?;
    match tx.find_vehicle(id).await? {
        Some(stored) => relation_of(tx, owner, stored).await,
        None => Ok(None),
    }
}

/// A vehicle that the signed-in person owns, manages, has filed, or acts for, and which of these. Then ask [`Relation::may`].
///
/// # Errors
/// `not_found` when they are nothing to it, also when there is no such vehicle; the store.
pub async fn related_vehicle(tx: &mut Tx, session: &Session, id: Uuid) -> Used<(StoredVehicle, Relation)> {
    let found = related(tx, session, id).await?.ok_or_else(|| UseError::not_found("vehicle of yours"))?;
    Ok((found.stored, found.relation))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every relation and every power: what is not here is not given.
    #[test]
    fn which_relation_gives_which_power() {
        use Power::{Apply, Download, Look, Notices, Paper, Print, SeeVin, Share, Show};
        let filer = [Look, Show, Download, Print].as_slice();
        let hand = [Look, SeeVin, Show, Download, Print, Apply, Paper, Notices].as_slice();
        let all = [Look, SeeVin, Show, Download, Print, Apply, Paper, Notices, Share].as_slice();
        assert_eq!(all, Power::ALL);
        for (relation, powers) in [
            (Relation::Own, all),
            (Relation::Unit(UnitRole::LegalPerson), all),
            (Relation::Unit(UnitRole::Administrator), all),
            (Relation::Unit(UnitRole::Operator), hand),
            (Relation::Managed, hand),
            (Relation::Filed, filer),
        ] {
            for power in Power::ALL {
                assert_eq!(relation.may(power), powers.contains(&power), "{relation:?} {power:?}");
                assert_eq!(relation.require(power).is_ok(), relation.may(power));
            }
            assert_eq!(relation.powers().len(), powers.len());
        }
    }
}
