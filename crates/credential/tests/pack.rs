//! Packs and deltas: the vectors, every single bit, every length, and the same answers as the lists.

#[expect(dead_code, reason = "some of it is for the tests of codes")]
mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Issuer, NOW, issuer, payload};
use jiff::Timestamp;
use luzheng_credential::pack::{Held, Pack, PackBuilder, PackError};
use luzheng_credential::shard::Shard;
use luzheng_credential::sign::{Algorithm, FileKey, Signer};
use luzheng_credential::status_list::{ENTRIES, EntryBits, StatusBook, StatusList, StatusSource, StatusValue};
use luzheng_credential::trust::{KeyUse, Roots, TrustList, sign};
use proptest::prelude::*;
use serde_json::Value;

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

/// What a case of the vectors says the reader knows.
fn given(case: &Value) -> (Held, Timestamp) {
    let number = |name: &str| case["given"][name].as_u64();
    let pack_seq = number("held_pack_seq").map_or(0, |seq| u32::try_from(seq).expect("a number"));
    let now = case["given"]["now"].as_i64().unwrap_or(NOW);
    (Held { pack_seq, trust_seq: number("held_trust_seq").unwrap_or(0) }, at(now))
}

struct Vectors {
    roots: Roots,
    trust: TrustList,
    cases: Vec<Value>,
}

impl Vectors {
    fn read() -> Self {
        let text = |name: &str| fs::read_to_string(vectors().join(name)).expect("readable");
        let roots = Roots::from_json(&text("root.json")).expect("roots");
        let trust = TrustList::open(&text("trust/trust.json"), &roots, 0).expect("a trust list");
        let cases: Value = serde_json::from_str(&text("pack/cases.json")).expect("JSON");
        Self { roots, trust, cases: cases["cases"].as_array().expect("cases").clone() }
    }

    fn file(name: &Value) -> Vec<u8> {
        fs::read(vectors().join("pack").join(name.as_str().expect("a name"))).expect("readable")
    }

    fn ending(&self, ending: &str) -> impl Iterator<Item = &Value> {
        self.cases.iter().filter(move |case| case["file"].as_str().is_some_and(|file| file.ends_with(ending)))
    }
}

fn word(value: StatusValue) -> &'static str {
    match value {
        StatusValue::Valid => "valid",
        StatusValue::Invalid => "invalid",
        StatusValue::Suspended => "suspended",
        StatusValue::Superseded => "superseded",
        StatusValue::Stopped => "stopped",
    }
}

fn check_answers(case: &Value, pack: &Pack) {
    for asked in case["asked"].as_array().expect("an array") {
        let number = |name: &str| u32::try_from(asked[name].as_u64().expect("a number")).expect("small");
        let answer = pack.look_up(number("list"), number("index"));
        let expected = asked["value"].as_str().map(|value| (value, asked["iat"].as_i64(), asked["exp"].as_i64()));
        let found = answer.map(|answer| (word(answer.value), Some(answer.iat), Some(answer.exp)));
        assert_eq!(found, expected, "{}: {asked}", case["file"]);
    }
}

fn refused(case: &Value, outcome: Result<(), PackError>) {
    assert_eq!(outcome.err().map(|error| error.code()), case["refusal"].as_str(), "{}", case["file"]);
}

#[test]
fn packs_of_the_vectors() {
    let vectors = Vectors::read();
    let mut opened = 0;
    for case in vectors.ending(".lzpack") {
        let (held, now) = given(case);
        let pack = Pack::open(Vectors::file(&case["file"]), &vectors.roots, held, now);
        if let Ok(pack) = &pack {
            check_answers(case, pack);
            let altered = case["file"].as_str().is_some_and(|file| file.contains("section"));
            assert_eq!(pack.check_all().is_err(), altered, "{}", case["file"]);
            opened += 1;
        }
        refused(case, pack.map(drop));
    }
    assert!(opened >= 7);
}

#[test]
fn deltas_of_the_vectors() {
    let vectors = Vectors::read();
    for case in vectors.ending(".lzdelta") {
        let (held, now) = given(case);
        let base = Pack::open(Vectors::file(&case["given"]["pack"]), &vectors.roots, Held::default(), at(NOW));
        let base = base.expect("the pack it starts from");
        let applied = base.apply(&Vectors::file(&case["file"]), &vectors.roots, held, now);
        if let Ok(pack) = &applied {
            assert_eq!(pack.as_bytes(), Vectors::file(&case["given"]["result"]));
            check_answers(case, pack);
            pack.check_all().expect("whole");
        }
        refused(case, applied.map(drop));
    }
}

#[test]
fn shards_of_the_vectors() {
    let vectors = Vectors::read();
    for case in vectors.ending(".lzshard") {
        let (held, now) = given(case);
        let shard = Shard::open(Vectors::file(&case["file"]), &vectors.trust, held.pack_seq, now);
        if let Ok(shard) = &shard {
            for asked in case["asked"].as_array().expect("an array") {
                let found = shard.find(asked["plate"].as_str().expect("a plate"), None).ok().map(|found| {
                    let one = found.iter().map(|one| {
                        let facts = one.facts;
                        serde_json::json!({"type": one.plate_type, "valid_until": facts.valid_until.map(|m| m.to_string()),
                            "mark": facts.mark.code(), "status": facts.status.letters()})
                    });
                    one.collect::<Vec<_>>()
                });
                assert_eq!(serde_json::json!(found), asked["found"], "{asked}");
            }
        }
        refused(case, shard.map(drop));
    }
}

/// Keys of our own, and packs over them.
struct World {
    root: FileKey,
    status: Issuer,
    roots: Roots,
    trust_json: String,
    trust: TrustList,
}

impl World {
    fn new() -> Self {
        let root = FileKey::generate(Algorithm::Es256).expect("randomness");
        let status = issuer(Algorithm::Ed25519, KeyUse::Status);
        let trust_json = sign(&payload(&[&status]), &root, None).expect("a list");
        let roots = Roots::new(vec![root.public_key().clone()]);
        let trust = TrustList::open(&trust_json, &roots, 0).expect("our own list");
        Self { root, status, roots, trust_json, trust }
    }

    fn pack(&self, seq: u32, lists: &[(u32, &StatusList, i64)]) -> Vec<u8> {
        let mut builder = PackBuilder::new();
        for (list, entries, iat) in lists {
            builder.add(*list, entries, *iat, iat + 7 * 86_400).expect("a list");
        }
        builder.finish(seq, NOW, &self.trust, &self.trust_json, &self.status.key).expect("a pack")
    }

    fn open(&self, bytes: Vec<u8>) -> Result<Pack, PackError> {
        Pack::open(bytes, &self.roots, Held::default(), at(NOW))
    }
}

fn list(bits: EntryBits, entries: &[(u32, StatusValue)]) -> StatusList {
    let mut list = StatusList::new(bits);
    for (index, value) in entries {
        assert!(list.set(*index, *value));
    }
    list
}

fn small() -> (StatusList, StatusList) {
    let marks = [(7, StatusValue::Invalid), (9_000, StatusValue::Superseded), (1_000_000, StatusValue::Suspended)];
    let licences = [(0, StatusValue::Stopped), (ENTRIES - 1, StatusValue::Suspended)];
    (list(EntryBits::Two, &marks), list(EntryBits::Four, &licences))
}

/// What a reader of an altered pack must not say: anything else than the lists say.
fn harmless(pack: &Pack, book: &StatusBook) {
    for number in [1, 2, 3] {
        for index in [0, 7, 8, 9_000, 1_000_000, ENTRIES - 1, ENTRIES] {
            let answer = pack.look_up(number, index);
            assert!(answer.is_none() || answer == book.look_up(number, index), "{number}/{index}: {answer:?}");
        }
    }
}

#[test]
fn every_single_bit_is_refused_or_harmless() {
    let world = World::new();
    let (marks, licences) = small();
    let bytes = world.pack(3, &[(1, &marks, NOW - 60), (2, &licences, NOW - 90)]);
    let mut book = StatusBook::new();
    book.put(1, marks, NOW - 60, NOW - 60 + 7 * 86_400);
    book.put(2, licences, NOW - 90, NOW - 90 + 7 * 86_400);
    let (mut refused, mut opened) = (0, 0);
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        match world.open(altered) {
            Err(_) => refused += 1,
            Ok(pack) => {
                assert!(pack.check_all().is_err());
                harmless(&pack, &book);
                opened += 1;
            }
        }
    }
    // Only the sections are looked at later.
    let sections: u32 = world.open(bytes.clone()).expect("our own").lists().map(|list| list.size).sum();
    assert_eq!((refused, opened), (bytes.len() * 8 - sections as usize * 8, sections as usize * 8));
}

#[test]
fn a_pack_or_a_delta_that_is_cut_anywhere_is_refused() {
    let world = World::new();
    let (marks, licences) = small();
    let older = world.pack(3, &[(1, &marks, NOW - 60)]);
    let newer =
        world.pack(4, &[(1, &list(EntryBits::Two, &[(8, StatusValue::Invalid)]), NOW - 10), (2, &licences, NOW)]);
    for length in 0..newer.len() {
        let error = world.open(newer[..length].to_vec()).expect_err("cut");
        assert_eq!(error.code(), "broken_pack", "{length}");
    }
    let (older, newer) = (world.open(older).expect("our own"), world.open(newer).expect("our own"));
    let delta = older.delta_to(&newer).expect("newer");
    let apply = |delta: &[u8]| older.apply(delta, &world.roots, Held::default(), at(NOW));
    assert_eq!(apply(&delta).expect("our own").as_bytes(), newer.as_bytes());
    for length in 0..delta.len() {
        assert_eq!(apply(&delta[..length]).expect_err("cut").code(), "broken_pack", "{length}");
    }
    for bit in 0..delta.len() * 8 {
        let mut altered = delta.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(apply(&altered).is_err(), "bit {bit}");
    }
}

#[test]
fn a_pack_answers_as_the_lists_do() {
    let world = World::new();
    let (marks, mut licences) = small();
    // A value that this version gives no meaning, beside one that it does.
    let mut bytes = licences.as_bytes().to_vec();
    bytes[50] = 0x97;
    licences = StatusList::from_bytes(EntryBits::Four, bytes).expect("one list");
    let full = list(
        EntryBits::Two,
        &(0..ENTRIES).map(|index| (index, StatusValue::ALL[index as usize % 4])).collect::<Vec<_>>(),
    );
    let empty = StatusList::default();
    let all = [(1, &marks, NOW - 60), (2, &licences, NOW - 90), (40, &full, NOW - 900), (4_000_000_000, &empty, NOW)];
    let pack = world.open(world.pack(1, &all)).expect("our own");
    let mut book = StatusBook::new();
    for (number, entries, iat) in all {
        book.put(number, entries.clone(), iat, iat + 7 * 86_400);
        assert_eq!(pack.status_list(number).as_ref(), Some(entries), "{number}");
    }
    for number in [0, 1, 2, 3, 40, 4_000_000_000] {
        for index in
            (0..ENTRIES + 2).step_by(997).chain([6, 7, 8, 100, 101, 102, 9_000, 1_000_000, ENTRIES - 1, ENTRIES])
        {
            assert_eq!(pack.look_up(number, index), book.look_up(number, index), "{number}/{index}");
        }
    }
    pack.check_all().expect("whole");
}

#[test]
fn age_and_number_are_looked_at() {
    let world = World::new();
    let (marks, _) = small();
    let bytes = world.pack(9, &[(1, &marks, NOW)]);
    let open = |held: Held, now: i64| {
        Pack::open(bytes.clone(), &world.roots, held, at(now)).map(drop).map_err(|error| error.code())
    };
    let none = Held::default();
    assert_eq!(open(none, NOW + 7 * 86_400 - 1), Ok(()));
    assert_eq!(open(none, NOW + 7 * 86_400), Err("pack_expired"));
    assert_eq!(open(Held { pack_seq: 9, trust_seq: 7 }, NOW), Ok(()));
    assert_eq!(open(Held { pack_seq: 10, ..none }, NOW), Err("older_pack"));
    assert_eq!(open(Held { trust_seq: 8, ..none }, NOW), Err("older_trust_list"));
    let others = World::new();
    let error = Pack::open(bytes.clone(), &others.roots, none, at(NOW)).expect_err("another root");
    assert_eq!(error.code(), "bad_trust_list");
}

#[test]
fn a_delta_carries_a_newer_trust_list() {
    let world = World::new();
    let (marks, _) = small();
    let older = world.open(world.pack(1, &[(1, &marks, NOW - 60)])).expect("our own");
    let next = issuer(Algorithm::Es256, KeyUse::Status);
    let mut says = payload(&[&world.status, &next]);
    says.seq += 1;
    let json = sign(&says, &world.root, None).expect("a list");
    let trust = TrustList::open(&json, &world.roots, 0).expect("our own");
    let mut builder = PackBuilder::new();
    builder.add(1, &marks, NOW, NOW + 86_400).expect("a list");
    let newer = builder.finish(2, NOW, &trust, &json, &next.key).expect("a pack");
    let newer = world.open(newer).expect("our own");
    let delta = older.delta_to(&newer).expect("newer");
    let apply = |held: Held| older.apply(&delta, &world.roots, held, at(NOW)).map_err(|error| error.code());
    assert_eq!(apply(Held::default()).expect("applies").as_bytes(), newer.as_bytes());
    assert_eq!(apply(Held { trust_seq: 9, ..Held::default() }).map(drop), Err("older_trust_list"));
    assert!(newer.delta_to(&older).is_err(), "never back");
}

#[test]
fn what_is_out_of_range_is_not_built() {
    let world = World::new();
    let mut builder = PackBuilder::new();
    assert!(builder.add_entries(1, EntryBits::Two, &[(3, 1), (2, 1)], NOW, NOW + 1).is_err());
    assert!(builder.add_entries(1, EntryBits::Two, &[(3, 12)], NOW, NOW + 1).is_err());
    assert!(builder.add_entries(1, EntryBits::Two, &[(3, 1)], NOW, NOW).is_err());
    assert!(builder.add_entries(1, EntryBits::Two, &[(3, 1)], NOW + 1, NOW + 2).is_ok());
    let finish = |seq, iat| builder.finish(seq, iat, &world.trust, &world.trust_json, &world.status.key);
    assert!(finish(1, NOW).is_err(), "a list younger than the pack");
    assert!(finish(0, NOW + 1).is_err());
    assert!(finish(1, NOW + 1).is_ok());
}

fn entries() -> impl Strategy<Value = Vec<(u32, u8)>> {
    proptest::collection::btree_map(0..ENTRIES, 1..4u8, 0..300).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Any two packs: the delta leads from the one to the other, byte for byte.
    #[test]
    fn a_delta_leads_to_the_newer_pack(
        before in proptest::collection::btree_map(1..6u32, entries(), 0..5),
        after in proptest::collection::btree_map(1..6u32, entries(), 0..5),
        kept in any::<bool>(),
    ) {
        let world = World::new();
        let build = |seq, lists: &std::collections::BTreeMap<u32, Vec<(u32, u8)>>| {
            let mut builder = PackBuilder::new();
            for (list, entries) in lists {
                builder.add_entries(*list, EntryBits::Two, entries, NOW - i64::from(seq), NOW + 900).expect("a list");
            }
            let pack = builder.finish(seq, NOW, &world.trust, &world.trust_json, &world.status.key);
            world.open(pack.expect("a pack")).expect("our own")
        };
        let after = if kept { before.iter().map(|(list, entries)| (*list, entries.clone())).chain(after).collect() } else { after };
        let (older, newer) = (build(1, &before), build(2, &after));
        let delta = older.delta_to(&newer).expect("newer");
        let applied = older.apply(&delta, &world.roots, Held::default(), at(NOW)).expect("our own");
        prop_assert_eq!(applied.as_bytes(), newer.as_bytes());
        applied.check_all().expect("whole");
    }
}
