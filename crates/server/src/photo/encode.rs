//! What is kept: a JPEG of our own making, of one size, without anything but pixels.

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, ImageEncoder, RgbImage};

use super::decode::Picture;
use super::{KEPT, KEPT_MAX, PhotoRefused};

/// Qualities tried from the first until the file is small enough; none is below 70 (card file picture, GA 482 family).
const QUALITIES: [u8; 5] = [92, 88, 84, 78, 70];

/// A photo as it is kept and shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Portrait {
    /// A JPEG without metadata, at most [`KEPT_MAX`] bytes.
    pub jpeg: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// An accepted upload at [`KEPT`] size: cut to the exact ratio (at the sides alike, or at the foot: never at the head) and made smaller.
pub(super) fn kept(picture: &Picture) -> Result<Portrait, PhotoRefused> {
    let pixels = &picture.pixels;
    let (width, height) = pixels.dimensions();
    let (to_width, to_height) = (u64::from(KEPT.0), u64::from(KEPT.1));
    let wide = u64::from(width) * to_height > u64::from(height) * to_width;
    let (cut_width, cut_height) = if wide {
        (u32::try_from(u64::from(height) * to_width / to_height).unwrap_or(width).max(1), height)
    } else {
        (width, u32::try_from(u64::from(width) * to_height / to_width).unwrap_or(height).max(1))
    };
    let cut = imageops::crop_imm(pixels, (width - cut_width.min(width)) / 2, 0, cut_width, cut_height).to_image();
    jpeg(&imageops::resize(&cut, KEPT.0, KEPT.1, FilterType::Lanczos3))
}

/// A register's photo within [`KEPT`] size, never made larger.
pub(super) fn fitted(picture: &Picture) -> Result<Portrait, PhotoRefused> {
    let (width, height) = picture.pixels.dimensions();
    if width <= KEPT.0 && height <= KEPT.1 {
        return jpeg(&picture.pixels);
    }
    let scale = (f64::from(KEPT.0) / f64::from(width)).min(f64::from(KEPT.1) / f64::from(height));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and the kept size")]
    let side = |n: u32| ((f64::from(n) * scale).round() as u32).max(1);
    jpeg(&imageops::resize(&picture.pixels, side(width), side(height), FilterType::Lanczos3))
}

fn jpeg(pixels: &RgbImage) -> Result<Portrait, PhotoRefused> {
    let (width, height) = pixels.dimensions();
    for quality in QUALITIES {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality)
            .write_image(pixels, width, height, ExtendedColorType::Rgb8)
            .map_err(|e| PhotoRefused::Broken(e.to_string()))?;
        if bytes.len() <= KEPT_MAX {
            return Ok(Portrait { jpeg: bytes, width, height });
        }
    }
    // Only noise fills so much; a photo of a person at this size has a fifth of it.
    Err(PhotoRefused::Broken("it is noise from edge to edge".into()))
}
