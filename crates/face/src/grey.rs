//! A grey picture, and how it is made smaller.

/// A grey picture: rows of bytes from top to bottom.
#[derive(Debug, Clone, Copy)]
pub struct Grey<'a> {
    pixels: &'a [u8],
    width: usize,
    height: usize,
}

impl<'a> Grey<'a> {
    /// A picture of these bytes; `None` when they are not `width` × `height`.
    pub fn new(pixels: &'a [u8], width: usize, height: usize) -> Option<Self> {
        (width.checked_mul(height) == Some(pixels.len())).then_some(Self { pixels, width, height })
    }

    /// Pixels across.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Pixels down.
    pub const fn height(&self) -> usize {
        self.height
    }

    pub(crate) const fn pixels(&self) -> &'a [u8] {
        self.pixels
    }

    /// The pixel at a place; black beside the picture.
    fn at(&self, x: i64, y: i64) -> f64 {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return 0.0 };
        if x >= self.width || y >= self.height { 0.0 } else { f64::from(self.pixels[y * self.width + x]) }
    }

    /// The part from (`left`, `top`), `width` × `height` pixels (each at least 2), brought to `to_width` × `to_height` bilinearly into `out`.
    pub(crate) fn resample(
        &self,
        (left, top): (i64, i64),
        (width, height): (u32, u32),
        (to_width, to_height): (usize, usize),
        out: &mut Vec<u8>,
    ) {
        out.clear();
        let places = |from: u32, to: usize| -> Vec<(i64, f64)> {
            let scale = f64::from(from) / to as f64;
            (0..to)
                .map(|n| {
                    let at = scale * n as f64;
                    // The last pixel has no neighbour to the right: its weight may be 1 instead.
                    #[expect(clippy::cast_possible_truncation, reason = "at lies between 0 and the side")]
                    let first = (at as i64).min(i64::from(from) - 2);
                    (first, at - first as f64)
                })
                .collect()
        };
        let (columns, rows) = (places(width, to_width), places(height, to_height));
        for (y, down) in &rows {
            for (x, right) in &columns {
                let (x, y) = (left + x, top + y);
                let upper = (1.0 - right) * self.at(x, y) + right * self.at(x + 1, y);
                let lower = (1.0 - right) * self.at(x, y + 1) + right * self.at(x + 1, y + 1);
                let value = (1.0 - down) * upper + down * lower;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of bytes")]
                out.push(value as u8);
            }
        }
    }
}
