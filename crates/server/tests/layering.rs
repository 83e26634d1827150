//! Who may import whom inside the server: Cargo holds the walls between crates, this reads the `use` statements and paths inside one.

use std::path::{Path, PathBuf};

/// Folder, and the words that must not occur in its code.
const WALLS: &[(&str, &[&str])] = &[
    ("src/usecase", &["axum", "crate::http", "crate::cli", "crate::jobs", "sqlx"]),
    ("src/http", &["luzheng_store", "sqlx", "crate::jobs", "crate::cli"]),
    ("src/jobs", &["axum", "crate::http", "crate::cli", "luzheng_store", "sqlx"]),
    ("src/cli", &["axum::", "luzheng_store", "sqlx::"]),
    ("src/register", &["axum", "luzheng_store", "sqlx", "crate::http", "crate::usecase", "crate::cli"]),
    ("src/paper", &["axum", "luzheng_store", "sqlx", "crate::http", "crate::usecase", "crate::cli"]),
    ("src/photo", &["axum", "luzheng_store", "sqlx", "crate::http", "crate::usecase", "crate::cli"]),
    ("src/synth", &["axum", "luzheng_store", "sqlx", "crate::http", "crate::usecase", "crate::cli"]),
];

fn rust_files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("the folder is there") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            rust_files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn walls_stand() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    for (folder, forbidden) in WALLS {
        let mut files = Vec::new();
        rust_files(&root.join(folder), &mut files);
        assert!(!files.is_empty(), "{folder} has no code");
        for file in files {
            let text = std::fs::read_to_string(&file).expect("readable");
            for (number, line) in (1..).zip(text.lines()) {
                let code = line.trim_start();
                if code.starts_with("//") {
                    continue;
                }
                for word in *forbidden {
                    if code.contains(word) {
                        broken.push(format!("{}:{number}: {word}", file.strip_prefix(root).unwrap_or(&file).display()));
                    }
                }
            }
        }
    }
    assert!(broken.is_empty(), "these cross a wall (see docs/architecture.md):\n{}", broken.join("\n"));
}

#[test]
fn each_crate_lists_only_what_it_may() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (name, forbidden) in [
        ("domain", &["luzheng-", "sqlx", "axum", "tokio", "aws-lc-rs"][..]),
        ("credential", &["luzheng-store", "sqlx", "axum", "tokio"]),
        ("store", &["luzheng-credential", "axum"]),
        ("server", &["sqlx"]),
    ] {
        let manifest = std::fs::read_to_string(crates.join(name).join("Cargo.toml")).expect("readable");
        let dependencies = manifest
            .split("[dependencies]")
            .nth(1)
            .expect("has dependencies")
            .split("[dev-dependencies]")
            .next()
            .unwrap_or("");
        for word in forbidden {
            assert!(!dependencies.lines().any(|l| l.starts_with(word)), "{name} must not depend on {word}");
        }
    }
}

/// Two types of one name in the published description: the later one would silently stand for both.
#[test]
fn published_types_have_names_of_their_own() {
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut seen: std::collections::BTreeMap<String, PathBuf> = std::collections::BTreeMap::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("readable");
        let mut published = false;
        let mut named = None;
        for line in text.lines() {
            if line.starts_with("#[derive(") {
                published = line.contains("ToSchema");
                named = None;
            } else if let Some((_, rest)) = line.split_once("#[schema(as = ") {
                named = rest.split([')', ',']).next().map(str::to_owned);
            } else if let Some(rest) = line.strip_prefix("pub struct ").or_else(|| line.strip_prefix("pub enum ")) {
                let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                if std::mem::take(&mut published) {
                    let name = named.take().unwrap_or_else(|| name.to_owned());
                    if let Some(other) = seen.insert(name.clone(), file.clone()) {
                        panic!("{name} is published by {} and by {}", other.display(), file.display());
                    }
                }
            }
        }
    }
    assert!(seen.len() > 50, "only {} types were found", seen.len());
}
