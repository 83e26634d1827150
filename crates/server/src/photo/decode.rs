//! From bytes to pixels, within ceilings.
//!
//! Before a decoder sees anything, the file's own structure is walked: which kind it is, how many pixels its header states, and where the
//! picture ends. Only the bytes up to there are decoded, so that nothing appended is ever looked at; a file that ends before its picture
//! does is refused rather than filled up with grey.

use std::io::Cursor;

use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, Limits, Rgb, RgbImage};

use super::{ALLOCATION_MAX, FILE_MAX, PIXELS_MAX, PROGRESSIVE_PIXELS_MAX, PhotoRefused, SCANS_MAX};

/// Longest side of what is worked with, in pixels: three times what is kept; a larger picture is made smaller at once.
const WORK_SIDE: u32 = 2_268;
/// Least side of anything that is looked at, in pixels.
const SIDE_MIN: u32 = 16;
/// Longest side, in pixels: a strip of 40 million by 1 is no photo.
const SIDE_MAX: u32 = 16_384;

/// A decoded picture, upright.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Width as uploaded and turned upright, in pixels.
    pub width: u32,
    /// Height as uploaded and turned upright, in pixels.
    pub height: u32,
    /// The pixels, upright; made smaller when the longest side was above 2268 pixels.
    pub pixels: RgbImage,
}

/// What a file's own structure says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frame {
    kind: FileKind,
    width: u32,
    height: u32,
    /// One past the picture's last byte.
    end: usize,
    progressive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileKind {
    Jpeg,
    Png,
    WebP,
}

/// Decodes a JPEG, PNG or WebP picture and turns it upright as its EXIF orientation says. Transparent parts become white.
///
/// # Errors
/// [`PhotoRefused`].
pub fn decode(bytes: &[u8]) -> Result<Picture, PhotoRefused> {
    if bytes.len() > FILE_MAX {
        return Err(PhotoRefused::TooLarge(bytes.len()));
    }
    let frame = frame(bytes)?;
    let pixels = u64::from(frame.width) * u64::from(frame.height);
    let most = if frame.progressive { PROGRESSIVE_PIXELS_MAX } else { PIXELS_MAX };
    if pixels > most || frame.width > SIDE_MAX || frame.height > SIDE_MAX {
        return Err(PhotoRefused::TooManyPixels(frame.width, frame.height));
    }
    if frame.width < SIDE_MIN || frame.height < SIDE_MIN {
        return Err(PhotoRefused::TooSmall(frame.width, frame.height));
    }
    let inner = Cursor::new(&bytes[..frame.end]);
    let broken = |e: image::ImageError| PhotoRefused::Broken(e.to_string());
    match frame.kind {
        FileKind::Jpeg => read(JpegDecoder::new(inner).map_err(broken)?, &frame),
        FileKind::Png => read(PngDecoder::with_limits(inner, limits()).map_err(broken)?, &frame),
        FileKind::WebP => {
            let decoder = WebPDecoder::new(inner).map_err(broken)?;
            if decoder.has_animation() {
                return Err(PhotoRefused::Animated);
            }
            read(decoder, &frame)
        }
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(ALLOCATION_MAX);
    limits
}

fn read(mut decoder: impl ImageDecoder, frame: &Frame) -> Result<Picture, PhotoRefused> {
    let broken = |e: image::ImageError| PhotoRefused::Broken(e.to_string());
    // The decoder must see the picture that our own walk saw, or one of the two was deceived.
    if decoder.dimensions() != (frame.width, frame.height) {
        return Err(PhotoRefused::Broken("its parts state different sizes".into()));
    }
    if decoder.total_bytes() > ALLOCATION_MAX {
        return Err(PhotoRefused::TooManyPixels(frame.width, frame.height));
    }
    decoder.set_limits(limits()).map_err(broken)?;
    // A picture whose EXIF part cannot be read is shown by every viewer as it lies.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    if image.width() > WORK_SIDE || image.height() > WORK_SIDE {
        image = image.thumbnail(WORK_SIDE, WORK_SIDE);
    }
    image.apply_orientation(orientation);
    let turned = matches!(
        orientation,
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    let (width, height) = if turned { (frame.height, frame.width) } else { (frame.width, frame.height) };
    Ok(Picture { width, height, pixels: on_white(image) })
}

/// The picture on white where it is transparent.
fn on_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let rgba = image.into_rgba8();
    let mut out = RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in out.pixels_mut().zip(rgba.pixels()) {
        let [r, g, b, a] = from.0.map(u32::from);
        // The result lies between 0 and 255: a weighted mean of two such numbers.
        *to = Rgb([r, g, b].map(|c| u8::try_from((c * a + 255 * (255 - a) + 127) / 255).unwrap_or(255)));
    }
    out
}

fn frame(bytes: &[u8]) -> Result<Frame, PhotoRefused> {
    if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
        jpeg_frame(bytes)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        png_frame(bytes)
    } else if bytes.len() >= 12 && bytes.starts_with(b"RIFF") && &bytes[8..12] == b"WEBP" {
        webp_frame(bytes)
    } else {
        Err(PhotoRefused::NotAPicture)
    }
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)))
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Walks the marker segments of a JPEG (ITU-T T.81 annex B) to the end of the picture.
fn jpeg_frame(bytes: &[u8]) -> Result<Frame, PhotoRefused> {
    let mut at = 2;
    let mut size: Option<(u32, u32, bool)> = None;
    let mut scans = 0;
    loop {
        if bytes.get(at).ok_or(PhotoRefused::Truncated)? != &0xFF {
            return Err(PhotoRefused::Broken("its segments do not follow each other".into()));
        }
        while bytes.get(at) == Some(&0xFF) {
            at += 1;
        }
        let marker = *bytes.get(at).ok_or(PhotoRefused::Truncated)?;
        at += 1;
        match marker {
            0xD9 => break,
            0x01 | 0xD0..=0xD7 => continue,
            0x00 | 0xD8 => return Err(PhotoRefused::Broken("its segments do not follow each other".into())),
            _ => {}
        }
        let length = be16(bytes, at).ok_or(PhotoRefused::Truncated)? as usize;
        if length < 2 {
            return Err(PhotoRefused::Broken("a segment states no length".into()));
        }
        let next = at + length;
        if next > bytes.len() {
            return Err(PhotoRefused::Truncated);
        }
        match marker {
            0xC0..=0xC2 => {
                let height = be16(bytes, at + 3).ok_or(PhotoRefused::Truncated)?;
                let width = be16(bytes, at + 5).ok_or(PhotoRefused::Truncated)?;
                if size.replace((width, height, marker == 0xC2)).is_some() {
                    return Err(PhotoRefused::Broken("it states its size twice".into()));
                }
            }
            0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                return Err(PhotoRefused::Broken("lossless, hierarchical and arithmetic JPEG are not taken".into()));
            }
            0xDA => {
                scans += 1;
                if scans > SCANS_MAX {
                    return Err(PhotoRefused::Broken(format!("it has more than {SCANS_MAX} scans")));
                }
            }
            _ => {}
        }
        at = if marker == 0xDA { after_scan(bytes, next)? } else { next };
    }
    match size {
        Some((width, height, progressive)) if scans > 0 => {
            Ok(Frame { kind: FileKind::Jpeg, width, height, end: at, progressive })
        }
        _ => Err(PhotoRefused::Broken("it has no pixels".into())),
    }
}

/// Where the marker after a scan's entropy-coded data begins.
fn after_scan(bytes: &[u8], mut at: usize) -> Result<usize, PhotoRefused> {
    loop {
        let step =
            bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == 0xFF)).ok_or(PhotoRefused::Truncated)?;
        at += step;
        match bytes.get(at + 1).ok_or(PhotoRefused::Truncated)? {
            // A stuffed byte or a restart marker belongs to the scan.
            0x00 | 0xD0..=0xD7 => at += 2,
            0xFF => at += 1,
            _ => return Ok(at),
        }
    }
}

/// Walks the chunks of a PNG (ISO/IEC 15948) to its end.
fn png_frame(bytes: &[u8]) -> Result<Frame, PhotoRefused> {
    let mut at = 8;
    let mut size = None;
    loop {
        let length = be32(bytes, at).ok_or(PhotoRefused::Truncated)? as usize;
        let kind = bytes.get(at + 4..at + 8).ok_or(PhotoRefused::Truncated)?;
        let next = at.saturating_add(length).saturating_add(12);
        if next > bytes.len() {
            return Err(PhotoRefused::Truncated);
        }
        match kind {
            b"IHDR" if size.is_none() && length == 13 => {
                let stated = (be32(bytes, at + 8), be32(bytes, at + 12));
                let (Some(width), Some(height)) = stated else { return Err(PhotoRefused::Truncated) };
                size = Some((width, height));
            }
            _ if size.is_none() => return Err(PhotoRefused::Broken("it does not begin with its header".into())),
            b"acTL" => return Err(PhotoRefused::Animated),
            b"IEND" => {
                at = next;
                break;
            }
            _ => {}
        }
        at = next;
    }
    let (width, height) = size.ok_or(PhotoRefused::Truncated)?;
    Ok(Frame { kind: FileKind::Png, width, height, end: at, progressive: false })
}

/// Reads the container and the first chunk of a WebP picture (RFC 9649).
fn webp_frame(bytes: &[u8]) -> Result<Frame, PhotoRefused> {
    let le = |at: usize, n: usize| -> Option<u32> {
        let part = bytes.get(at..at + n)?;
        Some(part.iter().rev().fold(0u32, |sum, b| (sum << 8) | u32::from(*b)))
    };
    let length = le(4, 4).ok_or(PhotoRefused::Truncated)? as usize;
    let end = length.saturating_add(8);
    if end > bytes.len() || end < 30 {
        return Err(PhotoRefused::Truncated);
    }
    let at = |at, n| le(at, n).ok_or(PhotoRefused::Truncated);
    let (width, height) = match &bytes[12..16] {
        b"VP8X" => (at(24, 3)? + 1, at(27, 3)? + 1),
        b"VP8L" => {
            let bits = at(21, 4)?;
            ((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
        }
        b"VP8 " => (at(26, 2)? & 0x3FFF, at(28, 2)? & 0x3FFF),
        _ => return Err(PhotoRefused::Broken("its first part is none that WebP knows".into())),
    };
    Ok(Frame { kind: FileKind::WebP, width, height, end, progressive: false })
}
