//! The bad files: each is a good one with one thing wrong, under the refusal that it must meet.

use luzheng_credential::pack::{Head, HeadKind};
use luzheng_credential::sign::Signer;
use serde_json::{Value, json};

use crate::Case;
use crate::world::{Anyhow, DAY, MADE, NEWER, NOW, OLDER, SHARD, TRUST_SEQ, World};

fn case(ending: &'static str, name: &str, about: &'static str, bytes: Vec<u8>, given: Value) -> Case {
    Case { name: name.to_owned(), ending, about, bytes, given, asked: json!([]) }
}

/// Where the parts of a file with these three lengths in its frame begin and end.
fn parts(bytes: &[u8], lengths_at: usize, count: usize) -> Vec<(usize, usize)> {
    let mut at = lengths_at + 4 * count;
    (0..count)
        .map(|which| {
            let from = lengths_at + 4 * which;
            let field = bytes[from..from + 4].first_chunk::<4>().expect("four bytes");
            let begin = at;
            at += u32::from_be_bytes(*field) as usize;
            (begin, at)
        })
        .collect()
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

/// The pack with another table, signed anew by us: what only the issuer could make.
fn with_table(world: &World, pack: &[u8], change: impl Fn(&mut Vec<u8>), sections: &[u8]) -> Anyhow<Vec<u8>> {
    let places = parts(pack, 8, 3);
    let mut table = pack[places[2].0..places[2].1].to_vec();
    change(&mut table);
    let head = Head {
        seq: NEWER,
        scope: 0,
        count: u32::try_from(table.len() / 48)?,
        digest: sha256(&table),
        trust_seq: TRUST_SEQ,
        trust_digest: sha256(world.trust_json.as_bytes()),
        iat: MADE,
        exp: Head::end_of(MADE),
    };
    join(pack, &head.sign(HeadKind::Pack, &world.key("status-es256")?)?, world.trust_json.as_bytes(), &table, sections)
}

fn join(pack: &[u8], head: &[u8], trust: &[u8], table: &[u8], sections: &[u8]) -> Anyhow<Vec<u8>> {
    let mut out = pack[..8].to_vec();
    for part in [head, trust, table] {
        out.extend_from_slice(&u32::try_from(part.len())?.to_be_bytes());
    }
    Ok([&out, head, trust, table, sections].concat())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

pub fn packs(world: &World) -> Anyhow<Vec<Case>> {
    let good = world.newer()?;
    let places = parts(&good, 8, 3);
    let (head, trust, table) = (places[0], places[1], places[2]);
    let pack = |name: &str, about, bytes| case("lzpack", name, about, bytes, json!({}));
    let given = |name: &str, about, given| case("lzpack", name, about, good.clone(), given);
    let mut newer_format = good.clone();
    newer_format[6] = b'2';
    let mut long_head = good.clone();
    long_head[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
    let lists = World::newer_lists();
    let by_mark_key = world.pack_bytes(NEWER, MADE, &lists, "mark-es256", &world.trust_json)?;
    let unlisted = world.pack_bytes(NEWER, MADE, &lists, "mark-unlisted", &world.trust_json)?;
    let other_root = world.trust_file("signed-by-another-root.json")?;
    let bad_root = world.pack_bytes(NEWER, MADE, &lists, "status-es256", &other_root)?;
    let older_trust = world.trust_file("old-number.json")?;
    let older_trust = world.pack_bytes(NEWER, MADE, &lists, "status-es256", &older_trust)?;
    // A trust list that opens, but is not the one that the head names.
    let swapped = world.trust_file("ninety-seconds-ahead.json")?;
    let swapped = join(&good, &good[head.0..head.1], swapped.as_bytes(), &good[table.0..table.1], &good[table.1..])?;
    let shard = world.shard_bytes(SHARD, MADE, "status-es256")?;
    let shard_head = parts(&shard, 8, 2)[0];
    let shards_head = join(
        &good,
        &shard[shard_head.0..shard_head.1],
        &good[trust.0..trust.1],
        &good[table.0..table.1],
        &good[table.1..],
    )?;
    let sections = &good[table.1..];
    let unordered = with_table(world, &good, |table| table[..96].rotate_left(48), sections)?;
    let three_bits = with_table(world, &good, |table| table[12] = 3, sections)?;
    let no_life = with_table(world, &good, |table| table[8..12].fill(0), sections)?;
    // Signed by us, its digest right, and no section all the same: k is 20.
    let first = usize::try_from(u32::from_be_bytes([0, good[table.0 + 13], good[table.0 + 14], good[table.0 + 15]]))?;
    let mut nonsense = sections.to_vec();
    nonsense[0] = 20;
    let digest = sha256(&nonsense[..first]);
    let nonsense = with_table(world, &good, |table| table[16..48].copy_from_slice(&digest), &nonsense)?;
    let no_answer = json!([{"list": 1, "index": 0, "value": null}, {"list": 1, "index": 4_711, "value": null},
        {"list": 3, "index": 77_777, "value": "invalid", "iat": MADE, "exp": MADE + 7 * DAY}]);
    let long = with_table(world, &good, |table| table[13] = 0x20, sections)?;
    Ok(vec![
        pack("broken_pack--empty", "no bytes at all", Vec::new()),
        pack("broken_pack--only-its-beginning", "eight bytes", good[..8].to_vec()),
        pack("broken_pack--something-else", "a ZIP archive's first bytes", [b"PK\x03\x04", &good[4..]].concat()),
        pack("unsupported_version--format-2", "a digit further", newer_format),
        pack("broken_pack--length-of-the-head", "a head of 4 GiB", long_head),
        pack("broken_pack--cut-in-the-head", "ends in the head", good[..head.1 - 3].to_vec()),
        pack("broken_pack--cut-in-the-trust-list", "ends in the trust list", good[..trust.1 - 3].to_vec()),
        pack("broken_pack--cut-in-the-table", "ends in the table", good[..table.1 - 3].to_vec()),
        pack("broken_pack--cut-in-a-section", "ends in the last section", good[..good.len() - 1].to_vec()),
        pack("broken_pack--longer", "a byte after the last section", [&good[..], &[0]].concat()),
        pack("bad_trust_list--altered", "a bit of the trust list", flipped(&good, trust.0 + 300)),
        pack("bad_trust_list--of-another-root", "its trust list has another root", bad_root),
        given("older_trust_list--than-seen", "trust list 8 was seen before", json!({"held_trust_seq": 8})),
        case(
            "lzpack",
            "older_trust_list--inside",
            "trust list 6, when 7 was seen",
            older_trust,
            json!({"held_trust_seq": 7}),
        ),
        pack("broken_pack--another-trust-list", "a good trust list that the head does not name", swapped),
        pack(
            "bad_signature--seq",
            "a bit of its number",
            flipped(&good, head.1 - 66 - 32 - 4 - 1 - 2 - 32 - 2 - 2 - 2 - 1),
        ),
        pack("bad_signature--signature", "a bit of the signature", flipped(&good, head.1 - 1)),
        pack("unknown_issuer--key-of-marks", "signed by a key for marks", by_mark_key),
        pack("unknown_issuer--unlisted", "signed by a key that is in no list", unlisted),
        pack("broken_pack--head-of-a-shard", "the head of a shard", shards_head),
        pack("broken_pack--table-altered", "a bit of the table", flipped(&good, table.0 + 20)),
        pack("broken_pack--table-out-of-order", "its lists are not ascending", unordered),
        pack("broken_pack--three-bits", "a list of three bits", three_bits),
        pack("broken_pack--ends-before-it-begins", "a list that is good for 0 seconds", no_life),
        pack("broken_pack--section-too-long", "a section over 2 MiB", long),
        given("older_pack--than-held", "number 13 is held", json!({"held_pack_seq": NEWER + 1})),
        given("pack_expired--to-the-second", "at the first second after its end", json!({"now": MADE + 7 * DAY})),
        Case {
            asked: no_answer.clone(),
            ..pack(
                "good--section-altered",
                "a bit of the section of list 1: opens, and has no answer for that list alone",
                flipped(&good, table.1 + 8),
            )
        },
        Case {
            asked: no_answer,
            ..pack("good--section-of-nonsense", "a section of list 1 that is none, with its digest", nonsense)
        },
    ])
}

pub fn deltas(world: &World) -> Anyhow<Vec<Case>> {
    let (older, newer) = (world.opened(world.older()?)?, world.opened(world.newer()?)?);
    let good = older.delta_to(&newer)?;
    let places = parts(&good, 40, 3);
    let (head, records) = (places[0], places[2]);
    let base = "good--older.lzpack";
    // Packs are signed anew in every run: the one that is written and the one that the delta starts from have the same table.
    let delta = |name: &str, about, bytes| case("lzdelta", name, about, bytes, json!({"pack": base}));
    let forged = Head { exp: Head::end_of(NOW), ..*newer.head() };
    let forged = with_head(&good, &forged.sign(HeadKind::Pack, &world.key("mark-es256")?)?)?;
    // Signed by us, for a table that these changes do not lead to.
    let elsewhere = Head { digest: [7; 32], ..*newer.head() };
    let elsewhere = with_head(&good, &elsewhere.sign(HeadKind::Pack, &world.key("status-es256")?)?)?;
    let same_number = Head { seq: OLDER, ..*newer.head() };
    let same_number = with_head(&good, &same_number.sign(HeadKind::Pack, &world.key("status-es256")?)?)?;
    let mut newer_format = good.clone();
    newer_format[6] = b'2';
    Ok(vec![
        delta("broken_pack--delta-empty", "no bytes at all", Vec::new()),
        delta("unsupported_version--delta", "a digit further", newer_format),
        delta("broken_pack--delta-is-a-pack", "a pack where a delta belongs", world.newer()?),
        delta("broken_pack--delta-cut-in-the-head", "ends in the head", good[..head.1 - 1].to_vec()),
        delta("broken_pack--delta-cut-in-the-records", "ends in the records", good[..records.1 - 1].to_vec()),
        delta("broken_pack--delta-cut-in-the-changes", "ends in the changes", good[..good.len() - 1].to_vec()),
        delta("broken_pack--delta-longer", "a byte after the changes", [&good[..], &[0]].concat()),
        delta("broken_pack--delta-records-altered", "a bit of a record", flipped(&good, records.0 + 1)),
        delta("broken_pack--delta-changes-altered", "a bit of the changes", flipped(&good, good.len() - 2)),
        delta("wrong_base--another-pack", "starts from another pack", flipped(&good, 20)),
        case(
            "lzdelta",
            "wrong_base--applied-twice",
            "applied to the pack it leads to",
            good.clone(),
            json!({"pack": "good--newer.lzpack"}),
        ),
        delta("bad_signature--delta", "a bit of the signature", flipped(&good, head.1 - 1)),
        delta("unknown_issuer--delta", "a head by a key for marks", forged),
        delta("broken_pack--delta-leads-elsewhere", "a good head for another table", elsewhere),
        delta("older_pack--delta", "leads to a pack of the same number", same_number),
        case(
            "lzdelta",
            "older_pack--delta-than-seen",
            "number 13 was seen",
            good.clone(),
            json!({"pack": base, "held_pack_seq": NEWER + 1}),
        ),
        case(
            "lzdelta",
            "pack_expired--delta",
            "at the first second after the end of the pack it leads to",
            good.clone(),
            json!({"pack": base, "now": MADE + 7 * DAY}),
        ),
    ])
}

/// A delta or a shard with another head.
fn with_head(delta: &[u8], head: &[u8]) -> Anyhow<Vec<u8>> {
    let old = parts(delta, 40, 3)[0];
    let length = u32::try_from(head.len())?.to_be_bytes();
    Ok([&delta[..40], &length, &delta[44..old.0], head, &delta[old.1..]].concat())
}

pub fn shards(world: &World) -> Anyhow<Vec<Case>> {
    let good = world.shard_bytes(SHARD, MADE, "status-es256")?;
    let places = parts(&good, 8, 2);
    let (head, index) = (places[0], places[1]);
    let shard = |name: &str, about, bytes| case("lzshard", name, about, bytes, json!({}));
    let given = |name: &str, about, given| case("lzshard", name, about, good.clone(), given);
    let mut newer_format = good.clone();
    newer_format[6] = b'2';
    let status: &dyn Signer = &world.key("status-es256")?;
    let no_province = Head {
        seq: SHARD,
        scope: 0,
        count: 9_007,
        digest: sha256(&good[index.0..index.1]),
        trust_seq: TRUST_SEQ,
        trust_digest: [0; 32],
        iat: MADE,
        exp: Head::end_of(MADE),
    };
    let resigned = |head: Head| -> Anyhow<Vec<u8>> {
        let signed = head.sign(HeadKind::Shard, status)?;
        let length = u32::try_from(signed.len())?.to_be_bytes();
        Ok([&good[..8], &length, &good[12..16], &signed, &good[index.0..]].concat())
    };
    Ok(vec![
        shard("broken_pack--shard-empty", "no bytes at all", Vec::new()),
        shard("unsupported_version--shard", "a digit further", newer_format),
        shard("broken_pack--shard-is-a-pack", "a pack where a shard belongs", world.newer()?),
        shard("broken_pack--shard-cut-in-the-index", "ends in the index", good[..index.1 - 1].to_vec()),
        shard("broken_pack--shard-cut-in-a-block", "ends in the last block", good[..good.len() - 1].to_vec()),
        shard("broken_pack--shard-longer", "a byte after the last block", [&good[..], &[0]].concat()),
        shard("broken_pack--shard-index-altered", "a bit of the index", flipped(&good, index.0 + 40)),
        shard("broken_pack--shard-without-a-province", "province 0", resigned(no_province)?),
        shard(
            "broken_pack--shard-of-fewer-plates",
            "a head that names other plates",
            resigned(Head { scope: 32, count: 9_006, ..no_province })?,
        ),
        shard("bad_signature--shard", "a bit of the signature", flipped(&good, head.1 - 1)),
        shard("unknown_issuer--shard", "signed by a key for marks", world.shard_bytes(SHARD, MADE, "mark-es256")?),
        given("older_pack--shard", "number 6 is held", json!({"held_pack_seq": SHARD + 1})),
        given("pack_expired--shard", "at the first second after its end", json!({"now": MADE + 7 * DAY})),
        Case {
            asked: json!([{"plate": "苏A00000", "found": null}]),
            ..shard(
                "good--shard-block-altered",
                "a bit of its first block: opens, and cannot answer for that block alone",
                flipped(&good, index.1 + 100),
            )
        },
    ])
}
