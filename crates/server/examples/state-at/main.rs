//! A million random questions "how did the vehicle with this plate stand at T, as known at K" against a ground truth kept by the generator.
//!
//! `cargo run --release -p luzheng --example state-at -- [VEHICLES] [QUESTIONS] [SEED]`; 3,000 vehicles, 1,000,000 questions and seed 1 when
//! nothing is said. Ends with 1 when one answer is wrong.

mod check;
mod story;
mod truth;

use anyhow::Context as _;
use jiff::Timestamp;
use luzheng::app::{App, Opening};
use luzheng::clock::Clock;
use luzheng::config::{Outgoing, Roles, Settings, SignInSettings};
use std::time::Instant;
use story::Story;
use tempfile::TempDir;

fn settings(place: &TempDir) -> Settings {
    Settings {
        database: format!("sqlite:{}", place.path().join("state-at.db").display()),
        data_dir: place.path().join("keys"),
        listen: "127.0.0.1:0".into(),
        code_host: "localhost".into(),
        status_uri: "https://localhost/status/{list}".into(),
        feed_token: None,
        roles: Roles::ALL,
        demo: false,
        secure_cookies: false,
        account: luzheng::config::AccountSettings::default(),
        bound: luzheng::config::BoundSettings::default(),
        outgoing: Outgoing::default(),
        pack: luzheng::config::PackSettings::default(),
        paper: luzheng::config::PaperSettings::default(),
        partner: luzheng::config::PartnerSettings::default(),
        review: luzheng::config::ReviewSettings::default(),
        retention: luzheng::config::RetentionSettings::default(),
        webhook: luzheng::config::WebhookSettings::default(),
        watch: luzheng::config::WatchSettings::default(),
        sign_in: SignInSettings::localhost(),
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut given = std::env::args().skip(1);
    let mut number = |standard: u64| given.next().map_or(Ok(standard), |text| text.parse()).context("a number");
    let (cars, count, seed) = (number(3_000)?, number(1_000_000)?, number(1)?);
    let (cars, count) = (usize::try_from(cars)?, usize::try_from(count)?);
    let place = TempDir::new()?;
    let start: Timestamp = "2026-11-20T12:00:00+08:00".parse()?;
    let (app, _) = App::open(settings(&place), Clock::fixed(start), Opening::PrepareWhenEmpty)
        .await
        .map_err(|error| anyhow::anyhow!("{}: {error}", error.code))?;
    let mut story = Story::new(cars, seed);
    let began = Instant::now();
    let fed = check::feed(&app, &mut story).await.map_err(anyhow::Error::msg)?;
    println!("{cars} vehicles, events: {:?}, fed in {:.0?}", fed.outcomes, began.elapsed());
    let began = Instant::now();
    let asked = check::ask(&app, &mut story, &fed, count).await.map_err(anyhow::Error::msg)?;
    let took = began.elapsed();
    println!(
        "{} questions in {took:.0?}: {} about a known vehicle, {} answered differently now than then, {} with the history of the answer; wrong: {}",
        asked.questions,
        asked.known,
        asked.changed,
        asked.histories,
        asked.wrong.len()
    );
    for wrong in &asked.wrong {
        println!("{wrong}");
    }
    anyhow::ensure!(asked.wrong.is_empty(), "the truth is another");
    Ok(())
}
