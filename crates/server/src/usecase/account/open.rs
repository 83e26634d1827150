//! Opening accounts and sessions, linking accounts to the register, raising levels.

use super::device::DeviceInfo;
use super::history;
use super::sessions::PHONE_CHANGED;
use crate::app::App;
use crate::chance;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::notice;
use crate::usecase::session::{self, Role, Session};
use crate::usecase::view::{Me, Text};
use jiff::{SignedDuration, Timestamp};
use luzheng_domain::account::{Happening, Level, SignInWay};
use luzheng_domain::mask;
use luzheng_store::Tx;
use luzheng_store::account::Account;
use luzheng_store::session as stored;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an account keeps that its person opened by signing in ([`session::Params`]).
const OPENED: &str = r#"{"opened":true}"#;

/// Whose account is looked for.
#[derive(Clone, Copy)]
pub enum Whose<'a> {
    /// That of whoever has this phone (in canonical form, proved by a code).
    Phone(&'a str),
    /// That of this person of the register (proved by an identity platform).
    Owner(Uuid),
}

/// A session that began.
pub struct Begun {
    /// Its token, which is kept nowhere.
    pub token: String,
    /// The session.
    pub session: Session,
    /// Whether a person who had signed in elsewhere signed in on this device for the first time.
    pub new_device: bool,
}

/// Finds the account, or opens one: at L1 with the phone, or linked to the person of the register at L2. Answers with its person.
///
/// # Errors
/// The register has no such person; the store.
pub async fn find_or_open(tx: &mut Tx, whose: Whose<'_>, now: Timestamp) -> Used<Uuid> {
    let new = chance::new_id(now);
    let person = match whose {
        Whose::Phone(phone) => tx.take_phone(phone, new).await?,
        Whose::Owner(owner) => tx.take_owner(owner, new).await?,
    };
    if person != new {
        return Ok(person);
    }
    let (owner, name, phone, level, how) = match whose {
        Whose::Phone(phone) => (None, mask::phone(phone), Some(phone.to_owned()), Level::L1, SignInWay::Code),
        Whose::Owner(owner) => {
            let found = tx.find_owner(owner).await?.ok_or_else(|| UseError::not_found("person of the register"))?;
            (Some(owner), found.details.name, None, Level::L2, SignInWay::IdentityPlatform)
        }
    };
    let role = Role::Citizen.code().to_owned();
    tx.put_person(&stored::Person { id: new, role, owner, name, params: OPENED.into(), created_at: now }).await?;
    let account = Account { person: new, phone, level: level.number(), how: how.code().into(), changed_at: now };
    tx.put_account(&account).await?;
    history::note(tx, new, Happening::Opened, None, now).await?;
    Ok(new)
}

/// What a notice about a new device needs to be put into words.
#[derive(Debug, Serialize, Deserialize)]
struct NewDevice {
    /// The device as it calls itself: family of browser and system, never a name somebody typed.
    device: String,
    at: Timestamp,
}

/// Kind of the notice about the first sign-in on a device.
pub const NEW_DEVICE: &str = "new_device";

/// The words of a notice about a new device or a new phone.
pub(crate) fn words(kind: &str, params: &str) -> Option<(Text, Text)> {
    if kind == PHONE_CHANGED {
        return Some((
            Text::new("登录手机号已更换", "Your phone for signing in was changed"),
            Text::new(
                "如果不是您本人操作，请立即携带身份证到车管所窗口办理。",
                "If this was not you, go to a counter with your identity card at once.",
            ),
        ));
    }
    if kind != NEW_DEVICE {
        return None;
    }
    let NewDevice { device, at } = serde_json::from_str(params).ok()?;
    let at = at.to_zoned(crate::clock::china()).strftime("%Y-%m-%d %H:%M").to_string();
    Some((
        Text::new("您的账号在新设备登录", "Your account signed in on a new device"),
        Text::new(
            format!("{at}，{device}。如果不是您本人操作，请在“账号与安全”中退出该设备并更换手机号。"),
            format!(
                "{at}, {device}. If this was not you, sign that device out under “Account and security” and change your phone."
            ),
        ),
    ))
}

/// How long a session of this role lasts unused, and at most.
pub(crate) fn lifetimes(app: &App, role: Role) -> (SignedDuration, SignedDuration) {
    let settings = &app.settings.account;
    let (idle, most) = match role {
        Role::Citizen => (settings.citizen_idle_s, settings.citizen_lifetime_s),
        Role::Officer | Role::Insurer | Role::Staff => (settings.staff_idle_s, settings.staff_lifetime_s),
    };
    (SignedDuration::from_secs(idle.into()), SignedDuration::from_secs(most.into()))
}

/// Whether this is the first time there, whether that is news, and the level the session may count for at most.
async fn device_of(
    tx: &mut Tx,
    person: Uuid,
    level: Level,
    how: SignInWay,
    device: &DeviceInfo,
    now: Timestamp,
) -> Used<(bool, Level)> {
    // One tap in the demonstration is nobody's device.
    if how == SignInWay::Demo {
        return Ok((false, Level::L4));
    }
    let others = tx.known_devices(person).await?;
    let first = tx.note_device(person, device.hash(), now).await?;
    let news = first && (others > 0 || level > Level::L1);
    // Numbers are given to new people when they lapse: a code alone, on a device we do not know, shows who has the phone now, not that it is
    // still the same person. Name and identity number have to be given once more.
    let ceiling = if first && how == SignInWay::Code { Level::L1 } else { Level::L4 };
    Ok((news, ceiling))
}

/// Begins a session of a person who has just proved who they are.
///
/// # Errors
/// No such person; the store.
pub async fn begin_session(
    tx: &mut Tx,
    app: &App,
    person: Uuid,
    how: SignInWay,
    device: &DeviceInfo,
    now: Timestamp,
) -> Used<Begun> {
    let found = tx.find_person(person).await?.ok_or_else(|| UseError::not_found("person"))?;
    let role = session::role_of(&found)?;
    let account = tx.find_account(person).await?;
    // Who has no account of a citizen (staff, officers, partners) signs in with a tap in the demonstration, and counts as a real person.
    let level = account.as_ref().map_or(Ok(Level::L3), level_of)?;
    let (new_device, ceiling) = device_of(tx, person, level, how, device, now).await?;
    let (idle, most) = lifetimes(app, role);
    let later = |by| now.checked_add(by).unwrap_or(now);
    let row = stored::Session {
        person,
        id: chance::new_id(now),
        role: role.code().into(),
        how: how.code().into(),
        ceiling: ceiling.number(),
        agent: device.agent.clone(),
        device: device.name.clone(),
        created_at: now,
        authenticated_at: now,
        last_seen_at: now,
        idle_until: later(idle.min(most)),
        expires_at: later(most),
    };
    let token = chance::token();
    tx.put_session(session::hash(&token), &row).await?;
    history::note(tx, person, Happening::signed_in(how), Some(device), now).await?;
    if new_device {
        history::note(tx, person, Happening::NewDevice, Some(device), now).await?;
        if let Some(owner) = found.owner {
            let params = NewDevice { device: device.family.clone(), at: now };
            notice::add(tx, owner, &format!("{NEW_DEVICE}:{}", row.id), NEW_DEVICE, &params, now).await?;
        }
    }
    let session = session::opened(&row, &found, account.as_ref())?;
    Ok(Begun { token, session, new_device })
}

/// Gives a session a new token because its person has just proved again who they are; the cookie with the old one is dead at once.
///
/// # Errors
/// The session has ended; the store.
pub async fn rotate(tx: &mut Tx, session: &Session, device: &DeviceInfo, now: Timestamp) -> Used<String> {
    let token = chance::token();
    if !tx.renew_session(session.person, session.id, session::hash(&token), now).await? {
        return Err(UseError::new(Kind::Unauthenticated, "sign_in_required", "the session has ended; please sign in"));
    }
    history::note(tx, session.person, Happening::Reauthenticated, Some(device), now).await?;
    Ok(token)
}

/// The phone by which somebody of the register is told: that of their account, which they can change themselves, or the register's.
///
/// # Errors
/// The store.
pub async fn phone_of(tx: &mut Tx, owner: Uuid) -> Used<Option<String>> {
    if let Some(person) = tx.person_of_owner(owner).await?
        && let Some(phone) = tx.find_account(person).await?.and_then(|account| account.phone)
    {
        return Ok(Some(phone));
    }
    Ok(tx.find_owner(owner).await?.and_then(|found| found.details.phone))
}

/// The level of an account.
///
/// # Errors
/// A fault of ours: the row has no level.
pub(crate) fn level_of(account: &Account) -> Used<Level> {
    Level::from_number(account.level)
        .ok_or_else(|| UseError::broken("broken_account", format!("account {} has no level", account.person)))
}

/// Raises an account's level, never lowers it.
///
/// # Errors
/// There is no such account; the store.
pub async fn raise(tx: &mut Tx, person: Uuid, level: Level, how: SignInWay, now: Timestamp) -> Used<()> {
    let account = tx.lock_account(person).await?.ok_or_else(|| UseError::not_found("account"))?;
    if level_of(&account)? < level {
        tx.put_account(&Account { level: level.number(), how: how.code().into(), changed_at: now, ..account }).await?;
    }
    Ok(())
}

/// Links an account to a person of the register and raises it to a level. When another account has that person, only the counter and an identity
/// platform may move the link; that account falls to L1 and is signed out everywhere.
///
/// # Errors
/// `already_linked` (the person has another account, or the account another person); there is no such account or person; the store.
pub async fn link(tx: &mut Tx, person: Uuid, owner: Uuid, level: Level, how: SignInWay, now: Timestamp) -> Used<()> {
    let found = tx.find_person(person).await?.ok_or_else(|| UseError::not_found("account"))?;
    if found.owner.is_some_and(|linked| linked != owner) {
        let sentence = "this account belongs to somebody else in the register; sign in with your own phone";
        return Err(UseError::new(Kind::Conflict, "already_linked", sentence));
    }
    let holder = tx.take_owner(owner, person).await?;
    if holder != person {
        if !matches!(how, SignInWay::Counter | SignInWay::IdentityPlatform) {
            let sentence =
                "another account is linked to this person; a counter or the identity platform can move it here";
            return Err(UseError::new(Kind::Conflict, "already_linked", sentence));
        }
        unlink(tx, holder, now).await?;
        tx.free_owner(owner).await?;
        tx.take_owner(owner, person).await?;
    }
    let name = tx.find_owner(owner).await?.ok_or_else(|| UseError::not_found("person of the register"))?.details.name;
    // The demonstration's people keep the name they have, with its English.
    let name = if found.owner.is_some() { found.name.clone() } else { name };
    tx.put_person(&stored::Person { owner: Some(owner), name, ..found }).await?;
    raise(tx, person, level, how, now).await
}

/// An account whose person has gone to another account.
async fn unlink(tx: &mut Tx, person: Uuid, now: Timestamp) -> Used<()> {
    if let Some(found) = tx.find_person(person).await? {
        let account = tx.lock_account(person).await?;
        let name = account.as_ref().and_then(|a| a.phone.as_deref()).map_or_else(String::new, mask::phone);
        tx.put_person(&stored::Person { owner: None, name, ..found }).await?;
        if let Some(account) = account {
            tx.put_account(&Account { level: Level::L1.number(), changed_at: now, ..account }).await?;
        }
    }
    tx.end_sessions_but(person, Uuid::nil()).await?;
    history::note(tx, person, Happening::IdentityMoved, None, now).await
}

/// The signed-in person.
///
/// # Errors
/// The store.
pub async fn me(app: &App, session: &Session) -> Used<Me> {
    let mut tx = app.store.read().await?;
    let (mut id_number_masked, mut phone_masked, mut unread) = (None, None, 0);
    if let Some(owner) = session.owner {
        if let Some(found) = tx.find_owner(owner).await? {
            id_number_masked = Some(found.details.number.masked());
            phone_masked = found.details.phone.as_deref().map(mask::phone);
        }
        unread = tx.unread_notices(owner).await?;
    }
    if let Some(phone) = tx.find_account(session.person).await?.and_then(|account| account.phone) {
        phone_masked = Some(mask::phone(&phone));
    }
    Ok(Me {
        id: session.person,
        role: session.role.code().into(),
        name: session.name.clone(),
        id_number_masked,
        phone_masked,
        unread_notices: unread,
        level: session.level.code().into(),
        level_text: session.level.name().into(),
        how: session.how.code().into(),
        has_owner: session.owner.is_some(),
    })
}
