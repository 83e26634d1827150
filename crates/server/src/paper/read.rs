//! Codes in pictures and PDFs, for `verify --image` and `--pdf`. What is verified is the code that is *seen*: a PDF is turned
//! into pixels first, and its attachments and texts are not looked at.

use std::io::Cursor;

use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageFormat, ImageReader, Limits, Luma};
use rxing::common::{GlobalHistogramBinarizer, HybridBinarizer};
use rxing::multi::MultipleBarcodeReader;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{BarcodeFormat, Binarizer, BinaryBitmap, DecodeHints, Luma8LuminanceSource};

use super::raster::{rasterise, scale};

/// Longest file, in bytes.
pub const FILE_MAX: usize = 32 * 1024 * 1024;
/// Most pixels of a picture (telephones make up to 48 million, rarely more).
pub const PIXELS_MAX: u64 = 64_000_000;
/// Longest side of a picture, in pixels.
pub const SIDE_MAX: u32 = 16_384;
/// Most pages of a PDF that are looked at; a longer one is refused.
pub const PAGES_MAX: usize = 20;
/// Most codes that are returned.
pub const CODES_MAX: usize = 16;

/// Resolutions at which a PDF page is looked at, in pixels per inch.
const PDF_DPI: [f32; 2] = [200.0, 400.0];
/// Pixels at which a picture is looked at first; more seldom helps and costs time.
const COMFORTABLE_PIXELS: f64 = 3_000_000.0;
/// Below this a picture is also looked at enlarged.
const SMALL_PIXELS: f64 = 400_000.0;

/// Why no code could be read from a file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Longer than [`FILE_MAX`].
    #[error("the file has {0} bytes; at most {FILE_MAX} are read")]
    FileTooLarge(usize),
    /// More than [`PIXELS_MAX`] pixels or a side longer than [`SIDE_MAX`].
    #[error("the picture has {0} × {1} pixels; at most {PIXELS_MAX} in all and {SIDE_MAX} on a side are read")]
    TooManyPixels(u32, u32),
    /// Neither PNG nor JPEG.
    #[error("the file is neither a PNG nor a JPEG picture")]
    NotAPicture,
    /// A damaged picture.
    #[error("the picture is damaged: {0}")]
    BrokenPicture(String),
    /// Not a PDF, or too damaged to have pages.
    #[error("the file is not a PDF, or it is damaged")]
    NotAPdf,
    /// The PDF asks for a password.
    #[error("the PDF is encrypted with a password")]
    Encrypted,
    /// More than [`PAGES_MAX`] pages.
    #[error("the PDF has {0} pages; at most {PAGES_MAX} are read")]
    TooManyPages(usize),
    /// There is no QR code, or none that can be read.
    #[error("no readable QR code was found")]
    NoCode,
}

/// The texts of the QR codes in a PNG or JPEG picture, in no particular order, each once.
///
/// # Errors
/// See [`ReadError`]; a picture without a code is [`ReadError::NoCode`].
pub fn codes_in_image(bytes: &[u8]) -> Result<Vec<String>, ReadError> {
    found(codes_in_pixels(&decode(bytes)?))
}

/// The texts of the QR codes on the pages of a PDF, in the order of the pages, each once.
///
/// # Errors
/// See [`ReadError`]; a PDF without a code is [`ReadError::NoCode`].
pub fn codes_in_pdf(bytes: &[u8]) -> Result<Vec<String>, ReadError> {
    if bytes.len() > FILE_MAX {
        return Err(ReadError::FileTooLarge(bytes.len()));
    }
    let document = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(_) => ReadError::Encrypted,
        LoadPdfError::Invalid => ReadError::NotAPdf,
    })?;
    let pages = document.pages();
    match pages.len() {
        0 => return Err(ReadError::NotAPdf),
        1..=PAGES_MAX => {}
        count => return Err(ReadError::TooManyPages(count)),
    }
    // Every page at the first resolution before any at the second.
    let mut codes = Vec::new();
    for (round, dpi) in PDF_DPI.into_iter().enumerate() {
        for page in pages.iter() {
            let Some(now) = scale(page, dpi) else { continue };
            // A page so large that the ceiling decides looks the same in the second round.
            if round == 0 || scale(page, PDF_DPI[round - 1]).is_none_or(|before| before < now) {
                add(&mut codes, codes_on_page(page, now));
            }
        }
        if !codes.is_empty() {
            return Ok(codes);
        }
    }
    Err(ReadError::NoCode)
}

fn codes_on_page(page: &Page<'_>, scale: f32) -> Vec<String> {
    let pixels = rasterise(page, scale);
    let (width, height) = (u32::from(pixels.width()), u32::from(pixels.height()));
    // The background is opaque white, so premultiplied and plain colours are the same.
    let grey = pixels.data().iter().map(|p| grey(p.r, p.g, p.b)).collect();
    GrayImage::from_raw(width, height, grey).map(|picture| codes_in_pixels(&picture)).unwrap_or_default()
}

fn found(codes: Vec<String>) -> Result<Vec<String>, ReadError> {
    if codes.is_empty() { Err(ReadError::NoCode) } else { Ok(codes) }
}

fn add(codes: &mut Vec<String>, more: impl IntoIterator<Item = String>) {
    for code in more {
        if codes.len() < CODES_MAX && !codes.contains(&code) {
            codes.push(code);
        }
    }
}

/// Decodes a picture to grey; sizes are checked on its header, before any pixel is decoded.
fn decode(bytes: &[u8]) -> Result<GrayImage, ReadError> {
    if bytes.len() > FILE_MAX {
        return Err(ReadError::FileTooLarge(bytes.len()));
    }
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => format,
        _ => return Err(ReadError::NotAPicture),
    };
    let broken = |error: image::ImageError| ReadError::BrokenPicture(error.to_string());
    let (width, height) = ImageReader::with_format(Cursor::new(bytes), format).into_dimensions().map_err(broken)?;
    if width > SIDE_MAX || height > SIDE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(ReadError::TooManyPixels(width, height));
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    // Sixteen bits each for red, green, blue and alpha, and as much again for the decoder.
    limits.max_alloc = Some(PIXELS_MAX * 16);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    Ok(to_grey(reader.decode().map_err(broken)?))
}

/// Grey, with transparent parts on white, as a screen shows them.
fn to_grey(picture: DynamicImage) -> GrayImage {
    if !picture.color().has_alpha() {
        return picture.into_luma8();
    }
    let picture = picture.into_rgba8();
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let (light, alpha) = (u32::from(grey(red, green, blue)), u32::from(alpha));
        let mixed = (light * alpha + 255 * (255 - alpha)) / 255;
        Luma([u8::try_from(mixed).unwrap_or(255)])
    })
}

/// Luma of Rec. 601.
fn grey(red: u8, green: u8, blue: u8) -> u8 {
    let sum = u32::from(red) * 299 + u32::from(green) * 587 + u32::from(blue) * 114;
    u8::try_from(sum / 1000).unwrap_or(255)
}

/// Looks at a picture in several sizes until something is found.
fn codes_in_pixels(picture: &GrayImage) -> Vec<String> {
    let pixels = f64::from(picture.width()) * f64::from(picture.height());
    let comfortable = (COMFORTABLE_PIXELS / pixels.max(1.0)).sqrt().min(1.0);
    let mut scales = vec![comfortable];
    if comfortable < 1.0 {
        scales.push(1.0);
    }
    if pixels < SMALL_PIXELS {
        scales.push(2.0);
    }
    scales.push(comfortable / 2.0);
    for scale in scales {
        let codes = if (scale - 1.0).abs() < 1e-6 {
            look(picture)
        } else {
            scaled(picture, scale).map(|picture| look(&picture)).unwrap_or_default()
        };
        if !codes.is_empty() {
            return codes;
        }
    }
    Vec::new()
}

fn scaled(picture: &GrayImage, scale: f64) -> Option<GrayImage> {
    let side = |length: u32| {
        let scaled = (f64::from(length) * scale).round();
        // A QR symbol has at least 21 modules a side.
        (21.0..=f64::from(SIDE_MAX)).contains(&scaled).then_some(scaled as u32)
    };
    Some(imageops::resize(picture, side(picture.width())?, side(picture.height())?, FilterType::Triangle))
}

/// Looks once, with a threshold for each neighbourhood and then with one for the whole picture.
fn look(picture: &GrayImage) -> Vec<String> {
    let source = || Luma8LuminanceSource::new(picture.as_raw().clone(), picture.width(), picture.height()).ok();
    let mut codes = Vec::new();
    if let Some(source) = source() {
        add(&mut codes, decode_all(HybridBinarizer::new(source)));
    }
    if codes.is_empty()
        && let Some(source) = source()
    {
        add(&mut codes, decode_all(GlobalHistogramBinarizer::new(source)));
    }
    codes
}

fn decode_all(binarizer: impl Binarizer) -> Vec<String> {
    let hints = DecodeHints {
        TryHarder: Some(true),
        PossibleFormats: Some([BarcodeFormat::QR_CODE].into()),
        ..DecodeHints::default()
    };
    let mut bitmap = BinaryBitmap::new(binarizer);
    let results = QrReader.decode_multiple_with_hints(&mut bitmap, &hints).unwrap_or_default();
    results.iter().map(|result| result.getText().to_owned()).collect()
}
