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
