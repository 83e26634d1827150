//! From a PDF to pixels, within ceilings, by hayro.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::Pixmap;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};

/// Most pixels of one page: A4 at 400 pixels per inch.
pub(super) const PAGE_PIXELS_MAX: f32 = 16_000_000.0;
/// Most pixels on one side; the renderer counts in 16 bits.
const SIDE_MAX: f32 = 16_000.0;

/// Pixels per point for a page at `dpi`, or as near below it as the ceilings allow. `None` when the page has no size.
pub(super) fn scale(page: &Page<'_>, dpi: f32) -> Option<f32> {
    let (width, height) = page.render_dimensions();
    if !(width.is_finite() && height.is_finite() && width >= 1.0 && height >= 1.0) {
        return None;
    }
    let by_area = (PAGE_PIXELS_MAX / (width * height)).sqrt();
    let by_side = SIDE_MAX / width.max(height);
    let scale = (dpi / 72.0).min(by_area).min(by_side);
    (scale.is_finite() && width * scale >= 1.0 && height * scale >= 1.0).then_some(scale)
}

/// A page in pixels on white, at a scale that [`scale`] gave.
pub(super) fn rasterise(page: &Page<'_>, scale: f32) -> Pixmap {
    let pixels = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let (cache, settings) = (RenderCache::new(), InterpreterSettings::default());
    render(page, &cache, &settings, &RenderSettings::default(), &pixels)
}
