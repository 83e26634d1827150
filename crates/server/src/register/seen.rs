//! Which keys have been seen, for files of any length: a table in memory that moves to sorted files on disk when it is full.
//!
//! Keys are kept as 96 bits of a salted SHA-256: two different keys of a billion-row register meet with a chance of 1 in 10^10, and
//! what lies on disk for a while tells nobody whose numbers they are. The files have no name and vanish with the process.

use aws_lc_rs::digest::{Context, SHA256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

/// Keys held in memory before they move to disk: about 50 MB.
pub const KEYS_IN_MEMORY: usize = 1_800_000;

/// Entries a block on disk holds; the first key of each block stays in memory.
const BLOCK: usize = 256;
/// Bytes of an entry on disk: key, line, content.
const ENTRY: usize = 24;
/// Bits of the filter for each key: 1 in 100 look-ups in vain goes to the disk.
const FILTER_BITS: usize = 10;
const FILTER_PROBES: u64 = 6;

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
    /// By the first half of the key, to keep an entry at 24 bytes: the second half stands in the value.
    memory: HashMap<u64, (u64, u32, u32)>,
    ceiling: usize,
    salt: [u8; 16],
    runs: Vec<Run>,
}

/// A sorted file of entries without a name.
struct Run {
    file: File,
    filter: Vec<u64>,
    firsts: Vec<Key>,
    entries: usize,
    block: Vec<u8>,
    loaded: Option<usize>,
}

impl SeenSet {
    /// An empty set. The salt is to be unpredictable.
    pub fn new(salt: [u8; 16]) -> Self {
        Self::with_ceiling(salt, KEYS_IN_MEMORY)
    }

    /// An empty set with another number of keys in memory.
    pub fn with_ceiling(salt: [u8; 16], ceiling: usize) -> Self {
        Self { memory: HashMap::new(), ceiling: ceiling.max(1), salt, runs: Vec::new() }
    }

    /// 64 bits of a content, to tell a repeated row from a different one.
    pub fn content(&self, content: &[u8]) -> u64 {
        self.fingerprint(0, content).0
    }

    /// Remembers a key, unless it is there already: then what was remembered comes back and nothing changes.
    pub fn insert(&mut self, kind: u8, key: &[u8], line: u64, content: u64) -> io::Result<Option<Seen>> {
        let key = self.fingerprint(kind, key);
        if let Some(seen) = self.look_up(key)? {
            return Ok(Some(seen));
        }
        if self.memory.len() >= self.ceiling {
            self.spill()?;
        }
        let line = u32::try_from(line).unwrap_or(0);
        self.memory.insert(key.0, (content, key.1, line));
        Ok(None)
    }

    /// What is remembered about a key.
    pub fn get(&mut self, kind: u8, key: &[u8]) -> io::Result<Option<Seen>> {
        self.look_up(self.fingerprint(kind, key))
    }

    fn look_up(&mut self, key: Key) -> io::Result<Option<Seen>> {
        if let Some((content, low, line)) = self.memory.get(&key.0)
            && *low == key.1
        {
            return Ok(Some(Seen { line: *line, content: *content }));
        }
        for run in &mut self.runs {
            if let Some(seen) = run.find(key)? {
                return Ok(Some(seen));
            }
        }
        Ok(None)
    }

    fn spill(&mut self) -> io::Result<()> {
        let mut entries: Vec<(Key, Seen)> =
            self.memory.drain().map(|(high, (content, low, line))| ((high, low), Seen { line, content })).collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        self.runs.push(Run::write(tempfile::tempfile()?, &entries)?);
        Ok(())
    }

    /// The first 96 bits of the SHA-256 of salt, kind and key.
    fn fingerprint(&self, kind: u8, key: &[u8]) -> Key {
        let mut context = Context::new(&SHA256);
        context.update(&self.salt);
        context.update(&[kind]);
        context.update(key);
        let digest = context.finish();
        let mut high = [0; 8];
        let mut low = [0; 4];
        high.copy_from_slice(&digest.as_ref()[..8]);
        low.copy_from_slice(&digest.as_ref()[8..12]);
        (u64::from_be_bytes(high), u32::from_be_bytes(low))
    }
}

/// The places of a key in a filter of so many bits.
fn probes(key: Key, bits: usize) -> impl Iterator<Item = usize> {
    let step = u64::from(key.1) << 1 | 1;
    (0..FILTER_PROBES).map(move |n| (key.0.wrapping_add(step.wrapping_mul(n << 32 | n)) % bits as u64) as usize)
}

impl Run {
    fn write(file: File, entries: &[(Key, Seen)]) -> io::Result<Self> {
        let mut filter = vec![0u64; (entries.len() * FILTER_BITS).div_ceil(64)];
        for (key, _) in entries {
            for bit in probes(*key, filter.len() * 64) {
                filter[bit / 64] |= 1 << (bit % 64);
            }
        }
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
        Ok(Self { file, filter, firsts, entries: entries.len(), block: Vec::new(), loaded: None })
    }

    fn find(&mut self, key: Key) -> io::Result<Option<Seen>> {
        if probes(key, self.filter.len() * 64).any(|bit| self.filter[bit / 64] >> (bit % 64) & 1 == 0) {
            return Ok(None);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn on_disk_or_in_memory_it_is_a_map(keys in proptest::collection::vec(0u16..400, 1..1500), ceiling in 1usize..600) {
            let mut set = SeenSet::with_ceiling([1; 16], ceiling);
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
    fn the_filter_spares_the_disk_nearly_every_look_up_in_vain() {
        let mut set = SeenSet::with_ceiling([1; 16], 10_000);
        for n in 0..10_001u32 {
            set.insert(0, &n.to_be_bytes(), 1, 1).expect("a disk");
        }
        let in_vain = (20_000..30_000u32)
            .filter(|n| {
                let key = set.fingerprint(0, &n.to_be_bytes());
                let run = &set.runs[0];
                probes(key, run.filter.len() * 64).all(|bit| run.filter[bit / 64] >> (bit % 64) & 1 == 1)
            })
            .count();
        assert!(in_vain < 300, "{in_vain} of 10,000 pass");
    }
}
