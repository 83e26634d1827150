//! The faces of the demonstration: drawn, of nobody. They lie drawn in `demo/faces` (`examples/draw-faces.rs` made them).

use image::imageops::FilterType;
use rust_embed::RustEmbed;
use std::path::Path;

#[derive(RustEmbed)]
#[folder = "../../demo/faces"]
#[include = "*.jpg"]
#[include = "checks.json"]
struct Drawn;

/// How many there are of each sex.
const EACH: u64 = 12;
/// Width and height of a picture in the register's card file, in pixels.
const CARD: (u32, u32) = (260, 378);
/// Quality of the card file's pictures.
const QUALITY: u8 = 85;

/// Width and height of a face as a phone takes it, in pixels.
pub const TAKEN: (u32, u32) = (526, 766);

fn name(number: u64, female: bool) -> String {
    format!("{}{:02}.jpg", if female { 'f' } else { 'm' }, number % EACH)
}

/// A face as a phone's camera takes it, as JPEG. Any number gives one.
pub fn face(number: u64, female: bool) -> Vec<u8> {
    Drawn::get(&name(number, female)).map_or_else(Vec::new, |file| file.data.into_owned())
}

/// What the photo checks say of it, as JSON.
pub fn checks(number: u64, female: bool) -> String {
    let all = Drawn::get("checks.json").map(|file| serde_json::from_slice::<serde_json::Value>(&file.data));
    match all {
        Some(Ok(all)) => all[name(number, female)].to_string(),
        _ => "[]".into(),
    }
}

/// The same in the size of the register's card file.
fn card(number: u64, female: bool) -> Vec<u8> {
    let Ok(picture) = image::load_from_memory(&face(number, female)) else { return Vec::new() };
    let small = picture.resize_exact(CARD.0, CARD.1, FilterType::Triangle).to_rgb8();
    crate::synth::portrait::jpeg(&small, QUALITY)
}

/// The name under which a face lies in the folder of the cast's photos.
pub(super) fn file(number: u64, female: bool) -> String {
    format!("cast-{}{:02}.jpg", if female { 'f' } else { 'm' }, number % EACH)
}

/// Writes the photo files that the registers of the demonstration name.
///
/// # Errors
/// A file cannot be written.
pub fn write_photos(folder: &Path) -> std::io::Result<()> {
    for female in [false, true] {
        for number in 0..EACH {
            let picture = card(number, female);
            std::fs::write(folder.join(file(number, female)), &picture)?;
            for name in crate::synth::face_files(female).filter(|(of, _)| of % EACH == number).map(|(_, name)| name) {
                std::fs::write(folder.join(name), &picture)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_face_passes_the_checks_of_photos() {
        // Each is looked at like a photo that somebody takes; some seconds without optimisation, so two of each sex.
        for female in [false, true] {
            for number in [0, EACH - 1] {
                let examined = crate::photo::examine_upload(&face(number, female)).unwrap();
                let failed: Vec<_> = examined.checks.iter().filter(|c| !c.ok).map(|c| c.rule.code()).collect();
                assert!(examined.portrait.is_some() && failed.is_empty(), "{number} {female}: {failed:?}");
                assert_eq!(serde_json::to_value(&examined.checks).unwrap().to_string(), checks(number, female));
                assert_eq!(
                    image::load_from_memory(&face(number, female)).map(|p| (p.width(), p.height())).unwrap(),
                    TAKEN
                );
            }
        }
    }

    #[test]
    fn there_is_a_file_for_every_name() {
        let folder = tempfile::TempDir::new().unwrap();
        write_photos(folder.path()).unwrap();
        let written = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(
            written as u64,
            2 * EACH + (crate::synth::face_files(false).count() + crate::synth::face_files(true).count()) as u64
        );
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(crate::photo::accept_register_photo(&bytes).is_ok());
        }
    }
}
