//! What staff does to a licence by hand: stopped until it is restored, or over for good. The holding goes with it.

use super::issue::{set_effect, shown_state};
use super::{Cause, holding, is_of_the_register};
use crate::clock::china_date;
use crate::usecase::credential::Act;
use crate::usecase::error::{UseError, Used};
use crate::usecase::notice;
use jiff::Timestamp;
use luzheng_domain::credential::Reason;
use luzheng_domain::driver::LicenceEffect;
use luzheng_domain::driver::event::ShownState;
use luzheng_domain::driver::notice::{DriverNotice, NoticeFacts};
use luzheng_store::Tx;
use luzheng_store::credential::{By, Credential, CredentialState};
use luzheng_store::status::StatusValue;

/// Does it; `false` when the licence is not in the state for it.
///
/// # Errors
/// `set_by_register` when the register's state stands against restoring; the store.
pub(crate) async fn act(tx: &mut Tx, found: &Credential, act: Act, by: &By<'_>) -> Used<bool> {
    if matches!(found.state, CredentialState::Ended { .. }) {
        return Ok(false);
    }
    match act {
        Act::Suspend => suspend(tx, found, by).await,
        Act::Restore => restore(tx, found, by).await,
        Act::Revoke => {
            let done = tx.end_credential(found, StatusValue::Invalid, by).await?;
            if done {
                holding::end_current(tx, found.subject, StatusValue::Invalid, by.reason, by.known_at).await?;
            }
            Ok(done)
        }
    }
}

/// One that the register shows red is stopped all the same; one that staff stopped stays as it is.
async fn suspend(tx: &mut Tx, found: &Credential, by: &By<'_>) -> Used<bool> {
    if let CredentialState::Suspended { reason, .. } = found.state {
        if !is_of_the_register(reason) || shown_state(tx, found).await? == ShownState::Stopped {
            return Ok(false);
        }
        tx.restore_credential(found, by).await?;
    }
    let done = tx.suspend_credential(found, StatusValue::Stopped, by).await?;
    holding::follow(tx, found, StatusValue::Stopped).await?;
    Ok(done)
}

/// Afterwards the register's state counts again, which may be red.
async fn restore(tx: &mut Tx, found: &Credential, by: &By<'_>) -> Used<bool> {
    let CredentialState::Suspended { .. } = found.state else { return Ok(false) };
    let driver = tx
        .find_driver(found.subject)
        .await?
        .ok_or_else(|| UseError::broken("no_subject", format!("credential {} has no driver", found.id)))?;
    let effect = driver.facts.effective_status(china_date(by.known_at)).effect();
    let set_by_register = match (effect, shown_state(tx, found).await?) {
        (LicenceEffect::Red(reason), ShownState::Red) | (LicenceEffect::Stopped(reason), _) => Some(reason),
        _ => None,
    };
    if let Some(reason) = set_by_register {
        let sentence = format!("the register's state stands against it: {}", reason.text().en);
        return Err(UseError::refused("set_by_register", sentence));
    }
    let done = tx.restore_credential(found, by).await?;
    holding::follow(tx, found, StatusValue::Valid).await?;
    let cause = Cause { actor: by.actor, cause: "by_hand", true_at: by.true_at, now: by.known_at };
    set_effect(tx, &driver, effect, &cause).await?;
    Ok(done)
}

/// Tells the holder what staff did.
///
/// # Errors
/// The store.
pub(crate) async fn tell(tx: &mut Tx, credential: &Credential, act: Act, reason: Reason, now: Timestamp) -> Used<()> {
    let Some(driver) = tx.find_driver(credential.subject).await? else { return Ok(()) };
    let kind = match act {
        Act::Suspend => DriverNotice::LicenceStopped,
        Act::Restore => DriverNotice::LicenceRestored,
        Act::Revoke => DriverNotice::LicenceWithdrawn,
    };
    let facts = NoticeFacts { reason: Some(reason), ..NoticeFacts::default() };
    let dedupe = format!("{}:{}:{}", act.code(), credential.id, now.as_microsecond());
    notice::of_driver(tx, driver.owner, &dedupe, kind, &facts, now).await.map(drop)
}
