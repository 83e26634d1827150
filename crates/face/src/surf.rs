//! Sums of gradients over patches of a window, and the networks that judge them.

use crate::cascade::WINDOW;
use crate::model::Network;

/// Sums that are kept of each pixel: gradients across and down, plain and absolute, each apart by the other's sign.
const CHANNELS: usize = 8;
/// Numbers of one patch: four cells.
pub(crate) const VALUES: usize = 4 * CHANNELS;
/// Patches begin so many pixels apart.
const MOVE: usize = 16;
/// Least side of a patch, in pixels.
const PATCH_MIN: usize = 16;
/// The proportions of patches, width to height.
const FORMATS: [(usize, usize); 5] = [(1, 1), (1, 2), (2, 1), (2, 3), (3, 2)];

/// A part of the window, cut into two by two cells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patch {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

/// All patches of a window, in the order in which the model numbers them.
pub(crate) fn patches() -> Vec<Patch> {
    let mut all = Vec::new();
    for (wide, high) in FORMATS {
        for height in (PATCH_MIN..=WINDOW).filter(|h| h % 2 == 0 && h % high == 0) {
            let width = height / high * wide;
            if width % 2 != 0 || !(PATCH_MIN..=WINDOW).contains(&width) {
                continue;
            }
            for y in (0..=WINDOW - height).step_by(MOVE) {
                all.extend((0..=WINDOW - width).step_by(MOVE).map(|x| Patch { x, y, width, height }));
            }
        }
    }
    all
}

/// The sums of a window.
#[derive(Debug)]
pub(crate) struct Sums {
    /// With a row and a column of zeros before.
    sums: Vec<[i64; CHANNELS]>,
    patches: Vec<Patch>,
}

impl Sums {
    pub(crate) fn new() -> Self {
        Self { sums: vec![[0; CHANNELS]; (WINDOW + 1) * (WINDOW + 1)], patches: patches() }
    }

    /// Takes a window of [`WINDOW`] × [`WINDOW`] pixels in.
    fn take(&mut self, window: &[u8]) {
        let at = |x: usize, y: usize| i64::from(window[y * WINDOW + x]);
        // At the edge the difference to the one neighbour counts twice.
        let difference = |n: usize, value: &dyn Fn(usize) -> i64| match n {
            0 => 2 * (value(1) - value(0)),
            n if n == WINDOW - 1 => 2 * (value(n) - value(n - 1)),
            n => value(n + 1) - value(n - 1),
        };
        for y in 0..WINDOW {
            let mut row = [0; CHANNELS];
            for x in 0..WINDOW {
                let across = difference(x, &|n| at(n, y));
                let down = difference(y, &|n| at(x, n));
                let first = if down < 0 { 2 } else { 0 };
                row[first] += across;
                row[first + 1] += across.abs();
                let second = if across < 0 { 6 } else { 4 };
                row[second] += down;
                row[second + 1] += down.abs();
                let above = self.sums[y * (WINDOW + 1) + x + 1];
                let here = &mut self.sums[(y + 1) * (WINDOW + 1) + x + 1];
                for (channel, value) in here.iter_mut().enumerate() {
                    *value = above[channel] + row[channel];
                }
            }
        }
    }

    /// The numbers of one patch, brought to length 1.
    fn values(&self, patch: Patch, out: &mut Vec<f32>) {
        let (width, height) = (patch.width / 2, patch.height / 2);
        let corner = |x: usize, y: usize| &self.sums[y * (WINDOW + 1) + x];
        let mut values = [0_i64; VALUES];
        for (cell, part) in values.chunks_exact_mut(CHANNELS).enumerate() {
            let (x, y) = (patch.x + cell % 2 * width, patch.y + cell / 2 * height);
            let (a, b, c, d) =
                (corner(x, y), corner(x + width, y), corner(x, y + height), corner(x + width, y + height));
            for (channel, value) in part.iter_mut().enumerate() {
                *value = d[channel] + a[channel] - b[channel] - c[channel];
            }
        }
        let length = values.iter().map(|v| (*v as f64) * (*v as f64)).sum::<f64>().sqrt() as f32;
        out.extend(values.map(|v| if length == 0.0 { 0.0 } else { v as f32 / length }));
    }

    /// What a network says of a window: how sure, and how the window should move and grow. `None` when it is no face.
    pub(crate) fn judge(&mut self, by: &Network, window: &[u8]) -> Option<[f32; 4]> {
        self.take(window);
        let mut values = Vec::with_capacity(by.patches.len() * VALUES);
        for number in &by.patches {
            self.values(self.patches[*number], &mut values);
        }
        for (number, layer) in by.layers.iter().enumerate() {
            let last = number + 1 == by.layers.len();
            values = layer
                .weights
                .chunks_exact(layer.inputs)
                .zip(&layer.biases)
                .map(|(weights, bias)| {
                    let sum = values.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f32>() + bias;
                    if last { 1.0 / (1.0 + (-sum).exp()) } else { sum.max(0.0) }
                })
                .collect();
        }
        let said: [f32; 4] = values.get(..4)?.try_into().ok()?;
        (said[0] > by.threshold).then_some(said)
    }
}
