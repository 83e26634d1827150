//! Marks on paper of the demonstration: the cast's own, and some orders around it that wait at the office's desk.

use crate::app::App;
use crate::demo_cast::{Cast, PaperStage, Role};
use crate::usecase::application::CaseView;
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::mark_case::order_paper;
use crate::usecase::paper_order::{Delivery, Step, act};
use crate::usecase::session::Session;
use crate::usecase::view::Text;
use luzheng_domain::case::kind::mark::{PaperReason, Way};
use luzheng_domain::region::{Division, divisions_under};
use luzheng_store::vehicle::StoredVehicle;
use uuid::Uuid;

/// So many orders around the cast wait to be made.
const WAITING: usize = 12;
/// How many vehicles are looked at for them.
const LOOKED_AT: u32 = 400;

/// Orders and carries on.
///
/// # Errors
/// The store; a cast that the rules refuse.
pub(super) async fn settle(app: &App, cast: &Cast) -> Used<()> {
    let desk = cast.people.iter().find(|person| person.role == Role::Staff);
    let desk = desk.ok_or_else(|| UseError::broken("demo", "nobody is at the desk"))?;
    let desk = Session::acting(desk.id, Role::Staff, None, desk.name.clone().into());
    for person in &cast.people {
        let (Some(stage), Some(details)) = (person.paper, &person.owner) else { continue };
        let mut tx = app.store.read().await?;
        let found = tx.find_owner_by_number(&details.number).await?;
        let owner = found.ok_or_else(|| UseError::broken("demo", format!("{} is not in the register", person.key)))?;
        let session = Session::acting(person.id, Role::Citizen, Some(owner.id), person.name.clone().into());
        let vehicle = tx.vehicles_of_owner(owner.id).await?.into_iter().next();
        drop(tx);
        let vehicle = vehicle.ok_or_else(|| UseError::broken("demo", format!("{} has no vehicle", person.key)))?;
        let case = order(app, &session, &vehicle, stage).await?;
        carry_on(app, &desk, case.id, stage).await?;
    }
    around(app, cast).await
}

/// Where a vehicle of the demonstration has its paper sent: the first district of its city.
fn delivery(app: &App, vehicle: &StoredVehicle, way: Way, name: &str) -> Option<Delivery> {
    let city = vehicle.facts.division.prefecture();
    if way == Way::PickUp {
        let near = crate::usecase::paper_order::near(app, Some(city)).ok()?;
        return near.into_iter().next().map(|office| Delivery::Pickup { office: office.id });
    }
    let today = app.clock.today();
    let under = |division: Division| {
        divisions_under(Some(division), today).find(|row| !row.division.to_string().ends_with("00"))
    };
    let district = under(city).or_else(|| under(vehicle.facts.division.province()));
    Some(Delivery::Post {
        recipient: name.to_owned(),
        phone: None,
        division: district?.division.to_string(),
        address: "示范小区1号楼101室（虚构）".into(),
    })
}

async fn order(app: &App, session: &Session, vehicle: &StoredVehicle, stage: PaperStage) -> Used<CaseView> {
    let way = if stage == PaperStage::Ready { Way::PickUp } else { Way::Post };
    let delivery = delivery(app, vehicle, way, &session.name.zh)
        .ok_or_else(|| UseError::broken("demo", format!("{} has no address", vehicle.facts.plate)))?;
    order_paper(app, session, vehicle.id, PaperReason::Lost, &delivery, None).await
}

async fn carry_on(app: &App, desk: &Session, case: Uuid, stage: PaperStage) -> Used<()> {
    let mut tx = app.store.read().await?;
    let stored = tx.find_mark_case(case).await?.ok_or_else(|| UseError::broken("demo", "no case"))?;
    let paper = tx.paper_of_case(stored.vehicle, case).await?.ok_or_else(|| UseError::broken("demo", "no paper"))?;
    drop(tx);
    let sent =
        Step::Dispatched { carrier: "示范速递（虚构）".into(), tracking_number: "XG202600000071".into() };
    let steps: &[Step] = match stage {
        PaperStage::Ordered => &[],
        PaperStage::Dispatched => &[Step::Produced, sent],
        PaperStage::Ready => &[Step::Produced, Step::Ready],
    };
    for step in steps {
        act(app, desk, paper.id, step).await?;
    }
    Ok(())
}

/// Some owners around the cast want their mark on paper; whoever may not, does not.
async fn around(app: &App, cast: &Cast) -> Used<()> {
    let vehicles = app.store.read().await?.vehicles(None, LOOKED_AT).await?;
    let mut waiting = 0;
    for (number, vehicle) in vehicles.into_iter().enumerate() {
        if waiting == WAITING {
            break;
        }
        // The cast has stories of its own.
        if cast
            .people
            .iter()
            .any(|person| person.plates.iter().any(|plate| plate == vehicle.facts.plate.number.as_str()))
        {
            continue;
        }
        let mut tx = app.store.read().await?;
        let Some(owner) = tx.find_owner(vehicle.facts.owner).await? else { continue };
        drop(tx);
        let name = Text::new(owner.details.name.clone(), owner.details.name);
        let session = Session::acting(Uuid::nil(), Role::Citizen, Some(vehicle.facts.owner), name);
        let way = if number % 3 == 0 { Way::PickUp } else { Way::Post };
        let Some(delivery) = delivery(app, &vehicle, way, &session.name.zh) else { continue };
        match order_paper(app, &session, vehicle.id, PaperReason::Wanted, &delivery, None).await {
            Ok(_) => waiting += 1,
            Err(error) if matches!(error.kind, Kind::Refused | Kind::Conflict | Kind::Invalid) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
