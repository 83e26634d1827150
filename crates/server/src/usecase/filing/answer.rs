//! What the two sides answer: agree, refuse, end.

use super::ask::told_begun;
use super::tell::{tell, tell_end, tell_owner};
use super::view::{Filing, Side, view};
use super::{begin, decides_for, finish, kind_of, lock, missing, state_of, step};
use crate::app::App;
use crate::usecase::citizen::owner;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal;
use crate::usecase::session::Session;
use jiff::Timestamp;
use luzheng_domain::account::Act;
use luzheng_domain::vehicle::filing::{EndReason, FilingKind, FilingStep};
use luzheng_domain::vehicle::filing_notice::SharingNotice;
use luzheng_store::Tx;
use luzheng_store::filing as stored;
use luzheng_store::vehicle::StoredVehicle;
use uuid::Uuid;

/// A filing that is locked, its vehicle while it has the same owner, and from which side the signed-in person is seen.
struct Case {
    tx: Tx,
    filing: stored::Filing,
    vehicle: Option<StoredVehicle>,
    side: Side,
    kind: FilingKind,
}

async fn open(app: &App, session: &Session, id: Uuid) -> Used<Case> {
    let person = owner(session)?;
    let mut tx = app.store.write().await?;
    let found = tx.find_filing(id).await?.ok_or_else(missing)?;
    let side = if found.person == person {
        Side::Filer
    } else {
        let records = decides_for(&mut tx, person).await?;
        found.owner.filter(|owner| records.contains(owner)).map(|_| Side::Owner).ok_or_else(missing)?
    };
    let (filing, vehicle) = lock(&mut tx, &found).await?;
    let kind = kind_of(&filing)?;
    Ok(Case { tx, filing, vehicle, side, kind })
}

impl Case {
    /// Whether the answer that is waited for is this side's: the owner's to a filing, the manager's to an appointment.
    const fn is_asked(&self) -> bool {
        matches!((self.side, self.kind), (Side::Owner, FilingKind::Filing) | (Side::Filer, FilingKind::Management))
    }

    fn require_asked(&self) -> Used<()> {
        if self.is_asked() {
            return Ok(());
        }
        Err(UseError::new(Kind::Forbidden, "not_yours_to_answer", "this is for the other side to answer"))
    }

    async fn close(mut self, session: &Session, action: &str, now: Timestamp) -> Used<Filing> {
        let detail = serde_json::json!({"filing": self.filing.id, "kind": self.kind.code()});
        journal::note(&mut self.tx, now, &session.actor(), action, self.filing.vehicle, &detail).await?;
        let shown = view(&mut self.tx, &self.filing, self.side, now).await?;
        self.tx.commit().await?;
        Ok(shown)
    }
}

/// Agrees: the owner to a filing, the appointed manager to managing.
///
/// # Errors
/// Neither side's; not theirs to answer; not waiting any more; the rules or the places do not allow it; the store.
pub async fn agree(app: &App, session: &Session, id: Uuid) -> Used<Filing> {
    let now = app.clock.now();
    session.require_for(Act::FileVehicle, now)?;
    let mut case = open(app, session, id).await?;
    case.require_asked()?;
    if case.side == Side::Owner {
        session.require_for(Act::Delegate, now)?;
    }
    let gone = || UseError::new(Kind::Conflict, "not_possible_now", "the vehicle has another owner by now");
    let vehicle = case.vehicle.take().ok_or_else(gone)?;
    begin(&mut case.tx, &mut case.filing, &vehicle, FilingStep::Agreed, now).await?;
    match case.kind {
        FilingKind::Filing => told_begun(&mut case.tx, &case.filing, now).await?,
        FilingKind::Management => {
            tell_owner(&mut case.tx, SharingNotice::ManagerBegun, &case.filing, None, now).await?;
        }
    }
    case.close(session, "filing.begun", now).await
}

/// Refuses: the owner a filing, the appointed manager to manage.
///
/// # Errors
/// Neither side's; not theirs to answer; not waiting any more; the store.
pub async fn refuse(app: &App, session: &Session, id: Uuid) -> Used<Filing> {
    let now = app.clock.now();
    session.require_for(Act::FileVehicle, now)?;
    let mut case = open(app, session, id).await?;
    case.require_asked()?;
    step(&mut case.tx, &mut case.filing, FilingStep::Refused, now).await?;
    match case.kind {
        FilingKind::Filing => {
            tell(&mut case.tx, case.filing.person, SharingNotice::FilingRefused, &case.filing, None, now).await?;
        }
        FilingKind::Management => {
            tell_owner(&mut case.tx, SharingNotice::ManagerRefused, &case.filing, None, now).await?;
        }
    }
    case.close(session, "filing.refused", now).await
}

/// Ends what counts, or takes a request back. Either side can, at any time.
///
/// # Errors
/// Neither side's; over already, or waiting for this side's answer: then it is refused instead; the store.
pub async fn end(app: &App, session: &Session, id: Uuid) -> Used<Filing> {
    let now = app.clock.now();
    session.require_for(Act::FileVehicle, now)?;
    let mut case = open(app, session, id).await?;
    let waiting = state_of(&case.filing, now)?.is_waiting();
    if waiting && case.is_asked() {
        return Err(UseError::new(Kind::Conflict, "not_possible_now", "answer this request: agree or refuse"));
    }
    let reason = match (case.side, case.kind) {
        (Side::Owner, _) => EndReason::ByOwner,
        (Side::Filer, FilingKind::Filing) => EndReason::ByFiler,
        (Side::Filer, FilingKind::Management) => EndReason::ByManager,
    };
    if finish(&mut case.tx, &mut case.filing, reason, now).await? {
        tell_end(&mut case.tx, &case.filing, case.kind, reason, now).await?;
    }
    case.close(session, "filing.ended", now).await
}
