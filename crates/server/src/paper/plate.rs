//! A licence plate as it looks on the vehicle: ground, frame and characters by its kind.
//!
//! Proportions follow GA 36-2018 (440 × 140 mm, 480 × 140 mm for new energy); the letters are our own font, narrowed, because the
//! standard's letter shapes are not free.

use luzheng_domain::vehicle::{Plate, PlateColour};

use super::PaperError;
use super::lettering::face;
use super::page::{Ink, Shape};
use super::template::Rgb;

const BLUE: Rgb = [0x12, 0x4f, 0xa8];
const YELLOW: Rgb = [0xf5, 0xb8, 0x1c];
const BLACK: Rgb = [0x14, 0x14, 0x16];
const WHITE: Rgb = [0xfc, 0xfc, 0xfc];
const GREEN: Rgb = [0x4d, 0xb8, 0x6a];
const PALE_GREEN: Rgb = [0xee, 0xf8, 0xf0];
const RED: Rgb = [0xc6, 0x1c, 0x1c];

/// Height of the characters as a part of the plate's height. The standard has 90 of 140 mm; our wider letters look right a little
/// lower.
const CHARACTER_HEIGHT: f32 = 0.56;
/// Widest a character may be as a part of its cell.
const CHARACTER_WIDTH: f32 = 0.88;
/// Width of the gap with the dot, in cells.
const DOT_GAP: f32 = 0.45;

/// Whether the kind has the longer plate of new-energy vehicles.
fn is_long(colour: PlateColour) -> bool {
    matches!(colour, PlateColour::GreenGradient | PlateColour::YellowGreen)
}

/// Width of a plate of this height.
pub(super) fn width(plate: &Plate, height: f32) -> f32 {
    let parts = if is_long(plate.plate_type.colour()) { 480.0 } else { 440.0 };
    height * parts / 140.0
}

/// The shapes of a plate with its top left corner at (x, y).
pub(super) fn shapes(plate: &Plate, x: f32, y: f32, height: f32) -> Result<Vec<Shape>, PaperError> {
    let colour = plate.plate_type.colour();
    let width = width(plate, height);
    let mut shapes = ground(colour, x, y, width, height);
    let letters = match colour {
        PlateColour::Blue | PlateColour::Black => WHITE,
        _ => BLACK,
    };
    let inset = height * 0.035;
    shapes.push(Shape::Box {
        x: x + inset,
        y: y + inset,
        w: width - 2.0 * inset,
        h: height - 2.0 * inset,
        radius: height * 0.06,
        fill: None,
        stroke: Some((letters, height * 0.018)),
    });
    shapes.extend(characters(plate, letters, x, y, width, height)?);
    Ok(shapes)
}

fn ground(colour: PlateColour, x: f32, y: f32, w: f32, h: f32) -> Vec<Shape> {
    let whole = |ink| Shape::Box { x, y, w, h, radius: h * 0.08, fill: Some(ink), stroke: None };
    match colour {
        PlateColour::Blue => vec![whole(Ink::Flat(BLUE))],
        PlateColour::Yellow => vec![whole(Ink::Flat(YELLOW))],
        PlateColour::Black => vec![whole(Ink::Flat(BLACK))],
        PlateColour::White => vec![whole(Ink::Flat(WHITE))],
        PlateColour::GreenGradient => vec![whole(Ink::Fade { top: PALE_GREEN, bottom: GREEN })],
        PlateColour::YellowGreen => {
            // Yellow behind province and authority letter, green behind the rest.
            let split = w * 0.3;
            let right = Shape::Box {
                x: x + split,
                y,
                w: w - split - h * 0.08,
                h,
                radius: 0.0,
                fill: Some(Ink::Flat(GREEN)),
                stroke: None,
            };
            let end = Shape::Box {
                x: x + w * 0.6,
                y,
                w: w * 0.4,
                h,
                radius: h * 0.08,
                fill: Some(Ink::Flat(GREEN)),
                stroke: None,
            };
            vec![whole(Ink::Flat(YELLOW)), right, end]
        }
    }
}

fn characters(plate: &Plate, letters: Rgb, x: f32, y: f32, w: f32, h: f32) -> Result<Vec<Shape>, PaperError> {
    let face = face(true)?;
    let text = plate.number.with_dot();
    let characters: Vec<char> = text.chars().collect();
    let cells: f32 = characters.iter().map(|character| cell(*character)).sum();
    let pad = h * 0.12;
    let unit = (w - 2.0 * pad) / cells.max(1.0);
    let mut left = x + pad;
    let mut shapes = Vec::new();
    for character in characters {
        let span = unit * cell(character);
        let centre = left + span / 2.0;
        left += span;
        if character == '·' {
            let radius = h * 0.045;
            shapes.push(Shape::Box {
                x: centre - radius,
                y: y + h / 2.0 - radius,
                w: 2.0 * radius,
                h: 2.0 * radius,
                radius,
                fill: Some(Ink::Flat(letters)),
                stroke: None,
            });
            continue;
        }
        let text = character.to_string();
        // Chinese characters are centred by their own ink; letters and digits all stand on one line.
        let (top, bottom) = face.extent(if character.is_ascii() { 'H' } else { character })?;
        let size = h * CHARACTER_HEIGHT / (top - bottom).max(0.1);
        let natural = face.width(&text)? * size;
        let stretch = (span * CHARACTER_WIDTH / natural.max(0.01)).min(1.0);
        shapes.push(Shape::Text {
            x: centre - natural * stretch / 2.0,
            y: y + h / 2.0 + (top + bottom) / 2.0 * size,
            size,
            stretch,
            bold: true,
            colour: if character == '警' { RED } else { letters },
            text,
        });
    }
    Ok(shapes)
}

/// How many cells wide a character stands.
fn cell(character: char) -> f32 {
    if character == '·' { DOT_GAP } else { 1.0 }
}
