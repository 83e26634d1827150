//! One file per online service beside the electronic licence: what happens in it, where it stands, what the citizen is told.

pub mod mark;
pub mod notice;
#[cfg(test)]
mod tests;
