//! Measures how long it takes from an event about a driver until every reader of the published lists knows: the old licence superseded
//! after a change of class, the licence red after 12 points. `cargo run --release -p luzheng --example supersede -- sqlite 200 20 2000`
//! (engine, events a second, seconds, drivers); prints one line of JSON.

use anyhow::{Context as _, ensure};
use luzheng::app::{App, Opening};
use luzheng::clock::Clock;
use luzheng::config::{Outgoing, ReviewSettings, Roles, Settings};
use luzheng::usecase::event::{Outcome, apply_event};
use luzheng::usecase::licence::{Cause, Places, issue};
use luzheng::{jobs, usecase};
use luzheng_credential::status_list::{StatusSource, StatusValue};
use luzheng_domain::credential::{CredentialKind, Reason};
use luzheng_store::Engine;
use luzheng_store::photo::{NewPhoto, PhotoOrigin};
use luzheng_store::status::StatusIndex;
use luzheng_store::testing::empty;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use uuid::Uuid;

/// How long the last changes are waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often what is published is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// A citizen number with its check digit (GB 11643).
fn number(serial: u32) -> String {
    let digits =
        format!("3205001990{:02}{:02}{:03}", serial / 1_000 % 12 + 1, serial / 12_000 % 28 + 1, serial % 1_000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.chars().zip(weights).map(|(d, w)| d.to_digit(10).unwrap_or(0) * w).sum();
    format!("{digits}{}", ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][sum as usize % 11])
}

fn event(serial: u32, what: &str, id: &str, at: &str, data: serde_json::Value) -> String {
    serde_json::json!({
        "source": "bench", "id": format!("{id}-{serial}"), "type": format!("driver.{what}"), "occurred_at": at,
        "subject": {"licence_number": number(serial)}, "data": data
    })
    .to_string()
}

/// Registers a driver and issues a licence; answers where its status stands.
async fn licensed(app: &App, serial: u32) -> anyhow::Result<StatusIndex> {
    let data = serde_json::json!({
        "name": "张三丰", "sex": "male", "classes": "C1", "first_issued_on": "2022-05-06", "valid_until": "2028-05-06", "division": "320500"
    });
    let receipt = apply_event(app, &event(serial, "licence_issued", "i", "2022-05-06T09:00:00+08:00", data)).await?;
    let driver = receipt.driver.with_context(|| format!("driver {serial}: {:?}", receipt.detail))?;
    let now = app.clock.now();
    let mut places = Places::take(app, now).await?;
    let mut tx = app.store.write().await?;
    let photo = Uuid::from_u128(driver.as_u128() ^ 1);
    tx.put_photo(&NewPhoto {
        driver,
        id: photo,
        bytes: photo.as_bytes(),
        width: 520,
        height: 756,
        origin: PhotoOrigin::Register,
        taken_on: None,
        checks: "[]",
        created_at: now,
    })
    .await?;
    tx.set_current_photo(driver, photo).await?;
    let stored = tx.lock_driver(driver).await?.context("the driver is there")?;
    let cause = Cause { actor: "bench", cause: "bench", true_at: now, now };
    issue::issue_to(&mut tx, &stored, photo, Reason::Applied, &cause, &mut places).await?;
    let licence = tx.find_current_credential(driver, CredentialKind::DrivingLicence).await?.context("it was issued")?;
    tx.commit().await?;
    Ok(licence.status)
}

/// A change that is awaited: where, what, since when.
type Awaited = (StatusIndex, StatusValue, Instant);

/// Looks at what is published until all changes are in; answers the milliseconds each one took.
async fn watch_lists(app: Arc<App>, mut coming: mpsc::UnboundedReceiver<Awaited>) -> anyhow::Result<Vec<f64>> {
    let (mut open, mut taken, mut more) = (Vec::new(), Vec::new(), true);
    let mut last = Instant::now();
    while more || !open.is_empty() {
        loop {
            match coming.try_recv() {
                Ok(awaited) => {
                    open.push(awaited);
                    last = Instant::now();
                }
                Err(mpsc::error::TryRecvError::Empty) => break,
                Err(mpsc::error::TryRecvError::Disconnected) => {
                    more = false;
                    break;
                }
            }
        }
        let published = app.published();
        open.retain(|(at, value, since): &Awaited| {
            let there = published.book.look_up(at.list, at.index).is_some_and(|answer| answer.value == *value);
            if there {
                taken.push(since.elapsed().as_secs_f64() * 1e3);
            }
            !there
        });
        ensure!(last.elapsed() < PATIENCE, "{} changes were never published", open.len());
        tokio::time::sleep(LOOK).await;
    }
    Ok(taken)
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    let at = ((sorted.len() as f64 - 1.0) * q).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

fn figures(mut ms: Vec<f64>) -> serde_json::Value {
    ms.sort_by(f64::total_cmp);
    serde_json::json!({"n": ms.len(), "p50_ms": quantile(&ms, 0.5), "p99_ms": quantile(&ms, 0.99), "max_ms": quantile(&ms, 1.0)})
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |n: usize, default: &str| words.get(n).cloned().unwrap_or_else(|| default.into());
    let engine = if word(0, "sqlite") == "postgres" { Engine::Postgres } else { Engine::Sqlite };
    let (rate, seconds, drivers): (u32, u32, u32) =
        (word(1, "200").parse()?, word(2, "10").parse()?, word(3, "2000").parse()?);
    ensure!(drivers >= rate * seconds, "each driver is used once: {rate} × {seconds} events need that many drivers");
    let place = empty(engine).await;
    let keys = tempfile::tempdir()?;
    let settings = Settings {
        database: place.url.clone(),
        data_dir: keys.path().to_owned(),
        listen: "127.0.0.1:0".into(),
        code_host: "localhost".into(),
        status_uri: "https://localhost/status/{list}".into(),
        feed_token: None,
        roles: Roles::ALL,
        demo: false,
        secure_cookies: false,
        outgoing: Outgoing::default(),
        review: ReviewSettings::default(),
    };
    let (app, _) = App::open(settings, Clock::system(), Opening::PrepareWhenEmpty).await?;
    let mut status = Vec::new();
    for serial in 0..drivers {
        status.push(licensed(&app, serial).await?);
    }
    usecase::catch_up(&app).await?;
    let (stop, stopped) = watch::channel(false);
    let mut background = jobs::start(&app, &stopped);
    let (tell, told) = mpsc::unbounded_channel();
    let watcher = tokio::spawn(watch_lists(Arc::clone(&app), told));
    let mut sending = tokio::task::JoinSet::new();
    let begun = Instant::now();
    for serial in 0..rate * seconds {
        tokio::time::sleep_until((begun + Duration::from_secs_f64(f64::from(serial) / f64::from(rate))).into()).await;
        let (app, tell, at) = (Arc::clone(&app), tell.clone(), status[serial as usize]);
        let day = "2026-11-20T09:00:00+08:00";
        let (json, value) = if serial % 2 == 0 {
            let data = serde_json::json!({"classes": "C1D"});
            (event(serial, "licence_changed", "c", day, data), StatusValue::Superseded)
        } else {
            (
                event(serial, "points_entered", "p", day, serde_json::json!({"points": 12, "item": "8(1)"})),
                StatusValue::Suspended,
            )
        };
        sending.spawn(async move {
            let since = Instant::now();
            let receipt = apply_event(&app, &json).await?;
            ensure!(receipt.outcome == Outcome::Applied, "{json}: {:?}", receipt.detail);
            tell.send((at, value, since)).ok();
            Ok(since.elapsed().as_secs_f64() * 1e3)
        });
    }
    drop(tell);
    let mut applied = Vec::new();
    while let Some(done) = sending.join_next().await {
        applied.push(done??);
    }
    let sent_in = begun.elapsed().as_secs_f64();
    let published = watcher.await??;
    stop.send(true).ok();
    while background.join_next().await.is_some() {}
    let answer = serde_json::json!({
        "engine": word(0, "sqlite"), "events": rate * seconds, "per_second": f64::from(rate * seconds) / sent_in,
        "applied": figures(applied), "published": figures(published),
    });
    println!("{answer}");
    Ok(())
}
