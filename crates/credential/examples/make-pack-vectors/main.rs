//! Writes the packs, deltas and shards of `crates/credential/vectors/pack`, good ones and bad ones, with the test keys and the trust list
//! that `make-vectors` wrote.
//!
//! `cargo run -p luzheng-credential --example make-pack-vectors` from anywhere in the workspace. Signatures are randomised, so every
//! run writes other bytes that mean the same.

mod hostile;
mod world;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use world::{Anyhow, World};

/// One file and what a reader must make of it.
pub struct Case {
    /// `REFUSAL--WHAT`, or `good--WHAT`.
    pub name: String,
    /// `lzpack`, `lzdelta` or `lzshard`.
    pub ending: &'static str,
    /// In a sentence.
    pub about: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
    /// What the reader knows before: `pack` (of a delta), `held_pack_seq`, `held_trust_seq`, `now`.
    pub given: Value,
    /// What is asked of it when it opens, with the answers.
    pub asked: Value,
}

impl Case {
    fn entry(&self) -> Value {
        let refusal = match self.name.split_once("--") {
            Some(("good", _)) | None => Value::Null,
            Some((code, _)) => json!(code),
        };
        json!({"file": format!("{}.{}", self.name, self.ending), "about": self.about, "given": self.given,
            "refusal": refusal, "asked": self.asked})
    }
}

fn main() -> Anyhow<()> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let folder = vectors.join("pack");
    fs::create_dir_all(&folder)?;
    for entry in fs::read_dir(&folder)? {
        fs::remove_file(entry?.path())?;
    }
    let world = World::open(&vectors)?;
    let cases =
        [world.good()?, hostile::packs(&world)?, hostile::deltas(&world)?, hostile::shards(&world)?].concat_all();
    for case in &cases {
        fs::write(folder.join(format!("{}.{}", case.name, case.ending)), &case.bytes)?;
    }
    let entries: Vec<Value> = cases.iter().map(Case::entry).collect();
    fs::write(folder.join("cases.json"), format!("{:#}\n", json!({"cases": entries})))?;
    println!("{} cases", cases.len());
    Ok(())
}

/// Several lists of cases as one.
trait ConcatAll {
    fn concat_all(self) -> Vec<Case>;
}

impl<const N: usize> ConcatAll for [Vec<Case>; N] {
    fn concat_all(self) -> Vec<Case> {
        self.into_iter().flatten().collect()
    }
}
