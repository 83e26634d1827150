//! The drivers of the demonstration: their registers, and what they have sent in.

use super::{EXPORT_DAYS, source};
use crate::app::App;
use crate::chance;
use crate::clock::{china_date, china_midnight};
use crate::demo_cast::{self, Application as Wants, Cast, CastLicence, faces};
use crate::usecase::application::{self, Application, PhotoChoice, PhotoOrigin};
use crate::usecase::error::{UseError, Used};
use crate::usecase::import::{self, DriverSource, Nobody, Options};
use crate::usecase::review;
use crate::usecase::session::{Role, Session};
use crate::usecase::view::Text;
use jiff::ToSpan;
use jiff::civil::Date;
use luzheng_domain::case::{CaseKind, PhotoDecision, RejectionReason};
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::driver::LicenceNumber;
use luzheng_domain::region;
use luzheng_store::driver::StoredDriver;
use luzheng_store::photo::NewPhoto;
use std::path::Path;
use std::sync::Arc;
use uuid::Uuid;

/// Drivers looked at in one go when those who send a photo are chosen.
const STEP: u32 = 500;

fn broken(error: impl std::fmt::Display) -> UseError {
    UseError::broken("demo", error.to_string())
}

/// One export of drivers goes in as any does.
async fn register(app: &App, name: &str, text: String, photos: &Path, exported: Date) -> Used<u64> {
    let options = Options { as_of: Some(china_midnight(exported)), ..Options::default() };
    let sources = vec![DriverSource { source: source(name, text)?, photos: vec![photos.to_owned()] }];
    let summary = import::drivers(&app.store, sources, &options, &mut Nobody, app.clock.now()).await?;
    if let Some((file, failure)) = summary.failure() {
        return Err(broken(format!("{file}: {}", failure.message)));
    }
    if summary.rejected() > 0 {
        return Err(broken(format!("{} rows of {name} were rejected", summary.rejected())));
    }
    Ok(summary.files.iter().map(|f| f.inserted).sum())
}

/// The cast's licences and those around it, with their photos.
pub(super) async fn registers(app: &App, cast: &Cast, today: Date) -> Used<u64> {
    let photos = tempfile::TempDir::new().map_err(broken)?;
    faces::write_photos(photos.path()).map_err(broken)?;
    let exported = today.saturating_sub(EXPORT_DAYS.days());
    let named = register(app, "cast-drivers.csv", cast.drivers_csv(), photos.path(), exported).await?;
    let around = demo_cast::background_drivers(today).map_err(broken)?;
    Ok(named + register(app, "background-drivers.csv", around, photos.path(), today).await?)
}

fn citizen(account: Uuid, owner: Uuid) -> Session {
    Session::acting(account, Role::Citizen, Some(owner), Text::new("", ""))
}

/// Somebody sends a photo in and applies with it. The faces were looked at when they were drawn; looking again would take a second each without
/// optimisation.
async fn apply(app: &App, session: &Session, driver: Uuid, face: (u64, bool), urgent: bool) -> Used<()> {
    let now = app.clock.now();
    let id = chance::new_id(now);
    let mut tx = app.store.write().await?;
    tx.put_photo(&NewPhoto {
        driver,
        id,
        bytes: &faces::face(face.0, face.1),
        width: faces::TAKEN.0,
        height: faces::TAKEN.1,
        origin: PhotoOrigin::Camera,
        taken_on: None,
        checks: &faces::checks(face.0, face.1),
        created_at: now,
    })
    .await?;
    tx.commit().await?;
    let asked = Application { kind: CaseKind::First, photo: PhotoChoice::New(id), urgent, idempotency_key: None };
    application::apply(app, session, &asked).await.map(drop)
}

async fn driver_of(app: &App, licence: &CastLicence) -> Used<StoredDriver> {
    let number = LicenceNumber::parse(&licence.row["licence_number"]).map_err(broken)?.value;
    let found = app.store.read().await?.find_driver_by_number(&number).await?;
    found.ok_or_else(|| broken("a driver of the cast is not in the register"))
}

/// What the cast and some drivers around it have sent in, and what the office said to the first.
pub(super) async fn applications(app: &Arc<App>, cast: &Cast) -> Used<()> {
    for (person, licence) in cast.licences().filter(|(_, licence)| licence.application == Wants::Rejected) {
        let driver = driver_of(app, licence).await?;
        // An urgent one comes first in the queue and is decided by one look.
        apply(app, &citizen(person.id, driver.owner), driver.id, licence.face, true).await?;
        reject(app, cast).await?;
    }
    for (person, licence) in cast.licences().filter(|(_, licence)| licence.application == Wants::Waiting) {
        let driver = driver_of(app, licence).await?;
        apply(app, &citizen(person.id, driver.owner), driver.id, licence.face, false).await?;
    }
    for (number, driver) in (0..).zip(without_photo(app, cast).await?) {
        let female = driver.facts.sex == luzheng_domain::driver::Sex::Female;
        apply(app, &citizen(driver.id, driver.owner), driver.id, (number, female), false).await?;
    }
    Ok(())
}

/// A reviewer of the cast refuses the photo that is next.
async fn reject(app: &App, cast: &Cast) -> Used<()> {
    let reviewer = cast.people.iter().find(|p| p.role == Role::Staff).ok_or_else(|| broken("there is no staff"))?;
    let session = Session::acting(reviewer.id, Role::Staff, None, Text::from(reviewer.name.clone()));
    let found = review::next(app, &session).await?.ok_or_else(|| broken("no photo waits"))?;
    review::decide(app, &session, found.id, PhotoDecision::Rejected(RejectionReason::Background), None).await.map(drop)
}

/// Drivers around the cast who may apply and have no photo.
async fn without_photo(app: &App, cast: &Cast) -> Used<Vec<StoredDriver>> {
    let today = china_date(app.clock.now());
    let kind = CredentialKind::DrivingLicence;
    let mut chosen = Vec::new();
    let mut after = None;
    let mut tx = app.store.read().await?;
    loop {
        let page = tx.drivers_page(after, &[], STEP).await?;
        let Some(last) = page.last() else { return Ok(chosen) };
        after = Some(last.id);
        for driver in page {
            let open = region::rollout::is_open(kind, driver.facts.division, today);
            let may = open && driver.facts.effective_status(today).may_apply().is_ok();
            // The cast sends its own photos.
            let of_cast =
                cast.licences().any(|(_, licence)| licence.row["licence_number"] == driver.facts.number.as_str());
            if !may || of_cast || tx.current_photo(driver.id).await?.is_some() {
                continue;
            }
            chosen.push(driver);
            if chosen.len() == demo_cast::WAITING {
                return Ok(chosen);
            }
        }
    }
}
