//! The folders in which packs and shards lie, and their catalogues.

use crate::app::App;
use crate::usecase::error::{UseError, Used};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

/// The catalogue's name.
const CATALOGUE: &str = "current.json";
/// What a file is called until it is whole.
const PART: &str = "part";
/// Longest name of a file that is served.
const MAX_NAME: usize = 80;
/// Largest catalogue, in bytes.
const MAX_CATALOGUE: u64 = 1 << 20;

/// A folder with files that are made whole or not at all.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

/// Whether something may be the name of a pack or a delta: nothing that leads elsewhere, nothing hidden, nothing unfinished.
pub(super) fn is_pack_name(name: &str) -> bool {
    let plain = name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
    let stem = name.strip_suffix(".lzpack").or_else(|| name.strip_suffix(".lzdelta"));
    plain && name.len() <= MAX_NAME && stem.is_some_and(|stem| stem.starts_with("pack-") && !stem.contains('.'))
}

/// The numbers in a name: `pack-12-…` gives 12, `pack-11-12-…` gives 11 and 12.
pub(super) fn numbers(name: &str) -> Option<(u32, Option<u32>)> {
    if !is_pack_name(name) {
        return None;
    }
    let mut parts = name.strip_prefix("pack-")?.split('-');
    let first = parts.next()?.parse().ok()?;
    let to = if name.ends_with(".lzdelta") { Some(parts.next()?.parse().ok()?) } else { None };
    Some((first, to))
}

pub(super) fn failed(error: std::io::Error, path: &std::path::Path) -> UseError {
    UseError::unavailable("disk", format!("{}: {error}", path.display()), error)
}

impl Folder {
    /// Where packs and deltas lie.
    pub(super) fn packs(app: &App) -> Self {
        Self(app.settings.data_dir.join("packs"))
    }

    /// Where shards lie: apart, so that no name leads from the one to the other.
    pub(super) fn shards(app: &App) -> Self {
        Self(app.settings.data_dir.join("shards"))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Makes the folder.
    pub(super) fn prepare(&self) -> Used<()> {
        fs::create_dir_all(&self.0).map_err(|error| failed(error, &self.0))
    }

    /// The place for a file that is being written.
    pub(super) fn part(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.{PART}"))
    }

    /// Writes a file whole or not at all.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Used<()> {
        let part = self.part(name);
        let written = fs::File::create(&part).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(|error| failed(error, &part))?;
        self.finish(name)
    }

    /// Gives a file that was written under [`Folder::part`] its name.
    pub(super) fn finish(&self, name: &str) -> Used<()> {
        let path = self.path(name);
        fs::rename(self.part(name), &path).map_err(|error| failed(error, &path))
    }

    /// The names of the files in it.
    pub(super) fn names(&self) -> Used<Vec<String>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error, &self.0)),
        };
        let mut names: Vec<String> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names)
    }

    /// Removes a file; that it is not there is as good.
    pub(super) fn remove(&self, name: &str) {
        let _ = fs::remove_file(self.path(name));
    }

    /// What the catalogue says; `None` when there is none, or one that cannot be read: it is then made anew.
    pub(super) async fn catalogue<T: DeserializeOwned + Send + 'static>(&self) -> Used<Option<T>> {
        let path = self.path(CATALOGUE);
        match tokio::fs::metadata(&path).await {
            Ok(about) if about.len() <= MAX_CATALOGUE => {}
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error, &path)),
        }
        let text = tokio::fs::read(&path).await.map_err(|error| failed(error, &path))?;
        Ok(serde_json::from_slice(&text).ok())
    }

    /// Writes the catalogue: from now on the new files are the newest.
    pub(super) fn put_catalogue<T: Serialize>(&self, catalogue: &T) -> Used<()> {
        let text = serde_json::to_vec(catalogue).map_err(|error| UseError::broken("catalogue", error.to_string()))?;
        self.write(CATALOGUE, &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        assert_eq!(numbers("pack-12-0a1b.lzpack"), Some((12, None)));
        assert_eq!(numbers("pack-11-12-0a1b.lzdelta"), Some((11, Some(12))));
        for bad in [
            "",
            "current.json",
            "pack-1.lzpack.part",
            "../pack-1-a.lzpack",
            "pack-1/../../secrets.lzpack",
            "pack-1-a.lzshard",
            "pack-..-a.lzpack",
            ".pack-1.lzpack",
            "PACK-1.lzpack",
        ] {
            assert!(!is_pack_name(bad), "{bad}");
        }
        assert!(!is_pack_name(&format!("pack-{}.lzpack", "1".repeat(90))));
        assert_eq!(numbers("pack-x.lzpack"), None);
    }
}
