//! Holders apply with the photo that the office has.

use super::place::{Paced, Running, quantiles, resident_mb};
use luzheng::chance;
use luzheng::config::ReviewSettings;
use luzheng::usecase::application::{Application, PhotoChoice, apply};
use luzheng::usecase::session::{Role, Session};
use luzheng::usecase::view::Text;
use luzheng_domain::case::CaseKind;
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::driver::StateLetter;
use luzheng_store::driver::StoredDriver;
use luzheng_store::photo::{NewPhoto, PhotoOrigin};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

/// A signed-in holder.
pub fn holder(driver: &StoredDriver) -> Session {
    Session::acting(driver.owner, Role::Citizen, Some(driver.owner), Text::new("x", "x"))
}

/// A person's portrait, as large as the office keeps them.
pub fn portrait() -> anyhow::Result<luzheng::photo::Portrait> {
    let drawn = luzheng::synth::portrait::card_photo(1, 1, false);
    luzheng::photo::accept_register_photo(&drawn).map_err(|error| anyhow::anyhow!("the drawn portrait: {error}"))
}

/// Whether the driver may apply and has not.
pub async fn may_apply(app: &luzheng::app::App, driver: &StoredDriver) -> anyhow::Result<bool> {
    let normal = driver.facts.effective_status(luzheng::clock::china_date(app.clock.now())).has(StateLetter::A);
    let mut tx = app.store.read().await?;
    let current = tx.find_current_credential(driver.id, CredentialKind::DrivingLicence).await?;
    Ok(normal && current.is_none() && tx.find_open_case(driver.id).await?.is_none())
}

pub async fn run(paced: &Paced) -> anyhow::Result<Value> {
    let running = Running::start(&paced.place, ReviewSettings::default()).await?;
    let app = Arc::clone(&running.app);
    let drivers =
        running.drivers(&paced.place, paced.count(), async |d: &StoredDriver| may_apply(&app, d).await).await?;
    let portrait = portrait()?;
    for part in drivers.chunks(200) {
        let mut tx = app.store.write().await?;
        for driver in part {
            let id = chance::new_id(app.clock.now());
            let photo = NewPhoto {
                driver: driver.id,
                id,
                bytes: &portrait.jpeg,
                width: portrait.width,
                height: portrait.height,
                origin: PhotoOrigin::Register,
                taken_on: None,
                checks: "[]",
                created_at: app.clock.now(),
            };
            tx.put_photo(&photo).await?;
            tx.set_current_photo(driver.id, id).await?;
        }
        tx.commit().await?;
    }
    let mut tasks = tokio::task::JoinSet::new();
    let begun = Instant::now();
    for (number, driver) in drivers.iter().cloned().enumerate() {
        let due = begun + paced.step() * u32::try_from(number).unwrap_or(u32::MAX);
        tokio::time::sleep_until(due.into()).await;
        let app = Arc::clone(&app);
        tasks.spawn(async move {
            let asked = Application {
                kind: CaseKind::First,
                photo: PhotoChoice::Stored,
                urgent: false,
                idempotency_key: Some(chance::new_id(app.clock.now()).to_string()),
            };
            let answer = apply(&app, &holder(&driver), &asked).await;
            let there = match app.store.read().await {
                Ok(mut tx) => tx.find_current_credential(driver.id, CredentialKind::DrivingLicence).await?.is_some(),
                Err(error) => return Err(anyhow::Error::from(error)),
            };
            answer.map_err(|error| anyhow::anyhow!("{}: {error}", error.code))?;
            anyhow::ensure!(there, "an application was answered and there is no licence");
            anyhow::Ok(due.elapsed().as_secs_f64())
        });
    }
    let mut took = Vec::new();
    while let Some(done) = tasks.join_next().await {
        took.push(done??);
    }
    let wall = begun.elapsed().as_secs_f64();
    let resident = resident_mb();
    running.end().await;
    Ok(json!({
        "applications": drivers.len(), "per_second": (drivers.len() as f64 / wall).round(),
        "applied_to_licence": quantiles(took), "resident_mb": resident,
    }))
}
