//! Draws the faces of the demonstration into a folder, with what the photo checks say of each: the same ones every time. They lie drawn in `demo/faces`,
//! because drawing and looking take long without optimisation: `cargo run --release --example draw-faces -- demo/faces`.

use luzheng::synth::portrait::{Look, Scene, jpeg};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// How many of each sex.
const FACES: u64 = 12;
/// Seed of the faces.
const SEED: u64 = 2026;

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "demo/faces".into()));
    std::fs::create_dir_all(&folder)?;
    let mut checks = BTreeMap::new();
    for number in 0..FACES {
        for female in [false, true] {
            let picture = Scene::nominal(Look::of(SEED, number, female), 526, 766).draw();
            let name = format!("{}{number:02}.jpg", if female { 'f' } else { 'm' });
            let bytes = jpeg(&picture, 80);
            let examined = luzheng::photo::examine_upload(&bytes).map_err(std::io::Error::other)?;
            std::fs::write(folder.join(&name), bytes)?;
            checks.insert(name, examined.checks);
        }
    }
    std::fs::write(folder.join("checks.json"), serde_json::to_string_pretty(&checks)? + "\n")
}
