//! The electronic licence from its issue to its end: live, on a device, issued anew by itself, in every state, in bulk.

mod bulk;
mod checks;
mod device;
mod hand;
mod live;
mod look;
mod proof;
mod world;

pub use checks::check_licences;

/// A driver with an electronic licence (C1, first issued on 2022-05-06, in Suzhou): who it is, and a live code of it.
pub async fn live_code(hall: &crate::hall::Hall, serial: u32) -> (luzheng::usecase::session::Session, String) {
    let holder = world::Holder::with_licence(hall, serial).await;
    let code = holder.live().await.unwrap().code;
    (holder.session, code)
}

/// The same, newly licensed.
pub async fn new_drivers_code(hall: &crate::hall::Hall, serial: u32) -> (luzheng::usecase::session::Session, String) {
    let mut event = world::issued(serial);
    event["data"]["first_issued_on"] = "2026-05-06".into();
    event["data"]["valid_until"] = "2032-05-06".into();
    event["occurred_at"] = "2026-05-06T09:00:00+08:00".into();
    let holder = world::Holder::of(hall, serial, &event).await.applied().await;
    let code = holder.live().await.unwrap().code;
    (holder.session, code)
}
