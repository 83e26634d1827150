//! Writes the golden and hostile vectors of `crates/credential/vectors` with its fixed test keys.
//!
//! `cargo run -p luzheng-credential --example make-vectors` from anywhere in the workspace. Signatures are randomised, so every
//! run writes other bytes that mean the same; run it only when a vector is added or changed.

mod case;
mod example;
mod good;
mod hostile;
mod licences;
mod lists;
mod malformed;
mod world;

use std::fs;
use std::path::Path;

use world::{Anyhow, World};

fn main() -> Anyhow<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    for sub in ["cases", "status", "trust", "keys"] {
        fs::create_dir_all(folder.join(sub))?;
    }
    for sub in ["cases", "status", "trust"] {
        for entry in fs::read_dir(folder.join(sub))? {
            fs::remove_file(entry?.path())?;
        }
    }
    let world = World::open(&folder)?;
    lists::write_trust(&world)?;
    lists::write_status(&world)?;
    let cases =
        [good::cases(&world), licences::cases(&world), hostile::cases(&world), malformed::cases(&world)].concat();
    for case in &cases {
        case.write(&world)?;
    }
    example::write(&world)?;
    println!("{} cases", cases.len());
    Ok(())
}
