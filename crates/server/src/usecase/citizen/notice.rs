//! One's own notices, newest first.

use super::owner;
use crate::app::App;
use crate::usecase::error::{UseError, Used};
use crate::usecase::notice;
use crate::usecase::notice_code::Codes;
use crate::usecase::session::Session;
use crate::usecase::view::{NoticePage, NoticeView};
use luzheng_store::notice::Notice;
use uuid::Uuid;

/// Notices on a page.
const NOTICE_PAGE: u32 = 50;

/// A page of notices, newest first; with `unread` only those that were not read.
///
/// # Errors
/// The store.
pub async fn notices(app: &App, session: &Session, after: Option<Uuid>, unread: bool) -> Used<NoticePage> {
    let owner = owner(session)?;
    let mut tx = app.store.read().await?;
    let codes = Codes::of(&mut tx).await?;
    let found = if unread {
        tx.notices_unread(owner, after, NOTICE_PAGE + 1).await?
    } else {
        tx.notices(owner, after, NOTICE_PAGE + 1).await?
    };
    let more = found.len() > NOTICE_PAGE as usize;
    let items: Vec<NoticeView> =
        found.into_iter().take(NOTICE_PAGE as usize).map(|notice| view(&codes, owner, notice)).collect();
    let next = if more { items.last().map(|n| n.id) } else { None };
    Ok(NoticePage { items, next })
}

fn view(codes: &Codes, owner: Uuid, found: Notice) -> NoticeView {
    let (title, body) = notice::words(&found.kind, &found.params);
    NoticeView {
        code: codes.code(owner, &found),
        about: notice::about(&found.params),
        path: notice::path(&found.kind, &found.params),
        id: found.id,
        kind: found.kind,
        title,
        body,
        created_at: found.created_at,
        read_at: found.read_at,
    }
}

/// Marks an own notice as read.
///
/// # Errors
/// Not the person's; the store.
pub async fn read_notice(app: &App, session: &Session, id: Uuid) -> Used<()> {
    let owner = owner(session)?;
    let mut tx = app.store.write().await?;
    if !tx.mark_notice_read(owner, id, app.clock.now()).await? {
        return Err(UseError::not_found("notice of yours"));
    }
    tx.commit().await?;
    Ok(())
}

/// Marks an own notice as not read.
///
/// # Errors
/// Not the person's; the store.
pub async fn unread_notice(app: &App, session: &Session, id: Uuid) -> Used<()> {
    let owner = owner(session)?;
    let mut tx = app.store.write().await?;
    if !tx.mark_notice_unread(owner, id).await? {
        return Err(UseError::not_found("notice of yours"));
    }
    Ok(tx.commit().await?)
}

/// Marks all own notices as read.
///
/// # Errors
/// The store.
pub async fn read_all_notices(app: &App, session: &Session) -> Used<()> {
    let owner = owner(session)?;
    let mut tx = app.store.write().await?;
    tx.mark_notices_read(owner, app.clock.now()).await?;
    Ok(tx.commit().await?)
}
