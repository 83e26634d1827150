//! The labelled set that the photo rules are measured on: drawn portraits, each altered to break one rule at most.
//!
//! No picture shows a real person, and `labels.csv` says so in every row: what is measured on this set tells whether the rules do what they
//! say, not how they do on real faces.

use std::path::Path;

use image::imageops;
use serde::Serialize;

use super::chance::{Purpose, Stream};
use super::portrait::{Backdrop, Look, Place, Scene, add_grain, jpeg};
use super::{Output, SynthError};

/// Most pictures of one set.
pub const MAX_PORTRAITS: u64 = 1_000_000;
/// How many pictures are made of each drawn person.
const VARIANTS: u64 = 16;

/// One picture of the set.
#[derive(Debug, Clone)]
pub struct Sample {
    /// File name.
    pub file: String,
    /// Code of the one rule that it breaks; nothing when it breaks none.
    pub broken: Option<&'static str>,
    /// In which way.
    pub how: &'static str,
    /// JPEG.
    pub bytes: Vec<u8>,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PortraitSummary {
    /// Pictures, and rows of `labels.csv`.
    pub pictures: u64,
    /// Of these, pictures that break no rule.
    pub good: u64,
    /// Of these, pictures of real people: none, always.
    pub real_faces: u64,
}

/// Writes `count` pictures and `labels.csv` (file, broken rule, in which way, whether a real face is on it) into a folder.
///
/// # Errors
/// More than [`MAX_PORTRAITS`], or a file that cannot be written.
pub fn write(count: u64, seed: u64, out: &Path, progress: &dyn Fn(u64)) -> Result<PortraitSummary, SynthError> {
    if count > MAX_PORTRAITS {
        return Err(SynthError::TooMany { what: "portraits", asked: count, max: MAX_PORTRAITS });
    }
    std::fs::create_dir_all(out).map_err(|cause| SynthError::Write { path: out.to_owned(), cause })?;
    let mut labels = Output::create(out, "labels.csv")?;
    labels.line("file,broken_rule,how,real_face")?;
    let mut summary = PortraitSummary::default();
    for number in 0..count {
        let sample = sample(seed, number);
        let path = out.join(&sample.file);
        std::fs::write(&path, &sample.bytes).map_err(|cause| SynthError::Write { path, cause })?;
        labels.line(&format!("{},{},{},no", sample.file, sample.broken.unwrap_or(""), sample.how))?;
        summary.pictures += 1;
        summary.good += u64::from(sample.broken.is_none());
        progress(number + 1);
    }
    labels.finish()?;
    Ok(summary)
}

/// The picture of a number: 16 pictures of each person, two of them good ones.
pub fn sample(seed: u64, number: u64) -> Sample {
    let (person, variant) = (number / VARIANTS, number % VARIANTS);
    let look = Look::of(seed, person, person % 2 == 1);
    let mut chance = Stream::new(seed, Purpose::PortraitSet, number);
    let mut part = |low: f32, high: f32| low + (high - low) * (chance.below(1 << 16) as f32 / 65_536.0);
    let mut scene = Scene::nominal(look.clone(), 624, 907);
    // Good pictures are not all alike: people stand a little aside and walls are not all of one white.
    scene.people[0].1 = Place { centre: part(0.47, 0.53), top: part(0.05, 0.10), head: part(0.50, 0.62) };
    scene.backdrop = Backdrop::Plain(part(238.0, 252.0));
    let mut blur = 0.0;
    let side = if part(0.0, 1.0) < 0.5 { -1.0 } else { 1.0 };
    let place = scene.people[0].1;
    let (broken, how) = match variant {
        0 => (None, "good"),
        1 => {
            (scene.width, scene.height) = (520, 756);
            (None, "good_at_least_size")
        }
        2 => {
            (scene.width, scene.height) = if person % 4 == 0 { (519, 754) } else { (360, 523) };
            (Some("size"), "too_few_pixels")
        }
        3 => {
            scene.height = if person % 4 == 0 { 936 } else { 1_100 };
            (Some("ratio"), "too_narrow")
        }
        4 => {
            scene.height = if person % 4 == 0 { 832 } else { 740 };
            (Some("ratio"), "too_wide")
        }
        5 => {
            let other = Look::of(seed, person + 1_000_000, person % 2 == 0);
            let centre = 0.5 + side * part(0.26, 0.30);
            scene.people.push((other, Place { centre, top: part(0.56, 0.60), head: part(0.32, 0.38) }));
            (Some("one_face"), "second_person")
        }
        6 => {
            scene.people[0].0 = look.from_behind();
            (Some("one_face"), "from_behind")
        }
        7 => {
            scene.people.clear();
            (Some("one_face"), "nobody")
        }
        8 => {
            scene.people[0].1 = Place { centre: 0.5 + side * part(0.14, 0.17), head: 0.44, ..place };
            (Some("centred"), "aside")
        }
        9 => {
            scene.people[0].1 = Place { head: part(0.20, 0.30), top: part(0.15, 0.35), ..place };
            (Some("face_size"), "too_far")
        }
        10 => {
            scene.people[0].1 = Place { centre: 0.5, head: part(0.79, 0.83), top: part(0.02, 0.06) };
            (Some("face_size"), "too_near")
        }
        11 => {
            scene.backdrop = Backdrop::Plain(part(70.0, 205.0));
            (Some("background"), "grey_wall")
        }
        12 => {
            scene.backdrop = match person % 3 {
                0 => Backdrop::Striped(part(150.0, 220.0), 250.0),
                1 => Backdrop::Tinted([120.0, 170.0, part(210.0, 250.0)]),
                _ => Backdrop::Busy,
            };
            (Some("background"), "not_plain")
        }
        13 => {
            blur = part(2.5, 6.0);
            (Some("sharpness"), "blurred")
        }
        14 => {
            scene.light = part(14.0, 34.0) / look.brightness();
            (Some("light"), "too_dark")
        }
        _ => {
            scene.light = part(290.0, 360.0) / look.brightness();
            (Some("light"), "too_bright")
        }
    };
    let mut picture = scene.draw_clean();
    if blur > 0.0 {
        picture = imageops::blur(&picture, blur);
    }
    add_grain(&mut picture, number);
    Sample { file: format!("{number:06}-{}.jpg", broken.unwrap_or("good")), broken, how, bytes: jpeg(&picture, 90) }
}
