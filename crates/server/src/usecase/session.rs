//! Who is signed in, and what they may. The demonstration signs its fictional people in with one tap; other ways are in `account`.

use super::account::{self, DeviceInfo};
use super::error::{Kind, UseError, Used};
use super::view::{Me, Text};
use crate::app::App;
use jiff::{SignedDuration, Timestamp};
pub use luzheng_domain::account::{Act, Level, SignInWay};
use luzheng_domain::mask;
use luzheng_store::Tx;
use luzheng_store::account::Account;
use luzheng_store::session as stored;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How often the use of a session is recorded, in seconds.
const SEEN_EVERY_S: i64 = 60;

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

/// After how many seconds a proof of who somebody is has become too old for sensitive acts.
pub const FRESH_S: i64 = 15 * 60;

/// A signed-in person.
#[derive(Debug, Clone)]
pub struct Session {
    /// The session; it stays when the token changes.
    pub id: Uuid,
    /// The account.
    pub person: Uuid,
    /// As what.
    pub role: Role,
    /// The owner in the register, for a citizen of L2 or more.
    pub owner: Option<Uuid>,
    /// The name.
    pub name: Text,
    /// How sure we are who it is.
    pub level: Level,
    /// When the person last proved who they are.
    pub authenticated_at: Timestamp,
    /// By which way they signed in.
    pub how: SignInWay,
}

impl Session {
    /// Somebody in whose name the server itself acts: the demonstration's story, tests. A real person who has not proved it lately.
    pub const fn acting(person: Uuid, role: Role, owner: Option<Uuid>, name: Text) -> Self {
        let (level, how) = (Level::L3, SignInWay::Demo);
        Self { id: Uuid::nil(), person, role, owner, name, level, authenticated_at: Timestamp::UNIX_EPOCH, how }
    }

    /// How the journal names this person.
    pub fn actor(&self) -> String {
        format!("{}:{}", self.role.code(), self.person)
    }

    /// Refuses whoever is below a level.
    ///
    /// # Errors
    /// `assurance_needed`, naming the level.
    pub fn require(&self, level: Level) -> Used<()> {
        if self.level >= level {
            return Ok(());
        }
        let sentence = format!(
            "this needs level {} ({}), and you are at {} ({})",
            level.code(),
            level.name().en,
            self.level.code(),
            self.level.name().en
        );
        Err(UseError::new(Kind::Forbidden, "assurance_needed", sentence))
    }

    /// Refuses whoever has not proved lately who they are.
    ///
    /// # Errors
    /// `reauthenticate`.
    pub fn require_fresh(&self, now: Timestamp) -> Used<()> {
        let age = now.duration_since(self.authenticated_at);
        if !age.is_negative() && age <= SignedDuration::from_secs(FRESH_S) {
            return Ok(());
        }
        let sentence = "please prove again who you are: this can be done only shortly after signing in";
        Err(UseError::new(Kind::Forbidden, "reauthenticate", sentence))
    }

    /// Refuses whoever may not do something: too low a level, or too long ago. A code that the act asks for besides is the act's to check.
    ///
    /// # Errors
    /// `assurance_needed`, `reauthenticate`.
    pub fn require_for(&self, act: Act, now: Timestamp) -> Used<()> {
        let needs = act.needs();
        self.require(needs.level)?;
        if needs.fresh { self.require_fresh(now) } else { Ok(()) }
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
    /// Opened by somebody who signed in, not settled with the demonstration: no one-tap sign-in.
    #[serde(default)]
    pub opened: bool,
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

/// What a token is found by: SHA-256.
pub(crate) fn hash(token: &str) -> [u8; 32] {
    super::journal::sha256(token.as_bytes())
}

/// As what an account signs in.
pub(crate) fn role_of(person: &stored::Person) -> Used<Role> {
    Role::parse(&person.role)
        .ok_or_else(|| UseError::broken("broken_person", format!("account {} has no known role", person.id)))
}

/// A session from its rows. Below L2 nothing of the register is in it: a code alone does not show whose phone it is.
pub(crate) fn opened(row: &stored::Session, person: &stored::Person, account: Option<&Account>) -> Used<Session> {
    let broken = || UseError::broken("broken_session", format!("session {} cannot be read", row.id));
    let how = SignInWay::from_code(&row.how).ok_or_else(broken)?;
    let ceiling = Level::from_number(row.ceiling).ok_or_else(broken)?;
    let level = account.map_or(Ok(Level::L3), account::level_of)?.min(ceiling);
    let (owner, name) = if level < Level::L2 {
        let phone = account.and_then(|a| a.phone.as_deref()).map_or_else(String::new, mask::phone);
        (None, Text::new(phone.clone(), phone))
    } else {
        (person.owner, named(person).0)
    };
    let role = role_of(person)?;
    Ok(Session {
        id: row.id,
        person: row.person,
        role,
        owner,
        name,
        level,
        authenticated_at: row.authenticated_at,
        how,
    })
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
        if params.opened {
            continue;
        }
        let order = params.order;
        let case = Text::new(params.case_zh, params.case_en);
        people.push((order, DemoPerson { id: person.id, role, name, case, vehicles: params.vehicles }));
    }
    people.sort_by_key(|(order, person)| (*order, person.id));
    Ok(people.into_iter().map(|(_, person)| person).collect())
}

/// A session by its id, when it is valid now, with the family of browser and system it began in.
///
/// # Errors
/// The store.
pub(crate) async fn by_id(tx: &mut Tx, person: Uuid, id: Uuid, now: Timestamp) -> Used<Option<(Session, String)>> {
    let Some(row) = tx.sessions_of(person, now).await?.into_iter().find(|row| row.id == id) else { return Ok(None) };
    let Some(found) = tx.find_person(person).await? else { return Ok(None) };
    let account = tx.find_account(person).await?;
    Ok(Some((opened(&row, &found, account.as_ref())?, row.agent)))
}

/// Makes sure that a fictional citizen has an account of a real person: with the phone and the person of the register, when those are nobody's yet.
///
/// # Errors
/// The store.
pub async fn demo_account(tx: &mut Tx, person: &stored::Person, now: Timestamp) -> Used<()> {
    if person.role != Role::Citizen.code() || tx.find_account(person.id).await?.is_some() {
        return Ok(());
    }
    let mut phone = None;
    if let Some(owner) = person.owner {
        tx.take_owner(owner, person.id).await?;
        let known = tx.find_owner(owner).await?.and_then(|o| o.details.phone);
        if let Some(known) = known.as_deref().and_then(account::phone_number)
            && tx.take_phone(&known, person.id).await? == person.id
        {
            phone = Some(known);
        }
    }
    let (level, how) = (Level::L3.number(), SignInWay::Demo.code().to_owned());
    Ok(tx.put_account(&Account { person: person.id, phone, level, how, changed_at: now }).await?)
}

/// Signs a fictional person in; answers with the session's token, which is kept nowhere, and who it is.
///
/// # Errors
/// This is no demonstration; no such person; the store.
pub async fn sign_in_demo(app: &App, person: Uuid) -> Used<(String, Me)> {
    let begun = sign_in_demo_on(app, person, &DeviceInfo::unknown()).await?;
    Ok((begun.token, account::me(app, &begun.session).await?))
}

/// As [`sign_in_demo`], on a device.
///
/// # Errors
/// This is no demonstration; no such person; the store.
pub async fn sign_in_demo_on(app: &App, person: Uuid, device: &DeviceInfo) -> Used<account::Begun> {
    if !app.settings.demo {
        return Err(UseError::not_found("page: this is no demonstration"));
    }
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let found = tx
        .find_person(person)
        .await?
        .filter(|found| !named(found).1.opened)
        .ok_or_else(|| UseError::not_found("person"))?;
    demo_account(&mut tx, &found, now).await?;
    let begun = account::begin_session(&mut tx, app, person, SignInWay::Demo, device, now).await?;
    tx.commit().await?;
    Ok(begun)
}

/// The session of a token, when it is valid now. Its use is recorded.
///
/// # Errors
/// `reauthenticate` when another family of browser or system shows the token than the session began in; the store.
pub async fn find(app: &App, token: &str, device: &DeviceInfo) -> Used<Option<Session>> {
    let now = app.clock.now();
    let mut tx = app.store.read().await?;
    let Some(row) = tx.find_session(hash(token), now).await? else { return Ok(None) };
    if row.agent != device.agent {
        let sentence = "this session began in another browser; please sign in again";
        return Err(UseError::new(Kind::Unauthenticated, "reauthenticate", sentence));
    }
    let Some(person) = tx.find_person(row.person).await? else { return Ok(None) };
    let account = tx.find_account(row.person).await?;
    drop(tx);
    let session = opened(&row, &person, account.as_ref())?;
    if now.duration_since(row.last_seen_at) >= SignedDuration::from_secs(SEEN_EVERY_S) {
        let (idle, _) = account::lifetimes(app, session.role);
        let idle_until = now.checked_add(idle).unwrap_or(now).min(row.expires_at);
        let mut tx = app.store.write().await?;
        tx.see_session(row.person, row.id, now, idle_until).await?;
        tx.commit().await?;
    }
    Ok(Some(session))
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

/// Forgets sessions that ended, codes that expired, tries that no longer matter, old history, and idempotency keys older than two days.
///
/// # Errors
/// The store.
pub async fn sweep(app: &App) -> Used<()> {
    let now = app.clock.now();
    let before = |hours| now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(now);
    let mut tx = app.store.write().await?;
    tx.sweep(now, before(48)).await?;
    tx.sweep_attempts(now).await?;
    tx.sweep_account_events(before(24 * account::history::KEPT_DAYS)).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn levels_are_required() {
        let session = Session::acting(Uuid::nil(), Role::Citizen, None, Text::new("", ""));
        assert!(session.require(Level::L2).is_ok() && session.require(Level::L3).is_ok());
        let refused = session.require(Level::L4).unwrap_err();
        assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "assurance_needed"));
        assert!(refused.message.contains("L4"));
    }

    #[test]
    fn the_last_fresh_instant_and_the_first_stale_one() {
        let mut session = Session::acting(Uuid::nil(), Role::Citizen, None, Text::new("", ""));
        session.authenticated_at = at(1_000);
        assert!(session.require_fresh(at(1_000 + FRESH_S)).is_ok());
        assert_eq!(session.require_fresh(at(1_001 + FRESH_S)).unwrap_err().code, "reauthenticate");
        assert!(session.require_fresh(at(999)).is_err(), "proved in the future is not proved");
        assert!(session.require_for(Act::SeeOwn, at(9_000)).is_ok());
        assert_eq!(session.require_for(Act::ChangePhone, at(9_000)).unwrap_err().code, "reauthenticate");
    }
}
