//! The good files: three lists, what changed in them a day later, and the plates of a province.

use std::fs;
use std::path::Path;

use luzheng_credential::pack::{Held, Pack, PackBuilder};
use luzheng_credential::shard::{BLOCK, MarkState, PlateFacts, ShardBuilder};
use luzheng_credential::sign::FileKey;
use luzheng_credential::status_list::{ENTRIES, EntryBits};
use luzheng_credential::trust::{Roots, TrustList};
use luzheng_domain::vehicle::{StatusSet, YearMonth};
use serde_json::{Value, json};

use crate::Case;

pub type Anyhow<T> = Result<T, Box<dyn std::error::Error>>;

/// 2026-11-21T08:00:00Z, when the vectors are judged unless they say otherwise.
pub const NOW: i64 = 1_795_248_000;
/// When the packs were made: the older one a day before the newer one.
pub const MADE: i64 = NOW - 300;
pub const DAY: i64 = 86_400;
/// Numbers of the two packs, and of the shard.
pub const OLDER: u32 = 11;
pub const NEWER: u32 = 12;
pub const SHARD: u32 = 5;
/// Number of the trust list.
pub const TRUST_SEQ: u64 = 7;
const PASSPHRASE: &[u8] = b"test keys of the vectors, not secret";

pub struct World {
    vectors: std::path::PathBuf,
    pub roots: Roots,
    pub trust_json: String,
    pub trust: TrustList,
}

/// A list with its number, its entries and when it was published.
pub type List = (u32, EntryBits, Vec<(u32, u8)>, i64);

impl World {
    pub fn open(vectors: &Path) -> Anyhow<Self> {
        let roots = Roots::from_json(&fs::read_to_string(vectors.join("root.json"))?)?;
        let trust_json = fs::read_to_string(vectors.join("trust/trust.json"))?;
        let trust = TrustList::open(&trust_json, &roots, 0)?;
        Ok(Self { vectors: vectors.to_owned(), roots, trust_json, trust })
    }

    pub fn trust_file(&self, name: &str) -> Anyhow<String> {
        Ok(fs::read_to_string(self.vectors.join("trust").join(name))?)
    }

    pub fn key(&self, name: &str) -> Anyhow<FileKey> {
        let pem = fs::read_to_string(self.vectors.join("keys").join(format!("{name}.pem")))?;
        Ok(FileKey::from_encrypted_pem(&pem, PASSPHRASE)?)
    }

    /// The lists of the older pack. List 1 is that of the other vectors.
    pub fn older_lists() -> Vec<List> {
        let marks = [(0, 1), (1, 2), (2, 3), (100_001, 1), (524_290, 2), (1_048_575, 3)];
        // Everything about in the ratio of real life: one in a hundred, most of them superseded.
        let many = (0..ENTRIES).step_by(97).map(|index| (index + index % 89, [3, 3, 3, 1, 2][index as usize % 5]));
        vec![
            (1, EntryBits::Two, marks.to_vec(), MADE - DAY - 112),
            (2, EntryBits::Two, Vec::new(), MADE - DAY - 900),
            (3, EntryBits::Four, vec![(0, 12), (77_777, 12), (99_999, 9), (100_001, 1), (524_290, 2)], MADE - DAY),
            (70, EntryBits::Two, many.take(700).collect(), MADE - DAY - 5),
        ]
    }

    /// A day later: changes, a list that is new, one in which nothing changed, one that is gone.
    pub fn newer_lists() -> Vec<List> {
        let mut lists = Self::older_lists();
        lists.retain(|(list, ..)| *list != 2);
        for (list, _, entries, iat) in &mut lists {
            *iat += DAY;
            match list {
                1 => *entries = vec![(0, 1), (2, 1), (4_712, 3), (100_001, 1), (524_290, 3), (1_048_575, 3)],
                3 => *entries = vec![(77_777, 1), (99_999, 9), (100_001, 1), (524_290, 2)],
                _ => {}
            }
        }
        lists.push((71, EntryBits::Four, vec![(5, 3), (6, 2)], MADE));
        lists
    }

    pub fn pack_bytes(&self, seq: u32, iat: i64, lists: &[List], key: &str, trust_json: &str) -> Anyhow<Vec<u8>> {
        let mut builder = PackBuilder::new();
        for (list, bits, entries, published) in lists {
            builder.add_entries(*list, *bits, entries, *published, published + 7 * DAY)?;
        }
        // A trust list that does not open under the roots is still put in: the number then stands in for it.
        let trust = TrustList::open(trust_json, &self.roots, 0).unwrap_or_else(|_| self.trust.clone());
        Ok(builder.finish(seq, iat, &trust, trust_json, &self.key(key)?)?)
    }

    pub fn older(&self) -> Anyhow<Vec<u8>> {
        self.pack_bytes(OLDER, MADE - DAY, &Self::older_lists(), "status-es256", &self.trust_json)
    }

    pub fn newer(&self) -> Anyhow<Vec<u8>> {
        self.pack_bytes(NEWER, MADE, &Self::newer_lists(), "status-es256", &self.trust_json)
    }

    pub fn opened(&self, bytes: Vec<u8>) -> Anyhow<Pack> {
        Ok(Pack::open(bytes, &self.roots, Held::default(), jiff::Timestamp::from_second(NOW)?)?)
    }

    pub fn shard_bytes(&self, seq: u32, iat: i64, key: &str) -> Anyhow<Vec<u8>> {
        let mut builder = ShardBuilder::new(Vec::new());
        for (plate, plate_type, facts) in plates() {
            builder.add(&plate, plate_type, &facts)?;
        }
        let (mut front, blocks) = builder.finish(32, seq, iat, TRUST_SEQ, &self.key(key)?)?;
        front.extend(blocks);
        Ok(front)
    }

    pub fn good(&self) -> Anyhow<Vec<Case>> {
        let (older, newer) = (self.opened(self.older()?)?, self.opened(self.newer()?)?);
        let delta = older.delta_to(&newer)?;
        let entries = [0, 1, 2, 3, 4_711, 4_712, 77_777, 99_999, 100_001, 524_290, 1_048_575, 1_048_576];
        let case = |name: &str, about, bytes: Vec<u8>, given: Value, asked: Value| {
            let ending = if name.contains("delta") { "lzdelta" } else { "lzpack" };
            Case { name: format!("good--{name}"), ending, about, bytes, given, asked }
        };
        let asked = |lists: &[List]| {
            let numbers = lists.iter().map(|(list, ..)| *list).chain([99]);
            let pairs = numbers.flat_map(|list| entries.map(|index| (list, index)));
            pairs.map(|(list, index)| answer(lists, list, index)).collect()
        };
        let sm2 = self.pack_bytes(NEWER, MADE, &Self::newer_lists(), "status-sm2", &self.trust_json)?;
        let ed25519 = self.pack_bytes(NEWER, MADE, &Self::newer_lists(), "status-ed25519", &self.trust_json)?;
        let (older_asked, newer_asked): (Value, Value) = (asked(&Self::older_lists()), asked(&Self::newer_lists()));
        Ok(vec![
            case("older", "the pack of yesterday", older.into_bytes(), json!({}), older_asked),
            case(
                "newer",
                "the pack of today",
                newer.into_bytes(),
                json!({"held_pack_seq": OLDER}),
                newer_asked.clone(),
            ),
            case(
                "newer-again",
                "the pack that is held already",
                self.newer()?,
                json!({"held_pack_seq": NEWER, "held_trust_seq": TRUST_SEQ}),
                newer_asked.clone(),
            ),
            case("by-sm2", "signed with SM2", sm2, json!({}), newer_asked.clone()),
            case("by-ed25519", "signed with Ed25519", ed25519, json!({}), newer_asked.clone()),
            case(
                "delta",
                "from the pack of yesterday to that of today",
                delta,
                json!({"pack": "good--older.lzpack", "result": "good--newer.lzpack"}),
                newer_asked,
            ),
            self.good_shard()?,
        ])
    }

    fn good_shard(&self) -> Anyhow<Case> {
        let all = plates();
        let known = ["苏A00000", "苏B12345", "苏B12346", "苏E0001挂", "苏E99999D"];
        let boundary = [&all[BLOCK - 1].0, &all[BLOCK].0, &all[2 * BLOCK].0].map(String::as_str);
        let unknown = ["苏", "苏A0000", "苏B12345A", "浙A00000", "苏Z99999", "A"];
        let asked: Value = known.into_iter().chain(boundary).chain(unknown).map(|plate| found(&all, plate)).collect();
        Ok(Case {
            name: "good--jiangsu".to_owned(),
            ending: "lzshard",
            about: "plates of Jiangsu, in three blocks",
            bytes: self.shard_bytes(SHARD, MADE, "status-es256")?,
            given: json!({}),
            asked,
        })
    }
}

/// What the lists say, without any pack: the truth that answers are compared with.
fn answer(lists: &[List], list: u32, index: u32) -> Value {
    let known = lists.iter().find(|(number, ..)| *number == list).filter(|_| index < ENTRIES);
    let bits = known.map(|(_, _, entries, _)| entries.iter().find(|(at, _)| *at == index).map_or(0, |(_, bits)| *bits));
    let word = match bits {
        Some(0) => Some("valid"),
        Some(1) => Some("invalid"),
        Some(2) => Some("suspended"),
        Some(3) => Some("superseded"),
        Some(12) => Some("stopped"),
        _ => None,
    };
    match (known, word) {
        (Some((_, _, _, iat)), Some(word)) => {
            json!({"list": list, "index": index, "value": word, "iat": iat, "exp": iat + 7 * DAY})
        }
        _ => json!({"list": list, "index": index, "value": null}),
    }
}

fn found(all: &[(String, u8, PlateFacts)], plate: &str) -> Value {
    let matches = all.iter().filter(|(other, ..)| other == plate).map(|(_, plate_type, facts)| {
        json!({"type": plate_type, "valid_until": facts.valid_until.map(|month| month.to_string()),
            "mark": facts.mark.code(), "status": facts.status.letters()})
    });
    json!({"plate": plate, "found": matches.collect::<Vec<_>>()})
}

/// Plates by rising bytes: some of every kind, and enough of the ordinary ones to fill two blocks.
fn plates() -> Vec<(String, u8, PlateFacts)> {
    let facts = |valid_until: &str, mark, letters: &str| PlateFacts {
        valid_until: valid_until.parse::<YearMonth>().ok(),
        mark,
        status: letters.parse::<StatusSet>().expect("letters of the table"),
    };
    let mut all: Vec<(String, u8, PlateFacts)> = (0..9_000u32)
        .map(|n| {
            let mark = [MarkState::Current, MarkState::None, MarkState::Suspended, MarkState::Revoked][n as usize % 4];
            let month = format!("{}-{:02}", 2026 + n % 3, 1 + n % 12);
            (format!("苏C{:05}", n * 7), 2, facts(&month, mark, ["A", "A", "G", "E"][n as usize % 4]))
        })
        .collect();
    all.extend([
        ("苏A00000".to_owned(), 2, facts("2027-05", MarkState::Current, "A")),
        ("苏A00000".to_owned(), 7, facts("", MarkState::None, "Q")),
        ("苏A00000".to_owned(), 15, facts("2026-10", MarkState::Revoked, "BM")),
        ("苏B12345".to_owned(), 2, facts("2027-05", MarkState::Current, "A")),
        ("苏B12346".to_owned(), 1, facts("2026-12", MarkState::Suspended, "CG")),
        ("苏E0001挂".to_owned(), 15, facts("2027-01", MarkState::Current, "A")),
        ("苏E99999D".to_owned(), 51, facts("2031-11", MarkState::Current, "KL")),
    ]);
    all.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    all
}
