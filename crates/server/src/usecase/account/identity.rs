//! Who somebody is: name and identity number that agree with the register (L2), or a code given face to face at a counter (L4).

use super::device::DeviceInfo;
use super::{history, link, lock, phone_number};
use crate::app::App;
use crate::chance;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal;
use crate::usecase::session::{Level, Session, SignInWay};
use jiff::{SignedDuration, Timestamp};
use luzheng_domain::account::Happening;
use luzheng_domain::mask;
use luzheng_domain::text::{half_width, normal_code};
use luzheng_domain::vehicle::{OwnerDetails, OwnerKind, OwnerNumber};
use luzheng_store::Tx;
use luzheng_store::attempt::CounterCode;
use luzheng_store::owner::StoredOwner;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Longest name, in characters.
pub const MAX_NAME: usize = 100;
/// Longest identity number as typed, in characters.
pub const MAX_NUMBER: usize = 60;
/// Digits of a counter code.
pub const COUNTER_DIGITS: u32 = 8;
/// How long a counter code lives, in seconds: the person stands at the counter.
pub const COUNTER_LIFETIME_S: i64 = 15 * 60;

/// A code for somebody at the counter.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CounterCodeMade {
    /// The code, 8 digits. It is told this once.
    pub code: String,
    /// From when on it is dead.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// For whom, masked.
    pub name_masked: String,
}

/// A name as it is compared: half width, no blanks, one kind of middle dot, capital letters.
pub(crate) fn name_key(name: &str) -> String {
    name.chars()
        .map(half_width)
        .filter(|c| !c.is_whitespace())
        .map(|c| if matches!(c, '•' | '‧' | '∙' | '・' | '.' | '．' | '●') { '·' } else { c })
        .flat_map(char::to_uppercase)
        .collect()
}

/// A name and an identity number as typed: the name as it is compared, and the number.
///
/// # Errors
/// `bad_name`, `bad_id_number`.
pub(crate) fn typed(name: &str, id_number: &str) -> Used<(String, OwnerNumber)> {
    let bad = |why: &str| UseError::invalid("bad_id_number", why.to_owned());
    if name.chars().count() > MAX_NAME || name_key(name).is_empty() {
        return Err(UseError::invalid("bad_name", "a name has 1 to 100 characters"));
    }
    if id_number.chars().count() > MAX_NUMBER {
        return Err(bad("an identity number is not that long"));
    }
    let number = OwnerNumber::parse(id_number, OwnerKind::Individual)
        .map_err(|_| bad("this is no identity number; please check it"))?;
    Ok((name_key(name), number.value))
}

fn mismatch() -> UseError {
    UseError::refused("identity_mismatch", "name, identity number and phone do not agree with the register")
}

/// Whether a record of the register is of a person with this name, given as it is compared.
pub(crate) fn is_person(details: &OwnerDetails, name: &str) -> bool {
    details.kind == OwnerKind::Individual && name_key(&details.name) == name
}

/// Whether what was typed and the account's phone agree with the register. Somebody who was found out before needs the phone no more: it is the
/// account's, and the register may still have an older one.
async fn agrees(tx: &mut Tx, person: Uuid, name: &str, number: &OwnerNumber) -> Used<Option<StoredOwner>> {
    let Some(account) = tx.lock_account(person).await? else { return Ok(None) };
    let linked = tx.find_person(person).await?.and_then(|p| p.owner);
    let Some(found) = tx.find_owner_by_number(number).await? else { return Ok(None) };
    let phone = found.details.phone.as_deref().and_then(phone_number);
    let same_phone = phone.is_some() && phone == account.phone;
    let fits = linked.map_or(same_phone, |linked| linked == found.id);
    Ok((fits && is_person(&found.details, name)).then_some(found))
}

/// Links the account to the person of the register whose name, identity number and phone agree: level 2. On a session that counted for less than its
/// account, it shows that it is still the same person.
///
/// # Errors
/// `bad_name`, `bad_id_number`, `identity_mismatch`, `locked`, `already_linked`; the store.
pub async fn confirm(app: &App, session: &Session, name: &str, id_number: &str, device: &DeviceInfo) -> Used<()> {
    if session.level >= Level::L2 {
        return Ok(());
    }
    let (name, number) = typed(name, id_number)?;
    let now = app.clock.now();
    let account = session.person.to_string();
    let mut tx = app.store.write().await?;
    let limits = [
        (&lock::IDENTITY_FROM_NETWORK, device.network.clone()),
        (&lock::IDENTITY_OF_ACCOUNT, Some(account.clone())),
        (&lock::IDENTITY_OF_NUMBER, Some(number.as_str().to_owned())),
    ];
    for (limit, who) in &limits {
        if let Some(who) = who {
            lock::admit(&mut tx, limit, who, now).await?;
        }
    }
    if let Some(found) = agrees(&mut tx, session.person, &name, &number).await? {
        link(&mut tx, session.person, found.id, Level::L2, SignInWay::Code, now).await?;
        tx.set_session_ceiling(session.person, session.id, Level::L4.number()).await?;
        lock::succeeded(&mut tx, &lock::IDENTITY_OF_ACCOUNT, &account).await?;
        history::note(&mut tx, session.person, Happening::IdentityConfirmed, Some(device), now).await?;
        return Ok(tx.commit().await?);
    }
    let mut error = mismatch();
    for (limit, who) in &limits {
        let Some(who) = who else { continue };
        match lock::failed(&mut tx, limit, who, now).await? {
            // Only the account's own count is told: the others are about strangers.
            Ok(left) if limit.scope == lock::IDENTITY_OF_ACCOUNT.scope => error.tries_left = Some(left),
            Ok(_) => {}
            Err(locked) => error = locked,
        }
    }
    history::note(&mut tx, session.person, Happening::IdentityRefused, Some(device), now).await?;
    tx.commit().await?;
    Err(error)
}

fn counter_digest(tx: &Tx, code: &str) -> [u8; 16] {
    tx.vault().index("counter code", code.as_bytes())
}

/// Makes a code for a person whose document a member of staff has seen.
///
/// # Errors
/// `bad_name`, `bad_id_number`; `identity_mismatch` when the register has no such person; the store.
pub async fn counter_code(app: &App, session: &Session, name: &str, id_number: &str) -> Used<CounterCodeMade> {
    let (name, number) = typed(name, id_number)?;
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    let found = tx.find_owner_by_number(&number).await?.filter(|found| is_person(&found.details, &name));
    let found = found.ok_or_else(|| {
        UseError::refused("identity_mismatch", "the register has nobody with this name and identity number")
    })?;
    let code = chance::digits(COUNTER_DIGITS);
    let expires_at = now.checked_add(SignedDuration::from_secs(COUNTER_LIFETIME_S)).unwrap_or(now);
    let code_digest = counter_digest(&tx, &code);
    let row = CounterCode { code_digest, owner: found.id, made_by: session.person, created_at: now, expires_at };
    tx.put_counter_code(&row).await?;
    let detail = serde_json::json!({});
    journal::note(&mut tx, now, &session.actor(), "counter_code.made", Some(found.id), &detail).await?;
    tx.commit().await?;
    Ok(CounterCodeMade { code, expires_at, name_masked: mask::name(&found.details.name) })
}

/// Enters a counter code: level 4, and the account is that person's, whoever's it was before.
///
/// # Errors
/// `wrong_code`, `locked`; `already_linked` when this account is another person's; the store.
pub async fn counter(app: &App, session: &Session, code: &str, device: &DeviceInfo) -> Used<()> {
    let now = app.clock.now();
    let account = session.person.to_string();
    let limits =
        [(&lock::COUNTER_FROM_NETWORK, device.network.clone()), (&lock::COUNTER_OF_ACCOUNT, Some(account.clone()))];
    let mut tx = app.store.write().await?;
    for (limit, who) in &limits {
        if let Some(who) = who {
            lock::admit(&mut tx, limit, who, now).await?;
        }
    }
    let code = normal_code(code);
    let is_code = u32::try_from(code.len()) == Ok(COUNTER_DIGITS) && code.bytes().all(|b| b.is_ascii_digit());
    let digest = counter_digest(&tx, &code);
    let taken = if is_code { tx.take_counter_code(digest, now).await? } else { None };
    if let Some(taken) = taken {
        link(&mut tx, session.person, taken.owner, Level::L4, SignInWay::Counter, now).await?;
        tx.set_session_ceiling(session.person, session.id, Level::L4.number()).await?;
        lock::succeeded(&mut tx, &lock::COUNTER_OF_ACCOUNT, &account).await?;
        history::note(&mut tx, session.person, Happening::CounterConfirmed, Some(device), now).await?;
        let detail = serde_json::json!({"made_by": taken.made_by});
        journal::note(&mut tx, now, &session.actor(), "counter_code.used", Some(taken.owner), &detail).await?;
        return Ok(tx.commit().await?);
    }
    let mut error = UseError::new(Kind::Forbidden, "wrong_code", "this is not the code, or it has expired");
    for (limit, who) in &limits {
        let Some(who) = who else { continue };
        match lock::failed(&mut tx, limit, who, now).await? {
            Ok(left) if limit.scope == lock::COUNTER_OF_ACCOUNT.scope => error.tries_left = Some(left),
            Ok(_) => {}
            Err(locked) => error = locked,
        }
    }
    history::note(&mut tx, session.person, Happening::WrongCode, Some(device), now).await?;
    tx.commit().await?;
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_people_write_them() {
        assert_eq!(name_key("阿依古丽・买买提"), name_key("阿依古丽·买买提"));
        assert_eq!(name_key(" 张 三丰 "), "张三丰");
        assert_eq!(name_key("John Smith"), name_key("JOHN　ＳＭＩＴＨ"));
        assert_ne!(name_key("张三"), name_key("张三丰"));
    }

    #[test]
    fn what_is_typed_has_a_ceiling() {
        assert_eq!(typed("", "11010519491231002X").unwrap_err().code, "bad_name");
        assert_eq!(typed(&"长".repeat(101), "11010519491231002X").unwrap_err().code, "bad_name");
        assert_eq!(typed("张三丰", &"1".repeat(61)).unwrap_err().code, "bad_id_number");
        assert_eq!(typed("张三丰", "110105194912310021").unwrap_err().code, "bad_id_number");
        assert!(typed("张三丰", "11010519491231002x").is_ok());
    }
}
