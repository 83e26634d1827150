//! The demonstration country: fictional people and vehicles, settled by the same imports, issuing and events as a real one.

pub mod account;
mod drivers;
mod filing;
pub mod officer;
mod paper;
pub mod partner;

use super::error::{UseError, Used};
use super::event::{self, Outcome};
use super::import::{self, Nobody, Options};
use super::issue::{self, BulkOptions};
use super::key::{self, NewKey};
use super::session::{Params, demo_account};
use crate::app::App;
use crate::clock::{china_date, china_midnight};
use crate::demo_cast::{self, Cast, EXPORT_DAYS, Role};
use crate::register::Source;
use crate::synth::{ALL_COLUMNS, SynthError};
use crate::usecase::{catch_up, deadline, licence};
use jiff::ToSpan;
use jiff::civil::Date;
use luzheng_credential::sign::Algorithm;
use luzheng_credential::trust::{KeyUse, Region};
use luzheng_domain::region::provinces;
use luzheng_store::channel::ChannelSetting;
use luzheng_store::session::Person;
use std::sync::Arc;

const META_DAY: &str = "demo_day";
/// Provinces whose authorities sign with SM2 in the demonstration; the others sign with ES256.
pub const SM2_PROVINCES: [u32; 8] = [110_000, 310_000, 320_000, 370_000, 420_000, 440_000, 510_000, 610_000];

/// Whether the store holds something that no demonstration settled: nothing of ours may be mixed into it.
///
/// # Errors
/// The store.
pub async fn is_foreign(app: &App) -> Used<bool> {
    if settled_for(app).await?.is_some() {
        return Ok(false);
    }
    let mut tx = app.store.read().await?;
    Ok(!tx.people().await?.is_empty() || tx.vehicle_count().await? > 0 || tx.driver_count().await? > 0)
}

/// What settling did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settled {
    /// Whether anything was made; otherwise it was there already.
    pub made: bool,
    /// Vehicles.
    pub vehicles: u64,
    /// Drivers.
    pub drivers: u64,
    /// Marks signed.
    pub marks: u64,
    /// Electronic licences issued.
    pub licences: u64,
    /// People who can be signed in.
    pub people: u64,
}

/// The day for which the demonstration was settled, when it was.
///
/// # Errors
/// The store.
pub async fn settled_for(app: &App) -> Used<Option<Date>> {
    let found = app.store.read().await?.meta(META_DAY).await?;
    Ok(found.and_then(|bytes| String::from_utf8(bytes).ok()).and_then(|text| text.parse().ok()))
}

/// Settles the country unless it is settled.
///
/// # Errors
/// The store or keys; a cast that the rules refuse (a test keeps it right).
pub async fn settle(app: &Arc<App>, progress: &(dyn Fn(u64) + Sync)) -> Used<Settled> {
    let today = china_date(app.clock.now());
    if settled_for(app).await?.is_some() {
        return Ok(Settled::default());
    }
    let cast = demo_cast::cast(today);
    provincial_keys(app).await?;
    let vehicles = registers(app, &cast, today).await?;
    progress(vehicles);
    let drivers = drivers::registers(app, &cast, today).await?;
    progress(vehicles + drivers);
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let options = BulkOptions { divisions: Vec::new(), workers, actor: "demo".into() };
    let issued = issue::bulk(app, &options, &|_| ()).await?;
    let licences = licence::bulk::bulk(app, &options, &|_| ()).await?;
    let people = people(app, &cast).await?;
    events(app, &cast).await?;
    account::settle(app, today).await?;
    drivers::applications(app, &cast).await?;
    filing::settle(app, &cast).await?;
    paper::settle(app, &cast).await?;
    officer::settle(app, &cast).await?;
    partner::settle(app, &cast).await?;
    deadline::run::run(app, today, &|_| ()).await?;
    catch_up(app).await?;
    let mut tx = app.store.write().await?;
    tx.put_meta(META_DAY, today.to_string().as_bytes()).await?;
    tx.commit().await?;
    Ok(Settled { made: true, vehicles, drivers, marks: issued.issued, licences: licences.migrated, people })
}

/// Every province signs its marks with a key of its own, some with SM2; those show their live codes with an SM2 key too.
async fn provincial_keys(app: &App) -> Used<()> {
    let region = |code| Region::new(code).ok_or_else(|| UseError::broken("demo", "a province without a code"));
    let sm2 = SM2_PROVINCES.iter().map(|code| region(*code)).collect::<Used<Vec<_>>>()?;
    let mut wanted = vec![NewKey { algorithm: Algorithm::Sm2, key_use: KeyUse::Live, regions: sm2 }];
    for province in provinces() {
        let code = province.division.code();
        let algorithm = if SM2_PROVINCES.contains(&code) { Algorithm::Sm2 } else { Algorithm::Es256 };
        wanted.push(NewKey { algorithm, key_use: KeyUse::Mark, regions: vec![region(code)?] });
    }
    key::generate(app, &wanted, "demo").await?;
    Ok(())
}

fn source(name: &str, text: String) -> Used<Source> {
    Source::from_reader(name, std::io::Cursor::new(text.into_bytes()))
        .map_err(|e| UseError::broken("demo", e.to_string()))
}

/// The vehicles around the cast as a register export.
fn background_csv(cast: &Cast, today: Date) -> Used<String> {
    let broken = |e: SynthError| UseError::broken("demo", e.to_string());
    let register = demo_cast::background(cast, today).map_err(broken)?;
    let mut text = ALL_COLUMNS.join(",") + "\n";
    for row in register.rows() {
        row.map_err(broken)?.write_csv(&mut text, true);
        text.push('\n');
    }
    Ok(text)
}

/// The register exports go in as any export does.
async fn registers(app: &App, cast: &Cast, today: Date) -> Used<u64> {
    let sources =
        vec![source("cast.csv", cast.vehicles_csv())?, source("background.csv", background_csv(cast, today)?)?];
    let exported = china_midnight(today.saturating_sub(EXPORT_DAYS.days()));
    let options = Options { as_of: Some(exported), ..Options::default() };
    let summary = import::vehicles(&app.store, sources, &options, &mut Nobody, app.clock.now()).await?;
    if let Some((file, failure)) = summary.failure() {
        return Err(UseError::broken("demo", format!("{file}: {}", failure.message)));
    }
    if summary.rejected() > 0 {
        return Err(UseError::broken(
            "demo",
            format!("{} rows of the demonstration's registers were rejected", summary.rejected()),
        ));
    }
    Ok(summary.files.iter().map(|f| f.inserted).sum())
}

/// The cast's stories are told by events.
async fn events(app: &Arc<App>, cast: &Cast) -> Used<()> {
    for event in cast.events() {
        let receipt = event::apply_event(app, &event.to_string()).await?;
        if !matches!(receipt.outcome, Outcome::Applied | Outcome::Seen) {
            return Err(UseError::broken(
                "demo",
                format!(
                    "event {} came out as {:?}: {}",
                    event["id"],
                    receipt.outcome,
                    receipt.detail.unwrap_or_default()
                ),
            ));
        }
        // What it caused is signed before the next comes, as it would be in life.
        while issue::run_jobs(app).await? > 0 {}
    }
    Ok(())
}

async fn people(app: &App, cast: &Cast) -> Used<u64> {
    let now = app.clock.now();
    let mut tx = app.store.write().await?;
    for (order, person) in (0u32..).zip(&cast.people) {
        let owner = match (&person.owner, person.role) {
            (Some(details), Role::Citizen) => {
                Some(tx.put_owner(crate::chance::new_id(now), details, now, now).await?.id())
            }
            _ => None,
        };
        // In life everybody chooses for themselves; here the outbox is to have something in it.
        if let (Some(owner), Some(_)) = (owner, person.owner.as_ref().and_then(|details| details.phone.as_ref())) {
            tx.put_channel_setting(owner, &ChannelSetting { sms: true, email: None }, now).await?;
        }
        let params = Params {
            name_en: person.name.en.to_string(),
            case_zh: person.case.zh.to_string(),
            case_en: person.case.en.to_string(),
            order,
            vehicles: person.plates.clone(),
            opened: false,
        };
        let person = Person {
            id: person.id,
            role: person.role.code().into(),
            owner,
            name: person.name.zh.to_string(),
            params: serde_json::to_string(&params).map_err(|e| UseError::broken("demo", e.to_string()))?,
            created_at: now,
        };
        tx.put_person(&person).await?;
        demo_account(&mut tx, &person, now).await?;
    }
    tx.commit().await?;
    Ok(cast.people.len() as u64)
}
