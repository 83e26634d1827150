//! Drivers: their licences, classes, states, and the rules about them (R162 机动车驾驶证申领和使用规定, R163 记分管理办法).

mod case_rows;
pub mod cases;
pub mod class;
pub mod event;
pub mod face;
pub mod licence;
pub mod notice;
pub mod points;
pub mod rules;
pub mod status;
#[cfg(test)]
mod tests;

pub use class::{ClassError, ClassSet, LicenceClass};
pub use face::{CodeColour, Face};
pub use licence::{Licence, LicenceNumber, Sex};
pub use points::PointsAccount;
pub use status::{LicenceEffect, LicenceStatus, StateLetter, StatusError};
