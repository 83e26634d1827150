//! Which keys have been seen, for files of any length: a table in memory that moves to sorted files on disk when it is full.
//!
//! Keys are kept as 96 bits of their SHA-256: two different keys of a billion-row register meet with a chance of 1 in 10^10.

use aws_lc_rs::digest::{SHA256, digest};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Keys held in memory before they move to disk: about 40 MB.
pub const KEYS_IN_MEMORY: usize = 900_000;

/// Entries a block on disk holds; the first key of each block stays in memory.
const BLOCK: usize = 256;
const ENTRY: usize = 24;

type Key = (u64, u32);

/// What is remembered about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The line it was first seen on (0 when lines beyond 2^32 are counted no longer).
    pub line: u32,
    /// A digest of the row's content.
    pub content: u64,
}

/// A set of keys with the line and the content each was first seen with.
pub struct SeenSet {
    memory: HashMap<Key, Seen>,
    ceiling: usize,
    folder: PathBuf,
    runs: Vec<Run>,
}

/// A sorted file of entries. It is unlinked when dropped.
struct Run {
    file: File,
    path: PathBuf,
    firsts: Vec<Key>,
    entries: usize,
    block: Vec<u8>,
    loaded: Option<usize>,
}

impl SeenSet {
    /// An empty set that spills into a folder, which must exist.
    pub fn new(folder: &Path) -> Self {
        Self::with_ceiling(folder, KEYS_IN_MEMORY)
    }

    /// An empty set with another number of keys in memory.
    pub fn with_ceiling(folder: &Path, ceiling: usize) -> Self {
        Self { memory: HashMap::new(), ceiling: ceiling.max(1), folder: folder.to_owned(), runs: Vec::new() }
    }

    /// Remembers a key, unless it is there already: then what was remembered comes back and nothing changes.
    pub fn insert(&mut self, kind: u8, key: &[u8], line: u64, content: u64) -> io::Result<Option<Seen>> {
        let key = fingerprint(kind, key);
        if let Some(seen) = self.look_up(key)? {
            return Ok(Some(seen));
        }
        if self.memory.len() >= self.ceiling {
            self.spill()?;
        }
        self.memory.insert(key, Seen { line: u32::try_from(line).unwrap_or(0), content });
        Ok(None)
    }

    /// What is remembered about a key.
    pub fn get(&mut self, kind: u8, key: &[u8]) -> io::Result<Option<Seen>> {
        self.look_up(fingerprint(kind, key))
    }

    fn look_up(&mut self, key: Key) -> io::Result<Option<Seen>> {
        if let Some(seen) = self.memory.get(&key) {
            return Ok(Some(*seen));
        }
        for run in &mut self.runs {
            if let Some(seen) = run.find(key)? {
                return Ok(Some(seen));
            }
        }
        Ok(None)
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut entries: Vec<(Key, Seen)> = self.memory.drain().collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        let path = self.folder.join(format!("seen-{}", self.runs.len()));
        self.runs.push(Run::write(path, &entries)?);
        Ok(())
    }
}

/// The first 96 bits of the SHA-256 of a key, with its kind in front.
fn fingerprint(kind: u8, key: &[u8]) -> Key {
    let mut message = Vec::with_capacity(key.len() + 1);
    message.push(kind);
    message.extend_from_slice(key);
    let digest = digest(&SHA256, &message);
    let mut high = [0; 8];
    let mut low = [0; 4];
    high.copy_from_slice(&digest.as_ref()[..8]);
    low.copy_from_slice(&digest.as_ref()[8..12]);
    (u64::from_be_bytes(high), u32::from_be_bytes(low))
}

/// 64 bits of the SHA-256 of a content, to tell a repeated row from a different one.
pub fn content_digest(content: &[u8]) -> u64 {
    fingerprint(0, content).0
}

impl Run {
    fn write(path: PathBuf, entries: &[(Key, Seen)]) -> io::Result<Self> {
        let file = File::options().create_new(true).read(true).write(true).open(&path)?;
        let mut out = BufWriter::with_capacity(BLOCK * ENTRY, &file);
        for (key, seen) in entries {
            let mut entry = [0u8; ENTRY];
            entry[..8].copy_from_slice(&key.0.to_be_bytes());
            entry[8..12].copy_from_slice(&key.1.to_be_bytes());
            entry[12..16].copy_from_slice(&seen.line.to_be_bytes());
            entry[16..].copy_from_slice(&seen.content.to_be_bytes());
            out.write_all(&entry)?;
        }
        out.flush()?;
        drop(out);
        let firsts = entries.iter().step_by(BLOCK).map(|(key, _)| *key).collect();
        Ok(Self { file, path, firsts, entries: entries.len(), block: Vec::new(), loaded: None })
    }

    fn find(&mut self, key: Key) -> io::Result<Option<Seen>> {
        let Some(block) = self.firsts.partition_point(|first| *first <= key).checked_sub(1) else { return Ok(None) };
        if self.loaded != Some(block) {
            let from = block * BLOCK;
            let count = BLOCK.min(self.entries - from);
            self.loaded = None;
            self.block.resize(count * ENTRY, 0);
            self.file.seek(SeekFrom::Start((from * ENTRY) as u64))?;
            self.file.read_exact(&mut self.block)?;
            self.loaded = Some(block);
        }
        let mut wanted = [0u8; 12];
        wanted[..8].copy_from_slice(&key.0.to_be_bytes());
        wanted[8..].copy_from_slice(&key.1.to_be_bytes());
        let entries: Vec<&[u8]> = self.block.chunks_exact(ENTRY).collect();
        let Ok(at) = entries.binary_search_by(|entry| entry[..12].cmp(&wanted)) else { return Ok(None) };
        let (mut line, mut content) = ([0; 4], [0; 8]);
        line.copy_from_slice(&entries[at][12..16]);
        content.copy_from_slice(&entries[at][16..]);
        Ok(Some(Seen { line: u32::from_be_bytes(line), content: u64::from_be_bytes(content) }))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Left behind only when the folder is already gone, which is as good.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn on_disk_or_in_memory_it_is_a_map(keys in proptest::collection::vec(0u16..400, 1..1500), ceiling in 1usize..600) {
            let folder = tempfile::tempdir().expect("a folder");
            let mut set = SeenSet::with_ceiling(folder.path(), ceiling);
            let mut model: HashMap<u16, Seen> = HashMap::new();
            for (line, key) in keys.iter().enumerate() {
                let seen = Seen { line: line as u32, content: u64::from(*key) * 7 };
                let got = set.insert(b'p', &key.to_be_bytes(), line as u64, seen.content).expect("a disk");
                prop_assert_eq!(got, model.get(key).copied());
                model.entry(*key).or_insert(seen);
            }
            for key in 0..400u16 {
                prop_assert_eq!(set.get(b'p', &key.to_be_bytes()).expect("a disk"), model.get(&key).copied());
                prop_assert_eq!(set.get(b'v', &key.to_be_bytes()).expect("a disk"), None);
            }
        }
    }

    #[test]
    fn nothing_stays_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut set = SeenSet::with_ceiling(folder.path(), 10);
        for n in 0..100u32 {
            set.insert(0, &n.to_be_bytes(), 1, 1).expect("a disk");
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 9);
        drop(set);
        assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 0);
    }
}
