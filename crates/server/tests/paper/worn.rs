//! What becomes of a page between a printer and a scanner, with the same chance on every run.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, Luma, imageops};

/// Bytes that look as random as a signature does; the same on every run.
pub fn noise(seed: u64) -> impl Iterator<Item = u8> {
    let mut state = seed | 1;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[0]
    })
}

/// What happened to a page.
#[derive(Clone, Copy, Debug)]
pub struct Wear {
    /// Pixels per inch of the scanner.
    pub dpi: f32,
    /// How crooked it lay, in degrees.
    pub degrees: f32,
    /// How much the ink ran and the lens blurred: standard deviation in millimetres.
    pub blur_mm: f32,
    /// How dark the ink is and how light the paper, 0 to 255.
    pub greys: (f32, f32),
    /// How strong the grain is, in levels of grey.
    pub grain: f32,
    /// Quality of the JPEG file, 1 to 100.
    pub jpeg: u8,
    /// The seed of the grain.
    pub seed: u64,
}

/// An ordinary office copy: printed, laid on the glass a little crooked, scanned at `dpi`, saved small.
pub const fn copy(dpi: f32, degrees: f32, seed: u64) -> Wear {
    Wear { dpi, degrees, blur_mm: 0.08, greys: (52.0, 208.0), grain: 26.0, jpeg: 60, seed }
}

/// The first page of a PDF in grey.
pub fn pixels(pdf: &[u8], dpi: f32) -> GrayImage {
    let document = Pdf::new(pdf.to_vec()).expect("PDF");
    let page = document.pages().first().expect("page");
    let scale = PixmapSettings { x_scale: dpi / 72.0, y_scale: dpi / 72.0, bg_color: WHITE };
    let drawn = render(page, &RenderCache::new(), &InterpreterSettings::default(), &RenderSettings::default(), &scale);
    let grey = drawn.data().iter().map(|pixel| pixel.g).collect();
    GrayImage::from_raw(drawn.width().into(), drawn.height().into(), grey).expect("size")
}

/// Prints a PDF's page and scans it: a JPEG file.
pub fn printed_and_scanned(pdf: &[u8], wear: Wear) -> Vec<u8> {
    scanned(&pixels(pdf, wear.dpi), wear)
}

/// Scans what was printed, drawn at the scanner's resolution: a JPEG file.
pub fn scanned(picture: &GrayImage, wear: Wear) -> Vec<u8> {
    let turned = turn(picture, wear.degrees.to_radians());
    let mut worn = imageops::blur(&turned, wear.blur_mm * wear.dpi / 25.4);
    let (ink, paper) = wear.greys;
    for (pixel, chance) in worn.pixels_mut().zip(noise(wear.seed)) {
        // Faded ink, grey paper and grain.
        let level =
            ink + f32::from(pixel.0[0]) / 255.0 * (paper - ink) + (f32::from(chance) / 127.5 - 1.0) * wear.grain;
        pixel.0[0] = level.clamp(0.0, 255.0) as u8;
    }
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, wear.jpeg).encode_image(&worn).expect("encoded");
    file
}

/// Turns a picture about its centre on a white ground large enough for all of it, with bilinear sampling.
fn turn(picture: &GrayImage, angle: f32) -> GrayImage {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let (sin, cos) = angle.sin_cos();
    let (wide, high) =
        ((width * cos.abs() + height * sin.abs()).ceil(), (width * sin.abs() + height * cos.abs()).ceil());
    let at = |x: i64, y: i64| {
        let inside = x >= 0 && y >= 0 && x < i64::from(picture.width()) && y < i64::from(picture.height());
        if inside { f32::from(picture.get_pixel(x as u32, y as u32).0[0]) } else { 255.0 }
    };
    GrayImage::from_fn(wide as u32, high as u32, |x, y| {
        let (dx, dy) = (x as f32 - wide / 2.0, y as f32 - high / 2.0);
        let (sx, sy) = (dx * cos + dy * sin + width / 2.0, dy * cos - dx * sin + height / 2.0);
        let (left, top) = (sx.floor(), sy.floor());
        let (fx, fy) = (sx - left, sy - top);
        let (left, top) = (left as i64, top as i64);
        let upper = at(left, top) * (1.0 - fx) + at(left + 1, top) * fx;
        let lower = at(left, top + 1) * (1.0 - fx) + at(left + 1, top + 1) * fx;
        Luma([(upper * (1.0 - fy) + lower * fy).round() as u8])
    })
}
