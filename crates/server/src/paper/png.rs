//! The card as a picture: its PDF page in pixels, so that there is one template and one renderer.

use std::io::Cursor;

use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::peniko::ImageAlphaType;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use super::raster::{rasterise, scale};
use super::{Language, Mark, Page, PaperError, pdf};

/// Coarsest picture, in pixels per inch: a module of the code has three pixels then.
pub const DPI_MIN: u16 = 150;
/// Finest picture, in pixels per inch.
pub const DPI_MAX: u16 = 1_200;

/// The mark as a PNG picture of the card in a language, `dpi` pixels per inch (brought into [`DPI_MIN`] to [`DPI_MAX`]).
///
/// # Errors
/// Those of [`pdf()`], and [`PaperError::Picture`].
pub fn png(mark: &Mark<'_>, language: Language, dpi: u16) -> Result<Vec<u8>, PaperError> {
    let failed = |reason: &dyn std::fmt::Display| PaperError::Picture(reason.to_string());
    let bytes = pdf(mark, Page::Card, language)?;
    let document = Pdf::new(bytes).map_err(|_| failed(&"the page cannot be read back"))?;
    let page = document.pages().first().ok_or_else(|| failed(&"the page is not there"))?;
    let dpi = f32::from(dpi.clamp(DPI_MIN, DPI_MAX));
    let scale = scale(page, dpi).ok_or_else(|| failed(&"the page has no size"))?;
    let pixels = rasterise(page, scale);
    let (width, height) = (u32::from(pixels.width()), u32::from(pixels.height()));
    let rgb: Vec<u8> =
        pixels.take_rgba8(ImageAlphaType::Alpha).chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let mut picture = Cursor::new(Vec::new());
    PngEncoder::new_with_quality(&mut picture, CompressionType::Best, FilterType::Adaptive)
        .write_image(&rgb, width, height, ExtendedColorType::Rgb8)
        .map_err(|error| failed(&error))?;
    Ok(picture.into_inner())
}
