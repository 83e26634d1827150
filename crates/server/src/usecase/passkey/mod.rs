//! Passkeys: made by a signed-in person, used to sign in and to prove again who one is.
//!
//! A passkey shows that it is the same person again; how sure we are who that is stays what it was. Removing one never locks anybody out: the
//! code to the phone always remains. A challenge is kept here, for five minutes and one answer.

mod notice;
mod rp;

pub(crate) use notice::words;
pub use rp::Passkeys;

use super::account::{self, Begun, DeviceInfo, history};
use super::error::{Kind, UseError, Used};
use super::journal::{self, sha256};
use super::session::{self, Act, Level, Session, SignInWay};
use crate::app::App;
use crate::chance;
use jiff::{SignedDuration, Timestamp};
use luzheng_domain::account::Happening;
use luzheng_domain::mask;
use luzheng_store::passkey::StoredPasskey;
use luzheng_store::{Error as StoreError, Tx};
use rp::Shown;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// How long a challenge waits for its answer, in seconds (`WebAuthn` Level 3 section 15.1 recommends five to ten minutes).
pub const CHALLENGE_S: i64 = 300;
/// Most passkeys of one account.
pub const MAX_PASSKEYS: usize = 10;
/// Longest name of a passkey, in characters.
pub const MAX_NAME: usize = 40;
/// Length of a challenge's handle as text: 32 bytes in hexadecimal digits.
const HANDLE_LEN: usize = 64;

/// What a ceremony was begun for. An answer to one is no answer to another.
const REGISTER: &str = "passkey_register";
const SIGN_IN: &str = "passkey_sign_in";
const REAUTHENTICATE: &str = "passkey_reauthenticate";

/// A passkey as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PasskeyView {
    /// The passkey.
    pub id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// Whether it is backed up beyond one device, e.g. in the account of a phone's maker.
    pub synced: bool,
}

/// A ceremony that was begun.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PasskeyChallenge)]
pub struct Challenge {
    /// By which its answer finds it; good for one answer.
    pub challenge_id: String,
    /// What the browser is to be given: `{"publicKey": …}` with bytes in base64url (`WebAuthn` Level 3 section 5.1.8).
    #[schema(value_type = Object)]
    pub options: Value,
}

/// What the browser answered when a passkey was used.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UsedPasskey {
    /// Which challenge this answers.
    pub challenge_id: String,
    /// The credential as JSON (`PublicKeyCredential.toJSON()`).
    #[schema(value_type = Object)]
    pub credential: Value,
}

/// What the browser answered when a passkey was made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MadePasskey {
    /// Which challenge this answers.
    pub challenge_id: String,
    /// What its owner calls it, at most 40 characters; by default what the device calls itself.
    pub name: Option<String>,
    /// The credential as JSON (`PublicKeyCredential.toJSON()`).
    #[schema(value_type = Object)]
    pub credential: Value,
}

/// A ceremony that waits, as it is kept.
#[derive(Serialize, Deserialize)]
struct Waiting {
    person: Option<Uuid>,
    session: Option<Uuid>,
    state: Value,
}

impl Waiting {
    /// Whether it was begun in this session.
    fn of(&self, session: &Session) -> Used<()> {
        if self.person == Some(session.person) && self.session == Some(session.id) { Ok(()) } else { Err(gone()) }
    }
}

fn gone() -> UseError {
    UseError::new(
        Kind::Gone,
        "challenge_gone",
        "this challenge was answered already, or not in time; please begin again",
    )
}

fn passkeys(app: &App) -> Used<&Passkeys> {
    let sentence = "passkeys are not offered here";
    app.passkeys.as_ref().ok_or_else(|| UseError::new(Kind::NotFound, "passkeys_absent", sentence))
}

/// Whether a browser that asks under this host can use passkeys here.
pub fn offered(app: &App, host: Option<&str>) -> bool {
    app.passkeys.as_ref().zip(host).is_some_and(|(passkeys, host)| passkeys.at(host))
}

fn view(passkey: StoredPasskey) -> PasskeyView {
    let StoredPasskey { id, name, created_at, last_used_at, synced, .. } = passkey;
    PasskeyView { id, name, created_at, last_used_at, synced }
}

fn name_of(given: Option<&str>, device: &DeviceInfo) -> Used<String> {
    let name: String = given.unwrap_or_default().trim().to_owned();
    if name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        let sentence = format!("a passkey's name has at most {MAX_NAME} characters");
        return Err(UseError::invalid("passkey_name", sentence));
    }
    Ok(if name.is_empty() { device.name.chars().take(MAX_NAME).collect() } else { name })
}

/// Keeps a ceremony until it is answered.
async fn wait(tx: &mut Tx, kind: &str, waiting: &Waiting, options: Value, now: Timestamp) -> Used<Challenge> {
    let challenge_id = chance::token();
    let until = now.checked_add(SignedDuration::from_secs(CHALLENGE_S)).unwrap_or(now);
    let state = rp::kept(waiting)?.to_string();
    tx.put_ceremony(sha256(challenge_id.as_bytes()), kind, &state, until).await?;
    Ok(Challenge { challenge_id, options })
}

/// Takes a ceremony out, in a transaction of its own: whatever comes of the answer, it was the only one.
async fn take(app: &App, kind: &str, challenge_id: &str, now: Timestamp) -> Used<Waiting> {
    if challenge_id.len() != HANDLE_LEN {
        return Err(gone());
    }
    let mut tx = app.store.write().await?;
    let state = tx.take_ceremony(sha256(challenge_id.as_bytes()), kind, now).await?;
    tx.commit().await?;
    let state = state.ok_or_else(gone)?;
    serde_json::from_str(&state).map_err(|e| UseError::broken("passkey_state", e.to_string()))
}

/// One's own passkeys, the oldest first.
///
/// # Errors
/// The store.
pub async fn list(app: &App, session: &Session) -> Used<Vec<PasskeyView>> {
    let mut tx = app.store.read().await?;
    Ok(tx.passkeys_of(session.person).await?.into_iter().map(view).collect())
}

/// Begins to make a passkey.
///
/// # Errors
/// `assurance_needed`, `reauthenticate`; `too_many_passkeys`; `passkeys_absent`; the store.
pub async fn begin_registration(app: &App, session: &Session) -> Used<Challenge> {
    let now = app.clock.now();
    session.require_for(Act::ChangePasskeys, now)?;
    let passkeys = passkeys(app)?;
    let mut tx = app.store.write().await?;
    let known = tx.passkeys_of(session.person).await?;
    room(&known)?;
    let known = known.iter().map(|p| rp::opened(&p.credential)).collect::<Used<Vec<_>>>()?;
    // What the device and its maker's cloud are told: whose account it is, as far as its owner needs it to choose.
    let (options, state) = passkeys.begin_registration(session.person, &mask::name(&session.name.zh), &known)?;
    let waiting = Waiting { person: Some(session.person), session: Some(session.id), state: rp::kept(&state)? };
    let challenge = wait(&mut tx, REGISTER, &waiting, options, now).await?;
    tx.commit().await?;
    Ok(challenge)
}

fn room(known: &[StoredPasskey]) -> Used<()> {
    if known.len() < MAX_PASSKEYS {
        return Ok(());
    }
    let sentence = format!("an account has at most {MAX_PASSKEYS} passkeys; remove one first");
    Err(UseError::refused("too_many_passkeys", sentence))
}

/// Takes the passkey that was made.
///
/// # Errors
/// As [`begin_registration`], and `challenge_gone`, `passkey_malformed`, `passkey_refused`, `passkey_other_site`, `passkey_unverified`,
/// `passkey_not_discoverable`, `passkey_known`.
pub async fn finish_registration(
    app: &App,
    session: &Session,
    device: &DeviceInfo,
    made: MadePasskey,
) -> Used<PasskeyView> {
    let now = app.clock.now();
    session.require_for(Act::ChangePasskeys, now)?;
    let name = name_of(made.name.as_deref(), device)?;
    let waiting = take(app, REGISTER, &made.challenge_id, now).await?;
    waiting.of(session)?;
    let passkey = passkeys(app)?.finish_registration(made.credential, waiting.state)?;
    let stored = StoredPasskey {
        person: session.person,
        id: chance::new_id(now),
        credential_digest: sha256(passkey.cred_id()),
        name,
        credential: rp::record(&passkey)?,
        synced: rp::is_synced(&passkey),
        created_at: now,
        last_used_at: None,
    };
    let mut tx = app.store.write().await?;
    room(&tx.passkeys_of(session.person).await?)?;
    tx.put_passkey(&stored).await.map_err(|error| match error {
        StoreError::Conflict { .. } => {
            UseError::new(Kind::Conflict, "passkey_known", "this passkey belongs to an account already")
        }
        other => other.into(),
    })?;
    history::note(&mut tx, session.person, Happening::PasskeyAdded, Some(device), now).await?;
    notice::tell(&mut tx, &stored, notice::ADDED, device, now).await?;
    tx.commit().await?;
    Ok(view(stored))
}

/// Removes a passkey.
///
/// # Errors
/// `assurance_needed`, `reauthenticate`; no such passkey; the store.
pub async fn end(app: &App, session: &Session, device: &DeviceInfo, id: Uuid) -> Used<()> {
    let now = app.clock.now();
    session.require_for(Act::ChangePasskeys, now)?;
    let mut tx = app.store.write().await?;
    let found = tx.passkeys_of(session.person).await?.into_iter().find(|passkey| passkey.id == id);
    let found = found.ok_or_else(|| UseError::not_found("passkey"))?;
    if tx.remove_passkey(&found).await? {
        history::note(&mut tx, session.person, Happening::PasskeyEnded, Some(device), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Begins a sign-in by passkey.
///
/// # Errors
/// `passkeys_absent`; `locked` when one network begins very many; the store.
pub async fn begin_sign_in(app: &App, device: &DeviceInfo) -> Used<Challenge> {
    let now = app.clock.now();
    let (options, state) = passkeys(app)?.begin_use(&[])?;
    let waiting = Waiting { person: None, session: None, state: rp::kept(&state)? };
    let mut tx = app.store.write().await?;
    account::lock::begun(&mut tx, device, now).await?;
    let challenge = wait(&mut tx, SIGN_IN, &waiting, options, now).await?;
    tx.commit().await?;
    Ok(challenge)
}

/// Begins to prove again who one is.
///
/// # Errors
/// `no_passkey` when the account has none; `passkeys_absent`; the store.
pub async fn begin_reauthentication(app: &App, session: &Session) -> Used<Challenge> {
    let passkeys = passkeys(app)?;
    let mut tx = app.store.write().await?;
    let known = tx.passkeys_of(session.person).await?;
    if known.is_empty() {
        return Err(UseError::refused("no_passkey", "this account has no passkey; use the code to your phone"));
    }
    let known = known.iter().map(|p| rp::opened(&p.credential)).collect::<Used<Vec<_>>>()?;
    let (options, state) = passkeys.begin_use(&known)?;
    let waiting = Waiting { person: Some(session.person), session: Some(session.id), state: rp::kept(&state)? };
    let challenge = wait(&mut tx, REAUTHENTICATE, &waiting, options, app.clock.now()).await?;
    tx.commit().await?;
    Ok(challenge)
}

/// What came of a passkey that was used: whose it is, or why not. Either way the caller commits, since a refusal may have left a trace.
type Checked = Result<Uuid, UseError>;

/// Checks a passkey that was used, and records its counter. `of` is the person who must be its owner, when that is known.
async fn check(
    app: &App,
    tx: &mut Tx,
    used: (Value, Value),
    of: Option<Uuid>,
    device: &DeviceInfo,
    now: Timestamp,
) -> Used<Checked> {
    let sentence = "this passkey is not known here; it may have been removed";
    let unknown = || Ok(Err(UseError::new(Kind::Forbidden, "passkey_unknown", sentence)));
    let (credential, state) = used;
    let (credential, whose) = Passkeys::used(credential)?;
    let digest = sha256(credential.get_credential_id());
    // Without a name typed before, the credential itself must say whose it is (WebAuthn Level 3 section 7.2 step 6).
    let (Some(mut stored), Some(owner)) = (tx.lock_passkey_of(digest).await?, of.or(whose)) else {
        return unknown();
    };
    if stored.person != owner || whose.is_some_and(|whose| whose != owner) {
        return unknown();
    }
    let Shown { passkey, synced } = match passkeys(app)?.finish_use(&credential, state, rp::opened(&stored.credential)?)
    {
        Ok(shown) => shown,
        Err(refusal) => {
            if refusal.code == "passkey_copied" {
                let note = json!({"passkey": stored.id});
                journal::note(tx, now, "system", "passkey.counter_went_back", Some(stored.person), &note).await?;
                notice::tell(tx, &stored, notice::COPIED, device, now).await?;
            }
            return Ok(Err(refusal));
        }
    };
    (stored.credential, stored.synced) = (rp::record(&passkey)?, synced);
    tx.use_passkey(&stored, now).await?;
    Ok(Ok(stored.person))
}

/// Signs in by passkey.
///
/// # Errors
/// `challenge_gone`, `passkey_malformed`, `passkey_unknown`, `passkey_refused`, `passkey_other_site`, `passkey_copied`, `passkey_unverified`; the store.
pub async fn sign_in(app: &App, device: &DeviceInfo, used: UsedPasskey) -> Used<Begun> {
    let now = app.clock.now();
    let waiting = take(app, SIGN_IN, &used.challenge_id, now).await?;
    let mut tx = app.store.write().await?;
    let person = match check(app, &mut tx, (used.credential, waiting.state), None, device, now).await? {
        Ok(person) => person,
        Err(refusal) => {
            tx.commit().await?;
            return Err(refusal);
        }
    };
    let begun = account::begin_session(&mut tx, app, person, SignInWay::Passkey, device, now).await?;
    tx.commit().await?;
    Ok(begun)
}

/// Proves again who one is: the session gets a new token, the old one is dead.
///
/// # Errors
/// As [`sign_in`].
pub async fn reauthenticate(app: &App, session: &Session, device: &DeviceInfo, used: UsedPasskey) -> Used<Begun> {
    let now = app.clock.now();
    let waiting = take(app, REAUTHENTICATE, &used.challenge_id, now).await?;
    waiting.of(session)?;
    let mut tx = app.store.write().await?;
    let used = (used.credential, waiting.state);
    if let Err(refusal) = check(app, &mut tx, used, Some(session.person), device, now).await? {
        tx.commit().await?;
        return Err(refusal);
    }
    // The same person as ever, also on a device where a code alone did not show that.
    tx.set_session_ceiling(session.person, session.id, Level::L4.number()).await?;
    let token = account::rotate(&mut tx, session, device, now).await?;
    let (session, _) = session::by_id(&mut tx, session.person, session.id, now).await?.ok_or_else(gone)?;
    tx.commit().await?;
    Ok(Begun { token, session, new_device: false })
}

/// Forgets ceremonies that nobody finished in time.
///
/// # Errors
/// The store.
pub async fn sweep(app: &App) -> Used<()> {
    let mut tx = app.store.write().await?;
    tx.sweep_ceremonies(app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
