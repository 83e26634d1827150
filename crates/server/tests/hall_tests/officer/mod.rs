//! Officers on the road: looking up, verifying, what they see and what they do not, and that everything is written down and told.

mod keys;
mod look_up;
mod offline;
mod terminal;
mod verify;

use crate::hall::Hall;
use luzheng::usecase::look::{self, LookView};
use luzheng::usecase::session::Session;

/// What somebody is told about looks, the newest first.
async fn told(hall: &Hall, who: &Session) -> Vec<LookView> {
    look::list(&hall.app, who, None).await.unwrap().items
}

/// The journal about a subject: actor, action, purpose and detail.
async fn noted(hall: &Hall, subject: uuid::Uuid, action: &str) -> Vec<(String, Option<String>, String)> {
    let entries = hall.app.store.read().await.unwrap().audit_of(subject, 500).await.unwrap();
    entries.into_iter().filter(|e| e.action == action).map(|e| (e.actor, e.purpose, e.detail)).collect()
}
