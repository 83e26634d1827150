//! Runs the body of every fuzz target on the stable toolchain: over the vectors, and over seeded mutations of them. It finds no new
//! bugs by itself; it keeps the targets building and their assertions true.

#[path = "../fuzz/bodies.rs"]
mod bodies;

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use luzheng_credential::accident::{Code, Record, record_of_text};
use luzheng_credential::qr::{message, text};

/// Mutations of each seed.
const ROUNDS: u64 = 40;

/// A small generator with a fixed seed (splitmix64): the same mutations every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % (sides.max(1) as u64)).expect("small")
    }

    fn mutate(&mut self, seed: &[u8]) -> Vec<u8> {
        let mut bytes = seed.to_vec();
        for _ in 0..=self.roll(4) {
            let at = self.roll(bytes.len() + 1);
            match self.roll(5) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.roll(8),
                1 if at < bytes.len() => bytes[at] = self.roll(256) as u8,
                2 if at < bytes.len() => drop(bytes.remove(at)),
                3 => bytes.insert(at, self.roll(256) as u8),
                _ => bytes.truncate(at),
            }
        }
        bytes
    }
}

fn read_all(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(folder);
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("vectors").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.retain(|path| path.to_string_lossy().ends_with(ending));
    paths.iter().map(|path| fs::read(path).expect("readable")).collect()
}

fn texts() -> Vec<Vec<u8>> {
    let case = |json: Vec<u8>| -> serde_json::Value { serde_json::from_slice(&json).expect("a case") };
    read_all("cases", ".json")
        .into_iter()
        .map(|json| case(json)["text"].as_str().expect("a text").as_bytes().to_vec())
        .collect()
}

fn messages() -> Vec<Vec<u8>> {
    let decode = |text: Vec<u8>| text::decode(std::str::from_utf8(&text).expect("UTF-8"), &[]).ok();
    texts().into_iter().filter_map(decode).map(|decoded| decoded.message).collect()
}

fn claims() -> Vec<Vec<u8>> {
    messages().iter().filter_map(|bytes| message::split(bytes).ok().map(|split| split.issued.claims.to_vec())).collect()
}

/// The middle part of a JWT, or the payload of a JWS in JSON.
fn unpacked(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).expect("base64url")
}

fn run(seeds: Vec<Vec<u8>>, body: fn(&[u8]), rounds: u64) {
    assert!(!seeds.is_empty());
    let mut dice = Dice(1);
    body(&[]);
    for seed in &seeds {
        body(seed);
        for _ in 0..rounds {
            body(&dice.mutate(seed));
        }
    }
}

#[test]
fn texts_and_messages() {
    run(texts(), bodies::text, ROUNDS);
    run(messages(), bodies::message, ROUNDS);
    run(claims(), bodies::claims, ROUNDS);
}

#[test]
fn claims_behind_a_signature() {
    run(claims(), bodies::signed_claims, 4);
}

#[test]
fn trust_lists_and_roots() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    run(vec![fs::read(folder.join("root.json")).expect("readable")], bodies::roots, ROUNDS * 10);
    run(read_all("trust", ".json"), bodies::trust_list, ROUNDS);
    let payload = |json: Vec<u8>| {
        let jws: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
        unpacked(jws["payload"].as_str().expect("a payload"))
    };
    run(read_all("trust", ".json").into_iter().map(payload).collect(), bodies::trust_payload, ROUNDS);
}

#[test]
fn status_lists() {
    run(read_all("status", ".jwt"), bodies::status_jwt, ROUNDS);
    run(read_all("status", ".cwt"), bodies::status_cwt, ROUNDS);
    let body = |token: Vec<u8>| {
        let token = String::from_utf8(token).expect("ASCII");
        unpacked(token.split('.').nth(1).expect("three parts"))
    };
    let bodies: Vec<_> = read_all("status", ".jwt").into_iter().map(body).collect();
    let lists = bodies.iter().filter_map(|body| {
        let claims: serde_json::Value = serde_json::from_slice(body).ok()?;
        Some(unpacked(claims["status_list"]["lst"].as_str()?))
    });
    run(lists.collect(), bodies::entries, 10);
    run(bodies, bodies::status_claims, 4);
}

#[test]
fn the_whole_verifier() {
    run(texts(), bodies::verify, 4);
    run(messages(), bodies::verify, 4);
}

/// Records in their encoding, and the codes that they are made of.
fn accidents() -> Vec<Vec<u8>> {
    let record = |json: Vec<u8>| {
        let case: serde_json::Value = serde_json::from_slice(&json).expect("a case");
        record_of_text(case["record"].as_str().expect("a record")).expect("base64url")
    };
    let records: Vec<_> = read_all("accident", ".json").into_iter().map(record).collect();
    let codes = records.iter().filter_map(|bytes| Record::decode(bytes).ok()).flat_map(|it| {
        let answer = Code::Answer { statement: it.statement, signed: it.second };
        [Code::Offer(it.offer), answer, Code::Close(it.first)].into_iter().filter_map(|code| code.encode().ok())
    });
    codes.chain(records.iter().cloned()).collect()
}

#[test]
fn accident_records() {
    run(accidents(), bodies::accident, 60);
}

/// The parts of a file behind a frame of this many lengths at `at`, and what comes after them.
fn parts(bytes: &[u8], at: usize, count: usize) -> Vec<Vec<u8>> {
    let mut from = at + 4 * count;
    let mut parts = Vec::new();
    for which in 0..count {
        let field = bytes[at + 4 * which..].first_chunk::<4>().expect("a length");
        let to = from + u32::from_be_bytes(*field) as usize;
        parts.push(bytes[from..to].to_vec());
        from = to;
    }
    parts.push(bytes[from..].to_vec());
    parts
}

fn good(ending: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/pack");
    let names: &[&str] = match ending {
        "lzpack" => &["good--older.lzpack", "good--newer.lzpack"],
        "lzdelta" => &["good--delta.lzdelta"],
        _ => &["good--jiangsu.lzshard"],
    };
    names.iter().map(|name| fs::read(folder.join(name)).expect("readable")).collect()
}

#[test]
fn packs_deltas_and_shards() {
    for ending in [".lzpack", ".lzdelta", ".lzshard"] {
        run(read_all("pack", ending), bodies::pack, 4);
    }
    let tables = good("lzpack").into_iter().map(|bytes| {
        let parts = parts(&bytes, 8, 3);
        [&[(parts[2].len() / 48) as u8], parts[2].as_slice(), &parts[3]].concat()
    });
    run(tables.collect(), bodies::pack_table, ROUNDS * 10);
    let deltas = good("lzdelta").into_iter().map(|bytes| {
        let parts = parts(&bytes, 40, 3);
        [&(parts[2].len() as u16).to_be_bytes(), parts[2].as_slice(), &parts[3]].concat()
    });
    run(deltas.collect(), bodies::delta, ROUNDS * 10);
    let sections = good("lzpack").into_iter().map(|bytes| parts(&bytes, 8, 3).remove(3));
    let one = vec![2, 1, 0x30, 0, 0, 1, 0b0101_0000];
    run(sections.chain([one]).collect(), bodies::section, ROUNDS * 10);
}

#[test]
fn indexes_and_blocks_of_shards() {
    let shards = good("lzshard");
    let indexes = shards.iter().map(|bytes| {
        let parts = parts(bytes, 8, 2);
        let length = (parts[1].len() as u16).to_be_bytes();
        [&length, &9_007u16.to_be_bytes(), parts[1].as_slice(), &parts[2]].concat()
    });
    run(indexes.collect(), bodies::shard_index, ROUNDS * 4);
    // Two plates by hand: what they share, what follows, the bytes, then ten columns.
    let mut block = vec![0, 2, 0, 0, 7, 8, 1];
    block.extend_from_slice("苏A00001".as_bytes());
    block.extend_from_slice(&[2, 2, 2, 2, 200, 201, 1, 3, 0, 0, 0, 0, 0, 0, 2, 64]);
    run(vec![block], bodies::shard_block, ROUNDS * 40);
}
