//! From a template and the facts of a mark to shapes on a page, in reading order. Lengths are millimetres here.

use luzheng_domain::vehicle::Plate;

use super::lettering::{Lettering, face};
use super::qr::{QUIET_ZONE, Symbol};
use super::template::{Align, CodeAt, Item, Only, Rectangle, Rgb, Role, Sheet, Template, Values, Words};
use super::{Language, PaperError, plate};

/// Millimetres in a point.
pub(super) const POINT: f32 = 25.4 / 72.0;
/// Side of a printed code without its quiet zone up to version 11, and above (`qr-format.md`, Limits).
const CODE_SIDE: [f32; 2] = [30.0, 35.0];
/// Highest version that fits the smaller side with modules of at least 0.49 mm.
const SMALL_SIDE_VERSION: u8 = 11;

/// By how much a text that does not fit is made smaller at a time.
const SHRINK_STEP: f32 = 0.96;

/// What an area is filled with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ink {
    /// One colour.
    Flat(Rgb),
    /// From one colour at the top to another at the bottom.
    Fade { top: Rgb, bottom: Rgb },
}

/// One thing to draw; lengths in millimetres, origin at the top left.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    /// A rectangle, perhaps with rounded corners; `stroke` is a colour and a width.
    Box { x: f32, y: f32, w: f32, h: f32, radius: f32, fill: Option<Ink>, stroke: Option<(Rgb, f32)> },
    /// One line of text; (x, y) is the left end of its baseline, `size` is in millimetres, `stretch` narrows it.
    Text { x: f32, y: f32, size: f32, stretch: f32, bold: bool, colour: Rgb, text: String },
    /// A QR symbol with its top left module at (x, y) and modules of side `module`.
    Code { x: f32, y: f32, module: f32, runs: Vec<(usize, usize, usize)> },
}

/// What a group of shapes is to a screen reader.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// Nothing: a line, a background.
    Decoration,
    /// A heading with its text and language.
    Heading { text: String, language: Language },
    /// A paragraph in a language.
    Paragraph { language: Language },
    /// A picture with what it shows.
    Picture { alt: String },
}

/// Shapes that belong together.
pub(super) struct Group {
    pub(super) meaning: Meaning,
    pub(super) shapes: Vec<Shape>,
}

/// A page ready for drawing.
pub(super) struct Layout {
    /// Width in millimetres.
    pub(super) width: f32,
    /// Height in millimetres.
    pub(super) height: f32,
    /// What is on it, in reading order.
    pub(super) groups: Vec<Group>,
}

/// What a layout is made from.
pub(super) struct Content<'a> {
    pub(super) template: &'a Template,
    pub(super) values: &'a Values,
    pub(super) plate: &'a Plate,
    pub(super) symbol: &'a Symbol,
    pub(super) demo: bool,
    pub(super) language: Language,
}

/// Layouts inside layouts go no deeper.
const DEPTH_MAX: u8 = 2;

impl Content<'_> {
    /// Whether an item is on this page.
    fn has(&self, item: &Item) -> bool {
        match item.only {
            None => true,
            Some(Only::Demo) => self.demo,
            Some(Only::Zh) => self.language == Language::Chinese,
            Some(Only::En) => self.language == Language::English,
        }
    }
}

impl Shape {
    /// Moves it to the right and down.
    fn move_by(&mut self, right: f32, down: f32) {
        let (Self::Box { x, y, .. } | Self::Text { x, y, .. } | Self::Code { x, y, .. }) = self;
        *x += right;
        *y += down;
    }
}

/// Lays out a page.
pub(super) fn lay_out(sheet: &Sheet, content: &Content<'_>) -> Result<Layout, PaperError> {
    Ok(Layout { width: sheet.width, height: sheet.height, groups: groups(sheet, content, DEPTH_MAX)? })
}

/// What is on a sheet, in the order of its items.
fn groups(sheet: &Sheet, content: &Content<'_>, depth: u8) -> Result<Vec<Group>, PaperError> {
    let mut all = Vec::new();
    for item in sheet.item.iter().filter(|item| content.has(item)) {
        let Some(at) = &item.layout else {
            all.push(group(item, content)?);
            continue;
        };
        let below = depth.checked_sub(1).ok_or_else(|| PaperError::Template("layouts inside layouts".to_owned()))?;
        for mut group in groups(content.template.layout(&at.name)?, content, below)? {
            group.shapes.iter_mut().for_each(|shape| shape.move_by(at.x, at.y));
            all.push(group);
        }
    }
    Ok(all)
}

fn group(item: &Item, content: &Content<'_>) -> Result<Group, PaperError> {
    let (template, values) = (content.template, content.values);
    let alt = |words: &Words| Ok::<_, PaperError>(values.words(words, content.language)?.0);
    match (&item.rectangle, &item.plate, &item.code, &item.text) {
        (Some(rectangle), None, None, None) => {
            Ok(Group { meaning: Meaning::Decoration, shapes: vec![rectangle_shape(rectangle, template)?] })
        }
        (None, Some(at), None, None) => Ok(Group {
            meaning: Meaning::Picture { alt: alt(&template.shared().plate_alt)? },
            shapes: plate::shapes(content.plate, at.x, at.y, at.h)?,
        }),
        (None, None, Some(at), None) => Ok(Group {
            meaning: Meaning::Picture { alt: alt(&template.shared().code_alt)? },
            shapes: code_shapes(content.symbol, at),
        }),
        (None, None, None, Some(words)) => text_group(item, words, content),
        _ => Err(PaperError::Template("an item is one of box, plate, code, layout and text".to_owned())),
    }
}

fn rectangle_shape(rectangle: &Rectangle, template: &Template) -> Result<Shape, PaperError> {
    let colour = |name: &Option<String>| name.as_deref().map(|name| template.colour(name)).transpose();
    Ok(Shape::Box {
        x: rectangle.x,
        y: rectangle.y,
        w: rectangle.w,
        h: rectangle.h,
        radius: rectangle.radius,
        fill: colour(&rectangle.fill)?.map(Ink::Flat),
        stroke: colour(&rectangle.stroke)?.map(|colour| (colour, rectangle.line)),
    })
}

/// Side of the symbol in millimetres, without its quiet zone.
pub(super) fn code_side(version: u8) -> f32 {
    CODE_SIDE[usize::from(version > SMALL_SIDE_VERSION)]
}

fn code_shapes(symbol: &Symbol, at: &CodeAt) -> Vec<Shape> {
    let side = code_side(symbol.version());
    let count = |modules: usize| f32::from(u16::try_from(modules).expect("at most 177 modules"));
    let module = side / count(symbol.modules());
    let quiet = module * count(QUIET_ZONE);
    let (x, y) = (at.cx - side / 2.0, at.cy - side / 2.0);
    let white = Shape::Box {
        x: x - quiet,
        y: y - quiet,
        w: side + 2.0 * quiet,
        h: side + 2.0 * quiet,
        radius: 0.0,
        fill: Some(Ink::Flat([255; 3])),
        stroke: None,
    };
    vec![white, Shape::Code { x, y, module, runs: symbol.runs() }]
}

fn text_group(item: &Item, words: &Words, content: &Content<'_>) -> Result<Group, PaperError> {
    let (text, language) = content.values.words(words, content.language)?;
    let meaning = match item.role {
        Role::Heading => Meaning::Heading { text: text.clone(), language },
        Role::Paragraph => Meaning::Paragraph { language },
    };
    Ok(Group { meaning, shapes: text_shapes(item, &text, content.template)? })
}

fn text_shapes(item: &Item, text: &str, template: &Template) -> Result<Vec<Shape>, PaperError> {
    let face = face(item.bold)?;
    let colour = template.colour(&item.colour)?;
    let (size, lines) = fit(item, text, face)?.ok_or_else(|| PaperError::DoesNotFit { text: text.to_owned() })?;
    let mut y = item.y;
    let mut shapes = Vec::new();
    for text in lines {
        let width = face.width(&text)? * size;
        let x = match item.align {
            Align::Left => item.x,
            Align::Centre => item.x + (item.w - width) / 2.0,
            Align::Right => item.x + item.w - width,
        };
        shapes.push(Shape::Text { x, y, size, stretch: 1.0, bold: item.bold, colour, text });
        y += item.leading;
    }
    Ok(shapes)
}

/// The largest size, in millimetres, at which a text fits its width and lines, and those lines.
fn fit(item: &Item, text: &str, face: &Lettering) -> Result<Option<(f32, Vec<String>)>, PaperError> {
    let mut size = item.size * POINT;
    if item.w <= 0.0 {
        return Ok(Some((size, vec![text.to_owned()])));
    }
    let smallest = if item.shrink > 0.0 { item.shrink * POINT } else { size };
    loop {
        let lines = if item.lines > 1 { face.lines(text, item.w / size)? } else { vec![text.to_owned()] };
        let mut widest = 0.0_f32;
        for line in &lines {
            widest = widest.max(face.width(line)? * size);
        }
        // A hair more than the width is rounding, not an overflow.
        if lines.len() <= item.lines && widest <= item.w * 1.001 {
            return Ok(Some((size, lines)));
        }
        if size <= smallest {
            return Ok(None);
        }
        size = (size * SHRINK_STEP).max(smallest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::qr::PRINT_VERSION_MAX;
    use luzheng_domain::credential::CredentialKind;

    /// `qr-format.md`, Limits: below 0.49 mm a module is lost in printing.
    #[test]
    fn every_printed_module_is_large_enough() {
        for version in 1..=PRINT_VERSION_MAX {
            let module = code_side(version) / f32::from(17 + 4 * u16::from(version));
            assert!(module >= 0.49, "version {version}: {module} mm");
        }
    }

    /// The quiet zone keeps clear of everything else on both pages, also around the largest code.
    #[test]
    fn nothing_stands_in_the_quiet_zone() {
        let template = crate::paper::template(CredentialKind::InspectionMark).expect("template");
        for sheet in ["a4", "card"].map(|name| template.layout(name).expect("a layout")) {
            for version in [10, 11, 12, PRINT_VERSION_MAX] {
                let at = sheet.item.iter().find_map(|item| item.code.as_ref()).expect("a code");
                let side = code_side(version);
                let half = side / 2.0 + side / f32::from(17 + 4 * u16::from(version)) * 4.0;
                let (left, right, top, bottom) = (at.cx - half, at.cx + half, at.cy - half, at.cy + half);
                assert!(left >= 0.0 && top >= 0.0 && right <= sheet.width && bottom <= sheet.height);
                for item in sheet.item.iter().filter(|item| item.text.is_some() && item.w > 0.0) {
                    let above = item.y < top;
                    let below = item.y - item.size * POINT > bottom;
                    let beside = item.x + item.w < left || item.x > right;
                    assert!(above || below || beside, "{:?} at version {version}", item.text);
                }
                let plate = sheet.item.iter().find_map(|item| item.plate.as_ref()).expect("a plate");
                assert!(plate.x + plate.h * 480.0 / 140.0 < left || plate.y > bottom, "the plate at version {version}");
            }
        }
    }
}
