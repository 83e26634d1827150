//! A code alone as a picture, black or red, for a screen: a licence is shown so and never printed.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use super::PaperError;
use super::qr::{QUIET_ZONE, SCREEN_VERSION_MAX, Symbol};

/// The red of a code whose licence is not in order: readers take it for black (`qr-format.md`, Limits: at most #A00000).
pub const RED: [u8; 3] = [0xa0, 0, 0];
const BLACK: [u8; 3] = [0; 3];
/// A module in millimetres: as large as the print's smallest.
const MODULE_MM: f32 = 0.5;
/// Fewest pixels a module has.
const MODULE_PIXELS: usize = 3;
/// Most pixels a module has; a symbol of version 15 stays below 1,400 pixels then.
const MODULE_PIXELS_MAX: usize = 16;

/// A code as a PNG picture on white, `dpi` pixels per inch.
///
/// # Errors
/// [`PaperError::CodeTooLarge`] above version 15; [`PaperError::Picture`].
pub fn code_png(text: &str, red: bool, dpi: u16) -> Result<Vec<u8>, PaperError> {
    let symbol = Symbol::new(text, SCREEN_VERSION_MAX)?;
    let module = pixels(dpi);
    let side = (symbol.modules() + 2 * QUIET_ZONE) * module;
    let ink = if red { RED } else { BLACK };
    let mut rgb = vec![0xff; side * side * 3];
    for (x, y, length) in symbol.runs() {
        let (left, top) = ((x + QUIET_ZONE) * module, (y + QUIET_ZONE) * module);
        for row in top..top + module {
            let from = (row * side + left) * 3;
            let to = from + length * module * 3;
            rgb[from..to].chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&ink));
        }
    }
    let side = u32::try_from(side).map_err(|error| PaperError::Picture(error.to_string()))?;
    let mut picture = Cursor::new(Vec::new());
    PngEncoder::new_with_quality(&mut picture, CompressionType::Best, FilterType::NoFilter)
        .write_image(&rgb, side, side, ExtendedColorType::Rgb8)
        .map_err(|error| PaperError::Picture(error.to_string()))?;
    Ok(picture.into_inner())
}

/// Pixels of a module's side.
fn pixels(dpi: u16) -> usize {
    let wanted = (f32::from(dpi) * MODULE_MM / 25.4).round();
    (MODULE_PIXELS..MODULE_PIXELS_MAX).take_while(|n| (*n as f32) < wanted).count() + MODULE_PIXELS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::read::codes_in_image;

    #[test]
    fn a_red_code_is_read_as_a_black_one_is() {
        let text = format!("HTTPS://LOCALHOST/V#{}", "12345678901234567".repeat(41));
        for (red, dpi) in [(false, 72), (true, 72), (true, 300), (true, 1_200), (true, u16::MAX)] {
            let picture = code_png(&text, red, dpi).unwrap();
            assert_eq!(codes_in_image(&picture).unwrap(), [text.as_str()], "red {red} at {dpi} dpi");
        }
        assert_eq!((pixels(0), pixels(300), pixels(u16::MAX)), (MODULE_PIXELS, 6, MODULE_PIXELS_MAX));
    }
}
