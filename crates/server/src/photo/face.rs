//! Where the faces are, by SeetaFace's detector on a small grey copy.
//!
//! The detector answers one question, whether a face is there and where; nothing about whose it is. No measurement of a face leaves the
//! program or is kept.

use image::imageops::{self, FilterType};
use luzheng_face::Grey;

use super::decode::Picture;

/// Longest side of the grey copy, in pixels.
const SIDE: u32 = 378;
/// Score from which a window counts as a face: the middle one of the three that SeetaFace calls typical. A higher one loses dark skin first.
const SCORE_MIN: f64 = 2.8;
/// A face, in parts of the picture's width and height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceBox {
    /// Left edge, 0 to 1.
    pub left: f64,
    /// Top edge, 0 to 1.
    pub top: f64,
    /// Width, in parts of the picture's width.
    pub width: f64,
    /// Height, in parts of the picture's height.
    pub height: f64,
    /// The detector's score; higher is surer.
    pub score: f64,
}

impl FaceBox {
    /// The middle from left to right, 0 to 1.
    pub fn middle(&self) -> f64 {
        self.left + self.width / 2.0
    }
}

/// The faces of a picture, surest first.
pub fn faces(picture: &Picture) -> Vec<FaceBox> {
    let grey = imageops::grayscale(&picture.pixels);
    let scale = (f64::from(SIDE) / f64::from(grey.width().max(grey.height()))).min(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and the longest side")]
    let side = |n: u32| ((f64::from(n) * scale).round() as u32).max(1);
    let small = imageops::resize(&grey, side(grey.width()), side(grey.height()), FilterType::Triangle);
    let (width, height) = (f64::from(small.width()), f64::from(small.height()));
    let (across, down) = (small.width() as usize, small.height() as usize);
    let Some(grey) = Grey::new(&small, across, down) else { return Vec::new() };
    let mut found: Vec<FaceBox> = luzheng_face::faces(&grey, SCORE_MIN)
        .into_iter()
        .map(|face| FaceBox {
            left: f64::from(face.x) / width,
            top: f64::from(face.y) / height,
            width: f64::from(face.side) / width,
            height: f64::from(face.side) / height,
            score: face.score,
        })
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found
}
