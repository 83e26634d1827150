//! Who shares vehicles in the demonstration: a filer with two vehicles and a request that waits, a manager, a unit with its administrator and operator.

use crate::app::App;
use crate::demo_cast::{Cast, Person};
use crate::usecase::error::{UseError, Used};
use crate::usecase::filing::{self, Appointment, Ask, Scan};
use crate::usecase::session::Session;
use crate::usecase::unit::{self, CounterPerson, NewMember, NewUnit};
use crate::usecase::view::Text;
use luzheng_store::vehicle::StoredVehicle;

/// Who has filed whose vehicles, and as what they know the owner.
const FILED: [(&str, &str, &str); 2] = [("filer", "not-due", "family"), ("filer", "new-energy", "friend")];
/// Who has asked for whose.
const ASKED: (&str, &str, &str) = ("filer", "due-this-month", "friend");
/// Who manages whose.
const MANAGED: (&str, &str) = ("manager", "exempt-window");
/// The unit, its administrator, its operator.
const UNIT: (&str, &str, &str) = ("fleet", "unit-administrator", "unit-operator");
/// Which member of staff filed the unit.
const COUNTER: &str = "staff-wuxi";

fn missing(what: &str) -> UseError {
    UseError::broken("demo", format!("the cast has no {what}"))
}

fn person<'c>(cast: &'c Cast, key: &str) -> Used<&'c Person> {
    cast.people.iter().find(|person| person.key == key).ok_or_else(|| missing(key))
}

/// Somebody of the cast, signed in a moment ago.
async fn signed_in(app: &App, person: &Person) -> Used<Session> {
    let found = app.store.read().await?.find_person(person.id).await?.ok_or_else(|| missing(&person.key))?;
    let name = Text::from(person.name.clone());
    let session = Session::acting(person.id, person.role, found.owner, name);
    Ok(Session { authenticated_at: app.clock.now(), ..session })
}

async fn first_vehicle(app: &App, session: &Session, key: &str) -> Used<StoredVehicle> {
    let owner = session.owner.ok_or_else(|| missing(key))?;
    app.store.read().await?.vehicles_of_owner(owner).await?.into_iter().next().ok_or_else(|| missing(key))
}

fn phone(person: &Person) -> Used<String> {
    person.owner.as_ref().and_then(|owner| owner.phone.clone()).ok_or_else(|| missing(&person.key))
}

fn number(person: &Person) -> Used<String> {
    Ok(person.owner.as_ref().ok_or_else(|| missing(&person.key))?.number.as_str().to_owned())
}

/// Settles who shares what.
pub(super) async fn settle(app: &App, cast: &Cast) -> Used<()> {
    for (filer, owner, relation) in FILED {
        let (filer, owner) = (person(cast, filer)?, person(cast, owner)?);
        let (filing, owning) = (signed_in(app, filer).await?, signed_in(app, owner).await?);
        let vehicle = first_vehicle(app, &owning, &owner.key).await?;
        let token = filing::consent(app, &owning, vehicle.id).await?.token;
        filing::scan(app, &filing, &Scan { token, relation: relation.into() }).await?;
    }
    let (filer, owner, relation) = ASKED;
    let vehicle = first_vehicle(app, &signed_in(app, person(cast, owner)?).await?, owner).await?.facts;
    let vin = vehicle.vin.as_str();
    let ask = Ask {
        plate_number: vehicle.plate.number.to_string(),
        plate_type: vehicle.plate.plate_type.code().into(),
        vin_last6: vin[vin.len().saturating_sub(6)..].to_owned(),
        relation: relation.into(),
    };
    // The code goes nowhere: the process that settles is not the one whose outbox can be read. The owner agrees, or the filer asks anew.
    filing::ask(app, &signed_in(app, person(cast, filer)?).await?, &ask, None).await?;
    let (manager, owner) = (person(cast, MANAGED.0)?, signed_in(app, person(cast, MANAGED.1)?).await?);
    let vehicle = first_vehicle(app, &owner, MANAGED.1).await?;
    let new = Appointment { phone: phone(manager)?, name: manager.name.zh.to_string() };
    let asked = filing::appoint(app, &owner, vehicle.id, &new).await?;
    filing::agree(app, &signed_in(app, manager).await?, asked.id).await?;
    fleet(app, cast).await
}

/// The unit is filed at the counter, and its administrator adds the operator.
async fn fleet(app: &App, cast: &Cast) -> Used<()> {
    let (company, administrator, operator) = (person(cast, UNIT.0)?, person(cast, UNIT.1)?, person(cast, UNIT.2)?);
    let new = NewUnit {
        credit_code: number(company)?,
        administrator: CounterPerson { name: administrator.name.zh.to_string(), id_number: number(administrator)? },
        legal_person: None,
    };
    let filed = unit::file(app, &signed_in(app, person(cast, COUNTER)?).await?, &new).await?;
    let new = NewMember { phone: phone(operator)?, name: operator.name.zh.to_string() };
    unit::add(app, &signed_in(app, administrator).await?, filed.id, &new).await?;
    Ok(())
}
