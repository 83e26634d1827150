//! Each rule, measured.
//!
//! The limits of the rules about the face, the background, sharpness and light are where the project's own labelled set and a first
//! look at real pictures put them (`bench/RESULTS.md` has precision and recall); they advise, they do not refuse.

use super::decode::Picture;
use super::face::{FaceBox, faces};
use super::measure::Measured;
use super::rule::{Check, Rule};
use super::{KEPT, WIDTH_MIN, words};

/// The face's middle lies between these parts of the width.
const CENTRE: (f64, f64) = (0.40, 0.60);
/// The detector's box is between these parts of the picture wide.
///
/// The upper limit follows the card file's picture: a head of at most 189 of 260 pixels is 0.73 wide, and the box is about as wide as the head.
const FACE_WIDTH: (f64, f64) = (0.35, 0.72);
/// The side bands' mean brightness is at least this.
const BACKGROUND_MEAN: f64 = 230.0;
/// The side bands' standard deviation is below this.
const BACKGROUND_DEVIATION: f64 = 12.0;
/// Red, green and blue of the side bands lie at most this far apart.
const BACKGROUND_TINT: f64 = 20.0;
/// The Laplacian's variance over the face is at least this.
const SHARPNESS: f64 = 20.0;
/// The mean brightness of the face is at least this: low enough for dark skin in good light.
const LIGHT_MEAN: f64 = 45.0;
/// Between the darkest and the brightest twentieth of the face lie at least this many steps.
const LIGHT_CONTRAST: f64 = 22.0;
/// At most this share of the face is blown out.
const LIGHT_BLOWN: f64 = 0.08;
/// A second face narrower than this part of the widest is taken for a pattern, not for a person.
const SECOND_FACE: f64 = 0.4;

/// What each rule says about a picture, in the order of [`Rule::ALL`].
pub fn check(picture: &Picture) -> Vec<Check> {
    check_with(picture, &faces(picture))
}

pub(super) fn check_with(picture: &Picture, faces: &[FaceBox]) -> Vec<Check> {
    let measured = Measured::of(&picture.pixels);
    // The largest is whose portrait it is; the surest may be a stranger behind.
    let main = faces.iter().max_by(|a, b| a.width.total_cmp(&b.width));
    Rule::ALL
        .into_iter()
        .map(|rule| match rule {
            Rule::Size => size(picture),
            Rule::Ratio => ratio(picture, main),
            Rule::OneFace => one_face(faces, main),
            Rule::Centred => centred(main),
            Rule::FaceSize => face_size(main),
            Rule::Background => background(&measured),
            Rule::Sharpness => sharpness(&measured, main),
            Rule::Light => light(&measured, main),
        })
        .collect()
}

fn made(rule: Rule, ok: bool, measured: String, limit: String, found: words::Found) -> Check {
    let (text, fix) = words::of(rule, found);
    Check { rule, ok, measured, limit, text, fix }
}

fn size(picture: &Picture) -> Check {
    let ok = picture.width >= WIDTH_MIN;
    let found = if ok { words::Found::Fine } else { words::Found::Low };
    made(Rule::Size, ok, format!("{} × {} px", picture.width, picture.height), format!("≥ {WIDTH_MIN} px wide"), found)
}

/// Above 2:3 and below 3:4, in whole numbers so that exactly 2:3 is told from just above it.
fn ratio(picture: &Picture, face: Option<&FaceBox>) -> Check {
    let (width, height) = (u64::from(picture.width), u64::from(picture.height));
    let (narrow, wide) = (width * 3 <= height * 2, width * 4 >= height * 3);
    let found = match (narrow, wide) {
        (true, _) => words::Found::Narrow(crop(picture, face)),
        (_, true) => words::Found::Wide(crop(picture, face)),
        _ => words::Found::Fine,
    };
    let measured = format!("{:.3} ({} : {})", width as f64 / height as f64, picture.width, picture.height);
    made(Rule::Ratio, !narrow && !wide, measured, "> 2:3 (0.667), < 3:4 (0.750)".into(), found)
}

/// The largest part of the recommended ratio, around the face when there is one.
fn crop(picture: &Picture, face: Option<&FaceBox>) -> words::Crop {
    let (width, height) = (u64::from(picture.width), u64::from(picture.height));
    let (to_width, to_height) = (u64::from(KEPT.0), u64::from(KEPT.1));
    let (w, h) = if width * to_height > height * to_width {
        (height * to_width / to_height, height)
    } else {
        (width, width * to_height / to_width)
    };
    let middle = face.map_or(0.5, FaceBox::middle).clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the picture")]
    let left = (middle * width as f64 - w as f64 / 2.0).clamp(0.0, (width - w) as f64) as u64;
    words::Crop { left, width: w, height: h }
}

fn one_face(faces: &[FaceBox], main: Option<&FaceBox>) -> Check {
    let people = main.map_or(0, |m| faces.iter().filter(|f| f.width >= m.width * SECOND_FACE).count());
    let found = match people {
        0 => words::Found::Low,
        1 => words::Found::Fine,
        _ => words::Found::High,
    };
    made(Rule::OneFace, people == 1, people.to_string(), "1".into(), found)
}

/// What a rule about the face says when there is none: nothing wrong, since nothing was measured.
fn without_face(rule: Rule, limit: String) -> Check {
    made(rule, true, "–".into(), limit, words::Found::Nothing)
}

fn between(value: f64, (low, high): (f64, f64)) -> words::Found {
    if value < low {
        words::Found::Low
    } else if value > high {
        words::Found::High
    } else {
        words::Found::Fine
    }
}

fn centred(face: Option<&FaceBox>) -> Check {
    let limit = format!("{:.2} – {:.2}", CENTRE.0, CENTRE.1);
    let Some(face) = face else { return without_face(Rule::Centred, limit) };
    let found = between(face.middle(), CENTRE);
    made(Rule::Centred, found == words::Found::Fine, format!("{:.2}", face.middle()), limit, found)
}

fn face_size(face: Option<&FaceBox>) -> Check {
    let limit = format!("{:.2} – {:.2}", FACE_WIDTH.0, FACE_WIDTH.1);
    let Some(face) = face else { return without_face(Rule::FaceSize, limit) };
    let found = between(face.width, FACE_WIDTH);
    made(Rule::FaceSize, found == words::Found::Fine, format!("{:.2}", face.width), limit, found)
}

fn background(measured: &Measured) -> Check {
    let seen = measured.background();
    let found = if seen.mean < BACKGROUND_MEAN {
        words::Found::Low
    } else if seen.deviation >= BACKGROUND_DEVIATION || seen.tint > BACKGROUND_TINT {
        words::Found::High
    } else {
        words::Found::Fine
    };
    made(
        Rule::Background,
        found == words::Found::Fine,
        format!("{:.0}, ± {:.1}, Δ {:.0}", seen.mean, seen.deviation, seen.tint),
        format!("≥ {BACKGROUND_MEAN:.0}, ± < {BACKGROUND_DEVIATION:.0}, Δ ≤ {BACKGROUND_TINT:.0}"),
        found,
    )
}

fn sharpness(measured: &Measured, face: Option<&FaceBox>) -> Check {
    let limit = format!("≥ {SHARPNESS:.0}");
    let Some(face) = face else { return without_face(Rule::Sharpness, limit) };
    let seen = measured.sharpness(face);
    let found = if seen < SHARPNESS { words::Found::Low } else { words::Found::Fine };
    made(Rule::Sharpness, seen >= SHARPNESS, format!("{seen:.0}"), limit, found)
}

fn light(measured: &Measured, face: Option<&FaceBox>) -> Check {
    let limit = format!("≥ {LIGHT_MEAN:.0}, ± ≥ {LIGHT_CONTRAST:.0}, ≤ {:.0} %", LIGHT_BLOWN * 100.0);
    let Some(face) = face else { return without_face(Rule::Light, limit) };
    let seen = measured.light(face);
    let found = if seen.blown > LIGHT_BLOWN {
        words::Found::High
    } else if seen.mean < LIGHT_MEAN || seen.contrast < LIGHT_CONTRAST {
        words::Found::Low
    } else {
        words::Found::Fine
    };
    made(
        Rule::Light,
        found == words::Found::Fine,
        format!("{:.0}, ± {:.0}, {:.0} %", seen.mean, seen.contrast, seen.blown * 100.0),
        limit,
        found,
    )
}
