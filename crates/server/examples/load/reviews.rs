//! New photos through the review queue.

use super::applications::{holder, may_apply, portrait};
use super::place::{Place, Running, quantiles, resident_mb};
use anyhow::Context;
use luzheng::chance;
use luzheng::config::ReviewSettings;
use luzheng::usecase::application::{Application, PhotoChoice, apply};
use luzheng::usecase::review;
use luzheng::usecase::session::{Role, Session};
use luzheng::usecase::view::Text;
use luzheng_domain::case::{CaseKind, PhotoDecision, RejectionReason};
use luzheng_store::driver::StoredDriver;
use luzheng_store::photo::{NewPhoto, PhotoOrigin};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Reviewers at work at the same time.
const REVIEWERS: usize = 4;
/// Photos that come in before the reviewers begin again.
const WAVE: usize = 1_000;
/// One photo in so many is rejected.
const REJECTED: usize = 10;

fn reviewer(number: usize) -> Session {
    let person = Uuid::from_u128(0x0bec_0000 + number as u128);
    Session::acting(person, Role::Staff, None, Text::new("x", "x"))
}

/// Photos come in in waves and are decided by some reviewers at once, until all have been through.
pub async fn run(place: &Place, count: usize) -> anyhow::Result<Value> {
    // Without grace a decision takes effect at once: what is measured is the queue, not the waiting.
    let settings = ReviewSettings { grace_s: 0, ..ReviewSettings::default() };
    let running = Running::start(place, settings).await?;
    let app = Arc::clone(&running.app);
    let drivers = running.drivers(place, count, async |d: &StoredDriver| may_apply(&app, d).await).await?;
    let portrait = portrait()?;
    let mut memory = vec![resident_mb()];
    let (mut came, mut decided_in, mut decided) = (Vec::new(), Vec::new(), 0usize);
    let begun = Instant::now();
    for wave in drivers.chunks(WAVE) {
        for driver in wave {
            let since = Instant::now();
            let id = chance::new_id(app.clock.now());
            let mut tx = app.store.write().await?;
            let photo = NewPhoto {
                driver: driver.id,
                id,
                bytes: &portrait.jpeg,
                width: portrait.width,
                height: portrait.height,
                origin: PhotoOrigin::Camera,
                taken_on: None,
                checks: "[]",
                created_at: app.clock.now(),
            };
            tx.put_photo(&photo).await?;
            tx.commit().await?;
            let asked = Application {
                kind: CaseKind::First,
                photo: PhotoChoice::New(id),
                urgent: false,
                idempotency_key: Some(id.to_string()),
            };
            let answer = apply(&app, &holder(driver), &asked).await;
            answer.map_err(|error| anyhow::anyhow!("{}: {error}", error.code))?;
            came.push(since.elapsed().as_secs_f64());
        }
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..REVIEWERS {
            tasks.spawn(work(Arc::clone(&app), reviewer(number)));
        }
        while let Some(done) = tasks.join_next().await {
            let took = done??;
            decided += took.len();
            decided_in.extend(took);
        }
        memory.push(resident_mb());
    }
    let wall = begun.elapsed().as_secs_f64();
    let left = review::queue(&app, &reviewer(0)).await.map_err(|e| anyhow::anyhow!("{}: {e}", e.code))?.waiting;
    running.end().await;
    Ok(json!({
        "photos": count, "decisions": decided, "left_waiting": left, "seconds": wall.round(),
        "per_day": (count as f64 / wall * 86_400.0).round(),
        "handed_in": quantiles(came), "claimed_seen_decided": quantiles(decided_in),
        "resident_mb_at_start": memory.first(), "resident_mb_most": memory.iter().copied().fold(0.0, f64::max),
        "resident_mb_at_end": memory.last(),
    }))
}

/// One reviewer: takes, looks, decides, until nothing waits.
async fn work(app: Arc<luzheng::app::App>, session: Session) -> anyhow::Result<Vec<f64>> {
    let failed = |error: luzheng::usecase::error::UseError| anyhow::anyhow!("{}: {error}", error.code);
    let mut took = Vec::new();
    let mut empty = 0;
    while empty < 5 {
        let since = Instant::now();
        let Some(photo) = review::next(&app, &session).await.map_err(failed)? else {
            // Another's photo may yet come back as a second look.
            empty += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        empty = 0;
        let jpeg = review::photo(&app, &session, photo.id).await.map_err(failed)?;
        anyhow::ensure!(jpeg.starts_with(&[0xff, 0xd8]), "the photo is no JPEG");
        let decision = if took.len() % REJECTED == REJECTED - 1 {
            PhotoDecision::Rejected(*RejectionReason::ALL.first().context("a reason")?)
        } else {
            PhotoDecision::Approved
        };
        review::decide(&app, &session, photo.id, decision, None).await.map_err(failed)?;
        took.push(since.elapsed().as_secs_f64());
    }
    Ok(took)
}

/// Examines uploads one after the other, as the server does with each.
pub fn photos(count: usize, from: &Path) -> anyhow::Result<Value> {
    let mut files: Vec<_> = std::fs::read_dir(from)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "jpg" || e == "png"))
        .collect();
    files.sort();
    anyhow::ensure!(!files.is_empty(), "no pictures in {}", from.display());
    let mut took = Vec::with_capacity(count);
    for path in files.iter().cycle().take(count) {
        let bytes = std::fs::read(path)?;
        let since = Instant::now();
        luzheng::photo::examine_upload(&bytes).map_err(|e| anyhow::anyhow!("{}: {e}", path.display()))?;
        took.push(since.elapsed().as_secs_f64());
    }
    let total: f64 = took.iter().sum();
    Ok(
        json!({"photos": count, "examined": quantiles(took), "per_day_and_core": (count as f64 / total * 86_400.0).round(), "resident_mb": resident_mb()}),
    )
}
