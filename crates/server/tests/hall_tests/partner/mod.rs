//! Partners: who they are, their tokens, what they may ask and how much, batches, the counter, the log and what citizens are told.

mod doors;
mod firm;
mod quota;
mod register;
mod token;
mod verify;

/// An access token of a new client with these scopes, everywhere.
pub async fn token_for(hall: &crate::hall::Hall, scopes: &str) -> String {
    firm::Firm::new(hall, scopes, "all").await.token(hall).await
}

/// A member of a new firm with these scopes, everywhere: what has a device.
pub async fn member_for(hall: &crate::hall::Hall, scopes: &str) -> uuid::Uuid {
    let firm = firm::Firm::new(hall, scopes, "all").await;
    luzheng::usecase::partner::admin::add_member(&hall.app, firm.id, "王小明", "test").await.unwrap().0
}
