//! What a driver sees of their own licence and points. Everything here is the signed-in person's own.

mod licence;
mod points;
mod shapes;

pub use licence::{licence, photo};
pub use points::points;
pub use shapes::*;
