//! Numbers taken from the pixels.

use image::imageops::{self, FilterType};
use image::{GrayImage, RgbImage};

use super::face::FaceBox;

/// Width to which a picture is brought before its sharpness and light are measured, in pixels, so that numbers can be compared.
const WIDTH: u32 = 520;
/// Width of each side band, in parts of the picture's width.
const BAND_WIDTH: f64 = 0.04;
/// Height of the side bands from the top, in parts of the picture's height: below are the shoulders.
const BAND_HEIGHT: f64 = 0.50;
/// From this brightness on a pixel has lost what was there.
const BLOWN: u8 = 250;

/// The bands at both sides of the head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Background {
    /// Mean brightness of the darker band, 0 to 255.
    pub(super) mean: f64,
    /// Standard deviation of the less even band.
    pub(super) deviation: f64,
    /// How far the means of red, green and blue lie apart.
    pub(super) tint: f64,
}

/// The light on the face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Light {
    /// Mean brightness, 0 to 255.
    pub(super) mean: f64,
    /// Between the darkest twentieth and the brightest twentieth.
    pub(super) contrast: f64,
    /// Share of pixels that are blown out, 0 to 1.
    pub(super) blown: f64,
}

/// A picture at the measuring width.
#[derive(Debug)]
pub(super) struct Measured {
    colour: RgbImage,
    grey: GrayImage,
}

#[derive(Debug, Clone, Copy)]
struct Area {
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Measured {
    pub(super) fn of(pixels: &RgbImage) -> Self {
        let (width, height) = pixels.dimensions();
        let to_height = u64::from(height) * u64::from(WIDTH) / u64::from(width.max(1));
        let to_height = u32::try_from(to_height).unwrap_or(WIDTH).clamp(1, 4 * WIDTH);
        let colour = imageops::resize(pixels, WIDTH, to_height, FilterType::Triangle);
        let grey = imageops::grayscale(&colour);
        Self { colour, grey }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the picture")]
    fn area(&self, left: f64, top: f64, width: f64, height: f64) -> Area {
        let (w, h) = (f64::from(self.grey.width()), f64::from(self.grey.height()));
        let left_px = (left.clamp(0.0, 1.0) * w).min(w - 1.0) as u32;
        let top_px = (top.clamp(0.0, 1.0) * h).min(h - 1.0) as u32;
        let right = ((left + width).clamp(0.0, 1.0) * w) as u32;
        let bottom = ((top + height).clamp(0.0, 1.0) * h) as u32;
        Area {
            left: left_px,
            top: top_px,
            width: right.saturating_sub(left_px).max(1),
            height: bottom.saturating_sub(top_px).max(1),
        }
    }

    fn pixels(&self, area: Area) -> impl Iterator<Item = (u32, u32)> {
        (area.top..area.top + area.height).flat_map(move |y| (area.left..area.left + area.width).map(move |x| (x, y)))
    }

    fn band(&self, left: f64) -> Background {
        let area = self.area(left, 0.0, BAND_WIDTH, BAND_HEIGHT);
        let count = f64::from(area.width) * f64::from(area.height);
        let (mut sum, mut squares, mut channels) = (0.0, 0.0, [0.0; 3]);
        for (x, y) in self.pixels(area) {
            let value = f64::from(self.grey.get_pixel(x, y).0[0]);
            sum += value;
            squares += value * value;
            for (total, channel) in channels.iter_mut().zip(self.colour.get_pixel(x, y).0) {
                *total += f64::from(channel);
            }
        }
        let mean = sum / count;
        let high = channels.iter().copied().fold(f64::MIN, f64::max);
        let low = channels.iter().copied().fold(f64::MAX, f64::min);
        Background { mean, deviation: (squares / count - mean * mean).max(0.0).sqrt(), tint: (high - low) / count }
    }

    pub(super) fn background(&self) -> Background {
        let (left, right) = (self.band(0.0), self.band(1.0 - BAND_WIDTH));
        Background {
            mean: left.mean.min(right.mean),
            deviation: left.deviation.max(right.deviation),
            tint: left.tint.max(right.tint),
        }
    }

    /// Variance of the Laplacian over the face.
    pub(super) fn sharpness(&self, face: &FaceBox) -> f64 {
        let area = self.area(face.left, face.top, face.width, face.height);
        let at = |x: u32, y: u32| f64::from(self.grey.get_pixel(x, y).0[0]);
        let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
        for (x, y) in self.pixels(area) {
            if x == 0 || y == 0 || x + 1 >= self.grey.width() || y + 1 >= self.grey.height() {
                continue;
            }
            let value = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4.0 * at(x, y);
            count += 1.0;
            sum += value;
            squares += value * value;
        }
        if count == 0.0 { 0.0 } else { squares / count - (sum / count) * (sum / count) }
    }

    /// The light on the inner part of the face: hair and background at the box's corners say nothing about it.
    pub(super) fn light(&self, face: &FaceBox) -> Light {
        let (width, height) = (face.width, face.height);
        let area = self.area(face.left + width * 0.15, face.top + height * 0.15, width * 0.7, height * 0.7);
        let mut values: Vec<u8> = self.pixels(area).map(|(x, y)| self.grey.get_pixel(x, y).0[0]).collect();
        values.sort_unstable();
        let count = values.len().max(1) as f64;
        let part = |share: usize| f64::from(values.get(values.len() * share / 100).copied().unwrap_or(0));
        Light {
            mean: values.iter().map(|v| f64::from(*v)).sum::<f64>() / count,
            contrast: part(95) - part(5),
            blown: values.iter().filter(|v| **v >= BLOWN).count() as f64 / count,
        }
    }
}
