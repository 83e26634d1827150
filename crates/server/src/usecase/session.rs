//! Who is signed in. The demonstration signs its fictional people in with one tap; other ways come with the citizens' app.

use super::citizen;
use super::error::{UseError, Used};
use super::view::{Me, Text};
use crate::app::App;
use crate::chance;
use aws_lc_rs::digest;
use jiff::SignedDuration;
use luzheng_store::session as stored;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a session lasts, in seconds.
pub const LIFETIME_S: i64 = 12 * 3600;

/// As what somebody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// An owner of vehicles.
    Citizen,
    /// A police officer.
    Officer,
    /// A partner who verifies.
    Insurer,
    /// Staff of a vehicle administration office.
    Staff,
}

impl Role {
    /// The stable word.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Officer => "officer",
            Self::Insurer => "insurer",
            Self::Staff => "staff",
        }
    }

    /// The role of a word.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Citizen, Self::Officer, Self::Insurer, Self::Staff].into_iter().find(|r| r.code() == code)
    }
}

/// A signed-in person.
#[derive(Debug, Clone)]
pub struct Session {
    /// The account.
    pub person: Uuid,
    /// As what.
    pub role: Role,
    /// The owner in the register, for a citizen.
    pub owner: Option<Uuid>,
    /// The name.
    pub name: Text,
}

impl Session {
    /// How the journal names this person.
    pub fn actor(&self) -> String {
        format!("{}:{}", self.role.code(), self.person)
    }
}

/// What an account keeps besides its name: the demonstration's case.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Params {
    /// The name in English.
    #[serde(default)]
    pub name_en: String,
    /// What is interesting, in Chinese.
    #[serde(default)]
    pub case_zh: String,
    /// What is interesting, in English.
    #[serde(default)]
    pub case_en: String,
    /// Place in the list.
    #[serde(default)]
    pub order: u32,
    /// Plates.
    #[serde(default)]
    pub vehicles: Vec<String>,
}

/// A fictional person of the demonstration.
#[derive(Debug, Clone)]
pub struct DemoPerson {
    /// The account.
    pub id: Uuid,
    /// As what.
    pub role: Role,
    /// The name.
    pub name: Text,
    /// What is interesting about them.
    pub case: Text,
    /// Their plates.
    pub vehicles: Vec<String>,
}

fn hash(token: &str) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    out
}

fn role_of(person: &stored::Person) -> Used<Role> {
    Role::parse(&person.role)
        .ok_or_else(|| UseError::broken("broken_person", format!("account {} has no known role", person.id)))
}

fn named(person: &stored::Person) -> (Text, Params) {
    let params: Params = serde_json::from_str(&person.params).unwrap_or_default();
    let english = if params.name_en.is_empty() { person.name.clone() } else { params.name_en.clone() };
    (Text::new(person.name.clone(), english), params)
}

/// The demonstration's people, in their order.
///
/// # Errors
/// This is no demonstration; the store.
pub async fn demo_people(app: &App) -> Used<Vec<DemoPerson>> {
    if !app.settings.demo {
        return Err(UseError::not_found("page: this is no demonstration"));
    }
    let mut tx = app.store.read().await?;
    let mut people = Vec::new();
    for person in tx.people().await? {
        let role = role_of(&person)?;
        let (name, params) = named(&person);
        let order = params.order;
        let case = Text::new(params.case_zh, params.case_en);
        people.push((order, DemoPerson { id: person.id, role, name, case, vehicles: params.vehicles }));
    }
    people.sort_by_key(|(order, person)| (*order, person.id));
    Ok(people.into_iter().map(|(_, person)| person).collect())
}

/// Signs a fictional person in; answers with the session's token, which is kept nowhere, and who it is.
///
/// # Errors
/// This is no demonstration; no such person; the store.
pub async fn sign_in_demo(app: &App, person: Uuid) -> Used<(String, Me)> {
    if !app.settings.demo {
        return Err(UseError::not_found("page: this is no demonstration"));
    }
    let now = app.clock.now();
    let token = chance::token();
    let mut tx = app.store.write().await?;
    let found = tx.find_person(person).await?.ok_or_else(|| UseError::not_found("person"))?;
    let role = role_of(&found)?;
    let (name, _) = named(&found);
    let session = Session { person, role, owner: found.owner, name };
    tx.put_session(&stored::Session {
        token_hash: hash(&token),
        person,
        role: found.role.clone(),
        created_at: now,
        expires_at: now.checked_add(SignedDuration::from_secs(LIFETIME_S)).unwrap_or(now),
    })
    .await?;
    super::journal::note(
        &mut tx,
        now,
        &session.actor(),
        "session.signed_in",
        Some(person),
        &serde_json::json!({"how": "demo"}),
    )
    .await?;
    tx.commit().await?;
    let me = citizen::me(app, &session).await?;
    Ok((token, me))
}

/// The session of a token, when it is valid now.
///
/// # Errors
/// The store.
pub async fn find(app: &App, token: &str) -> Used<Option<Session>> {
    let mut tx = app.store.read().await?;
    let Some(session) = tx.find_session(hash(token), app.clock.now()).await? else { return Ok(None) };
    let Some(person) = tx.find_person(session.person).await? else { return Ok(None) };
    let role = role_of(&person)?;
    let (name, _) = named(&person);
    Ok(Some(Session { person: person.id, role, owner: person.owner, name }))
}

/// Ends a session; one that is not there is ended already.
///
/// # Errors
/// The store.
pub async fn sign_out(app: &App, token: &str) -> Used<()> {
    let mut tx = app.store.write().await?;
    tx.end_session(hash(token)).await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets sessions that ended and idempotency keys older than two days.
///
/// # Errors
/// The store.
pub async fn sweep(app: &App) -> Used<()> {
    let now = app.clock.now();
    let kept_since = now.checked_sub(SignedDuration::from_hours(48)).unwrap_or(now);
    let mut tx = app.store.write().await?;
    tx.sweep(now, kept_since).await?;
    tx.commit().await?;
    Ok(())
}
