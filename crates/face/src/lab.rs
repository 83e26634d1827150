//! Local assembled binary features: whether the middle of nine little squares is at least as bright as each of its eight neighbours.

use crate::grey::Grey;
use crate::model::{Boosted, GROUP};

/// Side of one little square, in pixels.
const SQUARE: usize = 3;
/// Side of a feature, in pixels.
pub(crate) const SIDE: usize = 3 * SQUARE;
/// A window more even than this has no face.
const DEVIATION_MIN: f64 = 10.0;
/// The neighbours, in squares from the feature's corner, with the bit of each.
const NEIGHBOURS: [(usize, usize, u8); 8] =
    [(0, 0, 0x80), (1, 0, 0x40), (2, 0, 0x20), (2, 1, 0x08), (2, 2, 0x01), (1, 2, 0x02), (0, 2, 0x04), (0, 1, 0x10)];

/// The features of a whole picture.
#[derive(Debug)]
pub(crate) struct Map {
    width: usize,
    values: Vec<u8>,
    /// Sums and sums of squares of everything above and to the left, with a row and a column of zeros before.
    sums: Vec<(u64, u64)>,
}

impl Map {
    /// The features of a picture that is at least as large as a window.
    pub(crate) fn of(picture: &Grey<'_>) -> Self {
        let (width, height) = (picture.width(), picture.height());
        let mut sums = vec![(0, 0); (width + 1) * (height + 1)];
        for (y, row) in picture.pixels().chunks_exact(width).enumerate() {
            let (mut sum, mut squares) = (0, 0);
            for (x, pixel) in row.iter().enumerate() {
                let value = u64::from(*pixel);
                (sum, squares) = (sum + value, squares + value * value);
                let above = sums[y * (width + 1) + x + 1];
                sums[(y + 1) * (width + 1) + x + 1] = (above.0 + sum, above.1 + squares);
            }
        }
        let mut map = Self { width, values: vec![0; width * height], sums };
        let squares: Vec<u64> = (0..width * height)
            .map(|at| (at % width, at / width))
            .map(|(x, y)| if x + SQUARE > width || y + SQUARE > height { 0 } else { map.sum(x, y, SQUARE).0 })
            .collect();
        for y in 0..=height.saturating_sub(SIDE) {
            for x in 0..=width.saturating_sub(SIDE) {
                let square = |across: usize, down: usize| squares[(y + down * SQUARE) * width + x + across * SQUARE];
                let middle = square(1, 1);
                map.values[y * width + x] = NEIGHBOURS
                    .iter()
                    .filter(|(across, down, _)| middle >= square(*across, *down))
                    .fold(0, |bits, (_, _, bit)| bits | bit);
            }
        }
        map
    }

    /// Sum and sum of squares over a square.
    fn sum(&self, x: usize, y: usize, side: usize) -> (u64, u64) {
        let at = |x: usize, y: usize| self.sums[y * (self.width + 1) + x];
        let (a, b, c, d) = (at(x, y), at(x + side, y), at(x, y + side), at(x + side, y + side));
        (d.0 + a.0 - b.0 - c.0, d.1 + a.1 - b.1 - c.1)
    }

    /// How sure a classifier is that a window is a face; `None` when it is not.
    pub(crate) fn judge(&self, by: &Boosted, x: usize, y: usize, window: usize) -> Option<f32> {
        let mut score = 0.0;
        let mut done = 0;
        while done < by.features.len() {
            for ((left, top), weights) in by.features[done..done + GROUP].iter().zip(&by.weights[done..done + GROUP]) {
                let value = self.values[(y + top) * self.width + x + left];
                score += weights[usize::from(value)];
            }
            done += GROUP;
            if score < by.thresholds[done - 1] {
                return None;
            }
        }
        let area = (window * window) as f64;
        let (sum, squares) = self.sum(x, y, window);
        let mean = sum as f64 / area;
        let deviation = (squares as f64 / area - mean * mean).max(0.0).sqrt();
        (deviation > DEVIATION_MIN).then_some(score)
    }
}
