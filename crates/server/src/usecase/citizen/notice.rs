//! One's own notices, newest first.

use super::owner;
use crate::app::App;
use crate::usecase::error::{UseError, Used};
use crate::usecase::session::Session;
use crate::usecase::view::{NoticePage, NoticeView};
use uuid::Uuid;

/// Notices on a page.
const NOTICE_PAGE: u32 = 50;

/// A page of notices, newest first.
///
/// # Errors
/// The store.
pub async fn notices(app: &App, session: &Session, after: Option<Uuid>) -> Used<NoticePage> {
    let owner = owner(session)?;
    let mut tx = app.store.read().await?;
    let found = tx.notices(owner, after, NOTICE_PAGE + 1).await?;
    let more = found.len() > NOTICE_PAGE as usize;
    let items: Vec<NoticeView> = found
        .into_iter()
        .take(NOTICE_PAGE as usize)
        .map(|n| {
            let (title, body) = crate::usecase::notice::words(&n.kind, &n.params);
            NoticeView { id: n.id, kind: n.kind, title, body, created_at: n.created_at, read_at: n.read_at }
        })
        .collect();
    let next = if more { items.last().map(|n| n.id) } else { None };
    Ok(NoticePage { items, next })
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
