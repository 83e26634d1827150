//! Where somebody is signed in, and signing out there; the account as its owner sees it; changing the phone.

use super::code::{self, CodeSent, For};
use super::device::DeviceInfo;
use super::history;
use crate::app::App;
use crate::chance;
use crate::usecase::channel::{Address, Attempt, ChannelKind, Message};
use crate::usecase::error::{UseError, Used};
use crate::usecase::notice;
use crate::usecase::session::{Act, Level, Session};
use crate::usecase::view::Text;
use crate::usecase::{identity_platform, passkey};
use jiff::Timestamp;
use luzheng_domain::account::Happening;
use luzheng_domain::mask;
use luzheng_store::Tx;
use luzheng_store::account::Account;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Kind of the notice that the phone was changed.
pub const PHONE_CHANGED: &str = "phone_changed";

/// A place where somebody is signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionView {
    /// The session.
    pub id: Uuid,
    /// What the device is called.
    pub device: String,
    /// How it was signed in: `code`, `passkey`, `identity_platform`, `counter` or `demo`.
    pub how: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    #[schema(value_type = String, format = DateTime)]
    pub last_seen_at: Timestamp,
    /// Whether it is this one.
    pub current: bool,
}

/// A level as people are told about it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LevelView {
    /// `L1` to `L4`.
    pub level: String,
    /// What it is called.
    pub name: Text,
    /// How it is reached.
    pub how: Text,
    /// What it allows that lower ones do not.
    pub allows: Vec<Text>,
    /// Whether this session has it.
    pub reached: bool,
}

/// Something that happened to the account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HappeningView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What, in words.
    pub what: Text,
    /// On which device.
    pub device: Option<String>,
}

/// The account as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountView {
    /// The phone that signs in, masked.
    pub phone_masked: Option<String>,
    /// `L1` to `L4`.
    pub level: String,
    /// The level in words.
    pub level_text: Text,
    /// Every level.
    pub levels: Vec<LevelView>,
    /// Sign-ins, refusals and changes, the newest first.
    pub history: Vec<HappeningView>,
}

/// The name of something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlatformName {
    /// In both languages.
    pub name: Text,
}

/// The ways to sign in that this system has.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignInWays {
    /// A one-time code to a phone.
    pub code: bool,
    /// A passkey.
    pub passkey: bool,
    /// An identity platform.
    pub identity_platform: Option<PlatformName>,
    /// One tap, in the demonstration.
    pub demo: bool,
}

/// The ways to sign in for a browser that asks under this host (and port): an IP address has no passkeys.
pub fn ways(app: &App, host: Option<&str>) -> SignInWays {
    SignInWays {
        code: app.ways.of(ChannelKind::Sms).is_some(),
        passkey: passkey::offered(app, host),
        identity_platform: identity_platform::offered(app).map(|name| PlatformName { name }),
        demo: app.settings.demo,
    }
}

fn level_view(level: Level, reached: Level) -> LevelView {
    LevelView {
        level: level.code().into(),
        name: level.name().into(),
        how: level.how().into(),
        allows: level.allows().into_iter().map(Text::from).collect(),
        reached: reached >= level,
    }
}

/// The account. A session below L2 sees only what happened since it began: a phone that went to somebody new is not to tell about who had it before.
///
/// # Errors
/// The store.
pub async fn account(app: &App, session: &Session) -> Used<AccountView> {
    let mut tx = app.store.read().await?;
    let phone = tx.find_account(session.person).await?.and_then(|account| account.phone);
    let linked = tx.find_person(session.person).await?.is_some_and(|person| person.owner.is_some());
    let hidden = linked && session.level < Level::L2;
    let history = tx
        .account_events(session.person, history::SHOWN)
        .await?
        .into_iter()
        .filter(|event| !hidden || event.at >= session.authenticated_at)
        .filter_map(|event| {
            let what = Happening::from_code(&event.what)?.text().into();
            Some(HappeningView { at: event.at, what, device: event.device })
        })
        .collect();
    Ok(AccountView {
        phone_masked: phone.as_deref().map(mask::phone),
        level: session.level.code().into(),
        level_text: session.level.name().into(),
        levels: Level::ALL.into_iter().filter(|l| *l > Level::L0).map(|l| level_view(l, session.level)).collect(),
        history,
    })
}

/// Where the person is signed in. A session below L2 of somebody who is known sees itself only.
///
/// # Errors
/// The store.
pub async fn sessions(app: &App, session: &Session) -> Used<Vec<SessionView>> {
    let mut tx = app.store.read().await?;
    let linked = tx.find_person(session.person).await?.is_some_and(|person| person.owner.is_some());
    let hidden = linked && session.level < Level::L2;
    Ok(tx
        .sessions_of(session.person, app.clock.now())
        .await?
        .into_iter()
        .filter(|found| !hidden || found.id == session.id)
        .map(|found| SessionView {
            id: found.id,
            device: found.device,
            how: found.how,
            created_at: found.created_at,
            last_seen_at: found.last_seen_at,
            current: found.id == session.id,
        })
        .collect())
}

/// Signs out in one place.
///
/// # Errors
/// Not the person's, or ended already; the store.
pub async fn end(app: &App, session: &Session, id: Uuid, device: &DeviceInfo) -> Used<()> {
    let mut tx = app.store.write().await?;
    if !tx.end_session_of(session.person, id).await? {
        return Err(UseError::not_found("session of yours"));
    }
    history::note(&mut tx, session.person, Happening::SessionEnded, Some(device), app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Signs out everywhere else. Answers in how many places.
///
/// # Errors
/// The store.
pub async fn end_others(app: &App, session: &Session, device: &DeviceInfo) -> Used<u64> {
    let mut tx = app.store.write().await?;
    let ended = tx.end_sessions_but(session.person, session.id).await?;
    history::note(&mut tx, session.person, Happening::OthersEnded, Some(device), app.clock.now()).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Signs out everywhere, here too.
///
/// # Errors
/// The store.
pub async fn end_all(app: &App, session: &Session, device: &DeviceInfo) -> Used<()> {
    let mut tx = app.store.write().await?;
    tx.end_sessions_but(session.person, Uuid::nil()).await?;
    history::note(&mut tx, session.person, Happening::AllEnded, Some(device), app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Sends a code to a phone that is to become the account's.
///
/// # Errors
/// `assurance_needed`, `reauthenticate`, `same_phone`, and as [`code::ask`].
pub async fn ask_new_phone(app: &App, session: &Session, phone: &str, device: &DeviceInfo) -> Used<CodeSent> {
    session.require_for(Act::ChangePhone, app.clock.now())?;
    let phone = code::typed_phone(phone)?;
    let account = app.store.read().await?.find_account(session.person).await?;
    if account.and_then(|a| a.phone).as_ref() == Some(&phone) {
        return Err(UseError::refused("same_phone", "this is your phone already"));
    }
    code::send(app, For::ChangePhone(session.person), &phone, device).await
}

/// The account that had the phone has none then, and is signed out everywhere.
async fn take_from(tx: &mut Tx, holder: Uuid, now: Timestamp) -> Used<()> {
    if let Some(account) = tx.lock_account(holder).await? {
        tx.put_account(&Account { phone: None, changed_at: now, ..account }).await?;
    }
    tx.end_sessions_but(holder, Uuid::nil()).await?;
    history::note(tx, holder, Happening::PhoneMoved, None, now).await
}

/// Tells the phone that no longer signs in, once: whoever still has it in hand is the one to notice that somebody else changed it. Notices go to
/// the new one from now on.
async fn tell_old_phone(app: &App, old: String, now: Timestamp) {
    let Some(way) = app.ways.of(ChannelKind::Sms) else { return };
    let Some((title, body)) = super::words(PHONE_CHANGED, "{}") else { return };
    let message = Message { notice: chance::new_id(now), kind: PHONE_CHANGED.into(), title, body, check: None, now };
    if way.deliver(&Address::Phone(old), &message).await != Attempt::Taken {
        tracing::warn!(code = "old_phone_not_told", "the text message about a changed phone could not be sent");
    }
}

/// Changes the phone by the code that was sent to the new one. Whoever has the phone in hand has it, whoever had it before.
///
/// # Errors
/// `assurance_needed`, `reauthenticate`, `wrong_code`, `locked`; the store.
pub async fn change_phone(app: &App, session: &Session, phone: &str, given: &str, device: &DeviceInfo) -> Used<()> {
    let now = app.clock.now();
    session.require_for(Act::ChangePhone, now)?;
    let phone = code::typed_phone(phone)?;
    let mut tx = code::confirmed(app, For::ChangePhone(session.person), &phone, given, device).await?;
    let holder = tx.take_phone(&phone, session.person).await?;
    if holder != session.person {
        take_from(&mut tx, holder, now).await?;
        tx.free_phone(&phone).await?;
        tx.take_phone(&phone, session.person).await?;
    }
    let account = tx
        .lock_account(session.person)
        .await?
        .ok_or_else(|| UseError::broken("account", "a citizen has no account"))?;
    let old = account.phone.clone().filter(|old| *old != phone);
    if let Some(old) = &old {
        tx.free_phone(old).await?;
    }
    tx.put_account(&Account { phone: Some(phone), changed_at: now, ..account }).await?;
    history::note(&mut tx, session.person, Happening::PhoneChanged, Some(device), now).await?;
    if let Some(owner) = session.owner {
        let dedupe = format!("{PHONE_CHANGED}:{}", now.as_microsecond());
        notice::add(&mut tx, owner, &dedupe, PHONE_CHANGED, &serde_json::json!({}), now).await?;
    }
    tx.commit().await?;
    if let Some(old) = old {
        tell_old_phone(app, old, now).await;
    }
    Ok(())
}
