//! One-time codes to a phone: asked for, sent, entered. A code is never logged, never in the journal, and stored only as a keyed digest.

use super::device::DeviceInfo;
use super::{Begun, Whose, begin_session, find_or_open, history, lock, phone_number, rotate};
use crate::app::App;
use crate::chance;
use crate::usecase::channel::{Address, Attempt, ChannelKind, Message};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::session::Session;
use crate::usecase::view::Text;
use aws_lc_rs::constant_time;
use jiff::{SignedDuration, Timestamp};
use luzheng_domain::account::{Happening, SignInWay};
use luzheng_domain::mask;
use luzheng_domain::text::normal_code;
use luzheng_store::attempt::OneTimeCode;
use luzheng_store::{Tx, Vault};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Digits of a code.
pub const DIGITS: u32 = 6;
/// How long a code lives, in seconds.
pub const LIFETIME_S: i64 = 5 * 60;
/// How many wrong codes are taken for one that was sent.
pub const MAX_TRIES: u32 = 5;

/// What a code is for; a code for one thing is none for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// Signing in.
    SignIn,
    /// Proving again who one is.
    Reauthenticate(Uuid),
    /// A new phone for this account.
    ChangePhone(Uuid),
}

impl For {
    const fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Reauthenticate(_) => "reauthenticate",
            Self::ChangePhone(_) => "change_phone",
        }
    }

    const fn person(self) -> Uuid {
        match self {
            Self::SignIn => Uuid::nil(),
            Self::Reauthenticate(person) | Self::ChangePhone(person) => person,
        }
    }

    fn title(self) -> Text {
        match self {
            Self::SignIn => Text::new("登录验证码", "Code to sign in"),
            Self::Reauthenticate(_) => Text::new("身份验证码", "Code to confirm that it is you"),
            Self::ChangePhone(_) => Text::new("更换手机号验证码", "Code to change your phone"),
        }
    }

    /// The place where such a code for such a phone lies.
    fn place(self, vault: &Vault, phone: &str) -> [u8; 16] {
        let mut whole = self.person().as_bytes().to_vec();
        whole.extend_from_slice(phone.as_bytes());
        vault.index(&format!("one-time code {}", self.code()), &whole)
    }
}

/// A code that was sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CodeSent {
    /// After how many seconds another may be asked for.
    pub resend_after_s: i64,
    /// From when on it is dead.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// To which phone, masked.
    pub to_masked: String,
}

fn digest(vault: &Vault, id: Uuid, code: &str) -> [u8; 16] {
    let mut whole = id.as_bytes().to_vec();
    whole.extend_from_slice(code.as_bytes());
    vault.index("one-time code digits", &whole)
}

/// The phone as typed, in canonical form.
///
/// # Errors
/// `bad_phone`.
pub(super) fn typed_phone(text: &str) -> Used<String> {
    phone_number(text).ok_or_else(|| UseError::invalid("bad_phone", "this is no mobile phone number"))
}

/// Makes a code, keeps its digest, and sends it. Whose phone it is plays no part: known and unknown phones get the same answer in the same time.
pub(super) async fn send(app: &App, purpose: For, phone: &str, device: &DeviceInfo) -> Used<CodeSent> {
    let to = Address::Phone(phone.to_owned());
    let way =
        app.ways.of(ChannelKind::Sms).filter(|way| way.accepts(&to)).ok_or_else(|| {
            UseError::refused("channel_not_offered", "this office sends no text messages to this number")
        })?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    if let Some(network) = &device.network {
        lock::admit(&mut tx, &lock::CODE_FROM_NETWORK, network, now).await?;
        lock::code_from(&mut tx, network, app.settings.account.codes_per_network_hour, now).await?;
    }
    lock::admit(&mut tx, &lock::CODE_OF_PHONE, phone, now).await?;
    let resend_after_s = lock::pace(&mut tx, phone, now).await?;
    let (id, code) = (chance::new_id(now), chance::digits(DIGITS));
    let expires_at = now.checked_add(SignedDuration::from_secs(LIFETIME_S)).unwrap_or(now);
    let (place, code_digest) = (purpose.place(tx.vault(), phone), digest(tx.vault(), id, &code));
    tx.put_one_time_code(&OneTimeCode { place, id, code_digest, tries: 0, created_at: now, expires_at }).await?;
    tx.commit().await?;
    let minutes = LIFETIME_S / 60;
    let body = Text::new(
        format!("{code}，{minutes}分钟内有效。请勿告诉任何人，工作人员也不会索要。"),
        format!("{code}, valid for {minutes} minutes. Tell it to nobody; our staff never ask for it."),
    );
    let message = Message { notice: id, kind: "one_time_code".into(), title: purpose.title(), body, check: None, now };
    // It is sent now or not at all: a code that waited in a queue would have to be stored in clear.
    let outcome = match way.deliver(&to, &message).await {
        Attempt::Taken => "sent",
        Attempt::Later(_) | Attempt::Gone | Attempt::Refused(_) => "not_sent",
    };
    metrics::counter!("luzheng_one_time_codes_total", "purpose" => purpose.code(), "outcome" => outcome).increment(1);
    if outcome == "not_sent" {
        return Err(UseError::new(Kind::Unavailable, "code_not_sent", "the text message could not be sent"));
    }
    Ok(CodeSent { resend_after_s, expires_at, to_masked: mask::phone(phone) })
}

/// Whether a code is the one that was sent. A wrong one is counted, and that is committed before the error goes out.
async fn entered(app: &App, mut tx: Tx, purpose: For, phone: &str, code: &str, device: &DeviceInfo) -> Used<Tx> {
    let now = app.clock.now();
    if let Some(network) = &device.network {
        lock::admit(&mut tx, &lock::CODE_FROM_NETWORK, network, now).await?;
    }
    lock::admit(&mut tx, &lock::CODE_OF_PHONE, phone, now).await?;
    let place = purpose.place(tx.vault(), phone);
    let found = tx.lock_one_time_code(place).await?.filter(|c| c.expires_at > now && c.tries < MAX_TRIES);
    let given = digest(tx.vault(), found.as_ref().map_or(Uuid::nil(), |c| c.id), &normal_code(code));
    let expected = found.as_ref().map_or([0; 16], |c| c.code_digest);
    let right = constant_time::verify_slices_are_equal(&given, &expected).is_ok();
    let left = match (&found, right) {
        (Some(_), true) => {
            tx.end_one_time_code(place).await?;
            lock::succeeded(&mut tx, &lock::CODE_OF_PHONE, phone).await?;
            lock::pace_again(&mut tx, phone).await?;
            return Ok(tx);
        }
        (Some(code), false) => {
            tx.count_wrong_code(place).await?;
            MAX_TRIES - code.tries - 1
        }
        (None, _) => 0,
    };
    Err(wrong(tx, purpose, phone, (found.is_some(), left), device, now).await?)
}

/// Counts a wrong code, for the phone only when one was sent to it: nobody is locked out by codes entered for their phone alone.
async fn wrong(
    mut tx: Tx,
    purpose: For,
    phone: &str,
    (waiting, left): (bool, u32),
    device: &DeviceInfo,
    now: Timestamp,
) -> Used<UseError> {
    let mut error =
        UseError::new(Kind::Forbidden, "wrong_code", "this is not the code, or it has expired").tries_left(left);
    if let Some(network) = &device.network
        && let Err(locked) = lock::failed(&mut tx, &lock::CODE_FROM_NETWORK, network, now).await?
    {
        error = locked;
    }
    if waiting {
        let person = match purpose {
            For::SignIn => tx.person_of_phone(phone).await?,
            For::Reauthenticate(person) | For::ChangePhone(person) => Some(person),
        };
        let mut happened = Happening::WrongCode;
        match lock::failed(&mut tx, &lock::CODE_OF_PHONE, phone, now).await? {
            Ok(still) if error.code == "wrong_code" => error = error.tries_left(left.min(still)),
            Ok(_) => {}
            Err(locked) => {
                tx.end_one_time_code(purpose.place(tx.vault(), phone)).await?;
                (error, happened) = (locked, Happening::Locked);
            }
        }
        if let Some(person) = person {
            history::note(&mut tx, person, happened, Some(device), now).await?;
        }
    }
    tx.commit().await?;
    Ok(error)
}

/// Checks a code for something and goes on in the same transaction.
pub(super) async fn confirmed(app: &App, purpose: For, phone: &str, code: &str, device: &DeviceInfo) -> Used<Tx> {
    let tx = app.store.write().await?;
    entered(app, tx, purpose, phone, code, device).await
}

/// Sends a code to sign in with. The answer is the same for every phone.
///
/// # Errors
/// `bad_phone`, `too_often`, `locked`, `channel_not_offered`, `code_not_sent`; the store.
pub async fn ask(app: &App, phone: &str, device: &DeviceInfo) -> Used<CodeSent> {
    send(app, For::SignIn, &typed_phone(phone)?, device).await
}

/// Signs in with a code; somebody new has an account of level 1 then.
///
/// # Errors
/// `bad_phone`, `wrong_code`, `locked`; the store.
pub async fn sign_in(app: &App, phone: &str, code: &str, device: &DeviceInfo) -> Used<Begun> {
    let phone = typed_phone(phone)?;
    let now = app.clock.now();
    let mut tx = confirmed(app, For::SignIn, &phone, code, device).await?;
    let person = find_or_open(&mut tx, Whose::Phone(&phone), now).await?;
    let begun = begin_session(&mut tx, app, person, SignInWay::Code, device, now).await?;
    tx.commit().await?;
    Ok(begun)
}

/// The phone of an account.
pub(super) async fn own_phone(app: &App, session: &Session) -> Used<String> {
    let account = app.store.read().await?.find_account(session.person).await?;
    account
        .and_then(|a| a.phone)
        .ok_or_else(|| UseError::refused("no_phone", "this account has no phone; prove who you are in another way"))
}

/// Sends a code to the account's own phone, to prove again who one is.
///
/// # Errors
/// `no_phone`, and as [`ask`].
pub async fn ask_again(app: &App, session: &Session, device: &DeviceInfo) -> Used<CodeSent> {
    send(app, For::Reauthenticate(session.person), &own_phone(app, session).await?, device).await
}

/// Proves by a code again who one is. Answers with the session's new token; the old one is dead.
///
/// # Errors
/// `no_phone`, `wrong_code`, `locked`; the store.
pub async fn reauthenticate(app: &App, session: &Session, code: &str, device: &DeviceInfo) -> Used<String> {
    let phone = own_phone(app, session).await?;
    let now = app.clock.now();
    let mut tx = confirmed(app, For::Reauthenticate(session.person), &phone, code, device).await?;
    let token = rotate(&mut tx, session, device, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// As [`reauthenticate`], with one tap, for the demonstration's people.
///
/// # Errors
/// `not_a_demo_person`; the store.
pub async fn reauthenticate_demo(app: &App, session: &Session, device: &DeviceInfo) -> Used<String> {
    if !app.settings.demo || session.how != SignInWay::Demo {
        let sentence = "only people of a demonstration prove with one tap who they are";
        return Err(UseError::new(Kind::Forbidden, "not_a_demo_person", sentence));
    }
    let mut tx = app.store.write().await?;
    let token = rotate(&mut tx, session, device, app.clock.now()).await?;
    tx.commit().await?;
    Ok(token)
}
