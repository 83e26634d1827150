//! Whether and where faces are on a small grey picture.
//!
//! This is SeetaFace's frontal detector (a funnel-structured cascade: sliding windows judged by local assembled binary features, then by
//! three small neural networks over gradient sums), written anew after the `rustface` crate's port of it, which is BSD-2-Clause like the
//! original and its model (see `model/LICENSE-SeetaFace`). The answers are the same; what differs is how it treats pictures that are made
//! to harm: there is no unsafe code, sums that can grow are wide enough, and a window that wanders off the picture is dropped. The port
//! reads memory beside the picture then, and uploads come from strangers.
//!
//! The detector says that something looks like a face and where, nothing about whose it is.

mod cascade;
mod grey;
mod lab;
mod model;
mod surf;

pub use grey::Grey;

use cascade::detect;
use model::Model;
use std::sync::OnceLock;

/// Most pixels of a picture that is looked at; callers make larger ones smaller first.
pub const PIXELS_MAX: usize = 1 << 20;

/// The model that SeetaFace publishes as `seeta_fd_frontal_v1.0`.
const MODEL: &[u8] = include_bytes!("../model/seeta_fd_frontal_v1.0.bin");

/// A window that looks like a face, in pixels. It may reach over the picture's edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width, and height: windows are square.
    pub side: u32,
    /// How sure it is; SeetaFace calls 0.95, 2.8 and 4.5 typical thresholds.
    pub score: f64,
}

/// The windows of a picture that look like faces with at least this score. A picture with a side under 40 pixels, or more than
/// [`PIXELS_MAX`] pixels, has none.
pub fn faces(picture: &Grey<'_>, score_min: f64) -> Vec<Face> {
    static READ: OnceLock<Option<Model>> = OnceLock::new();
    let Some(model) = READ.get_or_init(|| Model::read(MODEL)) else { return Vec::new() };
    if picture.width().min(picture.height()) < cascade::WINDOW || picture.width() * picture.height() > PIXELS_MAX {
        return Vec::new();
    }
    detect(model, picture).into_iter().filter(|face| face.score >= score_min).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_whole() {
        assert!(Model::read(MODEL).is_some());
        for cut in [0, 1, 7, 1_000, MODEL.len() - 1] {
            assert!(Model::read(&MODEL[..cut]).is_none(), "{cut}");
        }
        assert!(Model::read(&[0xFF; 4_096]).is_none());
    }
}
