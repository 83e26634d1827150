//! Photos sent in: looked at, written anew, sealed, and kept for a day until an application asks for one.

use super::CheckView;
use crate::app::App;
use crate::chance;
use crate::clock::{china_date, china_midnight};
use crate::photo::{self, Examined, PhotoRefused};
use crate::usecase::error::{Kind, UseError, Used};
use crate::usecase::journal;
use crate::usecase::licence::own_driver;
use crate::usecase::session::Session;
use jiff::SignedDuration;
use jiff::civil::Date;
use luzheng_domain::case::album_photo_is_recent;
use luzheng_store::photo::{NewPhoto, PhotoOrigin, PhotoState};
use serde::Serialize;
use std::time::Duration;
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use uuid::Uuid;

/// Photos that are kept of one person on one day; more are refused.
pub const UPLOADS_PER_DAY: usize = 20;
/// For how long a photo is kept that no application asks for, in hours.
const PENDING_HOURS: i64 = 24;
/// For how many days a photo is kept that the office refused: so long somebody may ask why.
pub const REFUSED_KEPT_DAYS: i64 = 30;
/// Pictures that are decoded at one time: each may take some hundred megabytes.
const AT_ONCE: usize = 2;
/// How long an upload waits for its turn.
const TURN: Duration = Duration::from_secs(15);

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// A photo as it comes in.
#[derive(Debug)]
pub struct Upload {
    /// The file.
    pub bytes: Vec<u8>,
    /// Taken now, or chosen from an album.
    pub origin: PhotoOrigin,
    /// The day it was taken; an album's photo needs it.
    pub taken_on: Option<Date>,
}

/// What became of an uploaded photo.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UploadView {
    /// Its id, for the application; absent when it was not accepted.
    pub id: Option<Uuid>,
    /// Whether an application may use it.
    pub accepted: bool,
    /// What each rule says.
    pub checks: Vec<CheckView>,
}

impl From<PhotoRefused> for UseError {
    fn from(refused: PhotoRefused) -> Self {
        Self::invalid(refused.code(), refused.to_string())
    }
}

/// Decodes and looks at a photo, off the threads that answer, a few at a time.
async fn examine(bytes: Vec<u8>) -> Used<Examined> {
    let busy =
        || UseError::new(Kind::TooOften, "photo_busy", "many photos are being looked at; please try again shortly");
    let turn = tokio::time::timeout(TURN, TURNS.acquire()).await.map_err(|_| busy())?.map_err(|_| busy())?;
    let examined = tokio::task::spawn_blocking(move || photo::examine_upload(&bytes)).await;
    drop(turn);
    Ok(examined.map_err(|e| UseError::broken("photo_examination", e.to_string()))??)
}

fn check_age(upload: &Upload, today: Date) -> Used<()> {
    match (upload.origin, upload.taken_on) {
        (PhotoOrigin::Album, None) => {
            Err(UseError::invalid("taken_on_needed", "say on which day a photo from the album was taken"))
        }
        (_, Some(day)) if !album_photo_is_recent(day, today) => {
            Err(UseError::refused("photo_too_old", "the photo was not taken within the last six months"))
        }
        _ => Ok(()),
    }
}

/// Takes a photo in. The same picture again gets the same id. What is not accepted is not kept.
///
/// # Errors
/// The person is no driver; the file is no picture that can be taken in; it is too old; too many in one day; the store.
pub async fn upload(app: &App, session: &Session, upload: Upload) -> Used<UploadView> {
    let now = app.clock.now();
    let today = china_date(now);
    check_age(&upload, today)?;
    let mut tx = app.store.read().await?;
    let driver = own_driver(&mut tx, session).await?;
    let midnight = china_midnight(today);
    let sent = tx.photos_of(driver.id).await?;
    drop(tx);
    if sent.iter().filter(|p| p.created_at >= midnight && p.origin != PhotoOrigin::Register).count() >= UPLOADS_PER_DAY
    {
        let sentence = format!("at most {UPLOADS_PER_DAY} photos can be sent on one day");
        return Err(UseError::new(Kind::TooOften, "too_many_photos", sentence));
    }
    let examined = examine(upload.bytes).await?;
    let checks = |examined: Examined| examined.checks.into_iter().map(CheckView::from).collect();
    let Some(portrait) = examined.portrait.clone() else {
        return Ok(UploadView { id: None, accepted: false, checks: checks(examined) });
    };
    let measured = serde_json::to_string(&examined.checks).map_err(|e| UseError::broken("checks", e.to_string()))?;
    let mut tx = app.store.write().await?;
    if let Some(same) = tx.same_photo(driver.id, &portrait.jpeg).await? {
        match same.state {
            PhotoState::Pending => {
                return Ok(UploadView { id: Some(same.id), accepted: true, checks: checks(examined) });
            }
            PhotoState::Refused => {
                return Err(UseError::refused(
                    "photo_refused_before",
                    "the office did not accept this very photo; please send another",
                ));
            }
            // The register's, or one that was the licence's: whether it may come back decides the reviewer.
            PhotoState::Current | PhotoState::Replaced => {}
        }
    }
    let id = chance::new_id(now);
    tx.put_photo(&NewPhoto {
        driver: driver.id,
        id,
        bytes: &portrait.jpeg,
        width: portrait.width,
        height: portrait.height,
        origin: upload.origin,
        taken_on: upload.taken_on,
        checks: &measured,
        created_at: now,
    })
    .await?;
    let failed: Vec<&str> = examined.checks.iter().filter(|c| !c.ok).map(|c| c.rule.code()).collect();
    let detail = serde_json::json!({"photo": id, "origin": upload.origin.code(), "failed": failed});
    journal::note(&mut tx, now, &session.actor(), "photo.sent", Some(driver.id), &detail).await?;
    tx.commit().await?;
    Ok(UploadView { id: Some(id), accepted: true, checks: checks(examined) })
}

/// Forgets photos that no application asked for within a day, and refused ones after [`REFUSED_KEPT_DAYS`].
///
/// # Errors
/// The store.
pub async fn sweep(app: &App) -> Used<()> {
    let now = app.clock.now();
    let before = |hours| now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(now);
    let mut tx = app.store.write().await?;
    let gone = tx.sweep_photos(before(PENDING_HOURS), before(REFUSED_KEPT_DAYS * 24)).await?;
    if gone > 0 {
        journal::note(&mut tx, now, "system", "photo.swept", None, &serde_json::json!({"photos": gone})).await?;
        tx.commit().await?;
    }
    Ok(())
}
