//! The demonstration's officers: registered, on duty, and enrolled with one tap.

use crate::app::App;
use crate::clock::china_date;
use crate::demo_cast::{self, Cast, Person, Role};
use crate::usecase::bound::HolderKind;
use crate::usecase::bound::enrol::{EnrolmentCode, make_code};
use crate::usecase::error::{UseError, Used};
use crate::usecase::officer::register;
use luzheng_domain::region::Division;
use uuid::Uuid;

/// The word of an officer in the cast, the police number (nobody's), where the officer serves, and where else duty is allowed.
const OFFICERS: &[(&str, &str, u32, &[u32])] =
    &[("officer-suzhou", "0512001", 320_500, &[320_200]), ("officer-shenzhen", "0755001", 440_300, &[])];

fn division(code: u32) -> Used<Division> {
    Division::new(code).ok_or_else(|| UseError::broken("demo", "an officer without a place"))
}

/// Registers the officers of the cast under their accounts' ids, on duty until further notice.
pub(super) async fn settle(app: &App, cast: &Cast) -> Used<()> {
    for (key, number, home, also) in OFFICERS {
        let missing = || UseError::broken("demo", format!("{key} is not in the cast"));
        let person = cast.people.iter().find(|person| person.key == *key).ok_or_else(missing)?;
        register::add_as(app, person.id, number, &person.name.zh, division(*home)?, "demo").await?;
        for place in std::iter::once(home).chain(*also) {
            register::allow(app, number, division(*place)?, None, None, "demo").await?;
        }
    }
    Ok(())
}

fn holder(person: &Person) -> Option<HolderKind> {
    match person.role {
        Role::Officer => Some(HolderKind::Officer),
        Role::Insurer => Some(HolderKind::PartnerMember),
        Role::Citizen | Role::Staff => None,
    }
}

/// A code for a device of somebody of the cast, by their word or their account's id.
///
/// # Errors
/// This is no demonstration; nobody of the cast who has a device; the store.
pub async fn enrolment(app: &App, who: &str) -> Used<EnrolmentCode> {
    if !app.settings.demo {
        return Err(UseError::not_found("page: this is no demonstration"));
    }
    let now = app.clock.now();
    let id: Option<Uuid> = who.parse().ok();
    let cast = demo_cast::cast(china_date(now));
    let person = cast.people.iter().find(|person| person.key == who || Some(person.id) == id);
    let (person, kind) = person
        .and_then(|person| Some((person, holder(person)?)))
        .ok_or_else(|| UseError::not_found("person with a device"))?;
    let mut tx = app.store.write().await?;
    let code = make_code(&mut tx, kind, person.id, "demo", now).await?;
    tx.commit().await?;
    Ok(code)
}
