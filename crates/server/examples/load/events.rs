//! Events that change classes or enter twelve points: the new face, and the old code superseded or red for every reader.

use super::place::{Paced, Running, TOKEN, quantiles, resident_mb};
use anyhow::Context;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use jiff::Timestamp;
use luzheng::clock::china_date;
use luzheng::config::ReviewSettings;
use luzheng::http::router;
use luzheng_credential::status_list::{StatusSource, StatusValue};
use luzheng_domain::credential::CredentialKind;
use luzheng_domain::driver::LicenceClass;
use luzheng_store::credential::{Credential, CredentialState};
use luzheng_store::driver::StoredDriver;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tower::ServiceExt;

/// Old codes that wait to be seen as what they have become.
type Waiting = Arc<Mutex<Vec<(Credential, StatusValue, Instant)>>>;

/// Every second event changes the classes, the others enter twelve points; answers with what becomes of the old code.
fn event(run: &str, number: usize, driver: &StoredDriver, now: Timestamp) -> (Value, StatusValue) {
    let event = |what: &str, data: Value| {
        json!({
            "source": "load", "id": format!("{run}-{number}"), "type": format!("driver.{what}"),
            "occurred_at": now.to_string(),
            "subject": {"licence_number": driver.facts.number.as_str()}, "data": data,
        })
    };
    if number % 2 == 1 {
        let today = china_date(now).to_string();
        let data = json!({"penalty_number": format!("{run}-{number}"), "points": 12, "offence_on": today, "decided_on": today});
        return (event("points_entered", data), StatusValue::Suspended);
    }
    // A class that nobody had before: what the face shows changes for certain.
    let classes = if driver.facts.classes.has(LicenceClass::F) {
        driver
            .facts
            .classes
            .iter()
            .filter(|class| *class != LicenceClass::F)
            .map(LicenceClass::code)
            .collect::<String>()
    } else {
        format!("{}F", driver.facts.classes)
    };
    (event("licence_changed", json!({"classes": classes})), StatusValue::Superseded)
}

pub async fn run(paced: &Paced) -> anyhow::Result<Value> {
    let running = Running::start(&paced.place, ReviewSettings::default()).await?;
    let app = Arc::clone(&running.app);
    let holds = async |driver: &StoredDriver| {
        let mut tx = app.store.read().await?;
        let current = tx.find_current_credential(driver.id, CredentialKind::DrivingLicence).await?;
        // Somebody who would be left without any class has no event like that.
        let rides_only = driver.facts.classes.to_string() == LicenceClass::F.code();
        Ok(!rides_only && current.is_some_and(|c| c.state == CredentialState::Current))
    };
    let drivers = running.drivers(&paced.place, paced.count(), holds).await?;
    let mut old = Vec::with_capacity(drivers.len());
    for driver in &drivers {
        let mut tx = app.store.read().await?;
        old.push(tx.find_current_credential(driver.id, CredentialKind::DrivingLicence).await?.context("a licence")?);
    }
    let waiting: Waiting = Arc::default();
    let (all_sent, sent) = tokio::sync::watch::channel(None);
    let watcher = tokio::spawn(watch(Arc::clone(&app), Arc::clone(&waiting), sent));
    let run = format!("{}", app.clock.now().as_microsecond());
    let mut tasks = tokio::task::JoinSet::new();
    let begun = Instant::now();
    for (number, (driver, old)) in drivers.iter().cloned().zip(old).enumerate() {
        let due = begun + paced.step() * u32::try_from(number).unwrap_or(u32::MAX);
        tokio::time::sleep_until(due.into()).await;
        let (router, waiting) = (router(Arc::clone(&app)), Arc::clone(&waiting));
        let (body, becomes) = event(&run, number, &driver, app.clock.now());
        tasks.spawn(async move {
            // From when it was due, so that a system that falls behind is not flattered.
            let sent = due;
            let request = Request::post("/api/v1/events")
                .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string()))?;
            let answer = router.oneshot(request).await?;
            let status = answer.status();
            let took = sent.elapsed().as_secs_f64();
            let body = axum::body::to_bytes(answer.into_body(), 1 << 16).await?;
            let receipt: Value = serde_json::from_slice(&body)?;
            // What the rules refuse changes no face; it is counted, and said why.
            let applied = status == StatusCode::CREATED && receipt["outcome"] == "applied";
            if applied {
                waiting.lock().map_err(|_| anyhow::anyhow!("the watcher failed"))?.push((old, becomes, sent));
            } else {
                eprintln!("not applied: {status} {receipt}");
            }
            anyhow::Ok((applied, took))
        });
    }
    let mut answered = Vec::new();
    let mut refused = 0;
    while let Some(done) = tasks.join_next().await {
        let (applied, took) = done??;
        refused += usize::from(!applied);
        answered.push(took);
    }
    let wall = begun.elapsed().as_secs_f64();
    all_sent.send_replace(Some(drivers.len() - refused));
    let superseded = watcher.await??;
    let (mut two, mut none) = (0, 0);
    for driver in &drivers {
        let all = app.store.read().await?.credentials_of(driver.id).await?;
        let current = all.iter().filter(|c| !matches!(c.state, CredentialState::Ended { .. })).count();
        two += usize::from(current > 1);
        none += usize::from(current == 0);
    }
    let resident = resident_mb();
    running.end().await;
    Ok(json!({
        "events": drivers.len(), "per_second": (drivers.len() as f64 / wall).round(), "not_created": refused,
        "event_to_face": quantiles(answered), "event_to_published": quantiles(superseded),
        "with_two_current": two, "with_none": none, "resident_mb": resident,
    }))
}

/// Looks at what is published, as every verification does, until each old code is superseded there.
async fn watch(
    app: Arc<luzheng::app::App>,
    waiting: Waiting,
    count: tokio::sync::watch::Receiver<Option<usize>>,
) -> anyhow::Result<Vec<f64>> {
    let mut seen = Vec::new();
    let mut idle = Instant::now();
    while *count.borrow() != Some(seen.len()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let published = app.published();
        let mut waiting = waiting.lock().map_err(|_| anyhow::anyhow!("a sender failed"))?;
        let before = seen.len();
        waiting.retain(|(old, becomes, sent)| {
            let answer = published.book.look_up(old.status.list, old.status.index);
            let known = answer.is_some_and(|a| a.value == *becomes);
            if known {
                seen.push(sent.elapsed().as_secs_f64());
            }
            !known
        });
        if seen.len() > before {
            idle = Instant::now();
        }
        anyhow::ensure!(
            waiting.is_empty() || idle.elapsed() < Duration::from_secs(60),
            "these old codes were never seen as superseded or red: {waiting:?}"
        );
    }
    Ok(seen)
}
