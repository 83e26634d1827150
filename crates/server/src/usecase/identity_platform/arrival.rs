//! Who has come back from the platform: whose account that is, and at which level.

use super::Identity;
use super::flow::{Attempt, Purpose, refused, sign_in_required};
use crate::app::App;
use crate::chance;
use crate::usecase::account::{self, DeviceInfo, Whose, history, phone_number};
use crate::usecase::error::{UseError, Used};
use crate::usecase::session::{self, Level, Role, Session, SignInWay};
use jiff::Timestamp;
use luzheng_domain::account::Happening;
use luzheng_domain::mask;
use luzheng_domain::vehicle::{OwnerKind, OwnerNumber};
use luzheng_store::Tx;
use luzheng_store::account::Account;
use luzheng_store::session::Person;
use uuid::Uuid;

const WAY: SignInWay = SignInWay::IdentityPlatform;

/// Whom the platform's facts mean.
struct Vouched {
    /// The identity number, when the platform gave a well-formed one together with a name.
    number: Option<OwnerNumber>,
    /// The person of the register with that number and that name.
    owner: Option<Uuid>,
    /// L3 for a real person, L2 for facts; L1 when there is no identity number.
    level: Level,
}

fn mismatch() -> UseError {
    refused("identity_mismatch", "the identity platform's facts do not agree with the register; a counter can help")
}

/// The same name, however the middle dot of names of minorities and the spaces of foreign ones are written.
fn same_name(one: &str, other: &str) -> bool {
    let letters = |name: &str| -> String {
        name.chars()
            .filter(|c| !c.is_whitespace() && !matches!(c, '·' | '•' | '・' | '‧' | '∙' | '．' | '.'))
            .flat_map(char::to_uppercase)
            .collect()
    };
    letters(one) == letters(other)
}

/// Finds the platform's person in the register: by the identity number, and the name must be the same.
async fn vouched(tx: &mut Tx, identity: &Identity) -> Used<Vouched> {
    let (Some(name), Some(number)) = (&identity.name, &identity.id_number) else {
        return Ok(Vouched { number: None, owner: None, level: Level::L1 });
    };
    let number = OwnerNumber::parse(number, OwnerKind::Individual).map_err(|_| mismatch())?.value;
    let owner = tx.find_owner_by_number(&number).await?;
    if owner.as_ref().is_some_and(|o| o.details.kind != OwnerKind::Individual || !same_name(&o.details.name, name)) {
        return Err(mismatch());
    }
    let level = if identity.real_person { Level::L3 } else { Level::L2 };
    Ok(Vouched { number: Some(number), owner: owner.map(|o| o.id), level })
}

/// Whether an account can be this person's: whoever it is linked to in the register has the same number.
async fn may_be(tx: &mut Tx, person: Uuid, vouched: &Vouched) -> Used<bool> {
    let linked = tx.find_person(person).await?.and_then(|found| found.owner);
    let (Some(linked), Some(number)) = (linked, &vouched.number) else { return Ok(true) };
    Ok(tx.find_owner(linked).await?.is_some_and(|owner| owner.details.number == *number))
}

/// The session in which the attempt was begun, if it still lasts and is in the same browser.
async fn session_of(tx: &mut Tx, attempt: &Attempt, device: &DeviceInfo, now: Timestamp) -> Used<Session> {
    let (person, id) = attempt.session.ok_or_else(sign_in_required)?;
    let (session, agent) = session::by_id(tx, person, id, now).await?.ok_or_else(sign_in_required)?;
    if agent == device.agent { Ok(session) } else { Err(sign_in_required()) }
}

/// Does what the attempt was begun for; answers with the session's new token.
pub(super) async fn arrive(
    app: &App,
    attempt: &Attempt,
    identity: &Identity,
    device: &DeviceInfo,
    now: Timestamp,
) -> Used<String> {
    let mut tx = app.store.write().await?;
    let vouched = vouched(&mut tx, identity).await?;
    let linked = tx.find_identity_link(&identity.issuer, &identity.subject).await?;
    let token = match attempt.purpose {
        Purpose::SignIn => {
            let person = whose(&mut tx, &vouched, linked, now).await?;
            confirm(&mut tx, person, identity, &vouched, device, now).await?;
            account::begin_session(&mut tx, app, person, WAY, device, now).await?.token
        }
        Purpose::Reauthenticate => {
            let session = session_of(&mut tx, attempt, device, now).await?;
            let owner = tx.find_person(session.person).await?.and_then(|found| found.owner);
            // The platform's own name for the person, or the person of the register, must be those of this account.
            let same = linked == Some(session.person) || (owner.is_some() && owner == vouched.owner);
            if !same || !may_be(&mut tx, session.person, &vouched).await? {
                return Err(refused("platform_other_person", "somebody else signed in at the identity platform"));
            }
            again(&mut tx, &session, identity, device, now).await?
        }
        Purpose::Raise => {
            let session = session_of(&mut tx, attempt, device, now).await?;
            if vouched.level < Level::L3 {
                let sentence = "the identity platform did not check that it is a real person";
                return Err(refused("platform_level", sentence));
            }
            if !may_be(&mut tx, session.person, &vouched).await? {
                return Err(mismatch());
            }
            confirm(&mut tx, session.person, identity, &vouched, device, now).await?;
            again(&mut tx, &session, identity, device, now).await?
        }
    };
    tx.commit().await?;
    Ok(token)
}

/// The session goes on with a new token, at the account's full level.
async fn again(
    tx: &mut Tx,
    session: &Session,
    identity: &Identity,
    device: &DeviceInfo,
    now: Timestamp,
) -> Used<String> {
    tx.put_identity_link(&identity.issuer, &identity.subject, session.person, now).await?;
    tx.set_session_ceiling(session.person, session.id, Level::L4.number()).await?;
    account::rotate(tx, session, device, now).await
}

/// The account of whoever signs in; opened when there is none.
async fn whose(tx: &mut Tx, vouched: &Vouched, linked: Option<Uuid>, now: Timestamp) -> Used<Uuid> {
    if let Some(person) = linked {
        return if may_be(tx, person, vouched).await? { Ok(person) } else { Err(mismatch()) };
    }
    if let Some(owner) = vouched.owner {
        return account::find_or_open(tx, Whose::Owner(owner), now).await;
    }
    // Somebody of whom the register knows nothing yet: a learner, or whoever files another's vehicle.
    let person = chance::new_id(now);
    let role = Role::Citizen.code().to_owned();
    tx.put_person(&Person { id: person, role, owner: None, name: String::new(), params: "{}".into(), created_at: now })
        .await?;
    let level = Level::L1.number();
    let account = Account { person, phone: None, level, how: WAY.code().into(), changed_at: now };
    tx.put_account(&account).await?;
    history::note(tx, person, Happening::Opened, None, now).await?;
    Ok(person)
}

/// Writes down what the platform vouches for: link, level, and a phone where the account has none and nobody else has it.
async fn confirm(
    tx: &mut Tx,
    person: Uuid,
    identity: &Identity,
    vouched: &Vouched,
    device: &DeviceInfo,
    now: Timestamp,
) -> Used<()> {
    let before = tx.find_account(person).await?;
    match vouched.owner {
        Some(owner) => account::link(tx, person, owner, vouched.level, WAY, now).await?,
        None if vouched.number.is_some() => {
            if let (Some(found), Some(name)) = (tx.find_person(person).await?, &identity.name)
                && found.owner.is_none()
            {
                tx.put_person(&Person { name: name.clone(), ..found }).await?;
            }
            account::raise(tx, person, vouched.level, WAY, now).await?;
        }
        None => {}
    }
    tx.put_identity_link(&identity.issuer, &identity.subject, person, now).await?;
    give_phone(tx, person, identity).await?;
    let after = tx.find_account(person).await?;
    if before.as_ref().map(|a| a.level) != after.as_ref().map(|a| a.level) || before.is_none() {
        history::note(tx, person, Happening::PlatformConfirmed, Some(device), now).await?;
    }
    Ok(())
}

/// Without a phone the code could not be a way in. A number that another account has stays there.
async fn give_phone(tx: &mut Tx, person: Uuid, identity: &Identity) -> Used<()> {
    let Some(phone) = identity.phone.as_deref().and_then(phone_number) else { return Ok(()) };
    let Some(account) = tx.lock_account(person).await?.filter(|account| account.phone.is_none()) else {
        return Ok(());
    };
    if tx.take_phone(&phone, person).await? != person {
        return Ok(());
    }
    if let Some(found) = tx.find_person(person).await?.filter(|found| found.name.is_empty()) {
        tx.put_person(&Person { name: mask::phone(&phone), ..found }).await?;
    }
    Ok(tx.put_account(&Account { phone: Some(phone), ..account }).await?)
}

#[cfg(test)]
mod tests {
    use super::same_name;

    #[test]
    fn names_are_the_same_however_they_are_written() {
        for (one, other) in
            [("阿卜杜拉·买买提", "阿卜杜拉•买买提"), ("JOHN SMITH", "John Smith"), (" 张三丰 ", "张三丰")]
        {
            assert!(same_name(one, other), "{one} {other}");
        }
        for (one, other) in [("张三丰", "张三"), ("", "张"), ("李四", "张三")] {
            assert!(!same_name(one, other), "{one} {other}");
        }
    }
}
