//! Terminals that the police have already: a client of theirs asks with its token and names the officer who holds the terminal.

use super::{OfficerCall, Via, duty, register};
use crate::app::App;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::partner::Scope;
use crate::usecase::partner::token::client_of;

/// The call of the officer whom a terminal names. A terminal knows no duty of its own: the officer must be on duty as the office recorded it.
///
/// # Errors
/// `invalid_token`, `insufficient_scope`; `officer_needed`, `officer_unknown`, `off_duty`; the store.
pub async fn signed_in(app: &App, bearer: &str, officer: Option<&str>) -> Used<OfficerCall> {
    let now = app.clock.now();
    let client = client_of(app, bearer, now).await?;
    client.require(Scope::Officer)?;
    let named = officer.ok_or_else(|| {
        let sentence = "a terminal names the officer who uses it in the header Luzheng-Officer";
        UseError::new(Kind::Unauthenticated, "officer_needed", sentence)
    })?;
    let unknown = || UseError::new(Kind::Unauthenticated, "officer_unknown", "there is no such officer on duty");
    let number = register::number(named).map_err(|_| unknown())?;
    let mut tx = app.store.read().await?;
    let officer = tx.find_officer_by_number(&number).await?.filter(|o| o.ended_at.is_none()).ok_or_else(unknown)?;
    let duty = duty::of(&mut tx, officer.id, None, now).await?.ok_or_else(duty::off_duty)?;
    Ok(OfficerCall { officer: officer.id, number, duty: Some(duty), via: Via::Terminal(client.id) })
}
